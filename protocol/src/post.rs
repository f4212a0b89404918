//! Posts in a workspace's feed.

use crate::link::LinkPreview;
use crate::position::TopicPosition;
use crate::reaction::ReactionCount;
use crate::{Error, Person, PostId, Timestamp, WorkspaceId, limits, page::PageKey, text};
use serde::{Deserialize, Serialize};

/// A post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Its id, made by the author's program.
    pub id: PostId,
    /// Where it stands.
    pub workspace: WorkspaceId,
    /// Who wrote it.
    pub author: Person,
    /// One line.
    pub title: String,
    /// Markdown, as it was written.
    pub body: String,
    /// The body as safe HTML, made by the server. Empty in a row that still waits in an outbox.
    pub html: String,
    /// When the server took it.
    pub at: Timestamp,
    /// `seq` of its `post.created`: the feed's order. 0 while it waits in an outbox and inside
    /// that event itself, whose own `seq` it is.
    pub order: u64,
    /// Counts its edits, from 1.
    pub version: u32,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Shown at the top of the feed.
    #[serde(default)]
    pub pinned: bool,
    /// Comments and replies that are not deleted.
    #[serde(default)]
    pub comments: u32,
    /// What is shown of its links; comes when the server has looked at them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previews: Vec<LinkPreview>,
    /// Reactions of everybody.
    #[serde(default)]
    pub reactions: Vec<ReactionCount>,
    /// The caller's own reactions; always empty in events, which are the same for everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mine: Vec<String>,
}

/// Arguments of `posts.create`. The same id again by the same author returns the post that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPost {
    /// Made by the caller.
    pub id: PostId,
    /// Where to.
    pub workspace: WorkspaceId,
    /// One line.
    pub title: String,
    /// Markdown.
    #[serde(default)]
    pub body: String,
}

impl NewPost {
    /// The post with its texts made clean.
    ///
    /// # Errors
    /// 413 or 422 with the field that does not fit.
    pub fn validate(self) -> Result<Self, Error> {
        Ok(Self { title: title(&self.title)?, body: body(&self.body)?, ..self })
    }
}

/// Arguments of `posts.update`: only the fields that change, and the version that they are based on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostEdit {
    /// Which post.
    pub id: PostId,
    /// The version that the caller saw when the edit began.
    #[serde(deserialize_with = "text::number")]
    pub base: u32,
    /// The new title, if it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The new body, if it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl PostEdit {
    /// The edit with its texts made clean.
    ///
    /// # Errors
    /// 413 or 422 with the field that does not fit.
    pub fn validate(self) -> Result<Self, Error> {
        Ok(Self {
            title: self.title.as_deref().map(title).transpose()?,
            body: self.body.as_deref().map(body).transpose()?,
            ..self
        })
    }
}

fn title(input: &str) -> Result<String, Error> {
    text::line("title", input, limits::POST_TITLE_CHARS_MAX)
}

fn body(input: &str) -> Result<String, Error> {
    text::block("body", input, limits::POST_BODY_BYTES_MAX)
}

/// A page of the feed, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// Pinned posts, newest pin first; only with the first page. They stand in `posts` as well.
    pub pinned: Vec<Post>,
    /// The posts.
    pub posts: Vec<Post>,
    /// Where the next page begins.
    pub next: Option<PageKey>,
    /// The position that the rows include.
    pub as_of: TopicPosition,
}

/// One post with the position that it includes: what `posts.get` returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostPage {
    /// The post.
    pub post: Post,
    /// The position that it includes.
    pub as_of: TopicPosition,
}

/// What `markdown.preview` returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The text as safe HTML, as it would be stored.
    pub html: String,
}

/// One earlier text of a post or comment, newest first in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// From 1.
    pub version: u32,
    /// The title at that time; empty for comments.
    #[serde(default)]
    pub title: String,
    /// The Markdown at that time.
    pub body: String,
    /// Who wrote this version.
    pub editor: Person,
    /// When.
    pub at: Timestamp,
}

/// Why an edit came back: fields that somebody else changed since its base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The version that stands now: the base of the next attempt.
    pub version: u32,
    /// Who wrote it.
    pub editor: Person,
    /// When.
    pub at: Timestamp,
    /// The fields that clash.
    pub fields: Vec<FieldConflict>,
}

/// One field that two people changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldConflict {
    /// `title` or `body`.
    pub field: String,
    /// What both began with.
    pub base: String,
    /// What stands now.
    pub theirs: String,
    /// What the caller wrote.
    pub mine: String,
    /// Both changes together, where they touch different words.
    pub merged: Option<String>,
}
