//! Lists by keyset: a page names the key after which the next one begins.

use crate::position::TopicPosition;
use serde::{Deserialize, Serialize};

/// Where the next page begins. Opaque to clients.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageKey(pub String);

/// One page of a list, read in one transaction with its position in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows in the list's order.
    pub items: Vec<T>,
    /// The key of the next page, if there is one.
    pub next: Option<PageKey>,
    /// The position that the rows include: the live stream continues from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<TopicPosition>,
}
