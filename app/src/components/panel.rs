//! What stands beside a conversation begins with a bar that closes it.

use super::icon::Icon;
use leptos::prelude::*;

/// The bar.
#[component]
pub fn PanelHead(
    /// What it is.
    title: &'static str,
    /// Where closing leads.
    path: String,
    /// "Close the thread".
    close: &'static str,
) -> impl IntoView {
    let back = path.clone();
    view! {
        <header class="topbar">
            <a class="icon-button only-phone" href=back aria-label="Back">
                <Icon name="back"/>
            </a>
            <h2 class="topbar-title">
                <span>{title}</span>
            </h2>
            <span class="topbar-spring"></span>
            <a class="icon-button only-wide" href=path aria-label=close>
                <Icon name="x"/>
            </a>
        </header>
    }
}
