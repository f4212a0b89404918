//! Where something that was written stands: nothing to say, sending, waiting, or failed with
//! the reason and what to do.

use super::icon::Icon;
use crate::browser;
use crate::live::{Delivery, Live};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The line below an optimistic row.
#[component]
pub fn DeliveryLine(
    /// The row's state.
    #[prop(into)]
    delivery: Signal<Delivery>,
) -> impl IntoView {
    let live = Live::expect();
    move || {
        match delivery.get() {
        Delivery::Done | Delivery::Deleting { .. } => ().into_any(),
        // The sheet shows it only after 400 ms: most things are sent by then.
        Delivery::Sending { .. } => view! { <p class="message-state is-late">"Sending…"</p> }.into_any(),
        Delivery::Waiting => view! {
            <p class="message-state">
                <Icon name="clock" small=true/>
                "Waiting for connection"
            </p>
        }
        .into_any(),
        Delivery::Failed { entry, message } => view! {
            <p class="message-state is-failed" role="alert">
                <Icon name="alert" small=true/>
                {format!("Not sent: {message}")}
                <button class="text-button" type="button" on:click=move |_| live.retry(entry)>"Retry"</button>
                <button
                    class="text-button"
                    type="button"
                    on:click=move |_| {
                        let text = live.text_of(entry);
                        spawn_local(async move {
                            if browser::clipboard::copy(&text).await {
                                live.note("Copied");
                            }
                        });
                    }
                >
                    "Copy"
                </button>
                <button class="text-button text-button-danger" type="button" on:click=move |_| live.discard(entry)>"Delete"</button>
            </p>
        }
        .into_any(),
    }
    }
}
