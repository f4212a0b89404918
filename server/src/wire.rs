//! The WebSocket under `realtime`'s driver: preframed texts, written with as few copies and system calls
//! as the system allows.
//!
//! Reading, pings, pongs and the closing handshake are the library's. It does not write to the network
//! itself but into the queue of [`Line`], where its frames stand between ours; so a frame is never
//! torn, and a text that a thousand sockets share is copied by none of them: one vectored write takes
//! the headers and the shared texts of everything that waits.

use bytes::Bytes;
use futures::{Sink, SinkExt, Stream, StreamExt, ready};
use protocol::limits::FRAME_IN_BYTES_MAX;
use realtime::{Incoming, Outgoing};
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error};
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, FrameHeader, Utf8Bytes};
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocketConfig};

/// What a socket reads at once. The default is 128 KiB.
const READ_BYTES: usize = 2 * 1024;
/// The transport takes twice what the protocol allows: a frame that was read whole can be answered with
/// its close code, while the answer to one that is cut off is mostly lost.
const FRAME_READ_BYTES_MAX: usize = 2 * FRAME_IN_BYTES_MAX;
/// What a socket may hold that the network has not taken.
const UNSENT_BYTES_MAX: usize = 1024 * 1024;
/// Slices that one write takes: two for each frame.
const SLICES_MAX: usize = 64;
/// A header of a frame to a client: two bytes, and a length of at most eight.
const HEADER_BYTES_MAX: usize = 10;

/// A socket in the words of `realtime`.
pub(crate) struct Wire {
    socket: WebSocketStream<Line>,
    /// A frame was too large to be read. Nothing after it can be, and the library would say so for ever.
    is_deaf: bool,
    /// The library has something to say: the answer to a ping, or a close.
    has_reply: bool,
    /// What was read before the socket had an owner.
    first: Option<Incoming>,
}

impl Wire {
    /// The socket on a connection whose handshake was answered; `read` was read past the handshake.
    pub(crate) async fn new(stream: TcpStream, read: Bytes) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(UNSENT_BYTES_MAX)
            .max_message_size(Some(FRAME_READ_BYTES_MAX))
            .max_frame_size(Some(FRAME_READ_BYTES_MAX));
        let line = Line { stream, queue: Queue::default() };
        let socket = if read.is_empty() {
            WebSocketStream::from_raw_socket(line, Role::Server, Some(config)).await
        } else {
            WebSocketStream::from_partially_read(line, read.into(), Role::Server, Some(config)).await
        };
        Self { socket, is_deaf: false, has_reply: false, first: None }
    }

    /// Gives back what was read; it comes once more.
    pub(crate) fn give_back(&mut self, first: Incoming) {
        self.first = Some(first);
    }
}

impl Stream for Wire {
    type Item = Result<Incoming, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        if self.is_deaf {
            return Poll::Pending;
        }
        Poll::Ready(ready!(self.socket.poll_next_unpin(context)).map(|message| match message {
            Ok(Message::Text(text)) => Ok(Incoming::Text(text.into())),
            Ok(Message::Binary(_)) => Ok(Incoming::Binary),
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {
                self.has_reply = true;
                Ok(Incoming::Alive)
            }
            Ok(Message::Close(_)) => {
                self.has_reply = true;
                Ok(Incoming::Closed)
            }
            Err(Error::Capacity(CapacityError::MessageTooLong { .. })) => {
                self.is_deaf = true;
                Ok(Incoming::TooLarge)
            }
            Err(error) => Err(error),
        }))
    }
}

impl Sink<Outgoing> for Wire {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let line = self.socket.get_mut();
        if line.queue.is_full() {
            ready!(line.poll_send(context))?;
        }
        Poll::Ready(Ok(()))
    }

    fn start_send(mut self: Pin<&mut Self>, outgoing: Outgoing) -> Result<(), Error> {
        match outgoing {
            Outgoing::Text(text) => {
                self.socket.get_mut().queue.push(Piece::text(text)?);
                Ok(())
            }
            Outgoing::Close(code) => {
                self.has_reply = true;
                let frame = CloseFrame { code: code.number().into(), reason: Utf8Bytes::default() };
                self.socket.start_send_unpin(Message::Close(Some(frame)))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.has_reply {
            // It goes into the queue.
            ready!(self.socket.poll_flush_unpin(context))?;
            self.has_reply = false;
        }
        self.socket.get_mut().poll_send(context).map_err(Error::Io)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        ready!(self.socket.poll_close_unpin(context))?;
        self.socket.get_mut().poll_send(context).map_err(Error::Io)
    }
}

/// The connection, and what it has not taken yet.
struct Line {
    stream: TcpStream,
    queue: Queue,
}

/// Frames and parts of frames, in the order in which they go out.
#[derive(Default)]
struct Queue {
    unsent: VecDeque<Piece>,
    bytes: usize,
}

/// A frame, or a part of one that the library wrote.
struct Piece {
    header: [u8; HEADER_BYTES_MAX],
    /// Which part of the header is to be sent.
    header_from: u8,
    header_to: u8,
    body: Bytes,
}

impl Piece {
    /// A text message in one frame.
    fn text(body: Bytes) -> Result<Self, Error> {
        let mut header = [0; HEADER_BYTES_MAX];
        let mut rest = &mut header[..];
        let head = FrameHeader { opcode: OpCode::Data(Data::Text), ..FrameHeader::default() };
        head.format(body.len() as u64, &mut rest)?;
        let header_to = (HEADER_BYTES_MAX - rest.len()) as u8;
        Ok(Self { header, header_from: 0, header_to, body })
    }

    /// What the library framed.
    fn framed(body: Bytes) -> Self {
        Self { header: [0; HEADER_BYTES_MAX], header_from: 0, header_to: 0, body }
    }

    fn header(&self) -> &[u8] {
        &self.header[usize::from(self.header_from)..usize::from(self.header_to)]
    }

    fn len(&self) -> usize {
        self.header().len() + self.body.len()
    }

    /// Forgets what was sent: less than all of it.
    fn advance(&mut self, sent: usize) {
        let of_header = sent.min(self.header().len());
        self.header_from += of_header as u8;
        drop(self.body.split_to(sent - of_header));
    }
}

impl Queue {
    fn push(&mut self, piece: Piece) {
        self.bytes += piece.len();
        self.unsent.push_back(piece);
    }

    fn is_full(&self) -> bool {
        UNSENT_BYTES_MAX <= self.bytes
    }

    /// What one write takes: headers and bodies in turn.
    fn slices(&self) -> ([IoSlice<'_>; SLICES_MAX], usize) {
        let mut slices = [IoSlice::new(&[]); SLICES_MAX];
        let mut count = 0;
        for piece in self.unsent.iter().take(SLICES_MAX / 2) {
            slices[count] = IoSlice::new(piece.header());
            slices[count + 1] = IoSlice::new(&piece.body);
            count += 2;
        }
        (slices, count)
    }

    /// Forgets what went out.
    fn sent(&mut self, mut sent: usize) {
        self.bytes -= sent;
        while let Some(piece) = self.unsent.front_mut() {
            if sent < piece.len() {
                return piece.advance(sent);
            }
            sent -= piece.len();
            self.unsent.pop_front();
        }
    }
}

impl Line {
    /// Sends until nothing waits.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.queue.unsent.is_empty() {
            let (slices, count) = self.queue.slices();
            let sent = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, &slices[..count]))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.queue.sent(sent);
        }
        // An idle socket keeps no memory for what it once had to say.
        self.queue.unsent = VecDeque::new();
        Poll::Ready(Ok(()))
    }
}

/// What the library reads comes from the network; what it writes is queued.
impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.queue.is_full() {
            // Somebody asks and asks, and takes no answer.
            ready!(self.poll_send(context))?;
        }
        self.queue.push(Piece::framed(Bytes::copy_from_slice(bytes)));
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What one write takes of what waits, as the slices go to the system.
    fn taken(queue: &Queue, most: usize) -> Vec<u8> {
        let (slices, count) = queue.slices();
        slices[..count].iter().flat_map(|slice| slice.iter()).copied().take(most).collect()
    }

    proptest! {
        #[test]
        fn however_little_the_network_takes_each_byte_goes_out_once_and_in_order(
            bodies in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..300), any::<bool>()), 1..12),
            takes in prop::collection::vec(1_usize..200, 1..40),
        ) {
            let mut queue = Queue::default();
            let mut whole = Vec::new();
            for (body, is_ours) in bodies {
                let body = Bytes::from(body);
                let piece = if is_ours { Piece::text(body)? } else { Piece::framed(body) };
                whole.extend_from_slice(piece.header());
                whole.extend_from_slice(&piece.body);
                queue.push(piece);
            }
            let mut out = Vec::new();
            for take in takes.iter().cycle() {
                prop_assert_eq!(queue.bytes, whole.len() - out.len());
                let some = taken(&queue, *take);
                if some.is_empty() {
                    break;
                }
                queue.sent(some.len());
                out.extend(some);
            }
            prop_assert_eq!(out, whole);
            prop_assert!(queue.unsent.is_empty());
        }

        #[test]
        fn a_frame_is_read_as_the_text_that_it_was_made_of(length in 0_usize..70_000) {
            let piece = Piece::text(Bytes::from(vec![b'a'; length]))?;
            let mut read = std::io::Cursor::new(piece.header());
            let (header, body) = FrameHeader::parse(&mut read)?.ok_or_else(|| TestCaseError::fail("cut off"))?;
            prop_assert_eq!(body, length as u64);
            prop_assert_eq!(header.opcode, OpCode::Data(Data::Text));
            prop_assert!(header.is_final && header.mask.is_none());
        }
    }
}
