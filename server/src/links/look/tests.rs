//! Against a web server on this machine, which does what strangers may do.

use super::*;
use axum::Router;
use axum::body::Body;
use axum::http::{Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use bytes::Bytes;
use futures::stream;
use std::convert::Infallible;
use std::net::SocketAddr;

const PATIENCE: Duration = Duration::from_secs(20);
const TITLE: &str = "<title>Soup</title>";

/// A site with a page of each kind.
async fn site() -> SocketAddr {
    let router = Router::new()
        .route("/title", get(async || Html(TITLE)))
        .route("/nothing", get(async || Html("<p>hello")))
        .route("/moved", get(async || Redirect::temporary("title")))
        .route("/private", get(async || Redirect::temporary("http://192.168.1.1/title")))
        .route("/metadata", get(async || Redirect::permanent("http://169.254.169.254/latest/meta-data")))
        .route("/file", get(async || Redirect::temporary("file:///etc/passwd")))
        .route("/round", get(async || Redirect::temporary("/round")))
        .route("/gone", get(async || (StatusCode::GONE, Html(TITLE))))
        .route("/text", get(async || TITLE))
        .route("/picture", get(async || ([(header::CONTENT_TYPE, "image/svg+xml")], TITLE)))
        .route("/late", get(async || Html(format!("{}{TITLE}", " ".repeat(limits::LINK_PAGE_BYTES_MAX)))))
        .route("/endless", get(endless))
        .route("/silent", get(std::future::pending::<()>))
        .fallback(async |uri: Uri| Html(format!("<title>{uri}</title>")));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test's own task, which ends with it")]
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// Its head, and then more for as long as somebody reads.
async fn endless() -> Response {
    let head = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"<head><title>Soup</title></head>"))]);
    let body = futures::StreamExt::chain(head, stream::repeat_with(|| Ok(Bytes::from_static(&[b'x'; 1024]))));
    ([(header::CONTENT_TYPE, "text/html")], Body::from_stream(body)).into_response()
}

async fn seen(reach: Reach, url: &str) -> Result<String, Unseen> {
    Eyes::new(reach, "https://hubbub.example.org", PATIENCE)
        .unwrap()
        .look_at(url)
        .await
        .map(|page| page.title)
}

#[tokio::test]
async fn a_page_is_seen_where_it_is_in_the_end() {
    let site = site().await;
    for path in ["title", "moved", "endless"] {
        assert_eq!(seen(Reach::Loopback, &format!("http://{site}/{path}")).await.unwrap(), "Soup", "{path}");
    }
}

#[tokio::test]
async fn nothing_leads_to_where_not_everybody_may_go() {
    let site = site().await;
    for path in ["private", "metadata", "file"] {
        let unseen = seen(Reach::Loopback, &format!("http://{site}/{path}")).await.unwrap_err();
        assert!(matches!(unseen, Unseen::Forbidden), "{path}: {unseen:?}");
    }
    let port = site.port();
    for url in [
        format!("http://{site}/title"),
        format!("http://localhost:{port}/title"),
        format!("http://[::ffff:127.0.0.1]:{port}/title"),
        format!("http://0x7f000001:{port}/title"),
        "https://hubbub.example.org/inbox".to_owned(),
        "ftp://example.org/title".to_owned(),
        "http://".to_owned(),
    ] {
        let unseen = seen(Reach::Public, &url).await.unwrap_err();
        assert!(matches!(unseen, Unseen::Forbidden), "{url}: {unseen:?}");
    }
}

#[tokio::test]
async fn what_is_no_page_with_a_title_says_nothing() {
    let site = site().await;
    for (path, word) in [
        ("nothing", "nameless"),
        ("late", "nameless"),
        ("text", "no_html"),
        ("picture", "no_html"),
        ("gone", "refused"),
        ("round", "astray"),
    ] {
        let unseen = seen(Reach::Loopback, &format!("http://{site}/{path}")).await.unwrap_err();
        assert_eq!(unseen.word(), word, "{path}");
    }
}

#[tokio::test]
async fn nobody_is_waited_for_longer_than_the_limit() {
    let site = site().await;
    let eyes = Eyes::new(Reach::Loopback, "", Duration::from_millis(300)).unwrap();
    let looked = tokio::time::timeout(PATIENCE, eyes.look_at(&format!("http://{site}/silent"))).await;
    let unseen = looked.expect("it gives up by itself").unwrap_err();
    assert!(matches!(unseen, Unseen::Slow | Unseen::Unreachable(_)), "{unseen:?}");
}

#[test]
fn a_page_is_read_as_it_was_written() {
    let latin = b"<meta charset=iso-8859-1><title>Caf\xE9</title>";
    assert!(text(latin, "text/html").ends_with("Caf\u{e9}</title>"));
    assert!(text(b"Caf\xE9", "text/html; charset=\"windows-1252\"").ends_with('\u{e9}'));
    assert_eq!(text("Café".as_bytes(), "text/html"), "Café");
    assert_eq!(text("Café".as_bytes(), "text/html; charset=klingon"), "Café");
    let japanese = b"<META http-equiv=content-type content='text/html; charset=Shift_JIS'>\x93\xFA\x96\x7B";
    assert!(text(japanese, "text/html").ends_with("日本"));
}
