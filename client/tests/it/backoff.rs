//! When the client comes back, by what the server said last.

use crate::fake_server::workspace;
use crate::world::{Network, World, ms, s};
use client::{Input, Output, Status};
use proptest::prelude::*;
use protocol::frame::ServerFrame;
use std::time::Duration;

fn delays(world: &World) -> Vec<Duration> {
    world.attempts.windows(2).map(|pair| pair[1].since(pair[0])).collect()
}

proptest! {
    #[test]
    fn every_delay_stays_below_its_doubling_bound(seed: u64) {
        let mut world = World::new(seed, &[]);
        world.network = Network::Refuses(1006);
        world.input(Input::Start);
        world.passes(s(600));
        for (n, delay) in delays(&world).into_iter().enumerate() {
            let bound = Duration::from_millis(500 << n.min(6)).min(s(30));
            prop_assert!(delay <= bound, "attempt {n} came after {delay:?}");
        }
        prop_assert!(20 < world.attempts.len() && world.attempts.len() < 120);
    }
}

#[test]
fn codes_of_the_4000s_stop_and_two_of_them_mean_signed_out() {
    for (code, status) in [
        (4000, Status::Stopped { code: 4000 }),
        (4003, Status::SignedOut),
        (4004, Status::Stopped { code: 4004 }),
        (4005, Status::SignedOut),
        (4006, Status::Stopped { code: 4006 }),
        (4099, Status::Stopped { code: 4099 }),
    ] {
        let mut world = World::live(&[]);
        world.closes(code);
        world.passes(s(3600));
        world.input(Input::Online);
        world.input(Input::Visible);
        assert_eq!((world.client.status(), world.attempts.len()), (status, 1), "{code}");
        world.input(Input::RetryNow);
        world.settle();
        assert_eq!(world.client.status(), Status::Live, "after signing in again");
    }
}

#[test]
fn codes_of_the_4100s_back_off() {
    for code in [4100, 4101, 4102, 4103, 4104, 4105, 4199] {
        let mut world = World::live(&[]);
        world.network = Network::Refuses(code);
        world.closes(code);
        world.passes(s(300));
        assert!((9..60).contains(&world.attempts.len()), "{code}: {} attempts", world.attempts.len());
    }
}

#[test]
fn codes_of_the_4200s_come_back_at_once_but_never_in_a_loop() {
    let mut world = World::live(&[]);
    let before = world.now;
    world.closes(4200);
    assert_eq!(world.attempts, [before, before], "at once");
    world.network = Network::Refuses(4200);
    world.passes(s(300));
    assert!(world.attempts.len() < 60, "{} attempts", world.attempts.len());
}

#[test]
fn a_hint_of_the_server_wins_over_the_delays() {
    let mut world = World::live(&[]);
    let before = world.now;
    world.server.says(&ServerFrame::Reconnect { after_ms: 7_000 });
    world.settle();
    world.passes(s(2));
    world.closes(4200);
    world.passes(s(60));
    assert_eq!(world.attempts[1], before + s(7));
}

#[test]
fn a_socket_that_is_still_open_when_the_hint_comes_true_moves_at_once() {
    let mut world = World::live(&[(workspace(1), 0)]);
    let before = world.now;
    world.server.says(&ServerFrame::Reconnect { after_ms: 3_000 });
    world.passes(ms(2_999));
    assert_eq!(world.client.status(), Status::Live, "until then it is used");
    world.passes(ms(1));
    assert_eq!(world.attempts, [before, before + s(3)]);
    assert_eq!(world.client.status(), Status::Live);
}

#[test]
fn a_busy_server_that_says_when_is_asked_then() {
    let mut world = World::new(7, &[]);
    world.network = Network::Silent;
    world.input(Input::Start);
    world.closes_for(4104, Some(12_000));
    world.passes(ms(11_999));
    assert_eq!(world.attempts.len(), 1);
    world.passes(ms(1));
    assert_eq!(world.attempts.len(), 2);
}

/// How many attempts fail before the good connection, and how long that lasts; then how many
/// failures the status counts after it is lost.
fn attempt_after(failures: usize, good: Duration) -> u32 {
    let mut world = World::new(7, &[]);
    world.network = Network::Refuses(1006);
    world.input(Input::Start);
    while world.attempts.len() < failures + 1 {
        world.passes(s(1));
    }
    world.returns_after_failures();
    world.passes(good);
    world.closes(1006);
    let Status::Reconnecting { attempt, .. } = world.client.status() else { panic!("it was lost") };
    attempt
}

impl World {
    fn returns_after_failures(&mut self) {
        self.network = Network::Up;
        self.input(Input::RetryNow);
        self.settle();
        assert_eq!(self.client.status(), Status::Live);
    }
}

#[test]
fn delays_start_over_after_half_a_minute_in_sync_and_not_before() {
    assert_eq!(attempt_after(5, ms(30_000)), 1);
    assert!(5 < attempt_after(5, ms(29_999)));
}

#[test]
fn the_page_hears_since_when_and_until_when() {
    let mut world = World::live(&[]);
    world.passes(s(10));
    let since = world.now;
    world.network = Network::Refuses(1006);
    world.news();
    world.closes(1006);
    let Some(Output::Status(Status::Reconnecting { retry_at: Some(at), since: told, attempt: 1 })) =
        world.news().into_iter().next()
    else {
        panic!("the page hears that the connection was lost");
    };
    assert_eq!(told, since);
    assert!(since <= at && at <= since + ms(500));
    world.passes(s(100));
    let told = world.news();
    assert!(
        told.iter().all(|news| matches!(news, Output::Status(status) if status.lost_since() == Some(since)))
    );
    world.returns();
    assert!(world.news().contains(&Output::Status(Status::Live)));
}

#[test]
fn the_first_attempt_is_connecting_and_only_a_failure_is_reconnecting() {
    let mut world = World::new(7, &[]);
    world.network = Network::Silent;
    world.input(Input::Start);
    assert_eq!(world.client.status(), Status::Connecting);
    world.passes(s(16));
    assert!(matches!(world.client.status(), Status::Reconnecting { .. }));
}
