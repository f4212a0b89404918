//! Links in texts: looks at the pages afterwards, and says what they are.
//!
//! The database says which pages wait ([`Store::due_links`]); one task per node takes some, by a lease,
//! and looks at each once, however many texts link it. What a crash interrupts is taken again when its
//! lease ends. Sending a text never waits for any of this.

mod head;
mod look;

use crate::config::Config;
use crate::outside::Reach;
use look::{Eyes, Unseen};
use protocol::limits;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::task::TaskTracker;

/// How often it is asked whether a page waits.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// What a node has taken no other one takes within this time: longer than waiting for room and looking.
const LEASE: Duration = Duration::from_secs(30);
/// Nothing is asked for this long of a database that did not answer.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Looks at pages. Cheap to clone.
#[derive(Clone)]
pub struct Links {
    store: Store,
    eyes: Arc<Eyes>,
    at_once: Arc<Semaphore>,
    tracker: TaskTracker,
}

impl Links {
    /// Ready to run.
    ///
    /// # Errors
    /// When this machine's certificates cannot be read.
    pub fn new(config: &Config, store: Store, tracker: TaskTracker) -> reqwest::Result<Self> {
        let reach = if config.links_to_loopback { Reach::Loopback } else { Reach::Public };
        let eyes = Arc::new(Eyes::new(reach, &config.public_url, limits::LINK_WITHIN)?);
        Ok(Self { store, eyes, at_once: Arc::new(Semaphore::new(limits::LINKS_AT_ONCE_MAX)), tracker })
    }

    /// Looks at what waits, for ever.
    pub async fn run(self) {
        let mut ticks = interval(ASK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.store.due_links(LEASE).await {
                Ok(due) => self.take(due).await,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "linked pages have to wait");
                    sleep(REST_AFTER_FAILURE).await;
                }
            }
        }
    }

    /// Begins with each as soon as there is room.
    async fn take(&self, due: Vec<String>) {
        for url in due {
            let Ok(room) = Arc::clone(&self.at_once).acquire_owned().await else { return };
            let links = self.clone();
            self.tracker.spawn(async move {
                links.settle(&url).await;
                drop(room);
            });
        }
    }

    async fn settle(&self, url: &str) {
        let seen = self.eyes.look_at(url).await;
        let outcome = seen.as_ref().map_or_else(Unseen::word, |_| "seen");
        metrics::counter!("hubbub_links_total", "outcome" => outcome).increment(1);
        // Without the address: what people link is theirs.
        if let Err(why) = &seen {
            tracing::debug!(error = why as &dyn std::error::Error, "a linked page says nothing");
        }
        if let Err(error) = self.store.settle_link(url, seen.ok()).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a linked page is looked at again later"
            );
        }
    }
}
