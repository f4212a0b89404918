//! A reader that takes nothing costs nothing but its own delay.

use crate::harness::{Person, within};
use crate::programs::Hubbub;
use futures::StreamExt;
use futures::stream;
use protocol::frame::ServerFrame;

/// Posts of 60 KB: together far more than any buffer on the way.
const POSTS: usize = 400;
const BODY_BYTES: usize = 60_000;
/// What one socket may hold: the kernel's buffers do not count as the process's memory.
const GROWTH_BYTES_MAX: u64 = 24 * 1024 * 1024;

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
    for _ in 0..10 {
        let mut sleeper = ada.wire.raw_socket().await;
        sleeper.says_hello().await;
        sleeper.until(|frame| matches!(frame, ServerFrame::Opened { .. }).then_some(())).await;
        sleepers.push(sleeper);
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
    let queued = (sleepers.len() * POSTS * BODY_BYTES) as u64;
    assert!(growth < GROWTH_BYTES_MAX, "grew by {growth} bytes; a queue per sleeper would be {queued}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_misses_nothing_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let hubbub = Hubbub::serve(folder.path(), 0);
    let ada = hubbub.site.set_up("ada").await;
    let mut sleeper = ada.wire.raw_socket().await;
    sleeper.says_hello().await;
    sleeper.until(|frame| matches!(frame, ServerFrame::Opened { .. }).then_some(())).await;
    // Less than what would be a reset, more than what fits into the buffers on the way.
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
