//! What somebody might send to do harm: as much as fits, a little more, and letters that deceive.

use crate::harness::TestApp;
use crate::pair::new_message;
use protocol::message::{Message, Timeline};
use protocol::notification::Notification;
use protocol::page::Page;
use protocol::post::{NewPost, Post};
use protocol::{Code, Timestamp, limits};
use serde_json::{Value, json};
use std::time::Duration;

/// Far above what the largest of these takes, far below what a loop over loops would.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_mentions_tell_everybody_once() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let group = ada.founds_group(&[&ben]).await;
    let same = "@ben ".repeat(limits::MESSAGE_BODY_BYTES_MAX / 5);
    let many: String = (0..)
        .map(|n| format!("@n{n} "))
        .scan(0, |bytes, word| {
            *bytes += word.len();
            (*bytes < limits::MESSAGE_BODY_BYTES_MAX - 20).then_some(word)
        })
        .collect();
    let everybody = "@room @here ".repeat(limits::MESSAGE_BODY_BYTES_MAX / 12);
    for (body, mentions) in [(same, 1), (format!("@ben {many}"), 1), (everybody, 0)] {
        let sent = tokio::time::timeout(SOON, ada.says(group, &body)).await.expect("it is soon sent");
        assert_eq!(sent.mentioned.len(), mentions, "{}…", &body[..40]);
    }
    let told: Page<Notification> = ben.does("notifications.list", json!({})).await;
    // Those of one conversation that he has not seen are one.
    assert_eq!((told.items.len(), told.items[0].actor_count), (1, 1));

    let mut post = ada.new_post("Hello");
    post.body = (0..10_000).map(|n| if n % 2 == 0 { "@ben " } else { "@ada " }).collect();
    let _: Post =
        tokio::time::timeout(SOON, ada.does("posts.create", post)).await.expect("it is soon posted");
    let told: Page<Notification> = ben.does("notifications.list", json!({})).await;
    assert_eq!(told.items.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_may_be_as_long_as_it_may_and_not_a_byte_longer() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    let fits = "x".repeat(limits::MESSAGE_BODY_BYTES_MAX);
    let sent = ada.says(group, &fits).await;
    assert_eq!(sent.body.len(), limits::MESSAGE_BODY_BYTES_MAX);
    for body in
        [format!("{fits}x"), "ü".repeat(limits::MESSAGE_BODY_BYTES_MAX / 2 + 1), "x".repeat(64 * 1024 + 1)]
    {
        let refusal = ada.may_not("messages.send", new_message(group, &body), 413).await;
        assert_eq!((refusal.error.code, refusal.error.field.as_deref()), (Code::TooLarge, Some("body")));
        let edit = json!({ "id": sent.id, "base": 1, "body": body });
        ada.may_not("messages.update", edit, 413).await;
    }
    let post = |bytes: usize| NewPost { body: "x".repeat(bytes), ..ada.new_post("Long") };
    let kept: Post = ada.does("posts.create", post(limits::POST_BODY_BYTES_MAX)).await;
    assert_eq!(kept.body.len(), limits::POST_BODY_BYTES_MAX);
    ada.may_not("posts.create", post(limits::POST_BODY_BYTES_MAX + 1), 413).await;
    // What no limit of a field allows is not even read.
    let refused = ada.wire.request("posts.create", post(4 * 1024 * 1024)).send().await;
    assert!(refused.is_err() || refused.is_ok_and(|answer| answer.status() == 413));
    // Nothing of it stands anywhere.
    let shown: Timeline = ada.does("messages.list", json!({ "conversation": group })).await;
    let texts: Vec<&Message> = shown.messages.iter().filter(|one| !one.body.is_empty()).collect();
    assert_eq!(texts, [&sent]);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_nest_without_end_are_soon_rendered() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    let most = limits::MESSAGE_BODY_BYTES_MAX;
    for piece in [
        "> ",
        "* ",
        "[",
        "![](",
        "**",
        "`",
        "<div>",
        "~~",
        "|",
        "#",
        "- [ ] ",
        "e\u{301}\u{302}\u{303}",
        "\u{202E}",
    ] {
        let body = format!("x{}", piece.repeat((most - 1) / piece.len()));
        let sent = tokio::time::timeout(SOON, ada.says(group, &body)).await;
        let sent = sent.unwrap_or_else(|_| panic!("{piece:?} takes too long"));
        assert!(!sent.html.contains("<div>") && !sent.body.contains('\u{202E}'), "{piece:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_look_like_others_are_refused() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let invited = |handle: &str, name: &str, secret: &str| json!({ "name": name, "handle": handle, "password": "correct horse battery", "invitation": secret });
    let new = json!({ "id": protocol::InvitationId::new(Timestamp::now()), "workspace": ada.workspace(),
                      "role": "member", "days": 1, "uses_max": 50 });
    let link: Value = ada.does("invitations.create", new).await;
    let secret = link["path"].as_str().expect("a path").trim_start_matches("/join/").to_owned();
    let stranger = app.site.stranger();
    for handle in [
        "a\u{200B}da",
        "a\u{200D}da",
        "ad\u{430}",
        "ada\u{202E}",
        "ADA",
        "\u{FEFF}ada",
        "a da",
        "ada/..",
        "@ada",
    ] {
        let answer = stranger.tries::<Value>("auth.sign_up", invited(handle, "Eve", &secret)).await;
        let refusal = answer.expect_err(handle);
        // In capitals it is Ada's, who is here.
        assert!([409, 422].contains(&refusal.status), "{handle:?}: {refusal:?}");
    }
    for name in ["Ada\u{202E}", "A\u{200B}da", "\u{2066}Ada", "Ada\nTester", " \u{2060} ", ""] {
        let answer = stranger.tries::<Value>("auth.sign_up", invited("eve", name, &secret)).await;
        assert_eq!(answer.expect_err(name).status, 422, "{name:?}");
        ada.may_not("account.update", json!({ "name": name }), 422).await;
        ada.may_not(
            "workspaces.create",
            json!({ "id": protocol::WorkspaceId::new(Timestamp::now()), "name": name }),
            422,
        )
        .await;
    }
    let new = |kind: &str, name: &str| {
        json!({ "id": protocol::ConversationId::new(Timestamp::now()), "workspace": ada.workspace(),
                "kind": kind, "name": name })
    };
    ada.may_not("conversations.create", new("room", "gen\u{200B}eral"), 422).await;
    ada.may_not("conversations.create", new("room", "gen\u{200D}eral"), 422).await;
    ada.may_not("conversations.create", new("group", "us\u{202E}"), 422).await;
    ada.may_not("status.set", json!({ "text": "back\u{202E}noos" }), 422).await;
}
