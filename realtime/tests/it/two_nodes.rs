//! Two nodes on one database.

use crate::harness::{Node, Site};
use crate::redis_server::RedisServer;
use protocol::{Topic, limits};
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Waits until it is so.
async fn until(what: &str, within: Duration, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + within;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what} within {within:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn connected(node: &Node) {
    until("a canary comes back", Duration::from_secs(10), || {
        node.hub.canary_age().is_some_and(|age| age < limits::CANARY_EVERY) && node.hub.degraded().is_empty()
    })
    .await;
}

#[tokio::test]
async fn without_a_bus_the_sweep_finds_what_another_process_wrote() {
    let site = Site::new();
    let one = site.node(None).await;
    let (ada, workspace) = one.ada().await;
    let other = site.node(None).await;
    let mut device = other.device(ada).await;
    one.post(ada, workspace, "from elsewhere").await;
    assert_eq!(device.sees_posts(1).await, ["from elsewhere"]);
}

#[tokio::test]
async fn with_redis_posts_typing_and_presence_cross_nodes() {
    let Some(redis) = RedisServer::start().await else { return };
    let site = Site::new();
    let one = site.node(Some(&redis.url())).await;
    let (ada, workspace) = one.ada().await;
    let topic = Topic::Workspace(workspace);
    let ben = one.joins(ada, workspace, "ben").await;
    let other = site.node(Some(&redis.url())).await;
    let (mut here, mut there) = (one.device(ada).await, other.device(ben).await);
    connected(&one).await;
    connected(&other).await;
    // A subscription is followed by a sweep; after it only the bus can be this quick.
    tokio::time::sleep(Duration::from_secs(1)).await;

    for text in ["one", "two"] {
        let posted = Instant::now();
        one.post(ada, workspace, text).await;
        assert_eq!(there.sees_posts(1).await, [text]);
        assert!(posted.elapsed() < Duration::from_secs(2), "the bus is quicker than the sweep");
    }
    let large = "x".repeat(limits::DOORBELL_BYTES_MAX * 2);
    let id = protocol::PostId::new(protocol::Timestamp::now());
    let new = protocol::post::NewPost { id, workspace, title: "large".to_owned(), body: large };
    other.store.create_post(&ben.caller, new).await.expect("a post");
    assert_eq!(here.sees_posts(3).await, ["one", "two", "large"]);

    here.focuses(topic).await;
    here.until(|frame| frame["presence"]["count"] == 2).await;
    let post = protocol::PostId::new(protocol::Timestamp::now());
    there.say(json!({ "type": "typing", "topic": topic, "post": post, "on": true })).await;
    let typing = here.until(|frame| frame["type"] == "ephemeral").await;
    assert_eq!(typing["ephemeral"]["name"], "ben");
}

#[tokio::test]
async fn a_removal_on_one_node_closes_the_topic_on_the_other() {
    let Some(redis) = RedisServer::start().await else { return };
    let site = Site::new();
    let one = site.node(Some(&redis.url())).await;
    let (ada, workspace) = one.ada().await;
    let ben = one.joins(ada, workspace, "ben").await;
    let other = site.node(Some(&redis.url())).await;
    let mut there = other.device(ben).await;
    connected(&other).await;
    one.store.remove_member(&ada.caller, workspace, ben.caller.user).await.expect("Ada may");
    one.post(ada, workspace, "secret").await;
    let topic = json!(Topic::Workspace(workspace));
    let last = there.until(|frame| frame["topic"] == topic).await;
    assert_eq!(last["type"], "closed", "{last}");
}

#[tokio::test]
async fn while_redis_is_away_posts_cross_by_sweeping_and_writes_are_as_quick_as_before() {
    let Some(mut redis) = RedisServer::start().await else { return };
    let site = Site::new();
    let one = site.node(Some(&redis.url())).await;
    let (ada, workspace) = one.ada().await;
    let other = site.node(Some(&redis.url())).await;
    let mut there = other.device(ada).await;
    connected(&one).await;
    connected(&other).await;

    redis.kill();
    let posted = Instant::now();
    one.post(ada, workspace, "in the dark").await;
    assert!(posted.elapsed() < Duration::from_secs(1), "nobody waits for Redis");
    assert_eq!(there.sees_posts(1).await, ["in the dark"]);
    assert!(posted.elapsed() < Duration::from_secs(3), "found by sweeping often");

    let within = limits::CANARY_SILENT_AFTER + Duration::from_secs(5);
    until("the silence is noticed", within, || other.hub.degraded() == ["bus"]).await;
    there.until(|frame| frame["type"] == "status" && frame["degraded"] == json!(["bus"])).await;

    redis.run().await;
    until("the bus is back", Duration::from_secs(10), || other.hub.degraded().is_empty()).await;
    there.until(|frame| frame["type"] == "status" && frame["degraded"] == json!([])).await;
    connected(&one).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let posted = Instant::now();
    one.post(ada, workspace, "light again").await;
    let seen = timeout(Duration::from_secs(10), there.sees_posts(1)).await.expect("it comes");
    assert_eq!(seen, ["light again"]);
    assert!(posted.elapsed() < Duration::from_secs(2), "the bus rings again");
}
