//! Appending: what the jobs of a group collected becomes numbered events, in bulk.

use super::{Committed, LogEvent, number};
use crate::db::{Tx, fetch_all};
use crate::dialect::{self, EventRow, Numbered, Rise, Risen};
use crate::{Error, Result};
use protocol::frame::ServerFrame;
use protocol::{Epoch, Event, EventId, EventKind, Timestamp, Topic, UserId};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;

/// An event that waits for its number.
pub(crate) struct Pending {
    pub(crate) topic: Topic,
    pub(crate) actor: Option<UserId>,
    pub(crate) entity: Option<Uuid>,
    pub(crate) kind: EventKind,
    pub(crate) raises_permission_epoch: bool,
}

/// An entity whose text leaves the log; events collected before `before` are concerned too.
pub(crate) struct Redaction {
    pub(crate) entity: Uuid,
    pub(crate) before: usize,
    pub(crate) titles: Titles,
}

/// What becomes of titles in events about an entity whose text leaves the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Titles {
    /// They are of what stands: the post of a deleted comment, the conversation of a deleted message.
    Stay,
    /// They are of what was deleted.
    Go,
}

/// A group's events with their numbers.
#[derive(Default)]
pub(crate) struct Appended {
    /// In the order in which they were collected.
    pub(crate) events: Vec<Arc<LogEvent>>,
    /// One per topic, for the channel.
    pub(crate) committed: Vec<Committed>,
    /// The numbers that posts, comments and messages of this group got as their `order`.
    pub(crate) orders: HashMap<Uuid, u64>,
}

/// Appends everything that a group collected; the last thing in its transaction.
pub(crate) async fn append(
    tx: &mut Tx,
    pending: Vec<Pending>,
    redactions: &[Redaction],
    at: Timestamp,
) -> Result<Appended> {
    let mut appended = Appended::default();
    if !redactions.is_empty() {
        // First, while the log does not hold what this group appends after a redaction.
        redact(tx, redactions).await?;
    }
    if !pending.is_empty() {
        let mut topics = raise(tx, &pending).await?;
        let numbered: Vec<(u64, u64)> = pending.iter().map(|event| number_in(&mut topics, event)).collect();
        let mut created = created(&pending, &numbered);
        created.extend(mentions(&pending, &created));
        appended.orders = created.iter().map(|(_, id, seq)| (*id, *seq)).collect();

        let mut rows = Vec::with_capacity(pending.len());
        for (index, (event, (seq, permission_epoch))) in pending.into_iter().zip(numbered).enumerate() {
            let of_it = redactions.iter().filter(|r| index < r.before && event.entity == Some(r.entity));
            let titles = of_it.map(|redaction| redaction.titles).max();
            let row = row(event, seq, permission_epoch, at, &appended.orders, titles);
            appended.events.push(Arc::new(LogEvent {
                topic: row.0,
                seq,
                permission_epoch,
                kind: Cow::Borrowed(row.1.kind),
                frame: Arc::clone(&row.1.payload),
            }));
            rows.push(row.1);
        }
        dialect::insert_events(tx, &rows, at.0).await?;
        for what in [Numbered::Posts, Numbered::Comments, Numbered::Messages, Numbered::Mentions] {
            let of_it = created.iter().filter(|(of, _, _)| *of == what);
            let stamps: Vec<_> = of_it.map(|(_, id, seq)| (*id, super::signed(*seq))).collect();
            if !stamps.is_empty() {
                dialect::stamp(tx, what, &stamps).await?;
            }
        }
        appended.committed = by_topic(&topics, &appended.events);
    }
    Ok(appended)
}

/// A topic while its events get their numbers.
struct Raised {
    epoch: Epoch,
    /// The last number given out.
    seq: u64,
    permission_epoch: u64,
}

async fn raise(tx: &mut Tx, pending: &[Pending]) -> Result<BTreeMap<Topic, Raised>> {
    let mut rises: BTreeMap<Topic, Rise> = BTreeMap::new();
    for event in pending {
        let rise = rises.entry(event.topic).or_insert_with(|| Rise {
            topic: event.topic.to_string(),
            events: 0,
            permission_epochs: 0,
        });
        rise.events += 1;
        rise.permission_epochs += i64::from(event.raises_permission_epoch);
    }
    let list: Vec<Rise> = rises.into_values().collect();
    let risen = dialect::raise_heads(tx, &list).await?;
    let risen: HashMap<&str, &Risen> = risen.iter().map(|row| (row.id.as_str(), row)).collect();
    let mut topics = BTreeMap::new();
    for rise in &list {
        let topic: Topic = rise.topic.parse().map_err(|why| Error::corrupt("topics", &rise.topic, why))?;
        let row = risen.get(rise.topic.as_str());
        let row = row.ok_or_else(|| Error::corrupt("topics", &rise.topic, "it is missing"))?;
        topics.insert(
            topic,
            Raised {
                epoch: Epoch(row.epoch),
                seq: number(row.head_seq - rise.events),
                permission_epoch: number(row.permission_epoch - rise.permission_epochs),
            },
        );
    }
    Ok(topics)
}

/// Number and permission epoch of the next event of its topic.
fn number_in(topics: &mut BTreeMap<Topic, Raised>, event: &Pending) -> (u64, u64) {
    let raised = topics.get_mut(&event.topic).expect("every topic of the group was raised");
    raised.seq += 1;
    raised.permission_epoch += u64::from(event.raises_permission_epoch);
    (raised.seq, raised.permission_epoch)
}

/// Posts, comments and messages that this group created, with their order.
fn created(pending: &[Pending], numbered: &[(u64, u64)]) -> Vec<(Numbered, Uuid, u64)> {
    let seqs = numbered.iter().map(|(seq, _)| *seq);
    let of = |event: &Pending| match &event.kind {
        EventKind::PostCreated(post) => Some((Numbered::Posts, post.id.0)),
        EventKind::CommentCreated { comment, .. } => Some((Numbered::Comments, comment.id.0)),
        EventKind::MessageCreated { message, .. } => Some((Numbered::Messages, message.id.0)),
        _ => None,
    };
    pending.iter().zip(seqs).filter_map(|(event, seq)| of(event).map(|(what, id)| (what, id, seq))).collect()
}

/// The mentions of messages that this group created: each has the number of its message. Also those
/// that an edit in the same group added.
fn mentions(pending: &[Pending], created: &[(Numbered, Uuid, u64)]) -> Vec<(Numbered, Uuid, u64)> {
    let names = |event: &Pending| match &event.kind {
        EventKind::MessageCreated { message, .. } | EventKind::MessageUpdated(message) => {
            (!message.mentioned.is_empty()).then_some(message.id.0)
        }
        _ => None,
    };
    let named: HashSet<Uuid> = pending.iter().filter_map(names).collect();
    let of_named = created.iter().filter(|(what, id, _)| *what == Numbered::Messages && named.contains(id));
    of_named.map(|(_, id, seq)| (Numbered::Mentions, *id, *seq)).collect()
}

fn row(
    mut event: Pending,
    seq: u64,
    permission_epoch: u64,
    at: Timestamp,
    orders: &HashMap<Uuid, u64>,
    redacted: Option<Titles>,
) -> (Topic, EventRow) {
    set_order(&mut event.kind, orders);
    let (kind, id) = (event.kind.name(), EventId::new(at));
    let frame =
        ServerFrame::Event(Event { topic: event.topic, seq, id, at, actor: event.actor, kind: event.kind });
    let mut payload = serde_json::to_string(&frame).expect("frames are JSON");
    if let Some(titles) = redacted {
        payload = without_text(&payload, titles).unwrap_or(payload);
    }
    let row = EventRow {
        topic: event.topic.to_string(),
        seq: super::signed(seq),
        id: id.0,
        kind,
        actor: event.actor.map(|actor| actor.0),
        entity: event.entity,
        permission_epoch: super::signed(permission_epoch),
        payload: payload.into(),
    };
    (event.topic, row)
}

/// A post, comment or message of this very group has no order in its row yet when a later job reads it.
fn set_order(kind: &mut EventKind, orders: &HashMap<Uuid, u64>) {
    let (id, order) = match kind {
        EventKind::PostCreated(post) | EventKind::PostUpdated(post) => (post.id.0, &mut post.order),
        EventKind::CommentCreated { comment, .. } | EventKind::CommentUpdated(comment) => {
            (comment.id.0, &mut comment.order)
        }
        EventKind::MessageCreated { message, .. } | EventKind::MessageUpdated(message) => {
            (message.id.0, &mut message.order)
        }
        EventKind::MessageDeleted { id, order, .. } => (id.0, order),
        _ => return,
    };
    if let Some(seq) = orders.get(&id) {
        *order = *seq;
    }
}

fn by_topic(topics: &BTreeMap<Topic, Raised>, events: &[Arc<LogEvent>]) -> Vec<Committed> {
    let mut committed: BTreeMap<Topic, Committed> = BTreeMap::new();
    for (topic, raised) in topics {
        let (epoch, permission_epoch) = (raised.epoch, raised.permission_epoch);
        committed.insert(*topic, Committed { topic: *topic, epoch, permission_epoch, events: Vec::new() });
    }
    for event in events {
        let entry = committed.get_mut(&event.topic).expect("every topic of the group was raised");
        entry.events.push(Arc::clone(event));
    }
    committed.into_values().collect()
}

/// Takes the text of entities out of what the log holds of them.
async fn redact(tx: &mut Tx, redactions: &[Redaction]) -> Result<()> {
    let mut titles: HashMap<Uuid, Titles> = HashMap::new();
    for redaction in redactions {
        let of_it = titles.entry(redaction.entity).or_insert(redaction.titles);
        *of_it = redaction.titles.max(*of_it);
    }
    let entities: Vec<Uuid> = titles.keys().copied().collect();
    let rows = fetch_all!(
        tx,
        (String, i64, Uuid, String),
        ids = entities,
        "SELECT topic_id, seq, entity_id, payload FROM events WHERE entity_id IN (SELECT id FROM ids)"
    )?;
    let mut redacted = Vec::with_capacity(rows.len());
    for (topic, seq, entity, payload) in rows {
        let why = |why| Error::corrupt("events", format!("{topic} {seq}"), why);
        let titles = titles.get(&entity).copied().unwrap_or(Titles::Go);
        let without = without_text(&payload, titles).map_err(why)?;
        if without != payload {
            redacted.push((topic, seq, without));
        }
    }
    if !redacted.is_empty() {
        dialect::replace_payloads(tx, &redacted).await?;
    }
    Ok(())
}

/// Members of an event's data that people wrote …
const TEXTS: [&str; 3] = ["body", "html", "excerpt"];
const TITLE: &str = "title";
/// … what is there or not …
const PARTS: [&str; 2] = ["notice", "link"];
/// … what a program says, which becomes an empty object …
const PAYLOAD: &str = "payload";
/// … and lists of what belongs to the text, which go as a whole.
const LISTS: [&str; 3] = ["mentioned", "attachments", "previews"];

fn without_text(frame: &str, titles: Titles) -> serde_json::Result<String> {
    let mut frame: Value = serde_json::from_str(frame)?;
    empty_texts(&mut frame, titles);
    serde_json::to_string(&frame)
}

fn empty_texts(value: &mut Value, titles: Titles) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.as_str();
                match member {
                    part if PARTS.contains(&name) => *part = Value::Null,
                    payload if name == PAYLOAD => *payload = Value::Object(serde_json::Map::new()),
                    Value::String(text) if TEXTS.contains(&name) => text.clear(),
                    Value::String(title) if name == TITLE && titles == Titles::Go => title.clear(),
                    Value::Array(list) if LISTS.contains(&name) => list.clear(),
                    _ => empty_texts(member, titles),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| empty_texts(item, titles)),
        _ => {}
    }
}
