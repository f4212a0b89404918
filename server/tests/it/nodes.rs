//! Two servers on one database with one Redis are one site.

use crate::harness::{Person, TestApp, config_in};
use crate::programs::{Postgres, Redis};
use server::config::Config;

async fn both_show_each_others_posts(change: impl Fn(&mut Config)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut config = config_in(folder.path());
    change(&mut config);
    let mut one = TestApp::start_on(config.clone()).await;
    let mut two = TestApp::start_on(config).await;
    let ada = one.site.set_up("ada").await;
    ada.invites("ben").await;
    let ben: Person = two.site.sign_in("ben").await;
    let (mut adas, mut bens) = (ada.watches().await, ben.watches().await);
    for title in ["One", "Two", "Three"] {
        ada.posts(title).await;
    }
    assert_eq!(bens.titles_until("Three").await, ["One", "Two", "Three"]);
    ben.posts("Four").await;
    assert_eq!(adas.titles_until("Four").await, ["One", "Two", "Three", "Four"]);
    let health: serde_json::Value =
        two.site.stranger().opens("/health").await.json().await.expect("it is JSON");
    assert_eq!(health["status"], "ok", "{health}");
    two.stop().await;
    one.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_sqlite_file_show_each_others_posts() {
    let Some(redis) = Redis::start() else { return };
    both_show_each_others_posts(|config| config.redis_url.clone_from(&redis.url)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_postgresql_show_each_others_posts() {
    let (Some(redis), Some(postgres)) = (Redis::start(), Postgres::start()) else { return };
    both_show_each_others_posts(|config| {
        config.redis_url.clone_from(&redis.url);
        config.database_url.clone_from(&postgres.url);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_two_servers_still_agree_by_sweeping() {
    both_show_each_others_posts(|_| {}).await;
}
