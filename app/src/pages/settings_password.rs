//! `/settings/password`.

use crate::api::account::ChangePassword;
use crate::components::command_form::CommandForm;
use crate::components::field::{Field, FormError};
use crate::components::page::Topbar;
use leptos::prelude::*;

/// The page.
#[component]
pub fn PasswordPage() -> impl IntoView {
    let action = ServerAction::<ChangePassword>::new();
    let error = Signal::derive(move || action.value().get().and_then(Result::err));
    let is_saved = move || matches!(action.value().get(), Some(Ok(_)));
    view! {
        <Topbar title="Password" back="/settings"/>
        <div class="scroll">
            <div class="page page-narrow">
                <CommandForm action=action class="stack">
                    <p class="page-text">"A new password signs all your other devices out."</p>
                    <FormError error=error fields=&["current", "new", "password"]/>
                    <Field name="current" label="Current password" kind="password" autocomplete="current-password" error=error/>
                    <Field
                        name="new"
                        label="New password"
                        kind="password"
                        autocomplete="new-password"
                        hint="At least 10 characters. A short sentence is good."
                        error=error
                    />
                    <div class="inline">
                        <button class="button button-primary" type="submit" disabled=move || action.pending().get()>"Change the password"</button>
                        <span role="status" class="muted">{move || is_saved().then_some("Changed. Your other devices are signed out.")}</span>
                    </div>
                </CommandForm>
            </div>
        </div>
    }
}
