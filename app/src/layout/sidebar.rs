//! The sidebar: the places of the workspace, of the settings, or of the administration.

use super::actions::Actions;
use super::conversations::ConversationSections;
use super::places::Places;
use super::rail::badge;
use crate::components::icon::Icon;
use crate::components::keys::KeyCaps;
use crate::live::Live;
use crate::shortcuts::{self, Act, Keys};
use leptos::prelude::*;
use protocol::workspace::Role;

/// The sidebar.
#[component]
pub fn Sidebar(places: Places) -> impl IntoView {
    let part = Memo::new(move |_| {
        places.path.with(|path| match path.split('/').nth(1) {
            Some("settings") => Part::Settings,
            Some("admin") => Part::Administration,
            _ => Part::Workspace,
        })
    });
    view! {
        <nav class="sidebar" aria-label="Places">
            {move || match part.get() {
                Part::Workspace => view! { <WorkspacePlaces places=places/> }.into_any(),
                Part::Settings => {
                    view! {
                        <ListOfPlaces
                            places=places
                            title="Settings"
                            rows=&[
                                ("/settings", "at", "Profile"),
                                ("/settings/notifications", "bell", "Notifications"),
                                ("/settings/devices", "device", "Signed-in devices"),
                                ("/settings/tokens", "code", "Access tokens"),
                                ("/settings/password", "key", "Password"),
                                ("/settings/account", "trash", "Delete account"),
                            ]
                        />
                        <SignOut/>
                    }
                        .into_any()
                }
                Part::Administration => {
                    view! {
                        <ListOfPlaces
                            places=places
                            title="Administration"
                            rows=&[
                                ("/admin", "pulse", "Overview"),
                                ("/admin/people", "people", "People"),
                                ("/admin/workspaces", "home", "Workspaces"),
                                ("/admin/audit", "list", "Audit log"),
                            ]
                        />
                    }
                        .into_any()
                }
            }}
        </nav>
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Workspace,
    Settings,
    Administration,
}

#[component]
fn WorkspacePlaces(places: Places) -> impl IntoView {
    let live = Live::expect();
    let unread = live.unread();
    let name = move || {
        places.workspace.with(|membership| {
            membership
                .as_ref()
                .map_or_else(|| "Hubbub".to_owned(), |membership| membership.workspace.name.clone())
        })
    };
    let may_invite = Memo::new(move |_| {
        places
            .workspace
            .with(|membership| membership.as_ref().is_some_and(|membership| Role::Member <= membership.role))
    });
    let has_new_posts = Memo::new(move |_| {
        places.workspace.with(|membership| {
            membership.as_ref().is_some_and(|membership| membership.read < membership.newest)
        })
    });
    let status = live.status();
    view! {
        <header class="sidebar-head">
            <span class="sidebar-name">{name}</span>
            <span class="status-dot" data-status=move || status.with(|status| status.dot.word())></span>
        </header>
        <div class="sidebar-search only-awake">
            <SearchButton/>
        </div>
        <div class="sidebar-scroll">
            <ul>
                <li>
                    <PlaceRow places=places href=Signal::stored("/inbox".to_owned()) icon="inbox" label="Inbox" unread=Signal::derive(move || 0 < unread.get())>
                        {move || (0 < unread.get()).then(|| view! { <span class="badge">{badge(unread.get())}</span> })}
                    </PlaceRow>
                </li>
                <li>
                    <PlaceRow places=places href=Signal::stored("/saved".to_owned()) icon="bookmark" label="Saved"/>
                </li>
                <li>
                    <PlaceRow places=places href=places.href("search") icon="search" label="Search"/>
                </li>
                <li>
                    <PlaceRow places=places href=places.href("feed") icon="feed" label="Feed" unread=has_new_posts/>
                </li>
                <li>
                    <PlaceRow places=places href=places.href("activity") icon="pulse" label="Activity"/>
                </li>
                <li>
                    <PlaceRow places=places href=places.href("people") icon="people" label="People"/>
                </li>
                <li>
                    <PlaceRow places=places href=places.href("settings") icon="settings" label="Workspace"/>
                </li>
            </ul>
            <ConversationSections places=places/>
            {move || {
                may_invite
                    .get()
                    .then(|| {
                        view! {
                            <a class="nav-row nav-row-quiet" href=places.href("settings")>
                                <Icon name="plus"/>
                                <span class="label">"Invite people"</span>
                            </a>
                        }
                    })
            }}
        </div>
    }
}

/// Looks like a field and opens the palette.
#[component]
fn SearchButton() -> impl IntoView {
    let actions = Actions::expect();
    // Which keys this keyboard has only the browser knows.
    let keys = RwSignal::new(None::<Keys>);
    Effect::new(move |_| keys.set(Some(shortcuts::keys_of(Act::Search))));
    view! {
        <button
            class="search-button"
            type="button"
            aria-label="Search or jump to"
            on:click=move |_| {
                actions.act(Act::Search);
            }
        >
            <Icon name="search" small=true/>
            <span>"Search or jump to"</span>
            {move || keys.get().map(|keys| view! { <KeyCaps keys=keys/> })}
        </button>
    }
}

/// One row; bold while something is unread.
#[component]
fn PlaceRow(
    places: Places,
    href: Signal<String>,
    icon: &'static str,
    label: &'static str,
    #[prop(optional, into)] unread: Signal<bool>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <a class="nav-row" class:is-unread=unread href=href aria-current=places.current(href)>
            <Icon name=icon/>
            <span class="label">{label}</span>
            {children.map(|children| children())}
        </a>
    }
}

#[component]
fn ListOfPlaces(
    places: Places,
    title: &'static str,
    rows: &'static [(&'static str, &'static str, &'static str)],
) -> impl IntoView {
    view! {
        <header class="sidebar-head">
            <a class="icon-button icon-button-small" href=places.href("feed") aria-label="Back to the feed">
                <Icon name="back"/>
            </a>
            <span class="sidebar-name">{title}</span>
        </header>
        <div class="sidebar-scroll">
            <ul>
                {rows
                    .iter()
                    .map(|(href, icon, label)| {
                        view! {
                            <li>
                                <PlaceRow places=places href=Signal::stored((*href).to_owned()) icon=icon label=label/>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </div>
    }
}

/// The way out. A plain form: the page is loaded anew afterwards, with nothing of this person in it.
#[component]
pub fn SignOut() -> impl IntoView {
    view! {
        <form class="sidebar-foot" method="post" action="/api/auth.sign_out">
            <button class="nav-row" type="submit">
                <Icon name="leave"/>
                <span class="label">"Sign out"</span>
            </button>
        </form>
    }
}
