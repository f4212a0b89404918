//! Conversations over real sockets, on one server and on two: whoever lost the right hears nothing more,
//! and whoever has it hears everything once and in order.

use crate::harness::{Live, Person, within};
use crate::pair::{Pair, event_in};
use client::Output;
use protocol::conversation::{ConversationKind, NewConversation};
use protocol::ephemeral::TypingPlace;
use protocol::frame::{ClientFrame, CloseCode, ServerFrame};
use protocol::workspace::{Role, RoleChange};
use protocol::{ConversationId, EventKind, Position, Timestamp, Topic};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinHandle;

/// Somebody who writes one message after the other until told to stop.
struct Flood {
    is_over: Arc<AtomicBool>,
    running: JoinHandle<()>,
}

impl Flood {
    fn of(person: &Person, room: ConversationId) -> Self {
        let is_over = Arc::<AtomicBool>::default();
        let (until, person) = (Arc::clone(&is_over), person.clone());
        #[expect(clippy::disallowed_methods, reason = "the test's own task, awaited in end()")]
        let running = tokio::spawn(async move {
            for number in 0.. {
                if until.load(Ordering::SeqCst) {
                    break;
                }
                person.says(room, &number.to_string()).await;
            }
        });
        Self { is_over, running }
    }

    async fn end(self) {
        self.is_over.store(true, Ordering::SeqCst);
        within(self.running).await.expect("every message is taken");
    }
}

/// So many messages come.
async fn feels(live: &mut Live, topic: Topic, mut count: u32) {
    live.until(|output| {
        let event = event_in(topic, &output)?;
        count -= u32::from(matches!(event.kind, EventKind::MessageCreated { .. }));
        (count == 0).then_some(())
    })
    .await;
}

/// Everything until the post of this title.
async fn all_until_post(live: &mut Live, title: &str) -> Vec<Output> {
    let mut all = Vec::new();
    live.until(|output| {
        let is_it = matches!(&output, Output::Event(event)
            if matches!(&event.kind, EventKind::PostCreated(post) if post.title == title));
        all.push(output);
        is_it.then_some(())
    })
    .await;
    all
}

fn topic_of(output: &Output) -> Option<Topic> {
    match output {
        Output::Event(event) => Some(event.topic),
        Output::Opened { topic, .. }
        | Output::Closed { topic, .. }
        | Output::Reset { topic, .. }
        | Output::Ephemeral { topic, .. }
        | Output::Presence { topic, .. } => Some(*topic),
        _ => None,
    }
}

async fn who_is_removed_in_a_flood_hears_nothing_more(pair: Pair) {
    let ada = pair.here().set_up("ada").await;
    let ben = ada.invites("ben").await.at(pair.there());
    let cleo = ada.invites("cleo").await.at(pair.there());
    let group = ada.founds_group(&[&ben, &cleo]).await;
    let topic = Topic::Conversation(group);
    let (mut bens, mut cleos, mut adas) =
        (ben.follows(topic).await, cleo.follows(topic).await, ada.follows(topic).await);
    for live in [&bens, &cleos, &adas] {
        live.handle.focus(Some(topic), Some(ada.topic()));
    }
    let flood = Flood::of(&ada, group);
    feels(&mut bens, topic, 5).await;
    ada.removes_from(group, &ben).await;
    let removed = cleos.until(|output| {
        let event = event_in(topic, &output)?;
        matches!(event.kind, EventKind::ParticipantLeft { user, .. } if user == ben.me.person.id)
            .then_some(event.seq)
    });
    let removed = removed.await;
    let mut latest = 0;
    let code = bens.until(|output| match output {
        Output::Closed { topic: closed, code } if closed == topic => Some(code),
        other => {
            latest = event_in(topic, &other).map_or(latest, |event| event.seq);
            None
        }
    });
    assert_eq!(code.await, CloseCode::Forbidden.number());
    assert!(latest < removed, "saw {latest}, removed at {removed}");

    // It goes on without him, and what people do there right now is not shown to him either.
    feels(&mut cleos, topic, 30).await;
    cleos.handle.typing(topic, TypingPlace::Conversation(group), true);
    let typed =
        |output: Output| matches!(output, Output::Ephemeral { topic: of, .. } if of == topic).then_some(());
    adas.until(typed).await;
    flood.end().await;
    ada.posts("Marker").await;
    let leaked: Vec<Output> = all_until_post(&mut bens, "Marker").await;
    let leaked: Vec<&Output> = leaked.iter().filter(|output| topic_of(output) == Some(topic)).collect();
    assert!(leaked.is_empty(), "{leaked:?}");

    // Nor by asking for it from where he was.
    let head =
        cleo.does::<protocol::conversation::ConversationState>("conversations.get", json!({ "id": group }));
    let epoch = head.await.position.epoch;
    let mut raw = ben.wire.raw_socket().await;
    raw.says_hello().await;
    let since = Some(Position { epoch, seq: latest.max(1) });
    raw.says(serde_json::to_string(&ClientFrame::Open { topic, since }).expect("frames are JSON")).await;
    let code = raw.until(|frame| match frame {
        ServerFrame::Closed { topic: closed, code } if closed == topic => Some(code),
        ServerFrame::Event(event) => {
            assert_ne!(event.topic, topic, "{event:?}");
            None
        }
        ServerFrame::Opened { topic: opened, .. } => {
            assert_ne!(opened, topic);
            None
        }
        _ => None,
    });
    assert_eq!(code.await, CloseCode::Forbidden.number());
    for (command, arguments) in [
        ("conversations.get", json!({ "id": group })),
        ("messages.list", json!({ "conversation": group })),
        ("conversations.members", json!({ "id": group })),
        ("messages.pins", json!({ "conversation": group })),
        ("reads.seen_by", json!({ "conversation": group })),
        ("reads.move", json!({ "topic": topic, "seq": 1 })),
    ] {
        ben.may_not(command, arguments, 404).await;
    }
    pair.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_in_a_flood_hears_nothing_more_on_one_server() {
    who_is_removed_in_a_flood_hears_nothing_more(Pair::alone().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_in_a_flood_hears_nothing_more_on_another_server() {
    let Some(pair) = Pair::linked().await else { return };
    who_is_removed_in_a_flood_hears_nothing_more(pair).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_on_both_servers_is_seen_on_both_in_one_order_and_once() {
    const EACH: usize = 40;
    let Some(pair) = Pair::linked().await else { return };
    let ada = pair.here().set_up("ada").await;
    let ben = ada.invites("ben").await.at(pair.there());
    let group = ada.founds_group(&[&ben]).await;
    let topic = Topic::Conversation(group);
    let (mut adas, mut bens) = (ada.follows(topic).await, ben.follows(topic).await);
    let write = |person: Person, name: &'static str| async move {
        for number in 0..EACH {
            person.says(group, &format!("{name} {number}")).await;
        }
    };
    let seen = async |live: &mut Live| {
        let mut seen = Vec::new();
        live.until(|output| {
            if let Some(event) = event_in(topic, &output)
                && let EventKind::MessageCreated { message, .. } = &event.kind
            {
                seen.push((event.seq, message.body.clone()));
            }
            (seen.len() == 2 * EACH).then_some(())
        })
        .await;
        seen
    };
    let ((), (), at_adas, at_bens) =
        tokio::join!(write(ada.clone(), "ada"), write(ben.clone(), "ben"), seen(&mut adas), seen(&mut bens));
    assert_eq!(at_adas, at_bens);
    assert!(at_adas.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0), "{at_adas:?}");
    for name in ["ada", "ben"] {
        let of_one: Vec<&str> = at_adas
            .iter()
            .filter(|(_, body)| body.starts_with(name))
            .map(|(_, body)| body.as_str())
            .collect();
        let wanted: Vec<String> = (0..EACH).map(|number| format!("{name} {number}")).collect();
        assert_eq!(of_one, wanted, "everybody's own in their order");
    }
    pair.stop().await;
}

async fn rights_that_end_here_end_there(pair: Pair) {
    let ada = pair.here().set_up("ada").await;
    let ben = ada.invites("ben").await.at(pair.there());
    let cleo = ada.invites("cleo").await.at(pair.there());
    let new = NewConversation {
        id: ConversationId::new(Timestamp::now()),
        workspace: ada.workspace(),
        kind: ConversationKind::Room,
        name: "garden".to_owned(),
        topic_line: String::new(),
        members: vec![cleo.me.person.id],
    };
    let room = new.id;
    let _: Value = ada.does("conversations.create", new).await;
    let topic = Topic::Conversation(room);
    // Ben only looks into the room, as members may.
    let (mut bens, mut cleos) = (ben.follows(topic).await, cleo.follows(topic).await);
    ada.says(room, "for all who look").await;
    feels(&mut bens, topic, 1).await;
    let guest = RoleChange { workspace: ada.workspace(), user: ben.me.person.id, role: Role::Guest };
    let _: Value = ada.does("members.set_role", guest).await;
    ada.says(room, "not for guests").await;
    let mut heard = Vec::new();
    let code = bens.until(|output| match output {
        Output::Closed { topic: closed, code } if closed == topic => Some(code),
        other => {
            heard.extend(event_in(topic, &other).map(|event| event.kind.name()));
            None
        }
    });
    assert_eq!(code.await, CloseCode::Forbidden.number());
    assert!(!heard.contains(&"message.created"), "{heard:?}");
    feels(&mut cleos, topic, 2).await;

    // Whoever is added hears what follows, and a removed guest nothing more.
    let who = json!({ "id": room, "people": [ben.me.person.id] });
    let _: Value = ada.does("conversations.add", who).await;
    ada.says(room, "welcome").await;
    bens.until(|output| match &event_in(topic, &output)?.kind {
        EventKind::MessageCreated { message, .. } => (message.body == "welcome").then_some(()),
        _ => None,
    })
    .await;
    ada.removes_from(room, &ben).await;
    ada.says(room, "without him").await;
    bens.until(|output| match output {
        Output::Closed { topic: closed, .. } => (closed == topic).then_some(()),
        other => {
            let heard = event_in(topic, &other).map(|event| event.kind.name());
            assert_ne!(heard, Some("message.created"));
            None
        }
    })
    .await;
    ben.may_not("messages.list", json!({ "conversation": room }), 404).await;
    pair.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_end_on_a_server_end_on_it() {
    rights_that_end_here_end_there(Pair::alone().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_end_on_one_server_end_on_the_other() {
    let Some(pair) = Pair::linked().await else { return };
    rights_that_end_here_end_there(pair).await;
}
