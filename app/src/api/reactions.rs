//! `reactions.*`: set and removed, never toggled, so that each can be repeated.

use crate::{
    api::{Done, codec::Command},
    error::ApiError,
};
use leptos::prelude::*;
use protocol::Person;
use protocol::reaction::{Reaction, ReactionTarget};

/// Reacts.
#[server(prefix = "/api", endpoint = "reactions.add", protocol = Command)]
pub async fn add_reaction(#[server(flatten)] reaction: Reaction) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.add_reaction(&caller, reaction).await?;
    Ok(Done::OK)
}

/// Takes a reaction back.
#[server(prefix = "/api", endpoint = "reactions.remove", protocol = Command)]
pub async fn remove_reaction(#[server(flatten)] reaction: Reaction) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.remove_reaction(&caller, reaction).await?;
    Ok(Done::OK)
}

/// Who chose an emoji, the first ones first.
#[server(prefix = "/api", endpoint = "reactions.list", protocol = Command)]
pub async fn list_reactors(target: ReactionTarget, emoji: String) -> Result<Vec<Person>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.reactors(&caller, target, emoji).await?)
}
