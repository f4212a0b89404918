//! Whether the other side is still there.

use crate::Patience;
use std::time::{Duration, Instant};

/// Pings when one side was silent for a while, and expects an answer.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    period: Duration,
    pong_within: Duration,
    /// The first ping comes at a random moment, so that those who came together are not pinged together.
    first: Option<Instant>,
    heard: Instant,
    spoke: Instant,
    probe: Probe,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    Quiet,
    /// A ping should go out.
    Due,
    /// It was handed to the socket, which may still be busy with what stands before it.
    Handed,
    /// It went out; the answer comes before this.
    Awaiting(Instant),
}

/// What a [`Heartbeat`] says when time has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pulse {
    /// All is well.
    Steady,
    /// No answer.
    Gone,
}

impl Heartbeat {
    /// `jitter` are two random numbers from 0 to 1: for the period, and for the first ping.
    pub(crate) fn new(now: Instant, patience: &Patience, jitter: [f64; 2]) -> Self {
        let period = patience.ping_after.mul_f64(0.9 + 0.2 * jitter[0]);
        Self {
            period,
            pong_within: patience.pong_within,
            first: Some(now + period.mul_f64(jitter[1])),
            heard: now,
            spoke: now,
            probe: Probe::Quiet,
        }
    }

    /// Anything came in.
    pub(crate) fn heard(&mut self, now: Instant) {
        self.heard = now;
        self.probe = Probe::Quiet;
    }

    /// Anything goes out.
    pub(crate) fn spoke(&mut self, now: Instant) {
        self.spoke = now;
    }

    /// Whether a ping should go out; it is handed to the socket then.
    pub(crate) fn take_ping(&mut self) -> bool {
        let is_due = self.probe == Probe::Due;
        if is_due {
            self.probe = Probe::Handed;
            self.first = None;
        }
        is_due
    }

    /// The socket took everything.
    pub(crate) fn taken(&mut self, now: Instant) {
        if self.probe == Probe::Handed {
            self.probe = Probe::Awaiting(now + self.pong_within);
        }
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, now: Instant) -> Pulse {
        match self.probe {
            Probe::Quiet if self.due_at() <= now => self.probe = Probe::Due,
            Probe::Awaiting(by) if by <= now => return Pulse::Gone,
            _ => {}
        }
        Pulse::Steady
    }

    /// When to call [`Heartbeat::tick`].
    pub(crate) fn wait(&self) -> Option<Instant> {
        match self.probe {
            Probe::Quiet => Some(self.due_at()),
            Probe::Due | Probe::Handed => None,
            Probe::Awaiting(by) => Some(by),
        }
    }

    fn due_at(&self) -> Instant {
        self.first.unwrap_or_else(|| self.heard.min(self.spoke) + self.period)
    }
}
