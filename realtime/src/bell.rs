//! How a connection is woken: once, however much there is to see.

use futures::task::AtomicWaker;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Context;

/// The bell of one connection. Rung by topics, answered by the connection's driver.
#[derive(Debug, Default)]
pub struct Bell {
    rung: AtomicBool,
    waker: AtomicWaker,
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
}

/// The bells of everybody who listens to one thing.
#[derive(Debug, Default)]
pub(crate) struct Bells(Mutex<Slots>);

#[derive(Debug, Default)]
struct Slots {
    bells: Vec<Option<Arc<Bell>>>,
    free: Vec<usize>,
}

impl Bells {
    /// Hangs a bell up; the answer is where to take it down again.
    pub(crate) fn add(&self, bell: Arc<Bell>) -> usize {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.free.pop() {
            slots.bells[slot] = Some(bell);
            slot
        } else {
            slots.bells.push(Some(bell));
            slots.bells.len() - 1
        }
    }

    /// Takes a bell down.
    pub(crate) fn remove(&self, slot: usize) {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.bells[slot] = None;
        slots.free.push(slot);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        let slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.bells.len() - slots.free.len()
    }

    /// Rings all of them.
    pub(crate) fn ring(&self) {
        let slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for bell in slots.bells.iter().flatten() {
            bell.ring();
        }
    }
}
