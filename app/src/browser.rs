//! Everything that touches the browser. It compiles on the server too, where nothing of it runs:
//! it is called from effects and event handlers only.
//!
//! [`Browser`] is the part that goes on by itself once the page is up: it connects the socket to
//! [`Live`], sends the outbox from one of the tabs, keeps drafts, loads again what events alone
//! cannot bring, and ticks once a second. The other modules are what components ask of the
//! browser: scrolling, focus, the clipboard, the clock, the theme.

pub mod caret;
pub mod clipboard;
pub mod clock;
pub mod emoji;
pub mod focus;
pub mod keys;
pub mod page;
pub mod push;
pub mod reading;
pub mod roving;
pub mod rows;
pub mod scroll;
pub mod text_field;
pub mod theme;
pub mod upload;
pub mod uploads;

mod draft_keeper;
mod finder;
mod idle;
mod outbox_runner;
mod refetch;
mod socket;
mod storage;

use crate::emoji::Groups;
use crate::live::{Changes, Live, Place};
use client::Handle;
use draft_keeper::DraftKeeper;
use finder::{Finder, Listed};
use idle::Idle;
use leptos::leptos_dom::helpers::IntervalHandle;
use leptos::prelude::{
    Get, Memo, ReadSignal, ReadValue, RwSignal, StoredValue, WindowListenerHandle, With, WriteValue,
    expect_context, provide_context, set_interval_with_handle, window_event_listener_untyped,
};
use outbox_runner::OutboxRunner;
use protocol::conversation::{Conversation, ConversationKind};
use protocol::ephemeral::TypingPlace;
use protocol::workspace::Role;
use protocol::{ConversationId, PostId, Topic, WorkspaceId};
use send_wrapper::SendWrapper;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;
use uploads::Trays;

/// Countdown, undo times, typing and drafts move in these steps.
const TICK: Duration = Duration::from_secs(1);

/// The page's running parts in the browser. On the server there are none.
#[derive(Clone, Copy)]
pub struct Browser {
    live: Live,
    parts: StoredValue<Option<SendWrapper<Rc<Parts>>>>,
    listed: Listed,
    emoji: RwSignal<Option<Groups>>,
    trays: Trays,
}

struct Parts {
    live: Live,
    socket: Handle,
    outbox: Rc<OutboxRunner>,
    drafts: Rc<DraftKeeper>,
    people: Rc<Finder>,
    rooms: Rc<Finder>,
    idle: Idle,
}

impl Browser {
    /// Makes the context. It stops with the component that calls this.
    #[must_use]
    pub fn provide(live: Live) -> Self {
        let browser = Self {
            live,
            parts: StoredValue::new(None),
            listed: RwSignal::new(HashMap::new()),
            emoji: RwSignal::new(None),
            trays: StoredValue::new(HashMap::new()),
        };
        provide_context(browser);
        browser
    }

    /// The context.
    #[must_use]
    pub fn expect() -> Self {
        expect_context()
    }

    /// Starts everything. Call it in an effect once the person is loaded; again does nothing.
    pub fn start(self) {
        if self.parts.read_value().is_some() {
            return;
        }
        let live = self.live;
        live.tick(clock::now());
        let socket = socket::connect(live);
        let told = socket.clone();
        let parts = Rc::new(Parts {
            live,
            socket,
            outbox: OutboxRunner::start(live),
            drafts: DraftKeeper::start(live),
            people: Finder::of_people(live),
            rooms: Finder::of_rooms(self.listed),
            idle: Idle::start(move |on| told.idle(on)),
        });
        *self.parts.write_value() = Some(SendWrapper::new(parts.clone()));
        parts.look(live.read(|state| state.place()));
        let heard = SendWrapper::new(parts.clone());
        live.listen(move |changes| (**heard).take(changes));
        let ticking = parts.clone();
        let ticks = set_interval_with_handle(move || ticking.tick(), TICK).ok();
        let leaving = parts.clone();
        let leave = window_event_listener_untyped("pagehide", move |_| leaving.drafts.keep_here());
        let ask = window_event_listener_untyped("beforeunload", move |event| {
            if self.has_files() {
                event.prevent_default();
            }
        });
        self.stop_with_owner(parts, ticks, [leave, ask]);
    }

    fn stop_with_owner(
        self,
        parts: Rc<Parts>,
        ticks: Option<IntervalHandle>,
        heard: [WindowListenerHandle; 2],
    ) {
        let parts = SendWrapper::new(parts);
        let running = self.parts;
        self.live.on_end(move || {
            heard.into_iter().for_each(WindowListenerHandle::remove);
            if let Some(ticks) = ticks {
                ticks.clear();
            }
            parts.idle.stop();
            parts.drafts.stop();
            parts.outbox.stop();
            parts.socket.stop();
            page::set_badge(0);
            if let Some(mut running) = running.try_write_value() {
                *running = None;
            }
        });
    }

    /// All emoji, once somebody looked for one.
    #[must_use]
    pub fn emoji(self) -> ReadSignal<Option<Groups>> {
        self.emoji.read_only()
    }

    /// Somebody looks for an emoji.
    pub fn find_emoji(self) {
        emoji::load(self.emoji);
    }

    fn with(self, act: impl FnOnce(&Parts)) {
        let parts = self.parts.read_value().as_ref().map(|parts| Rc::clone(parts));
        if let Some(parts) = parts {
            act(&parts);
        }
    }

    /// The person writes a comment under this post. At every key: it is said seldom.
    pub fn typing(self, post: PostId) {
        self.with(|parts| parts.typing(post, true));
    }

    /// The comment was sent, or nothing is left of it.
    pub fn stopped_typing(self, post: PostId) {
        self.with(|parts| parts.typing(post, false));
    }

    /// Brings members whose name or handle holds this word, unless they are known.
    pub fn find_people(self, workspace: WorkspaceId, word: &str) {
        self.with(|parts| parts.people.find(workspace, word));
    }

    /// Brings rooms whose name holds this word, unless they are known. To guests no rooms are open.
    pub fn find_rooms(self, workspace: WorkspaceId, word: &str) {
        let mine = self.live.read(|state| state.memberships());
        if mine.iter().any(|of| of.workspace.id == workspace && Role::Guest < of.role) {
            self.with(|parts| parts.rooms.find(workspace, word));
        }
    }

    /// The rooms of a workspace that the page knows, joined or not, by name.
    #[must_use]
    pub fn rooms(self, workspace: WorkspaceId) -> Memo<Vec<Conversation>> {
        let (live, listed) = (self.live, self.listed);
        let sidebar = live.sidebar(workspace);
        Memo::new(move |_| {
            let joined = sidebar.get().all().filter_map(|id| live.conversation(id).get()).collect::<Vec<_>>();
            let joined: Vec<Conversation> = joined.into_iter().map(|state| state.conversation).collect();
            let is_other = |room: &&Conversation| joined.iter().all(|known| known.id != room.id);
            let others: Vec<Conversation> =
                listed.with(|listed| listed.values().filter(is_other).cloned().collect());
            let mut rooms: Vec<Conversation> = joined.iter().cloned().chain(others).collect();
            rooms.retain(|room| room.workspace == workspace && room.kind == ConversationKind::Room);
            rooms.sort_by(|one, other| one.name.cmp(&other.name));
            rooms
        })
    }

    /// The person writes in a conversation, or has stopped to. At every key: it is said seldom.
    pub fn typing_in(self, conversation: ConversationId, place: TypingPlace, on: bool) {
        self.with(|parts| parts.typing_in(conversation, place, on));
    }

    /// Does not wait for the next attempt.
    pub fn retry_now(self) {
        self.with(|parts| {
            parts.socket.retry_now();
            parts.live.change(|state| state.retry_now());
            parts.outbox.run();
        });
    }

    /// The person signed in again, over the page that stayed.
    pub fn signed_in(self) {
        self.retry_now();
    }
}

impl Parts {
    /// Something changed: what of it is for the world outside?
    fn take(&self, changes: Changes) {
        for position in changes.positions {
            self.socket.set_position(position.topic, position.position);
        }
        for topic in changes.closes {
            self.socket.close(topic);
        }
        for (topic, seq) in changes.reads {
            self.socket.read(topic, seq);
        }
        let place = self.live.read(|state| state.place());
        if changes.place {
            self.look(place);
        }
        if let Place::Feed(workspace) = place
            && changes.feeds.contains(&workspace)
        {
            scroll::hold();
        }
        if changes.typed.is_some() {
            self.drafts.typed();
        }
        for wanted in changes.wanted {
            refetch::load(self.live, wanted);
        }
        self.outbox.keep(changes.keep);
        if changes.outbox {
            self.outbox.run();
        }
    }

    fn look(&self, place: Place) {
        let workspace = place.workspace().map(Topic::Workspace);
        match place {
            Place::Conversation { conversation, .. } => {
                self.socket.focus(Some(Topic::Conversation(conversation)), workspace);
            }
            _ => self.socket.focus(workspace, None),
        }
    }

    fn typing_in(&self, conversation: ConversationId, place: TypingPlace, on: bool) {
        self.socket.typing(Topic::Conversation(conversation), place, on);
    }

    fn typing(&self, post: PostId, on: bool) {
        if let Some(workspace) = self.live.read(|state| state.post(post)).map(|post| post.workspace) {
            self.socket.typing(Topic::Workspace(workspace), TypingPlace::Post(post), on);
        }
    }

    fn tick(&self) {
        let now = clock::now();
        self.live.tick(now);
        self.idle.tick(now);
        if page::is_read() {
            self.live.change(|state| state.read_on_screen());
        }
        self.outbox.run();
        self.drafts.tick(now);
        page::set_badge(self.live.read(|state| state.unread()));
    }
}
