//! Whether the server is still there: silence, a probe, and giving up.

use super::{Connection, State};
use crate::clock::Tick;
use protocol::frame::ClientFrame;
use protocol::limits;

/// When a socket last spoke, and until when it has to answer.
#[derive(Debug)]
pub(super) struct Watch {
    heard_at: Tick,
    /// A ping is out; the answer is due by then.
    answer_by: Option<Tick>,
}

impl Watch {
    /// The socket spoke just now.
    pub(super) fn new(now: Tick) -> Self {
        Self { heard_at: now, answer_by: None }
    }

    /// The next moment at which something has to be done.
    pub(super) fn deadline(&self) -> Tick {
        self.answer_by.unwrap_or(self.heard_at + limits::CLIENT_PROBE_AFTER)
    }
}

impl Connection {
    /// Any frame is a sign of life.
    pub(super) fn heard(&mut self) {
        let now = self.clock.now();
        if let State::Live(live) = &mut self.state {
            live.watch = Watch::new(now);
        }
    }

    /// Asks the server at once whether it is there. After a sleep the answer gets its full time.
    pub(super) fn probe(&mut self) {
        let answer_by = self.clock.now() + limits::CLIENT_PROBE_WITHIN;
        if let State::Live(live) = &mut self.state {
            live.watch.answer_by = Some(answer_by);
            self.say(&ClientFrame::Ping);
        }
    }

    pub(super) fn check_watch(&mut self) {
        let State::Live(live) = &self.state else { return };
        if self.clock.now() < live.watch.deadline() {
            return;
        }
        match live.watch.answer_by {
            None => self.probe(),
            Some(_) => self.give_up(),
        }
    }
}
