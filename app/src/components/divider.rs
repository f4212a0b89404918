//! Lines between messages: where a day begins, and where what is unread does.

use super::message_list::MessageList;
use crate::browser::clock;
use crate::live::UnreadLine;
use leptos::prelude::*;
use protocol::Timestamp;

/// A day begins.
#[component]
pub fn Day(
    /// The list that it stands in.
    list: MessageList,
    /// When its first message was written.
    at: Timestamp,
) -> impl IntoView {
    let words = move || match list.is_awake() {
        true => clock::day(at),
        false => at.readable().split(',').next().unwrap_or_default().to_owned(),
    };
    view! {
        <li class="divider">
            <span>{words}</span>
        </li>
    }
}

/// "14 new since 09:12".
#[component]
pub fn Unread(
    /// The list that it stands in.
    list: MessageList,
    /// How many are below, and since when.
    line: UnreadLine,
) -> impl IntoView {
    let words = move || match line.since {
        Some(since) => {
            let clock = if list.is_awake() { clock::short(since) } else { since.readable() };
            format!("{} new since {clock}", line.count)
        }
        None => format!("{} new", line.count),
    };
    view! {
        <li class="divider divider-unread">
            <span>{words}</span>
        </li>
    }
}
