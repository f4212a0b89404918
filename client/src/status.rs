//! How the connection is, as the page shows it: the dot, the bar and the words for screen readers.

use protocol::Timestamp;

/// How the connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The first connection is being made.
    Connecting,
    /// Events come as they happen.
    Live,
    /// It was lost, or never came about, and comes back by itself.
    Reconnecting {
        /// When the next attempt begins; none while one is under way.
        retry_at: Option<Timestamp>,
        /// Since when there is no connection.
        since: Timestamp,
        /// Attempts since the last good connection, from 1.
        attempt: u32,
    },
    /// The device says that it has no network. It comes back by itself.
    Offline {
        /// Since when there is no connection.
        since: Timestamp,
    },
    /// The session has ended. After signing in again: retry.
    SignedOut,
    /// The server does not want this client; only a retry by hand tries again.
    Stopped {
        /// The close code.
        code: u16,
    },
}

impl Status {
    /// Since when there is no connection, where it comes back by itself.
    #[must_use]
    pub fn lost_since(&self) -> Option<Timestamp> {
        match *self {
            Self::Reconnecting { since, .. } | Self::Offline { since } => Some(since),
            Self::Connecting | Self::Live | Self::SignedOut | Self::Stopped { .. } => None,
        }
    }
}
