//! Publishing: what can be said of an event alone first, outside of the writer; then all of them at once.

use super::rows;
use super::{Outcome, topic};
use crate::db::{Tx, fetch_all, fetch_one};
use crate::dialect::published::{self, CustomEventRow};
use crate::event_kinds::Schemas;
use crate::writer::WriteTx;
use crate::{Caller, Result, access, authors, notifications, workspaces};
use protocol::custom_event::{CustomEvent, NewCustomEvent, noun};
use protocol::{CustomEventId, Error, EventKind, Person, Timestamp, UserId, WorkspaceId, limits};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// An event that may be published, or why not.
type Checked = std::result::Result<NewCustomEvent, Error>;

/// Looks at texts and payloads, on a thread that may take its time.
pub(super) async fn check(schemas: Schemas, new: Vec<NewCustomEvent>) -> Result<Vec<Checked>> {
    let work = move || {
        let mut to_all = 0;
        let check_one = |new: NewCustomEvent| {
            let (new, payload) = new.validate()?;
            schemas.check(&new.kind, &payload)?;
            to_all += usize::from(new.notice.is_some() && new.person.is_none());
            if limits::EVENTS_NOTIFYING_ALL_MAX < to_all {
                let most = limits::EVENTS_NOTIFYING_ALL_MAX;
                let message = format!("At most {most} events at once may notify everybody.");
                return Err(Error::invalid("notice", message));
            }
            Ok(new)
        };
        new.into_iter().map(check_one).collect()
    };
    // It is lost only when the process ends.
    tokio::task::spawn_blocking(work).await.map_err(|_| crate::Error::Busy)
}

/// Writes those that can be.
pub(super) async fn publish(
    tx: &mut WriteTx,
    caller: &Caller,
    workspace: WorkspaceId,
    checked: &[Checked],
) -> Result<Vec<Outcome>> {
    let publisher = access::member(tx, caller, workspace).await?.may_publish()?;
    workspaces::take_turns(tx, workspace).await?;
    let source = authors::person(tx, caller.user).await?;
    let valid = || checked.iter().flatten();
    let mut known = known(tx, valid().map(|new| new.id.0).collect()).await?;
    let people = members_among(tx, workspace, valid().filter_map(|new| new.person).collect()).await?;
    let mut at = last(tx, workspace).await?;
    let (mut outcomes, mut added) = (Vec::with_capacity(checked.len()), Vec::new());
    for new in checked {
        let outcome = match new {
            Err(refusal) => Err(refusal.clone()),
            Ok(new) => match known.get(&new.id) {
                Some(there) => again(caller, workspace, new, there.as_ref()),
                None if new.person.is_some_and(|person| !people.contains(&person)) => {
                    Err(Error::not_found("This person"))
                }
                None => {
                    at = at.max(tx.now);
                    let event = event(workspace, new, &source, at);
                    at = Timestamp(at.0 + 1);
                    known.insert(new.id, Some(event.clone()));
                    added.push(event.clone());
                    Ok(event)
                }
            },
        };
        outcomes.push(outcome);
    }
    let rows: Vec<CustomEventRow<'_>> = added.iter().map(row).collect();
    if !rows.is_empty() {
        published::insert_custom_events(tx, &rows).await?;
    }
    for event in added {
        let topic = topic(&publisher, event.person);
        tx.append(topic, Some(caller.user), Some(event.id.0), EventKind::CustomPublished(event.clone()));
        if event.notice.is_some() {
            notifications::published(tx, &event).await?;
        }
    }
    Ok(outcomes)
}

fn event(workspace: WorkspaceId, new: &NewCustomEvent, source: &Person, at: Timestamp) -> CustomEvent {
    CustomEvent {
        id: new.id,
        workspace,
        person: new.person,
        kind: new.kind.clone(),
        payload: new.payload.clone(),
        notice: new.notice.clone(),
        source: source.clone(),
        at,
    }
}

fn row(event: &CustomEvent) -> CustomEventRow<'_> {
    CustomEventRow {
        id: event.id.0,
        workspace: event.workspace.0,
        user: event.person.map(|person| person.0),
        source: event.source.id.0,
        noun: noun(&event.kind),
        kind: &event.kind,
        payload: event.payload.text(),
        notice: event.notice.as_ref().map(|notice| notice.text.as_str()),
        link: event.notice.as_ref().and_then(|notice| notice.link.as_deref()),
        at: event.at.0,
    }
}

/// What these ids name already; nothing of an event that was deleted.
async fn known(tx: &mut Tx, ids: Vec<Uuid>) -> Result<HashMap<CustomEventId, Option<CustomEvent>>> {
    let mut known = HashMap::new();
    for row in rows::these(tx, &ids).await? {
        let deleted = row.is_deleted();
        let event = row.event()?;
        known.insert(event.id, (!deleted).then_some(event));
    }
    Ok(known)
}

/// The answer to an id that is known.
fn again(
    caller: &Caller,
    workspace: WorkspaceId,
    new: &NewCustomEvent,
    there: Option<&CustomEvent>,
) -> Outcome {
    match there {
        Some(there) if there.source.id == caller.user && there.workspace == workspace => {
            match new.is_again(there) {
                true => Ok(there.clone()),
                false => Err(Error::taken("id", "This id was published with other content.")),
            }
        }
        _ => Err(Error::taken("id", "This id is in use.")),
    }
}

async fn members_among(
    tx: &mut Tx,
    workspace: WorkspaceId,
    people: HashSet<UserId>,
) -> Result<HashSet<UserId>> {
    if people.is_empty() {
        return Ok(people);
    }
    let ids: Vec<Uuid> = people.into_iter().map(|person| person.0).collect();
    let rows = fetch_all!(
        tx,
        (Uuid,),
        ids = ids,
        "SELECT user_id FROM members WHERE workspace_id = $2 AND user_id IN (SELECT id FROM ids)",
        workspace.0
    )?;
    Ok(rows.into_iter().map(|(id,)| UserId(id)).collect())
}

/// The first time after all events of the workspace.
async fn last(tx: &mut Tx, workspace: WorkspaceId) -> Result<Timestamp> {
    let sql = "SELECT COALESCE(MAX(at) + 1, 0) FROM custom_events WHERE workspace_id = $1";
    let (at,) = fetch_one!(tx, (i64,), sql, workspace.0)?;
    Ok(Timestamp(at))
}
