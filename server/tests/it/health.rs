//! What supervisors, load balancers and Prometheus see.

use crate::harness::{TestApp, within};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn health_names_every_part_with_its_latency() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let _live = ada.watches().await;
    let health: Value = app.site.stranger().opens("/health").await.json().await.unwrap();
    assert_eq!(health["status"], "ok", "{health}");
    assert_eq!(health["connections"], 1, "{health}");
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert!(health["timestamp"].as_str().unwrap().ends_with('Z'));
    let parts = health["parts"].as_array().unwrap();
    assert_eq!(
        parts.iter().map(|part| part["name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["database", "bus"]
    );
    assert!(0.0 < parts[0]["latency_ms"].as_f64().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_are_counted() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let (_one, _two, _three) = (ada.watches().await, ada.watches().await, ben.watches().await);
    let mut sockets = Value::Null;
    // A client hears that its topics are open a moment before the node counts it.
    within(async {
        while sockets["people"] != 2 || sockets["subscriptions"] != 9 {
            sockets = app.site.stranger().opens("/health/websocket").await.json().await.unwrap();
        }
    })
    .await;
    assert_eq!(sockets["connections"], 3, "{sockets}");
    assert_eq!(sockets["subscriptions_per_connection"], 3.0);
    assert_eq!(sockets["connections_per_person"], 1.5);
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_answer() {
    let app = TestApp::start().await;
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(app.site.stranger().opens(path).await.status(), 200, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_have_the_documented_names() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let mut live = ben.watches().await;
    ada.posts("Counted").await;
    live.titles_until("Counted").await;
    let text = app.site.stranger().opens("/metrics").await.text().await.unwrap();
    let manual = include_str!("../../../docs/OPERATIONS.md");
    for name in [
        "hubbub_sockets",
        "hubbub_events_appended_total",
        "hubbub_events_delivered_total",
        "hubbub_delivery_seconds_bucket",
        "hubbub_queue_bytes",
        "hubbub_lagging_sockets",
        "hubbub_command_seconds_bucket",
        "hubbub_api_seconds_bucket",
        "hubbub_http_requests_total",
        "hubbub_database_connections",
        "hubbub_memory_bytes",
    ] {
        assert!(text.contains(name), "{name} is not measured");
        assert!(manual.contains(name.trim_end_matches("_bucket")), "{name} is not documented");
    }
}
