//! Who is seen, how, and by whom; and who has read: over real sockets, with two windows of one person.

use crate::harness::{Live, Person, TestApp};
use client::Output;
use protocol::account::Me;
use protocol::conversation::{ConversationKind, ConversationState, NewConversation, Receipt};
use protocol::ephemeral::{Ephemeral, Presence, TypingPlace};
use protocol::message::{Message, NewMessage};
use protocol::presence::{Bearing, CustomStatus, PresenceChoice, Present};
use protocol::{ConversationId, EventKind, MessageId, Timestamp, Topic, UserId};
use serde_json::{Value, json};

/// What an output says of somebody: they are so, or they left.
fn word_of(output: &Output, user: UserId) -> Option<Option<Present>> {
    let Output::Presence { presence, .. } = output else { return None };
    let (here, left) = match presence {
        Presence::Full { people, .. } => (people, &[][..]),
        Presence::Diff { joined, left, .. } => (joined, left.as_slice()),
    };
    let found = here.iter().find(|one| one.user == user).copied();
    found.map(Some).or_else(|| left.contains(&user).then_some(None))
}

async fn hears_of(live: &mut Live, user: UserId) -> Option<Present> {
    live.until(|output| word_of(&output, user)).await
}

async fn is_seen_as(who: &Person, arguments: Value) -> PresenceChoice {
    who.does("presence.set", arguments).await
}

async fn talk(ada: &Person, ben: &Person) -> ConversationId {
    let with = json!({ "workspace": ada.workspace(), "user": ben.me.person.id });
    let state: ConversationState = ada.does("conversations.open_direct", with).await;
    state.conversation.id
}

async fn group(by: &Person, with: &[&Person]) -> ConversationId {
    let new = NewConversation {
        id: ConversationId::new(Timestamp::now()),
        workspace: by.workspace(),
        kind: ConversationKind::Group,
        name: String::new(),
        topic_line: String::new(),
        members: with.iter().map(|person| person.me.person.id).collect(),
    };
    let state: ConversationState = by.does("conversations.create", new).await;
    state.conversation.id
}

async fn says(by: &Person, to: ConversationId, body: &str) -> u64 {
    let new = NewMessage {
        id: MessageId::new(Timestamp::now()),
        conversation: to,
        thread: None,
        in_room: false,
        body: body.to_owned(),
        attachments: Vec::new(),
    };
    let sent: Message = by.does("messages.send", new).await;
    sent.order
}

async fn receipt(live: &mut Live) -> (UserId, u64) {
    let seen = |output| match output {
        Output::Ephemeral { ephemeral: Ephemeral::Seen { user, seq }, .. } => Some((user, seq)),
        _ => None,
    };
    live.until(seen).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_windows_of_one_person_are_one_presence_and_know_the_same_choice() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let bens = ben.me.person.id;
    let mut here = ada.watches().await;
    here.handle.focus(Some(ada.topic()), None);
    let (desk, mut phone) = (ben.watches().await, ben.watches().await);
    assert_eq!(hears_of(&mut here, bens).await, Some(Present::online(bens)));
    desk.handle.idle(true);
    phone.handle.idle(true);
    assert_eq!(hears_of(&mut here, bens).await.map(|one| one.bearing), Some(Bearing::Away));
    desk.handle.idle(false);
    assert_eq!(hears_of(&mut here, bens).await, Some(Present::online(bens)));

    let choice = is_seen_as(&ben, json!({ "seen_as": "busy", "minutes": 30 })).await;
    let told = |output| match output {
        Output::Event(event) => match event.kind {
            EventKind::PresenceChosen(choice) => Some(choice),
            _ => None,
        },
        _ => None,
    };
    assert_eq!(phone.until(told).await, choice, "the other window");
    let busy = hears_of(&mut here, bens).await.expect("he is here");
    assert_eq!((busy.bearing, busy.until), (Bearing::Busy, choice.quiet_until));
    let state: Value = ben.does("push.get", json!({})).await;
    assert_eq!(state["quiet_until"], json!(choice.quiet_until), "devices are quiet as long");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_finds_out_that_somebody_invisible_is_here() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let cleo = ada.invites("cleo").await;
    let (bens, cleos) = (ben.me.person.id, cleo.me.person.id);
    let group = group(&ada, &[&ben, &cleo]).await;
    let (topic, place) = (Topic::Conversation(group), TypingPlace::Conversation(group));
    let first = says(&ada, group, "are you there?").await;
    let mut here = ada.watches().await;
    here.handle.focus(Some(topic), Some(ada.topic()));
    let mut desk = ben.watches().await;
    assert!(hears_of(&mut here, bens).await.is_some());
    desk.handle.read(topic, first);
    assert_eq!(receipt(&mut here).await, (bens, first));
    is_seen_as(&ben, json!({ "seen_as": "invisible" })).await;
    assert_eq!(hears_of(&mut here, bens).await, None);

    // Another window, typing, reading and looking around.
    let second = says(&ada, group, "hello?").await;
    let _phone = ben.watches().await;
    desk.handle.typing(topic, place, true);
    desk.handle.idle(true);
    desk.handle.idle(false);
    desk.handle.read(topic, second);
    let has_read = |output| match output {
        Output::Event(event) => {
            matches!(event.kind, EventKind::ReadMoved { seq, .. } if seq == second).then_some(())
        }
        _ => None,
    };
    desk.until(has_read).await;
    let answers: [Value; 4] = [
        ada.does("reads.seen_by", json!({ "conversation": group })).await,
        ada.does("members.list", json!({ "workspace": ada.workspace() })).await,
        ada.does("conversations.members", json!({ "id": group })).await,
        ada.does("admin.people", json!({})).await,
    ];
    assert_eq!(answers[0][0]["seq"], first, "as of when he left: {:?}", answers[0]);
    for answer in &answers {
        let text = answer.to_string();
        assert!(!text.contains("invisible") && !text.contains("choice"), "{text}");
    }
    // Cleo's receipts of two seconds: whatever there was to tell of Ben would have come with them.
    for seq in [first, second] {
        let _: Value = cleo.does("reads.move", json!({ "topic": topic, "seq": seq })).await;
        here.until(|output| {
            assert!(word_of(&output, bens).is_none(), "{output:?}");
            match output {
                Output::Ephemeral { ephemeral: Ephemeral::Seen { user, seq: to }, .. } => {
                    assert_eq!(user, cleos);
                    (to == seq).then_some(())
                }
                Output::Ephemeral { ephemeral, .. } => panic!("{ephemeral:?}"),
                Output::Event(event) => {
                    assert_ne!(event.actor, Some(bens), "{event:?}");
                    None
                }
                _ => None,
            }
        })
        .await;
    }
    // His own devices know.
    let me: Me = ben.does("account.get", json!({})).await;
    assert!(me.choice.invisible);
    is_seen_as(&ben, json!({ "seen_as": "online" })).await;
    assert_eq!(hears_of(&mut here, bens).await, Some(Present::online(bens)));
    let seen: Vec<Receipt> = ada.does("reads.seen_by", json!({ "conversation": group })).await;
    assert!(seen.iter().any(|one| one.person.id == bens && one.seq == second), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_are_live_for_those_who_show_their_own_and_for_nobody_else() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let bens = ben.me.person.id;
    let direct = talk(&ada, &ben).await;
    let topic = Topic::Conversation(direct);
    let mut here = ada.watches().await;
    here.handle.focus(Some(topic), Some(ada.topic()));
    let first = says(&ada, direct, "one").await;
    // By the command and by the socket alike.
    let _: Value = ben.does("reads.move", json!({ "topic": topic, "seq": first })).await;
    assert_eq!(receipt(&mut here).await, (bens, first));

    let mut there = ben.watches().await;
    there.handle.focus(Some(topic), Some(ada.topic()));
    let _: Value = ada.does("reads.set_receipts", json!({ "on": false })).await;
    assert_eq!(receipt(&mut there).await, (ada.me.person.id, 0), "taken back where somebody looks");
    let nothing: Vec<Receipt> = ada.does("reads.seen_by", json!({ "conversation": direct })).await;
    assert!(nothing.is_empty(), "who does not show it does not see it");
    let hers: Vec<Receipt> = ben.does("reads.seen_by", json!({ "conversation": direct })).await;
    assert!(hers.is_empty(), "and is not seen");
    // A plain form says the same as JSON.
    let form = ada.wire.http.post(ada.wire.site.url("/api/reads.set_receipts"));
    let form = form.header("cookie", &ada.wire.cookie).form(&[("on", "true")]);
    assert!(form.send().await.expect("the server answers").status().as_u16() < 400);
    let seen: Vec<Receipt> = ada.does("reads.seen_by", json!({ "conversation": direct })).await;
    assert_eq!((seen.len(), seen[0].seq), (1, first));
    let second = says(&ada, direct, "two").await;
    let _: Value = ben.does("reads.move", json!({ "topic": topic, "seq": second })).await;
    assert_eq!(receipt(&mut here).await, (bens, second));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_reaches_everybody_and_stands_in_every_list() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let bens = ben.me.person.id;
    let mut here = ada.watches().await;
    let new = json!({ "emoji": "🌴", "text": "On holiday", "ends": "week", "utc_offset_minutes": "60" });
    let set: Option<CustomStatus> = ben.does("status.set", new).await;
    let set = set.expect("a status");
    assert!(set.until.is_some_and(|until| Timestamp::now() < until));
    let told = |output| match output {
        Output::Event(event) => match event.kind {
            EventKind::MemberUpdated(member) if member.person.id == bens => Some(member.status),
            _ => None,
        },
        _ => None,
    };
    assert_eq!(here.until(told).await, Some(set.clone()));
    let me: Me = ada.does("account.get", json!({})).await;
    assert_eq!(me.workspaces[0].with_status[0].status, Some(set));
    ben.may_not("status.set", json!({ "text": "x".repeat(101) }), 422).await;
    ben.may_not("presence.set", json!({ "seen_as": "busy" }), 422).await;
    let _: Option<CustomStatus> = ben.does("status.set", json!({})).await;
    assert_eq!(here.until(told).await, None);
}
