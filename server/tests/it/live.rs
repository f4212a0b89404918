//! What one writes, the others see: at once, in order, exactly once.

use crate::harness::{TestApp, config_in};
use crate::programs::Postgres;
use client::Output;
use protocol::EventKind;
use serde_json::{Value, json};

async fn a_post_reaches_everybody_once(app: &TestApp) {
    let (ada, ben) = app.two_people().await;
    let mut bens = ben.watches().await;
    let mut adas = ada.watches().await;
    for title in ["One", "Two", "Three"] {
        ada.posts(title).await;
    }
    assert_eq!(bens.titles_until("Three").await, ["One", "Two", "Three"]);
    assert_eq!(adas.titles_until("Three").await, ["One", "Two", "Three"]);
    // Whatever came twice would come before this.
    ben.posts("Last").await;
    assert_eq!(bens.titles_until("Last").await, ["Last"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_of_ada_reaches_ben_exactly_once() {
    a_post_reaches_everybody_once(&TestApp::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_holds_on_postgresql() {
    let Some(postgres) = Postgres::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut config = config_in(folder.path());
    config.database_url.clone_from(&postgres.url);
    let mut app = TestApp::start_on(config).await;
    a_post_reaches_everybody_once(&app).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_sent_twice_happens_once() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let mut live = ben.watches().await;
    let new = ada.new_post("Once");
    let first: Value = ada.does("posts.create", &new).await;
    let second: Value = ada.does("posts.create", &new).await;
    assert_eq!(first, second);
    ada.posts("After").await;
    assert_eq!(live.titles_until("After").await, ["Once", "After"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_between_loading_the_page_and_the_socket_arrives() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    ada.posts("Loaded").await;
    let feed: protocol::post::Feed = ben.does("posts.list", json!({ "workspace": ben.workspace() })).await;
    ada.posts("Between").await;
    let mut live = ben.watches().await;
    live.handle.set_position(ben.topic(), feed.as_of.position);
    ada.posts("After").await;
    assert_eq!(live.titles_until("After").await, ["Between", "After"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_deletions_and_reactions_arrive() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let mut live = ben.watches().await;
    let post = ada.posts("Draft").await;
    let _: Value = ada.does("posts.update", json!({ "id": post.id, "base": 1, "title": "Final" })).await;
    let _: Value =
        ada.does("reactions.add", json!({ "target": format!("post:{}", post.id), "emoji": "🎉" })).await;
    let _: Value = ada.does("posts.delete", json!({ "id": post.id })).await;
    let mut names = Vec::new();
    while names.last() != Some(&"post.deleted") {
        let event = live.event().await;
        if event.topic == ben.topic() {
            names.push(event.kind.name());
        }
    }
    assert_eq!(names, ["post.created", "post.updated", "reaction.added", "post.deleted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mention_notifies_and_reading_it_reaches_the_other_device() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let phone = app.site.sign_in("ben").await;
    let (mut laptop_live, mut phone_live) = (ben.watches().await, phone.watches().await);
    let mut post = ada.new_post("Lunch?");
    post.body = "What do you think, @ben?".to_owned();
    let _: Value = ada.does("posts.create", post).await;
    let created = |output| match output {
        Output::Event(event) => match event.kind {
            EventKind::NotificationCreated { notification, unread } => Some((notification.id, unread)),
            _ => None,
        },
        _ => None,
    };
    let (id, unread) = laptop_live.until(created).await;
    assert_eq!(unread, 1);
    let _: Value = ben.does("notifications.read", json!({ "id": id })).await;
    let read = |output| match output {
        Output::Event(event) => {
            if let EventKind::NotificationRead { unread, .. } = event.kind {
                Some(unread)
            } else {
                None
            }
        }
        _ => None,
    };
    assert_eq!(phone_live.until(read).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_member_is_followed_into_the_workspace_without_reconnecting() {
    let app = TestApp::start_with(|config| config.open_registration = true).await;
    let ada = app.site.set_up("ada").await;
    let new = json!({ "name": "Eve", "handle": "eve", "password": "long enough for us" });
    let eve = app.site.stranger().enters("auth.sign_up", new).await;
    assert!(eve.me.workspaces.is_empty());
    let mut live = eve.watches().await;
    let id = protocol::InvitationId::new(protocol::Timestamp::now());
    let link: protocol::workspace::InvitationLink = ada
        .does(
            "invitations.create",
            json!({ "id": id, "workspace": ada.workspace(), "role": "member", "days": 1, "uses_max": 1 }),
        )
        .await;
    let _: Value =
        eve.does("invitations.accept", json!({ "secret": link.path.trim_start_matches("/join/") })).await;
    live.until(|output| matches!(output, Output::Opened { topic, .. } if topic == ada.topic()).then_some(()))
        .await;
    ada.posts("Welcome").await;
    assert_eq!(live.titles_until("Welcome").await, ["Welcome"]);
}
