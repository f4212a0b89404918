//! What stands in the channels: `hubbub:<partition>` carries doorbells, `hubbub:<partition>:live`
//! what is not kept.

use super::News;
use crate::presence::SliceMessage;
use crate::tail::Doorbell;
use protocol::ephemeral::Ephemeral;
use protocol::{Epoch, NodeId, Topic, limits};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::sync::Arc;
use store::LogEvent;

/// A doorbell: `{ node, topic, epoch, head, permission_epoch, events? }`.
#[derive(Serialize, Deserialize)]
struct DoorbellMessage<'a> {
    /// Who rings, so that a node does not answer its own bell.
    node: NodeId,
    topic: Topic,
    epoch: Epoch,
    head: u64,
    permission_epoch: u64,
    /// Left out above [`limits::DOORBELL_BYTES_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty", borrow)]
    events: Vec<EventMessage<'a>>,
}

#[derive(Serialize, Deserialize)]
struct EventMessage<'a> {
    seq: u64,
    permission_epoch: u64,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    /// The finished frame, as the socket gets it.
    #[serde(borrow)]
    frame: &'a RawValue,
}

#[derive(Serialize, Deserialize)]
struct LiveMessage {
    node: NodeId,
    what: Live,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Live {
    Ephemeral { topic: Topic, ephemeral: Ephemeral },
    Presence(SliceMessage),
}

/// A doorbell as text.
pub(crate) fn doorbell(node: NodeId, doorbell: &Doorbell) -> String {
    let bytes: usize = doorbell.events.iter().map(|event| event.frame.len()).sum();
    let carried = if bytes <= limits::DOORBELL_BYTES_MAX { doorbell.events.as_slice() } else { &[] };
    let events = carried
        .iter()
        .filter_map(|event| {
            Some(EventMessage {
                seq: event.seq,
                permission_epoch: event.permission_epoch,
                kind: Cow::Borrowed(&event.kind),
                frame: serde_json::from_str(&event.frame).ok()?,
            })
        })
        .collect();
    text(&DoorbellMessage {
        node,
        topic: doorbell.topic,
        epoch: doorbell.epoch,
        head: doorbell.head,
        permission_epoch: doorbell.permission_epoch,
        events,
    })
}

/// An ephemeral as text.
pub(crate) fn ephemeral(node: NodeId, topic: Topic, ephemeral: Ephemeral) -> String {
    text(&LiveMessage { node, what: Live::Ephemeral { topic, ephemeral } })
}

/// A slice of presence as text.
pub(crate) fn presence(node: NodeId, slice: SliceMessage) -> String {
    text(&LiveMessage { node, what: Live::Presence(slice) })
}

fn text(message: &impl Serialize) -> String {
    serde_json::to_string(message).expect("messages have string keys only")
}

/// What a text says to `node`; nothing if it is its own.
pub(crate) fn understand(node: NodeId, is_live: bool, text: &[u8]) -> serde_json::Result<Option<News>> {
    if is_live {
        let message: LiveMessage = serde_json::from_slice(text)?;
        let news = match message.what {
            Live::Ephemeral { topic, ephemeral } => News::Ephemeral(topic, ephemeral),
            Live::Presence(slice) => News::Presence(slice),
        };
        return Ok((message.node != node).then_some(news));
    }
    let message: DoorbellMessage<'_> = serde_json::from_slice(text)?;
    let events = message.events.into_iter().map(|event| {
        Arc::new(LogEvent {
            topic: message.topic,
            seq: event.seq,
            permission_epoch: event.permission_epoch,
            kind: Cow::Owned(event.kind.into_owned()),
            frame: event.frame.get().into(),
        })
    });
    let doorbell = Doorbell {
        topic: message.topic,
        epoch: message.epoch,
        head: message.head,
        permission_epoch: message.permission_epoch,
        events: events.collect(),
    };
    Ok((message.node != node).then_some(News::Doorbell(doorbell)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::ephemeral::TypingPlace;
    use protocol::{PostId, Timestamp, UserId, WorkspaceId};

    fn rung(frame: &str) -> Doorbell {
        let topic = Topic::Workspace(WorkspaceId::new(Timestamp(1)));
        let kind = Cow::Borrowed("post.created");
        let event = LogEvent { topic, seq: 7, permission_epoch: 2, kind, frame: frame.into() };
        let epoch = Epoch::new(Timestamp(1));
        Doorbell { topic, epoch, head: 7, permission_epoch: 2, events: vec![Arc::new(event)] }
    }

    #[test]
    fn a_doorbell_brings_the_very_text_of_its_events() {
        let (here, there) = (NodeId::new(Timestamp(1)), NodeId::new(Timestamp(2)));
        let sent = rung(r#"{"type":"event","text":"\u00e4 \"x\""}"#);
        let message = doorbell(here, &sent);
        let Some(News::Doorbell(heard)) = understand(there, false, message.as_bytes()).unwrap() else {
            panic!("it is for others")
        };
        assert_eq!(heard.events, sent.events);
        assert_eq!((heard.topic, heard.epoch, heard.head), (sent.topic, sent.epoch, sent.head));
        assert!(
            understand(here, false, message.as_bytes()).unwrap().is_none(),
            "nobody rings for themselves"
        );
    }

    #[test]
    fn a_large_doorbell_only_names_the_head() {
        let large = format!("\"{}\"", "x".repeat(limits::DOORBELL_BYTES_MAX));
        let message = doorbell(NodeId::new(Timestamp(1)), &rung(&large));
        assert!(message.len() < 500);
        let Some(News::Doorbell(heard)) =
            understand(NodeId::new(Timestamp(2)), false, message.as_bytes()).unwrap()
        else {
            panic!("it is for others")
        };
        assert_eq!((heard.head, heard.events.len()), (7, 0));
    }

    #[test]
    fn typing_crosses_nodes() {
        let topic = Topic::Workspace(WorkspaceId::new(Timestamp(1)));
        let (user, post) = (UserId::new(Timestamp(1)), PostId::new(Timestamp(1)));
        let said =
            Ephemeral::Typing { user, name: "Ada".to_owned(), place: TypingPlace::Post(post), on: true };
        let message = ephemeral(NodeId::new(Timestamp(1)), topic, said.clone());
        let heard = understand(NodeId::new(Timestamp(2)), true, message.as_bytes()).unwrap();
        assert!(matches!(heard, Some(News::Ephemeral(of, ephemeral)) if of == topic && ephemeral == said));
    }

    #[test]
    fn nonsense_is_an_error_not_a_panic() {
        assert!(understand(NodeId::new(Timestamp(1)), false, b"{}").is_err());
        assert!(understand(NodeId::new(Timestamp(1)), true, b"\xff").is_err());
    }
}
