//! `events.*`: what other programs publish to a workspace, and the kinds that it registered.

use crate::{
    api::{Done, codec::Command},
    error::ApiError,
};
use leptos::prelude::*;
use protocol::custom_event::{
    Activity, EventChoices, EventFilter, NewCustomEvent, Published, RegisteredKind,
};
use protocol::json::Json;
use protocol::page::PageKey;
use protocol::{CustomEventId, WorkspaceId};

/// Publishes up to 100 events; each has its own answer, in order. Of one event alone, a refusal is the
/// answer itself, with its status.
#[server(prefix = "/api", endpoint = "events.publish", protocol = Command)]
pub async fn publish_events(
    workspace: WorkspaceId,
    events: Vec<NewCustomEvent>,
) -> Result<Vec<Published>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    let is_one = events.len() == 1;
    let outcomes = services().store.publish_events(&caller, workspace, events).await?;
    let published = |outcome: Result<_, _>| match outcome {
        Ok(event) => Ok(Published::Event(event)),
        Err(refusal) if is_one => Err(ApiError(refusal)),
        Err(refusal) => Ok(Published::Error(refusal)),
    };
    outcomes.into_iter().map(published).collect()
}

/// A page of the events that concern everybody or the caller, newest first.
#[server(prefix = "/api", endpoint = "events.list", protocol = Command)]
pub async fn list_events(
    workspace: WorkspaceId,
    #[server(flatten)] filter: EventFilter,
    #[server(default)] before: Option<PageKey>,
) -> Result<Activity, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.activity(&caller, workspace, filter, before).await?)
}

/// The kinds of such events, and who published them: what a list can be filtered by.
#[server(prefix = "/api", endpoint = "events.choices", protocol = Command)]
pub async fn list_event_choices(workspace: WorkspaceId) -> Result<EventChoices, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.event_choices(&caller, workspace).await?)
}

/// Deletes an event and what it said; again is a success. For its publisher and for admins.
#[server(prefix = "/api", endpoint = "events.delete", protocol = Command)]
pub async fn delete_event(
    id: CustomEventId,
    #[server(default)] to: Option<String>,
) -> Result<Done, ApiError> {
    use crate::server::{caller, path_on_this_site, send_form_to, services};
    let caller = caller()?;
    services().store.delete_custom_event(&caller, id).await?;
    send_form_to(&path_on_this_site(to));
    Ok(Done::OK)
}

/// The kinds that the workspace registered, by name, with their schemas.
#[server(prefix = "/api", endpoint = "events.kinds", protocol = Command)]
pub async fn list_event_kinds(workspace: WorkspaceId) -> Result<Vec<RegisteredKind>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.event_kinds(&caller, workspace).await?)
}

/// Registers a kind with the JSON Schema that payloads have to fit; again replaces it. For admins of the
/// workspace. A form sends the schema as a text.
#[server(prefix = "/api", endpoint = "events.register", protocol = Command)]
pub async fn register_event_kind(
    workspace: WorkspaceId,
    kind: String,
    schema: Json,
    #[server(default)] to: Option<String>,
) -> Result<RegisteredKind, ApiError> {
    use crate::server::{caller, path_on_this_site, send_form_to, services};
    let caller = caller()?;
    let schema = schema.out_of_text("schema")?;
    let registered = services().store.register_event_kind(&caller, workspace, kind.trim(), schema).await?;
    send_form_to(&path_on_this_site(to));
    Ok(registered)
}

/// Takes a kind out of the registered ones: payloads may be anything again. For admins of the workspace.
#[server(prefix = "/api", endpoint = "events.unregister", protocol = Command)]
pub async fn unregister_event_kind(
    workspace: WorkspaceId,
    kind: String,
    #[server(default)] to: Option<String>,
) -> Result<Done, ApiError> {
    use crate::server::{caller, path_on_this_site, send_form_to, services};
    let caller = caller()?;
    services().store.unregister_event_kind(&caller, workspace, &kind).await?;
    send_form_to(&path_on_this_site(to));
    Ok(Done::OK)
}
