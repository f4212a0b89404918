//! "Seen by Ben and Cleo": how far the others have read, in direct conversations and small groups.

use crate::live::{Changes, Live, MessageRow, Wanted};
use leptos::prelude::*;
use protocol::conversation::ConversationKind;
use protocol::{ConversationId, limits};

/// Names that are said; more are a number.
const NAMES: usize = 3;

/// The line below the last message, when that is one's own.
#[component]
pub fn Receipts(
    /// Of which conversation.
    id: ConversationId,
    /// Its messages on the page.
    rows: ArcReadSignal<Vec<MessageRow>>,
) -> impl IntoView {
    let live = Live::expect();
    let state = live.conversation(id);
    let (seen, choice) = (live.receipts(id), live.choice());
    let shows = Memo::new(move |_| {
        choice.get().receipts
            && state.with(|state| {
                state.as_ref().is_some_and(|state| {
                    let conversation = &state.conversation;
                    conversation.kind != ConversationKind::Room
                        && (2..=limits::RECEIPTS_MEMBERS_MAX).contains(&conversation.members)
                })
            })
    });
    let own = Memo::new(move |_| {
        let last = rows.with(|rows| rows.last().map(|row| (row.author, row.order)));
        last.filter(|(author, order)| 0 < *order && live.is_me(*author)).map(|(_, order)| order)
    });
    // What happens from then on the socket brings, unless it was away.
    Effect::new(move |_| {
        if shows.get() && live.is_connected() {
            live.change(|_| Changes { wanted: vec![Wanted::Receipts(id)], ..Changes::default() });
        }
    });
    let words = Memo::new(move |_| {
        let own = own.get().filter(|_| shows.get())?;
        seen.with(|seen| {
            let names = seen.iter().filter(|receipt| own <= receipt.seq && !live.is_me(receipt.person.id));
            words(&names.map(|receipt| receipt.person.name.as_str()).collect::<Vec<_>>())
        })
    });
    move || words.get().map(|words| view! { <p class="receipts">{words}</p> })
}

fn words(names: &[&str]) -> Option<String> {
    let more = names.len().saturating_sub(NAMES);
    match names {
        [] => None,
        [one] => Some(format!("Seen by {one}")),
        [one, two] => Some(format!("Seen by {one} and {two}")),
        [one, two, three] => Some(format!("Seen by {one}, {two} and {three}")),
        [one, two, three, ..] => Some(format!("Seen by {one}, {two}, {three} and {more} more")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_names_are_said_and_the_rest_is_a_number() {
        assert_eq!(words(&[]), None);
        assert_eq!(words(&["Ada"]).as_deref(), Some("Seen by Ada"));
        assert_eq!(
            words(&["Ada", "Ben", "Cleo", "Dan"]).as_deref(),
            Some("Seen by Ada, Ben, Cleo and 1 more")
        );
    }
}
