//! Lines that the server wrote: who came and went, and what was renamed. Many in a row are folded.

use super::message::Clock;
use super::message_list::MessageList;
use crate::live::MessageRow;
use leptos::prelude::*;
use protocol::MessageId;
use protocol::message::{Message, MessageKind, SystemLine};
use std::collections::HashSet;

/// What happened, without who did it.
fn deed(line: &SystemLine) -> String {
    match line {
        SystemLine::Created => "began this conversation".to_owned(),
        SystemLine::Joined => "joined".to_owned(),
        SystemLine::Left => "left".to_owned(),
        SystemLine::Added { who } => format!("added {}", who.name),
        SystemLine::Removed { who } => format!("removed {}", who.name),
        SystemLine::Renamed { from, to } if from.is_empty() => format!("named it {to}"),
        SystemLine::Renamed { to, .. } if to.is_empty() => "took its name away".to_owned(),
        SystemLine::Renamed { from, to } => format!("renamed it from {from} to {to}"),
        SystemLine::TopicChanged { to } if to.is_empty() => "took the topic away".to_owned(),
        SystemLine::TopicChanged { to } => format!("changed the topic to “{to}”"),
        SystemLine::Archived => "archived this conversation".to_owned(),
        SystemLine::Unarchived => "took this conversation out of the archive".to_owned(),
    }
}

/// "Ada joined".
#[must_use]
pub fn sentence(message: &Message) -> String {
    match &message.kind {
        MessageKind::Text => String::new(),
        MessageKind::System(line) => format!("{} {}", message.author.name, deed(line)),
    }
}

/// One line.
#[component]
pub fn SystemLineRow(row: MessageRow) -> impl IntoView {
    let message = row.message.clone();
    let order = row.order.to_string();
    view! {
        <li class="system-line" data-order=order id=MessageList::expect().element_id(row.id)>
            <span>{move || message.with(sentence)}</span>
            <Clock at=row.at class="message-time"/>
        </li>
    }
}

/// Several lines in one, and the way to see each.
#[component]
pub fn Folded(rows: Vec<MessageRow>, unfolded: RwSignal<HashSet<MessageId>>) -> impl IntoView {
    let first = rows.first().map(|row| row.id);
    let order = rows.last().map_or(0, |row| row.order).to_string();
    let words = {
        let mut people: Vec<String> = Vec::new();
        for row in &rows {
            let name = row.message.with_untracked(|message| message.author.name.clone());
            if !people.contains(&name) {
                people.push(name);
            }
        }
        let who = match people.as_slice() {
            [one] => one.clone(),
            [one, two] => format!("{one} and {two}"),
            [one, two, ..] => format!("{one}, {two} and {} others", people.len() - 2),
            [] => String::new(),
        };
        format!("{} changes by {who}", rows.len())
    };
    view! {
        <li class="system-line" data-order=order>
            <span>{words}</span>
            <button
                class="text-button"
                type="button"
                on:click=move |_| unfolded.update(|unfolded| unfolded.extend(first))
            >
                "Show"
            </button>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::tests::make;

    #[test]
    fn a_line_says_who_did_what() {
        let mut message = make::message(1, &make::person(1), 1);
        for (line, words) in [
            (SystemLine::Joined, "Ada joined"),
            (SystemLine::Removed { who: make::person(2) }, "Ada removed Ben"),
            (SystemLine::Renamed { from: String::new(), to: "Setters".to_owned() }, "Ada named it Setters"),
        ] {
            message.kind = MessageKind::System(line);
            assert_eq!(sentence(&message), words);
        }
    }
}
