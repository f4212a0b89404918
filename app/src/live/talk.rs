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
        if !self.is_in(workspace) {
            return changes;
        }
        let positions: Vec<_> = states.iter().map(position_of).collect();
        for gone in self.conversations.load(workspace, states, &mut changes) {
            self.lose_conversation(gone, &mut changes);
        }
        for position in positions {
            self.catch_up(position, &mut changes);
            if let Topic::Conversation(id) = position.topic {
                self.tell_standing(id, &mut changes);
                self.correct_people(id, &mut changes);
            }
        }
        changes
    }

    /// An answer may have been on its way while the person left.
    fn is_in(&self, workspace: WorkspaceId) -> bool {
        self.workspaces.iter().any(|held| held.row.workspace.id == workspace)
    }

    /// One conversation.
    pub fn load_conversation(&mut self, state: ConversationState) -> Changes {
        let mut changes = Changes::default();
        if !self.is_in(state.conversation.workspace) {
            return changes;
        }
        let position = position_of(&state);
        let id = state.conversation.id;
        self.conversations.put(state, &mut changes);
        self.catch_up(position, &mut changes);
        self.tell_standing(id, &mut changes);
        self.correct_people(id, &mut changes);
        changes
    }

    /// Members of a conversation.
    pub fn load_participants(&mut self, id: ConversationId, page: Page<ConversationMember>) -> Changes {
        let mut changes = Changes::default();
        if self.conversations.get(id).is_none() {
            return changes;
        }
        let as_of = page.as_of;
        self.conversations.load_members(id, page, &mut changes);
        if let Some(as_of) = as_of {
            self.catch_up(as_of, &mut changes);
        }
        self.correct_people(id, &mut changes);
        changes
    }

    /// A page of a timeline that was asked for with this window.
    pub fn load_timeline(&mut self, id: TimelineId, asked: &Window, page: Timeline) -> Changes {
        let mut changes = Changes::default();
        let Topic::Conversation(conversation) = page.as_of.topic else { return changes };
        if self.conversations.get(conversation).is_none() {
            return changes;
        }
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
        self.correct_names(conversation, &mut changes);
        changes
    }

    /// A message with a page of the answers under it.
    pub fn load_thread_of(&mut self, asked: &Window, page: ThreadPage) -> Changes {
        let mut changes = Changes::default();
        let (as_of, conversation) = (page.replies.as_of, page.root.conversation);
        if self.conversations.get(conversation).is_none() {
            return changes;
        }
        self.messages.load_thread(asked, page, &mut changes);
        self.tell_saved(conversation, &mut changes);
        self.catch_up(as_of, &mut changes);
        self.correct_names(conversation, &mut changes);
        changes
    }

    /// The answer to an edit of a message, or one message that was asked for.
    pub fn message_answered(&mut self, message: Message) -> Changes {
        let mut changes = Changes::default();
        if let Some(held) = self.messages.rows.get_mut(&message.id)
            && held.row.version <= message.version
        {
            let (conversation, id) = (message.conversation, message.id);
            changes.messages.insert(id);
            held.row = message;
            self.correct_names_of(conversation, id, &mut changes);
        }
        changes
    }

    /// A message alone, with its position.
    pub fn load_message(&mut self, page: MessagePage) -> Changes {
        let mut changes = Changes::default();
        if self.messages.rows.contains_key(&page.message.id) {
            let (conversation, id) = (page.message.conversation, page.message.id);
            self.messages.put(page.message, page.as_of.position.seq, &mut changes);
            self.catch_up(page.as_of, &mut changes);
            self.correct_names_of(conversation, id, &mut changes);
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

    fn my_events(&self) -> impl Iterator<Item = &Event> {
        self.my_id().into_iter().flat_map(|me| self.recent.of(Topic::User(me)))
    }

    /// Whether the person is in a conversation, how it is arranged and how far they have read comes from
    /// their own log: an answer may have been on its way meanwhile.
    fn tell_standing(&mut self, id: ConversationId, changes: &mut Changes) {
        let (mut left, mut arranged, mut read) = (false, None, None);
        for event in self.my_events() {
            match &event.kind {
                // Whoever comes again begins anew.
                EventKind::ConversationJoined { conversation, .. } if conversation.id == id => {
                    (left, arranged, read) = (false, None, None);
                }
                EventKind::ConversationLeft { id: of } if *of == id => left = true,
                EventKind::ConversationArranged { id: of, level, starred } if *of == id => {
                    arranged = Some((*level, *starred));
                }
                EventKind::ReadMoved { topic, seq, unread } if *topic == Topic::Conversation(id) => {
                    read = Some((*seq, *unread));
                }
                _ => {}
            }
        }
        if let Some((level, starred)) = arranged {
            self.conversations.arranged(id, level, starred, changes);
        }
        if let Some((seq, unread)) = read
            && let Some(state) = self.conversations.get(id).filter(|state| state.read != seq)
        {
            // Asked again only for an answer that is older than the event: the next one is not, and an
            // answer that is newer must not be asked for until its event comes.
            let is_behind = unread.is_some_and(|unread| state.position.seq < unread.as_of);
            self.conversation_read(id, seq, unread, is_behind, changes);
        }
        if left {
            self.leave_conversation(id, changes);
        }
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
                self.correct_people(conversation.id, changes);
                self.notifications_elsewhere(changes);
            }
            EventKind::ConversationLeft { id } => {
                self.leave_conversation(*id, changes);
                self.tell_notifications();
                self.notifications_elsewhere(changes);
            }
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
                self.correct_people(id, changes);
            }
            EventKind::ParticipantUpdated(member) => {
                self.conversations.member_is(id, member, None, (seq, me), changes);
                self.correct_people(id, changes);
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
                let (message_id, thread) = (message.id, message.thread);
                let is_new = self.messages.created(message, replies.as_ref(), seq, changes);
                for named in [Some(message_id), thread].into_iter().flatten() {
                    self.correct_names_of(id, named, changes);
                }
                self.came(id, is_new && counts, changes);
            }
            EventKind::MessageUpdated(message) => {
                let before = self.known_message(id, message.id, seq);
                let held = self.messages.rows.get(&message.id).map(|held| held.row.order);
                let order = before.as_ref().map(|before| before.order).or(held).unwrap_or(0);
                let now = Message { order, ..message.clone() };
                self.conversations.message_updated(&now, before.as_ref(), (seq, my_id), changes);
                self.messages.updated(message, seq, changes);
                self.correct_names_of(id, message.id, changes);
            }
            EventKind::MessageDeleted { id: message, order, written_at, last_at, thread, replies } => {
                let known = self.known_message(id, *message, seq);
                if let Some(written_at) = written_at {
                    self.conversations.last_deleted(id, *written_at, *last_at, changes);
                }
                self.conversations.message_deleted(id, (*order, seq), known.as_ref(), my_id, changes);
                self.messages.deleted(*message, *thread, replies.as_ref(), seq, changes);
                self.notifications.message_deleted(*message);
                changes.notifications = true;
                if let Some(root) = thread {
                    self.correct_names_of(id, *root, changes);
                }
            }
            EventKind::MessagePinned { id } => self.messages.pinned(*id, true, seq, changes),
            EventKind::MessageUnpinned { id } => self.messages.pinned(*id, false, seq, changes),
            _ => {}
        }
    }

    /// A message as it was before the event with this number, as far as anything here knows it.
    fn known_message(&self, conversation: ConversationId, id: MessageId, seq: u64) -> Option<Message> {
        if let Some(held) = self.messages.rows.get(&id).filter(|held| held.as_of < seq) {
            return Some(held.row.clone());
        }
        let before = self.recent.of(Topic::Conversation(conversation)).filter(|event| event.seq < seq);
        let mut known = None;
        for event in before {
            match &event.kind {
                EventKind::MessageCreated { message, .. } if message.id == id => {
                    known = Some(Message { order: event.seq, ..message.clone() });
                }
                // An edit may have changed whom it mentions.
                EventKind::MessageUpdated(message) if message.id == id => {
                    known = known.map(|known| Message { order: known.order, ..message.clone() });
                }
                _ => {}
            }
        }
        known
    }

    /// The person has read a conversation up to here on one of their devices. With `asks`, numbers that
    /// cannot be told from here are asked for.
    pub(super) fn conversation_read(
        &mut self,
        id: ConversationId,
        seq: u64,
        unread: Option<protocol::conversation::Unread>,
        asks: bool,
        changes: &mut Changes,
    ) {
        let Some(me) = self.my_id() else { return };
        let (mut since, mut is_sure) = (Vec::new(), true);
        if let Some(unread) = unread {
            for event in self.recent.of(Topic::Conversation(id)).filter(|event| unread.as_of < event.seq) {
                match &event.kind {
                    EventKind::MessageCreated { message, .. } => {
                        since.push((event.seq, Message { order: event.seq, ..message.clone() }, true));
                    }
                    EventKind::MessageDeleted { id: gone, .. } => {
                        let known = self.known_message(id, *gone, event.seq);
                        is_sure &= known.is_some();
                        since.extend(known.map(|message| (event.seq, message, false)));
                    }
                    // An edit may have changed whom it mentions.
                    EventKind::MessageUpdated(_) => is_sure = false,
                    _ => {}
                }
            }
        }
        if self.conversations.read_moved(id, seq, unread, &since, me, changes) && asks && !is_sure {
            changes.want(Wanted::Conversation(id));
        }
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
        self.here.lose(id);
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
