//! What the server says.
//!
//! A frame is looked at in two steps: first only its type, topic and number, and the rest of it
//! when that says that it is wanted. So repeats cost next to nothing, and an event of a kind that
//! this version does not know still moves the position.

use super::watch::Watch;
use super::{Connection, Live, SETTLED_WITHIN, State};
use crate::Output;
use crate::positions::{Opening, Step};
use protocol::frame::{ClientFrame, ResetReason, ServerFrame};
use protocol::position::TopicPosition;
use protocol::{Epoch, Event, EventKind, Position, Topic, UserId};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::time::Duration;

/// The part of a token's time after which another one is asked for.
const TOKEN_USED: f64 = 0.8;

/// The part of a frame that says what to do with the rest.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(default)]
    topic: Option<Topic>,
    #[serde(default)]
    seq: u64,
}

/// The heads of a ping, each to be read by itself.
#[derive(Default, Deserialize)]
struct Ping<'a> {
    #[serde(borrow, default)]
    heads: Vec<&'a RawValue>,
}

impl Connection {
    /// Takes a text: one frame, or an array of them. What cannot be read is passed over; if an
    /// event was in it, the gap shows with the next one.
    pub(super) fn take(&mut self, text: &str) {
        if !matches!(self.state, State::Greeting { .. } | State::Live(_)) {
            return;
        }
        self.heard();
        if text.trim_start().starts_with('[') {
            let frames: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
            for frame in frames {
                self.take_one(frame.get());
            }
        } else {
            self.take_one(text);
        }
        self.check_settled();
    }

    fn take_one(&mut self, text: &str) {
        let Ok(envelope) = serde_json::from_str::<Envelope<'_>>(text) else { return };
        match (&*envelope.kind, envelope.topic) {
            ("event", Some(topic)) => self.event(topic, envelope.seq, text),
            ("ping", _) => self.pinged(text),
            _ => {
                if let Ok(frame) = serde_json::from_str(text) {
                    self.frame(frame);
                }
            }
        }
    }

    fn event(&mut self, topic: Topic, seq: u64, text: &str) {
        match self.positions.step(topic, seq) {
            Step::Drop => {}
            Step::Gap(since) => self.say(&ClientFrame::Open { topic, since: Some(since) }),
            Step::Apply { old } => {
                if let Ok(event) = serde_json::from_str::<Event>(text) {
                    self.apply(event, old);
                }
            }
        }
    }

    fn apply(&mut self, event: Event, old: bool) {
        if let State::Live(live) = &mut self.state
            && old
            && event.actor != Some(live.user)
        {
            live.missed += 1;
        }
        if let EventKind::ReadMoved { topic, seq, .. } = event.kind {
            self.wishes.read_is_kept(topic, seq);
        }
        self.outputs.push_back(Output::Event(Box::new(event)));
    }

    /// Answers whatever else is in the ping: it may name topics of kinds that are unknown here.
    fn pinged(&mut self, text: &str) {
        self.say(&ClientFrame::Pong);
        let ping: Ping<'_> = serde_json::from_str(text).unwrap_or_default();
        let heads: Vec<TopicPosition> =
            ping.heads.iter().filter_map(|head| serde_json::from_str(head.get()).ok()).collect();
        for (topic, since) in self.positions.missing(&heads) {
            self.say(&ClientFrame::Open { topic, since });
        }
    }

    fn frame(&mut self, frame: ServerFrame) {
        match frame {
            ServerFrame::Welcome { user, .. } => self.welcome(user),
            ServerFrame::Opened { topic, epoch, head } => self.opened(topic, epoch, head),
            ServerFrame::Closed { topic, code } => {
                self.positions.forget(topic);
                self.outputs.push_back(Output::Closed { topic, code });
            }
            ServerFrame::Reset { topic, reason, epoch, head } => {
                self.reset(topic, reason, Position { epoch, seq: head });
            }
            ServerFrame::Ephemeral { topic, ephemeral } => {
                self.outputs.push_back(Output::Ephemeral { topic, ephemeral });
            }
            ServerFrame::Presence { topic, presence } => {
                self.outputs.push_back(Output::Presence { topic, presence });
            }
            ServerFrame::Status { degraded } => self.degraded(degraded),
            ServerFrame::Token { expires_in_ms } => self.token_holds(Duration::from_millis(expires_in_ms)),
            // Events and pings were told apart by their envelope; any frame at all answers a probe.
            ServerFrame::Event(_) | ServerFrame::Ping { .. } | ServerFrame::Pong => {}
            ServerFrame::Reconnect { after_ms } => {
                self.hint = Some(self.clock.now() + Duration::from_millis(after_ms));
            }
            ServerFrame::Error(error) => self.outputs.push_back(Output::Refused(error)),
        }
    }

    fn welcome(&mut self, user: UserId) {
        if !matches!(self.state, State::Greeting { .. }) {
            return;
        }
        let now = self.clock.now();
        self.state = State::Live(Live {
            user,
            watch: Watch::new(now),
            settles_by: now + SETTLED_WITHIN,
            in_sync_since: None,
            missed: 0,
            token_due: None,
        });
        self.offline = false;
        // The page hears that it is live before it hears the first event.
        self.tell_status();
        self.degraded(Vec::new());
        self.say_wishes();
    }

    /// Another token is asked for when a fifth of the time is left.
    fn token_holds(&mut self, time: Duration) {
        let due = self.clock.now() + time.mul_f64(TOKEN_USED);
        if let State::Live(live) = &mut self.state {
            live.token_due = Some(due);
        }
    }

    fn opened(&mut self, topic: Topic, epoch: Epoch, head: u64) {
        match self.positions.opened(topic, epoch, head) {
            Opening::Follows(position) => self.outputs.push_back(Output::Opened { topic, position }),
            Opening::Reopen(since) => self.say(&ClientFrame::Open { topic, since: Some(since) }),
            Opening::OtherLog => self.reset(topic, ResetReason::Epoch, Position { epoch, seq: head }),
            Opening::Withheld => {}
        }
    }

    fn reset(&mut self, topic: Topic, reason: ResetReason, head: Position) {
        self.positions.reset(topic);
        self.outputs.push_back(Output::Reset { topic, reason, head: Some(head) });
    }

    fn degraded(&mut self, degraded: Vec<String>) {
        if self.degraded != degraded {
            self.degraded.clone_from(&degraded);
            self.outputs.push_back(Output::Degraded(degraded));
        }
    }

    /// Says once per connection that everything old is here.
    pub(super) fn check_settled(&mut self) {
        let now = self.clock.now();
        let settled = self.positions.are_settled();
        let State::Live(live) = &mut self.state else { return };
        if live.in_sync_since.is_none() && (settled || live.settles_by <= now) {
            live.in_sync_since = Some(now);
            let events = live.missed;
            self.outputs.push_back(Output::CaughtUp { events, returned: self.was_live });
        }
    }
}
