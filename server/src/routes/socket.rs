//! `GET /ws`: who may open a socket, and the transport under `realtime`'s driver.
//!
//! A browser hides the status of a refused handshake from the page. So whatever the page must learn
//! (sign in, another version, too many tabs) is said by a close code on an open socket; what only
//! means "later" is a 503 before the upgrade, which costs the server least.

use super::refusal;
use crate::router::AppState;
use app::server::Session;
use axum::Extension;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use futures::{Sink, SinkExt, Stream, StreamExt, ready};
use protocol::Error;
use protocol::frame::{CloseCode, SUBPROTOCOL};
use protocol::limits::FRAME_IN_BYTES_MAX;
use realtime::{Incoming, Outgoing, Refused};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Buffers of each socket. The defaults are 128 KiB to read and no bound to write.
const BUFFER_BYTES: usize = 4 * 1024;
/// The transport takes twice what the protocol allows: a frame that was read whole can be answered with
/// its close code, while the answer to one that is cut off is mostly lost.
const FRAME_READ_BYTES_MAX: usize = 2 * FRAME_IN_BYTES_MAX;
/// What a socket may hold that the network has not taken.
const UNSENT_BYTES_MAX: usize = 1024 * 1024;
/// When a client comes back that was sent away by a 503.
const RETRY_AFTER_MS: u64 = 1_000;
/// How long a client may take to close its side.
const CLOSES_WITHIN: Duration = Duration::from_secs(1);

/// Opens a socket for whoever is signed in. The middleware has checked where the request comes from.
pub async fn socket(
    State(state): State<AppState>,
    Extension(Session(caller)): Extension<Session>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let upgrade = upgrade
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_write_buffer_size(UNSENT_BYTES_MAX)
        .max_message_size(FRAME_READ_BYTES_MAX)
        .max_frame_size(FRAME_READ_BYTES_MAX)
        .protocols([SUBPROTOCOL]);
    let tracker = state.tracker.clone();
    if upgrade.selected_protocol().is_none() {
        return upgrade.on_upgrade(move |socket| tracker.track_future(turn_away(socket, CloseCode::Version)));
    }
    let Some(caller) = caller else {
        return upgrade.on_upgrade(move |socket| tracker.track_future(turn_away(socket, CloseCode::SignIn)));
    };
    match state.hub.connect(caller) {
        Ok(seat) => {
            upgrade.on_upgrade(move |socket| tracker.track_future(realtime::drive(seat, Wire::new(socket))))
        }
        Err(refused @ Refused::TooManyConnections) => upgrade
            .on_upgrade(move |socket| tracker.track_future(realtime::refuse(Wire::new(socket), refused))),
        Err(Refused::Overloaded | Refused::Draining) => refusal(&Error::unavailable(RETRY_AFTER_MS)),
    }
}

/// Closes a socket that was opened only to say why it cannot be.
async fn turn_away(socket: WebSocket, code: CloseCode) {
    metrics::counter!("hubbub_closes_total", "code" => code.number().to_string()).increment(1);
    let mut wire = Wire::new(socket);
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

/// The WebSocket in the words of `realtime`.
struct Wire {
    socket: WebSocket,
    /// A frame was too large to be read. Nothing after it can be, and the library would say so for ever.
    is_deaf: bool,
}

impl Wire {
    fn new(socket: WebSocket) -> Self {
        Self { socket, is_deaf: false }
    }
}

impl Stream for Wire {
    type Item = Result<Incoming, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_deaf {
            return Poll::Pending;
        }
        Poll::Ready(ready!(self.socket.poll_next_unpin(context)).map(|message| match message {
            Ok(Message::Text(text)) => Ok(Incoming::Text(text.into())),
            Ok(Message::Binary(_)) => Ok(Incoming::Binary),
            Ok(Message::Ping(_) | Message::Pong(_)) => Ok(Incoming::Alive),
            Ok(Message::Close(_)) => Ok(Incoming::Closed),
            Err(error) if is_too_large(&error) => {
                self.is_deaf = true;
                Ok(Incoming::TooLarge)
            }
            Err(error) => Err(error),
        }))
    }
}

/// axum passes the WebSocket library's errors on only as text: "Space limit exceeded: Message too long …".
fn is_too_large(error: &axum::Error) -> bool {
    error.to_string().contains("too long")
}

impl Sink<Outgoing> for Wire {
    type Error = axum::Error;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        self.socket.poll_ready_unpin(context)
    }

    fn start_send(mut self: Pin<&mut Self>, outgoing: Outgoing) -> Result<(), axum::Error> {
        self.socket.start_send_unpin(match outgoing {
            Outgoing::Text(text) => Message::Text(Utf8Bytes::try_from(text).map_err(axum::Error::new)?),
            Outgoing::Close(code) => {
                Message::Close(Some(CloseFrame { code: code.number(), reason: Utf8Bytes::default() }))
            }
        })
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        self.socket.poll_flush_unpin(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        self.socket.poll_close_unpin(context)
    }
}
