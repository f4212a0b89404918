//! What a person set for themself in a conversation: its star and its level.

use crate::access;
use crate::conversations::rows;
use crate::db::{execute, fetch_one};
use crate::writer::WriteTx;
use crate::{Caller, Error, Result, Store};
use futures::FutureExt;
use protocol::conversation::Level;
use protocol::{ConversationId, EventKind, Topic};

/// What is set.
#[derive(Clone, Copy)]
enum Mark {
    Level(Level),
    Starred(bool),
}

impl Store {
    /// Sets what the caller wants to be told of a conversation.
    ///
    /// # Errors
    /// 404 for one that the caller may not read, 403 for a room that they have not joined.
    pub async fn set_level(&self, caller: &Caller, id: ConversationId, level: Level) -> Result<()> {
        self.mark(caller, id, Mark::Level(level)).await
    }

    /// Keeps a conversation at the top, or no longer.
    ///
    /// # Errors
    /// 404 for one that the caller may not read, 403 for a room that they have not joined.
    pub async fn star_conversation(&self, caller: &Caller, id: ConversationId, starred: bool) -> Result<()> {
        self.mark(caller, id, Mark::Starred(starred)).await
    }

    async fn mark(&self, caller: &Caller, id: ConversationId, mark: Mark) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| async move { set(tx, &caller, id, mark).await }.boxed()).await?;
        Ok(())
    }
}

async fn set(tx: &mut WriteTx, caller: &Caller, id: ConversationId, mark: Mark) -> Result<()> {
    access::conversation(tx, caller, id).await?.participant()?;
    let changed = match mark {
        Mark::Level(level) => execute!(
            tx,
            "UPDATE participants SET level = $3 WHERE conversation_id = $1 AND user_id = $2 AND level <> $3",
            id.0,
            caller.user.0,
            level.word()
        )?,
        Mark::Starred(starred) => execute!(
            tx,
            "UPDATE participants SET starred = $3 WHERE conversation_id = $1 AND user_id = $2 AND starred <> $3",
            id.0,
            caller.user.0,
            starred
        )?,
    };
    if changed == 0 {
        return Ok(());
    }
    let (level, starred) = fetch_one!(
        tx,
        (String, bool),
        "SELECT level, starred FROM participants WHERE conversation_id = $1 AND user_id = $2",
        id.0,
        caller.user.0
    )?;
    let level =
        rows::level_of(&level).ok_or_else(|| Error::corrupt("participants", id, "a level is unknown"))?;
    let event = EventKind::ConversationArranged { id, level, starred };
    tx.append(Topic::User(caller.user), Some(caller.user), Some(id.0), event);
    Ok(())
}
