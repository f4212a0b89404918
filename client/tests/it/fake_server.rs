//! A server in memory: logs, and one socket that follows them.
//!
//! It keeps the server's side of the protocol and nothing more. To extend it: a new frame of the
//! client goes into [`FakeServer::takes`]; new weather goes into `world.rs`, which owns the wire.

use protocol::frame::{ClientFrame, ResetReason, ServerFrame, SocketLimits};
use protocol::position::TopicPosition;
use protocol::{ConnectionId, Epoch, Event, EventId, EventKind, NodeId, Position, PostId};
use protocol::{Timestamp, Topic, UserId, WorkspaceId};
use std::collections::{BTreeMap, VecDeque};

/// The person whose client it is.
pub(crate) const ADA: u128 = 1;
/// Somebody else.
pub(crate) const BEN: u128 = 2;

pub(crate) fn user(number: u128) -> UserId {
    UserId(id(number))
}

pub(crate) fn workspace(number: u128) -> Topic {
    Topic::Workspace(WorkspaceId(id(number)))
}

pub(crate) fn post(number: u128) -> PostId {
    PostId(id(number))
}

pub(crate) fn epoch(number: u128) -> Epoch {
    Epoch(id(number))
}

/// An id from its text form, so that the tests need no crate for it.
fn id<T: std::str::FromStr>(number: u128) -> T
where
    T::Err: std::fmt::Debug,
{
    let hex = format!("{number:032x}");
    let text = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    text.parse().unwrap()
}

#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) epoch: Epoch,
    pub(crate) floor: u64,
    /// Who did each event, from number 1.
    actors: Vec<u128>,
}

impl Log {
    pub(crate) fn head(&self) -> u64 {
        self.actors.len() as u64
    }
}

#[derive(Debug, Default)]
pub(crate) struct FakeServer {
    pub(crate) logs: BTreeMap<Topic, Log>,
    /// What the open socket follows, and up to where it was sent.
    followed: BTreeMap<Topic, u64>,
    /// Frames on their way to the client.
    pub(crate) wire: VecDeque<String>,
    /// Everything the client ever said.
    pub(crate) heard: Vec<ClientFrame>,
}

impl FakeServer {
    pub(crate) fn add_topic(&mut self, topic: Topic, events: u64) {
        let actors = vec![BEN; usize::try_from(events).unwrap()];
        self.logs.insert(topic, Log { epoch: epoch(100), floor: 1, actors });
    }

    pub(crate) fn position(&self, topic: Topic) -> Position {
        Position { epoch: self.logs[&topic].epoch, seq: self.logs[&topic].head() }
    }

    /// Somebody changes something. It goes out if the socket follows the topic.
    pub(crate) fn append(&mut self, topic: Topic, actor: u128) {
        let log = self.logs.get_mut(&topic).unwrap();
        log.actors.push(actor);
        if self.followed.contains_key(&topic) {
            self.catch_up(topic);
        }
    }

    /// The log gets an event that nobody is told of.
    pub(crate) fn append_unheard(&mut self, topic: Topic) {
        self.append(topic, BEN);
        if self.followed.contains_key(&topic) {
            self.wire.pop_back();
        }
    }

    /// A backup is restored: another epoch, and fewer events.
    pub(crate) fn restore(&mut self, topic: Topic, epoch: Epoch, head: usize) {
        let log = self.logs.get_mut(&topic).unwrap();
        log.epoch = epoch;
        log.actors.truncate(head);
        log.floor = log.floor.min(log.head() + 1);
    }

    pub(crate) fn says(&mut self, frame: &ServerFrame) {
        self.wire.push_back(serde_json::to_string(frame).unwrap());
    }

    pub(crate) fn pings(&mut self) {
        let heads = self.followed.keys().map(|topic| self.topic_position(*topic)).collect();
        self.says(&ServerFrame::Ping { heads });
    }

    /// The socket is gone, with everything on its way.
    pub(crate) fn loses_the_socket(&mut self) {
        self.followed.clear();
        self.wire.clear();
    }

    pub(crate) fn takes(&mut self, text: &str) {
        let frame: ClientFrame = serde_json::from_str(text).unwrap();
        self.heard.push(frame.clone());
        match frame {
            ClientFrame::Hello { resume, .. } => self.welcome(&resume),
            ClientFrame::Open { topic, since } => self.follow(topic, since),
            ClientFrame::Close { topic } => {
                self.followed.remove(&topic);
                self.says(&ServerFrame::Closed { topic, code: 1000 });
            }
            ClientFrame::Ping => self.says(&ServerFrame::Pong),
            ClientFrame::Focus { .. }
            | ClientFrame::Typing { .. }
            | ClientFrame::Idle { .. }
            | ClientFrame::Read { .. }
            | ClientFrame::Refresh { .. }
            | ClientFrame::Pong => {}
        }
    }

    fn welcome(&mut self, resume: &[TopicPosition]) {
        self.says(&ServerFrame::Welcome {
            connection: ConnectionId(id(1)),
            node: NodeId(id(1)),
            user: user(ADA),
            heartbeat_ms: 25_000,
            limits: SocketLimits { frame_bytes: 65_536, commands_per_second: 20, ephemerals_per_second: 30 },
        });
        let topics: Vec<Topic> = self.logs.keys().copied().collect();
        for topic in topics {
            let since = resume.iter().find(|known| known.topic == topic).map(|known| known.position);
            self.follow(topic, since);
        }
    }

    fn follow(&mut self, topic: Topic, since: Option<Position>) {
        let Some(log) = self.logs.get(&topic) else {
            return self.says(&ServerFrame::Closed { topic, code: 4004 });
        };
        let (epoch, head) = (log.epoch, log.head());
        let reason = match since {
            Some(since) if since.epoch != epoch => Some(ResetReason::Epoch),
            Some(since) if head < since.seq => Some(ResetReason::Ahead),
            Some(since) if since.seq + 1 < log.floor => Some(ResetReason::TooOld),
            _ => None,
        };
        if let Some(reason) = reason {
            self.followed.remove(&topic);
            return self.says(&ServerFrame::Reset { topic, reason, epoch, head });
        }
        self.says(&ServerFrame::Opened { topic, epoch, head });
        self.followed.insert(topic, since.map_or(head, |since| since.seq));
        self.catch_up(topic);
    }

    fn catch_up(&mut self, topic: Topic) {
        let head = self.logs[&topic].head();
        let sent = self.followed.insert(topic, head).unwrap_or(head);
        for seq in sent + 1..=head {
            let actor = self.logs[&topic].actors[usize::try_from(seq).unwrap() - 1];
            self.says(&ServerFrame::Event(event(topic, seq, actor)));
        }
    }

    fn topic_position(&self, topic: Topic) -> TopicPosition {
        TopicPosition { topic, position: self.position(topic) }
    }
}

pub(crate) fn event(topic: Topic, seq: u64, actor: u128) -> Event {
    Event {
        topic,
        seq,
        id: EventId(id(u128::from(seq))),
        at: Timestamp(0),
        actor: Some(user(actor)),
        kind: EventKind::PostDeleted { id: post(u128::from(seq)) },
    }
}
