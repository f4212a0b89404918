//! What stands in a message list besides messages: days, the line of the first unread one, and
//! folded lines of the server. And which message goes on under the name above it.

use super::rows::MessageRow;
use super::visit::UnreadLine;
use protocol::{MessageId, Timestamp};
use std::collections::HashSet;
use std::time::Duration;

/// Messages of one person within this time stand under one name.
pub const GROUPED_WITHIN: Duration = Duration::from_secs(5 * 60);
/// So many lines of the server in a row are folded into one.
pub const FOLDED_FROM: usize = 4;

/// One row of the list.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A day begins; any time of it.
    Day {
        /// Its number in the reader's zone.
        number: i64,
        /// The first message of it.
        at: Timestamp,
    },
    /// What follows was unread when the person came.
    Unread(UnreadLine),
    /// A message, or a line of the server.
    Message(MessageRow),
    /// Lines of the server, folded.
    Folded(Vec<MessageRow>),
}

/// Names an item for a keyed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemKey {
    /// A day.
    Day(i64),
    /// The line.
    Unread,
    /// A message.
    Message(MessageId),
    /// Folded lines: the first one, and how many.
    Folded(MessageId, usize),
}

impl Item {
    /// Its name in a keyed list.
    #[must_use]
    pub fn key(&self) -> ItemKey {
        match self {
            Self::Day { number, .. } => ItemKey::Day(*number),
            Self::Unread(_) => ItemKey::Unread,
            Self::Message(row) => ItemKey::Message(row.id),
            Self::Folded(rows) => {
                rows.first().map_or(ItemKey::Unread, |row| ItemKey::Folded(row.id, rows.len()))
            }
        }
    }
}

/// The list, oldest first. `day_of` numbers the days of the reader's zone; `unfolded` are first
/// lines of those that the reader wants to see one by one.
#[must_use]
pub fn items(
    rows: &[MessageRow],
    line: Option<UnreadLine>,
    day_of: impl Fn(Timestamp) -> i64,
    unfolded: &HashSet<MessageId>,
) -> Vec<Item> {
    let mut items = Vec::with_capacity(rows.len() + 8);
    let mut day = None;
    let mut line = line;
    let mut run: Vec<MessageRow> = Vec::new();
    for row in rows {
        let number = day_of(row.at);
        let begins_day = day != Some(number);
        let is_unread_from_here = line.is_some_and(|line| line.order <= row.order);
        if begins_day || is_unread_from_here || !row.is_line {
            fold(&mut run, unfolded, &mut items);
        }
        if begins_day {
            day = Some(number);
            items.push(Item::Day { number, at: row.at });
        }
        if let Some(line) = line.take_if(|_| is_unread_from_here) {
            items.push(Item::Unread(line));
        }
        match row.is_line {
            true => run.push(row.clone()),
            false => items.push(Item::Message(row.clone())),
        }
    }
    fold(&mut run, unfolded, &mut items);
    items
}

fn fold(run: &mut Vec<MessageRow>, unfolded: &HashSet<MessageId>, items: &mut Vec<Item>) {
    let run = std::mem::take(run);
    let is_wanted = run.first().is_some_and(|first| unfolded.contains(&first.id));
    if FOLDED_FROM <= run.len() && !is_wanted {
        items.push(Item::Folded(run));
    } else {
        items.extend(run.into_iter().map(Item::Message));
    }
}

/// Messages that go on under the name above them.
#[must_use]
pub fn continued(items: &[Item]) -> HashSet<MessageId> {
    let pairs = items.windows(2).filter_map(|pair| match pair {
        [Item::Message(above), Item::Message(below)] => Some((above, below)),
        _ => None,
    });
    pairs
        .filter(|(above, below)| {
            above.author == below.author
                && !above.is_line
                && !below.is_line
                && below.at.since(above.at) <= GROUPED_WITHIN
        })
        .map(|(_, below)| below.id)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::tests::make;
    use leptos::prelude::ArcRwSignal;
    use protocol::message::{MessageKind, SystemLine};

    const MINUTE: i64 = 60_000;

    fn row(n: u64, author: u64, minute: i64, is_line: bool) -> MessageRow {
        let mut message = make::message(n, &make::person(author), n);
        message.at = Timestamp(minute * MINUTE);
        if is_line {
            message.kind = MessageKind::System(SystemLine::Joined);
        }
        MessageRow {
            id: message.id,
            order: n,
            at: message.at,
            author: message.author.id,
            is_line,
            delivery: ArcRwSignal::new(crate::live::Delivery::Done).read_only(),
            message: ArcRwSignal::new(message).read_only(),
        }
    }

    fn day_of(at: Timestamp) -> i64 {
        at.0 / (24 * 60 * MINUTE)
    }

    fn shape(items: &[Item]) -> String {
        let word = |item: &Item| match item {
            Item::Day { number, .. } => format!("day{number}"),
            Item::Unread(line) => format!("unread{}", line.count),
            Item::Message(row) => row.order.to_string(),
            Item::Folded(rows) => format!("fold{}", rows.len()),
        };
        items.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_day_begins_once_and_the_line_stands_above_the_first_unread_message() {
        let rows = [row(1, 1, 0, false), row(2, 2, 1, false), row(3, 2, 24 * 60, false)];
        let line = UnreadLine { order: 2, count: 14, since: None };
        let items = items(&rows, Some(line), day_of, &HashSet::new());
        assert_eq!(shape(&items), "day0 1 unread14 2 day1 3");
    }

    #[test]
    fn a_line_whose_message_is_gone_stands_above_the_next_one() {
        let rows = [row(1, 1, 0, false), row(5, 2, 1, false)];
        let line = UnreadLine { order: 3, count: 2, since: None };
        assert_eq!(shape(&items(&rows, Some(line), day_of, &HashSet::new())), "day0 1 unread2 5");
    }

    #[test]
    fn many_lines_of_the_server_fold_and_few_do_not() {
        let mut rows: Vec<MessageRow> = (1..=4).map(|n| row(n, n, 0, true)).collect();
        rows.push(row(5, 1, 1, false));
        rows.push(row(6, 1, 1, true));
        assert_eq!(shape(&items(&rows, None, day_of, &HashSet::new())), "day0 fold4 5 6");
        let wanted = HashSet::from([rows[0].id]);
        assert_eq!(shape(&items(&rows, None, day_of, &wanted)), "day0 1 2 3 4 5 6");
    }

    #[test]
    fn messages_of_one_person_within_five_minutes_stand_under_one_name() {
        let rows = [
            row(1, 1, 0, false),
            row(2, 1, 5, false),
            row(3, 1, 11, false),
            row(4, 2, 11, false),
            row(5, 2, 12, true),
            row(6, 2, 12, false),
        ];
        let continued = continued(&items(&rows, None, day_of, &HashSet::new()));
        let orders: Vec<u64> =
            rows.iter().filter(|row| continued.contains(&row.id)).map(|row| row.order).collect();
        assert_eq!(orders, [2]);
    }
}
