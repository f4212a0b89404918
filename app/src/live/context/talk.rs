//! Conversations: what is brought to the state, read from it and done with it.

use super::Live;
use crate::live::messages::TimelineId;
use crate::live::outbox::EntryId;
use crate::live::rows::TimelineView;
use crate::live::talk_view::Sidebar;
use crate::live::visit::Target;
use leptos::prelude::Signal;
use protocol::conversation::{ConversationMember, ConversationState, Receipt};
use protocol::ephemeral::TypingPlace;
use protocol::message::{Message, MessagePage, NewMessage, ThreadPage, Timeline, Window};
use protocol::page::Page;
use protocol::{ConversationId, MessageId, WorkspaceId};

/// What is brought to it.
impl Live {
    /// The conversations of a workspace that the person is in.
    pub fn load_conversations(self, workspace: WorkspaceId, states: Vec<ConversationState>) {
        self.change(|state| state.load_conversations(workspace, states));
    }

    /// One conversation.
    pub fn load_conversation(self, conversation: ConversationState) {
        self.change(|state| state.load_conversation(conversation));
    }

    /// How far the others have read a conversation.
    pub fn load_receipts(self, id: ConversationId, receipts: Vec<Receipt>) {
        self.change(|state| state.load_receipts(id, receipts));
    }

    /// Members of a conversation.
    pub fn load_participants(self, id: ConversationId, page: Page<ConversationMember>) {
        self.change(|state| state.load_participants(id, page));
    }

    /// A part of a timeline that was asked for with this window.
    pub fn load_timeline(self, id: TimelineId, asked: &Window, page: Timeline) {
        self.change(|state| state.load_timeline(id, asked, page));
    }

    /// It could not be had.
    pub fn timeline_failed(self, id: TimelineId, asked: &Window) {
        self.change(|state| state.timeline_failed(id, asked));
    }

    /// A message with a part of the answers under it.
    pub fn load_thread_of(self, asked: &Window, page: ThreadPage) {
        self.change(|state| state.load_thread_of(asked, page));
    }

    /// The answer to an edit of a message.
    pub fn message_answered(self, message: Message) {
        self.change(|state| state.message_answered(message));
    }

    /// A message alone.
    pub fn load_message(self, page: MessagePage) {
        self.change(|state| state.load_message(page));
    }
}

/// What components read.
impl Live {
    /// A conversation with the person's place in it; none while it is not loaded, or once it is closed to them.
    #[must_use]
    pub fn conversation(self, id: ConversationId) -> Signal<Option<ConversationState>> {
        self.with(|signals, state| signals.talk.conversation(state, id)).read_only().into()
    }

    /// The conversations of a workspace that the person is in, as the sidebar orders them.
    #[must_use]
    pub fn sidebar(self, workspace: WorkspaceId) -> Signal<Sidebar> {
        self.with(|signals, state| signals.talk.sidebar(state, workspace)).read_only().into()
    }

    /// Whether something is unread in a workspace's conversations, and how much of it concerns the person.
    #[must_use]
    pub fn unread_in(self, workspace: WorkspaceId) -> Signal<(bool, u32)> {
        self.with(|signals, state| signals.talk.unread(state, workspace)).read_only().into()
    }

    /// The conversations of all workspaces in which something waits to be read, in the order of the inbox.
    #[must_use]
    pub fn waiting_conversations(self) -> Signal<Vec<ConversationId>> {
        self.with(|signals, state| signals.talk.waiting(state)).read_only().into()
    }

    /// The members of a conversation that are loaded.
    #[must_use]
    pub fn participants(self, id: ConversationId) -> Signal<Vec<ConversationMember>> {
        self.with(|signals, state| signals.talk.participants(state, id)).read_only().into()
    }

    /// How far the others have read a conversation, as far as they show it.
    #[must_use]
    pub fn receipts(self, id: ConversationId) -> Signal<Vec<Receipt>> {
        self.with(|signals, state| signals.talk.receipts(state, id)).read_only().into()
    }

    /// A timeline, loaded or not.
    #[must_use]
    pub fn timeline(self, id: TimelineId) -> TimelineView {
        self.with(|signals, state| signals.talk.timeline(state, id))
    }
}

/// What the person does.
impl Live {
    /// The person opens a conversation. What has to be loaded first comes back.
    pub fn visit(self, id: ConversationId, target: Target) -> Option<Window> {
        self.change_with(|state| state.visit(id, target)).flatten()
    }

    /// The person looks at something else.
    pub fn leave_visit(self, id: ConversationId) {
        self.change(|state| state.leave_visit(id));
    }

    /// Sends a message: it stands there at once.
    pub fn send_message(self, new: NewMessage) {
        self.act(|state, now| (state.send_message(new, now), ()));
    }

    /// Deletes a message: gone at once, with an undo for eight seconds.
    pub fn delete_message(self, id: MessageId) -> Option<EntryId> {
        self.act(|state, now| state.delete_message(id, now)).flatten()
    }

    /// The reader comes near the top.
    pub fn older(self, id: TimelineId) {
        self.change(|state| state.older(id));
    }

    /// The reader comes near the bottom.
    pub fn newer(self, id: TimelineId) {
        self.change(|state| state.newer(id));
    }

    /// To the newest messages.
    pub fn to_latest(self, id: TimelineId) {
        self.change(|state| state.to_latest(id));
    }

    /// To one message.
    pub fn to_message(self, id: TimelineId, message: MessageId) {
        self.change(|state| state.to_message(id, message));
    }

    /// Whether the end of the conversation is on screen.
    pub fn at_bottom(self, id: ConversationId, at_bottom: bool) {
        self.change(|state| state.at_bottom(id, at_bottom));
    }

    /// The person has seen everything up to this message.
    pub fn read_up_to(self, id: ConversationId, order: u64) {
        self.change(|state| state.read_up_to(id, order));
    }

    /// Everything in a conversation counts as read, without a look at it.
    pub fn read_whole(self, id: ConversationId) {
        self.change(|state| state.read_whole(id));
    }

    /// The person marks something unread: looking at it reads nothing until they come again.
    pub fn stop_reading(self, id: ConversationId) {
        self.change(|state| state.stop_reading(id));
    }

    /// Names of the others who write there.
    #[must_use]
    pub fn typing_in(self, place: TypingPlace) -> Signal<Vec<String>> {
        self.with(|signals, state| signals.typing(state, place)).read_only().into()
    }
}
