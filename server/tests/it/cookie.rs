//! The session cookie lives as long as the session that it stands for.

use crate::harness::{Stranger, TestApp, config_in};
use protocol::account::NewInstance;
use protocol::{Timestamp, limits};
use reqwest::header;
use std::time::Duration;
use store::{Clock, Settings, Store};
use tempfile::TempDir;

/// The `Set-Cookie` of an answer, if it has one.
fn set_cookie(answer: &reqwest::Response) -> Option<String> {
    let cookie = answer.headers().get(header::SET_COOKIE)?;
    Some(cookie.to_str().expect("ASCII").to_owned())
}

/// A server, and Ada's device, which signed in two days ago.
async fn two_days_later() -> (TestApp, TempDir, Stranger, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = config_in(folder.path());
    let (clock, _) = Clock::manual(Timestamp::now() - Duration::from_secs(2 * 24 * 3600));
    let settings = Settings { clock, ..Settings::new(config.store_url()) };
    let (store, _committed) = Store::open(&settings).await.expect("the database opens");
    let founder = NewInstance {
        name: "Ada".to_owned(),
        handle: "ada".to_owned(),
        password: "correct horse battery".to_owned(),
        workspace_name: "Lantern Street".to_owned(),
    };
    let token = store.set_up(founder, "", "").await.expect("set up").token;
    store.close().await;
    let app = TestApp::start_on(config).await;
    let ada = Stranger { cookie: format!("hubbub_session={token}"), ..app.site.stranger() };
    (app, folder, ada, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_is_set_again_when_its_session_is_prolonged_and_only_then() {
    let (mut app, _folder, ada, token) = two_days_later().await;
    let answer = ada.request("account.get", serde_json::json!({})).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let cookie = set_cookie(&answer).expect("the session was prolonged");
    let seconds = limits::SESSION_LIFETIME.as_secs();
    assert_eq!(cookie, format!("hubbub_session={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}"));
    for path in ["/", "/settings"] {
        assert_eq!(set_cookie(&ada.opens(path).await), None, "not more often than once a day");
    }
    let out = ada.request("auth.sign_out", serde_json::json!({})).send().await.unwrap();
    assert!(set_cookie(&out).expect("it is taken away").contains("Max-Age=0"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_has_the_last_word_over_a_session_that_would_be_prolonged() {
    let (mut app, _folder, ada, _) = two_days_later().await;
    let out = ada.request("auth.sign_out", serde_json::json!({})).send().await.unwrap();
    let cookies: Vec<_> = out.headers().get_all(header::SET_COOKIE).iter().collect();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    assert!(cookies[0].to_str().unwrap().contains("Max-Age=0"), "{cookies:?}");
    app.stop().await;
}
