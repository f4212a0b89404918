//! Reading an event: first the line, with its data as it came, then the data by its kind.
//! Why it is not derived stands in `crate::read`.

use super::{Event, EventKind};
use crate::comment::Comment;
use crate::conversation::{Conversation, ConversationMember, ConversationRole, Level, Unread};
use crate::message::{Message, Replies};
use crate::notification::{Notification, ReadMark};
use crate::read::{fields, unknown};
use crate::workspace::{Role, Workspace};
use crate::{
    CommentId, ConversationId, CustomEventId, EventId, MessageId, Person, PostId, SessionId, Timestamp,
    Topic, UserId, WorkspaceId,
};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Error, from_str};

/// An event whose data is still a text.
#[derive(Deserialize)]
struct Line {
    topic: Topic,
    seq: u64,
    id: EventId,
    at: Timestamp,
    #[serde(default)]
    actor: Option<UserId>,
    kind: String,
    data: Box<RawValue>,
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Line { topic, seq, id, at, actor, kind, data } = Line::deserialize(from)?;
        let kind = EventKind::read(&kind, data.get()).map_err(D::Error::custom)?;
        Ok(Self { topic, seq, id, at, actor, kind })
    }
}

impl EventKind {
    fn read(kind: &str, data: &str) -> Result<Self, Error> {
        match kind {
            "post.created" => from_str(data).map(Self::PostCreated),
            "post.updated" => from_str(data).map(Self::PostUpdated),
            "post.deleted" => fields!(data, PostDeleted { id: PostId }),
            "post.pinned" => fields!(data, PostPinned { id: PostId, pinned: bool }),
            "comment.created" => fields!(data, CommentCreated { comment: Comment, comments: u32 }),
            "comment.updated" => from_str(data).map(Self::CommentUpdated),
            "comment.deleted" => {
                fields!(data, CommentDeleted { id: CommentId, post: PostId, comments: u32 })
            }
            "reaction.added" => from_str(data).map(Self::ReactionAdded),
            "reaction.removed" => from_str(data).map(Self::ReactionRemoved),
            "preview.updated" => from_str(data).map(Self::PreviewUpdated),
            "member.joined" => from_str(data).map(Self::MemberJoined),
            "member.left" => from_str(data).map(Self::MemberLeft),
            "member.updated" => from_str(data).map(Self::MemberUpdated),
            "workspace.updated" => from_str(data).map(Self::WorkspaceUpdated),
            "workspace.joined" => fields!(data, WorkspaceJoined { workspace: Workspace, role: Role }),
            "workspace.left" => fields!(data, WorkspaceLeft { workspace: WorkspaceId }),
            "conversation.created" => from_str(data).map(Self::ConversationCreated),
            "conversation.updated" => from_str(data).map(Self::ConversationUpdated),
            "conversation.archived" => from_str(data).map(Self::ConversationArchived),
            "conversation.joined" => fields!(
                data,
                ConversationJoined {
                    conversation: Conversation,
                    role: ConversationRole,
                    #[serde(default)]
                    with: Vec<Person>
                }
            ),
            "conversation.left" => fields!(data, ConversationLeft { id: ConversationId }),
            "conversation.arranged" => {
                fields!(data, ConversationArranged { id: ConversationId, level: Level, starred: bool })
            }
            "participant.joined" => {
                fields!(data, ParticipantJoined { member: ConversationMember, members: u32 })
            }
            "participant.left" => fields!(data, ParticipantLeft { user: UserId, members: u32 }),
            "participant.updated" => from_str(data).map(Self::ParticipantUpdated),
            "message.created" => {
                fields!(data, MessageCreated { message: Message, replies: Option<Replies> })
            }
            "message.updated" => from_str(data).map(Self::MessageUpdated),
            "message.deleted" => fields!(
                data,
                MessageDeleted {
                    id: MessageId,
                    order: u64,
                    written_at: Option<Timestamp>,
                    last_at: Option<Timestamp>,
                    thread: Option<MessageId>,
                    replies: Option<Replies>
                }
            ),
            "message.pinned" => fields!(data, MessagePinned { id: MessageId }),
            "message.unpinned" => fields!(data, MessageUnpinned { id: MessageId }),
            "message.saved" => {
                fields!(data, MessageSaved { id: MessageId, conversation: ConversationId, saved: bool })
            }
            "custom.published" => from_str(data).map(Self::CustomPublished),
            "custom.deleted" => {
                fields!(data, CustomDeleted { id: CustomEventId, workspace: WorkspaceId })
            }
            "notification.created" => {
                fields!(data, NotificationCreated { notification: Notification, unread: u32 })
            }
            "notification.read" => fields!(data, NotificationRead { mark: ReadMark, unread: u32 }),
            "draft.updated" => from_str(data).map(Self::DraftUpdated),
            "read.moved" => fields!(data, ReadMoved { topic: Topic, seq: u64, unread: Option<Unread> }),
            "presence.chosen" => from_str(data).map(Self::PresenceChosen),
            "session.ended" => fields!(data, SessionEnded { session: Option<SessionId> }),
            other => unknown(other),
        }
    }
}
