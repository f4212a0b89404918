//! The log: what realtime reads of it, and how a group of jobs appends to it.
//!
//! Numbers come from `UPDATE topics SET head_seq = head_seq + n`, last in the transaction. The row
//! stays locked until the commit, so for one topic the order of numbers is the order of commits, and
//! a rollback gives its numbers back: what is committed is always exactly 1..head. A column that
//! counts by itself is not that: a reader can see 7 before 6 is committed, and never look back
//! (`store/tests/it/log.rs` keeps that variant as the control that must fail).

pub(crate) mod append;
mod keep;

use crate::db::{Tx, fetch_all, fetch_optional};
use crate::{Error, Result, Store};
use protocol::{Epoch, EventKind, Position, Topic};
use sqlx::FromRow;
use std::borrow::Cow;
use std::sync::Arc;
use uuid::Uuid;

/// One event as the log holds it; never encoded again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// Whose log.
    pub topic: Topic,
    /// Its number there.
    pub seq: u64,
    /// The topic's permission epoch with this event: a right that was checked at an earlier one must
    /// be checked again before the event goes out.
    pub permission_epoch: u64,
    /// [`EventKind::name`]; one of a newer version as it stands in the database.
    pub kind: Cow<'static, str>,
    /// The finished JSON of [`protocol::frame::ServerFrame::Event`].
    pub frame: Arc<str>,
}

/// What one commit appended to one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The topic.
    pub topic: Topic,
    /// Identity of its log.
    pub epoch: Epoch,
    /// Its permission epoch after the last event.
    pub permission_epoch: u64,
    /// The events in order, without a gap to those of the commit before.
    pub events: Vec<Arc<LogEvent>>,
}

/// Where a topic's log stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicHead {
    /// The topic.
    pub topic: Topic,
    /// Identity of its log.
    pub epoch: Epoch,
    /// Number of the newest event.
    pub head: u64,
    /// Events up to this one may be gone; what follows it is there.
    pub floor: u64,
    /// Its permission epoch.
    pub permission_epoch: u64,
}

#[derive(FromRow)]
struct HeadRow {
    id: String,
    epoch: Uuid,
    head_seq: i64,
    floor_seq: i64,
    permission_epoch: i64,
}

impl HeadRow {
    fn head(self) -> Result<TopicHead> {
        Ok(TopicHead {
            topic: self.id.parse().map_err(|why| Error::corrupt("topics", &self.id, why))?,
            epoch: Epoch(self.epoch),
            head: number(self.head_seq),
            floor: number(self.floor_seq),
            permission_epoch: number(self.permission_epoch),
        })
    }
}

#[derive(FromRow)]
struct Row {
    seq: i64,
    kind: String,
    permission_epoch: i64,
    payload: String,
}

impl Store {
    /// Where these topics stand; those that do not exist are left out.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn heads(&self, topics: &[Topic]) -> Result<Vec<TopicHead>> {
        let ids: Vec<String> = topics.iter().map(Topic::to_string).collect();
        self.read_one(move |tx| {
            Box::pin(async move {
                let rows = fetch_all!(
                    tx,
                    HeadRow,
                    texts = ids,
                    "SELECT id, epoch, head_seq, floor_seq, permission_epoch FROM topics
                     WHERE id IN (SELECT text FROM texts)"
                )?;
                rows.into_iter().map(HeadRow::head).collect()
            })
        })
        .await
    }

    /// The events that follow `after_seq`, without a gap, until `events_max` or `bytes_max` is
    /// reached (but at least one). Empty when there is none, and when the next one is no longer
    /// kept: [`TopicHead::floor`] tells the two apart.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn read_after(
        &self,
        topic: Topic,
        after_seq: u64,
        events_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<Arc<LogEvent>>> {
        let rows = self
            .read_one(move |tx| {
                Box::pin(async move {
                    Ok(fetch_all!(
                        tx,
                        Row,
                        "SELECT seq, kind, permission_epoch, payload
                         FROM (SELECT seq, kind, permission_epoch, payload, OCTET_LENGTH(payload) AS bytes,
                                      SUM(OCTET_LENGTH(payload)) OVER (ORDER BY seq) AS bytes_so_far
                               FROM (SELECT seq, kind, permission_epoch, payload FROM events
                                     WHERE topic_id = $1 AND seq > $2 ORDER BY seq LIMIT $3) AS page) AS sized
                         WHERE bytes_so_far <= $4 OR bytes_so_far = bytes
                         ORDER BY seq",
                        topic.to_string(),
                        signed(after_seq),
                        i64::try_from(events_max).unwrap_or(i64::MAX),
                        i64::try_from(bytes_max).unwrap_or(i64::MAX)
                    )?)
                })
            })
            .await?;
        let mut events = Vec::with_capacity(rows.len());
        for (next, row) in (after_seq + 1..).zip(rows) {
            if number(row.seq) != next {
                break;
            }
            events.push(Arc::new(LogEvent {
                topic,
                seq: number(row.seq),
                permission_epoch: number(row.permission_epoch),
                kind: kind(row.kind),
                frame: row.payload.into(),
            }));
        }
        Ok(events)
    }
}

/// Where the topic stands in this transaction: the `as_of` of a list that is read in it.
///
/// # Errors
/// [`Error::Corrupt`] if the topic does not exist.
pub(crate) async fn position(tx: &mut Tx, topic: Topic) -> Result<Position> {
    let id = topic.to_string();
    let row = fetch_optional!(tx, (Uuid, i64), "SELECT epoch, head_seq FROM topics WHERE id = $1", &id)?;
    let (epoch, seq) = row.ok_or_else(|| Error::corrupt("topics", id, "it is missing"))?;
    Ok(Position { epoch: Epoch(epoch), seq: number(seq) })
}

/// A count or a number of the database, which are never negative.
pub(crate) fn number(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// A number as the database takes it.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn kind(name: String) -> Cow<'static, str> {
    match EventKind::NAMES.iter().find(|known| **known == name) {
        Some(known) => Cow::Borrowed(known),
        None => Cow::Owned(name),
    }
}
