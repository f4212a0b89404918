//! A place in a topic's log.

use crate::{Epoch, Topic};
use serde::{Deserialize, Serialize};

/// Where a reader stands in a topic: everything up to and including `seq` was seen.
///
/// The epoch is the identity of the log. After a restored backup `seq` goes back, and a reader
/// would silently skip what is numbered again; a new epoch makes it reload instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Identity of the log.
    pub epoch: Epoch,
    /// Number of the newest event seen; 0 before the first.
    pub seq: u64,
}

/// A position with its topic, as `hello` resumes it and lists return it (`as_of`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Flat", into = "Flat")]
pub struct TopicPosition {
    /// The topic.
    pub topic: Topic,
    /// The place in its log.
    pub position: Position,
}

/// How it travels: topic and position side by side.
#[derive(Serialize, Deserialize)]
struct Flat {
    topic: Topic,
    epoch: Epoch,
    seq: u64,
}

impl From<Flat> for TopicPosition {
    fn from(Flat { topic, epoch, seq }: Flat) -> Self {
        Self { topic, position: Position { epoch, seq } }
    }
}

impl From<TopicPosition> for Flat {
    fn from(TopicPosition { topic, position: Position { epoch, seq } }: TopicPosition) -> Self {
        Self { topic, epoch, seq }
    }
}
