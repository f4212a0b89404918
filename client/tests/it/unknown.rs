//! A page that is older than its server keeps working.

use crate::fake_server::{BEN, event, workspace};
use crate::world::World;
use client::{Input, Output, Status};
use protocol::frame::{ClientFrame, ServerFrame};

#[test]
fn an_event_of_an_unknown_kind_is_passed_over_and_the_next_one_comes() {
    let mut world = World::live(&[(workspace(1), 5)]);
    let known = serde_json::to_string(&ServerFrame::Event(event(workspace(1), 6, BEN))).unwrap();
    world.news();
    world.said();
    world.input(Input::Frame(known.replace("post.deleted", "post.sung")));
    assert_eq!(world.news(), []);
    world.page.seen.insert(workspace(1), Some(6));
    let next = serde_json::to_string(&ServerFrame::Event(event(workspace(1), 7, BEN))).unwrap();
    world.input(Input::Frame(next));
    assert_eq!(world.page.events, [(workspace(1), 7)]);
    assert_eq!(world.said(), [], "no gap");
}

#[test]
fn frames_that_nobody_understands_change_nothing() {
    let mut world = World::live(&[(workspace(1), 5)]);
    world.news();
    world.said();
    for text in [
        "",
        "null",
        "[]",
        "[[",
        "{}",
        "{\"type\":7}",
        "{\"type\":\"fanfare\",\"volume\":11}",
        "[{\"type\":\"fanfare\"},7,null]",
        "{\"type\":\"event\"}",
        "{\"type\":\"event\",\"topic\":\"board:1\",\"seq\":1}",
        "{\"type\":\"opened\",\"topic\":\"board:1\"}",
    ] {
        world.input(Input::Frame(text.to_owned()));
    }
    assert_eq!((world.news(), world.said()), (vec![], vec![]));
    assert_eq!(world.client.status(), Status::Live);
}

#[test]
fn a_ping_with_topics_of_an_unknown_kind_is_answered_and_the_known_ones_count() {
    let mut world = World::live(&[(workspace(1), 5)]);
    world.server.append_unheard(workspace(1));
    let topic = workspace(1);
    let epoch = protocol::Epoch::to_string(&world.server.position(topic).epoch);
    let ping = format!(
        "{{\"type\":\"ping\",\"heads\":[{{\"topic\":\"board:1\",\"epoch\":\"{epoch}\",\"seq\":1}},\
         {{\"topic\":\"{topic}\",\"epoch\":\"{epoch}\",\"seq\":6}}]}}"
    );
    world.said();
    world.input(Input::Frame(ping.clone()));
    assert_eq!(world.said(), [ClientFrame::Pong]);
    world.input(Input::Frame(ping));
    world.settle();
    assert_eq!(world.page.events, [(workspace(1), 6)]);
}

#[test]
fn degraded_parts_are_told_when_they_change_and_forgotten_with_the_socket() {
    let mut world = World::live(&[]);
    let status = ServerFrame::Status { degraded: vec!["bus".to_owned()] };
    world.news();
    world.server.says(&status);
    world.server.says(&status);
    world.settle();
    assert_eq!(world.news(), [Output::Degraded(vec!["bus".to_owned()])]);
    world.closes(1006);
    world.returns();
    assert!(world.news().contains(&Output::Degraded(vec![])));
}
