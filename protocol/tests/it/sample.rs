//! One of each: entities with fixed ids and times.

use protocol::comment::Comment;
use protocol::draft::{Draft, DraftPlace};
use protocol::event::ReactionChange;
use protocol::notification::{Notification, NotificationKind, ReadMark};
use protocol::post::Post;
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
    }
}

fn workspace() -> Workspace {
    Workspace {
        id: WorkspaceId(uuid(2)),
        name: "Overhang Co-op".to_owned(),
        slug: "overhang-co-op".to_owned(),
        at: AT,
    }
}

fn member() -> Member {
    Member { person: ada(), role: Role::Member, joined_at: AT }
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
        reactions: Vec::new(),
        mine: Vec::new(),
    }
}

fn reaction() -> ReactionChange {
    ReactionChange {
        target: ReactionTarget::Post(PostId(uuid(3))),
        post: PostId(uuid(3)),
        user: UserId(uuid(1)),
        emoji: "🎉".to_owned(),
        reactions: vec![ReactionCount { emoji: "🎉".to_owned(), count: 2 }],
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
        EventKind::MemberJoined(member()),
        EventKind::MemberLeft(Member { person: Person::former(UserId(uuid(1))), ..member() }),
        EventKind::MemberUpdated(Member { role: Role::Admin, ..member() }),
        EventKind::WorkspaceUpdated(workspace()),
        EventKind::WorkspaceJoined { workspace: workspace(), role: Role::Guest },
        EventKind::WorkspaceLeft { workspace: WorkspaceId(uuid(2)) },
        EventKind::NotificationCreated { notification, unread: 3 },
        EventKind::NotificationRead { mark: ReadMark::UpTo(AT), unread: 0 },
        EventKind::DraftUpdated(Draft {
            place: DraftPlace::Comment(PostId(uuid(3))),
            title: String::new(),
            body: "I could".to_owned(),
            at: AT,
        }),
        EventKind::ReadMoved { topic: Topic::Workspace(WorkspaceId(uuid(2))), seq: 42 },
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
