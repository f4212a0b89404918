//! Files in a bucket instead of the data folder.

use crate::harness::{TestApp, within};
use crate::programs::Bucket;
use crate::uploads::{Upload, picture};
use protocol::file::thumbnail_path;
use reqwest::header;
use server::config::Config;
use server::run::Application;
use std::time::Duration;

fn in_bucket(config: &mut Config, bucket: &Bucket) {
    config.files_bucket = Bucket::NAME.to_owned();
    config.files_endpoint = bucket.url.clone();
    config.files_access_key = Bucket::KEY.to_owned();
    config.files_secret_key = Bucket::KEY.to_owned();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_keeps_files_as_a_folder_does() {
    let Some(bucket) = Bucket::start() else { return };
    let app = TestApp::start_with(|config| in_bucket(config, &bucket)).await;
    let (ada, ben) = app.two_people().await;
    let group = ada.founds_group(&[&ben]).await;
    // One part, and several.
    let small = ada.uploads(Upload::of(group, "small.txt", "small")).await;
    let content: Vec<u8> = (0..12_000_000_u32).map(|number| (number % 251) as u8).collect();
    let large = ada.uploads(Upload::of(group, "large.bin", content.clone())).await;
    ada.sends_files(group, &[&small, &large]).await;
    assert_eq!(ben.opens_file(&small).await.text().await.unwrap(), "small");
    assert!(ben.opens_file(&large).await.bytes().await.unwrap() == content);
    let path = protocol::file::path(large.id, &large.name);
    let part = ben.wire.http.get(app.site.url(&path)).header(header::COOKIE, &ben.wire.cookie);
    let part = within(part.header(header::RANGE, "bytes=6000000-6000099").send()).await.unwrap();
    assert_eq!(part.status(), 206);
    assert!(part.bytes().await.unwrap() == content[6_000_000..6_000_100]);
    let photo = ada.uploads(Upload::of(group, "photo.png", picture(900, 900))).await;
    within(async {
        loop {
            let answer = ada.wire.opens(&thumbnail_path(photo.id, 480)).await;
            if answer.headers()[header::CONTENT_TYPE] == "image/jpeg" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert!(!app.folder().join("data/files").exists(), "nothing lies here");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_bucket_a_server_serves_everything_else() {
    let Some(bucket) = Bucket::start() else { return };
    let app = TestApp::start_with(|config| in_bucket(config, &bucket)).await;
    let ada = app.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    let file = ada.uploads(Upload::of(group, "a.txt", "a")).await;
    drop(bucket);
    assert_eq!(ada.opens_file(&file).await.status(), 503);
    let refused = ada.tries_upload(Upload::of(group, "b.txt", "b")).await.unwrap_err();
    assert_eq!(refused.status, 503);
    assert!(refused.retry_after.is_some());
    ada.posts("Still here").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_there_ends_the_start() {
    let Some(bucket) = Bucket::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut config = crate::harness::config_in(folder.path());
    in_bucket(&mut config, &bucket);
    config.files_bucket = "another".to_owned();
    let refused = within(Application::build(config)).await.err().expect("it does not start").to_string();
    assert!(refused.contains("another") && refused.contains("files_"), "{refused}");
}
