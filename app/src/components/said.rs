//! What is said of new messages to those who listen to the page.

use crate::live::{Live, MessageRow};
use leptos::prelude::*;
use std::time::Duration;

/// New messages are said aloud this often at most.
const SAID_EVERY: Duration = Duration::from_secs(4);

/// New messages for those who listen to the page: politely, and not one by one when many come.
#[component]
pub fn Said(
    /// All rows.
    rows: ArcReadSignal<Vec<MessageRow>>,
) -> impl IntoView {
    let live = Live::expect();
    let said = RwSignal::new(String::new());
    let waiting = StoredValue::new(Vec::<String>::new());
    let newest = StoredValue::new(None::<u64>);
    let say = move || {
        let Some(new) = waiting.try_update_value(std::mem::take) else { return };
        let text = match new.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            many => format!("{} new messages", many.len()),
        };
        said.try_set(text);
    };
    Effect::new(move |_| {
        let before = newest.get_value();
        let (last, new) = rows.with(|rows| {
            let last = rows.iter().map(|row| row.order).max().unwrap_or(0);
            let new = rows.iter().filter(|row| before.is_some_and(|before| before < row.order));
            let words = new.filter(|row| !row.is_line && !live.is_me(row.author)).map(|row| {
                row.message.with_untracked(|message| format!("{}: {}", message.author.name, message.body))
            });
            (last, words.collect::<Vec<_>>())
        });
        newest.set_value(Some(last.max(before.unwrap_or(0))));
        if new.is_empty() {
            return;
        }
        let is_first = waiting.with_value(Vec::is_empty);
        waiting.update_value(|waiting| waiting.extend(new));
        if is_first {
            set_timeout(say, SAID_EVERY);
        }
    });
    view! { <p class="visually-hidden" role="status" aria-live="polite">{said}</p> }
}
