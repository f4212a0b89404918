use super::*;
use proptest::prelude::*;
use protocol::{Timestamp, WorkspaceId};

fn topic(number: i64) -> Topic {
    Topic::Workspace(WorkspaceId::new(Timestamp(number)))
}

fn user(number: i64) -> UserId {
    UserId::new(Timestamp(number))
}

fn start() -> Instant {
    tokio::time::Instant::now().into_std()
}

fn register(node: &str, started_ms: i64, now: Instant) -> Register {
    Register::new(Incarnation { node: node.to_owned(), started_ms }, now)
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_reload_does_not_flicker() {
    let (now, topic, ada) = (start(), topic(1), user(1));
    let mut here = register("a", 1, now);
    here.arrive(topic, ada);
    here.tick(|_| 0, now);
    assert_eq!(here.take_changed().len(), 1);
    here.depart(topic, ada, now);
    here.tick(|_| 0, now + SECOND * 2);
    here.arrive(topic, ada);
    assert!(here.tick(|_| 0, now + SECOND * 30).iter().all(|(_, m)| matches!(m.news, News::Digest { .. })));
    assert!(here.take_changed().is_empty());
    assert!(here.people(topic).contains(&ada));
}

#[test]
fn who_left_is_gone_after_ten_seconds() {
    let (now, topic, ada) = (start(), topic(1), user(1));
    let mut here = register("a", 1, now);
    here.arrive(topic, ada);
    here.depart(topic, ada, now);
    here.tick(|_| 0, now + limits::PRESENCE_LEAVES_AFTER - SECOND);
    assert!(here.people(topic).contains(&ada));
    here.tick(|_| 0, now + limits::PRESENCE_LEAVES_AFTER);
    assert!(here.people(topic).is_empty());
}

#[test]
fn a_person_stays_as_long_as_one_of_their_sockets_does() {
    let (now, topic, ada) = (start(), topic(1), user(1));
    let mut here = register("a", 1, now);
    here.arrive(topic, ada);
    here.arrive(topic, ada);
    here.depart(topic, ada, now);
    here.tick(|_| 0, now + SECOND * 60);
    assert!(here.people(topic).contains(&ada));
}

#[test]
fn a_silent_node_is_dropped_whole() {
    let (now, topic) = (start(), topic(1));
    let (mut a, mut b) = (register("a", 1, now), register("b", 1, now));
    a.arrive(topic, user(1));
    for (_, message) in a.tick(|_| 0, now) {
        b.hear(message, now);
    }
    assert_eq!(b.people(topic).len(), 1);
    b.tick(|_| 0, now + PEER_SILENT_AFTER - SECOND);
    assert_eq!(b.people(topic).len(), 1);
    b.take_changed();
    b.tick(|_| 0, now + PEER_SILENT_AFTER);
    assert!(b.people(topic).is_empty());
    assert!(b.take_changed().contains(&topic));
}

#[test]
fn a_node_that_started_again_replaces_what_it_was_before() {
    let (now, topic) = (start(), topic(1));
    let mut here = register("b", 1, now);
    let mut old = register("a", 1, now);
    old.arrive(topic, user(1));
    let before = old.tick(|_| 0, now);
    let mut new = register("a", 2, now);
    new.arrive(topic, user(2));
    for (_, message) in before.iter().cloned().chain(new.tick(|_| 0, now)).chain(before.clone()) {
        here.hear(message, now);
    }
    assert_eq!(here.people(topic), BTreeSet::from([user_in(&new, topic)]));
}

fn user_in(register: &Register, topic: Topic) -> UserId {
    register.people(topic).into_iter().next().expect("somebody is there")
}

#[derive(Clone, Debug)]
enum Step {
    Arrive { node: usize, topic: usize, user: usize },
    Depart { node: usize, topic: usize, user: usize },
    Second,
}

fn step() -> impl Strategy<Value = Step> {
    let place = || (0..2usize, 0..3usize, 0..4usize);
    prop_oneof![
        place().prop_map(|(node, topic, user)| Step::Arrive { node, topic, user }),
        place().prop_map(|(node, topic, user)| Step::Depart { node, topic, user }),
        Just(Step::Second),
    ]
}

proptest! {
    /// Whatever messages are lost or doubled, once they come through again both nodes know the same.
    #[test]
    fn two_nodes_agree_after_losses(
        steps in prop::collection::vec(step(), 1..80),
        fate in prop::collection::vec(0..4u8, 200),
    ) {
        let topics: Vec<Topic> = (0..3).map(topic).collect();
        let users: Vec<UserId> = (0..4).map(user).collect();
        let partition = |of: Topic| u16::from(of == topics[0]);
        let mut now = start();
        let mut nodes = [register("a", 1, now), register("b", 1, now)];
        let mut sockets: HashMap<(usize, usize, usize), u32> = HashMap::new();
        let mut fate = fate.into_iter().chain(std::iter::repeat(1));
        let quiet = std::iter::repeat_n(Step::Second, 25);
        let noisy = steps.len();
        for (index, step) in steps.into_iter().chain(quiet).enumerate() {
            match step {
                Step::Arrive { node, topic, user } => {
                    nodes[node].arrive(topics[topic], users[user]);
                    *sockets.entry((node, topic, user)).or_default() += 1;
                }
                Step::Depart { node, topic, user } => {
                    let count = sockets.entry((node, topic, user)).or_default();
                    if 0 < *count {
                        *count -= 1;
                        nodes[node].depart(topics[topic], users[user], now);
                    }
                }
                Step::Second => {
                    now += SECOND;
                    for node in 0..2 {
                        let mut queue: Vec<(usize, SliceMessage)> = nodes[node]
                            .tick(partition, now)
                            .into_iter()
                            .map(|(_, message)| (1 - node, message))
                            .collect();
                        while let Some((to, message)) = queue.pop() {
                            let copies = if index < noisy { fate.next().unwrap_or(1).min(2) } else { 1 };
                            for _ in 0..copies {
                                let answer = nodes[to].hear(message.clone(), now);
                                queue.extend(answer.map(|answer| (1 - to, answer)));
                            }
                        }
                    }
                }
            }
        }
        for (index, topic) in topics.iter().enumerate() {
            let expected: BTreeSet<UserId> = sockets
                .iter()
                .filter(|((_, of, _), count)| *of == index && 0 < **count)
                .map(|((_, _, user), _)| users[*user])
                .collect();
            prop_assert_eq!(nodes[0].people(*topic), expected.clone());
            prop_assert_eq!(nodes[1].people(*topic), expected);
        }
    }
}
