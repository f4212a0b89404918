//! `comments.*`: comments under a post, with one level of replies.

use crate::{
    api::{Done, codec::Command},
    error::ApiError,
};
use leptos::prelude::*;
use protocol::comment::{Comment, CommentEdit, NewComment};
use protocol::page::{Page, PageKey};
use protocol::post::Version;
use protocol::{CommentId, PostId};

/// A page of comments, oldest first.
#[server(prefix = "/api", endpoint = "comments.list", protocol = Command)]
pub async fn list_comments(
    post: PostId,
    #[server(default)] after: Option<PageKey>,
) -> Result<Page<Comment>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.comments(&caller, post, after).await?)
}

/// Comments or replies; a retry with the same id returns the first result.
#[server(prefix = "/api", endpoint = "comments.create", protocol = Command)]
pub async fn create_comment(#[server(flatten)] new: NewComment) -> Result<Comment, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.create_comment(&caller, new).await?)
}

/// Changes the text; 409 with both texts when it changed since.
#[server(prefix = "/api", endpoint = "comments.update", protocol = Command)]
pub async fn update_comment(#[server(flatten)] edit: CommentEdit) -> Result<Comment, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.update_comment(&caller, edit).await?)
}

/// Deletes a comment; again is a success.
#[server(prefix = "/api", endpoint = "comments.delete", protocol = Command)]
pub async fn delete_comment(id: CommentId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.delete_comment(&caller, id).await?;
    Ok(Done::OK)
}

/// The earlier texts of a comment, newest first.
#[server(prefix = "/api", endpoint = "comments.history", protocol = Command)]
pub async fn comment_history(id: CommentId) -> Result<Vec<Version>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.comment_history(&caller, id).await?)
}
