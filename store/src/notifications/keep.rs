//! How long notifications are kept.

use super::read;
use crate::db::{execute, fetch_all};
use crate::{Result, Store};
use futures::FutureExt;
use protocol::notification::ReadMark;
use protocol::{Timestamp, UserId};
use std::time::Duration;
use uuid::Uuid;

/// Rows deleted per job, so that other writes get between.
const DELETED_AT_ONCE: i64 = 2_000;

impl Store {
    /// Deletes notifications from before `older_than`, seen or not. Returns how many went.
    ///
    /// Those that nobody has seen are marked as seen first, with the event that says so: the number
    /// beside the bell stays true on every open page.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`]; what is left is deleted the next time.
    pub async fn prune_notifications(&self, older_than: Timestamp) -> Result<u64> {
        let unread = self.read(move |tx| {
            async move {
                Ok(fetch_all!(
                    tx,
                    (Uuid,),
                    "SELECT DISTINCT user_id FROM notifications WHERE at < $1 AND read_at IS NULL",
                    older_than.0
                )?)
            }
            .boxed()
        });
        let mark = ReadMark::UpTo(older_than - Duration::from_millis(1));
        for (user,) in unread.await? {
            self.write(move |tx| async move { read(tx, UserId(user), mark).await }.boxed()).await?;
        }
        let mut deleted = 0;
        loop {
            let job = self.write(move |tx| {
                async move {
                    Ok(execute!(
                        tx,
                        "DELETE FROM notifications WHERE id IN
                         (SELECT id FROM notifications WHERE at < $1 ORDER BY at LIMIT $2)",
                        older_than.0,
                        DELETED_AT_ONCE
                    )?)
                }
                .boxed()
            });
            match job.await?.value {
                0 => return Ok(deleted),
                rows => deleted += rows,
            }
        }
    }
}
