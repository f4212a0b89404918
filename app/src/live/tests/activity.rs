//! What other programs publish, on an open page.

use super::make;
use crate::live::{Changes, State, Wanted};
use protocol::custom_event::{Activity, CustomEvent, EventFilter};
use protocol::json::Json;
use protocol::page::PageKey;
use protocol::workspace::Member;
use protocol::{CustomEventId, EventKind, Person, Timestamp, Topic};
use serde_json::json;

/// What an event shows.
pub(super) type Example = (EventKind, fn(&State, &Changes) -> bool);

pub(super) fn custom(n: u64, kind: &str) -> CustomEvent {
    CustomEvent {
        id: CustomEventId(make::id(11, n)),
        workspace: make::workspace_id(),
        person: None,
        kind: kind.to_owned(),
        payload: Json::of(&json!({ "n": n })),
        notice: None,
        source: make::person(2),
        at: Timestamp(1000 + n as i64),
    }
}

fn mine() -> Topic {
    Topic::User(make::person(1).id)
}

/// A page of these, newest first, at position 10 of both logs.
pub(super) fn page(events: Vec<CustomEvent>, next: Option<&str>) -> Activity {
    let as_of = [make::as_of(make::workspace_topic(), 10), make::as_of(mine(), 10)];
    Activity { events, next: next.map(|key| PageKey(key.to_owned())), as_of }
}

/// A page that shows the second and the first event.
pub(super) fn load(state: &mut State) {
    let events = vec![custom(2, "stock:updated"), custom(1, "invoice:paid")];
    state.load_activity(make::workspace_id(), EventFilter::default(), page(events, None));
}

/// Both kinds of events, on a page that [`load`] made.
pub(super) fn examples() -> [Example; 2] {
    let gone = custom(1, "invoice:paid").id;
    [
        (EventKind::CustomPublished(custom(3, "task:assigned")), |state, _| shown(state) == [3, 2, 1]),
        (EventKind::CustomDeleted { id: gone, workspace: make::workspace_id() }, |state, _| {
            shown(state) == [2]
        }),
    ]
}

/// The numbers of the rows.
fn shown(state: &State) -> Vec<i64> {
    let visible = state.visible();
    visible.activity[&make::workspace_id()].iter().map(|event| event.at.0 - 1000).collect()
}

fn happens(state: &mut State, seq: u64, kind: EventKind) {
    state.apply(&make::event(make::workspace_topic(), seq, kind));
}

#[test]
fn what_arrives_stands_in_the_order_of_time_once_and_only_if_the_filter_shows_it() {
    let mut state = State::new(make::me());
    let filter = EventFilter { noun: Some("invoice".to_owned()), ..EventFilter::default() };
    let first = page(vec![custom(4, "invoice:paid"), custom(2, "invoice:paid")], Some("1002"));
    state.load_activity(make::workspace_id(), filter.clone(), first);
    for (seq, event) in (11..).zip([
        custom(5, "invoice:sent"),
        custom(6, "stock:updated"),
        custom(3, "invoice:paid"),
        custom(4, "invoice:paid"),
        // It stands on a page that is not here.
        custom(1, "invoice:paid"),
    ]) {
        happens(&mut state, seq, EventKind::CustomPublished(event));
    }
    assert_eq!(shown(&state), [5, 4, 3, 2]);
    let other = EventFilter::default();
    state.load_more_activity(make::workspace_id(), &other, page(vec![custom(1, "invoice:paid")], None));
    assert_eq!(shown(&state), [5, 4, 3, 2], "an answer for a filter that was left says nothing");
    state.load_more_activity(make::workspace_id(), &filter, page(vec![custom(1, "invoice:paid")], None));
    assert_eq!(shown(&state), [5, 4, 3, 2, 1]);
}

#[test]
fn a_page_that_arrives_late_knows_what_was_published_and_deleted_since() {
    let mut state = State::new(make::me());
    load(&mut state);
    happens(&mut state, 11, EventKind::CustomPublished(custom(3, "a:b")));
    let gone = EventKind::CustomDeleted { id: custom(2, "").id, workspace: make::workspace_id() };
    happens(&mut state, 12, gone);
    load(&mut state);
    assert_eq!(shown(&state), [3, 1]);
}

#[test]
fn names_are_those_of_now_though_the_logs_are_not_in_step() {
    let mut state = State::new(make::me());
    load(&mut state);
    let renamed = Person { name: "Benjamin".to_owned(), ..make::person(2) };
    happens(&mut state, 11, EventKind::MemberUpdated(Member { person: renamed, ..make::member(2) }));
    let to_me = CustomEvent { person: state.my_id(), ..custom(3, "expense:approved") };
    state.apply(&make::event(mine(), 11, EventKind::CustomPublished(to_me)));
    let visible = state.visible();
    let names: Vec<&str> =
        visible.activity[&make::workspace_id()].iter().map(|event| event.source.name.as_str()).collect();
    assert_eq!(names, ["Benjamin"; 3]);
}

#[test]
fn after_a_gap_in_either_log_an_open_list_is_loaded_again_as_it_was_filtered() {
    let filter = EventFilter { mine: true, ..EventFilter::default() };
    for topic in [make::workspace_topic(), mine()] {
        let mut state = State::new(make::me());
        assert!(!state.reset(topic).wanted.contains(&Wanted::Activity(make::workspace_id())), "nobody looks");
        state.load_activity(make::workspace_id(), filter.clone(), page(Vec::new(), None));
        assert!(state.reset(topic).wanted.contains(&Wanted::Activity(make::workspace_id())));
        assert_eq!(state.activity_filter(make::workspace_id()), filter);
    }
}

#[test]
fn nothing_stays_of_a_workspace_that_the_person_left() {
    let mut state = State::new(make::me());
    load(&mut state);
    let left = EventKind::WorkspaceLeft { workspace: make::workspace_id() };
    state.apply(&make::event(mine(), 11, left));
    assert!(state.visible().activity.is_empty());
    load(&mut state);
    assert!(state.visible().activity.is_empty(), "an answer that was still under way");
}
