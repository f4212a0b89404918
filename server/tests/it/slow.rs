//! A reader that takes nothing costs nothing but its own delay.

use crate::harness::{Person, RawSocket, within};
use crate::programs::Hubbub;
use futures::StreamExt;
use futures::stream;
use protocol::frame::{SUBPROTOCOL, ServerFrame};
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, client_async};

/// Posts whose events are twice as large, because they carry text and HTML: together far more than
/// any buffer on the way.
const POSTS: usize = 250;
const BODY_BYTES: usize = 24_000;
const SLEEPERS: usize = 10;
/// What ten sleepers may cost together; a queue for each would be five times as much.
const GROWTH_BYTES_MAX: u64 = 24 * 1024 * 1024;

/// A socket that follows everything, with next to no room in the kernel.
async fn sleeper(person: &Person) -> RawSocket {
    let tcp = TcpSocket::new_v4().expect("the connection comes about");
    tcp.set_recv_buffer_size(4 * 1024).expect("the connection comes about");
    let tcp = within(tcp.connect(person.wire.site.address)).await.expect("the connection comes about");
    let mut request = format!("ws://{}/ws", person.wire.site.address)
        .into_client_request()
        .expect("the connection comes about");
    request.headers_mut().insert("cookie", person.wire.cookie.parse().expect("the connection comes about"));
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
    let (socket, _) =
        within(client_async(request, MaybeTlsStream::Plain(tcp))).await.expect("the connection comes about");
    let mut socket = RawSocket(socket);
    socket.says_hello().await;
    let topic = person.topic();
    socket
        .until(|frame| {
            matches!(frame, ServerFrame::Opened { topic: opened, .. } if opened == topic).then_some(())
        })
        .await;
    socket
}

async fn floods(ada: &Person, posts: usize) {
    let write = |number: usize| async move {
        let mut post = ada.new_post(&format!("Flood {number}"));
        post.body = "word ".repeat(BODY_BYTES / 5);
        let _: serde_json::Value = ada.does("posts.create", post).await;
    };
    stream::iter(0..posts).for_each_concurrent(4, write).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_takes_nothing_keeps_memory_flat() {
    let folder = tempfile::tempdir().unwrap();
    let hubbub = Hubbub::serve(folder.path(), 0);
    let ada = hubbub.site.set_up("ada").await;
    // The caches of the database and the allocator fill before anything is compared.
    floods(&ada, POSTS / 2).await;
    let before = hubbub.memory_bytes();

    let mut sleepers = Vec::new();
    for _ in 0..SLEEPERS {
        sleepers.push(sleeper(&ada).await);
    }
    let mut reader = ada.watches().await;
    let reads = async {
        ada.posts("Before").await;
        floods(&ada, POSTS).await;
        ada.posts("After").await;
    };
    let (titles, ()) = within(async { tokio::join!(reader.titles_until("After"), reads) }).await;
    assert_eq!(titles.len(), POSTS + 2, "who reads gets everything, whoever else sleeps");

    let growth = hubbub.memory_bytes().saturating_sub(before);
    let queued = (sleepers.len() * POSTS * 2 * BODY_BYTES) as u64;
    assert!(growth < GROWTH_BYTES_MAX, "grew by {growth} bytes; a queue per sleeper would be {queued}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_misses_nothing_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let hubbub = Hubbub::serve(folder.path(), 0);
    let ada = hubbub.site.set_up("ada").await;
    let mut sleeper = sleeper(&ada).await;
    // More than the tail in memory holds, less than what would be a reset.
    floods(&ada, 25).await;
    let mut seqs = Vec::new();
    let topic = ada.topic();
    while seqs.len() < 25 {
        let message = within(sleeper.0.next()).await.expect("it is open").expect("it works");
        let text = message.into_text().expect("frames are text");
        let whole = if text.starts_with('[') { text.to_string() } else { format!("[{text}]") };
        let frames: Vec<ServerFrame> = serde_json::from_str(&whole).expect("frames are JSON");
        seqs.extend(frames.into_iter().filter_map(|frame| match frame {
            ServerFrame::Event(event) if event.topic == topic => Some(event.seq),
            _ => None,
        }));
    }
    let first = seqs[0];
    assert_eq!(seqs, (first..first + 25).collect::<Vec<u64>>());
}
