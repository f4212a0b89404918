//! Which topics this node holds.

use super::rights::Readers;
use super::{Hub, lock};
use crate::bell::Bell;
use crate::bus::partition;
use crate::topic::{Link, LiveTopic};
use protocol::Topic;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::TopicHead;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

/// How long a topic stays in memory to which nobody listens: people come back.
const KEPT_IDLE_FOR: Duration = Duration::from_secs(60);

/// Up to so many unknown topics of one connection are asked for one by one, which all who come at the same
/// moment share; more in one question.
const ONE_BY_ONE_MAX: usize = 4;

/// See the module.
#[derive(Default)]
pub(crate) struct Topics(Mutex<Held>);

#[derive(Default)]
struct Held {
    topics: HashMap<Topic, Arc<Entry>>,
    /// How many of them lie in each partition of the bus.
    partitions: BTreeMap<u16, usize>,
}

pub(crate) struct Entry {
    pub(crate) live: Arc<LiveTopic>,
    /// Whether the topic exists, once its heads were read.
    pub(crate) exists: OnceCell<bool>,
    pub(crate) is_repairing: AtomicBool,
    /// Who may read it, for all who ask at the same time; forgotten by the next look around.
    pub(super) readers: tokio::sync::Mutex<Option<Readers>>,
    idle_since: Mutex<Option<Instant>>,
}

impl Held {
    fn remove(&mut self, topic: Topic) {
        if self.topics.remove(&topic).is_none() {
            return;
        }
        let partition = partition(topic);
        if let Some(count) = self.partitions.get_mut(&partition) {
            *count -= 1;
            if *count == 0 {
                self.partitions.remove(&partition);
            }
        }
    }
}

impl Topics {
    pub(crate) fn get(&self, topic: Topic) -> Option<Arc<Entry>> {
        lock(&self.0).topics.get(&topic).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Entry>> {
        lock(&self.0).topics.values().cloned().collect()
    }

    pub(crate) fn count(&self) -> usize {
        lock(&self.0).topics.len()
    }

    /// The partitions in which there are topics.
    fn partitions(&self) -> BTreeSet<u16> {
        lock(&self.0).partitions.keys().copied().collect()
    }

    /// Registers the topic if need be, and lets the bell ring for it. Whether its partition is new.
    fn link(&self, topic: Topic, bell: &Arc<Bell>, tracker: &TaskTracker) -> (Arc<Entry>, Link, bool) {
        let mut held = lock(&self.0);
        let is_new = !held.topics.contains_key(&topic);
        let entry = Arc::clone(held.topics.entry(topic).or_insert_with(|| {
            Arc::new(Entry {
                live: LiveTopic::served(topic, tracker.clone()),
                exists: OnceCell::new(),
                is_repairing: AtomicBool::new(false),
                readers: tokio::sync::Mutex::default(),
                idle_since: Mutex::new(None),
            })
        }));
        let mut is_new_partition = false;
        if is_new {
            let count = held.partitions.entry(partition(topic)).or_default();
            *count += 1;
            is_new_partition = *count == 1;
        }
        *lock(&entry.idle_since) = None;
        let link = Link::new(&entry.live, bell);
        (entry, link, is_new_partition)
    }

    /// Forgets a topic to which nobody listens.
    fn forget(&self, topic: Topic) {
        let mut held = lock(&self.0);
        if held.topics.get(&topic).is_some_and(|entry| entry.live.listeners() == 0) {
            held.remove(topic);
        }
    }

    /// Forgets those to which nobody listened for a while. The answer is whether there were any.
    fn forget_idle(&self, now: Instant) -> bool {
        let mut held = lock(&self.0);
        let is_idle = |entry: &Entry| {
            let mut idle_since = lock(&entry.idle_since);
            if 0 < entry.live.listeners() {
                *idle_since = None;
                return false;
            }
            KEPT_IDLE_FOR <= now.duration_since(*idle_since.get_or_insert(now))
        };
        let idle: Vec<Topic> =
            held.topics.iter().filter(|(_, entry)| is_idle(entry)).map(|(topic, _)| *topic).collect();
        idle.iter().for_each(|topic| held.remove(*topic));
        !idle.is_empty()
    }
}

impl Hub {
    /// Lets the bell ring for these topics, those that exist; none if the database is away. Registers
    /// first and reads the heads then, so that nothing is missed in between.
    pub(crate) async fn link(&self, topics: Vec<Topic>, bell: Arc<Bell>) -> Option<Vec<Link>> {
        let mut is_new_partition = false;
        let mut registered = Vec::with_capacity(topics.len());
        for topic in topics {
            let (entry, link, is_new) = self.0.topics.link(topic, &bell, &self.0.tracker);
            is_new_partition |= is_new;
            registered.push((entry, link));
        }
        if is_new_partition {
            self.want_partitions();
        }
        let unknown: Vec<&Arc<Entry>> =
            registered.iter().map(|(entry, _)| entry).filter(|entry| !entry.exists.initialized()).collect();
        if ONE_BY_ONE_MAX < unknown.len() {
            self.read_heads(&unknown).await?;
        }
        let mut links = Vec::with_capacity(registered.len());
        for (entry, link) in registered {
            // One question for all who come at the same moment.
            let exists = entry.exists.get_or_try_init(async || self.read_head(&entry).await.ok_or(())).await;
            match exists {
                Ok(true) => links.push(link),
                Ok(false) => {
                    drop(link);
                    self.0.topics.forget(entry.live.topic());
                }
                Err(()) => return None,
            }
        }
        Some(links)
    }

    /// Whether the topic exists; it knows its numbers then.
    async fn read_head(&self, entry: &Arc<Entry>) -> Option<bool> {
        let heads = self.heads(&[entry.live.topic()]).await?;
        for head in &heads {
            let rung = entry.live.look(head, Instant::now().into_std());
            self.follow_up(entry, rung);
        }
        Some(!heads.is_empty())
    }

    /// As [`Hub::read_head`], for many in one question.
    async fn read_heads(&self, entries: &[&Arc<Entry>]) -> Option<()> {
        let topics: Vec<Topic> = entries.iter().map(|entry| entry.live.topic()).collect();
        let heads: HashMap<Topic, TopicHead> =
            self.heads(&topics).await?.into_iter().map(|head| (head.topic, head)).collect();
        for entry in entries {
            let head = heads.get(&entry.live.topic());
            if let Some(head) = head {
                let rung = entry.live.look(head, Instant::now().into_std());
                self.follow_up(entry, rung);
            }
            // Somebody else may have found out meanwhile, the same.
            entry.exists.set(head.is_some()).ok();
        }
        Some(())
    }

    async fn heads(&self, topics: &[Topic]) -> Option<Vec<TopicHead>> {
        match self.0.store.heads(topics).await {
            Ok(heads) => Some(heads),
            Err(error) => {
                tracing::warn!(%error, "cannot read where topics stand");
                None
            }
        }
    }

    /// Subscribes to the partitions of the topics held and to no others.
    pub(super) fn want_partitions(&self) {
        if let Some(line) = &self.0.line {
            line.want(self.0.topics.partitions());
        }
    }

    /// Gives back memory: topics to which nobody listens, who may read them, and when all tails together
    /// are too large, those of the topics in which nothing happened for longest.
    pub(super) fn tidy_topics(&self) {
        if self.0.topics.forget_idle(Instant::now()) {
            self.want_partitions();
        }
        let mut entries = self.0.topics.all();
        let mut bytes: usize = entries.iter().map(|entry| entry.live.bytes()).sum();
        if self.0.tails_bytes_max < bytes {
            entries.sort_by_key(|entry| (0 < entry.live.listeners(), entry.live.newest_arrival()));
            for entry in &entries {
                if bytes <= self.0.tails_bytes_max {
                    break;
                }
                bytes -= entry.live.bytes();
                entry.live.clear();
            }
        }
        for entry in &entries {
            if let Ok(mut readers) = entry.readers.try_lock() {
                *readers = None;
            }
        }
        self.0.counters.topics.set(entries.len() as f64);
        self.0.counters.tail_bytes.set(bytes as f64);
        self.0.reads.tidy();
    }
}

impl Entry {
    /// Whether the caller is the one who repairs now.
    pub(crate) fn begin_repair(&self) -> bool {
        !self.is_repairing.swap(true, Ordering::AcqRel)
    }

    pub(crate) fn end_repair(&self) {
        self.is_repairing.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::position::Place;
    use crate::{Bus, Settings};
    use protocol::{EventKind, NodeId, Position, Timestamp, WorkspaceId};
    use store::Store;
    use store::testing::{Ending, Recheck};
    use tokio_util::sync::CancellationToken;

    #[tokio::test]
    async fn when_tails_are_too_large_together_the_topics_that_were_quiet_for_longest_go_first() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}/hubbub.db", folder.path().display());
        let (store, committed) = Store::open(&store::Settings::new(url)).await.expect("the database opens");
        let cancel = CancellationToken::new();
        let bound = 64 * 1024;
        let settings = Settings { tails_bytes_max: bound, ..Settings::new(NodeId::new(Timestamp(1))) };
        let hub =
            Hub::start(store.clone(), committed, Bus::Local, settings, TaskTracker::new(), cancel.clone());
        let bell = Arc::<Bell>::default();
        let topics: Vec<Topic> =
            (1..=6).map(|at| Topic::Workspace(WorkspaceId::new(Timestamp(at)))).collect();
        for topic in &topics {
            store.test_topic(*topic).await.expect("a topic");
        }
        let links = hub.link(topics.clone(), Arc::clone(&bell)).await.expect("the database answers");
        // The first is the busiest, and then quiet for longest.
        for (topic, commits) in topics.iter().zip([3, 1, 1, 1, 1, 1]) {
            for _ in 0..commits {
                let events =
                    vec![(EventKind::ReadMoved { topic: *topic, seq: 1, unread: None }, Recheck::No); 60];
                store.test_append(*topic, None, events, Ending::Success).await.expect("events");
            }
            let live = hub.0.topics.get(*topic).expect("it is held");
            while live.live.extent().is_none_or(|extent| extent.end < 60 * commits) {
                tokio::task::yield_now().await;
            }
        }
        let entries: Vec<_> = topics.iter().filter_map(|topic| hub.0.topics.get(*topic)).collect();
        let bytes = || entries.iter().map(|entry| entry.live.bytes()).collect::<Vec<usize>>();
        assert!(bound < bytes().iter().sum(), "{:?}", bytes());
        hub.tidy_topics();
        let after = bytes();
        assert!(after.iter().sum::<usize>() <= bound, "{after:?}");
        let kept = after.iter().position(|bytes| 0 < *bytes).expect("not everything went");
        assert!(0 < kept, "the one that was quiet for longest went first: {after:?}");
        assert!(after[kept..].iter().all(|bytes| 0 < *bytes), "and those after it stay: {after:?}");

        // Whoever stands in what went reads it from the log.
        let extent = entries[0].live.extent().expect("it is known");
        let position = Position { epoch: extent.epoch, seq: 100 };
        assert_eq!(entries[0].live.place(position), Some(Place::BehindTail));
        let page = hub.page(topics[0], 100).await.expect("the database answers");
        assert_eq!(page.iter().map(|event| event.seq).collect::<Vec<_>>(), (101..=180).collect::<Vec<_>>());
        drop(links);
        cancel.cancel();
    }
}
