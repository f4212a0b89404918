//! Notifications: what concerns one person, stored and live.
//!
//! `tell` decides who is told of what in the feed, `messages` in conversations and `events` of what other
//! programs publish; `rows` reads.
//! Those of workspaces and conversations that the person left are neither listed nor counted: what
//! they may no longer read is invisible.

mod events;
mod keep;
pub(crate) mod messages;
pub(crate) mod rows;
mod tell;

pub(crate) use events::published;
pub(crate) use tell::{About, Told, commented, mentioned, reacted, role_changed};

use crate::db::{Tx, execute, fetch_optional};
use crate::log::position;
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, push};
use futures::FutureExt;
use protocol::notification::{Notification, ReadMark};
use protocol::page::{Page, PageKey};
use protocol::position::TopicPosition;
use protocol::{Error, EventKind, NotificationId, Timestamp, Topic, UserId, limits};
use uuid::Uuid;

impl Store {
    /// A page of the caller's notifications, newest first.
    ///
    /// # Errors
    /// 422 for a key that no page gave out.
    pub async fn notifications(
        &self,
        caller: &Caller,
        before: Option<PageKey>,
    ) -> Result<Page<Notification>> {
        let caller = *caller;
        let before = before.map(|key| place_of(&key)).transpose()?;
        self.read(move |tx| {
            async move {
                let topic = Topic::User(caller.user);
                let position = position(tx, topic).await?;
                let mut page = rows::before(tx, caller.user, before).await?;
                let has_more = limits::NOTIFICATIONS_PAGE_ROWS < page.len();
                page.truncate(limits::NOTIFICATIONS_PAGE_ROWS);
                let items = rows::complete(tx, page).await?;
                let next = items
                    .last()
                    .filter(|_| has_more)
                    .map(|last| PageKey(format!("{}.{}", last.at.0, last.id)));
                Ok(Page { items, next, as_of: Some(TopicPosition { topic, position }) })
            }
            .boxed()
        })
        .await
    }

    /// Marks one or several as seen.
    ///
    /// # Errors
    /// 404 for a notification that is not the caller's.
    pub async fn read_notification(&self, caller: &Caller, mark: ReadMark) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| async move { read(tx, caller.user, mark).await }.boxed()).await?;
        Ok(())
    }
}

/// How many notifications a person has not seen.
pub(crate) async fn unread(tx: &mut Tx, user: UserId) -> Result<u32> {
    Ok(rows::unread(tx, &[user.0]).await?.get(&user.0).copied().unwrap_or(0))
}

async fn read(tx: &mut WriteTx, user: UserId, mark: ReadMark) -> Result<()> {
    take_turns(tx, &[user.0]).await?;
    let now = tx.now.0;
    let seen = match mark {
        ReadMark::One(id) => {
            let seen = execute!(
                tx,
                "UPDATE notifications SET read_at = $3 WHERE id = $1 AND user_id = $2 AND read_at IS NULL",
                id.0,
                user.0,
                now
            )?;
            if seen == 0 && !exists(tx, user, id).await? {
                return Err(Error::not_found("This notification").into());
            }
            seen
        }
        ReadMark::UpTo(at) => execute!(
            tx,
            "UPDATE notifications SET read_at = $3 WHERE user_id = $1 AND at <= $2 AND read_at IS NULL",
            user.0,
            at.0,
            now
        )?,
    };
    if seen != 0 {
        push::read_notifications(tx, user).await?;
        let unread = unread(tx, user).await?;
        tx.append(Topic::User(user), Some(user), None, EventKind::NotificationRead { mark, unread });
    }
    Ok(())
}

async fn exists(tx: &mut Tx, user: UserId, id: NotificationId) -> Result<bool> {
    let found = fetch_optional!(
        tx,
        (i64,),
        "SELECT at FROM notifications WHERE id = $1 AND user_id = $2",
        id.0,
        user.0
    )?;
    Ok(found.is_some())
}

/// Takes turns with other nodes that notify the same people, so that the counts in the events
/// are true in the order of their logs. SQLite has one writer anyway.
pub(crate) async fn take_turns(tx: &mut WriteTx, users: &[Uuid]) -> Result<()> {
    if !tx.is_sqlite() {
        execute!(
            tx,
            ids = users,
            "SELECT 1 FROM users WHERE id IN (SELECT id FROM ids) ORDER BY id FOR NO KEY UPDATE"
        )?;
    }
    Ok(())
}

/// What a page's key says: time and id of its last row.
fn place_of(key: &PageKey) -> Result<(Timestamp, NotificationId)> {
    let place = || {
        let (at, id) = key.0.split_once('.')?;
        Some((Timestamp(at.parse().ok()?), id.parse().ok()?))
    };
    place().ok_or_else(|| Error::invalid("page", "This page does not exist.").into())
}
