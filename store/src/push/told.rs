//! What devices may have to be told of, written where it happens; and what changes that.
//!
//! Nothing of it is decided here: after the grace somebody looks again.

use crate::db::execute;
use crate::writer::WriteTx;
use crate::{Caller, Result};
use protocol::{ConversationId, Error, UserId};
use uuid::Uuid;

/// People got these notifications. One that a device waits for already comes no later for it; one that is
/// just being sent begins anew.
pub(crate) async fn notified(tx: &mut WriteTx, notifications: &[Uuid]) -> Result<()> {
    if notifications.is_empty() {
        return Ok(());
    }
    let (now, due) = (tx.now.0, (tx.now + tx.push_grace).0);
    execute!(
        tx,
        ids = notifications,
        "INSERT INTO pushes (session_id, kind, subject_id, user_id, conversation_id, at, due_at)
         SELECT s.session_id, 'notification', n.id, n.user_id, n.conversation_id, n.at, $2
         FROM notifications n JOIN push_subscriptions s ON s.user_id = n.user_id
         WHERE n.id IN (SELECT id FROM ids)
         ON CONFLICT (session_id, kind, subject_id) DO UPDATE SET
             at = excluded.at, attempts = 0,
             due_at = CASE WHEN pushes.leased_until > $3 THEN excluded.due_at
                           ELSE COALESCE(pushes.due_at, excluded.due_at) END",
        due,
        now
    )?;
    Ok(())
}

/// A message stands in a direct conversation: the other person gets it, if they want every message.
pub(crate) async fn direct(tx: &mut WriteTx, conversation: ConversationId, author: UserId) -> Result<()> {
    let (now, due) = (tx.now.0, (tx.now + tx.push_grace).0);
    execute!(
        tx,
        "INSERT INTO pushes (session_id, kind, subject_id, user_id, conversation_id, at, due_at)
         SELECT s.session_id, 'message', p.conversation_id, p.user_id, p.conversation_id, $3, $4
         FROM participants p JOIN push_subscriptions s ON s.user_id = p.user_id
         WHERE p.conversation_id = $1 AND p.user_id <> $2 AND p.level = 'all'
         ON CONFLICT (session_id, kind, subject_id) DO UPDATE SET
             at = excluded.at, attempts = 0,
             due_at = CASE WHEN pushes.leased_until > $3 THEN excluded.due_at
                           ELSE COALESCE(pushes.due_at, excluded.due_at) END",
        conversation.0,
        author.0,
        now,
        due
    )?;
    Ok(())
}

/// Somebody asked for a test: due at once, on all their devices.
pub(super) async fn test(tx: &mut WriteTx, caller: &Caller) -> Result<()> {
    let now = tx.now.0;
    let tested = execute!(
        tx,
        "INSERT INTO pushes (session_id, kind, subject_id, user_id, at, due_at)
         SELECT s.session_id, 'test', $2, s.user_id, $3, $3 FROM push_subscriptions s WHERE s.user_id = $1
         ON CONFLICT (session_id, kind, subject_id) DO UPDATE SET
             at = excluded.at, attempts = 0, due_at = excluded.due_at",
        caller.user.0,
        caller.session.0,
        now
    )?;
    if tested == 0 {
        return Err(Error::invalid("device", "None of your devices is notified yet.").into());
    }
    Ok(())
}

/// The person has read a conversation up to somewhere. Devices that show something of it are due:
/// what was read is taken back there.
pub(crate) async fn read_conversation(tx: &mut WriteTx, user: UserId, id: ConversationId) -> Result<()> {
    let now = tx.now.0;
    execute!(
        tx,
        "UPDATE pushes SET changed_at = $3, due_at = COALESCE(due_at, $3)
         WHERE user_id = $1 AND conversation_id = $2",
        user.0,
        id.0,
        now
    )?;
    Ok(())
}

/// The person has seen notifications.
pub(crate) async fn read_notifications(tx: &mut WriteTx, user: UserId) -> Result<()> {
    let now = tx.now.0;
    execute!(
        tx,
        "UPDATE pushes SET changed_at = $2, due_at = COALESCE(due_at, $2)
         WHERE user_id = $1 AND kind = 'notification'",
        user.0,
        now
    )?;
    Ok(())
}

/// A post, comment, message or custom event is gone: what devices show of it is taken back.
pub(crate) async fn deleted(tx: &mut WriteTx, entity: Uuid) -> Result<()> {
    let now = tx.now.0;
    execute!(
        tx,
        "UPDATE pushes SET changed_at = $2, due_at = COALESCE(due_at, $2) WHERE subject_id IN
         (SELECT id FROM notifications WHERE COALESCE(message_id, comment_id, post_id) = $1
          UNION SELECT id FROM notifications WHERE post_id = $1
          UNION SELECT id FROM notifications WHERE event_id = $1
          UNION SELECT conversation_id FROM messages WHERE id = $1)",
        entity,
        now
    )?;
    Ok(())
}
