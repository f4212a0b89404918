//! The pills above the composer: what is new below, and the way to the newest.

use super::icon::Icon;
use super::message_list::MessageList;
use leptos::prelude::*;

/// The pills above the composer: new messages below, and the way to the newest.
#[component]
pub fn Jump(
    /// The list.
    list: MessageList,
    /// New messages below.
    fresh: Signal<u32>,
    /// Newer ones that are not on the page.
    has_newer: Signal<bool>,
    /// The end is more than a screen away.
    is_far: RwSignal<bool>,
) -> impl IntoView {
    let words = Memo::new(move |_| match fresh.get() {
        0 if has_newer.get() || is_far.get() => Some("Jump to latest".to_owned()),
        0 => None,
        count => Some(format!("{count} new")),
    });
    view! {
        <div class="jump">
            {move || {
                words
                    .get()
                    .map(|words| {
                        view! {
                            <button class="pill pill-quiet" type="button" on:click=move |_| list.to_latest()>
                                <Icon name="arrowdown" small=true/>
                                {words}
                            </button>
                        }
                    })
            }}
        </div>
    }
}
