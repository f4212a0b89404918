//! The browser: gloo-net's WebSocket, timers, and what the window says of network and visibility.

mod listeners;

use super::{Handle, Link, drive};
use crate::{Connection, Input, Output, Settings};
use futures::{Sink, Stream};
use gloo_net::websocket::{Message, State, WebSocketError, futures::WebSocket};
use listeners::Listeners;
use protocol::Timestamp;
use protocol::frame::SUBPROTOCOL;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// How often a page that is looked at checks whether the clock has jumped …
const CHECK_VISIBLE: Duration = Duration::from_secs(5);
/// … and one that is not. Becoming visible is an input of its own.
const CHECK_HIDDEN: Duration = Duration::from_secs(60);

/// Connects to `/ws` of the page's own server, and again whenever that is lost.
///
/// `on_output` gets everything but the transport's own business. Call [`Handle::stop`] when the
/// page is done with it: the window's listeners keep it alive otherwise.
pub fn spawn(settings: Settings, on_output: impl FnMut(Output) + 'static) -> Handle {
    let (handle, inputs) = Handle::new();
    let listeners = Listeners::attach(&handle);
    let connection = Connection::new(settings, seed());
    let link = Browser { on_output, _listeners: listeners };
    wasm_bindgen_futures::spawn_local(drive(connection, inputs, link));
    handle
}

struct Browser<F> {
    on_output: F,
    /// Dropped with the loop.
    _listeners: Listeners,
}

impl<F: FnMut(Output)> Link for Browser<F> {
    type Socket = Socket;

    fn connect(&self) -> Socket {
        let socket = address().and_then(|url| WebSocket::open_with_protocol(&url, SUBPROTOCOL).ok());
        Socket { socket, opened: false }
    }

    fn now(&self) -> Timestamp {
        // Milliseconds since 1970 fit an f64 exactly; the fraction does not matter.
        #[expect(clippy::cast_possible_truncation, reason = "the fraction of a millisecond goes")]
        Timestamp(js_sys::Date::now() as i64)
    }

    fn sleep_max(&self) -> Duration {
        if is_visible() { CHECK_VISIBLE } else { CHECK_HIDDEN }
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> {
        // The browser's timers end before 2³¹ ms.
        gloo_timers::future::sleep(time.min(CHECK_HIDDEN))
    }

    async fn tell(&mut self, output: Output) -> bool {
        (self.on_output)(output);
        true
    }
}

/// A socket that says when it is open. Dropping it closes it.
struct Socket {
    /// None when the browser refused to make one.
    socket: Option<WebSocket>,
    opened: bool,
}

impl Stream for Socket {
    type Item = Input;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Input>> {
        let opened = self.opened;
        let Some(socket) = &mut self.socket else { return Poll::Ready(None) };
        if !opened {
            let ready = Pin::new(&mut *socket).poll_ready(cx);
            if ready.is_ready() && matches!(socket.state(), State::Open) {
                self.opened = true;
                return Poll::Ready(Some(Input::Opened));
            }
        }
        loop {
            let input = match std::task::ready!(Pin::new(&mut *socket).poll_next(cx)) {
                Some(Ok(Message::Text(text))) => Input::Frame(text),
                Some(Ok(Message::Bytes(_))) => continue,
                Some(Err(WebSocketError::ConnectionClose(close))) => {
                    Input::Closed { code: close.code, retry_after_ms: None }
                }
                // An error is followed by the close that it leads to.
                Some(Err(_)) => continue,
                None => return Poll::Ready(None),
            };
            return Poll::Ready(Some(input));
        }
    }
}

impl Sink<String> for Socket {
    type Error = ();

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), ()>> {
        match &mut self.socket {
            Some(socket) => Pin::new(socket).poll_ready(cx).map_err(|_| ()),
            None => Poll::Ready(Err(())),
        }
    }

    fn start_send(mut self: Pin<&mut Self>, text: String) -> Result<(), ()> {
        match &mut self.socket {
            Some(socket) => Pin::new(socket).start_send(Message::Text(text)).map_err(|_| ()),
            None => Err(()),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), ()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), ()>> {
        Poll::Ready(Ok(()))
    }
}

/// The socket's address, from the page's.
fn address() -> Option<String> {
    let location = web_sys::window()?.location();
    let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
    Some(format!("{scheme}://{}/ws", location.host().ok()?))
}

fn is_visible() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_none_or(|document| document.visibility_state() != web_sys::VisibilityState::Hidden)
}

fn seed() -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number from 0 to 2⁵³")]
    let seed = (js_sys::Math::random() * 9_007_199_254_740_992.0) as u64;
    seed
}
