//! `/settings/account`: leaving for good.

use crate::api::account::DeleteAccount;
use crate::components::command_form::CommandForm;
use crate::components::field::{Field, FormError};
use crate::components::page::Topbar;
use leptos::prelude::*;

/// The page.
#[component]
pub fn AccountPage() -> impl IntoView {
    let action = ServerAction::<DeleteAccount>::new();
    let error = Signal::derive(move || action.value().get().and_then(Result::err));
    Effect::new(move |_| {
        if let Some(Ok(_)) = action.value().get() {
            crate::browser::page::go("/sign-in");
        }
    });
    view! {
        <Topbar title="Delete account" back="/settings"/>
        <div class="scroll">
            <div class="page page-narrow">
                <CommandForm action=action class="stack">
                    <p class="page-text">
                        "Your name, handle and devices are removed at once and cannot be brought back. What you wrote stays, signed \"Former member\". Delete posts first that should go with you."
                    </p>
                    <FormError error=error fields=&["password"]/>
                    <Field name="password" label="Your password" kind="password" autocomplete="current-password" error=error/>
                    <div class="inline">
                        <button class="button button-danger-solid" type="submit" disabled=move || action.pending().get()>"Delete my account"</button>
                    </div>
                </CommandForm>
            </div>
        </div>
    }
}
