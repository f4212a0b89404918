//! Who is told of custom events: whom they concern, all of them at once.

use super::rows::word;
use super::take_turns;
use super::tell::{announce, slug};
use crate::db::{Tx, fetch_all};
use crate::dialect::published::{self, ToldRow};
use crate::writer::WriteTx;
use crate::{Result, workspaces};
use protocol::custom_event::{CustomEvent, words};
use protocol::notification::{Notification, NotificationKind};
use protocol::{NotificationId, Timestamp, UserId, limits};
use uuid::Uuid;

/// Tells everybody whom an event concerns, with the words that it brought. Not its own source, and no bots.
pub(crate) async fn published(tx: &mut WriteTx, event: &CustomEvent) -> Result<()> {
    let Some(notice) = &event.notice else { return Ok(()) };
    // The workspace before its people, as every command in it does: nobody waits in a circle.
    workspaces::take_turns(tx, event.workspace).await?;
    let users = concerned(tx, event).await?;
    if users.is_empty() {
        return Ok(());
    }
    take_turns(tx, &users).await?;
    let title = words(&event.kind);
    let people: Vec<(Uuid, Uuid, i64)> = last_times(tx, &users)
        .await?
        .into_iter()
        // Later than all that they have, so that one millisecond keeps its order.
        .map(|(user, last)| (user, last.map_or(tx.now.0, |last| tx.now.0.max(last + 1))))
        .map(|(user, at)| (NotificationId::new(Timestamp(at)).0, user, at))
        .collect();
    let row = ToldRow {
        kind: word(NotificationKind::Event),
        workspace: event.workspace.0,
        event: event.id.0,
        title: &title,
        excerpt: &notice.text,
        link: notice.link.as_deref(),
        actor: event.source.id.0,
    };
    published::insert_notifications(tx, &row, &people).await?;
    let slug = slug(tx, event.workspace).await?;
    let told = |(id, user, at): (Uuid, Uuid, i64)| {
        let notification = Notification {
            id: NotificationId(id),
            kind: NotificationKind::Event,
            workspace: event.workspace,
            slug: slug.clone(),
            post: None,
            comment: None,
            conversation: None,
            message: None,
            event: Some(event.id),
            link: notice.link.clone(),
            actors: vec![event.source.clone()],
            actor_count: 1,
            emoji: None,
            role: None,
            title: title.clone(),
            excerpt: notice.text.clone(),
            at: Timestamp(at),
            read: false,
        };
        (UserId(user), notification)
    };
    announce(tx, event.source.id, people.into_iter().map(told).collect()).await
}

/// The one person, or the people of the workspace; where they are too many, those who were here last.
async fn concerned(tx: &mut Tx, event: &CustomEvent) -> Result<Vec<Uuid>> {
    if let Some(person) = event.person {
        return Ok(if person == event.source.id { Vec::new() } else { vec![person.0] });
    }
    let rows = fetch_all!(
        tx,
        (Uuid,),
        "SELECT m.user_id FROM members m JOIN users u ON u.id = m.user_id
         WHERE m.workspace_id = $1 AND m.user_id <> $2 AND u.active AND u.bot_of IS NULL
         ORDER BY COALESCE((SELECT MAX(s.used_at) FROM sessions s WHERE s.user_id = m.user_id), 0) DESC, m.user_id
         LIMIT $3",
        event.workspace.0,
        event.source.id.0,
        limits::EVENT_NOTIFIED_MAX as i64
    )?;
    let mut users: Vec<Uuid> = rows.into_iter().map(|(user,)| user).collect();
    users.sort_unstable();
    Ok(users)
}

/// When each of these people was last told of something.
async fn last_times(tx: &mut Tx, users: &[Uuid]) -> Result<Vec<(Uuid, Option<i64>)>> {
    Ok(fetch_all!(
        tx,
        (Uuid, Option<i64>),
        ids = users,
        "SELECT u.id, (SELECT MAX(n.at) FROM notifications n WHERE n.user_id = u.id)
         FROM users u WHERE u.id IN (SELECT id FROM ids) ORDER BY u.id"
    )?)
}
