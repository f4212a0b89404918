//! The left rail: workspaces, administration, the inbox, and the person.

use super::places::Places;
use crate::browser::focus;
use crate::components::avatar::{Avatar, Size};
use crate::components::icon::Icon;
use crate::components::own_status::{PresenceChoices, StatusForm, bearing_words};
use crate::live::Live;
use leptos::html;
use leptos::prelude::*;
use protocol::Person;
use protocol::person::InstanceRole;
use protocol::workspace::Membership;

/// The rail.
#[component]
pub fn Rail(places: Places) -> impl IntoView {
    let live = Live::expect();
    let me = live.me();
    let unread = live.unread();
    let is_admin = live.role();
    view! {
        <nav class="rail" aria-label="Workspaces">
            <For
                each=move || live.workspaces().get()
                key=|membership| (membership.workspace.id, membership.workspace.name.clone())
                let(membership)
            >
                <WorkspaceTile membership=membership places=places/>
            </For>
            <span class="spring"></span>
            {move || {
                (is_admin.get() == Some(InstanceRole::Admin))
                    .then(|| {
                        view! {
                            <a class="rail-tile" href="/admin" aria-label="Administration">
                                <Icon name="settings"/>
                            </a>
                        }
                    })
            }}
            <a class="rail-tile" href="/inbox" aria-label=move || inbox_label(unread.get())>
                <Icon name="bell"/>
                {move || (0 < unread.get()).then(|| view! { <span class="badge" aria-hidden="true">{badge(unread.get())}</span> })}
            </a>
            {move || {
                me.get()
                    .map(|person: Person| {
                        view! { <OwnMenu person=person/> }
                    })
            }}
        </nav>
    }
}

/// The menu at one's own avatar: the status, how one is seen, and the settings.
#[component]
fn OwnMenu(person: Person) -> impl IntoView {
    let live = Live::expect();
    let bearing = live.own_bearing();
    let label = format!("{}, your status and settings", person.name);
    let name = person.name.clone();
    let is_invisible = Memo::new(move |_| live.choice().get().invisible);
    let seen_as = move || match is_invisible.get() {
        true => "Invisible",
        false => bearing_words(bearing.get()),
    };
    let details = NodeRef::<html::Details>::new();
    Effect::new(move |_| {
        if let Some(details) = details.get() {
            focus::close_details_from_outside(&details);
        }
    });
    view! {
        <details class="menu-holder own-menu" node_ref=details>
            <summary class="rail-tile" aria-label=label>
                <Avatar person=person size=Size::Medium presence=bearing/>
            </summary>
            <div class="menu">
                <p class="own-name">{name} <small class="muted">{seen_as}</small></p>
                <StatusForm/>
                <div class="menu-rule"></div>
                <PresenceChoices/>
                <div class="menu-rule"></div>
                <a class="menu-item" href="/settings" on:click=move |_| focus::close_open_details()>
                    <Icon name="settings"/>
                    <span>"Your settings"</span>
                </a>
            </div>
        </details>
    }
}

#[component]
fn WorkspaceTile(membership: Membership, places: Places) -> impl IntoView {
    let live = Live::expect();
    let workspace = membership.workspace;
    let id = workspace.id;
    let (posts, talk) = (live.has_unread(id), live.unread_in(id));
    let unread = Memo::new(move |_| posts.get() || talk.get().0);
    let current = Memo::new(move |_| {
        places
            .workspace
            .with(|on_screen| on_screen.as_ref().is_some_and(|on_screen| on_screen.workspace.id == id))
            .then_some("true")
    });
    let name = workspace.name.clone();
    view! {
        <a
            class="rail-tile rail-workspace"
            class:is-unread=unread
            href=format!("/w/{}/feed", workspace.slug)
            aria-current=current
            aria-label=move || match (unread.get(), talk.get().1) {
                (_, count) if 0 < count => format!("{name}, {count} for you"),
                (true, _) => format!("{name}, something new"),
                (false, _) => name.clone(),
            }
        >
            {workspace.initials()}
            {move || {
                let count = talk.get().1;
                (0 < count).then(|| view! { <span class="badge" aria-hidden="true">{badge(count)}</span> })
            }}
        </a>
    }
}

/// "Inbox, 4 unread".
#[must_use]
pub fn inbox_label(unread: u32) -> String {
    if unread == 0 { "Inbox".to_owned() } else { format!("Inbox, {unread} unread") }
}

/// "4", "99+".
#[must_use]
pub fn badge(count: u32) -> String {
    if 99 < count { "99+".to_owned() } else { count.to_string() }
}
