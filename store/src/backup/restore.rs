//! Putting a backup in place of a database: everything is made and compared beside it, and one step at
//! the end, a renaming or a commit, makes it the database. Until then the old one is untouched.

use super::{BackupError, Engine, Facts, Part, SQLITE_PART, columns, connect, facts, quoted, statement};
use crate::connect::parse_sqlite;
use crate::db::{Handle, Link, Tx, execute, fetch_all, fetch_one, postgres};
use crate::migrations::{POSTGRES, SQLITE, TABLE as MIGRATIONS, folder_of, newest_schema};
use protocol::{Epoch, Timestamp};
use sqlx::migrate::{Migrate, Migrator};
use sqlx::postgres::PgPool;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteLockingMode, SqlitePool,
};
use sqlx::{ConnectOptions, Connection};
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What is read of a part at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// How long a server that was stopped may take to let go of the database.
const STOPPED_WITHIN: Duration = Duration::from_secs(3);
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// A restore that has begun. Dropped before [`Restore::finish`], it changed nothing.
pub struct Restore {
    schema: i64,
    place: Place,
}

enum Place {
    /// The file, and the one beside it that is being made.
    Sqlite { file: PathBuf, staged: Staged },
    /// A transaction in which the old tables are dropped and new ones made.
    Postgres(Box<Tx>),
}

/// A file that is being made; it goes with the value unless it got another name.
struct Staged(PathBuf);

impl Drop for Staged {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Restore {
    /// Begins. `schema` is that of the backup; `replaces` allows a database that holds accounts.
    ///
    /// # Errors
    /// When nothing may or can be restored here.
    pub async fn begin(url: &str, schema: i64, replaces: bool) -> Result<Self, BackupError> {
        let known = newest_schema();
        if known < schema {
            return Err(BackupError::TooNew { found: schema, known });
        }
        let place = match Engine::of(url) {
            Engine::Sqlite => begin_sqlite(url, replaces).await?,
            Engine::Postgres => Place::Postgres(Box::new(begin_postgres(url, schema, replaces).await?)),
        };
        Ok(Self { schema, place })
    }

    /// Takes one part, in the order of the backup.
    ///
    /// # Errors
    /// When it cannot be read, or is no part of such a database.
    pub async fn take(&mut self, part: &Part, from: &mut dyn Read) -> Result<(), BackupError> {
        match &mut self.place {
            Place::Sqlite { staged, .. } => {
                if part.name != SQLITE_PART {
                    return Err(BackupError::Broken(format!("{} is no part of SQLite", part.name)));
                }
                let mut file = OpenOptions::new().write(true).create_new(true).open(&staged.0)?;
                io::copy(from, &mut file)?;
                file.sync_all()?;
                Ok(())
            }
            Place::Postgres(tx) => copy_in(tx, part, from).await,
        }
    }

    /// Compares what was taken with what the backup says of itself, begins new histories at `now`, and
    /// makes it the database. Returns how many logs there are.
    ///
    /// # Errors
    /// When something differs; then the database is what it was.
    pub async fn finish(self, told: &Facts, now: Timestamp) -> Result<u64, BackupError> {
        if told.schema != self.schema {
            return Err(BackupError::Broken("it names two schemas".to_owned()));
        }
        match self.place {
            Place::Sqlite { file, staged } => {
                let logs = check_sqlite(&staged.0, told, now).await?;
                put_in_place(&file, &staged.0).await?;
                Ok(logs)
            }
            Place::Postgres(mut tx) => {
                fit_sequences(&mut tx).await?;
                check_migrations(&POSTGRES, postgres(&mut tx).expect("it is PostgreSQL")).await?;
                let logs = check(&mut tx, told, now).await?;
                tx.commit().await?;
                Ok(logs)
            }
        }
    }
}

/// What every database has to be before it is the one; then its histories are new ones.
async fn check(tx: &mut Tx, told: &Facts, now: Timestamp) -> Result<u64, BackupError> {
    let found = facts::like(tx, told).await?;
    if found != *told {
        return Err(BackupError::Broken(format!("it holds {found:?} and says {told:?}")));
    }
    // Readers that know a later position of the old history load again instead of skipping.
    Ok(execute!(tx, "UPDATE topics SET epoch = $1", Epoch::new(now).0)?)
}

/// Migrations of this program, and not of another one with the same numbers.
async fn check_migrations(migrator: &Migrator, connection: &mut impl Migrate) -> Result<(), BackupError> {
    for applied in connection.list_applied_migrations(MIGRATIONS).await? {
        let ours = migrator.iter().find(|ours| ours.version == applied.version);
        if ours.is_none_or(|ours| ours.checksum != applied.checksum) {
            let version = applied.version;
            return Err(BackupError::Broken(format!("its migration {version} is not that of this program")));
        }
    }
    Ok(())
}

async fn begin_sqlite(url: &str, replaces: bool) -> Result<Place, BackupError> {
    let options = parse_sqlite(url)?;
    let file = options.get_filename().to_owned();
    std::fs::create_dir_all(folder_of(&file))?;
    if file.exists() {
        let mut old = alone(&file).await?;
        let holds_accounts = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'users'";
        let (has_users,): (i64,) = sqlx::query_as(holds_accounts).fetch_one(&mut old).await?;
        let accounts = match has_users {
            0 => 0,
            _ => sqlx::query_as::<_, (i64,)>("SELECT COUNT(*) FROM users").fetch_one(&mut old).await?.0,
        };
        old.close().await?;
        if accounts != 0 && !replaces {
            return Err(BackupError::NotEmpty);
        }
    }
    let staged = beside(&file, "restoring");
    // Of a restore that was interrupted.
    for stale in [staged.clone(), beside(&staged, "journal"), beside(&staged, "wal"), beside(&staged, "shm")]
    {
        match std::fs::remove_file(stale) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(Place::Sqlite { file, staged: Staged(staged) })
}

/// `hubbub.db` as `hubbub.db-restoring`, as SQLite names its own.
fn beside(file: &Path, what: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-");
    name.push(what);
    name.into()
}

/// A connection to an embedded database that nobody else has open; its write-ahead log is part of the
/// file now, and none may lie beside another file that gets its name.
async fn alone(file: &Path) -> Result<SqliteConnection, BackupError> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .locking_mode(SqliteLockingMode::Exclusive)
        .busy_timeout(STOPPED_WITHIN)
        .disable_statement_logging();
    let in_use = |error: sqlx::Error| match error.as_database_error().map(|error| error.message().to_owned())
    {
        Some(message) if message.contains("locked") => BackupError::InUse,
        _ => BackupError::Database(error),
    };
    let mut connection = options.connect().await.map_err(in_use)?;
    let left = sqlx::query("PRAGMA journal_mode = DELETE").execute(&mut connection).await;
    left.map_err(in_use)?;
    // The lock itself comes with the first write, and stays.
    sqlx::raw_sql("BEGIN EXCLUSIVE; COMMIT").execute(&mut connection).await.map_err(in_use)?;
    Ok(connection)
}

async fn check_sqlite(staged: &Path, told: &Facts, now: Timestamp) -> Result<u64, BackupError> {
    let options = SqliteConnectOptions::new().filename(staged).journal_mode(SqliteJournalMode::Delete);
    let pool = SqlitePool::connect_with(options).await.map_err(no_database)?;
    check_migrations(&SQLITE, &mut *pool.acquire().await?).await?;
    let mut tx = Tx::new(Handle::Sqlite(Link::Open(pool.begin().await?)), Arc::default());
    let problems = fetch_all!(&mut tx, (String,), "PRAGMA integrity_check").map_err(no_database)?;
    if let Some((problem,)) = problems.iter().find(|(line,)| line != "ok") {
        return Err(BackupError::Broken(format!("SQLite says {problem}")));
    }
    let logs = check(&mut tx, told, now).await?;
    tx.commit().await?;
    pool.close().await;
    File::open(staged)?.sync_all()?;
    Ok(logs)
}

fn no_database(error: sqlx::Error) -> BackupError {
    BackupError::Broken(format!("its database cannot be read: {error}"))
}

/// The staged file becomes the database.
async fn put_in_place(file: &Path, staged: &Path) -> Result<(), BackupError> {
    // Held until the name is the new file's, so that no server opens the old one in between.
    let old = if file.exists() { Some(alone(file).await?) } else { None };
    if old.is_some() {
        std::fs::set_permissions(staged, std::fs::metadata(file)?.permissions())?;
    }
    std::fs::rename(staged, file)?;
    File::open(folder_of(file))?.sync_all()?;
    if let Some(old) = old {
        old.close().await?;
    }
    Ok(())
}

/// Waits until no server uses the database: one that stops is still seen for a moment.
async fn nobody_else(pool: &PgPool) -> Result<(), BackupError> {
    let deadline = Instant::now() + STOPPED_WITHIN;
    loop {
        let sql = "SELECT COUNT(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = 'hubbub'";
        let (others,): (i64,) = sqlx::query_as(sql).fetch_one(pool).await?;
        if others == 0 {
            return Ok(());
        }
        if deadline <= Instant::now() {
            return Err(BackupError::InUse);
        }
        sleep(ASK_AGAIN_AFTER).await;
    }
}

async fn begin_postgres(url: &str, schema: i64, replaces: bool) -> Result<Tx, BackupError> {
    let pool = connect(url, "hubbub restore").await?;
    nobody_else(&pool).await?;
    let mut tx = Tx::new(Handle::Postgres(Link::Open(pool.begin().await?)), Arc::default());
    let sql = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()";
    let tables: Vec<String> =
        fetch_all!(&mut tx, (String,), sql)?.into_iter().map(|(table,)| table).collect();
    let has = |name: &str| tables.iter().any(|table| table == name);
    if !tables.is_empty() && !(has(MIGRATIONS) && (has("topics") || tables.len() == 1)) {
        return Err(BackupError::Foreign);
    }
    if has("users") && !replaces && fetch_one!(&mut tx, (i64,), "SELECT COUNT(*) FROM users")?.0 != 0 {
        return Err(BackupError::NotEmpty);
    }
    let connection = postgres(&mut tx).expect("it is PostgreSQL");
    sqlx::raw_sql("SET LOCAL lock_timeout = '5s'").execute(&mut *connection).await?;
    for table in &tables {
        let drop = statement(format!("DROP TABLE IF EXISTS {} CASCADE", quoted(table)));
        sqlx::raw_sql(drop).execute(&mut *connection).await?;
    }
    connection.ensure_migrations_table(MIGRATIONS).await?;
    for migration in POSTGRES.iter().filter(|migration| migration.version <= schema) {
        sqlx::raw_sql(migration.sql.clone()).execute(&mut *connection).await?;
    }
    Ok(tx)
}

async fn copy_in(tx: &mut Tx, part: &Part, from: &mut dyn Read) -> Result<(), BackupError> {
    let connection = postgres(tx).expect("it is PostgreSQL");
    let statement = format!("COPY {} ({}) FROM STDIN", quoted(&part.name), columns(part));
    let mut copy = connection.copy_in_raw(&statement).await?;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(bytes) => {
                copy.send(&chunk[..bytes]).await?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                // What broke is the backup, not the database.
                let _ = copy.abort("the backup cannot be read").await;
                return Err(error.into());
            }
        }
    }
    copy.finish().await?;
    Ok(())
}

/// Numbers that the database gives go on after those that are there.
async fn fit_sequences(tx: &mut Tx) -> Result<(), BackupError> {
    let counting = fetch_all!(
        tx,
        (String, String),
        "SELECT table_name::text, column_name::text FROM information_schema.columns
         WHERE table_schema = current_schema() AND is_identity = 'YES'"
    )?;
    for (table, column) in counting {
        let sql = statement(format!(
            "SELECT setval(pg_get_serial_sequence($1, $2), COALESCE(MAX({}), 0) + 1, false) FROM {}",
            quoted(&column),
            quoted(&table)
        ));
        fetch_one!(tx, (i64,), sql, quoted(&table), column)?;
    }
    // The plans of a database that was just filled would be guesses.
    sqlx::raw_sql("ANALYZE").execute(postgres(tx).expect("it is PostgreSQL")).await?;
    Ok(())
}
