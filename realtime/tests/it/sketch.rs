//! The resume algorithm as the design describes it, in its plainest form, and with one step left out: the
//! mutants that show that the tests can fail.

use crate::world::{Database, Subject};
use protocol::position::TopicPosition;
use protocol::{Position, Topic};
use realtime::tail::Doorbell;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use store::LogEvent;

/// Which step is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    NoContiguityCheck,
    NoFilterInTheDrain,
    ReadBeforeRegister,
}

/// See the module.
pub(crate) struct Sketch {
    mistake: Option<Mistake>,
    subscribers: HashMap<Topic, Subscriber>,
    /// Answers to come: pages of the log.
    pages: VecDeque<(Topic, Vec<Arc<LogEvent>>)>,
    out: VecDeque<Value>,
}

struct Subscriber {
    position: Position,
    mode: Mode,
    is_reading: bool,
    /// Live frames while it catches up.
    buffer: Vec<Arc<LogEvent>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Catching up, not registered (only the mistaken one).
    Unregistered,
    CatchingUp,
    Live,
}

const PAGE_EVENTS: usize = 50;

impl Sketch {
    pub(crate) fn new(mistake: Option<Mistake>) -> Self {
        Self { mistake, subscribers: HashMap::new(), pages: VecDeque::new(), out: VecDeque::new() }
    }

    fn begin(&mut self, topic: Topic, position: Position) {
        let mode = match self.mistake {
            Some(Mistake::ReadBeforeRegister) => Mode::Unregistered,
            _ => Mode::CatchingUp,
        };
        self.out.push_back(
            json!({ "type": "opened", "topic": topic, "epoch": position.epoch, "head": position.seq }),
        );
        self.subscribers.insert(topic, Subscriber { position, mode, is_reading: false, buffer: Vec::new() });
    }
}

fn send(out: &mut VecDeque<Value>, position: &mut Position, event: &LogEvent) {
    position.seq = event.seq;
    out.push_back(serde_json::from_str(&event.frame).expect("frames are JSON"));
}

impl Subject for Sketch {
    fn connect(&mut self, database: &Database, resume: Vec<TopicPosition>) {
        self.subscribers.clear();
        self.pages.clear();
        self.out.clear();
        let known: HashMap<Topic, Position> = resume.iter().map(|one| (one.topic, one.position)).collect();
        for topic in &database.topics {
            self.begin(*topic, known.get(topic).copied().unwrap_or_else(|| database.position(*topic)));
        }
    }

    fn open(&mut self, topic: Topic, since: Position) {
        self.begin(topic, since);
    }

    fn ring(&mut self, doorbell: &Doorbell) {
        let Some(subscriber) = self.subscribers.get_mut(&doorbell.topic) else { return };
        match subscriber.mode {
            Mode::Unregistered => {}
            Mode::CatchingUp => subscriber.buffer.extend(doorbell.events.iter().cloned()),
            Mode::Live => {
                for event in &doorbell.events {
                    let sent = subscriber.position.seq;
                    let is_next = match self.mistake {
                        Some(Mistake::NoContiguityCheck) => sent < event.seq,
                        _ => event.seq == sent + 1,
                    };
                    if is_next {
                        send(&mut self.out, &mut subscriber.position, event);
                    } else if sent + 1 < event.seq {
                        subscriber.mode = Mode::CatchingUp;
                        break;
                    }
                }
            }
        }
    }

    fn ask(&mut self, database: &Database) {
        for (topic, subscriber) in &mut self.subscribers {
            if subscriber.mode != Mode::Live && !subscriber.is_reading {
                subscriber.is_reading = true;
                let page = database.read_after(*topic, subscriber.position.seq, PAGE_EVENTS);
                self.pages.push_back((*topic, page));
            }
        }
    }

    fn answer(&mut self, newest: bool) -> bool {
        let page = if newest { self.pages.pop_back() } else { self.pages.pop_front() };
        let Some((topic, page)) = page else { return false };
        let Some(subscriber) = self.subscribers.get_mut(&topic) else { return true };
        subscriber.is_reading = false;
        for event in &page {
            if event.seq == subscriber.position.seq + 1 {
                send(&mut self.out, &mut subscriber.position, event);
            }
        }
        if !page.is_empty() {
            return true;
        }
        subscriber.mode = Mode::Live;
        for event in std::mem::take(&mut subscriber.buffer) {
            let sent = subscriber.position.seq;
            if self.mistake == Some(Mistake::NoFilterInTheDrain) || event.seq == sent + 1 {
                send(&mut self.out, &mut subscriber.position, &event);
            } else if sent + 1 < event.seq {
                subscriber.mode = Mode::CatchingUp;
                break;
            }
        }
        true
    }

    fn take(&mut self) -> Option<Vec<Value>> {
        self.out.pop_front().map(|frame| vec![frame])
    }

    fn sweep(&mut self, database: &Database) {
        for (topic, subscriber) in &mut self.subscribers {
            if subscriber.mode == Mode::Live && subscriber.position.seq < database.head(*topic).head {
                subscriber.mode = Mode::CatchingUp;
            }
        }
    }
}
