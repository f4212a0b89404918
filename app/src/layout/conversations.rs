//! The conversations of the workspace on screen: starred ones, rooms, groups and direct ones. Bold is
//! unread, and a number says how much of it concerns the person.

use super::places::Places;
use super::rail::badge;
use crate::components::conversation_name::ConversationSign;
use crate::components::icon::Icon;
use crate::components::status_mark::StatusMark;
use crate::live::{Live, Sidebar, name_of, signs};
use leptos::prelude::*;
use protocol::conversation::ConversationKind;
use protocol::{ConversationId, WorkspaceId};

/// The sections, each with the way to begin another one.
#[component]
pub fn ConversationSections(places: Places) -> impl IntoView {
    let workspace = Memo::new(move |_| {
        places.workspace.with(|membership| {
            let workspace = &membership.as_ref()?.workspace;
            Some((workspace.id, workspace.slug.clone()))
        })
    });
    move || workspace.get().map(|(id, slug)| view! { <Sections places=places id=id slug=slug/> })
}

#[component]
fn Sections(places: Places, id: WorkspaceId, slug: String) -> impl IntoView {
    let sidebar = Live::expect().sidebar(id);
    let part = move |of: fn(&Sidebar) -> &Vec<ConversationId>| {
        Memo::new(move |_| sidebar.with(|sidebar| of(sidebar).clone()))
    };
    let (starred, muted) = (part(|sidebar| &sidebar.starred), part(|sidebar| &sidebar.muted));
    let (rooms, groups, direct) =
        (part(|sidebar| &sidebar.rooms), part(|sidebar| &sidebar.groups), part(|sidebar| &sidebar.direct));
    let new = |kind: &str| format!("/w/{slug}/new?kind={kind}");
    let browse = format!("/w/{slug}/rooms");
    let (new_room, new_group, new_direct) = (new("room"), new("group"), new("direct"));
    let slug = StoredValue::new(slug);
    view! {
        <Show when=move || !starred.with(Vec::is_empty)>
            <div class="nav-section" role="group" aria-label="Starred">
                <h2 class="nav-head">"Starred"</h2>
                <Rows places=places rows=starred slug=slug/>
            </div>
        </Show>
        <div class="nav-section" role="group" aria-label="Rooms">
            <h2 class="nav-head">
                "Rooms"
                <a class="icon-button icon-button-small" href=new_room aria-label="New room">
                    <Icon name="plus"/>
                </a>
            </h2>
            <Rows places=places rows=rooms slug=slug/>
            <a class="nav-row nav-row-quiet" href=browse>
                <Icon name="search"/>
                <span class="label">"Browse rooms"</span>
            </a>
        </div>
        <div class="nav-section" role="group" aria-label="Groups">
            <h2 class="nav-head">
                "Groups"
                <a class="icon-button icon-button-small" href=new_group aria-label="New group">
                    <Icon name="plus"/>
                </a>
            </h2>
            <Rows places=places rows=groups slug=slug/>
        </div>
        <div class="nav-section" role="group" aria-label="Direct messages">
            <h2 class="nav-head">
                "Direct messages"
                <a class="icon-button icon-button-small" href=new_direct aria-label="New message">
                    <Icon name="plus"/>
                </a>
            </h2>
            <Rows places=places rows=direct slug=slug/>
        </div>
        <Show when=move || !muted.with(Vec::is_empty)>
            <details class="nav-section nav-muted">
                <summary class="nav-row">
                    <Icon name="right"/>
                    <span class="label">{move || format!("{} muted", muted.with(Vec::len))}</span>
                </summary>
                <Rows places=places rows=muted slug=slug/>
            </details>
        </Show>
    }
}

#[component]
fn Rows(places: Places, rows: Memo<Vec<ConversationId>>, slug: StoredValue<String>) -> impl IntoView {
    view! {
        <ul>
            <For each=move || rows.get() key=|id| *id let(id)>
                <li>
                    <ConversationLink places=places id=id slug=slug.get_value()/>
                </li>
            </For>
        </ul>
    }
}

/// One row.
#[component]
fn ConversationLink(places: Places, id: ConversationId, slug: String) -> impl IntoView {
    let live = Live::expect();
    let state = live.conversation(id);
    let draft = live.draft(protocol::draft::DraftPlace::Message(id));
    let name = Memo::new(move |_| state.with(|state| state.as_ref().map(name_of).unwrap_or_default()));
    let marks = Memo::new(move |_| state.with(|state| state.as_ref().map_or((false, 0), signs)));
    let href = Signal::stored(protocol::conversation::path(&slug, id));
    let current = places.current(href);
    // The place where one writes needs no sign that something is written there.
    let has_draft = Memo::new(move |_| draft.with(Option::is_some) && current.get().is_none());
    let other = Memo::new(move |_| {
        state.with(|state| {
            let state = state.as_ref().filter(|state| state.conversation.kind == ConversationKind::Direct)?;
            state.with.first().map(|person| (state.conversation.workspace, person.id))
        })
    });
    let label = move || {
        let name = name.get();
        match marks.get() {
            (false, 0) => name,
            (true, 0) => format!("{name}, unread"),
            (_, count) => format!("{name}, {count} for you"),
        }
    };
    view! {
        <a class="nav-row" class:is-unread=move || marks.get().0 href=href aria-current=current aria-label=label title=name>
            <ConversationSign state=state/>
            <span class="label">{name}</span>
            {move || other.get().map(|(workspace, user)| view! { <StatusMark workspace=workspace user=user/> })}
            {move || {
                has_draft
                    .get()
                    .then(|| {
                        view! {
                            <span class="draft">
                                <Icon name="edit" small=true/>
                            </span>
                        }
                    })
            }}
            {move || {
                let count = marks.get().1;
                (0 < count).then(|| view! { <span class="badge">{badge(count)}</span> })
            }}
        </a>
    }
}
