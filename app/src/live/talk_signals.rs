//! The signals around conversations: one for each message, timeline and row of the sidebar.

use super::changes::Changes;
use super::messages::TimelineId;
use super::rows::{MessageRow, TimelineView};
use super::signals::{put, signal};
use super::state::State;
use super::talk_view::Sidebar;
use super::view::Delivery;
use super::visit::UnreadLine;
use leptos::prelude::{ArcRwSignal, WithUntracked};
use protocol::conversation::{ConversationMember, ConversationState, Receipt};
use protocol::message::{Message, MessageKind};
use protocol::{ConversationId, MessageId, WorkspaceId};
use std::collections::hash_map::{self, HashMap};

/// All of them.
#[derive(Debug, Default)]
pub(super) struct TalkSignals {
    messages: HashMap<MessageId, MessageCell>,
    timelines: HashMap<TimelineId, TimelineCell>,
    conversations: HashMap<ConversationId, ArcRwSignal<Option<ConversationState>>>,
    participants: HashMap<ConversationId, ArcRwSignal<Vec<ConversationMember>>>,
    receipts: HashMap<ConversationId, ArcRwSignal<Vec<Receipt>>>,
    sidebars: HashMap<WorkspaceId, ArcRwSignal<Sidebar>>,
    unread: HashMap<WorkspaceId, ArcRwSignal<(bool, u32)>>,
    waiting: Option<ArcRwSignal<Vec<ConversationId>>>,
}

#[derive(Debug)]
struct MessageCell {
    message: ArcRwSignal<Message>,
    delivery: ArcRwSignal<Delivery>,
}

#[derive(Debug)]
struct TimelineCell {
    rows: ArcRwSignal<Vec<MessageRow>>,
    has_older: ArcRwSignal<bool>,
    has_newer: ArcRwSignal<bool>,
    loaded: ArcRwSignal<bool>,
    line: ArcRwSignal<Option<UnreadLine>>,
    fresh: ArcRwSignal<u32>,
    root: ArcRwSignal<Option<MessageRow>>,
}

impl Default for TimelineCell {
    fn default() -> Self {
        Self {
            rows: signal(Vec::new()),
            has_older: signal(false),
            has_newer: signal(false),
            loaded: signal(false),
            line: signal(None),
            fresh: signal(0),
            root: signal(None),
        }
    }
}

impl TalkSignals {
    /// Moves what a change touched.
    pub(super) fn publish(&mut self, state: &State, changes: &Changes) {
        for id in &changes.rested {
            self.rest(*id);
        }
        for id in &changes.messages {
            self.publish_message(state, *id);
        }
        for id in &changes.timelines {
            self.publish_timeline(state, *id);
        }
        for (id, cell) in self.conversations.iter().filter(|(id, _)| changes.conversations.contains(*id)) {
            put(cell, state.conversation(*id));
        }
        for (id, cell) in self.participants.iter().filter(|(id, _)| changes.participants.contains(*id)) {
            put(cell, state.participants(*id));
        }
        for (id, cell) in self.receipts.iter().filter(|(id, _)| changes.receipts.contains(*id)) {
            put(cell, state.receipts(*id));
        }
        if changes.sidebar {
            for (workspace, cell) in &self.sidebars {
                put(cell, state.sidebar(*workspace));
            }
            for (workspace, cell) in &self.unread {
                put(cell, state.unread_in(*workspace));
            }
            if let Some(cell) = &self.waiting {
                put(cell, state.waiting_conversations());
            }
        }
    }

    /// The page of a conversation was left: its signals go, and are made anew when somebody comes again. A
    /// signal never forgets what listened to it, so that each visit would leave a little behind.
    fn rest(&mut self, id: ConversationId) {
        self.messages.retain(|_, cell| cell.message.with_untracked(|message| message.conversation != id));
        self.timelines.retain(|timeline, cell| match timeline {
            TimelineId::Conversation(other) => *other != id,
            TimelineId::Thread(_) => cell.root.with_untracked(|root| {
                let conversation = |root: &MessageRow| root.message.with_untracked(|root| root.conversation);
                root.as_ref().map(conversation).is_some_and(|other| other != id)
            }),
        });
    }

    fn publish_message(&mut self, state: &State, id: MessageId) {
        match (self.messages.get(&id), state.message(id)) {
            (Some(cell), Some(message)) => {
                put(&cell.message, message);
                put(&cell.delivery, state.message_delivery(id));
            }
            (Some(_), None) => {
                self.messages.remove(&id);
            }
            (None, _) => {}
        }
    }

    fn publish_timeline(&mut self, state: &State, id: TimelineId) {
        if !self.timelines.contains_key(&id) {
            return;
        }
        let rows = state.timeline_rows(id).into_iter().filter_map(|id| self.row(state, id)).collect();
        let root = match id {
            TimelineId::Thread(root) => self.row(state, root),
            TimelineId::Conversation(_) => None,
        };
        let timeline = state.messages.timeline(id);
        let Some(cell) = self.timelines.get(&id) else { return };
        put(&cell.root, root);
        put(&cell.rows, rows);
        put(&cell.has_older, timeline.is_some_and(|timeline| timeline.has_older()));
        put(&cell.has_newer, timeline.is_some_and(|timeline| timeline.has_newer()));
        put(&cell.loaded, timeline.is_some_and(|timeline| timeline.was_loaded()));
        put(&cell.line, state.unread_line(id));
        put(&cell.fresh, state.fresh_in(id));
        if timeline.is_none() {
            self.timelines.remove(&id);
        }
    }

    fn row(&mut self, state: &State, id: MessageId) -> Option<MessageRow> {
        let cell = match self.messages.entry(id) {
            hash_map::Entry::Occupied(known) => known.into_mut(),
            hash_map::Entry::Vacant(place) => place.insert(MessageCell {
                message: signal(state.message(id)?),
                delivery: signal(state.message_delivery(id)),
            }),
        };
        let (message, delivery) = (cell.message.read_only(), cell.delivery.read_only());
        Some(cell.message.with_untracked(|now| MessageRow {
            id,
            order: now.order,
            at: now.at,
            author: now.author.id,
            is_line: now.kind != MessageKind::Text,
            message,
            delivery,
        }))
    }

    /// A timeline, loaded or not.
    pub(super) fn timeline(&mut self, state: &State, id: TimelineId) -> TimelineView {
        self.timelines.entry(id).or_default();
        // One that is not in the state would be let go of at once.
        if state.messages.timeline(id).is_some() {
            self.publish_timeline(state, id);
        }
        let cell = self.timelines.entry(id).or_default();
        TimelineView {
            id,
            rows: cell.rows.read_only(),
            has_older: cell.has_older.read_only(),
            has_newer: cell.has_newer.read_only(),
            loaded: cell.loaded.read_only(),
            line: cell.line.read_only(),
            fresh: cell.fresh.read_only(),
            root: cell.root.read_only(),
        }
    }

    /// A conversation with the person's place in it.
    pub(super) fn conversation(
        &mut self,
        state: &State,
        id: ConversationId,
    ) -> ArcRwSignal<Option<ConversationState>> {
        self.conversations.entry(id).or_insert_with(|| signal(state.conversation(id))).clone()
    }

    /// The members of a conversation.
    pub(super) fn participants(
        &mut self,
        state: &State,
        id: ConversationId,
    ) -> ArcRwSignal<Vec<ConversationMember>> {
        self.participants.entry(id).or_insert_with(|| signal(state.participants(id))).clone()
    }

    /// How far the others have read a conversation.
    pub(super) fn receipts(&mut self, state: &State, id: ConversationId) -> ArcRwSignal<Vec<Receipt>> {
        self.receipts.entry(id).or_insert_with(|| signal(state.receipts(id))).clone()
    }

    /// The conversations of a workspace.
    pub(super) fn sidebar(&mut self, state: &State, workspace: WorkspaceId) -> ArcRwSignal<Sidebar> {
        self.sidebars.entry(workspace).or_insert_with(|| signal(state.sidebar(workspace))).clone()
    }

    /// What is unread in the conversations of a workspace.
    pub(super) fn unread(&mut self, state: &State, workspace: WorkspaceId) -> ArcRwSignal<(bool, u32)> {
        self.unread.entry(workspace).or_insert_with(|| signal(state.unread_in(workspace))).clone()
    }

    /// The conversations in which something waits to be read.
    pub(super) fn waiting(&mut self, state: &State) -> ArcRwSignal<Vec<ConversationId>> {
        self.waiting.get_or_insert_with(|| signal(state.waiting_conversations())).clone()
    }
}
