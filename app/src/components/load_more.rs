//! The way to the next page of a list: a link that works without WASM.

use leptos::prelude::*;
use protocol::page::PageKey;

/// "Load more", as long as there is more.
#[component]
pub fn LoadMore(
    /// The key of the next page; none at the end of the list.
    #[prop(into)]
    next: Signal<Option<PageKey>>,
    /// The address of the next page.
    href: impl Fn(&PageKey) -> String + Send + 'static,
    /// Loads it into this page.
    load: impl Fn(PageKey) + Clone + Send + 'static,
) -> impl IntoView {
    move || {
        let key = next.get()?;
        let (href, load) = (href(&key), load.clone());
        Some(view! {
            <div class="load-more">
                <a
                    class="button"
                    href=href
                    on:click=move |event| {
                        event.prevent_default();
                        load(key.clone());
                    }
                >
                    "Load more"
                </a>
            </div>
        })
    }
}
