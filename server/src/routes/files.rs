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
