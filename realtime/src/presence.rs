//! Who is here: a person is the union of their sockets on all nodes.
//!
//! Each node alone writes its own slice of presence, one per partition of the bus, and tells the
//! others each second what changed ([`News::Changes`], numbered), every ten seconds the number alone
//! ([`News::Digest`]), and everything when somebody asks ([`News::Full`]). Whoever missed a number
//! asks. A slice that is silent for `PEER_SILENT_AFTER` is dropped whole, and a newer incarnation of
//! a node replaces the older one. No I/O and no clock here; the hub carries the messages.

mod slice;

pub use slice::{News, SliceMessage};

use protocol::{Topic, UserId, limits};
use slice::{Peers, Verdict, Who};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

/// How often a node repeats the numbers of its slices.
pub(crate) const DIGEST_EVERY: Duration = Duration::from_secs(10);
/// A slice of which nothing was heard for this long is dropped: three digests.
pub(crate) const PEER_SILENT_AFTER: Duration = Duration::from_secs(30);

/// Which node speaks. A name that survives a restart, and when this run began, in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incarnation {
    /// The node's name.
    pub node: String,
    /// Larger for a later run.
    pub started_ms: i64,
}

/// Who is here, as this node knows.
#[derive(Debug)]
pub struct Register {
    own: Incarnation,
    here: HashMap<Topic, HashMap<UserId, Here>>,
    /// People whose last socket is gone, and when that shows.
    leaving: BTreeSet<(Instant, Topic, UserId)>,
    /// This node's slices, as the others were told.
    told: BTreeMap<u16, Told>,
    /// What changed here since then.
    untold: BTreeSet<Who>,
    peers: Peers,
    /// Topics in which somebody came or went since [`Register::take_changed`].
    changed: BTreeSet<Topic>,
    digest_at: Instant,
}

#[derive(Debug, Default)]
struct Here {
    sockets: u32,
    leaves_at: Option<Instant>,
}

#[derive(Debug, Default)]
struct Told {
    version: u64,
    people: BTreeSet<Who>,
}

impl Register {
    /// Nobody is here yet.
    #[must_use]
    pub fn new(own: Incarnation, now: Instant) -> Self {
        Self {
            own,
            here: HashMap::new(),
            leaving: BTreeSet::new(),
            told: BTreeMap::new(),
            untold: BTreeSet::new(),
            peers: Peers::default(),
            changed: BTreeSet::new(),
            digest_at: now + DIGEST_EVERY,
        }
    }

    /// A socket of this person is here.
    pub fn arrive(&mut self, topic: Topic, user: UserId) {
        let here = self.here.entry(topic).or_default().entry(user).or_default();
        here.sockets += 1;
        match here.leaves_at.take() {
            Some(at) => {
                self.leaving.remove(&(at, topic, user));
            }
            None if here.sockets == 1 => {
                self.untold.insert((topic, user));
                self.changed.insert(topic);
            }
            None => {}
        }
    }

    /// … and gone. It shows after [`limits::PRESENCE_LEAVES_AFTER`].
    pub fn depart(&mut self, topic: Topic, user: UserId, now: Instant) {
        let Some(here) = self.here.get_mut(&topic).and_then(|people| people.get_mut(&user)) else { return };
        here.sockets = here.sockets.saturating_sub(1);
        if here.sockets == 0 && here.leaves_at.is_none() {
            let at = now + limits::PRESENCE_LEAVES_AFTER;
            here.leaves_at = Some(at);
            self.leaving.insert((at, topic, user));
        }
    }

    /// Everybody who is here, on any node.
    #[must_use]
    pub fn people(&self, topic: Topic) -> BTreeSet<UserId> {
        let own = self.here.get(&topic).into_iter().flat_map(HashMap::keys).copied();
        own.chain(self.peers.people(topic)).collect()
    }

    /// How many different people are here at all, as far as this node knows.
    #[must_use]
    pub fn people_count(&self) -> usize {
        let own = self.here.values().flat_map(HashMap::keys).copied();
        own.chain(self.peers.everybody()).collect::<BTreeSet<UserId>>().len()
    }

    /// Topics in which somebody came or went since this was last asked.
    pub fn take_changed(&mut self) -> BTreeSet<Topic> {
        std::mem::take(&mut self.changed)
    }

    /// A second has passed. The answer is what to tell the other nodes, per partition.
    pub fn tick(&mut self, partition: impl Fn(Topic) -> u16, now: Instant) -> Vec<(u16, SliceMessage)> {
        while let Some((at, topic, user)) = self.leaving.first().copied()
            && at <= now
        {
            self.leaving.remove(&(at, topic, user));
            if let Some(people) = self.here.get_mut(&topic) {
                people.remove(&user);
                if people.is_empty() {
                    self.here.remove(&topic);
                }
            }
            self.untold.insert((topic, user));
            self.changed.insert(topic);
        }
        self.changed.extend(self.peers.drop_silent(now));
        let mut messages = self.tell_changes(partition);
        if self.digest_at <= now {
            self.digest_at = now + DIGEST_EVERY;
            let digests = self.told.iter().map(|(partition, told)| {
                (*partition, self.message(*partition, News::Digest { version: told.version }))
            });
            messages.extend(digests.collect::<Vec<_>>());
        }
        messages
    }

    fn tell_changes(&mut self, partition: impl Fn(Topic) -> u16) -> Vec<(u16, SliceMessage)> {
        let mut touched: BTreeMap<u16, (Vec<Who>, Vec<Who>)> = BTreeMap::new();
        for who @ (topic, user) in std::mem::take(&mut self.untold) {
            let is_here = self.here.get(&topic).is_some_and(|people| people.contains_key(&user));
            let told = self.told.entry(partition(topic)).or_default();
            if is_here && told.people.insert(who) {
                touched.entry(partition(topic)).or_default().0.push(who);
            } else if !is_here && told.people.remove(&who) {
                touched.entry(partition(topic)).or_default().1.push(who);
            }
        }
        let messages = touched.into_iter().map(|(partition, (joined, left))| {
            let told = self.told.entry(partition).or_default();
            told.version += 1;
            let version = told.version;
            (partition, self.message(partition, News::Changes { version, joined, left }))
        });
        messages.collect()
    }

    /// What to ask when this node begins to listen to a partition.
    #[must_use]
    pub fn ask(&self, partition: u16) -> SliceMessage {
        self.message(partition, News::Ask { of: None })
    }

    /// Nobody here listens to the partition any more.
    pub fn forget(&mut self, partition: u16) {
        self.peers.forget(partition);
    }

    /// Takes what another node says. The answer is what to say to it, on the same partition.
    pub fn hear(&mut self, message: SliceMessage, now: Instant) -> Option<SliceMessage> {
        if message.node == self.own.node {
            return None;
        }
        let partition = message.partition;
        if let News::Ask { of } = &message.news {
            let told = self.told.get(&partition)?;
            let is_meant = of.as_ref().is_none_or(|node| *node == self.own.node);
            let full = News::Full { version: told.version, people: told.people.iter().copied().collect() };
            return is_meant.then(|| self.message(partition, full));
        }
        let node = message.node.clone();
        match self.peers.hear(message, now, &mut self.changed) {
            Verdict::Understood => None,
            Verdict::Missed => Some(self.message(partition, News::Ask { of: Some(node) })),
        }
    }

    fn message(&self, partition: u16, news: News) -> SliceMessage {
        SliceMessage { node: self.own.node.clone(), started_ms: self.own.started_ms, partition, news }
    }
}

#[cfg(test)]
mod tests;
