//! Reactions: an emoji of a person on a post or a comment. Set or removed, never toggled.

use crate::{CommentId, Error, PostId, limits};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// What carries the reaction. On the wire it reads `post:<id>` or `comment:<id>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReactionTarget {
    /// A post.
    Post(PostId),
    /// A comment or a reply.
    Comment(CommentId),
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

impl fmt::Display for ReactionTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Post(id) => write!(f, "post:{id}"),
            Self::Comment(id) => write!(f, "comment:{id}"),
        }
    }
}

impl FromStr for ReactionTarget {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let not_a_target = || Error::invalid("target", "A target reads post:<id> or comment:<id>.");
        match text.split_once(':') {
            Some(("post", id)) => id.parse().map(Self::Post).map_err(|_| not_a_target()),
            Some(("comment", id)) => id.parse().map(Self::Comment).map_err(|_| not_a_target()),
            _ => Err(not_a_target()),
        }
    }
}

impl Serialize for ReactionTarget {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ReactionTarget {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
