//! Says who asks, once per request: the session cookie or the token of a program becomes `Session`, the
//! connection and the headers of trusted proxies become `ClientInfo`. Both lie in the request's extensions
//! from then on.
//! The cookie is set again whenever the session was prolonged, so that it does not end before it.

use crate::config::Network;
use crate::middleware::bearer;
use crate::router::AppState;
use crate::routes::refusal;
use app::server::{ClientInfo, SESSION_COOKIE, Session, session_cookie};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use cookie::Cookie;
use protocol::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Finds out who asks and from where.
pub async fn session(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let client = ClientInfo {
        address: client_address(peer, request.headers(), &state.config.trusted_proxies),
        device: device(
            request
                .headers()
                .get(header::USER_AGENT)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default(),
        ),
    };
    let address = client.address.to_string();
    request.extensions_mut().insert(client);
    match bearer::token(request.headers()) {
        Some(token) => bearer::by_token(state, token, &address, request, next).await,
        None => by_cookie(state, &address, request, next).await,
    }
}

async fn by_cookie(state: AppState, address: &str, mut request: Request, next: Next) -> Response {
    let token = session_token(request.headers());
    let authenticated = match &token {
        Some(token) => match state.services.store.authenticate(token, address).await {
            Ok(authenticated) => authenticated,
            // Without the database nobody can be recognised; "not signed in" would be a lie.
            Err(error) => return refusal(&error.into()),
        },
        None => None,
    };
    if authenticated.is_none() && bearer::is_in_address(request.uri()) {
        return refusal(&Error::bad_request(
            "A token belongs into the header Authorization, not into an address, which logs keep.",
        ));
    }
    request.extensions_mut().insert(Session(authenticated.map(|authenticated| authenticated.caller)));
    let mut response = next.run(request).await;
    if authenticated.is_some_and(|authenticated| authenticated.is_prolonged)
        && !sets_session_cookie(response.headers())
        && let Some(cookie) = session_cookie(token.as_deref(), state.config.is_https())
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Signing out or in has the last word.
fn sets_session_cookie(headers: &HeaderMap) -> bool {
    headers.get_all(header::SET_COOKIE).iter().any(|cookie| {
        cookie.as_bytes().strip_prefix(SESSION_COOKIE.as_bytes()).is_some_and(|rest| rest.starts_with(b"="))
    })
}

fn session_token(headers: &HeaderMap) -> Option<String> {
    let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = texts.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.find(|cookie| cookie.name() == SESSION_COOKIE).map(|cookie| cookie.value().to_owned())
}

/// The client's address. Each proxy appends the address that it saw, so the list is read from its
/// end, as long as the one who appended is trusted; what stands before may be invented.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut address = peer.to_canonical();
    let lists: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    for entry in lists.join(",").rsplit(',') {
        if !is_trusted(address) {
            break;
        }
        let Ok(next) = entry.trim().parse::<IpAddr>() else { break };
        address = next.to_canonical();
    }
    address
}

/// What a browser says it is, in words for the list of signed-in devices.
fn device(user_agent: &str) -> String {
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    // The order matters: Edge and Opera also say Chrome, and Chrome also says Safari.
    let browser = find(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrom", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = find(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("CrOS", "Chromebook"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => {
            let name = user_agent.split([' ', '/']).next().unwrap_or_default();
            let name: String = name.chars().filter(|c| c.is_ascii_graphic()).take(40).collect();
            if name.is_empty() { "A program".to_owned() } else { name }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn forwarded(list: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(
            axum::http::HeaderName::from_static("x-forwarded-for"),
            HeaderValue::from_static(list),
        )])
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let address =
            |list, trusted: &[Network]| client_address(proxy, &forwarded(list), trusted).to_string();
        assert_eq!(address("198.51.100.7", &[]), "10.0.0.1");
        assert_eq!(address("198.51.100.7", &trusted), "198.51.100.7");
        assert_eq!(address("203.0.113.9, 198.51.100.7, 10.0.0.2", &trusted), "198.51.100.7");
        assert_eq!(address("203.0.113.9, nonsense", &trusted), "10.0.0.1");
    }

    #[test]
    fn the_session_cookie_is_found_among_others() {
        let cookies = HeaderMap::from_iter([(
            header::COOKIE,
            HeaderValue::from_static("theme=dark; hubbub_session=abc; x=1"),
        )]);
        assert_eq!(session_token(&cookies).as_deref(), Some("abc"));
        assert_eq!(session_token(&HeaderMap::new()), None);
    }

    #[test]
    fn devices_have_names_that_people_know() {
        for (user_agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.5.0", "curl"),
            ("", "A program"),
        ] {
            assert_eq!(device(user_agent), name);
        }
    }
}
