//! The emoji that can be chosen: `GET /emoji.json`, a list of groups.

use serde::{Deserialize, Serialize};

/// Emoji that belong together, in the order of Unicode's lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmojiGroup {
    /// What they have in common: "Food and drink".
    pub name: String,
    /// The emoji.
    pub emoji: Vec<ListedEmoji>,
}

/// An emoji with everything by which it is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedEmoji {
    /// The emoji itself.
    pub emoji: String,
    /// Unicode's name for it, in English.
    pub name: String,
    /// What people type for it: `+1`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// The same in the five tones of skin, from light to dark, if it has any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tones: Vec<String>,
}
