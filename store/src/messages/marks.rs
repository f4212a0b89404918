//! Messages kept at hand: pinned for everybody, saved for oneself.

use super::rows::{self, Row, select_messages};
use crate::access::{self, no_message};
use crate::conversations;
use crate::db::{Tx, execute, fetch_all, fetch_one};
use crate::log::signed;
use crate::writer::WriteTx;
use crate::{Caller, Result, Store};
use futures::FutureExt;
use protocol::message::{Message, SavedMessage};
use protocol::page::{Page, PageKey};
use protocol::{ConversationId, Error, EventKind, MessageId, Timestamp, Topic, limits};
use std::collections::HashMap;
use uuid::Uuid;

impl Store {
    /// Pins a message, or unpins it. Everybody in the conversation may.
    ///
    /// # Errors
    /// 404, 403 for those who are not in it and where it is archived, 422 when
    /// [`limits::PINNED_MESSAGES_MAX`] are pinned.
    pub async fn pin_message(&self, caller: &Caller, id: MessageId, pinned: bool) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| async move { pin(tx, &caller, id, pinned).await }.boxed()).await?;
        Ok(())
    }

    /// The pinned messages of a conversation, the latest pin first.
    ///
    /// # Errors
    /// 404 for a conversation that the caller may not read.
    pub async fn pins(&self, caller: &Caller, id: ConversationId) -> Result<Vec<Message>> {
        let caller = *caller;
        self.read(move |tx| {
            async move {
                access::conversation(tx, &caller, id).await?;
                let found = fetch_all!(
                    tx,
                    Row,
                    select_messages!(
                        "m.conversation_id = $1 AND m.pinned_at IS NOT NULL ORDER BY m.pinned_at DESC LIMIT $2"
                    ),
                    id.0,
                    limits::PINNED_MESSAGES_MAX as i64
                )?;
                rows::complete(tx, found, caller.user).await
            }
            .boxed()
        })
        .await
    }

    /// Saves a message for the caller, or no longer.
    ///
    /// # Errors
    /// 404 for a message that the caller may not read.
    pub async fn save_message(&self, caller: &Caller, id: MessageId, saved: bool) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| async move { save(tx, &caller, id, saved).await }.boxed()).await?;
        Ok(())
    }

    /// What the caller saved in all their workspaces and may still read, newest first.
    ///
    /// # Errors
    /// 400 for a key that is none.
    pub async fn saved_messages(
        &self,
        caller: &Caller,
        before: Option<PageKey>,
    ) -> Result<Page<SavedMessage>> {
        let caller = *caller;
        let (at, id) = place(before)?;
        self.read(move |tx| async move { saved(tx, &caller, at, id).await }.boxed()).await
    }
}

async fn pin(tx: &mut WriteTx, caller: &Caller, id: MessageId, pinned: bool) -> Result<()> {
    access::take_turns_on_message(tx, id).await?;
    let place = access::message(tx, caller, id).await?.alive()?.text()?;
    let speaker = place.reader.participant()?.speaker()?;
    let changed = if pinned {
        let (others, newest) = fetch_one!(
            tx,
            (i64, Option<i64>),
            "SELECT COUNT(*), MAX(pinned_at) FROM messages
             WHERE conversation_id = $1 AND pinned_at IS NOT NULL AND id <> $2",
            speaker.id.0,
            id.0
        )?;
        if limits::PINNED_MESSAGES_MAX as i64 <= others {
            let message =
                format!("At most {} messages can be pinned; unpin one first.", limits::PINNED_MESSAGES_MAX);
            return Err(Error::invalid("id", message).into());
        }
        execute!(
            tx,
            "UPDATE messages SET pinned_at = $2 WHERE id = $1 AND pinned_at IS NULL",
            id.0,
            // Two pins of one millisecond keep their order.
            newest.map_or(tx.now.0, |newest| tx.now.0.max(newest + 1))
        )?
    } else {
        execute!(tx, "UPDATE messages SET pinned_at = NULL WHERE id = $1 AND pinned_at IS NOT NULL", id.0)?
    };
    if changed != 0 {
        let event = if pinned { EventKind::MessagePinned { id } } else { EventKind::MessageUnpinned { id } };
        tx.append(speaker.topic(), Some(caller.user), Some(id.0), event);
    }
    Ok(())
}

async fn save(tx: &mut WriteTx, caller: &Caller, id: MessageId, saved: bool) -> Result<()> {
    let place = access::message(tx, caller, id).await?;
    let changed = if saved {
        let place = place.clone().alive()?.text()?;
        execute!(
            tx,
            "INSERT INTO saved_messages (user_id, message_id, at) VALUES ($1, $2, $3)
             ON CONFLICT (user_id, message_id) DO NOTHING",
            caller.user.0,
            place.id.0,
            tx.now.0
        )?
    } else {
        let sql = "DELETE FROM saved_messages WHERE user_id = $1 AND message_id = $2";
        execute!(tx, sql, caller.user.0, id.0)?
    };
    if changed != 0 {
        let event = EventKind::MessageSaved { id, conversation: place.reader.id, saved };
        tx.append(Topic::User(caller.user), Some(caller.user), Some(id.0), event);
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct SavedRow {
    message_id: Uuid,
    conversation_id: Uuid,
    at: i64,
}

async fn saved(tx: &mut Tx, caller: &Caller, at: i64, id: Uuid) -> Result<Page<SavedMessage>> {
    let mut found = fetch_all!(
        tx,
        SavedRow,
        "SELECT s.message_id, m.conversation_id, s.at FROM saved_messages s
         JOIN messages m ON m.id = s.message_id
         JOIN conversations c ON c.id = m.conversation_id
         JOIN members w ON w.workspace_id = c.workspace_id AND w.user_id = s.user_id
         LEFT JOIN participants p ON p.conversation_id = c.id AND p.user_id = s.user_id
         WHERE s.user_id = $1 AND (s.at, s.message_id) < ($2, $3)
         AND (p.user_id IS NOT NULL OR (c.kind = 'room' AND w.role <> 'guest'))
         ORDER BY s.at DESC, s.message_id DESC LIMIT $4",
        caller.user.0,
        at,
        id,
        signed(limits::SAVED_PAGE_ROWS as u64 + 1)
    )?;
    let more = limits::SAVED_PAGE_ROWS < found.len();
    found.truncate(limits::SAVED_PAGE_ROWS);
    let last = found.last().filter(|_| more);
    let next = last.map(|last| PageKey(format!("{}.{}", last.at, last.message_id)));
    let ids: Vec<Uuid> = found.iter().map(|row| row.message_id).collect();
    let messages = rows::these(tx, &ids).await?;
    let messages = rows::complete(tx, messages, caller.user).await?;
    let mut messages: HashMap<Uuid, Message> =
        messages.into_iter().map(|message| (message.id.0, message)).collect();
    let conversations: Vec<Uuid> = found.iter().map(|row| row.conversation_id).collect();
    let conversations = conversations::rows::these(tx, conversations).await?;
    let nameless = conversations.values().filter(|one| one.name.is_empty()).map(|one| one.id.0).collect();
    let with = conversations::rows::with(tx, caller.user, nameless).await?;
    let mut items = Vec::with_capacity(found.len());
    for row in found {
        let id = ConversationId(row.conversation_id);
        let conversation = conversations.get(&id).ok_or_else(access::no_conversation)?;
        items.push(SavedMessage {
            message: messages.remove(&row.message_id).ok_or_else(no_message)?,
            conversation: conversation.clone(),
            with: with.get(&id).cloned().unwrap_or_default(),
            saved_at: Timestamp(row.at),
        });
    }
    Ok(Page { items, next, as_of: None })
}

/// The place in the list before which a page ends: `<at>.<id>`.
fn place(key: Option<PageKey>) -> Result<(i64, Uuid)> {
    let Some(key) = key else { return Ok((i64::MAX, Uuid::max())) };
    let parts = key.0.split_once('.');
    let place = parts.and_then(|(at, id)| Some((at.parse().ok()?, Uuid::parse_str(id).ok()?)));
    place.ok_or_else(|| Error::bad_request("This page does not exist.").into())
}
