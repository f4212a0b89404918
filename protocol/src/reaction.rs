//! Reactions: an emoji of a person on a post, a comment or a message. Set or removed, never toggled.

use crate::spelled::spelled;
use crate::{CommentId, Error, MessageId, PostId, limits};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What carries the reaction. On the wire it reads `post:<id>`, `comment:<id>` or
/// `message:<id>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReactionTarget {
    /// A post.
    Post(PostId),
    /// A comment or a reply.
    Comment(CommentId),
    /// A message, in a thread or not.
    Message(MessageId),
}

impl ReactionTarget {
    /// The id of what carries it, whatever it is.
    #[must_use]
    pub fn entity(self) -> Uuid {
        match self {
            Self::Post(id) => id.0,
            Self::Comment(id) => id.0,
            Self::Message(id) => id.0,
        }
    }
}

/// One emoji and how many people chose it, in the order in which they first appeared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionCount {
    /// The emoji itself.
    pub emoji: String,
    /// How many people.
    pub count: u32,
}

/// Arguments of `reactions.add` and `reactions.remove`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// What carries it.
    pub target: ReactionTarget,
    /// The emoji itself.
    pub emoji: String,
}

impl Reaction {
    /// Checks the form; whether it is an emoji at all is checked by the server.
    ///
    /// # Errors
    /// 422 for a text that cannot be one emoji.
    pub fn validate(&self) -> Result<(), Error> {
        let plain = self.emoji.chars().any(|c| c.is_alphabetic() || c.is_whitespace() || c.is_control());
        if self.emoji.is_empty() || limits::EMOJI_BYTES_MAX < self.emoji.len() || plain {
            return Err(Error::invalid("emoji", "This is not an emoji."));
        }
        Ok(())
    }
}

spelled!(
    ReactionTarget,
    Error::invalid("target", "A target reads post:<id>, comment:<id> or message:<id>."),
    { "post" => Post, "comment" => Comment, "message" => Message }
);
