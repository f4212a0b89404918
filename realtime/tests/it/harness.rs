//! People with devices on real hubs over SQLite; sockets in memory.

use crate::naive::frames;
use futures::channel::mpsc;
use futures::{Sink, SinkExt, Stream, StreamExt};
use protocol::account::{NewAccount, NewInstance};
use protocol::frame::CloseCode;
use protocol::post::NewPost;
use protocol::workspace::{NewInvitation, Role};
use protocol::{InvitationId, NodeId, Position, PostId, Timestamp, Topic, WorkspaceId};
use realtime::{Bus, Hub, Incoming, Outgoing, Settings};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use store::{Caller, Clock, PasswordCost, Store};
use tempfile::TempDir;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Longer than anything here takes on a slow machine; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A database that several nodes may share.
pub(crate) struct Site {
    url: String,
    clock: Clock,
    _folder: TempDir,
}

/// One node on it.
pub(crate) struct Node {
    pub(crate) store: Store,
    pub(crate) hub: Hub,
    tracker: TaskTracker,
    cancel: CancellationToken,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// A person who is signed in.
#[derive(Clone, Copy)]
pub(crate) struct Person {
    pub(crate) caller: Caller,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::with_clock(Clock::system())
    }

    /// One whose stores read this clock.
    pub(crate) fn with_clock(clock: Clock) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { url: format!("sqlite://{}/hubbub.db", folder.path().display()), clock, _folder: folder }
    }

    /// A node, alone or with Redis.
    pub(crate) async fn node(&self, redis_url: Option<&str>) -> Node {
        self.node_with(redis_url, |_| {}).await
    }

    /// A node with other settings.
    pub(crate) async fn node_with(
        &self,
        redis_url: Option<&str>,
        change: impl FnOnce(&mut Settings),
    ) -> Node {
        let settings = store::Settings {
            password_cost: PasswordCost::cheap(),
            clock: self.clock.clone(),
            ..store::Settings::new(self.url.clone())
        };
        let (store, committed) = Store::open(&settings).await.expect("the database opens");
        let (tracker, cancel) = (TaskTracker::new(), CancellationToken::new());
        let node = NodeId::new(Timestamp::now());
        let bus = Bus::connect(redis_url, node);
        let mut settings = Settings::new(node);
        change(&mut settings);
        let hub = Hub::start(store.clone(), committed, bus, settings, tracker.clone(), cancel.clone());
        Node { store, hub, tracker, cancel }
    }
}

impl Node {
    /// The first account, with the first workspace.
    pub(crate) async fn ada(&self) -> (Person, WorkspaceId) {
        let new = NewInstance {
            name: "Ada Lovelace".to_owned(),
            handle: "ada".to_owned(),
            password: "correct horse battery".to_owned(),
            workspace_name: "Engines".to_owned(),
        };
        let caller = self.store.set_up(new, "a test", "127.0.0.1").await.expect("set up").caller;
        let me = self.store.me(&caller).await.expect("Ada");
        (Person { caller }, me.workspaces[0].workspace.id)
    }

    /// Somebody whom Ada invites.
    pub(crate) async fn joins(&self, ada: Person, workspace: WorkspaceId, handle: &str) -> Person {
        let new = NewInvitation {
            id: InvitationId::new(Timestamp::now()),
            workspace,
            role: Role::Member,
            days: 7,
            uses_max: 5,
        };
        let link = self.store.create_invitation(&ada.caller, new).await.expect("an invitation");
        let new = NewAccount {
            name: handle.to_owned(),
            handle: handle.to_owned(),
            password: "correct horse battery".to_owned(),
            invitation: link.path.trim_start_matches("/join/").to_owned(),
        };
        Person { caller: self.store.sign_up(new, "a test", "127.0.0.1").await.expect("sign-up").caller }
    }

    pub(crate) async fn post(&self, by: Person, workspace: WorkspaceId, title: &str) {
        let id = PostId::new(Timestamp::now());
        let new = NewPost { id, workspace, title: title.to_owned(), body: String::new() };
        self.store.create_post(&by.caller, new).await.expect("a post");
    }

    /// Where a topic stands in the database.
    pub(crate) async fn position(&self, topic: Topic) -> Position {
        let heads = self.store.heads(&[topic]).await.expect("the database answers");
        Position { epoch: heads[0].epoch, seq: heads[0].head }
    }

    /// A socket that nobody has said anything on.
    pub(crate) fn socket(&self, person: Person) -> Device {
        let (socket, device) = connected();
        match self.hub.connect(person.caller) {
            Ok(seat) => self.tracker.spawn(realtime::drive(seat, socket)),
            Err(refused) => self.tracker.spawn(realtime::refuse(socket, refused)),
        };
        device
    }

    /// A device that is in sync with everything its person may see.
    pub(crate) async fn device(&self, person: Person) -> Device {
        let mut device = self.socket(person);
        device.say(json!({ "type": "hello", "client": "test" })).await;
        let topics = self.store.access(&person.caller).await.expect("access").topics.len();
        device.until(|frame| frame["type"] == "welcome").await;
        for _ in 0..topics {
            device.until(|frame| frame["type"] == "opened").await;
        }
        device
    }
}

/// The other end of a socket.
pub(crate) struct Device {
    to_server: mpsc::Sender<Incoming>,
    from_server: mpsc::Receiver<Outgoing>,
    frames: VecDeque<Value>,
    /// Messages taken so far.
    pub(crate) messages: u32,
}

/// Both ends of a socket.
fn connected() -> (Socket, Device) {
    // Messages on the way: as little as the kernel would hold.
    let (to_client, from_server) = mpsc::channel(2);
    let (to_server, from_client) = mpsc::channel(16);
    let socket = Socket { incoming: from_client, outgoing: to_client };
    (socket, Device { to_server, from_server, frames: VecDeque::new(), messages: 0 })
}

/// What a device gets.
#[derive(Debug)]
pub(crate) enum Got {
    Frame(Value),
    Closed(CloseCode),
}

impl Device {
    pub(crate) async fn say(&mut self, frame: Value) {
        let text = serde_json::to_vec(&frame).expect("JSON");
        self.to_server.send(Incoming::Text(text.into())).await.expect("the server reads");
    }

    /// Waits for something else, as a device that is awake: it goes on answering pings and keeps
    /// what it gets for later.
    pub(crate) async fn meanwhile<T>(&mut self, something: impl Future<Output = T>) -> T {
        let mut something = pin!(something);
        loop {
            let message = tokio::select! {
                result = &mut something => return result,
                message = self.from_server.next() => message,
            };
            self.messages += 1;
            match message {
                Some(Outgoing::Text(text)) => {
                    for frame in frames(&text) {
                        match frame["type"] == "ping" {
                            true => self.say(json!({ "type": "pong" })).await,
                            false => self.frames.push_back(frame),
                        }
                    }
                }
                ended => panic!("the server ended it while the device was awake: {ended:?}"),
            }
        }
    }

    /// The next frame, or the end.
    pub(crate) async fn next(&mut self) -> Got {
        loop {
            if let Some(frame) = self.frames.pop_front() {
                if frame["type"] == "ping" {
                    self.say(json!({ "type": "pong" })).await;
                    continue;
                }
                return Got::Frame(frame);
            }
            let message = timeout(PATIENCE, self.from_server.next()).await.expect("a message in time");
            self.messages += 1;
            match message {
                Some(Outgoing::Text(text)) => self.frames.extend(frames(&text)),
                Some(Outgoing::Close(code)) => return Got::Closed(code),
                None => panic!("the server went away without a word"),
            }
        }
    }

    /// The next frame that is like this; others are passed over.
    pub(crate) async fn until(&mut self, like: impl Fn(&Value) -> bool) -> Value {
        loop {
            match self.next().await {
                Got::Frame(frame) if like(&frame) => return frame,
                Got::Frame(_) => {}
                Got::Closed(code) => panic!("the server closed with {code:?}"),
            }
        }
    }

    /// The titles of the next posts that appear.
    pub(crate) async fn sees_posts(&mut self, count: usize) -> Vec<String> {
        let mut titles = Vec::new();
        while titles.len() < count {
            let frame = self.until(|frame| frame["kind"] == "post.created").await;
            titles.push(frame["data"]["title"].as_str().expect("posts have titles").to_owned());
        }
        titles
    }

    /// Everything until the server closes.
    pub(crate) async fn until_closed(&mut self) -> (Vec<Value>, CloseCode) {
        let mut seen = Vec::new();
        loop {
            match self.next().await {
                Got::Frame(frame) => seen.push(frame),
                Got::Closed(code) => return (seen, code),
            }
        }
    }

    /// Everything until the server closes, from somebody who reads and never answers.
    pub(crate) async fn until_closed_in_silence(&mut self) -> CloseCode {
        loop {
            match timeout(PATIENCE, self.from_server.next()).await.expect("a message in time") {
                Some(Outgoing::Text(_)) => {}
                Some(Outgoing::Close(code)) => return code,
                None => panic!("the server went away without a word"),
            }
        }
    }

    pub(crate) async fn focuses(&mut self, topic: Topic) {
        self.say(json!({ "type": "focus", "topic": topic })).await;
    }
}

/// The server's end of a socket.
struct Socket {
    incoming: mpsc::Receiver<Incoming>,
    outgoing: mpsc::Sender<Outgoing>,
}

impl Stream for Socket {
    type Item = Result<Incoming, mpsc::SendError>;
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.incoming.poll_next_unpin(context).map(|incoming| incoming.map(Ok))
    }
}

impl Sink<Outgoing> for Socket {
    type Error = mpsc::SendError;
    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.outgoing.poll_ready_unpin(context)
    }
    fn start_send(mut self: Pin<&mut Self>, item: Outgoing) -> Result<(), Self::Error> {
        self.outgoing.start_send_unpin(item)
    }
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.outgoing.poll_flush_unpin(context)
    }
    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.outgoing.poll_close_unpin(context)
    }
}

/// A different title each time.
pub(crate) fn title() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    format!("Post {}", COUNT.fetch_add(1, Ordering::Relaxed))
}
