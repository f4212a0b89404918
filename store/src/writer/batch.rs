//! One group of jobs: together, else with savepoints, else one by one.

use super::{Job, Task, WriteTx, to_f64};
use crate::db::execute;
use crate::log::Committed;
use crate::log::append::{Appended, append};
use crate::search::documents;
use crate::{Error, Result, dialect};
use futures::FutureExt;
use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::time::Instant;

/// How a group runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Nothing can be taken back but everything.
    Together,
    /// A job that fails is taken back alone.
    WithSavepoints,
}

/// Why a group was rolled back.
enum Failure {
    /// There is no transaction to be had: the database is away.
    Away(Error),
    /// A job failed after it had written: another way may work.
    InOneJob(Error),
    /// What follows the jobs or the commit failed, or the transaction became unusable.
    Whole(Error),
}

impl Failure {
    /// Another node was in the way.
    fn is_collision(&self) -> bool {
        match self {
            Self::Away(_) => false,
            Self::InOneJob(error) | Self::Whole(error) => error.is_collision(),
        }
    }
}

/// What each job of a committed group did.
struct Done {
    /// Per job: its events, or why it did nothing.
    results: Vec<Result<Range<usize>>>,
    appended: Appended,
}

/// Whether other nodes write at the same time.
///
/// Which rows a job locks (workspaces, people, topics) is known only while it runs, so two groups may
/// lock the same ones in another order and wait for each other. One of them is taken back then, and runs
/// again while no other group does: that cannot collide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// As usual.
    Shared,
    /// Only this group, on all nodes together.
    Alone,
}

impl Task {
    /// Runs a group, answers its callers, and returns what was committed, in order.
    pub(super) async fn commit_group(&self, mut jobs: Vec<Box<dyn Job>>) -> Vec<Committed> {
        let started = Instant::now();
        metrics::histogram!("hubbub_writer_group_jobs").record(to_f64(jobs.len()));
        let (mut way, mut turn) = (Way::Together, Turn::Shared);
        let outcome = loop {
            let outcome = self.attempt(&mut jobs, way, turn).await;
            match &outcome {
                Err(failure) if failure.is_collision() && turn == Turn::Shared => {
                    metrics::counter!("hubbub_writer_collisions_total").increment(1);
                    turn = Turn::Alone;
                }
                Err(Failure::InOneJob(_)) if way == Way::Together && 1 < jobs.len() => {
                    metrics::counter!("hubbub_writer_groups_repeated_total").increment(1);
                    way = Way::WithSavepoints;
                }
                _ => break outcome,
            }
        };
        let committed = match outcome {
            Ok(done) => answer(jobs, done),
            Err(Failure::Away(error)) => {
                refuse_all(jobs, error);
                Vec::new()
            }
            Err(Failure::InOneJob(error) | Failure::Whole(error)) => self.one_by_one(jobs, error).await,
        };
        metrics::histogram!("hubbub_writer_group_seconds").record(started.elapsed().as_secs_f64());
        committed
    }

    /// Every job in a transaction of its own. `first` is the error of the group; it is the answer
    /// for a single job.
    async fn one_by_one(&self, jobs: Vec<Box<dyn Job>>, first: Error) -> Vec<Committed> {
        let mut committed = Vec::new();
        let mut jobs = jobs.into_iter();
        if jobs.len() == 1 {
            jobs.next().expect("there is one").refuse(first);
            return committed;
        }
        tracing::warn!(jobs = jobs.len(), error = %first, "a group failed as a whole; its jobs run one by one");
        while let Some(job) = jobs.next() {
            let mut single = vec![job];
            match self.attempt(&mut single, Way::Together, Turn::Alone).await {
                Ok(done) => committed.extend(answer(single, done)),
                Err(Failure::InOneJob(error) | Failure::Whole(error)) => refuse_all(single, error),
                Err(Failure::Away(error)) => {
                    single.extend(jobs);
                    refuse_all(single, error);
                    break;
                }
            }
        }
        committed
    }

    /// One transaction with all these jobs.
    async fn attempt(
        &self,
        jobs: &mut [Box<dyn Job>],
        way: Way,
        turn: Turn,
    ) -> std::result::Result<Done, Failure> {
        let mut tx = self.db.begin_write().await.map_err(|error| Failure::Away(error.into()))?;
        #[cfg(feature = "testing")]
        self.faults.begins(turn);
        dialect::take_turn(&mut tx, turn).await.map_err(|error| Failure::Away(error.into()))?;
        let mut tx = WriteTx {
            tx,
            now: self.clock.now(),
            push_grace: self.push_grace,
            pending: Vec::new(),
            redactions: Vec::new(),
            documents: Vec::new(),
        };
        let ran = run_jobs(&mut tx, jobs, way).await;
        let results = match ran {
            Ok(results) => results,
            Err(failure) => return Err(roll_back(tx, failure).await),
        };
        // Before the append, which locks the topics until the commit.
        let documents = std::mem::take(&mut tx.documents);
        if let Err(error) = documents::write(&mut tx, &documents).await {
            return Err(roll_back(tx, Failure::Whole(error)).await);
        }
        let (pending, redactions) = (std::mem::take(&mut tx.pending), std::mem::take(&mut tx.redactions));
        let now = tx.now;
        let appended = match append(&mut tx, pending, &redactions, now).await {
            Ok(appended) => appended,
            Err(error) => return Err(roll_back(tx, Failure::Whole(error)).await),
        };
        #[cfg(feature = "testing")]
        if let Err(error) = self.faults.before_commit() {
            return Err(roll_back(tx, Failure::Whole(error)).await);
        }
        let committing = Instant::now();
        tx.tx.commit().await.map_err(|error| Failure::Whole(error.into()))?;
        metrics::histogram!("hubbub_commit_seconds").record(committing.elapsed().as_secs_f64());
        Ok(Done { results, appended })
    }
}

async fn run_jobs(
    tx: &mut WriteTx,
    jobs: &mut [Box<dyn Job>],
    way: Way,
) -> std::result::Result<Vec<Result<Range<usize>>>, Failure> {
    let whole = |error: sqlx::Error| Failure::Whole(error.into());
    let mut results = Vec::with_capacity(jobs.len());
    jobs.iter_mut().for_each(|job| job.forget());
    let mut begun = 0;
    for index in 0..jobs.len() {
        if way == Way::Together && begun == index {
            begun += begin_together(tx, &mut jobs[index..]).await?;
        }
        let job = &mut jobs[index];
        let (events, redactions, documents) = (tx.pending.len(), tx.redactions.len(), tx.documents.len());
        if way == Way::WithSavepoints {
            execute!(tx, "SAVEPOINT job").map_err(whole)?;
        }
        tx.take_wrote();
        // A job that panics must not take the writer with it.
        let result = match AssertUnwindSafe(job.run(tx)).catch_unwind().await {
            Ok(result) => result,
            Err(_) => Err(protocol::Error::internal().into()),
        };
        let result = match result {
            Ok(()) => Ok(events..tx.pending.len()),
            Err(error) => {
                tx.pending.truncate(events);
                tx.redactions.truncate(redactions);
                tx.documents.truncate(documents);
                // After an error of its own PostgreSQL takes no more statements before a rollback.
                let needs_rollback = tx.take_wrote() || error.is_of_database();
                if needs_rollback && way == Way::Together {
                    return Err(Failure::InOneJob(error));
                }
                if needs_rollback {
                    execute!(tx, "ROLLBACK TO SAVEPOINT job").map_err(whole)?;
                }
                Err(error)
            }
        };
        if way == Way::WithSavepoints {
            execute!(tx, "RELEASE SAVEPOINT job").map_err(whole)?;
        }
        results.push(result);
    }
    Ok(results)
}

/// Begins the jobs of one kind that come first. How many.
async fn begin_together(tx: &mut WriteTx, jobs: &mut [Box<dyn Job>]) -> std::result::Result<usize, Failure> {
    let kind = jobs.first().and_then(|job| job.kind());
    let count = jobs.iter().take_while(|job| kind.is_some() && job.kind() == kind).count();
    let Some((first, others)) = jobs[..count].split_first_mut() else { return Ok(1) };
    if others.is_empty() {
        return Ok(1);
    }
    match AssertUnwindSafe(first.begin(others, tx)).catch_unwind().await {
        Ok(Ok(())) => Ok(count),
        Ok(Err(error)) => Err(Failure::InOneJob(error)),
        Err(_) => Err(Failure::InOneJob(protocol::Error::internal().into())),
    }
}

async fn roll_back(tx: WriteTx, failure: Failure) -> Failure {
    if let Err(error) = tx.tx.rollback().await {
        // The connection is thrown away then, and the transaction with it.
        tracing::warn!(%error, "a rollback did not succeed");
    }
    failure
}

fn answer(jobs: Vec<Box<dyn Job>>, done: Done) -> Vec<Committed> {
    let Appended { events, committed, orders } = done.appended;
    let orders = Arc::new(orders);
    metrics::counter!("hubbub_events_appended_total").increment(events.len() as u64);
    for (job, result) in jobs.into_iter().zip(done.results) {
        match result {
            Ok(range) => job.answer(events[range].to_vec(), Arc::clone(&orders)),
            Err(error) => job.refuse(error),
        }
    }
    committed
}

/// The same answer for everybody: an error of the driver cannot be copied, so the first gets it.
fn refuse_all(jobs: Vec<Box<dyn Job>>, error: Error) {
    let mut error = Some(error);
    for job in jobs {
        job.refuse(error.take().unwrap_or(Error::Busy));
    }
}
