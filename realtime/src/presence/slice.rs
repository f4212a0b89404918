//! The slices of other nodes, and the messages about slices.

use super::PEER_SILENT_AFTER;
use protocol::presence::Present;
use protocol::{Topic, UserId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

/// Somebody in a topic.
pub(crate) type Who = (Topic, UserId);
/// … and how they are.
pub(crate) type Here = (Topic, Present);

/// What a node says about its slice of one partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceMessage {
    /// Which node.
    pub node: String,
    /// When this run of it began, in milliseconds.
    pub started_ms: i64,
    /// Which partition of the bus.
    pub partition: u16,
    /// What it says.
    pub news: News,
}

/// See [`SliceMessage`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// What changed with this version.
    Changes {
        /// One more than the version before.
        version: u64,
        /// Who came, and who is otherwise than before.
        joined: Vec<Here>,
        /// Who left.
        left: Vec<Who>,
    },
    /// Everybody at this version.
    Full {
        /// The version.
        version: u64,
        /// Who is there.
        people: Vec<Here>,
    },
    /// The version alone, so that one who missed something notices.
    Digest {
        /// The version.
        version: u64,
    },
    /// Tell everything, please.
    Ask {
        /// One node, or all.
        of: Option<String>,
    },
}

/// Whether a message made sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Understood,
    /// Something before it is missing.
    Missed,
}

/// The slices of the other nodes, by node and partition.
#[derive(Debug, Default)]
pub(crate) struct Peers(HashMap<(String, u16), Slice>);

#[derive(Debug)]
struct Slice {
    started_ms: i64,
    version: u64,
    heard: Instant,
    people: HashMap<Topic, BTreeMap<UserId, Present>>,
}

impl Peers {
    pub(crate) fn people(&self, topic: Topic) -> impl Iterator<Item = Present> {
        self.0
            .values()
            .flat_map(move |slice| slice.people.get(&topic).into_iter().flat_map(BTreeMap::values).copied())
    }

    pub(crate) fn everybody(&self) -> impl Iterator<Item = UserId> {
        self.0.values().flat_map(|slice| slice.people.values()).flat_map(BTreeMap::keys).copied()
    }

    /// Drops slices of which nothing was heard. The answer is the topics that this changes.
    pub(crate) fn drop_silent(&mut self, now: Instant) -> Vec<Topic> {
        let mut changed = Vec::new();
        self.0.retain(|_, slice| {
            let is_silent = PEER_SILENT_AFTER <= now.saturating_duration_since(slice.heard);
            if is_silent {
                changed.extend(slice.people.keys());
            }
            !is_silent
        });
        changed
    }

    pub(crate) fn forget(&mut self, partition: u16) {
        self.0.retain(|(_, of), _| *of != partition);
    }

    /// Takes a message that is not a question.
    pub(crate) fn hear(
        &mut self,
        message: SliceMessage,
        now: Instant,
        changed: &mut BTreeSet<Topic>,
    ) -> Verdict {
        let SliceMessage { node, started_ms, partition, news } = message;
        let empty = || Slice { started_ms, version: 0, heard: now, people: HashMap::new() };
        let slice = self.0.entry((node, partition)).or_insert_with(empty);
        if started_ms < slice.started_ms {
            return Verdict::Understood;
        }
        if slice.started_ms < started_ms {
            changed.extend(slice.people.keys());
            *slice = empty();
        }
        slice.heard = now;
        match news {
            News::Full { version, people } if slice.version <= version => {
                changed.extend(slice.people.keys());
                slice.people.clear();
                slice.version = version;
                people.into_iter().for_each(|one| slice.join(one, changed));
            }
            News::Changes { version, joined, left } if version == slice.version + 1 => {
                slice.version = version;
                joined.into_iter().for_each(|one| slice.join(one, changed));
                left.into_iter().for_each(|who| slice.leave(who, changed));
            }
            News::Changes { version, .. } | News::Digest { version } if slice.version < version => {
                return Verdict::Missed;
            }
            // Late or doubled.
            News::Full { .. } | News::Changes { .. } | News::Digest { .. } | News::Ask { .. } => {}
        }
        Verdict::Understood
    }
}

impl Slice {
    fn join(&mut self, (topic, present): Here, changed: &mut BTreeSet<Topic>) {
        self.people.entry(topic).or_default().insert(present.user, present);
        changed.insert(topic);
    }

    fn leave(&mut self, (topic, user): Who, changed: &mut BTreeSet<Topic>) {
        if let Some(people) = self.people.get_mut(&topic) {
            people.remove(&user);
            if people.is_empty() {
                self.people.remove(&topic);
            }
        }
        changed.insert(topic);
    }
}
