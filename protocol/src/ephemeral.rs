//! What is live but not kept: typing and presence. No number, never on disk, may be dropped or merged.

use crate::{PostId, UserId};
use serde::{Deserialize, Serialize};

/// Something that somebody does right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ephemeral {
    /// Somebody writes a comment under this post, or has stopped to.
    Typing {
        /// Who.
        user: UserId,
        /// Their name, so that nobody has to look it up.
        name: String,
        /// Under which post.
        post: PostId,
        /// Whether they write.
        on: bool,
    },
}

/// Who is here. `full` replaces what was known, a `diff` changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Presence {
    /// Everybody, or the first ones of many.
    Full {
        /// How many people are here.
        count: u32,
        /// Who; the first [`crate::limits::PRESENCE_PEOPLE_SHOWN`] when there are more than
        /// [`crate::limits::PRESENCE_PEOPLE_MAX`].
        people: Vec<UserId>,
    },
    /// What changed since the last frame.
    Diff {
        /// How many people are here now.
        count: u32,
        /// Who came.
        joined: Vec<UserId>,
        /// Who left.
        left: Vec<UserId>,
    },
}
