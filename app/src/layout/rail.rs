//! The left rail: workspaces, administration, the inbox, and the person.

use super::places::Places;
use crate::components::avatar::{Avatar, Size};
use crate::components::icon::Icon;
use crate::live::Live;
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
                        let label = format!("{}, your settings", person.name);
                        view! {
                            <a class="rail-tile" href="/settings" aria-label=label>
                                <Avatar person=person size=Size::Medium online=Signal::derive(move || live.is_connected())/>
                            </a>
                        }
                    })
            }}
        </nav>
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
