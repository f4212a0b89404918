//! The link between nodes.
//!
//! It carries doorbells (what was committed), presence and typing. Everything on it may be lost,
//! doubled, late or out of order; nobody waits for it, and a node without it reads the heads of its
//! topics more often instead. Its channels are partitions of workspaces, conversations and people, so that a node's
//! subscriptions are bounded whatever the number of topics.
//!
//! With no Redis configured there is nobody to ring for: [`Bus::Local`].

mod link;
pub(crate) mod message;
pub(crate) mod probe;
pub(crate) mod redis;

use crate::presence::SliceMessage;
use crate::tail::Doorbell;
use protocol::ephemeral::Ephemeral;
use protocol::{NodeId, Topic, limits};

/// How the nodes hear of each other.
#[derive(Debug)]
pub enum Bus {
    /// There is one node.
    Local,
    /// Through Redis.
    Redis(RedisBus),
}

/// Redis, not connected yet.
#[derive(Debug)]
pub struct RedisBus {
    pub(crate) url: String,
    pub(crate) node: NodeId,
}

impl Bus {
    /// The bus for these settings. Nothing connects before [`crate::Hub::start`], and a Redis that is
    /// away makes the server degraded, not unable to start.
    #[must_use]
    pub fn connect(redis_url: Option<&str>, node: NodeId) -> Self {
        match redis_url {
            Some(url) => Self::Redis(RedisBus { url: url.to_owned(), node }),
            None => Self::Local,
        }
    }
}

/// What comes over the bus.
#[derive(Debug)]
pub(crate) enum News {
    /// Another node committed something.
    Doorbell(Doorbell),
    /// Somebody on another node does something right now.
    Ephemeral(Topic, Ephemeral),
    /// Another node says who is there.
    Presence(SliceMessage),
    /// From now on these partitions are heard: what was rung before was not.
    Listening(Vec<u16>),
}

/// The partition of a topic: the same on every node, and even, because the last byte of an id is random.
pub(crate) fn partition(topic: Topic) -> u16 {
    let id = match topic {
        Topic::Workspace(id) => id.0,
        Topic::Conversation(id) => id.0,
        Topic::User(id) => id.0,
    };
    u16::from(id.as_bytes()[15]) % limits::BUS_PARTITIONS
}
