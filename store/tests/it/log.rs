//! The log: numbered without gaps, in the order of commits, whatever fails meanwhile.

use crate::harness::{START, TestStore, on_both, on_postgres};
use futures::future::join_all;
use proptest::prelude::*;
use protocol::draft::{Draft, DraftPlace};
use protocol::{Event, EventKind, Timestamp, Topic, UserId, WorkspaceId};
use sqlx::{Connection, PgConnection, Row};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::testing::{Ending, Recheck};
use store::{LogEvent, Store};

const ALL: usize = usize::MAX;

pub(crate) fn topic() -> Topic {
    Topic::User(UserId::new(START))
}

/// An event that says which one it is.
pub(crate) fn marked(mark: u64) -> EventKind {
    EventKind::ReadMoved { topic: Topic::User(UserId(uuid::Uuid::nil())), seq: mark, unread: None }
}

pub(crate) async fn append(store: &Store, topic: Topic, mark: u64) -> store::Result<Vec<Arc<LogEvent>>> {
    store.test_append(topic, None, vec![(marked(mark), Recheck::No)], Ending::Success).await
}

fn event(line: &LogEvent) -> Event {
    let frame = serde_json::from_str(&line.frame).expect("a frame");
    let protocol::frame::ServerFrame::Event(event) = frame else { panic!("not an event: {}", line.frame) };
    assert_eq!((event.topic, event.seq, event.kind.name()), (line.topic, line.seq, &*line.kind));
    event
}

fn seqs(events: &[Arc<LogEvent>]) -> Vec<u64> {
    events.iter().map(|event| event.seq).collect()
}

/// A reader that follows a topic as a subscriber does: it only ever asks for what comes after.
async fn follow(store: &Store, topic: Topic, seen: &mut Vec<Arc<LogEvent>>) {
    let after = seen.last().map_or(0, |event| event.seq);
    seen.extend(store.read_after(topic, after, 7, ALL).await.expect("the log can be read"));
}

/// One writer's plan: which topic, how many events, how it ends.
type Command = (usize, usize, Ending);

fn plan() -> impl Strategy<Value = Vec<Vec<Command>>> {
    let ending = prop_oneof![
        6 => Just(Ending::Success), 1 => Just(Ending::Refusal), 1 => Just(Ending::Mistake), 1 => Just(Ending::Panic)
    ];
    let command = (0..3_usize, 0..4_usize, ending);
    prop::collection::vec(prop::collection::vec(command, 1..8), 8)
}

/// Eight writers, some commands and some commits fail, one reader per topic follows meanwhile.
async fn write_and_follow(mut test: TestStore, plan: Vec<Vec<Command>>, commits_fail: bool) {
    let topics = [topic(), topic(), topic()];
    for topic in topics {
        test.test_topic(topic).await.unwrap();
    }
    let writers = plan.into_iter().enumerate().map(|(writer, commands)| {
        let store = test.store.clone();
        async move {
            let mut answered = Vec::new();
            for (number, (topic, events, ending)) in commands.into_iter().enumerate() {
                if commits_fail && number % 3 == 1 {
                    store.faults().fail_commits(1);
                }
                let first = (writer * 1000 + number * 10) as u64;
                let kinds = (0..events).map(|n| (marked(first + n as u64), Recheck::No)).collect();
                match store.test_append(topics[topic], None, kinds, ending).await {
                    Ok(events) => answered.extend(events),
                    Err(_) => assert!(commits_fail || ending != Ending::Success),
                }
            }
            answered
        }
    });
    let (done, mut is_done) = tokio::sync::oneshot::channel();
    let writing = async {
        let answered = join_all(writers).await;
        done.send(()).expect("the reader waits");
        answered
    };
    let reading = async {
        let mut seen = [Vec::new(), Vec::new(), Vec::new()];
        while is_done.try_recv().is_err() {
            for (topic, seen) in topics.into_iter().zip(&mut seen) {
                follow(&test.store, topic, seen).await;
            }
        }
        seen
    };
    let (answered, mut seen) = tokio::join!(writing, reading);
    for (topic, seen) in topics.into_iter().zip(&mut seen) {
        let head = test.heads(&[topic]).await.unwrap()[0].head;
        while seen.last().map_or(0, |event| event.seq) < head {
            follow(&test.store, topic, seen).await;
        }
        assert_eq!(seqs(seen), (1..=head).collect::<Vec<_>>(), "a reader sees every number once, in order");
        let whole = test.read_after(topic, 0, ALL, ALL).await.unwrap();
        assert_eq!(whole, *seen, "what a reader saw is what the log holds");
        let mut of_answers: Vec<_> =
            answered.iter().flatten().filter(|e| e.topic == topic).cloned().collect();
        of_answers.sort_by_key(|event| event.seq);
        assert_eq!(of_answers, whole, "the log holds what was answered, and nothing of what failed");
    }
    // One more answer, so that everything before it was handed on. A failure that was ordered for a command
    // that refused before its commit still waits, and is not for this one.
    test.faults().fail_commits(0);
    append(&test, topics[0], 0).await.unwrap();
    let mut handed_on: BTreeMap<Topic, Vec<Arc<LogEvent>>> = BTreeMap::new();
    for commit in test.committed() {
        handed_on.entry(commit.topic).or_default().extend(commit.events);
    }
    for (topic, seen) in topics.into_iter().zip(seen) {
        let handed_on = handed_on.remove(&topic).unwrap_or_default();
        assert_eq!(handed_on[..seen.len()], seen, "the channel carries the log in its order");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn numbers_have_no_gap_and_follow_the_commits_whatever_fails(plan in plan(), commits_fail: bool) {
        on_both(|test| write_and_follow(test, plan.clone(), commits_fail));
    }
}

#[test]
fn two_nodes_number_one_topic_without_a_gap() {
    on_postgres(|test| async move {
        let (other, _others_commits) = test.open_again().await;
        let topics = [topic(), topic()];
        for topic in topics {
            test.test_topic(topic).await.unwrap();
        }
        // Both topics in each command, in both orders: the nodes must not wait for each other for ever.
        let write = |store: Store, first: Topic, second: Topic| async move {
            for mark in 0..40 {
                tokio::try_join!(append(&store, first, mark), append(&store, second, mark)).unwrap();
            }
        };
        let reading = async {
            let mut seen = Vec::new();
            while seen.len() < 80 {
                follow(&test.store, topics[0], &mut seen).await;
            }
            seen
        };
        let here = write(test.store.clone(), topics[0], topics[1]);
        let there = write(other, topics[1], topics[0]);
        let ((), (), seen) = tokio::join!(here, there, reading);
        assert_eq!(seqs(&seen), (1..=80).collect::<Vec<_>>());
    });
}

/// What a reader who asks for numbers above the last one misses of what is committed in the end.
async fn missed(database: &mut PgConnection, table: &str, seen: &[i64]) -> Vec<i64> {
    let all = sqlx::AssertSqlSafe(format!("SELECT n FROM {table} ORDER BY n"));
    let all = sqlx::query(all).fetch_all(database).await.unwrap();
    all.iter().map(|row| row.get::<i64, _>(0)).filter(|n| !seen.contains(n)).collect()
}

async fn read_above(database: &mut PgConnection, table: &str, seen: &mut Vec<i64>) {
    let last = seen.last().copied().unwrap_or(0);
    let next = sqlx::AssertSqlSafe(format!("SELECT n FROM {table} WHERE n > {last} ORDER BY n"));
    let next = sqlx::query(next).fetch_all(database).await.unwrap();
    seen.extend(next.iter().map(|row| row.get::<i64, _>(0)));
}

/// The control: the way that we do not take must fail this check, or the check is worth nothing.
/// (SQLite has one writer at a time, so that it cannot show the difference.)
#[test]
fn a_column_that_counts_by_itself_loses_events_and_a_rollback_leaves_a_gap() {
    on_postgres(|test| async move {
        let connect = || PgConnection::connect(&test.settings.url);
        let (mut reader, mut slow, mut fast) =
            (connect().await.unwrap(), connect().await.unwrap(), connect().await.unwrap());
        let create = "CREATE TABLE naive (n BIGSERIAL PRIMARY KEY)";
        sqlx::query(create).execute(&mut reader).await.unwrap();
        let insert = "INSERT INTO naive DEFAULT VALUES";
        let mut seen = Vec::new();

        let mut first = slow.begin().await.unwrap();
        sqlx::query(insert).execute(&mut *first).await.unwrap();
        sqlx::query(insert).execute(&mut fast).await.unwrap();
        read_above(&mut reader, "naive", &mut seen).await;
        first.commit().await.unwrap();
        read_above(&mut reader, "naive", &mut seen).await;
        assert_eq!(
            missed(&mut reader, "naive", &seen).await,
            [1],
            "the reader went past 1 before it was there"
        );

        let mut undone = slow.begin().await.unwrap();
        sqlx::query(insert).execute(&mut *undone).await.unwrap();
        undone.rollback().await.unwrap();
        sqlx::query(insert).execute(&mut fast).await.unwrap();
        read_above(&mut reader, "naive", &mut seen).await;
        assert_eq!(seen, [2, 4], "3 will never come");
    });
}

/// The same two interleavings, our way: the second writer waits for the first, and nothing is missed.
#[test]
fn the_topics_row_makes_the_second_writer_wait_for_the_first() {
    on_postgres(|test| async move {
        let topic = topic();
        test.test_topic(topic).await.unwrap();
        let mut slow = PgConnection::connect(&test.settings.url).await.unwrap();
        let mut first = slow.begin().await.unwrap();
        let rise = "UPDATE topics SET head_seq = head_seq + 1 WHERE id = $1";
        sqlx::query(rise).bind(topic.to_string()).execute(&mut *first).await.unwrap();
        let store = test.store.clone();
        let mut second = tokio::spawn(async move { append(&store, topic, 1).await });
        let waited = tokio::time::timeout(Duration::from_millis(300), &mut second).await;
        assert!(waited.is_err(), "nobody gets a number while one before it is open");
        first.rollback().await.unwrap();
        let events = second.await.unwrap().unwrap();
        assert_eq!(seqs(&events), [1], "the rollback gave its number back");
    });
}

#[test]
fn reading_is_bounded_by_events_and_by_bytes_but_always_moves_on() {
    on_both(|test| async move {
        let topic = topic();
        test.test_topic(topic).await.unwrap();
        for mark in 1..=9 {
            append(&test, topic, mark).await.unwrap();
        }
        let read = |after, events, bytes| test.read_after(topic, after, events, bytes);
        assert_eq!(seqs(&read(0, 4, ALL).await.unwrap()), [1, 2, 3, 4]);
        assert_eq!(seqs(&read(7, 4, ALL).await.unwrap()), [8, 9]);
        assert_eq!(seqs(&read(9, 4, ALL).await.unwrap()), [0; 0]);
        let one = read(0, 1, ALL).await.unwrap()[0].frame.len();
        assert_eq!(seqs(&read(0, 9, 3 * one).await.unwrap()), [1, 2, 3]);
        assert_eq!(seqs(&read(0, 9, 3 * one - 1).await.unwrap()), [1, 2]);
        assert_eq!(seqs(&read(0, 9, 1).await.unwrap()), [1], "one at least, or a reader would stand still");
    });
}

#[test]
fn heads_are_those_of_the_topics_that_exist() {
    on_both(|test| async move {
        let (here, empty, nowhere) = (topic(), topic(), topic());
        test.test_topic(here).await.unwrap();
        test.test_topic(empty).await.unwrap();
        append(&test, here, 1).await.unwrap();
        let mut heads = test.heads(&[here, empty, nowhere]).await.unwrap();
        heads.sort_by_key(|head| std::cmp::Reverse(head.head));
        assert_eq!(
            heads.iter().map(|head| (head.topic, head.head)).collect::<Vec<_>>(),
            [(here, 1), (empty, 0)]
        );
        assert_ne!(heads[0].epoch, heads[1].epoch);
        assert_eq!(test.heads(&[]).await.unwrap(), []);
    });
}

#[test]
fn an_event_that_raises_the_permission_epoch_carries_the_new_one() {
    on_both(|mut test| async move {
        let topic = topic();
        test.test_topic(topic).await.unwrap();
        let kinds =
            [Recheck::No, Recheck::Yes, Recheck::No, Recheck::Yes].map(|recheck| (marked(0), recheck));
        let events = test.test_append(topic, None, kinds.to_vec(), Ending::Success).await.unwrap();
        assert_eq!(events.iter().map(|event| event.permission_epoch).collect::<Vec<_>>(), [0, 1, 1, 2]);
        assert_eq!(test.next_commit().await.permission_epoch, 2);
        assert_eq!(test.heads(&[topic]).await.unwrap()[0].permission_epoch, 2);
        assert_eq!(test.read_after(topic, 0, ALL, ALL).await.unwrap(), events);
    });
}

#[test]
fn old_events_go_but_the_newest_stay_and_the_floor_tells() {
    on_both(|test| async move {
        let (busy, quiet) = (topic(), topic());
        for topic in [busy, quiet] {
            test.test_topic(topic).await.unwrap();
        }
        for mark in 1..=10 {
            append(&test, busy, mark).await.unwrap();
        }
        append(&test, quiet, 1).await.unwrap();
        test.clock.advance(Duration::from_secs(100));
        let old = START + Duration::from_secs(50);
        append(&test, busy, 11).await.unwrap();

        assert_eq!(test.prune_log(old, 4).await.unwrap(), 7, "1 to 7 are old and not among the newest four");
        let floors: BTreeMap<_, _> =
            test.heads(&[busy, quiet]).await.unwrap().iter().map(|h| (h.topic, h.floor)).collect();
        assert_eq!(floors, BTreeMap::from([(busy, 7), (quiet, 0)]));
        assert_eq!(seqs(&test.read_after(busy, 7, ALL, ALL).await.unwrap()), [8, 9, 10, 11]);
        assert_eq!(
            seqs(&test.read_after(busy, 6, ALL, ALL).await.unwrap()),
            [0; 0],
            "7 is gone: no reading past it"
        );
        assert_eq!(test.prune_log(old, 4).await.unwrap(), 0);
        assert_eq!(
            test.prune_log(old, 0).await.unwrap(),
            4,
            "now 8 to 10 and the quiet one, but 11 is young"
        );
        let next = append(&test, busy, 12).await.unwrap();
        assert_eq!(seqs(&next), [12], "numbers go on");
    });
}

#[test]
fn a_prune_that_stopped_between_floor_and_rows_is_finished_by_the_next() {
    on_both(|test| async move {
        let topic = topic();
        test.test_topic(topic).await.unwrap();
        for mark in 1..=5 {
            append(&test, topic, mark).await.unwrap();
        }
        // The floor rises in the first commit; the second one, with the rows, does not succeed.
        test.faults().fail_commits_after(1, 1);
        let later = START + Duration::from_secs(1);
        assert!(test.prune_log(later, 2).await.is_err());
        assert_eq!(test.heads(&[topic]).await.unwrap()[0].floor, 3, "the floor rose before rows went");
        assert_eq!(test.read_after(topic, 0, ALL, ALL).await.unwrap().len(), 5);
        assert_eq!(test.prune_log(later, 2).await.unwrap(), 3);
        assert_eq!(seqs(&test.read_after(topic, 3, ALL, ALL).await.unwrap()), [4, 5]);
    });
}

#[test]
fn a_redacted_entity_leaves_no_text_in_the_log_and_nothing_else_changes() {
    on_both(|test| async move {
        let topic = topic();
        test.test_topic(topic).await.unwrap();
        let place = DraftPlace::Post(WorkspaceId::new(START));
        let draft = |words: &str| {
            let (title, body) = (format!("title {words}"), format!("body {words}"));
            EventKind::DraftUpdated(Draft { place, title, body, at: Timestamp(7) })
        };
        let (secret, open) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
        let write = |entity, words| {
            test.test_append(topic, Some(entity), vec![(draft(words), Recheck::No)], Ending::Success)
        };
        write(secret, "one").await.unwrap();
        write(open, "two").await.unwrap();
        // In one group: an event, its redaction, and one that comes after.
        let hold = test.test_hold().await;
        let group =
            async { tokio::join!(write(secret, "three"), test.test_redact(secret), write(secret, "four")) };
        let release = async {
            while test.test_waiting() < 3 {
                tokio::task::yield_now().await;
            }
            hold.send(()).expect("the writer waits");
        };
        let (group, ()) = tokio::join!(group, release);
        group.0.unwrap();
        group.1.unwrap();
        group.2.unwrap();

        let log = test.read_after(topic, 0, ALL, ALL).await.unwrap();
        let kinds: Vec<_> = log.iter().map(|line| event(line).kind).collect();
        let empty = EventKind::DraftUpdated(Draft {
            place,
            title: String::new(),
            body: String::new(),
            at: Timestamp(7),
        });
        assert_eq!(kinds, [empty.clone(), draft("two"), empty, draft("four")]);
    });
}
