//! The rules of the socket, on the state machine alone and in virtual time.

use crate::naive::frames;
use proptest::prelude::*;
use protocol::ephemeral::TypingPlace;
use protocol::frame::CloseCode;
use protocol::presence::PresenceChoice;
use protocol::{ConnectionId, Epoch, NodeId, PostId, Timestamp, Topic, UserId, WorkspaceId, limits};
use realtime::connection::{Input, Output, Setup};
use realtime::tail::Doorbell;
use realtime::topic::{Link, LiveTopic};
use realtime::{Bell, Connection, Patience};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Access, LogEvent, TopicHead};

/// A connection, its person's own topic, and one workspace.
struct Table {
    now: Instant,
    connection: Connection,
    bell: Arc<Bell>,
    own: Arc<LiveTopic>,
    workspace: Arc<LiveTopic>,
    is_member: bool,
    is_active: bool,
    /// When the session ends by itself.
    expires_at: Instant,
    /// Questions that were asked and not answered yet.
    asked: Vec<Output>,
    closed: Option<CloseCode>,
    seq: u64,
    permission_epoch: u64,
}

impl Table {
    fn new() -> Self {
        let now = tokio::time::Instant::now().into_std();
        let user = UserId::new(Timestamp(1));
        let setup = Setup {
            connection: ConnectionId::new(Timestamp(1)),
            node: NodeId::new(Timestamp(1)),
            user,
            program: None,
            patience: Patience::default(),
            jitter: [0.5, 0.5],
        };
        let live = |topic| {
            let live = LiveTopic::new(topic);
            let head =
                TopicHead { topic, epoch: Epoch::new(Timestamp(1)), head: 0, floor: 0, permission_epoch: 0 };
            live.look(&head, now);
            live
        };
        Self {
            now,
            connection: Connection::new(setup, now),
            bell: Arc::default(),
            own: live(Topic::User(user)),
            workspace: live(Topic::Workspace(WorkspaceId::new(Timestamp(1)))),
            is_member: true,
            is_active: true,
            expires_at: now + Duration::from_secs(30 * 24 * 3600),
            asked: Vec::new(),
            closed: None,
            seq: 0,
            permission_epoch: 0,
        }
    }

    fn handle(&mut self, input: Input) {
        self.connection.handle(input, self.now);
        self.collect();
    }

    fn collect(&mut self) {
        loop {
            match self.connection.poll() {
                Output::Wait(_) => return,
                Output::Close(code) => self.closed = Some(code),
                output => self.asked.push(output),
            }
        }
    }

    fn say(&mut self, frame: &Value) {
        self.handle(Input::Text(serde_json::to_vec(frame).expect("JSON").into()));
    }

    /// Sleeps as the driver would: until the connection wants to be ticked, over and over.
    fn sleep(&mut self, time: Duration) {
        let end = self.now + time;
        while let Output::Wait(Some(until)) = self.connection.poll()
            && until <= end
        {
            self.now = self.now.max(until);
            self.handle(Input::Tick);
        }
        self.now = end;
        self.collect();
    }

    /// Takes what there is for the socket.
    fn take(&mut self) -> Vec<Value> {
        let mut taken = Vec::new();
        while let Some(message) = self.connection.message(self.now) {
            taken.extend(frames(&message.text));
        }
        self.handle(Input::Taken);
        taken
    }

    fn access(&self) -> Access {
        let mut topics = vec![self.own.topic()];
        topics.extend(self.is_member.then_some(self.workspace.topic()));
        let active = self.is_active && self.now < self.expires_at;
        let expires_in = self.expires_at.saturating_duration_since(self.now);
        let topics = if active { topics } else { Vec::new() };
        Access { active, topics, expires_in, choice: PresenceChoice::default() }
    }

    /// Answers what was asked from what is true now.
    fn answer(&mut self) {
        while !self.asked.is_empty() {
            for output in std::mem::take(&mut self.asked) {
                match output {
                    Output::Link(topics) => {
                        let all = [Arc::clone(&self.own), Arc::clone(&self.workspace)];
                        let found = all.iter().filter(|live| topics.contains(&live.topic()));
                        let links = found.map(|live| Link::new(live, &self.bell)).collect();
                        self.handle(Input::Linked(topics, Some(links)));
                    }
                    Output::Access => {
                        let access = self.access();
                        self.handle(Input::Access(Some(access)));
                    }
                    Output::Check { topic, epoch } => {
                        let may_read = Some(self.is_member);
                        self.handle(Input::Checked { topic, epoch, may_read });
                    }
                    _ => {}
                }
            }
        }
    }

    /// In sync with both topics.
    fn open() -> Self {
        let mut table = Self::new();
        table.say(&json!({ "type": "hello", "client": "test" }));
        table.answer();
        let opened = table.take().iter().filter(|frame| frame["type"] == "opened").count();
        assert_eq!(opened, 2);
        table
    }

    /// Something is committed to the workspace.
    fn commit(&mut self) {
        self.seq += 1;
        let topic = self.workspace.topic();
        let frame = format!(r#"{{"type":"event","topic":"{topic}","seq":{}}}"#, self.seq);
        let event = LogEvent {
            topic,
            seq: self.seq,
            permission_epoch: self.permission_epoch,
            kind: "post.created".into(),
            frame: frame.into(),
        };
        let epoch = self.workspace.extent().expect("the heads were read").epoch;
        let doorbell = Doorbell {
            topic,
            epoch,
            head: self.seq,
            permission_epoch: self.permission_epoch,
            events: vec![Arc::new(event)],
        };
        self.workspace.ring(&doorbell, self.now);
        if self.bell.answer() {
            self.handle(Input::Woken);
        }
    }
}

#[test]
fn who_does_not_say_hello_is_closed() {
    let mut table = Table::new();
    table.sleep(limits::HELLO_WITHIN - Duration::from_millis(1));
    assert_eq!(table.closed, None);
    table.sleep(Duration::from_millis(1));
    assert_eq!(table.closed, Some(CloseCode::HelloTooLate));
}

#[test]
fn frames_that_are_none_close_with_their_code() {
    let text = |text: &'static str| Input::Text(text.as_bytes().into());
    let large = format!(r#"{{"type":"hello","client":"{}"}}"#, "x".repeat(limits::FRAME_IN_BYTES_MAX));
    let cases = [
        (text("{"), CloseCode::BadFrame),
        (text(r#"{"type":"dance"}"#), CloseCode::BadFrame),
        (text(r#"{"type":"focus","topic":null}"#), CloseCode::BadFrame),
        (Input::Binary, CloseCode::BadFrame),
        (Input::TooLarge, CloseCode::FrameTooLarge),
        (Input::Text(large.into()), CloseCode::FrameTooLarge),
    ];
    for (input, code) in cases {
        let mut table = Table::new();
        table.handle(input);
        assert_eq!(table.closed, Some(code));
    }
}

#[test]
fn positions_that_cannot_be_are_refused() {
    let mut table = Table::new();
    let one = json!({ "topic": table.own.topic(), "epoch": Epoch::new(Timestamp(1)), "seq": 1 });
    table.say(&json!({ "type": "hello", "client": "test", "resume": [one, one] }));
    assert_eq!(table.closed, Some(CloseCode::PositionsInvalid));
}

#[test]
fn sixty_commands_pass_at_once_and_the_next_closes() {
    let mut table = Table::open();
    // The hello was one.
    for _ in 1..limits::COMMANDS_BURST_MAX {
        table.say(&json!({ "type": "ping" }));
    }
    assert_eq!(table.closed, None);
    table.say(&json!({ "type": "ping" }));
    assert_eq!(table.closed, Some(CloseCode::Rate));
}

#[test]
fn too_much_typing_is_dropped_and_not_punished() {
    let mut table = Table::open();
    let topic = table.workspace.topic();
    let typing = json!({ "type": "typing", "topic": topic, "place": TypingPlace::Post(PostId::new(Timestamp(1))), "on": true });
    for _ in 0..limits::EPHEMERALS_PER_SECOND_MAX * 3 {
        table.say(&typing);
    }
    let passed = table.asked.iter().filter(|output| matches!(output, Output::Typing { .. })).count();
    assert_eq!((passed, table.closed), (limits::EPHEMERALS_PER_SECOND_MAX as usize, None));
}

#[test]
fn a_quiet_socket_is_pinged_with_its_heads_and_closed_without_an_answer() {
    let mut table = Table::open();
    table.commit();
    assert_eq!(table.take().len(), 1);
    table.sleep(limits::PING_AFTER);
    let ping = table.take();
    assert_eq!(ping[0]["type"], "ping");
    let heads = ping[0]["heads"].as_array().unwrap();
    assert!(heads.iter().any(|head| head["topic"] == json!(table.workspace.topic()) && head["seq"] == 1));
    table.sleep(limits::PONG_WITHIN - Duration::from_millis(1));
    assert_eq!(table.closed, None);
    table.sleep(Duration::from_millis(1));
    assert_eq!(table.closed, Some(CloseCode::NoAnswer));
}

#[test]
fn any_frame_answers_a_ping_and_the_server_speaks_as_often_as_it_says() {
    let mut table = Table::new();
    table.say(&json!({ "type": "hello", "client": "test" }));
    table.answer();
    let welcome = table.take().remove(0);
    let within = Duration::from_millis(welcome["heartbeat_ms"].as_u64().unwrap());
    for _ in 0..20 {
        table.sleep(within);
        assert!(!table.take().is_empty(), "the server speaks");
        table.say(&json!({ "type": "read", "topic": table.workspace.topic(), "seq": 1 }));
    }
    assert_eq!(table.closed, None);
}

#[test]
fn a_socket_that_takes_nothing_while_something_waits_is_closed() {
    let mut table = Table::open();
    table.commit();
    assert!(table.connection.message(table.now).is_some());
    // It answers and asks, but takes nothing.
    table.sleep(limits::STALLED_AFTER / 2);
    table.handle(Input::Alive);
    table.sleep(limits::STALLED_AFTER / 2 - Duration::from_millis(1));
    assert_eq!(table.closed, None);
    table.sleep(Duration::from_millis(1));
    assert_eq!(table.closed, Some(CloseCode::Slow));
}

#[test]
fn who_asks_and_never_takes_the_answers_is_closed() {
    let mut table = Table::open();
    for _ in 0..limits::RESUME_TOPICS_MAX + limits::QUEUE_FRAMES_MAX {
        table.now += Duration::from_millis(100);
        table.say(&json!({ "type": "ping" }));
    }
    assert_eq!(table.closed, None);
    table.say(&json!({ "type": "ping" }));
    assert_eq!(table.closed, Some(CloseCode::Slow));
}

#[test]
fn an_ended_session_is_closed_however_slow_its_socket() {
    let mut table = Table::open();
    table.is_active = false;
    let own = table.own.topic();
    let head = TopicHead {
        topic: own,
        epoch: table.own.extent().unwrap().epoch,
        head: 1,
        floor: 0,
        permission_epoch: 1,
    };
    table.own.look(&head, table.now);
    table.handle(Input::Woken);
    table.answer();
    assert_eq!(table.closed, Some(CloseCode::SessionRevoked));
}

#[test]
fn a_session_that_only_expires_is_noticed_at_that_moment_and_nobody_asks_before() {
    let mut table = Table::new();
    table.expires_at = table.now + Duration::from_secs(3600);
    table.say(&json!({ "type": "hello", "client": "test" }));
    table.answer();
    let lives = |table: &mut Table, time: Duration| {
        let end = table.now + time;
        let mut questions = 0;
        while table.now < end {
            table.sleep(Duration::from_secs(8).min(end - table.now));
            table.handle(Input::Alive);
            table.take();
            questions += table.asked.len();
            table.answer();
        }
        questions
    };
    assert_eq!(lives(&mut table, Duration::from_secs(3599)), 0);
    // The person used the page meanwhile, and the session slid on.
    table.expires_at += Duration::from_secs(1800);
    assert_eq!(lives(&mut table, Duration::from_secs(1800)), 1);
    assert_eq!(table.closed, None);
    assert_eq!(lives(&mut table, Duration::from_secs(1)), 1);
    assert_eq!(table.closed, Some(CloseCode::SessionRevoked));
}

#[test]
fn while_the_database_is_away_rights_are_asked_again_and_nothing_new_is_sent() {
    let mut table = Table::open();
    table.permission_epoch = 1;
    table.commit();
    for _ in 0..5 {
        let topic = table.workspace.topic();
        assert!(matches!(table.asked[..], [Output::Check { epoch: 1, .. }]), "{:?}", table.asked);
        table.asked.clear();
        table.handle(Input::Checked { topic, epoch: 1, may_read: None });
        assert!(table.take().is_empty());
        table.sleep(Duration::from_secs(12));
        table.handle(Input::Alive);
        table.take();
    }
    table.answer();
    assert_eq!(table.take().iter().filter(|frame| frame["type"] == "event").count(), 1);
}

#[test]
fn read_positions_are_merged_while_one_is_being_moved() {
    let mut table = Table::open();
    let topic = table.workspace.topic();
    for seq in 1..=5 {
        table.say(&json!({ "type": "read", "topic": topic, "seq": seq }));
    }
    assert!(matches!(table.asked[..], [Output::MoveRead(of, 1)] if of == topic), "{:?}", table.asked);
    table.asked.clear();
    table.handle(Input::ReadMoved(Ok(())));
    assert!(matches!(table.asked[..], [Output::MoveRead(of, 5)] if of == topic), "{:?}", table.asked);
}

#[test]
fn a_topic_that_one_may_not_read_looks_like_one_that_does_not_exist() {
    let mut table = Table::open();
    table.is_member = false;
    let hidden = table.workspace.topic();
    table.permission_epoch = 1;
    table.commit();
    table.answer();
    table.take();
    let missing = Topic::Workspace(WorkspaceId::new(Timestamp(77)));
    let mut answers = Vec::new();
    for topic in [hidden, missing] {
        table.say(&json!({ "type": "open", "topic": topic, "since": null }));
        table.answer();
        let answer = table.take().remove(0);
        answers.push((answer["type"].clone(), answer["code"].clone()));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], (json!("closed"), json!(CloseCode::Forbidden.number())));
}

#[derive(Clone, Debug)]
enum Act {
    Commit,
    /// Somebody else joins: the right has to be looked at again.
    OthersJoin,
    /// Removed: the event that says so is the first that must not be seen.
    Remove,
    Take,
    /// The question under way is answered from what was true when it was asked, or now.
    Answer {
        late: bool,
    },
    Reopen,
}

proptest! {
    /// However late the answers come and whatever is under way: nothing after the removal is sent.
    #[test]
    fn nothing_after_a_removal_leaks(acts in prop::collection::vec(
        prop_oneof![
            4 => Just(Act::Commit),
            1 => Just(Act::Remove),
            1 => Just(Act::OthersJoin),
            3 => Just(Act::Take),
            3 => any::<bool>().prop_map(|late| Act::Answer { late }),
            1 => Just(Act::Reopen),
        ],
        1..60,
    )) {
        let mut table = Table::open();
        let mut snapshot = table.access();
        let (mut forbidden_from, mut removed_in) = (u64::MAX, u64::MAX);
        for act in acts.into_iter().chain([Act::Commit, Act::Answer { late: true }, Act::Answer { late: false }, Act::Take]) {
            let is_right = |output: &Output| matches!(output, Output::Access | Output::Check { .. });
            let was_asking = table.asked.iter().any(|output| matches!(output, Output::Access));
            match act {
                Act::Commit => table.commit(),
                Act::OthersJoin => {
                    table.permission_epoch += 1;
                    table.commit();
                }
                Act::Remove => {
                    if table.is_member {
                        table.is_member = false;
                        table.permission_epoch += 1;
                        forbidden_from = table.seq + 1;
                        removed_in = table.permission_epoch;
                        table.commit();
                    }
                }
                Act::Take => {
                    for frame in table.take() {
                        if frame["type"] == "event" {
                            prop_assert!(frame["seq"].as_u64().unwrap() < forbidden_from);
                        }
                    }
                }
                Act::Answer { late: true } => {
                    if let Some(at) = table.asked.iter().position(is_right) {
                        let answer = match table.asked.remove(at) {
                            Output::Check { topic, epoch } => {
                                // The answer is never older than the epoch that it was asked for.
                                Input::Checked { topic, epoch, may_read: Some(epoch < removed_in) }
                            }
                            _ => Input::Access(Some(snapshot.clone())),
                        };
                        table.handle(answer);
                    }
                }
                Act::Answer { late: false } => table.answer(),
                Act::Reopen => {
                    table.now += Duration::from_secs(1);
                    let topic = table.workspace.topic();
                    table.say(&json!({ "type": "open", "topic": topic, "since": null }));
                }
            }
            if !was_asking {
                // What a question that was asked just now would find.
                snapshot = table.access();
            }
            prop_assert_eq!(table.closed, None);
        }
    }
}
