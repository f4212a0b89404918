//! Links in texts, and what is shown of the pages that they lead to.

use crate::PostId;
use crate::reaction::ReactionTarget;
use serde::{Deserialize, Serialize};

/// What a page that a text links says of itself. Its words are a stranger's: text on one line, never
/// HTML, without characters that deceive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkPreview {
    /// The address, as the text has it: http or https.
    pub url: String,
    /// Whose page it is: the name that it gives to its site, otherwise its host.
    pub site: String,
    /// What it is called.
    pub title: String,
    /// A sentence or two about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// What is shown of the links of one text is another now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewChange {
    /// Of which text.
    pub target: ReactionTarget,
    /// The post that the text is or belongs to; none of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<PostId>,
    /// All of them, in the order of the text.
    pub previews: Vec<LinkPreview>,
}

/// Arguments of `previews.remove`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewRemoval {
    /// Of which text.
    pub target: ReactionTarget,
    /// Which link.
    pub url: String,
}
