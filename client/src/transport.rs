//! A socket and a clock around [`Connection`]: the loop that its contract describes.
//!
//! The loop is the same everywhere; a [`Link`] says how this platform opens sockets, sleeps and
//! tells the time. These are the only files of this crate that do.

#[cfg_attr(not(target_arch = "wasm32"), path = "transport/browser_absent.rs")]
pub mod browser;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;

use crate::{Connection, Input, Intent, Output};
use futures::channel::mpsc;
use futures::{FutureExt, Sink, SinkExt, Stream, StreamExt, future, select_biased};
use protocol::ephemeral::TypingPlace;
use protocol::{Position, Timestamp, Topic, limits};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Inputs that may wait for the loop. A page makes a handful between two turns of it.
const INPUTS_MAX: usize = 256;
/// A timer that comes later than this after its time means that the machine slept. Background
/// tabs run their timers at most once a second, or once a minute: both only cost a ping.
const LATE: Duration = Duration::from_secs(5);
/// The close code for a socket that ended without one.
const NO_CLOSE_CODE: u16 = 1006;

/// What a page or a program says to its connection. Cheap to clone; all clones mean the same one.
#[derive(Clone, Debug)]
pub struct Handle {
    /// One sender for all clones: each sender of this channel has a place beyond the bound.
    inputs: Arc<Mutex<mpsc::Sender<Input>>>,
}

impl Handle {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Input>) {
        let (inputs, receiver) = mpsc::channel(INPUTS_MAX);
        (Self { inputs: Arc::new(Mutex::new(inputs)) }, receiver)
    }

    /// What the page shows of a topic was loaded at this position; see [`Intent::SetPosition`].
    pub fn set_position(&self, topic: Topic, position: Position) {
        self.say(Input::Intent(Intent::SetPosition { topic, position }));
    }

    /// Follow a topic that the server does not follow by itself.
    pub fn open(&self, topic: Topic) {
        self.say(Input::Intent(Intent::Open { topic }));
    }

    /// Stop following it.
    pub fn close(&self, topic: Topic) {
        self.say(Input::Intent(Intent::Close { topic }));
    }

    /// The person looks at this topic, or at none; `within` is the workspace around it.
    pub fn focus(&self, topic: Option<Topic>, within: Option<Topic>) {
        self.say(Input::Intent(Intent::Focus { topic, within }));
    }

    /// A key was pressed in a comment or message, or it was sent.
    pub fn typing(&self, topic: Topic, place: TypingPlace, on: bool) {
        self.say(Input::Intent(Intent::Typing { topic, place, on }));
    }

    /// The window is idle, or used again.
    pub fn idle(&self, on: bool) {
        self.say(Input::Intent(Intent::Idle { on }));
    }

    /// The person has read a topic up to this number.
    pub fn read(&self, topic: Topic, seq: u64) {
        self.say(Input::Intent(Intent::Read { topic, seq }));
    }

    /// Do not wait any longer; also after signing in again.
    pub fn retry_now(&self) {
        self.say(Input::RetryNow);
    }

    /// Another token, in place of the one that expires.
    pub fn token(&self, token: impl Into<String>) {
        self.say(Input::Token(token.into()));
    }

    /// The end: the socket closes, timers and listeners go.
    pub fn stop(&self) {
        self.say(Input::Stop);
    }

    /// Hands an input to the loop. One that finds it gone, or hopelessly behind, is lost.
    pub(crate) fn say(&self, input: Input) {
        let mut inputs = self.inputs.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = inputs.try_send(input);
    }
}

/// What differs between the browser and a native program.
pub(crate) trait Link {
    /// An open or opening socket. It yields `Opened`, then frames, then `Closed`.
    type Socket: Stream<Item = Input> + Sink<String> + Unpin;

    /// Begins to open one.
    fn connect(&self) -> Self::Socket;

    /// The clock.
    fn now(&self) -> Timestamp;

    /// The longest time to sleep without looking at the clock.
    fn sleep_max(&self) -> Duration;

    /// Waits.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()>;

    /// Hands an output to the owner. False when there is none any more.
    fn tell(&mut self, output: Output) -> impl Future<Output = bool>;
}

/// Runs a connection until it is stopped or nobody is left to tell.
pub(crate) async fn drive<L: Link>(
    mut connection: Connection,
    mut inputs: mpsc::Receiver<Input>,
    mut link: L,
) {
    let mut socket: Option<L::Socket> = None;
    let mut input = Input::Start;
    loop {
        let stops = input == Input::Stop;
        connection.handle(input, link.now());
        let until = loop {
            match connection.poll() {
                Output::Connect => socket = Some(link.connect()),
                Output::Disconnect => socket = None,
                Output::Send(text) => {
                    if let Some(open) = &mut socket
                        && !send(&link, open, text).await
                    {
                        socket = None;
                        connection.handle(lost(), link.now());
                    }
                }
                Output::Wait(until) => break until,
                news => {
                    if !link.tell(news).await {
                        return;
                    }
                }
            }
        };
        if stops {
            return;
        }
        let asleep_at = link.now();
        let wait = until.map_or(Duration::MAX, |until| until.since(asleep_at)).min(link.sleep_max());
        input = {
            let mut sleep = pin!(link.sleep(wait).fuse());
            let mut frame = pin!(next(&mut socket).fuse());
            select_biased! {
                said = inputs.next() => said.unwrap_or(Input::Stop),
                came = frame => came,
                () = sleep => Input::Tick,
            }
        };
        match input {
            Input::Closed { .. } => socket = None,
            Input::Tick if wait + LATE < link.now().since(asleep_at) => {
                connection.handle(Input::ClockJumped, link.now());
            }
            _ => {}
        }
    }
}

/// The next input of the socket, if there is one.
async fn next<S: Stream<Item = Input> + Unpin>(socket: &mut Option<S>) -> Input {
    match socket {
        Some(socket) => socket.next().await.unwrap_or(lost()),
        None => future::pending().await,
    }
}

/// Writes a frame. A socket that does not take a few bytes within the time of a probe is dead.
async fn send<L: Link>(link: &L, socket: &mut L::Socket, text: String) -> bool {
    let mut sent = pin!(socket.send(text).fuse());
    let mut late = pin!(link.sleep(limits::CLIENT_PROBE_WITHIN).fuse());
    select_biased! {
        result = sent => result.is_ok(),
        () = late => false,
    }
}

fn lost() -> Input {
    Input::Closed { code: NO_CLOSE_CODE, retry_after_ms: None }
}
