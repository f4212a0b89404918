//! `GET /ws`: who may open a socket, and the transport under `realtime`'s driver.
//!
//! A browser hides the status of a refused handshake from the page. So whatever the page must learn
//! (sign in, another version, too many tabs) is said by a close code on an open socket; what only
//! means "later" is a 503 before the upgrade, which costs the server least.

use super::refusal;
use crate::middleware::bearer::OfToken;
use crate::router::AppState;
use crate::wire::Wire;
use app::server::{ClientInfo, Session};
use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use http::{HeaderValue, header};
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use protocol::Error;
use protocol::frame::{ClientFrame, CloseCode, SUBPROTOCOL};
use protocol::limits::HELLO_WITHIN;
use protocol::token::Scope;
use realtime::{Incoming, Outgoing, Pass, Refused, Seat};
use std::time::Duration;
use store::{Bearer, Presented};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

/// When a client comes back that was sent away by a 503.
const RETRY_AFTER_MS: u64 = 1_000;
/// How long a client may take to close its side.
const CLOSES_WITHIN: Duration = Duration::from_secs(1);

/// Opens a socket for whoever is signed in, and for programs with a token: in the header, or in the first
/// frame. The middleware has checked where the request comes from.
pub async fn socket(
    State(state): State<AppState>,
    Extension(Session(caller)): Extension<Session>,
    Extension(client): Extension<ClientInfo>,
    token: Option<Extension<OfToken>>,
    mut request: Request,
) -> Response {
    let Ok(mut response) = create_response_with_body(&request, Body::empty) else {
        return refusal(&Error::bad_request("This address opens WebSockets of version 13."));
    };
    let upgrade = hyper::upgrade::on(&mut request);
    let speaks_it = offers(&request, SUBPROTOCOL);
    if speaks_it {
        let protocol = HeaderValue::from_static(SUBPROTOCOL);
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    let greeting = match (token, caller) {
        _ if !speaks_it => Ok(Greeting::TurnAway(CloseCode::Version)),
        (Some(Extension(OfToken(presented))), _) => match accepted(&presented) {
            Ok(bearer) => seat(&state, bearer.into()),
            Err(code) => Ok(Greeting::TurnAway(code)),
        },
        (None, Some(caller)) => seat(&state, caller.into()),
        (None, None) => state.hub.knock().map(|()| Greeting::Late),
    };
    let Ok(greeting) = greeting else { return refusal(&Error::unavailable(RETRY_AFTER_MS)) };
    state.tracker.clone().spawn(async move {
        let Some(wire) = opened(upgrade).await else { return };
        match greeting {
            Greeting::Seat(seat) => realtime::drive(*seat, wire).await,
            Greeting::Refuse(refused) => realtime::refuse(wire, refused).await,
            Greeting::TurnAway(code) => turn_away(wire, code).await,
            Greeting::Late => late(&state, &client, wire).await,
        }
    });
    response
}

/// What a socket is opened for.
enum Greeting {
    Seat(Box<Seat>),
    Refuse(Refused),
    TurnAway(CloseCode),
    /// Who it is has to be said in the first frame.
    Late,
}

/// A seat for whoever has this pass, or why there is none: by a close code, or now and here.
fn seat(state: &AppState, pass: Pass) -> Result<Greeting, Refused> {
    match state.hub.connect(pass) {
        Ok(seat) => Ok(Greeting::Seat(Box::new(seat))),
        Err(refused @ Refused::TooManyConnections) => Ok(Greeting::Refuse(refused)),
        Err(refused) => Err(refused),
    }
}

/// The program behind a token, or the code that says why there is none.
fn accepted(presented: &Presented) -> Result<&Bearer, CloseCode> {
    match presented {
        Presented::Accepted(bearer) if bearer.scopes.has(Scope::Events) => Ok(bearer),
        Presented::Accepted(_) => Err(CloseCode::Forbidden),
        Presented::Expired => Err(CloseCode::TokenExpired),
        Presented::Unknown => Err(CloseCode::SignIn),
    }
}

/// A socket of somebody who has not said who they are: the first frame has to bring a token.
async fn late(state: &AppState, client: &ClientInfo, mut wire: Wire) {
    let hello = tokio::select! {
        hello = tokio::time::timeout(HELLO_WITHIN, hello(&mut wire)) => hello.map_err(|_| CloseCode::HelloTooLate),
        () = state.stopping.cancelled() => Err(CloseCode::Draining),
    };
    let code = match hello {
        Ok(None) => return,
        Ok(Some(hello)) => match present(state, client, &hello).await {
            Ok(pass) => match state.hub.connect_late(pass) {
                Ok(seat) => {
                    wire.give_back(Incoming::Text(hello));
                    return realtime::drive(seat, wire).await;
                }
                Err(refused) => refused.close_code(),
            },
            Err(code) => code,
        },
        Err(code) => code,
    };
    turn_away(wire, code).await;
}

/// The first text; nothing else may come before it. None: the socket is gone.
async fn hello(wire: &mut Wire) -> Option<Bytes> {
    loop {
        match wire.next().await? {
            Ok(Incoming::Text(text)) => return Some(text),
            Ok(Incoming::Alive) => {}
            // No frame, so it is answered as one that is none.
            Ok(Incoming::Binary | Incoming::TooLarge) => return Some(Bytes::new()),
            Ok(Incoming::Closed) | Err(_) => return None,
        }
    }
}

/// Who comes with this first frame.
async fn present(state: &AppState, client: &ClientInfo, hello: &[u8]) -> Result<Pass, CloseCode> {
    let Ok(ClientFrame::Hello { token, .. }) = serde_json::from_slice(hello) else {
        return Err(CloseCode::BadFrame);
    };
    let token = token.ok_or(CloseCode::SignIn)?;
    let address = client.address.to_string();
    match state.services.store.authenticate_bearer(&token, Some(&address)).await {
        Ok(presented) => {
            let bearer = accepted(&presented)?;
            state.programs.request(bearer.token).map_err(|_| CloseCode::Rate)?;
            Ok(bearer.into())
        }
        Err(error) => {
            tracing::warn!(%error, "cannot check a token");
            Err(CloseCode::Overloaded)
        }
    }
}

/// Whether the client offers to speak `protocol`, among others.
fn offers(request: &Request, protocol: &str) -> bool {
    let offers = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let mut names = offers.iter().filter_map(|offer| offer.to_str().ok()).flat_map(|offer| offer.split(','));
    names.any(|name| name.trim() == protocol)
}

/// The connection once the handshake was answered, with what the HTTP server read of it too early.
async fn opened(upgrade: hyper::upgrade::OnUpgrade) -> Option<Wire> {
    let upgraded = match upgrade.await {
        Ok(upgraded) => upgraded,
        Err(error) => {
            tracing::debug!(%error, "a socket broke in its handshake");
            return None;
        }
    };
    // The HTTP server's buffers stay behind.
    match auto::upgrade::downcast::<TokioIo<TcpStream>>(upgraded) {
        Ok(parts) => Some(Wire::new(parts.io.into_inner(), parts.read_buf).await),
        Err(_) => {
            tracing::error!("a socket is not a TCP connection");
            None
        }
    }
}

/// Closes a socket that was opened only to say why it cannot be.
async fn turn_away(mut wire: Wire, code: CloseCode) {
    metrics::counter!("hubbub_closes_total", "code" => code.number().to_string()).increment(1);
    let goodbye = async {
        if wire.send(Outgoing::Close(code)).await.is_ok() {
            // Until the other side has closed too; otherwise the system may throw the last words away.
            while let Some(Ok(incoming)) = wire.next().await {
                if incoming == Incoming::Closed {
                    break;
                }
            }
        }
    };
    if tokio::time::timeout(CLOSES_WITHIN, goodbye).await.is_err() {
        tracing::trace!("the client did not close its side");
    }
}
