//! What can go wrong: refusals go to the caller as they are, the rest is kept with its source.

use std::fmt::Display;
use std::path::PathBuf;

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a command or a query did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An answer for the caller: not found, forbidden, conflict, invalid …
    #[error(transparent)]
    Refused(#[from] protocol::Error),
    /// The database does not answer, or not in time. Nothing was changed; the same again may succeed.
    #[error("the database is unavailable")]
    Unavailable(#[from] sqlx::Error),
    /// The migrations could not be run.
    #[error("the database could not be migrated")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database could not be copied before it is migrated, so nothing was changed.
    #[error("the database could not be copied to {0} before its migration; free space there, or see why not")]
    NotCopied(PathBuf, #[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store was closed, or its writer waits for the database with a full queue.
    #[error("the store takes no more writes at the moment")]
    Busy,
    /// A row that cannot be.
    #[error("{table} {id} cannot be read: {why}")]
    Corrupt {
        /// Its table.
        table: &'static str,
        /// Its key.
        id: String,
        /// What is wrong with it.
        why: String,
    },
}

/// What [`protocol::Error::unavailable`] tells the caller to wait.
const RETRY_AFTER_MS: u64 = 2_000;

impl Error {
    /// A row that cannot be.
    pub(crate) fn corrupt(table: &'static str, id: impl Display, why: impl Display) -> Self {
        Self::Corrupt { table, id: id.to_string(), why: why.to_string() }
    }

    /// Whether the database said so, not a rule of ours: its transaction may be unusable then.
    pub(crate) fn is_of_database(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Whether two nodes got into each other's way, so that the same again will most likely succeed.
    pub(crate) fn is_collision(&self) -> bool {
        let Self::Unavailable(sqlx::Error::Database(error)) = self else { return false };
        // Could not be serialised, waited for each other, waited too long for a lock.
        matches!(error.code().as_deref(), Some("40001" | "40P01" | "55P03"))
    }
}

impl From<Error> for protocol::Error {
    /// The answer for the caller. The source stops here, so it is logged here.
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal,
            Error::Unavailable(_) | Error::Busy => {
                tracing::error!(error = &error as &dyn std::error::Error, "the database could not answer");
                Self::unavailable(RETRY_AFTER_MS)
            }
            Error::Migration(_) | Error::NotCopied(..) | Error::Corrupt { .. } => {
                tracing::error!(error = &error as &dyn std::error::Error, "a command failed");
                Self::internal()
            }
        }
    }
}
