//! A token bucket: so many per second, and a burst.

use std::time::Instant;

/// Counts what happens against a rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    per_second: f64,
    burst: f64,
    left: f64,
    at: Instant,
}

impl Rate {
    /// A full bucket.
    pub(crate) fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        Self { per_second: per_second.into(), burst: burst.into(), left: burst.into(), at: now }
    }

    /// Takes one out, if there is one.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.left = (self.left + passed * self.per_second).min(self.burst);
        let is_allowed = 1.0 <= self.left;
        if is_allowed {
            self.left -= 1.0;
        }
        is_allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let start = tokio::time::Instant::now().into_std();
        let mut rate = Rate::new(20, 60, start);
        let passed = (0..100).filter(|_| rate.take(start)).count();
        assert_eq!(passed, 60);
        let later = start + Duration::from_secs(1);
        assert_eq!((0..100).filter(|_| rate.take(later)).count(), 20);
        let much_later = start + Duration::from_secs(3600);
        assert_eq!((0..100).filter(|_| rate.take(much_later)).count(), 60);
    }
}
