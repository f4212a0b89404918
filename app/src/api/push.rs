//! `push.*`: telling the caller's devices of what they do not look at.

use crate::{
    api::{Done, codec::Command},
    error::ApiError,
};
use leptos::prelude::*;
use protocol::SessionId;
use protocol::push::{Looked, NewSubscription, PushLine, PushState, QuietFor};

/// The key that browsers ask for, and the caller's devices that are told.
#[server(prefix = "/api", endpoint = "push.get", protocol = Command)]
pub async fn get_push() -> Result<PushState, ApiError> {
    use crate::server::{caller, services};
    let (caller, services) = (caller()?, services());
    let devices = services.store.push_devices(&caller).await?;
    let quiet_until = services.store.quiet_until(&caller).await?;
    Ok(PushState { public_key: services.push.public_key(), devices, quiet_until })
}

/// From now on the caller's device is told.
#[server(prefix = "/api", endpoint = "push.subscribe", protocol = Command)]
pub async fn subscribe_push(#[server(flatten)] new: NewSubscription) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let (caller, services) = (caller()?, services());
    let target = services.push.target(&new.validate()?)?;
    services.store.subscribe_push(&caller, target).await?;
    Ok(Done::OK)
}

/// One of the caller's devices is told no more; without an id the one that asks.
#[server(prefix = "/api", endpoint = "push.unsubscribe", protocol = Command)]
pub async fn unsubscribe_push(#[server(default)] id: Option<SessionId>) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.unsubscribe_push(&caller, id.unwrap_or(caller.session)).await?;
    Ok(Done::OK)
}

/// Tells no device of the caller anything for this many minutes; with none, from now on again.
#[server(prefix = "/api", endpoint = "push.quiet", protocol = Command)]
pub async fn set_quiet(#[server(flatten)] quiet: QuietFor) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.set_quiet(&caller, quiet.minutes).await?;
    Ok(Done::OK)
}

/// Sends a test to all devices of the caller that are told.
#[server(prefix = "/api", endpoint = "push.test", protocol = Command)]
pub async fn test_push() -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.test_push(&caller).await?;
    Ok(Done::OK)
}

/// Why the caller's devices were told or not, the latest first.
#[server(prefix = "/api", endpoint = "push.log", protocol = Command)]
pub async fn list_push_log() -> Result<Vec<PushLine>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.push_log(&caller).await?)
}

/// Somebody looks at a window of this device, or no longer: others need not be told.
#[server(prefix = "/api", endpoint = "push.look", protocol = Command)]
pub async fn look(#[server(default)] on: bool) -> Result<Looked, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.look(&caller, on).await?)
}
