//! The topics of this node: who listens, what is in memory, and how news reach it.
//!
//! News come from three sides, and every one may be late, doubled or missing: what this node committed
//! (the store's channel), what other nodes ring (the bus), and the sweep, which looks at the heads in the
//! database. All three end in [`LiveTopic`](crate::topic::LiveTopic), where numbers decide; a gap is read from the log.

mod feeds;
mod people;
mod reads;
mod repairs;
mod rights;
mod rounds;
mod topics;

use crate::admission::Admission;
use crate::bell::Bell;
use crate::bus::Bus;
use crate::bus::redis::Line;
use crate::figures::Counters;
use crate::presence::{Incarnation, Register};
use crate::{Patience, Refused};
use people::Moved;
use protocol::admin::Figures;
use protocol::presence::PresenceChoice;
use protocol::token::Scope;
use protocol::{ConnectionId, NodeId, Timestamp, Topic, UserId, limits};
use reads::Reads;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::{Bearer, Caller, Committed, Store};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use topics::Topics;

/// Questions about rights that the database is asked at once.
const CHECKS_AT_ONCE_MAX: usize = 32;

/// How a hub is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// This server process.
    pub node: NodeId,
    /// The node's name for its peers. One that survives a restart (host and port, say) lets the new
    /// process replace what the old one said of who is here; otherwise that takes 30 s.
    pub name: String,
    /// How long a socket is waited for.
    pub patience: Patience,
    /// New sockets per second, and how many may come at once.
    pub handshakes_per_second: u32,
    /// Frames of all topics in memory, in bytes; those of the topics that were quiet for longest go first.
    pub tails_bytes_max: usize,
}

impl Settings {
    /// A node that is named by its id, with the limits of the protocol.
    #[must_use]
    pub fn new(node: NodeId) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let cores = u32::try_from(cores).unwrap_or(u32::MAX);
        Self {
            node,
            name: node.to_string(),
            patience: Patience::default(),
            handshakes_per_second: limits::HANDSHAKES_PER_SECOND_AND_CORE_MAX.saturating_mul(cores),
            tails_bytes_max: limits::TAILS_BYTES_MAX,
        }
    }
}

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) node: NodeId,
    pub(crate) patience: Patience,
    pub(crate) counters: Counters,
    tails_bytes_max: usize,
    tracker: TaskTracker,
    cancel: CancellationToken,
    line: Option<Arc<Line>>,
    topics: Topics,
    reads: Reads,
    checks: Semaphore,
    presence: Mutex<Register>,
    moved: Mutex<Moved>,
    admission: Mutex<Admission>,
    sockets: Mutex<HashMap<ConnectionId, Arc<Signal>>>,
    subscriptions: AtomicUsize,
    /// Appended by this node or heard of from another one.
    appended: AtomicU64,
    status: Mutex<Status>,
    status_version: AtomicU64,
    /// Events per second of the last five minutes, oldest first.
    samples: Mutex<Vec<f32>>,
}

#[derive(Default)]
struct Status {
    degraded: Vec<String>,
    is_database_away: bool,
}

/// How the hub speaks to one driver.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    pub(crate) bell: Arc<Bell>,
    /// Once the socket has to leave: the hint for the client in milliseconds, plus one.
    leave: AtomicU64,
}

impl Signal {
    /// The hint for the client, once the socket has to leave.
    pub(crate) fn leave_after_ms(&self) -> Option<u64> {
        self.leave.load(Ordering::Acquire).checked_sub(1)
    }
}

/// Who opens a socket, and with what.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    caller: Caller,
    program: Option<Program>,
}

/// What a token says of the socket that was opened with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// It may move read positions and say that somebody types.
    pub may_write: bool,
    /// How long the token still holds; none: until it is revoked.
    pub expires_in: Option<Duration>,
}

impl From<Caller> for Pass {
    fn from(caller: Caller) -> Self {
        Self { caller, program: None }
    }
}

impl From<&Bearer> for Program {
    fn from(bearer: &Bearer) -> Self {
        Self { may_write: bearer.scopes.has(Scope::Write), expires_in: bearer.expires_in }
    }
}

impl From<&Bearer> for Pass {
    fn from(bearer: &Bearer) -> Self {
        Self { caller: bearer.caller, program: Some(bearer.into()) }
    }
}

/// The right to one socket, from [`Hub::connect`] until it is dropped.
pub struct Seat {
    pub(crate) hub: Hub,
    pub(crate) caller: Caller,
    pub(crate) program: Option<Program>,
    pub(crate) connection: ConnectionId,
    pub(crate) signal: Arc<Signal>,
    /// Topics in which the person counts as present because of this socket.
    present: Vec<Topic>,
    /// Whether the window behind it is idle, once it said so.
    is_idle: Option<bool>,
    pub(crate) subscriptions: usize,
}

impl Hub {
    /// Starts the hub's tasks on `tracker`; `cancel` ends them. `committed` is what the store commits.
    ///
    /// Install the metrics recorder before: the hub looks its counters up once.
    #[must_use]
    pub fn start(
        store: Store,
        committed: mpsc::Receiver<Committed>,
        bus: Bus,
        settings: Settings,
        tracker: TaskTracker,
        cancel: CancellationToken,
    ) -> Self {
        let now = Instant::now().into_std();
        let (line, news) = match bus {
            Bus::Local => (None, None),
            Bus::Redis(redis) => {
                let (line, news) = redis.start(&tracker, &cancel);
                (Some(line), Some(news))
            }
        };
        let own = Incarnation { node: settings.name, started_ms: Timestamp::now().0 };
        let hub = Self(Arc::new(Inner {
            store,
            node: settings.node,
            patience: settings.patience,
            tails_bytes_max: settings.tails_bytes_max,
            counters: Counters::new(),
            tracker,
            cancel,
            line,
            topics: Topics::default(),
            reads: Reads::default(),
            checks: Semaphore::new(CHECKS_AT_ONCE_MAX),
            presence: Mutex::new(Register::new(own, now)),
            moved: Mutex::default(),
            admission: Mutex::new(Admission::new(settings.handshakes_per_second, now)),
            sockets: Mutex::default(),
            subscriptions: AtomicUsize::new(0),
            appended: AtomicU64::new(0),
            status: Mutex::default(),
            status_version: AtomicU64::new(0),
            samples: Mutex::default(),
        }));
        hub.spawn(hub.clone().take_committed(committed));
        if let Some(news) = news {
            hub.spawn(hub.clone().take_news(news));
        }
        hub.spawn(hub.clone().sweep_often());
        hub.spawn(hub.clone().tell_presence());
        hub.spawn(hub.clone().tell_seen());
        hub.spawn(hub.clone().watch_health());
        hub
    }

    /// Lets one more socket in. Ask before the upgrade, and give the seat to [`crate::drive()`].
    ///
    /// # Errors
    /// Why not.
    pub fn connect(&self, pass: impl Into<Pass>) -> Result<Seat, Refused> {
        let pass = pass.into();
        lock(&self.0.admission).enter(pass.caller.user, Instant::now().into_std())?;
        Ok(self.seat(pass))
    }

    /// Whether one more may open a socket who says only on it who they are; then [`Hub::connect_late`].
    ///
    /// # Errors
    /// Why not.
    pub fn knock(&self) -> Result<(), Refused> {
        lock(&self.0.admission).knock(Instant::now().into_std())
    }

    /// Lets a socket in that was opened after [`Hub::knock`].
    ///
    /// # Errors
    /// Why not.
    pub fn connect_late(&self, pass: impl Into<Pass>) -> Result<Seat, Refused> {
        let pass = pass.into();
        lock(&self.0.admission).seat(pass.caller.user)?;
        Ok(self.seat(pass))
    }

    fn seat(&self, pass: Pass) -> Seat {
        let connection = ConnectionId::new(Timestamp::now());
        let signal = Arc::new(Signal::default());
        // The first answer tells the connection what does not work.
        signal.bell.ring();
        lock(&self.0.sockets).insert(connection, Arc::clone(&signal));
        self.0.counters.sockets.increment(1.0);
        Seat {
            hub: self.clone(),
            caller: pass.caller,
            program: pass.program,
            connection,
            signal,
            present: Vec::new(),
            is_idle: None,
            subscriptions: 0,
        }
    }

    /// Open sockets of this node.
    #[must_use]
    pub fn sockets(&self) -> usize {
        lock(&self.0.sockets).len()
    }

    /// Parts that do not work fully: `bus`, `database`. The clients are told the same.
    #[must_use]
    pub fn degraded(&self) -> Vec<String> {
        lock(&self.0.status).degraded.clone()
    }

    /// Age of the newest canary that came back through Redis; none without Redis.
    #[must_use]
    pub fn canary_age(&self) -> Option<Duration> {
        self.0.line.as_ref().map(|line| line.canary_age())
    }

    /// The hub's part of the live figures; the rest is at its default.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Figures {
            node: self.0.node.to_string(),
            sockets: count(self.sockets()),
            people: count(lock(&self.0.presence).people_count()),
            topics: count(self.0.topics.count()),
            subscriptions: count(self.0.subscriptions.load(Ordering::Relaxed)),
            events_per_second: lock(&self.0.samples).clone(),
            canary_age_ms: self.canary_age().map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
            degraded: self.degraded(),
            ..Figures::default()
        }
    }

    /// Lets nobody in any more and sends everybody away, spread over at most `within`, so that those
    /// who take over are not overrun. Returns when all are gone or the time is over.
    pub async fn drain(&self, within: Duration) {
        let deadline = Instant::now() + within;
        lock(&self.0.admission).drain();
        let signals: Vec<Arc<Signal>> = lock(&self.0.sockets).values().cloned().collect();
        let at_handshake_rate = Duration::from_secs(1)
            .mul_f64(signals.len() as f64 / f64::from(limits::HANDSHAKES_PER_SECOND_AND_CORE_MAX));
        let spread = at_handshake_rate.min(within.mul_f64(0.6));
        let started = Instant::now();
        for (index, signal) in signals.iter().enumerate() {
            tokio::time::sleep_until(started + spread.mul_f64(index as f64 / signals.len() as f64)).await;
            let after_ms = 100 + rand::random_range(0..400);
            signal.leave.store(after_ms + 1, Ordering::Release);
            signal.bell.ring();
        }
        while 0 < self.sockets() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// Changes when [`Hub::degraded`] does.
    pub(crate) fn status_version(&self) -> u64 {
        self.0.status_version.load(Ordering::Acquire)
    }

    /// Runs until it is done or the hub ends.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.tracker.spawn(self.0.cancel.clone().run_until_cancelled_owned(task));
    }
}

impl Seat {
    /// The person.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.caller.user
    }

    pub(crate) fn arrive(&mut self, topic: Topic) {
        self.present.push(topic);
        lock(&self.hub.0.presence).arrive(topic, self.caller.user);
    }

    pub(crate) fn depart(&mut self, topic: Topic) {
        self.present.retain(|other| *other != topic);
        lock(&self.hub.0.presence).depart(topic, self.caller.user, Instant::now().into_std());
    }

    /// The window is idle, or used; the first word of it opens it.
    pub(crate) fn idle(&mut self, is_idle: bool) {
        let mut presence = lock(&self.hub.0.presence);
        match self.is_idle.replace(is_idle) {
            None => presence.open(self.caller.user, is_idle),
            Some(before) if before != is_idle => presence.idle(self.caller.user, is_idle),
            Some(_) => {}
        }
    }

    /// What the person chose to show.
    pub(crate) fn choose(&mut self, choice: PresenceChoice) {
        lock(&self.hub.0.presence).choose(self.caller.user, choice);
    }

    /// How many topics the socket follows now.
    pub(crate) fn count_subscriptions(&mut self, subscriptions: usize) {
        if subscriptions != self.subscriptions {
            let all = &self.hub.0.subscriptions;
            all.fetch_add(subscriptions, Ordering::Relaxed);
            all.fetch_sub(self.subscriptions, Ordering::Relaxed);
            self.subscriptions = subscriptions;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        for topic in std::mem::take(&mut self.present) {
            self.depart(topic);
        }
        if let Some(was_idle) = self.is_idle {
            lock(&self.hub.0.presence).close(self.caller.user, was_idle);
        }
        self.count_subscriptions(0);
        lock(&self.hub.0.sockets).remove(&self.connection);
        lock(&self.hub.0.admission).leave(self.caller.user);
        self.hub.0.counters.sockets.decrement(1.0);
    }
}

/// A lock that no panic can spoil: what is behind it is valid after every statement.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
