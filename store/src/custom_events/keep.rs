//! How long custom events are kept.

use crate::db::execute;
use crate::{Result, Store};
use futures::FutureExt;
use protocol::Timestamp;

/// Rows deleted per job, so that other writes get between.
const DELETED_AT_ONCE: i64 = 1_000;

impl Store {
    /// Forgets custom events from before `older_than`. Returns how many went.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`]; what is left is forgotten the next time.
    pub async fn prune_custom_events(&self, older_than: Timestamp) -> Result<u64> {
        let mut deleted = 0;
        loop {
            let job = self.write(move |tx| {
                async move {
                    Ok(execute!(
                        tx,
                        "DELETE FROM custom_events WHERE id IN
                         (SELECT e.id FROM workspaces w CROSS JOIN custom_events e
                          WHERE e.workspace_id = w.id AND e.at < $1 LIMIT $2)",
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
