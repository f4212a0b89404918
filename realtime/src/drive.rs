//! The driver between a socket and its [`Connection`]: the only place here that polls a socket.
//!
//! One task per socket, and a [`Door`] by which a crowd's round hands it events without waking the task.
//! A turn hands the socket as much as [`TURN_BYTES_MAX`], flushes it, and takes no
//! more before it is out, so a socket that takes nothing holds one turn and no more. The socket is not
//! polled for input when it was the bell that woke the task: reading is what costs in a WebSocket, and
//! nothing can have come without the socket's own waker.

mod desk;
mod gate;

use crate::bell::Bell;
use crate::connection::{Connection, Input, Output, Setup};
use crate::figures::count_close;
use crate::hub::Seat;
use bytes::Bytes;
use desk::Desk;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, Sink, SinkExt, Stream, StreamExt};
use gate::ReadGate;
use protocol::frame::CloseCode;
use protocol::limits;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use store::Presented;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

/// Handed to the socket before it is flushed; small enough to see a slow one move.
const TURN_BYTES_MAX: usize = 64 * 1024;
const _: () = assert!(TURN_BYTES_MAX <= limits::QUEUE_BYTES_MAX);
/// Frames taken in before somebody else's turn.
const READS_MAX: usize = 32;
/// How long the closing handshake may take.
const CLOSES_WITHIN: Duration = Duration::from_secs(1);
/// What is counted when the client went away by itself.
const LEFT: u16 = 1000;
/// What is counted when the socket broke.
const BROKEN: u16 = 1006;

/// What comes from a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A text message.
    Text(Bytes),
    /// A binary message.
    Binary,
    /// A message that was larger than the transport takes.
    TooLarge,
    /// A WebSocket ping or pong.
    Alive,
    /// The client closes.
    Closed,
}

/// What goes to a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// A text message, valid UTF-8. Its bytes are shared by many sockets.
    Text(Bytes),
    /// The last message.
    Close(CloseCode),
}

/// Serves a socket until it ends. `socket` is the upgraded WebSocket, mapped to [`Incoming`] and
/// [`Outgoing`]; it should take at most 1 MiB unsent and have small buffers.
pub async fn drive<S, E>(seat: Seat, socket: S)
where
    S: Stream<Item = Result<Incoming, E>> + Sink<Outgoing, Error = E> + Unpin + Send + 'static,
{
    let setup = Setup {
        connection: seat.connection,
        node: seat.hub.inner().node,
        user: seat.caller.user,
        program: seat.program,
        patience: seat.hub.inner().patience,
        jitter: [rand::random(), rand::random()],
    };
    let now = Instant::now();
    let bell = Arc::clone(&seat.signal.bell);
    let driver = Driver {
        connection: Connection::new(setup, now.into_std()),
        answers: FuturesUnordered::new(),
        sleep: Box::pin(sleep_until(now)),
        gate: ReadGate::new(),
        now,
        told_status: 0,
        is_leaving: false,
        writing: None,
        seat,
        socket,
    };
    let desk = Arc::new(Desk::of(driver));
    let door: Weak<Desk<S>> = Arc::downgrade(&desk);
    bell.open_door(door);
    let ended = poll_fn(|context| match &mut *desk.lock() {
        Some(driver) => driver.poll(context),
        None => Poll::Ready(Ended::Left),
    })
    .await;
    let Some(mut driver) = desk.lock().take() else { return };
    driver.release();
    let Driver { mut socket, seat, .. } = driver;
    match ended {
        Ended::Left => count_close(LEFT),
        Ended::Broken => count_close(BROKEN),
        Ended::Closed(code) => {
            count_close(code.number());
            tracing::debug!(connection = %seat.connection, ?code, "closed a socket");
            drop(seat);
            close(&mut socket, code).await;
        }
    }
}

/// Closes a socket that got no seat, so that its client learns why.
pub async fn refuse<S, E>(mut socket: S, refused: crate::Refused)
where
    S: Stream<Item = Result<Incoming, E>> + Sink<Outgoing, Error = E> + Unpin,
{
    count_close(refused.close_code().number());
    close(&mut socket, refused.close_code()).await;
}

async fn close<S, E>(socket: &mut S, code: CloseCode)
where
    S: Stream<Item = Result<Incoming, E>> + Sink<Outgoing, Error = E> + Unpin,
{
    let goodbye = async {
        if socket.send(Outgoing::Close(code)).await.is_ok() {
            // Until the other side has closed too; otherwise the system may throw the last words away.
            while let Some(Ok(incoming)) = socket.next().await {
                if incoming == Incoming::Closed {
                    break;
                }
            }
        }
    };
    if timeout(CLOSES_WITHIN, goodbye).await.is_err() {
        tracing::trace!("the client did not close its side");
    }
}

/// How a socket ended.
enum Ended {
    Left,
    Broken,
    Closed(CloseCode),
}

struct Driver<S> {
    seat: Seat,
    connection: Connection,
    socket: S,
    answers: FuturesUnordered<BoxFuture<'static, Input>>,
    sleep: Pin<Box<Sleep>>,
    gate: ReadGate,
    /// When the task was woken: one look at the clock for everything that it does then.
    now: Instant,
    told_status: u64,
    is_leaving: bool,
    /// What was handed to the socket and is not out yet.
    writing: Option<Turn>,
}

/// What is handed to the socket between two flushes.
#[derive(Default)]
struct Turn {
    bytes: usize,
    events: u64,
    /// When the oldest event in it reached this node.
    arrived: Option<std::time::Instant>,
    /// The socket did not take it at once.
    is_lagging: bool,
}

impl<S, E> Driver<S>
where
    S: Stream<Item = Result<Incoming, E>> + Sink<Outgoing, Error = E> + Unpin,
{
    /// Does all there is to do now.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Ended> {
        self.now = Instant::now();
        // Registers the wakers; everything that rings from here on wakes the task again.
        self.answer_bell(context);
        if let Poll::Ready(ended) = self.read(context) {
            return Poll::Ready(ended);
        }
        while let Poll::Ready(Some(answer)) = self.answers.poll_next_unpin(context) {
            self.take(answer);
        }
        if self.sleep.as_mut().poll(context).is_ready() {
            self.connection.handle(Input::Tick, self.now.into_std());
        }
        loop {
            let wrote = self.write(context);
            let until = match self.obey() {
                Ok(until) => until,
                Err(code) => return Poll::Ready(Ended::Closed(code)),
            };
            match wrote {
                Poll::Ready(Ok(true)) => continue,
                Poll::Ready(Ok(false)) | Poll::Pending => {}
                Poll::Ready(Err(_)) => return Poll::Ready(Ended::Broken),
            }
            // What was just asked may be answered already, and has to be polled once to wake the task.
            if let Poll::Ready(Some(answer)) = self.answers.poll_next_unpin(context) {
                self.take(answer);
                continue;
            }
            let Some(until) = until else { return Poll::Pending };
            ready!(self.sleep_until(until, context));
            self.now = Instant::now();
            self.connection.handle(Input::Tick, self.now.into_std());
        }
    }

    /// Sends what there is, in somebody else's task. False: the rest is for this one.
    fn deliver(&mut self, bell: &Arc<Bell>) -> bool {
        if self.writing.is_some() {
            // Once the socket has taken what it has, the task goes on with what there is then.
            return true;
        }
        self.now = Instant::now();
        self.connection.handle(Input::Woken, self.now.into_std());
        let waker = Waker::from(Arc::clone(bell));
        let mut context = Context::from_waker(&waker);
        loop {
            match self.write(&mut context) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false)) | Poll::Pending => break,
                Poll::Ready(Err(_)) => return false,
            }
        }
        let ticks_at = (!self.sleep.is_elapsed()).then(|| self.sleep.deadline().into_std());
        self.connection.is_content(ticks_at)
    }

    /// Takes an answer of the node. A token that follows another one has a session of its own.
    fn take(&mut self, answer: Input) {
        if let Input::Presented(_, Some(Presented::Accepted(bearer))) = &answer
            && bearer.caller.user == self.seat.caller.user
        {
            self.seat.caller = bearer.caller;
        }
        self.connection.handle(answer, self.now.into_std());
    }

    fn answer_bell(&mut self, context: &Context<'_>) {
        if !self.seat.signal.bell.poll(context) {
            return;
        }
        let now = self.now.into_std();
        self.connection.handle(Input::Woken, now);
        let status = self.seat.hub.status_version();
        if self.told_status != status {
            self.told_status = status;
            self.connection.handle(Input::Status(self.seat.hub.degraded()), now);
        }
        if let Some(after_ms) = self.seat.signal.leave_after_ms()
            && !self.is_leaving
        {
            self.is_leaving = true;
            self.connection.handle(Input::Drain { after_ms }, now);
        }
    }

    /// Takes what the client sent.
    fn read(&mut self, context: &Context<'_>) -> Poll<Ended> {
        let Some(waker) = self.gate.open(context) else { return Poll::Pending };
        for _ in 0..READS_MAX {
            let input = match self.socket.poll_next_unpin(&mut Context::from_waker(&waker)) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(Ended::Left),
                Poll::Ready(Some(Err(_))) => return Poll::Ready(Ended::Broken),
                Poll::Ready(Some(Ok(incoming))) => match incoming {
                    Incoming::Text(text) => Input::Text(text),
                    Incoming::Binary => Input::Binary,
                    Incoming::TooLarge => Input::TooLarge,
                    Incoming::Alive => {
                        // The transport has an answer to a ping in hand: let the next flush take it along.
                        self.writing.get_or_insert_default();
                        Input::Alive
                    }
                    Incoming::Closed => return Poll::Ready(Ended::Left),
                },
            };
            self.connection.handle(input, self.now.into_std());
        }
        // There may be more; others first.
        waker.wake();
        Poll::Pending
    }

    /// Hands the socket a turn and flushes it. True: something went out, there may be more.
    fn write(&mut self, context: &mut Context<'_>) -> Poll<Result<bool, E>> {
        if self.writing.is_none() {
            let mut turn = Turn::default();
            while turn.bytes < TURN_BYTES_MAX && self.socket.poll_ready_unpin(context)?.is_ready() {
                let Some(message) = self.connection.message(self.now.into_std()) else { break };
                turn.bytes += message.text.len();
                turn.events += u64::from(message.events);
                turn.arrived = turn.arrived.or(message.arrived);
                self.socket.start_send_unpin(Outgoing::Text(message.text))?;
            }
            if turn.bytes == 0 {
                return Poll::Ready(Ok(false));
            }
            self.writing = Some(turn);
        }
        if self.socket.poll_flush_unpin(context)?.is_pending() {
            if let Some(turn) = &mut self.writing
                && !turn.is_lagging
            {
                turn.is_lagging = true;
                let counters = &self.seat.hub.inner().counters;
                counters.lagging.increment(1.0);
                counters.queue_bytes.increment(turn.bytes as f64);
            }
            return Poll::Pending;
        }
        self.count_delivery();
        self.release();
        self.connection.handle(Input::Taken, self.now.into_std());
        Poll::Ready(Ok(true))
    }

    /// Does what the connection wants. The answer is when to come back, if ever; an error closes the socket.
    fn obey(&mut self) -> Result<Option<Instant>, CloseCode> {
        let result = loop {
            match self.connection.poll() {
                Output::Wait(until) => break Ok(until.map(Instant::from)),
                Output::Close(code) => break Err(code),
                Output::Arrive(topic) => self.seat.arrive(topic),
                Output::Depart(topic) => self.seat.depart(topic),
                Output::Idle(is_idle) => self.seat.idle(is_idle),
                Output::Choose(choice) => self.seat.choose(choice),
                Output::Look(topic) => self.seat.hub.announce(topic),
                wanted => self.ask(wanted),
            }
        };
        let subscriptions = self.connection.subscriptions();
        self.seat.count_subscriptions(subscriptions);
        result
    }

    /// Asks the node; the answer comes back as an [`Input`].
    fn ask(&mut self, wanted: Output) {
        let (hub, caller) = (self.seat.hub.clone(), self.seat.caller);
        let answer = match wanted {
            Output::Link(topics) => {
                let bell = std::sync::Arc::clone(&self.seat.signal.bell);
                async move {
                    let links = hub.link(topics.clone(), bell).await;
                    Input::Linked(topics, links)
                }
                .boxed()
            }
            Output::Access => {
                let followed = self.connection.conversations();
                async move { Input::Access(hub.access(caller, followed).await) }.boxed()
            }
            Output::Check { topic, epoch } => async move {
                Input::Checked { topic, epoch, may_read: hub.check(caller.user, topic, epoch).await }
            }
            .boxed(),
            Output::Refresh(topic) => {
                async move { Input::Refreshed(topic, hub.refresh(topic).await) }.boxed()
            }
            Output::Page(request) => {
                async move { Input::Page(request, hub.page(request.topic, request.after).await) }.boxed()
            }
            Output::Present(token) => async move {
                let presented = hub.present(token.clone()).await;
                Input::Presented(token, presented)
            }
            .boxed(),
            Output::MoveRead(topic, seq) => async move {
                let moved = hub.inner().store.move_read(&caller, topic, seq).await;
                Input::ReadMoved(moved.map_err(protocol::Error::from))
            }
            .boxed(),
            Output::Typing { topic, place, on } => async move {
                hub.type_in(caller, topic, place, on).await;
                Input::Woken
            }
            .boxed(),
            Output::HideReceipts => async move {
                hub.hide_receipts(caller).await;
                Input::Woken
            }
            .boxed(),
            Output::Arrive(_)
            | Output::Depart(_)
            | Output::Idle(_)
            | Output::Choose(_)
            | Output::Look(_)
            | Output::Close(_)
            | Output::Wait(_) => {
                return;
            }
        };
        self.answers.push(answer);
    }

    /// Ready when it is time to tick.
    fn sleep_until(&mut self, until: Instant, context: &mut Context<'_>) -> Poll<()> {
        // Setting a timer costs more than being woken once in vain, so a later time waits for its turn.
        if until < self.sleep.deadline() || self.sleep.is_elapsed() {
            self.sleep.as_mut().reset(until);
        }
        self.sleep.as_mut().poll(context)
    }
}

impl<S> Driver<S> {
    /// What was being written is out.
    fn count_delivery(&self) {
        let Some(turn) = &self.writing else { return };
        let counters = &self.seat.hub.inner().counters;
        counters.delivered.increment(turn.events);
        if let Some(arrived) = turn.arrived {
            counters.delivery_seconds.record(Instant::now().into_std().duration_since(arrived).as_secs_f64());
        }
    }

    /// What was being written is out, or never will be.
    fn release(&mut self) {
        let Some(turn) = self.writing.take() else { return };
        let counters = &self.seat.hub.inner().counters;
        if turn.is_lagging {
            counters.lagging.decrement(1.0);
            counters.queue_bytes.decrement(turn.bytes as f64);
        }
    }
}
