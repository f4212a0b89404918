//! The list of a workspace's events, and what can be chosen in it.

use super::rows::{Row, event_columns};
use crate::db::{Tx, fetch_all};
use crate::log::position;
use crate::{Caller, Result, access, users};
use protocol::custom_event::{Activity, CustomEvent, EventChoices, EventFilter};
use protocol::page::PageKey;
use protocol::position::TopicPosition;
use protocol::{Error, Timestamp, Topic, WorkspaceId, limits};
use uuid::Uuid;

/// Most kinds and sources that can be chosen.
const CHOICES_MAX: i64 = 100;

/// What everybody may read and what is the caller's own, with the same binds in every variant. What a page is
/// found by is compared and ordered together with the time: only its own index answers that, also where a
/// planner does not know how rare a kind is.
macro_rules! select_events {
    ($first:literal, $order:literal) => {
        concat!(
            "SELECT ",
            event_columns!(),
            " FROM custom_events e JOIN users u ON u.id = e.source_id
             WHERE e.workspace_id = $1 AND e.deleted_at IS NULL AND e.at < $3 AND ",
            $first,
            " AND (e.user_id IS NULL OR e.user_id = $2)
             AND ($4 IS NULL OR e.noun = $4) AND ($5 IS NULL OR e.kind = $5)
             AND ($6 IS NULL OR e.source_id = $6)
             ORDER BY ",
            $order,
            "e.at DESC LIMIT $7"
        )
    };
}

/// One page, from before a time or from the top.
pub(super) async fn page(
    tx: &mut Tx,
    caller: &Caller,
    workspace: WorkspaceId,
    filter: &EventFilter,
    before: Option<Timestamp>,
) -> Result<Activity> {
    let member = access::member(tx, caller, workspace).await?;
    let topics = [member.topic(), Topic::User(caller.user)];
    let as_of = [
        TopicPosition { topic: topics[0], position: position(tx, topics[0]).await? },
        TopicPosition { topic: topics[1], position: position(tx, topics[1]).await? },
    ];
    let mut events = before_time(tx, caller, workspace, filter, before).await?;
    let has_more = limits::EVENTS_PAGE_ROWS < events.len();
    events.truncate(limits::EVENTS_PAGE_ROWS);
    let next = events.last().filter(|_| has_more).map(|last| PageKey(last.at.0.to_string()));
    Ok(Activity { events, next, as_of })
}

async fn before_time(
    tx: &mut Tx,
    caller: &Caller,
    workspace: WorkspaceId,
    filter: &EventFilter,
    before: Option<Timestamp>,
) -> Result<Vec<CustomEvent>> {
    let sql = match filter {
        EventFilter { mine: true, .. } => select_events!("e.user_id = $2", ""),
        EventFilter { kind: Some(_), .. } => {
            select_events!("e.kind >= $5 AND (e.kind, e.at) < ($5, $3)", "e.kind DESC, ")
        }
        EventFilter { noun: Some(_), .. } => {
            select_events!("e.noun >= $4 AND (e.noun, e.at) < ($4, $3)", "e.noun DESC, ")
        }
        EventFilter { source: Some(_), .. } => {
            select_events!("e.source_id >= $6 AND (e.source_id, e.at) < ($6, $3)", "e.source_id DESC, ")
        }
        _ => select_events!("TRUE", ""),
    };
    let rows = fetch_all!(
        tx,
        Row,
        sql,
        workspace.0,
        caller.user.0,
        before.map_or(i64::MAX, |before| before.0),
        filter.noun.as_deref(),
        filter.kind.as_deref(),
        filter.source.map(|source| source.0),
        limits::EVENTS_PAGE_ROWS as i64 + 1
    )?;
    rows.into_iter().map(Row::event).collect()
}

/// What stands in a list, read from its indexes by jumping from one name to the next.
pub(super) async fn choices(tx: &mut Tx, caller: &Caller, workspace: WorkspaceId) -> Result<EventChoices> {
    access::member(tx, caller, workspace).await?;
    let kinds = fetch_all!(
        tx,
        (String,),
        "WITH RECURSIVE found(kind) AS (
             SELECT * FROM (SELECT kind FROM custom_events
                 WHERE workspace_id = $1 AND deleted_at IS NULL AND (user_id IS NULL OR user_id = $2)
                 ORDER BY kind LIMIT 1) AS first
             UNION ALL
             SELECT (SELECT e.kind FROM custom_events e
                 WHERE e.workspace_id = $1 AND e.deleted_at IS NULL AND (e.user_id IS NULL OR e.user_id = $2)
                 AND e.kind > found.kind ORDER BY e.kind LIMIT 1)
             FROM found WHERE found.kind IS NOT NULL)
         SELECT kind FROM found WHERE kind IS NOT NULL LIMIT $3",
        workspace.0,
        caller.user.0,
        CHOICES_MAX
    )?;
    let sources = fetch_all!(
        tx,
        (Uuid,),
        "WITH RECURSIVE found(id) AS (
             SELECT * FROM (SELECT source_id FROM custom_events
                 WHERE workspace_id = $1 AND deleted_at IS NULL AND (user_id IS NULL OR user_id = $2)
                 ORDER BY source_id LIMIT 1) AS first
             UNION ALL
             SELECT (SELECT e.source_id FROM custom_events e
                 WHERE e.workspace_id = $1 AND e.deleted_at IS NULL AND (e.user_id IS NULL OR e.user_id = $2)
                 AND e.source_id > found.id ORDER BY e.source_id LIMIT 1)
             FROM found WHERE found.id IS NOT NULL)
         SELECT id FROM found WHERE id IS NOT NULL LIMIT $3",
        workspace.0,
        caller.user.0,
        CHOICES_MAX
    )?;
    let ids = sources.into_iter().map(|(id,)| id).collect();
    let mut sources: Vec<_> = users::people(tx, ids).await?.into_values().collect();
    sources.sort_by_key(|person| (person.name.to_lowercase(), person.id));
    Ok(EventChoices { kinds: kinds.into_iter().map(|(kind,)| kind).collect(), sources })
}

/// What a page's key says: the time of its last row.
pub(super) fn place_of(key: &PageKey) -> Result<Timestamp> {
    let at = key.0.parse().map(Timestamp);
    at.map_err(|_| Error::invalid("page", "This page does not exist.").into())
}
