//! The database goes away under a running server and comes back: nobody is thrown out, nothing is lost.

use crate::harness::{Live, Person, TestApp, config_in, within};
use crate::programs::Postgres;
use client::{Output, Settings, Status};
use protocol::EventKind;
use protocol::position::TopicPosition;
use protocol::post::{Feed, NewPost, Post};
use serde_json::{Value, json};
use std::time::Duration;

async fn health(app: &TestApp) -> Value {
    app.site.stranger().opens("/health").await.json().await.expect("it is JSON")
}

/// Hears which parts do not work, until it is these.
async fn hears_degraded(live: &mut Live, parts: &[&str]) {
    live.until(|output| match output {
        Output::Degraded(degraded) => (degraded == parts).then_some(()),
        Output::Status(status) => panic!("the socket stays open, and not {status:?}"),
        _ => None,
    })
    .await;
}

/// As the page's outbox: the same command until it is acknowledged.
async fn sends_until_acknowledged(person: &Person, new: &NewPost) {
    within(async {
        while person.wire.tries::<Post>("posts.create", new).await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
}

/// A page that was loaded before the database went away and connects while it is.
fn resumes(person: &Person, topic: TopicPosition) -> Live {
    let settings = Settings { resume: vec![topic], ..Settings::new("test/1") };
    let url = format!("ws://{}/ws", person.wire.site.address);
    let (handle, outputs) = client::transport::native::connect(&url, &person.wire.cookie, settings);
    Live { handle, outputs }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_sockets_stay_and_afterwards_everything_goes_on() {
    let Some(mut postgres) = Postgres::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut config = config_in(folder.path());
    config.database_url.clone_from(&postgres.url);
    let mut app = TestApp::start_on(config).await;
    let (ada, ben) = app.two_people().await;
    let mut bens = ben.watches().await;
    let loaded: Feed = ben.does("posts.list", json!({ "workspace": ben.workspace() })).await;
    ada.posts("Before").await;
    assert_eq!(bens.titles_until("Before").await, ["Before"]);
    // What he heard while he connected is past.
    while bens.outputs.try_recv().is_ok() {}

    tokio::task::block_in_place(|| postgres.goes());
    let waiting = ada.new_post("While it was away");
    let refusal = ada.may_not("posts.create", &waiting, 503).await;
    assert_eq!(refusal.error.code, protocol::Code::Unavailable);
    assert!(refusal.retry_after.is_some_and(|seconds| 0 < seconds), "{refusal:?}");
    assert!(refusal.error.retry_after_ms.is_some_and(|ms| 0 < ms), "{refusal:?}");
    hears_degraded(&mut bens, &["database"]).await;
    let said = health(&app).await;
    assert_eq!((&said["status"], &said["parts"][0]["status"]), (&json!("degraded"), &json!("degraded")));
    assert_eq!(said["connections"], 1, "nobody is thrown out: {said}");
    assert_eq!(app.site.stranger().opens("/health/ready").await.status(), 503);
    let mut resumed = resumes(&ben, loaded.as_of);
    resumed.until(|output| matches!(output, Output::Status(Status::Reconnecting { .. })).then_some(())).await;

    tokio::task::block_in_place(|| postgres.returns());
    sends_until_acknowledged(&ada, &waiting).await;
    ada.posts("After").await;
    let (mut titles, mut is_whole) = (Vec::new(), false);
    bens.until(|output| {
        match output {
            Output::Event(event) => {
                if let EventKind::PostCreated(post) = event.kind {
                    titles.push(post.title);
                }
            }
            Output::Degraded(degraded) => is_whole = degraded.is_empty(),
            Output::Status(status) => panic!("the socket stays open, and not {status:?}"),
            _ => {}
        }
        (is_whole && titles.last().is_some_and(|last| last == "After")).then_some(())
    })
    .await;
    assert_eq!(titles, ["While it was away", "After"]);
    assert_eq!(resumed.titles_until("After").await, ["Before", "While it was away", "After"]);
    assert_eq!(health(&app).await["status"], "ok");
    // Whatever came twice would come before this.
    ada.posts("The end").await;
    assert_eq!(bens.titles_until("The end").await, ["The end"]);
    assert_eq!(resumed.titles_until("The end").await, ["The end"]);
    app.stop().await;
}
