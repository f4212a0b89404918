//! `POST /api/<noun>.<verb>`: the server functions of `app`, with their status codes.
//!
//! Leptos answers every error with 500 and reads bodies of any size; here the error itself says
//! the status, bodies have a limit, and what does not exist is said in the same JSON.

use super::{refusal, retry_after};
use crate::router::AppState;
use app::server::Session;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::prelude::provide_context;
use leptos::server_fn::axum::get_server_fn_service;
use protocol::{Code, Error, limits};
use tokio::time::Instant;

/// Largest request: a post of 64 KiB in which JSON escapes every byte as six, and room for the rest.
const BODY_BYTES_MAX: usize = 512 * 1024;
/// Who is signed in may publish as many events at once as there may be, each of full size with its notice.
const PUBLISHING: &str = "/api/events.publish";
/// See [`PUBLISHING`].
const PUBLISHED_BYTES_MAX: usize = limits::EVENTS_AT_ONCE_MAX * (limits::EVENT_PAYLOAD_BYTES_MAX + 8 * 1024);
/// Errors are short; a conflict carries three texts.
const ERROR_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Runs the server function that the path names.
pub async fn command(State(state): State<AppState>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if get_server_fn_service(&path, Method::POST).is_none() {
        return refusal(&Error::new(Code::NotFound, format!("There is no command {path}.")));
    }
    if request.method() != Method::POST {
        let mut response = refusal(&Error::bad_request("Commands are sent by POST."));
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    let began = Instant::now();
    let response = run(&state, request).await;
    let name = path.trim_start_matches("/api/").to_owned();
    metrics::histogram!("hubbub_api_seconds", "command" => name).record(began.elapsed().as_secs_f64());
    response
}

async fn run(state: &AppState, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let is_known = parts.extensions.get::<Session>().is_some_and(|session| session.0.is_some());
    let publishes = is_known && parts.uri.path() == PUBLISHING;
    let bytes_max = if publishes { PUBLISHED_BYTES_MAX } else { BODY_BYTES_MAX };
    let Ok(bytes) = to_bytes(body, bytes_max).await else {
        return refusal(&Error::new(
            Code::TooLarge,
            format!("A request holds at most {} KB.", bytes_max / 1024),
        ));
    };
    let services = state.services.clone();
    let request = Request::from_parts(parts, Body::from(bytes));
    let response =
        leptos_axum::handle_server_fns_with_context(move || provide_context(services.clone()), request).await;
    let mut response = with_its_status(response.into_response()).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// An error's own status instead of Leptos's 500. Everything else, a form's redirect included, stays.
async fn with_its_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, ERROR_BYTES_MAX).await.unwrap_or_default();
    let Ok(error) = serde_json::from_slice::<Error>(&bytes) else {
        tracing::error!(answer = %String::from_utf8_lossy(&bytes), "a command failed without a reason");
        return refusal(&Error::internal());
    };
    parts.status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(wait) = retry_after(&error) {
        parts.headers.insert(header::RETRY_AFTER, wait);
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// What a panic in a route becomes. The panic itself is in the log already.
#[must_use]
pub fn after_a_panic(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    refusal(&Error::internal())
}
