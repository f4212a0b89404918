//! Group commit: one task runs all commands.
//!
//! It takes what waits (natural batching: a busy server pays one disk flush for many commands, an
//! idle one adds no delay), runs it inside one transaction, appends all events, commits once,
//! answers everybody, then hands the committed events on in order.
//!
//! Commands of a kind that comes often are begun together, with the statements of one (`Together`).
//!
//! A command that was refused before it wrote anything leaves nothing to take back. Otherwise the
//! group is rolled back and run again with a savepoint per job, and if it fails as a whole (at the
//! commit, say), job by job. That is why a job is an `Fn`: it may run several times. Groups of several
//! nodes run side by side; one that collided with another is repeated while no other runs.

mod batch;
mod job;

pub(crate) use batch::Turn;
pub(crate) use job::{Answer, Job, Together, Written, job, one_of_many};

use crate::connect::Db;
use crate::log::Committed;
use crate::log::append::{Pending, Redaction, Titles};
use crate::search::documents::Change;
use crate::{Clock, Error, Result, Settings};
use protocol::{Epoch, EventKind, Timestamp, Topic, UserId, WorkspaceId};
use std::ops::{Deref, DerefMut};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::db::{Tx, execute};

/// Jobs in one transaction.
const GROUP_JOBS_MAX: usize = 256;
/// Jobs that wait; above it the caller waits to hand its job over …
const WAITING_JOBS_MAX: usize = 1024;
/// … but not longer than this.
const WAITING_FOR: Duration = Duration::from_secs(10);
/// Commits that nobody took yet; then the writer waits.
const COMMITTED_WAITING_MAX: usize = 1024;

/// A transaction of the writer, in which events and what the search is to know are collected. Dereferences to [`Tx`] for the macros.
pub(crate) struct WriteTx {
    tx: Tx,
    /// The time of all jobs of the group.
    pub(crate) now: Timestamp,
    /// How long people have to read before their devices are told.
    pub(crate) push_grace: Duration,
    pending: Vec<Pending>,
    redactions: Vec<Redaction>,
    documents: Vec<Change>,
}

impl Deref for WriteTx {
    type Target = Tx;
    fn deref(&self) -> &Tx {
        &self.tx
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.tx
    }
}

impl WriteTx {
    /// Appends an event about `entity` to a topic. It gets its number when all jobs of the group ran;
    /// the `order` inside a created post, comment or message is set then, in the event and in its row.
    pub(crate) fn append(
        &mut self,
        topic: Topic,
        actor: Option<UserId>,
        entity: Option<Uuid>,
        kind: EventKind,
    ) {
        self.pending.push(Pending { topic, actor, entity, kind, raises_permission_epoch: false });
    }

    /// Appends an event after which every right to read the topic must be checked again.
    pub(crate) fn append_and_recheck(
        &mut self,
        topic: Topic,
        actor: Option<UserId>,
        entity: Option<Uuid>,
        kind: EventKind,
    ) {
        self.pending.push(Pending { topic, actor, entity, kind, raises_permission_epoch: true });
    }

    /// Takes bodies and excerpts, and perhaps titles, out of all events about these entities that were
    /// appended so far, those of this group included. Later ones keep theirs.
    pub(crate) fn redact(&mut self, titles: Titles, entities: impl IntoIterator<Item = Uuid>) {
        let before = self.pending.len();
        self.redactions.extend(entities.into_iter().map(|entity| Redaction { entity, before, titles }));
    }

    /// Says what became of a text that can be searched for. It is written when all jobs of the group ran.
    pub(crate) fn index(&mut self, change: Change) {
        self.documents.push(change);
    }

    /// From now on nobody finds these.
    pub(crate) fn unindex(&mut self, entities: impl IntoIterator<Item = Uuid>) {
        self.documents.extend(entities.into_iter().map(Change::Gone));
    }

    /// Starts the log of a new workspace, conversation or person. Once more does nothing.
    pub(crate) async fn create_topic(&mut self, topic: Topic, workspace: Option<WorkspaceId>) -> Result<()> {
        let epoch = Epoch::new(self.now);
        execute!(
            self,
            "INSERT INTO topics (id, workspace_id, epoch, head_seq, floor_seq, permission_epoch)
             VALUES ($1, $2, $3, 0, 0, 0) ON CONFLICT (id) DO NOTHING",
            topic.to_string(),
            workspace.map(|workspace| workspace.0),
            epoch.0
        )?;
        Ok(())
    }
}

/// The way to the writing task.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Box<dyn Job>>,
    closing: CancellationToken,
    pub(crate) tracker: TaskTracker,
    #[cfg(feature = "testing")]
    pub(crate) faults: crate::testing::Faults,
}

impl Writer {
    pub(crate) fn start(db: Db, settings: &Settings) -> (Self, mpsc::Receiver<Committed>) {
        let (jobs, waiting) = mpsc::channel(WAITING_JOBS_MAX);
        let (committed, receiver) = mpsc::channel(COMMITTED_WAITING_MAX);
        let writer = Self {
            jobs,
            closing: CancellationToken::new(),
            tracker: TaskTracker::new(),
            #[cfg(feature = "testing")]
            faults: crate::testing::Faults::default(),
        };
        let task = Task {
            db,
            clock: settings.clock.clone(),
            push_grace: settings.push_grace,
            waiting,
            committed,
            closing: writer.closing.clone(),
            #[cfg(feature = "testing")]
            faults: writer.faults.clone(),
        };
        writer.tracker.spawn(task.run());
        (writer, receiver)
    }

    /// Hands a job over.
    pub(crate) async fn send(&self, job: Box<dyn Job>) -> Result<()> {
        let sent = tokio::time::timeout(WAITING_FOR, self.jobs.send(job)).await;
        sent.map_err(|_| Error::Busy)?.map_err(|_| Error::Busy)
    }

    /// Jobs that nobody took yet.
    #[cfg(feature = "testing")]
    pub(crate) fn waiting(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
    }

    /// Takes no more jobs and waits for those that wait.
    pub(crate) async fn close(&self) {
        self.closing.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

/// The writing task.
struct Task {
    db: Db,
    clock: Clock,
    push_grace: Duration,
    waiting: mpsc::Receiver<Box<dyn Job>>,
    committed: mpsc::Sender<Committed>,
    closing: CancellationToken,
    #[cfg(feature = "testing")]
    faults: crate::testing::Faults,
}

impl Task {
    async fn run(mut self) {
        let mut jobs = Vec::with_capacity(GROUP_JOBS_MAX);
        loop {
            tokio::select! {
                count = self.waiting.recv_many(&mut jobs, GROUP_JOBS_MAX) => {
                    if count == 0 {
                        return;
                    }
                }
                () = self.closing.cancelled(), if !self.waiting.is_closed() => {
                    self.waiting.close();
                    continue;
                }
            }
            metrics::gauge!("hubbub_writer_waiting").set(to_f64(self.waiting.len()));
            let committed = self.commit_group(std::mem::take(&mut jobs)).await;
            for commit in committed {
                self.hand_on(commit).await;
            }
        }
    }

    /// Puts a commit on the channel, waiting for room: whoever reads it must not miss one. When the
    /// store closes or nobody listens, nobody has to hear of it: it is in the log.
    async fn hand_on(&self, commit: Committed) {
        tokio::select! {
            biased;
            _ = self.committed.send(commit) => {}
            () = self.closing.cancelled() => {}
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floats")]
fn to_f64(count: usize) -> f64 {
    count as f64
}
