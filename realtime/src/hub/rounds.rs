//! What the hub does from time to time: look for what nobody told it, and at its own health.

use super::{Hub, lock};
use crate::tail::Rung;
use protocol::{Topic, limits};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

/// Heads asked for in one query.
const SWEEP_TOPICS_MAX: usize = 500;
/// How often the sweep looks whether it is time.
const SWEEP_STEP: Duration = limits::SWEEP_EVERY_WITHOUT_BUS;
/// How often events are counted for the figures, and how many counts are kept: five minutes.
const SAMPLE_EVERY: Duration = Duration::from_secs(5);
const SAMPLES_MAX: usize = 60;
/// How often the hub looks at its own health.
const HEALTH_EVERY: Duration = Duration::from_secs(1);

impl Hub {
    /// Looks at the heads of all topics: often without a working bus, now and then with one. A node alone
    /// counts as one with a bus; commands from a terminal write to the same database.
    pub(super) async fn sweep_often(self) {
        let mut swept = Instant::now();
        loop {
            sleep_until(Instant::now() + SWEEP_STEP).await;
            let is_blind = self.0.line.as_ref().is_some_and(|line| !line.is_working());
            if is_blind || limits::SWEEP_EVERY <= swept.elapsed() {
                swept = Instant::now();
                self.sweep(|_| true).await;
                self.tidy_topics();
            }
        }
    }

    /// Looks at the heads of these topics, and reads what is missing.
    pub(super) async fn sweep(&self, of: impl Fn(Topic) -> bool + Send) {
        let entries: HashMap<Topic, _> = self
            .0
            .topics
            .all()
            .into_iter()
            .filter(|entry| of(entry.live.topic()) && entry.live.extent().is_some())
            .map(|entry| (entry.live.topic(), entry))
            .collect();
        let topics: Vec<Topic> = entries.keys().copied().collect();
        for some in topics.chunks(SWEEP_TOPICS_MAX) {
            match self.0.store.heads(some).await {
                Ok(heads) => {
                    for head in heads {
                        let entry = &entries[&head.topic];
                        let rung = entry.live.look(&head, Instant::now().into_std());
                        if rung == Rung::Gap {
                            self.0.counters.sweep_repairs.increment(1);
                        }
                        self.follow_up(entry, rung);
                    }
                    self.database_answers(true);
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot sweep the heads");
                    return self.database_answers(false);
                }
            }
        }
    }

    fn database_answers(&self, is_there: bool) {
        lock(&self.0.status).is_database_away = !is_there;
    }

    /// Counts events, and tells everybody when a part stops or begins to work.
    pub(super) async fn watch_health(self) {
        let mut second = interval(HEALTH_EVERY);
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut sampled = (Instant::now(), 0);
        loop {
            second.tick().await;
            self.judge_health().await;
            if SAMPLE_EVERY <= sampled.0.elapsed() {
                let appended = self.0.appended.load(Ordering::Relaxed);
                let per_second = (appended - sampled.1) as f32 / sampled.0.elapsed().as_secs_f32();
                let mut samples = lock(&self.0.samples);
                if samples.len() == SAMPLES_MAX {
                    samples.remove(0);
                }
                samples.push(per_second);
                sampled = (Instant::now(), appended);
            }
        }
    }

    async fn judge_health(&self) {
        // While it is away somebody must ask; the sweep does so only when there are topics.
        if lock(&self.0.status).is_database_away {
            let is_there = self.0.store.ping().await.is_ok();
            self.database_answers(is_there);
        }
        let is_bus_away = self.0.line.as_ref().is_some_and(|line| line.is_degraded());
        if let Some(age) = self.canary_age() {
            metrics::gauge!("hubbub_bus_canary_age_seconds").set(age.as_secs_f64());
        }
        let is_new = {
            let mut status = lock(&self.0.status);
            let parts = [(is_bus_away, "bus"), (status.is_database_away, "database")];
            let degraded: Vec<String> =
                parts.into_iter().filter(|(is_away, _)| *is_away).map(|(_, part)| part.to_owned()).collect();
            let is_new = degraded != status.degraded;
            if is_new {
                tracing::warn!(?degraded, "what does not work fully has changed");
                status.degraded = degraded;
            }
            is_new
        };
        if is_new {
            self.0.status_version.fetch_add(1, Ordering::AcqRel);
            let signals: Vec<_> = lock(&self.0.sockets).values().map(Arc::clone).collect();
            signals.iter().for_each(|signal| signal.bell.ring());
        }
    }
}
