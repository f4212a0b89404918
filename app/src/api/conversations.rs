//! `conversations.*`: rooms, groups and direct conversations, and the caller's place in them.

use crate::{
    api::{Done, codec::Command},
    error::ApiError,
};
use leptos::prelude::*;
use protocol::conversation::{
    Conversation, ConversationEdit, ConversationMember, ConversationRoleChange, ConversationState, Level,
    NewConversation, RoomListing,
};
use protocol::page::{Page, PageKey};
use protocol::{ConversationId, UserId, WorkspaceId};

/// The conversations of a workspace that the caller is in, with what is unread.
#[server(prefix = "/api", endpoint = "conversations.list", protocol = Command)]
pub async fn list_conversations(workspace: WorkspaceId) -> Result<Vec<ConversationState>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.conversations(&caller, workspace).await?)
}

/// One conversation with the caller's place in it; also a room that they have not joined.
#[server(prefix = "/api", endpoint = "conversations.get", protocol = Command)]
pub async fn get_conversation(id: ConversationId) -> Result<ConversationState, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.conversation(&caller, id).await?)
}

/// The rooms of a workspace by name; `query` finds parts of names.
#[server(prefix = "/api", endpoint = "conversations.browse", protocol = Command)]
pub async fn browse_rooms(
    workspace: WorkspaceId,
    #[server(default)] query: Option<String>,
    #[server(default)] after: Option<PageKey>,
) -> Result<Page<RoomListing>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.rooms(&caller, workspace, query, after).await?)
}

/// Who is in a conversation, by name; `query` finds parts of names and handles.
#[server(prefix = "/api", endpoint = "conversations.members", protocol = Command)]
pub async fn list_participants(
    id: ConversationId,
    #[server(default)] query: Option<String>,
    #[server(default)] after: Option<PageKey>,
) -> Result<Page<ConversationMember>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.participants(&caller, id, query, after).await?)
}

/// Begins a room or a group; a retry with the same id returns the first result.
#[server(prefix = "/api", endpoint = "conversations.create", protocol = Command)]
pub async fn create_conversation(
    #[server(flatten)] new: NewConversation,
) -> Result<ConversationState, ApiError> {
    use crate::server::{caller, services};
    let (caller, services) = (caller()?, services());
    let state = services.store.create_conversation(&caller, new).await?;
    show_to_form(&services, &caller, &state).await?;
    Ok(state)
}

/// The direct conversation with somebody, which begins now if there is none.
#[server(prefix = "/api", endpoint = "conversations.open_direct", protocol = Command)]
pub async fn open_direct(workspace: WorkspaceId, user: UserId) -> Result<ConversationState, ApiError> {
    use crate::server::{caller, services};
    let (caller, services) = (caller()?, services());
    let state = services.store.open_direct(&caller, workspace, user).await?;
    show_to_form(&services, &caller, &state).await?;
    Ok(state)
}

/// Sends a plain form on to the conversation that it opened.
#[cfg(feature = "ssr")]
async fn show_to_form(
    services: &crate::server::Services,
    caller: &store::Caller,
    state: &ConversationState,
) -> Result<(), ApiError> {
    use crate::server::{is_form, send_form_to};
    if is_form() {
        let mut workspaces = services.store.me(caller).await?.workspaces.into_iter();
        if let Some(of) = workspaces.find(|of| of.workspace.id == state.conversation.workspace) {
            send_form_to(&protocol::conversation::path(&of.workspace.slug, state.conversation.id));
        }
    }
    Ok(())
}

/// Joins a room.
#[server(prefix = "/api", endpoint = "conversations.join", protocol = Command)]
pub async fn join_conversation(id: ConversationId) -> Result<ConversationState, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.join_conversation(&caller, id).await?)
}

/// Leaves a room or a group.
#[server(prefix = "/api", endpoint = "conversations.leave", protocol = Command)]
pub async fn leave_conversation(id: ConversationId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.leave_conversation(&caller, id).await?;
    Ok(Done::OK)
}

/// Adds people of the workspace to a room or a group.
#[server(prefix = "/api", endpoint = "conversations.add", protocol = Command)]
pub async fn add_participants(id: ConversationId, people: Vec<UserId>) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.add_participants(&caller, id, people).await?;
    Ok(Done::OK)
}

/// Removes somebody from a room or a group. For those who keep it.
#[server(prefix = "/api", endpoint = "conversations.remove", protocol = Command)]
pub async fn remove_participant(id: ConversationId, user: UserId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.remove_participant(&caller, id, user).await?;
    Ok(Done::OK)
}

/// Changes the name, the topic line, or whether new members join. For those who keep it.
#[server(prefix = "/api", endpoint = "conversations.update", protocol = Command)]
pub async fn update_conversation(
    #[server(flatten)] edit: ConversationEdit,
) -> Result<Conversation, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.update_conversation(&caller, edit).await?)
}

/// Archives a conversation: it stays readable, and nothing is written in it.
#[server(prefix = "/api", endpoint = "conversations.archive", protocol = Command)]
pub async fn archive_conversation(id: ConversationId) -> Result<Conversation, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.archive_conversation(&caller, id, true).await?)
}

/// Takes a conversation out of the archive.
#[server(prefix = "/api", endpoint = "conversations.unarchive", protocol = Command)]
pub async fn unarchive_conversation(id: ConversationId) -> Result<Conversation, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.archive_conversation(&caller, id, false).await?)
}

/// Makes somebody an owner of a conversation, or no longer one: hands it over.
#[server(prefix = "/api", endpoint = "conversations.set_role", protocol = Command)]
pub async fn set_participant_role(
    #[server(flatten)] change: ConversationRoleChange,
) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.set_participant_role(&caller, change).await?;
    Ok(Done::OK)
}

/// Sets what the caller wants to be told of a conversation.
#[server(prefix = "/api", endpoint = "conversations.set_level", protocol = Command)]
pub async fn set_level(id: ConversationId, level: Level) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.set_level(&caller, id, level).await?;
    Ok(Done::OK)
}

/// Keeps a conversation at the top of the caller's list.
#[server(prefix = "/api", endpoint = "conversations.star", protocol = Command)]
pub async fn star_conversation(id: ConversationId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.star_conversation(&caller, id, true).await?;
    Ok(Done::OK)
}

/// Puts a starred conversation back into its place.
#[server(prefix = "/api", endpoint = "conversations.unstar", protocol = Command)]
pub async fn unstar_conversation(id: ConversationId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.star_conversation(&caller, id, false).await?;
    Ok(Done::OK)
}
