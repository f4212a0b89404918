//! What comes back of a file: never more than it is, and nothing that runs.

use crate::harness::{Person, TestApp, within};
use crate::uploads::{Upload, files_in, picture, picture_as};
use image::ImageFormat;
use protocol::file::thumbnail_path;
use protocol::message::Attachment;
use reqwest::{Response, header};
use std::time::Duration;

fn value(answer: &Response, name: header::HeaderName) -> &str {
    answer.headers().get(&name).map_or("", |value| value.to_str().expect("headers are ASCII"))
}

/// The answer to a request for a file with one more header.
async fn asks(person: &Person, path: &str, name: header::HeaderName, says: &str) -> Response {
    let request = person.wire.http.get(person.wire.site.url(path));
    let request = request.header(header::COOKIE, &person.wire.cookie).header(name, says);
    within(request.send()).await.expect("the server answers")
}

/// Waits until the small pictures are made: until then the image itself is the answer.
async fn small(person: &Person, file: &Attachment, side: u32) -> Response {
    within(async {
        loop {
            let answer = person.wire.opens(&thumbnail_path(file.id, side)).await;
            assert_eq!(answer.status(), 200);
            if value(&answer, header::ETAG).contains('-') {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_could_run_is_downloaded_and_never_opened() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
    for (name, content, found) in [
        ("photo.png", "<html><script>alert(1)</script>", "text/html"),
        ("photo.jpg", svg, "image/svg+xml"),
        ("feed.png", "<?xml version=\"1.0\"?><a/>", "text/xml"),
        ("script.js", "alert(1)", "text/plain"),
        ("noise.bin", "\0\u{1}", "application/octet-stream"),
    ] {
        let request = ada.request_upload(&Upload::of(group, name, ""));
        let lying = request.header(header::CONTENT_TYPE, "image/png").body(content).send();
        let file: Attachment = within(lying).await.unwrap().json().await.unwrap();
        assert_eq!(file.media_type, found, "{name}");
        assert!(!file.has_thumbnail && file.width.is_none());
        let answer = ada.opens_file(&file).await;
        assert!(value(&answer, header::CONTENT_DISPOSITION).starts_with("attachment; "), "{name}");
        assert_eq!(value(&answer, header::CONTENT_TYPE), "application/octet-stream", "{name}");
        assert_eq!(value(&answer, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert!(value(&answer, header::CONTENT_SECURITY_POLICY).starts_with("sandbox; default-src 'none'"));
        assert_eq!(value(&answer, header::CACHE_CONTROL), "private, no-cache");
        assert_eq!(answer.text().await.unwrap(), content);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_run_may_be_opened_under_its_name() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    let image = ada.uploads(Upload::of(group, "Grüße \"1\".png", picture(8, 8))).await;
    let answer = ada.opens_file(&image).await;
    assert_eq!(value(&answer, header::CONTENT_TYPE), "image/png");
    assert_eq!(
        value(&answer, header::CONTENT_DISPOSITION),
        "inline; filename=\"Gr__e _1_.png\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.png"
    );
    assert!(value(&answer, header::CONTENT_SECURITY_POLICY).contains("sandbox"));
    for (name, content, found) in [
        ("a.pdf", &b"%PDF-1.7\n"[..], "application/pdf"),
        ("a.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video/mp4"),
        ("a.mp3", b"ID3\x03\0\0\0\0\0\0", "audio/mpeg"),
    ] {
        let file = ada.uploads(Upload::of(group, name, content)).await;
        let answer = ada.opens_file(&file).await;
        assert_eq!(value(&answer, header::CONTENT_TYPE), found);
        assert!(value(&answer, header::CONTENT_DISPOSITION).starts_with("inline; "));
        assert!(value(&answer, header::CONTENT_SECURITY_POLICY).contains("default-src 'none'"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_a_file_can_be_asked_for() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    let content: Vec<u8> = (0..300_000_u32).map(|number| (number % 251) as u8).collect();
    let file = ada.uploads(Upload::of(group, "film.bin", content.clone())).await;
    let path = protocol::file::path(file.id, &file.name);
    let whole = ada.wire.opens(&path).await;
    assert_eq!(value(&whole, header::ACCEPT_RANGES), "bytes");
    assert_eq!(value(&whole, header::CONTENT_LENGTH), "300000");
    let tag = value(&whole, header::ETAG).to_owned();
    for (range, part) in
        [("bytes=0-0", 0..1), ("bytes=100000-199999", 100_000..200_000), ("bytes=-7", 299_993..300_000)]
    {
        let answer = asks(&ada, &path, header::RANGE, range).await;
        assert_eq!(answer.status(), 206, "{range}");
        let said = format!("bytes {}-{}/300000", part.start, part.end - 1);
        assert_eq!(value(&answer, header::CONTENT_RANGE), said);
        assert_eq!(answer.bytes().await.unwrap(), content[part]);
    }
    let beyond = asks(&ada, &path, header::RANGE, "bytes=300000-").await;
    assert_eq!((beyond.status().as_u16(), value(&beyond, header::CONTENT_RANGE)), (416, "bytes */300000"));
    let known = asks(&ada, &path, header::IF_NONE_MATCH, &tag).await;
    assert_eq!(known.status(), 304);
    assert!(known.bytes().await.unwrap().is_empty());
    let squeezed = asks(&ada, &path, header::ACCEPT_ENCODING, "br, gzip").await;
    assert!(!squeezed.headers().contains_key(header::CONTENT_ENCODING), "its parts must be its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_has_its_size_at_once_and_small_pictures_soon() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
        let file = ada.uploads(Upload::of(group, "photo", picture_as(1600, 800, format))).await;
        assert_eq!(
            (file.width, file.height, file.has_thumbnail),
            (Some(1600), Some(800), true),
            "{format:?}"
        );
        for (side, size) in [(480, (480, 240)), (1280, (1280, 640))] {
            let answer = small(&ada, &file, side).await;
            assert_eq!(value(&answer, header::CONTENT_TYPE), "image/jpeg");
            let tag = value(&answer, header::ETAG).to_owned();
            let picture = image::load_from_memory(&answer.bytes().await.unwrap()).unwrap();
            assert_eq!((picture.width(), picture.height()), size, "{format:?}");
            let again = asks(&ada, &thumbnail_path(file.id, side), header::IF_NONE_MATCH, &tag).await;
            assert_eq!(again.status(), 304);
        }
        assert_eq!(ada.wire.opens(&thumbnail_path(file.id, 481)).await.status(), 404);
    }
    assert_eq!(files_in(&app).len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_is_a_file_like_any_other() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let group = ada.founds_group(&[]).await;
    // A header that promises 3,600 megapixels.
    let mut bomb = picture(4, 4);
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let file = ada.uploads(Upload::of(group, "bomb.png", bomb)).await;
    assert_eq!((file.width, file.has_thumbnail), (None, false));
    assert_eq!(ada.wire.opens(&thumbnail_path(file.id, 480)).await.status(), 404);
    // A header that is true of pixels that are not there: refused when it is decoded.
    let whole = picture(900, 900);
    let cut = ada.uploads(Upload::of(group, "cut.png", &whole[..whole.len() / 2])).await;
    within(async {
        while ada.wire.opens(&thumbnail_path(cut.id, 480)).await.status() != 404 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert_eq!(ada.opens_file(&cut).await.status(), 200);
}
