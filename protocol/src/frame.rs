//! Frames of the socket, subprotocol `hubbub.v1`: JSON text, an array when several go at once.

use crate::ephemeral::{Ephemeral, Presence, TypingPlace};
use crate::position::{Position, TopicPosition};
use crate::read::{self, fields, unknown};
use crate::{ConnectionId, Epoch, Error, Event, NodeId, Topic, UserId};
use serde::{Deserialize, Deserializer, Serialize};

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "hubbub.v1";

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// The first frame. Names the client and the positions to resume from.
    Hello {
        /// Program and version, for the logs.
        client: String,
        /// A token with the scope `events`, of programs that opened the socket without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
        /// Where it stands in the topics that it knows.
        #[serde(default)]
        resume: Vec<TopicPosition>,
        /// Nothing was typed or clicked in this window for [`crate::limits::IDLE_AFTER`].
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        idle: bool,
    },
    /// Follow a topic from a position, or from its head. Also the way back after a `reset`.
    Open {
        /// Which.
        topic: Topic,
        /// The position to continue from.
        #[serde(default)]
        since: Option<Position>,
    },
    /// Stop following a topic.
    Close {
        /// Which.
        topic: Topic,
    },
    /// The person looks at this topic now, or at none: ephemerals follow.
    Focus {
        /// Which.
        topic: Option<Topic>,
        /// The workspace around it, whose presence shows there too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<Topic>,
    },
    /// The person writes, or has stopped to.
    Typing {
        /// In which workspace or conversation.
        topic: Topic,
        /// Where in it.
        place: TypingPlace,
        /// Whether they write.
        on: bool,
    },
    /// Whether this window has become idle, or is used again.
    Idle {
        /// Nothing was typed or clicked in it for [`crate::limits::IDLE_AFTER`].
        on: bool,
    },
    /// The person has read a topic up to this number.
    Read {
        /// Which.
        topic: Topic,
        /// Up to and including.
        seq: u64,
    },
    /// The token that follows the one with which the socket was opened, before that expires.
    Refresh {
        /// Of the same account.
        token: String,
    },
    /// Are you there?
    Ping,
    /// Yes.
    Pong,
}

/// What the server says.
#[expect(
    clippy::large_enum_variant,
    reason = "frames live for a moment, and nearly all are events: a box would cost each an allocation"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The answer to `hello`. `opened` frames of the person's topics follow.
    Welcome {
        /// This socket.
        connection: ConnectionId,
        /// This server process.
        node: NodeId,
        /// Who the socket belongs to.
        user: UserId,
        /// The server speaks at least this often.
        heartbeat_ms: u64,
        /// What it takes.
        limits: SocketLimits,
    },
    /// The topic is followed from `since`, or from its head.
    Opened {
        /// Which.
        topic: Topic,
        /// Identity of its log.
        epoch: Epoch,
        /// Its newest number at that moment.
        head: u64,
    },
    /// The topic is no longer followed: asked for, or the right to read it was lost.
    Closed {
        /// Which.
        topic: Topic,
        /// A close code in the 4000s that says why; 1000 when it was asked for.
        code: u16,
    },
    /// One line of the log.
    Event(Event),
    /// The position cannot be continued: load again, then `open` from what was loaded.
    Reset {
        /// Which topic.
        topic: Topic,
        /// Why.
        reason: ResetReason,
        /// Identity of its log.
        epoch: Epoch,
        /// Its newest number.
        head: u64,
    },
    /// Somebody does something right now.
    Ephemeral {
        /// Where.
        topic: Topic,
        /// What; not called `kind`, which the ephemeral itself has.
        ephemeral: Ephemeral,
    },
    /// Who is here.
    Presence {
        /// Where.
        topic: Topic,
        /// Full or diff.
        presence: Presence,
    },
    /// The socket closes after this time (4202), unless `refresh` brings another token.
    Token {
        /// Milliseconds.
        expires_in_ms: u64,
    },
    /// Parts of the server that do not work fully: `bus`, `database`. Empty again when all do.
    Status {
        /// Their names.
        degraded: Vec<String>,
    },
    /// Are you there? With the heads of what the socket follows, to find a lost event.
    Ping {
        /// Topics and their newest numbers.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        heads: Vec<TopicPosition>,
    },
    /// Yes.
    Pong,
    /// The server stops: come back after this time, to whichever node answers.
    Reconnect {
        /// Milliseconds.
        after_ms: u64,
    },
    /// A frame was refused; the socket stays open.
    Error(Error),
}

impl<'de> Deserialize<'de> for ServerFrame {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        read::by_type(from, Self::read)
    }
}

impl ServerFrame {
    fn read(kind: &str, text: &str) -> Result<Self, serde_json::Error> {
        match kind {
            "welcome" => fields!(
                text,
                Welcome {
                    connection: ConnectionId,
                    node: NodeId,
                    user: UserId,
                    heartbeat_ms: u64,
                    limits: SocketLimits
                }
            ),
            "opened" => fields!(text, Opened { topic: Topic, epoch: Epoch, head: u64 }),
            "closed" => fields!(text, Closed { topic: Topic, code: u16 }),
            "event" => serde_json::from_str(text).map(Self::Event),
            "reset" => fields!(text, Reset { topic: Topic, reason: ResetReason, epoch: Epoch, head: u64 }),
            "ephemeral" => fields!(text, Ephemeral { topic: Topic, ephemeral: Ephemeral }),
            "presence" => fields!(text, Presence { topic: Topic, presence: Presence }),
            "token" => fields!(text, Token { expires_in_ms: u64 }),
            "status" => fields!(text, Status { degraded: Vec<String> }),
            "ping" => fields!(text, Ping { #[serde(default)] heads: Vec<TopicPosition> }),
            "pong" => Ok(Self::Pong),
            "reconnect" => fields!(text, Reconnect { after_ms: u64 }),
            "error" => serde_json::from_str(text).map(Self::Error),
            other => unknown(other),
        }
    }
}

/// What a socket takes; part of `welcome`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketLimits {
    /// Largest frame in, in bytes.
    pub frame_bytes: usize,
    /// Commands per second.
    pub commands_per_second: u32,
    /// Ephemerals per second.
    pub ephemerals_per_second: u32,
}

/// Why a position cannot be continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// It lies behind what is kept, or too far back to replay.
    TooOld,
    /// It belongs to another log: a backup was restored.
    Epoch,
    /// It lies ahead of the log.
    Ahead,
}

/// Close codes: 4000–4099 stop, 4100–4199 back off, 4200–4299 reconnect at once or after the hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// A frame that is none.
    BadFrame = 4000,
    /// Another protocol version.
    Version = 4001,
    /// Sign in again.
    SignIn = 4003,
    /// Not allowed.
    Forbidden = 4004,
    /// The session was ended or the account deactivated.
    SessionRevoked = 4005,
    /// Too many sockets of one person.
    TooManyConnections = 4006,
    /// A frame above the limit.
    FrameTooLarge = 4007,
    /// Our fault.
    Internal = 4100,
    /// Too many commands.
    Rate = 4101,
    /// Took nothing while something waited.
    Slow = 4102,
    /// No answer to a ping.
    NoAnswer = 4103,
    /// The server has too much to do.
    Overloaded = 4104,
    /// No `hello` in time.
    HelloTooLate = 4105,
    /// The server stops.
    Draining = 4200,
    /// Access token expired.
    TokenExpired = 4202,
    /// Positions that cannot be.
    PositionsInvalid = 4203,
}

impl CloseCode {
    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> u16 {
        self as u16
    }
}
