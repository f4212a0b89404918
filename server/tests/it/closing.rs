//! Every way in which a socket is refused or closed, and its code.

use crate::harness::{RawSocket, TestApp, within};
use futures::SinkExt;
use protocol::frame::{CloseCode, SUBPROTOCOL, ServerFrame};
use protocol::limits;
use reqwest::header;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

async fn open_socket(app: &TestApp) -> RawSocket {
    let ada = app.site.set_up("ada").await;
    let mut socket = ada.wire.raw_socket().await;
    socket.says_hello().await;
    socket.until(|frame| matches!(frame, ServerFrame::Welcome { .. }).then_some(())).await;
    socket
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_gets_no_socket() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let mut request = format!("ws://{}/ws", app.site.address).into_client_request().unwrap();
    request.headers_mut().insert("cookie", ada.wire.cookie.parse().unwrap());
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
    request.headers_mut().insert("origin", HeaderValue::from_static("https://evil.example"));
    let refused = within(tokio_tungstenite::connect_async(request)).await.unwrap_err();
    let tokio_tungstenite::tungstenite::Error::Http(answer) = refused else { panic!("{refused}") };
    assert_eq!(answer.status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_signed_in_is_told_so() {
    let app = TestApp::start().await;
    app.site.set_up("ada").await;
    let mut socket = app.site.stranger().raw_socket().await;
    socket.says_hello().await;
    let (code, frames) = socket.close_code().await;
    assert_eq!((code, frames), (CloseCode::SignIn.number(), vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_of_the_protocol_is_told_so() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let mut request = format!("ws://{}/ws", app.site.address).into_client_request().unwrap();
    request.headers_mut().insert("cookie", ada.wire.cookie.parse().unwrap());
    let (socket, _) = within(tokio_tungstenite::connect_async(request)).await.unwrap();
    assert_eq!(RawSocket(socket).close_code().await.0, CloseCode::Version.number());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_is_none_closes_the_socket() {
    let app = TestApp::start().await;
    let mut socket = open_socket(&app).await;
    socket.says("not json").await;
    assert_eq!(socket.close_code().await.0, CloseCode::BadFrame.number());
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_are_no_frame() {
    let app = TestApp::start().await;
    let mut socket = open_socket(&app).await;
    within(socket.0.send(Message::binary(vec![1, 2, 3]))).await.unwrap();
    assert_eq!(socket.close_code().await.0, CloseCode::BadFrame.number());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_above_the_limit_closes_the_socket() {
    let app = TestApp::start().await;
    let mut socket = open_socket(&app).await;
    socket.says("x".repeat(limits::FRAME_IN_BYTES_MAX + 1)).await;
    assert_eq!(socket.close_code().await.0, CloseCode::FrameTooLarge.number());
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_commands_close_the_socket() {
    let app = TestApp::start().await;
    let mut socket = open_socket(&app).await;
    let topic = protocol::Topic::Workspace(protocol::WorkspaceId::new(protocol::Timestamp::now()));
    let open = format!(r#"{{"type":"open","topic":"{topic}"}}"#);
    for _ in 0..2 * limits::COMMANDS_BURST_MAX {
        // The server may have closed it by now.
        if within(socket.0.send(Message::text(open.clone()))).await.is_err() {
            break;
        }
    }
    assert_eq!(socket.close_code().await.0, CloseCode::Rate.number());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_has_so_many_sockets_and_no_more() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let mut open = Vec::new();
    for _ in 0..limits::SOCKETS_PER_USER_MAX {
        let mut socket = ada.wire.raw_socket().await;
        socket.says_hello().await;
        socket.until(|frame| matches!(frame, ServerFrame::Welcome { .. }).then_some(())).await;
        open.push(socket);
    }
    assert_eq!(ada.wire.raw_socket().await.close_code().await.0, CloseCode::TooManyConnections.number());
    let mut bens = ben.wire.raw_socket().await;
    bens.says_hello().await;
    bens.until(|frame| matches!(frame, ServerFrame::Welcome { .. }).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_no_hello_is_not_waited_for() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let (code, frames) = ada.wire.raw_socket().await.close_code().await;
    assert_eq!((code, frames), (CloseCode::HelloTooLate.number(), vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_that_cannot_be_are_refused() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let mut socket = ada.wire.raw_socket().await;
    let place = |topic: protocol::Topic| {
        format!(r#"{{"topic":"{topic}","epoch":"{}","seq":1}}"#, ada.me.position.epoch)
    };
    let topics = (0..=limits::RESUME_TOPICS_MAX)
        .map(|_| protocol::Topic::Workspace(protocol::WorkspaceId::new(protocol::Timestamp::now())));
    let places: Vec<String> = topics.map(place).collect();
    socket.says(format!(r#"{{"type":"hello","client":"test/1","resume":[{}]}}"#, places.join(","))).await;
    let code = socket.close_code().await.0;
    assert!(
        [CloseCode::PositionsInvalid.number(), CloseCode::FrameTooLarge.number()].contains(&code),
        "{code}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_without_a_socket_is_a_plain_refusal() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let answer = ada.wire.opens("/ws").await;
    assert!(answer.status().is_client_error());
    assert!(answer.headers().contains_key(header::CONTENT_SECURITY_POLICY));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_handshakes_is_told_to_come_back_later() {
    let app = TestApp::start_with(|config| config.handshakes_per_second = 1).await;
    let ada = app.site.set_up("ada").await;
    let knock = || async {
        let mut request = format!("ws://{}/ws", app.site.address).into_client_request().unwrap();
        request.headers_mut().insert("cookie", ada.wire.cookie.parse().unwrap());
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
        within(tokio_tungstenite::connect_async(request)).await
    };
    let (mut let_in, mut sent_away) = (Vec::new(), 0);
    while sent_away < 3 {
        match knock().await {
            Ok((socket, _)) => let_in.push(socket),
            Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => {
                assert_eq!(answer.status(), 503);
                let after = answer.headers().get("retry-after").expect("it says when to come back");
                assert_eq!(after, "1");
                sent_away += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    // Whoever comes back later gets in: the page's own client does so by itself.
    let mut live = ada.watches().await;
    ada.posts("In").await;
    assert_eq!(live.titles_until("In").await, ["In"]);
}
