//! What one subscribes to: each topic has one ordered log.

use crate::{ConversationId, UserId, WorkspaceId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A topic. On the wire and in the database it reads `workspace:<id>`, `conversation:<id>` or
/// `user:<id>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Everything that all members of a workspace may see.
    Workspace(WorkspaceId),
    /// Everything of one conversation, for those who are in it.
    Conversation(ConversationId),
    /// What concerns one person on all their devices.
    User(UserId),
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workspace(id) => write!(f, "workspace:{id}"),
            Self::Conversation(id) => write!(f, "conversation:{id}"),
            Self::User(id) => write!(f, "user:{id}"),
        }
    }
}

/// The text is not a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a topic reads workspace:<id>, conversation:<id> or user:<id>")]
pub struct NotATopic;

impl FromStr for Topic {
    type Err = NotATopic;
    fn from_str(text: &str) -> Result<Self, NotATopic> {
        match text.split_once(':') {
            Some(("workspace", id)) => id.parse().map(Self::Workspace).map_err(|_| NotATopic),
            Some(("conversation", id)) => id.parse().map(Self::Conversation).map_err(|_| NotATopic),
            Some(("user", id)) => id.parse().map(Self::User).map_err(|_| NotATopic),
            _ => Err(NotATopic),
        }
    }
}

impl Serialize for Topic {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Topic {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
