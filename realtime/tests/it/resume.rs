//! A reconnect never skips and never repeats: the real connection on real tails, against a naive client.

use crate::naive::frames;
use crate::sketch::{Mistake, Sketch};
use crate::world::{Database, PAGE_EVENTS, Subject, Weather, acts, live_through};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use protocol::position::TopicPosition;
use protocol::presence::PresenceChoice;
use protocol::{ConnectionId, Epoch, NodeId, Position, Timestamp, Topic, limits};
use realtime::connection::{Input, Output, PageRequest, Setup};
use realtime::tail::Doorbell;
use realtime::topic::{Link, LiveTopic};
use realtime::{Bell, Connection, Patience};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Access, LogEvent, TopicHead};

const STORM: Weather = Weather { loses_doorbells: true, resets: true };
const FAIR: Weather = Weather { loses_doorbells: false, resets: false };
const RAIN: Weather = Weather { loses_doorbells: true, resets: false };

/// Lives per test; the mutants die within the first few.
const CASES: u32 = 150;

/// The real connection, and as much of a node as it needs.
struct Real {
    now: Instant,
    live: HashMap<Topic, Arc<LiveTopic>>,
    bell: Arc<Bell>,
    connection: Option<Connection>,
    answers: VecDeque<Answer>,
    user: protocol::UserId,
}

enum Answer {
    Linked(Vec<Link>, Vec<TopicHead>),
    Access(Access),
    Refreshed(TopicHead),
    Page(PageRequest, Vec<Arc<LogEvent>>),
    /// The node fills a gap.
    Repair(Topic, Epoch, Vec<Arc<LogEvent>>),
}

impl Real {
    fn new() -> Self {
        Self {
            now: tokio::time::Instant::now().into_std(),
            live: HashMap::new(),
            bell: Arc::default(),
            connection: None,
            answers: VecDeque::new(),
            user: protocol::UserId::new(Timestamp(0)),
        }
    }

    fn handle(&mut self, input: Input) {
        self.now += Duration::from_millis(100);
        if let Some(connection) = &mut self.connection {
            connection.handle(input, self.now);
        }
    }

    fn say(&mut self, frame: &Value) {
        self.handle(Input::Text(serde_json::to_vec(frame).expect("JSON").into()));
    }

    fn question(&mut self, output: Output, database: &Database) {
        let answer = match output {
            Output::Link(topics) => {
                let links = topics
                    .iter()
                    .map(|topic| {
                        let live = self.live.entry(*topic).or_insert_with(|| LiveTopic::new(*topic));
                        Link::new(live, &self.bell)
                    })
                    .collect();
                Answer::Linked(links, topics.iter().map(|topic| database.head(*topic)).collect())
            }
            Output::Access => Answer::Access(Access {
                active: true,
                topics: database.topics.clone(),
                expires_in: Duration::from_secs(3600),
                choice: PresenceChoice::default(),
            }),
            Output::Refresh(topic) => Answer::Refreshed(database.head(topic)),
            Output::Page(request) => {
                Answer::Page(request, database.read_after(request.topic, request.after, PAGE_EVENTS))
            }
            Output::Close(code) => panic!("the server closed: {code:?}"),
            _ => return,
        };
        self.answers.push_back(answer);
    }
}

impl Subject for Real {
    fn connect(&mut self, database: &Database, resume: Vec<TopicPosition>) {
        self.user = database.user;
        self.bell = Arc::default();
        // Repairs are the node's, everything else was the connection's.
        self.answers.retain(|answer| matches!(answer, Answer::Repair(..)));
        let setup = Setup {
            connection: ConnectionId::new(Timestamp(1)),
            node: NodeId::new(Timestamp(1)),
            user: database.user,
            program: None,
            patience: Patience::default(),
            jitter: [0.5, 0.5],
        };
        self.connection = Some(Connection::new(setup, self.now));
        self.say(&json!({ "type": "hello", "client": "naive", "resume": resume }));
    }

    fn open(&mut self, topic: Topic, since: Position) {
        self.say(&json!({ "type": "open", "topic": topic, "since": since }));
    }

    fn ring(&mut self, doorbell: &Doorbell) {
        if let Some(live) = self.live.get(&doorbell.topic) {
            live.ring(doorbell, self.now);
        }
        if self.bell.answer() {
            self.handle(Input::Woken);
        }
    }

    fn ask(&mut self, database: &Database) {
        self.handle(Input::Tick);
        while let Some(connection) = &mut self.connection {
            match connection.poll() {
                Output::Wait(_) => break,
                output => self.question(output, database),
            }
        }
        let gaps: Vec<(Topic, Epoch, u64)> = self
            .live
            .values()
            .filter_map(|live| {
                let extent = live.extent().filter(|extent| extent.end < extent.head)?;
                live.skip_to(extent.head.saturating_sub(limits::TAIL_EVENTS_MAX as u64));
                Some((live.topic(), extent.epoch, live.extent()?.end))
            })
            .collect();
        for (topic, epoch, after) in gaps {
            let is_under_way =
                self.answers.iter().any(|answer| matches!(answer, Answer::Repair(of, ..) if *of == topic));
            if !is_under_way {
                let page = database.read_after(topic, after, PAGE_EVENTS);
                self.answers.push_back(Answer::Repair(topic, epoch, page));
            }
        }
    }

    fn answer(&mut self, newest: bool) -> bool {
        let answer = if newest { self.answers.pop_back() } else { self.answers.pop_front() };
        let Some(answer) = answer else { return false };
        match answer {
            Answer::Linked(links, heads) => {
                for head in &heads {
                    let live = &self.live[&head.topic];
                    if live.extent().is_none() {
                        live.look(head, self.now);
                    }
                }
                let topics = heads.iter().map(|head| head.topic).collect();
                self.handle(Input::Linked(topics, Some(links)));
            }
            Answer::Access(access) => self.handle(Input::Access(Some(access))),
            Answer::Refreshed(head) => {
                self.live[&head.topic].look(&head, self.now);
                self.handle(Input::Refreshed(head.topic, true));
            }
            Answer::Page(request, events) => self.handle(Input::Page(request, Some(events))),
            Answer::Repair(topic, epoch, events) => {
                self.live[&topic].fill(epoch, &events, self.now);
                // Nothing to fill with: it was another log, or pruned. The next look at the heads tells.
                self.handle(Input::Woken);
                return !events.is_empty();
            }
        }
        true
    }

    fn take(&mut self) -> Option<Vec<Value>> {
        let message = self.connection.as_mut()?.message(self.now)?;
        self.handle(Input::Taken);
        let taken = frames(&message.text);
        if taken.iter().any(|frame| frame["type"] == "ping") {
            self.say(&json!({ "type": "pong" }));
        }
        Some(taken)
    }

    fn sweep(&mut self, database: &Database) {
        for live in self.live.values() {
            if live.extent().is_some() {
                live.look(&database.head(live.topic()), self.now);
            }
        }
        // Questions to the database that failed are asked again by now.
        self.now += Duration::from_secs(10);
        self.handle(Input::Alive);
    }
}

fn check(weather: Weather, subject: impl Fn() -> Box<dyn Subject>) -> Result<(), String> {
    let config =
        Config { cases: CASES, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let result = TestRunner::new(config).run(&acts(weather), |acts| {
        live_through(&mut *subject(), &acts, weather).map_err(TestCaseError::fail)
    });
    result.map_err(|error| error.to_string())
}

#[test]
fn whatever_happens_the_client_has_every_event_once_and_in_order() {
    check(STORM, || Box::new(Real::new())).unwrap();
}

#[test]
fn when_no_doorbell_is_lost_nothing_waits_for_the_sweep() {
    check(FAIR, || Box::new(Real::new())).unwrap();
}

#[test]
fn the_algorithm_as_it_is_described_keeps_the_promise() {
    check(RAIN, || Box::new(Sketch::new(None))).unwrap();
    check(FAIR, || Box::new(Sketch::new(None))).unwrap();
}

#[test]
fn without_the_check_for_contiguity_events_are_skipped() {
    check(RAIN, || Box::new(Sketch::new(Some(Mistake::NoContiguityCheck)))).unwrap_err();
}

#[test]
fn without_the_filter_in_the_drain_events_are_repeated() {
    check(FAIR, || Box::new(Sketch::new(Some(Mistake::NoFilterInTheDrain)))).unwrap_err();
}

#[test]
fn reading_before_registering_misses_events() {
    check(FAIR, || Box::new(Sketch::new(Some(Mistake::ReadBeforeRegister)))).unwrap_err();
}
