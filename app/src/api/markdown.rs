//! `markdown.*`: texts that are not written anywhere yet.

use crate::{api::codec::Command, error::ApiError};
use leptos::prelude::*;
use protocol::WorkspaceId;
use protocol::post::Preview;

/// A text as it would be shown in a workspace, with its mentions. For members.
#[server(prefix = "/api", endpoint = "markdown.preview", protocol = Command)]
pub async fn preview_markdown(workspace: WorkspaceId, body: String) -> Result<Preview, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.preview(&caller, workspace, body).await?)
}
