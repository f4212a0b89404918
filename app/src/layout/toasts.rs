//! Toasts: what is not on screen, at most three, never what the person just did.

use crate::components::avatar::{Avatar, Size};
use crate::components::icon::Icon;
use crate::components::notification::{link_to, sentence};
use crate::live::{Live, Toast, ToastKind};
use leptos::prelude::*;

/// The corner where they stand.
#[component]
pub fn Toasts() -> impl IntoView {
    let live = Live::expect();
    view! {
        <div class="toast-corner toasts" role="region" aria-label="Messages" aria-live="polite">
            <For each=move || live.toasts().get() key=|toast| toast.id let(toast)>
                <ToastRow toast=toast/>
            </For>
        </div>
    }
}

#[component]
fn ToastRow(toast: Toast) -> impl IntoView {
    let live = Live::expect();
    let id = toast.id;
    let dismiss = move |_| live.dismiss(id);
    match toast.kind {
        ToastKind::Notification(notification) => {
            let actor = notification.actors.first().cloned();
            let href = link_to(&notification);
            view! {
                <div class="toast">
                    {actor.map(|person| view! { <Avatar person=person size=Size::Medium/> })}
                    <a class="toast-link" href=href on:click=dismiss>
                        <p class="toast-title">{sentence(&notification)}</p>
                        <p class="toast-text">{notification.excerpt.clone()}</p>
                    </a>
                    <button class="icon-button icon-button-small" type="button" aria-label="Dismiss" on:click=dismiss>
                        <Icon name="x"/>
                    </button>
                </div>
            }
            .into_any()
        }
        ToastKind::Note(text) => view! {
            <div class="toast toast-plain">
                <span>{text}</span>
            </div>
        }
        .into_any(),
        ToastKind::Undo { entry, text } => view! {
            <div class="toast toast-plain">
                <span>{text}</span>
                <button class="button" type="button" on:click=move |_| live.undo(entry)>
                    "Undo"
                </button>
            </div>
        }
        .into_any(),
    }
}
