//! The newest part of a topic's log in memory: one encoded frame per event, shared by everybody.
//!
//! A tail is always one run of numbers without a gap. It grows at the end by what was committed
//! ([`Tail::ring`]) and by what was read from the log after a gap ([`Tail::fill`]), and loses its
//! oldest events when it is too large. It may be wrong in only one way: to know less than the
//! database, in which case [`Extent::head`] is larger than [`Extent::end`] or, until somebody
//! looks, both are too small.

use crate::position::{Extent, Offer, Place, offer, place};
use bytes::Bytes;
use protocol::frame::ResetReason;
use protocol::{Epoch, Position, Topic, limits};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;
use store::{LogEvent, TopicHead};

/// Events handed out at once: small enough that a slow reader shows progress within
/// [`limits::STALLED_AFTER`], large enough that a busy topic costs one write for many events.
pub(crate) const BATCH_BYTES_MAX: usize = 64 * 1024;

/// "There is news": what was committed to one topic, by this node or by another one.
#[derive(Clone, Debug)]
pub struct Doorbell {
    /// Which topic.
    pub topic: Topic,
    /// Identity of its log.
    pub epoch: Epoch,
    /// Its newest number.
    pub head: u64,
    /// Its permission epoch at that number.
    pub permission_epoch: u64,
    /// The events up to `head`, or none when they were too large to come along.
    pub events: Vec<Arc<LogEvent>>,
}

/// What became of a doorbell or of a look at the heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// Nothing that was not known.
    Old,
    /// There is news in memory.
    News,
    /// There is news in the database: read the log after [`Extent::end`] and [`Tail::fill`].
    Gap,
    /// It speaks of another log: ask the database which one is true and [`Tail::look`].
    OtherLog,
}

/// What a subscriber gets.
#[derive(Clone, Debug)]
pub enum Next {
    /// Nothing now.
    Nothing,
    /// The next events, as one text for the socket.
    Events(Batch),
    /// The next event is newer than the subscriber's right to read: check the right again.
    Recheck,
    /// The next event is only in the database.
    Log,
    /// The position cannot be continued.
    Lost(ResetReason),
}

/// Encoded events in a row: one frame, or a JSON array of several.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Number of the last one.
    pub upto: u64,
    /// How many.
    pub events: u32,
    /// The text; shared by all who get it.
    pub text: Bytes,
    /// When the first one reached this node.
    pub arrived: Instant,
}

#[derive(Debug)]
struct Held {
    event: Arc<LogEvent>,
    arrived: Instant,
}

/// The last batch that was made, for the next one who stands at the same place.
#[derive(Debug)]
struct Made {
    after: u64,
    /// The newest number in memory when it was made.
    end: u64,
    permission_epoch: u64,
    batch: Batch,
}

/// See the module.
#[derive(Debug)]
pub struct Tail {
    epoch: Epoch,
    floor: u64,
    end: u64,
    head: u64,
    permission_epoch: u64,
    held: VecDeque<Held>,
    bytes: usize,
    made: Option<Made>,
}

impl Tail {
    /// An empty tail that begins at `head`.
    #[must_use]
    pub fn new(head: &TopicHead) -> Self {
        Self {
            epoch: head.epoch,
            floor: head.floor,
            end: head.head,
            head: head.head,
            permission_epoch: head.permission_epoch,
            held: VecDeque::new(),
            bytes: 0,
            made: None,
        }
    }

    /// Its numbers.
    #[must_use]
    pub fn extent(&self) -> Extent {
        let start = self.end + 1 - self.held.len() as u64;
        Extent { epoch: self.epoch, floor: self.floor, start, end: self.end, head: self.head }
    }

    /// The newest permission epoch that is known, which events with it may still be on their way to.
    #[must_use]
    pub fn permission_epoch(&self) -> u64 {
        self.permission_epoch
    }

    /// Size of the frames held, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// When the newest event held reached this node.
    pub(crate) fn newest_arrival(&self) -> Option<Instant> {
        self.held.back().map(|held| held.arrived)
    }

    /// Takes a doorbell, which may be lost, doubled, late or out of order.
    pub fn ring(&mut self, doorbell: &Doorbell, now: Instant) -> Rung {
        if doorbell.epoch != self.epoch {
            return Rung::OtherLog;
        }
        self.head = self.head.max(doorbell.head);
        self.permission_epoch = self.permission_epoch.max(doorbell.permission_epoch);
        let news = self.extend(&doorbell.events, now);
        self.verdict(news)
    }

    /// Takes what the database says about the topic's numbers.
    pub fn look(&mut self, seen: &TopicHead) -> Rung {
        if seen.epoch != self.epoch {
            // A backup was restored: everybody who stands in the old log is told to load again.
            *self = Self {
                permission_epoch: self.permission_epoch.max(seen.permission_epoch),
                ..Self::new(seen)
            };
            return Rung::News;
        }
        let rights_changed = self.permission_epoch < seen.permission_epoch;
        self.floor = self.floor.max(seen.floor);
        self.head = self.head.max(seen.head);
        self.permission_epoch = self.permission_epoch.max(seen.permission_epoch);
        let is_past_filling = self.end < self.floor;
        if is_past_filling {
            // What is missing was pruned before this node heard of it: those who wait for it load again.
            self.skip_to(self.floor);
        }
        self.verdict(rights_changed || is_past_filling)
    }

    /// Takes what was read after `end` from the log with this identity.
    pub fn fill(&mut self, epoch: Epoch, events: &[Arc<LogEvent>], now: Instant) -> Rung {
        if epoch != self.epoch {
            // A backup was restored while the log was read.
            return Rung::Old;
        }
        let news = self.extend(events, now);
        self.verdict(news)
    }

    /// Gives up everything up to `seq`, which is too far ahead to be read into memory.
    pub fn skip_to(&mut self, seq: u64) {
        if self.end < seq {
            self.clear();
            self.end = seq;
            self.head = self.head.max(seq);
        }
    }

    /// Forgets the events, not the numbers: the memory is needed elsewhere.
    pub fn clear(&mut self) {
        self.held = VecDeque::new();
        self.bytes = 0;
        self.made = None;
    }

    fn verdict(&self, news: bool) -> Rung {
        if self.end < self.head {
            Rung::Gap
        } else if news {
            Rung::News
        } else {
            Rung::Old
        }
    }

    fn extend(&mut self, events: &[Arc<LogEvent>], now: Instant) -> bool {
        let before = self.end;
        for event in events {
            match offer(self.end, event.seq) {
                Offer::Next => self.push(event, now),
                Offer::Known => {}
                Offer::Gap => break,
            }
        }
        before < self.end
    }

    fn push(&mut self, event: &Arc<LogEvent>, now: Instant) {
        if event.kind.ends_with(".deleted") {
            // The log no longer holds what was deleted, so memory must not either: whoever has not
            // seen the events before this one reads them, redacted, from the log.
            self.clear();
        }
        self.end = event.seq;
        self.head = self.head.max(event.seq);
        self.permission_epoch = self.permission_epoch.max(event.permission_epoch);
        self.bytes += event.frame.len();
        self.held.push_back(Held { event: Arc::clone(event), arrived: now });
        while limits::TAIL_EVENTS_MAX < self.held.len() || limits::TAIL_BYTES_MAX < self.bytes {
            let Some(oldest) = self.held.pop_front() else { break };
            self.bytes -= oldest.event.frame.len();
        }
    }

    /// What a subscriber at `position` gets whose right was checked at permission epoch `checked`.
    pub fn next(&mut self, position: Position, checked: u64) -> Next {
        match place(position, &self.extent()) {
            Place::AtHead => Next::Nothing,
            Place::BehindTail => Next::Log,
            Place::Lost(reason) => Next::Lost(reason),
            Place::InTail => match self.batch(position.seq, checked) {
                Some(batch) => Next::Events(batch),
                None => Next::Recheck,
            },
        }
    }

    /// The events after `after` that may be read, as many as go in one message.
    ///
    /// A thousand subscribers stand at the same place when something happens, so the text is made
    /// for the first one and kept for the others.
    fn batch(&mut self, after: u64, checked: u64) -> Option<Batch> {
        if let Some(made) = &self.made
            && made.after == after
            && made.end == self.end
            && made.permission_epoch <= checked
        {
            return Some(made.batch.clone());
        }
        let first = usize::try_from(after + 1 - self.extent().start).expect("a tail is short");
        let readable = self.held.range(first..).take_while(|held| held.event.permission_epoch <= checked);
        let (text, last, events) = join(readable.map(|held| &held.event))?;
        let batch = Batch { upto: last.seq, events, text, arrived: self.held[first].arrived };
        let permission_epoch = last.permission_epoch;
        self.made = Some(Made { after, end: self.end, permission_epoch, batch: batch.clone() });
        Some(batch)
    }
}

/// One text of as many of these events as a message takes, the last of them, and how many. A
/// single event, however large, is its own frame and is not copied.
pub(crate) fn join<'a>(
    events: impl Iterator<Item = &'a Arc<LogEvent>>,
) -> Option<(Bytes, &'a Arc<LogEvent>, u32)> {
    let mut bytes = 0;
    let mut taken: Vec<&Arc<LogEvent>> = Vec::new();
    for event in events {
        bytes += event.frame.len() + 1;
        if !taken.is_empty() && BATCH_BYTES_MAX < bytes {
            break;
        }
        taken.push(event);
    }
    let last = *taken.last()?;
    let text = match taken[..] {
        [only] => Bytes::from_owner(Frame(Arc::clone(&only.frame))),
        _ => {
            let mut text = String::with_capacity(bytes + 2);
            for (index, event) in taken.iter().enumerate() {
                text.push(if index == 0 { '[' } else { ',' });
                text.push_str(&event.frame);
            }
            text.push(']');
            Bytes::from(text)
        }
    };
    Some((text, last, u32::try_from(taken.len()).unwrap_or(u32::MAX)))
}

/// Lets the socket send the very text that the log holds.
struct Frame(Arc<str>);

impl AsRef<[u8]> for Frame {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

#[cfg(test)]
mod tests;
