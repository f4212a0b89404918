//! Times: UTC from the server, in the reader's zone once the browser has taken over.

use leptos::prelude::*;
use protocol::Timestamp;

/// A point in time. The server cannot know the reader's zone, so the first render says the date in
/// UTC and an effect says it again in theirs: "09:10", "Yesterday, 18:02", "3 Nov".
#[component]
pub fn Time(
    /// When.
    at: Timestamp,
    /// More classes.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let words = RwSignal::new((at.readable(), format!("{} UTC", at.readable())));
    Effect::new(move |_| words.set(crate::browser::clock::words(at)));
    view! {
        <time class=class datetime=at.iso() title=move || words.with(|words| words.1.clone())>
            {move || words.with(|words| words.0.clone())}
        </time>
    }
}
