//! What the page knows, and how events change it.
//!
//! [`State`] is plain data without a browser, tested natively. Pages bring it what they loaded
//! (`load_…`), the socket brings it events ([`State::apply`]), handlers what the person does
//! (`acts.rs`), and `view.rs` reads from it what is shown: the rows with what still waits in the
//! outbox already in them. Each change says what it touched ([`Changes`]). [`Live`] puts signals
//! around it, one for each row, and moves only those: a reaction changes one button, and an open
//! composer is never rendered again.

mod activity;
mod acts;
mod changes;
pub mod complete;
mod content;
mod context;
mod conversations;
pub mod drafts;
mod feed;
mod held;
pub mod items;
pub mod markup;
mod messages;
mod names;
mod notifications;
pub mod outbox;
pub mod palette;
mod presence;
mod recent;
mod rows;
mod signals;
mod state;
pub mod status;
mod talk;
mod talk_signals;
mod talk_view;
#[cfg(test)]
pub(crate) mod tests;
mod thread;
mod timeline;
pub mod toasts;
mod view;
mod visit;

pub use changes::{Changes, Keep, Wanted};
pub use context::Live;
pub use messages::TimelineId;
pub use outbox::{Answer, Entry, EntryId, OutboxCommand};
pub use presence::Online;
pub use rows::{
    ActivityView, CommentRow, FeedView, MessageRow, NotificationsView, PostRow, ThreadView, TimelineView,
};
pub use state::{Caller, State};
pub use status::{Bar, Dot, StatusLine};
pub use talk_view::{Sidebar, VisibleTalk, name_of, name_of_people, signs};
pub use toasts::{Place, Toast, ToastId, ToastKind};
pub use view::{Delivery, Statuses, Visible};
pub use visit::{Target, UnreadLine};

use held::Held;
use protocol::ephemeral::TypingPlace;
use protocol::position::Position;
use protocol::post::Post;
use protocol::reaction::ReactionTarget;
use protocol::workspace::{Member, Membership, Role, Workspace};
use protocol::{Epoch, Event, EventKind, Topic, WorkspaceId};

impl State {
    /// What an event changes. One that was applied already changes nothing.
    pub fn apply(&mut self, event: &Event) -> Changes {
        let mut changes = Changes::default();
        if self.recent.record(event) {
            self.apply_kind(event, &mut changes);
            if let EventKind::NotificationCreated { notification, .. } = &event.kind {
                changes.notify.push(notification.clone());
            }
        }
        changes
    }

    /// Every kind of event and what the page does with it. Also run again for pages that arrive
    /// late, so each arm asks whether its row knows the event already.
    fn apply_kind(&mut self, event: &Event, changes: &mut Changes) {
        let seq = event.seq;
        match &event.kind {
            EventKind::PostCreated(post) => {
                let post = Post { order: seq, ..post.clone() };
                let is_mine = self.is_me(post.author.id);
                if !is_mine {
                    self.newest_post(post.workspace, seq, changes);
                }
                self.content.post_created(post, is_mine, changes);
            }
            EventKind::PostUpdated(post) => self.content.post_updated(post, seq, changes),
            EventKind::PostDeleted { id } => {
                if let Topic::Workspace(workspace) = event.topic {
                    self.content.post_deleted(*id, workspace, changes);
                    self.newest_gone(workspace, seq, changes);
                }
                self.notifications.post_deleted(*id);
                changes.notifications = true;
            }
            EventKind::PostPinned { id, pinned } => {
                if let Topic::Workspace(workspace) = event.topic {
                    self.content.post_pinned(*id, *pinned, workspace, seq, changes);
                }
            }
            EventKind::CommentCreated { comment, comments } => {
                let place = TypingPlace::Post(comment.post);
                self.here.silent(place, comment.author.id);
                changes.typing.insert(place);
                let comment = protocol::comment::Comment { order: seq, ..comment.clone() };
                self.content.comment_created(comment, *comments, changes);
            }
            EventKind::CommentUpdated(comment) => self.content.comment_updated(comment, seq, changes),
            EventKind::CommentDeleted { id, post, comments } => {
                self.content.comment_deleted(*id, *post, *comments, seq, changes);
                self.notifications.comment_deleted(*id);
                changes.notifications = true;
            }
            EventKind::ReactionAdded(change) | EventKind::ReactionRemoved(change)
                if let ReactionTarget::Message(id) = change.target =>
            {
                let added = matches!(event.kind, EventKind::ReactionAdded(_));
                self.messages.reacted(id, change, added, self.is_me(change.user), seq, changes);
            }
            EventKind::ReactionAdded(change) => {
                self.content.reacted(change, true, self.is_me(change.user), seq, changes);
            }
            EventKind::ReactionRemoved(change) => {
                self.content.reacted(change, false, self.is_me(change.user), seq, changes);
            }
            EventKind::PreviewUpdated(change) => match change.target {
                ReactionTarget::Message(id) => self.messages.previewed(id, change, seq, changes),
                ReactionTarget::Post(_) | ReactionTarget::Comment(_) => {
                    self.content.previewed(change, seq, changes);
                }
            },
            EventKind::MemberJoined(member) | EventKind::MemberUpdated(member) => {
                self.member_is(event, member, changes);
            }
            EventKind::MemberLeft(member) => {
                if let Topic::Workspace(workspace) = event.topic {
                    self.person_changed(workspace, member, seq, changes);
                    if let Some(members) = self.members.get_mut(&workspace) {
                        members.remove(&member.person.id);
                        changes.members.insert(workspace);
                    }
                    if self.is_me(member.person.id) {
                        self.leave(workspace, changes);
                    }
                }
            }
            EventKind::WorkspaceUpdated(workspace) => self.workspace_is(workspace, seq, changes),
            EventKind::WorkspaceJoined { workspace, role } => self.join(workspace, *role, changes),
            EventKind::WorkspaceLeft { workspace } => self.leave(*workspace, changes),
            EventKind::ConversationCreated(_)
            | EventKind::ConversationUpdated(_)
            | EventKind::ConversationArchived(_)
            | EventKind::ConversationJoined { .. }
            | EventKind::ConversationLeft { .. }
            | EventKind::ConversationArranged { .. }
            | EventKind::ParticipantJoined { .. }
            | EventKind::ParticipantLeft { .. }
            | EventKind::ParticipantUpdated(_)
            | EventKind::MessageCreated { .. }
            | EventKind::MessageUpdated(_)
            | EventKind::MessageDeleted { .. }
            | EventKind::MessagePinned { .. }
            | EventKind::MessageUnpinned { .. }
            | EventKind::MessageSaved { .. } => self.apply_to_conversations(event, changes),
            EventKind::CustomPublished(event) => self.event_published(event, changes),
            EventKind::CustomDeleted { id, workspace } => self.event_deleted(*id, *workspace, changes),
            EventKind::NotificationCreated { notification, unread } => {
                self.notifications.created(notification, *unread, seq);
                self.tell_notifications();
                changes.notifications = true;
            }
            EventKind::NotificationRead { mark, unread } => {
                self.notifications.read(*mark, *unread, seq);
                changes.notifications = true;
                changes.toasts |= self.toasts.was_read(*mark);
            }
            EventKind::DraftUpdated(draft) => {
                if self.drafts.arrive(draft.clone()) {
                    changes.drafts.insert(draft.place);
                }
            }
            EventKind::ReadMoved { topic, seq, unread } => match topic {
                Topic::Workspace(workspace) => {
                    if let Some(held) = self.membership_mut(*workspace) {
                        held.row.read = held.row.read.max(*seq);
                        changes.workspaces = true;
                    }
                }
                Topic::Conversation(id) => self.conversation_read(*id, *seq, *unread, true, changes),
                Topic::User(_) => {}
            },
            EventKind::PresenceChosen(choice) => {
                if let Some(me) = self.me.as_mut() {
                    me.choice = *choice;
                    changes.me = true;
                }
            }
            EventKind::SessionEnded { session } => {
                let mine = self.me.as_ref().map(|me| me.session);
                if session.is_none_or(|session| Some(session) == mine) {
                    self.signed_out = true;
                    changes.signed_out = true;
                }
            }
        }
    }

    fn membership_mut(&mut self, workspace: WorkspaceId) -> Option<&mut Held<Membership>> {
        self.workspaces.iter_mut().find(|held| held.row.workspace.id == workspace)
    }

    fn newest_post(&mut self, workspace: WorkspaceId, seq: u64, changes: &mut Changes) {
        if let Some(held) = self.membership_mut(workspace)
            && held.as_of < seq
        {
            held.row.newest = held.row.newest.max(seq);
            changes.workspaces = true;
        }
    }

    /// A post was deleted: it may have been the newest one. Known only where the feed is.
    fn newest_gone(&mut self, workspace: WorkspaceId, seq: u64, changes: &mut Changes) {
        let me = self.my_id();
        let Some(feed) = self.content.feeds.get(&workspace) else { return };
        let posts = feed.all().filter_map(|id| self.content.posts.get(&id)).map(|held| &held.row);
        let newest = posts.filter(|post| Some(post.author.id) != me).map(|post| post.order).max();
        let all = feed.next().is_none();
        if let Some(held) = self.membership_mut(workspace)
            && held.as_of < seq
            && (all || newest.is_some())
        {
            held.row.newest = newest.unwrap_or(0);
            changes.workspaces = true;
        }
    }

    fn member_is(&mut self, event: &Event, member: &Member, changes: &mut Changes) {
        let (seq, Topic::Workspace(workspace)) = (event.seq, event.topic) else { return };
        self.person_changed(workspace, member, seq, changes);
        let members = self.members.entry(workspace).or_default();
        let held =
            members.entry(member.person.id).or_insert_with(|| Held { row: member.clone(), as_of: seq });
        if let Some(row) = held.at(seq) {
            row.clone_from(member);
        }
        changes.members.insert(workspace);
        if let Some(me) = self.me.as_mut().filter(|me| me.person.id == member.person.id) {
            me.status.clone_from(&member.status);
            changes.me = true;
        }
        if self.is_me(member.person.id)
            && let Some(held) = self.membership_mut(workspace)
            && held.as_of < seq
        {
            held.row.role = member.role;
            changes.workspaces = true;
        }
    }

    fn person_changed(&mut self, workspace: WorkspaceId, member: &Member, seq: u64, changes: &mut Changes) {
        let person = &member.person;
        self.content.person_changed(person, workspace, seq, changes);
        self.source_changed(workspace, person, changes);
        self.notifications.person_changed(person);
        self.is_named(workspace, person, changes);
        changes.notifications = true;
        if let Some(me) = self.me.as_mut().filter(|me| me.person.id == person.id) {
            me.person.clone_from(person);
            changes.me = true;
        }
    }

    fn workspace_is(&mut self, workspace: &Workspace, seq: u64, changes: &mut Changes) {
        if let Some(held) = self.membership_mut(workspace.id)
            && held.as_of < seq
        {
            held.row.workspace.clone_from(workspace);
            self.workspaces.sort_by_key(|held| held.row.workspace.name.to_lowercase());
            changes.workspaces = true;
        }
    }

    /// One more workspace. What has been read there only the server knows.
    fn join(&mut self, workspace: &Workspace, role: Role, changes: &mut Changes) {
        if self.membership_mut(workspace.id).is_none() {
            let position = Position { epoch: Epoch(uuid::Uuid::nil()), seq: 0 };
            let (workspace, with_status) = (workspace.clone(), Vec::new());
            let row = Membership { workspace, role, position, read: 0, newest: 0, with_status };
            self.workspaces.push(Held { row, as_of: 0 });
            self.workspaces.sort_by_key(|held| held.row.workspace.name.to_lowercase());
            changes.workspaces = true;
        }
        changes.want(Wanted::Conversations(workspace.id));
        self.notifications_elsewhere(changes);
    }

    /// Those of a workspace show, and count, only as long as the person is in it.
    pub(crate) fn notifications_elsewhere(&mut self, changes: &mut Changes) {
        changes.want(Wanted::Me);
        if self.notifications.is_loaded() {
            changes.want(Wanted::Notifications);
        }
        changes.notifications = true;
    }

    /// Nothing of a workspace stays once the person is no longer a member.
    pub(crate) fn leave(&mut self, workspace: WorkspaceId, changes: &mut Changes) {
        let before = self.workspaces.len();
        self.workspaces.retain(|held| held.row.workspace.id != workspace);
        if self.workspaces.len() < before {
            changes.left = Some(workspace);
        }
        self.content.leave(workspace, changes);
        self.names.forget(workspace);
        self.leave_conversations_of(workspace, changes);
        self.tell_notifications();
        if changes.left.is_some() {
            self.notifications_elsewhere(changes);
        }
        self.members.remove(&workspace);
        self.activity.remove(&workspace);
        changes.activity.insert(workspace);
        self.recent.forget(Topic::Workspace(workspace));
        changes.workspaces = true;
        changes.members.insert(workspace);
    }
}
