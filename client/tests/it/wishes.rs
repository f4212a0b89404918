//! What the page wants reaches the server, not too often, and again on a new socket.

use crate::fake_server::{ADA, post, user, workspace};
use crate::world::{World, ms, s};
use client::{Input, Intent};
use protocol::ephemeral::TypingPlace;
use protocol::frame::{ClientFrame, ServerFrame};
use protocol::{Event, EventKind, Topic};

fn typing(number: u128, on: bool) -> Input {
    Input::Intent(Intent::Typing { topic: workspace(1), place: TypingPlace::Post(post(number)), on })
}

fn told(number: u128, on: bool) -> ClientFrame {
    ClientFrame::Typing { topic: workspace(1), place: TypingPlace::Post(post(number)), on }
}

#[test]
fn typing_is_said_at_the_first_key_and_again_every_three_seconds() {
    let mut world = World::live(&[(workspace(1), 0)]);
    world.said();
    for _ in 0..65 {
        world.input(typing(1, true));
        world.passes(ms(100));
    }
    assert_eq!(world.said(), [told(1, true), told(1, true), told(1, true)]);
    world.input(typing(1, false));
    world.input(typing(1, false));
    assert_eq!(world.said(), [told(1, false)]);
}

#[test]
fn typing_elsewhere_ends_the_typing_before() {
    let mut world = World::live(&[(workspace(1), 0)]);
    world.said();
    world.input(typing(1, true));
    world.input(typing(2, true));
    assert_eq!(world.said(), [told(1, true), told(1, false), told(2, true)]);
}

#[test]
fn typing_without_a_connection_is_not_said_later() {
    let mut world = World::live(&[(workspace(1), 0)]);
    world.closes(1006);
    world.input(typing(1, true));
    world.said();
    world.returns();
    assert!(!world.said().contains(&told(1, true)));
    world.input(typing(1, true));
    assert_eq!(world.said(), [told(1, true)]);
}

#[test]
fn the_focus_is_said_when_it_changes_and_again_on_a_new_socket() {
    let mut world = World::live(&[(workspace(1), 0)]);
    let focus = ClientFrame::Focus { topic: Some(workspace(1)), within: None };
    world.said();
    for _ in 0..2 {
        world.input(Input::Intent(Intent::Focus { topic: Some(workspace(1)), within: None }));
    }
    assert_eq!(world.said(), std::slice::from_ref(&focus));
    world.closes(1006);
    world.returns();
    assert!(world.said().contains(&focus));
}

#[test]
fn what_was_read_is_said_on_every_socket_until_the_log_has_it() {
    let own = Topic::User(user(ADA));
    let mut world = World::live(&[(workspace(1), 9), (own, 0)]);
    let read = ClientFrame::Read { topic: workspace(1), seq: 8 };
    world.closes(1006);
    for seq in [7, 8, 6] {
        world.input(Input::Intent(Intent::Read { topic: workspace(1), seq }));
    }
    for _ in 0..2 {
        world.said();
        world.returns();
        assert_eq!(world.said().iter().filter(|said| **said == read).count(), 1);
        world.closes(1006);
    }
    world.returns();
    let kind = EventKind::ReadMoved { topic: workspace(1), seq: 8, unread: None };
    let event = Event { kind, ..crate::fake_server::event(own, 1, ADA) };
    world.server.says(&ServerFrame::Event(event));
    world.settle();
    world.closes(1006);
    world.said();
    world.passes(s(60));
    assert!(!world.said().contains(&read));
}

#[test]
fn an_idle_window_says_so_once_and_each_new_socket_knows_it_from_the_first_frame() {
    let idle = |on| Input::Intent(Intent::Idle { on });
    let mut world = World::live(&[(workspace(1), 0)]);
    world.said();
    world.input(idle(true));
    world.input(idle(true));
    assert_eq!(world.said(), [ClientFrame::Idle { on: true }]);
    world.closes(1006);
    world.returns();
    let said = world.said();
    assert!(matches!(said[0], ClientFrame::Hello { idle: true, .. }), "{said:?}");
    assert!(!said.contains(&ClientFrame::Idle { on: true }), "{said:?}");
    world.input(idle(false));
    assert_eq!(world.said(), [ClientFrame::Idle { on: false }]);
    // What changes while there is no socket is in the next hello.
    world.closes(1006);
    world.input(idle(true));
    world.returns();
    assert!(matches!(world.said()[0], ClientFrame::Hello { idle: true, .. }));
}
