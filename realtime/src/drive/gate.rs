//! Reads a socket only when the socket itself said that there is something.

use futures::task::AtomicWaker;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

/// See the module.
pub(super) struct ReadGate(Arc<Gate>);

struct Gate {
    is_open: AtomicBool,
    task: AtomicWaker,
}

impl ReadGate {
    /// Open: nobody has looked yet.
    pub(super) fn new() -> Self {
        Self(Arc::new(Gate { is_open: AtomicBool::new(true), task: AtomicWaker::new() }))
    }

    /// The waker to read with, if there may be something. It opens the gate again and wakes this task.
    pub(super) fn open(&self, context: &Context<'_>) -> Option<Waker> {
        self.0.task.register(context.waker());
        self.0.is_open.swap(false, Ordering::AcqRel).then(|| Waker::from(Arc::clone(&self.0)))
    }
}

impl Wake for Gate {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_open.store(true, Ordering::Release);
        self.task.wake();
    }
}
