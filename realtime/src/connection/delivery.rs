//! What goes to the socket: frames first, then events, then what is live in the topic looked at.

use super::subscription::{Pulled, State};
use super::{Connection, Message, Output, PageRequest, Phase};
use crate::ephemerals::encode;
use bytes::Bytes;
use protocol::frame::{CloseCode, ServerFrame};
use protocol::position::TopicPosition;
use protocol::{Position, Topic};
use std::sync::Arc;
use std::time::Instant;
use store::LogEvent;

impl Connection {
    /// The next text for the socket. Call it while the socket takes more, then [`Connection::poll`].
    pub fn message(&mut self, now: Instant) -> Option<Message> {
        let message = match self.phase {
            Phase::Closed => None,
            Phase::Silent(_) => self.frames(),
            Phase::Leaving => {
                let last = self.frames();
                if last.is_none() {
                    self.close(CloseCode::Draining);
                }
                last
            }
            Phase::Open => {
                if self.heartbeat.take_ping() {
                    let heads = self.heads();
                    self.control.push_back(ServerFrame::Ping { heads });
                }
                self.frames().or_else(|| self.events()).or_else(|| self.live())
            }
        }?;
        self.heartbeat.spoke(now);
        self.waiting_since.get_or_insert(now);
        Some(message)
    }

    /// How far everything followed was sent, and where the logs end whose client was told to load again:
    /// what the client does not know of by now is lost.
    fn heads(&self) -> Vec<TopicPosition> {
        let heads = self.subscriptions.iter().filter_map(|subscription| {
            let position = match subscription.state {
                State::Following(position) => position,
                State::Idle => {
                    let extent = subscription.link.live().extent()?;
                    Position { epoch: extent.epoch, seq: extent.head }
                }
                State::Expected(_) | State::Doubted(_) => return None,
            };
            Some(TopicPosition { topic: subscription.topic(), position })
        });
        heads.collect()
    }

    fn frames(&mut self) -> Option<Message> {
        // Taken whole: an idle connection keeps no memory for frames.
        let frames = std::mem::take(&mut self.control);
        let text = match frames.len() {
            0 => return None,
            1 => encode(frames.front()?),
            _ => Bytes::from(serde_json::to_vec(&frames).expect("frames have string keys only")),
        };
        Some(Message { text, events: 0, arrived: None })
    }

    fn events(&mut self) -> Option<Message> {
        for _ in 0..self.subscriptions.len() {
            // The next topic's turn, so that a busy one does not keep the others waiting.
            self.turn = (self.turn + 1) % self.subscriptions.len();
            let subscription = &mut self.subscriptions[self.turn];
            let topic = subscription.topic();
            match subscription.pull() {
                Pulled::Nothing => {}
                Pulled::Message(message) => return Some(message),
                Pulled::Page(after) => {
                    let generation = subscription.generation;
                    self.outputs.push_back(Output::Page(PageRequest { topic, after, generation }));
                }
                Pulled::Lost(reason) => {
                    self.reset(topic, reason);
                    return self.frames();
                }
            }
        }
        None
    }

    fn live(&mut self) -> Option<Message> {
        let takes_receipts = self.rights.choice.is_some_and(|choice| choice.receipts);
        let mut texts = Vec::new();
        for (looking, seen) in self.focus.iter_mut().filter_map(|focus| focus.looking.as_mut()) {
            texts.append(&mut looking.live().ephemerals().pull(seen, self.setup.user, takes_receipts));
        }
        let text = match texts.len() {
            0 => return None,
            1 => texts.pop()?,
            _ => Bytes::from([b"[", texts.join(&b',').as_slice(), b"]"].concat()),
        };
        Some(Message { text, events: 0, arrived: None })
    }

    /// Takes a page of the log, or asks again.
    pub(super) fn take_page(
        &mut self,
        request: PageRequest,
        events: Option<Vec<Arc<LogEvent>>>,
        now: Instant,
    ) {
        let topic: Topic = request.topic;
        let Some(subscription) = self.subscription(topic) else { return };
        if subscription.generation != request.generation {
            return;
        }
        match events {
            None => self.retry(Output::Page(request), now),
            Some(events) => {
                if subscription.take_page(events) {
                    self.failures = 0;
                } else {
                    // The next event was pruned meanwhile, or a replica lags: the numbers tell.
                    self.retry(Output::Refresh(topic), now);
                }
            }
        }
    }
}
