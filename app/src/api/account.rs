//! `setup.*`, `auth.*`, `account.*` and `sessions.*`: getting in, and one's own account.

use crate::{
    api::{Done, codec::Command},
    error::ApiError,
};
use leptos::prelude::*;
use protocol::account::{Device, InstanceStatus, Me, NewAccount, NewInstance, ProfileEdit, SignIn};
use protocol::{Person, SessionId};
use serde::{Deserialize, Serialize};

/// Where to go after signing in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// A path on this site.
    pub to: String,
}

/// Whether the first account exists, and whether anybody may register.
#[server(prefix = "/api", endpoint = "setup.status", protocol = Command)]
pub async fn get_instance_status() -> Result<InstanceStatus, ApiError> {
    Ok(crate::server::services().store.status().await?)
}

/// Makes the first account and the first workspace, once.
#[server(prefix = "/api", endpoint = "setup.create", protocol = Command)]
pub async fn set_up(#[server(flatten)] new: NewInstance) -> Result<Entered, ApiError> {
    use crate::server::{client_info, send_form_to, services, set_session_cookie};
    let (services, client) = (services(), client_info());
    let signed_in = services.store.set_up(new, &client.device, &client.address.to_string()).await?;
    set_session_cookie(Some(&signed_in.token));
    send_form_to("/");
    Ok(Entered { to: "/".to_owned() })
}

/// Signs in on this device.
#[server(prefix = "/api", endpoint = "auth.sign_in", protocol = Command)]
pub async fn start_session(
    #[server(flatten)] sign_in: SignIn,
    #[server(default)] to: Option<String>,
) -> Result<Entered, ApiError> {
    use crate::server::{client_info, path_on_this_site, send_form_to, services, set_session_cookie};
    let (services, client) = (services(), client_info());
    services.sign_ins.attempt(client.address, &sign_in.handle)?;
    let before = crate::server::caller().ok();
    let signed_in = services.store.sign_in(sign_in, &client.device, &client.address.to_string()).await?;
    // The cookie is about to carry another session: the one before must not live on unseen.
    if let Some(before) = before {
        services.store.sign_out(&before).await?;
    }
    set_session_cookie(Some(&signed_in.token));
    let to = path_on_this_site(to);
    send_form_to(&to);
    Ok(Entered { to })
}

/// Makes an account by an invitation, or without one where registration is open.
#[server(prefix = "/api", endpoint = "auth.sign_up", protocol = Command)]
pub async fn sign_up(#[server(flatten)] new: NewAccount) -> Result<Entered, ApiError> {
    use crate::server::{client_info, send_form_to, services, set_session_cookie};
    let (services, client) = (services(), client_info());
    services.sign_ins.attempt(client.address, &new.handle)?;
    let signed_in = services.store.sign_up(new, &client.device, &client.address.to_string()).await?;
    set_session_cookie(Some(&signed_in.token));
    send_form_to("/");
    Ok(Entered { to: "/".to_owned() })
}

/// Signs this device out.
#[server(prefix = "/api", endpoint = "auth.sign_out", protocol = Command)]
pub async fn sign_out() -> Result<Done, ApiError> {
    use crate::server::{caller, send_form_to, services, set_session_cookie};
    let caller = caller()?;
    services().store.sign_out(&caller).await?;
    set_session_cookie(None);
    send_form_to("/sign-in");
    Ok(Done::OK)
}

/// The caller and what the frame of the page needs.
#[server(prefix = "/api", endpoint = "account.get", protocol = Command)]
pub async fn get_me() -> Result<Me, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.me(&caller).await?)
}

/// Changes the caller's profile.
#[server(prefix = "/api", endpoint = "account.update", protocol = Command)]
pub async fn update_profile(#[server(flatten)] edit: ProfileEdit) -> Result<Person, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.update_profile(&caller, edit).await?)
}

/// Changes the caller's password and signs all other devices out.
#[server(prefix = "/api", endpoint = "account.change_password", protocol = Command)]
pub async fn change_password(current: String, new: String) -> Result<Done, ApiError> {
    use crate::server::{caller, client_info, services};
    let (caller, client, services) = (caller()?, client_info(), services());
    services.sign_ins.attempt(client.address, &caller.user.to_string())?;
    services.store.change_password(&caller, current, new).await?;
    Ok(Done::OK)
}

/// Deletes the caller's account; what they wrote stays as a former member's.
#[server(prefix = "/api", endpoint = "account.delete", protocol = Command)]
pub async fn delete_account(password: String) -> Result<Done, ApiError> {
    use crate::server::{caller, client_info, send_form_to, services, set_session_cookie};
    let (caller, client, services) = (caller()?, client_info(), services());
    services.sign_ins.attempt(client.address, &caller.user.to_string())?;
    services.store.delete_account(&caller, password).await?;
    set_session_cookie(None);
    send_form_to("/sign-in");
    Ok(Done::OK)
}

/// The caller's signed-in devices, the latest used first.
#[server(prefix = "/api", endpoint = "sessions.list", protocol = Command)]
pub async fn list_devices() -> Result<Vec<Device>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.devices(&caller).await?)
}

/// Signs one device out.
#[server(prefix = "/api", endpoint = "sessions.revoke", protocol = Command)]
pub async fn end_session(id: SessionId) -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.end_session(&caller, id).await?;
    Ok(Done::OK)
}

/// Signs all other devices out.
#[server(prefix = "/api", endpoint = "sessions.revoke_others", protocol = Command)]
pub async fn end_other_sessions() -> Result<Done, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    services().store.end_other_sessions(&caller).await?;
    Ok(Done::OK)
}
