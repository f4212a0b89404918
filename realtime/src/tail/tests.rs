use super::*;
use protocol::{Timestamp, WorkspaceId};

const START: TopicHead = TopicHead {
    topic: Topic::Workspace(WorkspaceId(uuid_zero())),
    epoch: Epoch(uuid_zero()),
    head: 10,
    floor: 0,
    permission_epoch: 3,
};

const fn uuid_zero() -> uuid::Uuid {
    uuid::Uuid::nil()
}

fn event(seq: u64, permission_epoch: u64, text: &str) -> Arc<LogEvent> {
    Arc::new(LogEvent {
        topic: START.topic,
        seq,
        permission_epoch,
        kind: "post.created".into(),
        frame: text.into(),
    })
}

fn bell(seqs: std::ops::RangeInclusive<u64>) -> Doorbell {
    Doorbell {
        topic: START.topic,
        epoch: START.epoch,
        head: *seqs.end(),
        permission_epoch: 3,
        events: seqs.map(|seq| event(seq, 3, &seq.to_string())).collect(),
    }
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

fn at(seq: u64) -> Position {
    Position { epoch: START.epoch, seq }
}

fn text(tail: &mut Tail, seq: u64, checked: u64) -> String {
    match tail.next(at(seq), checked) {
        Next::Events(batch) => String::from_utf8(batch.text.to_vec()).expect("frames are text"),
        other => format!("{other:?}"),
    }
}

#[test]
fn doorbells_in_order_are_news_and_doubled_ones_are_not() {
    let mut tail = Tail::new(&START);
    assert_eq!(tail.ring(&bell(11..=12), now()), Rung::News);
    assert_eq!(tail.ring(&bell(11..=12), now()), Rung::Old);
    assert_eq!(tail.ring(&bell(12..=13), now()), Rung::News);
    assert_eq!(text(&mut tail, 10, 3), "[11,12,13]");
    assert_eq!(text(&mut tail, 12, 3), "13");
    assert_eq!(text(&mut tail, 13, 3), "Nothing");
}

#[test]
fn a_lost_doorbell_shows_and_is_filled_from_the_log() {
    let mut tail = Tail::new(&START);
    assert_eq!(tail.ring(&bell(13..=13), now()), Rung::Gap);
    assert_eq!(text(&mut tail, 10, 3), "Nothing");
    assert_eq!(tail.fill(START.epoch, &bell(11..=12).events, now()), Rung::Gap);
    assert_eq!(tail.fill(START.epoch, &bell(13..=13).events, now()), Rung::News);
    assert_eq!(text(&mut tail, 10, 3), "[11,12,13]");
}

#[test]
fn a_doorbell_without_its_events_asks_for_the_log() {
    let mut tail = Tail::new(&START);
    assert_eq!(tail.ring(&Doorbell { events: Vec::new(), ..bell(11..=11) }, now()), Rung::Gap);
}

#[test]
fn events_newer_than_the_checked_right_wait_for_the_check() {
    let mut tail = Tail::new(&START);
    let events = vec![event(11, 3, "11"), event(12, 4, "12"), event(13, 4, "13")];
    tail.ring(&Doorbell { events, permission_epoch: 4, ..bell(11..=13) }, now());
    assert_eq!(text(&mut tail, 10, 4), "[11,12,13]");
    assert_eq!(text(&mut tail, 10, 3), "11");
    assert_eq!(text(&mut tail, 11, 3), "Recheck");
    assert_eq!(text(&mut tail, 11, 4), "[12,13]");
}

#[test]
fn those_who_stand_at_the_same_place_share_one_text() {
    let mut tail = Tail::new(&START);
    tail.ring(&bell(11..=12), now());
    let (Next::Events(one), Next::Events(other)) = (tail.next(at(10), 3), tail.next(at(10), 3)) else {
        panic!("both are behind");
    };
    assert_eq!(one.text.as_ptr(), other.text.as_ptr());
}

#[test]
fn a_single_event_is_sent_as_the_log_holds_it() {
    let mut tail = Tail::new(&START);
    let doorbell = bell(11..=11);
    tail.ring(&doorbell, now());
    let Next::Events(batch) = tail.next(at(10), 3) else { panic!("one is waiting") };
    assert_eq!(batch.text.as_ptr(), doorbell.events[0].frame.as_ptr());
}

#[test]
fn a_tail_holds_its_bounds_and_sends_the_rest_to_the_log() {
    let mut tail = Tail::new(&START);
    let many = START.head + limits::TAIL_EVENTS_MAX as u64 + 5;
    tail.ring(&bell(11..=many), now());
    assert_eq!(tail.extent().start, 16);
    assert_eq!(text(&mut tail, 14, 3), "Log");
    let large = "x".repeat(limits::TAIL_BYTES_MAX - 10);
    tail.fill(START.epoch, &[event(many + 1, 3, &large)], now());
    assert!(tail.bytes() <= limits::TAIL_BYTES_MAX);
}

#[test]
fn a_message_is_bounded_but_a_large_event_goes_alone() {
    let mut tail = Tail::new(&START);
    let half = "x".repeat(BATCH_BYTES_MAX / 2);
    let large = "x".repeat(BATCH_BYTES_MAX * 2);
    let events = [event(11, 3, &half), event(12, 3, &half), event(13, 3, &large)];
    tail.fill(START.epoch, &events, now());
    let ends = [10, 11, 12].map(|after| match tail.next(at(after), 3) {
        Next::Events(batch) => batch.upto,
        other => panic!("{other:?}"),
    });
    assert_eq!(ends, [11, 12, 13]);
}

#[test]
fn another_log_is_believed_from_the_database_only() {
    let mut tail = Tail::new(&START);
    let other = Epoch::new(Timestamp(7));
    assert_eq!(tail.ring(&Doorbell { epoch: other, ..bell(11..=11) }, now()), Rung::OtherLog);
    assert_eq!(text(&mut tail, 10, 3), "Nothing");
    assert_eq!(tail.look(&TopicHead { epoch: other, head: 4, ..START }), Rung::News);
    assert_eq!(text(&mut tail, 10, 3), "Lost(Epoch)");
}

#[test]
fn a_look_at_the_heads_finds_what_no_doorbell_told() {
    let mut tail = Tail::new(&START);
    assert_eq!(tail.look(&START), Rung::Old);
    assert_eq!(tail.look(&TopicHead { head: 12, ..START }), Rung::Gap);
    assert_eq!(tail.look(&TopicHead { permission_epoch: 9, ..START }), Rung::Gap);
    assert_eq!(tail.permission_epoch(), 9);
}

#[test]
fn deleted_text_is_not_served_from_memory() {
    let mut tail = Tail::new(&START);
    tail.ring(&bell(11..=12), now());
    let deleted = LogEvent { kind: "post.deleted".into(), ..(*event(13, 3, "13")).clone() };
    tail.fill(START.epoch, &[Arc::new(deleted)], now());
    assert_eq!(text(&mut tail, 10, 3), "Log");
    assert_eq!(text(&mut tail, 12, 3), "13");
}

#[test]
fn a_gap_that_was_pruned_before_it_was_filled_is_given_up() {
    let mut tail = Tail::new(&START);
    tail.ring(&bell(11..=11), now());
    assert_eq!(tail.look(&TopicHead { head: 20, floor: 20, ..START }), Rung::News);
    assert_eq!(text(&mut tail, 11, 3), "Lost(TooOld)");
}
