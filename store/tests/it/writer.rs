//! The writer: one transaction for many commands, and each of them as if it were alone.

use crate::harness::{TestStore, on_both};
use crate::log::{append, marked, topic};
use protocol::Topic;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use store::testing::{Ending, Recheck};
use store::{Settings, Store};

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
