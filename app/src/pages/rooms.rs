//! `/w/<slug>/rooms`: the rooms of a workspace, to find, to read and to join. `?find=` narrows them.

use crate::api::conversations::{browse_rooms, join_conversation};
use crate::components::icon::Icon;
use crate::components::page::{Topbar, loaded};
use crate::components::states::{Blank, Refused};
use crate::error::ApiError;
use crate::live::Live;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_params_map, use_query_map};
use protocol::Error;
use protocol::conversation::{RoomListing, path};
use protocol::page::{Page, PageKey};
use protocol::workspace::{Membership, Role};

/// The page.
#[component]
pub fn RoomsPage() -> impl IntoView {
    let live = Live::expect();
    let params = use_params_map();
    let membership = live.membership(move || params.with(|params| params.get("slug")).unwrap_or_default());
    let workspace = Memo::new(move |_| {
        membership.with(|membership| membership.as_ref().map(|membership| membership.workspace.id))
    });
    move || match workspace.get().and_then(|_| membership.get_untracked()) {
        Some(membership) => view! { <Rooms membership=membership/> }.into_any(),
        None => view! { <Refused error=ApiError(Error::not_found("This workspace"))/> }.into_any(),
    }
}

#[component]
fn Rooms(membership: Membership) -> impl IntoView {
    let live = Live::expect();
    let workspace = membership.workspace.id;
    let query = use_query_map();
    let find =
        Memo::new(move |_| query.with(|query| query.get("find")).filter(|find| !find.trim().is_empty()));
    let rooms = Resource::new_blocking(move || find.get(), move |find| browse_rooms(workspace, find, None));
    Effect::new(move |_| live.look_at(crate::live::Place::Workspace(workspace)));
    let slug = membership.workspace.slug.clone();
    let new = format!("/w/{slug}/new?kind=room");
    let may_begin = Role::Member <= membership.role;
    let begin = StoredValue::new(new.clone());
    let membership = StoredValue::new(membership);
    view! {
        <Topbar title="Rooms" back=format!("/w/{slug}/chats")>
            {may_begin.then(|| view! { <a class="button button-primary" href=new.clone()>"New room"</a> })}
        </Topbar>
        <div class="scroll">
            <div class="list-page">
                <form class="list-head" method="get" action=format!("/w/{slug}/rooms") role="search">
                    <label class="visually-hidden" for="find-rooms">"Find a room"</label>
                    <input
                        class="input"
                        id="find-rooms"
                        name="find"
                        type="search"
                        placeholder="Find a room"
                        autocomplete="off"
                        value=move || find.get().unwrap_or_default()
                    />
                    <button class="button" type="submit">"Find"</button>
                </form>
                {loaded(
                    rooms,
                    "Loading the rooms",
                    move |page| {
                        let is_found = find.get_untracked();
                        if page.items.is_empty() {
                            let text = match is_found {
                                Some(word) => format!("Nothing is called “{word}”. Try another word, or begin it."),
                                None => "A room is open to everybody in the workspace.".to_owned(),
                            };
                            view! {
                                <Blank icon="hash" title="No rooms here" text=text>
                                    {may_begin
                                        .then(|| view! { <a class="button button-primary" href=begin.get_value()>"Begin a room"</a> })}
                                </Blank>
                            }
                                .into_any()
                        } else {
                            view! { <RoomList page=page membership=membership.get_value() find=is_found/> }.into_any()
                        }
                    },
                )}
            </div>
        </div>
    }
}

#[component]
fn RoomList(page: Page<RoomListing>, membership: Membership, find: Option<String>) -> impl IntoView {
    let live = Live::expect();
    let rooms = RwSignal::new(page.items);
    let next = RwSignal::new(page.next);
    let workspace = membership.workspace.id;
    let find = StoredValue::new(find);
    let more = move |_| {
        let Some(key): Option<PageKey> = next.get_untracked() else { return };
        spawn_local(async move {
            match browse_rooms(workspace, find.get_value(), Some(key)).await {
                Ok(page) => {
                    rooms.update(|rooms| rooms.extend(page.items));
                    next.set(page.next);
                }
                Err(error) => live.note(error.to_string()),
            }
        });
    };
    let slug = StoredValue::new(membership.workspace.slug);
    view! {
        <ul class="rooms">
            <For each=move || rooms.get() key=|room| room.conversation.id let(room)>
                <RoomRow room=room slug=slug.get_value()/>
            </For>
        </ul>
        <Show when=move || next.with(Option::is_some)>
            <div class="load-more">
                <button class="button" type="button" on:click=more>"Load more"</button>
            </div>
        </Show>
    }
}

#[component]
fn RoomRow(room: RoomListing, slug: String) -> impl IntoView {
    let live = Live::expect();
    let conversation = room.conversation;
    let id = conversation.id;
    let href = path(&slug, id);
    let state = live.conversation(id);
    // What the list said at first; the state follows what happens since.
    let joined = Memo::new(move |_| {
        state.with(|state| state.as_ref().map_or(room.joined, |state| state.role.is_some()))
    });
    let members = Memo::new(move |_| {
        let known = state.with(|state| state.as_ref().map(|state| state.conversation.members));
        known.unwrap_or(conversation.members)
    });
    let label = format!("Join {}", conversation.name);
    let join = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            match join_conversation(id).await {
                Ok(state) => live.load_conversation(state),
                Err(error) => live.note(error.to_string()),
            }
        });
    };
    view! {
        <li class="room-row">
            <Icon name="hash"/>
            <a class="room-link" href=href>
                <b>{conversation.name}</b>
                <small>{conversation.topic_line}</small>
            </a>
            <span class="number muted">
                {move || match members.get() {
                    1 => "1 member".to_owned(),
                    count => format!("{count} members"),
                }}
            </span>
            {move || {
                let label = label.clone();
                if joined.get() {
                    view! { <span class="tag">"Joined"</span> }.into_any()
                } else {
                    view! {
                        <form method="post" action="/api/conversations.join" on:submit=join>
                            <input type="hidden" name="id" value=id.to_string()/>
                            <button class="button button-small" type="submit" aria-label=label>"Join"</button>
                        </form>
                    }
                        .into_any()
                }
            }}
        </li>
    }
}
