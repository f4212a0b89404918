//! A node, its database, its bus and one client, in virtual time and without I/O.
//!
//! The database is a list of events per topic. Doorbells are lost, doubled, held back or stripped of
//! their events; questions are answered late, from what was true when they were asked; frames on the
//! way are lost with the connection. What is under test is a [`Subject`]: the real connection on the
//! real tails, or a sketch of the algorithm with a mistake in it.

use crate::naive::Naive;
use proptest::prelude::*;
use protocol::position::TopicPosition;
use protocol::{Epoch, Position, Timestamp, Topic, UserId, WorkspaceId, limits};
use realtime::tail::Doorbell;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use store::{LogEvent, TopicHead};

/// What happens.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Events are committed; the fate of their doorbell.
    Commit { topic: usize, events: usize, fate: Fate },
    /// The doorbell arrives that was held back longest, or the newest.
    Deliver { newest: bool },
    /// The client's network takes so many messages.
    Take(usize),
    /// So many questions are answered; the oldest first, or not.
    Answer { count: usize, newest: bool },
    /// The connection is cut with what was on the way, and made again.
    Reconnect { lost: usize },
    /// The node looks at all heads.
    Sweep,
    /// Old events are deleted.
    Prune { topic: usize, keep: usize },
    /// A backup is restored.
    Restore { topic: usize, lost: usize },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    AtOnce,
    Later,
    Lost,
    Doubled,
    WithoutEvents,
}

/// What may happen at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// Doorbells may be lost, and then only the sweep finds what they said.
    pub(crate) loses_doorbells: bool,
    /// Events are pruned and backups restored.
    pub(crate) resets: bool,
}

pub(crate) fn acts(weather: Weather) -> impl Strategy<Value = Vec<Act>> {
    let fate = if weather.loses_doorbells {
        prop_oneof![
            Just(Fate::AtOnce),
            Just(Fate::Later),
            Just(Fate::Lost),
            Just(Fate::Doubled),
            Just(Fate::WithoutEvents)
        ]
        .boxed()
    } else {
        Just(Fate::AtOnce).boxed()
    };
    let topic = 0..TOPICS;
    let events = prop_oneof![8 => 1..6usize, 1 => 250..600usize];
    let commit =
        (topic.clone(), events, fate).prop_map(|(topic, events, fate)| Act::Commit { topic, events, fate });
    let answer = (1..4usize, any::<bool>()).prop_map(|(count, newest)| Act::Answer { count, newest });
    let usual = prop_oneof![
        6 => commit,
        3 => any::<bool>().prop_map(|newest| Act::Deliver { newest }),
        4 => (1..6usize).prop_map(Act::Take),
        4 => answer,
        1 => (0..4usize).prop_map(|lost| Act::Reconnect { lost }),
    ];
    let resets = prop_oneof![
        (topic.clone(), 0..20usize).prop_map(|(topic, keep)| Act::Prune { topic, keep }),
        (topic, 0..10usize).prop_map(|(topic, lost)| Act::Restore { topic, lost }),
    ];
    let act = match (weather.loses_doorbells, weather.resets) {
        (true, true) => prop_oneof![12 => usual, 1 => Just(Act::Sweep), 1 => resets].boxed(),
        (true, false) => prop_oneof![12 => usual, 1 => Just(Act::Sweep)].boxed(),
        (false, _) => usual.boxed(),
    };
    prop::collection::vec(act, 1..120)
}

/// Topics in the world; the first is the client's own.
pub(crate) const TOPICS: usize = 3;

/// What is under test: the server's side of one socket, and the node around it.
pub(crate) trait Subject {
    /// A socket is opened; its client says where it stands.
    fn connect(&mut self, database: &Database, resume: Vec<TopicPosition>);
    /// The client opens a topic from where it loaded it.
    fn open(&mut self, topic: Topic, since: Position);
    /// A doorbell arrives.
    fn ring(&mut self, doorbell: &Doorbell);
    /// Questions are asked now of this database; they are answered by [`Subject::answer`].
    fn ask(&mut self, database: &Database);
    /// One question is answered. Whether there was one.
    fn answer(&mut self, newest: bool) -> bool;
    /// The socket takes a message.
    fn take(&mut self) -> Option<Vec<Value>>;
    /// The node looks at the heads.
    fn sweep(&mut self, database: &Database);
}

/// What is on disk.
pub(crate) struct Database {
    pub(crate) user: UserId,
    pub(crate) topics: Vec<Topic>,
    logs: HashMap<Topic, Log>,
}

struct Log {
    epoch: Epoch,
    events: Vec<Arc<LogEvent>>,
    floor: u64,
}

impl Database {
    pub(crate) fn new() -> Self {
        let user = UserId::new(Timestamp(1));
        let workspaces = (1..TOPICS).map(|at| Topic::Workspace(WorkspaceId::new(Timestamp(at as i64))));
        let topics: Vec<Topic> = std::iter::once(Topic::User(user)).chain(workspaces).collect();
        let log = || Log { epoch: Epoch::new(Timestamp(1)), events: Vec::new(), floor: 0 };
        let logs = topics.iter().map(|topic| (*topic, log())).collect();
        Self { user, topics, logs }
    }

    pub(crate) fn head(&self, topic: Topic) -> TopicHead {
        let log = &self.logs[&topic];
        TopicHead {
            topic,
            epoch: log.epoch,
            head: log.events.len() as u64,
            floor: log.floor,
            permission_epoch: 0,
        }
    }

    pub(crate) fn position(&self, topic: Topic) -> Position {
        let head = self.head(topic);
        Position { epoch: head.epoch, seq: head.head }
    }

    /// As the store reads: without a gap, and nothing if the next event is gone.
    pub(crate) fn read_after(&self, topic: Topic, after: u64, events_max: usize) -> Vec<Arc<LogEvent>> {
        let log = &self.logs[&topic];
        if after < log.floor {
            return Vec::new();
        }
        log.events.iter().skip(after as usize).take(events_max).cloned().collect()
    }

    pub(crate) fn commit(&mut self, topic: Topic, count: usize) -> Doorbell {
        let log = self.logs.get_mut(&topic).expect("topics are fixed");
        let mut events = Vec::new();
        for _ in 0..count {
            let seq = log.events.len() as u64 + 1;
            let frame = serde_json::json!({
                "type": "event", "topic": topic, "seq": seq, "id": log.epoch, "at": 0,
                "kind": "read.moved", "data": { "topic": topic, "seq": seq },
            });
            let frame = frame.to_string();
            let kind = "read.moved".into();
            let event = Arc::new(LogEvent { topic, seq, permission_epoch: 0, kind, frame: frame.into() });
            log.events.push(Arc::clone(&event));
            events.push(event);
        }
        Doorbell { topic, epoch: log.epoch, head: log.events.len() as u64, permission_epoch: 0, events }
    }
}

/// Lets everything happen to the subject and its client. The error is the promise that was broken.
pub(crate) fn live_through(subject: &mut dyn Subject, acts: &[Act], weather: Weather) -> Result<(), String> {
    let mut database = Database::new();
    let mut client = Naive::default();
    let mut held_back: VecDeque<Doorbell> = VecDeque::new();
    let mut restored = 1;
    subject.connect(&database, Vec::new());
    for act in acts {
        match *act {
            Act::Commit { topic, events, fate } => {
                let doorbell = database.commit(database.topics[topic], events);
                match fate {
                    Fate::AtOnce => subject.ring(&doorbell),
                    Fate::Later => held_back.push_back(doorbell),
                    Fate::Lost => {}
                    Fate::Doubled => {
                        subject.ring(&doorbell);
                        held_back.push_back(doorbell);
                    }
                    Fate::WithoutEvents => subject.ring(&Doorbell { events: Vec::new(), ..doorbell }),
                }
            }
            Act::Deliver { newest } => {
                let doorbell = if newest { held_back.pop_back() } else { held_back.pop_front() };
                if let Some(doorbell) = doorbell {
                    subject.ring(&doorbell);
                }
            }
            Act::Take(count) => {
                for _ in 0..count {
                    let Some(frames) = subject.take() else { break };
                    receive(subject, &mut client, &database, &frames)?;
                }
            }
            Act::Answer { count, newest } => {
                for _ in 0..count {
                    subject.answer(newest);
                }
            }
            Act::Reconnect { lost } => {
                for _ in 0..lost {
                    // Written by the server, never received.
                    subject.take();
                }
                subject.connect(&database, client.resume());
            }
            Act::Sweep => subject.sweep(&database),
            Act::Prune { topic, keep } => {
                let log = database.logs.get_mut(&database.topics[topic]).expect("topics are fixed");
                log.floor = log.floor.max((log.events.len() as u64).saturating_sub(keep as u64));
            }
            Act::Restore { topic, lost } => {
                restored += 1;
                let log = database.logs.get_mut(&database.topics[topic]).expect("topics are fixed");
                let kept = log.events.len().saturating_sub(lost);
                log.events.truncate(kept);
                log.floor = log.floor.min(kept as u64);
                log.epoch = Epoch::new(Timestamp(restored));
            }
        }
        subject.ask(&database);
    }
    settle(subject, &mut client, &database, weather)
}

/// Lets everything come to rest, and looks whether the client has it all.
fn settle(
    subject: &mut dyn Subject,
    client: &mut Naive,
    database: &Database,
    weather: Weather,
) -> Result<(), String> {
    for _ in 0..4 {
        if weather.loses_doorbells {
            subject.sweep(database);
        }
        loop {
            subject.ask(database);
            let mut is_still = !subject.answer(false);
            while let Some(frames) = subject.take() {
                is_still = false;
                receive(subject, client, database, &frames)?;
            }
            if is_still {
                break;
            }
        }
    }
    for topic in &database.topics {
        let (has, is) = (client.position(*topic), database.position(*topic));
        if has != Some(is) {
            return Err(format!("{topic}: the client has {has:?} of {is:?}"));
        }
    }
    Ok(())
}

fn receive(
    subject: &mut dyn Subject,
    client: &mut Naive,
    database: &Database,
    frames: &[Value],
) -> Result<(), String> {
    for frame in frames {
        client.take(frame)?;
    }
    for topic in std::mem::take(&mut client.reloads) {
        client.load(topic, database.position(topic));
        subject.open(topic, database.position(topic));
    }
    Ok(())
}

/// Events that a page of the log has here, as in the real one.
pub(crate) const PAGE_EVENTS: usize = limits::CATCH_UP_PAGE_EVENTS;
