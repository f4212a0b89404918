//! Reading comments.

use super::rows;
use crate::access;
use crate::history::{self, Versioned};
use crate::log::position;
use crate::places::{self, no_comment, no_post};
use crate::posts::{self, feed::seq_of};
use crate::{Caller, Result, Store};
use futures::FutureExt;
use protocol::comment::Comment;
use protocol::page::{Page, PageKey};
use protocol::position::TopicPosition;
use protocol::post::Version;
use protocol::{CommentId, PostId, limits};

impl Store {
    /// A page of the comments and replies under a post, in the order in which they were written.
    ///
    /// # Errors
    /// 404 when the post was deleted, and outside its workspace.
    pub async fn comments(
        &self,
        caller: &Caller,
        post: PostId,
        after: Option<PageKey>,
    ) -> Result<Page<Comment>> {
        let caller = *caller;
        let after = after.map(|key| seq_of(&key)).transpose()?.unwrap_or(0);
        self.read(move |tx| {
            async move {
                let member = access::post(tx, &caller, post).await?;
                posts::rows::by_id(tx, post).await?.ok_or_else(no_post)?;
                let position = position(tx, member.topic()).await?;
                let mut page = rows::after(tx, post, after).await?;
                let has_more = limits::COMMENTS_PAGE_ROWS < page.len();
                page.truncate(limits::COMMENTS_PAGE_ROWS);
                let items = rows::complete(tx, page, caller.user).await?;
                let next =
                    items.last().filter(|_| has_more).map(|comment| PageKey(comment.order.to_string()));
                Ok(Page { items, next, as_of: Some(TopicPosition { topic: member.topic(), position }) })
            }
            .boxed()
        })
        .await
    }

    /// The texts of a comment, the present one first, at most 100.
    ///
    /// # Errors
    /// 404 when it was deleted, and outside its workspace.
    pub async fn comment_history(&self, caller: &Caller, id: CommentId) -> Result<Vec<Version>> {
        let caller = *caller;
        self.read(move |tx| {
            async move {
                places::comment(tx, &caller, id).await?;
                let row = rows::by_id(tx, id).await?.ok_or_else(no_comment)?;
                history::list(tx, Versioned::Comment(id.0), row.current()).await
            }
            .boxed()
        })
        .await
    }
}
