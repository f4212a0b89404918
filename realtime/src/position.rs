//! Where a subscriber stands in a topic's log, and what follows from it.
//!
//! Everything that delivers events asks the two functions of this page: [`place`] says from where
//! the next event comes, and [`offer`] whether an event in hand is the next one. The second is the
//! check that carries the promise "a reconnect never skips and never repeats": whatever doorbells,
//! tails and pages do, only the number after the last one leaves the server.

use protocol::frame::ResetReason;
use protocol::{Epoch, Position, limits};

/// What a node knows of a topic's log: its numbers, not its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Identity of the log.
    pub epoch: Epoch,
    /// Numbers up to this one may be gone from the database.
    pub floor: u64,
    /// Oldest number in memory; `end + 1` when there is none.
    pub start: u64,
    /// Newest number in memory, or where memory begins when it is empty.
    pub end: u64,
    /// Newest number known to be committed: more than `end` when a doorbell was lost.
    pub head: u64,
}

/// From where a subscriber goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It has everything that can be had now.
    AtHead,
    /// Its next event is in memory.
    InTail,
    /// Its next event is only in the database.
    BehindTail,
    /// Its position cannot be continued.
    Lost(ResetReason),
}

/// From where a subscriber at `position` goes on.
#[must_use]
pub fn place(position: Position, extent: &Extent) -> Place {
    if position.epoch != extent.epoch {
        Place::Lost(ResetReason::Epoch)
    } else if position.seq > extent.head {
        Place::Lost(ResetReason::Ahead)
    } else if extent.end <= position.seq {
        Place::AtHead
    } else if position.seq < extent.floor || extent.head - position.seq > limits::CATCH_UP_EVENTS_MAX {
        Place::Lost(ResetReason::TooOld)
    } else if extent.start <= position.seq + 1 {
        Place::InTail
    } else {
        Place::BehindTail
    }
}

/// What an event is to a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// The next one: send it.
    Next,
    /// It was sent before: drop it.
    Known,
    /// Something is missing in between: read the log.
    Gap,
}

/// What the event `seq` is to whoever has everything up to `sent`.
#[must_use]
pub fn offer(sent: u64, seq: u64) -> Offer {
    match seq.checked_sub(sent) {
        Some(1) => Offer::Next,
        None | Some(0) => Offer::Known,
        Some(_) => Offer::Gap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Timestamp;

    fn extent() -> Extent {
        Extent { epoch: Epoch::new(Timestamp(1)), floor: 10, start: 91, end: 100, head: 100 }
    }

    fn place_of(seq: u64) -> Place {
        let extent = extent();
        place(Position { epoch: extent.epoch, seq }, &extent)
    }

    #[test]
    fn a_position_is_at_the_head_in_the_tail_behind_it_or_lost() {
        assert_eq!(place_of(100), Place::AtHead);
        assert_eq!(place_of(99), Place::InTail);
        assert_eq!(place_of(90), Place::InTail);
        assert_eq!(place_of(89), Place::BehindTail);
        assert_eq!(place_of(10), Place::BehindTail);
        assert_eq!(place_of(9), Place::Lost(ResetReason::TooOld));
        assert_eq!(place_of(101), Place::Lost(ResetReason::Ahead));
    }

    #[test]
    fn a_position_in_another_log_is_lost_whatever_its_number() {
        let other = Position { epoch: Epoch::new(Timestamp(2)), seq: 100 };
        assert_eq!(place(other, &extent()), Place::Lost(ResetReason::Epoch));
    }

    #[test]
    fn a_number_that_is_committed_but_not_yet_here_is_waited_for() {
        let extent = Extent { head: 105, ..extent() };
        assert_eq!(place(Position { epoch: extent.epoch, seq: 103 }, &extent), Place::AtHead);
    }

    #[test]
    fn too_far_behind_is_not_replayed() {
        let extent = Extent { floor: 0, start: 20_001, end: 20_000, head: 20_000, ..extent() };
        let at = |seq| place(Position { epoch: extent.epoch, seq }, &extent);
        assert_eq!(at(20_000 - limits::CATCH_UP_EVENTS_MAX), Place::BehindTail);
        assert_eq!(at(20_000 - limits::CATCH_UP_EVENTS_MAX - 1), Place::Lost(ResetReason::TooOld));
    }

    #[test]
    fn only_the_number_after_the_last_is_the_next() {
        assert_eq!(offer(4, 5), Offer::Next);
        assert_eq!(offer(4, 4), Offer::Known);
        assert_eq!(offer(4, 1), Offer::Known);
        assert_eq!(offer(4, 6), Offer::Gap);
    }
}
