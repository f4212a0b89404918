//! Web Push: telling a device of what its person does not look at, and why it was told or not.

use crate::{Error, SessionId, Timestamp, limits, text};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Arguments of `push.subscribe`: what the browser's push manager answered. Keys in base64url.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSubscription {
    /// Where its push service takes messages for this device. Whoever knows it may send some.
    pub endpoint: String,
    /// The device's public key: a point of P-256, 65 bytes.
    pub p256dh: String,
    /// A secret that only the device and this server know, 16 bytes.
    pub auth: String,
}

impl NewSubscription {
    /// The arguments, if they are no longer than they can be.
    ///
    /// # Errors
    /// 413 with the field that does not fit.
    pub fn validate(self) -> Result<Self, Error> {
        let fields = [("endpoint", &self.endpoint), ("p256dh", &self.p256dh), ("auth", &self.auth)];
        for (field, text) in fields {
            if limits::PUSH_ENDPOINT_BYTES_MAX < text.len() {
                return Err(Error::too_large(field, limits::PUSH_ENDPOINT_BYTES_MAX));
            }
        }
        Ok(self)
    }
}

impl fmt::Debug for NewSubscription {
    /// Without what would let others send to the device.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewSubscription")
    }
}

/// The answer of `push.get`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushState {
    /// The key with which this server signs: what the browser's push manager asks for. In base64url.
    pub public_key: String,
    /// The caller's devices that are told, this one first.
    pub devices: Vec<PushDevice>,
    /// Until when none of them is told of anything, if that lies ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_until: Option<Timestamp>,
}

/// A device that is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushDevice {
    /// Its session.
    pub id: SessionId,
    /// What the browser said it is.
    pub name: String,
    /// Since when it is told.
    pub at: Timestamp,
    /// It is the one that asks.
    pub current: bool,
}

/// Arguments of `push.quiet`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietFor {
    /// For how long no device is told of anything; 0: no longer.
    #[serde(deserialize_with = "text::number")]
    pub minutes: u32,
}

/// What a push was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushAbout {
    /// A mention.
    Mention,
    /// A comment on the person's post.
    Comment,
    /// A reply to their comment.
    Reply,
    /// An answer in a thread.
    Thread,
    /// Another role.
    Role,
    /// An event of another program.
    Event,
    /// A direct message.
    Message,
    /// A test that the person asked for.
    Test,
}

impl PushAbout {
    /// Everything that devices are told of.
    pub const ALL: [Self; 8] = [
        Self::Mention,
        Self::Comment,
        Self::Reply,
        Self::Thread,
        Self::Role,
        Self::Event,
        Self::Message,
        Self::Test,
    ];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Mention => "mention",
            Self::Comment => "comment",
            Self::Reply => "reply",
            Self::Thread => "thread",
            Self::Role => "role",
            Self::Event => "event",
            Self::Message => "message",
            Self::Test => "test",
        }
    }
}

/// What became of a push for one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushOutcome {
    /// The push service took it.
    Sent,
    /// Not sent: the person read it on another device, at the latest then.
    Read {
        /// When.
        at: Timestamp,
    },
    /// Not sent: Hubbub stood open in front of the person.
    Looking,
    /// Not sent: the person did not want to be disturbed.
    Quiet {
        /// Until when.
        until: Timestamp,
    },
    /// Not sent: it was deleted, muted, or is no longer theirs to read.
    Gone,
    /// Not sent: it was more than a day old by then.
    Late,
    /// Taken back: the person read it elsewhere, or it is gone.
    Withdrawn,
    /// The push service refuses messages for this device for good, so it is told no more.
    Ended {
        /// The status that it answered.
        status: u16,
    },
    /// The push service refused it.
    Refused {
        /// The status that it answered.
        status: u16,
    },
    /// Given up: the push service could not be reached, or was too busy for too long.
    Unreachable,
}

/// One line of `push.log`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushLine {
    /// When it was decided.
    pub at: Timestamp,
    /// Which device, as it called itself.
    pub device: String,
    /// What it was about.
    pub about: PushAbout,
    /// What became of it.
    pub outcome: PushOutcome,
}

/// The answer of `push.look`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// One of the person's devices is told of what they do not look at, so it is worth saying.
    pub wanted: bool,
}
