//! One socket, as a state machine without I/O.
//!
//! It takes [`Input`]s, says with [`Connection::poll`] what it wants from the node, and gives with
//! [`Connection::message`] the next text for the socket. It reads no clock and owns no task:
//!
//! ```text
//! loop {
//!     connection.handle(input, now);
//!     while the socket takes more { send connection.message(now) }     // then handle(Taken) once it is out
//!     loop { match connection.poll() { Output::Wait(until) => break, output => do it } }
//! }
//! ```
//!
//! It *pulls*: woken by its bell, it takes events from the tails (or asks for a page of the log) only
//! when the socket takes them. So a slow reader costs nothing but its own delay: nothing is copied for
//! it, and when it falls behind the tail it reads the log like everybody who comes back late.
//!
//! Rights come before events. A topic is linked first, then the right is checked, and the permission
//! epoch that was known *before* the check is the one up to which events may be sent. When a topic's
//! epoch rises the check is made again at once, and what is newer waits for the answer.

mod commands;
mod delivery;
mod heartbeat;
mod rights;
mod subscription;
mod token;

pub use subscription::Message;

use crate::Patience;
use crate::ephemerals::Seen;
use crate::hub::Program;
use crate::rate::Rate;
use crate::topic::{Link, Looking};
use bytes::Bytes;
use heartbeat::{Heartbeat, Pulse};
use protocol::ephemeral::TypingPlace;
use protocol::frame::{CloseCode, ServerFrame};
use protocol::presence::PresenceChoice;
use protocol::{ConnectionId, NodeId, Position, Topic, UserId, limits};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Access, LogEvent, Presented};
use subscription::{State, Subscription};

/// How long to wait before the database is asked again that did not answer, doubled with each failure.
const RETRY_STEP: Duration = Duration::from_millis(500);
/// A failed question is asked again after at most [`RETRY_STEP`] doubled this often.
const RETRY_DOUBLINGS_MAX: u32 = 4;
/// The rights are looked at when the session expires, and this often in any case: somebody may have set
/// the machine's clock.
const RIGHTS_CHECKED_WITHIN: Duration = Duration::from_secs(24 * 3600);
/// Frames that may wait besides events: one for each topic that a `hello` names, and the usual queue.
const CONTROL_FRAMES_MAX: usize = limits::RESUME_TOPICS_MAX + limits::QUEUE_FRAMES_MAX;
/// How long the last words may take when the server closes in an orderly way.
const LAST_WORDS_WITHIN: Duration = Duration::from_secs(1);

/// Whose connection it is.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Its name.
    pub connection: ConnectionId,
    /// This server process.
    pub node: NodeId,
    /// The person.
    pub user: UserId,
    /// What its token says, if a program opened it.
    pub program: Option<Program>,
    /// How long it is waited for.
    pub patience: Patience,
    /// Two random numbers from 0 to 1, which spread heartbeats and retries.
    pub jitter: [f64; 2],
}

/// What happens to a connection.
#[derive(Debug)]
pub enum Input {
    /// The client sent a text.
    Text(Bytes),
    /// The client sent bytes, which the protocol does not have.
    Binary,
    /// The client sent more than the transport takes.
    TooLarge,
    /// The transport saw a sign of life: a WebSocket ping or pong.
    Alive,
    /// Its bell was rung.
    Woken,
    /// The time of [`Output::Wait`] has come.
    Tick,
    /// The socket took everything that [`Connection::message`] gave.
    Taken,
    /// Answer to [`Output::Link`]; topics that do not exist are left out. None: the database is away.
    Linked(Vec<Topic>, Option<Vec<Link>>),
    /// Answer to [`Output::Access`]. None: the database is away.
    Access(Option<Access>),
    /// Answer to [`Output::Check`]: whether the person may read the topic, at this permission epoch or a
    /// newer one. None: the database is away.
    Checked {
        /// Which topic.
        topic: Topic,
        /// The permission epoch of the question.
        epoch: u64,
        /// The answer.
        may_read: Option<bool>,
    },
    /// Answer to [`Output::Refresh`]. False: the database is away.
    Refreshed(Topic, bool),
    /// Answer to [`Output::Page`]. None: the database is away.
    Page(PageRequest, Option<Vec<Arc<LogEvent>>>),
    /// Answer to [`Output::Present`]. None: the database is away.
    Presented(String, Option<Presented>),
    /// Answer to [`Output::MoveRead`].
    ReadMoved(Result<(), protocol::Error>),
    /// Parts of the server that do not work fully.
    Status(Vec<String>),
    /// The server stops; come back after so many milliseconds.
    Drain {
        /// The hint for the client.
        after_ms: u64,
    },
}

/// What a connection wants from its node.
#[derive(Debug)]
pub enum Output {
    /// Listen to these topics.
    Link(Vec<Topic>),
    /// Ask what the session may read.
    Access,
    /// Ask whether the person may still read this topic, whose permission epoch rose to this one. All who
    /// ask the same on a node share one answer.
    Check {
        /// Which topic.
        topic: Topic,
        /// Its permission epoch.
        epoch: u64,
    },
    /// Ask the database for a topic's numbers and let the topic take them.
    Refresh(Topic),
    /// Read the log.
    Page(PageRequest),
    /// Ask who comes with this token, which is to follow the one of the socket.
    Present(String),
    /// Move the person's read position.
    MoveRead(Topic, u64),
    /// The person is here, in this topic.
    Arrive(Topic),
    /// … and no longer.
    Depart(Topic),
    /// The window is idle, or used. The first word of it comes with the `hello`.
    Idle(bool),
    /// What the person chose to show of themself. Before they arrive anywhere.
    Choose(PresenceChoice),
    /// The person shows no longer how far they have read.
    HideReceipts,
    /// The person looks at this topic from now on: see to it that its presence is announced.
    Look(Topic),
    /// The person types, or has stopped to.
    Typing {
        /// In which workspace or conversation.
        topic: Topic,
        /// Where in it.
        place: TypingPlace,
        /// Whether they write.
        on: bool,
    },
    /// Close the socket. Nothing follows.
    Close(CloseCode),
    /// Nothing until this time, if any, unless something happens.
    Wait(Option<Instant>),
}

/// A page of the log that a subscription needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Of which topic.
    pub topic: Topic,
    /// The events that follow this number.
    pub after: u64,
    /// Which of the topic's subscriptions asked.
    pub generation: u32,
}

/// See the module.
#[derive(Debug)]
pub struct Connection {
    setup: Setup,
    phase: Phase,
    outputs: VecDeque<Output>,
    /// Questions to be asked again.
    retries: Vec<(Instant, Output)>,
    failures: u32,
    /// Frames that go out before any event.
    control: VecDeque<ServerFrame>,
    subscriptions: Vec<Subscription>,
    /// Topics that are being linked, and where they will begin.
    expected: BTreeMap<Topic, Option<Position>>,
    /// Topics that the client closed: not opened again unless it asks.
    declined: BTreeSet<Topic>,
    rights: Rights,
    /// When the token of a program expires.
    token_until: Option<Instant>,
    /// Read positions to be moved, and whether one is being moved.
    reads: BTreeMap<Topic, u64>,
    is_moving_read: bool,
    focus: Vec<Focus>,
    degraded: Vec<String>,
    heartbeat: Heartbeat,
    commands: Rate,
    ephemerals: Rate,
    /// Since when the socket has something that it did not take yet.
    waiting_since: Option<Instant>,
    /// Where the next round over the subscriptions begins.
    turn: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    /// No `hello` yet; it must come before this.
    Silent(Instant),
    Open,
    /// What stands in `control` goes out, then the socket is closed.
    Leaving,
    Closed,
}

/// The right to be here at all, which hangs on the person's own topic.
#[derive(Debug)]
struct Rights {
    /// The person's own topic, whether or not the client follows it.
    guard: Option<Arc<Link>>,
    checked: u64,
    asked: u64,
    is_asking: bool,
    again_at: Instant,
    /// What the person chose to show, with the last answer.
    choice: Option<PresenceChoice>,
}

/// A topic that the person looks at: a place, and the workspace around it.
#[derive(Debug)]
struct Focus {
    topic: Topic,
    looking: Option<(Looking, Seen)>,
}

impl Connection {
    /// A socket that was just opened by somebody who is signed in.
    #[must_use]
    pub fn new(setup: Setup, now: Instant) -> Self {
        let ephemerals = limits::EPHEMERALS_PER_SECOND_MAX;
        Self {
            setup,
            phase: Phase::Silent(now + setup.patience.hello_within),
            outputs: VecDeque::new(),
            retries: Vec::new(),
            failures: 0,
            control: VecDeque::new(),
            subscriptions: Vec::new(),
            expected: BTreeMap::new(),
            declined: BTreeSet::new(),
            rights: Rights {
                guard: None,
                checked: 0,
                asked: 0,
                is_asking: false,
                again_at: now + RIGHTS_CHECKED_WITHIN,
                choice: None,
            },
            token_until: setup.program.and_then(|program| program.expires_in).map(|time| now + time),
            reads: BTreeMap::new(),
            is_moving_read: false,
            focus: Vec::new(),
            degraded: Vec::new(),
            heartbeat: Heartbeat::new(now, &setup.patience, setup.jitter),
            commands: Rate::new(limits::COMMANDS_PER_SECOND_MAX, limits::COMMANDS_BURST_MAX, now),
            ephemerals: Rate::new(ephemerals, ephemerals, now),
            waiting_since: None,
            turn: 0,
        }
    }

    /// Takes what happened. Then: [`Connection::message`] if the socket takes something, then
    /// [`Connection::poll`] until it says [`Output::Wait`].
    pub fn handle(&mut self, input: Input, now: Instant) {
        if self.phase == Phase::Closed {
            return;
        }
        match input {
            Input::Text(text) => self.hear(&text, now),
            Input::Binary => self.close(CloseCode::BadFrame),
            Input::TooLarge => self.close(CloseCode::FrameTooLarge),
            Input::Alive => self.heartbeat.heard(now),
            Input::Woken => {}
            Input::Tick => self.tick(now),
            Input::Taken => {
                self.waiting_since = None;
                self.heartbeat.taken(now);
            }
            Input::Linked(topics, links) => self.linked(topics, links, now),
            Input::Access(access) => self.judge(access, now),
            Input::Checked { topic, epoch, may_read } => self.take_check(topic, epoch, may_read, now),
            Input::Refreshed(topic, is_fresh) => self.refreshed(topic, is_fresh, now),
            Input::Page(request, events) => self.take_page(request, events, now),
            Input::Presented(token, presented) => self.renew(token, presented, now),
            Input::ReadMoved(answer) => self.read_moved(answer),
            Input::Status(degraded) => self.tell_status(degraded),
            Input::Drain { after_ms } => self.drain(after_ms, now),
        }
        self.ask_rights(now);
        if CONTROL_FRAMES_MAX < self.control.len() {
            // It asks and asks, and takes no answer.
            self.close(CloseCode::Slow);
        }
    }

    /// What it wants next.
    pub fn poll(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or_else(|| {
            // An idle connection keeps no memory for what it once wanted.
            self.outputs = VecDeque::new();
            Output::Wait(self.wait())
        })
    }

    /// Whether it wants nothing from the node before it is ticked anyway; none: it will not be.
    #[must_use]
    pub(crate) fn is_content(&self, ticks_at: Option<Instant>) -> bool {
        self.outputs.is_empty()
            && self.wait().is_none_or(|until| ticks_at.is_some_and(|ticks_at| ticks_at <= until))
    }

    /// How many topics it follows.
    #[must_use]
    pub fn subscriptions(&self) -> usize {
        self.subscriptions
            .iter()
            .filter(|subscription| matches!(subscription.state, State::Following(_)))
            .count()
    }

    /// The conversations among the topics that it follows or wants to: rooms among them may be read by
    /// people who are not in them, so they are part of the question.
    #[must_use]
    pub fn conversations(&self) -> Vec<Topic> {
        let followed = self.subscriptions.iter().map(Subscription::topic);
        followed.filter(|topic| matches!(topic, Topic::Conversation(_))).collect()
    }

    fn tick(&mut self, now: Instant) {
        if self.phase == Phase::Leaving {
            if self.retries.iter().any(|(at, _)| *at <= now) {
                self.close(CloseCode::Draining);
            }
            return;
        }
        if let Phase::Silent(by) = self.phase
            && by <= now
        {
            return self.close(CloseCode::HelloTooLate);
        }
        if self.token_until.is_some_and(|until| until <= now) {
            return self.close(CloseCode::TokenExpired);
        }
        if self
            .waiting_since
            .is_some_and(|since| self.setup.patience.stalled_after <= now.saturating_duration_since(since))
        {
            return self.close(CloseCode::Slow);
        }
        if self.heartbeat.tick(now) == Pulse::Gone {
            return self.close(CloseCode::NoAnswer);
        }
        let (due, later) = std::mem::take(&mut self.retries).into_iter().partition(|(at, _)| *at <= now);
        self.retries = later;
        let due: Vec<(Instant, Output)> = due;
        self.outputs.extend(due.into_iter().map(|(_, output)| output));
    }

    fn wait(&self) -> Option<Instant> {
        let retry = self.retries.iter().map(|(at, _)| *at).min();
        let stalled = self.waiting_since.map(|since| since + self.setup.patience.stalled_after);
        let waits = match self.phase {
            Phase::Silent(by) => [Some(by), self.heartbeat.wait(), stalled, None],
            Phase::Open => {
                let is_idle = self.rights.guard.is_some() && !self.rights.is_asking;
                [is_idle.then_some(self.rights.again_at), self.heartbeat.wait(), stalled, retry]
            }
            Phase::Leaving => return retry,
            Phase::Closed => return None,
        };
        waits.into_iter().chain([self.token_until]).flatten().min()
    }

    /// Asks again later; longer later with each failure.
    fn retry(&mut self, output: Output, now: Instant) {
        let step = RETRY_STEP * 2u32.pow(self.failures.min(RETRY_DOUBLINGS_MAX));
        self.failures += 1;
        self.retries.push((now + step.mul_f64(0.75 + 0.5 * self.setup.jitter[1]), output));
    }

    fn tell_status(&mut self, degraded: Vec<String>) {
        self.degraded.clone_from(&degraded);
        if self.phase == Phase::Open {
            self.control.retain(|frame| !matches!(frame, ServerFrame::Status { .. }));
            self.control.push_back(ServerFrame::Status { degraded });
        }
    }

    fn drain(&mut self, after_ms: u64, now: Instant) {
        self.phase = Phase::Leaving;
        self.control.push_back(ServerFrame::Reconnect { after_ms });
        self.outputs.clear();
        self.retries = vec![(now + LAST_WORDS_WITHIN, Output::Close(CloseCode::Draining))];
    }

    fn close(&mut self, code: CloseCode) {
        self.phase = Phase::Closed;
        self.outputs.clear();
        self.outputs.push_back(Output::Close(code));
        self.subscriptions.clear();
        self.focus.clear();
        self.rights.guard = None;
    }

    fn subscription(&mut self, topic: Topic) -> Option<&mut Subscription> {
        self.subscriptions.iter_mut().find(|subscription| subscription.topic() == topic)
    }
}
