//! The reconnecting client.
//!
//! [`Connection`] is a state machine without I/O: no socket, no timer, no clock, and no
//! randomness but the seed that it is given. The same inputs always give the same outputs, so a
//! test sleeps for an hour in a microsecond. The [`transport`]s put a socket and a clock around it.
//!
//! # The contract
//!
//! Give it one [`Input`] with the time, then take every [`Output`] until [`Output::Wait`]; then
//! wait for the next input, or for the moment that `Wait` names and give it [`Input::Tick`].
//!
//! ```
//! # use client::{Connection, Input, Output, Settings};
//! # use protocol::Timestamp;
//! let mut connection = Connection::new(Settings::new("example/1.0"), 7);
//! connection.handle(Input::Start, Timestamp(0));
//! let until = loop {
//!     match connection.poll() {
//!         Output::Connect => { /* open a socket; forget the one before */ }
//!         Output::Send(_text) => { /* write it to the socket */ }
//!         Output::Disconnect => { /* drop the socket; nothing of it may come in any more */ }
//!         Output::Wait(until) => break until,
//!         _news => { /* events, status and the rest are for the page */ }
//!     }
//! };
//! # assert!(until.is_some());
//! ```
//!
//! # The promise
//!
//! For each topic the events come out as last + 1, last + 2 and so on: none twice and none left
//! out, whatever the network does. Where that cannot be kept there is an [`Output::Reset`]: load
//! again and tell the position of what was loaded ([`Intent::SetPosition`]). Frames and events of
//! kinds that this version does not know are passed over, and the position still moves.

pub mod connection;
pub mod status;
pub mod transport;

mod backoff;
mod clock;
mod positions;

pub use connection::Connection;
pub use status::Status;
pub use transport::Handle;

use protocol::ephemeral::{Ephemeral, Presence, TypingPlace};
use protocol::frame::ResetReason;
use protocol::position::TopicPosition;
use protocol::{Error, Event, Position, Timestamp, Topic};
use std::fmt;

/// What a connection is made with.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// Program and version, for the server's logs.
    pub client: String,
    /// The token of a program; the page has a cookie.
    pub token: Option<String>,
    /// What the page shows already: the stream continues from there.
    pub resume: Vec<TopicPosition>,
}

impl Settings {
    /// Settings for a program that knows nothing yet: it starts at the head of each topic.
    pub fn new(client: impl Into<String>) -> Self {
        Self { client: client.into(), token: None, resume: Vec::new() }
    }
}

impl fmt::Debug for Settings {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("client", &self.client)
            .field("resume", &self.resume)
            .finish_non_exhaustive()
    }
}

/// What happened outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Begin.
    Start,
    /// The socket is open and takes frames.
    Opened,
    /// A text came in.
    Frame(String),
    /// The socket could not be opened, or is gone.
    Closed {
        /// The close code; 1006 when there was none.
        code: u16,
        /// How long the server asks to stay away, if it said so (`Retry-After`).
        retry_after_ms: Option<u64>,
    },
    /// Time has passed.
    Tick,
    /// The device says that it has a network.
    Online,
    /// The device says that it has none. It may be wrong.
    Offline,
    /// The person looks at the page again.
    Visible,
    /// The page is put away (the browser's back-forward cache): the socket must go.
    Suspended,
    /// A timer came much too late: the machine slept.
    ClockJumped,
    /// The person does not want to wait, or has signed in again.
    RetryNow,
    /// A program has another token: for this socket, and for those that follow.
    Token(String),
    /// The page wants something.
    Intent(Intent),
    /// The end: the socket closes and nothing more happens until [`Input::Start`].
    Stop,
}

/// What the page wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// What the page shows of a topic was loaded at this position.
    ///
    /// A position behind what was handed out already brings the events in between once more, so
    /// that they reach what was just loaded. One ahead of it changes nothing: those events still
    /// come, for the other parts of the page.
    SetPosition {
        /// Which topic.
        topic: Topic,
        /// The `as_of` of the answer.
        position: Position,
    },
    /// Follow a topic that the server does not follow by itself.
    Open {
        /// Which.
        topic: Topic,
    },
    /// Stop following it.
    Close {
        /// Which.
        topic: Topic,
    },
    /// The person looks at this topic, or at none.
    Focus {
        /// Which.
        topic: Option<Topic>,
        /// The workspace around it, whose presence shows there too.
        within: Option<Topic>,
    },
    /// A key was pressed in a comment or message, or it was sent. Say it at every key; it is sent seldom.
    Typing {
        /// In which workspace or conversation.
        topic: Topic,
        /// Where in it.
        place: TypingPlace,
        /// Whether they write.
        on: bool,
    },
    /// Whether nothing was typed or clicked in this window for a while.
    Idle {
        /// See [`protocol::limits::IDLE_AFTER`].
        on: bool,
    },
    /// The person has read a topic up to this number. Kept until the server has it.
    Read {
        /// Which.
        topic: Topic,
        /// Up to and including.
        seq: u64,
    },
}

/// What to do, and what is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// For the transport: open a socket, in place of the one before.
    Connect,
    /// For the transport: write this.
    Send(String),
    /// For the transport: drop the socket. No input may come from it afterwards.
    Disconnect,
    /// The next event of its topic.
    Event(Box<Event>),
    /// A topic is followed from here.
    Opened {
        /// Which.
        topic: Topic,
        /// Events after this one follow.
        position: Position,
    },
    /// A topic is no longer followed.
    Closed {
        /// Which.
        topic: Topic,
        /// Why; 1000 when it was asked for.
        code: u16,
    },
    /// Load this topic again, then [`Intent::SetPosition`]. Until then nothing of it comes.
    Reset {
        /// Which.
        topic: Topic,
        /// Why.
        reason: ResetReason,
        /// The newest position, where the server named it.
        head: Option<Position>,
    },
    /// Somebody does something right now.
    Ephemeral {
        /// Where.
        topic: Topic,
        /// What.
        ephemeral: Ephemeral,
    },
    /// Who is here.
    Presence {
        /// Where.
        topic: Topic,
        /// Full or diff.
        presence: Presence,
    },
    /// How the connection is, when it changes.
    Status(Status),
    /// Everything that happened before this connection began is here. Once per connection.
    CaughtUp {
        /// How many events of other people came while it was away: "Back, 17 new".
        events: u64,
        /// There was a connection before: otherwise it is no coming back.
        returned: bool,
    },
    /// Parts of the server that do not work fully; empty again when all do.
    Degraded(Vec<String>),
    /// The server refused a frame; the connection stays.
    Refused(Error),
    /// The token expires soon, or has: give another one with [`Input::Token`].
    TokenWanted,
    /// Nothing more. Come back at this moment, if there is one, or with the next input.
    Wait(Option<Timestamp>),
}
