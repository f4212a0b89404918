//! [`Live`]: the state with its signals, as a context for components.

use super::changes::Changes;
use super::outbox::{Answer, Entry, EntryId};
use super::presence::Online;
use super::rows::{FeedView, NotificationsView, ThreadView};
use super::signals::Signals;
use super::state::State;
use super::status::{Dot, StatusLine};
use super::toasts::{Place, Toast, ToastId};
use crate::browser::clock;
use leptos::prelude::{
    ArcRwSignal, Memo, ReadValue, Signal, StoredValue, UpdateValue, With, WriteValue, expect_context,
    on_cleanup, provide_context,
};
use protocol::account::Me;
use protocol::comment::{Comment, NewComment};
use protocol::draft::{Draft, DraftPlace};
use protocol::notification::Notification;
use protocol::page::Page;
use protocol::person::InstanceRole;
use protocol::post::{Feed, NewPost, Post, PostPage};
use protocol::reaction::Reaction;
use protocol::workspace::{Member, Membership};
use protocol::{CommentId, ConversationId, Event, Person, PostId, Timestamp, Topic, UserId, WorkspaceId};
use std::sync::Arc;

/// Gets every change after the signals have moved: the browser stores, sends and loads.
type Hook = Arc<dyn Fn(Changes) + Send + Sync>;

/// The live state of the page.
#[derive(Clone, Copy)]
pub struct Live(StoredValue<Inner>);

#[derive(Default)]
struct Inner {
    state: State,
    signals: Signals,
    hook: Option<Hook>,
    end: Option<Box<dyn FnOnce() + Send + Sync>>,
    /// The last time that anybody told. The server renders at 0, as the browser does first.
    now: Timestamp,
}

impl Live {
    /// Makes the context. Once, in the application's root.
    #[must_use]
    pub fn provide() -> Self {
        let live = Self(StoredValue::new(Inner::default()));
        provide_context(live);
        on_cleanup(move || {
            if let Some(end) = live.0.try_update_value(|inner| inner.end.take()).flatten() {
                end();
            }
        });
        live
    }

    /// The context.
    #[must_use]
    pub fn expect() -> Self {
        expect_context()
    }

    /// Changes the state, then the signals that it touched, then whatever listens.
    pub fn change(self, change: impl FnOnce(&mut State) -> Changes) {
        self.change_with(|state| (change(state), ()));
    }

    fn change_with<T>(self, change: impl FnOnce(&mut State) -> (Changes, T)) -> Option<T> {
        let (mut change, mut value) = (Some(change), None);
        self.make(&mut |state| {
            let (changes, made) = change.take().map(|change| change(state))?;
            value = Some(made);
            Some(changes)
        });
        value
    }

    /// Does so. Takes no type of its own, so that it is compiled once.
    fn make(self, change: &mut dyn FnMut(&mut State) -> Option<Changes>) {
        let changed = self.0.try_update_value(|inner| {
            let changes = change(&mut inner.state)?;
            inner.signals.publish(&inner.state, &changes, inner.now);
            Some((changes, inner.hook.clone()))
        });
        // The page may be gone while something of it was under way.
        if let Some((changes, Some(hook))) = changed.flatten() {
            hook(changes);
        }
    }

    /// Reads the state. Not tracked: for handlers.
    pub fn read<T>(self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.0.read_value().state)
    }

    fn with<T>(self, with: impl FnOnce(&mut Signals, &State) -> T) -> T {
        let inner = &mut *self.0.write_value();
        with(&mut inner.signals, &inner.state)
    }

    /// Calls when the component that made this ends.
    pub(crate) fn on_end(self, end: impl FnOnce() + Send + Sync + 'static) {
        self.0.update_value(|inner| inner.end = Some(Box::new(end)));
    }

    /// Listens to every change from now on.
    pub fn listen(self, hook: impl Fn(Changes) + Send + Sync + 'static) {
        self.0.update_value(|inner| inner.hook = Some(Arc::new(hook)));
    }

    /// Time has passed.
    pub fn tick(self, now: Timestamp) {
        self.0.update_value(|inner| inner.now = now);
        self.change(|state| state.tick(now));
    }

    /// Something that the person does, at this moment.
    fn act<T>(self, act: impl FnOnce(&mut State, Timestamp) -> (Changes, T)) -> Option<T> {
        let now = clock::now();
        self.0.update_value(|inner| inner.now = now);
        self.change_with(|state| act(state, now))
    }
}

/// Data in.
impl Live {
    /// The caller, with workspaces, unread notifications and drafts.
    pub fn load_me(self, me: Me) {
        self.change(|state| state.load_me(me));
    }

    /// The first page of a feed.
    pub fn load_feed(self, feed: Feed) -> FeedView {
        let workspace = match feed.as_of.topic {
            Topic::Workspace(workspace) => workspace,
            // The server never says this; there is nothing to show of it.
            Topic::User(UserId(id)) | Topic::Conversation(ConversationId(id)) => WorkspaceId(id),
        };
        self.change(|state| state.load_feed(feed));
        self.feed(workspace)
    }

    /// The next page of a feed.
    pub fn load_more_feed(self, feed: Feed) {
        self.change(|state| state.load_more_feed(feed));
    }

    /// A post with the first page of its comments.
    pub fn load_thread(self, page: PostPage, comments: Page<Comment>) -> ThreadView {
        let post = page.post.id;
        self.change(|state| state.load_thread(page, comments));
        self.thread(post)
    }

    /// The next page of comments.
    pub fn load_more_comments(self, post: PostId, page: Page<Comment>) {
        self.change(|state| state.load_more_comments(post, page));
    }

    /// The first page of the notifications.
    pub fn load_notifications(self, page: Page<Notification>) -> NotificationsView {
        self.change(|state| state.load_notifications(page));
        self.notifications()
    }

    /// The next page of the notifications.
    pub fn load_more_notifications(self, page: Page<Notification>) {
        self.change(|state| state.load_more_notifications(page));
    }

    /// Members of a workspace.
    pub fn load_members(self, workspace: WorkspaceId, page: Page<Member>) {
        self.change(|state| state.load_members(workspace, page));
    }

    /// One post alone.
    pub fn load_post(self, page: PostPage) {
        self.change(|state| state.load_post(page));
    }

    /// The answer to an edit of a post.
    pub fn post_answered(self, post: Post) {
        self.change(|state| state.post_answered(post));
    }

    /// The answer to an edit of a comment.
    pub fn comment_answered(self, comment: Comment) {
        self.change(|state| state.comment_answered(comment));
    }

    /// An event of the socket.
    pub fn apply(self, event: &Event, now: Timestamp) {
        self.change(|state| {
            let mut changes = state.apply(event);
            for notification in std::mem::take(&mut changes.notify) {
                changes.merge(state.offer(&notification, now));
            }
            changes
        });
    }

    /// A command of the outbox was answered.
    pub fn done(self, entry: EntryId, answer: Answer) {
        self.change(|state| state.done(entry, answer));
    }
}

/// What components read.
impl Live {
    /// A feed, loaded or not.
    #[must_use]
    pub fn feed(self, workspace: WorkspaceId) -> FeedView {
        self.with(|signals, state| signals.feed(state, workspace))
    }

    /// A post with its comments, loaded or not.
    #[must_use]
    pub fn thread(self, post: PostId) -> ThreadView {
        self.with(|signals, state| signals.thread(state, post))
    }

    /// The notifications, loaded or not.
    #[must_use]
    pub fn notifications(self) -> NotificationsView {
        self.with(|signals, _| signals.notifications())
    }

    fn signal<T: Send + Sync + 'static>(self, pick: impl FnOnce(&Signals) -> &ArcRwSignal<T>) -> Signal<T> {
        self.with(|signals, _| pick(signals).read_only()).into()
    }

    /// The person.
    #[must_use]
    pub fn me(self) -> Signal<Option<Person>> {
        let me = self.with(|signals, _| signals.me.read_only());
        Signal::derive(move || me.with(|me| me.as_ref().map(|me| me.person.clone())))
    }

    /// The person's role on the instance.
    #[must_use]
    pub fn role(self) -> Signal<Option<InstanceRole>> {
        let me = self.with(|signals, _| signals.me.read_only());
        Signal::derive(move || me.with(|me| me.as_ref().map(|me| me.role)))
    }

    /// The person's id.
    #[must_use]
    pub fn my_id(self) -> Signal<Option<UserId>> {
        let me = self.with(|signals, _| signals.me.read_only());
        Signal::derive(move || me.with(|me| me.as_ref().map(|me| me.person.id)))
    }

    /// Whether this is the person themself. Not tracked: somebody else gets another page.
    #[must_use]
    pub fn is_me(self, user: UserId) -> bool {
        self.read(|state| state.is_me(user))
    }

    /// The person's workspaces by name.
    #[must_use]
    pub fn workspaces(self) -> Signal<Vec<Membership>> {
        self.signal(|signals| &signals.workspaces)
    }

    /// The workspace with this name in addresses.
    #[must_use]
    pub fn membership(self, slug: impl Fn() -> String + Send + Sync + 'static) -> Memo<Option<Membership>> {
        let workspaces = self.workspaces();
        Memo::new(move |_| {
            let slug = slug();
            workspaces.with(|rows| rows.iter().find(|row| row.workspace.slug == slug).cloned())
        })
    }

    /// Whether something in a workspace's feed is unread.
    #[must_use]
    pub fn has_unread(self, workspace: WorkspaceId) -> Memo<bool> {
        let workspaces = self.workspaces();
        let unread = move |row: &Membership| row.workspace.id == workspace && row.read < row.newest;
        Memo::new(move |_| workspaces.with(|rows| rows.iter().any(unread)))
    }

    /// Unread notifications.
    #[must_use]
    pub fn unread(self) -> Signal<u32> {
        self.signal(|signals| &signals.unread)
    }

    /// The members of a workspace that are loaded, by name.
    #[must_use]
    pub fn members(self, workspace: WorkspaceId) -> Signal<Vec<Member>> {
        self.with(|signals, state| signals.members(state, workspace)).read_only().into()
    }

    /// Who is online in a workspace.
    #[must_use]
    pub fn online(self, workspace: WorkspaceId) -> Signal<Online> {
        self.with(|signals, state| signals.online(state, workspace)).read_only().into()
    }

    /// Whether a person is online in a workspace.
    #[must_use]
    pub fn is_online(self, workspace: WorkspaceId, user: UserId) -> Memo<bool> {
        let online = self.online(workspace);
        Memo::new(move |_| online.with(|online| online.people.contains(&user)))
    }

    /// Names of the others who write a comment under a post.
    #[must_use]
    pub fn typing(self, post: PostId) -> Signal<Vec<String>> {
        self.with(|signals, state| signals.typing(state, post)).read_only().into()
    }

    /// The connection in words.
    #[must_use]
    pub fn status(self) -> Signal<StatusLine> {
        self.signal(|signals| &signals.status)
    }

    /// Whether events come as they happen. Tracked.
    #[must_use]
    pub fn is_connected(self) -> bool {
        self.status().with(|status| status.dot == Dot::Live)
    }

    /// Parts of the server that do not work fully.
    #[must_use]
    pub fn degraded(self) -> Signal<Vec<String>> {
        self.signal(|signals| &signals.degraded)
    }

    /// The session has ended: a sign-in dialog stands over the page.
    #[must_use]
    pub fn signed_out(self) -> Signal<bool> {
        self.signal(|signals| &signals.signed_out)
    }

    /// The toasts.
    #[must_use]
    pub fn toasts(self) -> Signal<Vec<Toast>> {
        self.signal(|signals| &signals.toasts)
    }

    /// What the server has not acknowledged yet.
    #[must_use]
    pub fn outbox(self) -> Signal<Vec<Entry>> {
        self.signal(|signals| &signals.outbox)
    }

    /// How many commands wait or were refused.
    #[must_use]
    pub fn waiting(self) -> Signal<usize> {
        let outbox = self.outbox();
        Signal::derive(move || outbox.with(Vec::len))
    }

    /// The draft of a place.
    #[must_use]
    pub fn draft(self, place: DraftPlace) -> Signal<Option<Draft>> {
        self.with(|signals, state| signals.draft(state, place)).read_only().into()
    }

    /// The workspace that the person was removed from last.
    #[must_use]
    pub fn left(self) -> Signal<Option<WorkspaceId>> {
        self.signal(|signals| &signals.left)
    }
}

/// What the person does. For event handlers only.
impl Live {
    /// Writes a post: it stands there at once.
    pub fn create_post(self, new: NewPost) {
        self.act(|state, now| (state.create_post(new, now), ()));
    }

    /// Comments, or replies.
    pub fn create_comment(self, new: NewComment) {
        self.act(|state, now| (state.create_comment(new, now), ()));
    }

    /// Reacts.
    pub fn add_reaction(self, reaction: Reaction) {
        self.act(|state, now| (state.add_reaction(reaction, now), ()));
    }

    /// Takes a reaction back.
    pub fn remove_reaction(self, reaction: Reaction) {
        self.act(|state, now| (state.remove_reaction(reaction, now), ()));
    }

    /// Deletes a post: gone at once, with an undo for eight seconds.
    pub fn delete_post(self, id: PostId) -> Option<EntryId> {
        self.act(|state, now| state.delete_post(id, now)).flatten()
    }

    /// Deletes a comment, likewise.
    pub fn delete_comment(self, id: CommentId) -> Option<EntryId> {
        self.act(|state, now| state.delete_comment(id, now)).flatten()
    }

    /// Takes a deletion back.
    pub fn undo(self, entry: EntryId) {
        self.discard(entry);
    }

    /// Sends once more what was refused.
    pub fn retry(self, entry: EntryId) {
        self.act(|state, _| (state.retry(entry), ()));
    }

    /// Gives up what was refused.
    pub fn discard(self, entry: EntryId) {
        self.act(|state, _| (state.discard(entry), ()));
    }

    /// What the person wrote in an entry, for *Copy*.
    #[must_use]
    pub fn text_of(self, entry: EntryId) -> String {
        self.read(|state| state.text_of(entry))
    }

    /// The pill was pressed.
    pub fn show_fresh(self, workspace: WorkspaceId) {
        self.change(|state| state.show_fresh(workspace));
    }

    /// Whether the top of a feed is on screen.
    pub fn at_top(self, workspace: WorkspaceId, at_top: bool) {
        self.change(|state| state.at_top(workspace, at_top));
    }

    /// Says a sentence in a toast.
    pub fn note(self, text: impl Into<String>) {
        let text = text.into();
        self.act(|state, now| (state.note(text, now), ()));
    }

    /// Closes a toast. One that offers undo lets the deletion happen.
    pub fn dismiss(self, toast: ToastId) {
        self.change(|state| state.dismiss(toast));
    }

    /// The person typed.
    pub fn typed(self, draft: Draft) {
        self.change(|state| state.typed(draft));
    }

    /// What is on screen changed.
    pub fn look_at(self, place: Place) {
        self.change(|state| state.look_at(place));
    }

    /// The person has seen the newest post of a feed.
    pub fn read_feed(self, workspace: WorkspaceId) {
        self.change(|state| state.read_feed(workspace));
    }
}
