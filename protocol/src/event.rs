//! Events: every durable change, numbered within its topic.
//!
//! [`EventKind`] is the one list of them. docs/EVENTS.md documents it and a test holds the two
//! together; `apply` in the page matches it exhaustively, so that a new kind does not compile
//! until somebody decides what the page does with it.

mod read;

use crate::comment::Comment;
use crate::conversation::{Conversation, ConversationMember, ConversationRole, Level, Unread};
use crate::custom_event::CustomEvent;
use crate::draft::Draft;
use crate::link::PreviewChange;
use crate::message::{Message, Replies};
use crate::notification::{Notification, ReadMark};
use crate::post::Post;
use crate::presence::PresenceChoice;
use crate::reaction::{ReactionCount, ReactionTarget};
use crate::workspace::{Member, Role, Workspace};
use crate::{
    CommentId, ConversationId, CustomEventId, EventId, MessageId, Person, PostId, SessionId, Timestamp,
    Topic, UserId, WorkspaceId,
};
use serde::{Deserialize, Serialize};

/// One line of a topic's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Whose log.
    pub topic: Topic,
    /// Its number there: 1, 2, 3 … without gaps.
    pub seq: u64,
    /// Its id, whatever the topic.
    pub id: EventId,
    /// When it was committed.
    pub at: Timestamp,
    /// Who did it; none for the instance itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// What happened: `kind` and `data` on the wire.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened: `<noun>.<past participle>`. Read as part of an [`Event`] (`event/read.rs`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "data")]
pub enum EventKind {
    /// A post was written. Its `order` is this event's `seq`.
    #[serde(rename = "post.created")]
    PostCreated(Post),
    /// Title or body of a post changed.
    #[serde(rename = "post.updated")]
    PostUpdated(Post),
    /// A post was deleted with its comments; its text is gone from the log as well.
    #[serde(rename = "post.deleted")]
    PostDeleted {
        /// Which.
        id: PostId,
    },
    /// A post was pinned, or unpinned.
    #[serde(rename = "post.pinned")]
    PostPinned {
        /// Which.
        id: PostId,
        /// Whether it is pinned now.
        pinned: bool,
    },
    /// Somebody commented or replied. Its `order` is this event's `seq`.
    #[serde(rename = "comment.created")]
    CommentCreated {
        /// The comment.
        comment: Comment,
        /// Comments of the post now.
        comments: u32,
    },
    /// A comment's text changed.
    #[serde(rename = "comment.updated")]
    CommentUpdated(Comment),
    /// A comment was deleted.
    #[serde(rename = "comment.deleted")]
    CommentDeleted {
        /// Which.
        id: CommentId,
        /// Under which post.
        post: PostId,
        /// Comments of the post now.
        comments: u32,
    },
    /// Somebody reacted.
    #[serde(rename = "reaction.added")]
    ReactionAdded(ReactionChange),
    /// Somebody took a reaction back.
    #[serde(rename = "reaction.removed")]
    ReactionRemoved(ReactionChange),
    /// What is shown of the links of a text is another: the server has looked at them, or somebody
    /// took one away.
    #[serde(rename = "preview.updated")]
    PreviewUpdated(PreviewChange),
    /// Somebody joined the workspace.
    #[serde(rename = "member.joined")]
    MemberJoined(Member),
    /// Somebody left, was removed, or deleted their account (then the person is a former member).
    #[serde(rename = "member.left")]
    MemberLeft(Member),
    /// A member's name, handle, colour or role changed.
    #[serde(rename = "member.updated")]
    MemberUpdated(Member),
    /// The workspace was renamed.
    #[serde(rename = "workspace.updated")]
    WorkspaceUpdated(Workspace),
    /// The person is a member of one more workspace. On their own topic.
    #[serde(rename = "workspace.joined")]
    WorkspaceJoined {
        /// Which.
        workspace: Workspace,
        /// As what.
        role: Role,
    },
    /// The person is no longer a member. On their own topic.
    #[serde(rename = "workspace.left")]
    WorkspaceLeft {
        /// Of which.
        workspace: WorkspaceId,
    },
    /// A conversation began. The first event of its topic.
    #[serde(rename = "conversation.created")]
    ConversationCreated(Conversation),
    /// Its name, its topic line or who joins it by themselves changed.
    #[serde(rename = "conversation.updated")]
    ConversationUpdated(Conversation),
    /// It was archived; without `archived_at`, taken out of the archive.
    #[serde(rename = "conversation.archived")]
    ConversationArchived(Conversation),
    /// The person is in one more conversation. On their own topic.
    #[serde(rename = "conversation.joined")]
    ConversationJoined {
        /// Which.
        conversation: Conversation,
        /// As what.
        role: ConversationRole,
        /// As in [`crate::conversation::ConversationState::with`].
        #[serde(skip_serializing_if = "Vec::is_empty")]
        with: Vec<Person>,
    },
    /// The person is no longer in it. On their own topic.
    #[serde(rename = "conversation.left")]
    ConversationLeft {
        /// Which.
        id: ConversationId,
    },
    /// The person starred it, or wants to be told more or less of it. On their own topic.
    #[serde(rename = "conversation.arranged")]
    ConversationArranged {
        /// Which.
        id: ConversationId,
        /// What they want to be told.
        level: Level,
        /// They keep it at the top.
        starred: bool,
    },
    /// Somebody joined a conversation, or was added: then the event's `actor` is who added them.
    #[serde(rename = "participant.joined")]
    ParticipantJoined {
        /// Who.
        member: ConversationMember,
        /// How many people are in it now.
        members: u32,
    },
    /// Somebody left a conversation, or was removed: then the event's `actor` is who removed them.
    #[serde(rename = "participant.left")]
    ParticipantLeft {
        /// Who.
        user: UserId,
        /// How many people are in it now.
        members: u32,
    },
    /// A member's role in the conversation changed. Names come by `member.updated` of the workspace.
    #[serde(rename = "participant.updated")]
    ParticipantUpdated(ConversationMember),
    /// Somebody wrote a message, or the server wrote a line. Its `order` is this event's `seq`.
    #[serde(rename = "message.created")]
    MessageCreated {
        /// The message.
        message: Message,
        /// With an answer in a thread: what stands under the message that it answers, now.
        #[serde(skip_serializing_if = "Option::is_none")]
        replies: Option<Replies>,
    },
    /// A message's text changed.
    #[serde(rename = "message.updated")]
    MessageUpdated(Message),
    /// A message was deleted; its text is gone from the log as well.
    #[serde(rename = "message.deleted")]
    MessageDeleted {
        /// Which.
        id: MessageId,
        /// Where it stood: above a read position it was unread.
        order: u64,
        /// When it was written.
        #[serde(skip_serializing_if = "Option::is_none")]
        written_at: Option<Timestamp>,
        /// When the newest text was written that the conversation still shows.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_at: Option<Timestamp>,
        /// The message whose thread it stood in.
        #[serde(skip_serializing_if = "Option::is_none")]
        thread: Option<MessageId>,
        /// With an answer in a thread: what stands under that message now.
        #[serde(skip_serializing_if = "Option::is_none")]
        replies: Option<Replies>,
    },
    /// A message was pinned.
    #[serde(rename = "message.pinned")]
    MessagePinned {
        /// Which.
        id: MessageId,
    },
    /// A message was unpinned.
    #[serde(rename = "message.unpinned")]
    MessageUnpinned {
        /// Which.
        id: MessageId,
    },
    /// The person saved a message, or no longer. On their own topic.
    #[serde(rename = "message.saved")]
    MessageSaved {
        /// Which.
        id: MessageId,
        /// Where it stands.
        conversation: ConversationId,
        /// Whether it is saved now.
        saved: bool,
    },
    /// Another program published an event: on the topic of a workspace for everybody in it, on that of a
    /// person for them alone.
    #[serde(rename = "custom.published")]
    CustomPublished(CustomEvent),
    /// Such an event was deleted; what it said is gone from the log as well.
    #[serde(rename = "custom.deleted")]
    CustomDeleted {
        /// Which.
        id: CustomEventId,
        /// Of which workspace.
        workspace: WorkspaceId,
    },
    /// Something concerns the person, or more people did the same (then the id is known).
    #[serde(rename = "notification.created")]
    NotificationCreated {
        /// What.
        notification: Notification,
        /// Unread ones now.
        unread: u32,
    },
    /// The person has seen one or several.
    #[serde(rename = "notification.read")]
    NotificationRead {
        /// Which.
        mark: ReadMark,
        /// Unread ones now.
        unread: u32,
    },
    /// The person typed, on one of their devices; an empty draft is gone.
    #[serde(rename = "draft.updated")]
    DraftUpdated(Draft),
    /// The person has read a topic up to a number. Of a conversation it may also be a lower one than
    /// before: marked unread from there.
    #[serde(rename = "read.moved")]
    ReadMoved {
        /// Which topic.
        topic: Topic,
        /// Up to and including.
        seq: u64,
        /// Of a conversation: what is unread now.
        #[serde(skip_serializing_if = "Option::is_none")]
        unread: Option<Unread>,
    },
    /// The person chose what others see of them, on one of their devices. Their sockets take it over.
    #[serde(rename = "presence.chosen")]
    PresenceChosen(PresenceChoice),
    /// A device was signed out; its sockets close.
    #[serde(rename = "session.ended")]
    SessionEnded {
        /// Which; none for all of them.
        session: Option<SessionId>,
    },
}

/// A reaction was added or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionChange {
    /// On what.
    pub target: ReactionTarget,
    /// The post that the target is or belongs to; none of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<PostId>,
    /// Whose.
    pub user: UserId,
    /// Which.
    pub emoji: String,
    /// All reactions of the target now, in order.
    pub reactions: Vec<ReactionCount>,
}

impl EventKind {
    /// Every name, as docs/EVENTS.md lists them.
    pub const NAMES: [&'static str; 39] = [
        "post.created",
        "post.updated",
        "post.deleted",
        "post.pinned",
        "comment.created",
        "comment.updated",
        "comment.deleted",
        "reaction.added",
        "reaction.removed",
        "preview.updated",
        "member.joined",
        "member.left",
        "member.updated",
        "workspace.updated",
        "workspace.joined",
        "workspace.left",
        "conversation.created",
        "conversation.updated",
        "conversation.archived",
        "conversation.joined",
        "conversation.left",
        "conversation.arranged",
        "participant.joined",
        "participant.left",
        "participant.updated",
        "message.created",
        "message.updated",
        "message.deleted",
        "message.pinned",
        "message.unpinned",
        "message.saved",
        "custom.published",
        "custom.deleted",
        "notification.created",
        "notification.read",
        "draft.updated",
        "read.moved",
        "presence.chosen",
        "session.ended",
    ];

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        let index = match self {
            Self::PostCreated(_) => 0,
            Self::PostUpdated(_) => 1,
            Self::PostDeleted { .. } => 2,
            Self::PostPinned { .. } => 3,
            Self::CommentCreated { .. } => 4,
            Self::CommentUpdated(_) => 5,
            Self::CommentDeleted { .. } => 6,
            Self::ReactionAdded(_) => 7,
            Self::ReactionRemoved(_) => 8,
            Self::PreviewUpdated(_) => 9,
            Self::MemberJoined(_) => 10,
            Self::MemberLeft(_) => 11,
            Self::MemberUpdated(_) => 12,
            Self::WorkspaceUpdated(_) => 13,
            Self::WorkspaceJoined { .. } => 14,
            Self::WorkspaceLeft { .. } => 15,
            Self::ConversationCreated(_) => 16,
            Self::ConversationUpdated(_) => 17,
            Self::ConversationArchived(_) => 18,
            Self::ConversationJoined { .. } => 19,
            Self::ConversationLeft { .. } => 20,
            Self::ConversationArranged { .. } => 21,
            Self::ParticipantJoined { .. } => 22,
            Self::ParticipantLeft { .. } => 23,
            Self::ParticipantUpdated(_) => 24,
            Self::MessageCreated { .. } => 25,
            Self::MessageUpdated(_) => 26,
            Self::MessageDeleted { .. } => 27,
            Self::MessagePinned { .. } => 28,
            Self::MessageUnpinned { .. } => 29,
            Self::MessageSaved { .. } => 30,
            Self::CustomPublished(_) => 31,
            Self::CustomDeleted { .. } => 32,
            Self::NotificationCreated { .. } => 33,
            Self::NotificationRead { .. } => 34,
            Self::DraftUpdated(_) => 35,
            Self::ReadMoved { .. } => 36,
            Self::PresenceChosen(_) => 37,
            Self::SessionEnded { .. } => 38,
        };
        Self::NAMES[index]
    }
}
