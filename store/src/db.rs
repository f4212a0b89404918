//! One SQL text for both databases.
//!
//! A [`Tx`] is an open transaction on SQLite or PostgreSQL; the macros below expand a query for
//! both and count it. SQL is written with `$1, $2 …`; rows derive `sqlx::FromRow` (or are tuples).
//! Binds: `Uuid` (`id.0`), `&str`/`String`, `i64`, `i32`, `bool` and options of them. `COUNT(*)`
//! is an `i64`; a `SUM` needs `CAST(SUM(…) AS BIGINT)`.
//!
//! ```ignore
//! let row = fetch_optional!(tx, Row, "SELECT name FROM users WHERE id = $1", user.0)?;
//! let gone = execute!(tx, "DELETE FROM drafts WHERE user_id = $1", user.0)?;
//! // A list of ids is $1 and the table `ids(id)`; one of texts `texts(text)`. Other binds begin at $2.
//! let rows = fetch_all!(tx, Row, ids = uuids, "SELECT … FROM users WHERE id IN (SELECT id FROM ids)")?;
//! let rows = fetch_all!(tx, Row, texts = handles, "SELECT … WHERE handle IN (SELECT text FROM texts)")?;
//! // Pairs of ids are $1 and the table `pairs(a, b)`.
//! let rows = fetch_all!(tx, Row, pairs = uuids, "SELECT … FROM pairs JOIN … ON c.id = pairs.a …")?;
//! execute!(tx, ids = uuids, "UPDATE … SET read_at = $2 WHERE id IN (SELECT id FROM ids)", now)?;
//! ```
//! `tx` is a `&mut Tx` or a `&mut WriteTx`.

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgQueryResult;
use sqlx::query::Query;
use sqlx::sqlite::SqliteQueryResult;
use sqlx::{
    Database, Encode, Executor, IntoArguments, PgConnection, Postgres, SqlSafeStr, SqlStr, Sqlite,
    SqliteConnection, Transaction, Type,
};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// An open transaction, or a single statement. Dropped, it is rolled back.
pub(crate) struct Tx {
    handle: Handle,
    wrote: bool,
    /// Statements that may follow.
    left: u32,
    statements: Arc<Statements>,
}

/// The statements since the start: how many, and for tests which.
#[derive(Debug, Default)]
pub(crate) struct Statements {
    count: AtomicU64,
    #[cfg(feature = "testing")]
    pub(crate) watch: crate::testing::Watch,
}

impl Statements {
    /// How many.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    fn note(&self, _sql: &str) {
        self.count.fetch_add(1, Ordering::Relaxed);
        #[cfg(feature = "testing")]
        self.watch.hears(_sql);
    }
}

/// The connection to one of the two databases.
pub(crate) enum Handle {
    /// The embedded default.
    Sqlite(Link<Sqlite>),
    /// For several nodes.
    Postgres(Link<Postgres>),
}

/// A connection, and what is open on it.
pub(crate) enum Link<DB: Database> {
    /// A transaction, rolled back if it is dropped.
    Open(Transaction<'static, DB>),
    /// Nothing: the statement is a transaction of its own.
    Single(PoolConnection<DB>),
}

impl<DB: Database> Link<DB> {
    async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Open(tx) => tx.commit().await,
            Self::Single(_) => Ok(()),
        }
    }

    async fn rollback(self) -> sqlx::Result<()> {
        match self {
            Self::Open(tx) => tx.rollback().await,
            Self::Single(_) => Ok(()),
        }
    }
}

impl<DB: Database> Deref for Link<DB> {
    type Target = DB::Connection;
    fn deref(&self) -> &DB::Connection {
        match self {
            Self::Open(tx) => tx,
            Self::Single(connection) => connection,
        }
    }
}

impl<DB: Database> DerefMut for Link<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        match self {
            Self::Open(tx) => tx,
            Self::Single(connection) => connection,
        }
    }
}

impl Tx {
    /// For any number of statements, or for one.
    pub(crate) fn new(handle: Handle, statements: Arc<Statements>) -> Self {
        let is_single =
            matches!(&handle, Handle::Sqlite(Link::Single(_)) | Handle::Postgres(Link::Single(_)));
        Self { handle, wrote: false, left: if is_single { 1 } else { u32::MAX }, statements }
    }

    /// Whether this is SQLite, for the few statements that differ.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.handle, Handle::Sqlite(_))
    }

    /// Counts a statement and hands out the connection that runs it.
    pub(crate) fn statement(&mut self, sql: &str) -> &mut Handle {
        debug_assert_ne!(self.left, 0, "a second statement sees another state: {sql}");
        self.left = self.left.saturating_sub(1);
        self.statements.note(sql);
        self.wrote |= !sql.trim_start().starts_with("SELECT");
        &mut self.handle
    }

    /// Whether anything but a SELECT ran since the last call.
    pub(crate) fn take_wrote(&mut self) -> bool {
        std::mem::take(&mut self.wrote)
    }

    /// Something was written for what follows.
    pub(crate) fn has_written(&mut self) {
        self.wrote = true;
    }

    /// Makes everything durable.
    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        match self.handle {
            Handle::Sqlite(tx) => tx.commit().await,
            Handle::Postgres(tx) => tx.commit().await,
        }
    }

    /// Takes everything back.
    pub(crate) async fn rollback(self) -> sqlx::Result<()> {
        match self.handle {
            Handle::Sqlite(tx) => tx.rollback().await,
            Handle::Postgres(tx) => tx.rollback().await,
        }
    }
}

/// Counts the statement; a function so that `&mut WriteTx` coerces.
pub(crate) fn prepare(tx: &mut Tx, sql: impl SqlSafeStr) -> SqlStr {
    let sql = sql.into_sql_str();
    tx.statement(sql.as_str());
    sql
}

/// The connection to SQLite, if it is one.
pub(crate) fn sqlite(tx: &mut Tx) -> Option<&mut SqliteConnection> {
    match &mut tx.handle {
        Handle::Sqlite(tx) => Some(&mut **tx),
        Handle::Postgres(_) => None,
    }
}

/// The connection to PostgreSQL, if it is one.
pub(crate) fn postgres(tx: &mut Tx) -> Option<&mut PgConnection> {
    match &mut tx.handle {
        Handle::Sqlite(_) => None,
        Handle::Postgres(tx) => Some(&mut **tx),
    }
}

/// Ids as the JSON list that SQLite takes.
pub(crate) fn ids_json(ids: &[Uuid]) -> String {
    let mut json = String::with_capacity(2 + 35 * ids.len());
    json.push('[');
    for (index, id) in ids.iter().enumerate() {
        if index != 0 {
            json.push(',');
        }
        json.push('"');
        json.push_str(id.simple().encode_lower(&mut Uuid::encode_buffer()));
        json.push('"');
    }
    json.push(']');
    json
}

/// Pairs of ids as the JSON list that SQLite takes.
pub(crate) fn pairs_json(pairs: &[(Uuid, Uuid)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(a, b)| format!("{}{}", a.simple(), b.simple())).collect();
    texts_json(&pairs)
}

/// Pairs of ids as the array that PostgreSQL takes: one after the other.
pub(crate) fn pairs_array(pairs: &[(Uuid, Uuid)]) -> Vec<Uuid> {
    pairs.iter().flat_map(|(a, b)| [*a, *b]).collect()
}

/// Texts as the JSON list that SQLite takes.
pub(crate) fn texts_json<T: AsRef<str>>(texts: &[T]) -> String {
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    serde_json::to_string(&texts).expect("a list of texts is JSON")
}

/// Texts as the array that PostgreSQL takes.
pub(crate) fn texts_array<T: AsRef<str>>(texts: &[T]) -> Vec<String> {
    texts.iter().map(|text| text.as_ref().to_owned()).collect()
}

/// Makes a query for the database at hand, binds (before the transaction is borrowed, so that
/// arguments may come out of it) and runs it with `$run`.
macro_rules! run_query {
    (@run $tx:expr, ($($make:tt)*), $run:ident, $sqlite:expr, $postgres:expr,
     [$($first_sqlite:expr)?], [$($first_postgres:expr)?] $(, $bind:expr)*) => {
        if $tx.is_sqlite() {
            let query = $($make)*($sqlite)$(.bind($first_sqlite))?$(.bind($bind))*;
            query.$run($crate::db::sqlite(&mut *$tx).expect("it is SQLite")).await
        } else {
            let query = $($make)*($postgres)$(.bind($first_postgres))?$(.bind($bind))*;
            query.$run($crate::db::postgres(&mut *$tx).expect("it is PostgreSQL")).await
        }
    };
    ($tx:expr, $make:tt, $run:ident, ids = $ids:expr, $sql:literal $(, $bind:expr)* $(,)?) => {{
        $crate::db::prepare(&mut *$tx, $sql);
        $crate::db::run_query!(
            @run $tx, $make, $run,
            concat!("WITH ids(id) AS (SELECT unhex(value) FROM json_each($1)) ", $sql),
            concat!("WITH ids(id) AS (SELECT unnest($1::uuid[])) ", $sql),
            [$crate::db::ids_json(&$ids[..])], [&$ids[..]] $(, $bind)*
        )
    }};
    ($tx:expr, $make:tt, $run:ident, texts = $texts:expr, $sql:literal $(, $bind:expr)* $(,)?) => {{
        $crate::db::prepare(&mut *$tx, $sql);
        $crate::db::run_query!(
            @run $tx, $make, $run,
            concat!("WITH texts(text) AS (SELECT value FROM json_each($1)) ", $sql),
            concat!("WITH texts(text) AS (SELECT unnest($1::text[])) ", $sql),
            [$crate::db::texts_json(&$texts[..])], [$crate::db::texts_array(&$texts[..])] $(, $bind)*
        )
    }};
    ($tx:expr, $make:tt, $run:ident, pairs = $pairs:expr, $sql:expr $(, $bind:expr)* $(,)?) => {{
        $crate::db::prepare(&mut *$tx, $sql);
        $crate::db::run_query!(
            @run $tx, $make, $run,
            concat!("WITH pairs(a, b) AS (SELECT unhex(substr(value, 1, 32)), unhex(substr(value, 33))
                                          FROM json_each($1)) ", $sql),
            concat!("WITH pairs(a, b) AS (SELECT ($1::uuid[])[2 * i - 1], ($1::uuid[])[2 * i]
                                          FROM generate_series(1, cardinality($1::uuid[]) / 2) AS i) ", $sql),
            [$crate::db::pairs_json(&$pairs[..])], [$crate::db::pairs_array(&$pairs[..])] $(, $bind)*
        )
    }};
    ($tx:expr, $make:tt, $run:ident, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let sql = $crate::db::prepare(&mut *$tx, $sql);
        $crate::db::run_query!(@run $tx, $make, $run, sql, sql, [], [] $(, $bind)*)
    }};
}

/// All rows: `sqlx::Result<Vec<Row>>`.
macro_rules! fetch_all {
    ($tx:expr, $row:ty, $($query:tt)*) => {
        $crate::db::run_query!($tx, (sqlx::query_as::<_, $row>), fetch_all, $($query)*)
    };
}

/// The row, if there is one: `sqlx::Result<Option<Row>>`.
macro_rules! fetch_optional {
    ($tx:expr, $row:ty, $($query:tt)*) => {
        $crate::db::run_query!($tx, (sqlx::query_as::<_, $row>), fetch_optional, $($query)*)
    };
}

/// The row: `sqlx::Result<Row>`.
macro_rules! fetch_one {
    ($tx:expr, $row:ty, $($query:tt)*) => {
        $crate::db::run_query!($tx, (sqlx::query_as::<_, $row>), fetch_one, $($query)*)
    };
}

/// Changes rows: `sqlx::Result<u64>`, how many.
macro_rules! execute {
    ($tx:expr, $($query:tt)*) => {
        $crate::db::run_query!($tx, ($crate::db::Change::new), rows, $($query)*)
    };
}

/// A statement that changes rows.
pub(crate) struct Change<'q, DB: Database>(Query<'q, DB, DB::Arguments>);

impl<'q, DB: Database> Change<'q, DB> {
    pub(crate) fn new(sql: impl SqlSafeStr) -> Self {
        Self(sqlx::query(sql))
    }

    pub(crate) fn bind<'t, T: Encode<'t, DB> + Type<DB>>(self, value: T) -> Self {
        Self(self.0.bind(value))
    }
}

impl<DB: Database> Change<'_, DB>
where
    DB::Arguments: IntoArguments<DB>,
    DB::QueryResult: Affected,
{
    /// Runs it and says how many rows it changed.
    pub(crate) async fn rows<'c>(self, connection: impl Executor<'c, Database = DB>) -> sqlx::Result<u64> {
        Ok(self.0.execute(connection).await?.rows())
    }
}

/// What both databases say of a change.
pub(crate) trait Affected {
    /// How many rows it concerned.
    fn rows(&self) -> u64;
}

impl Affected for SqliteQueryResult {
    fn rows(&self) -> u64 {
        self.rows_affected()
    }
}

impl Affected for PgQueryResult {
    fn rows(&self) -> u64 {
        self.rows_affected()
    }
}

pub(crate) use {execute, fetch_all, fetch_one, fetch_optional, run_query};
