//! `reads.*`: how far the caller has read, and how far others have.

use crate::{
    api::{Done, codec::Command},
    error::ApiError,
};
use leptos::prelude::*;
use protocol::conversation::Receipt;
use protocol::presence::NewReceipts;
use protocol::{ConversationId, Topic, WorkspaceId};

/// The caller has read a topic up to this number; a lower one than before changes nothing.
#[server(prefix = "/api", endpoint = "reads.move", protocol = Command)]
pub async fn move_read(topic: Topic, #[server(default)] seq: u64) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.move_read(&caller, topic, seq).await?;
    Ok(Done::OK)
}

/// Sets how far the caller has read a conversation, also back: marks it unread from what follows.
#[server(prefix = "/api", endpoint = "reads.set", protocol = Command)]
pub async fn set_read(conversation: ConversationId, #[server(default)] seq: u64) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.set_read(&caller, conversation, seq).await?;
    Ok(Done::OK)
}

/// Marks everything in the conversations of a workspace as read.
#[server(prefix = "/api", endpoint = "reads.all", protocol = Command)]
pub async fn read_all(workspace: WorkspaceId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.read_all(&caller, workspace).await?;
    Ok(Done::OK)
}

/// How far the others have read a direct conversation or a small group, as far as they show it.
#[server(prefix = "/api", endpoint = "reads.seen_by", protocol = Command)]
pub async fn list_receipts(conversation: ConversationId) -> Result<Vec<Receipt>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.receipts(&caller, conversation).await?)
}

/// Whether others see how far the caller has read, and the caller sees it of them.
#[server(prefix = "/api", endpoint = "reads.set_receipts", protocol = Command)]
pub async fn set_receipts(#[server(flatten)] new: NewReceipts) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.set_receipts(&caller, new.on).await?;
    Ok(Done::OK)
}
