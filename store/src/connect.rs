//! Opening: pools, pragmas; the tables are brought up to date by `migrations`.
//!
//! SQLite gets one writing connection and several reading ones that cannot write; PostgreSQL one
//! pool. A read is one consistent snapshot on both.

use crate::db::{Handle, Link, Statements, Tx};
use crate::{Error, Result, migrations};
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{Database, Sqlite};
use std::sync::Arc;
use std::time::Duration;

/// Reading connections to SQLite; each is a thread.
const SQLITE_READERS_MAX: u32 = 8;
/// Connections to PostgreSQL, of which the writer uses one.
const POSTGRES_CONNECTIONS_MAX: u32 = 16;
/// How long somebody waits for a connection before the database counts as away.
const ACQUIRE_WITHIN: Duration = Duration::from_secs(5);
/// How long SQLite waits for another process (a command line tool, a backup) to finish its write.
const BUSY_WITHIN: Duration = Duration::from_secs(5);
/// A connection that was idle for longer is tried before it is used.
const TRIED_AFTER_IDLE: Duration = Duration::from_secs(2);

/// The open database.
#[derive(Clone, Debug)]
pub(crate) struct Db {
    pools: Pools,
    pub(crate) statements: Arc<Statements>,
}

#[derive(Clone, Debug)]
enum Pools {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(PgPool),
}

/// How the connections are used; part of the live page and the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolFigures {
    /// Connections that are open.
    pub open: u32,
    /// Open ones that nobody uses.
    pub idle: u32,
    /// The most there may be.
    pub max: u32,
    /// Statements since the start. Tests count with it.
    pub queries: u64,
}

impl Db {
    /// Opens the database, creates it if need be, and brings its tables up to date.
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let pools = if url.starts_with("postgres") {
            open_postgres(url).await?
        } else if url.starts_with("sqlite:") {
            open_sqlite(url).await?
        } else {
            return Err(configuration("the database's address begins with sqlite:// or postgres://"));
        };
        Ok(Self { pools, statements: Arc::default() })
    }

    /// A transaction that sees one consistent state and cannot write.
    pub(crate) async fn begin_read(&self) -> sqlx::Result<Tx> {
        let handle = match &self.pools {
            Pools::Sqlite { readers, .. } => {
                Handle::Sqlite(self.watched(Link::Open(readers.begin().await?)).await?)
            }
            Pools::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Handle::Postgres(Link::Open(pool.begin_with(begin).await?))
            }
        };
        Ok(Tx::new(handle, Arc::clone(&self.statements)))
    }

    /// A single SELECT, which sees one consistent state by itself: two trips less.
    pub(crate) async fn begin_single_read(&self) -> sqlx::Result<Tx> {
        let handle = match &self.pools {
            Pools::Sqlite { readers, .. } => {
                Handle::Sqlite(self.watched(Link::Single(readers.acquire().await?)).await?)
            }
            Pools::Postgres(pool) => Handle::Postgres(Link::Single(pool.acquire().await?)),
        };
        Ok(Tx::new(handle, Arc::clone(&self.statements)))
    }

    /// A transaction for the writer.
    pub(crate) async fn begin_write(&self) -> sqlx::Result<Tx> {
        let handle = match &self.pools {
            Pools::Sqlite { writer, .. } => {
                let tx = writer.begin_with("BEGIN IMMEDIATE").await?;
                Handle::Sqlite(self.watched(Link::Open(tx)).await?)
            }
            Pools::Postgres(pool) => Handle::Postgres(Link::Open(pool.begin().await?)),
        };
        Ok(Tx::new(handle, Arc::clone(&self.statements)))
    }

    #[cfg(feature = "testing")]
    async fn watched(&self, mut link: Link<Sqlite>) -> sqlx::Result<Link<Sqlite>> {
        self.statements.watch.counts_steps(&mut link).await?;
        Ok(link)
    }

    #[cfg(not(feature = "testing"))]
    async fn watched(&self, link: Link<Sqlite>) -> sqlx::Result<Link<Sqlite>> {
        Ok(link)
    }

    pub(crate) fn figures(&self) -> PoolFigures {
        let (open, idle, max) = match &self.pools {
            Pools::Sqlite { readers, .. } => (readers.size(), readers.num_idle(), SQLITE_READERS_MAX),
            Pools::Postgres(pool) => (pool.size(), pool.num_idle(), POSTGRES_CONNECTIONS_MAX),
        };
        let idle = u32::try_from(idle).unwrap_or(u32::MAX);
        metrics::gauge!("hubbub_pool_open").set(f64::from(open));
        metrics::gauge!("hubbub_pool_idle").set(f64::from(idle));
        PoolFigures { open, idle, max, queries: self.statements.count() }
    }

    pub(crate) async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

async fn open_sqlite(url: &str) -> Result<Pools> {
    let options = parse_sqlite(url)?;
    if let Some(folder) = options.get_filename().parent() {
        std::fs::create_dir_all(folder).map_err(sqlx::Error::Io)?;
    }
    let file = options.get_filename().to_owned();
    let options = options.foreign_keys(true).busy_timeout(BUSY_WITHIN);
    let writing = options
        .clone()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // Acknowledged means on disk, also when the power fails.
        .synchronous(SqliteSynchronous::Full)
        .optimize_on_close(true, None);
    let writer = pool_options().min_connections(1).max_connections(1).connect_with(writing).await?;
    migrations::run_sqlite(&mut *writer.acquire().await?, &file).await?;
    let readers =
        pool_options().max_connections(SQLITE_READERS_MAX).connect_with(options.read_only(true)).await?;
    Ok(Pools::Sqlite { writer, readers })
}

async fn open_postgres(url: &str) -> Result<Pools> {
    let options: PgConnectOptions = url.parse()?;
    let pool = pool_options()
        .min_connections(1)
        .max_connections(POSTGRES_CONNECTIONS_MAX)
        .after_connect(|connection, _| {
            Box::pin(async move {
                // A node that froze in the middle of a write must not hold a topic for ever.
                sqlx::query("SET idle_in_transaction_session_timeout = '30s'")
                    .execute(&mut *connection)
                    .await?;
                // Compiling a query takes longer than any of ours.
                sqlx::query("SET jit = off").execute(connection).await?;
                Ok(())
            })
        })
        .connect_with(options.application_name("hubbub"))
        .await?;
    migrations::run_postgres(&mut *pool.acquire().await?).await?;
    Ok(Pools::Postgres(pool))
}

/// Trying every connection before each use would be a round trip per query; only those that were
/// idle long enough for the database to have gone away are tried.
fn pool_options<DB: Database>() -> PoolOptions<DB> {
    PoolOptions::new().acquire_timeout(ACQUIRE_WITHIN).test_before_acquire(false).before_acquire(
        |connection, state| {
            Box::pin(async move {
                if TRIED_AFTER_IDLE <= state.idle_for {
                    sqlx::Connection::ping(connection).await?;
                }
                Ok(true)
            })
        },
    )
}

/// The options for an embedded database, which is a file.
pub(crate) fn parse_sqlite(url: &str) -> Result<SqliteConnectOptions> {
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(configuration("the database must be a file: several connections share it"));
    }
    Ok(url.parse()?)
}

fn configuration(message: &str) -> Error {
    Error::Unavailable(sqlx::Error::Configuration(message.into()))
}
