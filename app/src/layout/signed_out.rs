//! The session has ended while the page was open: a sign-in over the page, which keeps the page,
//! the drafts and the outbox.

use crate::api::account::{StartSession, get_me};
use crate::browser::{self, Browser};
use crate::components::command_form::CommandForm;
use crate::components::field::{Field, FormError};
use crate::live::Live;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The dialog; closed unless the session has ended.
#[component]
pub fn SignedOut() -> impl IntoView {
    let live = Live::expect();
    let browser = Browser::expect();
    let action = ServerAction::<StartSession>::new();
    let error = Signal::derive(move || action.value().get().and_then(Result::err));
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get() {
            if live.signed_out().get() {
                browser::focus::open_dialog(&dialog);
            } else {
                browser::focus::close_dialog(&dialog);
            }
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(_)) = action.value().get() {
            spawn_local(async move {
                let Ok(me) = get_me().await else { return };
                if live.my_id().get_untracked() == Some(me.person.id) {
                    live.load_me(me);
                    browser.signed_in();
                } else {
                    // Somebody else signed in: nothing of the page before is theirs.
                    browser::page::go("/");
                }
            });
        }
    });
    view! {
        <dialog class="dialog" node_ref=dialog aria-labelledby="signed-out-title">
            <header class="dialog-head">
                <div>
                    <h2 class="dialog-title" id="signed-out-title">"You were signed out"</h2>
                    <p class="dialog-text">"Sign in again to go on. The page and what you wrote are kept."</p>
                </div>
            </header>
            <CommandForm action=action class="dialog-body stack">
                <FormError error=error fields=&["handle", "password"]/>
                <Field name="handle" label="Handle" autocomplete="username" error=error/>
                <Field name="password" label="Password" kind="password" autocomplete="current-password" error=error/>
                <button class="button button-primary button-wide" type="submit">"Sign in"</button>
            </CommandForm>
        </dialog>
    }
}
