//! kill -9 in the middle of everything: what was acknowledged is there, once.

use crate::harness::{Live, Person, within};
use crate::programs::Hubbub;
use client::Output;
use protocol::EventKind;
use protocol::post::{Feed, NewPost, Post};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;

/// Writes posts as the page's outbox does: each is sent again under its id until it is acknowledged.
fn keeps_posting(
    person: &Person,
    writer: usize,
    count: usize,
    acknowledged: &Arc<Mutex<Vec<String>>>,
) -> JoinHandle<()> {
    let (person, acknowledged) = (person.clone(), Arc::clone(acknowledged));
    #[expect(clippy::disallowed_methods, reason = "the test's own task, awaited below")]
    tokio::spawn(async move {
        for number in 0..count {
            let title = format!("{writer}-{number}");
            let new = person.new_post(&title);
            while !sends(&person, &new).await {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            acknowledged.lock().expect("nobody panics with it").push(title);
        }
    })
}

async fn sends(person: &Person, new: &NewPost) -> bool {
    match person.wire.request("posts.create", new).send().await {
        Ok(answer) if answer.status().is_success() => answer.json::<Post>().await.is_ok(),
        _ => false,
    }
}

/// Counts what arrives until everything did.
async fn counts(live: &mut Live, expected: usize) -> HashMap<String, usize> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    while seen.len() < expected {
        let event = within(live.until(|output| match output {
            Output::Event(event) => Some(event),
            Output::Reset { .. } => panic!("the log goes on; nothing has to be loaded again"),
            _ => None,
        }))
        .await;
        if let EventKind::PostCreated(post) = event.kind {
            *seen.entry(post.title).or_default() += 1;
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_post_is_there_once_after_kill_9_for_a_client_that_resumes() {
    const WRITERS: usize = 4;
    const EACH: usize = 60;
    let folder = tempfile::tempdir().unwrap();
    let mut hubbub = Hubbub::serve(folder.path(), 0);
    let port = hubbub.site.address.port();
    let ada = hubbub.site.set_up("ada").await;
    let ben = ada.invites("ben").await;
    let mut live = ben.watches().await;

    let acknowledged = Arc::<Mutex<Vec<String>>>::default();
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| keeps_posting(&ada, writer, EACH, &acknowledged)).collect();
    let count = || acknowledged.lock().expect("nobody panics with it").len();
    for part in 1..=3 {
        within(async {
            while count() < part * WRITERS * EACH / 4 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        })
        .await;
        hubbub.kill();
        hubbub = Hubbub::serve(folder.path(), port);
    }
    let seen = counts(&mut live, WRITERS * EACH).await;
    for writer in writers {
        within(writer).await.unwrap();
    }

    let acknowledged = acknowledged.lock().unwrap().clone();
    assert_eq!(acknowledged.len(), WRITERS * EACH);
    for title in &acknowledged {
        assert_eq!(seen.get(title), Some(&1), "{title} arrived so often");
    }
    assert_eq!(in_the_feed(&ben).await, WRITERS * EACH);
}

async fn in_the_feed(person: &Person) -> usize {
    let mut count = 0;
    let mut before = None;
    loop {
        let feed: Feed = person
            .does("posts.list", serde_json::json!({ "workspace": person.workspace(), "before": before }))
            .await;
        count += feed.posts.len();
        before = feed.next;
        if before.is_none() {
            return count;
        }
    }
}
