//! The native transport against a real socket.

use crate::fake_server::FakeServer;
use crate::fake_server::{BEN, workspace};
use client::transport::native;
use client::{Output, Settings, Status};
use futures::{SinkExt, StreamExt};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::Receiver;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};
use tokio_tungstenite::tungstenite::{self, Message};

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Takes one socket and checks what a server checks.
async fn accept(listener: &TcpListener, address: SocketAddr) -> WebSocketStream<TcpStream> {
    let (stream, _) = listener.accept().await.unwrap();
    #[expect(clippy::result_large_err, reason = "the signature is the library's")]
    let check = move |request: &Request, mut response: Response| {
        let headers = request.headers();
        assert_eq!(headers["cookie"], "hubbub_session=abc");
        assert_eq!(headers["origin"], format!("http://{address}"));
        assert_eq!(headers["sec-websocket-protocol"], "hubbub.v1");
        response.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("hubbub.v1"));
        Ok(response)
    };
    tokio_tungstenite::accept_hdr_async(stream, check).await.unwrap()
}

/// Passes frames between the socket and the fake server until the client has nothing to say for now.
async fn serve(socket: &mut WebSocketStream<TcpStream>, server: &mut FakeServer, until_frames: usize) {
    while server.heard.len() < until_frames {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => server.takes(&text),
            other => panic!("{other:?}"),
        }
    }
    while let Some(frame) = server.wire.pop_front() {
        socket.send(Message::text(frame)).await.unwrap();
    }
}

async fn hears(outputs: &mut Receiver<Output>, wanted: impl Fn(&Output) -> bool) -> Output {
    loop {
        let output = outputs.recv().await.expect("the connection goes on");
        if wanted(&output) {
            return output;
        }
    }
}

fn event_number(output: &Output) -> Option<u64> {
    if let Output::Event(event) = output { Some(event.seq) } else { None }
}

#[tokio::test]
async fn a_socket_that_breaks_is_replaced_and_resumed() {
    let (listener, address) = listen().await;
    let mut server = FakeServer::default();
    server.add_topic(workspace(1), 5);
    let (_handle, mut outputs) =
        native::connect(&format!("ws://{address}/ws"), "hubbub_session=abc", Settings::new("test"));

    let mut socket = accept(&listener, address).await;
    serve(&mut socket, &mut server, 1).await;
    hears(&mut outputs, |output| *output == Output::Status(Status::Live)).await;
    server.append(workspace(1), BEN);
    serve(&mut socket, &mut server, 1).await;
    let first = hears(&mut outputs, |output| event_number(output).is_some()).await;
    assert_eq!(event_number(&first), Some(6));

    drop(socket);
    server.loses_the_socket();
    server.append(workspace(1), BEN);
    let mut socket = accept(&listener, address).await;
    serve(&mut socket, &mut server, 2).await;
    let second = hears(&mut outputs, |output| event_number(output).is_some()).await;
    assert_eq!(event_number(&second), Some(7));
    hears(&mut outputs, |output| *output == Output::CaughtUp { events: 1, returned: true }).await;
}

#[tokio::test]
async fn a_close_code_reaches_the_status_and_stop_ends_the_socket() {
    let (listener, address) = listen().await;
    let mut server = FakeServer::default();
    let (handle, mut outputs) =
        native::connect(&format!("ws://{address}/ws"), "hubbub_session=abc", Settings::new("test"));
    let mut socket = accept(&listener, address).await;
    serve(&mut socket, &mut server, 1).await;
    let revoked = CloseFrame { code: CloseCode::from(4005), reason: "".into() };
    socket.close(Some(revoked)).await.unwrap();
    hears(&mut outputs, |output| *output == Output::Status(Status::SignedOut)).await;

    handle.retry_now();
    let mut socket = accept(&listener, address).await;
    serve(&mut socket, &mut server, 2).await;
    hears(&mut outputs, |output| *output == Output::Status(Status::Live)).await;
    handle.stop();
    assert!(!matches!(socket.next().await, Some(Ok(_))), "the socket ends");
    while outputs.recv().await.is_some() {}
}

#[tokio::test]
async fn the_last_handle_takes_the_connection_with_it() {
    let (listener, address) = listen().await;
    let (handle, mut outputs) =
        native::connect(&format!("ws://{address}/ws"), "hubbub_session=abc", Settings::new("test"));
    let _socket = accept(&listener, address).await;
    drop(handle);
    while outputs.recv().await.is_some() {}
}

#[tokio::test]
async fn a_refused_handshake_tells_why() {
    for (answer, wanted) in
        [("401 Unauthorized\r\n", Status::SignedOut), ("403 Forbidden\r\n", Status::Stopped { code: 4004 })]
    {
        let (listener, address) = listen().await;
        let (_handle, mut outputs) =
            native::connect(&format!("ws://{address}/ws"), "", Settings::new("test"));
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 2048];
        let _ = stream.read(&mut request).await.unwrap();
        let answer = format!("HTTP/1.1 {answer}Content-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        hears(&mut outputs, |output| *output == Output::Status(wanted)).await;
    }
}

#[tokio::test]
async fn a_raw_socket_speaks_the_subprotocol() {
    let (listener, address) = listen().await;
    let url = format!("ws://{address}/ws");
    let (raw, mut served) =
        tokio::join!(native::open_raw(&url, "hubbub_session=abc"), accept(&listener, address));
    let mut raw = raw.unwrap();
    raw.send(Message::text("{}")).await.unwrap();
    assert_eq!(served.next().await.unwrap().unwrap(), Message::text("{}"));
    assert!(matches!(
        native::open_raw("http://example.test/ws", "").await,
        Err(tungstenite::Error::Url(_)) | Err(tungstenite::Error::Io(_))
    ));
}
