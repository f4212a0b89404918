//! What tests need and nothing else may have: failures on demand, commands that only touch the log, and
//! a look at what the database is asked. Behind the feature `testing`.

use crate::writer::Turn;
use crate::{Error, LogEvent, Result, Store};
use protocol::{EventKind, Topic, UserId};
use sqlx::SqliteConnection;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;
use uuid::Uuid;

/// Failures that the writer runs into.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    to_pass: Arc<AtomicU32>,
    to_fail: Arc<AtomicU32>,
    reached: Arc<AtomicU32>,
    alone: Arc<AtomicU32>,
    by_indexes: Arc<AtomicBool>,
}

impl Faults {
    /// The next `count` commits fail, and everything in them is taken back.
    pub fn fail_commits(&self, count: u32) {
        self.fail_commits_after(0, count);
    }

    /// `pass` commits succeed, then `count` fail.
    pub fn fail_commits_after(&self, pass: u32, count: u32) {
        self.to_pass.store(pass, Ordering::SeqCst);
        self.to_fail.store(count, Ordering::SeqCst);
    }

    /// How many transactions reached their commit so far, those that failed there included.
    #[must_use]
    pub fn commits(&self) -> u32 {
        self.reached.load(Ordering::SeqCst)
    }

    /// How many groups ran while no other node wrote, because one was in the way before.
    #[must_use]
    pub fn alone(&self) -> u32 {
        self.alone.load(Ordering::SeqCst)
    }

    /// From now on searches use the indexes of words and parts, as they do where there is much.
    pub fn search_by_indexes(&self, always: bool) {
        self.by_indexes.store(always, Ordering::SeqCst);
    }

    pub(crate) fn searches_by_indexes(&self) -> bool {
        self.by_indexes.load(Ordering::SeqCst)
    }

    pub(crate) fn begins(&self, turn: Turn) {
        if turn == Turn::Alone {
            self.alone.fetch_add(1, Ordering::SeqCst);
        }
    }

    pub(crate) fn before_commit(&self) -> Result<()> {
        self.reached.fetch_add(1, Ordering::SeqCst);
        if one_less(&self.to_pass) || !one_less(&self.to_fail) {
            return Ok(());
        }
        Err(Error::Unavailable(sqlx::Error::PoolTimedOut))
    }
}

/// Takes one away, if there is one.
fn one_less(count: &AtomicU32) -> bool {
    count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

/// SQLite reports its steps in lots of so many.
const STEPS_AT_ONCE: u8 = 10;

/// What the database is asked while somebody watches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    is_on: Arc<AtomicBool>,
    statements: Arc<Mutex<Vec<String>>>,
    steps: Arc<AtomicU64>,
}

/// What a question made the database do.
#[derive(Clone, Debug)]
pub struct Watched<T> {
    /// What came back.
    pub answer: T,
    /// The statements, as SQLite gets them.
    pub statements: Vec<String>,
    /// Steps of SQLite's machine: they grow with every row that it looks at.
    pub steps: u64,
}

impl Watch {
    pub(crate) fn hears(&self, sql: &str) {
        if !self.is_on.load(Ordering::SeqCst) {
            return;
        }
        let list = match () {
            () if sql.contains("SELECT id FROM ids") => {
                "WITH ids(id) AS (SELECT unhex(value) FROM json_each($1)) "
            }
            () if sql.contains("SELECT text FROM texts") => {
                "WITH texts(text) AS (SELECT value FROM json_each($1)) "
            }
            () if sql.contains("FROM pairs") => {
                "WITH pairs(a, b) AS (SELECT unhex(substr(value, 1, 32)), unhex(substr(value, 33))
                                      FROM json_each($1)) "
            }
            () => "",
        };
        self.statements.lock().expect("nobody panics with it").push(format!("{list}{sql}"));
    }

    /// Counts the steps of a connection from now on.
    pub(crate) async fn counts_steps(&self, connection: &mut SqliteConnection) -> sqlx::Result<()> {
        if self.is_on.load(Ordering::SeqCst) {
            let steps = Arc::clone(&self.steps);
            connection.lock_handle().await?.set_progress_handler(STEPS_AT_ONCE.into(), move || {
                steps.fetch_add(STEPS_AT_ONCE.into(), Ordering::SeqCst);
                true
            });
        }
        Ok(())
    }
}

/// Whether an event raises its topic's permission epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recheck {
    /// It does not.
    No,
    /// It does.
    Yes,
}

/// How a test's command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It succeeds.
    Success,
    /// It is refused after it wrote.
    Refusal,
    /// The database finds a mistake in it.
    Mistake,
    /// It panics.
    Panic,
}

impl Store {
    /// Failures to come.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.inner.writer.faults
    }

    /// Answers a question and says what it made the database do. Nobody else may ask anything meanwhile.
    pub async fn test_watch<T>(&self, question: impl Future<Output = T>) -> Watched<T> {
        let watch = &self.inner.db.statements.watch;
        watch.steps.store(0, Ordering::SeqCst);
        watch.is_on.store(true, Ordering::SeqCst);
        let answer = question.await;
        watch.is_on.store(false, Ordering::SeqCst);
        let statements = std::mem::take(&mut *watch.statements.lock().expect("nobody panics with it"));
        Watched { answer, statements, steps: watch.steps.load(Ordering::SeqCst) }
    }

    /// Reads all messages of a conversation by their text, as no question does.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn test_read_everything_in(&self, id: protocol::ConversationId) -> Result<usize> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "SELECT html FROM messages WHERE conversation_id = $1 OR body = '' ORDER BY body";
                Ok(crate::db::fetch_all!(tx, (String,), sql, id.0)?.len())
            })
        })
        .await
    }

    /// Keeps the writer busy until the sender is used or dropped. Commands that are sent meanwhile
    /// run in one group. Returns when the writer is held.
    pub async fn test_hold(&self) -> oneshot::Sender<()> {
        let (release, released) = oneshot::channel::<()>();
        let (hold, held) = oneshot::channel::<()>();
        let once = Arc::new(Mutex::new(Some((hold, released))));
        let store = self.clone();
        self.inner.writer.tracker.spawn(async move {
            store
                .write(move |_| {
                    let once = Arc::clone(&once);
                    Box::pin(async move {
                        let taken = once.lock().expect("nobody panics with it").take();
                        if let Some((hold, released)) = taken {
                            let _ = hold.send(());
                            let _ = released.await;
                        }
                        Ok(())
                    })
                })
                .await
        });
        let _ = held.await;
        release
    }

    /// Jobs that wait for the writer.
    #[must_use]
    pub fn test_waiting(&self) -> usize {
        self.inner.writer.waiting()
    }

    /// Starts a topic's log.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn test_topic(&self, topic: Topic) -> Result<()> {
        self.write(move |tx| Box::pin(async move { tx.create_topic(topic, None).await })).await?;
        Ok(())
    }

    /// A command that takes the text of an entity out of the log.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn test_redact(&self, entity: Uuid) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                tx.redact(crate::log::append::Titles::Go, [entity]);
                Ok(())
            })
        })
        .await?;
        Ok(())
    }

    /// Forgets everything that the search knows, as if it had been written before there was one.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn test_forget_search(&self) -> Result<()> {
        self.write(|tx| {
            Box::pin(async move {
                crate::db::execute!(tx, "DELETE FROM search_documents")?;
                crate::db::execute!(tx, "DELETE FROM settings WHERE key = 'search_filled'")?;
                Ok(())
            })
        })
        .await?;
        Ok(())
    }

    /// A command that appends events, and ends as told.
    ///
    /// # Errors
    /// As told.
    pub async fn test_append(
        &self,
        topic: Topic,
        entity: Option<Uuid>,
        kinds: Vec<(EventKind, Recheck)>,
        ending: Ending,
    ) -> Result<Vec<Arc<LogEvent>>> {
        let written = self.write(move |tx| {
            let kinds = kinds.clone();
            Box::pin(async move {
                let actor: Option<UserId> = None;
                for (kind, recheck) in kinds {
                    match recheck {
                        Recheck::No => tx.append(topic, actor, entity, kind),
                        Recheck::Yes => tx.append_and_recheck(topic, actor, entity, kind),
                    }
                }
                // Written for itself, so that a failure leaves something to take back.
                tx.create_topic(Topic::User(UserId::new(tx.now)), None).await?;
                match ending {
                    Ending::Success => Ok(()),
                    Ending::Refusal => Err(protocol::Error::forbidden("Refused by the test.").into()),
                    Ending::Mistake => {
                        crate::db::execute!(tx, "INSERT INTO topics (id) VALUES ($1)", "not a topic")?;
                        Ok(())
                    }
                    Ending::Panic => panic!("the test asked for it"),
                }
            })
        });
        Ok(written.await?.events)
    }
}
