//! `/w/<slug>/chats`: all conversations of the person in a workspace, as a page. On a phone it stands
//! for the sidebar.

use crate::api::reads::read_all;
use crate::components::icon::Icon;
use crate::components::page::Topbar;
use crate::components::states::Refused;
use crate::error::ApiError;
use crate::layout::conversations::ConversationSections;
use crate::layout::places::Places;
use crate::live::{Live, Place};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_params_map;
use protocol::Error;

/// The page.
#[component]
pub fn ChatsPage() -> impl IntoView {
    let live = Live::expect();
    let params = use_params_map();
    let membership = live.membership(move || params.with(|params| params.get("slug")).unwrap_or_default());
    let workspace = Memo::new(move |_| {
        membership.with(|membership| membership.as_ref().map(|membership| membership.workspace.id))
    });
    Effect::new(move |_| {
        if let Some(workspace) = workspace.get() {
            live.look_at(Place::Workspace(workspace));
        }
    });
    let places = Places::follow();
    move || match workspace.get().and_then(|_| membership.get_untracked()) {
        Some(membership) => {
            let workspace = membership.workspace.id;
            let read = move |_| {
                spawn_local(async move {
                    if let Err(error) = read_all(workspace).await {
                        live.note(error.to_string());
                    }
                });
            };
            let new = format!("/w/{}/new", membership.workspace.slug);
            view! {
                <Topbar title="Chats">
                    <button class="button button-quiet only-awake" type="button" on:click=read>"Mark all read"</button>
                    <a class="icon-button" href=new aria-label="New message">
                        <Icon name="edit"/>
                    </a>
                </Topbar>
                <div class="scroll">
                    <nav class="list-page chats" aria-label="Conversations">
                        <ConversationSections places=places/>
                    </nav>
                </div>
            }
            .into_any()
        }
        None => view! { <Refused error=ApiError(Error::not_found("This workspace"))/> }.into_any(),
    }
}
