//! Where a driver is found, by its task and by the round of a crowd.

use super::{Driver, Incoming, Outgoing};
use crate::bell::{Bell, Door};
use futures::{Sink, Stream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

/// Where the driver is found by its task and by those who deliver; empty when it ended.
pub(super) struct Desk<S>(Mutex<Option<Driver<S>>>);

impl<S> Desk<S> {
    /// One with its driver.
    pub(super) fn of(driver: Driver<S>) -> Self {
        Self(Mutex::new(Some(driver)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Option<Driver<S>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S, E> Door for Desk<S>
where
    S: Stream<Item = Result<Incoming, E>> + Sink<Outgoing, Error = E> + Unpin + Send,
{
    fn deliver(&self, bell: &Arc<Bell>) -> bool {
        let mut driver = match self.0.try_lock() {
            Ok(driver) => driver,
            // The task is at it, and may have looked already.
            Err(TryLockError::WouldBlock) => return false,
            Err(TryLockError::Poisoned(driver)) => driver.into_inner(),
        };
        driver.as_mut().is_none_or(|driver| driver.deliver(bell))
    }
}
