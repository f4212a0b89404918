//! The compiled page and the files of `public/`.

use crate::router::AppState;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::services::ServeDir;

/// The site folder, with the compressed copies beside each file.
#[must_use]
pub fn site(state: &AppState) -> ServeDir {
    ServeDir::new(&*state.options.site_root)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
}

/// The service worker asks for files of this site and for nothing else. A worker has the policy of its own
/// file, and browsers differ in which part of it they ask for what it passes on.
const WORKER_POLICY: &str = "default-src 'self'; frame-ancestors 'none'";
/// The page that says that there is no connection runs nothing.
const OFFLINE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'";

/// What files of `public/` say beside their contents: they keep their names when they change, so a browser
/// asks each time.
pub async fn public_file_headers(request: Request, next: Next) -> Response {
    let policy = match request.uri().path() {
        "/sw.js" => Some(WORKER_POLICY),
        "/offline.html" => Some(OFFLINE_POLICY),
        _ => None,
    };
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // A page that stands in for a missing file has said both already.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    if let Some(policy) = policy {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(policy));
    }
    response
}

/// Says how long browsers may keep the files of the page. Names that carry the content's hash never
/// change; an error must not be kept, or a page that asked too early would stay broken.
pub async fn page_file_caching(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_named_by_content = state.options.hash_files || request.uri().path().contains("/snippets/");
    let mut response = next.run(request).await;
    let policy = match response.status().as_u16() {
        200 | 206 | 304 if is_named_by_content => "public, max-age=31536000, immutable",
        200 | 206 | 304 => "no-cache",
        _ => "no-store",
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(policy));
    response
}
