//! `workspaces.*`, `members.*` and `invitations.*`.

use crate::{
    api::{Done, codec::Command},
    error::ApiError,
};
use leptos::prelude::*;
use protocol::page::{Page, PageKey};
use protocol::workspace::{
    Invitation, InvitationLink, InvitationPreview, Member, Membership, NewInvitation, NewWorkspace,
    RoleChange, Workspace,
};
use protocol::{InvitationId, UserId, WorkspaceId};

/// One workspace of the caller by its name in addresses.
#[server(prefix = "/api", endpoint = "workspaces.get", protocol = Command)]
pub async fn get_workspace(slug: String) -> Result<Membership, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.workspace(&caller, &slug).await?)
}

/// Makes a workspace; its maker becomes the owner. For instance administrators.
#[server(prefix = "/api", endpoint = "workspaces.create", protocol = Command)]
pub async fn create_workspace(#[server(flatten)] new: NewWorkspace) -> Result<Workspace, ApiError> {
    use crate::server::{caller, send_form_to, services};
    let caller = caller()?;
    let services = services();
    let workspace = services.store.create_workspace(&caller, new).await?;
    send_form_to(&format!("/w/{}/feed", workspace.slug));
    Ok(workspace)
}

/// Renames a workspace; its address stays. For owners.
#[server(prefix = "/api", endpoint = "workspaces.rename", protocol = Command)]
pub async fn rename_workspace(id: WorkspaceId, name: String) -> Result<Workspace, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.rename_workspace(&caller, id, name).await?)
}

/// From now on the server shows what linked pages are. For workspace admins.
#[server(prefix = "/api", endpoint = "workspaces.show_previews", protocol = Command)]
pub async fn show_previews(id: WorkspaceId) -> Result<Workspace, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.set_link_previews(&caller, id, true).await?)
}

/// From now on it looks at no pages. For workspace admins.
#[server(prefix = "/api", endpoint = "workspaces.stop_previews", protocol = Command)]
pub async fn stop_previews(id: WorkspaceId) -> Result<Workspace, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.set_link_previews(&caller, id, false).await?)
}

/// Leaves a workspace; the last owner cannot.
#[server(prefix = "/api", endpoint = "workspaces.leave", protocol = Command)]
pub async fn leave_workspace(id: WorkspaceId) -> Result<Done, ApiError> {
    use crate::server::{caller, send_form_to, services};
    let caller = caller()?;
    services().store.leave_workspace(&caller, id).await?;
    send_form_to("/");
    Ok(Done::OK)
}

/// A page of members by name; `query` finds parts of names and handles.
#[server(prefix = "/api", endpoint = "members.list", protocol = Command)]
pub async fn list_members(
    workspace: WorkspaceId,
    #[server(default)] query: Option<String>,
    #[server(default)] after: Option<PageKey>,
) -> Result<Page<Member>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.members(&caller, workspace, query, after).await?)
}

/// These members, as far as they are members.
#[server(prefix = "/api", endpoint = "members.get", protocol = Command)]
pub async fn get_members(workspace: WorkspaceId, users: Vec<UserId>) -> Result<Vec<Member>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.people(&caller, workspace, users).await?)
}

/// Changes a member's role. For workspace admins; owners are made by owners.
#[server(prefix = "/api", endpoint = "members.set_role", protocol = Command)]
pub async fn set_member_role(#[server(flatten)] change: RoleChange) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.set_member_role(&caller, change).await?;
    Ok(Done::OK)
}

/// Removes a member. For workspace admins.
#[server(prefix = "/api", endpoint = "members.remove", protocol = Command)]
pub async fn remove_member(workspace: WorkspaceId, user: UserId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.remove_member(&caller, workspace, user).await?;
    Ok(Done::OK)
}

/// Makes an invitation link, whose secret is shown once.
#[server(prefix = "/api", endpoint = "invitations.create", protocol = Command)]
pub async fn create_invitation(#[server(flatten)] new: NewInvitation) -> Result<InvitationLink, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.create_invitation(&caller, new).await?)
}

/// The links that still let people in.
#[server(prefix = "/api", endpoint = "invitations.list", protocol = Command)]
pub async fn list_invitations(workspace: WorkspaceId) -> Result<Vec<Invitation>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.invitations(&caller, workspace).await?)
}

/// Ends a link.
#[server(prefix = "/api", endpoint = "invitations.revoke", protocol = Command)]
pub async fn revoke_invitation(id: InvitationId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.revoke_invitation(&caller, id).await?;
    Ok(Done::OK)
}

/// What a link leads to; for anybody who holds it.
#[server(prefix = "/api", endpoint = "invitations.get", protocol = Command)]
pub async fn get_invitation(secret: String) -> Result<InvitationPreview, ApiError> {
    Ok(crate::server::services().store.invitation(&secret).await?)
}

/// Joins by a link with the caller's account.
#[server(prefix = "/api", endpoint = "invitations.accept", protocol = Command)]
pub async fn accept_invitation(secret: String) -> Result<Workspace, ApiError> {
    use crate::server::{caller, send_form_to, services};
    let caller = caller()?;
    let services = services();
    let workspace = services.store.accept_invitation(&caller, &secret).await?;
    send_form_to(&format!("/w/{}/feed", workspace.slug));
    Ok(workspace)
}
