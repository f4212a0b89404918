//! `/w/<slug>/bots`: the bots of a workspace and their tokens, for its admins.

use crate::api::tokens::{CreateBot, CreateToken, RemoveBot, RevokeToken, list_bots};
use crate::browser;
use crate::components::avatar::{Avatar, Size};
use crate::components::bot_mark::BotMark;
use crate::components::command_form::CommandForm;
use crate::components::field::{Field, FormError};
use crate::components::page::{Topbar, loaded};
use crate::components::states::{Blank, Refused};
use crate::components::tokens::{Secret, TokenForm, TokenRow, handed_over};
use crate::error::ApiError;
use crate::live::Live;
use crate::pages::workspace_settings::role_label;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use protocol::person::HUES;
use protocol::token::Bot;
use protocol::workspace::{Membership, Role};
use protocol::{Error, UserId};

/// The page.
#[component]
pub fn BotsPage() -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("slug")).unwrap_or_default());
    let membership = Live::expect().membership(move || slug.get());
    let handed = handed_over();
    // A new name or read position does not build the page anew; another workspace or role does.
    let shown = Memo::new(move |_| {
        membership.with(|membership| {
            membership.as_ref().map(|membership| (membership.workspace.id, membership.role))
        })
    });
    view! {
        <Topbar title="Bots" back=format!("/w/{}/settings", slug.get_untracked())/>
        <div class="scroll">
            <div class="page page-narrow">
                {move || match shown.get().and_then(|_| membership.get_untracked()) {
                    Some(membership) if Role::Admin <= membership.role => {
                        view! { <Bots membership=membership handed=handed.clone()/> }.into_any()
                    }
                    Some(_) => {
                        let error = Error::forbidden("Only admins of the workspace can do this.");
                        view! { <Refused error=ApiError(error)/> }.into_any()
                    }
                    None => view! { <Refused error=ApiError(Error::not_found("This workspace"))/> }.into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn Bots(membership: Membership, handed: Option<String>) -> impl IntoView {
    let workspace = membership.workspace.id;
    let path = StoredValue::new(format!("/w/{}/bots", membership.workspace.slug));
    let create = ServerAction::<CreateBot>::new();
    let remove = ServerAction::<RemoveBot>::new();
    let create_token = ServerAction::<CreateToken>::new();
    let revoke = ServerAction::<RevokeToken>::new();
    let error = Signal::derive(move || remove.value().get().and_then(Result::err));
    let versions = move || {
        let versions = (create.version().get(), remove.version().get());
        (versions, create_token.version().get(), revoke.version().get())
    };
    let bots = Resource::new_blocking(versions, move |_| list_bots(workspace));
    view! {
        <p class="page-text">
            "A bot is a member of this workspace that a program writes as. It belongs to the workspace, not to a person, and stays when whoever made it leaves."
        </p>
        <section>
            <div class="section-head">
                <h2>"New bot"</h2>
            </div>
            <BotForm membership=membership action=create path=path/>
        </section>
        <Secret action=create_token handed=handed/>
        <FormError error=error/>
        {loaded(
            bots,
            "Loading the bots",
            move |bots| {
                if bots.is_empty() {
                    return view! { <Blank icon="code" title="No bots" text="Make one, then a token for it."/> }.into_any();
                }
                let people = bots.iter().map(|bot| bot.person.clone()).collect::<Vec<_>>();
                view! {
                    {bots.into_iter().map(|bot| view! { <BotSection bot=bot remove=remove revoke=revoke path=path/> }).collect_view()}
                    <section>
                        <div class="section-head">
                            <h2>"New token"</h2>
                        </div>
                        <TokenForm action=create_token to=path.get_value() bots=people/>
                    </section>
                }
                    .into_any()
            },
        )}
    }
}

#[component]
fn BotForm(
    membership: Membership,
    action: ServerAction<CreateBot>,
    path: StoredValue<String>,
) -> impl IntoView {
    let error = Signal::derive(move || action.value().get().and_then(Result::err));
    // A fresh id for each bot; the same one again would return the bot that is there.
    let id = RwSignal::new(String::new());
    Effect::new(move |_| {
        action.version().track();
        id.set(UserId::new(browser::clock::now()).to_string());
    });
    #[cfg(feature = "ssr")]
    id.set(UserId::new(protocol::Timestamp::now()).to_string());
    let workspace = membership.workspace.id;
    view! {
        <CommandForm action=action class="stack">
            <FormError error=error fields=&["name", "handle"]/>
            <input type="hidden" name="id" prop:value=id value=id.get_untracked()/>
            <input type="hidden" name="workspace" value=workspace.to_string()/>
            <input type="hidden" name="to" value=path.get_value()/>
            <BotFields error=error/>
            <div class="inline">
                <button class="button button-primary" type="submit" disabled=move || action.pending().get()>"Make a bot"</button>
            </div>
        </CommandForm>
    }
}

/// Name, handle, role and colour. The field of the token's name below has another id.
#[component]
fn BotFields(error: Signal<Option<ApiError>>) -> impl IntoView {
    view! {
        <div class="field-row">
            <Field name="name" id="bot-name" label="Name" error=error/>
            <Field name="handle" label="Handle" hint="People mention it with @." error=error/>
            <div class="field">
                <label for="role">"Role"</label>
                <select class="input" id="role" name="role">
                    {[Role::Member, Role::Guest, Role::Admin]
                        .map(|role| view! { <option value=role.word()>{role_label(role)}</option> })
                        .collect_view()}
                </select>
            </div>
        </div>
        <fieldset class="field">
            <legend>"Colour"</legend>
            <div class="swatches">
                {(1..=HUES)
                    .map(|hue| {
                        view! {
                            <label class="swatch">
                                <input type="radio" name="hue" value=hue.to_string() checked=hue == 1/>
                                <span class="avatar" data-hue=hue.to_string() aria-hidden="true">"B"</span>
                                <span class="visually-hidden">{format!("Colour {hue}")}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
        </fieldset>
    }
}

#[component]
fn BotSection(
    bot: Bot,
    remove: ServerAction<RemoveBot>,
    revoke: ServerAction<RevokeToken>,
    path: StoredValue<String>,
) -> impl IntoView {
    let Bot { person, role, tokens } = bot;
    let label = format!("Remove {}", person.name);
    let list_label = format!("Tokens of {}", person.name);
    view! {
        <section>
            <div class="device">
                <Avatar person=person.clone() size=Size::Medium/>
                <div class="device-text">
                    <h2 class="device-name">{person.name} " " <BotMark bot=true/></h2>
                    <p class="muted">"@" {person.handle} " · " {role_label(role)}</p>
                </div>
                <CommandForm action=remove>
                    <input type="hidden" name="bot" value=person.id.to_string()/>
                    <input type="hidden" name="to" value=path.get_value()/>
                    <button class="button button-small button-danger" type="submit" aria-label=label>"Remove"</button>
                </CommandForm>
            </div>
            {if tokens.is_empty() {
                view! { <p class="device muted">"No tokens yet: no program can write as it."</p> }.into_any()
            } else {
                view! {
                    <ul class="device-list" aria-label=list_label>
                        {tokens.into_iter().map(|token| view! { <TokenRow token=token revoke=revoke to=path.get_value()/> }).collect_view()}
                    </ul>
                }
                    .into_any()
            }}
        </section>
    }
}
