//! Who is seen, how, and by whom; and who has read.

use crate::conversations::{begins, says};
use crate::harness::{Device, Node, Person, Site};
use protocol::conversation::ConversationKind;
use protocol::ephemeral::TypingPlace;
use protocol::presence::{NewPresence, SeenAs};
use protocol::{ConversationId, Topic, WorkspaceId};
use serde_json::{Value, json};

async fn is_seen_as(node: &Node, who: Person, seen_as: SeenAs, minutes: u32) {
    node.store.set_presence(&who.caller, NewPresence { seen_as, minutes }).await.expect("they may");
}

/// What a frame says of somebody who came or is otherwise, in a diff or in a whole list.
fn word_of(frame: &Value, who: Person) -> Option<Value> {
    let lists = [&frame["presence"]["joined"], &frame["presence"]["people"]];
    let mut people = lists.into_iter().filter_map(Value::as_array).flatten();
    people.find(|one| one["user"] == json!(who.caller.user)).cloned()
}

/// Waits for a word of somebody.
async fn hears_of(device: &mut Device, who: Person) -> Value {
    let frame = device.until(|frame| word_of(frame, who).is_some()).await;
    word_of(&frame, who).expect("it was found")
}

async fn is_gone(device: &mut Device, who: Person) {
    let user = json!(who.caller.user);
    let names = |frame: &Value| frame["presence"]["left"].as_array().is_some_and(|left| left.contains(&user));
    device.until(names).await;
}

/// Frames until one of Ada's posts: whatever was to be told before is told by then.
async fn frames_until_a_post(
    node: &Node,
    ada: Person,
    workspace: WorkspaceId,
    device: &mut Device,
) -> Vec<Value> {
    node.post(ada, workspace, "the end").await;
    let mut frames = Vec::new();
    loop {
        let frame = device.until(|_| true).await;
        let is_last = frame["kind"] == "post.created";
        frames.push(frame);
        if is_last {
            return frames;
        }
    }
}

#[tokio::test]
async fn somebody_is_away_when_all_their_windows_are_idle() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let ben = node.joins(ada, workspace, "ben").await;
    let mut here = node.device(ada).await;
    here.focuses(Topic::Workspace(workspace)).await;
    let (mut desk, mut phone) = (node.device(ben).await, node.device(ben).await);
    assert_eq!(hears_of(&mut here, ben).await, json!({ "user": ben.caller.user }), "online");
    desk.say(json!({ "type": "idle", "on": true })).await;
    phone.say(json!({ "type": "idle", "on": true })).await;
    assert_eq!(hears_of(&mut here, ben).await["bearing"], "away");
    phone.say(json!({ "type": "idle", "on": false })).await;
    assert_eq!(hears_of(&mut here, ben).await, json!({ "user": ben.caller.user }));
}

#[tokio::test]
async fn an_idle_window_that_comes_back_brings_nobody_back() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let ben = node.joins(ada, workspace, "ben").await;
    let mut here = node.device(ada).await;
    here.focuses(Topic::Workspace(workspace)).await;
    let mut desk = node.socket(ben);
    desk.say(json!({ "type": "hello", "client": "test", "idle": true })).await;
    assert_eq!(hears_of(&mut here, ben).await["bearing"], "away");
}

#[tokio::test]
async fn who_does_not_want_to_be_disturbed_is_shown_so_until_they_do() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let ben = node.joins(ada, workspace, "ben").await;
    let mut here = node.device(ada).await;
    here.focuses(Topic::Workspace(workspace)).await;
    let _desk = node.device(ben).await;
    hears_of(&mut here, ben).await;
    is_seen_as(&node, ben, SeenAs::Busy, 30).await;
    let busy = hears_of(&mut here, ben).await;
    assert_eq!(busy["bearing"], "busy");
    let until = node.store.quiet_until(&ben.caller).await.expect("the database answers").expect("an end");
    assert_eq!(busy["until"], json!(until), "others see until when, and devices are quiet as long");
    is_seen_as(&node, ben, SeenAs::Online, 0).await;
    assert_eq!(hears_of(&mut here, ben).await, json!({ "user": ben.caller.user }));
}

/// A group of Ada, Ben and Cleo at which Ada looks.
async fn group(node: &Node) -> (Person, Person, Person, WorkspaceId, ConversationId, Device) {
    let (ada, workspace) = node.ada().await;
    let (ben, cleo) = (node.joins(ada, workspace, "ben").await, node.joins(ada, workspace, "cleo").await);
    let group = begins(node, ada, workspace, ConversationKind::Group, &[ben, cleo]).await;
    let mut here = node.device(ada).await;
    let (topic, within) = (Topic::Conversation(group), Topic::Workspace(workspace));
    here.say(json!({ "type": "focus", "topic": topic, "within": within })).await;
    (ada, ben, cleo, workspace, group, here)
}

async fn reads(device: &mut Device, group: ConversationId, seq: u64) {
    device.say(json!({ "type": "read", "topic": Topic::Conversation(group), "seq": seq })).await;
}

/// A receipt that comes: whose, and how far.
async fn receipt(device: &mut Device) -> (Value, u64) {
    let frame = device.until(|frame| frame["ephemeral"]["kind"] == "seen").await;
    (frame["ephemeral"]["user"].clone(), frame["ephemeral"]["seq"].as_u64().expect("a number"))
}

async fn head(node: &Node, group: ConversationId) -> u64 {
    node.position(Topic::Conversation(group)).await.seq
}

#[tokio::test]
async fn who_has_read_is_told_to_those_who_look_at_most_once_a_second() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, ben, _, _, group, mut here) = group(&node).await;
    let first = head(&node, group).await + 1;
    for count in 0..30 {
        says(&node, ada, group, &format!("message {count}")).await;
    }
    let mut there = node.device(ben).await;
    let started = tokio::time::Instant::now();
    for seq in first..first + 30 {
        node.store.move_read(&ben.caller, Topic::Conversation(group), seq).await.expect("he may");
    }
    let mut told = 0;
    loop {
        let (user, seq) = receipt(&mut here).await;
        assert_eq!(user, json!(ben.caller.user));
        told += 1;
        if seq == first + 29 {
            break;
        }
    }
    assert!(told <= 2 + started.elapsed().as_secs(), "{told} receipts in {:?}", started.elapsed());
    // Also over the socket; and nobody is told of themselves.
    says(&node, ada, group, "one more").await;
    reads(&mut there, group, first + 30).await;
    assert_eq!(receipt(&mut here).await, (json!(ben.caller.user), first + 30));
}

#[tokio::test]
async fn who_does_not_show_what_they_read_neither_sends_nor_gets_receipts() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, ben, cleo, _, group, mut here) = group(&node).await;
    says(&node, ada, group, "one").await;
    says(&node, ada, group, "two").await;
    let last = head(&node, group).await;
    let topic = Topic::Conversation(group);
    node.store.set_receipts(&ben.caller, false).await.expect("he may");
    let mut bens = node.device(ben).await;
    bens.focuses(topic).await;
    node.store.move_read(&ben.caller, topic, last).await.expect("he may");
    node.store.move_read(&cleo.caller, topic, last - 1).await.expect("she may");
    assert_eq!(receipt(&mut here).await, (json!(cleo.caller.user), last - 1));
    node.store.move_read(&cleo.caller, topic, last).await.expect("she may");
    assert_eq!(receipt(&mut here).await, (json!(cleo.caller.user), last), "of Ben nothing came before it");
    // From the moment that he shows it, he gets them; until then nothing came.
    node.store.set_receipts(&ben.caller, true).await.expect("he may");
    bens.until(|frame| frame["kind"] == "presence.chosen").await;
    says(&node, ada, group, "three").await;
    node.store.move_read(&cleo.caller, topic, last + 1).await.expect("she may");
    assert_eq!(receipt(&mut bens).await, (json!(cleo.caller.user), last + 1));
}

#[tokio::test]
async fn in_rooms_nobody_is_told_who_has_read() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, ben, _, workspace, group, mut here) = group(&node).await;
    let room = begins(&node, ada, workspace, ConversationKind::Room, &[ben]).await;
    says(&node, ada, room, "one").await;
    let in_room = head(&node, room).await;
    let mut looks = node.device(ada).await;
    looks.focuses(Topic::Conversation(room)).await;
    node.store.move_read(&ben.caller, Topic::Conversation(room), in_room).await.expect("he may");
    says(&node, ada, group, "two").await;
    let in_group = head(&node, group).await;
    node.store.move_read(&ben.caller, Topic::Conversation(group), in_group).await.expect("he may");
    receipt(&mut here).await;
    let frames = frames_until_a_post(&node, ada, workspace, &mut looks).await;
    assert!(frames.iter().all(|frame| frame["type"] != "ephemeral"), "{frames:?}");
}

#[tokio::test]
async fn nothing_that_somebody_invisible_does_tells_that_they_are_here() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, ben, cleo, workspace, group, mut here) = group(&node).await;
    let (topic, place) = (Topic::Conversation(group), TypingPlace::Conversation(group));
    says(&node, ada, group, "one").await;
    let before = head(&node, group).await;
    let mut desk = node.device(ben).await;
    hears_of(&mut here, ben).await;
    is_seen_as(&node, ben, SeenAs::Invisible, 0).await;
    is_gone(&mut here, ben).await;

    // A second window, one that becomes idle, a word typed, a message read.
    let mut phone = node.device(ben).await;
    phone.say(json!({ "type": "idle", "on": true })).await;
    phone.say(json!({ "type": "idle", "on": false })).await;
    desk.say(json!({ "type": "typing", "topic": topic, "place": place, "on": true })).await;
    reads(&mut desk, group, before).await;
    desk.until(|frame| frame["kind"] == "read.moved").await;
    // Cleo's receipts of two seconds: whatever there was to tell of Ben would have come with them.
    for seq in [before - 1, before] {
        node.store.move_read(&cleo.caller, topic, seq).await.expect("she may");
        loop {
            let frame = here.until(|frame| frame["type"] != "event").await;
            let text = frame.to_string();
            assert!(!text.contains(&ben.caller.user.to_string()), "{text}");
            if frame["ephemeral"]["seq"] == seq {
                break;
            }
        }
    }
    let receipts = node.store.receipts(&ada.caller, group).await.expect("she may");
    let bens = receipts.iter().find(|one| one.person.id == ben.caller.user).expect("he is in it");
    assert!(bens.seq < before, "what he reads shows when he is seen again");
    let frames = frames_until_a_post(&node, ada, workspace, &mut here).await;
    assert!(frames.iter().all(|frame| frame["type"] == "event"), "{frames:?}");

    is_seen_as(&node, ben, SeenAs::Online, 0).await;
    assert_eq!(hears_of(&mut here, ben).await, json!({ "user": ben.caller.user }));
    let receipts = node.store.receipts(&ada.caller, group).await.expect("she may");
    assert!(receipts.iter().any(|one| one.person.id == ben.caller.user && one.seq == before));
}

#[tokio::test]
async fn somebody_who_comes_invisible_was_never_announced() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let (ben, cleo) = (node.joins(ada, workspace, "ben").await, node.joins(ada, workspace, "cleo").await);
    is_seen_as(&node, ben, SeenAs::Invisible, 0).await;
    let mut here = node.device(ada).await;
    here.focuses(Topic::Workspace(workspace)).await;
    let _desk = node.device(ben).await;
    let _cleo = node.device(cleo).await;
    loop {
        let frame = here.until(|frame| frame["type"] == "presence").await;
        assert!(!frame.to_string().contains(&ben.caller.user.to_string()), "{frame}");
        if word_of(&frame, cleo).is_some() {
            assert_eq!(frame["presence"]["count"], 2, "the number does not count him either");
            break;
        }
    }
    assert_eq!(node.hub.figures().people, 2, "nor do the figures of the node");
}
