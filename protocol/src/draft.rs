//! Drafts: what a person has begun to write, on all their devices.

use crate::spelled::spelled;
use crate::{CommentId, ConversationId, Error, MessageId, PostId, Timestamp, WorkspaceId, limits, text};
use serde::{Deserialize, Serialize};

/// Where a draft belongs. On the wire: `post:<workspace>`, `comment:<post>`, `reply:<comment>`,
/// `message:<conversation>` or `thread:<message>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DraftPlace {
    /// A new post in this workspace.
    Post(WorkspaceId),
    /// A comment under this post.
    Comment(PostId),
    /// A reply to this comment.
    Reply(CommentId),
    /// A message in this conversation.
    Message(ConversationId),
    /// An answer in the thread under this message.
    Thread(MessageId),
}

/// A draft. An empty one (no title, no body) means that it was sent or given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Where it belongs.
    pub place: DraftPlace,
    /// Title of a post; empty elsewhere.
    #[serde(default)]
    pub title: String,
    /// Markdown.
    #[serde(default)]
    pub body: String,
    /// When the person typed it, by their device's clock: the newest wins.
    pub at: Timestamp,
}

impl Draft {
    /// Nothing is left of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.title.is_empty() && self.body.is_empty()
    }

    /// The draft within the limits.
    ///
    /// # Errors
    /// 413 when it is too large. A draft may be unfinished, so nothing else is refused.
    pub fn validate(self) -> Result<Self, Error> {
        Ok(Self {
            title: text::block("title", &self.title, limits::POST_TITLE_CHARS_MAX * 4)?,
            body: text::block("body", &self.body, limits::POST_BODY_BYTES_MAX)?,
            ..self
        })
    }
}

spelled!(
    DraftPlace,
    Error::invalid(
        "place",
        "A place reads post:<id>, comment:<id>, reply:<id>, message:<id> or thread:<id>."
    ),
    { "post" => Post, "comment" => Comment, "reply" => Reply, "message" => Message, "thread" => Thread }
);
