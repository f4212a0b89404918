//! `admin.*`: for instance administrators.

use crate::{
    api::{Done, codec::Command},
    error::ApiError,
};
use leptos::prelude::*;
use protocol::UserId;
use protocol::admin::{Account, AuditEntry, Figures, InstanceRoleChange, WorkspaceFigures};
use protocol::page::{Page, PageKey};

/// Live figures of this node.
#[server(prefix = "/api", endpoint = "admin.figures", protocol = Command)]
pub async fn admin_figures() -> Result<Figures, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    let services = services();
    let database_bytes = services.store.admin_size_bytes(&caller).await?;
    Ok(Figures { database_bytes, ..(services.figures)() })
}

/// A page of accounts by name; `query` finds parts of names and handles.
#[server(prefix = "/api", endpoint = "admin.people", protocol = Command)]
pub async fn admin_people(
    #[server(default)] query: Option<String>,
    #[server(default)] after: Option<PageKey>,
) -> Result<Page<Account>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.admin_people(&caller, query, after).await?)
}

/// Makes somebody an administrator, or no longer one; the last one stays.
#[server(prefix = "/api", endpoint = "admin.set_role", protocol = Command)]
pub async fn admin_set_role(#[server(flatten)] change: InstanceRoleChange) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.admin_set_role(&caller, change).await?;
    Ok(Done::OK)
}

/// Signs somebody out everywhere and lets them in no more.
#[server(prefix = "/api", endpoint = "admin.deactivate", protocol = Command)]
pub async fn admin_deactivate(user: UserId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.admin_deactivate(&caller, user).await?;
    Ok(Done::OK)
}

/// Lets a deactivated person sign in again.
#[server(prefix = "/api", endpoint = "admin.reactivate", protocol = Command)]
pub async fn admin_reactivate(user: UserId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.admin_reactivate(&caller, user).await?;
    Ok(Done::OK)
}

/// Signs somebody out on all devices.
#[server(prefix = "/api", endpoint = "admin.sign_out", protocol = Command)]
pub async fn admin_sign_out(user: UserId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.admin_end_sessions(&caller, user).await?;
    Ok(Done::OK)
}

/// All workspaces.
#[server(prefix = "/api", endpoint = "admin.workspaces", protocol = Command)]
pub async fn admin_workspaces() -> Result<Vec<WorkspaceFigures>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.admin_workspaces(&caller).await?)
}

/// A page of the audit log, newest first.
#[server(prefix = "/api", endpoint = "admin.audit", protocol = Command)]
pub async fn admin_audit(#[server(default)] before: Option<PageKey>) -> Result<Page<AuditEntry>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.admin_audit(&caller, before).await?)
}
