//! A server of the test's own, and people who use it.

use client::{Output, Settings};
use futures::{SinkExt, StreamExt};
use protocol::account::Me;
use protocol::frame::{ClientFrame, ServerFrame};
use protocol::post::{NewPost, Post};
use protocol::workspace::{InvitationLink, NewInvitation, Role};
use protocol::{Error, Event, EventKind, InvitationId, PostId, Timestamp, Topic, WorkspaceId};
use reqwest::header;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use server::config::Config;
use server::run::Application;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

/// Nothing that a test waits for takes longer, even on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
const PASSWORD: &str = "correct horse battery";

/// A running server, in this process.
pub(crate) struct TestApp {
    pub(crate) site: Site,
    stop: CancellationToken,
    running: Option<JoinHandle<()>>,
    folder: Option<TempDir>,
}

impl TestApp {
    /// On SQLite in a folder of its own.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With other settings.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = config_in(folder.path());
        change(&mut config);
        let mut app = Self::start_on(config).await;
        app.folder = Some(folder);
        app
    }

    /// With exactly these settings.
    pub(crate) async fn start_on(config: Config) -> Self {
        server::telemetry::start(&Config { log: "warn".to_owned(), ..config.clone() });
        let application = Application::build(config).await.expect("the server starts");
        let site = Site { address: application.address() };
        let stop = CancellationToken::new();
        let told = stop.clone().cancelled_owned();
        #[expect(clippy::disallowed_methods, reason = "the test's own task, awaited in stop()")]
        let running =
            tokio::spawn(async move { application.run_until_stopped(told).await.expect("it runs") });
        Self { site, stop, running: Some(running), folder: None }
    }

    /// The folder of a server that has one of its own.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.as_ref().expect("it was started in a folder of its own").path()
    }

    /// Tells it to stop without waiting.
    pub(crate) fn tell_to_stop(&self) {
        self.stop.cancel();
    }

    /// Stops it and waits until it is gone.
    pub(crate) async fn stop(&mut self) {
        self.stop.cancel();
        if let Some(running) = self.running.take() {
            within(running).await.expect("it does not panic");
        }
    }

    /// Ada, who runs the instance, and Ben, a member of her workspace.
    pub(crate) async fn two_people(&self) -> (Person, Person) {
        let ada = self.site.set_up("ada").await;
        let ben = ada.invites("ben").await;
        (ada, ben)
    }
}

/// Settings for a server in this folder, on a port of its own.
pub(crate) fn config_in(folder: &std::path::Path) -> Config {
    Config {
        data_dir: folder.join("data"),
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        site_dir: folder.join("site"),
        sign_ins_per_minute: 10_000.try_into().expect("it is above zero"),
        stop_within_seconds: 8,
        ..Config::default()
    }
}

/// Waits for something that must come.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("it comes in time")
}

/// A server as somebody outside sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
}

impl Site {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn socket_url(&self) -> String {
        format!("ws://{}/ws", self.address)
    }

    /// A visitor without a cookie.
    pub(crate) fn stranger(&self) -> Stranger {
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Stranger { site: *self, http, cookie: String::new() }
    }

    /// Makes the first account.
    pub(crate) async fn set_up(&self, handle: &str) -> Person {
        let new = json!({ "name": name_of(handle), "handle": handle, "password": PASSWORD, "workspace_name": "Lantern Street" });
        self.stranger().enters("setup.create", new).await
    }

    /// Signs in once more, as on another device.
    pub(crate) async fn sign_in(&self, handle: &str) -> Person {
        self.stranger().enters("auth.sign_in", json!({ "handle": handle, "password": PASSWORD })).await
    }
}

fn name_of(handle: &str) -> String {
    let (first, rest) = handle.split_at(1);
    format!("{}{rest} Tester", first.to_uppercase())
}

/// Somebody with or without a cookie.
#[derive(Clone)]
pub(crate) struct Stranger {
    pub(crate) site: Site,
    pub(crate) http: reqwest::Client,
    pub(crate) cookie: String,
}

/// A refusal, as it came over the wire.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<u64>,
    pub(crate) error: Error,
}

impl Stranger {
    /// Sends a command; nothing is retried.
    pub(crate) async fn tries<T: DeserializeOwned>(
        &self,
        command: &str,
        arguments: impl Serialize,
    ) -> Result<T, Refusal> {
        let answer = within(self.request(command, arguments).send()).await.expect("the server answers");
        read(answer).await
    }

    /// The request behind [`Stranger::tries`], to be changed.
    pub(crate) fn request(&self, command: &str, arguments: impl Serialize) -> reqwest::RequestBuilder {
        self.http
            .post(self.site.url(&format!("/api/{command}")))
            .header(header::COOKIE, &self.cookie)
            .json(&arguments)
    }

    /// Opens a page or a file.
    pub(crate) async fn opens(&self, path: &str) -> reqwest::Response {
        let request = self.http.get(self.site.url(path)).header(header::COOKIE, &self.cookie);
        within(request.header(header::ACCEPT, "text/html").send()).await.expect("the server answers")
    }

    /// Signs in or up, and takes the cookie.
    pub(crate) async fn enters(mut self, command: &str, arguments: Value) -> Person {
        let answer = within(self.request(command, arguments).send()).await.expect("the server answers");
        let status = answer.status();
        let cookie =
            answer.headers().get(header::SET_COOKIE).map(|value| value.to_str().expect("ASCII").to_owned());
        assert!(status.is_success(), "{command}: {status} {}", answer.text().await.unwrap_or_default());
        let cookie = cookie.expect("signing in sets a cookie");
        self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let me: Me =
            self.tries("account.get", json!({})).await.expect("who is signed in may ask who they are");
        Person { me, wire: self }
    }

    /// A socket of its own, with nothing said on it.
    pub(crate) async fn raw_socket(&self) -> RawSocket {
        let opened = within(client::transport::native::open_raw(&self.site.socket_url(), &self.cookie)).await;
        RawSocket(opened.expect("the handshake succeeds"))
    }
}

pub(crate) async fn read<T: DeserializeOwned>(answer: reqwest::Response) -> Result<T, Refusal> {
    let status = answer.status().as_u16();
    let retry_after =
        answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let text = within(answer.text()).await.expect("the answer is whole");
    if status == 200 {
        return Ok(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")));
    }
    let error = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{status} {error}: {text}"));
    Err(Refusal { status, retry_after, error })
}

/// Somebody who is signed in on one device.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) me: Me,
    pub(crate) wire: Stranger,
}

impl Person {
    /// Sends a command that must succeed.
    pub(crate) async fn does<T: DeserializeOwned>(&self, command: &str, arguments: impl Serialize) -> T {
        let answer = self.wire.tries(command, arguments).await;
        answer.unwrap_or_else(|refusal| panic!("{command}: {refusal:?}"))
    }

    /// Sends a command that must be refused with this status.
    pub(crate) async fn may_not(&self, command: &str, arguments: impl Serialize, status: u16) -> Refusal {
        let answer: Result<Value, Refusal> = self.wire.tries(command, arguments).await;
        let refusal = answer.expect_err("it is refused");
        assert_eq!(refusal.status, status, "{command}: {refusal:?}");
        refusal
    }

    /// The first workspace of the person.
    pub(crate) fn workspace(&self) -> WorkspaceId {
        self.me.workspaces[0].workspace.id
    }

    pub(crate) fn topic(&self) -> Topic {
        Topic::Workspace(self.workspace())
    }

    /// Makes a link and lets somebody in by it.
    pub(crate) async fn invites(&self, handle: &str) -> Person {
        self.invites_as(handle, Role::Member).await
    }

    /// The same, with another role.
    pub(crate) async fn invites_as(&self, handle: &str, role: Role) -> Person {
        let id = InvitationId::new(Timestamp::now());
        let new = NewInvitation { id, workspace: self.workspace(), role, days: 1, uses_max: 1 };
        let link: InvitationLink = self.does("invitations.create", new).await;
        let secret = link.path.trim_start_matches("/join/");
        let new =
            json!({ "name": name_of(handle), "handle": handle, "password": PASSWORD, "invitation": secret });
        self.wire.site.stranger().enters("auth.sign_up", new).await
    }

    /// What writing this post says.
    pub(crate) fn new_post(&self, title: &str) -> NewPost {
        NewPost {
            id: PostId::new(Timestamp::now()),
            workspace: self.workspace(),
            title: title.to_owned(),
            body: "Text.".to_owned(),
        }
    }

    pub(crate) async fn posts(&self, title: &str) -> Post {
        self.does("posts.create", self.new_post(title)).await
    }

    /// A client that has not heard anything yet.
    pub(crate) fn connects(&self) -> Live {
        let (handle, outputs) = client::transport::native::connect(
            &self.wire.site.socket_url(),
            &self.wire.cookie,
            Settings::new("test/1"),
        );
        Live { handle, outputs }
    }

    /// Looks at the page: live from here on.
    pub(crate) async fn watches(&self) -> Live {
        let mut live = self.connects();
        let mut missing: HashSet<Topic> =
            self.me.workspaces.iter().map(|of| Topic::Workspace(of.workspace.id)).collect();
        missing.insert(Topic::User(self.me.person.id));
        live.until(|output| {
            if let Output::Opened { topic, .. } = output {
                missing.remove(&topic);
            }
            missing.is_empty().then_some(())
        })
        .await;
        live
    }
}

/// A client that reconnects, as the page has one.
pub(crate) struct Live {
    pub(crate) handle: client::Handle,
    pub(crate) outputs: mpsc::Receiver<Output>,
}

impl Live {
    /// Everything until this one.
    pub(crate) async fn until<T>(&mut self, mut found: impl FnMut(Output) -> Option<T>) -> T {
        within(async {
            loop {
                let output = self.outputs.recv().await.expect("the client runs");
                if let Some(found) = found(output) {
                    return found;
                }
            }
        })
        .await
    }

    /// The next event.
    pub(crate) async fn event(&mut self) -> Event {
        self.until(|output| if let Output::Event(event) = output { Some(*event) } else { None }).await
    }

    /// Titles of posts as they are created, up to and including this one.
    pub(crate) async fn titles_until(&mut self, last: &str) -> Vec<String> {
        let mut titles = Vec::new();
        while titles.last().map(String::as_str) != Some(last) {
            if let EventKind::PostCreated(post) = self.event().await.kind {
                titles.push(post.title);
            }
        }
        titles
    }
}

/// A socket that says what the test wants.
pub(crate) struct RawSocket(pub(crate) client::transport::native::RawSocket);

impl RawSocket {
    pub(crate) async fn says(&mut self, text: impl Into<String>) {
        within(self.0.send(Message::text(text.into()))).await.expect("the socket takes it");
    }

    pub(crate) async fn says_hello(&mut self) {
        let hello =
            ClientFrame::Hello { client: "test/1".to_owned(), token: None, resume: Vec::new(), idle: false };
        self.says(serde_json::to_string(&hello).expect("frames are JSON")).await;
    }

    /// Frames until the socket is closed, and the code.
    pub(crate) async fn close_code(&mut self) -> (u16, Vec<ServerFrame>) {
        let mut frames = Vec::new();
        loop {
            match within(self.0.next()).await {
                Some(Ok(Message::Close(close))) => {
                    return (close.map_or(1005, |close| close.code.into()), frames);
                }
                Some(Ok(Message::Text(text))) => frames.extend(frames_in(&text)),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return (1006, frames),
            }
        }
    }

    /// The next frame that the test looks for.
    pub(crate) async fn until<T>(&mut self, mut found: impl FnMut(ServerFrame) -> Option<T>) -> T {
        loop {
            match within(self.0.next()).await.expect("the socket is open").expect("the socket works") {
                Message::Text(text) => {
                    if let Some(found) = frames_in(&text).into_iter().find_map(&mut found) {
                        return found;
                    }
                }
                Message::Close(close) => panic!("the socket was closed: {close:?}"),
                _ => {}
            }
        }
    }
}

/// Several frames go as an array.
pub(crate) fn frames_in(text: &str) -> Vec<ServerFrame> {
    let whole = if text.starts_with('[') { text.to_owned() } else { format!("[{text}]") };
    serde_json::from_str(&whole).unwrap_or_else(|error| panic!("{error}: {text}"))
}
