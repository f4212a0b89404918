//! The signals around the state: one for each row and each list. [`Signals::publish`] moves those
//! that a change touched, and of these only the ones whose value is another.

use super::changes::Changes;
use super::outbox::Entry;
use super::presence::Online;
use super::rows::{ActivityView, CommentRow, FeedView, NotificationsView, PostRow, ThreadView};
use super::state::{Caller, State};
use super::status::StatusLine;
use super::talk_signals::TalkSignals;
use super::toasts::Toast;
use super::view::{Delivery, Statuses};
use leptos::prelude::{ArcRwSignal, Set, Update, WithUntracked};
use protocol::comment::Comment;
use protocol::custom_event::CustomEvent;
use protocol::draft::{Draft, DraftPlace};
use protocol::ephemeral::TypingPlace;
use protocol::notification::Notification;
use protocol::page::PageKey;
use protocol::post::Post;
use protocol::workspace::{Member, Membership};
use protocol::{CommentId, PostId, Timestamp, WorkspaceId};
use std::collections::hash_map::{self, HashMap};

/// All signals.
#[derive(Debug)]
pub(super) struct Signals {
    pub(super) me: ArcRwSignal<Option<Caller>>,
    pub(super) workspaces: ArcRwSignal<Vec<Membership>>,
    pub(super) unread: ArcRwSignal<u32>,
    pub(super) status: ArcRwSignal<StatusLine>,
    pub(super) degraded: ArcRwSignal<Vec<String>>,
    pub(super) signed_out: ArcRwSignal<bool>,
    pub(super) toasts: ArcRwSignal<Vec<Toast>>,
    pub(super) outbox: ArcRwSignal<Vec<Entry>>,
    pub(super) left: ArcRwSignal<Option<WorkspaceId>>,
    pub(super) saves: ArcRwSignal<u32>,
    notifications: List<Notification>,
    activity: HashMap<WorkspaceId, List<CustomEvent>>,
    posts: HashMap<PostId, PostCell>,
    comments: HashMap<CommentId, CommentCell>,
    feeds: HashMap<WorkspaceId, FeedCell>,
    threads: HashMap<PostId, ThreadCell>,
    members: HashMap<WorkspaceId, ArcRwSignal<Vec<Member>>>,
    statuses: HashMap<WorkspaceId, ArcRwSignal<Statuses>>,
    online: HashMap<WorkspaceId, ArcRwSignal<Online>>,
    typing: HashMap<TypingPlace, ArcRwSignal<Vec<String>>>,
    drafts: HashMap<DraftPlace, ArcRwSignal<Option<Draft>>>,
    pub(super) talk: TalkSignals,
}

#[derive(Debug)]
struct PostCell {
    post: ArcRwSignal<Post>,
    delivery: ArcRwSignal<Delivery>,
}

#[derive(Debug)]
struct CommentCell {
    comment: ArcRwSignal<Comment>,
    delivery: ArcRwSignal<Delivery>,
    replies: ArcRwSignal<Vec<CommentRow>>,
}

/// A list that is loaded by pages.
#[derive(Debug)]
struct List<T: Send + Sync + 'static> {
    rows: ArcRwSignal<Vec<T>>,
    next: ArcRwSignal<Option<PageKey>>,
    loaded: ArcRwSignal<bool>,
}

#[derive(Debug)]
struct FeedCell {
    list: List<PostRow>,
    pinned: ArcRwSignal<Vec<PostRow>>,
    fresh: ArcRwSignal<usize>,
}

#[derive(Debug)]
struct ThreadCell {
    list: List<CommentRow>,
    post: ArcRwSignal<Option<PostRow>>,
    late: ArcRwSignal<Vec<CommentRow>>,
}

impl<T: Send + Sync + 'static> Default for List<T> {
    fn default() -> Self {
        Self { rows: signal(Vec::new()), next: signal(None), loaded: signal(false) }
    }
}

pub(super) fn signal<T: Send + Sync + 'static>(value: T) -> ArcRwSignal<T> {
    ArcRwSignal::new(value)
}

/// Moves a signal, if its value is another.
pub(super) fn put<T: PartialEq + Send + Sync + 'static>(signal: &ArcRwSignal<T>, value: T) {
    if signal.with_untracked(|known| *known != value) {
        signal.set(value);
    }
}

fn publish_activity(state: &State, workspace: WorkspaceId, list: &List<CustomEvent>) {
    let known = state.activity.get(&workspace);
    put(&list.rows, known.map(|known| known.rows().to_vec()).unwrap_or_default());
    put(&list.next, known.and_then(|known| known.next().cloned()));
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            me: signal(None),
            workspaces: signal(Vec::new()),
            unread: signal(0),
            status: signal(State::default().status_line(Timestamp(0))),
            degraded: signal(Vec::new()),
            signed_out: signal(false),
            toasts: signal(Vec::new()),
            outbox: signal(Vec::new()),
            left: signal(None),
            saves: signal(0),
            notifications: List::default(),
            activity: HashMap::new(),
            posts: HashMap::new(),
            comments: HashMap::new(),
            feeds: HashMap::new(),
            threads: HashMap::new(),
            members: HashMap::new(),
            statuses: HashMap::new(),
            online: HashMap::new(),
            typing: HashMap::new(),
            drafts: HashMap::new(),
            talk: TalkSignals::default(),
        }
    }
}

impl Signals {
    /// Moves what a change touched.
    pub(super) fn publish(&mut self, state: &State, changes: &Changes, now: Timestamp) {
        for id in &changes.posts {
            self.publish_post(state, *id);
        }
        for id in &changes.comments {
            self.publish_comment(state, *id);
        }
        self.talk.publish(state, changes);
        for workspace in &changes.feeds {
            self.publish_feed(state, *workspace);
        }
        for post in &changes.threads {
            self.publish_thread(state, *post);
        }
        for (workspace, members) in self.members.iter().filter(|(id, _)| changes.members.contains(*id)) {
            put(members, state.member_rows(*workspace));
        }
        for (workspace, statuses) in self.statuses.iter().filter(|(id, _)| changes.members.contains(*id)) {
            put(statuses, state.statuses(*workspace, now));
        }
        for (workspace, online) in self.online.iter().filter(|(id, _)| changes.presence.contains(*id)) {
            put(online, state.online(*workspace));
        }
        for (place, typing) in self.typing.iter().filter(|(place, _)| changes.typing.contains(*place)) {
            put(typing, state.writers(*place));
        }
        for (place, draft) in self.drafts.iter().filter(|(place, _)| changes.drafts.contains(*place)) {
            put(draft, state.drafts.get(*place).cloned());
        }
        for (workspace, list) in self.activity.iter().filter(|(id, _)| changes.activity.contains(*id)) {
            publish_activity(state, *workspace, list);
        }
        if changes.me {
            put(&self.me, state.me.clone());
        }
        if changes.workspaces {
            put(&self.workspaces, state.memberships());
        }
        if changes.notifications {
            put(&self.unread, state.notifications.unread());
            put(&self.notifications.rows, state.notifications.rows().cloned().collect());
            put(&self.notifications.next, state.notifications.next().cloned());
            put(&self.notifications.loaded, state.notifications.is_loaded());
        }
        if changes.outbox {
            put(&self.outbox, state.outbox_rows());
        }
        if changes.toasts || changes.outbox {
            put(&self.toasts, state.toast_rows(now));
        }
        if changes.status || changes.outbox {
            put(&self.status, state.status_line(now));
            put(&self.degraded, state.degraded.clone());
        }
        if changes.signed_out {
            put(&self.signed_out, state.signed_out);
        }
        if changes.left.is_some() {
            put(&self.left, changes.left);
        }
        if changes.saves {
            self.saves.update(|saves| *saves = saves.wrapping_add(1));
        }
    }

    fn publish_post(&mut self, state: &State, id: PostId) {
        match (self.posts.get(&id), state.post(id)) {
            (Some(cell), Some(post)) => {
                put(&cell.post, post);
                put(&cell.delivery, state.post_delivery(id));
            }
            (Some(_), None) => {
                self.posts.remove(&id);
            }
            (None, _) => {}
        }
    }

    fn publish_comment(&mut self, state: &State, id: CommentId) {
        match (self.comments.get(&id), state.comment(id)) {
            (Some(cell), Some(comment)) => {
                put(&cell.comment, comment);
                put(&cell.delivery, state.comment_delivery(id));
            }
            (Some(_), None) => {
                self.comments.remove(&id);
            }
            (None, _) => {}
        }
    }

    fn publish_feed(&mut self, state: &State, workspace: WorkspaceId) {
        if !self.feeds.contains_key(&workspace) {
            return;
        }
        let rows = self.post_rows(state, state.feed_rows(workspace));
        let pinned = self.post_rows(state, state.pinned_rows(workspace));
        let feed = state.content.feeds.get(&workspace);
        let Some(cell) = self.feeds.get(&workspace) else { return };
        put(&cell.list.rows, rows);
        put(&cell.pinned, pinned);
        put(&cell.fresh, feed.map_or(0, |feed| feed.fresh()));
        put(&cell.list.next, feed.and_then(|feed| feed.next().cloned()));
        put(&cell.list.loaded, feed.is_some());
    }

    fn publish_thread(&mut self, state: &State, post: PostId) {
        if !self.threads.contains_key(&post) {
            return;
        }
        let (rows, late) = state.comment_rows(post);
        let rows = self.comment_rows(state, post, rows);
        let late = self.comment_rows(state, post, late);
        let row = self.post_rows(state, vec![post]).pop();
        let thread = state.content.threads.get(&post);
        let Some(cell) = self.threads.get(&post) else { return };
        put(&cell.post, row);
        put(&cell.list.rows, rows);
        put(&cell.late, late);
        put(&cell.list.next, thread.and_then(|thread| thread.next().cloned()));
        put(&cell.list.loaded, thread.is_some());
    }

    fn post_rows(&mut self, state: &State, ids: Vec<PostId>) -> Vec<PostRow> {
        ids.into_iter().filter_map(|id| self.post_row(state, id)).collect()
    }

    fn post_row(&mut self, state: &State, id: PostId) -> Option<PostRow> {
        let cell = match self.posts.entry(id) {
            hash_map::Entry::Occupied(known) => known.into_mut(),
            hash_map::Entry::Vacant(place) => place.insert(PostCell {
                post: signal(state.post(id)?),
                delivery: signal(state.post_delivery(id)),
            }),
        };
        Some(PostRow { id, post: cell.post.read_only(), delivery: cell.delivery.read_only() })
    }

    fn comment_rows(&mut self, state: &State, post: PostId, ids: Vec<CommentId>) -> Vec<CommentRow> {
        ids.into_iter().filter_map(|id| self.comment_row(state, post, id)).collect()
    }

    fn comment_row(&mut self, state: &State, post: PostId, id: CommentId) -> Option<CommentRow> {
        let replies = self.comment_rows(state, post, state.reply_rows(post, id));
        let cell = match self.comments.entry(id) {
            hash_map::Entry::Occupied(known) => known.into_mut(),
            hash_map::Entry::Vacant(place) => place.insert(CommentCell {
                comment: signal(state.comment(id)?),
                delivery: signal(state.comment_delivery(id)),
                replies: signal(Vec::new()),
            }),
        };
        put(&cell.replies, replies);
        Some(CommentRow {
            id,
            comment: cell.comment.read_only(),
            delivery: cell.delivery.read_only(),
            replies: cell.replies.read_only(),
        })
    }

    /// A feed, loaded or not.
    pub(super) fn feed(&mut self, state: &State, workspace: WorkspaceId) -> FeedView {
        let new = || FeedCell { list: List::default(), pinned: signal(Vec::new()), fresh: signal(0) };
        self.feeds.entry(workspace).or_insert_with(new);
        self.publish_feed(state, workspace);
        let cell = self.feeds.entry(workspace).or_insert_with(new);
        FeedView {
            workspace,
            rows: cell.list.rows.read_only(),
            pinned: cell.pinned.read_only(),
            fresh: cell.fresh.read_only(),
            next: cell.list.next.read_only(),
            loaded: cell.list.loaded.read_only(),
        }
    }

    /// A thread, loaded or not.
    pub(super) fn thread(&mut self, state: &State, post: PostId) -> ThreadView {
        let new = || ThreadCell { list: List::default(), post: signal(None), late: signal(Vec::new()) };
        self.threads.entry(post).or_insert_with(new);
        self.publish_thread(state, post);
        let cell = self.threads.entry(post).or_insert_with(new);
        ThreadView {
            post_id: post,
            post: cell.post.read_only(),
            comments: cell.list.rows.read_only(),
            late: cell.late.read_only(),
            next: cell.list.next.read_only(),
            loaded: cell.list.loaded.read_only(),
        }
    }

    /// The notifications, loaded or not.
    pub(super) fn notifications(&self) -> NotificationsView {
        NotificationsView {
            rows: self.notifications.rows.read_only(),
            next: self.notifications.next.read_only(),
            loaded: self.notifications.loaded.read_only(),
        }
    }

    /// The custom events of a workspace, loaded or not.
    pub(super) fn activity(&mut self, state: &State, workspace: WorkspaceId) -> ActivityView {
        let list = self.activity.entry(workspace).or_default();
        publish_activity(state, workspace, list);
        ActivityView { rows: list.rows.read_only(), next: list.next.read_only() }
    }

    /// The members of a workspace.
    pub(super) fn members(&mut self, state: &State, workspace: WorkspaceId) -> ArcRwSignal<Vec<Member>> {
        self.members.entry(workspace).or_insert_with(|| signal(state.member_rows(workspace))).clone()
    }

    /// What members of a workspace say of themselves.
    pub(super) fn statuses(&mut self, state: &State, workspace: WorkspaceId) -> ArcRwSignal<Statuses> {
        let now = Timestamp(0);
        self.statuses.entry(workspace).or_insert_with(|| signal(state.statuses(workspace, now))).clone()
    }

    /// Who is online in a workspace.
    pub(super) fn online(&mut self, state: &State, workspace: WorkspaceId) -> ArcRwSignal<Online> {
        self.online.entry(workspace).or_insert_with(|| signal(state.online(workspace))).clone()
    }

    /// Who writes there.
    pub(super) fn typing(&mut self, state: &State, place: TypingPlace) -> ArcRwSignal<Vec<String>> {
        self.typing.entry(place).or_insert_with(|| signal(state.writers(place))).clone()
    }

    /// The draft of a place.
    pub(super) fn draft(&mut self, state: &State, place: DraftPlace) -> ArcRwSignal<Option<Draft>> {
        self.drafts.entry(place).or_insert_with(|| signal(state.drafts.get(place).cloned())).clone()
    }
}
