//! Everything that the page of one signed-in person knows. Plain data: no signals, no browser, no
//! clock. [`State::apply`](super) brings it events, the `load_…` functions bring it pages, and
//! `view.rs` reads from it what is shown.

use super::changes::{Changes, Wanted};
use super::content::Content;
use super::drafts::Drafts;
use super::held::{Held, STALE};
use super::notifications::Notifications;
use super::outbox::Outbox;
use super::presence::Here;
use super::recent::{CatchUp, Recent};
use super::status::Line;
use super::toasts::{Place, ToastId, Toasts};
use client::Status;
use protocol::account::Me;
use protocol::comment::Comment;
use protocol::draft::{Draft, DraftPlace};
use protocol::ephemeral::{Ephemeral, Presence, TypingPlace};
use protocol::frame::CloseCode;
use protocol::notification::Notification;
use protocol::page::Page;
use protocol::person::InstanceRole;
use protocol::position::{Position, TopicPosition};
use protocol::post::{Feed, Post, PostPage};
use protocol::workspace::{Member, Membership};
use protocol::{EventKind, Person, PostId, SessionId, Timestamp, Topic, UserId, WorkspaceId};
use std::collections::{BTreeMap, HashMap};

/// The live state.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub(super) me: Option<Caller>,
    pub(super) workspaces: Vec<Held<Membership>>,
    pub(super) content: Content,
    pub(super) members: HashMap<WorkspaceId, BTreeMap<UserId, Held<Member>>>,
    pub(super) notifications: Notifications,
    pub(super) drafts: Drafts,
    pub(super) here: Here,
    pub(super) outbox: Outbox,
    pub(super) toasts: Toasts,
    pub(super) line: Line,
    pub(super) signed_out: bool,
    pub(super) degraded: Vec<String>,
    pub(super) place: Place,
    pub(super) recent: Recent,
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
        for membership in me.workspaces {
            self.put_membership(membership);
        }
        self.workspaces.sort_by_key(|held| held.row.workspace.name.to_lowercase());
        self.notifications.load_unread(me.unread, me.position.seq);
        changes.drafts.extend(self.drafts.load(me.drafts));
        self.me = Some(Caller { person: me.person, role: me.role, session: me.session });
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
            changes.members.insert(workspace.row.workspace.id);
            changes.presence.insert(workspace.row.workspace.id);
        }
        changes.drafts.extend(self.drafts.iter().map(|draft| draft.place));
        let before = std::mem::take(self);
        self.outbox = before.outbox;
        self.line = before.line;
        self.place = before.place;
        changes
    }

    /// Applies again what came after a page was read, or has the socket bring it again.
    fn catch_up(&mut self, as_of: TopicPosition, changes: &mut Changes) {
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

    /// The first page of a feed.
    pub fn load_feed(&mut self, feed: Feed) -> Changes {
        let Topic::Workspace(workspace) = feed.as_of.topic else { return Changes::default() };
        let known = self.content.feeds.get(&workspace);
        if known.is_some_and(|known| !known.is_stale()) && self.is_behind(feed.as_of) {
            return Changes::default();
        }
        let as_of = feed.as_of;
        let mut changes = self.content.load_feed(feed, workspace, self.my_id());
        self.catch_up(as_of, &mut changes);
        changes
    }

    /// The next page of a feed.
    pub fn load_more_feed(&mut self, feed: Feed) -> Changes {
        let Topic::Workspace(workspace) = feed.as_of.topic else { return Changes::default() };
        let as_of = feed.as_of;
        let mut changes = self.content.load_more_feed(feed, workspace);
        self.catch_up(as_of, &mut changes);
        changes
    }

    /// One post alone.
    pub fn load_post(&mut self, page: PostPage) -> Changes {
        let as_of = page.as_of;
        let mut changes = self.content.load_post(page);
        self.catch_up(as_of, &mut changes);
        changes
    }

    /// A post with the first page of its comments.
    pub fn load_thread(&mut self, page: PostPage, comments: Page<Comment>) -> Changes {
        let as_of = page.as_of;
        // Two answers, two positions: what either of them lacks is applied again to both.
        let comments_as_of = comments.as_of.unwrap_or(as_of);
        let known = self.content.threads.get(&page.post.id);
        if known.is_some_and(|known| !known.is_stale())
            && self.is_behind(as_of)
            && self.is_behind(comments_as_of)
        {
            return Changes::default();
        }
        let mut changes = self.content.load_thread(page, comments, comments_as_of.position.seq);
        let (first, second) = if comments_as_of.position.seq < as_of.position.seq {
            (comments_as_of, as_of)
        } else {
            (as_of, comments_as_of)
        };
        self.catch_up(first, &mut changes);
        self.catch_up(second, &mut changes);
        changes
    }

    /// The next page of a post's comments.
    pub fn load_more_comments(&mut self, post: PostId, page: Page<Comment>) -> Changes {
        let Some(as_of) = page.as_of else { return self.content.load_more_comments(post, page, 0) };
        let mut changes = self.content.load_more_comments(post, page, as_of.position.seq);
        self.catch_up(as_of, &mut changes);
        changes
    }

    /// The first page of the notifications.
    pub fn load_notifications(&mut self, page: Page<Notification>) -> Changes {
        let mut changes = Changes { notifications: true, ..Changes::default() };
        // Even a page that events have overtaken: it knows of names and deletions elsewhere.
        self.notifications.load(&page, page.as_of.map_or(0, |as_of| as_of.position.seq));
        if let Some(as_of) = page.as_of {
            self.catch_up(as_of, &mut changes);
        }
        self.tell_notifications();
        changes
    }

    /// Names and deletions come from the workspaces' logs, which are not in step with the person's own;
    /// and a page may have been read while the person was in a workspace that they have left since.
    pub(super) fn tell_notifications(&mut self) {
        let here: Vec<WorkspaceId> = self.workspaces.iter().map(|held| held.row.workspace.id).collect();
        self.notifications.keep_those_in(&here);
        for event in self.recent.events() {
            match &event.kind {
                EventKind::MemberUpdated(member) | EventKind::MemberLeft(member) => {
                    self.notifications.person_changed(&member.person);
                }
                EventKind::PostDeleted { id } => self.notifications.post_deleted(*id),
                EventKind::CommentDeleted { id, .. } => self.notifications.comment_deleted(*id),
                _ => {}
            }
        }
    }

    /// The next page of the notifications.
    pub fn load_more_notifications(&mut self, page: Page<Notification>) -> Changes {
        let mut changes = Changes { notifications: true, ..Changes::default() };
        let seq = page.as_of.map_or(0, |as_of| as_of.position.seq);
        self.notifications.load_more(&page, seq);
        if let Some(as_of) = page.as_of {
            self.catch_up(as_of, &mut changes);
        }
        self.tell_notifications();
        changes
    }

    /// Members of a workspace, one page or a few by name.
    pub fn load_members(&mut self, workspace: WorkspaceId, page: Page<Member>) -> Changes {
        let mut changes = Changes::default();
        let as_of = page.as_of.map_or(0, |as_of| as_of.position.seq);
        let members = self.members.entry(workspace).or_default();
        for member in page.items {
            let known = members.get(&member.person.id);
            if known.is_none_or(|known| known.as_of <= as_of) {
                members.insert(member.person.id, Held { row: member, as_of });
            }
        }
        changes.members.insert(workspace);
        if let Some(as_of) = page.as_of {
            self.catch_up(as_of, &mut changes);
        }
        changes
    }

    /// The answer to an edit of a post: shown without waiting for its event.
    pub fn post_answered(&mut self, post: Post) -> Changes {
        let mut changes = Changes::default();
        if let Some(held) = self.content.posts.get_mut(&post.id)
            && held.row.version <= post.version
        {
            held.row = post.clone();
            changes.posts.insert(post.id);
        }
        changes
    }

    /// The answer to an edit of a comment.
    pub fn comment_answered(&mut self, comment: Comment) -> Changes {
        let mut changes = Changes::default();
        if let Some(held) = self.content.comments.get_mut(&comment.id)
            && held.row.version <= comment.version
        {
            held.row = comment.clone();
            changes.comments.insert(comment.id);
        }
        changes
    }

    /// The log of a topic cannot be continued: what is shown of it has to be loaded again.
    pub fn reset(&mut self, topic: Topic) -> Changes {
        let mut changes = Changes::default();
        self.recent.forget(topic);
        changes.want(Wanted::Me);
        match topic {
            Topic::Workspace(workspace) => {
                self.content.set_stale(workspace, &mut changes);
                for held in self.workspaces.iter_mut().filter(|held| held.row.workspace.id == workspace) {
                    held.as_of = STALE;
                }
                if self.members.remove(&workspace).is_some() {
                    changes.members.insert(workspace);
                    changes.want(Wanted::Members(workspace));
                }
            }
            Topic::Conversation(_) | Topic::User(_) => {}
        }
        // They name people and posts of the workspaces, so a gap there is one here.
        self.notifications.set_stale();
        if self.notifications.is_loaded() {
            changes.want(Wanted::Notifications);
        }
        changes
    }

    /// What is on screen.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Drafts that the server has yet to be told.
    #[must_use]
    pub fn unsaved_drafts(&self) -> Vec<Draft> {
        self.drafts.unsaved()
    }

    /// The server has the draft of this place as it was at that time.
    pub fn draft_saved(&mut self, place: DraftPlace, at: Timestamp) -> Changes {
        self.drafts.saved(place, at);
        Changes::default()
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
                Topic::Conversation(conversation) => self.leave_conversation(conversation),
                Topic::User(_) => {}
            }
        }
        changes
    }

    /// A post that was to be loaded does not exist any longer.
    pub fn post_is_gone(&mut self, post: PostId) -> Changes {
        let mut changes = Changes::default();
        let workspace = self.content.posts.get(&post).map(|held| held.row.workspace);
        let thread = || self.content.threads.get(&post).map(|thread| thread.workspace);
        if let Some(workspace) = workspace.or_else(thread) {
            self.content.post_deleted(post, workspace, &mut changes);
        }
        changes
    }

    /// Who is here.
    pub fn presence(&mut self, topic: Topic, presence: Presence) -> Changes {
        let mut changes = Changes::default();
        if let Topic::Workspace(workspace) = topic {
            self.here.presence(workspace, presence);
            changes.presence.insert(workspace);
        }
        changes
    }

    /// Somebody does something right now.
    pub fn ephemeral(&mut self, ephemeral: Ephemeral, now: Timestamp) -> Changes {
        let mut changes = Changes::default();
        match ephemeral {
            Ephemeral::Typing { user, name, place: TypingPlace::Post(post), on } => {
                self.here.typing(post, user, name, on, now);
                changes.typing.insert(post);
            }
            Ephemeral::Typing { place: TypingPlace::Conversation(_) | TypingPlace::Thread(_), .. } => {}
        }
        changes
    }

    /// The connection changed.
    pub fn status(&mut self, status: Status) -> Changes {
        let mut changes = Changes { status: true, ..Changes::default() };
        for entry in self.outbox.entries() {
            // "Sending" or "waiting for connection".
            changes.merge(self.touched(&entry.command));
        }
        if status == Status::Live {
            self.outbox.retry_now();
        } else {
            changes.presence.extend(self.here.nobody());
        }
        if status == Status::SignedOut {
            self.signed_out = true;
            changes.signed_out = true;
        }
        self.line.set(status);
        changes
    }

    /// What was missed is here.
    pub fn caught_up(&mut self, news: u64, now: Timestamp) -> Changes {
        self.line.caught_up(news, now);
        Changes { status: true, ..Changes::default() }
    }

    /// Parts of the server do not work, or do again.
    pub fn set_degraded(&mut self, parts: Vec<String>) -> Changes {
        self.degraded = parts;
        Changes { status: true, ..Changes::default() }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Timestamp) -> Changes {
        let mut changes = Changes { status: true, toasts: true, ..Changes::default() };
        changes.typing.extend(self.here.tick(now));
        self.toasts.tick(now);
        changes
    }

    /// What is on screen changed.
    pub fn look_at(&mut self, place: Place) -> Changes {
        if let Place::Feed(workspace) = self.place
            && self.place != place
            && let Some(feed) = self.content.feeds.get_mut(&workspace)
        {
            // Nobody reads it now, so nothing has to be held back.
            feed.set_at_top(true);
        }
        self.place = place;
        self.toasts.look_at(place);
        Changes { toasts: true, place: true, ..Changes::default() }
    }

    /// Whether the top of a feed is on screen.
    pub fn at_top(&mut self, workspace: WorkspaceId, at_top: bool) -> Changes {
        if let Some(feed) = self.content.feeds.get_mut(&workspace) {
            feed.set_at_top(at_top);
        }
        Changes::default()
    }

    /// The pill was pressed.
    pub fn show_fresh(&mut self, workspace: WorkspaceId) -> Changes {
        let mut changes = Changes::default();
        if let Some(feed) = self.content.feeds.get_mut(&workspace) {
            feed.show_fresh();
            changes.feeds.insert(workspace);
        }
        changes
    }

    /// The person has seen the newest post.
    pub fn read_feed(&mut self, workspace: WorkspaceId) -> Changes {
        let mut changes = Changes::default();
        let held = self.workspaces.iter_mut().find(|held| held.row.workspace.id == workspace);
        if let Some(held) = held.filter(|held| held.row.read < held.row.newest) {
            held.row.read = held.row.newest;
            changes.workspaces = true;
            changes.reads.push((Topic::Workspace(workspace), held.row.newest));
        }
        changes
    }

    /// The page is looked at: what is new at the top of the feed on screen is read.
    pub fn read_on_screen(&mut self) -> Changes {
        let Place::Feed(workspace) = self.place else { return Changes::default() };
        let feed = self.content.feeds.get(&workspace);
        match feed.is_some_and(|feed| feed.is_at_top() && feed.fresh() == 0) {
            true => self.read_feed(workspace),
            false => Changes::default(),
        }
    }

    /// Says a sentence.
    pub fn note(&mut self, text: String, now: Timestamp) -> Changes {
        self.toasts.note(text, now);
        Changes { toasts: true, ..Changes::default() }
    }

    /// A notification came that may be shown at once.
    pub fn offer(&mut self, notification: &Notification, now: Timestamp) -> Changes {
        self.toasts.offer(notification, self.my_id(), self.place, now);
        Changes { toasts: true, ..Changes::default() }
    }

    /// A toast was closed.
    pub fn dismiss(&mut self, id: ToastId) -> Changes {
        self.toasts.dismiss(id);
        Changes { toasts: true, ..Changes::default() }
    }

    /// The person typed.
    pub fn typed(&mut self, draft: Draft) -> Changes {
        let mut changes = Changes::default();
        changes.drafts.insert(draft.place);
        changes.typed = Some(draft.place);
        self.drafts.typed(draft);
        changes
    }

    /// The person typed in another tab of this browser, which also tells the server.
    pub fn other_draft(&mut self, draft: Draft) -> Changes {
        let mut changes = Changes::default();
        changes.drafts.insert(draft.place);
        self.drafts.arrive(draft);
        changes
    }

    /// A draft was found in this browser's storage.
    pub fn restore_draft(&mut self, draft: Draft) -> Changes {
        let mut changes = Changes::default();
        changes.drafts.insert(draft.place);
        self.drafts.restore(draft);
        changes
    }
}
