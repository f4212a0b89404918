//! `search.query`: messages, posts, comments and file names of a workspace.

use crate::{api::codec::Command, error::ApiError};
use leptos::prelude::*;
use protocol::search::{SearchPage, SearchQuery};

/// A page of what fits a query and may be read by the caller.
#[server(prefix = "/api", endpoint = "search.query", protocol = Command)]
pub async fn search(#[server(flatten)] query: SearchQuery) -> Result<SearchPage, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.search(&caller, query).await?)
}
