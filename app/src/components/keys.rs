//! Keys to press, as this keyboard names them.

use crate::browser::keys::name_here;
use crate::shortcuts::Keys;
use leptos::prelude::*;

/// The caps, in their order. In the browser only: the server does not know the keyboard.
#[component]
pub fn KeyCaps(
    /// The keys.
    keys: Keys,
) -> impl IntoView {
    view! {
        <span class="keys">
            {keys.iter().map(|key| view! { <kbd class="kbd">{name_here(key)}</kbd> }).collect_view()}
        </span>
    }
}
