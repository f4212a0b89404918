//! One node: what people see, and what they must not.

use crate::harness::{Got, Person, Site, title};
use futures::future::join_all;
use protocol::ephemeral::TypingPlace;
use protocol::frame::CloseCode;
use protocol::{Topic, limits};
use realtime::Refused;
use serde_json::json;
use std::time::Duration;
use store::testing::{Ending, Recheck};

#[tokio::test]
async fn a_post_is_seen_by_everybody_in_the_workspace_at_once() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let ben = node.joins(ada, workspace, "ben").await;
    let (mut here, mut there) = (node.device(ada).await, node.device(ben).await);
    for text in ["one", "two", "three"] {
        node.post(ada, workspace, text).await;
    }
    assert_eq!(here.sees_posts(3).await, ["one", "two", "three"]);
    assert_eq!(there.sees_posts(3).await, ["one", "two", "three"]);
}

/// More than one round goes along.
const CROWD: usize = 270;
const DEVICES_EACH: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_gets_everything_once_and_in_order_those_who_take_it_late_too() {
    let site = Site::new();
    let node = site.node_with(None, |settings| settings.handshakes_per_second = 100_000).await;
    let (ada, workspace) = node.ada().await;
    let mut crowd = Vec::new();
    for count in 0..CROWD / DEVICES_EACH {
        let person = node.joins(ada, workspace, &format!("person{count}")).await;
        for _ in 0..DEVICES_EACH {
            crowd.push(node.device(person).await);
        }
    }
    let titles: Vec<String> = (0..60).map(|count| format!("post {count}")).collect();
    let flood = async {
        for (count, title) in titles.iter().enumerate() {
            node.post(ada, workspace, title).await;
            if count == 30 {
                // Everybody's right is checked again in the middle of it.
                node.joins(ada, workspace, "late").await;
            }
        }
    };
    let (late, prompt) = crowd.split_at_mut(CROWD / 3);
    let all = titles.len();
    let ((), seen) = tokio::join!(flood, join_all(prompt.iter_mut().map(|device| device.sees_posts(all))));
    // The others' sockets took two messages and were full since.
    let seen_late = join_all(late.iter_mut().map(|device| device.sees_posts(all))).await;
    for (number, seen) in seen.iter().chain(&seen_late).enumerate() {
        assert_eq!(*seen, titles, "device {number}");
    }
}

#[tokio::test]
async fn posts_written_while_ben_is_away_arrive_once_when_he_returns() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let topic = Topic::Workspace(workspace);
    let position = node.position(topic).await;
    for text in ["one", "two", "three"] {
        node.post(ada, workspace, text).await;
    }
    let mut device = node.socket(ada);
    let resume = json!([{ "topic": topic, "epoch": position.epoch, "seq": position.seq }]);
    device.say(json!({ "type": "hello", "client": "test", "resume": resume })).await;
    assert_eq!(device.sees_posts(3).await, ["one", "two", "three"]);
    node.post(ada, workspace, "four").await;
    assert_eq!(device.sees_posts(1).await, ["four"]);
}

#[tokio::test]
async fn a_position_that_cannot_be_is_reset_and_goes_on_after_a_reload() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let topic = Topic::Workspace(workspace);
    let position = node.position(topic).await;
    let mut device = node.socket(ada);
    let resume = json!([{ "topic": topic, "epoch": position.epoch, "seq": position.seq + 1000 }]);
    device.say(json!({ "type": "hello", "client": "test", "resume": resume })).await;
    let reset = device.until(|frame| frame["type"] == "reset").await;
    assert_eq!((reset["reason"].as_str(), reset["head"].as_u64()), (Some("ahead"), Some(position.seq)));
    device.say(json!({ "type": "open", "topic": topic, "since": position })).await;
    node.post(ada, workspace, "one").await;
    assert_eq!(device.sees_posts(1).await, ["one"]);
}

#[tokio::test]
async fn nothing_reaches_ben_after_he_was_removed_in_the_middle_of_a_flood() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let topic = Topic::Workspace(workspace);
    let ben = node.joins(ada, workspace, "ben").await;
    let mut there = node.device(ben).await;
    // The removal comes while posts are under way: after some, before the last.
    let under_way = tokio::sync::Notify::new();
    let flood = async {
        for count in 0..200 {
            if count == 20 {
                under_way.notify_one();
            }
            node.post(ada, workspace, &title()).await;
        }
    };
    let removal = async {
        under_way.notified().await;
        node.store.remove_member(&ada.caller, workspace, ben.caller.user).await.expect("Ada may");
    };
    let watch = async {
        let mut events = Vec::new();
        loop {
            let frame = there.until(|frame| frame["topic"] == json!(topic)).await;
            match frame["type"].as_str() {
                Some("closed") => {
                    assert_eq!(frame["code"], CloseCode::Forbidden.number());
                    return events;
                }
                _ => events.push(frame),
            }
        }
    };
    let ((), (), events) = tokio::join!(flood, removal, watch);
    assert!(events.iter().all(|event| event["kind"] != "member.left"), "what he saw ends before his removal");
    node.post(ada, workspace, "secret").await;
    there.say(json!({ "type": "open", "topic": topic, "since": null })).await;
    let answer = there.until(|frame| frame["topic"] == json!(topic)).await;
    assert_eq!(answer["type"], "closed", "{answer}");
}

#[tokio::test]
async fn a_session_that_is_ended_loses_its_socket_and_the_others_stay() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let mut lost = node.device(ada).await;
    let sign_in =
        protocol::account::SignIn { handle: "ada".to_owned(), password: "correct horse battery".to_owned() };
    let other = node.store.sign_in(sign_in, "another", "127.0.0.1").await.expect("Ada signs in").caller;
    let mut kept = node.device(Person { caller: other }).await;
    node.store.end_session(&other, ada.caller.session).await.expect("Ada may");
    assert_eq!(lost.until_closed().await.1, CloseCode::SessionRevoked);
    node.post(Person { caller: other }, workspace, "still here").await;
    assert_eq!(kept.sees_posts(1).await, ["still here"]);
}

#[tokio::test]
async fn a_workspace_that_one_joins_is_followed_from_then_on() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, first) = node.ada().await;
    let ben = node.joins(ada, first, "ben").await;
    let mut there = node.device(ben).await;
    let id = protocol::WorkspaceId::new(protocol::Timestamp::now());
    let new = protocol::workspace::NewWorkspace { id, name: "Second".to_owned() };
    node.store.create_workspace(&ada.caller, new).await.expect("a workspace");
    let invitation = protocol::workspace::NewInvitation {
        id: protocol::InvitationId::new(protocol::Timestamp::now()),
        workspace: id,
        role: protocol::workspace::Role::Member,
        days: 1,
        uses_max: 1,
    };
    let link = node.store.create_invitation(&ada.caller, invitation).await.expect("an invitation");
    let secret = link.path.trim_start_matches("/join/").to_owned();
    node.store.accept_invitation(&ben.caller, &secret).await.expect("Ben joins");
    let topic = json!(Topic::Workspace(id));
    there.until(|frame| frame["type"] == "opened" && frame["topic"] == topic).await;
    node.post(ada, id, "welcome").await;
    assert_eq!(there.sees_posts(1).await, ["welcome"]);
}

#[tokio::test]
async fn presence_and_typing_reach_those_who_look_and_nobody_else() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let topic = Topic::Workspace(workspace);
    let ben = node.joins(ada, workspace, "ben").await;
    let (mut here, mut there, mut elsewhere) =
        (node.device(ada).await, node.device(ben).await, node.device(ada).await);
    here.focuses(topic).await;
    let presence = here.until(|frame| frame["type"] == "presence").await;
    let both = if presence["presence"]["count"] == 2 {
        presence
    } else {
        here.until(|frame| frame["type"] == "presence").await
    };
    assert_eq!(both["presence"]["count"], 2);

    let post = protocol::PostId::new(protocol::Timestamp::now());
    there
        .say(json!({ "type": "typing", "topic": topic, "place": TypingPlace::Post(post), "on": true }))
        .await;
    let typing = here.until(|frame| frame["type"] == "ephemeral").await;
    assert_eq!(typing["ephemeral"]["name"], "ben");
    assert_eq!(typing["ephemeral"]["place"], json!(TypingPlace::Post(post)));

    node.post(ada, workspace, "the end").await;
    loop {
        let Got::Frame(frame) = elsewhere.next().await else { panic!("it stays open") };
        assert_ne!(frame["type"], "ephemeral");
        assert_ne!(frame["type"], "presence");
        if frame["kind"] == "post.created" {
            break;
        }
    }
}

#[tokio::test]
async fn a_read_position_moves_on_all_devices() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let topic = Topic::Workspace(workspace);
    let (mut phone, mut desk) = (node.device(ada).await, node.device(ada).await);
    node.post(ada, workspace, "one").await;
    let seq = phone.until(|frame| frame["kind"] == "post.created").await["seq"].clone();
    phone.say(json!({ "type": "read", "topic": topic, "seq": seq })).await;
    let moved = desk.until(|frame| frame["kind"] == "read.moved").await;
    assert_eq!((&moved["data"]["topic"], &moved["data"]["seq"]), (&json!(topic), &seq));
}

#[tokio::test]
async fn a_reader_that_takes_nothing_holds_nothing_and_misses_nothing() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let topic = Topic::Workspace(workspace);
    let mut slow = node.device(ada).await;
    let mut quick = node.device(ada).await;
    let before = slow.messages;
    let (batches, batch) = (30, 100);
    for _ in 0..batches {
        let mark = protocol::EventKind::ReadMoved { topic, seq: 1, unread: None };
        let kinds = vec![(mark, Recheck::No); batch];
        node.store.test_append(topic, None, kinds, Ending::Success).await.expect("events");
    }
    let mut seqs = Vec::new();
    while seqs.len() < batches * batch {
        let event = quick.until(|frame| frame["type"] == "event" && frame["topic"] == json!(topic)).await;
        seqs.push(event["seq"].as_u64().expect("a number"));
    }
    // The slow one has taken nothing so far; the node has only numbers for it.
    let mut late = Vec::new();
    while late.len() < batches * batch {
        let event = slow.until(|frame| frame["type"] == "event" && frame["topic"] == json!(topic)).await;
        late.push(event["seq"].as_u64().expect("a number"));
    }
    assert_eq!(seqs, late);
    assert!(late.windows(2).all(|pair| pair[0] + 1 == pair[1]), "every event once and in order");
    assert!(slow.messages - before < 100, "what waited came in large messages, not as a queue of small ones");
}

#[tokio::test]
async fn a_person_opens_twenty_sockets_and_not_one_more() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, _) = node.ada().await;
    let mut seats: Vec<_> =
        (0..limits::SOCKETS_PER_USER_MAX).map(|_| node.hub.connect(ada.caller).expect("a seat")).collect();
    assert_eq!(node.hub.connect(ada.caller).err(), Some(Refused::TooManyConnections));
    seats.pop();
    assert!(node.hub.connect(ada.caller).is_ok());
}

#[tokio::test]
async fn a_server_that_stops_sends_its_sockets_away_with_a_hint() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, _) = node.ada().await;
    let mut devices = [node.device(ada).await, node.device(ada).await];
    let drained = async {
        node.hub.drain(Duration::from_secs(5)).await;
        assert_eq!(node.hub.sockets(), 0);
    };
    let ends = futures::future::join_all(devices.iter_mut().map(|device| device.until_closed()));
    let ((), ends) = tokio::join!(drained, ends);
    for (frames, code) in ends {
        assert_eq!(code, CloseCode::Draining);
        assert!(
            frames
                .iter()
                .any(|frame| frame["type"] == "reconnect" && 0 < frame["after_ms"].as_u64().unwrap())
        );
    }
    assert_eq!(node.hub.connect(ada.caller).err(), Some(Refused::Draining));
}

#[tokio::test]
async fn figures_count_what_is_there() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, _) = node.ada().await;
    let device = node.device(ada).await;
    let figures = node.hub.figures();
    assert_eq!((figures.sockets, figures.people, figures.topics, figures.subscriptions), (1, 1, 3, 3));
    drop(device);
}

#[tokio::test]
async fn a_client_that_names_hundreds_of_topics_gets_its_own_and_is_told_of_the_others() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let topic = Topic::Workspace(workspace);
    let position = node.position(topic).await;
    let before = node.store.pool_figures().queries;
    let others = (1..limits::RESUME_TOPICS_MAX as i64)
        .map(|at| Topic::Workspace(protocol::WorkspaceId::new(protocol::Timestamp(at))));
    let resume: Vec<_> = others
        .chain([topic])
        .map(|topic| json!({ "topic": topic, "epoch": position.epoch, "seq": position.seq }))
        .collect();
    let mut device = node.socket(ada);
    device.say(json!({ "type": "hello", "client": "test", "resume": resume })).await;
    device.until(|frame| frame["type"] == "opened" && frame["topic"] == json!(topic)).await;
    let queries = node.store.pool_figures().queries - before;
    assert!(queries < 20, "{queries} queries");
    node.post(ada, workspace, "one").await;
    assert_eq!(device.sees_posts(1).await, ["one"]);
    assert_eq!(node.hub.figures().topics, 3, "what does not exist is not held");
}
