//! A program's token: it comes with every `hello`, and another one before it expires.

use crate::fake_server::workspace;
use crate::world::{World, ms, s};
use client::{Connection, Input, Output, Settings, Status};
use protocol::frame::{ClientFrame, CloseCode, ServerFrame};

/// Live, with a token for ten seconds.
fn program() -> World {
    let mut world = World::new(7, &[(workspace(1), 0)]);
    let settings = Settings { token: Some("one".to_owned()), ..Settings::new("test") };
    world.client = Connection::new(settings, 7);
    world.input(Input::Start);
    world.settle();
    assert_eq!(world.client.status(), Status::Live);
    world.server.says(&ServerFrame::Token { expires_in_ms: 10_000 });
    world.settle();
    world
}

fn wishes_for_a_token(world: &mut World) -> usize {
    world.news().iter().filter(|output| matches!(output, Output::TokenWanted)).count()
}

#[test]
fn another_token_is_wanted_once_before_the_first_expires_and_goes_to_the_live_socket() {
    let mut world = program();
    assert!(
        matches!(&world.said()[0], ClientFrame::Hello { token: Some(token), .. } if token == "one"),
        "the first word brings the token"
    );
    world.passes(ms(7_999));
    assert_eq!(wishes_for_a_token(&mut world), 0);
    world.passes(s(1));
    assert_eq!(wishes_for_a_token(&mut world), 1);
    world.input(Input::Token("two".to_owned()));
    assert_eq!(world.said(), [ClientFrame::Refresh { token: "two".to_owned() }]);
    world.passes(s(5));
    assert_eq!(wishes_for_a_token(&mut world), 0, "only what the server says of the second one counts");
    assert_eq!(world.client.status(), Status::Live);
}

#[test]
fn a_socket_that_was_closed_for_its_token_comes_back_at_once_with_another() {
    let mut world = program();
    world.said();
    world.network = crate::world::Network::Refuses(CloseCode::TokenExpired.number());
    world.closes(CloseCode::TokenExpired.number());
    assert_eq!(wishes_for_a_token(&mut world), 1);
    world.attempts.clear();
    world.passes(s(20));
    assert!((1..20).contains(&world.attempts.len()), "no hammering with the old one: {:?}", world.attempts);
    world.network = crate::world::Network::Up;
    world.input(Input::Token("two".to_owned()));
    world.settle();
    assert_eq!(world.client.status(), Status::Live);
    let said = world.said();
    let brings_it = |frame: &ClientFrame| matches!(frame, ClientFrame::Hello { token: Some(token), .. } if token == "two");
    assert!(said.iter().any(brings_it), "{said:?}");
}

#[test]
fn a_program_whose_token_was_refused_goes_on_with_a_better_one() {
    let mut world = program();
    world.closes(CloseCode::SignIn.number());
    world.passes(s(60));
    assert_eq!(world.client.status(), Status::SignedOut);
    world.input(Input::Token("two".to_owned()));
    world.settle();
    assert_eq!(world.client.status(), Status::Live);
}

#[test]
fn settings_do_not_show_their_token_in_logs() {
    let settings = Settings { token: Some("hubbub_token_secret".to_owned()), ..Settings::new("test") };
    assert!(!format!("{settings:?}").contains("secret"));
}
