//! What instance administrators see under `/admin`, and the health of the server.

use crate::{AuditId, Person, Timestamp, UserId, person::InstanceRole, workspace::Workspace};
use serde::{Deserialize, Serialize};

/// An account in the administration's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Who.
    pub person: Person,
    /// Their role on the instance.
    pub role: InstanceRole,
    /// May sign in.
    pub active: bool,
    /// When the account was made.
    pub at: Timestamp,
    /// When one of their devices was last used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
    /// Signed-in devices.
    pub sessions: u32,
}

/// A workspace in the administration's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceFigures {
    /// Which.
    pub workspace: Workspace,
    /// Its members.
    pub members: u32,
    /// Its posts.
    pub posts: u32,
}

/// One line of the audit log: what an administrator or a sign-in did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who did it, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Person>,
    /// `<noun>.<past participle>`: `session.started`, `sign_in.refused`, `account.deactivated` …
    pub action: String,
    /// Whom it concerned, if it was somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Person>,
    /// More, in a few words.
    #[serde(default)]
    pub detail: String,
    /// From where.
    #[serde(default)]
    pub address: String,
}

/// Arguments of `admin.set_role`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceRoleChange {
    /// Whose.
    pub user: UserId,
    /// The new role.
    pub role: InstanceRole,
}

/// Live figures of this node: `admin.figures`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// This process, as it names itself in logs and in `welcome`.
    pub node: String,
    /// Version of the program.
    pub version: String,
    /// Open sockets of this node.
    pub sockets: u32,
    /// People online on all nodes.
    pub people: u32,
    /// Topics held in memory.
    pub topics: u32,
    /// Subscriptions of all sockets.
    pub subscriptions: u32,
    /// Events appended per second, oldest first, a value per five seconds of the last five minutes.
    pub events_per_second: Vec<f32>,
    /// Size of the database, in bytes.
    pub database_bytes: u64,
    /// Memory of the process, in bytes.
    pub memory_bytes: u64,
    /// Age of the newest canary that came back through the bus, in milliseconds; none in-process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary_age_ms: Option<u64>,
    /// Parts that do not work fully.
    pub degraded: Vec<String>,
    /// How long the process runs, in milliseconds.
    pub uptime_ms: u64,
}
