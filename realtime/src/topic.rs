//! A topic that somebody on this node listens to: its tail, its listeners, and what is live in it.

use crate::bell::{Bell, Bells};
use crate::ephemerals::Ephemerals;
use crate::position::{Extent, Place, place};
use crate::tail::{Doorbell, Next, Rung, Tail};
use protocol::{Epoch, Position, Topic};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use store::{LogEvent, TopicHead};
use tokio_util::task::TaskTracker;

/// See the module. Shared by the hub, which writes, and the connections, which pull from it.
pub struct LiveTopic {
    topic: Topic,
    state: Mutex<State>,
    /// Counts every change, so that a connection sees without a lock that there is nothing for it.
    version: AtomicU64,
    /// The newest permission epoch known.
    permission_epoch: AtomicU64,
    bells: Bells,
    /// Bells of those who look at the topic, and what they get.
    lookers: Bells,
    ephemerals: Mutex<Ephemerals>,
}

/// A topic is registered first and its heads are read then, so that nothing committed in between is
/// missed: the doorbells of that time wait.
#[derive(Debug)]
enum State {
    Expected(Vec<Doorbell>),
    Known(Tail),
}

/// Doorbells that wait for the heads; older ones show as a gap, which the log fills.
const EARLY_DOORBELLS_MAX: usize = 64;

impl State {
    fn tail(&self) -> Option<&Tail> {
        match self {
            Self::Expected(_) => None,
            Self::Known(tail) => Some(tail),
        }
    }

    fn tail_mut(&mut self) -> Option<&mut Tail> {
        match self {
            Self::Expected(_) => None,
            Self::Known(tail) => Some(tail),
        }
    }
}

impl fmt::Debug for LiveTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LiveTopic").field(&self.topic).finish()
    }
}

impl LiveTopic {
    /// A topic whose heads are not known yet.
    #[must_use]
    pub fn new(topic: Topic) -> Arc<Self> {
        Arc::new(Self {
            topic,
            state: Mutex::new(State::Expected(Vec::new())),
            version: AtomicU64::new(0),
            permission_epoch: AtomicU64::new(0),
            bells: Bells::default(),
            lookers: Bells::default(),
            ephemerals: Mutex::default(),
        })
    }

    /// As [`LiveTopic::new`]; when many listen, they are served by tasks on `tracker`.
    pub(crate) fn served(topic: Topic, tracker: TaskTracker) -> Arc<Self> {
        let mut live = Self::new(topic);
        Arc::get_mut(&mut live).expect("nobody else has it yet").bells = Bells::of_crowd(tracker);
        live
    }

    /// Which.
    #[must_use]
    pub fn topic(&self) -> Topic {
        self.topic
    }

    /// Changes with everything that a listener may want to see.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// The newest permission epoch known: rights checked at an older one must be checked again.
    #[must_use]
    pub fn permission_epoch(&self) -> u64 {
        self.permission_epoch.load(Ordering::Acquire)
    }

    /// Its numbers, once the heads were read.
    #[must_use]
    pub fn extent(&self) -> Option<Extent> {
        self.lock().tail().map(Tail::extent)
    }

    /// Bytes of frames in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.lock().tail().map_or(0, Tail::bytes)
    }

    /// When the newest event in memory reached this node; none when there is none.
    pub(crate) fn newest_arrival(&self) -> Option<Instant> {
        self.lock().tail().and_then(Tail::newest_arrival)
    }

    /// From where a subscriber at this position goes on, once the heads were read.
    #[must_use]
    pub fn place(&self, position: Position) -> Option<Place> {
        self.extent().map(|extent| place(position, &extent))
    }

    /// What a subscriber gets next. See [`Tail::next`].
    #[must_use]
    pub fn next(&self, position: Position, checked: u64) -> Next {
        self.lock().tail_mut().map_or(Next::Nothing, |tail| tail.next(position, checked))
    }

    /// Takes a doorbell. Before the heads were read it waits for them.
    pub fn ring(&self, doorbell: &Doorbell, now: Instant) -> Rung {
        self.change(|state| match state {
            State::Known(tail) => tail.ring(doorbell, now),
            State::Expected(early) => {
                if early.len() == EARLY_DOORBELLS_MAX {
                    early.remove(0);
                }
                early.push(doorbell.clone());
                Rung::Old
            }
        })
    }

    /// Takes what the database says about its numbers. The first time, it begins there.
    pub fn look(&self, seen: &TopicHead, now: Instant) -> Rung {
        self.change(|state| match state {
            State::Known(tail) => tail.look(seen),
            State::Expected(early) => {
                let mut tail = Tail::new(seen);
                let rung = early.iter().map(|doorbell| tail.ring(doorbell, now)).last();
                *state = State::Known(tail);
                rung.unwrap_or(Rung::Old)
            }
        })
    }

    /// Takes what was read from the log. See [`Tail::fill`].
    pub fn fill(&self, epoch: Epoch, events: &[Arc<LogEvent>], now: Instant) -> Rung {
        self.change(|state| state.tail_mut().map_or(Rung::Old, |tail| tail.fill(epoch, events, now)))
    }

    /// See [`Tail::skip_to`].
    pub fn skip_to(&self, seq: u64) {
        self.change(|state| {
            if let Some(tail) = state.tail_mut() {
                tail.skip_to(seq);
            }
            Rung::News
        });
    }

    /// Frees the memory of its frames.
    pub(crate) fn clear(&self) {
        if let Some(tail) = self.lock().tail_mut() {
            tail.clear();
        }
    }

    /// What is live in it.
    pub(crate) fn ephemerals(&self) -> MutexGuard<'_, Ephemerals> {
        self.ephemerals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many listen.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.bells.count()
    }

    /// How many look.
    #[must_use]
    pub fn lookers(&self) -> usize {
        self.lookers.count()
    }

    /// Wakes those who look: there is an ephemeral or somebody came or went.
    pub(crate) fn ring_lookers(&self) {
        self.lookers.ring();
    }

    /// Changes the tail and wakes the listeners if there is something for them.
    fn change(&self, change: impl FnOnce(&mut State) -> Rung) -> Rung {
        let visible = |state: &State| {
            state.tail().map(|tail| (tail.extent().epoch, tail.extent().end, tail.permission_epoch()))
        };
        let mut state = self.lock();
        let before = visible(&state);
        let rung = change(&mut state);
        let after = visible(&state);
        if before == after {
            return rung;
        }
        if let Some((_, _, permission_epoch)) = after {
            self.permission_epoch.store(permission_epoch, Ordering::Release);
        }
        self.version.fetch_add(1, Ordering::AcqRel);
        drop(state);
        self.bells.ring();
        rung
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// That a connection listens to a topic. Dropped, it no longer does.
#[derive(Debug)]
pub struct Link {
    live: Arc<LiveTopic>,
    bell: Arc<Bell>,
    slot: usize,
}

impl Link {
    /// Lets `bell` ring for everything in the topic.
    #[must_use]
    pub fn new(live: &Arc<LiveTopic>, bell: &Arc<Bell>) -> Self {
        let slot = live.bells.add(Arc::clone(bell));
        Self { live: Arc::clone(live), bell: Arc::clone(bell), slot }
    }

    /// The topic.
    #[must_use]
    pub fn live(&self) -> &Arc<LiveTopic> {
        &self.live
    }

    /// Lets the bell ring for what is live in the topic too.
    pub(crate) fn look(&self) -> Looking {
        let slot = self.live.lookers.add(Arc::clone(&self.bell));
        Looking { live: Arc::clone(&self.live), slot }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.live.bells.remove(self.slot);
    }
}

/// That a connection looks at a topic. Dropped, it no longer does.
#[derive(Debug)]
pub(crate) struct Looking {
    live: Arc<LiveTopic>,
    slot: usize,
}

impl Looking {
    pub(crate) fn live(&self) -> &Arc<LiveTopic> {
        &self.live
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        self.live.lookers.remove(self.slot);
    }
}
