//! The frame of pages that stand before the workspace: set-up, sign-in, invitations, 404.

use crate::api::account::Entered;
use crate::components::field::Field;
use crate::components::icon::Brand;
use crate::error::ApiError;
use leptos::prelude::*;

/// The brand above, a form or a sentence in the middle, a quiet line below.
#[component]
pub fn Doorstep(
    /// The quiet line.
    #[prop(optional, into)]
    foot: String,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="doorstep">
            <header class="doorstep-head">
                <a href="/" aria-label="Hubbub, home">
                    <Brand/>
                </a>
            </header>
            <main class="doorstep-body">{children()}</main>
            <footer class="doorstep-foot">
                <span>{foot}</span>
            </footer>
        </div>
    }
}

/// The fields with which somebody will sign in.
#[component]
pub fn NewCredentials(
    /// The line below the handle.
    handle_hint: &'static str,
    /// The form's refusal.
    error: Signal<Option<ApiError>>,
) -> impl IntoView {
    view! {
        <Field name="handle" label="Your handle" autocomplete="username" hint=handle_hint error=error/>
        <Field
            name="password"
            label="Password"
            kind="password"
            autocomplete="new-password"
            hint="At least 10 characters. A short sentence is good."
            error=error
        />
    }
}

/// What a door's form needs: its refusal, and the way in once it was accepted. The page is loaded
/// anew then, because everything on it depends on who is signed in.
pub fn entering(
    answer: impl Fn() -> Option<Result<Entered, ApiError>> + Copy + Send + Sync + 'static,
) -> Signal<Option<ApiError>> {
    Effect::new(move |_| {
        if let Some(Ok(entered)) = answer() {
            crate::browser::page::go(&entered.to);
        }
    });
    Signal::derive(move || answer().and_then(Result::err))
}
