//! A menu of actions behind one button. It is a `<details>`: it opens without WASM, and an effect
//! adds what people expect beyond that: Escape and a click elsewhere close it.

use super::icon::Icon;
use crate::browser;
use crate::live::Live;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

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

/// Copies the whole address of something on this site.
#[component]
pub fn CopyLink(
    /// Its path.
    address: String,
) -> impl IntoView {
    let live = Live::expect();
    let copy = move |_| {
        let copying = browser::clipboard::copy(&format!("{}{address}", browser::page::origin()));
        spawn_local(async move {
            live.note(if copying.await {
                "Link copied"
            } else {
                "This browser did not let the link be copied."
            });
        });
        browser::focus::close_open_details();
    };
    view! {
        <button class="menu-item" type="button" on:click=copy>
            <Icon name="link"/>
            <span>"Copy the link"</span>
        </button>
    }
}

/// The end of the menu of something that its author and admins may change.
#[component]
pub fn EditAndDelete(
    /// The address where it is edited.
    edit: String,
    /// The command that deletes it.
    delete_by: &'static str,
    /// What that command is told.
    id: String,
    /// Deletes it in this page.
    delete: impl Fn(leptos::ev::SubmitEvent) + 'static,
) -> impl IntoView {
    view! {
        <a class="menu-item" data-act="edit" href=edit>
            <Icon name="edit"/>
            <span>"Edit"</span>
        </a>
        <div class="menu-rule"></div>
        <form method="post" action=delete_by on:submit=delete>
            <input type="hidden" name="id" value=id/>
            <button class="menu-item menu-item-danger" type="submit">
                <Icon name="trash"/>
                <span>"Delete"</span>
            </button>
        </form>
    }
}
