//! Notifications: what concerns one person. Stored, live, merged where many do the same.

use crate::{
    CommentId, ConversationId, CustomEventId, MessageId, NotificationId, Person, PostId, Timestamp,
    WorkspaceId, workspace::Role,
};
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    /// Somebody wrote `@handle`, or in a conversation `@here` or `@room`.
    Mention,
    /// Somebody commented on the person's post.
    Comment,
    /// Somebody replied to the person's comment.
    Reply,
    /// Somebody answered in a thread of a conversation that the person takes part in.
    Thread,
    /// Somebody reacted to the person's post, comment or message; merged per target and emoji-independent.
    Reaction,
    /// The person's role in a workspace changed.
    Role,
    /// Another program published an event that notifies.
    Event,
}

/// One notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Its id; the same while others are merged into it.
    pub id: NotificationId,
    /// What happened.
    pub kind: NotificationKind,
    /// Where.
    pub workspace: WorkspaceId,
    /// The workspace's name in addresses.
    pub slug: String,
    /// The post that it is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<PostId>,
    /// The comment that it is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<CommentId>,
    /// The conversation that it is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// The message that it is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// The custom event that it is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<CustomEventId>,
    /// Where that leads, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Who did it, the latest first, at most three.
    pub actors: Vec<Person>,
    /// How many people did it.
    pub actor_count: u32,
    /// The emoji of the latest reaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// The new role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The post's title, empty when it was deleted; or the conversation's name, empty where it has none; or
    /// the kind of a custom event.
    #[serde(default)]
    pub title: String,
    /// The beginning of the text; empty when it was deleted.
    #[serde(default)]
    pub excerpt: String,
    /// When the latest of it happened: the list's order, newest first.
    pub at: Timestamp,
    /// The person has seen it.
    pub read: bool,
}

/// Which notifications were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadMark {
    /// This one.
    One(NotificationId),
    /// All up to and including this time.
    UpTo(Timestamp),
}
