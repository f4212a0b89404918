//! What components read: signals, each of which moves only when its value is another.

use super::Live;
use crate::live::outbox::Entry;
use crate::live::presence::Online;
use crate::live::rows::{FeedView, NotificationsView, ThreadView};
use crate::live::signals::Signals;
use crate::live::status::{Dot, StatusLine};
use crate::live::toasts::Toast;
use leptos::prelude::{ArcRwSignal, Get, Memo, Signal, With};
use protocol::draft::{Draft, DraftPlace};
use protocol::ephemeral::TypingPlace;
use protocol::person::InstanceRole;
use protocol::presence::{Bearing, CustomStatus, PresenceChoice, Present};
use protocol::workspace::{Member, Membership};
use protocol::{Person, PostId, UserId, WorkspaceId};

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

    /// Whether a person is here in a workspace, and how.
    #[must_use]
    pub fn presence_of(self, workspace: WorkspaceId, user: UserId) -> Memo<Option<Present>> {
        let online = self.online(workspace);
        Memo::new(move |_| online.with(|online| online.get(user)))
    }

    /// Only how.
    #[must_use]
    pub fn bearing_of(self, workspace: WorkspaceId, user: UserId) -> Signal<Option<Bearing>> {
        let present = self.presence_of(workspace, user);
        Signal::derive(move || present.get().map(|present| present.bearing))
    }

    /// What a member of a workspace says of themself, if that is known.
    #[must_use]
    pub fn status_of(self, workspace: WorkspaceId, user: UserId) -> Memo<Option<CustomStatus>> {
        let statuses = self.with(|signals, state| signals.statuses(state, workspace));
        Memo::new(move |_| statuses.with(|statuses| statuses.get(&user).cloned()))
    }

    /// What the person says of themself.
    #[must_use]
    pub fn own_status(self) -> Signal<Option<CustomStatus>> {
        let me = self.with(|signals, _| signals.me.read_only());
        Signal::derive(move || me.with(|me| me.as_ref().and_then(|me| me.status.clone())))
    }

    /// What others see of the person.
    #[must_use]
    pub fn choice(self) -> Memo<PresenceChoice> {
        let me = self.with(|signals, _| signals.me.read_only());
        Memo::new(move |_| me.with(|me| me.as_ref().map(|me| me.choice).unwrap_or_default()))
    }

    /// How the person is seen by others: as this window knows it, in use.
    #[must_use]
    pub fn own_bearing(self) -> Signal<Option<Bearing>> {
        let choice = self.choice();
        Signal::derive(move || match (self.is_connected(), choice.get()) {
            (true, PresenceChoice { invisible: false, quiet_until, .. }) => {
                Some(if quiet_until.is_some() { Bearing::Busy } else { Bearing::Online })
            }
            _ => None,
        })
    }

    /// Names of the others who write a comment under a post.
    #[must_use]
    pub fn typing(self, post: PostId) -> Signal<Vec<String>> {
        self.typing_in(TypingPlace::Post(post))
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

    /// How often the person saved a message or took it back since the page was opened.
    #[must_use]
    pub fn saves(self) -> Signal<u32> {
        self.signal(|signals| &signals.saves)
    }

    /// The workspace that the person was removed from last.
    #[must_use]
    pub fn left(self) -> Signal<Option<WorkspaceId>> {
        self.signal(|signals| &signals.left)
    }
}
