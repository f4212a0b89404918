//! How a connection learns that there is something for it: once, however much there is to see.
//!
//! Where few listen, the tasks of their sockets are woken. Where many do, waking a thousand tasks costs
//! more than what they do then, so one task goes round and hands it to each socket itself; only a
//! socket that does not take it at once, or has other work to do, is woken. While a round goes on more
//! may happen: whoever stands further along gets it too, in the same write.

use futures::task::AtomicWaker;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Context, Wake};
use tokio_util::task::TaskTracker;

/// Bells that one round goes along; more are gone along side by side.
const GROUP_SLOTS: usize = 256;
/// Fewer than this are woken instead: they are not worth a task.
const CROWD_MIN: usize = 8;
/// Bells between which others get their turn.
const STRIDE: usize = 32;

/// The bell of one connection. Rung by topics, answered by the connection's driver.
#[derive(Default)]
pub struct Bell {
    rung: AtomicBool,
    waker: AtomicWaker,
    /// The driver, for those who hand it something directly.
    door: OnceLock<Weak<dyn Door>>,
}

/// A driver that can be handed what there is for it without waking its task.
pub(crate) trait Door: Send + Sync {
    /// Sends what there is. False: its task has to be woken, to do the rest.
    fn deliver(&self, bell: &Arc<Bell>) -> bool;
}

impl std::fmt::Debug for Bell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bell").field("rung", &self.rung).finish_non_exhaustive()
    }
}

impl Bell {
    /// Wakes the connection, unless somebody did already.
    pub fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            self.waker.wake();
        }
    }

    /// Whether it was rung since the last answer.
    pub fn answer(&self) -> bool {
        self.rung.swap(false, Ordering::AcqRel)
    }

    /// As [`Bell::answer`], and wakes this task at the next ring.
    pub fn poll(&self, context: &Context<'_>) -> bool {
        self.waker.register(context.waker());
        self.answer()
    }

    /// Where to deliver from now on. The first one counts.
    pub(crate) fn open_door(&self, door: Weak<dyn Door>) {
        self.door.set(door).ok();
    }

    /// Delivers, or wakes the connection. If it was rung already its task comes anyway, and sees all
    /// there is.
    fn deliver(self: &Arc<Self>) {
        let door = self.door.get().filter(|_| !self.rung.load(Ordering::Acquire));
        let is_done = door.and_then(Weak::upgrade).is_some_and(|door| door.deliver(self));
        if !is_done {
            self.ring();
        }
    }
}

/// The waker of a write that was begun for the connection's task.
impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}

/// The bells of everybody who listens to one thing.
#[derive(Debug, Default)]
pub(crate) struct Bells {
    places: Mutex<Places>,
    /// Where the tasks run that go round; without, everybody is woken.
    tracker: Option<TaskTracker>,
}

#[derive(Debug, Default)]
struct Places {
    groups: Vec<Arc<Group>>,
    /// Slots, counted over all groups.
    free: Vec<usize>,
    count: usize,
}

impl Bells {
    /// Bells of a crowd, perhaps: the rounds run on `tracker`.
    pub(crate) fn of_crowd(tracker: TaskTracker) -> Self {
        Self { places: Mutex::default(), tracker: Some(tracker) }
    }

    /// Hangs a bell up; the answer is where to take it down again.
    pub(crate) fn add(&self, bell: Arc<Bell>) -> usize {
        let mut places = lock(&self.places);
        places.count += 1;
        if let Some(slot) = places.free.pop() {
            lock(&places.groups[slot / GROUP_SLOTS].bells)[slot % GROUP_SLOTS] = Some(bell);
            return slot;
        }
        if places.groups.last().is_none_or(|group| lock(&group.bells).len() == GROUP_SLOTS) {
            places.groups.push(Arc::default());
        }
        let last = places.groups.len() - 1;
        let mut bells = lock(&places.groups[last].bells);
        bells.push(Some(bell));
        last * GROUP_SLOTS + bells.len() - 1
    }

    /// Takes a bell down.
    pub(crate) fn remove(&self, slot: usize) {
        let mut places = lock(&self.places);
        lock(&places.groups[slot / GROUP_SLOTS].bells)[slot % GROUP_SLOTS] = None;
        places.free.push(slot);
        places.count -= 1;
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        lock(&self.places).count
    }

    /// Rings all of them.
    pub(crate) fn ring(&self) {
        let places = lock(&self.places);
        for group in &places.groups {
            match &self.tracker {
                Some(tracker) if CROWD_MIN <= places.count => {
                    if group.begins_round() {
                        tracker.spawn(Arc::clone(group).go_round());
                    }
                }
                _ => lock(&group.bells).iter().flatten().for_each(|bell| bell.ring()),
            }
        }
    }
}

/// Bells that one round goes along.
#[derive(Debug, Default)]
struct Group {
    bells: Mutex<Vec<Option<Arc<Bell>>>>,
    round: AtomicU8,
}

/// Nobody goes round.
const RESTING: u8 = 0;
/// Somebody does.
const GOING: u8 = 1;
/// There is something new since they began, or they are about to.
const WANTED: u8 = 2;

impl Group {
    /// Whether the caller has to see to it that somebody goes round.
    fn begins_round(&self) -> bool {
        self.round.swap(WANTED, Ordering::AcqRel) == RESTING
    }

    async fn go_round(self: Arc<Self>) {
        loop {
            self.round.swap(GOING, Ordering::AcqRel);
            self.deliver_to_all().await;
            let rests = self.round.compare_exchange(GOING, RESTING, Ordering::AcqRel, Ordering::Acquire);
            if rests.is_ok() {
                return;
            }
        }
    }

    async fn deliver_to_all(&self) {
        for first in (0..GROUP_SLOTS).step_by(STRIDE) {
            // What is delivered may take bells down, so the lock is not held then.
            let some: Vec<Arc<Bell>> =
                lock(&self.bells).iter().skip(first).take(STRIDE).flatten().cloned().collect();
            if some.is_empty() && lock(&self.bells).len() <= first {
                return;
            }
            some.iter().for_each(Bell::deliver);
            tokio::task::yield_now().await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;
    use std::time::Duration;
    use tokio::sync::Notify;

    /// A thing of which there are versions, and those who have to see the newest.
    struct Feed {
        bells: Bells,
        newest: AtomicU64,
        seen: Vec<AtomicU64>,
        changed: Notify,
    }

    /// The socket with this number.
    struct Listener(usize, Weak<Feed>);

    impl Door for Listener {
        fn deliver(&self, _: &Arc<Bell>) -> bool {
            let Some(feed) = self.1.upgrade() else { return true };
            let newest = feed.newest.load(Ordering::Acquire);
            feed.seen[self.0].store(newest, Ordering::Release);
            // The last of the first round learns of something that the others had no chance to see.
            if newest == 1 && self.0 + 1 == feed.seen.len() {
                feed.publish();
            }
            feed.changed.notify_one();
            true
        }
    }

    impl Feed {
        fn publish(&self) {
            self.newest.fetch_add(1, Ordering::AcqRel);
            self.bells.ring();
        }

        fn all_saw(&self, version: u64) -> bool {
            self.seen.iter().all(|seen| seen.load(Ordering::Acquire) == version)
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_happens_while_a_round_goes_on_reaches_those_whom_it_has_passed() {
        for listeners in [CROWD_MIN, STRIDE + 1, GROUP_SLOTS + CROWD_MIN] {
            let feed = Arc::new(Feed {
                bells: Bells::of_crowd(TaskTracker::new()),
                newest: AtomicU64::new(0),
                seen: (0..listeners).map(|_| AtomicU64::new(0)).collect(),
                changed: Notify::new(),
            });
            let doors: Vec<Arc<Listener>> =
                (0..listeners).map(|number| Arc::new(Listener(number, Arc::downgrade(&feed)))).collect();
            for door in &doors {
                let (bell, door) = (Arc::new(Bell::default()), Arc::downgrade(door));
                bell.open_door(door);
                feed.bells.add(bell);
            }
            feed.publish();
            let all_saw = async {
                while !feed.all_saw(2) {
                    feed.changed.notified().await;
                }
            };
            let waited = tokio::time::timeout(Duration::from_secs(10), all_saw).await;
            assert!(waited.is_ok(), "of {listeners} somebody saw only the first version");
        }
    }
}
