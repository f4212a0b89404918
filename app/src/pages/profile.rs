//! `/w/<slug>/people/<handle>`: one member.

use super::workspace_settings::role_label;
use crate::api::workspaces::{get_workspace, list_members};
use crate::components::avatar::{Avatar, Size};
use crate::components::page::{Topbar, loaded};
use crate::components::time::Time;
use crate::error::ApiError;
use crate::live::Live;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use protocol::Error;

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
                        let online = live.is_online(membership.workspace.id, member.person.id);
                        view! {
                            <div class="profile-head">
                                <Avatar person=member.person.clone() size=Size::Large online=online/>
                                <div>
                                    <h2 class="profile-name">{member.person.name}</h2>
                                    <p class="muted">"@" {member.person.handle} " · " {move || if online.get() { "here now" } else { "away" }}</p>
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
                        }
                    },
                )}
            </div>
        </div>
    }
}
