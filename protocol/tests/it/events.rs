//! Every event as JSON, and docs/EVENTS.md against the enum.

use crate::sample;
use protocol::{EventKind, frame::ServerFrame};

#[test]
fn the_samples_cover_every_kind_in_order() {
    let names: Vec<&str> = sample::kinds().iter().map(EventKind::name).collect();
    assert_eq!(names, EventKind::NAMES);
}

#[test]
fn the_name_on_the_wire_is_the_name_of_the_kind() {
    for kind in sample::kinds() {
        let json = serde_json::to_value(&kind).unwrap();
        assert_eq!(json["kind"], kind.name());
    }
}

#[test]
fn every_event_survives_the_wire() {
    for (seq, kind) in (1..).zip(sample::kinds()) {
        let frame = ServerFrame::Event(sample::event(seq, kind));
        let json = serde_json::to_string(&frame).unwrap();
        assert_eq!(serde_json::from_str::<ServerFrame>(&json).unwrap(), frame, "{json}");
    }
}

#[test]
fn every_event_looks_on_the_wire_as_it_did() {
    let events: Vec<_> =
        (1..).zip(sample::kinds()).map(|(seq, kind)| ServerFrame::Event(sample::event(seq, kind))).collect();
    insta::assert_json_snapshot!("events", events);
}

#[test]
fn the_document_lists_exactly_the_kinds_that_exist() {
    let document = include_str!("../../../docs/EVENTS.md");
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(rows.collect::<Vec<_>>(), EventKind::NAMES);
}
