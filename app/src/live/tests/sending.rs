//! What somebody does reaches the server in order and once, whatever the network does.

use super::make;
use crate::live::outbox::{EntryState, Outbox, UNDO_FOR};
use crate::live::{Answer, Delivery, Entry, EntryId, Keep, OutboxCommand, State};
use proptest::prelude::*;
use protocol::comment::NewComment;
use protocol::page::Page;
use protocol::post::{Feed, NewPost, Post, PostPage};
use protocol::reaction::{Reaction, ReactionTarget};
use protocol::{Code, Error, EventKind, PostId, Timestamp};
use std::collections::BTreeSet;
use std::time::Duration;

const NOW: Timestamp = Timestamp(1_000_000);

fn new_post(n: u64) -> NewPost {
    NewPost {
        id: make::post_id(n),
        workspace: make::workspace_id(),
        title: format!("Post {n}"),
        body: String::new(),
    }
}

fn new_comment(n: u64, post: PostId) -> NewComment {
    NewComment { id: make::comment_id(n), post, parent: None, body: format!("Comment {n}") }
}

fn thumb(post: PostId) -> Reaction {
    Reaction { target: ReactionTarget::Post(post), emoji: "👍".to_owned() }
}

/// A page with one post by Ben and its comments.
fn page() -> State {
    let ben = make::person(2);
    let as_of = make::as_of(make::workspace_topic(), 1);
    let post = make::post(1, &ben, 1);
    let mut state = State::new(make::me());
    state.load_feed(Feed { pinned: Vec::new(), posts: vec![post.clone()], next: None, as_of });
    state.load_thread(PostPage { post, as_of }, Page { items: Vec::new(), next: None, as_of: Some(as_of) });
    state
}

fn send(state: &mut State) -> Entry {
    state.next_to_send(NOW).expect("something waits").0
}

fn later(ms: u64) -> Timestamp {
    NOW + Duration::from_millis(ms)
}

#[test]
fn a_post_stands_at_once_and_keeps_its_row_when_it_is_sent() {
    let mut state = page();
    let (workspace, id) = (make::workspace_id(), make::post_id(2));
    let changes = state.create_post(new_post(2), NOW);
    assert!(matches!(changes.keep[..], [Keep::Put(_)]));
    let rows = [id, make::post_id(1)];
    assert_eq!(state.feed_rows(workspace), rows);
    let entry = send(&mut state);
    assert_eq!(state.post_delivery(id), Delivery::Sending { since: NOW });
    let post = make::post(2, &make::person(1), 2);
    let changes = state.done(entry.id, Answer::Post(Box::new(post.clone())));
    assert_eq!(changes.keep, [Keep::Remove(entry.id)]);
    assert_eq!((state.feed_rows(workspace), state.post_delivery(id)), (rows.to_vec(), Delivery::Done));
    state.apply(&make::event(make::workspace_topic(), 2, EventKind::PostCreated(Post { order: 0, ..post })));
    assert_eq!(state.feed_rows(workspace), rows);
}

#[test]
fn an_event_that_overtakes_the_answer_makes_no_second_row() {
    let mut state = page();
    state.create_post(new_post(2), NOW);
    let entry = send(&mut state);
    let post = make::post(2, &make::person(1), 2);
    let created = EventKind::PostCreated(Post { order: 0, ..post.clone() });
    state.apply(&make::event(make::workspace_topic(), 2, created));
    assert_eq!(state.feed_rows(make::workspace_id()).len(), 2);
    state.done(entry.id, Answer::Post(Box::new(post)));
    assert_eq!(state.feed_rows(make::workspace_id()).len(), 2);
    assert!(state.outbox_rows().is_empty());
}

#[test]
fn a_comment_is_counted_once_all_the_way() {
    let mut state = page();
    let post = make::post_id(1);
    let comments = |state: &State| state.post(post).unwrap().comments;
    state.create_comment(new_comment(1, post), NOW);
    assert_eq!((comments(&state), state.comment_rows(post).0), (1, vec![make::comment_id(1)]));
    let entry = send(&mut state);
    let comment = make::comment(1, post, &make::person(1), 2);
    state.done(entry.id, Answer::Comment(Box::new(comment.clone())));
    assert_eq!((comments(&state), state.comment_rows(post).0.len()), (1, 1));
    let created = EventKind::CommentCreated { comment, comments: 1 };
    state.apply(&make::event(make::workspace_topic(), 2, created));
    assert_eq!((comments(&state), state.comment_rows(post).0.len()), (1, 1));
}

#[test]
fn a_reaction_shows_at_once_and_does_not_flicker() {
    let mut state = page();
    let post = make::post_id(1);
    let count = |state: &State| state.post(post).unwrap().reactions.first().map_or(0, |count| count.count);
    state.add_reaction(thumb(post), NOW);
    state.add_reaction(thumb(post), NOW);
    assert_eq!((count(&state), state.outbox_rows().len()), (1, 1), "twice is once");
    let entry = send(&mut state);
    state.done(entry.id, Answer::Done);
    assert_eq!((count(&state), state.post(post).unwrap().mine), (1, vec!["👍".to_owned()]));
    state.remove_reaction(thumb(post), NOW);
    assert_eq!(count(&state), 0);
}

#[test]
fn a_reaction_that_was_not_sent_is_replaced_by_its_opposite() {
    let mut state = page();
    state.add_reaction(thumb(make::post_id(1)), NOW);
    let changes = state.remove_reaction(thumb(make::post_id(1)), NOW);
    assert!(matches!(changes.keep[..], [Keep::Remove(_), Keep::Put(_)]));
    assert!(matches!(state.outbox_rows()[0].command, OutboxCommand::RemoveReaction(_)));
}

#[test]
fn a_deletion_is_gone_at_once_and_sent_only_when_it_cannot_be_undone() {
    let mut state = page();
    let id = make::post_id(1);
    let (_, entry) = state.delete_post(id, NOW);
    assert!(state.feed_rows(make::workspace_id()).is_empty());
    assert!(state.next_to_send(NOW).is_none());
    state.create_post(new_post(2), NOW);
    assert!(matches!(send(&mut state).command, OutboxCommand::CreatePost(_)), "it holds up nothing");
    state.discard(entry.expect("it was there"));
    assert_eq!(state.feed_rows(make::workspace_id()).len(), 2);
    let (_, entry) = state.delete_post(id, NOW);
    let first = state.outbox_rows()[0].id;
    state.done(first, Answer::Post(Box::new(make::post(2, &make::person(1), 2))));
    let due = state.next_to_send(NOW + UNDO_FOR).expect("its time is over").0;
    assert_eq!(Some(due.id), entry);
}

#[test]
fn deleting_what_was_never_sent_sends_nothing() {
    let mut state = page();
    state.create_post(new_post(2), NOW);
    state.create_comment(new_comment(1, make::post_id(2)), NOW);
    state.delete_post(make::post_id(2), NOW);
    assert!(state.outbox_rows().is_empty());
    assert_eq!(state.feed_rows(make::workspace_id()), [make::post_id(1)]);
}

#[test]
fn what_is_refused_is_set_aside_and_holds_up_only_what_needs_it() {
    let mut state = page();
    state.create_post(new_post(2), NOW);
    state.create_comment(new_comment(1, make::post_id(2)), NOW);
    state.create_comment(new_comment(2, make::post_id(1)), NOW);
    let entry = send(&mut state);
    state.refused(entry.id, &Error::invalid("title", "Too long."), NOW);
    let failed = Delivery::Failed { entry: entry.id, message: "Too long.".to_owned() };
    assert_eq!(state.post_delivery(make::post_id(2)), failed);
    assert_eq!(state.text_of(entry.id), "Post 2");
    let next = send(&mut state);
    assert!(matches!(next.command, OutboxCommand::CreateComment(new) if new.id == make::comment_id(2)));
    state.done(next.id, Answer::Comment(Box::new(make::comment(2, make::post_id(1), &make::person(1), 2))));
    assert!(state.next_to_send(NOW).is_none(), "the first comment needs its post");
    state.retry(entry.id);
    assert_eq!(send(&mut state).id, entry.id);
}

#[test]
fn signing_out_holds_everything_until_the_same_person_is_back() {
    let mut state = page();
    state.create_post(new_post(2), NOW);
    let entry = send(&mut state);
    assert!(state.refused(entry.id, &Error::unauthenticated(), NOW).signed_out);
    assert!(state.next_to_send(later(60_000)).is_none());
    let mut other = make::me();
    other.person = make::person(3);
    state.load_me(other);
    assert!(state.next_to_send(later(60_000)).is_none(), "nobody sends in another's name");
    state.load_me(make::me());
    assert_eq!(send(&mut state).id, entry.id);
}

#[test]
fn a_deletion_of_what_is_gone_already_is_done() {
    let mut state = page();
    let (_, entry) = state.delete_post(make::post_id(1), NOW);
    state.next_to_send(NOW + UNDO_FOR);
    state.refused(entry.expect("it was there"), &Error::not_found("This post"), NOW);
    assert!(state.outbox_rows().is_empty());
    assert!(state.post(make::post_id(1)).is_none());
}

#[test]
fn a_command_that_breaks_the_server_does_not_hold_up_the_rest_for_ever() {
    let mut outbox = Outbox::default();
    let me = make::person(1).id;
    outbox.add(me, OutboxCommand::CreatePost(new_post(1)), NOW);
    let mut now = NOW;
    for _ in 0..crate::live::outbox::INTERNAL_ERRORS_MAX {
        now = now + Duration::from_secs(60);
        let entry = outbox.next(me, now).expect("it is tried again");
        outbox.refused(entry.id, &Error::internal(), now);
    }
    assert!(matches!(outbox.entries()[0].state, EntryState::Failed { .. }));
}

#[test]
fn a_tab_that_takes_over_sends_what_the_closed_one_had_on_its_way() {
    let mut closed = page();
    closed.create_post(new_post(2), NOW);
    let sending = send(&mut closed);
    let stored: Entry = serde_json::from_str(&serde_json::to_string(&sending).unwrap()).unwrap();
    let mut other = page();
    other.sync_outbox(vec![stored]);
    assert_eq!(other.feed_rows(make::workspace_id()).len(), 2, "the other tab shows it");
    assert_eq!(send(&mut other).id, sending.id);
}

#[test]
fn what_the_storage_has_not_got_yet_is_not_lost_by_reading_it() {
    let mut state = page();
    state.create_post(new_post(2), NOW);
    state.sync_outbox(Vec::new());
    assert_eq!(state.outbox_rows().len(), 1);
    state.stored(state.outbox_rows()[0].id);
    state.sync_outbox(Vec::new());
    assert!(state.outbox_rows().is_empty(), "another tab has sent it");
}

/// What the network does to one request.
#[derive(Clone, Copy, Debug)]
enum Weather {
    Fine,
    /// It never arrived.
    Lost,
    /// It was done, and the answer got lost.
    AnswerLost,
    /// The tab was closed before the answer; the next one reads the storage.
    Crash,
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_command_is_done_once_and_in_order(
        count in 1..12_u64,
        weather in prop::collection::vec(
            prop_oneof![
                3 => Just(Weather::Fine),
                1 => Just(Weather::Lost),
                1 => Just(Weather::AnswerLost),
                1 => Just(Weather::Crash),
            ],
            0..60,
        ),
    ) {
        let me = make::person(1).id;
        let mut outbox = Outbox::default();
        for n in 1..=count {
            outbox.add(me, OutboxCommand::CreatePost(new_post(n)), NOW);
        }
        let mut server: Vec<PostId> = Vec::new();
        let mut known: BTreeSet<PostId> = BTreeSet::new();
        let mut now = NOW;
        let away = Error { retry_after_ms: Some(1_000), ..Error::new(Code::Unavailable, "Away.") };
        for weather in weather.into_iter().chain(std::iter::repeat_n(Weather::Fine, 20)) {
            let Some(entry) = outbox.next(me, now) else {
                now = now + Duration::from_secs(60);
                continue;
            };
            prop_assert!(outbox.next(me, now).is_none(), "one at a time");
            let OutboxCommand::CreatePost(new) = &entry.command else { unreachable!("only posts were added") };
            // The server: the same id again is the same post.
            if !matches!(weather, Weather::Lost) && known.insert(new.id) {
                server.push(new.id);
            }
            match weather {
                Weather::Fine => {
                    outbox.done(entry.id);
                }
                Weather::Lost | Weather::AnswerLost => {
                    outbox.refused(entry.id, &away, now);
                    prop_assert!(outbox.next(me, now).is_none(), "it waits before it tries again");
                }
                Weather::Crash => {
                    let stored: Vec<Entry> = outbox.entries().iter().cloned().map(|entry| {
                        serde_json::from_value(serde_json::to_value(entry).unwrap()).unwrap()
                    }).collect();
                    outbox = Outbox::default();
                    outbox.sync(stored);
                }
            }
        }
        while let Some(entry) = outbox.next(me, now + Duration::from_secs(3_600)) {
            let OutboxCommand::CreatePost(new) = &entry.command else { unreachable!("only posts were added") };
            if known.insert(new.id) {
                server.push(new.id);
            }
            outbox.done(entry.id);
        }
        prop_assert_eq!(server, (1..=count).map(make::post_id).collect::<Vec<_>>());
        prop_assert!(outbox.entries().is_empty());
    }
}

#[test]
fn ids_of_entries_read_back() {
    let id = EntryId::new(NOW);
    assert_eq!(id.to_string().parse(), Ok(id));
}
