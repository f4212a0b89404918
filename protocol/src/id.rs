//! One newtype per entity, so that a post's id cannot be passed where a comment's is meant.
//!
//! All ids are UUIDv7, made by whoever creates the entity, the browser included. They name
//! things; nothing is ever ordered by them, because clients can forge the time inside.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::{NoContext, Uuid};

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh id. `at` is the caller's clock, so that tests own the time.
            #[must_use]
            pub fn new(at: Timestamp) -> Self {
                let ms = u64::try_from(at.0).unwrap_or(0);
                let nanos = u32::try_from(ms % 1000).unwrap_or(0) * 1_000_000;
                Self(Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, ms / 1000, nanos)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

id! {
    /// A person with an account on this instance.
    UserId,
    /// One signed-in device. Never a socket: that is a connection.
    SessionId,
    /// A personal access token, or a token of a bot.
    TokenId,
    /// A workspace: the tenant, below which everything is invisible to people outside it.
    WorkspaceId,
    /// An invitation link of a workspace.
    InvitationId,
    /// A post in a workspace's feed.
    PostId,
    /// A comment under a post, or a reply to a comment.
    CommentId,
    /// A room, a group or a direct conversation.
    ConversationId,
    /// A message in a conversation.
    MessageId,
    /// A file that belongs to a message.
    FileId,
    /// An event that another program published.
    CustomEventId,
    /// A notification of one person.
    NotificationId,
    /// One event of the log, whatever its topic.
    EventId,
    /// The identity of a topic's log; it changes when a backup is restored.
    Epoch,
    /// One run of one server process.
    NodeId,
    /// One socket, as its server names it.
    ConnectionId,
    /// One line of the audit log.
    AuditId,
    /// One line of the log of pushes.
    PushLineId,
}
