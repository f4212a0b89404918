//! `GET /files/<id>/<name>` and `GET /files/<id>/thumbnail/<side>`: what people uploaded.
//!
//! Every request asks anew whether its sender may read the file, so browsers keep it but ask before
//! they show it again. What comes back is never a page of ours: no type but the one that the server
//! found, nothing that runs, and to be opened only what cannot run.

use super::refusal;
use crate::files::Files;
use crate::files::storage::Piece;
use app::server::Session;
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::file::{MediaKind, percent_encoded};
use protocol::limits::THUMBNAIL_SIDES;
use protocol::{Error, FileId};
use std::ops::Range;
use store::{Caller, StoredFile, ThumbnailFormat};

/// Nothing in the file loads or runs anything; pictures, films and sounds show themselves.
const POLICY: &str = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; \
                      style-src 'unsafe-inline'; frame-ancestors 'none'";
/// Browsers show PDF by a program of their own, which a sandbox keeps from starting. It does not run
/// in our site either.
const PDF_POLICY: &str =
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";
/// To be kept by this person's browser alone, and only as long as they may read it.
const CACHING: &str = "private, no-cache";

/// A file.
pub async fn file(
    State(files): State<Files>,
    Extension(session): Extension<Session>,
    Path((id, _)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let answer = async {
        let file = find(&files, session, &id).await?;
        original(&files, &file, &headers).await
    };
    answer.await.unwrap_or_else(|error| refusal(&error))
}

/// The small picture of an image.
pub async fn thumbnail(
    State(files): State<Files>,
    Extension(session): Extension<Session>,
    Path((id, side)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let answer = async {
        let file = find(&files, session, &id).await?;
        let place = THUMBNAIL_SIDES.into_iter().position(|known| side == known.to_string());
        let place = place.filter(|_| file.attachment.has_thumbnail).ok_or_else(no_file)?;
        match file.thumbnails {
            Some(format) => small(&files, &file, place, format, &headers).await,
            // Not made yet: the image itself shows the same.
            None => original(&files, &file, &headers).await,
        }
    };
    answer.await.unwrap_or_else(|error| refusal(&error))
}

fn no_file() -> Error {
    Error::not_found("This file")
}

async fn find(files: &Files, Session(caller): Session, id: &str) -> Result<StoredFile, Error> {
    let caller: Caller = caller.ok_or_else(Error::unauthenticated)?;
    let id: FileId = id.parse().map_err(|_| no_file())?;
    files.find(&caller, id).await
}

async fn original(files: &Files, file: &StoredFile, headers: &HeaderMap) -> Result<Response, Error> {
    let attachment = &file.attachment;
    let kind = MediaKind::of(&attachment.media_type);
    let mut answer = begun(&file.sha256);
    let set = answer.headers_mut();
    set.insert(header::CONTENT_DISPOSITION, disposition(kind, &attachment.name));
    set.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let media_type = if kind.is_safe_to_open() { &attachment.media_type } else { "application/octet-stream" };
    set.insert(header::CONTENT_TYPE, HeaderValue::from_str(media_type).map_err(|_| Error::internal())?);
    if kind == MediaKind::Pdf {
        set.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PDF_POLICY));
    }
    if is_known(headers, set) {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(answer);
    }
    let range = match wanted(headers, set, attachment.bytes) {
        Wanted::All => None,
        Wanted::Part(range) => Some(range),
        Wanted::Nothing => {
            set.insert(header::CONTENT_RANGE, number(format!("bytes */{}", attachment.bytes)));
            *answer.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            return Ok(answer);
        }
    };
    let length = range.as_ref().map_or(attachment.bytes, |range| range.end - range.start);
    set.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(Range { start, end }) = &range {
        set.insert(header::CONTENT_RANGE, number(format!("bytes {start}-{}/{}", end - 1, attachment.bytes)));
        *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    *answer.body_mut() = Body::from_stream(files.read(file, Piece::Original, range).await?);
    Ok(answer)
}

async fn small(
    files: &Files,
    file: &StoredFile,
    place: usize,
    format: ThumbnailFormat,
    headers: &HeaderMap,
) -> Result<Response, Error> {
    let mut answer = begun(&file.sha256);
    let set = answer.headers_mut();
    let tag = format!("\"{}-{}\"", hex(&file.sha256), THUMBNAIL_SIDES[place]);
    set.insert(header::ETAG, number(tag));
    set.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    set.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    if is_known(headers, set) {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(answer);
    }
    *answer.body_mut() = Body::from_stream(files.read(file, Piece::Thumbnail(place), None).await?);
    Ok(answer)
}

/// What all answers have in common.
fn begun(sha256: &[u8]) -> Response {
    let mut answer = StatusCode::OK.into_response();
    let set = answer.headers_mut();
    let mut add = |name: HeaderName, value: &'static str| set.insert(name, HeaderValue::from_static(value));
    add(header::CACHE_CONTROL, CACHING);
    add(header::CONTENT_SECURITY_POLICY, POLICY);
    add(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set.insert(header::ETAG, number(format!("\"{}\"", hex(sha256))));
    answer
}

/// Whether the browser has what it asks for.
fn is_known(asked: &HeaderMap, answer: &HeaderMap) -> bool {
    let tag = answer.get(header::ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default();
    let mut known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.any(|list| {
        list.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag)
    })
}

/// Which part of a file a request is for.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    All,
    Part(Range<u64>),
    /// A part that there is not.
    Nothing,
}

/// One part at most: players and downloads ask for no more, and several may be answered with all.
fn wanted(asked: &HeaderMap, answer: &HeaderMap, bytes: u64) -> Wanted {
    // Of another version nothing may be put together with this one.
    if asked.get(header::IF_RANGE).is_some_and(|tag| Some(tag) != answer.get(header::ETAG)) {
        return Wanted::All;
    }
    let Some(range) = asked.get(header::RANGE).and_then(|range| range.to_str().ok()) else {
        return Wanted::All;
    };
    let Ok(parsed) = http_range_header::parse_range_header(range) else { return Wanted::All };
    match parsed.validate(bytes).as_deref() {
        Ok([one]) => Wanted::Part(*one.start()..one.end() + 1),
        Ok(_) => Wanted::All,
        Err(_) => Wanted::Nothing,
    }
}

/// Opened only what cannot run, and always under its own name (RFC 6266): in letters that every
/// browser reads, and as it is.
fn disposition(kind: MediaKind, name: &str) -> HeaderValue {
    let how = if kind.is_safe_to_open() { "inline" } else { "attachment" };
    let plain: String = name
        .chars()
        .map(|c| if c == ' ' || (c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%')) { c } else { '_' })
        .collect();
    number(format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{}", percent_encoded(name)))
}

/// A header's value that was made of ASCII.
fn number(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("it was made of visible ASCII")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn one_part_is_given_and_more_are_not() {
        let tag = asked(&[(header::ETAG, "\"abc\"")]);
        let part = |range| wanted(&asked(&[(header::RANGE, range)]), &tag, 100);
        assert_eq!(part("bytes=0-9"), Wanted::Part(0..10));
        assert_eq!(part("bytes=90-"), Wanted::Part(90..100));
        assert_eq!(part("bytes=-5"), Wanted::Part(95..100));
        assert_eq!(part("bytes=50-5000"), Wanted::Part(50..100));
        assert_eq!(part("bytes=100-"), Wanted::Nothing);
        assert_eq!(part("bytes=0-1,5-6"), Wanted::All);
        assert_eq!(part("lines=1-2"), Wanted::All);
        let if_range =
            |of| wanted(&asked(&[(header::RANGE, "bytes=0-9"), (header::IF_RANGE, of)]), &tag, 100);
        assert_eq!(if_range("\"abc\""), Wanted::Part(0..10));
        assert_eq!(if_range("\"older\""), Wanted::All);
    }

    #[test]
    fn a_name_cannot_break_out_of_its_header() {
        let of = |kind, name| disposition(kind, name).to_str().unwrap().to_owned();
        assert_eq!(
            of(MediaKind::Other, "a\"; x=\"b\\ü%.html"),
            "attachment; filename=\"a_; x=_b___.html\"; filename*=UTF-8''a%22%3B%20x%3D%22b%5C%C3%BC%25.html"
        );
        assert!(of(MediaKind::Image, "photo.png").starts_with("inline; filename=\"photo.png\""));
        assert!(of(MediaKind::Pdf, "\r\nSet-Cookie: a=b").contains("__Set-Cookie"));
    }

    #[test]
    fn what_a_browser_has_is_not_sent_again() {
        let tag = asked(&[(header::ETAG, "\"abc\"")]);
        let known = |list| is_known(&asked(&[(header::IF_NONE_MATCH, list)]), &tag);
        assert!(known("\"abc\"") && known("\"x\", W/\"abc\"") && known("*"));
        assert!(!known("\"x\"") && !is_known(&HeaderMap::new(), &tag));
    }
}
