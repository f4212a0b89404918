//! Replies get lost, so every command of conversations and messages may come twice, too, and the second time
//! changes nothing and is answered as the first.

use crate::community::Community;
use crate::harness::{START, on_both};
use proptest::prelude::*;
use protocol::conversation::{
    ConversationEdit, ConversationKind, ConversationRole, ConversationRoleChange, Level, NewConversation,
};
use protocol::message::{MessageEdit, NewMessage, Window};
use protocol::reaction::{Reaction, ReactionTarget};
use protocol::{ConversationId, MessageId, Topic};
use std::sync::{Arc, Mutex};
use store::Caller;

/// What is done.
#[derive(Clone, Copy, Debug)]
enum Act {
    Begin,
    OpenDirect,
    Join,
    Leave,
    Add,
    Remove,
    Rename,
    Archive,
    SetRole,
    SetLevel,
    Star,
    Send,
    Answer,
    Edit,
    Delete,
    Pin,
    Save,
    React,
    MoveRead,
    SetRead,
    ReadAll,
    Receipts,
}

const ACTS: [(u32, Act); 22] = [
    (3, Act::Begin),
    (2, Act::OpenDirect),
    (3, Act::Join),
    (2, Act::Leave),
    (2, Act::Add),
    (2, Act::Remove),
    (2, Act::Rename),
    (1, Act::Archive),
    (1, Act::SetRole),
    (1, Act::SetLevel),
    (1, Act::Star),
    (6, Act::Send),
    (4, Act::Answer),
    (3, Act::Edit),
    (2, Act::Delete),
    (2, Act::Pin),
    (2, Act::Save),
    (3, Act::React),
    (2, Act::MoveRead),
    (2, Act::SetRead),
    (1, Act::ReadAll),
    (1, Act::Receipts),
];

/// Somebody does something; numbers choose among the people and among what is there.
#[derive(Clone, Copy, Debug)]
struct Step {
    act: Act,
    by: usize,
    other: usize,
    talk: usize,
    message: usize,
    on: bool,
    seq: u64,
}

fn step() -> impl Strategy<Value = Step> {
    let acts = ACTS.map(|(weight, act)| (weight, Just(act).boxed()));
    let act = proptest::strategy::Union::new_weighted(acts.to_vec());
    (act, 0..4_usize, 0..4_usize, any::<usize>(), any::<usize>(), any::<bool>(), 0..40_u64)
        .prop_map(|(act, by, other, talk, message, on, seq)| Step { act, by, other, talk, message, on, seq })
}

/// What was made so far, deleted things included.
#[derive(Default)]
struct Made {
    talks: Vec<ConversationId>,
    messages: Vec<(MessageId, ConversationId)>,
}

/// Runs a command and tells its answer as text.
async fn run(c: &Community, made: &Made, step: Step, ids: (ConversationId, MessageId)) -> String {
    fn told<T: std::fmt::Debug>(result: store::Result<T>) -> String {
        format!("{:?}", result.map_err(protocol::Error::from))
    }
    let people = [c.ada, c.ben, c.cleo, c.gus];
    let (by, other) = (&people[step.by], people[step.other]);
    let talk = made.talks[step.talk % made.talks.len()];
    let nothing = (MessageId(uuid::Uuid::nil()), talk);
    let (message, of) =
        made.messages.get(step.message % made.messages.len().max(1)).copied().unwrap_or(nothing);
    let text = format!("words {} @ben @gus", step.seq);
    let reaction = Reaction { target: ReactionTarget::Message(message), emoji: "👍".to_owned() };
    let topic = Topic::Conversation(talk);
    match step.act {
        Act::Begin => {
            let kind = if step.on { ConversationKind::Room } else { ConversationKind::Group };
            let (name, members) = (format!("talk-{}", step.seq), vec![other.user]);
            let (id, workspace, topic_line) = (ids.0, c.workspace, String::new());
            let new = NewConversation { id, workspace, kind, name, topic_line, members };
            told(c.create_conversation(by, new).await)
        }
        Act::OpenDirect => told(c.open_direct(by, c.workspace, other.user).await),
        Act::Join => told(c.join_conversation(by, talk).await),
        Act::Leave => told(c.leave_conversation(by, talk).await),
        Act::Add => told(c.add_participants(by, talk, vec![other.user]).await),
        Act::Remove => told(c.remove_participant(by, talk, other.user).await),
        Act::Rename => {
            let name = Some(format!("called-{}", step.seq));
            let topic_line = step.on.then(|| format!("about {}", step.seq));
            let edit = ConversationEdit { id: talk, name, topic_line, is_default: None };
            told(c.update_conversation(by, edit).await)
        }
        Act::Archive => told(c.archive_conversation(by, talk, step.on).await),
        Act::SetRole => {
            let role = if step.on { ConversationRole::Owner } else { ConversationRole::Member };
            let change = ConversationRoleChange { id: talk, user: other.user, role };
            told(c.set_participant_role(by, change).await)
        }
        Act::SetLevel => {
            let level = Level::ALL[step.message % Level::ALL.len()];
            told(c.set_level(by, talk, level).await)
        }
        Act::Star => told(c.star_conversation(by, talk, step.on).await),
        Act::Send => {
            let new = NewMessage { id: ids.1, ..Community::new_message(talk, None, &text) };
            told(c.send_message(by, new).await)
        }
        Act::Answer => {
            let new = Community::new_message(of, Some(message), &text);
            told(c.send_message(by, NewMessage { id: ids.1, in_room: step.on, ..new }).await)
        }
        Act::Edit => {
            let edit = MessageEdit { id: message, base: 1 + u32::from(step.on), body: text };
            told(c.update_message(by, edit).await)
        }
        Act::Delete => told(c.delete_message(by, message).await),
        Act::Pin => told(c.pin_message(by, message, step.on).await),
        Act::Save => told(c.save_message(by, message, step.on).await),
        Act::React if step.on => told(c.add_reaction(by, reaction).await),
        Act::React => told(c.remove_reaction(by, reaction).await),
        Act::MoveRead => told(c.move_read(by, topic, step.seq).await),
        Act::SetRead => told(c.set_read(by, talk, step.seq).await),
        Act::ReadAll => told(c.read_all(by, c.workspace).await),
        Act::Receipts => told(c.set_receipts(by, step.on).await),
    }
}

/// Everything that anybody can see, and every log's head.
async fn everything(c: &Community, made: &Made) -> String {
    let topics: Vec<Topic> = made.talks.iter().map(|id| Topic::Conversation(*id)).collect();
    let mut heads = c.heads(&topics).await.unwrap();
    heads.sort_by_key(|head| head.topic);
    let mut seen = format!("{:?} {heads:?}\n", c.heads_now().await);
    for caller in [&c.ada, &c.ben, &c.cleo, &c.gus] {
        seen.push_str(&seen_by(c, made, caller).await);
    }
    seen
}

async fn seen_by(c: &Community, made: &Made, who: &Caller) -> String {
    let mut seen = format!("{:?}\n", c.conversations(who, c.workspace).await.unwrap());
    seen.push_str(&format!("{:?}\n{:?}\n", c.inbox(who).await, c.me(who).await.unwrap()));
    seen.push_str(&format!("{:?}\n", c.saved_messages(who, None).await.unwrap()));
    for talk in &made.talks {
        let Ok(timeline) = c.messages(who, *talk, Window::Latest).await else { continue };
        let members = c.participants(who, *talk, None, None).await.unwrap();
        seen.push_str(&format!("{timeline:?}\n{members:?}\n{:?}\n", c.pins(who, *talk).await.unwrap()));
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 40, ..ProptestConfig::default() })]
    #[test]
    fn every_command_of_a_conversation_twice_is_that_command_once(
        steps in proptest::collection::vec(step(), 15..45)
    ) {
        let failed: Arc<Mutex<Option<String>>> = Arc::default();
        on_both(|test| {
            let (steps, failed) = (steps.clone(), Arc::clone(&failed));
            async move {
                let c = Community::in_(test).await;
                let mut made = Made { talks: vec![c.general().await.id], ..Made::default() };
                for step in steps {
                    c.later();
                    let ids = (ConversationId::new(START), MessageId::new(START));
                    let first = run(&c, &made, step, ids).await;
                    let before = everything(&c, &made).await;
                    let second = run(&c, &made, step, ids).await;
                    let after = everything(&c, &made).await;
                    if first != second || before != after {
                        let story = format!("{step:?} was not the same twice:\n{first}\n{second}\n{before}\n{after}");
                        failed.lock().expect("nobody panics with it").replace(story);
                        return;
                    }
                    if first.starts_with("Ok") {
                        let to = made.talks[step.talk % made.talks.len()];
                        match step.act {
                            Act::Begin => made.talks.push(ids.0),
                            Act::Send => made.messages.push((ids.1, to)),
                            Act::Answer => {
                                let of = made.messages[step.message % made.messages.len()].1;
                                made.messages.push((ids.1, of));
                            }
                            _ => {}
                        }
                    }
                }
            }
        });
        let failed = failed.lock().expect("nobody panics with it").take();
        prop_assert!(failed.is_none(), "{}", failed.unwrap_or_default());
    }
}
