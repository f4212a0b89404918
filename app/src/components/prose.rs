//! The text of a post or comment: the server's safe HTML, or the plain text while it still waits.

use crate::live::Live;
use leptos::either::Either;
use leptos::prelude::*;

/// The text.
#[component]
pub fn Prose(
    /// Safe HTML, made by the server; empty while the text waits in the outbox.
    #[prop(into)]
    html: Signal<String>,
    /// The Markdown.
    #[prop(into)]
    body: Signal<String>,
) -> impl IntoView {
    // Not tracked: somebody else gets another page.
    let me = Live::expect().read(|state| state.my_id()).map(|id| format!(r#"data-user="{id}""#));
    let marked = Memo::new(move |_| {
        html.with(|html| match &me {
            // The same text for everybody; only the person's own mentions stand out.
            Some(me) => html.replace(me, &format!("{me} data-me")),
            None => html.clone(),
        })
    });
    move || {
        if html.with(String::is_empty) {
            Either::Left(view! { <div class="prose is-plain" dir="auto">{body.get()}</div> })
        } else {
            Either::Right(view! { <div class="prose" dir="auto" inner_html=marked.get()></div> })
        }
    }
}
