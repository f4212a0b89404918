//! What a client says.

use super::subscription::{State, Subscription};
use super::{Connection, Focus, Output, Phase};
use protocol::frame::{ClientFrame, CloseCode, ServerFrame, SocketLimits};
use protocol::position::TopicPosition;
use protocol::{Position, Topic, limits};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Instant;

/// The close code of an orderly end.
const ASKED_FOR: u16 = 1000;

/// One frame, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Frames {
    One(ClientFrame),
    Several(Vec<ClientFrame>),
}

impl Connection {
    pub(super) fn hear(&mut self, text: &[u8], now: Instant) {
        self.heartbeat.heard(now);
        if limits::FRAME_IN_BYTES_MAX < text.len() {
            return self.close(CloseCode::FrameTooLarge);
        }
        match serde_json::from_slice(text) {
            Ok(Frames::One(frame)) => self.obey(frame, now),
            Ok(Frames::Several(frames)) => frames.into_iter().for_each(|frame| self.obey(frame, now)),
            Err(_) => self.close(CloseCode::BadFrame),
        }
    }

    fn obey(&mut self, frame: ClientFrame, now: Instant) {
        if matches!(self.phase, Phase::Closed | Phase::Leaving) {
            return;
        }
        // Too many ephemerals are dropped, too many commands end the connection.
        let is_ephemeral = matches!(frame, ClientFrame::Typing { .. } | ClientFrame::Focus { .. });
        if is_ephemeral && !self.ephemerals.take(now) {
            return;
        }
        if !is_ephemeral && !self.commands.take(now) {
            return self.close(CloseCode::Rate);
        }
        let is_first = matches!(self.phase, Phase::Silent(_));
        match frame {
            // A socket has one owner: it was opened with a cookie, or with a token.
            ClientFrame::Hello { token: Some(_), .. } if self.setup.program.is_none() => {
                self.close(CloseCode::BadFrame);
            }
            ClientFrame::Hello { resume, idle, .. } if is_first => self.welcome(resume, idle),
            ClientFrame::Ping => self.control.push_back(ServerFrame::Pong),
            ClientFrame::Pong => {}
            ClientFrame::Hello { .. } => self.close(CloseCode::BadFrame),
            _ if is_first => self.close(CloseCode::BadFrame),
            ClientFrame::Open { topic, since } => self.open(topic, since, now),
            ClientFrame::Close { topic } => self.decline(topic),
            ClientFrame::Focus { topic, within } => self.focus_on([topic, within]),
            ClientFrame::Idle { on } => self.outputs.push_back(Output::Idle(on)),
            ClientFrame::Refresh { token } => self.refresh_token(token),
            ClientFrame::Typing { topic, place, on } => {
                if place.is_in(topic) && self.follows(topic) && self.may_write() {
                    self.outputs.push_back(Output::Typing { topic, place, on });
                }
            }
            ClientFrame::Read { topic, seq } => {
                if self.follows(topic) && self.may_write() {
                    let moved = self.reads.entry(topic).or_default();
                    *moved = seq.max(*moved);
                    self.move_read();
                }
            }
        }
    }

    fn follows(&self, topic: Topic) -> bool {
        self.subscriptions.iter().any(|subscription| {
            subscription.topic() == topic && matches!(subscription.state, State::Following(_))
        })
    }

    fn welcome(&mut self, resume: Vec<TopicPosition>, idle: bool) {
        let positions: BTreeMap<Topic, Position> =
            resume.iter().map(|resumed| (resumed.topic, resumed.position)).collect();
        if limits::RESUME_TOPICS_MAX < resume.len() || positions.len() < resume.len() {
            return self.close(CloseCode::PositionsInvalid);
        }
        self.phase = Phase::Open;
        self.outputs.push_back(Output::Idle(idle));
        self.control.push_back(ServerFrame::Welcome {
            connection: self.setup.connection,
            node: self.setup.node,
            user: self.setup.user,
            heartbeat_ms: u64::try_from(self.setup.patience.speaks_within().as_millis()).unwrap_or(u64::MAX),
            limits: SocketLimits {
                frame_bytes: limits::FRAME_IN_BYTES_MAX,
                commands_per_second: limits::COMMANDS_PER_SECOND_MAX,
                ephemerals_per_second: limits::EPHEMERALS_PER_SECOND_MAX,
            },
        });
        self.tell_token();
        if !self.degraded.is_empty() {
            self.control.push_back(ServerFrame::Status { degraded: self.degraded.clone() });
        }
        let own = Topic::User(self.setup.user);
        let others = positions.keys().copied().filter(|topic| *topic != own);
        let topics = std::iter::once(own).chain(others).collect();
        self.expected = positions.into_iter().map(|(topic, position)| (topic, Some(position))).collect();
        self.outputs.push_back(Output::Link(topics));
    }

    fn open(&mut self, topic: Topic, since: Option<Position>, now: Instant) {
        self.declined.remove(&topic);
        if let Some(subscription) = self.subscription(topic) {
            subscription.expect(since);
            self.begin(topic);
        } else if self.subscriptions.len() + self.expected.len() < limits::RESUME_TOPICS_MAX {
            if self.expected.insert(topic, since).is_none() {
                self.outputs.push_back(Output::Link(vec![topic]));
            }
        } else {
            self.control.push_back(ServerFrame::Error(protocol::Error::rate_limited(1_000)));
        }
        self.ask_rights(now);
    }

    fn decline(&mut self, topic: Topic) {
        self.expected.remove(&topic);
        if self.subscription(topic).is_some() {
            self.declined.insert(topic);
            self.leave(topic, ASKED_FOR);
        }
    }

    /// Ends a subscription and says why.
    pub(super) fn leave(&mut self, topic: Topic, code: u16) {
        let Some(index) = self.subscriptions.iter().position(|one| one.topic() == topic) else { return };
        let left: Subscription = self.subscriptions.swap_remove(index);
        if left.is_present {
            self.outputs.push_back(Output::Depart(topic));
        }
        for focus in self.focus.iter_mut().filter(|focus| focus.topic == topic) {
            focus.looking = None;
        }
        self.reads.remove(&topic);
        self.control.push_back(ServerFrame::Closed { topic, code });
    }

    /// What is looked at already stays as it is.
    fn focus_on(&mut self, topics: [Option<Topic>; 2]) {
        self.focus.retain(|focus| topics.contains(&Some(focus.topic)));
        for topic in topics.into_iter().flatten() {
            if self.focus.iter().all(|focus| focus.topic != topic) {
                self.focus.push(Focus { topic, looking: None });
            }
        }
        self.look();
    }

    /// Looks at what the person wants to look at, once it may be read.
    pub(super) fn look(&mut self) {
        for focus in self.focus.iter_mut().filter(|focus| focus.looking.is_none()) {
            let followed = self.subscriptions.iter().find(|subscription| {
                subscription.topic() == focus.topic && matches!(subscription.state, State::Following(_))
            });
            if let Some(subscription) = followed {
                let seen = subscription.link.live().ephemerals().begin();
                focus.looking = Some((subscription.link.look(), seen));
                self.outputs.push_back(Output::Look(focus.topic));
            }
        }
    }

    /// Moves one read position at a time; what comes meanwhile is merged.
    fn move_read(&mut self) {
        if !self.is_moving_read
            && let Some((topic, seq)) = self.reads.pop_first()
        {
            self.is_moving_read = true;
            self.outputs.push_back(Output::MoveRead(topic, seq));
        }
    }

    pub(super) fn read_moved(&mut self, answer: Result<(), protocol::Error>) {
        self.is_moving_read = false;
        if let Err(refusal) = answer {
            self.control.push_back(ServerFrame::Error(refusal));
        }
        self.move_read();
    }
}
