//! `presence.*` and `status.*`: how the caller is seen, and what they say of themself.

use crate::{api::codec::Command, error::ApiError};
use leptos::prelude::*;
use protocol::presence::{CustomStatus, NewPresence, NewStatus, PresenceChoice};

/// How the caller wants to be seen from now on: as they are, not to be disturbed, or not at all.
#[server(prefix = "/api", endpoint = "presence.set", protocol = Command)]
pub async fn set_presence(#[server(flatten)] new: NewPresence) -> Result<PresenceChoice, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.set_presence(&caller, new).await?)
}

/// Sets what the caller says of themself; nothing any longer without emoji and words.
#[server(prefix = "/api", endpoint = "status.set", protocol = Command)]
pub async fn set_status(#[server(flatten)] new: NewStatus) -> Result<Option<CustomStatus>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.set_status(&caller, new).await?)
}
