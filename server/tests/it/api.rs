//! Commands over HTTP: what is refused, and how.

use crate::harness::{Refusal, TestApp};
use protocol::{Code, Error};
use reqwest::header;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn what_another_site_sends_is_refused() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    for (name, value) in
        [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")]
    {
        let answer = ada
            .wire
            .request("posts.create", ada.new_post("Forged"))
            .header(name, value)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 403, "{name}: {value}");
    }
    let own = app.site.url("");
    let answer =
        ada.wire.request("posts.create", ada.new_post("Ours")).header("origin", own).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let feed: protocol::post::Feed = ada.does("posts.list", json!({ "workspace": ada.workspace() })).await;
    assert_eq!(feed.posts.iter().map(|post| post.title.as_str()).collect::<Vec<_>>(), ["Ours"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_a_bad_request() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    for body in ["{\"title\":", "{}", "{\"id\":\"7\"}", "[1,2]", "nonsense"] {
        let request =
            ada.wire.request("posts.create", json!({})).header(header::CONTENT_TYPE, "application/json");
        let answer = request.body(body).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{body}");
        assert_eq!(answer.json::<Error>().await.unwrap().code, Code::BadRequest);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_command_is_not_found_in_json() {
    let app = TestApp::start().await;
    let answer: Result<Value, Refusal> = app.site.stranger().tries("posts.explode", json!({})).await;
    let refusal = answer.unwrap_err();
    assert_eq!((refusal.status, refusal.error.code), (404, Code::NotFound));
    let got = app.site.stranger().opens("/api/posts.create").await;
    assert_eq!(got.status(), 405);
    assert_eq!(got.headers()[header::ALLOW], "POST");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_carry_their_own_status_and_field() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let refusal = ada.may_not("posts.create", ada.new_post("  "), 422).await;
    assert_eq!(refusal.error.field.as_deref(), Some("title"));
    ada.may_not("posts.get", json!({ "id": protocol::PostId::new(protocol::Timestamp::now()) }), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_too_large_is_refused() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let mut post = ada.new_post("Long");
    post.body = "x".repeat(protocol::limits::POST_BODY_BYTES_MAX + 1);
    ada.may_not("posts.create", &post, 413).await;
    post.body = "x".repeat(600 * 1024);
    ada.may_not("posts.create", &post, 413).await;
    post.body = "\u{1F469}".repeat(protocol::limits::POST_BODY_BYTES_MAX / 4);
    let _: Value = ada.does("posts.create", &post).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_on_an_old_version_comes_back_as_a_conflict() {
    let app = TestApp::start().await;
    let (ada, _) = app.two_people().await;
    let post = ada.posts("At nine").await;
    let edit = |title: &str| json!({ "id": post.id, "base": 1, "title": title });
    let _: Value = ada.does("posts.update", edit("At ten")).await;
    let refusal = ada.may_not("posts.update", edit("At eleven"), 409).await;
    let conflict = refusal.error.conflict.expect("it says how");
    let field = &conflict.fields[0];
    assert_eq!(
        (field.base.as_str(), field.theirs.as_str(), field.mine.as_str()),
        ("At nine", "At ten", "At eleven")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_wasm_is_sent_on_to_a_page() {
    let app = TestApp::start().await;
    app.site.set_up("ada").await;
    let stranger = app.site.stranger();
    let form = "handle=ada&password=correct+horse+battery&to=%2Finbox";
    let answer = stranger
        .http
        .post(app.site.url("/api/auth.sign_in"))
        .header(header::ACCEPT, "text/html,application/xhtml+xml")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()[header::LOCATION], "/inbox");
    assert!(answer.headers().contains_key(header::SET_COOKIE));
}
