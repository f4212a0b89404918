//! SIGTERM: sockets are sent away with a hint, what runs is finished, then it ends by itself.

use crate::harness::{TestApp, within};
use crate::programs::{Hubbub, hubbub, run};
use protocol::frame::{CloseCode, ServerFrame};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_sends_sockets_away_and_ends_well_within_ten_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let hubbub = Hubbub::serve(folder.path(), 0);
    let ada = hubbub.site.set_up("ada").await;
    let mut sockets = Vec::new();
    for _ in 0..5 {
        let mut socket = ada.wire.raw_socket().await;
        socket.says_hello().await;
        socket.until(|frame| matches!(frame, ServerFrame::Welcome { .. }).then_some(())).await;
        sockets.push(socket);
    }
    let told = Instant::now();
    hubbub.terminate();
    for socket in &mut sockets {
        let (code, frames) = socket.close_code().await;
        assert_eq!(code, CloseCode::Draining.number());
        assert!(frames.iter().any(|frame| matches!(frame, ServerFrame::Reconnect { .. })), "{frames:?}");
    }
    let status = hubbub.ended().await;
    assert!(status.success(), "{status}");
    assert!(told.elapsed() < Duration::from_secs(10), "{:?}", told.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_has_begun_is_finished() {
    let mut app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let body = serde_json::to_string(&ada.new_post("Last words")).unwrap();
    let mut wire = TcpStream::connect(app.site.address).await.unwrap();
    let head = format!(
        "POST /api/posts.create HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        app.site.address,
        ada.wire.cookie,
        body.len()
    );
    wire.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 25];
    within(wire.read_exact(&mut answer)).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 100"), "the server waits for the body");

    app.tell_to_stop();
    within(stops_being_ready(&app)).await;
    wire.write_all(body.as_bytes()).await.unwrap();
    let mut text = String::new();
    within(wire.read_to_string(&mut text)).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 200") && text.contains("Last words"), "{text}");
    app.stop().await;
}

/// Readiness says no, or nobody listens any more.
async fn stops_being_ready(app: &TestApp) {
    while app
        .site
        .stranger()
        .http
        .get(app.site.url("/health/ready"))
        .send()
        .await
        .is_ok_and(|answer| answer.status() == 200)
    {}
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_says_how_to_make_the_first_account() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Hubbub::serve(folder.path(), 0);
    let line = first.next_line();
    assert!(line.contains("first") && line.contains(&first.site.url("/setup")), "{line}");
    first.site.set_up("ada").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_said_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let first = Hubbub::serve(folder.path(), 0);
    let address = first.site.address.to_string();
    let other = tempfile::tempdir().unwrap();
    let ended = run(hubbub(other.path()).arg("serve").env("HUBBUB_ADDRESS", &address), "");
    assert!(!ended.status.success());
    let text = String::from_utf8_lossy(&ended.stderr);
    let error = text.lines().last().unwrap_or_default();
    assert!(
        error.starts_with("error: port") && error.contains("in use") && error.contains("HUBBUB_ADDRESS="),
        "{text}"
    );
}
