//! Posts as rows, and rows as posts.

use crate::Result;
use crate::authors::{Author, author_columns};
use crate::db::{Tx, fetch_all, fetch_optional};
use crate::history::Current;
use crate::links;
use crate::log::{number, signed};
use crate::reactions::{self, Reacted, Reactions};
use protocol::post::Post;
use protocol::reaction::ReactionTarget;
use protocol::{PostId, Timestamp, UserId, WorkspaceId, limits};
use uuid::Uuid;

/// A post that was not deleted, with its author.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct PostRow {
    id: Uuid,
    workspace_id: Uuid,
    title: String,
    body: String,
    html: String,
    at: i64,
    seq: i64,
    version: i64,
    edited_at: Option<i64>,
    pinned_at: Option<i64>,
    comments: i64,
    #[sqlx(flatten)]
    author: Author,
}

impl PostRow {
    /// Its text, for an edit.
    pub(crate) fn current(&self) -> Current {
        Current {
            version: small(self.version),
            title: self.title.clone(),
            body: self.body.clone(),
            author: self.author.clone(),
            at: Timestamp(self.at),
        }
    }

    /// The post before anybody's reactions, and without what is shown of its links.
    fn bare(self) -> Post {
        Post {
            id: PostId(self.id),
            workspace: WorkspaceId(self.workspace_id),
            author: self.author.into(),
            title: self.title,
            body: self.body,
            html: self.html,
            at: Timestamp(self.at),
            order: number(self.seq),
            version: small(self.version),
            edited_at: self.edited_at.map(Timestamp),
            pinned: self.pinned_at.is_some(),
            comments: small(self.comments),
            previews: Vec::new(),
            reactions: Vec::new(),
            mine: Vec::new(),
        }
    }
}

/// A count or version of the database.
pub(crate) fn small(value: i64) -> u32 {
    u32::try_from(number(value)).unwrap_or(u32::MAX)
}

macro_rules! select_posts {
    ($rest:literal) => {
        concat!(
            "SELECT p.id, p.workspace_id, p.title, p.body, p.html, p.at, p.seq, p.version, p.edited_at, p.pinned_at, \
             p.comments, ",
            author_columns!(),
            " FROM posts p JOIN users u ON u.id = p.author_id WHERE p.deleted_at IS NULL AND ",
            $rest
        )
    };
}

/// The post, unless it was deleted.
pub(crate) async fn by_id(tx: &mut Tx, id: PostId) -> Result<Option<PostRow>> {
    Ok(fetch_optional!(tx, PostRow, select_posts!("p.id = $1"), id.0)?)
}

/// One row more than a page of the feed, newest first, from before a number.
pub(super) async fn before(tx: &mut Tx, workspace: WorkspaceId, before: u64) -> Result<Vec<PostRow>> {
    Ok(fetch_all!(
        tx,
        PostRow,
        select_posts!("p.workspace_id = $1 AND p.seq < $2 ORDER BY p.seq DESC LIMIT $3"),
        workspace.0,
        signed(before),
        limits::POSTS_PAGE_ROWS as i64 + 1
    )?)
}

/// The pinned posts, newest pin first.
pub(super) async fn pinned(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<PostRow>> {
    Ok(fetch_all!(
        tx,
        PostRow,
        select_posts!(
            "p.workspace_id = $1 AND p.pinned_at IS NOT NULL ORDER BY p.pinned_at DESC, p.seq DESC LIMIT $2"
        ),
        workspace.0,
        limits::PINNED_POSTS_MAX as i64
    )?)
}

impl Reacted for Post {
    fn target(&self) -> ReactionTarget {
        ReactionTarget::Post(self.id)
    }

    fn show(&mut self, reactions: Reactions) {
        (self.reactions, self.mine) = (reactions.all, reactions.mine);
    }
}

/// Adds everybody's reactions with which are the viewer's, and what is shown of links, each in one query
/// for all rows.
pub(crate) async fn complete(tx: &mut Tx, rows: Vec<PostRow>, viewer: UserId) -> Result<Vec<Post>> {
    let mut posts: Vec<Post> = rows.into_iter().map(PostRow::bare).collect();
    reactions::add_to(tx, &mut posts, viewer).await?;
    let previews = links::of(tx, posts.iter().map(Reacted::target)).await?;
    for post in &mut posts {
        post.previews = previews.get(&post.target().to_string()).cloned().unwrap_or_default();
    }
    Ok(posts)
}

/// [`complete`] for one row.
pub(crate) async fn complete_one(tx: &mut Tx, row: PostRow, viewer: UserId) -> Result<Post> {
    let mut posts = complete(tx, vec![row], viewer).await?;
    Ok(posts.remove(0))
}
