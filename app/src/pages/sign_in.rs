//! `/sign-in`, and the same form as a dialog over a page whose session has ended.

use super::doorstep::{Doorstep, entering};
use crate::api::account::{StartSession, get_instance_status};
use crate::components::command_form::CommandForm;
use crate::components::field::{Field, FormError};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_query_map;

/// The page. `?to=` names where to go afterwards.
#[component]
pub fn SignInPage() -> impl IntoView {
    let status = Resource::new_blocking(|| (), |()| get_instance_status());
    view! {
        <Title text="Sign in · Hubbub"/>
        <Suspense>
            {move || Suspend::new(async move {
                let status = status.await.ok();
                if status.is_some_and(|status| !status.is_set_up) {
                    return view! { <Redirect path="/setup"/> }.into_any();
                }
                let may_register = status.is_some_and(|status| status.open_registration);
                let to = use_query_map().with_untracked(|query| query.get("to")).unwrap_or_else(|| "/".to_owned());
                view! {
                    <Doorstep foot="Ask a member for an invitation link if you have no account yet.">
                        <SignInForm to=to/>
                        {may_register
                            .then(|| view! { <p class="field-hint"><a href="/register">"Make an account"</a></p> })}
                    </Doorstep>
                }
                    .into_any()
            })}
        </Suspense>
    }
}

/// Handle and password.
#[component]
pub fn SignInForm(
    /// Where to go afterwards.
    to: String,
) -> impl IntoView {
    let action = ServerAction::<StartSession>::new();
    let error = entering(move || action.value().get());
    view! {
        <CommandForm action=action class="doorstep-form">
            <h1 class="doorstep-title">"Sign in"</h1>
            <FormError error=error fields=&["handle", "password"]/>
            <input type="hidden" name="to" value=to/>
            <Field name="handle" label="Handle" autocomplete="username" error=error autofocus=true/>
            <Field name="password" label="Password" kind="password" autocomplete="current-password" error=error/>
            <button class="button button-primary button-wide" type="submit" disabled=move || action.pending().get()>
                "Sign in"
            </button>
        </CommandForm>
    }
}
