//! What is shown of conversations: the state with what still waits in the outbox already in it.

use super::conversations::{Conversations, Standing};
use super::messages::{TimelineId, empty};
use super::outbox::{Entry, OutboxCommand};
use super::state::State;
use super::view::Delivery;
use super::visit::UnreadLine;
use protocol::conversation::{
    Conversation, ConversationKind, ConversationMember, ConversationState, Level, Receipt,
};
use protocol::message::{Message, MessageKind, NewMessage, Replies};
use protocol::reaction::ReactionTarget;
use protocol::{ConversationId, MessageId, Person, Timestamp, WorkspaceId};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The conversations of a workspace in the order of the sidebar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sidebar {
    /// Those that the person keeps at the top.
    pub starred: Vec<ConversationId>,
    /// Rooms by name.
    pub rooms: Vec<ConversationId>,
    /// Groups by name.
    pub groups: Vec<ConversationId>,
    /// Direct conversations, the one written in last first.
    pub direct: Vec<ConversationId>,
    /// Those of which the person wants to be told nothing.
    pub muted: Vec<ConversationId>,
}

impl Sidebar {
    /// All of them in the order in which they stand.
    pub fn all(&self) -> impl Iterator<Item = ConversationId> {
        let parts = [&self.starred, &self.rooms, &self.groups, &self.direct, &self.muted];
        parts.into_iter().flatten().copied()
    }
}

/// The name to show of a conversation: its own, or that of its people.
#[must_use]
pub fn name_of(state: &ConversationState) -> String {
    name_of_people(&state.conversation, &state.with)
}

/// The same, of a conversation and the people after whom it is called without a name.
#[must_use]
pub fn name_of_people(conversation: &Conversation, with: &[Person]) -> String {
    if !conversation.name.is_empty() {
        return conversation.name.clone();
    }
    let names: Vec<&str> = with.iter().map(|person| person.name.as_str()).collect();
    match conversation.kind {
        ConversationKind::Direct if conversation.members == 1 => format!("{} (you)", names.join(", ")),
        ConversationKind::Direct => names.join(", "),
        // With many, first names are enough.
        _ if names.is_empty() => "Group".to_owned(),
        _ => {
            let first = names.iter().filter_map(|name| name.split_whitespace().next());
            first.collect::<Vec<_>>().join(", ")
        }
    }
}

/// Whether it is bold, and the number beside it.
#[must_use]
pub fn signs(state: &ConversationState) -> (bool, u32) {
    let mentions = if state.level == Level::Nothing { 0 } else { state.mentions };
    (Standing::is_unread(state), mentions)
}

/// Everything that is shown of conversations, to compare two states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisibleTalk {
    /// Those that the person is in; positions are left out.
    pub conversations: BTreeMap<ConversationId, ConversationState>,
    /// Who is in them, as far as that is loaded.
    pub participants: BTreeMap<ConversationId, Vec<ConversationMember>>,
    /// What is loaded of conversations and threads, oldest first, and whether there is more before it.
    pub timelines: BTreeMap<TimelineId, (Vec<Message>, bool)>,
}

impl State {
    /// Everything that is shown of conversations.
    pub(super) fn visible_talk(&self) -> VisibleTalk {
        let joined = self.conversations.all().filter(|state| state.role.is_some());
        let timeline = |id: TimelineId| {
            let shown = self.timeline_rows(id).into_iter().filter_map(|id| self.message(id));
            let sorted = shown.map(|mut message| {
                message.mine.sort();
                message
            });
            let timeline = self.messages.timeline(id);
            (id, (sorted.collect(), timeline.is_some_and(super::timeline::Timeline::has_older)))
        };
        VisibleTalk {
            conversations: joined
                .map(|state| {
                    let mut state = state.clone();
                    state.position.seq = 0;
                    (state.conversation.id, state)
                })
                .collect(),
            participants: self.conversations.with_members().map(|id| (id, self.participants(id))).collect(),
            timelines: self.messages.opened().map(timeline).collect(),
        }
    }

    /// A conversation with the person's place in it.
    #[must_use]
    pub fn conversation(&self, id: ConversationId) -> Option<ConversationState> {
        self.conversations.get(id).cloned()
    }

    /// The conversations of a workspace that the person is in.
    #[must_use]
    pub fn sidebar(&self, workspace: WorkspaceId) -> Sidebar {
        let mut joined: Vec<&ConversationState> = self
            .conversations
            .all()
            .filter(|state| state.conversation.workspace == workspace && state.role.is_some())
            .filter(|state| state.conversation.archived_at.is_none())
            .collect();
        joined.sort_by_key(|state| (name_of(state).to_lowercase(), state.conversation.id));
        let mut sidebar = Sidebar::default();
        for state in &joined {
            let place = match (state.level, state.starred, state.conversation.kind) {
                (Level::Nothing, ..) => &mut sidebar.muted,
                (_, true, _) => &mut sidebar.starred,
                (_, _, ConversationKind::Room) => &mut sidebar.rooms,
                (_, _, ConversationKind::Group) => &mut sidebar.groups,
                (_, _, ConversationKind::Direct) => &mut sidebar.direct,
            };
            place.push(state.conversation.id);
        }
        sidebar.direct.sort_by_key(|id| {
            Reverse(self.conversations.get(*id).map_or(Timestamp(0), Conversations::last_at))
        });
        sidebar
    }

    /// Whether something is unread in the conversations of a workspace, and how much of it concerns the person.
    #[must_use]
    pub fn unread_in(&self, workspace: WorkspaceId) -> (bool, u32) {
        let states = self.conversations.all().filter(|state| {
            state.conversation.workspace == workspace
                && state.role.is_some()
                && state.conversation.archived_at.is_none()
        });
        states
            .map(signs)
            .fold((false, 0), |(unread, mentions), (is_unread, more)| (unread || is_unread, mentions + more))
    }

    /// The conversations of all workspaces in which something waits to be read: first those where it
    /// concerns the person, and of each the newest first.
    #[must_use]
    pub fn waiting_conversations(&self) -> Vec<ConversationId> {
        let joined = self.conversations.all().filter(|state| state.role.is_some());
        let mut waiting: Vec<&ConversationState> = joined
            .filter(|state| state.conversation.archived_at.is_none() && Standing::is_unread(state))
            .collect();
        waiting.sort_by_key(|state| {
            Reverse((0 < state.mentions, Conversations::last_at(state), state.conversation.id))
        });
        waiting.iter().map(|state| state.conversation.id).collect()
    }

    /// The members of a conversation that are loaded.
    #[must_use]
    pub fn participants(&self, id: ConversationId) -> Vec<ConversationMember> {
        self.conversations.members(id)
    }

    /// How far the others have read a conversation, as far as they show it.
    #[must_use]
    pub fn receipts(&self, id: ConversationId) -> Vec<Receipt> {
        self.here.seen_by(id).to_vec()
    }

    fn waiting_messages(&self, place: TimelineId) -> impl Iterator<Item = (&Entry, &NewMessage)> {
        self.mine().filter_map(move |entry| match &entry.command {
            OutboxCommand::SendMessage(new) if stands_in(new, place) => Some((entry, new)),
            _ => None,
        })
    }

    /// The messages of a timeline that are on the page, oldest first, those that wait last.
    #[must_use]
    pub fn timeline_rows(&self, id: TimelineId) -> Vec<MessageId> {
        let Some(timeline) = self.messages.timeline(id) else { return Vec::new() };
        let mut rows: Vec<MessageId> = timeline.shown().iter().map(|row| row.id).collect();
        if timeline.follows() {
            let waiting = self.waiting_messages(id).map(|(_, new)| new.id);
            rows.extend(waiting.filter(|id| !self.messages.rows.contains_key(id)));
        }
        rows.retain(|id| !self.is_being_deleted(&OutboxCommand::DeleteMessage(*id)) || self.has_answers(*id));
        rows
    }

    fn has_answers(&self, id: MessageId) -> bool {
        self.messages.rows.get(&id).is_some_and(|held| !held.row.replies.is_empty())
    }

    /// A message as it is shown.
    #[must_use]
    pub fn message(&self, id: MessageId) -> Option<Message> {
        let known = self.messages.rows.get(&id).map(|held| held.row.clone());
        let mut message = known.or_else(|| {
            self.mine().find_map(|entry| match &entry.command {
                OutboxCommand::SendMessage(new) if new.id == id => self.waiting_message(new, entry.at),
                _ => None,
            })
        })?;
        self.add_waiting_reactions(ReactionTarget::Message(id), &mut message.reactions, &mut message.mine);
        for entry in self.mine().filter(|entry| entry.is_open()) {
            match &entry.command {
                OutboxCommand::SendMessage(new)
                    if new.thread == Some(id) && !self.messages.rows.contains_key(&new.id) =>
                {
                    message.replies.count += 1;
                    message.replies.last_at = message.replies.last_at.max(Some(entry.at));
                }
                OutboxCommand::DeleteMessage(gone) if *gone == id => empty(&mut message),
                OutboxCommand::DeleteMessage(gone) => {
                    let held = self.messages.rows.get(gone);
                    let counts = held.is_some_and(|held| held.row.thread == Some(id) && !held.row.deleted);
                    message.replies.count -= u32::from(counts).min(message.replies.count);
                }
                _ => {}
            }
        }
        Some(message)
    }

    fn waiting_message(&self, new: &NewMessage, at: Timestamp) -> Option<Message> {
        Some(Message {
            id: new.id,
            conversation: new.conversation,
            author: self.me.as_ref()?.person.clone(),
            kind: MessageKind::Text,
            body: new.body.clone(),
            html: String::new(),
            at,
            order: 0,
            version: 1,
            edited_at: None,
            deleted: false,
            thread: new.thread,
            in_room: new.in_room || new.thread.is_none(),
            replies: Replies::default(),
            pinned: false,
            mentioned: Vec::new(),
            broadcast: None,
            attachments: Vec::new(),
            previews: Vec::new(),
            reactions: Vec::new(),
            mine: Vec::new(),
            saved: false,
        })
    }

    /// How far a message has come.
    #[must_use]
    pub fn message_delivery(&self, id: MessageId) -> Delivery {
        let sends =
            |command: &OutboxCommand| matches!(command, OutboxCommand::SendMessage(new) if new.id == id);
        match self.deletion(&OutboxCommand::DeleteMessage(id)) {
            Some(entry) => Delivery::Deleting { entry },
            None if self.messages.rows.contains_key(&id) => Delivery::Done,
            None => self.delivery(sends),
        }
    }

    /// The newest message of the person in a timeline, for editing it.
    #[must_use]
    pub fn last_own_message(&self, id: TimelineId) -> Option<MessageId> {
        let me = self.my_id()?;
        let own = |id: &MessageId| {
            let message = self.messages.rows.get(id).map(|held| &held.row);
            message.is_some_and(|message| {
                message.author.id == me && !message.deleted && message.kind == MessageKind::Text
            })
        };
        self.timeline_rows(id).into_iter().rev().find(own)
    }

    /// The line above the first unread message of the conversation on screen.
    #[must_use]
    pub fn unread_line(&self, id: TimelineId) -> Option<UnreadLine> {
        let visit = self.visit.as_ref().filter(|visit| TimelineId::Conversation(visit.conversation) == id)?;
        visit.line
    }

    /// Messages that came below what is on screen.
    #[must_use]
    pub fn fresh_in(&self, id: TimelineId) -> u32 {
        let visit = self.visit.as_ref().filter(|visit| TimelineId::Conversation(visit.conversation) == id);
        visit.map_or(0, |visit| visit.fresh)
    }
}

fn stands_in(new: &NewMessage, place: TimelineId) -> bool {
    match place {
        TimelineId::Conversation(id) => new.conversation == id && (new.thread.is_none() || new.in_room),
        TimelineId::Thread(root) => new.thread == Some(root),
    }
}
