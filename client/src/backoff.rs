//! How long to stay away after a failure: full jitter, so that clients cut at once come back spread out.

use protocol::limits;
use std::time::Duration;

/// The delays of one connection, from its seed.
#[derive(Debug)]
pub(crate) struct Backoff {
    failures: u32,
    random: u64,
}

impl Backoff {
    /// The delays of this seed, from the first.
    pub(crate) fn new(seed: u64) -> Self {
        Self { failures: 0, random: seed }
    }

    /// How many delays were taken since it last started over.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    /// The next delay: anything up to half a second, then up to one, two, four … thirty.
    pub(crate) fn delay(&mut self) -> Duration {
        let bound = ceiling(self.failures);
        self.failures = self.failures.saturating_add(1);
        bound.mul_f64(self.fraction())
    }

    /// Counts an attempt that needs no delay of its own.
    pub(crate) fn skip(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// Starts over.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// A number in 0..1, by SplitMix64: enough to spread clients, and no dependency in the browser.
    fn fraction(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let high = u32::try_from((z ^ (z >> 31)) >> 32).unwrap_or(u32::MAX);
        f64::from(high) / (f64::from(u32::MAX) + 1.0)
    }
}

/// The longest delay after this many failures.
fn ceiling(failures: u32) -> Duration {
    limits::RECONNECT_STEP.saturating_mul(2_u32.saturating_pow(failures)).min(limits::RECONNECT_DELAY_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_delay_stays_below_its_ceiling_and_below_half_a_minute(seed: u64, failures in 0_u32..100) {
            let mut backoff = Backoff::new(seed);
            for n in 0..failures {
                let delay = backoff.delay();
                prop_assert!(delay <= ceiling(n) && delay < limits::RECONNECT_DELAY_MAX);
            }
        }
    }

    #[test]
    fn ceilings_double_up_to_half_a_minute() {
        let ms: Vec<u128> = (0..8).map(|n| ceiling(n).as_millis()).collect();
        assert_eq!(ms, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        assert_eq!(ceiling(u32::MAX), limits::RECONNECT_DELAY_MAX);
    }

    #[test]
    fn ten_thousand_clients_come_back_evenly_spread() {
        let mut buckets = [0_u32; 10];
        for seed in 0..10_000 {
            let ms = Backoff::new(seed).delay().as_millis();
            buckets[usize::try_from(ms / 50).unwrap()] += 1;
        }
        assert!(buckets.iter().all(|count| (800..1_200).contains(count)), "{buckets:?}");
    }
}
