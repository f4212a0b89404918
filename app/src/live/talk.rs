//! What happens in conversations: pages and events in.

use super::changes::{Changes, Wanted};
use super::messages::TimelineId;
use super::state::State;
use protocol::conversation::{ConversationMember, ConversationState};
use protocol::message::{Message, MessagePage, ThreadPage, Timeline, Window};
use protocol::page::Page;
use protocol::position::TopicPosition;
use protocol::workspace::Role;
use protocol::{ConversationId, Event, EventKind, MessageId, Topic, WorkspaceId};

/// Pages in.
impl State {
    /// The conversations of a workspace that the person is in.
    pub fn load_conversations(&mut self, workspace: WorkspaceId, states: Vec<ConversationState>) -> Changes {
        let mut changes = Changes::default();
        let positions: Vec<_> = states.iter().map(position_of).collect();
        for gone in self.conversations.load(workspace, states, &mut changes) {
            self.lose_conversation(gone, &mut changes);
        }
        for position in positions {
            self.catch_up(position, &mut changes);
        }
        changes
    }

    /// One conversation.
    pub fn load_conversation(&mut self, state: ConversationState) -> Changes {
        let mut changes = Changes::default();
        let position = position_of(&state);
        self.conversations.put(state, &mut changes);
        self.catch_up(position, &mut changes);
        changes
    }

    /// Members of a conversation.
    pub fn load_participants(&mut self, id: ConversationId, page: Page<ConversationMember>) -> Changes {
        let mut changes = Changes::default();
        let as_of = page.as_of;
        self.conversations.load_members(id, page, &mut changes);
        if let Some(as_of) = as_of {
            self.catch_up(as_of, &mut changes);
        }
        changes
    }

    /// A page of a timeline that was asked for with this window.
    pub fn load_timeline(&mut self, id: TimelineId, asked: &Window, page: Timeline) -> Changes {
        let mut changes = Changes::default();
        let Topic::Conversation(conversation) = page.as_of.topic else { return changes };
        if self.messages.timeline(id).is_none() {
            self.messages.open(id, conversation, &mut changes);
        }
        let (as_of, first_unread) = (page.as_of, page.first_unread);
        self.messages.load(id, asked, page, &mut changes);
        if id == TimelineId::Conversation(conversation) {
            self.fix_line(conversation, Some(first_unread));
        }
        self.tell_saved(conversation, &mut changes);
        self.catch_up(as_of, &mut changes);
        changes
    }

    /// A message with a page of the answers under it.
    pub fn load_thread_of(&mut self, asked: &Window, page: ThreadPage) -> Changes {
        let mut changes = Changes::default();
        let (as_of, conversation) = (page.replies.as_of, page.root.conversation);
        self.messages.load_thread(asked, page, &mut changes);
        self.tell_saved(conversation, &mut changes);
        self.catch_up(as_of, &mut changes);
        changes
    }

    /// The answer to an edit of a message, or one message that was asked for.
    pub fn message_answered(&mut self, message: Message) -> Changes {
        let mut changes = Changes::default();
        if let Some(held) = self.messages.rows.get_mut(&message.id)
            && held.row.version <= message.version
        {
            changes.messages.insert(message.id);
            held.row = message;
        }
        changes
    }

    /// A message alone, with its position.
    pub fn load_message(&mut self, page: MessagePage) -> Changes {
        let mut changes = Changes::default();
        if self.messages.rows.contains_key(&page.message.id) {
            self.messages.put(page.message, page.as_of.position.seq, &mut changes);
            self.catch_up(page.as_of, &mut changes);
        }
        changes
    }

    /// What was asked for cannot be had now.
    pub fn timeline_failed(&mut self, id: TimelineId, asked: &Window) -> Changes {
        if let Some(timeline) = self.messages.timeline_mut(id) {
            timeline.load_failed(asked);
        }
        Changes::default()
    }

    /// What the person saved comes from their own log, which is not in step with the conversation's.
    fn tell_saved(&mut self, conversation: ConversationId, changes: &mut Changes) {
        for event in self.recent.events() {
            if let EventKind::MessageSaved { id, conversation: place, saved } = event.kind
                && place == conversation
            {
                self.messages.saved(id, saved, changes);
            }
        }
    }
}

fn position_of(state: &ConversationState) -> TopicPosition {
    TopicPosition { topic: Topic::Conversation(state.conversation.id), position: state.position }
}

/// Events in.
impl State {
    /// What an event about a conversation or its messages changes.
    pub(super) fn apply_to_conversations(&mut self, event: &Event, changes: &mut Changes) {
        let seq = event.seq;
        match &event.kind {
            EventKind::ConversationCreated(conversation)
            | EventKind::ConversationUpdated(conversation)
            | EventKind::ConversationArchived(conversation) => {
                self.conversations.is_now(conversation, seq, changes);
            }
            EventKind::ConversationJoined { conversation, role, with } => {
                self.conversations.joined(conversation, *role, with, changes);
            }
            EventKind::ConversationLeft { id } => self.leave_conversation(*id, changes),
            EventKind::ConversationArranged { id, level, starred } => {
                self.conversations.arranged(*id, *level, *starred, changes);
            }
            EventKind::MessageSaved { id, saved, .. } => {
                self.messages.saved(*id, *saved, changes);
                changes.saves = true;
            }
            _ => {
                if let Topic::Conversation(id) = event.topic {
                    self.apply_in(id, event, changes);
                }
            }
        }
    }

    /// What happens in one conversation.
    fn apply_in(&mut self, id: ConversationId, event: &Event, changes: &mut Changes) {
        let (seq, me) = (event.seq, self.my_id());
        let Some(my_id) = me else { return };
        match &event.kind {
            EventKind::ParticipantJoined { member, members } => {
                self.conversations.member_is(id, member, Some(*members), (seq, me), changes);
            }
            EventKind::ParticipantUpdated(member) => {
                self.conversations.member_is(id, member, None, (seq, me), changes);
                self.messages.person_changed(&member.person, id, seq, changes);
            }
            EventKind::ParticipantLeft { user, members } => {
                self.conversations.member_left(id, *user, *members, seq, changes);
            }
            EventKind::MessageCreated { message, replies } => {
                let message = Message { order: seq, ..message.clone() };
                self.here.silent(typing_place(&message), message.author.id);
                changes.typing.insert(typing_place(&message));
                self.conversations.message_created(&message, seq, my_id, changes);
                let counts = message.counts_for(my_id);
                let is_new = self.messages.created(message, replies.as_ref(), seq, changes);
                self.came(id, is_new && counts, changes);
            }
            EventKind::MessageUpdated(message) => {
                let before = self.known_message(id, message.id);
                let order = before.as_ref().map_or(0, |before| before.order);
                let now = Message { order, ..message.clone() };
                self.conversations.message_updated(&now, before.as_ref(), (seq, my_id), changes);
                self.messages.updated(message, seq, changes);
            }
            EventKind::MessageDeleted { id: message, order, thread, replies } => {
                let known = self.known_message(id, *message);
                self.conversations.message_deleted(id, (*order, seq), known.as_ref(), my_id, changes);
                self.messages.deleted(*message, *thread, replies.as_ref(), seq, changes);
            }
            EventKind::MessagePinned { id } => self.messages.pinned(*id, true, seq, changes),
            EventKind::MessageUnpinned { id } => self.messages.pinned(*id, false, seq, changes),
            _ => {}
        }
    }

    /// A message as it was before the event at hand, as far as anything here knows it.
    fn known_message(&self, conversation: ConversationId, id: MessageId) -> Option<Message> {
        if let Some(held) = self.messages.rows.get(&id) {
            return Some(held.row.clone());
        }
        let said = self.recent.of(Topic::Conversation(conversation)).find_map(|event| match &event.kind {
            EventKind::MessageCreated { message, .. } if message.id == id => {
                Some(Message { order: event.seq, ..message.clone() })
            }
            _ => None,
        })?;
        // An edit since may have changed whom it mentions.
        let is_edited = self
            .recent
            .of(Topic::Conversation(conversation))
            .rev()
            .skip(1)
            .any(|event| matches!(&event.kind, EventKind::MessageUpdated(message) if message.id == id));
        (!is_edited).then_some(said)
    }

    /// The person has read a conversation up to here on one of their devices.
    pub(super) fn conversation_read(
        &mut self,
        id: ConversationId,
        seq: u64,
        unread: Option<protocol::conversation::Unread>,
        changes: &mut Changes,
    ) {
        let Some(me) = self.my_id() else { return };
        let mut since = Vec::new();
        if let Some(unread) = unread {
            for event in self.recent.of(Topic::Conversation(id)).filter(|event| unread.as_of < event.seq) {
                match &event.kind {
                    EventKind::MessageCreated { message, .. } => {
                        since.push((event.seq, Message { order: event.seq, ..message.clone() }, true));
                    }
                    EventKind::MessageDeleted { id: gone, .. } => {
                        since
                            .extend(self.known_message(id, *gone).map(|message| (event.seq, message, false)));
                    }
                    _ => {}
                }
            }
        }
        self.conversations.read_moved(id, seq, unread, &since, me, changes);
    }

    /// Nothing of a conversation stays once the person may no longer read it; a room can still be read.
    pub(super) fn leave_conversation(&mut self, id: ConversationId, changes: &mut Changes) {
        let workspace = self.conversations.get(id).map(|state| state.conversation.workspace);
        let role = self
            .workspaces
            .iter()
            .find(|held| Some(held.row.workspace.id) == workspace)
            .map(|held| held.row.role);
        if self.conversations.left(id, role.is_none_or(|role| role == Role::Guest), changes) {
            self.lose_conversation(id, changes);
        }
    }

    /// Nothing of it stays.
    pub(super) fn lose_conversation(&mut self, id: ConversationId, changes: &mut Changes) {
        self.conversations.forget(id, changes);
        self.messages.leave(id, changes);
        self.recent.forget(Topic::Conversation(id));
        changes.lost.insert(id);
    }

    /// A conversation that was to be loaded is closed to the person.
    pub fn conversation_is_gone(&mut self, id: ConversationId) -> Changes {
        let mut changes = Changes::default();
        self.lose_conversation(id, &mut changes);
        changes
    }

    /// Nothing of a workspace's conversations stays.
    pub(super) fn leave_conversations_of(&mut self, workspace: WorkspaceId, changes: &mut Changes) {
        for id in self.conversations.leave(workspace, changes) {
            self.lose_conversation(id, changes);
        }
    }

    /// The log of a conversation cannot be continued.
    pub(super) fn reset_conversation(&mut self, id: ConversationId, changes: &mut Changes) {
        self.conversations.set_stale(id, changes);
        for timeline in self.messages.set_stale(id) {
            let window = match timeline {
                TimelineId::Conversation(_) => self.window_of_reader(timeline),
                TimelineId::Thread(_) => Window::Latest,
            };
            changes.want(Wanted::Timeline(timeline, window));
        }
    }

    /// Where the reader is, to load it again.
    fn window_of_reader(&self, id: TimelineId) -> Window {
        let timeline = self.messages.timeline(id);
        match timeline.filter(|timeline| !timeline.follows()).and_then(|timeline| timeline.shown().first()) {
            Some(row) => Window::Around(row.id),
            None => Window::Latest,
        }
    }
}

/// Where a message is written.
fn typing_place(message: &Message) -> protocol::ephemeral::TypingPlace {
    use protocol::ephemeral::TypingPlace;
    message.thread.map_or(TypingPlace::Conversation(message.conversation), TypingPlace::Thread)
}
