//! Comments as rows, and rows as comments.

use crate::Result;
use crate::authors::{Author, author_columns};
use crate::db::{Tx, fetch_all, fetch_optional};
use crate::history::Current;
use crate::links;
use crate::log::{number, signed};
use crate::posts::rows::small;
use crate::reactions::{self, Reacted, Reactions};
use protocol::comment::Comment;
use protocol::reaction::ReactionTarget;
use protocol::{CommentId, PostId, Timestamp, UserId, limits};
use uuid::Uuid;

/// A comment with its author. The text of a deleted one is empty.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct CommentRow {
    id: Uuid,
    post_id: Uuid,
    parent_id: Option<Uuid>,
    body: String,
    html: String,
    at: i64,
    seq: i64,
    version: i64,
    edited_at: Option<i64>,
    deleted: bool,
    #[sqlx(flatten)]
    author: Author,
}

impl CommentRow {
    /// Its text, for an edit.
    pub(super) fn current(&self) -> Current {
        Current {
            version: small(self.version),
            title: String::new(),
            body: self.body.clone(),
            author: self.author.clone(),
            at: Timestamp(self.at),
        }
    }

    fn bare(self) -> Comment {
        Comment {
            id: CommentId(self.id),
            post: PostId(self.post_id),
            parent: self.parent_id.map(CommentId),
            author: self.author.into(),
            body: self.body,
            html: self.html,
            at: Timestamp(self.at),
            order: number(self.seq),
            version: small(self.version),
            edited_at: self.edited_at.map(Timestamp),
            deleted: self.deleted,
            previews: Vec::new(),
            reactions: Vec::new(),
            mine: Vec::new(),
        }
    }
}

macro_rules! select_comments {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.post_id, c.parent_id, c.body, c.html, c.at, c.seq, c.version, c.edited_at, \
             c.deleted_at IS NOT NULL AS deleted, ",
            author_columns!(),
            " FROM comments c JOIN users u ON u.id = c.author_id WHERE ",
            $rest
        )
    };
}

/// The comment, unless it was deleted.
pub(super) async fn by_id(tx: &mut Tx, id: CommentId) -> Result<Option<CommentRow>> {
    Ok(fetch_optional!(tx, CommentRow, select_comments!("c.id = $1 AND c.deleted_at IS NULL"), id.0)?)
}

/// One row more than a page, oldest first, from after a number: comments that live, and deleted
/// ones that living replies stand under.
pub(super) async fn after(tx: &mut Tx, post: PostId, after: u64) -> Result<Vec<CommentRow>> {
    Ok(fetch_all!(
        tx,
        CommentRow,
        select_comments!(
            "c.post_id = $1 AND c.seq > $2
             AND (c.deleted_at IS NULL
                  OR EXISTS (SELECT 1 FROM comments r WHERE r.parent_id = c.id AND r.deleted_at IS NULL))
             ORDER BY c.seq LIMIT $3"
        ),
        post.0,
        signed(after),
        limits::COMMENTS_PAGE_ROWS as i64 + 1
    )?)
}

impl Reacted for Comment {
    fn target(&self) -> ReactionTarget {
        ReactionTarget::Comment(self.id)
    }

    fn show(&mut self, reactions: Reactions) {
        (self.reactions, self.mine) = (reactions.all, reactions.mine);
    }
}

/// Adds everybody's reactions with which are the viewer's, and what is shown of links, each in one query
/// for all rows.
pub(super) async fn complete(tx: &mut Tx, rows: Vec<CommentRow>, viewer: UserId) -> Result<Vec<Comment>> {
    let mut comments: Vec<Comment> = rows.into_iter().map(CommentRow::bare).collect();
    reactions::add_to(tx, &mut comments, viewer).await?;
    let previews = links::of(tx, comments.iter().map(Reacted::target)).await?;
    for comment in &mut comments {
        comment.previews = previews.get(&comment.target().to_string()).cloned().unwrap_or_default();
    }
    Ok(comments)
}

/// [`complete`] for one row.
pub(super) async fn complete_one(tx: &mut Tx, row: CommentRow, viewer: UserId) -> Result<Comment> {
    let mut comments = complete(tx, vec![row], viewer).await?;
    Ok(comments.remove(0))
}
