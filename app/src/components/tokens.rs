//! What the pages of access tokens and of bots share: the form that makes a token, its secret, and its row.

use super::command_form::CommandForm;
use super::field::{Field, FormError};
use super::icon::Icon;
use super::time::Time;
use crate::api::tokens::{CreateToken, RevokeToken};
use crate::browser;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::token::{Scope, Token};
use protocol::{Person, TokenId};

/// After how many days a token may end, and how people say it.
const ENDS: [(u16, &str); 5] = [
    (7, "After a week"),
    (30, "After 30 days"),
    (90, "After 90 days"),
    (366, "After a year"),
    (0, "When it is revoked"),
];
/// What is chosen at first.
const USUAL_DAYS: u16 = 90;

/// Makes a token of the caller's own, or of one of these bots.
#[component]
pub fn TokenForm(
    /// Makes it.
    action: ServerAction<CreateToken>,
    /// The page that shows the secret when there is no WASM.
    #[prop(into)]
    to: String,
    /// The bots to choose from; none on a page of one's own tokens.
    #[prop(optional)]
    bots: Vec<Person>,
) -> impl IntoView {
    let error = Signal::derive(move || action.value().get().and_then(Result::err));
    // A fresh id for each token; the same one again would return the token that is there.
    let id = RwSignal::new(String::new());
    Effect::new(move |_| {
        action.version().track();
        id.set(TokenId::new(browser::clock::now()).to_string());
    });
    // A page without WASM gets an id with the form.
    #[cfg(feature = "ssr")]
    id.set(TokenId::new(protocol::Timestamp::now()).to_string());
    view! {
        <CommandForm action=action class="stack">
            <FormError error=error fields=&["name", "days"]/>
            <input type="hidden" name="id" prop:value=id value=id.get_untracked()/>
            <input type="hidden" name="to" value=to/>
            {(!bots.is_empty()).then(|| view! { <BotChoice bots=bots/> })}
            <div class="field-row">
                <Field name="name" label="Name of the token" hint="What it is for." error=error/>
                <div class="field">
                    <label for="days">"Ends"</label>
                    <select class="input" id="days" name="days">
                        {ENDS
                            .map(|(days, label)| {
                                view! {
                                    <option value=days.to_string() selected=days == USUAL_DAYS>
                                        {label}
                                    </option>
                                }
                            })
                            .collect_view()}
                    </select>
                </div>
            </div>
            <fieldset class="field">
                <legend>"It may"</legend>
                {Scope::ALL
                    .map(|scope| {
                        view! {
                            <label class="check">
                                <input type="checkbox" name="scopes" value=scope.word() checked=scope == Scope::Read/>
                                <span>{scope_sentence(scope)} " " <code>{scope.word()}</code></span>
                            </label>
                        }
                    })
                    .collect_view()}
            </fieldset>
            <div class="inline">
                <button class="button button-primary" type="submit" disabled=move || action.pending().get()>"Make a token"</button>
            </div>
        </CommandForm>
    }
}

#[component]
fn BotChoice(bots: Vec<Person>) -> impl IntoView {
    view! {
        <div class="field">
            <label for="bot">"For the bot"</label>
            <select class="input" id="bot" name="bot">
                {bots
                    .into_iter()
                    .map(|bot| view! { <option value=bot.id.to_string()>{format!("{} (@{})", bot.name, bot.handle)}</option> })
                    .collect_view()}
            </select>
        </div>
    }
}

/// A scope as people read it.
fn scope_sentence(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "read and search what its owner may read",
        Scope::Write => "write posts, messages, comments and reactions",
        Scope::Files => "take files up and down",
        Scope::Events => "follow what happens, live, and publish events",
        Scope::Admin => "manage members, invitations and settings",
    }
}

/// The secret of a token that was just made. It is shown once: only its hash is kept.
#[component]
pub fn FreshSecret(
    /// What a program sends.
    secret: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = {
        let secret = secret.clone();
        move |_| {
            let copying = browser::clipboard::copy(&secret);
            spawn_local(async move { copied.set(copying.await) });
        }
    };
    view! {
        <div class="field" role="status">
            <label for="fresh-token">"The new token"</label>
            <span class="input-group">
                <input class="input" id="fresh-token" readonly=true autocomplete="off" value=secret/>
                <button class="icon-button" type="button" aria-label="Copy the token" on:click=copy>
                    <Icon name="copy"/>
                </button>
            </span>
            <p class="field-hint">
                {move || {
                    if copied.get() { "Copied." } else { "Shown only now. Keep it where your program finds it and nobody else does." }
                }}
            </p>
        </div>
    }
}

/// The secret of what `action` made, or of what a plain form made before it was sent here.
#[component]
pub fn Secret(
    /// Made a token, perhaps.
    action: ServerAction<CreateToken>,
    /// From [`handed_over`].
    handed: Option<String>,
) -> impl IntoView {
    let fresh = Signal::derive(move || action.value().get().and_then(Result::ok).map(|fresh| fresh.secret));
    move || fresh.get().or_else(|| handed.clone()).map(|secret| view! { <FreshSecret secret=secret/> })
}

/// The secret that a plain form was sent here with. To be asked for in the page's own component.
pub fn handed_over() -> Option<String> {
    SharedValue::new(on_the_server).into_inner()
}

fn on_the_server() -> Option<String> {
    #[cfg(feature = "ssr")]
    return crate::server::handed_secret();
    #[cfg(not(feature = "ssr"))]
    None
}

/// A token in a list, and its end.
#[component]
pub fn TokenRow(
    /// Which.
    token: Token,
    /// Ends it.
    revoke: ServerAction<RevokeToken>,
    /// The page to come back to without WASM.
    #[prop(into)]
    to: String,
) -> impl IntoView {
    let label = format!("Revoke {}", token.name);
    view! {
        <li class="device">
            <Icon name="code"/>
            <div class="device-text">
                <p class="device-name">
                    {token.name} " "
                    {token.scopes.iter().map(|scope| view! { <span class="tag">{scope.word()}</span> " " }).collect_view()}
                </p>
                <p class="muted">
                    {match token.used_at {
                        Some(at) => view! { "Last used " <Time at=at/> }.into_any(),
                        None => "Never used".into_any(),
                    }} " · "
                    {match token.expires_at {
                        Some(at) => view! { "ends " <Time at=at/> }.into_any(),
                        None => "no end".into_any(),
                    }}
                </p>
            </div>
            <CommandForm action=revoke>
                <input type="hidden" name="id" value=token.id.to_string()/>
                <input type="hidden" name="to" value=to/>
                <button class="button button-small" type="submit" aria-label=label>"Revoke"</button>
            </CommandForm>
        </li>
    }
}
