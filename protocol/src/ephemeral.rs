//! What is live but not kept: typing, presence and receipts. No number, never on disk, may be dropped or merged.

use crate::presence::Present;
use crate::read::{self, fields, unknown};
use crate::spelled::spelled;
use crate::{ConversationId, Error, MessageId, PostId, Topic, UserId};
use serde::{Deserialize, Deserializer, Serialize};

/// Something that somebody does right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ephemeral {
    /// Somebody writes there, or has stopped to.
    Typing {
        /// Who.
        user: UserId,
        /// Their name, so that nobody has to look it up.
        name: String,
        /// Where.
        place: TypingPlace,
        /// Whether they write.
        on: bool,
    },
    /// Somebody has read the conversation up to this number: a receipt. At most one per person and
    /// [`crate::limits::SEEN_TOLD_EVERY`].
    Seen {
        /// Who.
        user: UserId,
        /// Up to and including; 0: they show it no longer.
        seq: u64,
    },
}

impl Ephemeral {
    /// Whose it is.
    #[must_use]
    pub fn actor(&self) -> UserId {
        match self {
            Self::Typing { user, .. } | Self::Seen { user, .. } => *user,
        }
    }

    /// Whether it takes the place of one that was said a moment ago.
    #[must_use]
    pub fn replaces(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            (Self::Typing { user, place, .. }, Self::Typing { user: before, place: there, .. }) => {
                (user, place) == (before, there)
            }
            (Self::Seen { user, .. }, Self::Seen { user: before, .. }) => user == before,
            _ => false,
        }
    }
}

/// Where somebody types. On the wire: `post:<id>`, `conversation:<id>` or `thread:<message>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TypingPlace {
    /// A comment under this post.
    Post(PostId),
    /// A message in this conversation.
    Conversation(ConversationId),
    /// An answer in the thread under this message.
    Thread(MessageId),
}

impl TypingPlace {
    /// Whether the place may be one of the topic.
    #[must_use]
    pub fn is_in(self, topic: Topic) -> bool {
        match (self, topic) {
            (Self::Post(_), Topic::Workspace(_)) | (Self::Thread(_), Topic::Conversation(_)) => true,
            (Self::Conversation(place), Topic::Conversation(topic)) => place == topic,
            _ => false,
        }
    }
}

spelled!(
    TypingPlace,
    Error::invalid("place", "A place reads post:<id>, conversation:<id> or thread:<id>."),
    { "post" => Post, "conversation" => Conversation, "thread" => Thread }
);

/// Who is here. `full` replaces what was known, a `diff` changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Presence {
    /// Everybody, or the first ones of many.
    Full {
        /// How many people are here.
        count: u32,
        /// Who; the first [`crate::limits::PRESENCE_PEOPLE_SHOWN`] when there are more than
        /// [`crate::limits::PRESENCE_PEOPLE_MAX`].
        people: Vec<Present>,
    },
    /// What changed since the last frame.
    Diff {
        /// How many people are here now.
        count: u32,
        /// Who came, and who is otherwise than before.
        joined: Vec<Present>,
        /// Who left.
        left: Vec<UserId>,
    },
}

impl<'de> Deserialize<'de> for Ephemeral {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        read::by_kind(from, |kind, text| match kind {
            "typing" => fields!(text, Typing { user: UserId, name: String, place: TypingPlace, on: bool }),
            "seen" => fields!(text, Seen { user: UserId, seq: u64 }),
            other => unknown(other),
        })
    }
}

impl<'de> Deserialize<'de> for Presence {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        read::by_kind(from, |kind, text| match kind {
            "full" => fields!(text, Full { count: u32, people: Vec<Present> }),
            "diff" => fields!(text, Diff { count: u32, joined: Vec<Present>, left: Vec<UserId> }),
            other => unknown(other),
        })
    }
}
