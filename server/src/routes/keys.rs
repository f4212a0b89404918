//! `GET /.well-known/jwks.json`: the public keys of access tokens, for whoever wants to check one.

use super::refusal;
use crate::router::AppState;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// How long others may keep the answer: a new key signs at once, but they ask again when they meet it.
const CACHING: &str = "public, max-age=300";

/// The keys as a JWK set.
pub async fn keys(State(state): State<AppState>) -> Response {
    match state.services.store.published_keys().await {
        Ok(keys) => {
            let headers =
                [(header::CONTENT_TYPE, "application/jwk-set+json"), (header::CACHE_CONTROL, CACHING)];
            (headers.map(|(name, value)| (name, HeaderValue::from_static(value))), keys).into_response()
        }
        Err(error) => refusal(&error.into()),
    }
}
