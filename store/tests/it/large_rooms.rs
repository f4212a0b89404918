//! A conversation with many messages costs what one with few does: as many statements, each by an index,
//! none of which looks at more rows because there are more.

use crate::community::Community;
use crate::harness::{on_both, on_sqlite};
use crate::plans::{self, Cost, Watching};
use protocol::conversation::ConversationKind;
use protocol::message::{Message, MessageEdit, Window};
use protocol::page::PageKey;
use protocol::reaction::{Reaction, ReactionTarget};
use protocol::{ConversationId, Topic, limits};

const FEW: i64 = 100;
const MANY: i64 = 30_000;
/// What one statement may read: a page with its authors, or what is unread of a conversation up to the
/// number that is shown: messages (of which some are one's own), mentions and messages to all.
const ROWS_MAX: u64 = 3 * limits::UNREAD_SHOWN_MAX as u64 + 300;
/// What SQLite may need for a whole question, for which it counts what is unread of several conversations;
/// reading the large room once takes more.
const STEPS_MAX: u64 = 50_000;

/// A conversation, and a message in it under which answers stand.
struct Place {
    id: ConversationId,
    root: Message,
    /// The number of the first of its many messages.
    first: i64,
    count: i64,
}

async fn place(c: &Community, name: &str, count: i64) -> Place {
    let id = c.begins(ConversationKind::Room, name, &[c.ben, c.cleo]).await;
    let root = c.says(&c.ada, id, "Who knows?").await;
    plans::fill(c, id.0, root.id.0, count, [&c.ada, &c.ben]).await;
    Place { id, root, first: 1_000, count }
}

/// Everything that is asked and done where somebody reads a conversation, by name.
async fn costs(c: &Community, watching: &mut Watching, at: &Place) -> Vec<(&'static str, Cost)> {
    let (store, me, id) = (watching.store.clone(), &c.ada, at.id);
    let topic = Topic::Conversation(id);
    let middle = PageKey((at.first + at.count / 5).to_string());
    let mut costs = Vec::new();
    macro_rules! cost {
        ($name:literal, $question:expr) => {
            costs.push(($name, watching.cost($question).await));
        };
    }
    // Nothing is read yet, then about half, then all.
    for (name, read) in [
        ("at the first unread, all unread", 0),
        ("at the first unread, half unread", at.count / 2),
        ("at the end, nothing unread", at.count * 2),
    ] {
        plans::has_read(c, id.0, me, at.first + read).await;
        costs.push((name, watching.cost(store.messages(me, id, Window::Unread)).await));
        cost!("the conversation itself", store.conversation(me, id));
        cost!("the sidebar", store.conversations(me, c.workspace));
    }
    cost!("the newest page", store.messages(me, id, Window::Latest));
    cost!("an older page", store.messages(me, id, Window::Before(middle.clone())));
    cost!("a newer page", store.messages(me, id, Window::After(middle.clone())));
    cost!("around a message", store.messages(me, id, Window::Around(at.root.id)));
    cost!("a thread", store.thread(me, at.root.id, Window::Latest));
    let in_thread = PageKey((at.first + at.count + at.count / 8).to_string());
    cost!("an older page of a thread", store.thread(me, at.root.id, Window::Before(in_thread)));
    cost!("one message", store.message(me, at.root.id));
    cost!("pins", store.pins(me, id));
    cost!("members", store.participants(me, id, None, None));
    cost!("receipts", store.receipts(me, id));
    let head = u64::try_from(at.first + at.count).unwrap();
    cost!("what was missed", store.read_after(topic, head - 50, 50, limits::CATCH_UP_PAGE_BYTES));
    cost!("a look from outside", store.messages(&c.ben, id, Window::Latest));

    let new = Community::new_message(id, None, "more words");
    cost!("sending", store.send_message(me, new.clone()));
    cost!("sending with names", store.send_message(me, Community::new_message(id, None, "@ben @cleo")));
    let answer = Community::new_message(id, Some(at.root.id), "an answer");
    cost!("answering", store.send_message(me, answer.clone()));
    let edit = MessageEdit { id: new.id, base: 1, body: "other words @ben".to_owned() };
    cost!("editing", store.update_message(me, edit));
    let reaction = Reaction { target: ReactionTarget::Message(at.root.id), emoji: "👍".to_owned() };
    cost!("reacting", store.add_reaction(me, reaction));
    cost!("pinning", store.pin_message(me, new.id, true));
    cost!("saving", store.save_message(me, new.id, true));
    cost!("reading on", store.move_read(me, topic, head + 20));
    cost!("marking unread", store.set_read(me, id, head - 20));
    cost!("deleting an answer", store.delete_message(me, answer.id));
    cost!("deleting", store.delete_message(me, new.id));
    cost!("reading everything", store.read_all(me, c.workspace));
    costs
}

fn check(costs: &[(&str, Cost)], most: u64) {
    let bad: Vec<String> = costs
        .iter()
        .filter(|(_, cost)| most < cost.most || !cost.faults.is_empty())
        .map(|(name, cost)| {
            format!("{name}: {} at most {most}, {:#?} {}", cost.most, cost.faults, cost.worst)
        })
        .collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn a_large_room_costs_what_a_small_one_does() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let small = place(&c, "small", FEW).await;
        let large = place(&c, "large", MANY).await;
        plans::fill_small_rooms(&c, &c.cleo).await;
        plans::analyse(&c).await;
        // A prepared statement is planned for its arguments first, and later perhaps for any.
        for mode in ["force_custom_plan", "force_generic_plan"] {
            let mut watching = Watching::on(&c.test, &[("plan_cache_mode", mode)]).await;
            let most = if watching.is_sqlite() { STEPS_MAX } else { ROWS_MAX };
            let few = costs(&c, &mut watching, &small).await;
            let many = costs(&c, &mut watching, &large).await;
            check(&few, most);
            check(&many, most);
            for ((name, few), (_, many)) in few.iter().zip(&many) {
                assert!(many.statements <= few.statements, "{mode} {name}: {few:?} {many:?}");
            }
        }
    });
}

/// SQLite has none until somebody asks for them; PostgreSQL makes them by itself.
#[test]
fn a_large_room_needs_no_statistics_on_sqlite() {
    on_sqlite(|test| async move {
        let c = Community::in_(test).await;
        let large = place(&c, "large", MANY).await;
        let mut watching = Watching::on(&c.test, &[]).await;
        check(&costs(&c, &mut watching, &large).await, STEPS_MAX);
    });
}

#[test]
fn a_scan_and_a_sort_are_noticed() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = place(&c, "large", 2_000).await;
        let mut watching = Watching::on(&c.test, &[]).await;
        let store = watching.store.clone();
        let cost = watching.cost(store.test_read_everything_in(room.id)).await;
        assert!(!cost.faults.is_empty() && 2_000 < cost.most, "{cost:?}");
    });
}
