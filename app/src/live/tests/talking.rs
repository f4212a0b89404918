//! Conversations: what is written stands once and in its place, what is unread is counted as the
//! server counts it, and nobody's place in the text is lost.

use super::make;
use crate::live::messages::TimelineId;
use crate::live::{Answer, Delivery, State, Target, Wanted};
use protocol::conversation::{ConversationKind, ConversationState, Level, Unread};
use protocol::message::{
    Broadcast, Message, MessageKind, NewMessage, Replies, SystemLine, ThreadPage, Timeline, Window,
};
use protocol::page::PageKey;
use protocol::reaction::{Reaction, ReactionTarget};
use protocol::{ConversationId, EventKind, MessageId, Timestamp, Topic};
use std::time::Duration;

const NOW: Timestamp = Timestamp(1_000_000);

fn here() -> ConversationId {
    make::conversation().id
}

fn room() -> TimelineId {
    TimelineId::Conversation(here())
}

fn id(n: u64) -> MessageId {
    make::message(n, &make::person(2), n).id
}

fn standing(read: u64, unread: u32, seq: u64) -> ConversationState {
    ConversationState { read, unread, position: make::position(seq), ..make::conversation_state() }
}

fn page(from: u64, to: u64, head: u64) -> Timeline {
    let ben = make::person(2);
    Timeline {
        messages: (from..=to).map(|n| make::message(n, &ben, n)).collect(),
        before: (1 < from).then(|| PageKey(from.to_string())),
        after: (to < head).then(|| PageKey(to.to_string())),
        as_of: make::as_of(make::conversation_topic(), head),
        first_unread: None,
    }
}

/// Ada in a room with messages 1 to `head` by Ben, of which the newest are on the page.
fn reading(head: u64) -> State {
    let mut state = State::new(make::me());
    state.load_conversations(make::workspace_id(), vec![standing(head, 0, head)]);
    let (_, window) = state.visit(here(), Target::Unread);
    assert_eq!(window, Some(Window::Unread));
    state.load_timeline(room(), &Window::Unread, page(head.saturating_sub(39).max(1), head, head));
    state.at_bottom(here(), true);
    state
}

fn say(state: &mut State, seq: u64, kind: EventKind) -> crate::live::Changes {
    state.apply(&make::event(make::conversation_topic(), seq, kind))
}

fn writes(state: &mut State, seq: u64, by: u64) -> crate::live::Changes {
    let message = make::message(seq, &make::person(by), 0);
    say(state, seq, EventKind::MessageCreated { message, replies: None })
}

fn orders(state: &State) -> Vec<u64> {
    state.timeline_rows(room()).iter().filter_map(|id| state.message(*id)).map(|row| row.order).collect()
}

fn unread(state: &State) -> (u32, u32) {
    state.conversation(here()).map(|state| (state.unread, state.mentions)).expect("it is there")
}

fn new(n: u64) -> NewMessage {
    NewMessage {
        id: id(n),
        conversation: here(),
        thread: None,
        in_room: false,
        body: format!("Message {n}"),
        attachments: Vec::new(),
    }
}

#[test]
fn a_message_stands_at_once_at_the_end_and_keeps_its_row() {
    let mut state = reading(3);
    state.send_message(new(4), NOW);
    assert_eq!(state.timeline_rows(room()), [id(1), id(2), id(3), id(4)]);
    let (entry, _) = state.next_to_send(NOW).expect("it waits");
    let answer = make::message(4, &make::person(1), 5);
    state.done(entry.id, Answer::Message(Box::new(answer.clone())));
    assert_eq!(state.message_delivery(id(4)), Delivery::Done);
    // Somebody was faster: their message comes late and stands before.
    let faster = make::message(9, &make::person(2), 0);
    say(&mut state, 4, EventKind::MessageCreated { message: faster, replies: None });
    say(&mut state, 5, EventKind::MessageCreated { message: Message { order: 0, ..answer }, replies: None });
    assert_eq!(orders(&state), [1, 2, 3, 4, 5]);
    assert_eq!(unread(&state), (1, 0), "one's own message is never unread");
}

#[test]
fn messages_written_offline_stand_in_the_order_in_which_they_were_written() {
    let mut state = reading(1);
    for n in 2..=21 {
        state.send_message(new(n), NOW);
    }
    let rows = state.timeline_rows(room());
    assert_eq!(rows, (1..=21).map(id).collect::<Vec<_>>());
    for n in 2..=21 {
        let (entry, _) = state.next_to_send(NOW).expect("they wait");
        assert!(state.next_to_send(NOW).is_none(), "one at a time");
        state.done(entry.id, Answer::Message(Box::new(make::message(n, &make::person(1), n))));
    }
    assert_eq!(state.timeline_rows(room()), rows);
}

#[test]
fn an_event_that_comes_twice_counts_once() {
    let mut state = reading(2);
    writes(&mut state, 3, 2);
    writes(&mut state, 3, 2);
    assert_eq!((orders(&state), unread(&state)), (vec![1, 2, 3], (1, 0)));
}

#[test]
fn reading_to_the_end_leaves_nothing_unread_and_says_so_once() {
    let mut state = reading(2);
    writes(&mut state, 3, 2);
    writes(&mut state, 4, 3);
    let changes = state.read_up_to(here(), 3);
    assert_eq!(changes.reads, [(make::conversation_topic(), 3)]);
    assert_eq!(unread(&state), (1, 0));
    assert_eq!(state.read_up_to(here(), 4).reads, [(make::conversation_topic(), 4)]);
    assert_eq!(unread(&state), (0, 0));
    assert!(state.read_up_to(here(), 4).reads.is_empty());
}

#[test]
fn a_conversation_waits_until_all_of_it_is_marked_read() {
    let mut state = reading(2);
    assert!(state.waiting_conversations().is_empty());
    writes(&mut state, 3, 2);
    writes(&mut state, 4, 3);
    assert_eq!(state.waiting_conversations(), [here()]);
    assert_eq!(state.read_whole(here()).reads, [(make::conversation_topic(), 4)]);
    assert_eq!(unread(&state), (0, 0));
    assert!(state.waiting_conversations().is_empty());
    assert!(state.read_whole(here()).reads.is_empty(), "it is said once");
}

#[test]
fn what_the_server_says_of_an_earlier_read_does_not_bring_the_badge_back() {
    let mut state = reading(2);
    writes(&mut state, 3, 2);
    writes(&mut state, 4, 2);
    state.read_up_to(here(), 3);
    state.read_up_to(here(), 4);
    let moved = |seq, unread| EventKind::ReadMoved {
        topic: make::conversation_topic(),
        seq,
        unread: Some(Unread { unread, mentions: 0, as_of: 4 }),
    };
    let mine = Topic::User(make::person(1).id);
    state.apply(&make::event(mine, 1, moved(3, 1)));
    assert_eq!(unread(&state), (0, 0));
    state.apply(&make::event(mine, 2, moved(4, 0)));
    assert_eq!(unread(&state), (0, 0));
    // Marked unread on another device.
    state.apply(&make::event(mine, 3, moved(2, 2)));
    assert_eq!(unread(&state), (2, 0));
}

#[test]
fn what_is_written_after_the_servers_count_adds_to_it() {
    let mut state = reading(2);
    writes(&mut state, 3, 2);
    writes(&mut state, 4, 2);
    let unread_at = Unread { unread: 1, mentions: 0, as_of: 3 };
    let moved = EventKind::ReadMoved { topic: make::conversation_topic(), seq: 2, unread: Some(unread_at) };
    state.apply(&make::event(Topic::User(make::person(1).id), 1, moved));
    assert_eq!(unread(&state), (2, 0));
}

#[test]
fn a_count_that_is_ahead_of_the_events_is_not_added_to_by_them() {
    let mut state = reading(2);
    let unread_at = Unread { unread: 2, mentions: 0, as_of: 4 };
    let moved = EventKind::ReadMoved { topic: make::conversation_topic(), seq: 2, unread: Some(unread_at) };
    state.apply(&make::event(Topic::User(make::person(1).id), 1, moved));
    writes(&mut state, 3, 2);
    writes(&mut state, 4, 2);
    writes(&mut state, 5, 2);
    assert_eq!(unread(&state), (3, 0));
}

#[test]
fn a_mention_counts_and_so_does_everybody_and_everything_in_a_direct_conversation() {
    let mut state = reading(2);
    let mut message = make::message(3, &make::person(2), 0);
    message.mentioned = vec![make::person(1).id];
    say(&mut state, 3, EventKind::MessageCreated { message, replies: None });
    let mut message = make::message(4, &make::person(2), 0);
    message.broadcast = Some(Broadcast::Room);
    say(&mut state, 4, EventKind::MessageCreated { message, replies: None });
    assert_eq!(unread(&state), (2, 2));
    say(&mut state, 5, make::deleted(id(4), 4));
    assert_eq!(unread(&state), (1, 1), "a deleted one no longer counts");

    let mut direct = standing(0, 0, 0);
    direct.conversation.kind = ConversationKind::Direct;
    let mut state = State::new(make::me());
    state.load_conversations(make::workspace_id(), vec![direct]);
    writes(&mut state, 1, 2);
    assert_eq!(unread(&state), (1, 1));
}

#[test]
fn an_answer_in_a_thread_stands_there_and_is_not_unread_in_the_room() {
    let mut state = reading(2);
    let root = make::message(2, &make::person(2), 2);
    let replies = Timeline { messages: Vec::new(), before: None, after: None, ..page(3, 2, 2) };
    state.load_thread_of(&Window::Latest, ThreadPage { root, replies });
    let mut answer = make::message(3, &make::person(3), 0);
    (answer.thread, answer.in_room) = (Some(id(2)), false);
    let under = Replies { count: 1, last_at: Some(answer.at), people: vec![make::person(3)] };
    say(&mut state, 3, EventKind::MessageCreated { message: answer, replies: Some(under) });
    assert_eq!(state.timeline_rows(TimelineId::Thread(id(2))), [id(3)]);
    assert_eq!((orders(&state), unread(&state)), (vec![1, 2], (0, 0)));
    assert_eq!(state.message(id(2)).map(|root| root.replies.count), Some(1));
}

#[test]
fn one_s_own_answer_is_counted_once_all_the_way() {
    let mut state = reading(2);
    let root = make::message(2, &make::person(2), 2);
    let replies = Timeline { messages: Vec::new(), before: None, after: None, ..page(3, 2, 2) };
    state.load_thread_of(&Window::Latest, ThreadPage { root, replies });
    let count = |state: &State| state.message(id(2)).map(|root| root.replies.count);
    state.send_message(NewMessage { thread: Some(id(2)), ..new(3) }, NOW);
    assert_eq!((count(&state), state.timeline_rows(TimelineId::Thread(id(2)))), (Some(1), vec![id(3)]));
    let (entry, _) = state.next_to_send(NOW).expect("it waits");
    let mut answer = make::message(3, &make::person(1), 3);
    (answer.thread, answer.in_room) = (Some(id(2)), false);
    state.done(entry.id, Answer::Message(Box::new(answer.clone())));
    assert_eq!(count(&state), Some(1));
    let under = Some(Replies { count: 1, last_at: Some(answer.at), people: vec![make::person(1)] });
    say(&mut state, 3, EventKind::MessageCreated { message: answer, replies: under });
    assert_eq!(count(&state), Some(1));
    assert_eq!(state.timeline_rows(TimelineId::Thread(id(2))).len(), 1);
}

#[test]
fn a_deleted_message_with_answers_leaves_a_mark_until_the_last_answer_is_gone() {
    let mut state = reading(2);
    let root = Message {
        replies: Replies { count: 1, last_at: None, people: Vec::new() },
        ..make::message(2, &make::person(2), 2)
    };
    let replies = Timeline { messages: vec![], before: None, after: None, ..page(3, 2, 2) };
    state.load_thread_of(&Window::Latest, ThreadPage { root, replies });
    say(&mut state, 3, make::deleted(id(2), 2));
    assert_eq!(orders(&state), [1, 2]);
    assert_eq!(state.message(id(2)).map(|root| (root.deleted, root.body)), Some((true, String::new())));
    let gone = EventKind::MessageDeleted {
        id: id(9),
        order: 3,
        written_at: None,
        last_at: None,
        thread: Some(id(2)),
        replies: Some(Replies::default()),
    };
    say(&mut state, 4, gone);
    assert_eq!(orders(&state), [1]);
}

#[test]
fn a_conversation_was_last_written_in_when_its_newest_text_was_that_is_left() {
    let mut state = reading(2);
    let last_at = |state: &State| state.conversation(make::conversation().id).and_then(|one| one.last_at);
    let at = |n: i64| Some(Timestamp(1_000 + n));
    for seq in [3, 4] {
        let message = make::message(seq, &make::person(2), seq);
        say(&mut state, seq, EventKind::MessageCreated { message, replies: None });
    }
    let mut line = make::message(5, &make::person(2), 5);
    line.kind = MessageKind::System(SystemLine::Joined);
    say(&mut state, 5, EventKind::MessageCreated { message: line, replies: None });
    assert_eq!(last_at(&state), at(4), "nobody wrote that line");
    let gone = |n: u64, written: i64, last: i64| EventKind::MessageDeleted {
        id: id(n),
        order: n,
        written_at: at(written),
        last_at: at(last),
        thread: None,
        replies: None,
    };
    say(&mut state, 6, gone(3, 3, 4));
    assert_eq!(last_at(&state), at(4));
    say(&mut state, 7, gone(4, 4, 2));
    assert_eq!(last_at(&state), at(2));
    // What was written meanwhile is newer than what the deletion knew of.
    let message = make::message(8, &make::person(2), 8);
    say(&mut state, 8, EventKind::MessageCreated { message, replies: None });
    say(&mut state, 9, gone(2, 2, 1));
    assert_eq!(last_at(&state), at(8));
}

#[test]
fn a_deletion_can_be_undone_and_a_reaction_shows_at_once() {
    let mut state = reading(2);
    let (_, entry) = state.delete_message(id(2), NOW);
    assert_eq!(orders(&state), [1]);
    assert_eq!(state.toast_rows(NOW).len(), 1);
    state.discard(entry.expect("it was there"));
    assert_eq!(orders(&state), [1, 2]);
    state.add_reaction(
        Reaction { target: ReactionTarget::Message(id(2)), emoji: "👍".to_owned() },
        NOW + Duration::from_secs(1),
    );
    assert_eq!(state.message(id(2)).map(|row| row.mine), Some(vec!["👍".to_owned()]));
}

#[test]
fn a_conversation_opens_at_the_first_unread_message_and_the_line_stays_there() {
    let mut state = State::new(make::me());
    state.load_conversations(make::workspace_id(), vec![standing(10, 14, 24)]);
    state.visit(here(), Target::Unread);
    let opened = Timeline { first_unread: Some(11), ..page(1, 24, 24) };
    state.load_timeline(room(), &Window::Unread, opened);
    let line = state.unread_line(room()).expect("fourteen are unread");
    assert_eq!((line.order, line.count), (11, 14));
    assert_eq!(line.since, Some(Timestamp(1011)));
    writes(&mut state, 25, 2);
    state.at_bottom(here(), true);
    state.read_up_to(here(), 25);
    assert_eq!(state.unread_line(room()), Some(line));
    state.leave_visit(here());
    assert_eq!(state.visit(here(), Target::Unread).1, None, "it is known");
    assert_eq!(state.unread_line(room()), None, "everything was read when they came back");
}

#[test]
fn coming_back_to_a_room_that_was_seen_needs_no_server() {
    let mut state = reading(30);
    state.leave_visit(here());
    for seq in 31..=35 {
        writes(&mut state, seq, 2);
    }
    assert_eq!(state.visit(here(), Target::Unread).1, None);
    let line = state.unread_line(room()).expect("five came");
    assert_eq!((line.order, line.count), (31, 5));
    assert_eq!(orders(&state).last(), Some(&35));
}

#[test]
fn older_pages_come_above_and_the_page_never_holds_more_than_300_rows() {
    let mut state = reading(1_000);
    let mut first = 961;
    for _ in 0..20 {
        let changes = state.older(room());
        if let Some(Wanted::Timeline(_, window)) = changes.wanted.first() {
            assert_eq!(*window, Window::Before(PageKey(first.to_string())));
            assert!(state.older(room()).wanted.is_empty(), "it is on its way");
            state.load_timeline(room(), window, page(first - 40, first - 1, 1_000));
            // The page ends where the one before begins, and is not the newest.
            first -= 40;
        }
        let shown = orders(&state);
        assert!(shown.len() <= 300, "{}", shown.len());
        assert!(shown.windows(2).all(|pair| pair[0] + 1 == pair[1]), "no hole in it");
    }
    assert_eq!(orders(&state).first(), Some(&first));
    writes(&mut state, 1_001, 2);
    assert_ne!(orders(&state).last(), Some(&1_001), "what is written does not move who reads far above");
    assert_eq!(state.fresh_in(room()), 0, "the end was said to be on screen");
    state.to_latest(room());
    assert_eq!(orders(&state).last(), Some(&1_001));
}

#[test]
fn a_gap_closes_when_its_pages_meet() {
    let mut state = reading(1_000);
    let far = id(500);
    assert_eq!(state.to_message(room(), far).wanted, [Wanted::Timeline(room(), Window::Around(far))]);
    state.load_timeline(room(), &Window::Around(far), page(480, 520, 1_000));
    assert_eq!(orders(&state), (480..=520).collect::<Vec<u64>>());
    writes(&mut state, 1_001, 2);
    assert_eq!(orders(&state).last(), Some(&520));
    for first in (521..=961).step_by(40) {
        let changes = state.newer(room());
        let Some(Wanted::Timeline(_, window)) = changes.wanted.first() else { break };
        let last = (first + 39).min(1_000);
        state.load_timeline(room(), window, page(first, last, 1_001));
    }
    while state.messages.timeline(room()).is_some_and(|timeline| timeline.has_newer()) {
        let before = orders(&state);
        state.newer(room());
        assert_ne!(orders(&state), before);
    }
    let shown = orders(&state);
    assert_eq!(shown.last(), Some(&1_001));
    assert!(shown.windows(2).all(|pair| pair[0] + 1 == pair[1]));
}

#[test]
fn a_flood_at_the_bottom_keeps_the_page_small_and_the_newest_in_it() {
    let mut state = reading(10);
    for seq in 11..=900 {
        writes(&mut state, seq, 2);
    }
    let shown = orders(&state);
    assert_eq!(shown.last(), Some(&900));
    assert!(shown.len() <= 340);
    assert_eq!(state.fresh_in(room()), 0);
}

#[test]
fn what_comes_while_somebody_reads_above_waits_behind_the_pill() {
    let mut state = reading(10);
    state.at_bottom(here(), false);
    for seq in 11..=15 {
        writes(&mut state, seq, if seq == 12 { 1 } else { 2 });
    }
    assert_eq!(state.fresh_in(room()), 4, "one's own is not news");
    state.at_bottom(here(), true);
    assert_eq!(state.fresh_in(room()), 0);
}

#[test]
fn an_answer_that_is_newer_than_what_was_heard_is_not_asked_for_again() {
    let mut state = reading(2);
    writes(&mut state, 3, 2);
    writes(&mut state, 4, 2);
    let topic = make::conversation_topic();
    let moved =
        EventKind::ReadMoved { topic, seq: 3, unread: Some(Unread { unread: 0, mentions: 0, as_of: 3 }) };
    say(&mut state, 5, EventKind::MessageUpdated(make::message(4, &make::person(2), 4)));
    let changes = state.apply(&make::event(Topic::User(make::person(1).id), 1, moved));
    assert!(changes.wanted.contains(&Wanted::Conversation(here())), "an edit may have changed the numbers");
    let mut newer = standing(5, 0, 5);
    newer.read = 4;
    let changes = state.load_conversation(newer);
    assert!(!changes.wanted.contains(&Wanted::Conversation(here())), "its event may be long in coming");
}

#[test]
fn being_removed_takes_everything_away() {
    let mut state = reading(5);
    let mut group = standing(5, 0, 5);
    group.conversation.kind = ConversationKind::Group;
    state.load_conversation(group);
    let mine = Topic::User(make::person(1).id);
    let changes = state.apply(&make::event(mine, 1, EventKind::ConversationLeft { id: here() }));
    assert!(changes.lost.contains(&here()));
    assert_eq!(state.conversation(here()), None);
    assert!(state.timeline_rows(room()).is_empty());
    assert_eq!(state.message(id(5)), None);
    assert_eq!(state.position(make::conversation_topic()), None);
}

#[test]
fn a_room_that_one_leaves_can_still_be_read() {
    let mut state = reading(5);
    let mine = Topic::User(make::person(1).id);
    state.apply(&make::event(mine, 1, EventKind::ConversationLeft { id: here() }));
    assert_eq!(state.conversation(here()).map(|state| state.role), Some(None));
    assert_eq!(orders(&state).len(), 5);
    assert!(state.sidebar(make::workspace_id()).rooms.is_empty());
}

#[test]
fn the_sidebar_keeps_its_order_as_things_happen() {
    let named = |n: u64, name: &str, kind: ConversationKind| {
        let mut state = standing(0, 0, 0);
        state.conversation.id = ConversationId(make::id(9, n));
        state.conversation.kind = kind;
        state.conversation.name = name.to_owned();
        if kind == ConversationKind::Direct {
            state.conversation.name.clear();
            state.with = vec![make::person(n)];
        }
        state
    };
    let mut state = State::new(make::me());
    let all = vec![
        named(2, "winter", ConversationKind::Room),
        named(1, "autumn", ConversationKind::Room),
        named(3, "", ConversationKind::Direct),
        named(4, "", ConversationKind::Direct),
    ];
    state.load_conversations(make::workspace_id(), all);
    let ids = |ns: &[u64]| ns.iter().map(|n| ConversationId(make::id(9, *n))).collect::<Vec<_>>();
    let sidebar = state.sidebar(make::workspace_id());
    assert_eq!(sidebar.rooms, ids(&[1, 2]));
    let mut message = make::message(1, &make::person(4), 0);
    message.conversation = ConversationId(make::id(9, 4));
    message.at = Timestamp(9_000);
    let topic = Topic::Conversation(message.conversation);
    state.apply(&make::event(topic, 1, EventKind::MessageCreated { message, replies: None }));
    assert_eq!(state.sidebar(make::workspace_id()).direct, ids(&[4, 3]));
    let mine = Topic::User(make::person(1).id);
    let arranged = EventKind::ConversationArranged { id: ids(&[2])[0], level: Level::All, starred: true };
    state.apply(&make::event(mine, 1, arranged));
    let sidebar = state.sidebar(make::workspace_id());
    assert_eq!((sidebar.starred, sidebar.rooms), (ids(&[2]), ids(&[1])));
}

#[test]
fn a_reset_loads_the_conversation_again_where_the_reader_is() {
    let mut state = reading(20);
    let changes = state.reset(make::conversation_topic());
    assert!(changes.wanted.contains(&Wanted::Conversation(here())));
    assert!(changes.wanted.contains(&Wanted::Timeline(room(), Window::Latest)));
    state.load_conversation(standing(20, 3, 23));
    state.load_timeline(room(), &Window::Latest, page(11, 23, 23));
    assert_eq!(orders(&state), (11..=23).collect::<Vec<u64>>());
    assert_eq!(unread(&state), (3, 0));
}

#[test]
fn many_rooms_one_after_the_other_leave_little_behind() {
    let mut state = State::new(make::me());
    for n in 1..=200 {
        let mut known = standing(0, 0, 40);
        known.conversation.id = ConversationId(make::id(9, n));
        let (id, topic) = (known.conversation.id, Topic::Conversation(known.conversation.id));
        state.load_conversation(known);
        state.visit(id, Target::Unread);
        let mut opened = page(1, 40, 40);
        opened.as_of.topic = topic;
        for (index, message) in opened.messages.iter_mut().enumerate() {
            message.conversation = id;
            message.id = MessageId(make::id(100 + n, index as u64));
        }
        state.load_timeline(TimelineId::Conversation(id), &Window::Unread, opened);
    }
    assert!(state.messages.rows.len() <= 17 * 40, "{}", state.messages.rows.len());
}
