//! Delays and medians.

use hdrhistogram::Histogram;
use std::fmt;
use std::time::Duration;

/// Delays, from a microsecond to a minute.
#[derive(Clone, Debug)]
pub(crate) struct Delays(Histogram<u64>);

impl Delays {
    pub(crate) fn new() -> Self {
        Self(Histogram::new_with_bounds(1, 60_000_000, 3).expect("one microsecond to a minute, three digits"))
    }

    pub(crate) fn add(&mut self, delay: Duration) {
        self.0.saturating_record(u64::try_from(delay.as_micros()).unwrap_or(u64::MAX));
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all have the same bounds");
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The delay that this part of all stays within, in milliseconds.
    pub(crate) fn ms(&self, quantile: f64) -> f64 {
        self.0.value_at_quantile(quantile) as f64 / 1_000.0
    }
}

impl fmt::Display for Delays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} / {:.1}", self.ms(0.5), self.ms(0.99))
    }
}

/// The middle one; the mean of the middle two.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(vec![]).is_nan());
    }

    #[test]
    fn delays_read_as_half_and_nearly_all() {
        let mut delays = Delays::new();
        (1..=100).for_each(|ms| delays.add(Duration::from_millis(ms)));
        let mut other = Delays::new();
        other.add(Duration::from_secs(3600));
        assert_eq!(delays.to_string(), "50.0 / 99.0");
        delays.merge(&other);
        assert_eq!(delays.count(), 101);
        assert!((59_900.0..61_000.0).contains(&delays.ms(1.0)), "above the bound counts as the bound");
    }
}
