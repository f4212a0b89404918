//! Icons: one sprite, fetched once, drawn in the colour of the text.

use leptos::prelude::*;

/// An icon of `public/icons.svg`. It is decoration: the control around it carries the name.
#[component]
pub fn Icon(
    /// The symbol's id.
    name: &'static str,
    /// 16 px instead of 20 px.
    #[prop(optional)]
    small: bool,
) -> impl IntoView {
    view! {
        <svg class="icon" class:icon-s=small aria-hidden="true">
            <use href=format!("/icons.svg#{name}")></use>
        </svg>
    }
}

/// The mark and the name of the program.
#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <span class="brand">
            <svg viewBox="0 0 28 28" aria-hidden="true">
                <path d="M14 2a12 12 0 0 0-10.400 18L2.500 25.500 8 24.400A12 12 0 1 0 14 2zm-4.500 7.500a1.500 1.500 0 0 1 3 0v3h3v-3a1.500 1.500 0 0 1 3 0v9a1.500 1.500 0 0 1-3 0v-3h-3v3a1.500 1.500 0 0 1-3 0z"></path>
            </svg>
            "Hubbub"
        </span>
    }
}
