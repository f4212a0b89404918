//! Files: who may send and read them, and within which limits.

use crate::harness::{Person, TestApp, within};
use crate::programs::Hubbub;
use crate::uploads::{Upload, files_in, picture};
use bytes::Bytes;
use futures::StreamExt;
use protocol::message::Message;
use protocol::{Code, ConversationId, FileId, Timestamp};
use reqwest::{Body, StatusCode, header};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_back_as_it_was_sent() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let group = ada.founds_group(&[&ben]).await;
    let text = "Grüße aus der Halle\n".repeat(20_000);
    let sent = ada.uploads(Upload::of(group, "notes.txt", text.clone())).await;
    assert_eq!((sent.name.as_str(), sent.media_type.as_str()), ("notes.txt", "text/plain"));
    assert_eq!((sent.bytes, sent.width, sent.has_thumbnail), (text.len() as u64, None, false));
    let message = ada.sends_files(group, &[&sent]).await;
    assert_eq!(message.attachments, std::slice::from_ref(&sent));
    for person in [&ada, &ben] {
        assert_eq!(person.opens_file(&sent).await.text().await.unwrap(), text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_outside_find_nothing_and_send_nothing() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let eve = ada.invites("eve").await;
    let group = ada.founds_group(&[&ben]).await;
    let plan = ada.uploads(Upload::of(group, "plan.png", picture(64, 64))).await;
    let paths = [protocol::file::path(plan.id, &plan.name), protocol::file::thumbnail_path(plan.id, 480)];

    // Not attached yet: nobody else's business.
    assert_eq!(ben.wire.opens(&paths[0]).await.status(), 404);
    ada.sends_files(group, &[&plan]).await;
    for path in &paths {
        assert_eq!(ben.wire.opens(path).await.status(), 200);
        assert_eq!(eve.wire.opens(path).await.status(), 404, "{path}");
        assert_eq!(app.site.stranger().opens(path).await.status(), 401, "{path}");
    }
    let refused = eve.tries_upload(Upload::of(group, "mine.txt", "mine")).await.unwrap_err();
    assert_eq!(refused.status, 404);
    let stranger =
        eve.tries_upload(Upload { cookie: Some(String::new()), ..Upload::of(group, "a.txt", "a") });
    assert_eq!(stranger.await.unwrap_err().status, 401);
    let nowhere = Upload::of(ConversationId::new(Timestamp::now()), "a.txt", "a");
    assert_eq!(ada.tries_upload(nowhere).await.unwrap_err().status, 404);

    // Who was in it and is not any more.
    ada.removes_from(group, &ben).await;
    for path in &paths {
        assert_eq!(ben.wire.opens(path).await.status(), 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_uploader_attaches_a_file_and_only_once() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let group = ada.founds_group(&[&ben]).await;
    let other = ada.founds_group(&[&ben]).await;
    let file = ada.uploads(Upload::of(group, "a.txt", "a")).await;
    assert_eq!(ben.tries_to_send(group, &[&file]).await.unwrap_err().status, 422, "it is Ada's");
    assert_eq!(ada.tries_to_send(other, &[&file]).await.unwrap_err().status, 422, "it belongs elsewhere");
    assert_eq!(ada.tries_to_send(group, &[&file, &file]).await.unwrap_err().status, 422, "it is one file");
    ada.sends_files(group, &[&file]).await;
    assert_eq!(ada.tries_to_send(group, &[&file]).await.unwrap_err().status, 422, "a message has it");
    let unknown = protocol::message::Attachment { id: FileId::new(Timestamp::now()), ..file };
    assert_eq!(ada.tries_to_send(group, &[&unknown]).await.unwrap_err().status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_is_gone_for_everybody() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let group = ada.founds_group(&[&ben]).await;
    let file = ada.uploads(Upload::of(group, "secret-name.png", picture(600, 300))).await;
    let message: Message = ada.sends_files(group, &[&file]).await;
    let _: Value = ada.does("messages.delete", json!({ "id": message.id })).await;
    for person in [&ada, &ben] {
        assert_eq!(person.opens_file(&file).await.status(), 404);
        assert_eq!(person.wire.opens(&protocol::file::thumbnail_path(file.id, 480)).await.status(), 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_upload_twice_is_one_file() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let group = ada.founds_group(&[&ben]).await;
    let upload = Upload::of(group, "a.txt", "the first");
    let first = ada.uploads(upload.clone()).await;
    let again = ada.uploads(Upload { content: "another".into(), ..upload.clone() }).await;
    assert_eq!(again, first);
    let refused = ben.tries_upload(upload.clone()).await.unwrap_err();
    assert_eq!((refused.status, refused.error.code), (409, Code::Taken));
    // At the same time too: a browser that lost its connection tries again while the first still runs.
    let at_once = Upload::of(group, "b.txt", "x".repeat(300_000));
    let twice = futures::future::join_all((0..4).map(|_| ada.uploads(at_once.clone()))).await;
    assert!(twice.iter().all(|one| *one == twice[0]));
    assert_eq!(ada.opens_file(&first).await.text().await.unwrap(), "the first");
    assert_eq!(files_in(&app).len(), 2, "no object is left of the others");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_never_a_path() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    for (name, clean) in [
        ("../../../etc/passwd", "passwd"),
        ("..\\..\\hubbub.db", "hubbub.db"),
        ("/absolute", "absolute"),
        ("a\u{202E}gpj.exe", "agpj.exe"),
        ("..", "file"),
        ("new\r\nline\u{0}", "newline"),
    ] {
        let file = ada.uploads(Upload::of(group, name, "content")).await;
        assert_eq!(file.name, clean, "{name:?}");
        assert_eq!(ada.opens_file(&file).await.status(), 200, "{name:?}");
    }
    let long = ada.uploads(Upload::of(group, &"ü".repeat(400), "content")).await;
    assert!(long.name.len() <= 255 && ada.opens_file(&long).await.status() == 200);
    for path in
        ["/files/../data/hubbub.db", "/files/%2e%2e/hubbub.db", "/files/x/y", "/files/0/thumbnail/480"]
    {
        assert_eq!(ada.wire.opens(path).await.status(), 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_or_empty_leaves_nothing() {
    let app = TestApp::start_with(|config| config.file_bytes_max = 1_000_000).await;
    let ada = app.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    let announced = ada.tries_upload(Upload::of(group, "a", vec![0; 1_000_001])).await.unwrap_err();
    assert_eq!((announced.status, announced.error.code), (413, Code::TooLarge));
    assert!(announced.error.message.contains("0.9 MB"), "{}", announced.error.message);
    // Without a length only counting helps.
    let parts =
        futures::stream::iter((0..2_000).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![0; 1_000]))));
    let streamed = ada.request_upload(&Upload::of(group, "a", "")).body(Body::wrap_stream(parts));
    assert_eq!(within(streamed.send()).await.unwrap().status(), 413);
    let empty = ada.tries_upload(Upload::of(group, "a", "")).await.unwrap_err();
    assert_eq!((empty.status, empty.error.field.as_deref()), (422, Some("file")));
    assert_eq!(files_in(&app), Vec::<String>::new());
    ada.uploads(Upload::of(group, "a", vec![0; 1_000_000])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    let upload = Upload::of(group, "half", "");
    // Two megabytes, then silence until the connection is cut.
    let some = futures::stream::iter((0..20).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![7; 100_000]))));
    let body = Body::wrap_stream(some.chain(futures::stream::pending()));
    let sending = ada.request_upload(&upload).body(body).send();
    let arrived = async {
        while files_in(&app).is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        answer = sending => panic!("it cannot be answered: {answer:?}"),
        () = within(arrived) => {}
    }
    within(async {
        while !files_in(&app).is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    // The id is free for the whole file.
    let whole = ada.uploads(Upload { content: "whole".into(), ..upload }).await;
    assert_eq!(ada.opens_file(&whole).await.text().await.unwrap(), "whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_does_not_take_all_the_room() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let group = ada.founds_group(&[&ben]).await;
    // So much that it shows in the storage, and no end.
    let endless = || {
        let begins = Ok::<_, std::io::Error>(Bytes::from(vec![7; 600_000]));
        Body::wrap_stream(futures::stream::iter([begins]).chain(futures::stream::pending()))
    };
    let mut running: Vec<_> = (0..protocol::limits::UPLOADS_PER_USER_MAX)
        .map(|_| Box::pin(ada.request_upload(&Upload::of(group, "endless", "")).body(endless()).send()))
        .collect();
    within(async {
        while files_in(&app).len() < running.len() {
            for upload in &mut running {
                assert!(futures::poll!(upload).is_pending());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let refused = ada.tries_upload(Upload::of(group, "one more", "x")).await.unwrap_err();
    assert_eq!(refused.status, 429);
    assert!(refused.retry_after.is_some());
    ben.uploads(Upload::of(group, "mine", "x")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_never_lies_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let hubbub = Hubbub::serve(folder.path(), 0);
    let ada = hubbub.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    ada.uploads(Upload::of(group, "small", "warm")).await;
    let before = hubbub.memory_bytes();
    let megabyte = Bytes::from(vec![7_u8; 1 << 20]);
    for (name, megabytes, status) in
        [("fits", 48, StatusCode::OK), ("does not", 56, StatusCode::PAYLOAD_TOO_LARGE)]
    {
        // Looked at before each part, as the server asks for it.
        let most = Arc::new(AtomicU64::new(0));
        let (seen, part, process) = (Arc::clone(&most), megabyte.clone(), hubbub.memory());
        let parts = futures::stream::iter((0..megabytes).map(move |_| {
            seen.fetch_max(process(), Ordering::Relaxed);
            Ok::<_, std::io::Error>(part.clone())
        }));
        let answer = ada.request_upload(&Upload::of(group, name, "")).body(Body::wrap_stream(parts));
        assert_eq!(within(answer.send()).await.unwrap().status(), status, "{name}");
        let most = most.load(Ordering::Relaxed);
        assert!(0 < most && most < before + (24 << 20), "{name}: from {before} to {most} bytes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_from_another_site_is_refused() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    let upload = Upload::of(group, "a.txt", "a");
    let answer = ada.request_upload(&upload).header(header::ORIGIN, "https://evil.example").body("a").send();
    assert_eq!(within(answer).await.unwrap().status(), 403);
    let query =
        ada.wire.http.post(app.site.url("/api/files.upload?id=7")).header(header::COOKIE, &ada.wire.cookie);
    assert_eq!(within(query.body("a").send()).await.unwrap().status(), 400);
}

impl Person {
    async fn tries_to_send(
        &self,
        conversation: ConversationId,
        files: &[&protocol::message::Attachment],
    ) -> Result<Message, crate::harness::Refusal> {
        self.wire.tries("messages.send", crate::uploads::message_with(conversation, files)).await
    }
}
