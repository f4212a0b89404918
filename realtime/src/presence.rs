//! Who is here and how: a person is the union of their sockets on all nodes.
//!
//! Each node alone writes its own slice of presence, one per partition of the bus, and tells the
//! others each second what changed ([`News::Changes`], numbered), every ten seconds the number alone
//! ([`News::Digest`]), and everything when somebody asks ([`News::Full`]). Whoever missed a number
//! asks. A slice that is silent for `PEER_SILENT_AFTER` is dropped whole, and a newer incarnation of
//! a node replaces the older one. Somebody invisible is in no slice, not even in the node's own, so
//! nothing can tell them from somebody who left. No I/O and no clock here; the hub carries the messages.

mod own;
mod slice;

pub use slice::{News, SliceMessage};

use own::Own;
use protocol::presence::{PresenceChoice, Present};
use protocol::{Timestamp, Topic, UserId};
use slice::{Here, Peers, Verdict, Who};
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
    incarnation: Incarnation,
    /// The people of this node's sockets.
    own: Own,
    /// This node's slices, as the others were told.
    told: BTreeMap<u16, Told>,
    /// What changed here since then.
    untold: BTreeSet<Who>,
    peers: Peers,
    /// Topics in which somebody came, went or is otherwise since [`Register::take_changed`].
    changed: BTreeSet<Topic>,
    digest_at: Instant,
}

#[derive(Debug, Default)]
struct Told {
    version: u64,
    people: HashMap<Who, Present>,
}

impl Register {
    /// Nobody is here yet.
    #[must_use]
    pub fn new(incarnation: Incarnation, now: Instant) -> Self {
        Self {
            incarnation,
            own: Own::default(),
            told: BTreeMap::new(),
            untold: BTreeSet::new(),
            peers: Peers::default(),
            changed: BTreeSet::new(),
            digest_at: now + DIGEST_EVERY,
        }
    }

    /// A socket of this person is here.
    pub fn arrive(&mut self, topic: Topic, user: UserId) {
        self.own.arrive(topic, user);
        self.note_changes();
    }

    /// … and gone. It shows after [`protocol::limits::PRESENCE_LEAVES_AFTER`].
    pub fn depart(&mut self, topic: Topic, user: UserId, now: Instant) {
        self.own.depart(topic, user, now);
        self.note_changes();
    }

    /// A window of this person is open, and used or idle.
    pub fn open(&mut self, user: UserId, is_idle: bool) {
        self.own.open(user, is_idle);
        self.note_changes();
    }

    /// … and closed.
    pub fn close(&mut self, user: UserId, was_idle: bool) {
        self.own.close(user, was_idle);
        self.note_changes();
    }

    /// An open window has become idle, or is used again.
    pub fn idle(&mut self, user: UserId, is_idle: bool) {
        self.own.idle(user, is_idle);
        self.note_changes();
    }

    /// What this person chose to show.
    pub fn choose(&mut self, user: UserId, choice: PresenceChoice) {
        self.own.choose(user, choice);
        self.note_changes();
    }

    fn note_changes(&mut self) {
        for (topic, user) in self.own.take_changed() {
            self.untold.insert((topic, user));
            self.changed.insert(topic);
        }
    }

    /// Everybody who is here, on any node.
    #[must_use]
    pub fn people(&self, topic: Topic) -> BTreeMap<UserId, Present> {
        let mut people: BTreeMap<UserId, Present> = BTreeMap::new();
        for one in self.own.people(topic).chain(self.peers.people(topic)) {
            let known = people.entry(one.user).or_insert(one);
            *known = one.max(*known);
        }
        people
    }

    /// How many different people are here at all, as far as this node knows.
    #[must_use]
    pub fn people_count(&self) -> usize {
        self.own.everybody().chain(self.peers.everybody()).collect::<BTreeSet<UserId>>().len()
    }

    /// Topics in which somebody came, went or is otherwise since this was last asked.
    pub fn take_changed(&mut self) -> BTreeSet<Topic> {
        std::mem::take(&mut self.changed)
    }

    /// A second has passed; `today` is the time of the calendar. The answer is what to tell the other
    /// nodes, per partition.
    pub fn tick(
        &mut self,
        partition: impl Fn(Topic) -> u16,
        now: Instant,
        today: Timestamp,
    ) -> Vec<(u16, SliceMessage)> {
        self.own.tick(now, today);
        self.note_changes();
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
        let mut touched: BTreeMap<u16, (Vec<Here>, Vec<Who>)> = BTreeMap::new();
        for who @ (topic, user) in std::mem::take(&mut self.untold) {
            let told = self.told.entry(partition(topic)).or_default();
            match self.own.shown(topic, user) {
                Some(present) if told.people.insert(who, present) != Some(present) => {
                    touched.entry(partition(topic)).or_default().0.push((topic, present));
                }
                None if told.people.remove(&who).is_some() => {
                    touched.entry(partition(topic)).or_default().1.push(who);
                }
                _ => {}
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
        if message.node == self.incarnation.node {
            return None;
        }
        let partition = message.partition;
        if let News::Ask { of } = &message.news {
            let told = self.told.get(&partition)?;
            let is_meant = of.as_ref().is_none_or(|node| *node == self.incarnation.node);
            let people = told.people.iter().map(|((topic, _), present)| (*topic, *present)).collect();
            let full = News::Full { version: told.version, people };
            return is_meant.then(|| self.message(partition, full));
        }
        let node = message.node.clone();
        match self.peers.hear(message, now, &mut self.changed) {
            Verdict::Understood => None,
            Verdict::Missed => Some(self.message(partition, News::Ask { of: Some(node) })),
        }
    }

    fn message(&self, partition: u16, news: News) -> SliceMessage {
        let Incarnation { node, started_ms } = self.incarnation.clone();
        SliceMessage { node, started_ms, partition, news }
    }
}

#[cfg(test)]
mod tests;
