//! Looking at a database as it is: nothing is migrated, nothing is written, and a server may run.

use crate::backup::facts::{gaps, schema};
use crate::backup::{BackupError, Engine, KeptObject, connect, kept_objects, open_file};
use crate::db::{Handle, Link, Tx, fetch_all, fetch_one, fetch_optional};
use crate::migrations::newest_schema;
use crate::push::SIGNING_KEY as PUSH_KEY;
use crate::tokens::jwt;
use crate::{Result, dialect, log};
use protocol::Timestamp;
use sqlx::sqlite::SqlitePoolOptions;
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

/// Lines of SQLite's own check.
const PROBLEMS_MAX: usize = 20;

/// A database that is looked at, at one moment.
pub struct Inspection {
    tx: Tx,
    /// Number of its newest migration.
    pub schema: i64,
    /// What this program would bring it to.
    pub known_schema: i64,
}

/// A log that is not what its topic says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Whose.
    pub topic: String,
    /// Number of its newest event.
    pub head: u64,
    /// How many events are there of those that should be.
    pub found: u64,
}

/// The keys of the instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// What notifications to devices are signed with, as it is kept.
    pub push: Option<String>,
    /// Whether the one that signs access tokens can be read and fits what is published; none: there is none.
    pub signing_is_usable: Option<bool>,
    /// The public ones as they are published.
    pub published: String,
}

impl Inspection {
    /// Opens it.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub async fn open(url: &str) -> std::result::Result<Self, BackupError> {
        let handle = match Engine::of(url) {
            Engine::Sqlite => {
                let pool = SqlitePoolOptions::new().max_connections(1).connect_with(open_file(url)?).await?;
                Handle::Sqlite(Link::Open(pool.begin().await?))
            }
            Engine::Postgres => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Handle::Postgres(Link::Open(connect(url, "hubbub doctor").await?.begin_with(begin).await?))
            }
        };
        let mut tx = Tx::new(handle, Arc::default());
        let schema = schema(&mut tx).await?;
        Ok(Self { tx, schema, known_schema: newest_schema() })
    }

    /// What the database finds wrong with itself: SQLite's pages, indexes and references. PostgreSQL
    /// checks what it reads, and keeps references by itself.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn integrity(&mut self) -> Result<Vec<String>> {
        let tx = &mut self.tx;
        if !tx.is_sqlite() {
            return Ok(Vec::new());
        }
        let lines = fetch_all!(tx, (String,), "PRAGMA integrity_check")?;
        let mut problems: Vec<String> =
            lines.into_iter().map(|(line,)| line).filter(|line| line != "ok").take(PROBLEMS_MAX).collect();
        let sql = "SELECT \"table\", \"parent\", COUNT(*) FROM pragma_foreign_key_check GROUP BY 1, 2";
        for (table, parent, count) in fetch_all!(tx, (String, String, i64), sql)? {
            problems.push(format!("{count} rows of {table} refer to rows of {parent} that are not there"));
        }
        Ok(problems)
    }

    /// Logs with gaps.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn gaps(&mut self) -> Result<Vec<Gap>> {
        let found = gaps(&mut self.tx).await?.into_iter();
        let gap = |(topic, head, found)| Gap { topic, head: log::number(head), found: log::number(found) };
        Ok(found.map(gap).collect())
    }

    /// The keys.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn keys(&mut self) -> Result<Keys> {
        let tx = &mut self.tx;
        let push = fetch_optional!(tx, (String,), "SELECT value FROM settings WHERE key = $1", PUSH_KEY)?;
        let sql = "SELECT id, secret, public FROM signing_keys ORDER BY at DESC, id";
        let rows = fetch_all!(tx, (Uuid, Vec<u8>, Vec<u8>), sql)?;
        let public: Vec<(Uuid, Vec<u8>)> = rows.iter().map(|(id, _, public)| (*id, public.clone())).collect();
        Ok(Keys {
            push: push.map(|(key,)| key),
            signing_is_usable: rows.first().map(|(_, secret, public)| jwt::is_pair(secret, public)),
            published: jwt::published(&public),
        })
    }

    /// The files that the storage must have.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn objects(&mut self) -> Result<Vec<KeptObject>> {
        Ok(kept_objects(&mut self.tx).await?)
    }

    /// All objects that a row knows, those of deleted files included.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn known_objects(&mut self) -> Result<HashSet<Uuid>> {
        let tx = &mut self.tx;
        let rows = fetch_all!(tx, (Uuid,), "SELECT object_id FROM files")?;
        Ok(rows.into_iter().map(|(object,)| object).collect())
    }

    /// When the newest event happened.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn newest_event(&mut self) -> Result<Option<Timestamp>> {
        let tx = &mut self.tx;
        let (at,) = fetch_one!(tx, (Option<i64>,), "SELECT MAX(at) FROM events")?;
        Ok(at.map(Timestamp))
    }

    /// The database's own clock; none where it is ours.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn clock(&mut self) -> Result<Option<Timestamp>> {
        let tx = &mut self.tx;
        if tx.is_sqlite() {
            return Ok(None);
        }
        let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
        Ok(Some(Timestamp(fetch_one!(tx, (i64,), sql)?.0)))
    }

    /// Its size in bytes.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn size_bytes(&mut self) -> Result<u64> {
        Ok(log::number(dialect::size_bytes(&mut self.tx).await?))
    }
}
