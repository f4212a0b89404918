//! Server functions: `POST /api/<noun>.<verb>`, one file per noun.
//!
//! The page and other programs call the same functions. Programs send JSON, a plain HTML form
//! sends its fields; the answer is JSON, or for a form the way back to the page. Each function
//! says who asks, calls one method of the store and returns what it says: permissions, limits
//! and validation live there, so that no door can forget them.

pub mod account;
pub mod admin;
pub mod codec;
pub mod comments;
pub mod conversations;
pub mod drafts;
pub mod events;
pub mod markdown;
pub mod messages;
pub mod notifications;
pub mod posts;
pub mod presence;
pub mod previews;
pub mod push;
pub mod reactions;
pub mod reads;
#[cfg(feature = "ssr")]
pub mod scopes;
pub mod search;
pub mod tokens;
pub mod workspaces;

use serde::{Deserialize, Serialize};

/// The answer of a command that has nothing to say: `{"ok":true}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Always true; a refusal is an error.
    pub ok: bool,
}

impl Done {
    /// It was done.
    pub const OK: Self = Self { ok: true };
}
