//! Native programs, tests and load: tokio-tungstenite, a cookie and an `Origin`.

use super::{Handle, Link, NO_CLOSE_CODE, drive};
use crate::{Connection, Input, Output, Settings};
use futures::{Sink, SinkExt, Stream, StreamExt, future::BoxFuture, ready};
use protocol::Timestamp;
use protocol::frame::{CloseCode, SUBPROTOCOL};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, error::UrlError};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// Outputs that may wait for their reader; after that the socket waits too.
const OUTPUTS_MAX: usize = 256;
/// Buffers of a socket. The library's own 128 KiB each would be gigabytes with 10,000 sockets.
const BUFFER_BYTES: usize = 4 * 1024;
/// Between two looks at the clock. A server does not sleep.
const CHECK: Duration = Duration::from_secs(3600);

/// A socket as the library gives it, with the handshake done and nothing said.
pub type RawSocket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Connects to `url` (`ws://host:port/ws`) with this `Cookie` header, and again whenever that is
/// lost. Ends when it is stopped, or when all handles or the receiver are dropped.
///
/// The receiver must be read: when it is full, the socket is not read either.
#[must_use]
pub fn connect(url: &str, cookie: &str, settings: Settings) -> (Handle, mpsc::Receiver<Output>) {
    let (handle, inputs) = Handle::new();
    let (outputs, receiver) = mpsc::channel(OUTPUTS_MAX);
    let link = Native { url: url.to_owned(), cookie: cookie.to_owned(), outputs };
    let connection = Connection::new(settings, rand::random());
    #[expect(
        clippy::disallowed_methods,
        reason = "a client has no shutdown to wait for: it ends with its handles"
    )]
    tokio::spawn(drive(connection, inputs, link));
    (handle, receiver)
}

/// Only the handshake, with small buffers: for tests that speak for themselves and for load that
/// has no time to read what it gets.
///
/// # Errors
/// When there is no server, or it refuses the handshake.
pub async fn open_raw(url: &str, cookie: &str) -> Result<RawSocket, Error> {
    let config = WebSocketConfig::default().read_buffer_size(BUFFER_BYTES).write_buffer_size(0);
    let (socket, _) = connect_async_with_config(request(url, cookie)?, Some(config), true).await?;
    Ok(socket)
}

fn request(url: &str, cookie: &str) -> Result<Request, Error> {
    let mut request = url.into_client_request()?;
    let origin = origin(url).ok_or(Error::Url(UrlError::UnsupportedUrlScheme))?;
    let headers = request.headers_mut();
    headers.insert(header::ORIGIN, HeaderValue::from_str(&origin)?);
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    if !cookie.is_empty() {
        headers.insert(header::COOKIE, HeaderValue::from_str(cookie)?);
    }
    Ok(request)
}

/// What a page of the same server would send: `http://host:port`.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?']).next()?;
    match scheme {
        "ws" => Some(format!("http://{host}")),
        "wss" => Some(format!("https://{host}")),
        _ => None,
    }
}

struct Native {
    url: String,
    cookie: String,
    outputs: mpsc::Sender<Output>,
}

impl Link for Native {
    type Socket = Socket;

    fn connect(&self) -> Socket {
        let (url, cookie) = (self.url.clone(), self.cookie.clone());
        Socket::Opening(Box::pin(async move { open_raw(&url, &cookie).await }))
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep_max(&self) -> Duration {
        CHECK
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> {
        tokio::time::sleep(time)
    }

    async fn tell(&mut self, output: Output) -> bool {
        self.outputs.send(output).await.is_ok()
    }
}

/// A socket that opens when it is first polled. Dropping it ends the TCP connection.
enum Socket {
    Opening(BoxFuture<'static, Result<RawSocket, Error>>),
    Open(Box<RawSocket>),
    Gone,
}

impl Stream for Socket {
    type Item = Input;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Input>> {
        loop {
            match &mut *self {
                Self::Opening(opening) => match ready!(opening.as_mut().poll(cx)) {
                    Ok(socket) => {
                        *self = Self::Open(Box::new(socket));
                        return Poll::Ready(Some(Input::Opened));
                    }
                    Err(error) => {
                        *self = Self::Gone;
                        return Poll::Ready(Some(refusal(&error)));
                    }
                },
                Self::Open(socket) => match ready!(socket.poll_next_unpin(cx)) {
                    Some(Ok(Message::Text(text))) => {
                        return Poll::Ready(Some(Input::Frame(text.as_str().to_owned())));
                    }
                    Some(Ok(Message::Close(frame))) => {
                        let code = frame.map_or(NO_CLOSE_CODE, |frame| frame.code.into());
                        return Poll::Ready(Some(Input::Closed { code, retry_after_ms: None }));
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => *self = Self::Gone,
                },
                Self::Gone => return Poll::Ready(None),
            }
        }
    }
}

impl Sink<String> for Socket {
    type Error = ();

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), ()>> {
        match &mut *self {
            Self::Open(socket) => socket.poll_ready_unpin(cx).map_err(|_| ()),
            Self::Opening(_) | Self::Gone => Poll::Ready(Err(())),
        }
    }

    fn start_send(mut self: Pin<&mut Self>, text: String) -> Result<(), ()> {
        match &mut *self {
            Self::Open(socket) => socket.start_send_unpin(Message::text(text)).map_err(|_| ()),
            Self::Opening(_) | Self::Gone => Err(()),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), ()>> {
        match &mut *self {
            Self::Open(socket) => socket.poll_flush_unpin(cx).map_err(|_| ()),
            Self::Opening(_) | Self::Gone => Poll::Ready(Err(())),
        }
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), ()>> {
        match &mut *self {
            Self::Open(socket) => socket.poll_close_unpin(cx).map_err(|_| ()),
            Self::Opening(_) | Self::Gone => Poll::Ready(Ok(())),
        }
    }
}

/// What a refused handshake means, in close codes: a native program sees the status that a
/// browser hides.
fn refusal(error: &Error) -> Input {
    let Error::Http(response) = error else {
        return Input::Closed { code: NO_CLOSE_CODE, retry_after_ms: None };
    };
    let code = match response.status() {
        StatusCode::UNAUTHORIZED => CloseCode::SignIn.number(),
        StatusCode::FORBIDDEN => CloseCode::Forbidden.number(),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => CloseCode::Overloaded.number(),
        _ => NO_CLOSE_CODE,
    };
    let seconds = response.headers().get(header::RETRY_AFTER);
    let seconds: Option<u64> = seconds.and_then(|value| value.to_str().ok()?.parse().ok());
    Input::Closed { code, retry_after_ms: seconds.map(|seconds| seconds.saturating_mul(1000)) }
}
