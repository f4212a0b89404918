//! Conversations on one node and on two: who hears what is said, and who no longer does.

use crate::harness::{Device, Got, Node, Person, Site};
use crate::redis_server::RedisServer;
use protocol::conversation::{ConversationKind, NewConversation};
use protocol::ephemeral::TypingPlace;
use protocol::message::NewMessage;
use protocol::workspace::{Role, RoleChange};
use protocol::{ConversationId, MessageId, Timestamp, Topic, WorkspaceId};
use serde_json::json;

pub(crate) async fn begins(
    node: &Node,
    by: Person,
    workspace: WorkspaceId,
    kind: ConversationKind,
    with: &[Person],
) -> ConversationId {
    let id = ConversationId::new(Timestamp::now());
    let new = NewConversation {
        id,
        workspace,
        kind,
        name: "soup".to_owned(),
        topic_line: String::new(),
        members: with.iter().map(|person| person.caller.user).collect(),
    };
    node.store.create_conversation(&by.caller, new).await.expect("a conversation");
    id
}

pub(crate) async fn says(node: &Node, by: Person, to: ConversationId, body: &str) {
    let new = NewMessage {
        id: MessageId::new(Timestamp::now()),
        conversation: to,
        thread: None,
        in_room: false,
        body: body.to_owned(),
        attachments: Vec::new(),
    };
    node.store.send_message(&by.caller, new).await.expect("a message");
}

/// The next message that somebody wrote.
async fn hears(device: &mut Device) -> String {
    let heard = |frame: &serde_json::Value| {
        frame["kind"] == "message.created" && frame["data"]["message"]["kind"] == "text"
    };
    let frame = device.until(heard).await;
    frame["data"]["message"]["body"].as_str().expect("messages have bodies").to_owned()
}

#[tokio::test]
async fn a_message_is_heard_by_everybody_in_the_group_and_by_nobody_else() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let (ben, cleo) = (node.joins(ada, workspace, "ben").await, node.joins(ada, workspace, "cleo").await);
    let mut outside = node.device(cleo).await;
    let mut there = node.device(ben).await;
    let group = begins(&node, ada, workspace, ConversationKind::Group, &[ben]).await;
    let topic = json!(Topic::Conversation(group));
    // He is told on his own topic, and the socket follows by itself.
    there.until(|frame| frame["kind"] == "conversation.joined").await;
    there.until(|frame| frame["type"] == "opened" && frame["topic"] == topic).await;
    says(&node, ada, group, "hello").await;
    assert_eq!(hears(&mut there).await, "hello");
    // Whoever is outside cannot ask for it either.
    outside.say(json!({ "type": "open", "topic": topic })).await;
    let answer = outside.until(|frame| frame["topic"] == topic).await;
    assert_eq!((answer["type"].as_str(), answer["code"].as_u64()), (Some("closed"), Some(4004)));
    node.post(ada, workspace, "the end").await;
    loop {
        let Got::Frame(frame) = outside.next().await else { panic!("it stays open") };
        assert_ne!(frame["topic"], topic, "{frame}");
        if frame["kind"] == "post.created" {
            break;
        }
    }
}

#[tokio::test]
async fn a_room_is_followed_by_members_who_only_look_in_until_they_are_guests() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let ben = node.joins(ada, workspace, "ben").await;
    let room = begins(&node, ada, workspace, ConversationKind::Room, &[]).await;
    let topic = json!(Topic::Conversation(room));
    let mut there = node.device(ben).await;
    there.say(json!({ "type": "open", "topic": topic })).await;
    there.until(|frame| frame["type"] == "opened" && frame["topic"] == topic).await;
    says(&node, ada, room, "come in").await;
    assert_eq!(hears(&mut there).await, "come in");
    let change = RoleChange { workspace, user: ben.caller.user, role: Role::Guest };
    node.store.set_member_role(&ada.caller, change).await.expect("Ada may");
    says(&node, ada, room, "for members").await;
    let last = there.until(|frame| frame["topic"] == topic).await;
    assert_eq!(last["type"], "closed", "{last}");
}

#[tokio::test]
async fn nothing_reaches_ben_after_he_was_removed_in_the_middle_of_a_flood() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let ben = node.joins(ada, workspace, "ben").await;
    let group = begins(&node, ada, workspace, ConversationKind::Group, &[ben]).await;
    let topic = json!(Topic::Conversation(group));
    let mut there = node.device(ben).await;
    let under_way = tokio::sync::Notify::new();
    let flood = async {
        for count in 0..120 {
            if count == 20 {
                under_way.notify_one();
            }
            says(&node, ada, group, &format!("message {count}")).await;
        }
    };
    let removal = async {
        under_way.notified().await;
        node.store.remove_participant(&ada.caller, group, ben.caller.user).await.expect("Ada may");
    };
    there.meanwhile(Box::pin(async { tokio::join!(flood, removal) })).await;
    let log =
        node.store.read_after(Topic::Conversation(group), 0, usize::MAX, usize::MAX).await.expect("the log");
    let removed_at = log.iter().find(|event| event.kind == "participant.left").expect("he was removed").seq;
    let mut last = 0;
    loop {
        let frame = there.until(|frame| frame["topic"] == topic).await;
        if frame["type"] == "closed" {
            break;
        }
        last = frame["seq"].as_u64().expect("events have numbers");
        assert!(last < removed_at, "{frame}");
    }
    assert!(0 < last, "some came before");
    node.post(ada, workspace, "the end").await;
    loop {
        let Got::Frame(frame) = there.next().await else { panic!("it stays open") };
        assert_ne!(frame["topic"], topic, "{frame}");
        if frame["kind"] == "post.created" {
            break;
        }
    }
}

#[tokio::test]
async fn typing_reaches_those_who_look_at_the_conversation() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let (ben, cleo) = (node.joins(ada, workspace, "ben").await, node.joins(ada, workspace, "cleo").await);
    let room = begins(&node, ada, workspace, ConversationKind::Room, &[ben]).await;
    let topic = Topic::Conversation(room);
    let (mut here, mut there, mut looks_in) =
        (node.device(ada).await, node.device(ben).await, node.device(cleo).await);
    here.focuses(topic).await;
    looks_in.say(json!({ "type": "open", "topic": topic })).await;
    looks_in.until(|frame| frame["type"] == "opened" && frame["topic"] == json!(topic)).await;
    let typing = |place: TypingPlace| json!({ "type": "typing", "topic": topic, "place": place, "on": true });
    // She is not in the room, and the other place is none of this room's.
    looks_in.say(typing(TypingPlace::Conversation(room))).await;
    there.say(typing(TypingPlace::Conversation(ConversationId::new(Timestamp(1))))).await;
    there.say(typing(TypingPlace::Conversation(room))).await;
    let seen = here.until(|frame| frame["type"] == "ephemeral").await;
    assert_eq!(seen["ephemeral"]["name"], "ben");
    assert_eq!(seen["ephemeral"]["place"], json!(TypingPlace::Conversation(room)));
}

#[tokio::test]
async fn who_looks_at_a_conversation_sees_who_is_in_the_workspace() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let (ben, cleo) = (node.joins(ada, workspace, "ben").await, node.joins(ada, workspace, "cleo").await);
    let room = begins(&node, ada, workspace, ConversationKind::Room, &[ben]).await;
    let mut here = node.device(ada).await;
    let (topic, within) = (Topic::Conversation(room), Topic::Workspace(workspace));
    here.say(json!({ "type": "focus", "topic": topic, "within": within })).await;
    let count = |count: u32| {
        move |frame: &serde_json::Value| {
            frame["type"] == "presence"
                && frame["topic"] == json!(within)
                && frame["presence"]["count"] == count
        }
    };
    here.until(count(1)).await;
    let _cleo = node.device(cleo).await;
    here.until(count(2)).await;
    let mut there = node.device(ben).await;
    let place = TypingPlace::Conversation(room);
    there.say(json!({ "type": "typing", "topic": topic, "place": place, "on": true })).await;
    here.until(|frame| frame["type"] == "ephemeral" && frame["topic"] == json!(topic)).await;
}

async fn a_removal_crosses(redis: Option<&RedisServer>) {
    let url = redis.map(RedisServer::url);
    let site = Site::new();
    let one = site.node(url.as_deref()).await;
    let (ada, workspace) = one.ada().await;
    let ben = one.joins(ada, workspace, "ben").await;
    let group = begins(&one, ada, workspace, ConversationKind::Group, &[ben]).await;
    let other = site.node(url.as_deref()).await;
    let mut there = other.device(ben).await;
    says(&one, ada, group, "hello").await;
    assert_eq!(hears(&mut there).await, "hello");
    one.store.remove_participant(&ada.caller, group, ben.caller.user).await.expect("Ada may");
    says(&one, ada, group, "secret").await;
    let topic = json!(Topic::Conversation(group));
    let last = there.until(|frame| frame["topic"] == topic).await;
    assert_eq!(last["type"], "closed", "{last}");
}

#[tokio::test]
async fn a_removal_on_one_node_closes_the_conversation_on_the_other() {
    a_removal_crosses(None).await;
    if let Some(redis) = RedisServer::start().await {
        a_removal_crosses(Some(&redis)).await;
    }
}

#[tokio::test]
async fn a_room_that_somebody_left_may_still_be_looked_into() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let ben = node.joins(ada, workspace, "ben").await;
    let room = begins(&node, ada, workspace, ConversationKind::Room, &[ben]).await;
    let mut there = node.device(ben).await;
    node.store.leave_conversation(&ben.caller, room).await.expect("he may leave");
    there.until(|frame| frame["kind"] == "conversation.left").await;
    says(&node, ada, room, "still open").await;
    assert_eq!(hears(&mut there).await, "still open");
}
