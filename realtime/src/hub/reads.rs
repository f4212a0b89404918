//! Catching up from the log: at most so many reads at once, and one for all who want the same.

use super::{Hub, lock};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use protocol::{Topic, limits};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use store::LogEvent;
use tokio::sync::Semaphore;

type Page = Option<Arc<Vec<Arc<LogEvent>>>>;
type Reading = BoxFuture<'static, Page>;

/// See the module.
pub(crate) struct Reads {
    under_way: Mutex<HashMap<(Topic, u64), WeakShared<Reading>>>,
    permits: Arc<Semaphore>,
}

impl Default for Reads {
    fn default() -> Self {
        Self { under_way: Mutex::default(), permits: Arc::new(Semaphore::new(limits::CATCH_UPS_AT_ONCE_MAX)) }
    }
}

impl Reads {
    /// Forgets reads for which nobody waits any more.
    pub(crate) fn tidy(&self) {
        lock(&self.under_way).retain(|_, reading| reading.upgrade().is_some());
    }
}

impl Hub {
    /// The page of the log after this number; none if the database is away.
    pub(crate) async fn page(&self, topic: Topic, after: u64) -> Option<Vec<Arc<LogEvent>>> {
        let reading = {
            let mut under_way = lock(&self.0.reads.under_way);
            let shared = under_way.get(&(topic, after)).and_then(WeakShared::upgrade);
            shared.unwrap_or_else(|| {
                let reading: Shared<Reading> = self.clone().read_page(topic, after).boxed().shared();
                if let Some(weak) = reading.downgrade() {
                    under_way.insert((topic, after), weak);
                }
                reading
            })
        };
        Some(reading.await?.to_vec())
    }

    async fn read_page(self, topic: Topic, after: u64) -> Page {
        let permit = self.0.reads.permits.acquire().await;
        self.0.counters.catch_up_reads.increment(1);
        let (events_max, bytes_max) = (limits::CATCH_UP_PAGE_EVENTS, limits::CATCH_UP_PAGE_BYTES);
        let page = self.0.store.read_after(topic, after, events_max, bytes_max).await;
        drop(permit);
        lock(&self.0.reads.under_way).remove(&(topic, after));
        match page {
            Ok(events) => Some(Arc::new(events)),
            Err(error) => {
                tracing::warn!(%error, %topic, "cannot read the log");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bus, Settings};
    use protocol::{EventKind, NodeId, Timestamp, WorkspaceId};
    use store::Store;
    use store::testing::{Ending, Recheck};
    use tokio_util::sync::CancellationToken;
    use tokio_util::task::TaskTracker;

    #[tokio::test]
    async fn all_who_want_the_same_page_share_one_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}/hubbub.db", folder.path().display());
        let (store, committed) = Store::open(&store::Settings::new(url)).await.expect("the database opens");
        let cancel = CancellationToken::new();
        let settings = Settings::new(NodeId::new(Timestamp(1)));
        let hub =
            Hub::start(store.clone(), committed, Bus::Local, settings, TaskTracker::new(), cancel.clone());
        let topic = Topic::Workspace(WorkspaceId::new(Timestamp(1)));
        store.test_topic(topic).await.expect("a topic");
        let events = vec![(EventKind::ReadMoved { topic, seq: 1, unread: None }, Recheck::No); 20];
        store.test_append(topic, None, events, Ending::Success).await.expect("events");

        let before = store.pool_figures().queries;
        let pages = futures::future::join_all((0..50).map(|_| hub.page(topic, 5))).await;
        let queries = store.pool_figures().queries - before;
        for page in &pages {
            let seqs: Vec<u64> = page.iter().flatten().map(|event| event.seq).collect();
            assert_eq!(seqs, (6..=20).collect::<Vec<u64>>());
        }
        assert!(queries < 10, "{queries} queries for one page");
        assert!(lock(&hub.0.reads.under_way).is_empty());
        cancel.cancel();
    }
}
