//! What stands beside the name of a bot, so that nobody takes it for a person.

use leptos::prelude::*;

/// "Bot", if it is one.
#[component]
pub fn BotMark(
    /// Whether it is one.
    bot: bool,
) -> impl IntoView {
    bot.then(|| view! { <span class="tag">"Bot"</span> })
}
