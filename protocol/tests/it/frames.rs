//! Every frame as JSON.

use crate::sample::{self, uuid};
use protocol::ephemeral::{Ephemeral, Presence, TypingPlace};
use protocol::frame::{ClientFrame, ResetReason, ServerFrame, SocketLimits};
use protocol::position::{Position, TopicPosition};
use protocol::presence::{Bearing, Present};
use protocol::*;

fn topic() -> Topic {
    Topic::Workspace(WorkspaceId(uuid(2)))
}

fn position() -> Position {
    Position { epoch: Epoch(uuid(9)), seq: 41 }
}

fn from_clients() -> Vec<ClientFrame> {
    vec![
        ClientFrame::Hello {
            client: "page/0.1.0".to_owned(),
            token: None,
            resume: vec![TopicPosition { topic: topic(), position: position() }],
            idle: false,
        },
        ClientFrame::Hello {
            client: "deploys/1.0".to_owned(),
            token: Some("hubbub_token_…".to_owned()),
            resume: Vec::new(),
            idle: false,
        },
        ClientFrame::Open { topic: topic(), since: Some(position()) },
        ClientFrame::Close { topic: topic() },
        ClientFrame::Focus { topic: None, within: None },
        ClientFrame::Typing { topic: topic(), place: TypingPlace::Post(PostId(uuid(3))), on: true },
        ClientFrame::Idle { on: true },
        ClientFrame::Read { topic: topic(), seq: 41 },
        ClientFrame::Refresh { token: "eyJ…".to_owned() },
        ClientFrame::Ping,
        ClientFrame::Pong,
    ]
}

fn from_servers() -> Vec<ServerFrame> {
    let ada = sample::ada();
    vec![
        ServerFrame::Welcome {
            connection: ConnectionId(uuid(10)),
            node: NodeId(uuid(11)),
            user: ada.id,
            heartbeat_ms: 25_000,
            limits: SocketLimits { frame_bytes: 65_536, commands_per_second: 20, ephemerals_per_second: 30 },
        },
        ServerFrame::Token { expires_in_ms: 900_000 },
        ServerFrame::Opened { topic: topic(), epoch: Epoch(uuid(9)), head: 41 },
        ServerFrame::Closed { topic: topic(), code: 4004 },
        ServerFrame::Reset { topic: topic(), reason: ResetReason::TooOld, epoch: Epoch(uuid(9)), head: 41 },
        ServerFrame::Ephemeral {
            topic: topic(),
            ephemeral: Ephemeral::Typing {
                user: ada.id,
                name: ada.name,
                place: TypingPlace::Thread(MessageId(uuid(21))),
                on: true,
            },
        },
        ServerFrame::Ephemeral { topic: topic(), ephemeral: Ephemeral::Seen { user: ada.id, seq: 41 } },
        ServerFrame::Presence {
            topic: topic(),
            presence: Presence::Full { count: 1, people: vec![Present::online(ada.id)] },
        },
        ServerFrame::Presence {
            topic: topic(),
            presence: Presence::Diff {
                count: 1,
                joined: vec![Present { bearing: Bearing::Busy, until: Some(sample::AT), user: ada.id }],
                left: Vec::new(),
            },
        },
        ServerFrame::Presence {
            topic: topic(),
            presence: Presence::Diff { count: 0, joined: Vec::new(), left: vec![ada.id] },
        },
        ServerFrame::Status { degraded: vec!["bus".to_owned()] },
        ServerFrame::Ping { heads: vec![TopicPosition { topic: topic(), position: position() }] },
        ServerFrame::Pong,
        ServerFrame::Reconnect { after_ms: 1_500 },
        ServerFrame::Error(Error::rate_limited(2_000)),
    ]
}

#[test]
fn a_line_of_the_server_reads_on_the_wire_as_it_did() {
    let lines = sample::lines();
    let json = serde_json::to_string(&lines).unwrap();
    assert_eq!(serde_json::from_str::<Vec<protocol::message::MessageKind>>(&json).unwrap(), lines);
    insta::assert_json_snapshot!("lines", lines);
}

#[test]
fn what_is_named_by_a_word_and_an_id_survives_the_wire() {
    let id = uuid(3);
    for text in ["post", "comment", "message"].map(|word| format!("{word}:{id}")) {
        assert_eq!(text.parse::<protocol::reaction::ReactionTarget>().unwrap().to_string(), text);
    }
    for text in ["post", "comment", "reply", "message", "thread"].map(|word| format!("{word}:{id}")) {
        assert_eq!(text.parse::<protocol::draft::DraftPlace>().unwrap().to_string(), text);
    }
    for text in ["post", "conversation", "thread"].map(|word| format!("{word}:{id}")) {
        assert_eq!(text.parse::<TypingPlace>().unwrap().to_string(), text);
    }
    for text in ["workspace", "conversation", "user"].map(|word| format!("{word}:{id}")) {
        assert_eq!(text.parse::<Topic>().unwrap().to_string(), text);
    }
    assert_eq!("planet:1".parse::<TypingPlace>().unwrap_err().status(), 422);
    assert!("conversation:1".parse::<Topic>().is_err());
}

#[test]
fn a_place_to_type_in_belongs_to_its_topic() {
    let (room, other) = (ConversationId(uuid(20)), ConversationId(uuid(24)));
    assert!(TypingPlace::Conversation(room).is_in(Topic::Conversation(room)));
    assert!(!TypingPlace::Conversation(room).is_in(Topic::Conversation(other)));
    assert!(!TypingPlace::Conversation(room).is_in(topic()));
    assert!(TypingPlace::Thread(MessageId(uuid(21))).is_in(Topic::Conversation(room)));
    assert!(!TypingPlace::Post(PostId(uuid(3))).is_in(Topic::Conversation(room)));
    assert!(TypingPlace::Post(PostId(uuid(3))).is_in(topic()));
}

#[test]
fn every_frame_survives_the_wire() {
    for frame in from_clients() {
        let json = serde_json::to_string(&frame).unwrap();
        assert_eq!(serde_json::from_str::<ClientFrame>(&json).unwrap(), frame, "{json}");
    }
    for frame in from_servers() {
        let json = serde_json::to_string(&frame).unwrap();
        assert_eq!(serde_json::from_str::<ServerFrame>(&json).unwrap(), frame, "{json}");
    }
}

#[test]
fn every_frame_looks_on_the_wire_as_it_did() {
    insta::assert_json_snapshot!("client_frames", from_clients());
    insta::assert_json_snapshot!("server_frames", from_servers());
}

#[test]
fn what_is_no_frame_is_refused() {
    for text in [
        "",
        "{}",
        r#"{"type":"shout"}"#,
        r#"{"type":"open","topic":"planet:1"}"#,
        r#"{"type":"read","topic":1,"seq":-1}"#,
    ] {
        assert!(serde_json::from_str::<ClientFrame>(text).is_err(), "{text}");
    }
}
