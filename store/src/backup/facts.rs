//! What a database holds, in a few lines that can be compared.

use super::{BackupError, quoted, statement};
use crate::db::{Tx, fetch_all, fetch_one};
use crate::log::number;
use crate::migrations::TABLE as MIGRATIONS;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use uuid::Uuid;

/// The tables whose rows are counted: what people would miss.
const COUNTED: [&str; 10] = [
    "users",
    "sessions",
    "workspaces",
    "members",
    "conversations",
    "messages",
    "posts",
    "comments",
    "files",
    "events",
];

/// What a database holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Number of its newest migration.
    pub schema: i64,
    /// Rows of the tables that people would miss.
    pub rows: BTreeMap<String, u64>,
    /// Topics whose logs lack events. There should be none, but a database is backed up as it is.
    pub gaps: Vec<String>,
    /// SHA-256 over topic, epoch, head and floor of every log, in hex: another history has another one.
    pub history: String,
}

/// The facts of a database whose tables are this program's.
pub(super) async fn of(tx: &mut Tx) -> Result<Facts, BackupError> {
    of_tables(tx, COUNTED).await
}

/// The facts that can be compared with `told`: its tables may be those of an older version.
pub(super) async fn like(tx: &mut Tx, told: &Facts) -> Result<Facts, BackupError> {
    let tables = COUNTED.into_iter().filter(|table| told.rows.contains_key(*table));
    of_tables(tx, tables).await
}

async fn of_tables(tx: &mut Tx, tables: impl IntoIterator<Item = &str>) -> Result<Facts, BackupError> {
    let mut rows = BTreeMap::new();
    for table in tables {
        let sql = statement(format!("SELECT COUNT(*) FROM {}", quoted(table)));
        let (count,) = fetch_one!(tx, (i64,), sql)?;
        rows.insert(table.to_owned(), number(count));
    }
    let gaps = gaps(tx).await?.into_iter().map(|(topic, ..)| topic).collect();
    Ok(Facts { schema: schema(tx).await?, rows, gaps, history: history(tx).await? })
}

/// Number of the newest migration of a database; 0 for one that never had any.
pub(crate) async fn schema(tx: &mut Tx) -> sqlx::Result<i64> {
    let sql = if tx.is_sqlite() {
        "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1"
    } else {
        "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1"
    };
    if fetch_one!(tx, (i64,), sql, MIGRATIONS)?.0 == 0 {
        return Ok(0);
    }
    Ok(fetch_one!(tx, (i64,), "SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations")?.0)
}

/// Topics whose events are not exactly those between floor and head: topic, head, how many there are.
pub(crate) async fn gaps(tx: &mut Tx) -> sqlx::Result<Vec<(String, i64, i64)>> {
    fetch_all!(
        tx,
        (String, i64, i64),
        "SELECT t.id, t.head_seq, COALESCE(e.found, 0) FROM topics t LEFT JOIN
             (SELECT e.topic_id, COUNT(*) AS found, MAX(e.seq) AS newest FROM events e
              JOIN topics t ON t.id = e.topic_id WHERE e.seq > t.floor_seq GROUP BY e.topic_id) e
             ON e.topic_id = t.id
         WHERE COALESCE(e.found, 0) <> t.head_seq - t.floor_seq
            OR COALESCE(e.newest, t.head_seq) <> t.head_seq
         ORDER BY t.id"
    )
}

async fn history(tx: &mut Tx) -> sqlx::Result<String> {
    let sql = "SELECT id, epoch, head_seq, floor_seq FROM topics";
    let mut logs = fetch_all!(tx, (String, Uuid, i64, i64), sql)?;
    // Databases sort texts by their locale.
    logs.sort_unstable();
    let mut hash = Sha256::new();
    for (topic, epoch, head, floor) in logs {
        hash.update(format!("{topic} {epoch} {head} {floor}\n"));
    }
    let mut hex = String::with_capacity(64);
    for byte in hash.finalize() {
        write!(hex, "{byte:02x}").expect("a String takes everything");
    }
    Ok(hex)
}
