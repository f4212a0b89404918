//! What the store must be told.

use crate::Clock;
use protocol::limits;
use std::fmt;
use std::time::Duration;

/// How a store is opened.
#[derive(Clone)]
pub struct Settings {
    /// `sqlite://path/hubbub.db` (the folder is created) or `postgres://…`.
    pub url: String,
    /// The time.
    pub clock: Clock,
    /// What hashing a password costs.
    pub password_cost: PasswordCost,
    /// People may register without an invitation.
    pub open_registration: bool,
    /// How long people have to read before their devices are told.
    pub push_grace: Duration,
    /// Links in texts are noted, so that somebody looks at their pages.
    pub link_previews: bool,
}

impl Settings {
    /// The usual settings for a database.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            clock: Clock::system(),
            password_cost: PasswordCost::default(),
            open_registration: false,
            push_grace: limits::PUSH_GRACE,
            link_previews: true,
        }
    }
}

impl fmt::Debug for Settings {
    /// Without the address, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("password_cost", &self.password_cost)
            .field("open_registration", &self.open_registration)
            .finish_non_exhaustive()
    }
}

/// The parameters of Argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for PasswordCost {
    /// OWASP's first choice: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

impl PasswordCost {
    /// The least that Argon2 takes, for tests.
    #[must_use]
    pub fn cheap() -> Self {
        Self { memory_kib: 8, passes: 1, lanes: 1 }
    }
}
