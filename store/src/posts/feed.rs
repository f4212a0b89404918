//! Reading posts: the feed and the page of one post.
//!
//! The number of queries does not depend on the number of rows.

use super::rows::{self, PostRow};
use crate::access;
use crate::history::{self, Versioned};
use crate::log::position;
use crate::places::no_post;
use crate::{Caller, Result, Store};
use futures::FutureExt;
use protocol::page::PageKey;
use protocol::position::TopicPosition;
use protocol::post::{Feed, PostPage, Version};
use protocol::{PostId, WorkspaceId, limits};

impl Store {
    /// A page of the feed, newest first; the first one brings the pinned posts.
    ///
    /// # Errors
    /// 404 outside the workspace.
    pub async fn feed(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        before: Option<PageKey>,
    ) -> Result<Feed> {
        let caller = *caller;
        let is_first = before.is_none();
        let before = before.map(|key| seq_of(&key)).transpose()?.unwrap_or(i64::MAX as u64);
        self.read(move |tx| {
            async move {
                let member = access::member(tx, &caller, workspace).await?;
                let position = position(tx, member.topic()).await?;
                let mut page = rows::before(tx, workspace, before).await?;
                let has_more = limits::POSTS_PAGE_ROWS < page.len();
                page.truncate(limits::POSTS_PAGE_ROWS);
                let pinned = if is_first { rows::pinned(tx, workspace).await? } else { Vec::new() };

                let page_rows = page.len();
                let all: Vec<PostRow> = page.into_iter().chain(pinned).collect();
                let mut posts = rows::complete(tx, all, caller.user).await?;
                let pinned = posts.split_off(page_rows);
                let next = posts.last().filter(|_| has_more).map(|post| PageKey(post.order.to_string()));
                Ok(Feed { pinned, posts, next, as_of: TopicPosition { topic: member.topic(), position } })
            }
            .boxed()
        })
        .await
    }

    /// One post.
    ///
    /// # Errors
    /// 404 when it was deleted, and outside its workspace.
    pub async fn post(&self, caller: &Caller, id: PostId) -> Result<PostPage> {
        let caller = *caller;
        self.read(move |tx| {
            async move {
                let member = access::post(tx, &caller, id).await?;
                let position = position(tx, member.topic()).await?;
                let row = rows::by_id(tx, id).await?.ok_or_else(no_post)?;
                let post = rows::complete_one(tx, row, caller.user).await?;
                Ok(PostPage { post, as_of: TopicPosition { topic: member.topic(), position } })
            }
            .boxed()
        })
        .await
    }

    /// The texts of a post, the present one first, at most 100.
    ///
    /// # Errors
    /// 404 when it was deleted, and outside its workspace.
    pub async fn post_history(&self, caller: &Caller, id: PostId) -> Result<Vec<Version>> {
        let caller = *caller;
        self.read(move |tx| {
            async move {
                access::post(tx, &caller, id).await?;
                let row = rows::by_id(tx, id).await?.ok_or_else(no_post)?;
                history::list(tx, Versioned::Post(id.0), row.current()).await
            }
            .boxed()
        })
        .await
    }
}

/// The key of a list that is ordered by `seq`.
pub(crate) fn seq_of(key: &PageKey) -> Result<u64> {
    key.0.parse().map_err(|_| protocol::Error::invalid("page", "This page does not exist.").into())
}
