//! What a backup says of itself: the last member of its archive.

use protocol::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::ops::Range;
use store::backup::{Engine, Facts, Part};

/// The form of the archive that this program writes and reads.
pub(super) const FORMAT: u32 = 1;

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of the archive.
    pub format: u32,
    /// Version of the program that made it.
    pub program: String,
    /// The moment that it holds.
    pub made_at: Timestamp,
    /// The kind of database.
    pub database: Engine,
    /// What the database holds: schema, rows, and which history its logs tell.
    pub facts: Facts,
    /// Its parts. They are the first members.
    pub parts: Vec<Part>,
    /// Everything in the archive, in its order, besides the manifest.
    pub members: Vec<Member>,
    /// Files that the database knew and the storage did not have.
    pub missing: Vec<String>,
    /// Files that are not what the database says of them.
    pub changed: Vec<String>,
}

/// One member of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its name.
    pub path: String,
    /// Its size in the archive.
    pub bytes: u64,
    /// Its hash as it lies there, in hex.
    pub sha256: String,
    /// Its size when it is unpacked; none: it is not packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpacked_bytes: Option<u64>,
}

impl Member {
    /// What it takes where it is restored.
    #[must_use]
    pub fn bytes_restored(&self) -> u64 {
        self.unpacked_bytes.unwrap_or(self.bytes)
    }
}

impl Manifest {
    pub(super) fn new(
        made_at: Timestamp,
        database: Engine,
        facts: Facts,
        parts: Vec<Part>,
        missing: Vec<String>,
        changed: Vec<String>,
    ) -> Self {
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let members = Vec::new();
        Self { format: FORMAT, program, made_at, database, facts, parts, members, missing, changed }
    }

    /// The members that are files of people.
    pub(super) fn files(&self) -> Range<usize> {
        self.parts.len()..self.members.len()
    }
}

/// The member that a part of the database is.
pub(super) fn path_of(part: &Part) -> String {
    format!("database/{}.gz", part.name)
}

/// Whether a name can be that of a part's member.
pub(super) fn is_of_database(path: &str) -> bool {
    let name = path.strip_prefix("database/").and_then(|path| path.strip_suffix(".gz"));
    let is_plain = |name: &str| {
        let is_of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.');
        name.chars().all(is_of_name) && !name.starts_with('.') && (1..=63).contains(&name.len())
    };
    name.is_some_and(is_plain)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(hex, "{byte:02x}").expect("a String takes everything");
    }
    hex
}
