//! `search.query` and its page, over HTTP.

use crate::harness::TestApp;
use protocol::search::{HitKind, SearchPage};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_answered_to_members_and_refused_to_strangers() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    ada.posts("Winter soup").await;
    let asked = |q: &str| json!({ "workspace": ada.workspace(), "q": q });
    let page: SearchPage = ada.does("search.query", asked("wint sou")).await;
    assert_eq!((page.hits.len(), page.hits[0].kind), (1, HitKind::Post));
    let newest = json!({ "workspace": ada.workspace(), "q": "soup", "order": "newest" });
    let again: SearchPage = ada.does("search.query", newest).await;
    assert_eq!(again.hits[0].link, page.hits[0].link);
    let refusal = app.site.stranger().tries::<SearchPage>("search.query", asked("soup")).await.unwrap_err();
    assert_eq!(refusal.status, 401);
    ada.may_not("search.query", asked("before:soon"), 422).await;
    ada.may_not("search.query", asked(&"x".repeat(10_000)), 422).await;
    let nowhere = json!({ "workspace": protocol::WorkspaceId::new(protocol::Timestamp::now()), "q": "soup" });
    ada.may_not("search.query", nowhere, 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_hits_without_wasm_and_nothing_that_was_typed_breaks_it() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    ada.posts("Winter soup").await;
    let slug = &ada.me.workspaces[0].workspace.slug;
    let html = async |address: String| {
        let page = ada.wire.opens(&address).await;
        (page.status().as_u16(), page.text().await.unwrap())
    };
    let (status, found) = html(format!("/w/{slug}/search?q=soup")).await;
    assert_eq!(status, 200);
    assert!(found.contains("<mark>soup"), "{found}");
    let typed = protocol::file::percent_encoded("\"><script>alert(1)</script> has:link");
    let (status, hostile) = html(format!("/w/{slug}/search?q={typed}")).await;
    assert_eq!(status, 200);
    assert!(!hostile.contains("<script>alert(1)"), "{hostile}");
    let (status, refused) = html(format!("/w/{slug}/search?q=before:soon")).await;
    assert!(status == 200 && refused.contains("This cannot be looked for"), "{refused}");
    let (status, empty) = html(format!("/w/{slug}/search")).await;
    assert!(status == 200 && empty.contains("Find what was written"), "{empty}");
    let (status, _) = html("/w/nowhere/search?q=soup".to_owned()).await;
    assert_eq!(status, 404);
}
