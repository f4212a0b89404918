//! Custom events: what other programs publish to a workspace, or to one person in it.
//!
//! Each is one row and one `custom.published` in the log of whom it concerns, written together; `list`
//! reads the rows, `keep` ends them.

mod keep;
mod list;
mod publish;
mod rows;

use crate::access::Member;
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, access, event_kinds, redaction};
use futures::FutureExt;
use protocol::custom_event::{Activity, CustomEvent, EventChoices, EventFilter, NewCustomEvent};
use protocol::page::PageKey;
use protocol::workspace::Role;
use protocol::{CustomEventId, Error, EventKind, Topic, WorkspaceId, limits};
use std::sync::Arc;

/// What became of one event of several.
type Outcome = std::result::Result<CustomEvent, Error>;

impl Store {
    /// Publishes events to a workspace, or to people in it: all that can be, the others with their own
    /// refusals, in the order in which they came. The same id again by the same source gives back the event
    /// that is there.
    ///
    /// # Errors
    /// 404 outside the workspace, 403 for guests, 422 for none or too many. For one event: 404 for a person
    /// who is not in the workspace, 409 for an id in use or with other content, 413 and 422 for what does
    /// not fit, also the schema that its kind is registered with.
    pub async fn publish_events(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        new: Vec<NewCustomEvent>,
    ) -> Result<Vec<Outcome>> {
        let caller = *caller;
        if !(1..=limits::EVENTS_AT_ONCE_MAX).contains(&new.len()) {
            let message = format!("Between 1 and {} events at once.", limits::EVENTS_AT_ONCE_MAX);
            return Err(Error::invalid("events", message).into());
        }
        // As it is registered when the event comes.
        let kinds: Vec<String> = new.iter().map(|new| new.kind.clone()).collect();
        let schemas = self
            .read(move |tx| {
                async move {
                    access::member(tx, &caller, workspace).await?.may_publish()?;
                    event_kinds::schemas(tx, workspace, &kinds).await
                }
                .boxed()
            })
            .await?;
        let checked = Arc::new(publish::check(schemas, new).await?);
        let written = self.write(move |tx| {
            let checked = Arc::clone(&checked);
            async move { publish::publish(tx, &caller, workspace, &checked).await }.boxed()
        });
        Ok(written.await?.value)
    }

    /// A page of the events of a workspace that concern everybody or the caller, newest first.
    ///
    /// # Errors
    /// 404 outside, 422 for a key that no page gave out.
    pub async fn activity(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        filter: EventFilter,
        before: Option<PageKey>,
    ) -> Result<Activity> {
        let caller = *caller;
        let before = before.map(|key| list::place_of(&key)).transpose()?;
        self.read(move |tx| async move { list::page(tx, &caller, workspace, &filter, before).await }.boxed())
            .await
    }

    /// The kinds of such events, and who published them.
    ///
    /// # Errors
    /// 404 outside.
    pub async fn event_choices(&self, caller: &Caller, workspace: WorkspaceId) -> Result<EventChoices> {
        let caller = *caller;
        self.read(move |tx| async move { list::choices(tx, &caller, workspace).await }.boxed()).await
    }

    /// Deletes an event, and takes what it said out of the log. Once more does nothing.
    ///
    /// # Errors
    /// 404 for one that the caller cannot know of, 403 for others than its source and admins.
    pub async fn delete_custom_event(&self, caller: &Caller, id: CustomEventId) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| async move { delete(tx, &caller, id).await }.boxed()).await?;
        Ok(())
    }
}

async fn delete(tx: &mut WriteTx, caller: &Caller, id: CustomEventId) -> Result<()> {
    let not_found = || Error::not_found("This event");
    let place = rows::place(tx, id).await?.ok_or_else(not_found)?;
    let member = access::member(tx, caller, place.workspace).await.map_err(|error| match error {
        // Where it happened must not show.
        crate::Error::Refused(_) => not_found().into(),
        other => other,
    })?;
    if place.source != caller.user && member.role < Role::Admin {
        if place.deleted || place.person.is_some_and(|person| person != caller.user) {
            return Err(not_found().into());
        }
        return Err(Error::forbidden("Only its publisher and admins can delete an event.").into());
    }
    if place.deleted {
        return Ok(());
    }
    redaction::custom_event(tx, id).await?;
    let kind = EventKind::CustomDeleted { id, workspace: place.workspace };
    tx.append(topic(&member, place.person), Some(caller.user), Some(id.0), kind);
    Ok(())
}

/// Whose log it stands in.
fn topic(member: &Member, person: Option<protocol::UserId>) -> Topic {
    person.map_or(member.topic(), Topic::User)
}
