//! `Authorization: Bearer …`: a program that acts for somebody.
//!
//! Whoever sends the header is who the token says, or nobody: the cookie of the same request is never
//! looked at. What the token may do is decided here, for every address that takes tokens, before any of
//! them is reached.

use crate::router::AppState;
use crate::routes::refusal;
use app::api::scopes::{Needs, needs};
use app::server::Session;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use protocol::token::{Scope, Scopes};
use protocol::{Code, Error};
use store::Presented;

/// The scheme, whatever its case.
const SCHEME: &str = "bearer";
/// What people call a token in an address.
const IN_ADDRESS: [&str; 3] = ["token", "access_token", "refresh_token"];

/// What an address is, for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place<'a> {
    /// A command.
    Command(&'a str),
    /// Something that people uploaded.
    File,
    /// The socket.
    Socket,
    /// A page: it is for people.
    Page,
}

fn place(path: &str) -> Place<'_> {
    match path.strip_prefix("/api/") {
        Some(command) => Place::Command(command),
        None if path == "/ws" => Place::Socket,
        None if path.starts_with("/files/") => Place::File,
        None => Place::Page,
    }
}

/// What the token of a request may do, for the socket.
#[derive(Clone, Copy, Debug)]
pub struct OfToken(pub Presented);

/// The token that the header carries. One that cannot be read, or stands beside another one, is empty: it is
/// refused, and the cookie still is not looked at.
pub fn token(headers: &HeaderMap) -> Option<String> {
    let mut tokens = headers.get_all(header::AUTHORIZATION).iter().filter_map(|value| {
        let value = String::from_utf8_lossy(value.as_bytes());
        let (scheme, token) = value.split_once(' ').unwrap_or((&value, ""));
        scheme.eq_ignore_ascii_case(SCHEME).then(|| token.trim().to_owned())
    });
    let first = tokens.next()?;
    Some(if tokens.next().is_none() { first } else { String::new() })
}

/// Whether somebody put a token into an address that takes tokens.
pub fn is_in_address(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    place(uri.path()) != Place::Page
        && url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| IN_ADDRESS.contains(&&*name))
}

/// Lets a program through to what its token may do.
pub async fn by_token(
    state: AppState,
    token: String,
    address: &str,
    mut request: Request,
    next: Next,
) -> Response {
    let place = place(request.uri().path());
    if place == Place::Page {
        request.extensions_mut().insert(Session(None));
        return next.run(request).await;
    }
    let presented = match state.services.store.authenticate_bearer(&token, Some(address)).await {
        Ok(presented) => presented,
        Err(error) => return refusal(&error.into()),
    };
    match presented {
        Presented::Accepted(bearer) => {
            let allowed = state.programs.request(bearer.token).and_then(|()| allow(place, bearer.scopes));
            if let Err(error) = allowed {
                return refusal(&error);
            }
            request.extensions_mut().insert(Session(Some(bearer.caller)));
        }
        // On a socket this is said by a close code, which every client can read.
        Presented::Expired | Presented::Unknown if place == Place::Socket => {
            request.extensions_mut().insert(Session(None));
        }
        Presented::Expired => return unauthenticated("This token has expired."),
        Presented::Unknown => return unauthenticated("This token does not hold, or no more."),
    }
    request.extensions_mut().insert(OfToken(presented));
    next.run(request).await
}

/// Whether a token with these scopes may do this.
fn allow(place: Place<'_>, scopes: Scopes) -> Result<(), Error> {
    let scope = match place {
        Place::Command(command) => match needs(command) {
            Needs::Nothing => return Ok(()),
            Needs::Scope(scope) => scope,
            Needs::Person => {
                return Err(Error::forbidden("No token may do this: it is for people who are signed in."));
            }
        },
        Place::File => Scope::Files,
        Place::Socket => Scope::Events,
        Place::Page => return Err(Error::forbidden("Pages are for people.")),
    };
    if scopes.has(scope) {
        return Ok(());
    }
    Err(Error::forbidden(format!("This token lacks the scope {}.", scope.word())))
}

/// 401 as RFC 6750 says it.
fn unauthenticated(message: &str) -> Response {
    let mut response = refusal(&Error::new(Code::Unauthenticated, message));
    let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(value: &'static str) -> Option<String> {
        token(&HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]))
    }

    #[test]
    fn only_a_bearer_is_one() {
        assert_eq!(found("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(found("bearer  abc ").as_deref(), Some("abc"));
        for empty in ["Bearer ", "Bearer"] {
            assert_eq!(found(empty).as_deref(), Some(""), "it is refused, and the cookie is not read");
        }
        for other in ["Basic YWRh", "Bear", "Bearers x", ""] {
            assert_eq!(found(other), None, "{other}");
        }
        let two = ["Bearer one", "Bearer two"]
            .map(|value| (header::AUTHORIZATION, HeaderValue::from_static(value)));
        let mut headers = HeaderMap::new();
        for (name, value) in two {
            headers.append(name, value);
        }
        assert_eq!(token(&headers).as_deref(), Some(""), "nobody knows which one is meant");
    }

    #[test]
    fn a_token_in_an_address_is_seen() {
        for address in ["/ws?token=x", "/api/posts.list?a=1&access_token=x", "/files/1/a?%74oken=x"] {
            assert!(is_in_address(&address.parse().unwrap()), "{address}");
        }
        for address in ["/ws", "/w/makers/search?token=x", "/api/files.upload?id=1&name=token"] {
            assert!(!is_in_address(&address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn what_nobody_named_is_for_people_only() {
        assert!(allow(Place::Command("posts.list"), Scopes::all()).is_ok());
        for command in ["posts.explode", "", "tokens.create", "posts.list/x"] {
            assert_eq!(allow(Place::Command(command), Scopes::all()).unwrap_err().status(), 403, "{command}");
        }
    }
}
