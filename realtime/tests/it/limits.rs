//! Sockets that are too slow, too silent or too many, on a node with little patience.

use crate::harness::{Node, Site};
use protocol::frame::CloseCode;
use protocol::{EventKind, Topic, limits};
use serde_json::json;
use std::time::Duration;
use store::testing::{Ending, Recheck};

/// Events of a flood: more than the tail holds, fewer than what is a reset.
const FLOOD: usize = 2_000;

/// Appends more than a socket and its driver hold together.
async fn floods(node: &Node, topic: Topic) {
    let events = vec![(EventKind::ReadMoved { topic, seq: 1, unread: None }, Recheck::No); FLOOD];
    node.store.test_append(topic, None, events, Ending::Success).await.expect("events");
}

#[tokio::test]
async fn a_socket_that_takes_nothing_of_what_waits_is_closed_as_slow() {
    let site = Site::new();
    let node =
        site.node_with(None, |settings| settings.patience.stalled_after = Duration::from_secs(1)).await;
    let (ada, workspace) = node.ada().await;
    let (mut slow, mut quick) = (node.device(ada).await, node.device(ada).await);
    let topic = Topic::Workspace(workspace);
    let head = node.position(topic).await.seq + FLOOD as u64;
    quick.meanwhile(floods(&node, topic)).await;
    // The quick one takes everything while the slow one is given up.
    quick.until(|frame| frame["topic"] == json!(topic) && frame["seq"] == head).await;
    while node.hub.sockets() != 1 {
        quick.meanwhile(tokio::time::sleep(Duration::from_millis(5))).await;
    }
    assert_eq!(slow.until_closed_in_silence().await, CloseCode::Slow);
    node.post(ada, workspace, "still here").await;
    assert_eq!(quick.sees_posts(1).await, ["still here"]);
}

#[tokio::test]
async fn a_socket_that_answers_no_ping_is_closed_and_one_that_does_stays() {
    let site = Site::new();
    let node = site
        .node_with(None, |settings| {
            settings.patience.ping_after = Duration::from_millis(50);
            settings.patience.pong_within = Duration::from_millis(400);
        })
        .await;
    let (ada, workspace) = node.ada().await;
    let (mut gone, mut here) = (node.device(ada).await, node.device(ada).await);
    let code = here.meanwhile(gone.until_closed_in_silence()).await;
    assert_eq!(code, CloseCode::NoAnswer);
    node.post(ada, workspace, "still here").await;
    assert_eq!(here.sees_posts(1).await, ["still here"]);
}

#[tokio::test]
async fn a_socket_that_says_no_hello_is_closed() {
    let site = Site::new();
    let node =
        site.node_with(None, |settings| settings.patience.hello_within = Duration::from_millis(100)).await;
    let (ada, _) = node.ada().await;
    assert_eq!(node.socket(ada).until_closed_in_silence().await, CloseCode::HelloTooLate);
}

#[tokio::test]
async fn a_socket_without_a_seat_learns_why() {
    let site = Site::new();
    let node = site.node_with(None, |settings| settings.handshakes_per_second = 1).await;
    let (ada, _) = node.ada().await;
    let _first = node.socket(ada);
    assert_eq!(node.socket(ada).until_closed_in_silence().await, CloseCode::Overloaded);
    node.hub.drain(Duration::from_millis(10)).await;
    assert_eq!(node.socket(ada).until_closed_in_silence().await, CloseCode::Draining);

    let node = site.node(None).await;
    let seats: Vec<_> =
        (0..limits::SOCKETS_PER_USER_MAX).map(|_| node.hub.connect(ada.caller).expect("a seat")).collect();
    assert_eq!(node.socket(ada).until_closed_in_silence().await, CloseCode::TooManyConnections);
    drop(seats);
}

#[tokio::test]
async fn whoever_is_too_far_behind_in_bytes_loads_again() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let topic = Topic::Workspace(workspace);
    let position = node.position(topic).await;
    // Few events, but together more than is replayed.
    let body = "word ".repeat(8_000);
    for _ in 0..=(limits::CATCH_UP_BYTES_MAX + limits::TAIL_BYTES_MAX) / (2 * body.len()) + 1 {
        let id = protocol::PostId::new(protocol::Timestamp::now());
        let new = protocol::post::NewPost { id, workspace, title: "Long".to_owned(), body: body.clone() };
        node.store.create_post(&ada.caller, new).await.expect("a post");
    }
    let mut device = node.socket(ada);
    let resume = json!([{ "topic": topic, "epoch": position.epoch, "seq": position.seq }]);
    device.say(json!({ "type": "hello", "client": "test", "resume": resume })).await;
    let reset = device.until(|frame| frame["type"] == "reset").await;
    assert_eq!((&reset["topic"], reset["reason"].as_str()), (&json!(topic), Some("too_old")));
}
