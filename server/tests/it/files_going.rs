//! How files go: deleted, never attached, or left behind by a crash.

use crate::harness::{TestApp, config_in};
use crate::uploads::{Upload, files_in, message_with, picture};
use protocol::{FileId, Timestamp};
use serde_json::{Value, json};
use server::files::Files;
use std::time::Duration;
use store::{Settings, Store};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The files of this server, as a node beside it has them.
async fn beside(app: &TestApp) -> (Files, CancellationToken) {
    let config = config_in(app.folder());
    let (store, mut committed) =
        Store::open(&Settings::new(config.store_url())).await.expect("it opens twice");
    let (tracker, ends) = (TaskTracker::new(), CancellationToken::new());
    tracker.spawn(
        ends.clone().run_until_cancelled_owned(async move { while committed.recv().await.is_some() {} }),
    );
    let files = Files::start(&config, store, tracker, ends.clone()).await.expect("it starts");
    (files, ends)
}

/// Before everything that a test does.
const LONG_AGO: Timestamp = Timestamp(0);

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_attached_goes_with_its_object() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    let kept = ada.uploads(Upload::of(group, "kept.txt", "kept")).await;
    ada.sends_files(group, &[&kept]).await;
    let given_up = ada.uploads(Upload::of(group, "given up.txt", "given up")).await;
    let (files, _ends) = beside(&app).await;
    assert_eq!(files.remove_gone(LONG_AGO).await.unwrap(), 0, "it may still be attached");
    // The rounds of either node may have forgotten it first.
    assert!(files.remove_gone(Timestamp::now() + Duration::from_secs(1)).await.unwrap() <= 1);
    assert_eq!(files_in(&app).len(), 1);
    assert_eq!(ada.opens_file(&given_up).await.status(), 404);
    ada.may_not("messages.send", message_with(group, &[&given_up]), 422).await;
    assert_eq!(ada.opens_file(&kept).await.text().await.unwrap(), "kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_deleted_message_go_with_their_pictures() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    let photo = ada.uploads(Upload::of(group, "photo.png", picture(600, 600))).await;
    let message = ada.sends_files(group, &[&photo]).await;
    crate::harness::within(async {
        while files_in(&app).len() < 3 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let _: Value = ada.does("messages.delete", json!({ "id": message.id })).await;
    let (files, _ends) = beside(&app).await;
    // The server's own round may have been first.
    assert!(files.remove_gone(LONG_AGO).await.unwrap() <= 1);
    assert_eq!(files_in(&app), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_takes_what_a_crash_left_and_nothing_else() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    let folder = app.folder().join("data/files");
    let lost = FileId::new(Timestamp::now()).0.simple().to_string();
    let shelf = folder.join(&lost[lost.len() - 2..]);
    let leave = || {
        std::fs::create_dir_all(&shelf).unwrap();
        for name in [lost.clone(), format!("{lost}-480"), format!("{lost}#1"), "notes.txt".to_owned()] {
            std::fs::write(shelf.join(name), "left behind").unwrap();
        }
    };
    leave();
    let (files, _ends) = beside(&app).await;
    // A database without any file is not the one to ask.
    assert_eq!(files.sweep(Duration::ZERO).await.unwrap(), 1, "only the write that never ended");
    let kept = ada.uploads(Upload::of(group, "kept.txt", "kept")).await;
    leave();
    assert_eq!(files.sweep(Duration::from_secs(3600)).await.unwrap(), 0, "it may still get its row");
    assert_eq!(files.sweep(Duration::ZERO).await.unwrap(), 2);
    let left: Vec<_> = std::fs::read_dir(&shelf).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().any(|name| name == "notes.txt"), "{left:?}");
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(&lost)), "{left:?}");
    assert_eq!(ada.opens_file(&kept).await.text().await.unwrap(), "kept");
}
