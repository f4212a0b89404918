//! Nothing is skipped and nothing comes twice.

use crate::fake_server::{ADA, BEN, epoch, event, workspace};
use crate::world::{World, s};
use client::{Input, Intent, Output};
use protocol::Position;
use protocol::frame::{ClientFrame, ResetReason, ServerFrame};

fn numbers(world: &World) -> Vec<u64> {
    world.page.events.iter().map(|(_, seq)| *seq).collect()
}

fn opens(world: &mut World) -> Vec<u64> {
    let opens = world.said().into_iter().filter_map(|frame| match frame {
        ClientFrame::Open { since, .. } => Some(since.map_or(0, |since| since.seq)),
        _ => None,
    });
    opens.collect()
}

#[test]
fn a_topic_of_the_server_starts_at_its_head() {
    let mut world = World::live(&[(workspace(1), 5)]);
    world.server.append(workspace(1), BEN);
    world.settle();
    assert_eq!(numbers(&world), [6]);
}

#[test]
fn what_happened_while_away_comes_once_and_is_counted_without_ones_own() {
    let mut world = World::live(&[(workspace(1), 5)]);
    world.closes(1006);
    for actor in [BEN, ADA, BEN] {
        world.server.append(workspace(1), actor);
    }
    world.news();
    world.returns();
    world.server.append(workspace(1), BEN);
    world.settle();
    assert_eq!(numbers(&world), [6, 7, 8, 9]);
    assert!(world.news().contains(&Output::CaughtUp { events: 2, returned: true }));
}

#[test]
fn the_first_connection_is_no_return() {
    let mut world = World::live(&[(workspace(1), 5)]);
    assert!(world.news().contains(&Output::CaughtUp { events: 0, returned: false }));
}

#[test]
fn hello_resumes_from_the_newest_event_seen() {
    let mut world = World::live(&[(workspace(1), 5)]);
    world.server.append(workspace(1), BEN);
    world.settle();
    world.said();
    world.closes(1006);
    world.returns();
    let Some(ClientFrame::Hello { resume, .. }) = world.said().into_iter().next() else {
        panic!("hello comes first");
    };
    assert_eq!(resume.len(), 1);
    assert_eq!(resume[0].position, Position { epoch: epoch(100), seq: 6 });
}

#[test]
fn a_gap_opens_the_topic_again_from_the_last_event() {
    let mut world = World::live(&[(workspace(1), 5)]);
    world.said();
    world.server.append_unheard(workspace(1));
    world.server.append(workspace(1), BEN);
    world.server.append(workspace(1), BEN);
    world.settle();
    assert_eq!(numbers(&world), [6, 7, 8]);
    assert_eq!(opens(&mut world), [5], "asked for once, although two events showed the gap");
}

#[test]
fn an_event_that_comes_twice_is_taken_once() {
    let mut world = World::live(&[(workspace(1), 5)]);
    world.server.append(workspace(1), BEN);
    let twice = world.server.wire[0].clone();
    world.server.wire.push_back(twice);
    world.settle();
    assert_eq!(numbers(&world), [6]);
}

#[test]
fn several_frames_in_one_array_count_one_by_one() {
    let mut world = World::live(&[(workspace(1), 5)]);
    let frames: Vec<ServerFrame> =
        (6..9).map(|seq| ServerFrame::Event(event(workspace(1), seq, BEN))).collect();
    world.input(Input::Frame(serde_json::to_string(&frames).unwrap()));
    assert_eq!(numbers(&world), [6, 7, 8]);
}

#[test]
fn a_last_event_that_was_lost_is_found_by_the_heads_of_two_pings() {
    let mut world = World::live(&[(workspace(1), 5)]);
    world.server.append_unheard(workspace(1));
    world.said();
    world.server.pings();
    world.settle();
    assert_eq!(world.said(), [ClientFrame::Pong], "it may be on its way");
    world.server.pings();
    world.settle();
    assert_eq!(opens(&mut world), [5]);
    assert_eq!(numbers(&world), [6]);
}

#[test]
fn after_a_reset_nothing_comes_until_the_page_has_loaded() {
    let mut world = World::live(&[(workspace(1), 5)]);
    world.closes(1006);
    for _ in 0..5 {
        world.server.append(workspace(1), BEN);
    }
    world.server.logs.get_mut(&workspace(1)).unwrap().floor = 9;
    world.news();
    world.returns();
    let head = Some(Position { epoch: epoch(100), seq: 10 });
    let reset = Output::Reset { topic: workspace(1), reason: ResetReason::TooOld, head };
    assert!(world.news().contains(&reset));
    world.server.append(workspace(1), BEN);
    world.closes(1006);
    world.returns();
    world.server.append(workspace(1), BEN);
    world.settle();
    assert_eq!(numbers(&world), [0; 0], "not even on another socket");
    world.page_loads(workspace(1));
    world.server.append(workspace(1), BEN);
    world.settle();
    assert_eq!(numbers(&world), [13]);
}

#[test]
fn a_restored_backup_makes_the_page_load_instead_of_skipping() {
    let mut world = World::live(&[(workspace(1), 5)]);
    world.closes(1006);
    world.server.restore(workspace(1), epoch(101), 3);
    world.news();
    world.returns();
    let resets = world.news().into_iter().filter(|news| matches!(news, Output::Reset { .. })).count();
    assert_eq!(resets, 1);
    world.page_loads(workspace(1));
    world.server.append(workspace(1), BEN);
    world.settle();
    assert_eq!(numbers(&world), [4]);
}

#[test]
fn positions_that_the_server_refuses_are_loaded_again() {
    let mut world = World::live(&[(workspace(1), 5), (workspace(2), 5)]);
    world.news();
    world.closes(4203);
    let resets = world.news().into_iter().filter(|news| matches!(news, Output::Reset { .. })).count();
    assert_eq!(resets, 2);
    world.returns();
    world.page_loads(workspace(1));
    world.server.append(workspace(1), BEN);
    world.settle();
    assert_eq!(numbers(&world), [6]);
}

#[test]
fn a_page_that_loaded_something_older_gets_what_lies_between_again() {
    let mut world = World::live(&[(workspace(1), 5)]);
    for _ in 0..3 {
        world.server.append(workspace(1), BEN);
    }
    world.settle();
    world.page_shows(workspace(1), Position { epoch: epoch(100), seq: 6 });
    world.settle();
    assert_eq!(numbers(&world), [6, 7, 8, 7, 8]);
}

#[test]
fn a_page_that_loaded_something_newer_still_gets_every_event() {
    let mut world = World::live(&[(workspace(1), 5)]);
    for _ in 0..3 {
        world.server.append(workspace(1), BEN);
    }
    world.page_shows(workspace(1), Position { epoch: epoch(100), seq: 8 });
    world.settle();
    assert_eq!(numbers(&world), [6, 7, 8]);
}

#[test]
fn a_position_told_while_hello_is_on_its_way_is_not_lost() {
    let mut world = World::new(7, &[(workspace(1), 5)]);
    world.input(Input::Start);
    world.opens();
    world.page_shows(workspace(1), Position { epoch: epoch(100), seq: 2 });
    world.settle();
    assert_eq!(numbers(&world), [3, 4, 5]);
}

#[test]
fn a_topic_that_only_the_page_wants_is_opened_again_on_every_socket() {
    let mut world = World::live(&[]);
    world.server.add_topic(workspace(9), 4);
    world.input(Input::Intent(Intent::Open { topic: workspace(9) }));
    world.settle();
    assert_eq!(opens(&mut world), [0]);
    world.closes(1006);
    world.server.append(workspace(9), BEN);
    world.returns();
    assert_eq!(numbers(&world), [5]);
    world.input(Input::Intent(Intent::Close { topic: workspace(9) }));
    world.server.append(workspace(9), BEN);
    world.settle();
    assert_eq!(numbers(&world), [5]);
}

#[test]
fn a_topic_without_the_right_to_read_it_is_told_and_forgotten() {
    let mut world = World::live(&[(workspace(1), 5)]);
    world.news();
    world.server.says(&ServerFrame::Closed { topic: workspace(1), code: 4004 });
    world.settle();
    assert_eq!(world.news(), [Output::Closed { topic: workspace(1), code: 4004 }]);
    world.said();
    world.closes(1006);
    world.passes(s(60));
    assert!(matches!(&world.said()[0], ClientFrame::Hello { resume, .. } if resume.is_empty()));
}
