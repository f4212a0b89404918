//! `tokens.*` and `bots.*`: how other programs come in.

use crate::{
    api::{Done, codec::Command},
    error::ApiError,
};
use leptos::prelude::*;
use protocol::token::{Bot, FreshToken, Granted, NewBot, NewToken, Scopes, Token};
use protocol::{TokenId, UserId, WorkspaceId};

/// The caller's own tokens, the newest first.
#[server(prefix = "/api", endpoint = "tokens.list", protocol = Command)]
pub async fn list_tokens() -> Result<Vec<Token>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.tokens(&caller).await?)
}

/// Makes a token of the caller's own, or of a bot that they manage. The secret is in the answer, and
/// nowhere else.
#[server(prefix = "/api", endpoint = "tokens.create", protocol = Command)]
pub async fn create_token(
    #[server(flatten)] new: NewToken,
    #[server(default)] to: Option<String>,
) -> Result<FreshToken, ApiError> {
    use crate::server::{caller, hand_over_secret, path_on_this_site, services};
    let caller = caller()?;
    let fresh = services().store.create_token(&caller, new).await?;
    hand_over_secret(&fresh.secret, &path_on_this_site(to));
    Ok(fresh)
}

/// Ends a token, everywhere at once. For its owner, and for who manages the bot that has it.
#[server(prefix = "/api", endpoint = "tokens.revoke", protocol = Command)]
pub async fn revoke_token(id: TokenId, #[server(default)] to: Option<String>) -> Result<Done, ApiError> {
    use crate::server::{caller, path_on_this_site, send_form_to, services};
    let caller = caller()?;
    services().store.revoke_token(&caller, id).await?;
    send_form_to(&path_on_this_site(to));
    Ok(Done::OK)
}

/// Exchanges a token, or a refresh token, for an access token of a quarter of an hour and the next refresh
/// token. `scopes` leaves some out.
#[server(prefix = "/api", endpoint = "tokens.exchange", protocol = Command)]
pub async fn exchange_token(
    token: String,
    #[server(default)] scopes: Option<Scopes>,
) -> Result<Granted, ApiError> {
    use crate::server::{client_info, services};
    let (services, client) = (services(), client_info());
    services.sign_ins.exchange(client.address)?;
    Ok(services.store.exchange_token(&token, scopes, &client.address.to_string()).await?)
}

/// The bots of a workspace with their tokens. For its admins.
#[server(prefix = "/api", endpoint = "bots.list", protocol = Command)]
pub async fn list_bots(workspace: WorkspaceId) -> Result<Vec<Bot>, ApiError> {
    use crate::server::{caller, services};
    let caller = caller()?;
    Ok(services().store.bots(&caller, workspace).await?)
}

/// Makes a bot in a workspace. For its admins.
#[server(prefix = "/api", endpoint = "bots.create", protocol = Command)]
pub async fn create_bot(
    #[server(flatten)] new: NewBot,
    #[server(default)] to: Option<String>,
) -> Result<Bot, ApiError> {
    use crate::server::{caller, path_on_this_site, send_form_to, services};
    let caller = caller()?;
    let bot = services().store.create_bot(&caller, new).await?;
    send_form_to(&path_on_this_site(to));
    Ok(bot)
}

/// Removes a bot and ends its tokens; what it wrote stays. For admins of its workspace.
#[server(prefix = "/api", endpoint = "bots.remove", protocol = Command)]
pub async fn remove_bot(bot: UserId, #[server(default)] to: Option<String>) -> Result<Done, ApiError> {
    use crate::server::{caller, path_on_this_site, send_form_to, services};
    let caller = caller()?;
    services().store.remove_bot(&caller, bot).await?;
    send_form_to(&path_on_this_site(to));
    Ok(Done::OK)
}
