//! Messages: sending (`sending`), editing and deleting them.

pub(crate) mod lines;
mod marks;
mod rows;
mod sending;
mod threads;
mod timeline;

use crate::access::{self, no_message};
use crate::db::{execute, fetch_all, fetch_one};
use crate::history::{self, Edit, Versioned};
use crate::log::signed;
use crate::mentions::Text;
use crate::notifications::{self, messages::Sent};
use crate::search::documents::Document;
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, links, redaction};
use futures::FutureExt;
use protocol::conversation::ConversationKind;
use protocol::message::{Broadcast, Message, MessageEdit, NewMessage};
use protocol::reaction::ReactionTarget;
use protocol::{ConversationId, Error, EventKind, MessageId, Timestamp, UserId};
use sending::Sending;
use std::sync::Arc;
use uuid::Uuid;

impl Store {
    /// Sends a message. The same id again by the same author returns the message that is there.
    ///
    /// # Errors
    /// 404 for a conversation that the caller may not read and for a thread that is not there, 403 for
    /// a room that they have not joined and for an archived one, 409 for an id in use, 413 and 422.
    pub async fn send_message(&self, caller: &Caller, new: NewMessage) -> Result<Message> {
        let caller = *caller;
        let new = new.validate()?;
        let in_room = new.thread.is_none() || new.in_room;
        let text = self.message_text(&caller, new.conversation, new.body, in_room).await?;
        let new = NewMessage { body: String::new(), ..new };
        let sending = Sending { caller, new, text };
        let written = match sending.new.thread {
            None => self.write_together(sending).await?,
            Some(answered) => {
                let sending = Arc::new(sending);
                let written = self.write(move |tx| {
                    let sending = Arc::clone(&sending);
                    async move { sending.answer(tx, answered).await }.boxed()
                });
                written.await?
            }
        };
        Ok(Message { order: written.order(written.value.id.0, written.value.order), ..written.value })
    }

    /// Changes the text of one's own message.
    ///
    /// # Errors
    /// 404, 403 for other people's messages and where it is archived, 409 with both texts when another
    /// device changed it since, 413 and 422.
    pub async fn update_message(&self, caller: &Caller, edit: MessageEdit) -> Result<Message> {
        let caller = *caller;
        let MessageEdit { id, base, body } = edit.validate()?;
        let place =
            self.read(move |tx| async move { access::message(tx, &caller, id).await }.boxed()).await?;
        let text = self.message_text(&caller, place.reader.id, body, place.is_in_room).await?;
        let text = Arc::new(text);
        let written = self.write(move |tx| {
            let text = Arc::clone(&text);
            async move { update(tx, &caller, id, base, &text).await }.boxed()
        });
        let written = written.await?;
        Ok(Message { order: written.order(written.value.id.0, written.value.order), ..written.value })
    }

    /// Deletes a message, and takes its text out of the log. Once more does nothing.
    ///
    /// # Errors
    /// 404, 403 for other people's messages (those who keep the conversation may).
    pub async fn delete_message(&self, caller: &Caller, id: MessageId) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| async move { delete(tx, &caller, id).await }.boxed()).await?;
        Ok(())
    }
}

/// Notes whom a text names, as far as they are in the conversation. Who that is.
async fn mention(
    tx: &mut WriteTx,
    conversation: ConversationId,
    message: MessageId,
    named: &[UserId],
    seq: u64,
) -> Result<Vec<UserId>> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = named.iter().map(|user| user.0).collect();
    let rows = fetch_all!(
        tx,
        (Uuid,),
        ids = ids,
        "INSERT INTO message_mentions (message_id, user_id, conversation_id, seq)
         SELECT $2, p.user_id, $3, $4 FROM participants p
         WHERE p.conversation_id = $3 AND p.user_id IN (SELECT id FROM ids)
         RETURNING user_id",
        message.0,
        conversation.0,
        signed(seq)
    )?;
    let mut mentioned: Vec<UserId> = rows.into_iter().map(|(user,)| UserId(user)).collect();
    mentioned.sort_unstable();
    Ok(mentioned)
}

async fn update(tx: &mut WriteTx, caller: &Caller, id: MessageId, base: u32, text: &Text) -> Result<Message> {
    access::take_turns_on_message(tx, id).await?;
    let place = access::message(tx, caller, id).await?.alive()?.text()?;
    if place.author != caller.user {
        return Err(Error::forbidden("Only its author can edit a message.").into());
    }
    let seq = place.seq;
    let speaker = place.reader.participant()?.speaker()?;
    let row = rows::by_id(tx, id).await?.ok_or_else(no_message)?;
    let current = row.current();
    let edit = Edit { base, title: None, body: Some(&text.body) };
    let changes = history::changes(tx, Versioned::Message(id.0), &current, caller.user, &edit).await?;
    if changes == history::Changes::default() {
        return rows::complete_one(tx, row, caller.user).await;
    }
    history::record(tx, Versioned::Message(id.0), &current, caller.user, "", &text.body).await?;
    let broadcast = text.broadcast.filter(|_| place.is_in_room);
    execute!(
        tx,
        "UPDATE messages SET body = $2, html = $3, broadcast = $4, version = version + 1, edited_at = $5
         WHERE id = $1",
        id.0,
        &text.body,
        &text.html,
        broadcast.map(Broadcast::word),
        tx.now.0
    )?;
    execute!(tx, "DELETE FROM message_mentions WHERE message_id = $1", id.0)?;
    if broadcast.is_none() {
        mention(tx, speaker.id, id, &text.mentioned(caller.user), seq).await?;
    }
    links::note_again(tx, ReactionTarget::Message(id), speaker.member.workspace, &text.links).await?;
    let row = rows::by_id(tx, id).await?.ok_or_else(no_message)?;
    let message = rows::complete_one(tx, row, caller.user).await?;
    tx.index(Document::message(speaker.member.workspace, &message, &text.words));
    let for_everybody = Message { mine: Vec::new(), saved: false, ..message.clone() };
    tx.append(speaker.topic(), Some(caller.user), Some(id.0), EventKind::MessageUpdated(for_everybody));
    let named = text.newly_mentioned(caller.user, &current.body);
    if !named.is_empty() && speaker.kind != ConversationKind::Direct {
        // Nobody is told of @here and @room by an edit: whoever was meant was there to read it.
        let sent = Sent {
            reader: &speaker,
            message: id,
            broadcast: None,
            named,
            root: None,
            excerpt: &text.excerpt,
        };
        notifications::messages::sent(tx, &sent).await?;
    }
    Ok(message)
}

async fn delete(tx: &mut WriteTx, caller: &Caller, id: MessageId) -> Result<()> {
    access::take_turns_on_message(tx, id).await?;
    let place = access::message(tx, caller, id).await?;
    if place.author != caller.user && place.reader.clone().keeper().is_err() {
        // Whoever could not have deleted it is told nothing about one that was.
        place.alive()?;
        return Err(Error::forbidden("Only its author and owners can delete a message.").into());
    }
    let place = place.text()?;
    if place.is_deleted {
        return Ok(());
    }
    redaction::message(tx, id).await?;
    let replies = match place.thread {
        Some(root) => Some(threads::unanswered(tx, root, place.author).await?),
        None => None,
    };
    let (written_at, last_at) = fetch_one!(
        tx,
        (i64, Option<i64>),
        "SELECT m.at, (SELECT x.at FROM messages x
                       WHERE x.conversation_id = m.conversation_id AND x.in_room AND x.line IS NULL
                       AND x.deleted_at IS NULL ORDER BY x.seq DESC LIMIT 1)
         FROM messages m WHERE m.id = $1",
        id.0
    )?;
    let event = EventKind::MessageDeleted {
        id,
        order: place.seq,
        written_at: Some(Timestamp(written_at)),
        last_at: last_at.map(Timestamp),
        thread: place.thread,
        replies,
    };
    tx.append(place.reader.topic(), Some(caller.user), Some(id.0), event);
    Ok(())
}
