//! Notifications as rows, and rows as notifications.

use crate::authors::Author;
use crate::db::{Tx, fetch_all, fetch_optional};
use crate::posts::rows::small;
use crate::{Error, Result};
use protocol::notification::{Notification, NotificationKind};
use protocol::workspace::Role;
use protocol::{
    CommentId, ConversationId, CustomEventId, MessageId, NotificationId, Person, PostId, Timestamp, UserId,
    WorkspaceId, limits,
};
use std::collections::HashMap;
use uuid::Uuid;

/// A notification before its actors are known.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: Uuid,
    kind: String,
    workspace_id: Uuid,
    slug: String,
    post_id: Option<Uuid>,
    comment_id: Option<Uuid>,
    conversation_id: Option<Uuid>,
    message_id: Option<Uuid>,
    event_id: Option<Uuid>,
    link: Option<String>,
    emoji: Option<String>,
    role: Option<String>,
    title: String,
    excerpt: String,
    at: i64,
    read: bool,
}

#[derive(sqlx::FromRow)]
struct ActorRow {
    notification_id: Uuid,
    actors: i64,
    #[sqlx(flatten)]
    person: Author,
}

/// The word for a kind in the database.
pub(super) fn word(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Mention => "mention",
        NotificationKind::Comment => "comment",
        NotificationKind::Reply => "reply",
        NotificationKind::Thread => "thread",
        NotificationKind::Reaction => "reaction",
        NotificationKind::Role => "role",
        NotificationKind::Event => "event",
    }
}

const KINDS: [NotificationKind; 7] = [
    NotificationKind::Mention,
    NotificationKind::Comment,
    NotificationKind::Reply,
    NotificationKind::Thread,
    NotificationKind::Reaction,
    NotificationKind::Role,
    NotificationKind::Event,
];

macro_rules! select_notifications {
    ($rest:literal) => {
        concat!(
            "SELECT n.id, n.kind, n.workspace_id, w.slug, n.post_id, n.comment_id, n.conversation_id, \
             n.message_id, n.event_id, n.link, n.emoji, n.role, n.title, n.excerpt, n.at, n.read_at IS NOT NULL AS read
             FROM notifications n
             JOIN workspaces w ON w.id = n.workspace_id
             JOIN members m ON m.workspace_id = n.workspace_id AND m.user_id = n.user_id
             LEFT JOIN participants p ON p.conversation_id = n.conversation_id AND p.user_id = n.user_id
             WHERE (n.conversation_id IS NULL OR p.user_id IS NOT NULL) AND ",
            $rest
        )
    };
}

/// One row more than a page, newest first, from before a row or from the top.
pub(super) async fn before(
    tx: &mut Tx,
    user: UserId,
    before: Option<(Timestamp, NotificationId)>,
) -> Result<Vec<Row>> {
    let (at, id) = before.unwrap_or((Timestamp(i64::MAX), NotificationId(Uuid::max())));
    Ok(fetch_all!(
        tx,
        Row,
        select_notifications!(
            "n.user_id = $1 AND (n.at, n.id) < ($2, $3) ORDER BY n.at DESC, n.id DESC LIMIT $4"
        ),
        user.0,
        at.0,
        id.0,
        limits::NOTIFICATIONS_PAGE_ROWS as i64 + 1
    )?)
}

/// One notification as it stands now.
pub(super) async fn by_id(tx: &mut Tx, id: NotificationId) -> Result<Option<Notification>> {
    let row = fetch_optional!(tx, Row, select_notifications!("n.id = $1"), id.0)?;
    match row {
        Some(row) => Ok(complete(tx, vec![row]).await?.pop()),
        None => Ok(None),
    }
}

/// These notifications as they stand now, in no order.
pub(crate) async fn these(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Notification>> {
    let rows = fetch_all!(
        tx,
        Row,
        ids = ids,
        "SELECT n.id, n.kind, n.workspace_id, w.slug, n.post_id, n.comment_id, n.conversation_id,
                n.message_id, n.event_id, n.link, n.emoji, n.role, n.title, n.excerpt, n.at, n.read_at IS NOT NULL AS read
         FROM notifications n JOIN workspaces w ON w.id = n.workspace_id WHERE n.id IN (SELECT id FROM ids)"
    )?;
    complete(tx, rows).await
}

/// Adds who did it, in one query for all rows.
pub(super) async fn complete(tx: &mut Tx, rows: Vec<Row>) -> Result<Vec<Notification>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut actors: HashMap<Uuid, (Vec<Person>, u32)> = HashMap::new();
    let actor_rows = fetch_all!(
        tx,
        ActorRow,
        ids = ids,
        "SELECT * FROM (
             SELECT a.notification_id, u.id AS author_id, u.name AS author_name, u.handle AS author_handle,
                    CAST(u.hue AS BIGINT) AS author_hue, u.former AS author_former, u.bot_of IS NOT NULL AS author_bot,
                    ROW_NUMBER() OVER (PARTITION BY a.notification_id ORDER BY a.at DESC, u.id) AS place,
                    COUNT(*) OVER (PARTITION BY a.notification_id) AS actors
             FROM (SELECT notification_id, user_id, MAX(at) AS at FROM notification_actors
                   WHERE notification_id IN (SELECT id FROM ids) GROUP BY notification_id, user_id) AS a
             JOIN users u ON u.id = a.user_id) AS ranked
         WHERE place <= 3 ORDER BY notification_id, place"
    )?;
    for row in actor_rows {
        let (people, count) = actors.entry(row.notification_id).or_default();
        people.push(row.person.into());
        *count = small(row.actors);
    }
    rows.into_iter().map(|row| notification(row, &mut actors)).collect()
}

/// How many notifications people have not seen, in one query; those who have seen all are missing.
pub(super) async fn unread(tx: &mut Tx, users: &[Uuid]) -> Result<HashMap<Uuid, u32>> {
    let rows = fetch_all!(
        tx,
        (Uuid, i64),
        ids = users,
        "SELECT n.user_id, COUNT(*) FROM notifications n
         JOIN members m ON m.workspace_id = n.workspace_id AND m.user_id = n.user_id
         LEFT JOIN participants p ON p.conversation_id = n.conversation_id AND p.user_id = n.user_id
         WHERE n.user_id IN (SELECT id FROM ids) AND n.read_at IS NULL
         AND (n.conversation_id IS NULL OR p.user_id IS NOT NULL) GROUP BY n.user_id"
    )?;
    Ok(rows.into_iter().map(|(user, count)| (user, small(count))).collect())
}

fn notification(row: Row, actors: &mut HashMap<Uuid, (Vec<Person>, u32)>) -> Result<Notification> {
    let corrupt = |why: &str| Error::corrupt("notifications", row.id, why);
    let kind = KINDS
        .into_iter()
        .find(|kind| word(*kind) == row.kind)
        .ok_or_else(|| corrupt("its kind is unknown"))?;
    let role = match &row.role {
        Some(role) => {
            let role = Role::ALL.into_iter().find(|known| known.word() == role);
            Some(role.ok_or_else(|| corrupt("its role is unknown"))?)
        }
        None => None,
    };
    let (actors, actor_count) = actors.remove(&row.id).unwrap_or_default();
    Ok(Notification {
        id: NotificationId(row.id),
        kind,
        workspace: WorkspaceId(row.workspace_id),
        slug: row.slug,
        post: row.post_id.map(PostId),
        comment: row.comment_id.map(CommentId),
        conversation: row.conversation_id.map(ConversationId),
        message: row.message_id.map(MessageId),
        event: row.event_id.map(CustomEventId),
        link: row.link,
        actors,
        actor_count,
        emoji: row.emoji,
        role,
        title: row.title,
        excerpt: row.excerpt,
        at: Timestamp(row.at),
        read: row.read,
    })
}
