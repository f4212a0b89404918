//! `posts.*`: the feed of a workspace.

use crate::{
    api::{Done, codec::Command},
    error::ApiError,
};
use leptos::prelude::*;
use protocol::page::PageKey;
use protocol::post::{Feed, NewPost, Post, PostEdit, PostPage, Version};
use protocol::{PostId, WorkspaceId};

/// A page of the feed, newest first, with the pinned posts on the first one.
#[server(prefix = "/api", endpoint = "posts.list", protocol = Command)]
pub async fn list_posts(
    workspace: WorkspaceId,
    #[server(default)] before: Option<PageKey>,
) -> Result<Feed, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.feed(&caller, workspace, before).await?)
}

/// One post.
#[server(prefix = "/api", endpoint = "posts.get", protocol = Command)]
pub async fn get_post(id: PostId) -> Result<PostPage, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.post(&caller, id).await?)
}

/// Writes a post; a retry with the same id returns the first result.
#[server(prefix = "/api", endpoint = "posts.create", protocol = Command)]
pub async fn create_post(#[server(flatten)] new: NewPost) -> Result<Post, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.create_post(&caller, new).await?)
}

/// Changes the fields that are given; 409 with both texts when somebody else changed them since.
#[server(prefix = "/api", endpoint = "posts.update", protocol = Command)]
pub async fn update_post(#[server(flatten)] edit: PostEdit) -> Result<Post, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.update_post(&caller, edit).await?)
}

/// Deletes a post with its comments; again is a success.
#[server(prefix = "/api", endpoint = "posts.delete", protocol = Command)]
pub async fn delete_post(id: PostId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.delete_post(&caller, id).await?;
    Ok(Done::OK)
}

/// Shows a post at the top of the feed.
#[server(prefix = "/api", endpoint = "posts.pin", protocol = Command)]
pub async fn pin_post(id: PostId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.pin_post(&caller, id, true).await?;
    Ok(Done::OK)
}

/// Puts a pinned post back into its place.
#[server(prefix = "/api", endpoint = "posts.unpin", protocol = Command)]
pub async fn unpin_post(id: PostId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.pin_post(&caller, id, false).await?;
    Ok(Done::OK)
}

/// The earlier texts of a post, newest first.
#[server(prefix = "/api", endpoint = "posts.history", protocol = Command)]
pub async fn post_history(id: PostId) -> Result<Vec<Version>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.post_history(&caller, id).await?)
}
