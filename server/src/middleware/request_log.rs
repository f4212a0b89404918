//! One line and one measurement per request, under an id that the answer carries as well.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument;

/// The header that carries the id, in both directions.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names the request, runs it, logs and counts it.
pub async fn request_log(mut request: Request, next: Next) -> Response {
    let id = request_id(&request);
    let method = request.method().clone();
    let path = loggable(request.uri().path());
    if let Ok(value) = HeaderValue::from_str(&id) {
        request.headers_mut().insert(&REQUEST_ID, value);
    }
    let span = tracing::info_span!("request", request_id = %id);
    async move {
        let began = Instant::now();
        let mut response = next.run(request).await;
        let took = began.elapsed();
        let status = response.status().as_u16();
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(&REQUEST_ID, value);
        }
        let took_ms = took.as_secs_f64() * 1000.0;
        if path.starts_with("/pkg/") || path.starts_with("/health") || path == "/metrics" {
            tracing::debug!(%method, path, status, took_ms, "{method} {path} {status}");
        } else if 500 <= status && status != 503 {
            tracing::error!(%method, path, status, took_ms, "{method} {path} {status}");
        } else {
            tracing::info!(%method, path, status, took_ms, "{method} {path} {status}");
        }
        metrics::counter!("hubbub_http_requests_total", "status" => status_class(status)).increment(1);
        response
    }
    .instrument(span)
    .await
}

/// A proxy's own id if it is harmless, else a fresh one.
fn request_id(request: &Request) -> String {
    let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let is_harmless = |id: &&str| {
        (8..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    given.filter(is_harmless).map_or_else(|| format!("{:016x}", rand::random::<u64>()), str::to_owned)
}

/// The path without the secrets that a path can hold; never the query.
fn loggable(path: &str) -> String {
    if path.starts_with("/join/") { "/join/…".to_owned() } else { path.to_owned() }
}

fn status_class(status: u16) -> &'static str {
    match status {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn secrets_of_invitations_are_not_logged() {
        assert_eq!(loggable("/join/s3cret"), "/join/…");
        assert_eq!(loggable("/w/garden/feed"), "/w/garden/feed");
    }

    #[test]
    fn a_proxys_id_is_kept_only_when_it_is_harmless() {
        let id = |text: &str| {
            request_id(&Request::builder().header(&REQUEST_ID, text).body(Body::empty()).unwrap())
        };
        assert_eq!(id("0af7651916cd43dd"), "0af7651916cd43dd");
        assert_eq!(id("a b\"c-injected").len(), 16);
        assert_eq!(request_id(&Request::new(Body::empty())).len(), 16);
    }
}
