//! The session has ended while the page was open: a sign-in over the page, which keeps the page,
//! the drafts and the outbox.

use crate::api::account::{get_me, start_session};
use crate::browser::{self, Browser};
use crate::components::field::{Field, FormError};
use crate::error::ApiError;
use crate::live::Live;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::account::SignIn;

/// The dialog; closed unless the session has ended.
#[component]
pub fn SignedOut() -> impl IntoView {
    let live = Live::expect();
    let browser = Browser::expect();
    let refused = RwSignal::new(None::<ApiError>);
    let error = Signal::from(refused);
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| browser::focus::show_dialog(dialog.get(), live.signed_out().get()));
    // By hand, and not a `CommandForm`: this dialog stands on every page, and nothing else of the
    // first one needs what an action with a form of its own brings along.
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        refused.set(None);
        let [handle, password] = ["handle", "password"].map(|name| browser::page::form_field(&event, name));
        spawn_local(async move {
            match start_session(SignIn { handle, password }, None).await {
                Ok(_) => come_back(live, browser).await,
                Err(error) => refused.set(Some(error)),
            }
        });
    };
    view! {
        <dialog class="dialog" node_ref=dialog aria-labelledby="signed-out-title">
            <header class="dialog-head">
                <div>
                    <h2 class="dialog-title" id="signed-out-title">"You were signed out"</h2>
                    <p class="dialog-text">"Sign in again to go on. The page and what you wrote are kept."</p>
                </div>
            </header>
            <form class="dialog-body stack" method="post" action="/api/auth.sign_in" on:submit=submit>
                <FormError error=error fields=&["handle", "password"]/>
                <Field name="handle" label="Handle" autocomplete="username" error=error/>
                <Field name="password" label="Password" kind="password" autocomplete="current-password" error=error/>
                <button class="button button-primary button-wide" type="submit">"Sign in"</button>
            </form>
        </dialog>
    }
}

/// Goes on where the person was, if it is the same person.
async fn come_back(live: Live, browser: Browser) {
    let Ok(me) = get_me().await else { return };
    if live.my_id().get_untracked() == Some(me.person.id) {
        live.load_me(me);
        browser.signed_in();
    } else {
        // Somebody else signed in: nothing of the page before is theirs.
        browser::page::go("/");
    }
}
