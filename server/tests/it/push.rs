//! Devices are told of what their person does not look at: by a real push service, which cannot read it.

use crate::harness::{Person, TestApp, config_in};
use crate::programs::Hubbub;
use crate::push_service::PushService;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::conversation::ConversationState;
use protocol::message::Message;
use protocol::push::{NewSubscription, PushOutcome};
use protocol::{ConversationId, MessageId, Timestamp, Topic};
use serde_json::{Value, json};
use server::config::Config;

fn at_once(config: &mut Config) {
    config.push_to_loopback = true;
    config.push_grace_seconds = 0;
}

impl Person {
    async fn opens_direct(&self, with: &Person) -> ConversationId {
        let arguments = json!({ "workspace": self.workspace(), "user": with.me.person.id });
        let state: ConversationState = self.does("conversations.open_direct", arguments).await;
        state.conversation.id
    }

    async fn writes_to(&self, conversation: ConversationId, body: &str) -> Message {
        let id = MessageId::new(Timestamp::now());
        self.does("messages.send", json!({ "id": id, "conversation": conversation, "body": body })).await
    }

    async fn reads_all_of(&self, conversation: ConversationId) {
        let arguments = json!({ "topic": Topic::Conversation(conversation), "seq": 1_000_000 });
        let _: Value = self.does("reads.move", arguments).await;
    }

    async fn asks_for_a_test(&self) {
        let _: Value = self.does("push.test", json!({})).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_told_what_only_it_can_read_and_takes_it_back() {
    let app = TestApp::start_with(at_once).await;
    let mut service = PushService::start().await;
    let (ada, ben) = app.two_people().await;
    let phone = service.device("ben");
    ben.subscribes(&phone).await;
    let direct = ada.opens_direct(&ben).await;
    let message = ada.writes_to(direct, "The **hall** is open").await;

    let sealed = service.next().await;
    assert!(!String::from_utf8_lossy(&sealed.body).contains("hall"));
    let told = phone.reads(&sealed);
    assert_eq!(
        (&told["do"], &told["title"], &told["body"]),
        (&json!("show"), &json!("Ada Tester"), &json!("The hall is open"))
    );
    let slug = &ada.me.workspaces[0].workspace.slug;
    assert_eq!(told["url"], format!("/w/{slug}/c/{direct}?message={}", message.id));

    let header = |name: &str| sealed.headers[name].to_str().expect("ASCII").to_owned();
    assert_eq!(header("content-encoding"), "aes128gcm");
    assert_eq!(header("ttl"), "86400");
    assert_eq!(header("topic"), told["tag"]);
    let authorization = header("authorization");
    let key = authorization.rsplit_once("k=").expect("it names the key").1;
    assert_eq!(key, ben.push_state().await.public_key);
    let claims = authorization.split('.').nth(1).expect("it is a token");
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64url")).expect("JSON");
    assert!(phone.endpoint.starts_with(claims["aud"].as_str().expect("a text")), "{claims}");

    ben.reads_all_of(direct).await;
    assert_eq!(service.tells(&phone).await, json!({ "do": "close", "tag": told["tag"] }));
    assert_eq!(ben.push_log(2).await, [PushOutcome::Withdrawn, PushOutcome::Sent]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_within_the_grace_is_never_sent() {
    let grace = |config: &mut Config| {
        config.push_to_loopback = true;
        config.push_grace_seconds = 5;
    };
    let app = TestApp::start_with(grace).await;
    let mut service = PushService::start().await;
    let (ada, ben) = app.two_people().await;
    let phone = service.device("ben");
    ben.subscribes(&phone).await;
    let direct = ada.opens_direct(&ben).await;
    ada.writes_to(direct, "Are you there?").await;
    ben.reads_all_of(direct).await;
    let log = ben.push_log(1).await;
    assert!(matches!(log[..], [PushOutcome::Read { .. }]), "{log:?}");
    ben.asks_for_a_test().await;
    assert_eq!(service.tells(&phone).await["title"], "Notifications reach this device");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_within_the_grace_neither_loses_nor_doubles() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut config = config_in(folder.path());
    config.push_to_loopback = true;
    config.push_grace_seconds = 3;
    let mut service = PushService::start().await;
    let mut before = TestApp::start_on(config.clone()).await;
    let (ada, ben) = before.two_people().await;
    let key = ben.push_state().await.public_key;
    let phone = service.device("ben");
    ben.subscribes(&phone).await;
    let direct = ada.opens_direct(&ben).await;
    ada.writes_to(direct, "Before the restart").await;
    before.stop().await;

    // Two nodes come back: what is due is sent by one of them.
    let mut one = TestApp::start_on(config.clone()).await;
    let mut two = TestApp::start_on(config).await;
    assert_eq!(service.tells(&phone).await["body"], "Before the restart");
    let ben = one.site.sign_in("ben").await;
    assert_eq!(ben.push_log(1).await, [PushOutcome::Sent]);
    assert_eq!(ben.push_state().await.public_key, key, "browsers know the server by it");
    ben.asks_for_a_test().await;
    assert_eq!(service.tells(&phone).await["title"], "Notifications reach this device");
    two.stop().await;
    one.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_forgets_nobody() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = "push_to_loopback = true\npush_grace_seconds = 2\n";
    std::fs::write(folder.path().join("hubbub.toml"), settings).expect("the folder can be written to");
    let mut service = PushService::start().await;
    let before = Hubbub::serve(folder.path(), 0);
    let ada = before.site.set_up("ada").await;
    let ben = ada.invites("ben").await;
    let phone = service.device("ben");
    ben.subscribes(&phone).await;
    let direct = ada.opens_direct(&ben).await;
    ada.writes_to(direct, "Before the power cut").await;
    before.kill();

    let after = Hubbub::serve(folder.path(), 0);
    assert_eq!(service.tells(&phone).await["body"], "Before the power cut");
    assert_eq!(after.site.sign_in("ben").await.push_log(1).await, [PushOutcome::Sent]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_push_service_is_asked_again_and_a_device_that_is_gone_is_told_no_more() {
    let app = TestApp::start_with(at_once).await;
    let mut service = PushService::start().await;
    let ben = app.site.set_up("ben").await;
    let phone = service.device("ben");
    ben.subscribes(&phone).await;
    service.answers_next(503);
    service.answers_next(429);
    ben.asks_for_a_test().await;
    for _ in 0..3 {
        service.tells(&phone).await;
    }
    assert_eq!(ben.push_log(1).await, [PushOutcome::Sent]);
    service.answers_next(403);
    ben.asks_for_a_test().await;
    assert_eq!(ben.push_log(2).await[0], PushOutcome::Refused { status: 403 });
    assert_eq!(ben.push_state().await.devices.len(), 1);
    service.answers_next(410);
    ben.asks_for_a_test().await;
    assert_eq!(ben.push_log(3).await[0], PushOutcome::Ended { status: 410 });
    assert!(ben.push_state().await.devices.is_empty());
    ben.may_not("push.test", json!({}), 422).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_goes_only_to_public_addresses() {
    let app = TestApp::start().await;
    let service = PushService::start().await;
    let ben = app.site.set_up("ben").await;
    let good = service.device("ben").subscription();
    for endpoint in [
        good.endpoint.as_str(),
        "https://127.0.0.1/push",
        "https://10.0.0.1/push",
        "https://169.254.169.254/latest",
        "https://[::1]/push",
        "https://localhost/push",
        "http://push.example.org/push",
        "gopher://push.example.org/push",
        "",
    ] {
        let new = NewSubscription { endpoint: endpoint.to_owned(), ..good.clone() };
        ben.may_not("push.subscribe", new, 422).await;
    }
    let public = NewSubscription { endpoint: "https://push.example.org/ben".to_owned(), ..good };
    for broken in [
        NewSubscription { p256dh: URL_SAFE_NO_PAD.encode([4; 65]), ..public.clone() },
        NewSubscription { p256dh: "no key".to_owned(), ..public.clone() },
        NewSubscription { auth: URL_SAFE_NO_PAD.encode([4; 15]), ..public.clone() },
    ] {
        ben.may_not("push.subscribe", broken, 422).await;
    }
    let long = NewSubscription { endpoint: format!("https://a.org/{}", "x".repeat(2000)), ..public.clone() };
    ben.may_not("push.subscribe", long, 413).await;
    let _: Value = ben.does("push.subscribe", public).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_hears_of_other_peoples_devices() {
    let app = TestApp::start_with(at_once).await;
    let mut service = PushService::start().await;
    let (ada, ben) = app.two_people().await;
    let eve = ada.invites("eve").await;
    let (bens, eves) = (service.device("ben"), service.device("eve"));
    ben.subscribes(&bens).await;
    eve.subscribes(&eves).await;
    let stranger = app.site.stranger();
    for command in ["push.get", "push.subscribe", "push.unsubscribe", "push.test", "push.log", "push.look"] {
        let arguments = json!({ "endpoint": "https://a.org", "p256dh": "", "auth": "" });
        let answer: Result<Value, _> = stranger.tries(command, arguments).await;
        assert_eq!(answer.expect_err("nobody is signed in").status, 401, "{command}");
    }
    let session = ben.push_state().await.devices[0].id;
    let _: Value = eve.does("push.unsubscribe", json!({ "id": session })).await;
    assert_eq!(ben.push_state().await.devices.len(), 1);
    assert_eq!(eve.push_state().await.devices.len(), 1);
    let direct = ada.opens_direct(&ben).await;
    ada.writes_to(direct, "For Ben").await;
    assert_eq!(service.tells(&bens).await["body"], "For Ben");
    eve.asks_for_a_test().await;
    assert_eq!(service.tells(&eves).await["title"], "Notifications reach this device");
    assert_eq!(eve.push_log(1).await, [PushOutcome::Sent]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_may_ask_this_site_and_the_offline_page_runs_nothing() {
    let app = TestApp::start().await;
    let site = app.folder().join("site");
    std::fs::create_dir_all(&site).unwrap();
    for name in ["sw.js", "offline.html", "manifest.webmanifest", "icon-192.png"] {
        let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../public").join(name);
        std::fs::copy(from, site.join(name)).unwrap();
    }
    let stranger = app.site.stranger();
    for (path, kind, policy) in [
        ("/sw.js", "text/javascript", "default-src 'self'; frame-ancestors 'none'"),
        ("/offline.html", "text/html", "default-src 'none'; style-src 'self'; img-src 'self'"),
        ("/manifest.webmanifest", "application/manifest+json", "default-src 'none'"),
        ("/icon-192.png", "image/png", "default-src 'none'"),
    ] {
        let answer = stranger.opens(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        let header = |name: &str| answer.headers()[name].to_str().expect("ASCII").to_owned();
        assert!(header("content-type").starts_with(kind), "{path}: {}", header("content-type"));
        assert!(header("content-security-policy").starts_with(policy), "{path}");
        assert_eq!(header("cache-control"), "no-cache", "{path}");
    }
    let manifest: Value = stranger.opens("/manifest.webmanifest").await.json().await.expect("it is JSON");
    for icon in manifest["icons"].as_array().expect("there are icons") {
        let name = icon["src"].as_str().expect("a path").trim_start_matches('/');
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../public").join(name);
        assert!(file.is_file(), "{name} is in public/");
    }
}
