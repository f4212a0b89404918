//! Any weather: the page never sees an event twice, never misses one without a reset, and has
//! everything once the weather is over.
//!
//! The wire here is worse than TCP: it also loses events, and repeats and reorders frames. `World`
//! checks every event against what the page has; the end checks that nothing stays missing.

use crate::fake_server::{BEN, epoch, event, workspace};
use crate::world::{Network, World, ms, s};
use client::{Input, Output, Status};
use proptest::prelude::*;
use protocol::Position;

#[derive(Clone, Copy, Debug)]
enum Weather {
    Append { topic: u128, events: u8 },
    AppendUnheard { topic: u128 },
    Deliver { frames: u8 },
    Lose { frame: usize },
    Repeat { frame: usize },
    Swap { one: usize, other: usize },
    Noise { kind: u8 },
    Cut { code: u16 },
    Restore { topic: u128, epoch: u128, head: usize },
    Prune { topic: u128 },
    PageLoads { topic: u128 },
    PageShowsOlder { topic: u128, back: u64 },
    Sleep { seconds: u64 },
    Pass { ms: u64 },
    Down(bool),
    Ping,
}

fn weather() -> impl Strategy<Value = Weather> {
    let topic = 1..=3_u128;
    prop_oneof![
        6 => (topic.clone(), 1..6_u8).prop_map(|(topic, events)| Weather::Append { topic, events }),
        1 => topic.clone().prop_map(|topic| Weather::AppendUnheard { topic }),
        6 => (1..12_u8).prop_map(|frames| Weather::Deliver { frames }),
        2 => any::<usize>().prop_map(|frame| Weather::Lose { frame }),
        2 => any::<usize>().prop_map(|frame| Weather::Repeat { frame }),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(one, other)| Weather::Swap { one, other }),
        1 => any::<u8>().prop_map(|kind| Weather::Noise { kind }),
        2 => prop_oneof![Just(1006_u16), Just(4100), Just(4102), Just(4200), Just(4203), Just(4001)]
            .prop_map(|code| Weather::Cut { code }),
        1 => (topic.clone(), 100..104_u128, 0..9_usize)
            .prop_map(|(topic, epoch, head)| Weather::Restore { topic, epoch, head }),
        1 => topic.clone().prop_map(|topic| Weather::Prune { topic }),
        2 => topic.clone().prop_map(|topic| Weather::PageLoads { topic }),
        1 => (topic, 0..9_u64).prop_map(|(topic, back)| Weather::PageShowsOlder { topic, back }),
        1 => (1..4000_u64).prop_map(|seconds| Weather::Sleep { seconds }),
        3 => (1..9000_u64).prop_map(|ms| Weather::Pass { ms }),
        1 => any::<bool>().prop_map(Weather::Down),
        1 => Just(Weather::Ping),
    ]
}

fn happens(world: &mut World, weather: Weather) {
    let on_the_wire = world.server.wire.len();
    let pick = |frame: usize| frame % on_the_wire.max(1);
    match weather {
        Weather::Append { topic, events } => {
            (0..events).for_each(|_| world.server.append(workspace(topic), BEN));
        }
        Weather::AppendUnheard { topic } => world.server.append_unheard(workspace(topic)),
        Weather::Deliver { frames } => {
            world.opens();
            for _ in 0..frames {
                if let Some(frame) = world.server.wire.pop_front() {
                    world.input(Input::Frame(frame));
                }
            }
        }
        Weather::Lose { frame } => {
            let is_event = world.server.wire.get(pick(frame)).is_some_and(|text| text.contains("\"event\""));
            if is_event {
                world.server.wire.remove(pick(frame));
            }
        }
        Weather::Repeat { frame } => {
            if let Some(text) = world.server.wire.get(pick(frame)).cloned() {
                world.server.wire.push_back(text);
            }
        }
        Weather::Swap { one, other } if 1 < on_the_wire => world.server.wire.swap(pick(one), pick(other)),
        Weather::Swap { .. } => {}
        Weather::Noise { kind } => {
            let noise = ["{", "[1]", "{\"type\":\"x\"}", "{\"type\":\"event\",\"topic\":\"a\",\"seq\":-1}"];
            world.input(Input::Frame(noise[usize::from(kind) % noise.len()].to_owned()));
        }
        Weather::Cut { code } => {
            world.closes(code);
            if matches!(world.client.status(), Status::Stopped { .. }) {
                world.input(Input::RetryNow);
            }
        }
        // A backup is restored with the server stopped: no socket survives it.
        Weather::Restore { topic, epoch: number, head } => {
            world.closes(1006);
            let new = epoch(number);
            let fresh = world.server.logs.values().all(|log| log.epoch != new);
            if fresh {
                world.server.restore(workspace(topic), new, head);
            }
        }
        Weather::Prune { topic } => {
            let log = world.server.logs.get_mut(&workspace(topic)).unwrap();
            log.floor = log.head().saturating_sub(2).max(log.floor);
        }
        Weather::PageLoads { topic } => {
            if world.page.seen.get(&workspace(topic)).is_none_or(Option::is_none) {
                world.page_loads(workspace(topic));
            }
        }
        Weather::PageShowsOlder { topic, back } => {
            let topic = workspace(topic);
            let Position { epoch, seq } = world.server.position(topic);
            let known = world.page.seen.get(&topic).copied().flatten();
            if known.is_some_and(|known| known <= seq) && world.epochs_agree(topic) {
                world.page_shows(topic, Position { epoch, seq: seq.saturating_sub(back) });
            }
        }
        Weather::Sleep { seconds } => world.sleeps(s(seconds)),
        Weather::Pass { ms: time } => {
            // Timers run, frames stay where they are.
            world.now = world.now + ms(time);
            world.input(Input::Tick);
        }
        Weather::Down(true) => world.network = Network::Silent,
        // What the client said meanwhile never arrived, so that socket cannot go on.
        Weather::Down(false) if world.network == Network::Silent => {
            world.network = Network::Up;
            world.closes(1006);
        }
        Weather::Down(false) => {}
        Weather::Ping => world.server.pings(),
    }
}

impl World {
    /// The page knows the log that the server has; otherwise it will hear of a reset.
    fn epochs_agree(&self, topic: protocol::Topic) -> bool {
        self.server.position(topic).epoch == epoch(100)
    }

    /// The weather is over: a page that loads what it is told to, and a server that pings.
    fn calms_down(&mut self) {
        happens(self, Weather::Down(false));
        for _ in 0..6 {
            self.passes(s(60));
            self.server.pings();
            self.settle();
            let reset: Vec<_> =
                self.page.seen.iter().filter(|(_, seen)| seen.is_none()).map(|(topic, _)| *topic).collect();
            for topic in reset {
                self.page_loads(topic);
                self.settle();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn no_event_twice_none_skipped_and_all_of_them_in_the_end(
        seed: u64,
        all in prop::collection::vec(weather(), 1..80),
    ) {
        let topics = [workspace(1), workspace(2), workspace(3)];
        let mut world = World::new(seed, &topics.map(|topic| (topic, 5)));
        for topic in topics {
            world.page_loads(topic);
        }
        world.input(Input::Start);
        for one in all {
            happens(&mut world, one);
        }
        world.calms_down();
        prop_assert_eq!(world.client.status(), Status::Live);
        for topic in topics {
            let head = world.server.position(topic).seq;
            prop_assert_eq!(world.page.seen.get(&topic).copied().flatten(), Some(head), "{}", topic);
        }
    }
}

/// The control: the page that checks every event must notice one that repeats or skips.
fn page_hears_after_five(seq: u64) {
    let mut world = World::live(&[(workspace(1), 5)]);
    world.page_hears(Output::Event(Box::new(event(workspace(1), seq, BEN))));
}

#[test]
fn the_page_of_these_tests_takes_the_next_event() {
    page_hears_after_five(6);
}

#[test]
#[should_panic(expected = "the next event of")]
fn the_page_of_these_tests_notices_a_repeat() {
    page_hears_after_five(5);
}

#[test]
#[should_panic(expected = "the next event of")]
fn the_page_of_these_tests_notices_a_gap() {
    page_hears_after_five(7);
}
