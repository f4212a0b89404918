//! People, posts and the rest for tests. Ids are numbers in disguise.

use protocol::account::Me;
use protocol::comment::Comment;
use protocol::conversation::{Conversation, ConversationKind, ConversationRole, ConversationState, Level};
use protocol::message::{Message, MessageKind, Replies};
use protocol::notification::{Notification, NotificationKind};
use protocol::person::InstanceRole;
use protocol::position::{Position, TopicPosition};
use protocol::post::Post;
use protocol::presence::PresenceChoice;
use protocol::workspace::{Member, Membership, Role, Workspace};
use protocol::{
    CommentId, ConversationId, Epoch, Event, EventId, EventKind, MessageId, NotificationId, Person, PostId,
    SessionId, Timestamp, Topic, UserId, WorkspaceId,
};
use uuid::Uuid;

pub(crate) fn id(kind: u64, n: u64) -> Uuid {
    Uuid::from_u64_pair(kind, n)
}

pub(crate) fn post_id(n: u64) -> PostId {
    PostId(id(1, n))
}

pub(crate) fn comment_id(n: u64) -> CommentId {
    CommentId(id(2, n))
}

pub(crate) fn notification_id(n: u64) -> NotificationId {
    NotificationId(id(3, n))
}

pub(crate) fn workspace_id() -> WorkspaceId {
    WorkspaceId(id(4, 1))
}

pub(crate) fn session_id(n: u64) -> SessionId {
    SessionId(id(5, n))
}

pub(crate) fn epoch() -> Epoch {
    Epoch(id(6, 1))
}

pub(crate) fn workspace_topic() -> Topic {
    Topic::Workspace(workspace_id())
}

pub(crate) fn conversation_topic() -> Topic {
    Topic::Conversation(ConversationId(id(9, 1)))
}

/// Person 1 is me, wherever it matters.
pub(crate) fn person(n: u64) -> Person {
    let name = ["Ada", "Ben", "Cleo", "Dan"][(n as usize - 1) % 4].to_owned();
    Person { id: UserId(id(7, n)), handle: name.to_lowercase(), name, hue: 1, former: false, bot: false }
}

pub(crate) fn workspace(n: u64, name: &str) -> Workspace {
    Workspace {
        id: WorkspaceId(id(4, n)),
        name: name.to_owned(),
        slug: name.to_lowercase(),
        at: Timestamp(0),
        previews_links: true,
    }
}

pub(crate) fn member(n: u64) -> Member {
    Member { person: person(n), role: Role::Member, joined_at: Timestamp(0), status: None }
}

pub(crate) fn position(seq: u64) -> Position {
    Position { epoch: epoch(), seq }
}

pub(crate) fn as_of(topic: Topic, seq: u64) -> TopicPosition {
    TopicPosition { topic, position: position(seq) }
}

pub(crate) fn me() -> Me {
    Me {
        person: person(1),
        role: InstanceRole::Member,
        session: session_id(1),
        workspaces: vec![Membership {
            workspace: workspace(1, "Garden"),
            role: Role::Member,
            position: position(0),
            read: 0,
            newest: 0,
            with_status: Vec::new(),
        }],
        unread: 0,
        drafts: Vec::new(),
        choice: PresenceChoice::default(),
        status: None,
        position: position(0),
    }
}

pub(crate) fn post(n: u64, author: &Person, order: u64) -> Post {
    Post {
        id: post_id(n),
        workspace: workspace_id(),
        author: author.clone(),
        title: format!("Post {n}"),
        body: "Body".to_owned(),
        html: "<p>Body</p>".to_owned(),
        at: Timestamp(1000 + order as i64),
        order,
        version: 1,
        edited_at: None,
        pinned: false,
        comments: 0,
        previews: Vec::new(),
        reactions: Vec::new(),
        mine: Vec::new(),
    }
}

pub(crate) fn comment(n: u64, post: PostId, author: &Person, order: u64) -> Comment {
    Comment {
        id: comment_id(n),
        post,
        parent: None,
        author: author.clone(),
        body: format!("Comment {n}"),
        html: format!("<p>Comment {n}</p>"),
        at: Timestamp(1000 + order as i64),
        order,
        version: 1,
        edited_at: None,
        deleted: false,
        previews: Vec::new(),
        reactions: Vec::new(),
        mine: Vec::new(),
    }
}

pub(crate) fn mention(n: u64, by: &Person, post: PostId, at: Timestamp) -> Notification {
    Notification {
        id: notification_id(n),
        kind: NotificationKind::Mention,
        workspace: workspace_id(),
        slug: "garden".to_owned(),
        post: Some(post),
        comment: None,
        conversation: None,
        message: None,
        event: None,
        link: None,
        actors: vec![by.clone()],
        actor_count: 1,
        emoji: None,
        role: None,
        title: "Post".to_owned(),
        excerpt: "Hello".to_owned(),
        at,
        read: false,
    }
}

pub(crate) fn conversation() -> Conversation {
    Conversation {
        id: ConversationId(id(9, 1)),
        workspace: workspace_id(),
        kind: ConversationKind::Room,
        name: "garden".to_owned(),
        topic_line: String::new(),
        is_default: false,
        archived_at: None,
        created_by: None,
        at: Timestamp(0),
        version: 1,
        members: 2,
    }
}

pub(crate) fn message(n: u64, author: &Person, order: u64) -> Message {
    Message {
        id: MessageId(id(10, n)),
        conversation: ConversationId(id(9, 1)),
        author: author.clone(),
        kind: MessageKind::Text,
        body: format!("Message {n}"),
        html: format!("<p>Message {n}</p>"),
        at: Timestamp(1000 + order as i64),
        order,
        version: 1,
        edited_at: None,
        deleted: false,
        thread: None,
        in_room: true,
        replies: Replies::default(),
        pinned: false,
        mentioned: Vec::new(),
        broadcast: None,
        attachments: Vec::new(),
        previews: Vec::new(),
        reactions: Vec::new(),
        mine: Vec::new(),
        saved: false,
    }
}

/// A message of the room is gone; of the others nothing is said.
pub(crate) fn deleted(id: MessageId, order: u64) -> EventKind {
    EventKind::MessageDeleted { id, order, written_at: None, last_at: None, thread: None, replies: None }
}

pub(crate) fn event(topic: Topic, seq: u64, kind: EventKind) -> Event {
    Event { topic, seq, id: EventId(id(8, seq)), at: Timestamp(1000 + seq as i64), actor: None, kind }
}

/// In the room as a member who has read everything.
pub(crate) fn conversation_state() -> ConversationState {
    ConversationState {
        conversation: conversation(),
        with: Vec::new(),
        role: Some(ConversationRole::Member),
        level: Level::All,
        starred: false,
        read: 0,
        unread: 0,
        mentions: 0,
        last_at: None,
        position: position(0),
    }
}
