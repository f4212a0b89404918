//! Drafts: what a person has begun to write, on all their devices.

use crate::{CommentId, Error, PostId, Timestamp, WorkspaceId, limits, text};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// Where a draft belongs. On the wire: `post:<workspace>`, `comment:<post>` or `reply:<comment>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DraftPlace {
    /// A new post in this workspace.
    Post(WorkspaceId),
    /// A comment under this post.
    Comment(PostId),
    /// A reply to this comment.
    Reply(CommentId),
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

impl fmt::Display for DraftPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Post(id) => write!(f, "post:{id}"),
            Self::Comment(id) => write!(f, "comment:{id}"),
            Self::Reply(id) => write!(f, "reply:{id}"),
        }
    }
}

impl FromStr for DraftPlace {
    type Err = Error;
    fn from_str(input: &str) -> Result<Self, Error> {
        let not_a_place = || Error::invalid("place", "A place reads post:<id>, comment:<id> or reply:<id>.");
        match input.split_once(':') {
            Some(("post", id)) => id.parse().map(Self::Post).map_err(|_| not_a_place()),
            Some(("comment", id)) => id.parse().map(Self::Comment).map_err(|_| not_a_place()),
            Some(("reply", id)) => id.parse().map(Self::Reply).map_err(|_| not_a_place()),
            _ => Err(not_a_place()),
        }
    }
}

impl Serialize for DraftPlace {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DraftPlace {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let input = std::borrow::Cow::<'_, str>::deserialize(from)?;
        input.parse().map_err(serde::de::Error::custom)
    }
}
