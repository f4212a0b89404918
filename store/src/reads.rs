//! How far people have read. Positions only move forward.

use crate::db::{Tx, execute, fetch_all};
use crate::log::{number, position, signed};
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, access};
use futures::FutureExt;
use protocol::{EventKind, Topic, UserId};
use std::collections::HashMap;

impl Store {
    /// Moves the caller's read position in a topic forward, at most to its head.
    ///
    /// # Errors
    /// 404 for a topic that the caller may not read.
    pub async fn move_read(&self, caller: &Caller, topic: Topic, seq: u64) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| async move { advance(tx, &caller, topic, seq).await }.boxed()).await?;
        Ok(())
    }
}

async fn advance(tx: &mut WriteTx, caller: &Caller, topic: Topic, seq: u64) -> Result<()> {
    match topic {
        Topic::Workspace(workspace) => {
            access::member(tx, caller, workspace).await?;
        }
        Topic::User(owner) if owner == caller.user => {}
        Topic::User(_) | Topic::Conversation(_) => {
            return Err(protocol::Error::not_found("This topic").into());
        }
    }
    // Nobody has read what is not written yet; a position there would hide what comes.
    let seq = seq.min(position(tx, topic).await?.seq);
    let moved = execute!(
        tx,
        "INSERT INTO reads (user_id, topic_id, seq) SELECT $1, $2, $3 WHERE $3 > 0
         ON CONFLICT (user_id, topic_id) DO UPDATE SET seq = excluded.seq WHERE reads.seq < excluded.seq",
        caller.user.0,
        topic.to_string(),
        signed(seq)
    )?;
    if moved != 0 {
        tx.append(
            Topic::User(caller.user),
            Some(caller.user),
            None,
            EventKind::ReadMoved { topic, seq, unread: None },
        );
    }
    Ok(())
}

/// How far a person has read, by topic; topics in which they never read are missing.
pub(crate) async fn of(tx: &mut Tx, user: UserId) -> Result<HashMap<String, u64>> {
    let rows = fetch_all!(tx, (String, i64), "SELECT topic_id, seq FROM reads WHERE user_id = $1", user.0)?;
    Ok(rows.into_iter().map(|(topic, seq)| (topic, number(seq))).collect())
}
