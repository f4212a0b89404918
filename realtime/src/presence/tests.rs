use super::*;
use proptest::prelude::*;
use protocol::presence::Bearing;
use protocol::{WorkspaceId, limits};

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
const TODAY: Timestamp = Timestamp(1_000_000);

#[test]
fn a_reload_does_not_flicker() {
    let (now, topic, ada) = (start(), topic(1), user(1));
    let mut here = register("a", 1, now);
    here.arrive(topic, ada);
    here.tick(|_| 0, now, TODAY);
    assert_eq!(here.take_changed().len(), 1);
    here.depart(topic, ada, now);
    here.tick(|_| 0, now + SECOND * 2, TODAY);
    here.arrive(topic, ada);
    assert!(
        here.tick(|_| 0, now + SECOND * 30, TODAY).iter().all(|(_, m)| matches!(m.news, News::Digest { .. }))
    );
    assert!(here.take_changed().is_empty());
    assert!(here.people(topic).contains_key(&ada));
}

#[test]
fn who_left_is_gone_after_ten_seconds() {
    let (now, topic, ada) = (start(), topic(1), user(1));
    let mut here = register("a", 1, now);
    here.arrive(topic, ada);
    here.depart(topic, ada, now);
    here.tick(|_| 0, now + limits::PRESENCE_LEAVES_AFTER - SECOND, TODAY);
    assert!(here.people(topic).contains_key(&ada));
    here.tick(|_| 0, now + limits::PRESENCE_LEAVES_AFTER, TODAY);
    assert!(here.people(topic).is_empty());
}

#[test]
fn a_person_stays_as_long_as_one_of_their_sockets_does() {
    let (now, topic, ada) = (start(), topic(1), user(1));
    let mut here = register("a", 1, now);
    here.arrive(topic, ada);
    here.arrive(topic, ada);
    here.depart(topic, ada, now);
    here.tick(|_| 0, now + SECOND * 60, TODAY);
    assert!(here.people(topic).contains_key(&ada));
}

#[test]
fn a_silent_node_is_dropped_whole() {
    let (now, topic) = (start(), topic(1));
    let (mut a, mut b) = (register("a", 1, now), register("b", 1, now));
    a.arrive(topic, user(1));
    for (_, message) in a.tick(|_| 0, now, TODAY) {
        b.hear(message, now);
    }
    assert_eq!(b.people(topic).len(), 1);
    b.tick(|_| 0, now + PEER_SILENT_AFTER - SECOND, TODAY);
    assert_eq!(b.people(topic).len(), 1);
    b.take_changed();
    b.tick(|_| 0, now + PEER_SILENT_AFTER, TODAY);
    assert!(b.people(topic).is_empty());
    assert!(b.take_changed().contains(&topic));
}

#[test]
fn a_node_that_started_again_replaces_what_it_was_before() {
    let (now, topic) = (start(), topic(1));
    let mut here = register("b", 1, now);
    let mut old = register("a", 1, now);
    old.arrive(topic, user(1));
    let before = old.tick(|_| 0, now, TODAY);
    let mut new = register("a", 2, now);
    new.arrive(topic, user(2));
    for (_, message) in before.iter().cloned().chain(new.tick(|_| 0, now, TODAY)).chain(before.clone()) {
        here.hear(message, now);
    }
    assert_eq!(here.people(topic).into_keys().collect::<Vec<_>>(), [user_in(&new, topic)]);
}

fn user_in(register: &Register, topic: Topic) -> UserId {
    register.people(topic).into_keys().next().expect("somebody is there")
}

/// How somebody is shown in a topic.
fn bearing(register: &Register, topic: Topic, user: UserId) -> Option<Bearing> {
    register.people(topic).get(&user).map(|one| one.bearing)
}

/// Somebody with a window, in a topic.
fn comes(register: &mut Register, topic: Topic, user: UserId, is_idle: bool) {
    register.open(user, is_idle);
    register.choose(user, PresenceChoice::default());
    register.arrive(topic, user);
}

#[test]
fn somebody_is_away_when_all_their_windows_are_idle() {
    let (now, topic, ada) = (start(), topic(1), user(1));
    let mut here = register("a", 1, now);
    comes(&mut here, topic, ada, false);
    comes(&mut here, topic, ada, true);
    assert_eq!(bearing(&here, topic, ada), Some(Bearing::Online), "one window is used");
    here.idle(ada, true);
    assert_eq!(bearing(&here, topic, ada), Some(Bearing::Away));
    here.take_changed();
    here.idle(ada, false);
    assert_eq!(bearing(&here, topic, ada), Some(Bearing::Online));
    assert_eq!(here.take_changed().len(), 1, "those who look are told");
    // The window in use closes; the other one has been idle all the time.
    here.depart(topic, ada, now);
    here.close(ada, false);
    assert_eq!(bearing(&here, topic, ada), Some(Bearing::Away));
}

#[test]
fn who_was_away_is_so_while_an_idle_window_is_reloaded() {
    let (now, topic, ada) = (start(), topic(1), user(1));
    let mut here = register("a", 1, now);
    comes(&mut here, topic, ada, true);
    here.tick(|_| 0, now, TODAY);
    here.take_changed();
    here.depart(topic, ada, now);
    here.close(ada, true);
    comes(&mut here, topic, ada, true);
    assert_eq!(bearing(&here, topic, ada), Some(Bearing::Away));
    assert!(here.take_changed().is_empty(), "nothing flickers");
}

#[test]
fn who_does_not_want_to_be_disturbed_is_busy_until_the_time_comes() {
    let (now, topic, ada) = (start(), topic(1), user(1));
    let mut here = register("a", 1, now);
    comes(&mut here, topic, ada, true);
    let until = TODAY + SECOND * 60;
    here.choose(ada, PresenceChoice { quiet_until: Some(until), ..PresenceChoice::default() });
    let shown = here.people(topic)[&ada];
    assert_eq!((shown.bearing, shown.until), (Bearing::Busy, Some(until)));
    here.tick(|_| 0, now + SECOND * 59, TODAY + SECOND * 59);
    assert_eq!(bearing(&here, topic, ada), Some(Bearing::Busy));
    here.take_changed();
    here.tick(|_| 0, now + SECOND * 60, until);
    assert_eq!(bearing(&here, topic, ada), Some(Bearing::Away));
    assert!(here.take_changed().contains(&topic));
}

#[test]
fn somebody_invisible_is_nowhere_and_nobody_hears_of_what_they_do() {
    let (now, topic, ada) = (start(), topic(1), user(1));
    let mut here = register("a", 1, now);
    let invisible = PresenceChoice { invisible: true, ..PresenceChoice::default() };
    here.open(ada, false);
    here.choose(ada, invisible);
    here.arrive(topic, ada);
    here.idle(ada, true);
    here.idle(ada, false);
    assert!(here.take_changed().is_empty());
    let digest = |(_, message): &(u16, SliceMessage)| matches!(message.news, News::Digest { .. });
    assert!(here.tick(|_| 0, now + SECOND, TODAY).iter().all(digest), "no slice names them");
    assert_eq!((here.people(topic).len(), here.people_count()), (0, 0));
    // Seen again, and gone again without a word of leaving.
    here.choose(ada, PresenceChoice::default());
    assert_eq!(bearing(&here, topic, ada), Some(Bearing::Online));
    here.choose(ada, invisible);
    assert!(here.people(topic).is_empty());
    let told = here.tick(|_| 0, now + SECOND * 2, TODAY);
    assert!(told.iter().all(digest), "what came and went within a second was never told: {told:?}");
}

#[test]
fn of_two_nodes_the_one_with_a_window_in_use_counts() {
    let (now, topic, ada) = (start(), topic(1), user(1));
    let (mut a, mut b) = (register("a", 1, now), register("b", 1, now));
    comes(&mut a, topic, ada, true);
    comes(&mut b, topic, ada, false);
    let told = b.tick(|_| 0, now, TODAY);
    assert_eq!(bearing(&a, topic, ada), Some(Bearing::Away));
    for (_, message) in told {
        a.hear(message, now);
    }
    assert_eq!(bearing(&a, topic, ada), Some(Bearing::Online));
    b.idle(ada, true);
    for (_, message) in b.tick(|_| 0, now + SECOND, TODAY) {
        a.hear(message, now + SECOND);
    }
    assert_eq!(bearing(&a, topic, ada), Some(Bearing::Away));
}

#[test]
fn nothing_is_kept_of_somebody_who_is_gone() {
    let (now, topic, ada) = (start(), topic(1), user(1));
    let mut here = register("a", 1, now);
    comes(&mut here, topic, ada, false);
    here.choose(ada, PresenceChoice { quiet_until: Some(TODAY + SECOND), ..PresenceChoice::default() });
    here.depart(topic, ada, now);
    here.close(ada, false);
    here.tick(|_| 0, now + limits::PRESENCE_LEAVES_AFTER, TODAY);
    assert!(here.own.is_empty());
}

#[derive(Clone, Debug)]
enum Step {
    Arrive { node: usize, topic: usize, user: usize },
    Depart { node: usize, topic: usize, user: usize },
    Idle { node: usize, user: usize },
    Hide { node: usize, user: usize, on: bool },
    Second,
}

fn step() -> impl Strategy<Value = Step> {
    let place = || (0..2usize, 0..3usize, 0..4usize);
    prop_oneof![
        place().prop_map(|(node, topic, user)| Step::Arrive { node, topic, user }),
        place().prop_map(|(node, topic, user)| Step::Depart { node, topic, user }),
        (0..2usize, 0..4usize).prop_map(|(node, user)| Step::Idle { node, user }),
        (0..2usize, 0..4usize, any::<bool>()).prop_map(|(node, user, on)| Step::Hide { node, user, on }),
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
        // Each person has a window on each node all the time.
        let (mut idle, mut hidden) = ([[false; 4]; 2], [[false; 4]; 2]);
        for node in &mut nodes {
            users.iter().for_each(|user| node.open(*user, false));
        }
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
                Step::Idle { node, user } => {
                    idle[node][user] = !idle[node][user];
                    nodes[node].idle(users[user], idle[node][user]);
                }
                Step::Hide { node, user, on } => {
                    hidden[node][user] = on;
                    let choice = PresenceChoice { invisible: on, ..PresenceChoice::default() };
                    nodes[node].choose(users[user], choice);
                }
                Step::Second => {
                    now += SECOND;
                    for node in 0..2 {
                        let mut queue: Vec<(usize, SliceMessage)> = nodes[node]
                            .tick(partition, now, TODAY)
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
            let mut expected: BTreeMap<UserId, Present> = BTreeMap::new();
            for ((node, of, user), count) in &sockets {
                if *of == index && 0 < *count && !hidden[*node][*user] {
                    let bearing = if idle[*node][*user] { Bearing::Away } else { Bearing::Online };
                    let one = Present { bearing, ..Present::online(users[*user]) };
                    let known = expected.entry(one.user).or_insert(one);
                    *known = one.max(*known);
                }
            }
            prop_assert_eq!(nodes[0].people(*topic), expected.clone());
            prop_assert_eq!(nodes[1].people(*topic), expected);
        }
    }
}
