//! `drafts.*`: what the caller has begun to write, on all their devices.

use crate::{
    api::{Done, codec::Command},
    error::ApiError,
};
use leptos::prelude::*;
use protocol::draft::Draft;

/// Keeps a draft; an empty one is forgotten, an older one than is kept changes nothing.
#[server(prefix = "/api", endpoint = "drafts.save", protocol = Command)]
pub async fn save_draft(#[server(flatten)] draft: Draft) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.save_draft(&caller, draft).await?;
    Ok(Done::OK)
}
