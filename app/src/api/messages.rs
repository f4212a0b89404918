//! `messages.*`: what is written in conversations and in the threads under messages.

use crate::{
    api::{Done, codec::Command},
    error::ApiError,
};
use leptos::prelude::*;
use protocol::message::{
    Broadcast, Message, MessageEdit, MessagePage, NewMessage, SavedMessage, ThreadPage, Timeline, Window,
};
use protocol::page::{Page, PageKey};
use protocol::post::Version;
use protocol::{ConversationId, MessageId};

/// A part of a conversation, oldest first: the newest, around the first unread, or from a key.
#[server(prefix = "/api", endpoint = "messages.list", protocol = Command)]
pub async fn list_messages(
    conversation: ConversationId,
    #[server(default)] window: Window,
) -> Result<Timeline, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.messages(&caller, conversation, window).await?)
}

/// One message.
#[server(prefix = "/api", endpoint = "messages.get", protocol = Command)]
pub async fn get_message(id: MessageId) -> Result<MessagePage, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.message(&caller, id).await?)
}

/// A message with a part of the answers under it.
#[server(prefix = "/api", endpoint = "messages.thread", protocol = Command)]
pub async fn get_thread(id: MessageId, #[server(default)] window: Window) -> Result<ThreadPage, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.thread(&caller, id, window).await?)
}

/// Sends a message; a retry with the same id returns the first result.
#[server(prefix = "/api", endpoint = "messages.send", protocol = Command)]
pub async fn send_message(#[server(flatten)] new: NewMessage) -> Result<Message, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.send_message(&caller, new).await?)
}

/// Changes the text of one's own message; 409 with both texts when another device changed it since.
#[server(prefix = "/api", endpoint = "messages.update", protocol = Command)]
pub async fn update_message(#[server(flatten)] edit: MessageEdit) -> Result<Message, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.update_message(&caller, edit).await?)
}

/// Deletes a message; again is a success.
#[server(prefix = "/api", endpoint = "messages.delete", protocol = Command)]
pub async fn delete_message(id: MessageId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.delete_message(&caller, id).await?;
    Ok(Done::OK)
}

/// The earlier texts of a message, newest first.
#[server(prefix = "/api", endpoint = "messages.history", protocol = Command)]
pub async fn message_history(id: MessageId) -> Result<Vec<Version>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.message_history(&caller, id).await?)
}

/// Keeps a message at hand for everybody in its conversation.
#[server(prefix = "/api", endpoint = "messages.pin", protocol = Command)]
pub async fn pin_message(id: MessageId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.pin_message(&caller, id, true).await?;
    Ok(Done::OK)
}

/// Unpins a message.
#[server(prefix = "/api", endpoint = "messages.unpin", protocol = Command)]
pub async fn unpin_message(id: MessageId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.pin_message(&caller, id, false).await?;
    Ok(Done::OK)
}

/// The pinned messages of a conversation, the latest pin first.
#[server(prefix = "/api", endpoint = "messages.pins", protocol = Command)]
pub async fn list_pins(conversation: ConversationId) -> Result<Vec<Message>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.pins(&caller, conversation).await?)
}

/// Saves a message for the caller.
#[server(prefix = "/api", endpoint = "messages.save", protocol = Command)]
pub async fn save_message(id: MessageId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.save_message(&caller, id, true).await?;
    Ok(Done::OK)
}

/// Forgets a saved message.
#[server(prefix = "/api", endpoint = "messages.unsave", protocol = Command)]
pub async fn unsave_message(id: MessageId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.save_message(&caller, id, false).await?;
    Ok(Done::OK)
}

/// What the caller saved, newest first.
#[server(prefix = "/api", endpoint = "messages.saved", protocol = Command)]
pub async fn list_saved(#[server(default)] before: Option<PageKey>) -> Result<Page<SavedMessage>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.saved_messages(&caller, before).await?)
}

/// How many people `@here` or `@room` would notify now.
#[server(prefix = "/api", endpoint = "messages.reach", protocol = Command)]
pub async fn count_reach(conversation: ConversationId, broadcast: Broadcast) -> Result<u32, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.reach(&caller, conversation, broadcast).await?)
}
