//! How far each topic has been applied, and its newest events, for pages that arrive late.
//!
//! A page is read on the server at one position and arrives some time later; meanwhile the socket
//! goes on. If the page is older than what was applied, the events between are applied again to
//! what it brought: rows remember the number that they include and ignore what they know already.

use protocol::position::{Position, TopicPosition};
use protocol::{Epoch, Event, Topic};
use std::collections::{HashMap, VecDeque};

/// Events kept per topic: as many as the server's own tail keeps.
pub(crate) const RECENT_EVENTS_MAX: usize = protocol::limits::TAIL_EVENTS_MAX;

/// Positions and newest events of all topics.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent(HashMap<Topic, Log>);

#[derive(Clone, Debug)]
struct Log {
    epoch: Option<Epoch>,
    applied: u64,
    events: VecDeque<Event>,
}

/// What a loaded page needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CatchUp {
    /// Nothing: it is as new as what was applied, or newer.
    Nothing,
    /// These events again, in order.
    Replay(Vec<Event>),
    /// The socket has to continue from the page's position.
    Rewind,
}

impl Recent {
    /// Notes a new event; false if it was applied before.
    pub(crate) fn record(&mut self, event: &Event) -> bool {
        let log = self.0.entry(event.topic).or_insert_with(|| Log {
            epoch: None,
            applied: event.seq.saturating_sub(1),
            events: VecDeque::new(),
        });
        if event.seq <= log.applied {
            return false;
        }
        if log.applied + 1 < event.seq {
            // What was jumped over cannot be replayed.
            log.events.clear();
        }
        log.applied = event.seq;
        if log.events.len() == RECENT_EVENTS_MAX {
            log.events.pop_front();
        }
        log.events.push_back(event.clone());
        true
    }

    /// A page with this position was loaded.
    pub(crate) fn loaded(&mut self, as_of: TopicPosition) -> CatchUp {
        let Position { epoch, seq } = as_of.position;
        let Some(log) = self.0.get_mut(&as_of.topic) else {
            let log = Log { epoch: Some(epoch), applied: seq, events: VecDeque::new() };
            self.0.insert(as_of.topic, log);
            return CatchUp::Rewind;
        };
        let same_log = *log.epoch.get_or_insert(epoch) == epoch;
        if same_log && log.applied <= seq {
            return CatchUp::Nothing;
        }
        let first = log.events.front().map(|event| event.seq);
        if same_log && first.is_some_and(|first| first <= seq + 1) {
            return CatchUp::Replay(log.events.iter().filter(|event| seq < event.seq).cloned().collect());
        }
        *log = Log { epoch: Some(epoch), applied: seq, events: VecDeque::new() };
        CatchUp::Rewind
    }

    /// Forgets a topic: its log cannot be continued, or it is no longer followed.
    pub(crate) fn forget(&mut self, topic: Topic) {
        self.0.remove(&topic);
    }

    /// From where the socket continues in each topic whose log is known.
    #[must_use]
    pub(crate) fn positions(&self) -> Vec<TopicPosition> {
        let known = |(topic, log): (&Topic, &Log)| {
            let position = Position { epoch: log.epoch?, seq: log.applied };
            Some(TopicPosition { topic: *topic, position })
        };
        let mut positions: Vec<_> = self.0.iter().filter_map(known).collect();
        positions.sort_by_key(|position| position.topic);
        positions
    }

    /// A topic is followed from here. Only for one of which nothing was loaded yet.
    pub(crate) fn opened(&mut self, topic: Topic, position: Position) {
        let log = Log { epoch: Some(position.epoch), applied: position.seq, events: VecDeque::new() };
        self.0.entry(topic).or_insert(log).epoch.get_or_insert(position.epoch);
    }

    /// The newest events of all topics, each topic's in order.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.0.values().flat_map(|log| &log.events)
    }

    /// The newest events of one topic, in order.
    pub(crate) fn of(&self, topic: Topic) -> impl DoubleEndedIterator<Item = &Event> {
        self.0.get(&topic).into_iter().flat_map(|log| &log.events)
    }

    /// The identity of a topic's log, as far as it is known.
    #[must_use]
    pub(crate) fn epoch(&self, topic: Topic) -> Option<Epoch> {
        self.0.get(&topic).and_then(|log| log.epoch)
    }

    /// How far a topic was applied.
    #[must_use]
    pub(crate) fn applied(&self, topic: Topic) -> u64 {
        self.0.get(&topic).map_or(0, |log| log.applied)
    }
}
