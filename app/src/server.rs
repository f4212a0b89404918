//! What exists only on the server: the services behind server functions, and who asks.

use crate::error::ApiError;
use crate::layout::frame::Entrance;
use axum::http::{Extensions, HeaderValue, StatusCode, header, request::Parts};
use leptos::context::use_context;
use leptos_axum::ResponseOptions;
use protocol::{Code, Error, admin::Figures, push::NewSubscription};
use std::{net::IpAddr, sync::Arc};
use store::{Caller, PushTarget, Store};

/// Name of the session cookie.
pub const SESSION_COOKIE: &str = "hubbub_session";

/// Name of the cookie that carries a fresh token over to the page that shows it, without WASM.
const SECRET_COOKIE: &str = "hubbub_fresh_token";
/// It is looked for by the very next request.
const SECRET_COOKIE_SECONDS: u32 = 60;

/// What server functions work with. The server provides it as context.
#[derive(Clone)]
pub struct Services {
    /// The database.
    pub store: Store,
    /// Live figures of this node, gathered when somebody looks.
    pub figures: Arc<dyn Fn() -> Figures + Send + Sync>,
    /// Slows down attempts to sign in.
    pub sign_ins: Arc<dyn SignInLimit>,
    /// The site is served over https: cookies say `Secure`.
    pub is_https: bool,
    /// Largest file that may be uploaded.
    pub file_bytes_max: u64,
    /// What browsers and this server have to agree upon before a device can be told of something.
    pub push: Arc<dyn PushDoor>,
}

/// The part of Web Push that the database does not know.
pub trait PushDoor: Send + Sync {
    /// The key with which this server signs, in base64url.
    fn public_key(&self) -> String;

    /// Where a device wants to be told, if it can be.
    ///
    /// # Errors
    /// 422 with the field that cannot be used.
    fn target(&self, new: &NewSubscription) -> Result<PushTarget, Error>;
}

/// A limit on attempts to get in: by a password, per address and per account; by a token, per address.
pub trait SignInLimit: Send + Sync {
    /// Counts one attempt.
    ///
    /// # Errors
    /// 429 with the time to wait, when there were too many.
    fn attempt(&self, address: IpAddr, handle: &str) -> Result<(), Error>;

    /// Counts one exchange of a token.
    ///
    /// # Errors
    /// 429 with the time to wait, when there were too many from this address.
    fn exchange(&self, address: IpAddr) -> Result<(), Error>;
}

/// Where a request comes from. The session middleware puts it into the request's extensions.
#[derive(Clone, Debug)]
pub struct ClientInfo {
    /// The client's address, behind trusted proxies too.
    pub address: IpAddr,
    /// What the browser says it is, shortened: "Firefox on Linux".
    pub device: String,
}

/// Who asks, if they are signed in. The session middleware puts it into the request's extensions.
#[derive(Clone, Debug)]
pub struct Session(pub Option<Caller>);

/// What the frame of a page shows. Loaded before the page is rendered, and put into the request's
/// extensions.
#[derive(Clone, Debug)]
struct Entered(Entrance);

/// Loads what the frame of every page shows, for whoever asks.
pub async fn enter(services: &Services, extensions: &mut Extensions) {
    let caller = extensions.get::<Session>().and_then(|session| session.0);
    extensions.insert(Entered(load_entrance(&services.store, caller).await));
}

async fn load_entrance(store: &Store, caller: Option<Caller>) -> Entrance {
    let caller = caller.ok_or_else(|| ApiError(Error::unauthenticated()))?;
    let me = store.me(&caller).await?;
    let lists = me.workspaces.iter().map(async |membership| {
        let workspace = membership.workspace.id;
        store.conversations(&caller, workspace).await.map(|list| (workspace, list))
    });
    let lists = futures::future::try_join_all(lists).await?;
    Ok((me, lists))
}

/// What the frame of this page shows, if the page has one.
#[must_use]
pub fn entrance() -> Option<Entrance> {
    use_context::<Parts>()
        .and_then(|parts| parts.extensions.get::<Entered>().map(|entered| entered.0.clone()))
}

/// The services. Take them before the first `await`.
#[must_use]
pub fn services() -> Services {
    use_context().expect("the router provides Services to every page and server function")
}

/// The one place that says who asks.
///
/// # Errors
/// 401 when nobody is signed in.
pub fn caller() -> Result<Caller, ApiError> {
    let session = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Session>().cloned());
    session.and_then(|session| session.0).ok_or_else(|| ApiError(Error::unauthenticated()))
}

/// Where the request comes from.
#[must_use]
pub fn client_info() -> ClientInfo {
    use_context::<Parts>()
        .and_then(|parts| parts.extensions.get::<ClientInfo>().cloned())
        .unwrap_or_else(|| ClientInfo { address: IpAddr::from([127, 0, 0, 1]), device: String::new() })
}

/// Sets the session cookie, or clears it.
pub fn set_session_cookie(token: Option<&str>) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    if let Some(cookie) = session_cookie(token, services().is_https) {
        response.append_header(header::SET_COOKIE, cookie);
    }
}

/// The session cookie with this token, or without one, as a `Set-Cookie`. It lives as long as a session
/// that is used now.
#[must_use]
pub fn session_cookie(token: Option<&str>, is_https: bool) -> Option<HeaderValue> {
    let secure = if is_https { "; Secure" } else { "" };
    let seconds = token.map_or(0, |_| protocol::limits::SESSION_LIFETIME.as_secs());
    let token = token.unwrap_or_default();
    let cookie =
        format!("{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&cookie).ok()
}

/// Whether a plain form asks (a page without WASM). Programs and the hydrated page ask for JSON.
#[must_use]
pub fn is_form() -> bool {
    let accept = use_context::<Parts>().and_then(|parts| parts.headers.get(header::ACCEPT).cloned());
    accept.is_some_and(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html")))
}

/// Sends a plain form on to `path`; everybody else gets their answer instead.
pub fn send_form_to(path: &str) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    if let (true, Ok(location)) = (is_form(), HeaderValue::from_str(path)) {
        response.insert_header(header::LOCATION, location);
        response.set_status(StatusCode::SEE_OTHER);
    }
}

/// A path that cannot lead to another site: `//host` and `/\host` would.
#[must_use]
pub fn path_on_this_site(to: Option<String>) -> String {
    let stays = |path: &String| {
        path.starts_with('/') && !path[1..].starts_with(['/', '\\']) && !path.contains(char::is_control)
    };
    to.filter(stays).unwrap_or_else(|| "/".to_owned())
}

/// Sends a plain form on to `path`, which finds the secret by [`handed_secret`]: it is in no address, and
/// in a cookie of that page alone until it was shown.
pub fn hand_over_secret(secret: &str, path: &str) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    if is_form()
        && let Ok(cookie) = HeaderValue::from_str(&secret_cookie(secret, path, SECRET_COOKIE_SECONDS))
    {
        response.append_header(header::SET_COOKIE, cookie);
        send_form_to(path);
    }
}

/// The secret that a plain form was sent here with, once.
#[must_use]
pub fn handed_secret() -> Option<String> {
    let parts = use_context::<Parts>()?;
    let cookies = parts.headers.get_all(header::COOKIE);
    let mut pairs = cookies.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    let secret = pairs.find_map(|pair| pair.trim().strip_prefix(SECRET_COOKIE)?.strip_prefix('='))?;
    let secret = secret.to_owned();
    if let (Some(response), Ok(cookie)) =
        (use_context::<ResponseOptions>(), HeaderValue::from_str(&secret_cookie("", parts.uri.path(), 0)))
    {
        response.append_header(header::SET_COOKIE, cookie);
    }
    Some(secret)
}

fn secret_cookie(secret: &str, path: &str, seconds: u32) -> String {
    let secure = if services().is_https { "; Secure" } else { "" };
    let path = path.split(['?', '#', ';']).next().unwrap_or_default();
    format!("{SECRET_COOKIE}={secret}; Path={path}; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

/// Sets the status of a page that shows an error instead of its content.
pub fn set_page_status(code: Code) {
    if let (Some(response), Ok(status)) =
        (use_context::<ResponseOptions>(), StatusCode::from_u16(code.status()))
    {
        response.set_status(status);
    }
}

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        Self(error.into())
    }
}
