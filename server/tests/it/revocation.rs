//! Losing a right takes effect on live sockets at once: nothing after it leaks.

use crate::harness::{Live, Person, TestApp};
use client::{Output, Status};
use protocol::EventKind;
use protocol::frame::{CloseCode, ServerFrame};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use tokio::task::JoinHandle;

/// Posts one after the other until told to stop.
struct Flood {
    is_over: Arc<AtomicBool>,
    posted: Arc<AtomicU32>,
    running: JoinHandle<()>,
}

impl Flood {
    fn of(person: &Person) -> Self {
        let (is_over, posted) = (Arc::<AtomicBool>::default(), Arc::<AtomicU32>::default());
        let (until, count, person) = (Arc::clone(&is_over), Arc::clone(&posted), person.clone());
        #[expect(clippy::disallowed_methods, reason = "the test's own task, awaited in end()")]
        let running = tokio::spawn(async move {
            while !until.load(Ordering::SeqCst) {
                let number = count.load(Ordering::SeqCst) + 1;
                person.posts(&number.to_string()).await;
                count.store(number, Ordering::SeqCst);
            }
        });
        Self { is_over, posted, running }
    }

    fn posted(&self) -> u32 {
        self.posted.load(Ordering::SeqCst)
    }

    async fn end(self) {
        self.is_over.store(true, Ordering::SeqCst);
        crate::harness::within(self.running).await.expect("every post is taken");
    }
}

fn number(event: &protocol::Event) -> Option<u32> {
    if let EventKind::PostCreated(post) = &event.kind { post.title.parse().ok() } else { None }
}

/// Waits until the flood is felt on this socket.
async fn feels(live: &mut Live, count: u32) {
    live.until(|output| {
        if let Output::Event(event) = output {
            number(&event).filter(|number| count <= *number)
        } else {
            None
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_person_is_cut_in_the_middle_of_a_flood() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let mut raw = ben.wire.raw_socket().await;
    raw.says_hello().await;
    let mut bens = ben.watches().await;
    let flood = Flood::of(&ada);
    feels(&mut bens, 5).await;

    let _: Value = ada.does("admin.deactivate", json!({ "user": ben.me.person.id })).await;
    let before = flood.posted();
    let (code, frames) = raw.close_code().await;
    assert_eq!(code, CloseCode::SessionRevoked.number());
    // One post may have been on its way when the deactivation was committed.
    let latest = frames
        .iter()
        .filter_map(|frame| if let ServerFrame::Event(event) = frame { number(event) } else { None })
        .max();
    assert!(latest <= Some(before + 1), "saw {latest:?}, deactivated when {before} were posted");
    bens.until(|output| {
        matches!(output, Output::Status(Status::SignedOut | Status::Stopped { code: 4005 })).then_some(())
    })
    .await;
    flood.end().await;
    ben.may_not("posts.list", json!({ "workspace": ben.workspace() }), 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_a_device_out_closes_its_sockets_and_no_others() {
    let app = TestApp::start().await;
    let (_, ben) = app.two_people().await;
    let phone = app.site.sign_in("ben").await;
    let mut laptop_live = ben.watches().await;
    let mut phone_socket = phone.wire.raw_socket().await;
    phone_socket.says_hello().await;
    phone_socket.until(|frame| matches!(frame, ServerFrame::Opened { .. }).then_some(())).await;
    let _: Value = ben.does("sessions.revoke", json!({ "id": phone.me.session })).await;
    assert_eq!(phone_socket.close_code().await.0, CloseCode::SessionRevoked.number());
    ben.posts("Still here").await;
    assert_eq!(laptop_live.titles_until("Still here").await, ["Still here"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_from_a_workspace_sees_nothing_more_of_it() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let mut live = ben.watches().await;
    let flood = Flood::of(&ada);
    feels(&mut live, 3).await;
    let _: Value =
        ada.does("members.remove", json!({ "workspace": ada.workspace(), "user": ben.me.person.id })).await;
    let before = flood.posted();
    let mut latest = None;
    let topic = ada.topic();
    let code = live
        .until(|output| match output {
            Output::Event(event) => {
                latest = latest.max(number(&event));
                None
            }
            Output::Closed { topic: closed, code } if closed == topic => Some(code),
            _ => None,
        })
        .await;
    assert_eq!(code, CloseCode::Forbidden.number());
    assert!(latest <= Some(before + 1), "saw {latest:?}, removed when {before} were posted");
    flood.end().await;
    // The socket itself stays: Ben's own topic has nothing to do with that workspace.
    let _: Value = ben.does("account.update", json!({ "name": "Benjamin" })).await;
    let rest: Vec<Output> = std::iter::from_fn(|| live.outputs.try_recv().ok()).collect();
    let leaked = rest.iter().any(|output| matches!(output, Output::Event(event) if event.topic == topic));
    assert!(!leaked, "{rest:?}");
}
