//! Comments under a post, with one level of replies.

use crate::link::LinkPreview;
use crate::reaction::ReactionCount;
use crate::{CommentId, Error, Person, PostId, Timestamp, limits, text};
use serde::{Deserialize, Serialize};

/// A comment, or a reply to one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Its id, made by the author's program.
    pub id: CommentId,
    /// The post that it belongs to.
    pub post: PostId,
    /// The comment that it answers. Replies have no replies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<CommentId>,
    /// Who wrote it.
    pub author: Person,
    /// Markdown, as it was written.
    pub body: String,
    /// The body as safe HTML, made by the server.
    pub html: String,
    /// When the server took it.
    pub at: Timestamp,
    /// `seq` of its `comment.created`: the order. 0 while it waits, and inside that event.
    pub order: u64,
    /// Counts its edits, from 1.
    pub version: u32,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// It was deleted and stands only because replies to it do. Its text is gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// What is shown of its links; comes when the server has looked at them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previews: Vec<LinkPreview>,
    /// Reactions of everybody.
    #[serde(default)]
    pub reactions: Vec<ReactionCount>,
    /// The caller's own reactions; always empty in events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mine: Vec<String>,
}

/// Arguments of `comments.create`. The same id again by the same author returns the comment that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewComment {
    /// Made by the caller.
    pub id: CommentId,
    /// The post.
    pub post: PostId,
    /// The comment to answer; a reply's own id puts the answer beside that reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<CommentId>,
    /// Markdown.
    pub body: String,
}

impl NewComment {
    /// The comment with its text made clean.
    ///
    /// # Errors
    /// 413 or 422.
    pub fn validate(self) -> Result<Self, Error> {
        Ok(Self { body: body(&self.body)?, ..self })
    }
}

/// Arguments of `comments.update`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentEdit {
    /// Which comment.
    pub id: CommentId,
    /// The version that the caller saw when the edit began.
    #[serde(deserialize_with = "text::number")]
    pub base: u32,
    /// The new Markdown.
    pub body: String,
}

impl CommentEdit {
    /// The edit with its text made clean.
    ///
    /// # Errors
    /// 413 or 422.
    pub fn validate(self) -> Result<Self, Error> {
        Ok(Self { body: body(&self.body)?, ..self })
    }
}

fn body(input: &str) -> Result<String, Error> {
    let body = text::block("body", input, limits::COMMENT_BODY_BYTES_MAX)?;
    if body.trim().is_empty() {
        return Err(Error::invalid("body", "Write something first."));
    }
    Ok(body)
}
