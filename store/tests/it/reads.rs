//! What is unread is what a recount finds, whatever happened before and on whichever device.

use crate::community::Community;
use crate::harness::on_both;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use protocol::conversation::ConversationKind;
use protocol::message::{MessageEdit, NewMessage};
use protocol::{ConversationId, EventKind, MessageId, Topic, UserId};
use store::Caller;

/// Something that one of three people does; numbers choose among what is there.
#[derive(Clone, Debug)]
enum Step {
    Say { by: usize, named: Option<usize>, everybody: bool },
    Answer { by: usize, to: usize, in_room: bool, named: Option<usize> },
    Edit { which: usize, named: Option<usize> },
    Delete { which: usize },
    Move { by: usize, seq: u64 },
    Set { by: usize, seq: u64 },
    All { by: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..3_usize;
    let named = || proptest::option::of(0..3_usize);
    let which = any::<usize>;
    prop_oneof![
        5 => (who(), named(), prop::bool::weighted(0.1))
            .prop_map(|(by, named, everybody)| Step::Say { by, named, everybody }),
        3 => (who(), which(), any::<bool>(), named())
            .prop_map(|(by, to, in_room, named)| Step::Answer { by, to, in_room, named }),
        2 => (which(), named()).prop_map(|(which, named)| Step::Edit { which, named }),
        2 => which().prop_map(|which| Step::Delete { which }),
        3 => (who(), 0..60_u64).prop_map(|(by, seq)| Step::Move { by, seq }),
        1 => (who(), 0..60_u64).prop_map(|(by, seq)| Step::Set { by, seq }),
        1 => who().prop_map(|by| Step::All { by }),
    ]
}

/// A message as the test remembers it.
struct Known {
    id: MessageId,
    by: usize,
    order: u64,
    in_room: bool,
    is_root: bool,
    named: Option<usize>,
    everybody: bool,
    version: u32,
    deleted: bool,
}

struct Model {
    people: [Caller; 3],
    room: ConversationId,
    messages: Vec<Known>,
    read: [u64; 3],
}

impl Model {
    fn text(&self, named: Option<usize>, everybody: bool, salt: usize) -> String {
        let name = named.map_or("", |who| ["@ada", "@ben", "@cleo"][who]);
        format!("{salt} {name} {}", if everybody { "@room" } else { "" })
    }

    fn living(&self, which: usize, only_roots: bool) -> Option<usize> {
        let fits = |one: &Known| !one.deleted && (one.is_root || !only_roots);
        let living: Vec<usize> = (0..self.messages.len()).filter(|at| fits(&self.messages[*at])).collect();
        (!living.is_empty()).then(|| living[which % living.len()])
    }

    /// Unread messages and mentions of a person, counted one by one.
    fn recount(&self, who: usize) -> (u32, u32) {
        let unread = |one: &&Known| !one.deleted && one.by != who && self.read[who] < one.order;
        let shown = self.messages.iter().filter(unread).filter(|one| one.in_room).count();
        let mentioning = |one: &&Known| one.everybody || one.named == Some(who);
        let mentions = self.messages.iter().filter(unread).filter(mentioning).count();
        (shown as u32, mentions as u32)
    }
}

async fn run(c: &Community, model: &mut Model, step: &Step, salt: usize) {
    let topic = Topic::Conversation(model.room);
    let head = c.heads(&[topic]).await.unwrap()[0].head;
    match *step {
        Step::Say { by, named, everybody } => {
            let text = model.text(named, everybody, salt);
            let sent = c.says(&model.people[by], model.room, &text).await;
            let (id, order) = (sent.id, sent.order);
            let known = Known {
                id,
                by,
                order,
                in_room: true,
                is_root: true,
                named,
                everybody,
                version: 1,
                deleted: false,
            };
            model.messages.push(known);
        }
        Step::Answer { by, to, in_room, named } => {
            let Some(root) = model.living(to, true) else { return };
            let text = model.text(named, false, salt);
            let new = Community::new_message(model.room, Some(model.messages[root].id), &text);
            let sent = c.send_message(&model.people[by], NewMessage { in_room, ..new }).await.unwrap();
            let (id, order, everybody) = (sent.id, sent.order, false);
            let known = Known {
                id,
                by,
                order,
                in_room,
                is_root: false,
                named,
                everybody,
                version: 1,
                deleted: false,
            };
            model.messages.push(known);
        }
        Step::Edit { which, named } => {
            let Some(at) = model.living(which, false) else { return };
            let body = model.text(named, false, salt);
            let one = &mut model.messages[at];
            let edit = MessageEdit { id: one.id, base: one.version, body };
            one.version = c.update_message(&model.people[one.by], edit).await.unwrap().version;
            (one.named, one.everybody) = (named, false);
        }
        Step::Delete { which } => {
            let Some(at) = model.living(which, false) else { return };
            let one = &mut model.messages[at];
            c.delete_message(&model.people[one.by], one.id).await.unwrap();
            one.deleted = true;
        }
        Step::Move { by, seq } => {
            c.move_read(&model.people[by], topic, seq).await.unwrap();
            model.read[by] = model.read[by].max(seq.min(head));
        }
        Step::Set { by, seq } => {
            c.set_read(&model.people[by], model.room, seq).await.unwrap();
            model.read[by] = seq.min(head);
        }
        Step::All { by } => {
            c.read_all(&model.people[by], c.workspace).await.unwrap();
            if model.recount(by) != (0, 0) {
                model.read[by] = head;
            }
        }
    }
}

/// Of what is unread, what the person's own log said last, brought up to date as a device does it.
fn as_a_device_knows(log: &[protocol::Event], room: &[protocol::Event], user: UserId) -> Option<u32> {
    let said = log.iter().rev().find_map(|event| match &event.kind {
        EventKind::ReadMoved { unread: Some(unread), .. } => Some(*unread),
        _ => None,
    })?;
    let since = room.iter().filter(|event| said.as_of < event.seq);
    let mut unread = said.unread;
    for event in since {
        match &event.kind {
            EventKind::MessageCreated { message, .. } if message.counts_for(user) => unread += 1,
            EventKind::MessageDeleted { .. } => return None,
            _ => {}
        }
    }
    Some(unread)
}

#[test]
fn unread_numbers_equal_a_recount_for_three_people() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let people = [c.ada, c.ben, c.cleo];
        let mut runner = TestRunner::deterministic();
        for round in 0..4 {
            let room = c.begins(ConversationKind::Room, &format!("room-{round}"), &[c.ben, c.cleo]).await;
            let mut read = [0; 3];
            for (read, person) in read.iter_mut().zip(&people) {
                *read = c.conversation(person, room).await.unwrap().read;
            }
            let mut model = Model { people, room, messages: Vec::new(), read };
            for salt in 0..40 {
                let step = step().new_tree(&mut runner).unwrap().current();
                run(&c, &mut model, &step, salt).await;
                for (who, person) in people.iter().enumerate() {
                    let found = c.unread_in(person, room).await;
                    assert_eq!(found, model.recount(who), "person {who} after {step:?}");
                }
            }
            let log = c.log_in(room).await;
            for (who, person) in people.iter().enumerate() {
                let own: Vec<protocol::Event> = c.own_log(person).await;
                let own: Vec<protocol::Event> = own
                    .into_iter()
                    .filter(|event| {
                        matches!(&event.kind, EventKind::ReadMoved { topic, .. }
                            if *topic == Topic::Conversation(room))
                    })
                    .collect();
                if let Some(known) = as_a_device_knows(&own, &log, person.user) {
                    assert_eq!(known, model.recount(who).0, "another device counts the same");
                }
            }
        }
    });
}

#[test]
fn a_position_moves_forward_unless_it_is_set_and_never_past_the_head() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        let topic = Topic::Conversation(room);
        let first = c.says(&c.ada, room, "one").await;
        let second = c.says(&c.ada, room, "two").await;
        c.move_read(&c.ben, topic, 1_000).await.unwrap();
        assert_eq!(c.unread_in(&c.ben, room).await, (0, 0));
        c.says(&c.ada, room, "three").await;
        assert_eq!(c.unread_in(&c.ben, room).await.0, 1, "what comes later is unread");
        c.move_read(&c.ben, topic, first.order).await.unwrap();
        assert_eq!(c.unread_in(&c.ben, room).await.0, 1, "moving goes forward only");
        c.set_read(&c.ben, room, first.order).await.unwrap();
        assert_eq!(c.unread_in(&c.ben, room).await.0, 2, "marked unread from the second on");
        let timeline = c.messages(&c.ben, room, protocol::message::Window::Unread).await.unwrap();
        assert_eq!(timeline.first_unread, Some(second.order));
        let heads = c.heads_now().await;
        c.set_read(&c.ben, room, first.order).await.unwrap();
        assert_eq!(c.heads_now().await, heads, "the same again is no event");
        for outsider in [&c.gus, &c.zoe] {
            assert!(c.move_read(outsider, topic, 1).await.is_err());
            assert!(c.set_read(outsider, room, 1).await.is_err());
            assert!(c.receipts(outsider, room).await.is_err());
        }
    });
}

#[test]
fn who_has_read_is_shown_between_few_and_only_by_those_who_want_it() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let group = c.begins(ConversationKind::Group, "", &[c.ben, c.gus]).await;
        let said = c.says(&c.ada, group, "seen?").await;
        c.move_read(&c.ben, Topic::Conversation(group), said.order).await.unwrap();
        let receipts = c.receipts(&c.ada, group).await.unwrap();
        let ben = receipts.iter().find(|one| one.person.id == c.ben.user).unwrap();
        assert_eq!((receipts.len(), ben.seq), (2, said.order));
        c.set_receipts(&c.ben, false).await.unwrap();
        assert!(!c.me(&c.ben).await.unwrap().choice.receipts);
        let receipts = c.receipts(&c.ada, group).await.unwrap();
        assert!(receipts.iter().all(|one| one.person.id != c.ben.user));
        assert!(c.receipts(&c.ada, c.general().await.id).await.unwrap().is_empty(), "never in rooms");
    });
}
