//! Refuses writes and sockets that another site sent with our visitor's cookie.
//!
//! Browsers say where a request comes from, by `Sec-Fetch-Site` or by `Origin`, and a page cannot
//! forge either. A request with neither comes from a program, which carries nobody's cookie by accident; nor
//! does one with a token, because no cookie is looked at then.

use crate::middleware::bearer;
use crate::router::AppState;
use crate::routes::refusal;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use protocol::Error;

/// Lets reading through, and everything that comes from our own pages or from programs.
pub async fn same_origin(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let only_reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let opens_a_socket = request.headers().contains_key(header::SEC_WEBSOCKET_KEY);
    let has_token = bearer::token(request.headers()).is_some();
    if (only_reads && !opens_a_socket)
        || has_token
        || comes_from_us(request.headers(), &state.config.public_url)
    {
        return next.run(request).await;
    }
    tracing::warn!(origin = ?request.headers().get(header::ORIGIN), path = request.uri().path(), "refused a request from another site");
    refusal(&Error::forbidden("This request comes from another site."))
}

fn comes_from_us(headers: &HeaderMap, public_url: &str) -> bool {
    let text =
        |name| headers.get(name).map(|value: &axum::http::HeaderValue| value.to_str().unwrap_or("null"));
    // A proxy may change `Host`, but browsers judge `Sec-Fetch-Site` by the address that they see.
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => return true,
        Some(_) => return false,
        None => {}
    }
    let Some(origin) = text("origin") else { return true };
    if !public_url.is_empty() && origin == public_url.trim_end_matches('/') {
        return true;
    }
    let authority = origin.parse::<Uri>().ok().and_then(|uri| uri.authority().map(ToString::to_string));
    authority.is_some() && authority.as_deref() == text("host")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn judge(pairs: &[(&'static str, &'static str)]) -> bool {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        comes_from_us(&pairs.collect(), "https://hubbub.example.org")
    }

    #[test]
    fn our_own_pages_and_programs_pass() {
        assert!(judge(&[]));
        assert!(judge(&[("sec-fetch-site", "same-origin"), ("origin", "https://behind.a.proxy")]));
        assert!(judge(&[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")]));
        assert!(judge(&[("origin", "https://hubbub.example.org"), ("host", "10.0.0.7:3000")]));
    }

    #[test]
    fn other_sites_do_not() {
        assert!(!judge(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://127.0.0.1:3000"),
            ("host", "127.0.0.1:3000")
        ]));
        assert!(!judge(&[("sec-fetch-site", "same-site")]));
        for origin in [
            "null",
            "https://evil.example",
            "http://127.0.0.1:3001",
            "http://127.0.0.1:3000.evil.example",
            "",
        ] {
            assert!(!judge(&[("origin", origin), ("host", "127.0.0.1:3000")]), "{origin}");
        }
    }
}
