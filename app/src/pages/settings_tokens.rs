//! `/settings/tokens`: how the caller's own programs come in.

use crate::api::tokens::{CreateToken, RevokeToken, list_tokens};
use crate::components::page::{Topbar, loaded};
use crate::components::states::Blank;
use crate::components::tokens::{Secret, TokenForm, TokenRow, handed_over};
use leptos::prelude::*;

/// Where this page is.
const PATH: &str = "/settings/tokens";

/// The page.
#[component]
pub fn TokensPage() -> impl IntoView {
    let create = ServerAction::<CreateToken>::new();
    let revoke = ServerAction::<RevokeToken>::new();
    let handed = handed_over();
    let tokens =
        Resource::new_blocking(move || (create.version().get(), revoke.version().get()), |_| list_tokens());
    view! {
        <Topbar title="Access tokens" back="/settings"/>
        <div class="scroll">
            <div class="page page-narrow">
                <p class="page-text">
                    "A token lets a program act for you, within what you allow it. Whoever has it can do the same, so give each program its own, and as little as it needs."
                </p>
                <TokenForm action=create to=PATH/>
                <Secret action=create handed=handed/>
                {loaded(
                    tokens,
                    "Loading your tokens",
                    move |tokens| {
                        if tokens.is_empty() {
                            return view! { <Blank icon="code" title="No tokens" text="Programs that act for you are listed here."/> }.into_any();
                        }
                        view! {
                            <ul class="device-list" aria-label="Your tokens">
                                {tokens.into_iter().map(|token| view! { <TokenRow token=token revoke=revoke to=PATH/> }).collect_view()}
                            </ul>
                        }
                            .into_any()
                    },
                )}
            </div>
        </div>
    }
}
