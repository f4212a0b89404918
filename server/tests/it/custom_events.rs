//! Programs publish: what is refused, who hears of the rest and when, and how long it can be found.

use crate::harness::{Live, Person, TestApp, config_in};
use crate::programs::Redis;
use crate::tokens::{Program, node_in_the_past};
use client::Output;
use protocol::custom_event::{Activity, CustomEvent, Published};
use protocol::notification::{Notification, NotificationKind};
use protocol::page::Page;
use protocol::workspace::{Role, Workspace};
use protocol::{Code, CustomEventId, EventKind, Timestamp, Topic, UserId, WorkspaceId, limits};
use serde_json::{Value, json};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn event(kind: &str, payload: Value) -> Value {
    json!({ "id": CustomEventId::new(Timestamp::now()), "kind": kind, "payload": payload })
}

/// What publishing these says.
fn to(workspace: WorkspaceId, events: &[Value]) -> Value {
    json!({ "workspace": workspace, "events": events })
}

async fn list(person: &Person) -> Vec<CustomEvent> {
    let page: Activity = person.does("events.list", json!({ "workspace": person.workspace() })).await;
    page.events
}

impl Live {
    /// Kinds of the events that programs publish, up to and including this one.
    async fn published_until(&mut self, last: &str) -> Vec<(Topic, String)> {
        let mut kinds: Vec<(Topic, String)> = Vec::new();
        while kinds.last().is_none_or(|(_, kind)| kind != last) {
            let event = self.event().await;
            if let EventKind::CustomPublished(published) = event.kind {
                kinds.push((event.topic, published.kind));
            }
        }
        kinds
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_publishes_and_everybody_hears_what_concerns_them() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let gus = ada.invites_as("gus", Role::Guest).await;
    let (_, bot) = ada.makes_bot("ledger", "events").await;
    let (mut adas, mut bens, mut guses) = (ada.watches().await, ben.watches().await, gus.watches().await);
    let mut to_ben = event("expense:approved", json!({ "amount": 12.5 }));
    to_ben["person"] = json!(ben.me.person.id);
    to_ben["notice"] = json!({ "text": "Your expense was approved", "link": "/settings" });
    let last = event("stock:updated", json!({ "left": 3 }));
    let workspace = ada.workspace();
    let sent = to(workspace, &[event("invoice:paid", json!({})), to_ben, last]);
    let published: Vec<Published> = bot.does("events.publish", &sent).await;
    assert!(published.iter().all(|one| matches!(one, Published::Event(_))), "{published:?}");
    let of_all = |kind: &str| (Topic::Workspace(workspace), kind.to_owned());
    let of_everybody = [of_all("invoice:paid"), of_all("stock:updated")];
    assert_eq!(adas.published_until("stock:updated").await, of_everybody);
    assert_eq!(guses.published_until("stock:updated").await, of_everybody);
    let (mut bens_own, mut bens_all) = (Vec::new(), Vec::new());
    while bens_own.is_empty() || bens_all.len() < 2 {
        match bens.event().await {
            event if event.topic == Topic::User(ben.me.person.id) => {
                if let EventKind::CustomPublished(published) = event.kind {
                    bens_own.push(published.kind);
                }
            }
            event => bens_all.extend(match event.kind {
                EventKind::CustomPublished(published) => Some((event.topic, published.kind)),
                _ => None,
            }),
        }
    }
    assert_eq!(
        (bens_own.as_slice(), bens_all.as_slice()),
        (&["expense:approved".to_owned()][..], &of_everybody[..])
    );
    let again: Vec<Published> = bot.does("events.publish", &sent).await;
    assert_eq!(again, published, "the answer was lost");
    assert_eq!((list(&ben).await.len(), list(&ada).await.len()), (3, 2));
    let inbox: Page<Notification> = ben.does("notifications.list", json!({})).await;
    let [told] = inbox.items.as_slice() else { panic!("{inbox:?}") };
    assert_eq!((told.kind, told.excerpt.as_str()), (NotificationKind::Event, "Your expense was approved"));
    assert_eq!(told.link.as_deref(), Some("/settings"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_with_its_status() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let workspace = ada.workspace();
    let schema = json!({ "properties": { "lines": { "items": { "required": ["sum"] } } } });
    let register = json!({ "workspace": workspace, "kind": "order:placed", "schema": schema });
    let _: Value = ada.does("events.register", &register).await;
    ben.may_not("events.register", &register, 403).await;

    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let raw = |payload: &str| {
        let id = CustomEventId::new(Timestamp::now());
        format!(
            r#"{{"workspace":"{workspace}","events":[{{"id":"{id}","kind":"a:b","payload":{payload}}}]}}"#
        )
    };
    for (payload, status) in [
        (deep(limits::JSON_DEPTH_MAX + 1), 422),
        (deep(5_000), 422),
        ("{\"a\":1e400}".to_owned(), 422),
        ("{\"a\":}".to_owned(), 400),
        ("\"\u{0}\"".to_owned(), 400),
        (format!("\"{}\"", "x".repeat(limits::EVENT_PAYLOAD_BYTES_MAX)), 413),
    ] {
        let request = ben.wire.request("events.publish", json!({})).body(raw(&payload));
        let answer = crate::harness::within(request.send()).await.expect("the server answers");
        assert_eq!(answer.status().as_u16(), status, "{}", &payload[..payload.len().min(60)]);
    }
    let with = |name: &str, value: Value| {
        let mut new = event("a:b", json!({}));
        new[name] = value;
        new
    };
    for (new, status, field) in [
        (event("Invoice paid", json!({})), 422, Some("kind")),
        (event("invoice", json!({})), 422, Some("kind")),
        (event("a:b\u{0}", json!({})), 422, Some("kind")),
        (event("order:placed", json!({ "lines": [{ "sum": 1 }, {}] })), 422, Some("payload/lines/1")),
        (with("notice", json!({ "text": "x", "link": "javascript:alert(1)" })), 422, Some("notice")),
        (with("notice", json!({ "text": "x\u{0}y" })), 422, Some("notice")),
        (with("notice", json!({ "text": "x".repeat(201) })), 422, Some("notice")),
        (with("person", json!(UserId::new(Timestamp::now()))), 404, None),
        (with("person", json!("nobody")), 400, None),
        (with("id", json!("7")), 400, None),
    ] {
        let refusal = ben.may_not("events.publish", to(workspace, &[new]), status).await;
        assert_eq!(refusal.error.field.as_deref(), field, "{refusal:?}");
    }
    let many: Vec<Value> = (0..=limits::EVENTS_AT_ONCE_MAX).map(|_| event("a:b", json!({}))).collect();
    ben.may_not("events.publish", to(workspace, &many), 422).await;
    ben.may_not("events.publish", to(workspace, &[]), 422).await;
    assert!(list(&ada).await.is_empty(), "nothing of it happened");
    // As much as there may be at once is for those who are signed in.
    let full = json!("x".repeat(limits::EVENT_PAYLOAD_BYTES_MAX - 2));
    let full: Vec<Value> = (0..limits::EVENTS_AT_ONCE_MAX).map(|_| event("a:full", full.clone())).collect();
    let full = to(workspace, &full);
    let refused = app.site.stranger().tries::<Value>("events.publish", &full).await.expect_err("refused");
    assert_eq!(refused.status, 413);
    let published: Vec<Published> = ben.does("events.publish", &full).await;
    assert!(published.iter().all(|one| matches!(one, Published::Event(_))));

    let nul = event("a:b", json!({ "text": "a\u{0}b" }));
    let published: Vec<Published> =
        ben.does("events.publish", to(workspace, std::slice::from_ref(&nul))).await;
    let other = json!({ "id": nul["id"], "kind": "a:b", "payload": {} });
    let refusal = ben.may_not("events.publish", to(workspace, std::slice::from_ref(&other)), 409).await;
    assert_eq!(refusal.error.code, Code::Taken);
    // Among others, a refusal stands beside what was published.
    let both: Vec<Published> = ben.does("events.publish", to(workspace, &[other, nul])).await;
    assert!(matches!(&both[0], Published::Error(error) if error.code == Code::Taken), "{both:?}");
    assert_eq!(both[1], published[0]);
    let page = ada.wire.opens(&format!("/w/{}/activity", ada.me.workspaces[0].workspace.slug)).await;
    let page = page.text().await.expect("a page");
    assert!(!page.contains('\0'));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_publish_learns_nothing() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let workspace = ada.workspace();
    let elsewhere = WorkspaceId::new(Timestamp::now());
    let _: Workspace = ada.does("workspaces.create", json!({ "id": elsewhere, "name": "Elsewhere" })).await;
    let gus = ada.invites_as("gus", Role::Guest).await;
    let new = || event("a:b", json!({}));
    gus.may_not("events.publish", to(workspace, &[new()]), 403).await;
    ben.may_not("events.publish", to(elsewhere, &[new()]), 404).await;
    ben.may_not("events.list", json!({ "workspace": elsewhere }), 404).await;
    ben.may_not("events.choices", json!({ "workspace": elsewhere }), 404).await;
    ben.may_not("events.kinds", json!({ "workspace": elsewhere }), 404).await;
    let register = json!({ "workspace": elsewhere, "kind": "a:b", "schema": {} });
    ben.may_not("events.register", register, 404).await;
    let stranger = app.site.stranger();
    let refused =
        stranger.tries::<Value>("events.publish", to(workspace, &[new()])).await.expect_err("refused");
    assert_eq!(refused.status, 401);

    let (_, bot) = ada.makes_bot("ledger", "events").await;
    let (_, reader) = ada.makes_bot("reader", "read write").await;
    let status = |program: &Program, workspace: WorkspaceId| {
        let (program, sent) = (program.clone(), to(workspace, &[new()]));
        async move {
            let answer = program.tries::<Value>("events.publish", sent).await;
            answer.map_or_else(|refusal| refusal.status, |_| 200)
        }
    };
    assert_eq!(status(&bot, elsewhere).await, 404, "it works in one workspace");
    assert_eq!(status(&reader, workspace).await, 403, "it lacks the scope");
    assert_eq!(status(&bot, workspace).await, 200);
    let [published] = list(&gus).await.try_into().expect("one event");
    gus.may_not("events.delete", json!({ "id": published.id }), 403).await;
    let _: Value = bot.does("events.delete", json!({ "id": published.id })).await;
    assert!(list(&gus).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_tell_everybody_at_once_and_who_was_away_hears_the_rest() {
    let Some(redis) = Redis::start() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut config = config_in(folder.path());
    config.redis_url.clone_from(&redis.url);
    let mut one = TestApp::start_on(config.clone()).await;
    let mut two = TestApp::start_on(config).await;
    let ada = one.site.set_up("ada").await;
    ada.invites("ben").await;
    let ben = two.site.sign_in("ben").await;
    let (_, bot) = ada.makes_bot("ledger", "events").await;
    let publish = |kind: &'static str| {
        let (bot, sent) = (bot.clone(), to(ada.workspace(), &[event(kind, json!({}))]));
        async move {
            let published: Vec<Published> = bot.does("events.publish", sent).await;
            assert_eq!(published.len(), 1);
        }
    };
    let (mut adas, mut bens) = (ada.watches().await, ben.watches().await);
    publish("a:first").await;
    let here = |kind: &str| (ada.topic(), kind.to_owned());
    assert_eq!(adas.published_until("a:first").await, [here("a:first")]);
    let position = bens
        .until(|output| match output {
            Output::Event(event) if matches!(event.kind, EventKind::CustomPublished(_)) => Some(event.seq),
            _ => None,
        })
        .await;
    drop(bens);
    for kind in ["a:second", "a:third"] {
        publish(kind).await;
    }
    let mut back = ben.watches().await;
    let page: Activity = ben.does("events.list", json!({ "workspace": ben.workspace() })).await;
    let seen = protocol::Position { seq: position, ..page.as_of[0].position };
    back.handle.set_position(ben.topic(), seen);
    publish("a:fourth").await;
    assert_eq!(
        back.published_until("a:fourth").await,
        [here("a:second"), here("a:third"), here("a:fourth")],
        "each once and in order"
    );
    two.stop().await;
    one.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_found_as_long_as_the_settings_say() {
    let mut app = TestApp::start_with(|config| config.custom_events_kept_hours = 48).await;
    let (ada, ben) = app.two_people().await;
    for (kind, ago) in [("a:old", 3 * DAY), ("a:young", DAY)] {
        let past = node_in_the_past(&app, ago).await;
        let caller = store_caller(&past, &ben).await;
        let new = serde_json::from_value(event(kind, json!({}))).expect("an event");
        past.publish_events(&caller, ben.workspace(), vec![new]).await.expect("it may");
        past.close().await;
    }
    assert_eq!(list(&ada).await.len(), 2);
    // The server looks for what is too old when it starts.
    let folder = app.folder().to_owned();
    app.stop().await;
    let config = server::config::Config { custom_events_kept_hours: 48, ..config_in(&folder) };
    let mut restarted = TestApp::start_on(config).await;
    let ada = restarted.site.sign_in("ada").await;
    crate::harness::within(async {
        while list(&ada).await.len() != 1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert_eq!(list(&ada).await[0].kind, "a:young");
    restarted.stop().await;
}

/// Ben, as the store knows him.
async fn store_caller(store: &store::Store, ben: &Person) -> store::Caller {
    let secret = ben.wire.cookie.split('=').nth(1).expect("a cookie");
    let known = store.authenticate(secret, "").await.expect("the database answers");
    known.expect("he is signed in").caller
}
