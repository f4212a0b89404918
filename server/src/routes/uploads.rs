//! `POST /api/files.upload?conversation=<id>&id=<id>&name=<name>`: a file, as the body of the request.
//!
//! No server function, because those read a body as a whole. The answer is the attachment, which
//! `messages.send` takes by its id.

use super::refusal;
use crate::files::{Announced, Files};
use app::server::Session;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use protocol::file::{FilePlace, clean_name};
use protocol::message::Attachment;
use protocol::{ConversationId, Error, FileId};
use serde::Deserialize;

/// What the address says. One of the places must be there; so far there is one kind.
#[derive(Debug, Deserialize)]
pub struct Arguments {
    id: FileId,
    name: String,
    conversation: ConversationId,
}

/// Takes a file in.
pub async fn upload(
    State(files): State<Files>,
    Extension(session): Extension<Session>,
    arguments: Result<Query<Arguments>, QueryRejection>,
    request: Request,
) -> Response {
    match receive(&files, session, arguments, request).await {
        Ok(attachment) => ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(attachment))
            .into_response(),
        Err(error) => refusal(&error),
    }
}

async fn receive(
    files: &Files,
    Session(caller): Session,
    arguments: Result<Query<Arguments>, QueryRejection>,
    request: Request,
) -> Result<Attachment, Error> {
    let caller = caller.ok_or_else(Error::unauthenticated)?;
    let Query(Arguments { id, name, conversation }) = arguments.map_err(|_| {
        Error::bad_request("An upload names its conversation, an id and a name in its address.")
    })?;
    let bytes =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let place = FilePlace::Conversation(conversation);
    let announced = Announced { id, place, name: clean_name(&name), bytes };
    files.receive(caller, announced, request.into_body()).await
}
