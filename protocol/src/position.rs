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
pub struct TopicPosition {
    /// The topic.
    pub topic: Topic,
    /// The place in its log.
    #[serde(flatten)]
    pub position: Position,
}
