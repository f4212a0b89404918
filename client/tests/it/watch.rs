//! Silence, sleep and wake-up, with the figures of the design.

use crate::fake_server::workspace;
use crate::world::{Network, World, ms, s};
use client::{Input, Status};
use protocol::Timestamp;
use protocol::frame::ClientFrame;

#[test]
fn a_silent_server_is_probed_after_35_seconds_and_dropped_5_seconds_later() {
    let mut world = World::live(&[]);
    world.said();
    world.passes(ms(34_999));
    assert_eq!(world.said(), []);
    world.network = Network::Silent;
    world.passes(ms(1));
    assert_eq!(world.client.status(), Status::Live);
    world.passes(ms(4_999));
    assert_eq!(world.client.status(), Status::Live);
    world.passes(ms(1));
    assert!(matches!(world.client.status(), Status::Reconnecting { attempt: 1, .. }));
    world.passes(ms(500));
    assert_eq!(world.attempts.len(), 2, "the first delay is at most half a second");
}

#[test]
fn a_server_that_answers_is_probed_again_and_again_and_kept() {
    let mut world = World::live(&[]);
    world.said();
    world.passes(s(36 * 10));
    assert_eq!(world.said(), vec![ClientFrame::Ping; 10]);
    assert_eq!(world.attempts.len(), 1);
}

#[test]
fn any_frame_puts_the_probe_off() {
    let mut world = World::live(&[(workspace(1), 0)]);
    world.said();
    for _ in 0..10 {
        world.passes(s(30));
        world.server.append(workspace(1), 2);
        world.settle();
    }
    assert_eq!(world.said(), []);
}

#[test]
fn every_sign_of_a_wake_up_probes_at_once() {
    for sign in [Input::Online, Input::Visible, Input::ClockJumped, Input::RetryNow, Input::Offline] {
        let mut world = World::live(&[]);
        world.said();
        world.network = Network::Silent;
        world.input(sign.clone());
        world.passes(s(5));
        let status = world.client.status();
        assert!(!matches!(status, Status::Live), "{sign:?} found the dead socket, but {status:?}");
    }
}

#[test]
fn a_machine_that_slept_for_an_hour_is_back_in_six_seconds_with_a_dead_socket() {
    let mut world = World::live(&[(workspace(1), 0)]);
    world.server.loses_the_socket();
    world.network = Network::Silent;
    world.sleeps(s(3600));
    world.passes(ms(4_999));
    assert_eq!(world.client.status(), Status::Live, "the server has its five seconds, after the sleep");
    world.network = Network::Up;
    world.passes(ms(1_001));
    assert_eq!(world.client.status(), Status::Live);
    assert_eq!(world.attempts.len(), 2);
}

#[test]
fn a_machine_that_slept_keeps_a_socket_that_still_answers() {
    let mut world = World::live(&[]);
    world.sleeps(s(20));
    world.passes(s(30));
    assert_eq!(world.attempts.len(), 1);
}

#[test]
fn waiting_ends_when_the_network_the_person_or_the_machine_is_back() {
    for sign in [Input::Online, Input::Visible, Input::ClockJumped, Input::RetryNow] {
        let mut world = World::live(&[]);
        world.network = Network::Refuses(1006);
        world.closes(1006);
        world.passes(s(300));
        world.network = Network::Up;
        world.input(sign.clone());
        world.settle();
        assert_eq!(world.client.status(), Status::Live, "{sign:?}");
    }
}

#[test]
fn a_clock_that_is_set_back_by_an_hour_delays_nothing() {
    let mut world = World::live(&[]);
    world.network = Network::Silent;
    world.now = Timestamp(world.now.0 - 3_600_000);
    world.input(Input::Tick);
    world.passes(s(41));
    assert!(matches!(world.client.status(), Status::Reconnecting { .. }));
}

#[test]
fn a_socket_that_never_says_welcome_is_given_up() {
    let mut world = World::new(7, &[]);
    world.network = Network::Silent;
    world.input(Input::Start);
    world.passes(ms(15_500));
    assert_eq!(world.attempts.len(), 2);
}

#[test]
fn a_page_that_is_put_away_has_no_socket_and_no_timer_and_comes_back_at_once() {
    let mut world = World::live(&[(workspace(1), 5)]);
    world.input(Input::Suspended);
    assert!(!world.connected);
    world.passes(s(3600));
    assert_eq!(world.attempts.len(), 1);
    world.server.append(workspace(1), 2);
    world.input(Input::Visible);
    world.settle();
    assert_eq!(world.client.status(), Status::Live);
    assert_eq!(world.page.events, [(workspace(1), 6)]);
}

#[test]
fn a_device_without_a_network_says_so_until_it_has_a_connection() {
    let mut world = World::live(&[]);
    let since = world.now;
    world.network = Network::Refuses(1006);
    world.closes(1006);
    world.input(Input::Offline);
    assert_eq!(world.client.status(), Status::Offline { since });
    world.network = Network::Up;
    world.passes(s(60));
    assert_eq!(world.client.status(), Status::Live, "the device may be wrong");
}

#[test]
fn stopped_means_no_socket_and_no_timer() {
    let mut world = World::live(&[]);
    world.input(Input::Stop);
    assert!(!world.connected);
    world.passes(s(3600));
    world.input(Input::Visible);
    assert_eq!(world.attempts.len(), 1);
}
