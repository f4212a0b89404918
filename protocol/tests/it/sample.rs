//! One of each: entities with fixed ids and times.

use protocol::comment::Comment;
use protocol::conversation::{
    Conversation, ConversationKind, ConversationMember, ConversationRole, Level, Unread,
};
use protocol::custom_event::{CustomEvent, Notice};
use protocol::draft::{Draft, DraftPlace};
use protocol::event::ReactionChange;
use protocol::json::Json;
use protocol::link::{LinkPreview, PreviewChange};
use protocol::message::{Attachment, Broadcast, Message, MessageKind, Replies, SystemLine};
use protocol::notification::{Notification, NotificationKind, ReadMark};
use protocol::post::Post;
use protocol::presence::{CustomStatus, PresenceChoice};
use protocol::reaction::{ReactionCount, ReactionTarget};
use protocol::workspace::{Member, Role, Workspace};
use protocol::*;
use uuid::Uuid;

pub(crate) fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + n)
}

pub(crate) const AT: Timestamp = Timestamp(1_795_252_205_042);

pub(crate) fn ada() -> Person {
    Person {
        id: UserId(uuid(1)),
        name: "Ada Lovelace".to_owned(),
        handle: "ada".to_owned(),
        hue: 9,
        former: false,
        bot: false,
    }
}

fn workspace() -> Workspace {
    Workspace {
        id: WorkspaceId(uuid(2)),
        name: "Overhang Co-op".to_owned(),
        slug: "overhang-co-op".to_owned(),
        at: AT,
        previews_links: true,
    }
}

fn member() -> Member {
    Member { person: ada(), role: Role::Member, joined_at: AT, status: None }
}

fn post() -> Post {
    Post {
        id: PostId(uuid(3)),
        workspace: WorkspaceId(uuid(2)),
        author: ada(),
        title: "Winter set".to_owned(),
        body: "**34** boulders".to_owned(),
        html: "<p><strong>34</strong> boulders</p>".to_owned(),
        at: AT,
        order: 0,
        version: 1,
        edited_at: None,
        pinned: false,
        comments: 0,
        previews: Vec::new(),
        reactions: Vec::new(),
        mine: Vec::new(),
    }
}

fn comment() -> Comment {
    Comment {
        id: CommentId(uuid(4)),
        post: PostId(uuid(3)),
        parent: None,
        author: ada(),
        body: "Soup!".to_owned(),
        html: "<p>Soup!</p>".to_owned(),
        at: AT,
        order: 0,
        version: 1,
        edited_at: None,
        deleted: false,
        previews: Vec::new(),
        reactions: Vec::new(),
        mine: Vec::new(),
    }
}

fn reaction() -> ReactionChange {
    ReactionChange {
        target: ReactionTarget::Post(PostId(uuid(3))),
        post: Some(PostId(uuid(3))),
        user: UserId(uuid(1)),
        emoji: "🎉".to_owned(),
        reactions: vec![ReactionCount { emoji: "🎉".to_owned(), count: 2 }],
    }
}

fn previews() -> PreviewChange {
    PreviewChange {
        target: ReactionTarget::Message(MessageId(uuid(21))),
        post: None,
        previews: vec![LinkPreview {
            url: "https://example.org/soup?for=34".to_owned(),
            site: "Example".to_owned(),
            title: "Soup for many".to_owned(),
            description: "What to buy, and for how many.".to_owned(),
        }],
    }
}

pub(crate) fn conversation() -> Conversation {
    Conversation {
        id: ConversationId(uuid(20)),
        workspace: WorkspaceId(uuid(2)),
        kind: ConversationKind::Room,
        name: "winter-set".to_owned(),
        topic_line: "Who sets what, and when".to_owned(),
        is_default: false,
        archived_at: None,
        created_by: Some(UserId(uuid(1))),
        at: AT,
        version: 1,
        members: 3,
    }
}

fn participant() -> ConversationMember {
    ConversationMember { person: ada(), role: ConversationRole::Owner, joined_at: AT }
}

pub(crate) fn message() -> Message {
    Message {
        id: MessageId(uuid(21)),
        conversation: ConversationId(uuid(20)),
        author: ada(),
        kind: MessageKind::Text,
        body: "@room soup at **one**".to_owned(),
        html: "<p>@room soup at <strong>one</strong></p>".to_owned(),
        at: AT,
        order: 0,
        version: 1,
        edited_at: None,
        deleted: false,
        thread: None,
        in_room: true,
        replies: Replies::default(),
        pinned: false,
        mentioned: Vec::new(),
        broadcast: Some(Broadcast::Room),
        attachments: vec![Attachment {
            id: FileId(uuid(23)),
            name: "wall.jpg".to_owned(),
            media_type: "image/jpeg".to_owned(),
            bytes: 120_000,
            width: Some(1_600),
            height: Some(900),
            has_thumbnail: true,
        }],
        previews: Vec::new(),
        reactions: Vec::new(),
        mine: Vec::new(),
        saved: false,
    }
}

fn answer() -> Message {
    Message {
        id: MessageId(uuid(22)),
        body: "@ada I bring bread".to_owned(),
        html: "<p>@ada I bring bread</p>".to_owned(),
        thread: Some(MessageId(uuid(21))),
        in_room: false,
        mentioned: vec![UserId(uuid(1))],
        broadcast: None,
        attachments: Vec::new(),
        ..message()
    }
}

/// A line of each kind that the server writes, and how it reads on the wire.
pub(crate) fn lines() -> Vec<MessageKind> {
    let lines = vec![
        SystemLine::Created,
        SystemLine::Joined,
        SystemLine::Left,
        SystemLine::Added { who: ada() },
        SystemLine::Removed { who: ada() },
        SystemLine::Renamed { from: "set".to_owned(), to: "winter-set".to_owned() },
        SystemLine::TopicChanged { to: "Who sets what".to_owned() },
        SystemLine::Archived,
        SystemLine::Unarchived,
    ];
    lines.into_iter().map(MessageKind::System).collect()
}

fn replies() -> Replies {
    Replies { count: 1, last_at: Some(AT), people: vec![ada()] }
}

fn custom_event() -> CustomEvent {
    CustomEvent {
        id: CustomEventId(uuid(30)),
        workspace: WorkspaceId(uuid(2)),
        person: Some(UserId(uuid(1))),
        kind: "invoice:paid".to_owned(),
        payload: Json::stored(r#"{"amount":120.5,"number":"2026-041"}"#.to_owned()).expect("it is JSON"),
        notice: Some(Notice {
            text: "Invoice 2026-041 was paid".to_owned(),
            link: Some("https://books.example.org/invoices/41".to_owned()),
        }),
        source: Person { bot: true, ..ada() },
        at: AT,
    }
}

/// One event kind of each name, in the order of `EventKind::NAMES`.
pub(crate) fn kinds() -> Vec<EventKind> {
    let notification = Notification {
        id: NotificationId(uuid(5)),
        kind: NotificationKind::Reaction,
        workspace: WorkspaceId(uuid(2)),
        slug: "overhang-co-op".to_owned(),
        post: Some(PostId(uuid(3))),
        comment: None,
        conversation: None,
        message: None,
        event: None,
        link: None,
        actors: vec![ada()],
        actor_count: 4,
        emoji: Some("🎉".to_owned()),
        role: None,
        title: "Winter set".to_owned(),
        excerpt: "34 boulders".to_owned(),
        at: AT,
        read: false,
    };
    vec![
        EventKind::PostCreated(post()),
        EventKind::PostUpdated(Post { version: 2, edited_at: Some(AT), order: 7, ..post() }),
        EventKind::PostDeleted { id: PostId(uuid(3)) },
        EventKind::PostPinned { id: PostId(uuid(3)), pinned: true },
        EventKind::CommentCreated { comment: comment(), comments: 1 },
        EventKind::CommentUpdated(Comment { version: 2, ..comment() }),
        EventKind::CommentDeleted { id: CommentId(uuid(4)), post: PostId(uuid(3)), comments: 0 },
        EventKind::ReactionAdded(reaction()),
        EventKind::ReactionRemoved(ReactionChange { reactions: Vec::new(), ..reaction() }),
        EventKind::PreviewUpdated(previews()),
        EventKind::MemberJoined(member()),
        EventKind::MemberLeft(Member { person: Person::former(UserId(uuid(1))), ..member() }),
        EventKind::MemberUpdated(Member {
            role: Role::Admin,
            status: Some(CustomStatus {
                emoji: "🌴".to_owned(),
                text: "On holiday".to_owned(),
                until: Some(AT),
            }),
            ..member()
        }),
        EventKind::WorkspaceUpdated(Workspace { previews_links: false, ..workspace() }),
        EventKind::WorkspaceJoined { workspace: workspace(), role: Role::Guest },
        EventKind::WorkspaceLeft { workspace: WorkspaceId(uuid(2)) },
        EventKind::ConversationCreated(conversation()),
        EventKind::ConversationUpdated(Conversation { version: 2, is_default: true, ..conversation() }),
        EventKind::ConversationArchived(Conversation { version: 3, archived_at: Some(AT), ..conversation() }),
        EventKind::ConversationJoined {
            conversation: Conversation {
                kind: ConversationKind::Direct,
                name: String::new(),
                topic_line: String::new(),
                ..conversation()
            },
            role: ConversationRole::Member,
            with: vec![ada()],
        },
        EventKind::ConversationLeft { id: ConversationId(uuid(20)) },
        EventKind::ConversationArranged {
            id: ConversationId(uuid(20)),
            level: Level::Mentions,
            starred: true,
        },
        EventKind::ParticipantJoined { member: participant(), members: 4 },
        EventKind::ParticipantLeft { user: UserId(uuid(1)), members: 3 },
        EventKind::ParticipantUpdated(participant()),
        EventKind::MessageCreated { message: answer(), replies: Some(replies()) },
        EventKind::MessageUpdated(Message { version: 2, edited_at: Some(AT), order: 7, ..message() }),
        EventKind::MessageDeleted {
            id: MessageId(uuid(22)),
            order: 8,
            written_at: Some(AT),
            last_at: Some(AT),
            thread: Some(MessageId(uuid(21))),
            replies: Some(Replies::default()),
        },
        EventKind::MessagePinned { id: MessageId(uuid(21)) },
        EventKind::MessageUnpinned { id: MessageId(uuid(21)) },
        EventKind::MessageSaved {
            id: MessageId(uuid(21)),
            conversation: ConversationId(uuid(20)),
            saved: true,
        },
        EventKind::CustomPublished(custom_event()),
        EventKind::CustomDeleted { id: CustomEventId(uuid(30)), workspace: WorkspaceId(uuid(2)) },
        EventKind::NotificationCreated { notification, unread: 3 },
        EventKind::NotificationRead { mark: ReadMark::UpTo(AT), unread: 0 },
        EventKind::DraftUpdated(Draft {
            place: DraftPlace::Comment(PostId(uuid(3))),
            title: String::new(),
            body: "I could".to_owned(),
            at: AT,
        }),
        EventKind::ReadMoved {
            topic: Topic::Conversation(ConversationId(uuid(20))),
            seq: 42,
            unread: Some(Unread { unread: 3, mentions: 1, as_of: 46 }),
        },
        EventKind::PresenceChosen(PresenceChoice { invisible: true, quiet_until: Some(AT), receipts: false }),
        EventKind::SessionEnded { session: Some(SessionId(uuid(6))) },
    ]
}

pub(crate) fn event(seq: u64, kind: EventKind) -> Event {
    Event {
        topic: Topic::Workspace(WorkspaceId(uuid(2))),
        seq,
        id: EventId(uuid(100 + u128::from(seq))),
        at: AT,
        actor: Some(UserId(uuid(1))),
        kind,
    }
}
