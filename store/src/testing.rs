//! What tests need and nothing else may have: failures on demand, and commands that only touch the log.
//! Behind the feature `testing`.

use crate::{Error, LogEvent, Result, Store};
use protocol::{EventKind, Topic, UserId};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use uuid::Uuid;

/// Failures that the writer runs into.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<AtomicU32>);

impl Faults {
    /// The next `count` commits fail, and everything in them is taken back.
    pub fn fail_commits(&self, count: u32) {
        self.0.store(count, Ordering::SeqCst);
    }

    pub(crate) fn before_commit(&self) -> Result<()> {
        let taken = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match taken {
            Ok(_) => Err(Error::Unavailable(sqlx::Error::PoolTimedOut)),
            Err(_) => Ok(()),
        }
    }
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
        &self.writer.faults
    }

    /// Starts a topic's log.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn test_topic(&self, topic: Topic) -> Result<()> {
        self.write(move |tx| Box::pin(async move { tx.create_topic(topic, None).await })).await?;
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
        kinds: Vec<EventKind>,
        ending: Ending,
    ) -> Result<Vec<Arc<LogEvent>>> {
        let written = self.write(move |tx| {
            let kinds = kinds.clone();
            Box::pin(async move {
                let actor: Option<UserId> = None;
                for kind in kinds {
                    tx.append(topic, actor, entity, kind);
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
