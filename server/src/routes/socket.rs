//! `GET /ws`: who may open a socket, and the transport under `realtime`'s driver.
//!
//! A browser hides the status of a refused handshake from the page. So whatever the page must learn
//! (sign in, another version, too many tabs) is said by a close code on an open socket; what only
//! means "later" is a 503 before the upgrade, which costs the server least.

use super::refusal;
use crate::router::AppState;
use crate::wire::Wire;
use app::server::Session;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use futures::{SinkExt, StreamExt};
use http::{HeaderValue, header};
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use protocol::Error;
use protocol::frame::{CloseCode, SUBPROTOCOL};
use realtime::{Incoming, Outgoing, Refused, Seat};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

/// When a client comes back that was sent away by a 503.
const RETRY_AFTER_MS: u64 = 1_000;
/// How long a client may take to close its side.
const CLOSES_WITHIN: Duration = Duration::from_secs(1);

/// Opens a socket for whoever is signed in. The middleware has checked where the request comes from.
pub async fn socket(
    State(state): State<AppState>,
    Extension(Session(caller)): Extension<Session>,
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
    let greeting = match caller {
        _ if !speaks_it => Greeting::TurnAway(CloseCode::Version),
        None => Greeting::TurnAway(CloseCode::SignIn),
        Some(caller) => match state.hub.connect(caller) {
            Ok(seat) => Greeting::Seat(Box::new(seat)),
            Err(refused @ Refused::TooManyConnections) => Greeting::Refuse(refused),
            Err(Refused::Overloaded | Refused::Draining) => {
                return refusal(&Error::unavailable(RETRY_AFTER_MS));
            }
        },
    };
    state.tracker.spawn(async move {
        let Some(wire) = opened(upgrade).await else { return };
        match greeting {
            Greeting::Seat(seat) => realtime::drive(*seat, wire).await,
            Greeting::Refuse(refused) => realtime::refuse(wire, refused).await,
            Greeting::TurnAway(code) => turn_away(wire, code).await,
        }
    });
    response
}

/// What a socket is opened for.
enum Greeting {
    Seat(Box<Seat>),
    Refuse(Refused),
    TurnAway(CloseCode),
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
