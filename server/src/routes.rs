//! The routes that are not pages of the application.

pub mod api;
pub mod downloads;
pub mod emoji;
pub mod files;
pub mod health;
pub mod keys;
pub mod metrics;
pub mod pages;
pub mod socket;
pub mod uploads;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::Error;

/// A refusal as programs and the page read it: JSON with its status, and when to come back.
#[must_use]
pub fn refusal(error: &Error) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(error)).into_response();
    if let Some(wait) = retry_after(error) {
        response.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    response
}

/// `Retry-After` counts whole seconds.
fn retry_after(error: &Error) -> Option<HeaderValue> {
    error.retry_after_ms.map(|wait_ms| HeaderValue::from(wait_ms.div_ceil(1000).max(1)))
}
