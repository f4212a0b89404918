//! The writer: one transaction for many commands, and each of them as if it were alone.

use crate::community::Community;
use crate::harness::{START, TestStore, on_both, on_postgres};
use crate::log::{append, marked, topic};
use protocol::post::NewPost;
use protocol::{PostId, Topic};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;
use store::testing::{Ending, Recheck};
use store::{Caller, Settings, Store};

/// Lets these commands run in one group: the writer is held until all of them wait.
async fn in_one_group(test: &TestStore, topic: Topic, endings: &[Ending]) -> Vec<store::Result<u64>> {
    let hold = test.test_hold().await;
    let mut answers = Vec::new();
    for (mark, ending) in endings.iter().copied().enumerate() {
        let store = test.store.clone();
        let before = store.test_waiting();
        answers.push(tokio::spawn(async move {
            let kinds = vec![(marked(mark as u64), Recheck::No)];
            store.test_append(topic, None, kinds, ending).await.map(|events| events[0].seq)
        }));
        while test.test_waiting() == before {
            tokio::task::yield_now().await;
        }
    }
    hold.send(()).expect("the writer waits");
    let mut results = Vec::new();
    for answer in answers {
        results.push(answer.await.expect("the caller lives"));
    }
    results
}

async fn log_of(store: &Store, topic: Topic) -> Vec<u64> {
    let events = store.read_after(topic, 0, usize::MAX, usize::MAX).await.unwrap();
    events.iter().map(|event| event.seq).collect()
}

#[test]
fn commands_that_wait_together_share_one_commit() {
    on_both(|test| async move {
        let topic = topic();
        test.test_topic(topic).await.unwrap();
        let before = test.faults().commits();
        let results = in_one_group(&test, topic, &[Ending::Success; 20]).await;
        let seqs: Vec<u64> = results.into_iter().map(|result| result.unwrap()).collect();
        assert_eq!(seqs, (1..=20).collect::<Vec<_>>());
        assert_eq!(test.faults().commits() - before, 2, "one for the command that held, one for all twenty");
    });
}

#[test]
fn a_command_that_fails_is_taken_back_alone() {
    on_both(|test| async move {
        let topic = topic();
        test.test_topic(topic).await.unwrap();
        for bad in [Ending::Refusal, Ending::Mistake, Ending::Panic] {
            let before = log_of(&test, topic).await.len() as u64;
            let endings = [Ending::Success, bad, Ending::Success, bad, Ending::Success];
            let commits = test.faults().commits();
            let results = in_one_group(&test, topic, &endings).await;
            let seqs: Vec<Option<u64>> = results.into_iter().map(Result::ok).collect();
            assert_eq!(seqs, [Some(before + 1), None, Some(before + 2), None, Some(before + 3)], "{bad:?}");
            assert_eq!(test.faults().commits() - commits, 2, "still one commit for the group: {bad:?}");
            assert_eq!(log_of(&test, topic).await, (1..=before + 3).collect::<Vec<_>>());
        }
    });
}

#[test]
fn a_group_whose_commit_fails_runs_again_one_by_one() {
    on_both(|mut test| async move {
        let topic = topic();
        test.test_topic(topic).await.unwrap();
        // The holding command's commit passes, the group's and one of the single ones fail.
        test.faults().fail_commits_after(1, 2);
        let results = in_one_group(&test, topic, &[Ending::Success; 4]).await;
        let seqs: Vec<Option<u64>> = results.into_iter().map(Result::ok).collect();
        assert_eq!(seqs, [None, Some(1), Some(2), Some(3)]);
        assert_eq!(log_of(&test, topic).await, [1, 2, 3]);
        append(&test, topic, 9).await.unwrap();
        let handed_on: Vec<u64> =
            test.committed().iter().flat_map(|commit| &commit.events).map(|event| event.seq).collect();
        assert_eq!(handed_on[..3], [1, 2, 3]);
    });
}

#[test]
fn nobody_hears_of_a_commit_that_failed() {
    on_both(|mut test| async move {
        let topic = topic();
        test.test_topic(topic).await.unwrap();
        test.faults().fail_commits(1);
        let error = append(&test, topic, 1).await.unwrap_err();
        assert_eq!(protocol::Error::from(error).status(), 503);
        append(&test, topic, 2).await.unwrap();
        let commit = test.next_commit().await;
        assert_eq!(commit.events.len(), 1);
        assert_eq!(commit.events[0].seq, 1, "the number was given back");
        assert_eq!(log_of(&test, topic).await, [1]);
    });
}

#[test]
fn what_is_answered_can_be_read_from_another_connection() {
    on_both(|test| async move {
        let topic = topic();
        test.test_topic(topic).await.unwrap();
        let (elsewhere, _commits) = test.open_again().await;
        for mark in 1..=20 {
            let events = append(&test, topic, mark).await.unwrap();
            let there = elsewhere.read_after(topic, mark - 1, 1, usize::MAX).await.unwrap();
            assert_eq!(there, events);
        }
    });
}

#[test]
fn commits_are_handed_on_in_order_even_to_a_reader_who_comes_late() {
    on_both(|mut test| async move {
        let topic = topic();
        test.test_topic(topic).await.unwrap();
        // More than the channel holds: the writer waits for the reader instead of dropping one.
        let store = test.store.clone();
        let writing = tokio::spawn(async move {
            for mark in 1..=1_200 {
                append(&store, topic, mark).await.unwrap();
            }
        });
        for seq in 1..=1_200 {
            assert_eq!(test.next_commit().await.events[0].seq, seq);
        }
        writing.await.unwrap();
    });
}

#[test]
fn a_store_that_closes_finishes_what_waits_and_takes_no_more() {
    on_both(|test| async move {
        let topic = topic();
        test.test_topic(topic).await.unwrap();
        let hold = test.test_hold().await;
        let store = test.store.clone();
        let waiting = tokio::spawn(async move { append(&store, topic, 1).await });
        while test.test_waiting() == 0 {
            tokio::task::yield_now().await;
        }
        let closing = tokio::spawn({
            let store = test.store.clone();
            async move { store.close().await }
        });
        hold.send(()).expect("the writer waits");
        closing.await.unwrap();
        assert_eq!(waiting.await.unwrap().unwrap()[0].seq, 1);
        let late = append(&test, topic, 2).await.unwrap_err();
        assert_eq!(protocol::Error::from(late).status(), 503);
        let (again, _commits) = test.open_again().await;
        assert_eq!(log_of(&again, topic).await, [1]);
    });
}

/// Tells the child below which database and which topic to write to.
const CHILD_URL: &str = "HUBBUB_TEST_CHILD_URL";
const CHILD_TOPIC: &str = "HUBBUB_TEST_CHILD_TOPIC";

#[test]
fn what_was_answered_before_the_process_is_killed_is_there_afterwards() {
    on_both(|test| async move {
        let topic = topic();
        test.test_topic(topic).await.unwrap();
        for _ in 0..3 {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "writer::child_that_writes_until_it_is_killed", "--ignored", "--nocapture"])
                .env(CHILD_URL, &test.settings.url)
                .env(CHILD_TOPIC, topic.to_string())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
            let mut answered = lines.filter_map(|line| line.strip_prefix("answered ")?.parse::<u64>().ok());
            let last = answered.by_ref().nth(50).expect("the child writes");
            child.kill().unwrap();
            let last = answered.last().unwrap_or(last);
            child.wait().unwrap();

            let log = log_of(&test, topic).await;
            assert!(last <= log.len() as u64, "{last} was answered, {} are there", log.len());
            assert_eq!(log, (1..=log.len() as u64).collect::<Vec<_>>());
            assert_eq!(test.heads(&[topic]).await.unwrap()[0].head, log.len() as u64);
        }
        let next = append(&test, topic, 0).await.unwrap()[0].seq;
        assert_eq!(next, log_of(&test, topic).await.len() as u64);
    });
}

#[test]
#[ignore = "runs as the child of the test above"]
fn child_that_writes_until_it_is_killed() {
    let (Ok(url), Ok(topic)) = (std::env::var(CHILD_URL), std::env::var(CHILD_TOPIC)) else { return };
    let topic: Topic = topic.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (store, mut committed) = Store::open(&Settings::new(url)).await.unwrap();
        tokio::spawn(async move { while committed.recv().await.is_some() {} });
        let writers = (0..4).map(|mark| {
            let store = store.clone();
            async move {
                loop {
                    let events = append(&store, topic, mark).await.unwrap();
                    println!("answered {}", events[0].seq);
                }
            }
        });
        futures::future::join_all(writers).await;
    });
}

/// Two nodes whose groups lock the same workspaces in another order.
#[test]
fn groups_of_two_nodes_that_lock_each_other_out_both_finish() {
    on_postgres(|test| async move {
        let c = Community::in_(test).await;
        let here = c.posts(&c.ada, "Here", "").await.id;
        let there = NewPost { id: PostId::new(START), workspace: c.elsewhere, ..c.new_post("There", "") };
        let there = c.create_post(&c.ada, there).await.unwrap().id;
        let (other, _committed) = c.test.open_again().await;
        let one = waits_between(&c.test.store, &c.ada, [here, there]).await;
        let two = waits_between(&other, &c.ada, [there, here]).await;
        // Each has its first workspace now, and wants the other's.
        one.go.send(()).expect("the group waits");
        two.go.send(()).expect("the group waits");
        for pin in one.pins.into_iter().chain(two.pins) {
            let pinned = tokio::time::timeout(Duration::from_secs(20), pin).await.expect("it finishes");
            pinned.expect("the caller lives").expect("nobody is refused because of another node");
        }
        assert_eq!(c.feed(&c.ada, c.workspace, None).await.unwrap().pinned.len(), 1);
        assert_eq!(c.feed(&c.ada, c.elsewhere, None).await.unwrap().pinned.len(), 1);
        let alone = c.test.faults().alone() + other.faults().alone();
        assert!((1..=2).contains(&alone), "they did get into each other's way: {alone}");
    });
}

struct Halfway {
    go: tokio::sync::oneshot::Sender<()>,
    pins: Vec<tokio::task::JoinHandle<store::Result<()>>>,
}

/// A group that has pinned the first post, waits, and will pin the second.
async fn waits_between(store: &Store, by: &Caller, [first, second]: [PostId; 2]) -> Halfway {
    let begin = store.test_hold().await;
    let pin = |post: PostId| {
        let (store, by) = (store.clone(), *by);
        tokio::spawn(async move { store.pin_post(&by, post, true).await })
    };
    let waits = async |jobs: usize| {
        while store.test_waiting() < jobs {
            tokio::task::yield_now().await;
        }
    };
    let mut pins = vec![pin(first)];
    waits(1).await;
    let (between, store_too) = (tokio::sync::oneshot::channel(), store.clone());
    let halfway = tokio::spawn(async move { between.0.send(store_too.test_hold().await) });
    waits(2).await;
    pins.push(pin(second));
    waits(3).await;
    begin.send(()).expect("the writer waits");
    let go = between.1.await.expect("the group is halfway");
    halfway.await.expect("it was handed over").expect("it was taken");
    Halfway { go, pins }
}
