//! The connection as people see it: nothing for five seconds, then a thin bar with a countdown.

use crate::browser::Browser;
use crate::components::icon::Icon;
use crate::live::Live;
use leptos::prelude::*;

/// The bar, and the same as text for screen readers.
#[component]
pub fn ConnectionBar() -> impl IntoView {
    let browser = Browser::expect();
    let live = Live::expect();
    let status = live.status();
    let degraded = live.degraded();
    // The countdown changes each second; read aloud is only the sentence, which does not.
    let spoken = Memo::new(move |_| status.with(|status| status.text.clone()));
    let bar = Memo::new(move |_| status.with(|status| status.bar.clone()));
    view! {
        <p class="visually-hidden" role="status" data-testid="connection">{spoken}</p>
        {move || {
            bar.get()
                .map(|bar| {
                    view! {
                        <div class="connection" class:connection-back=bar.back>
                            <Icon name=if bar.back { "check" } else { "retry" } small=true/>
                            <span>{bar.text}</span>
                            {bar
                                .retry
                                .then(|| {
                                    view! {
                                        <button class="text-button" type="button" on:click=move |_| browser.retry_now()>
                                            "Retry now"
                                        </button>
                                    }
                                })}
                        </div>
                    }
                })
        }}
        {move || {
            let parts = degraded.get();
            (!parts.is_empty())
                .then(|| {
                    view! {
                        <div class="connection">
                            <Icon name="alert" small=true/>
                            <span>{format!("The server works without its {}. What you write is kept.", parts.join(" and "))}</span>
                        </div>
                    }
                })
        }}
    }
}
