//! A row with the number of the newest event that it includes.

/// A row that knows what it knows.
///
/// Pages and events reach the browser in any order. A row takes only what is newer than itself,
/// so the order in which they come makes no difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held<T> {
    /// The row.
    pub(crate) row: T,
    /// `seq` of the newest event that it includes.
    pub(crate) as_of: u64,
}

/// The number of a row of which events were missed: only a page knows more than it.
pub(crate) const STALE: u64 = u64::MAX;

impl<T> Held<T> {
    /// Whether a page with this position knows at least as much.
    pub(crate) fn yields_to(&self, as_of: u64) -> bool {
        self.as_of == STALE || self.as_of <= as_of
    }

    /// The row, for an event with this number; nothing if it includes that event already.
    pub(crate) fn at(&mut self, seq: u64) -> Option<&mut T> {
        if seq <= self.as_of {
            return None;
        }
        self.as_of = seq;
        Some(&mut self.row)
    }
}
