//! Texts on their way: previews, and what a page with a form says.

use crate::harness::TestApp;
use protocol::limits;
use protocol::post::{Post, Preview};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_for_people_who_are_signed_in_and_within_the_limits() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let arguments = |body: &str| json!({ "workspace": ada.workspace(), "body": body });
    let preview: Preview = ada.does("markdown.preview", arguments("**now**")).await;
    assert_eq!(preview.html, "<p><strong>now</strong></p>\n");
    let refusal =
        app.site.stranger().tries::<Preview>("markdown.preview", arguments("now")).await.unwrap_err();
    assert_eq!(refusal.status, 401);
    let body = "x".repeat(limits::POST_BODY_BYTES_MAX + 1);
    ada.may_not("markdown.preview", arguments(&body), 413).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_cannot_break_out_of_the_form_that_edits_it() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let hostile = "</textarea><form action=\"https://evil.example\"><b id=\"out\">&amp;";
    let post = ada.posts("Markup").await;
    let _: Post = ada.does("posts.update", json!({ "id": post.id, "base": 1, "body": hostile })).await;
    let slug = &ada.me.workspaces[0].workspace.slug;
    let page = ada.wire.opens(&format!("/w/{slug}/posts/{}?edit={}", post.id, post.id)).await;
    let html = page.text().await.unwrap();
    assert!(html.contains("&lt;/textarea>&lt;form"), "it stands in the field: {html}");
    assert!(!html.contains("<b id=\"out\">"), "{html}");
}
