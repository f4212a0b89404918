//! Gaps: what was committed and did not reach this node's memory is read from the log.

use super::Hub;
use super::topics::Entry;
use crate::tail::Rung;
use protocol::{Topic, limits};
use std::sync::Arc;
use tokio::time::Instant;

impl Hub {
    /// Does what a doorbell or a look at the heads asks for.
    pub(super) fn follow_up(&self, entry: &Arc<Entry>, rung: Rung) {
        match rung {
            Rung::Old | Rung::News => {}
            Rung::Gap => {
                if entry.begin_repair() {
                    let (hub, entry) = (self.clone(), Arc::clone(entry));
                    self.spawn(async move { hub.repair(&entry).await });
                }
            }
            Rung::OtherLog => {
                let (hub, topic) = (self.clone(), entry.live.topic());
                self.spawn(async move {
                    hub.refresh(topic).await;
                });
            }
        }
    }

    /// Reads what is missing until nothing is. When the database is away the next sweep tries again.
    async fn repair(&self, entry: &Arc<Entry>) {
        let live = &entry.live;
        loop {
            let missing = live.extent().filter(|extent| extent.end < extent.head);
            let Some(extent) = missing else {
                entry.end_repair();
                // A doorbell may have come in between that saw a repair under way.
                let is_whole = live.extent().is_none_or(|extent| extent.end == extent.head);
                if is_whole || !entry.begin_repair() {
                    return;
                }
                continue;
            };
            // More than a tail holds is not read into it; whoever wants it reads the log.
            live.skip_to(extent.head.saturating_sub(limits::TAIL_EVENTS_MAX as u64));
            let after = live.extent().map_or(extent.end, |extent| extent.end);
            let (events_max, bytes_max) = (limits::CATCH_UP_PAGE_EVENTS, limits::CATCH_UP_PAGE_BYTES);
            match self.0.store.read_after(live.topic(), after, events_max, bytes_max).await {
                Ok(events) if !events.is_empty() => {
                    live.fill(extent.epoch, &events, Instant::now().into_std());
                    self.0.counters.gap_repairs.increment(1);
                }
                Ok(_) => return entry.end_repair(),
                Err(error) => {
                    tracing::warn!(%error, topic = %live.topic(), "cannot read the log to fill a gap");
                    return entry.end_repair();
                }
            }
        }
    }

    /// Asks the database where a topic stands. Whether it answered.
    pub(crate) async fn refresh(&self, topic: Topic) -> bool {
        match self.0.store.heads(&[topic]).await {
            Ok(heads) => {
                for head in &heads {
                    if let Some(entry) = self.0.topics.get(topic) {
                        let rung = entry.live.look(head, Instant::now().into_std());
                        self.follow_up(&entry, rung);
                    }
                }
                true
            }
            Err(error) => {
                tracing::warn!(%error, %topic, "cannot read the head of a topic");
                false
            }
        }
    }
}
