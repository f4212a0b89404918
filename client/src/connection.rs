//! The state machine: what a connection does with each input.
//!
//! [`Connection::handle`] is the table of contents. What the server says is in `incoming`, what
//! the page wants in `wishes`, and whether the server is still there in `watch`.

mod incoming;
mod watch;
mod wishes;

use crate::backoff::Backoff;
use crate::clock::{Clock, Tick};
use crate::positions::Positions;
use crate::{Input, Output, Settings, Status};
use protocol::frame::{ClientFrame, CloseCode, ResetReason};
use protocol::{Timestamp, UserId, limits};
use std::collections::VecDeque;
use std::time::Duration;
use watch::Watch;
use wishes::Wishes;

/// A socket that has not brought its first frame within this time is given up: twice the time
/// that the server gives to `hello`, less than anybody waits for.
const WELCOME_WITHIN: Duration = Duration::from_secs(15);
/// A topic that the server has not answered within this time no longer delays "caught up".
const SETTLED_WITHIN: Duration = Duration::from_secs(10);

/// One client: at most one socket at a time, and the positions that outlive it.
#[derive(Debug)]
pub struct Connection {
    settings: Settings,
    clock: Clock,
    state: State,
    backoff: Backoff,
    positions: Positions,
    wishes: Wishes,
    /// The device says that it has no network.
    offline: bool,
    /// Since when there is no connection.
    lost_at: Tick,
    /// There was a connection before.
    was_live: bool,
    /// The server asked to come back at this moment.
    hint: Option<Tick>,
    /// Parts that do not work, as last told.
    degraded: Vec<String>,
    told: Status,
    outputs: VecDeque<Output>,
}

#[derive(Debug)]
enum State {
    /// Not begun, or ended by its owner.
    Idle,
    /// A socket is being opened.
    Opening { until: Tick },
    /// `hello` is on its way.
    Greeting { until: Tick },
    /// The first frame has come: the socket works.
    Live(Live),
    /// Until the next attempt; none while the page is put away.
    Waiting { until: Option<Tick> },
    /// The server does not want this client.
    Refused { code: u16 },
}

/// What only a working socket has.
#[derive(Debug)]
struct Live {
    user: UserId,
    watch: Watch,
    /// When to stop waiting for topics that are not answered.
    settles_by: Tick,
    /// Since when everything old is here.
    in_sync_since: Option<Tick>,
    /// Events of other people that had been missed.
    missed: u64,
    /// When another token is asked for.
    token_due: Option<Tick>,
}

impl Connection {
    /// A connection that waits for [`Input::Start`]. The seed spreads the reconnects of many clients.
    #[must_use]
    pub fn new(settings: Settings, seed: u64) -> Self {
        let mut positions = Positions::default();
        for known in &settings.resume {
            positions.set(known.topic, known.position);
        }
        Self {
            settings,
            clock: Clock::default(),
            state: State::Idle,
            backoff: Backoff::new(seed),
            positions,
            wishes: Wishes::default(),
            offline: false,
            lost_at: Tick::default(),
            was_live: false,
            hint: None,
            degraded: Vec::new(),
            told: Status::Connecting,
            outputs: VecDeque::new(),
        }
    }

    /// Takes one input. Afterwards take all outputs until [`Output::Wait`].
    pub fn handle(&mut self, input: Input, now: Timestamp) {
        self.clock.advance(now);
        match input {
            Input::Start => self.start(),
            Input::Opened => self.greet(),
            Input::Frame(text) => self.take(&text),
            Input::Closed { code, retry_after_ms } => self.closed(code, retry_after_ms),
            Input::Tick => self.tick(),
            Input::Online => {
                self.offline = false;
                self.hurry();
            }
            Input::Offline => {
                self.offline = true;
                self.probe();
            }
            Input::Visible | Input::ClockJumped => self.hurry(),
            Input::Suspended => self.suspend(),
            Input::RetryNow => self.retry(),
            Input::Token(token) => self.take_token(token),
            Input::Intent(intent) => self.wish(intent),
            Input::Stop => self.stop(),
        }
        self.tell_status();
    }

    /// The next thing to do; [`Output::Wait`] when there is nothing more.
    #[must_use]
    pub fn poll(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or_else(|| Output::Wait(self.deadline()))
    }

    /// How the connection is.
    #[must_use]
    pub fn status(&self) -> Status {
        let since = self.clock.wall(self.lost_at);
        let reconnecting = |retry_at| match self.offline {
            true => Status::Offline { since },
            false => Status::Reconnecting { retry_at, since, attempt: self.backoff.failures().max(1) },
        };
        match &self.state {
            State::Idle => Status::Connecting,
            State::Live(_) => Status::Live,
            State::Opening { .. } | State::Greeting { .. } if self.is_first_attempt() => Status::Connecting,
            State::Opening { .. } | State::Greeting { .. } => reconnecting(None),
            State::Waiting { until } => reconnecting(until.map(|until| self.clock.wall(until))),
            State::Refused { code } if is_signed_out(*code) => Status::SignedOut,
            State::Refused { code } => Status::Stopped { code: *code },
        }
    }

    fn is_first_attempt(&self) -> bool {
        !self.was_live && self.backoff.failures() == 0
    }

    fn start(&mut self) {
        if matches!(self.state, State::Idle) {
            self.lost_at = self.clock.now();
            self.connect();
        }
    }

    fn connect(&mut self) {
        self.hint = None;
        self.state = State::Opening { until: self.clock.now() + WELCOME_WITHIN };
        self.outputs.push_back(Output::Connect);
    }

    fn greet(&mut self) {
        let State::Opening { until } = self.state else { return };
        self.state = State::Greeting { until };
        let resume = self.positions.resume();
        let idle = self.wishes.tell_idle();
        let (client, token) = (self.settings.client.clone(), self.settings.token.clone());
        self.say(&ClientFrame::Hello { client, token, resume, idle });
    }

    fn tick(&mut self) {
        let now = self.clock.now();
        match &self.state {
            State::Opening { until } | State::Greeting { until } if *until <= now => self.give_up(),
            State::Waiting { until: Some(until) } if *until <= now => self.connect(),
            State::Live(_) if self.hint.is_some_and(|hint| hint <= now) => self.move_on(),
            State::Live(_) => {
                self.check_watch();
                self.check_settled();
                self.check_token();
            }
            _ => {}
        }
    }

    /// When [`Input::Tick`] is wanted.
    fn deadline(&self) -> Option<Timestamp> {
        let tick = match &self.state {
            State::Idle | State::Refused { .. } => None,
            State::Opening { until } | State::Greeting { until } => Some(*until),
            State::Waiting { until } => *until,
            State::Live(live) => {
                let settles_by = live.in_sync_since.is_none().then_some(live.settles_by);
                let deadlines = [Some(live.watch.deadline()), settles_by, self.hint, live.token_due];
                deadlines.into_iter().flatten().min()
            }
        };
        tick.map(|tick| self.clock.wall(tick))
    }

    /// The network or the person may be back: no reason to wait any longer.
    fn hurry(&mut self) {
        match self.state {
            State::Waiting { .. } => self.connect(),
            State::Live(_) => self.probe(),
            State::Idle | State::Opening { .. } | State::Greeting { .. } | State::Refused { .. } => {}
        }
    }

    fn retry(&mut self) {
        match self.state {
            State::Refused { .. } => {
                self.lost_at = self.clock.now();
                self.backoff.reset();
                self.connect();
            }
            _ => self.hurry(),
        }
    }

    fn take_token(&mut self, token: String) {
        self.settings.token = Some(token.clone());
        if let State::Live(live) = &mut self.state {
            live.token_due = None;
            return self.say(&ClientFrame::Refresh { token });
        }
        self.retry();
    }

    /// Asks for another token once.
    fn check_token(&mut self) {
        let now = self.clock.now();
        if let State::Live(live) = &mut self.state
            && live.token_due.is_some_and(|due| due <= now)
        {
            live.token_due = None;
            self.outputs.push_back(Output::TokenWanted);
        }
    }

    fn suspend(&mut self) {
        if matches!(self.state, State::Opening { .. } | State::Greeting { .. } | State::Live(_)) {
            self.leave();
        }
        if !matches!(self.state, State::Idle | State::Refused { .. }) {
            self.state = State::Waiting { until: None };
        }
    }

    fn stop(&mut self) {
        if matches!(self.state, State::Opening { .. } | State::Greeting { .. } | State::Live(_)) {
            self.leave();
        }
        self.state = State::Idle;
    }

    /// The socket is gone: by its code, stop, wait, or come back at once.
    fn closed(&mut self, code: u16, retry_after_ms: Option<u64>) {
        if !matches!(self.state, State::Opening { .. } | State::Greeting { .. } | State::Live(_)) {
            return;
        }
        self.lose();
        let hint = self.hint.or(retry_after_ms.map(|ms| self.clock.now() + Duration::from_millis(ms)));
        if code == CloseCode::PositionsInvalid.number() {
            self.reset_all();
        }
        if code == CloseCode::TokenExpired.number() && self.settings.token.is_some() {
            // With the same one again it would be closed again: another one ends the wait.
            self.outputs.push_back(Output::TokenWanted);
            return self.wait();
        }
        match (code, hint) {
            (4000..=4099, _) => self.state = State::Refused { code },
            (_, Some(hint)) => self.wait_until(hint),
            // Only once: a server that sends everybody away at once must not be hammered.
            (4200..=4299, None) if self.backoff.failures() == 0 => {
                self.backoff.skip();
                self.connect();
            }
            _ => self.wait(),
        }
    }

    /// Nothing comes from the socket any more: drop it.
    fn give_up(&mut self) {
        self.leave();
        match self.hint {
            Some(hint) => self.wait_until(hint),
            None => self.wait(),
        }
    }

    /// The server stops, as it said: find another one.
    fn move_on(&mut self) {
        self.leave();
        self.backoff.skip();
        self.connect();
    }

    fn leave(&mut self) {
        self.lose();
        self.outputs.push_back(Output::Disconnect);
    }

    /// Leaves the live state, if it is that, and remembers how it was.
    fn lose(&mut self) {
        let now = self.clock.now();
        if let State::Live(live) = &self.state {
            if live.in_sync_since.is_some_and(|since| limits::HEALTHY_AFTER <= now.since(since)) {
                self.backoff.reset();
            }
            self.lost_at = now;
            self.was_live = true;
        }
        self.wishes.forget_typing();
    }

    fn wait(&mut self) {
        let delay = self.backoff.delay();
        self.state = State::Waiting { until: Some(self.clock.now() + delay) };
    }

    fn wait_until(&mut self, hint: Tick) {
        self.backoff.skip();
        self.state = State::Waiting { until: Some(hint) };
    }

    /// The server refused the positions, without saying which.
    fn reset_all(&mut self) {
        for topic in self.positions.reset_all() {
            self.outputs.push_back(Output::Reset { topic, reason: ResetReason::Ahead, head: None });
        }
    }

    fn say(&mut self, frame: &ClientFrame) {
        let text = serde_json::to_string(frame).expect("frames hold only texts and numbers");
        self.outputs.push_back(Output::Send(text));
    }

    fn tell_status(&mut self) {
        let status = self.status();
        if status != self.told {
            self.told = status;
            self.outputs.push_back(Output::Status(status));
        }
    }
}

fn is_signed_out(code: u16) -> bool {
    code == CloseCode::SignIn.number() || code == CloseCode::SessionRevoked.number()
}
