//! Bringing the tables up to date, at every start.
//!
//! Each migration is a transaction, together with the note that it is done, so a process that is killed
//! leaves whole ones only and the next start goes on. Before the first one of a start, an embedded
//! database is copied to `hubbub.db-schema-<number>` beside it; the copies go with the first start after
//! a day that has nothing to do. PostgreSQL is for whoever runs it to back up, and the log says when.

use crate::{Error, Result};
use sqlx::PgConnection;
use sqlx::migrate::{AppliedMigration, Migrate, Migrator};
use sqlx::sqlite::SqliteConnection;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;

pub(crate) static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");
pub(crate) static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");
/// A copy stays for so long at least: several nodes start one after the other, and mistakes show later.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);
/// Where they are noted.
pub(crate) const TABLE: &str = "_sqlx_migrations";
/// What names of copies have behind the name of the database, before the number of its schema.
const COPY: &str = "-schema-";

/// Number of the newest migration: the same in both folders.
pub(crate) fn newest_schema() -> i64 {
    SQLITE.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Brings an embedded database up to date, after a copy of it.
pub(crate) async fn run_sqlite(connection: &mut SqliteConnection, file: &Path) -> Result<()> {
    let applied = applied(&SQLITE, connection).await?;
    let is_missing = SQLITE.iter().any(|ours| applied.iter().all(|done| done.version != ours.version));
    match newest(&applied) {
        Some(schema) if is_missing => copy(connection, file, schema).await?,
        Some(_) => remove_copies(file),
        None => {}
    }
    run(&SQLITE, connection, &applied).await
}

/// Brings PostgreSQL up to date. Several nodes may do so at once: sqlx takes a lock.
pub(crate) async fn run_postgres(connection: &mut PgConnection) -> Result<()> {
    let applied = applied(&POSTGRES, connection).await?;
    let is_missing = POSTGRES.iter().any(|ours| applied.iter().all(|done| done.version != ours.version));
    if is_missing && newest(&applied).is_some() {
        tracing::warn!(
            "the database is about to change: what it was, only a backup from before this start has"
        );
    }
    run(&POSTGRES, connection, &applied).await
}

async fn applied(migrator: &Migrator, connection: &mut impl Migrate) -> Result<Vec<AppliedMigration>> {
    connection.ensure_migrations_table(&migrator.table_name).await?;
    Ok(connection.list_applied_migrations(&migrator.table_name).await?)
}

fn newest(applied: &[AppliedMigration]) -> Option<i64> {
    applied.iter().map(|migration| migration.version).max()
}

/// Runs the migrations that are missing and says which.
async fn run(migrator: &Migrator, connection: &mut impl Migrate, applied: &[AppliedMigration]) -> Result<()> {
    let is_missing = |version: i64| applied.iter().all(|done| done.version != version);
    let missing = migrator.iter().filter(|migration| is_missing(migration.version)).count();
    let began = Instant::now();
    let mut number = 0;
    for migration in migrator.iter() {
        if is_missing(migration.version) {
            number += 1;
            tracing::info!(
                version = migration.version,
                "migrating the database, {number} of {missing}: {}",
                migration.description
            );
        }
        migrator.run_direct(Some(migration.version), connection, false).await?;
    }
    if missing != 0 {
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(migrations = missing, ms, "the database is up to date");
    }
    Ok(())
}

/// Copies the database as it is now. One that is there already is of the same schema, and stays.
async fn copy(connection: &mut SqliteConnection, file: &Path, schema: i64) -> Result<()> {
    let copy = with_ending(file, format!("{COPY}{schema}"));
    if copy.exists() {
        return Ok(());
    }
    tracing::info!(copy = %copy.display(), "copying the database before its migration");
    let unfinished = with_ending(&copy, format!(".{}", std::process::id()));
    let made = async {
        let path = unfinished.to_str().ok_or("the folder's name is not UTF-8")?;
        sqlx::query("VACUUM INTO $1").bind(path).execute(connection).await?;
        std::fs::set_permissions(&unfinished, std::fs::metadata(file)?.permissions())?;
        File::open(&unfinished)?.sync_all()?;
        std::fs::rename(&unfinished, &copy)?;
        File::open(folder_of(file))?.sync_all()?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
    };
    made.await.map_err(|error| {
        let _ = std::fs::remove_file(&unfinished);
        Error::NotCopied(copy.clone(), error)
    })
}

/// Removes the copies of earlier starts. What cannot be removed is tried again.
fn remove_copies(file: &Path) {
    let removed = || -> io::Result<()> {
        let begins = with_ending(Path::new(file.file_name().unwrap_or_default()), COPY.to_owned());
        for entry in std::fs::read_dir(folder_of(file))? {
            let entry = entry?;
            let is_copy =
                entry.file_name().as_encoded_bytes().starts_with(begins.as_os_str().as_encoded_bytes());
            if is_copy && entry.metadata()?.modified()?.elapsed().is_ok_and(|age| KEPT_FOR <= age) {
                std::fs::remove_file(entry.path())?;
                tracing::info!(copy = %entry.path().display(), "removed the copy from before a migration");
            }
        }
        Ok(())
    };
    if let Err(error) = removed() {
        tracing::warn!(%error, "cannot remove the copies from before a migration");
    }
}

/// The folder that a file is in.
pub(crate) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn with_ending(file: &Path, ending: String) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(ending);
    name.into()
}
