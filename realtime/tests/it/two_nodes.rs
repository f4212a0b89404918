//! Two nodes on one database.

use crate::harness::{Device, Node, Person, Site, title};
use crate::redis_cluster::RedisCluster;
use crate::redis_server::RedisServer;
use protocol::ephemeral::TypingPlace;
use protocol::presence::{NewPresence, SeenAs};
use protocol::{Topic, WorkspaceId, limits};
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

/// Waits until it is so.
async fn until(what: &str, within: Duration, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + within;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what} within {within:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Five posts on one node, each seen on the other before the next. A sweep every five seconds alone
/// would need twenty.
async fn five_posts_cross(from: &Node, by: Person, workspace: WorkspaceId, to: &mut Device) {
    let (began, mut writing) = (Instant::now(), Duration::ZERO);
    for _ in 0..5 {
        let (posted, text) = (Instant::now(), title());
        from.post(by, workspace, &text).await;
        writing += posted.elapsed();
        assert_eq!(to.sees_posts(1).await, [text]);
    }
    assert!(began.elapsed() < limits::SWEEP_EVERY * 3, "seen after {:?}", began.elapsed());
    assert!(writing < limits::SWEEP_EVERY, "nobody waits for the bus, but writing took {writing:?}");
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
    here.meanwhile(there.meanwhile(async {
        connected(&one).await;
        connected(&other).await;
    }))
    .await;
    five_posts_cross(&one, ada, workspace, &mut there).await;
    here.sees_posts(5).await;
    let large = "x".repeat(limits::DOORBELL_BYTES_MAX * 2);
    let id = protocol::PostId::new(protocol::Timestamp::now());
    let new = protocol::post::NewPost { id, workspace, title: "large".to_owned(), body: large };
    other.store.create_post(&ben.caller, new).await.expect("a post");
    assert_eq!(here.sees_posts(1).await, ["large"]);

    here.focuses(topic).await;
    here.until(|frame| frame["presence"]["count"] == 2).await;
    let post = protocol::PostId::new(protocol::Timestamp::now());
    there
        .say(json!({ "type": "typing", "topic": topic, "place": TypingPlace::Post(post), "on": true }))
        .await;
    let typing = here.until(|frame| frame["type"] == "ephemeral").await;
    assert_eq!(typing["ephemeral"]["name"], "ben");

    // What he chose stands in the database, and his sockets on the other node take it over.
    let busy = NewPresence { seen_as: SeenAs::Busy, minutes: 30 };
    one.store.set_presence(&ben.caller, busy).await.expect("he may");
    let joined = here.until(|frame| frame["presence"]["joined"][0]["bearing"] == "busy").await;
    assert_eq!(joined["presence"]["joined"][0]["user"], json!(ben.caller.user));
    let invisible = NewPresence { seen_as: SeenAs::Invisible, minutes: 0 };
    one.store.set_presence(&ben.caller, invisible).await.expect("he may");
    here.until(|frame| frame["presence"]["left"] == json!([ben.caller.user])).await;
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
    there.meanwhile(connected(&other)).await;
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
    there.meanwhile(connected(&one)).await;
    there.meanwhile(connected(&other)).await;

    redis.kill();
    five_posts_cross(&one, ada, workspace, &mut there).await;

    let within = limits::CANARY_SILENT_AFTER + Duration::from_secs(5);
    there.meanwhile(until("the silence is noticed", within, || other.hub.degraded() == ["bus"])).await;
    there.until(|frame| frame["type"] == "status" && frame["degraded"] == json!(["bus"])).await;

    redis.run().await;
    there
        .meanwhile(until("the bus is back", Duration::from_secs(10), || other.hub.degraded().is_empty()))
        .await;
    there.until(|frame| frame["type"] == "status" && frame["degraded"] == json!([])).await;
    there.meanwhile(connected(&one)).await;
    five_posts_cross(&one, ada, workspace, &mut there).await;
}

#[tokio::test]
async fn on_a_cluster_posts_cross_by_sharded_channels_alone_also_when_slots_move() {
    let Some(cluster) = RedisCluster::start().await else { return };
    let facts = realtime::probe(&cluster.url()).await.expect("a message comes back");
    assert!(facts.is_cluster && !facts.version.is_empty(), "{facts:?}");
    let site = Site::new();
    let one = site.node(Some(&cluster.url())).await;
    let (ada, workspace) = one.ada().await;
    let other = site.node(Some(&cluster.urls())).await;
    let mut there = other.device(ada).await;
    there.meanwhile(connected(&one)).await;
    there.meanwhile(connected(&other)).await;
    five_posts_cross(&one, ada, workspace, &mut there).await;
    let sharded = cluster.ask(&["PUBSUB", "SHARDCHANNELS"]).concat();
    assert!(sharded.contains("hubbub:canary:"), "{sharded}");
    let classic = cluster.ask(&["PUBSUB", "CHANNELS"]).concat();
    assert!(!classic.contains("hubbub"), "nothing goes to all nodes of the cluster: {classic}");

    // The slot of the workspace's doorbells goes to another machine.
    let channel = format!("hubbub:{}", workspace.0.as_bytes()[15]);
    let slot = cluster.ask(&["CLUSTER", "KEYSLOT", &channel])[0].trim().parse().expect("a number");
    // By the node with the device; the other one has nobody to tell.
    let is_heard =
        || cluster.ask(&["PUBSUB", "SHARDNUMSUB", &channel]).concat().lines().any(|line| line == "1");
    assert!(is_heard());
    cluster.moves_slot(slot);
    there.meanwhile(until("it listens again", Duration::from_secs(20), is_heard)).await;
    five_posts_cross(&one, ada, workspace, &mut there).await;
}

#[tokio::test]
async fn while_a_shard_is_away_posts_cross_by_sweeping_and_afterwards_by_the_cluster() {
    let Some(mut cluster) = RedisCluster::start().await else { return };
    let site = Site::new();
    let one = site.node(Some(&cluster.url())).await;
    let (ada, workspace) = one.ada().await;
    let other = site.node(Some(&cluster.urls())).await;
    let mut there = other.device(ada).await;
    there.meanwhile(connected(&one)).await;
    there.meanwhile(connected(&other)).await;
    cluster.kill(2);
    five_posts_cross(&one, ada, workspace, &mut there).await;
    there.meanwhile(cluster.returns(2)).await;
    there.meanwhile(connected(&one)).await;
    there.meanwhile(connected(&other)).await;
    five_posts_cross(&one, ada, workspace, &mut there).await;
}
