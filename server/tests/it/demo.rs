//! The command line, as somebody at a terminal uses it.

use crate::programs::{Hubbub, hubbub, run};
use protocol::post::Feed;
use serde_json::{Value, json};

fn printed(output: &std::process::Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_a_community_that_one_can_sign_in_to() {
    let folder = tempfile::tempdir().unwrap();
    let text = printed(&run(hubbub(folder.path()).arg("demo"), ""));
    let password = text.lines().last().and_then(|line| line.rsplit(' ').next()).unwrap();
    let server = Hubbub::serve(folder.path(), 0);
    let mara = server
        .site
        .stranger()
        .enters("auth.sign_in", json!({ "handle": "mara", "password": password }))
        .await;
    assert_eq!(mara.me.workspaces.len(), 3);
    assert!(0 < mara.me.unread, "there is something to find");
    let people: Value = mara.does("admin.people", json!({})).await;
    let is_person = |one: &&Value| one["person"]["bot"] != json!(true);
    assert_eq!(people["items"].as_array().unwrap().iter().filter(is_person).count(), 30);
    let makers = mara.me.workspaces.iter().find(|of| of.workspace.slug == "millbrook-makers").unwrap();
    let feed: Feed = mara.does("posts.list", json!({ "workspace": makers.workspace.id })).await;
    assert!(!feed.pinned.is_empty() && feed.next.is_some());
    assert!(feed.posts.iter().any(|post| !post.reactions.is_empty() && 0 < post.comments));
    let of = json!({ "workspace": makers.workspace.id });
    let conversations: Vec<protocol::conversation::ConversationState> =
        mara.does("conversations.list", of).await;
    assert!(7 <= conversations.len() && conversations.iter().any(|state| 0 < state.mentions));
    let general = conversations.iter().find(|state| state.conversation.is_default).unwrap();
    let timeline: protocol::message::Timeline =
        mara.does("messages.list", json!({ "conversation": general.conversation.id })).await;
    assert!(timeline.messages.iter().any(|message| !message.replies.is_empty()));
    assert!(timeline.messages.iter().any(|message| !message.reactions.is_empty()));
    let activity: protocol::custom_event::Activity =
        mara.does("events.list", json!({ "workspace": makers.workspace.id, "noun": "stock" })).await;
    assert!(activity.events.iter().all(|event| event.source.bot) && 2 < activity.events.len());
    let days = feed.posts[0].at.since(feed.posts[19].at).as_secs() / 86_400;
    assert!(3 < days, "twenty posts within {days} days");
}

#[test]
fn the_demo_does_not_touch_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    printed(&run(
        hubbub(folder.path()).args(["user", "create", "ada", "--role", "admin"]),
        "a long password\n",
    ));
    let refused = run(hubbub(folder.path()).arg("demo"), "");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("already holds accounts"));
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_can_be_made_and_changed_from_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    printed(&run(
        hubbub(folder.path()).args(["user", "create", "ada", "--name", "Ada L"]),
        "the first password\n",
    ));
    printed(&run(hubbub(folder.path()).args(["user", "role", "ada", "admin"]), ""));
    printed(&run(hubbub(folder.path()).args(["user", "password", "ada"]), "the second password\n"));
    let short = run(hubbub(folder.path()).args(["user", "create", "ben"]), "short\n");
    assert!(!short.status.success());
    let server = Hubbub::serve(folder.path(), 0);
    let ada = server
        .site
        .stranger()
        .enters("auth.sign_in", json!({ "handle": "ada", "password": "the second password" }))
        .await;
    assert_eq!(ada.me.person.name, "Ada L");
    let _: Value = ada.does("admin.people", json!({})).await;
}

#[test]
fn settings_are_checked_and_printed_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = hubbub(folder.path());
    let shown = printed(&run(
        command
            .arg("config")
            .env("DATABASE_URL", "postgres://hubbub:geheim@db/hubbub")
            .env("REDIS_URL", "")
            .env("PORT", "8080"),
        "",
    ));
    assert!(shown.contains("postgres://hubbub:…@db/hubbub") && !shown.contains("geheim"), "{shown}");
    assert!(shown.contains("127.0.0.1:8080"), "{shown}");
    let wrong = run(hubbub(folder.path()).arg("config").env("HUBBUB_EVENTS_KEPT_DAYS", "0"), "");
    assert!(!wrong.status.success());
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("events_kept_days"));
}

#[test]
fn migrating_twice_is_harmless() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        assert!(printed(&run(hubbub(folder.path()).arg("migrate"), "")).contains("up to date"));
    }
}
