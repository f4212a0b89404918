//! How far people have read. Positions move forward, but for a conversation that somebody marks
//! unread from a message on.
//!
//! What others see of it (`seen_seq`) never goes back, and stands still while the person is invisible.
//! Nothing is stored but the positions: what is unread is counted from there, up to a bound, by an index.

use crate::access;
use crate::conversations::rows;
use crate::db::{Tx, execute, fetch_all};
use crate::log::{number, position, signed};
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, push};
use futures::FutureExt;
use protocol::conversation::Unread;
use protocol::{ConversationId, EventKind, Topic, UserId, WorkspaceId};
use std::collections::HashMap;

/// Whether a position may go back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Move {
    Forward,
    Anywhere,
}

impl Store {
    /// Moves the caller's read position in a topic forward, at most to its head. In a room that they
    /// have not joined there is none.
    ///
    /// # Errors
    /// 404 for a topic that the caller may not read.
    pub async fn move_read(&self, caller: &Caller, topic: Topic, seq: u64) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| async move { advance(tx, &caller, topic, seq).await }.boxed()).await?;
        Ok(())
    }

    /// Sets the caller's read position in a conversation, also back: marks it unread from what follows.
    ///
    /// # Errors
    /// 404 for a conversation that the caller may not read, 403 for a room that they have not joined.
    pub async fn set_read(&self, caller: &Caller, id: ConversationId, seq: u64) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| {
            async move {
                access::conversation(tx, &caller, id).await?.participant()?;
                in_conversation(tx, caller.user, id, seq, Move::Anywhere).await
            }
            .boxed()
        })
        .await?;
        Ok(())
    }

    /// Marks everything in the conversations of a workspace as read.
    ///
    /// # Errors
    /// 404 outside the workspace.
    pub async fn read_all(&self, caller: &Caller, workspace: WorkspaceId) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| async move { all(tx, &caller, workspace).await }.boxed()).await?;
        Ok(())
    }
}

async fn advance(tx: &mut WriteTx, caller: &Caller, topic: Topic, seq: u64) -> Result<()> {
    match topic {
        Topic::Workspace(workspace) => {
            access::member(tx, caller, workspace).await?;
        }
        Topic::Conversation(id) => {
            return match access::conversation(tx, caller, id).await?.role {
                Some(_) => in_conversation(tx, caller.user, id, seq, Move::Forward).await,
                None => Ok(()),
            };
        }
        Topic::User(owner) if owner == caller.user => {}
        Topic::User(_) => return Err(protocol::Error::not_found("This topic").into()),
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
        let event = EventKind::ReadMoved { topic, seq, unread: None };
        tx.append(Topic::User(caller.user), Some(caller.user), None, event);
    }
    Ok(())
}

/// Moves the position of somebody who is in the conversation, and tells their devices what is unread now.
async fn in_conversation(
    tx: &mut WriteTx,
    user: UserId,
    id: ConversationId,
    seq: u64,
    how: Move,
) -> Result<()> {
    let topic = Topic::Conversation(id);
    let as_of = position(tx, topic).await?.seq;
    let seq = seq.min(as_of);
    let moved = execute!(
        tx,
        "UPDATE participants SET read_seq = $3,
                seen_seq = CASE WHEN seen_seq < $3 AND (SELECT u.invisible_since FROM users u WHERE u.id = $2) = 0
                                THEN $3 ELSE seen_seq END
         WHERE conversation_id = $1 AND user_id = $2 AND (read_seq < $3 OR ($4 AND read_seq > $3))",
        id.0,
        user.0,
        signed(seq),
        how == Move::Anywhere
    )?;
    if moved != 0 {
        push::read_conversation(tx, user, id).await?;
        let (unread, mentions) = rows::unread(tx, user, id).await?;
        let unread = Some(Unread { unread, mentions, as_of });
        tx.append(Topic::User(user), Some(user), None, EventKind::ReadMoved { topic, seq, unread });
    }
    Ok(())
}

async fn all(tx: &mut WriteTx, caller: &Caller, workspace: WorkspaceId) -> Result<()> {
    access::member(tx, caller, workspace).await?;
    for id in rows::with_unread(tx, caller.user, workspace).await? {
        let head = position(tx, Topic::Conversation(id)).await?.seq;
        in_conversation(tx, caller.user, id, head, Move::Forward).await?;
    }
    Ok(())
}

/// How far a person has read, by topic; topics in which they never read are missing.
pub(crate) async fn of(tx: &mut Tx, user: UserId) -> Result<HashMap<String, u64>> {
    let rows = fetch_all!(tx, (String, i64), "SELECT topic_id, seq FROM reads WHERE user_id = $1", user.0)?;
    Ok(rows.into_iter().map(|(topic, seq)| (topic, number(seq))).collect())
}
