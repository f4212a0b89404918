//! What is unread, counted here as on the server: it says a number at a position, and what follows
//! that position adds to it. A conversation's log and the person's own, which carries read
//! positions, are not in step, so the counts remember how far they go.

use super::Conversations;
use crate::live::changes::{Changes, Wanted};
use crate::live::held::STALE;
use protocol::conversation::Unread;
use protocol::message::{Message, MessageKind};
use protocol::{ConversationId, Timestamp, UserId};

impl Conversations {
    /// A message was written.
    pub(crate) fn message_created(&mut self, message: &Message, seq: u64, me: UserId, changes: &mut Changes) {
        let Some(row) = self.rows.get_mut(&message.conversation) else { return };
        let is_text = message.in_room && message.kind == MessageKind::Text;
        if is_text && row.state.last_at.is_none_or(|last| last < message.at) {
            row.state.last_at = Some(message.at);
            changes.sidebar = true;
        }
        if seq <= row.counted || row.counted == STALE || row.state.role.is_none() {
            return;
        }
        row.counted = seq;
        if row.state.read < seq {
            let weight = row.weight(message, me);
            row.add(weight);
            changes.conversations.insert(message.conversation);
            changes.sidebar = true;
        }
    }

    /// A message was deleted that was written then. If it was the newest, another is now.
    pub(crate) fn last_deleted(
        &mut self,
        id: ConversationId,
        written_at: Timestamp,
        last_at: Option<Timestamp>,
        changes: &mut Changes,
    ) {
        let row = self.rows.get_mut(&id).filter(|row| row.state.last_at == Some(written_at));
        if let Some(row) = row {
            row.state.last_at = last_at;
            changes.conversations.insert(id);
            changes.sidebar = true;
        }
    }

    /// A message was deleted. `message` is what is known of it.
    pub(crate) fn message_deleted(
        &mut self,
        id: ConversationId,
        (order, seq): (u64, u64),
        message: Option<&Message>,
        me: UserId,
        changes: &mut Changes,
    ) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        if seq <= row.counted || row.counted == STALE {
            return;
        }
        row.counted = seq;
        if order <= row.state.read {
            return;
        }
        match message {
            Some(message) => {
                let weight = row.weight(message, me);
                row.take(weight);
                changes.conversations.insert(id);
                changes.sidebar = true;
            }
            // Whose it was only the server knows.
            None => changes.want(Wanted::Conversation(id)),
        }
    }

    /// A message's text changed, and with it perhaps whom it mentions.
    pub(crate) fn message_updated(
        &mut self,
        new: &Message,
        before: Option<&Message>,
        (seq, me): (u64, UserId),
        changes: &mut Changes,
    ) {
        let Some(row) = self.rows.get_mut(&new.conversation) else { return };
        if seq <= row.counted || row.counted == STALE {
            return;
        }
        row.counted = seq;
        if new.order != 0 && new.order <= row.state.read {
            return;
        }
        match before {
            Some(before) => {
                let (before, now) = (row.weight(before, me), row.weight(new, me));
                row.take(before);
                row.add(now);
                changes.conversations.insert(new.conversation);
                changes.sidebar = true;
            }
            None if new.author.id != me => changes.want(Wanted::Conversation(new.conversation)),
            None => {}
        }
    }

    /// The person has read up to here, on one of their devices. `since` are the messages written
    /// (or deleted: then `false`) after the position that the numbers include. False if this page has read
    /// further.
    pub(crate) fn read_moved(
        &mut self,
        id: ConversationId,
        seq: u64,
        unread: Option<Unread>,
        since: &[(u64, Message, bool)],
        me: UserId,
        changes: &mut Changes,
    ) -> bool {
        let Some(row) = self.rows.get_mut(&id) else { return false };
        if row.reading.is_some_and(|reading| seq < reading) {
            return false;
        }
        row.reading = None;
        row.state.read = seq;
        if let Some(unread) = unread {
            (row.state.unread, row.state.mentions) = (unread.unread, unread.mentions);
            let counted = row.counted;
            for (at, message, is_there) in
                since.iter().filter(|(at, _, _)| unread.as_of < *at && *at <= counted)
            {
                let order = if *is_there { *at } else { message.order };
                if seq < order {
                    let weight = row.weight(message, me);
                    if *is_there { row.add(weight) } else { row.take(weight) }
                }
            }
            if counted != STALE {
                row.counted = counted.max(unread.as_of);
            }
        }
        changes.conversations.insert(id);
        changes.sidebar = true;
        true
    }

    /// The person has read up to here, on this page. `left` is what stays unread, if it is known.
    /// False if they had read so far before.
    pub(crate) fn read(
        &mut self,
        id: ConversationId,
        seq: u64,
        left: Option<&[&Message]>,
        me: UserId,
        changes: &mut Changes,
    ) -> bool {
        let Some(row) = self.rows.get_mut(&id).filter(|row| row.state.role.is_some()) else { return false };
        if seq <= row.state.read {
            return false;
        }
        row.state.read = seq;
        row.reading = Some(seq);
        if let Some(left) = left {
            (row.state.unread, row.state.mentions) = (0, 0);
            for message in left {
                let weight = row.weight(message, me);
                row.add(weight);
            }
        }
        changes.conversations.insert(id);
        changes.sidebar = true;
        true
    }

    /// The person marks it unread: what is said about reading until then says nothing any longer.
    pub(crate) fn unread_from(&mut self, id: ConversationId) {
        if let Some(row) = self.rows.get_mut(&id) {
            row.reading = None;
        }
    }
}
