//! Does what the list of shortcuts names, wherever it was asked for: by a key, in the palette, or by
//! a button.

use super::places::Places;
use crate::api::notifications::read_all_notifications;
use crate::browser::{focus, keys, rows, theme};
use crate::live::{Live, Place};
use crate::shortcuts::Act;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use protocol::workspace::Role;

/// What stands over the page because somebody asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlay {
    /// Nothing.
    #[default]
    None,
    /// The palette.
    Palette,
    /// The list of shortcuts.
    Shortcuts,
}

/// The actions, as a context of every page in the frame.
#[derive(Clone, Copy)]
pub struct Actions {
    /// What is open.
    pub overlay: RwSignal<Overlay>,
    /// Where the person is.
    pub places: Places,
    live: Live,
    navigate: Callback<String>,
}

impl Actions {
    /// Makes the context.
    pub fn provide(places: Places) {
        let navigate = use_navigate();
        provide_context(Self {
            overlay: RwSignal::new(Overlay::None),
            places,
            live: Live::expect(),
            navigate: Callback::new(move |to: String| navigate(&to, NavigateOptions::default())),
        });
    }

    /// The context.
    #[must_use]
    pub fn expect() -> Self {
        expect_context()
    }

    /// Opens one of our addresses.
    pub fn go(self, address: String) {
        self.navigate.run(address);
    }

    fn go_to(self, part: &'static str) -> bool {
        self.go(self.places.href(part).get_untracked());
        true
    }

    /// Does it. No if there is nothing here that it could be done to.
    pub fn act(self, act: Act) -> bool {
        match act {
            Act::Search => self.toggle(Overlay::Palette),
            Act::Find => focus::to_search() || self.go_to("search"),
            Act::Help => self.toggle(Overlay::Shortcuts),
            Act::GoFeed => self.go_to("feed"),
            Act::GoPeople => self.go_to("people"),
            Act::GoActivity => self.go_to("activity"),
            Act::GoInbox => {
                self.go("/inbox".to_owned());
                true
            }
            Act::GoSettings => {
                self.go("/settings".to_owned());
                true
            }
            Act::NewPost => {
                let may_post = self.places.workspace.with_untracked(|membership| {
                    membership.as_ref().is_some_and(|membership| Role::Member <= membership.role)
                });
                may_post && self.go_to("feed?write")
            }
            Act::Next | Act::Previous => {
                rows::step(act == Act::Next);
                true
            }
            Act::Open => rows::press("open"),
            Act::Reply => self.reply(),
            Act::Edit => rows::press("edit"),
            Act::MarkRead => rows::press_and_go_on("mark-read"),
            Act::ReadAll => {
                self.read_all();
                true
            }
            Act::SwitchTheme => {
                theme::set(theme::opposite());
                true
            }
        }
    }

    fn toggle(self, overlay: Overlay) -> bool {
        if self.overlay.get_untracked() == overlay {
            self.overlay.set(Overlay::None);
        } else if keys::is_under_dialog() {
            return false;
        } else {
            self.overlay.set(overlay);
        }
        true
    }

    /// To the comment that has the focus; to the post everywhere else.
    fn reply(self) -> bool {
        if matches!(self.live.read(|state| state.place()), Place::Post { .. }) {
            if !rows::press("reply") {
                rows::focus_composer();
            }
            return true;
        }
        let post = rows::address();
        let is_post = post.is_some();
        if let Some(post) = post {
            self.go(format!("{post}?comment"));
        }
        is_post
    }

    fn read_all(self) {
        let live = self.live;
        for conversation in live.waiting_conversations().get_untracked() {
            live.read_whole(conversation);
        }
        spawn_local(async move {
            match read_all_notifications(None).await {
                Ok(_) => live.note("Everything is marked read"),
                Err(error) => live.note(error.to_string()),
            }
        });
    }
}

/// Listens to the keyboard.
#[component]
pub fn Keyboard() -> impl IntoView {
    let actions = Actions::expect();
    Effect::new(move |_| keys::listen(move |act| actions.act(act)));
}
