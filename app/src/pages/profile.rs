//! `/w/<slug>/people/<handle>`: one member.

use super::workspace_settings::role_label;
use crate::api::conversations::open_direct;
use crate::api::workspaces::{get_workspace, list_members};
use crate::components::avatar::{Avatar, Size};
use crate::components::bot_mark::BotMark;
use crate::components::icon::Icon;
use crate::components::own_status::bearing_words;
use crate::components::page::{Topbar, loaded};
use crate::components::status_mark::StatusLine;
use crate::components::time::Time;
use crate::error::ApiError;
use crate::live::Live;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map};
use protocol::conversation::path;
use protocol::page::Page;
use protocol::presence::Present;
use protocol::workspace::Workspace;
use protocol::{Error, UserId};

/// The page.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let live = Live::expect();
    let params = use_params_map();
    let address = Memo::new(move |_| {
        params
            .with(|params| (params.get("slug").unwrap_or_default(), params.get("handle").unwrap_or_default()))
    });
    let member = Resource::new_blocking(
        move || address.get(),
        |(slug, handle)| async move {
            let membership = get_workspace(slug).await?;
            let found = list_members(membership.workspace.id, Some(handle.clone()), None).await?;
            let member = found.items.into_iter().find(|member| member.person.handle == handle);
            member.map(|member| (membership, member)).ok_or_else(|| ApiError(Error::not_found("This person")))
        },
    );
    let back = address.with_untracked(|(slug, _)| format!("/w/{slug}/people"));
    view! {
        <Topbar title="Profile" back=back/>
        <div class="scroll">
            <div class="page page-narrow">
                {loaded(
                    member,
                    "Loading the profile",
                    move |(membership, member)| {
                        let user = member.person.id;
                        let workspace = membership.workspace;
                        let presence = live.presence_of(workspace.id, user);
                        live.load_members(workspace.id, Page { items: vec![member.clone()], next: None, as_of: None });
                        view! {
                            <div class="profile-head">
                                <Avatar person=member.person.clone() size=Size::Large presence=live.bearing_of(workspace.id, user)/>
                                <div>
                                    <h2 class="profile-name">{member.person.name} " " <BotMark bot=member.person.bot/></h2>
                                    <p class="muted">"@" {member.person.handle} " · " <PresenceWords presence=presence/></p>
                                    <StatusLine workspace=workspace.id user=user with_end=true/>
                                </div>
                            </div>
                            <dl class="facts">
                                <dt>"Role"</dt>
                                <dd>{role_label(member.role)}</dd>
                                <dt>"Member since"</dt>
                                <dd>
                                    <Time at=member.joined_at/>
                                </dd>
                            </dl>
                            <MessageButton workspace=workspace user=user/>
                        }
                    },
                )}
            </div>
        </div>
    }
}

/// "Online", or "Do not disturb until 14:30".
#[component]
fn PresenceWords(presence: Memo<Option<Present>>) -> impl IntoView {
    move || {
        let present = presence.get();
        let until = present.and_then(|present| present.until);
        view! {
            <span>
                {bearing_words(present.map(|present| present.bearing))}
                {until.map(|until| view! { " until " <Time at=until/> })}
            </span>
        }
    }
}

/// Opens the conversation of two; with oneself it keeps notes.
#[component]
fn MessageButton(workspace: Workspace, user: UserId) -> impl IntoView {
    let live = Live::expect();
    let navigate = use_navigate();
    let label = if live.is_me(user) { "Notes to yourself" } else { "Message" };
    let Workspace { id, slug, .. } = workspace;
    let open = move || {
        let (navigate, slug) = (navigate.clone(), slug.clone());
        spawn_local(async move {
            match open_direct(id, user).await {
                Ok(state) => {
                    let to = path(&slug, state.conversation.id);
                    live.load_conversation(state);
                    navigate(&to, NavigateOptions::default());
                }
                Err(error) => live.note(error.to_string()),
            }
        });
    };
    view! {
        <form
            method="post"
            action="/api/conversations.open_direct"
            on:submit=move |event| {
                event.prevent_default();
                open();
            }
        >
            <input type="hidden" name="workspace" value=id.to_string()/>
            <input type="hidden" name="user" value=user.to_string()/>
            <button class="button button-primary" type="submit">
                <Icon name="send" small=true/>
                {label}
            </button>
        </form>
    }
}
