//! Backups: what a database holds at one moment, part by part, and how it comes back.
//!
//! A [`Snapshot`] sees one consistent state while others go on writing: SQLite's is a copy made by
//! `VACUUM INTO`, PostgreSQL's a transaction whose tables are read by `COPY`. Its [`Facts`] are written
//! down with the backup, and [`Restore`] (in `backup/restore.rs`) puts nothing in place that does not
//! have the same ones. How the parts are packed into one file is not known here.

pub(crate) mod facts;
mod restore;

pub use facts::Facts;
pub use restore::Restore;

use crate::connect::parse_sqlite;
use crate::db::{Handle, Link, Tx, fetch_all, postgres};
use crate::migrations::newest_schema;
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

/// The only part of a backup of SQLite.
const SQLITE_PART: &str = "hubbub.db";

/// The kind of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// The embedded one.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Engine {
    /// The kind that an address names.
    #[must_use]
    pub fn of(url: &str) -> Self {
        if url.starts_with("postgres") { Self::Postgres } else { Self::Sqlite }
    }

    /// As people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// Why a database was not backed up or not restored, as a sentence for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Nothing is there.
    #[error("there is no database in {0}")]
    Missing(PathBuf),
    /// It was made by another version of the program.
    #[error(
        "the database has schema {found}, and this program knows {known}: use the program that its server runs, or bring it up to date with `hubbub migrate`"
    )]
    OtherSchema {
        /// Of the database.
        found: i64,
        /// Of the program.
        known: i64,
    },
    /// The backup comes from the future.
    #[error(
        "the backup has schema {found}, and this program knows {known}: restore it with the version that made it, or a newer one"
    )]
    TooNew {
        /// Of the backup.
        found: i64,
        /// Of the program.
        known: i64,
    },
    /// Somebody would lose what they do not know of.
    #[error("a server uses this database: stop it (all of them) and try again")]
    InUse,
    /// Restoring would replace something.
    #[error("the database is not empty: with --replace it is replaced by what the backup holds")]
    NotEmpty,
    /// What is there is not ours to replace.
    #[error("the database holds tables of another program: restore into one that is Hubbub's own")]
    Foreign,
    /// The parts of the backup do not belong together.
    #[error("the backup does not fit together: {0}")]
    Broken(String),
    /// The disk failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] crate::Error),
    /// The tables could not be made.
    #[error("the tables of the backup cannot be made: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

/// A part of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// A table of PostgreSQL, or the whole file of SQLite.
    pub name: String,
    /// The columns of the table, in the order of what is written.
    pub columns: Vec<String>,
}

/// A file that people uploaded, which belongs to the backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptObject {
    /// Where its contents lie.
    pub object: Uuid,
    /// Its size.
    pub bytes: u64,
    /// Of its contents.
    pub sha256: Vec<u8>,
    /// It has small pictures.
    pub has_thumbnails: bool,
}

/// One consistent state of a database. It holds back nobody who writes.
pub struct Snapshot {
    tx: Tx,
    /// The copy, for SQLite.
    copy: Option<PathBuf>,
}

impl Snapshot {
    /// Takes it. `folder` is an empty one with room for a copy of an embedded database.
    ///
    /// # Errors
    /// When there is no database, or one of another version.
    pub async fn take(url: &str, folder: &Path) -> Result<Self, BackupError> {
        let (handle, copy) = match Engine::of(url) {
            Engine::Sqlite => {
                // Copying a large database may take its time.
                let mut source = open_file(url)?.disable_statement_logging().connect().await?;
                let copy = folder.join(SQLITE_PART);
                sqlx::query("VACUUM INTO $1").bind(text(&copy)?).execute(&mut source).await?;
                source.close().await?;
                let options = SqliteConnectOptions::new().filename(&copy).read_only(true);
                let pool: SqlitePool =
                    SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
                (Handle::Sqlite(Link::Open(pool.begin().await?)), Some(copy))
            }
            Engine::Postgres => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                (
                    Handle::Postgres(Link::Open(
                        connect(url, "hubbub backup").await?.begin_with(begin).await?,
                    )),
                    None,
                )
            }
        };
        let mut snapshot = Self { tx: Tx::new(handle, Arc::default()), copy };
        let (found, known) = (facts::schema(&mut snapshot.tx).await?, newest_schema());
        if found != known {
            return Err(BackupError::OtherSchema { found, known });
        }
        Ok(snapshot)
    }

    /// What it holds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn facts(&mut self) -> Result<Facts, BackupError> {
        facts::of(&mut self.tx).await
    }

    /// Its parts, in the order in which they can be restored.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn parts(&mut self) -> Result<Vec<Part>, BackupError> {
        if self.copy.is_some() {
            return Ok(vec![Part { name: SQLITE_PART.to_owned(), columns: Vec::new() }]);
        }
        let tx = &mut self.tx;
        // What the database computes by itself is not written down.
        let rows = fetch_all!(
            tx,
            (String, String),
            "SELECT c.table_name::text, c.column_name::text
             FROM information_schema.columns c JOIN pg_tables t ON t.tablename = c.table_name
             WHERE t.schemaname = current_schema() AND c.table_schema = current_schema()
               AND c.is_generated = 'NEVER'
             ORDER BY c.table_name, c.ordinal_position"
        )?;
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (table, column) in rows {
            tables.entry(table).or_default().push(column);
        }
        let references = fetch_all!(
            tx,
            (String, String),
            "SELECT f.relname::text, t.relname::text
             FROM pg_constraint c JOIN pg_class f ON f.oid = c.conrelid JOIN pg_class t ON t.oid = c.confrelid
             WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace"
        )?;
        Ok(by_references(tables, &references))
    }

    /// Writes one part.
    ///
    /// # Errors
    /// When the database or the writer fails.
    pub async fn write(&mut self, part: &Part, out: &mut dyn Write) -> Result<(), BackupError> {
        if let Some(copy) = &self.copy {
            io::copy(&mut std::fs::File::open(copy)?, out)?;
            return Ok(());
        }
        let statement = format!("COPY {} ({}) TO STDOUT", quoted(&part.name), columns(part));
        let connection = postgres(&mut self.tx).expect("without a copy it is PostgreSQL");
        let mut rows = connection.copy_out_raw(&statement).await?;
        while let Some(bytes) = rows.try_next().await? {
            out.write_all(&bytes)?;
        }
        Ok(())
    }

    /// The files that people uploaded and did not delete.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn objects(&mut self) -> Result<Vec<KeptObject>, BackupError> {
        Ok(kept_objects(&mut self.tx).await?)
    }
}

/// The files that people uploaded and did not delete.
pub(crate) async fn kept_objects(tx: &mut Tx) -> sqlx::Result<Vec<KeptObject>> {
    let rows = fetch_all!(
        tx,
        (Uuid, i64, Vec<u8>, String),
        "SELECT object_id, bytes, sha256, thumbnails FROM files WHERE deleted_at IS NULL ORDER BY object_id"
    )?;
    let kept = rows.into_iter().map(|(object, bytes, sha256, thumbnails)| KeptObject {
        object,
        bytes: crate::log::number(bytes),
        sha256,
        has_thumbnails: !matches!(thumbnails.as_str(), crate::files::NONE | crate::files::WAITING),
    });
    Ok(kept.collect())
}

/// An SQLite file that is there, to be opened as it is.
pub(crate) fn open_file(url: &str) -> Result<SqliteConnectOptions, BackupError> {
    let options = parse_sqlite(url)?.create_if_missing(false);
    match options.get_filename() {
        file if file.is_file() => Ok(options),
        file => Err(BackupError::Missing(file.to_owned())),
    }
}

/// One connection that says who it is.
pub(crate) async fn connect(url: &str, name: &str) -> Result<PgPool, BackupError> {
    let options: PgConnectOptions = url.parse()?;
    Ok(PgPoolOptions::new().max_connections(1).connect_with(options.application_name(name)).await?)
}

/// The tables, each after those that it refers to.
fn by_references(mut tables: BTreeMap<String, Vec<String>>, references: &[(String, String)]) -> Vec<Part> {
    let mut parts = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let waits = |table: &String| {
            references.iter().any(|(from, to)| from == table && to != table && tables.contains_key(to))
        };
        // Tables in a circle would come in any order, and the restore would say so.
        let next = tables.keys().find(|table| !waits(table)).or_else(|| tables.keys().next());
        let next = next.cloned().expect("there are tables");
        let columns = tables.remove(&next).expect("it is one of them");
        parts.push(Part { name: next, columns });
    }
    parts
}

fn columns(part: &Part) -> String {
    part.columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ")
}

/// A name in a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A statement made here, of quoted names only.
fn statement(sql: String) -> AssertSqlSafe<String> {
    AssertSqlSafe(sql)
}

fn text(path: &Path) -> io::Result<&str> {
    let not_text = || io::Error::new(io::ErrorKind::InvalidInput, "the folder's name is not UTF-8");
    path.to_str().ok_or_else(not_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_come_after_what_they_refer_to() {
        let names = ["answers", "people", "rooms", "texts"];
        let tables = names.iter().map(|name| ((*name).to_owned(), vec!["id".to_owned()])).collect();
        let references = [("answers", "texts"), ("texts", "rooms"), ("texts", "texts"), ("rooms", "people")];
        let references: Vec<_> =
            references.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
        let order: Vec<String> =
            by_references(tables, &references).into_iter().map(|part| part.name).collect();
        assert_eq!(order, ["people", "rooms", "texts", "answers"]);
    }
}
