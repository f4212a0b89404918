//! `client::Connection` against `realtime::Connection`: both ends of the real protocol in virtual time.
//!
//! Between them lies a wire that delays every frame, loses one or all that are under way, dies without a
//! word or breaks aloud; the client's machine sleeps for hours or stops reading; doorbells get lost, and
//! more is committed than is ever replayed. The promise is the page's: each event once and in order, and
//! in the end all of them. The mutants change what one side says, and must break it.

mod wire;

use crate::world::{Database, Fate, PAGE_EVENTS, TOPICS};
use client::{Intent, Settings};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use protocol::{Timestamp, Topic, limits};
use realtime::topic::LiveTopic;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::{Down, Socket, Up};

/// Lives per test.
const CASES: u32 = 120;
/// How long everything may take to come to rest: two pings until a lost frame is missed, a dead socket
/// noticed, the longest delay before a reconnect.
const REST_MS: u64 = 5 * 60 * 1000;

/// What happens. Times are milliseconds.
#[derive(Clone, Copy, Debug)]
enum Act {
    Pass(u64),
    Commit {
        topic: usize,
        events: usize,
        fate: Fate,
    },
    /// The next frame to the client is lost, and the socket stays.
    LoseFrame,
    /// The socket breaks; both sides are told, and what is on the way is lost.
    Break,
    /// The network goes away without a word.
    Dead(u64),
    /// The client's machine sleeps.
    Sleep(u64),
    /// The client takes nothing.
    Stall(u64),
    /// The person looks at the page again.
    Look,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let fate = prop_oneof![
        4 => Just(Fate::AtOnce),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Doubled),
        1 => Just(Fate::WithoutEvents),
    ];
    let events = prop_oneof![
        20 => 1..6usize,
        2 => 250..600usize,
        1 => Just(limits::CATCH_UP_EVENTS_MAX as usize + 1)
    ];
    let act = prop_oneof![
        6 => (1..2_000u64).prop_map(Act::Pass),
        1 => (2_000..100_000u64).prop_map(Act::Pass),
        6 => (0..TOPICS, events, fate).prop_map(|(topic, events, fate)| Act::Commit { topic, events, fate }),
        2 => Just(Act::LoseFrame),
        1 => Just(Act::Break),
        1 => (0..120_000u64).prop_map(Act::Dead),
        1 => (1_000..10_000_000u64).prop_map(Act::Sleep),
        1 => (100..60_000u64).prop_map(Act::Stall),
        1 => Just(Act::Look),
    ];
    prop::collection::vec(act, 1..60)
}

/// What a side says wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    /// The client does not say where it stands.
    ForgetsPositions,
    /// The client does not ask for what is missing.
    NeverAsksAgain,
    /// The server's pings do not name the heads.
    HidesHeads,
}

/// Both sides and everything between them.
struct Pair {
    now: u64,
    /// The server's clock at zero.
    start: Instant,
    database: Database,
    live: HashMap<Topic, Arc<LiveTopic>>,
    swept_at: u64,
    client: client::Connection,
    wait: Option<u64>,
    sockets: Vec<Socket>,
    /// Which of them the client holds.
    held: Option<usize>,
    dead_until: u64,
    asleep_until: u64,
    stalled_until: u64,
    /// Pages that are being loaded after a reset.
    loads: Vec<(u64, Topic)>,
    /// The newest event of each topic on the page; none while it has to load.
    page: BTreeMap<Topic, Option<u64>>,
    dice: u64,
    mistake: Option<Mistake>,
}

impl Pair {
    fn new(seed: u64, mistake: Option<Mistake>) -> Self {
        Self {
            now: 1_000,
            start: tokio::time::Instant::now().into_std(),
            database: Database::new(),
            live: HashMap::new(),
            swept_at: 0,
            client: client::Connection::new(Settings::new("pair"), seed),
            wait: None,
            sockets: Vec::new(),
            held: None,
            dead_until: 0,
            asleep_until: 0,
            stalled_until: 0,
            loads: Vec::new(),
            page: BTreeMap::new(),
            dice: seed | 1,
            mistake,
        }
    }

    /// The server's time.
    fn at(&self) -> Instant {
        self.start + Duration::from_millis(self.now)
    }

    /// A few milliseconds, sometimes many.
    fn latency(&mut self) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        if self.dice.is_multiple_of(16) { self.dice % 3_000 } else { self.dice % 60 }
    }

    fn act(&mut self, act: Act) -> Result<(), String> {
        match act {
            Act::Pass(ms) => return self.passes(ms),
            Act::Commit { topic, events, fate } => self.commit(topic, events, fate),
            Act::LoseFrame => {
                if let Some(socket) = self.held.map(|held| &mut self.sockets[held]) {
                    let text = socket.down.iter().position(|(_, down)| matches!(down, Down::Text(_)));
                    text.map(|at| socket.down.remove(at));
                }
            }
            Act::Break => {
                if let Some(held) = self.held.take() {
                    self.sockets[held].is_dead = true;
                    self.sockets[held].is_open = false;
                    self.client_hears(client::Input::Closed { code: 1006, retry_after_ms: None })?;
                }
            }
            Act::Dead(ms) => {
                self.dead_until = self.now + ms;
                self.sockets.iter_mut().for_each(Socket::dies);
            }
            Act::Sleep(ms) => self.asleep_until = self.now + ms,
            Act::Stall(ms) => self.stalled_until = self.now + ms,
            Act::Look => {
                if self.asleep_until <= self.now {
                    self.client_hears(client::Input::Visible)?;
                }
            }
        }
        self.passes(1)
    }

    fn commit(&mut self, topic: usize, events: usize, fate: Fate) {
        let topic = self.database.topics[topic];
        let mut doorbell = self.database.commit(topic, events);
        if matches!(fate, Fate::WithoutEvents) {
            doorbell.events.clear();
        }
        let rings = match fate {
            Fate::Lost | Fate::Later => 0,
            Fate::AtOnce | Fate::WithoutEvents => 1,
            Fate::Doubled => 2,
        };
        if let Some(live) = self.live.get(&topic) {
            for _ in 0..rings {
                live.ring(&doorbell, self.at());
            }
        }
        self.repair();
    }

    /// The node reads what its memory lacks.
    fn repair(&mut self) {
        for live in self.live.values() {
            while let Some(extent) = live.extent().filter(|extent| extent.end < extent.head) {
                live.skip_to(extent.head.saturating_sub(limits::TAIL_EVENTS_MAX as u64));
                let after = live.extent().map_or(extent.end, |extent| extent.end);
                let page = self.database.read_after(live.topic(), after, PAGE_EVENTS);
                live.fill(extent.epoch, &page, self.at());
            }
        }
    }

    /// Time passes, and everything happens when it is due.
    fn passes(&mut self, ms: u64) -> Result<(), String> {
        let end = self.now + ms;
        loop {
            while self.happens()? {}
            match self.next_due().filter(|due| *due <= end) {
                Some(due) => self.now = due.max(self.now),
                None => break,
            }
        }
        self.now = end;
        Ok(())
    }

    /// One thing that is due now. Whether there was one.
    fn happens(&mut self) -> Result<bool, String> {
        if self.swept_at + limits::SWEEP_EVERY.as_millis() as u64 <= self.now {
            self.swept_at = self.now;
            for live in self.live.values().filter(|live| live.extent().is_some()) {
                live.look(&self.database.head(live.topic()), self.at());
            }
            self.repair();
        }
        if self.servers_act() {
            return Ok(true);
        }
        if self.now < self.asleep_until {
            return Ok(false);
        }
        if self.asleep_until != 0 {
            self.asleep_until = 0;
            self.client_hears(client::Input::ClockJumped)?;
            return Ok(true);
        }
        if let Some(at) = self.loads.iter().position(|(due, _)| *due <= self.now) {
            let (_, topic) = self.loads.remove(at);
            self.page_loads(topic)?;
            return Ok(true);
        }
        if self.stalled_until <= self.now
            && let Some(held) = self.held
            && let Some((_, down)) = self.sockets[held].down.pop_front_if(|(due, _)| *due <= self.now)
        {
            let input = match down {
                Down::Opened => client::Input::Opened,
                Down::Text(text) => client::Input::Frame(self.server_says(text)),
                Down::Closed(code) => {
                    self.held = None;
                    client::Input::Closed { code, retry_after_ms: None }
                }
            };
            self.client_hears(input)?;
            return Ok(true);
        }
        if self.wait.is_some_and(|wait| wait <= self.now) {
            self.client_hears(client::Input::Tick)?;
            // It names its next moment, or it would be asked for ever.
            return Ok(self.wait.is_none_or(|wait| self.now < wait));
        }
        Ok(false)
    }

    fn next_due(&self) -> Option<u64> {
        let awake = self.asleep_until;
        let client = self.wait.map(|wait| wait.max(awake));
        let down = self.held.and_then(|held| self.sockets[held].down.front());
        let down = down.map(|(due, _)| (*due).max(awake).max(self.stalled_until));
        let loads = self.loads.iter().map(|(due, _)| (*due).max(awake)).min();
        let wakes = (awake != 0).then_some(awake);
        let sweep = self.swept_at + limits::SWEEP_EVERY.as_millis() as u64;
        let servers = self.sockets.iter().filter_map(|socket| socket.next_due(self.start)).min();
        // A step of one at least: what was due now has happened.
        let all = [client, down, loads, wakes, Some(sweep), servers];
        all.into_iter().flatten().min().map(|due| due.max(self.now + 1))
    }

    /// Gives the client one input and does what it says.
    fn client_hears(&mut self, input: client::Input) -> Result<(), String> {
        let now = Timestamp(self.now as i64);
        self.client.handle(input, now);
        loop {
            match self.client.poll() {
                client::Output::Connect => {
                    self.hangs_up();
                    self.connects();
                }
                client::Output::Disconnect => self.hangs_up(),
                client::Output::Send(text) => {
                    if let Some(text) = self.client_says(text)
                        && let Some(held) = self.held
                    {
                        let due = self.now + self.latency();
                        self.sockets[held].sends(due, Up::Text(text));
                    }
                }
                client::Output::Wait(until) => {
                    self.wait = until.map(|until| until.0 as u64);
                    return Ok(());
                }
                news => self.page_hears(news)?,
            }
        }
    }

    /// The page's own promise.
    fn page_hears(&mut self, news: client::Output) -> Result<(), String> {
        match news {
            client::Output::Opened { topic, position } => {
                let seen = *self.page.entry(topic).or_insert(Some(position.seq));
                if seen != Some(position.seq) {
                    return Err(format!("{topic} goes on at {} where the page has {seen:?}", position.seq));
                }
            }
            client::Output::Event(event) => {
                let seen = self.page.get(&event.topic).copied().flatten();
                if seen.map(|seen| seen + 1) != Some(event.seq) {
                    return Err(format!("{}: event {} after {seen:?}", event.topic, event.seq));
                }
                self.page.insert(event.topic, Some(event.seq));
            }
            client::Output::Reset { topic, .. } => {
                self.page.insert(topic, None);
                let due = self.now + self.latency();
                self.loads.push((due, topic));
            }
            client::Output::Closed { topic, code } => return Err(format!("{topic} was closed with {code}")),
            _ => {}
        }
        Ok(())
    }

    fn page_loads(&mut self, topic: Topic) -> Result<(), String> {
        let position = self.database.position(topic);
        let seen = self.page.entry(topic).or_insert(None);
        if seen.is_none() {
            *seen = Some(position.seq);
        }
        self.client_hears(client::Input::Intent(Intent::SetPosition { topic, position }))
    }

    /// Everything comes to rest, and the page has it all.
    fn rests(&mut self) -> Result<(), String> {
        self.passes(self.asleep_until.max(self.dead_until).max(self.stalled_until).saturating_sub(self.now))?;
        self.passes(REST_MS)?;
        for topic in self.database.topics.clone() {
            let (has, is) = (self.page.get(&topic).copied().flatten(), self.database.position(topic).seq);
            if has != Some(is) {
                return Err(format!("{topic}: the page has {has:?} of {is}"));
            }
        }
        Ok(())
    }
}

#[test]
fn whatever_the_network_does_the_page_gets_each_event_once_and_in_order() {
    let config =
        Config { cases: CASES, failure_persistence: None, max_shrink_iters: 500, ..Config::default() };
    let result = TestRunner::new(config).run(&(any::<u64>(), acts()), |(seed, acts)| {
        let mut pair = Pair::new(seed, None);
        let life = pair.client_hears(client::Input::Start).and_then(|()| {
            acts.iter().try_for_each(|act| pair.act(*act))?;
            pair.rests()
        });
        life.map_err(TestCaseError::fail)
    });
    result.unwrap();
}

/// What happens to the last event of a topic that is quiet from then on, in many lives that differ only in
/// how long everything takes.
fn after_the_last_event(mistake: Option<Mistake>, fate: Act) -> Result<(), String> {
    (0..32).try_for_each(|seed| {
        let mut pair = Pair::new(seed, mistake);
        pair.client_hears(client::Input::Start)?;
        pair.act(Act::Pass(30_000))?;
        pair.act(Act::Commit { topic: 0, events: 1, fate: Fate::AtOnce })?;
        pair.act(fate)?;
        pair.rests()
    })
}

#[test]
fn whichever_frame_of_the_greeting_is_lost_every_topic_is_followed() {
    for at in 0..250 {
        let mut pair = Pair::new(at, None);
        pair.client_hears(client::Input::Start).unwrap();
        pair.act(Act::Pass(at)).unwrap();
        pair.act(Act::LoseFrame).unwrap();
        pair.rests().unwrap();
    }
}

#[test]
fn a_client_that_did_not_hear_that_it_must_load_again_hears_it_later() {
    for seed in 0..32 {
        let mut pair = Pair::new(seed, None);
        pair.client_hears(client::Input::Start).unwrap();
        pair.act(Act::Pass(30_000)).unwrap();
        let events = limits::CATCH_UP_EVENTS_MAX as usize + 1;
        pair.act(Act::Commit { topic: 0, events, fate: Fate::AtOnce }).unwrap();
        pair.act(Act::LoseFrame).unwrap();
        pair.rests().unwrap();
    }
}

#[test]
fn a_client_that_does_not_say_where_it_stands_misses_events() {
    after_the_last_event(None, Act::Break).unwrap();
    after_the_last_event(Some(Mistake::ForgetsPositions), Act::Break).unwrap_err();
}

#[test]
fn a_client_that_does_not_ask_again_misses_what_was_lost() {
    after_the_last_event(None, Act::LoseFrame).unwrap();
    after_the_last_event(Some(Mistake::NeverAsksAgain), Act::LoseFrame).unwrap_err();
}

#[test]
fn without_heads_in_the_pings_a_lost_last_event_stays_lost() {
    after_the_last_event(Some(Mistake::HidesHeads), Act::LoseFrame).unwrap_err();
}
