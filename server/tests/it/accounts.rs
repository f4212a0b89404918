//! Who gets in, and where.

use crate::harness::{Refusal, TestApp};
use protocol::person::InstanceRole;
use protocol::workspace::Role;
use protocol::{Code, UserId};
use reqwest::header;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_account_is_made_once() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    assert_eq!(ada.me.role, InstanceRole::Admin);
    assert_eq!(ada.me.workspaces[0].role, Role::Owner);
    let again =
        json!({ "name": "Eve", "handle": "eve", "password": "eve eve eve eve", "workspace_name": "Mine" });
    let refusal: Result<Value, Refusal> = app.site.stranger().tries("setup.create", again).await;
    assert_eq!(refusal.unwrap_err().status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_anything_without_signing_in() {
    let app = TestApp::start().await;
    app.site.set_up("ada").await;
    for command in ["account.get", "sessions.list", "notifications.list", "admin.people", "admin.figures"] {
        let answer: Result<Value, Refusal> = app.site.stranger().tries(command, json!({})).await;
        assert_eq!(answer.unwrap_err().error.code, Code::Unauthenticated, "{command}");
    }
    let mut forged = app.site.stranger();
    forged.cookie = "hubbub_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned();
    let answer: Result<Value, Refusal> = forged.tries("account.get", json!({})).await;
    assert_eq!(answer.unwrap_err().status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn administration_is_for_administrators() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    for command in ["admin.people", "admin.figures", "admin.workspaces", "admin.audit"] {
        ben.may_not(command, json!({}), 403).await;
        let _: Value = ada.does(command, json!({})).await;
    }
    ben.may_not("admin.deactivate", json!({ "user": ada.me.person.id }), 403).await;
    ben.may_not("admin.set_role", json!({ "user": ben.me.person.id, "role": "admin" }), 403).await;
    assert_eq!(ben.wire.opens("/admin").await.status(), 403);
    assert_eq!(ada.wire.opens("/admin").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_out_visitor_of_a_page_is_sent_to_sign_in_and_back() {
    let app = TestApp::start().await;
    app.site.set_up("ada").await;
    let answer = app.site.stranger().opens("/admin/people").await;
    assert!(answer.status().is_redirection(), "{}", answer.status());
    let location = answer.headers()[header::LOCATION].to_str().unwrap();
    assert!(location.starts_with("/sign-in"), "{location}");
    assert!(location.contains("admin"), "{location}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_front_door_leads_to_ones_first_workspace() {
    let app = TestApp::start().await;
    let mut path = "/".to_owned();
    loop {
        let page = app.site.stranger().opens(&path).await;
        let Some(next) = page.headers().get(header::LOCATION) else { break };
        path = next.to_str().unwrap().to_owned();
    }
    assert_eq!(path, "/setup", "there is nobody yet who could sign in");
    let ada = app.site.set_up("ada").await;
    let start = ada.wire.opens("/").await;
    assert_eq!(start.status(), 302);
    assert_eq!(start.headers()[header::LOCATION], "/w/lantern-street/feed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_is_invisible_from_outside() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let id = protocol::WorkspaceId::new(protocol::Timestamp::now());
    let _: Value = ada.does("workspaces.create", json!({ "id": id, "name": "Board Room" })).await;
    ben.may_not("posts.list", json!({ "workspace": id }), 404).await;
    ben.may_not("workspaces.get", json!({ "slug": "board-room" }), 404).await;
    ben.may_not("members.list", json!({ "workspace": id }), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_comment_but_do_not_post() {
    let app = TestApp::start().await;
    let (ada, _) = app.two_people().await;
    let gina = ada.invites_as("gina", Role::Guest).await;
    let post = ada.posts("Welcome").await;
    gina.may_not("posts.create", gina.new_post("Mine"), 403).await;
    let id = protocol::CommentId::new(protocol::Timestamp::now());
    let _: Value = gina.does("comments.create", json!({ "id": id, "post": post.id, "body": "Hello!" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_cookie_cannot_be_read_or_sent_across_sites() {
    let app = TestApp::start_with(|config| config.public_url = "https://hubbub.example.org".to_owned()).await;
    app.site.set_up("ada").await;
    let sign_in = json!({ "handle": "ada", "password": "correct horse battery" });
    let answer = app.site.stranger().request("auth.sign_in", sign_in).send().await.unwrap();
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    for part in ["hubbub_session=", "HttpOnly", "SameSite=Lax", "Path=/", "Secure"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_attempts_to_sign_in_have_to_wait() {
    let app = TestApp::start_with(|config| config.sign_ins_per_minute = 10.try_into().unwrap()).await;
    app.site.set_up("ada").await;
    let attempt = || async {
        let wrong = json!({ "handle": "ada", "password": "not the password" });
        let answer: Result<Value, Refusal> = app.site.stranger().tries("auth.sign_in", wrong).await;
        answer.unwrap_err()
    };
    for _ in 0..10 {
        assert_ne!(attempt().await.status, 429);
    }
    let refusal = attempt().await;
    assert_eq!(refusal.status, 429);
    assert!((1..=60).contains(&refusal.retry_after.unwrap()), "{refusal:?}");
    assert!(refusal.error.retry_after_ms.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_name_read_the_same() {
    let app = TestApp::start().await;
    app.site.set_up("ada").await;
    let attempt = |handle: &'static str| {
        let stranger = app.site.stranger();
        async move {
            let answer: Result<Value, Refusal> = stranger
                .tries("auth.sign_in", json!({ "handle": handle, "password": "not the password" }))
                .await;
            let refusal = answer.unwrap_err();
            (refusal.status, refusal.error)
        }
    };
    assert_eq!(attempt("ada").await, attempt("nobody").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn registration_without_an_invitation_is_a_setting() {
    let new = |handle: &str| json!({ "name": "New One", "handle": handle, "password": "long enough for us" });
    let closed = TestApp::start().await;
    closed.site.set_up("ada").await;
    let answer: Result<Value, Refusal> = closed.site.stranger().tries("auth.sign_up", new("eve")).await;
    assert_eq!(answer.unwrap_err().status, 403);
    let open = TestApp::start_with(|config| config.open_registration = true).await;
    open.site.set_up("ada").await;
    let eve = open.site.stranger().enters("auth.sign_up", new("eve")).await;
    assert_ne!(eve.me.person.id, UserId::new(protocol::Timestamp(0)));
}
