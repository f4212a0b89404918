//! The database: the only crate with SQL.
//!
//! [`Store`] is the whole interface. Read it in this order: `db` (one SQL text for SQLite and
//! PostgreSQL), `writer` (group commit), `log` (numbered events), `access` (who may), then one module
//! per entity. Every command is a method of [`Store`] in its entity's file; behind it stand functions
//! over a transaction that ask for proofs instead of checking rights.
//!
//! Metrics: `hubbub_command_seconds` (handing over to answer), `hubbub_writer_waiting` (jobs in the
//! queue), `hubbub_writer_group_jobs`, `hubbub_writer_group_seconds`, `hubbub_commit_seconds` (the
//! commit alone), `hubbub_writer_groups_repeated_total` (with savepoints, because a job failed),
//! `hubbub_writer_collisions_total` (repeated alone, because another node was in the way),
//! `hubbub_events_appended_total`, `hubbub_pool_open` and `hubbub_pool_idle` (set by
//! [`Store::pool_figures`]).

mod access;
mod accounts;
mod admin;
mod audit;
mod authors;
pub mod backup;
mod bots;
mod clock;
mod command_line;
mod comments;
mod connect;
mod conversations;
mod custom_events;
mod db;
mod dialect;
mod drafts;
mod error;
mod event_kinds;
mod files;
mod history;
pub mod inspect;
mod invitations;
mod links;
mod log;
pub mod markdown;
mod me;
mod members;
mod mentions;
mod messages;
mod migrations;
mod notifications;
mod passwords;
mod places;
mod posts;
mod presence;
mod push;
mod reactions;
mod reads;
mod redaction;
mod search;
mod secrets;
mod sessions;
mod settings;
mod statuses;
#[cfg(feature = "testing")]
pub mod testing;
mod tokens;
mod users;
mod workspaces;
mod writer;

pub use access::{Access, Caller};
pub use clock::{Clock, ManualClock};
pub use connect::PoolFigures;
pub use error::{Error, Result};
pub use files::{Added, Gone, NewFile, StoredFile, ThumbnailFormat, Waiting};
pub use links::PageSays;
pub use log::{Committed, LogEvent, TopicHead};
pub use presence::SeenUpTo;
pub use push::{DirectMessage, DuePush, PushId, PushNews, PushTarget, PushTask, Settled};
pub use sessions::{Authenticated, SignedIn};
pub use settings::{PasswordCost, Settings};
pub use tokens::{Bearer, Presented};

use connect::Db;
use db::Tx;
use futures::future::BoxFuture;
use protocol::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use writer::{Answer, Job, Together, WriteTx, Writer, Written};

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    db: Db,
    writer: Writer,
    settings: Settings,
}

impl Store {
    /// Opens the database, creates and migrates it if need be, and starts its writer. The receiver
    /// gets everything that is committed, in order; the writer waits when nobody takes it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] and [`Error::Migration`].
    pub async fn open(settings: &Settings) -> Result<(Self, mpsc::Receiver<Committed>)> {
        let db = Db::open(&settings.url).await?;
        let (writer, committed) = Writer::start(db.clone(), settings);
        let inner = Inner { db, writer, settings: settings.clone() };
        Ok((Self { inner: Arc::new(inner) }, committed))
    }

    /// Takes no more commands, finishes those that wait, and closes the database.
    pub async fn close(&self) {
        self.inner.writer.close().await;
        self.inner.db.close().await;
    }

    /// Runs `query` in one transaction that sees one consistent state and cannot write.
    pub(crate) async fn read<T>(
        &self,
        query: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T>> + Send,
    ) -> Result<T> {
        let mut tx = self.inner.db.begin_read().await?;
        let result = query(&mut tx).await;
        // Nothing was written; ended here, the connection goes back clean.
        tx.rollback().await?;
        result
    }

    /// Runs a `query` of one statement.
    pub(crate) async fn read_one<T>(
        &self,
        query: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T>> + Send,
    ) -> Result<T> {
        let mut tx = self.inner.db.begin_single_read().await?;
        query(&mut tx).await
    }

    /// Runs `command` in the writer and returns when it is committed. It may run several times, each
    /// time after everything that it did before was taken back.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        command: impl for<'t> Fn(&'t mut WriteTx) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    ) -> Result<Written<T>> {
        self.written(writer::job(command)).await
    }

    /// As [`Store::write`], for a command that a group may begin together with others of its kind.
    pub(crate) async fn write_together<C: Together>(&self, command: C) -> Result<Written<C::Value>> {
        self.written(writer::one_of_many(command)).await
    }

    async fn written<T>(&self, (job, answer): (Box<dyn Job>, Answer<T>)) -> Result<Written<T>> {
        let started = Instant::now();
        self.inner.writer.send(job).await?;
        let written = answer.await.unwrap_or(Err(Error::Busy));
        metrics::histogram!("hubbub_command_seconds").record(started.elapsed().as_secs_f64());
        written
    }

    /// How long the database takes to answer.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn ping(&self) -> Result<Duration> {
        let started = Instant::now();
        self.read_one(|tx| Box::pin(async move { Ok(db::fetch_one!(tx, (i32,), "SELECT 1")?) })).await?;
        Ok(started.elapsed())
    }

    /// Size of the database in bytes.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn size_bytes(&self) -> Result<u64> {
        self.read(|tx| Box::pin(async move { Ok(log::number(dialect::size_bytes(tx).await?)) })).await
    }

    /// How the connections are used.
    #[must_use]
    pub fn pool_figures(&self) -> PoolFigures {
        self.inner.db.figures()
    }

    /// What the store was opened with.
    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.inner.settings.clock.now()
    }
}
