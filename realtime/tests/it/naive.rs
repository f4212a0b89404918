//! A client that neither orders nor drops: it believes whatever it gets, so every mistake of the server
//! shows in what it has.

use protocol::position::TopicPosition;
use protocol::{Position, Topic};
use serde_json::Value;
use std::collections::HashMap;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Naive {
    topics: HashMap<Topic, Seen>,
    /// Topics that it has to load again, and open from there.
    pub(crate) reloads: Vec<Topic>,
    /// Topics that were closed, with the code.
    pub(crate) closed: Vec<(Topic, u64)>,
}

#[derive(Clone, Debug)]
struct Seen {
    position: Position,
    /// Numbers since the last load, in the order in which they came.
    numbers: Vec<u64>,
    base: u64,
}

impl Naive {
    pub(crate) fn take(&mut self, frame: &Value) -> Result<(), String> {
        let topic =
            || -> Topic { serde_json::from_value(frame["topic"].clone()).expect("frames name topics") };
        match frame["type"].as_str() {
            Some("event") => {
                let seq = frame["seq"].as_u64().expect("events have numbers");
                let seen = self.topics.get_mut(&topic()).ok_or("an event of a topic that was not opened")?;
                seen.numbers.push(seq);
                let expected = seen.base + seen.numbers.len() as u64;
                if seq != expected {
                    return Err(format!("expected {expected}, got {seq}"));
                }
                seen.position.seq = seq;
            }
            Some("opened") if !self.topics.contains_key(&topic()) => {
                let head = frame["head"].as_u64().expect("a head");
                let epoch = serde_json::from_value(frame["epoch"].clone()).expect("an epoch");
                self.load(topic(), Position { epoch, seq: head });
            }
            Some("reset") => self.reloads.push(topic()),
            Some("closed") => {
                self.closed.push((topic(), frame["code"].as_u64().expect("a code")));
                self.topics.remove(&topic());
            }
            _ => {}
        }
        Ok(())
    }

    /// The page was loaded, up to this position.
    pub(crate) fn load(&mut self, topic: Topic, position: Position) {
        self.topics.insert(topic, Seen { position, numbers: Vec::new(), base: position.seq });
    }

    pub(crate) fn position(&self, topic: Topic) -> Option<Position> {
        self.topics.get(&topic).map(|seen| seen.position)
    }

    pub(crate) fn resume(&self) -> Vec<TopicPosition> {
        let positions = self.topics.iter();
        positions.map(|(topic, seen)| TopicPosition { topic: *topic, position: seen.position }).collect()
    }
}

/// The frames of one message.
pub(crate) fn frames(text: &[u8]) -> Vec<Value> {
    match serde_json::from_slice(text).expect("the server speaks JSON") {
        Value::Array(frames) => frames,
        frame => vec![frame],
    }
}
