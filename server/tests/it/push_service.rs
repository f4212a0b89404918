//! A push service of the test's own, and devices that can read what passes it.

use crate::harness::{Person, within};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::push::{NewSubscription, PushLine, PushOutcome, PushState};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use web_push_native::p256::SecretKey;
use web_push_native::{Auth, decrypt};

/// How often the log is asked whether it says more.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// It runs until the test ends.
pub(crate) struct PushService {
    address: SocketAddr,
    received: mpsc::Receiver<Received>,
    answers: Answers,
}

/// What it answers next, before it takes everything again.
type Answers = Arc<Mutex<VecDeque<u16>>>;

/// A message as the push service sees it.
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

#[derive(Clone)]
struct Desk {
    received: mpsc::Sender<Received>,
    answers: Answers,
}

impl PushService {
    pub(crate) async fn start() -> Self {
        let (sender, received) = mpsc::channel(64);
        let answers = Answers::default();
        let desk = Desk { received: sender, answers: Arc::clone(&answers) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it has one");
        let router = Router::new().fallback(take).with_state(desk);
        #[expect(clippy::disallowed_methods, reason = "the test's own task, which ends with it")]
        tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { address, received, answers }
    }

    /// Refuses the next message.
    pub(crate) fn answers_next(&self, status: u16) {
        self.answers.lock().expect("nobody panicked").push_back(status);
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Received {
        within(self.received.recv()).await.expect("the service runs")
    }

    /// The next message, as this device reads it.
    pub(crate) async fn tells(&mut self, device: &Device) -> Value {
        let message = self.next().await;
        assert_eq!(message.path, device.path);
        device.reads(&message)
    }

    /// A device at this service.
    pub(crate) fn device(&self, path: &str) -> Device {
        let secret = loop {
            if let Ok(secret) = SecretKey::from_slice(&rand::random::<[u8; 32]>()) {
                break secret;
            }
        };
        let path = format!("/{path}");
        let endpoint = format!("http://{}{path}", self.address);
        Device { path, endpoint, secret, auth: rand::random() }
    }
}

async fn take(
    State(desk): State<Desk>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap) {
    let received = Received { path: uri.path().to_owned(), headers, body };
    desk.received.send(received).await.expect("the test listens");
    let answer = desk.answers.lock().expect("nobody panicked").pop_front().unwrap_or(201);
    let again = HeaderMap::from_iter([(header::RETRY_AFTER, "1".parse().expect("ASCII"))]);
    (StatusCode::from_u16(answer).expect("a status"), again)
}

/// A browser on a device.
pub(crate) struct Device {
    path: String,
    pub(crate) endpoint: String,
    secret: SecretKey,
    auth: [u8; 16],
}

impl Device {
    /// What the browser's push manager gives to the page.
    pub(crate) fn subscription(&self) -> NewSubscription {
        let key = self.secret.public_key().to_sec1_bytes();
        NewSubscription {
            endpoint: self.endpoint.clone(),
            p256dh: URL_SAFE_NO_PAD.encode(key),
            auth: URL_SAFE_NO_PAD.encode(self.auth),
        }
    }

    pub(crate) fn reads(&self, message: &Received) -> Value {
        let text = decrypt(message.body.to_vec(), &self.secret, &Auth::from(self.auth));
        serde_json::from_slice(&text.expect("it is for this device")).expect("it is JSON")
    }
}

impl Person {
    /// This device is told from now on.
    pub(crate) async fn subscribes(&self, device: &Device) {
        let _: Value = self.does("push.subscribe", device.subscription()).await;
    }

    pub(crate) async fn push_state(&self) -> PushState {
        self.does("push.get", json!({})).await
    }

    /// What became of what this person's devices had to be told, once there are so many lines.
    pub(crate) async fn push_log(&self, lines: usize) -> Vec<PushOutcome> {
        within(async {
            loop {
                let log: Vec<PushLine> = self.does("push.log", json!({})).await;
                if lines <= log.len() {
                    return log.into_iter().map(|line| line.outcome).collect();
                }
                tokio::time::sleep(ASK_EVERY).await;
            }
        })
        .await
    }
}
