//! What a change of membership costs, and when a session that expires is noticed.

use crate::harness::{Device, Person, Site};
use protocol::frame::CloseCode;
use protocol::{Timestamp, Topic, limits};
use serde_json::json;
use std::time::Duration;
use store::Clock;

const SOCKETS: usize = 40;

#[tokio::test]
async fn a_join_asks_the_database_once_for_all_sockets_of_the_workspace() {
    let site = Site::new();
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let ben = node.joins(ada, workspace, "ben").await;
    let mut devices: Vec<Device> = Vec::new();
    for number in 0..SOCKETS {
        let who: Person = if number % 2 == 0 { ada } else { ben };
        devices.push(node.device(who).await);
    }
    // What joining costs when nobody listens.
    let quiet = site.node(None).await;
    let before = quiet.store.pool_figures().queries;
    quiet.joins(ada, workspace, "cleo").await;
    let alone = quiet.store.pool_figures().queries - before;
    let topic = json!(Topic::Workspace(workspace));
    let joined = |frame: &serde_json::Value| frame["kind"] == "member.joined" && frame["topic"] == topic;
    for device in &mut devices {
        device.until(joined).await;
    }

    let before = node.store.pool_figures().queries;
    node.joins(ada, workspace, "dan").await;
    for device in &mut devices {
        device.until(joined).await;
    }
    let asked = node.store.pool_figures().queries - before - alone;
    assert!(asked < SOCKETS as u64 / 4, "{asked} questions because one person joined");

    node.store.remove_member(&ada.caller, workspace, ben.caller.user).await.expect("Ada may");
    node.post(ada, workspace, "without Ben").await;
    for (number, device) in devices.iter_mut().enumerate() {
        if number % 2 == 0 {
            assert_eq!(device.sees_posts(1).await, ["without Ben"]);
        } else {
            let closed = device.until(|frame| frame["topic"] == topic && frame["kind"] != "member.joined");
            assert_eq!(closed.await["code"], CloseCode::Forbidden.number());
        }
    }
}

#[tokio::test]
async fn a_session_that_expires_closes_its_socket_at_that_moment() {
    let (clock, hand) = Clock::manual(Timestamp(1_795_252_205_000));
    let site = Site::with_clock(clock);
    let node = site.node(None).await;
    let (ada, workspace) = node.ada().await;
    let left = Duration::from_millis(500);
    hand.advance(limits::SESSION_LIFETIME - left);
    let began = tokio::time::Instant::now();
    let mut device = node.device(ada).await;
    let before = node.store.pool_figures().queries;
    node.post(ada, workspace, "still signed in").await;
    assert_eq!(device.sees_posts(1).await, ["still signed in"]);
    let writing = node.store.pool_figures().queries - before;
    hand.advance(left);
    assert_eq!(device.until_closed().await.1, CloseCode::SessionRevoked);
    assert!(left <= began.elapsed(), "nobody looked before");
    assert!(writing < 20, "{writing} questions for one post: the session is not asked about all the time");
}
