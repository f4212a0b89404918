//! `/w/<slug>/settings`: invitations for whoever may invite, previews of links, the way to bots and to kinds of
//! events for admins, the name for owners, and the way out.

use crate::api::workspaces::{
    CreateInvitation, LeaveWorkspace, RenameWorkspace, RevokeInvitation, ShowPreviews, StopPreviews,
    list_invitations,
};
use crate::browser;
use crate::components::command_form::CommandForm;
use crate::components::field::{Field, FormError};
use crate::components::icon::Icon;
use crate::components::page::{Topbar, loaded};
use crate::components::states::Refused;
use crate::components::time::Time;
use crate::error::ApiError;
use crate::live::Live;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_params_map;
use protocol::workspace::{InvitationLink, Membership, Role};
use protocol::{Error, InvitationId, WorkspaceId};

/// The page.
#[component]
pub fn WorkspaceSettingsPage() -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("slug")).unwrap_or_default());
    let membership = Live::expect().membership(move || slug.get());
    let rename = ServerAction::<RenameWorkspace>::new();
    let previews_links = Memo::new(move |_| {
        membership.with(|membership| membership.as_ref().is_some_and(|of| of.workspace.previews_links))
    });
    // A new name or read position does not build the page anew; another workspace or role does.
    let shown = Memo::new(move |_| {
        membership.with(|membership| {
            membership.as_ref().map(|membership| (membership.workspace.id, membership.role))
        })
    });
    view! {
        <Topbar title="Workspace" back=format!("/w/{}/feed", slug.get_untracked())/>
        <div class="scroll">
            <div class="page page-narrow">
                {move || match shown.get().and_then(|_| membership.get_untracked()) {
                    Some(membership) => {
                        let may_invite = Role::Member <= membership.role;
                        let moderates = Role::Admin <= membership.role;
                        let is_owner = membership.role == Role::Owner;
                        view! {
                            {may_invite.then(|| view! { <Invitations membership=membership.clone()/> })}
                            {moderates.then(|| view! { <Previews workspace=membership.workspace.id on=previews_links/> })}
                            {moderates.then(|| view! { <BotsLink slug=membership.workspace.slug.clone()/> })}
                            {moderates.then(|| view! { <KindsLink slug=membership.workspace.slug.clone()/> })}
                            {is_owner.then(|| view! { <Name membership=membership.clone() action=rename/> })}
                            <Leave membership=membership/>
                        }
                            .into_any()
                    }
                    None => view! { <Refused error=ApiError(Error::not_found("This workspace"))/> }.into_any(),
                }}
            </div>
        </div>
    }
}

/// Links that let people in.
#[component]
fn Invitations(membership: Membership) -> impl IntoView {
    let workspace = membership.workspace.id;
    let create = ServerAction::<CreateInvitation>::new();
    let revoke = ServerAction::<RevokeInvitation>::new();
    let error = Signal::derive(move || create.value().get().and_then(Result::err));
    let link = Signal::derive(move || create.value().get().and_then(Result::ok));
    // A fresh id for each link; the same one again would return the link that is there.
    let id = RwSignal::new(String::new());
    let fresh_id = move || id.set(InvitationId::new(browser::clock::now()).to_string());
    Effect::new(move |_| {
        create.version().track();
        fresh_id();
    });
    // A page without WASM gets an id with the form.
    #[cfg(feature = "ssr")]
    id.set(InvitationId::new(protocol::Timestamp::now()).to_string());
    let invitations = Resource::new_blocking(
        move || (create.version().get(), revoke.version().get()),
        move |_| list_invitations(workspace),
    );
    let roles: Vec<Role> = [Role::Member, Role::Guest, Role::Admin]
        .into_iter()
        .filter(|role| *role <= membership.role)
        .collect();
    view! {
        <section>
            <div class="section-head">
                <h2>"Invite people"</h2>
            </div>
            <CommandForm action=create class="stack">
                <FormError error=error fields=&["days", "uses_max", "role"]/>
                <input type="hidden" name="id" prop:value=id value=id.get_untracked()/>
                <input type="hidden" name="workspace" value=workspace.to_string()/>
                <div class="field-row">
                    <div class="field">
                        <label for="role">"They become"</label>
                        <select class="input" id="role" name="role">
                            {roles
                                .into_iter()
                                .map(|role| view! { <option value=role.word()>{role_label(role)}</option> })
                                .collect_view()}
                        </select>
                    </div>
                    <Field name="days" label="Days" kind="number" value="7" error=error/>
                    <Field name="uses_max" label="People" kind="number" value="10" error=error/>
                </div>
                <div class="inline">
                    <button class="button button-primary" type="submit" disabled=move || create.pending().get()>"Make a link"</button>
                </div>
            </CommandForm>
            {move || link.get().map(|link| view! { <FreshLink link=link/> })}
            {loaded(
                invitations,
                "Loading the links",
                move |invitations| {
                    view! {
                        <ul class="device-list">
                            {invitations
                                .into_iter()
                                .map(|invitation| {
                                    view! {
                                        <li class="device">
                                            <Icon name="link"/>
                                            <div class="device-text">
                                                <p class="device-name">{role_label(invitation.role)} " link by " {invitation.by.name}</p>
                                                <p class="muted">
                                                    {format!("{} of {} used · until ", invitation.uses, invitation.uses_max)}
                                                    <Time at=invitation.expires_at/>
                                                </p>
                                            </div>
                                            <CommandForm action=revoke>
                                                <input type="hidden" name="id" value=invitation.id.to_string()/>
                                                <button class="button button-small" type="submit">"Revoke"</button>
                                            </CommandForm>
                                        </li>
                                    }
                                })
                                .collect_view()}
                        </ul>
                    }
                },
            )}
        </section>
    }
}

/// The link itself, which is shown once: only its hash is kept.
#[component]
fn FreshLink(link: InvitationLink) -> impl IntoView {
    let address = format!("{}{}", browser::page::origin(), link.path);
    let copied = RwSignal::new(false);
    let copy = {
        let address = address.clone();
        move |_| {
            let copying = browser::clipboard::copy(&address);
            spawn_local(async move { copied.set(copying.await) });
        }
    };
    view! {
        <div class="field" role="status">
            <label for="invitation-link">"Invitation link"</label>
            <span class="input-group">
                <input class="input" id="invitation-link" readonly=true value=address/>
                <button class="icon-button" type="button" aria-label="Copy the link" on:click=copy>
                    <Icon name="copy"/>
                </button>
            </span>
            <p class="field-hint">
                {move || if copied.get() { "Copied." } else { "Shown only now. Send it to the people you want here." }}
            </p>
        </div>
    }
}

/// Whether the server looks at linked pages.
#[component]
fn Previews(workspace: WorkspaceId, on: Memo<bool>) -> impl IntoView {
    let show = ServerAction::<ShowPreviews>::new();
    let stop = ServerAction::<StopPreviews>::new();
    let error = Signal::derive(move || {
        let of = |value: Option<Result<_, ApiError>>| value.and_then(Result::err);
        of(show.value().get()).or_else(|| of(stop.value().get()))
    });
    let id = workspace.to_string();
    let (id_to_show, id_to_stop) = (id.clone(), id);
    view! {
        <section>
            <div class="section-head">
                <h2>"Previews of links"</h2>
            </div>
            <div class="stack">
                <p class="page-text">
                    "Below a text stands what the pages are that it links: their titles and a sentence or two. The server asks for them once, so no page learns who reads here."
                </p>
                <FormError error=error/>
                <div hidden=move || !on.get()>
                    <CommandForm action=stop class="inline">
                        <input type="hidden" name="id" value=id_to_stop/>
                        <button class="button" type="submit">"Turn previews off"</button>
                        <span class="muted">"Those that are there stay."</span>
                    </CommandForm>
                </div>
                <div hidden=on>
                    <CommandForm action=show class="inline">
                        <input type="hidden" name="id" value=id_to_show/>
                        <button class="button" type="submit">"Turn previews on"</button>
                        <span class="muted">"For what is written from then on."</span>
                    </CommandForm>
                </div>
            </div>
        </section>
    }
}

/// The way to the page of bots.
#[component]
fn BotsLink(slug: String) -> impl IntoView {
    view! {
        <section>
            <div class="section-head">
                <h2>"Bots"</h2>
            </div>
            <div class="stack">
                <p class="page-text">"Programs that write here under a name of their own."</p>
                <div class="inline">
                    <a class="button" href=format!("/w/{slug}/bots")>"Manage bots"</a>
                </div>
            </div>
        </section>
    }
}

#[component]
fn KindsLink(slug: String) -> impl IntoView {
    view! {
        <section>
            <div class="section-head">
                <h2>"Event kinds"</h2>
            </div>
            <div class="stack">
                <p class="page-text">"What programs may publish, kind by kind: payloads of those that are registered are checked."</p>
                <div class="inline">
                    <a class="button" href=format!("/w/{slug}/kinds")>"Manage event kinds"</a>
                </div>
            </div>
        </section>
    }
}

#[component]
fn Name(membership: Membership, action: ServerAction<RenameWorkspace>) -> impl IntoView {
    let error = Signal::derive(move || action.value().get().and_then(Result::err));
    view! {
        <section>
            <div class="section-head">
                <h2>"Name"</h2>
            </div>
            <CommandForm action=action class="stack">
                <FormError error=error fields=&["name", "workspace_name"]/>
                <input type="hidden" name="id" value=membership.workspace.id.to_string()/>
                <Field name="name" label="Workspace name" value=membership.workspace.name error=error/>
                <div class="inline">
                    <button class="button" type="submit">"Rename"</button>
                </div>
            </CommandForm>
        </section>
    }
}

#[component]
fn Leave(membership: Membership) -> impl IntoView {
    let action = ServerAction::<LeaveWorkspace>::new();
    let error = Signal::derive(move || action.value().get().and_then(Result::err));
    Effect::new(move |_| {
        if let Some(Ok(_)) = action.value().get() {
            browser::page::go("/");
        }
    });
    view! {
        <section>
            <div class="section-head">
                <h2>"Leave"</h2>
            </div>
            <CommandForm action=action class="stack">
                <p class="page-text">"What you wrote stays. You need a new invitation to come back."</p>
                <FormError error=error/>
                <input type="hidden" name="id" value=membership.workspace.id.to_string()/>
                <div class="inline">
                    <button class="button button-danger" type="submit">{format!("Leave {}", membership.workspace.name)}</button>
                </div>
            </CommandForm>
        </section>
    }
}

/// A role as people read it.
#[must_use]
pub fn role_label(role: Role) -> &'static str {
    match role {
        Role::Guest => "Guest",
        Role::Member => "Member",
        Role::Admin => "Admin",
        Role::Owner => "Owner",
    }
}
