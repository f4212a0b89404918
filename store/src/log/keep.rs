//! How long events are kept.

use super::signed;
use crate::db::{execute, fetch_all};
use crate::{Result, Store};
use protocol::Timestamp;

/// Rows deleted per job, so that other writes get between.
const DELETED_AT_ONCE: i64 = 2_000;

impl Store {
    /// Deletes events from before `older_than`, except the newest `keep_min` of each topic.
    /// Returns how many went.
    ///
    /// The floor rises first, in a commit of its own: a reader that finds a position above the floor
    /// can read everything that follows it.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`]; what is left is deleted the next time.
    pub async fn prune_log(&self, older_than: Timestamp, keep_min: u64) -> Result<u64> {
        self.raise_floors(older_than, keep_min).await?;
        let leftovers = self
            .read(|tx| {
                Box::pin(async move {
                    Ok(fetch_all!(
                        tx,
                        (String, i64),
                        "SELECT id, floor_seq FROM topics WHERE EXISTS
                         (SELECT 1 FROM events WHERE events.topic_id = topics.id AND events.seq <= topics.floor_seq)"
                    )?)
                })
            })
            .await?;
        let mut deleted = 0;
        for (topic, floor) in leftovers {
            deleted += self.delete_up_to(topic, floor).await?;
        }
        Ok(deleted)
    }

    async fn raise_floors(&self, older_than: Timestamp, keep_min: u64) -> Result<()> {
        let written = self.write(move |tx| {
            Box::pin(async move {
                Ok(execute!(
                    tx,
                    "UPDATE topics SET floor_seq = COALESCE(
                         (SELECT seq FROM events WHERE topic_id = topics.id AND seq > topics.floor_seq
                          AND seq <= topics.head_seq - $1 AND at < $2 ORDER BY seq DESC LIMIT 1), floor_seq)
                     WHERE head_seq - $1 > floor_seq",
                    signed(keep_min),
                    older_than.0
                )?)
            })
        });
        written.await?;
        Ok(())
    }

    async fn delete_up_to(&self, topic: String, floor: i64) -> Result<u64> {
        let mut deleted = 0;
        loop {
            let topic = topic.clone();
            let job = self.write(move |tx| {
                let topic = topic.clone();
                Box::pin(async move {
                    Ok(execute!(
                        tx,
                        "DELETE FROM events WHERE topic_id = $1 AND seq <= $2 AND seq <
                         (SELECT MIN(seq) FROM events WHERE topic_id = $1) + $3",
                        &topic,
                        floor,
                        DELETED_AT_ONCE
                    )?)
                })
            });
            match job.await?.value {
                0 => return Ok(deleted),
                rows => deleted += rows,
            }
        }
    }
}
