//! Threads: the answers under a message, who wrote them, and how many there are.

use super::rows;
use crate::access::{self, MessagePlace};
use crate::db::{Tx, execute, fetch_optional};
use crate::writer::WriteTx;
use crate::{Caller, Result};
use protocol::message::Replies;
use protocol::{ConversationId, MessageId, UserId};

/// The message under which an answer to `answered` stands: answers have no threads of their own.
pub(super) async fn root(
    tx: &mut Tx,
    caller: &Caller,
    conversation: ConversationId,
    answered: MessageId,
) -> Result<MessagePlace> {
    let place = access::message(tx, caller, answered).await?;
    let root = match place.thread {
        Some(root) => access::message(tx, caller, root).await?,
        None => place,
    };
    if root.reader.id != conversation {
        return Err(access::no_message());
    }
    root.alive()?.text()
}

/// One more answer. What stands under the message now.
pub(super) async fn answered(tx: &mut WriteTx, root: MessageId, by: UserId) -> Result<Replies> {
    let now = tx.now.0;
    execute!(tx, "UPDATE messages SET replies = replies + 1, last_reply_at = $2 WHERE id = $1", root.0, now)?;
    execute!(
        tx,
        "INSERT INTO thread_people (root_id, user_id, replies, at) VALUES ($1, $2, 1, $3)
         ON CONFLICT (root_id, user_id) DO UPDATE SET replies = thread_people.replies + 1, at = excluded.at",
        root.0,
        by.0,
        now
    )?;
    replies(tx, root).await
}

/// One answer less. What stands under the message now.
pub(super) async fn unanswered(tx: &mut WriteTx, root: MessageId, by: UserId) -> Result<Replies> {
    execute!(
        tx,
        "UPDATE thread_people SET replies = replies - 1,
             at = COALESCE((SELECT MAX(m.at) FROM messages m WHERE m.thread_id = $1 AND m.author_id = $2
                            AND m.deleted_at IS NULL), at)
         WHERE root_id = $1 AND user_id = $2",
        root.0,
        by.0
    )?;
    execute!(
        tx,
        "UPDATE messages SET replies = replies - 1,
             last_reply_at = (SELECT MAX(t.at) FROM thread_people t WHERE t.root_id = $1 AND t.replies > 0)
         WHERE id = $1",
        root.0
    )?;
    replies(tx, root).await
}

async fn replies(tx: &mut Tx, root: MessageId) -> Result<Replies> {
    let row = fetch_optional!(
        tx,
        (i64, Option<i64>),
        "SELECT replies, last_reply_at FROM messages WHERE id = $1",
        root.0
    )?;
    let (count, last_at) = row.ok_or_else(access::no_message)?;
    let people = rows::repliers(tx, &[root.0]).await?.remove(&root.0).unwrap_or_default();
    Ok(rows::replies(count, last_at, people))
}
