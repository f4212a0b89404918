//! Everything that the page of one signed-in person knows. Plain data: no signals, no browser, no
//! clock. [`State::apply`](super) brings it events, `state/load.rs` pages, `state/moment.rs` what is so
//! only right now, `state/screen.rs` what is looked at, and `view.rs` reads from it what is shown.

mod load;
mod moment;
mod screen;

use super::activity::Activity;
use super::changes::{Changes, Wanted};
use super::content::Content;
use super::conversations::Conversations;
use super::drafts::Drafts;
use super::held::{Held, STALE};
use super::messages::Messages;
use super::names::Names;
use super::notifications::Notifications;
use super::outbox::Outbox;
use super::presence::Here;
use super::recent::{CatchUp, Recent};
use super::status::Line;
use super::toasts::{Place, Toasts};
use super::visit::Visit;
use protocol::account::Me;
use protocol::frame::CloseCode;
use protocol::person::InstanceRole;
use protocol::position::{Position, TopicPosition};
use protocol::presence::{CustomStatus, PresenceChoice};
use protocol::workspace::{Member, Membership};
use protocol::{Person, SessionId, Topic, UserId, WorkspaceId};
use std::collections::{BTreeMap, HashMap};

/// The live state.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub(super) me: Option<Caller>,
    pub(super) workspaces: Vec<Held<Membership>>,
    pub(super) content: Content,
    pub(super) members: HashMap<WorkspaceId, BTreeMap<UserId, Held<Member>>>,
    pub(super) notifications: Notifications,
    pub(super) activity: HashMap<WorkspaceId, Activity>,
    pub(super) drafts: Drafts,
    pub(super) here: Here,
    pub(super) outbox: Outbox,
    pub(super) toasts: Toasts,
    pub(super) line: Line,
    pub(super) signed_out: bool,
    pub(super) degraded: Vec<String>,
    pub(super) place: Place,
    pub(super) recent: Recent,
    pub(super) conversations: Conversations,
    pub(super) messages: Messages,
    pub(super) visit: Option<Visit>,
    pub(super) names: Names,
}

/// Who is signed in here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The person.
    pub person: Person,
    /// Their role on the instance.
    pub role: InstanceRole,
    /// This device.
    pub session: SessionId,
    /// What others see of them.
    pub choice: PresenceChoice,
    /// What they say of themself.
    pub status: Option<CustomStatus>,
}

impl State {
    /// The state of a person of whom nothing else is loaded yet.
    #[must_use]
    pub fn new(me: Me) -> Self {
        let mut state = Self::default();
        state.load_me(me);
        state
    }

    /// Who is signed in.
    #[must_use]
    pub fn my_id(&self) -> Option<UserId> {
        self.me.as_ref().map(|me| me.person.id)
    }

    pub(super) fn is_me(&self, user: UserId) -> bool {
        self.my_id() == Some(user)
    }

    /// `account.get` was answered. When it is somebody else than before, nothing of them stays.
    pub fn load_me(&mut self, me: Me) -> Changes {
        let mut changes = Changes { me: true, workspaces: true, notifications: true, ..Changes::default() };
        if self.my_id().is_some_and(|before| before != me.person.id) {
            changes.merge(self.forget_person());
        }
        changes.signed_out = self.signed_out;
        self.signed_out = false;
        self.outbox.signed_in();
        let mine = TopicPosition { topic: Topic::User(me.person.id), position: me.position };
        let positions = me.workspaces.iter().map(|membership| TopicPosition {
            topic: Topic::Workspace(membership.workspace.id),
            position: membership.position,
        });
        let positions: Vec<_> = positions.chain([mine]).collect();
        self.workspaces
            .retain(|held| me.workspaces.iter().any(|new| new.workspace.id == held.row.workspace.id));
        for mut membership in me.workspaces {
            let with_status = std::mem::take(&mut membership.with_status);
            if !with_status.is_empty() {
                let as_of = membership.position.seq;
                self.put_members(membership.workspace.id, with_status, as_of, &mut changes);
            }
            self.put_membership(membership);
        }
        self.workspaces.sort_by_key(|held| held.row.workspace.name.to_lowercase());
        self.notifications.load_unread(me.unread, me.position.seq);
        changes.drafts.extend(self.drafts.load(me.drafts));
        self.me = Some(Caller {
            person: me.person,
            role: me.role,
            session: me.session,
            choice: me.choice,
            status: me.status,
        });
        for position in positions {
            self.catch_up(position, &mut changes);
        }
        changes
    }

    fn put_membership(&mut self, new: Membership) {
        let as_of = new.position.seq;
        match self.workspaces.iter_mut().find(|held| held.row.workspace.id == new.workspace.id) {
            Some(held) => {
                let read = held.row.read.max(new.read);
                if held.yields_to(as_of) {
                    *held = Held { row: new, as_of };
                }
                held.row.read = read;
            }
            None => self.workspaces.push(Held { row: new, as_of }),
        }
    }

    /// Another person signed in: only the outbox stays, whose entries know their author.
    fn forget_person(&mut self) -> Changes {
        let mut changes = Changes { outbox: true, toasts: true, ..Changes::default() };
        for workspace in std::mem::take(&mut self.workspaces) {
            self.content.leave(workspace.row.workspace.id, &mut changes);
            self.leave_conversations_of(workspace.row.workspace.id, &mut changes);
            changes.members.insert(workspace.row.workspace.id);
            changes.presence.insert(workspace.row.workspace.id);
            changes.activity.insert(workspace.row.workspace.id);
        }
        changes.drafts.extend(self.drafts.iter().map(|draft| draft.place));
        let before = std::mem::take(self);
        self.outbox = before.outbox;
        self.line = before.line;
        self.place = before.place;
        changes
    }

    /// Applies again what came after a page was read, or has the socket bring it again.
    pub(super) fn catch_up(&mut self, as_of: TopicPosition, changes: &mut Changes) {
        match self.recent.loaded(as_of) {
            CatchUp::Nothing => {}
            CatchUp::Replay(events) => {
                for event in &events {
                    self.apply_kind(event, changes);
                }
            }
            CatchUp::Rewind => changes.positions.push(as_of),
        }
    }

    /// Whether a page says nothing new, because events have brought its list further already.
    fn is_behind(&self, as_of: TopicPosition) -> bool {
        as_of.position.seq <= self.recent.applied(as_of.topic)
            && self.recent.epoch(as_of.topic) == Some(as_of.position.epoch)
    }

    /// The log of a topic cannot be continued: what is shown of it has to be loaded again.
    pub fn reset(&mut self, topic: Topic) -> Changes {
        let mut changes = Changes::default();
        self.recent.forget(topic);
        changes.want(Wanted::Me);
        match topic {
            Topic::Workspace(workspace) => {
                self.content.set_stale(workspace, &mut changes);
                self.activity_is_stale(workspace, &mut changes);
                self.names.forget(workspace);
                let its = self.conversations.all().filter(|state| state.conversation.workspace == workspace);
                for id in its.map(|state| state.conversation.id).collect::<Vec<_>>() {
                    self.reset_conversation(id, &mut changes);
                }
                for held in self.workspaces.iter_mut().filter(|held| held.row.workspace.id == workspace) {
                    held.as_of = STALE;
                }
                if self.members.remove(&workspace).is_some() {
                    changes.members.insert(workspace);
                    changes.want(Wanted::Members(workspace));
                }
            }
            Topic::Conversation(id) => self.reset_conversation(id, &mut changes),
            // What was read, starred or joined meanwhile is in no other log.
            Topic::User(_) => {
                for held in &self.workspaces {
                    changes.want(Wanted::Conversations(held.row.workspace.id));
                    self.activity_is_stale(held.row.workspace.id, &mut changes);
                }
            }
        }
        // They name people and posts of the workspaces, so a gap there is one here.
        self.notifications.set_stale();
        if self.notifications.is_loaded() {
            changes.want(Wanted::Notifications);
        }
        changes
    }

    /// From where the socket continues.
    #[must_use]
    pub fn positions(&self) -> Vec<TopicPosition> {
        self.recent.positions()
    }

    /// The position of one topic, as far as it is known.
    #[must_use]
    pub fn position(&self, topic: Topic) -> Option<Position> {
        self.positions().into_iter().find(|known| known.topic == topic).map(|known| known.position)
    }

    /// A topic is followed from here.
    pub fn opened(&mut self, topic: Topic, position: Position) -> Changes {
        self.recent.opened(topic, position);
        Changes::default()
    }

    /// A topic is no longer followed. Where the right to it was lost, nothing of it stays.
    pub fn closed(&mut self, topic: Topic, code: u16) -> Changes {
        let mut changes = Changes::default();
        if code == CloseCode::Forbidden.number() {
            match topic {
                Topic::Workspace(workspace) => self.leave(workspace, &mut changes),
                Topic::Conversation(conversation) => self.lose_conversation(conversation, &mut changes),
                Topic::User(_) => {}
            }
        }
        changes
    }
}
