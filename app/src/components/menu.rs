//! A menu of actions behind one button. It is a `<details>`: it opens without WASM, and an effect
//! adds what people expect beyond that: Escape and a click elsewhere close it.

use super::icon::Icon;
use crate::browser;
use leptos::html;
use leptos::prelude::*;

/// The button with three dots and what it opens.
#[component]
pub fn Menu(
    /// The button's name: "More for this post".
    #[prop(into)]
    label: String,
    children: Children,
) -> impl IntoView {
    let details = NodeRef::<html::Details>::new();
    Effect::new(move |_| {
        if let Some(details) = details.get() {
            browser::focus::close_details_from_outside(&details);
        }
    });
    view! {
        <details class="menu-holder" node_ref=details>
            <summary class="icon-button icon-button-small" aria-label=label>
                <Icon name="more"/>
            </summary>
            <div class="menu">{children()}</div>
        </details>
    }
}
