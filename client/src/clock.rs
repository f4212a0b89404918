//! The connection's own time.
//!
//! Wall clocks are set back, by people and by daylight; a deadline an hour in the future would
//! then leave a page unconnected for an hour. [`Tick`]s only go forward.

use protocol::Timestamp;
use std::ops::Add;
use std::time::Duration;

/// A moment, in milliseconds of a clock that never goes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tick(u64);

impl Tick {
    /// How long ago `earlier` was, zero if it lies ahead.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Tick {
    type Output = Self;
    fn add(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// Turns the caller's clock into ticks and back.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    wall: Timestamp,
    tick: Tick,
}

impl Clock {
    /// Takes the caller's time. What was set back counts as no time passed.
    pub(crate) fn advance(&mut self, wall: Timestamp) {
        self.tick = self.tick + wall.since(self.wall);
        self.wall = wall;
    }

    /// Now.
    pub(crate) fn now(&self) -> Tick {
        self.tick
    }

    /// The caller's time of a tick.
    pub(crate) fn wall(&self, tick: Tick) -> Timestamp {
        if self.tick <= tick { self.wall + tick.since(self.tick) } else { self.wall - self.tick.since(tick) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_delays_no_deadline() {
        let mut clock = Clock::default();
        clock.advance(Timestamp(10_000));
        let deadline = clock.now() + Duration::from_secs(5);
        clock.advance(Timestamp(4_000));
        assert_eq!(clock.wall(deadline), Timestamp(9_000), "still five seconds away");
        clock.advance(Timestamp(9_000));
        assert_eq!(clock.now(), deadline);
        assert_eq!(clock.wall(clock.now()), Timestamp(9_000));
    }
}
