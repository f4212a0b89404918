//! One topic of one connection: a position, a right, and what comes next.

use crate::position::{Offer, Place, offer, place};
use crate::tail::{self, Next};
use crate::topic::Link;
use protocol::frame::ResetReason;
use protocol::{Position, Topic, limits};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;
use store::LogEvent;

/// See the module.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) link: Arc<Link>,
    /// The permission epoch at which the right was checked.
    pub(crate) checked: Option<u64>,
    /// The permission epoch at which the check that is under way was asked for.
    pub(crate) asked: Option<u64>,
    /// The permission epoch for which the node's shared answer is awaited.
    pub(crate) checking: Option<u64>,
    pub(crate) state: State,
    /// The person counts as present in the topic.
    pub(crate) is_present: bool,
    /// What was read from the log and not sent yet.
    page: VecDeque<Arc<LogEvent>>,
    /// A page is being read; answers of another generation are stale.
    is_reading: bool,
    pub(crate) generation: u32,
    /// Sent from the log since the tail was left.
    caught_up_bytes: usize,
    /// The topic's version when there was nothing more in it.
    seen: Option<u64>,
}

/// How far a subscription is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It begins here, or at the head, when the right was checked.
    Expected(Option<Position>),
    /// The position lies ahead of what the node knows, or in another log: the database is asked.
    Doubted(Position),
    /// Everything up to here was sent.
    Following(Position),
    /// The client was told to load again and has not come back yet.
    Idle,
}

/// How a subscription began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    Opened,
    Doubtful,
    Lost(ResetReason),
}

/// What a subscription has for the socket.
#[derive(Debug)]
pub(crate) enum Pulled {
    Nothing,
    Message(Message),
    /// Read the log after this number.
    Page(u64),
    Lost(ResetReason),
}

/// A text for the socket.
#[derive(Clone, Debug)]
pub struct Message {
    /// A JSON object, or an array of several.
    pub text: bytes::Bytes,
    /// How many events are in it.
    pub events: u32,
    /// When the first of them reached this node, if it was still in memory.
    pub arrived: Option<Instant>,
}

impl Subscription {
    pub(crate) fn new(link: Arc<Link>, since: Option<Position>) -> Self {
        Self {
            link,
            checked: None,
            asked: None,
            checking: None,
            state: State::Expected(since),
            is_present: false,
            page: VecDeque::new(),
            is_reading: false,
            generation: 0,
            caught_up_bytes: 0,
            seen: None,
        }
    }

    pub(crate) fn topic(&self) -> Topic {
        self.link.live().topic()
    }

    /// Begins again elsewhere.
    pub(crate) fn expect(&mut self, since: Option<Position>) {
        self.stop(State::Expected(since));
    }

    fn stop(&mut self, state: State) {
        self.state = state;
        self.page.clear();
        self.is_reading = false;
        self.generation += 1;
        self.caught_up_bytes = 0;
        self.seen = None;
    }

    /// Whether the right to read must be checked before anything newer is sent.
    pub(crate) fn wants_check(&self) -> bool {
        let newest = self.link.live().permission_epoch();
        self.state != State::Idle && self.checked.is_none_or(|checked| checked < newest)
    }

    /// Begins, now that the right was checked; or again, now that the database was asked about a
    /// position that seemed impossible. A page may well be newer than what this node has heard of.
    pub(crate) fn open(&mut self) -> Option<Opening> {
        let (since, is_sure) = match self.state {
            State::Expected(since) => (since, false),
            State::Doubted(since) => (Some(since), true),
            State::Following(_) | State::Idle => return None,
        };
        let extent = self.link.live().extent()?;
        let position = since.unwrap_or(Position { epoch: extent.epoch, seq: extent.head });
        Some(match place(position, &extent) {
            Place::Lost(ResetReason::Epoch | ResetReason::Ahead) if !is_sure => {
                self.state = State::Doubted(position);
                Opening::Doubtful
            }
            Place::Lost(reason) => {
                self.stop(State::Idle);
                Opening::Lost(reason)
            }
            Place::AtHead | Place::InTail | Place::BehindTail => {
                self.state = State::Following(position);
                Opening::Opened
            }
        })
    }

    /// What the socket can take next.
    pub(crate) fn pull(&mut self) -> Pulled {
        let (State::Following(position), Some(checked)) = (self.state, self.checked) else {
            return Pulled::Nothing;
        };
        if self.is_reading {
            return Pulled::Nothing;
        }
        if !self.page.is_empty() {
            return self.pull_page(position, checked);
        }
        let version = self.link.live().version();
        if self.seen == Some(version) {
            return Pulled::Nothing;
        }
        match self.link.live().next(position, checked) {
            Next::Nothing => {
                self.seen = Some(version);
                Pulled::Nothing
            }
            Next::Recheck => Pulled::Nothing,
            Next::Events(batch) => {
                self.caught_up_bytes = 0;
                self.state = State::Following(Position { seq: batch.upto, ..position });
                Pulled::Message(Message {
                    text: batch.text,
                    events: batch.events,
                    arrived: Some(batch.arrived),
                })
            }
            Next::Log => {
                self.is_reading = true;
                Pulled::Page(position.seq)
            }
            Next::Lost(reason) => {
                self.stop(State::Idle);
                Pulled::Lost(reason)
            }
        }
    }

    fn pull_page(&mut self, position: Position, checked: u64) -> Pulled {
        if limits::CATCH_UP_BYTES_MAX < self.caught_up_bytes {
            self.stop(State::Idle);
            return Pulled::Lost(ResetReason::TooOld);
        }
        let readable = self.page.iter().take_while(|event| event.permission_epoch <= checked);
        let Some((text, last, events)) = tail::join(readable) else { return Pulled::Nothing };
        self.state = State::Following(Position { seq: last.seq, ..position });
        self.caught_up_bytes += text.len();
        self.page.drain(..events as usize);
        if self.page.is_empty() {
            self.page = VecDeque::new();
        }
        Pulled::Message(Message { text, events, arrived: None })
    }

    /// Takes a page of the log; only what follows what was sent. Whether there was anything in it.
    pub(crate) fn take_page(&mut self, events: Vec<Arc<LogEvent>>) -> bool {
        let State::Following(position) = self.state else { return false };
        let mut upto = position.seq;
        self.page.clear();
        for event in events {
            match offer(upto, event.seq) {
                Offer::Next => {
                    upto = event.seq;
                    self.page.push_back(event);
                }
                Offer::Known => {}
                Offer::Gap => break,
            }
        }
        if !self.page.is_empty() {
            self.is_reading = false;
        }
        !self.page.is_empty()
    }

    /// The page that was read was empty, and the database has been asked for the topic's numbers since.
    pub(crate) fn read_again(&mut self) {
        self.is_reading = false;
    }
}
