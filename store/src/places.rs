//! Where a post or a comment stands, and the proof that the caller may see it.
//!
//! Whatever somebody outside the workspace asks for is not found, be it there or not.

use crate::access::{self, Member};
use crate::db::{Tx, execute, fetch_optional};
use crate::writer::WriteTx;
use crate::{Caller, Error, Result};
use protocol::reaction::ReactionTarget;
use protocol::{CommentId, PostId, UserId, WorkspaceId};
use uuid::Uuid;

/// A post that the caller may see.
pub(crate) struct PostPlace {
    pub(crate) member: Member,
    pub(crate) id: PostId,
    pub(crate) author: UserId,
    pub(crate) deleted: bool,
}

/// A comment that the caller may see.
pub(crate) struct CommentPlace {
    pub(crate) member: Member,
    pub(crate) id: CommentId,
    pub(crate) post: PostId,
    pub(crate) parent: Option<CommentId>,
    pub(crate) author: UserId,
    pub(crate) deleted: bool,
}

#[derive(sqlx::FromRow)]
struct PostRow {
    workspace_id: Uuid,
    author_id: Uuid,
    deleted: bool,
}

#[derive(sqlx::FromRow)]
struct CommentRow {
    workspace_id: Uuid,
    post_id: Uuid,
    parent_id: Option<Uuid>,
    author_id: Uuid,
    deleted: bool,
}

pub(crate) fn no_post() -> Error {
    protocol::Error::not_found("This post").into()
}

pub(crate) fn no_comment() -> Error {
    protocol::Error::not_found("This comment").into()
}

/// The post, deleted ones included.
pub(crate) async fn post(tx: &mut Tx, caller: &Caller, id: PostId) -> Result<PostPlace> {
    let row = fetch_optional!(
        tx,
        PostRow,
        "SELECT workspace_id, author_id, deleted_at IS NOT NULL AS deleted FROM posts WHERE id = $1",
        id.0
    )?;
    let row = row.ok_or_else(no_post)?;
    let member = member(tx, caller, WorkspaceId(row.workspace_id), no_post).await?;
    Ok(PostPlace { member, id, author: UserId(row.author_id), deleted: row.deleted })
}

/// The comment, deleted ones included.
pub(crate) async fn comment(tx: &mut Tx, caller: &Caller, id: CommentId) -> Result<CommentPlace> {
    let row = fetch_optional!(
        tx,
        CommentRow,
        "SELECT workspace_id, post_id, parent_id, author_id, deleted_at IS NOT NULL AS deleted
         FROM comments WHERE id = $1",
        id.0
    )?;
    let row = row.ok_or_else(no_comment)?;
    let member = member(tx, caller, WorkspaceId(row.workspace_id), no_comment).await?;
    Ok(CommentPlace {
        member,
        id,
        post: PostId(row.post_id),
        parent: row.parent_id.map(CommentId),
        author: UserId(row.author_id),
        deleted: row.deleted,
    })
}

impl PostPlace {
    /// The post, unless it was deleted.
    pub(crate) fn alive(self) -> Result<Self> {
        if self.deleted { Err(no_post()) } else { Ok(self) }
    }
}

impl CommentPlace {
    /// The comment, unless it was deleted.
    pub(crate) fn alive(self) -> Result<Self> {
        if self.deleted { Err(no_comment()) } else { Ok(self) }
    }
}

/// Takes turns with other nodes that write in the post's workspace, so that the counts in the events
/// are true in the order of the log. The lock is the whole workspace's, like that of its log at the
/// end of every group: with one per post two groups would often wait for each other. SQLite has one
/// writer anyway.
pub(crate) async fn take_turns(tx: &mut WriteTx, post: PostId) -> Result<()> {
    if !tx.is_sqlite() {
        execute!(
            tx,
            "SELECT 1 FROM workspaces WHERE id = (SELECT workspace_id FROM posts WHERE id = $1)
             FOR NO KEY UPDATE",
            post.0
        )?;
    }
    Ok(())
}

/// [`take_turns`] for what a comment stands under.
pub(crate) async fn take_turns_on_comment(tx: &mut WriteTx, comment: CommentId) -> Result<()> {
    if !tx.is_sqlite() {
        execute!(
            tx,
            "SELECT 1 FROM workspaces WHERE id = (SELECT workspace_id FROM comments WHERE id = $1)
             FOR NO KEY UPDATE",
            comment.0
        )?;
    }
    Ok(())
}

/// [`take_turns`] for either.
pub(crate) async fn take_turns_on(tx: &mut WriteTx, target: ReactionTarget) -> Result<()> {
    match target {
        ReactionTarget::Post(id) => take_turns(tx, id).await,
        ReactionTarget::Comment(id) => take_turns_on_comment(tx, id).await,
        ReactionTarget::Message(id) => access::take_turns_on_message(tx, id).await,
    }
}

/// The caller as a member; for others what they asked for is not there.
async fn member(
    tx: &mut Tx,
    caller: &Caller,
    workspace: WorkspaceId,
    missing: fn() -> Error,
) -> Result<Member> {
    access::member(tx, caller, workspace).await.map_err(|error| match error {
        Error::Refused(refusal) if refusal.code == protocol::Code::NotFound => missing(),
        other => other,
    })
}
