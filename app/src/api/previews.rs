//! `previews.*`: what is shown of linked pages. The server makes them by itself, after a text was written.

use crate::{
    api::{Done, codec::Command},
    error::ApiError,
};
use leptos::prelude::*;
use protocol::link::PreviewRemoval;

/// Takes away what is shown of a link: for the author of the text, and for whoever may delete it.
#[server(prefix = "/api", endpoint = "previews.remove", protocol = Command)]
pub async fn remove_preview(#[server(flatten)] removal: PreviewRemoval) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.remove_preview(&caller, removal).await?;
    Ok(Done::OK)
}
