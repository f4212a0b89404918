//! One client, one server, the wire between them, and a clock that only the test moves.

use crate::fake_server::FakeServer;
use client::{Connection, Input, Intent, Output, Settings, Status};
use protocol::frame::ClientFrame;
use protocol::{Position, Timestamp, Topic};
use std::collections::BTreeMap;
use std::time::Duration;

/// How an attempt to connect ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    Up,
    /// Every attempt ends with this close code.
    Refuses(u16),
    /// Nothing answers, ever.
    Silent,
}

/// What the page has: the newest event of each topic, none while it has to load.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) seen: BTreeMap<Topic, Option<u64>>,
    /// Numbers of all events, as they came.
    pub(crate) events: Vec<(Topic, u64)>,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) client: Connection,
    pub(crate) server: FakeServer,
    pub(crate) page: Page,
    pub(crate) now: Timestamp,
    pub(crate) network: Network,
    /// When the client tried to connect.
    pub(crate) attempts: Vec<Timestamp>,
    /// Everything the page heard.
    pub(crate) heard: Vec<Output>,
    connecting: bool,
    pub(crate) connected: bool,
    wait: Option<Timestamp>,
}

impl World {
    pub(crate) fn new(seed: u64, topics: &[(Topic, u64)]) -> Self {
        let mut server = FakeServer::default();
        for (topic, events) in topics {
            server.add_topic(*topic, *events);
        }
        Self {
            client: Connection::new(Settings::new("test"), seed),
            server,
            page: Page::default(),
            now: Timestamp(1_000_000),
            network: Network::Up,
            attempts: Vec::new(),
            heard: Vec::new(),
            connecting: false,
            connected: false,
            wait: None,
        }
    }

    /// A world whose client is connected and in sync.
    pub(crate) fn live(topics: &[(Topic, u64)]) -> Self {
        let mut world = Self::new(7, topics);
        world.input(Input::Start);
        world.settle();
        assert_eq!(world.client.status(), Status::Live);
        world
    }

    /// Gives the client one input and does what it says, by its contract.
    pub(crate) fn input(&mut self, input: Input) {
        self.client.handle(input, self.now);
        loop {
            match self.client.poll() {
                Output::Connect => {
                    self.server.loses_the_socket();
                    self.connected = false;
                    self.connecting = true;
                    self.attempts.push(self.now);
                }
                Output::Disconnect => {
                    self.server.loses_the_socket();
                    self.connected = false;
                    self.connecting = false;
                }
                Output::Send(text) => {
                    assert!(self.connected, "a client without a socket says {text}");
                    if self.network == Network::Up {
                        self.server.takes(&text);
                    }
                }
                Output::Wait(until) => {
                    self.wait = until;
                    return;
                }
                news => self.page_hears(news),
            }
        }
    }

    pub(crate) fn page_hears(&mut self, news: Output) {
        match &news {
            Output::Opened { topic, position } => {
                let seen = self.page.seen.entry(*topic).or_insert(Some(position.seq));
                assert_eq!(*seen, Some(position.seq), "{topic} is followed from where the page stands");
            }
            Output::Event(event) => {
                let seen = self.page.seen.get_mut(&event.topic).expect("no event of an unopened topic");
                let last = seen.expect("no event before the page has loaded again");
                assert_eq!(event.seq, last + 1, "the next event of {}", event.topic);
                *seen = Some(event.seq);
                self.page.events.push((event.topic, event.seq));
            }
            Output::Reset { topic, .. } => {
                self.page.seen.insert(*topic, None);
            }
            Output::Closed { topic, .. } => {
                self.page.seen.remove(topic);
            }
            _ => {}
        }
        self.heard.push(news);
    }

    /// The page loads a topic and says what it got.
    pub(crate) fn page_loads(&mut self, topic: Topic) {
        let position = self.server.position(topic);
        self.page_shows(topic, position);
    }

    /// The page shows a topic as of a position; it goes back, or fills what was reset.
    pub(crate) fn page_shows(&mut self, topic: Topic, position: Position) {
        let seen = self.page.seen.entry(topic).or_insert(None);
        if seen.is_none_or(|seen| position.seq < seen) {
            *seen = Some(position.seq);
        }
        self.input(Input::Intent(Intent::SetPosition { topic, position }));
    }

    /// Opens what is being opened and brings everything on the wire.
    pub(crate) fn settle(&mut self) {
        loop {
            self.opens();
            match self.network {
                Network::Up => {}
                Network::Silent => return,
                Network::Refuses(_) if !self.connected => return,
                Network::Refuses(code) => {
                    self.closes(code);
                    continue;
                }
            }
            let Some(frame) = self.server.wire.pop_front() else {
                if self.connecting {
                    continue;
                }
                return;
            };
            self.input(Input::Frame(frame));
        }
    }

    /// An attempt under way ends, well or badly.
    pub(crate) fn opens(&mut self) {
        if !self.connecting {
            return;
        }
        match self.network {
            Network::Up => {
                self.connecting = false;
                self.connected = true;
                self.input(Input::Opened);
            }
            Network::Refuses(code) => self.closes(code),
            Network::Silent => {}
        }
    }

    /// The socket ends with this code.
    pub(crate) fn closes(&mut self, code: u16) {
        self.closes_for(code, None);
    }

    pub(crate) fn closes_for(&mut self, code: u16, retry_after_ms: Option<u64>) {
        self.server.loses_the_socket();
        self.connected = false;
        self.connecting = false;
        self.input(Input::Closed { code, retry_after_ms });
    }

    /// Time passes; every timer runs when it is due.
    pub(crate) fn passes(&mut self, time: Duration) {
        let end = self.now + time;
        self.settle();
        while let Some(due) = self.wait.filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.input(Input::Tick);
            self.settle();
        }
        self.now = end;
    }

    /// The machine sleeps: time passes and no timer runs.
    pub(crate) fn sleeps(&mut self, time: Duration) {
        self.now = self.now + time;
        self.input(Input::ClockJumped);
    }

    /// Comes back after a loss, however long that takes.
    pub(crate) fn returns(&mut self) {
        self.network = Network::Up;
        self.passes(Duration::from_secs(60));
        assert_eq!(self.client.status(), Status::Live);
    }

    /// What the client said since the last time this was asked.
    pub(crate) fn said(&mut self) -> Vec<ClientFrame> {
        std::mem::take(&mut self.server.heard)
    }

    /// What the page heard since the last time this was asked.
    pub(crate) fn news(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.heard)
    }
}

/// That many seconds.
pub(crate) fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// That many milliseconds.
pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}
