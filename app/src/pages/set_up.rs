//! `/setup`: the first account and the first workspace.

use super::doorstep::{Doorstep, NewCredentials, entering};
use crate::api::account::{SetUp, get_instance_status};
use crate::components::command_form::CommandForm;
use crate::components::field::{Field, FormError};
use crate::components::states::Refused;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Redirect;

const FIELDS: &[&str] = &["workspace_name", "name", "handle", "password"];

/// The page.
#[component]
pub fn SetUpPage() -> impl IntoView {
    let status = Resource::new_blocking(|| (), |()| get_instance_status());
    view! {
        <Title text="Set up · Hubbub"/>
        <Suspense>
            {move || Suspend::new(async move {
                match status.await {
                    Ok(status) if status.is_set_up => view! { <Redirect path="/sign-in"/> }.into_any(),
                    Ok(_) => view! { <SetUpForm/> }.into_any(),
                    Err(error) => view! { <Doorstep><Refused error=error/></Doorstep> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn SetUpForm() -> impl IntoView {
    let action = ServerAction::<SetUp>::new();
    let error = entering(move || action.value().get());
    view! {
        <Doorstep foot="Everything stays on this server, in its data folder.">
            <CommandForm action=action class="doorstep-form">
                <div>
                    <h1 class="doorstep-title">"Set up your workspace"</h1>
                    <p class="doorstep-lead">"You become the first admin. Nothing leaves this server."</p>
                </div>
                <FormError error=error fields=FIELDS/>
                <Field name="workspace_name" label="Workspace name" autocomplete="organization" error=error autofocus=true/>
                <Field name="name" label="Your name" autocomplete="name" error=error/>
                <NewCredentials
                    handle_hint="What others write after the @, for example ada. You sign in with it."
                    error=error
                />
                <button class="button button-primary button-wide" type="submit" disabled=move || action.pending().get()>
                    "Create the workspace"
                </button>
            </CommandForm>
        </Doorstep>
    }
}
