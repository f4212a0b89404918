//! Sockets that only hear: they count events by a mark in the title and read nothing else.

use crate::Result;
use crate::measure::Delays;
use client::transport::native::{RawSocket, open_raw};
use futures::{SinkExt, StreamExt};
use protocol::frame::ClientFrame;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::{Error, Message};

/// What stands before the number of a post; see [`title`].
const MARK: &str = "\"title\":\"bench-";
/// How long one round of deliveries may take before the run is broken.
const ROUND_WITHIN: Duration = Duration::from_secs(60);
/// Pause after "too many at once".
const AGAIN_AFTER: Duration = Duration::from_millis(250);

/// The title of a post that is counted.
pub(crate) fn title(number: usize) -> String {
    format!("bench-{number:09}")
}

/// What all sockets of a run count together.
#[derive(Debug)]
pub(crate) struct Tally {
    started: Instant,
    /// When each post was sent, in microseconds from the start.
    sent: Vec<AtomicU64>,
    missing: AtomicU64,
    all_here: Notify,
    delays: Mutex<Delays>,
    bytes: AtomicU64,
    events: AtomicU64,
}

impl Tally {
    /// For so many posts.
    pub(crate) fn new(posts: usize) -> Arc<Self> {
        Arc::new(Self {
            started: Instant::now(),
            sent: (0..posts).map(|_| AtomicU64::new(0)).collect(),
            missing: AtomicU64::new(0),
            all_here: Notify::new(),
            delays: Mutex::new(Delays::new()),
            bytes: AtomicU64::new(0),
            events: AtomicU64::new(0),
        })
    }

    /// These posts are about to be sent, to so many sockets.
    pub(crate) fn sends(&self, first: usize, count: usize, sockets: usize) {
        self.missing.store((count * sockets) as u64, Ordering::SeqCst);
        for sent in &self.sent[first..first + count] {
            sent.store(self.micros(), Ordering::SeqCst);
        }
    }

    /// Waits until everybody has everything that was announced last.
    pub(crate) async fn everybody_has_it(&self) -> Result<()> {
        let here = self.all_here.notified();
        if self.missing.load(Ordering::SeqCst) == 0 {
            return Ok(());
        }
        timeout(ROUND_WITHIN, here).await.map_err(|_| {
            let missing = self.missing.load(Ordering::SeqCst);
            format!("{missing} deliveries of a round did not come within {} s", ROUND_WITHIN.as_secs()).into()
        })
    }

    /// The delays so far, which begin again.
    pub(crate) fn take_delays(&self) -> Delays {
        std::mem::replace(
            &mut *self.delays.lock().expect("no thread panics while it holds this"),
            Delays::new(),
        )
    }

    /// Bytes of one event, with its share of what was around it.
    pub(crate) fn event_bytes(&self) -> u64 {
        self.bytes.load(Ordering::SeqCst) / self.events.load(Ordering::SeqCst).max(1)
    }

    fn micros(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn hears(&self, text: &str) {
        let now = self.micros();
        let mut heard = 0;
        for number in numbers(text) {
            if let Some(sent) = self.sent.get(number) {
                heard += 1;
                let delay = Duration::from_micros(now.saturating_sub(sent.load(Ordering::SeqCst)));
                self.delays.lock().expect("no thread panics while it holds this").add(delay);
            }
        }
        if heard != 0 {
            self.bytes.fetch_add(text.len() as u64, Ordering::Relaxed);
            self.events.fetch_add(heard, Ordering::Relaxed);
            if self.missing.fetch_sub(heard, Ordering::SeqCst) == heard {
                self.all_here.notify_waiters();
            }
        }
    }
}

/// The numbers of the posts in a text.
fn numbers(text: &str) -> impl Iterator<Item = usize> + '_ {
    text.match_indices(MARK).filter_map(|(at, _)| {
        let digits = &text[at + MARK.len()..];
        digits.get(..9)?.parse().ok()
    })
}

/// Opens sockets and lets each say `hello`; every one has been answered when this returns.
pub(crate) async fn open(
    url: &str,
    cookies: impl Iterator<Item = Arc<str>>,
    at_once: usize,
) -> Result<Vec<RawSocket>> {
    let url: Arc<str> = url.into();
    let opening = futures::stream::iter(cookies.map(|cookie| {
        let url = url.clone();
        async move { crate::Result::Ok(open_one(&url, &cookie).await?.0) }
    }));
    let mut opening = std::pin::pin!(opening.buffer_unordered(at_once));
    let mut sockets = Vec::new();
    while let Some(socket) = opening.next().await {
        sockets.push(socket?);
    }
    Ok(sockets)
}

/// One of them, with what it was answered.
pub(crate) async fn open_one(url: &str, cookie: &str) -> Result<(RawSocket, String)> {
    let mut socket = loop {
        match open_raw(url, cookie).await {
            Ok(socket) => break socket,
            // The server takes so many handshakes per second; the rest come a little later.
            Err(Error::Http(answer)) if answer.status().as_u16() == 503 => sleep(AGAIN_AFTER).await,
            Err(Error::Io(error)) if error.raw_os_error() == Some(24) => {
                return Err("too many open files: raise `ulimit -n` to twice the number of sockets".into());
            }
            Err(error) => return Err(error.into()),
        }
    };
    let hello =
        ClientFrame::Hello { client: "bench".to_owned(), token: None, resume: Vec::new(), idle: false };
    socket.send(Message::text(serde_json::to_string(&hello)?)).await?;
    match socket.next().await {
        Some(Ok(Message::Text(answer))) => {
            // It may bring the first ping along.
            if answer.contains("\"type\":\"ping\"") {
                socket.send(Message::text("{\"type\":\"pong\"}")).await?;
            }
            Ok((socket, answer.to_string()))
        }
        other => Err(format!("a socket was answered with {other:?}").into()),
    }
}

/// Lets the sockets hear until the set is dropped. Pings are answered.
pub(crate) fn listen(sockets: Vec<RawSocket>, tally: &Arc<Tally>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for mut socket in sockets {
        let tally = tally.clone();
        tasks.spawn(async move {
            while let Some(Ok(message)) = socket.next().await {
                let Message::Text(text) = message else { continue };
                tally.hears(&text);
                if text.contains("\"type\":\"ping\"")
                    && socket.send(Message::text("{\"type\":\"pong\"}")).await.is_err()
                {
                    break;
                }
            }
        });
    }
    tasks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_are_found_by_their_titles_also_in_arrays() {
        let event = |number| format!("{{\"type\":\"event\",\"data\":{{\"title\":\"{}\"}}}}", title(number));
        let text = format!("[{},{{\"type\":\"ping\"}},{}]", event(7), event(12));
        assert_eq!(numbers(&text).collect::<Vec<_>>(), [7, 12]);
        assert_eq!(numbers("{\"title\":\"bench-x\"}").count(), 0);
    }

    #[tokio::test]
    async fn a_round_ends_with_its_last_delivery() {
        let tally = Tally::new(2);
        tally.sends(0, 2, 1);
        let text = format!("[{{{MARK}000000000\"}},{{{MARK}000000001\"}}]");
        tally.hears(&text);
        tally.everybody_has_it().await.unwrap();
        assert_eq!(tally.take_delays().count(), 2);
        assert_eq!(tally.event_bytes(), text.len() as u64 / 2);
    }
}
