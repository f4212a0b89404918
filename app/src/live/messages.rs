//! Messages, each once, and the timelines that name them.
//!
//! A message may stand in its conversation, in a thread and above one at once; it is kept once
//! here, so it cannot disagree with itself.

use super::changes::Changes;
use super::held::{Held, STALE};
use super::timeline::{Row, Timeline};
use protocol::event::ReactionChange;
use protocol::link::PreviewChange;
use protocol::message::{Message, Replies, ThreadPage, Window};
use protocol::{ConversationId, MessageId};
use std::collections::{BTreeSet, HashMap};

/// Timelines kept for going back; those looked at longest ago make room.
const TIMELINES_MAX: usize = 16;

/// Names a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimelineId {
    /// What stands in a conversation.
    Conversation(ConversationId),
    /// The answers under a message.
    Thread(MessageId),
}

/// Messages and timelines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Messages {
    /// Every message that a timeline names, and those above threads.
    pub(crate) rows: HashMap<MessageId, Held<Message>>,
    timelines: HashMap<TimelineId, Opened>,
    /// The one looked at last is the last.
    used: Vec<TimelineId>,
}

#[derive(Clone, Debug)]
struct Opened {
    conversation: ConversationId,
    timeline: Timeline,
}

impl Messages {
    /// A timeline, if it was opened.
    #[must_use]
    pub(crate) fn timeline(&self, id: TimelineId) -> Option<&Timeline> {
        self.timelines.get(&id).map(|opened| &opened.timeline)
    }

    /// The timelines that are kept.
    pub(crate) fn opened(&self) -> impl Iterator<Item = TimelineId> {
        self.timelines.keys().copied()
    }

    /// A timeline to move about in.
    pub(crate) fn timeline_mut(&mut self, id: TimelineId) -> Option<&mut Timeline> {
        self.timelines.get_mut(&id).map(|opened| &mut opened.timeline)
    }

    /// Somebody looks at a timeline. Those that nobody has looked at for long make room.
    pub(crate) fn open(&mut self, id: TimelineId, conversation: ConversationId, changes: &mut Changes) {
        self.used.retain(|used| *used != id);
        self.used.push(id);
        self.timelines.entry(id).or_insert_with(|| Opened { conversation, timeline: Timeline::default() });
        while TIMELINES_MAX < self.used.len() {
            let oldest = self.used.remove(0);
            self.timelines.remove(&oldest);
            changes.timelines.insert(oldest);
        }
        self.collect(changes);
    }

    /// Nobody looks at it now.
    pub(crate) fn rest(&mut self, id: TimelineId, changes: &mut Changes) {
        if let Some(opened) = self.timelines.get_mut(&id) {
            opened.timeline.rest();
            changes.timelines.insert(id);
            self.collect(changes);
        }
    }

    /// Lets go of messages that no timeline names any longer.
    fn collect(&mut self, changes: &mut Changes) {
        let named: BTreeSet<MessageId> = self
            .timelines
            .iter()
            .flat_map(|(id, opened)| {
                let root = match id {
                    TimelineId::Thread(root) => Some(*root),
                    TimelineId::Conversation(_) => None,
                };
                opened.timeline.all().map(|row| row.id).chain(root)
            })
            .collect();
        let gone = self.rows.keys().filter(|id| !named.contains(id)).copied();
        changes.messages.extend(gone.collect::<Vec<_>>());
        self.rows.retain(|id, _| named.contains(id));
    }

    /// A page of a timeline.
    pub(crate) fn load(
        &mut self,
        id: TimelineId,
        asked: &Window,
        page: protocol::message::Timeline,
        changes: &mut Changes,
    ) {
        let Some(opened) = self.timelines.get_mut(&id) else { return };
        opened.timeline.load(asked, &page);
        let as_of = page.as_of.position.seq;
        for message in page.messages {
            self.put(message, as_of, changes);
        }
        changes.timelines.insert(id);
        self.collect(changes);
    }

    /// A message with a page of the answers under it.
    pub(crate) fn load_thread(&mut self, asked: &Window, page: ThreadPage, changes: &mut Changes) {
        let (id, conversation) = (TimelineId::Thread(page.root.id), page.root.conversation);
        if !self.timelines.contains_key(&id) {
            self.open(id, conversation, changes);
        }
        self.put(page.root, page.replies.as_of.position.seq, changes);
        self.load(id, asked, page.replies, changes);
    }

    /// A message as somebody knows it. Only where a timeline names it.
    pub(crate) fn put(&mut self, message: Message, as_of: u64, changes: &mut Changes) {
        changes.messages.insert(message.id);
        if self.rows.get(&message.id).is_none_or(|held| held.yields_to(as_of)) {
            self.rows.insert(message.id, Held { row: message, as_of });
        }
    }

    /// A message was written. `message.order` is set. True if it is new in its conversation's timeline.
    pub(crate) fn created(
        &mut self,
        message: Message,
        replies: Option<&Replies>,
        seq: u64,
        changes: &mut Changes,
    ) -> bool {
        if let Some((root, replies)) = message.thread.zip(replies) {
            self.answered(root, replies, seq, changes);
        }
        let row = Row { order: message.order, id: message.id };
        let in_room = TimelineId::Conversation(message.conversation);
        let places = [message.in_room.then_some(in_room), message.thread.map(TimelineId::Thread)];
        let mut is_new = false;
        let mut stands = false;
        for place in places.into_iter().flatten() {
            let Some(opened) = self.timelines.get_mut(&place) else { continue };
            if opened.timeline.written(row) {
                stands = true;
                is_new |= place == in_room;
                changes.timelines.insert(place);
            }
        }
        if stands {
            changes.messages.insert(message.id);
            let known = self.rows.get(&message.id);
            if known.is_none_or(|known| known.as_of == STALE) {
                self.rows.insert(message.id, Held { row: message, as_of: seq });
            }
        }
        is_new
    }

    /// What stands under a message changed.
    fn answered(&mut self, root: MessageId, replies: &Replies, seq: u64, changes: &mut Changes) {
        if let Some(message) = self.rows.get_mut(&root).and_then(|held| held.at(seq)) {
            message.replies.clone_from(replies);
            changes.messages.insert(root);
            let is_gone = message.deleted && replies.is_empty();
            if is_gone {
                self.forget(root, changes);
            }
        }
    }

    /// A message's text changed. Reactions, pins and answers have events of their own.
    pub(crate) fn updated(&mut self, new: &Message, seq: u64, changes: &mut Changes) {
        if let Some(message) = self.rows.get_mut(&new.id).and_then(|held| held.at(seq)) {
            message.author.clone_from(&new.author);
            message.body.clone_from(&new.body);
            message.html.clone_from(&new.html);
            message.mentioned.clone_from(&new.mentioned);
            message.broadcast = new.broadcast;
            message.attachments.clone_from(&new.attachments);
            message.previews.clone_from(&new.previews);
            message.version = new.version;
            message.edited_at = new.edited_at;
            changes.messages.insert(new.id);
        }
    }

    /// A message is gone; a mark stays while there are answers to it.
    pub(crate) fn deleted(
        &mut self,
        id: MessageId,
        thread: Option<MessageId>,
        replies: Option<&Replies>,
        seq: u64,
        changes: &mut Changes,
    ) {
        if let Some((root, replies)) = thread.zip(replies) {
            self.answered(root, replies, seq, changes);
        }
        let Some(message) = self.rows.get_mut(&id).and_then(|held| held.at(seq)) else { return };
        changes.messages.insert(id);
        empty(message);
        if message.replies.is_empty() {
            self.forget(id, changes);
        } else {
            let in_room = TimelineId::Conversation(message.conversation);
            changes.timelines.extend([in_room, TimelineId::Thread(id)]);
        }
    }

    /// The answer to a deletion came before its event.
    pub(crate) fn vanish(&mut self, id: MessageId, as_of: u64, changes: &mut Changes) {
        let Some(held) = self.rows.get_mut(&id) else { return };
        empty(&mut held.row);
        held.as_of = as_of;
        changes.messages.insert(id);
        if held.row.replies.is_empty() {
            self.forget(id, changes);
        }
    }

    /// Nothing of a message stays.
    fn forget(&mut self, id: MessageId, changes: &mut Changes) {
        for (place, opened) in &mut self.timelines {
            if opened.timeline.all().any(|row| row.id == id) {
                opened.timeline.remove(id);
                changes.timelines.insert(*place);
            }
        }
        if !self.timelines.contains_key(&TimelineId::Thread(id)) {
            self.rows.remove(&id);
        }
        changes.messages.insert(id);
    }

    /// A message was pinned or unpinned.
    pub(crate) fn pinned(&mut self, id: MessageId, pinned: bool, seq: u64, changes: &mut Changes) {
        if let Some(message) = self.rows.get_mut(&id).and_then(|held| held.at(seq)) {
            message.pinned = pinned;
            changes.messages.insert(id);
        }
    }

    /// The person saved a message, or no longer. From their own log, which is not in step with the
    /// conversation's.
    pub(crate) fn saved(&mut self, id: MessageId, saved: bool, changes: &mut Changes) {
        if let Some(held) = self.rows.get_mut(&id) {
            held.row.saved = saved && !held.row.deleted;
            changes.messages.insert(id);
        }
    }

    /// Somebody reacted or took it back.
    pub(crate) fn reacted(
        &mut self,
        id: MessageId,
        change: &ReactionChange,
        added: bool,
        is_mine: bool,
        seq: u64,
        changes: &mut Changes,
    ) {
        let Some(message) = self.rows.get_mut(&id).and_then(|held| held.at(seq)) else { return };
        changes.messages.insert(id);
        message.reactions.clone_from(&change.reactions);
        if is_mine {
            message.mine.retain(|emoji| *emoji != change.emoji);
            if added {
                message.mine.push(change.emoji.clone());
            }
        }
    }

    /// What is shown of its links is another.
    pub(crate) fn previewed(
        &mut self,
        id: MessageId,
        change: &PreviewChange,
        seq: u64,
        changes: &mut Changes,
    ) {
        if let Some(message) = self.rows.get_mut(&id).and_then(|held| held.at(seq)) {
            message.previews.clone_from(&change.previews);
            changes.messages.insert(id);
        }
    }

    /// Nothing of a conversation may be shown any longer.
    pub(crate) fn leave(&mut self, conversation: ConversationId, changes: &mut Changes) {
        let gone: Vec<TimelineId> = self
            .timelines
            .iter()
            .filter(|(_, opened)| opened.conversation == conversation)
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            self.timelines.remove(&id);
            self.used.retain(|used| *used != id);
            changes.timelines.insert(id);
        }
        let theirs = self.rows.iter().filter(|(_, held)| held.row.conversation == conversation);
        changes.messages.extend(theirs.map(|(id, _)| *id).collect::<Vec<_>>());
        self.rows.retain(|_, held| held.row.conversation != conversation);
    }

    /// Events of a conversation were missed. Gives back which timelines have to be loaded again.
    pub(crate) fn set_stale(&mut self, conversation: ConversationId) -> Vec<TimelineId> {
        for held in self.rows.values_mut().filter(|held| held.row.conversation == conversation) {
            held.as_of = STALE;
        }
        let mut stale = Vec::new();
        for (id, opened) in &mut self.timelines {
            if opened.conversation == conversation && opened.timeline.was_loaded() {
                opened.timeline.set_stale();
                stale.push(*id);
            }
        }
        stale
    }
}

/// Takes the text out of a deleted message.
pub(crate) fn empty(message: &mut Message) {
    message.deleted = true;
    message.pinned = false;
    message.body.clear();
    message.html.clear();
    message.mentioned.clear();
    message.broadcast = None;
    message.attachments.clear();
    message.previews.clear();
    message.reactions.clear();
    message.mine.clear();
    message.saved = false;
}
