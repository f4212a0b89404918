//! Listening: every socket notes which messages it got, and after how long.

use super::{Room, send};
use crate::Result;
use crate::measure::Delays;
use crate::servers::Servers;
use crate::site::Person;
use crate::subscribers;
use client::transport::native::RawSocket;
use futures::{SinkExt, StreamExt, stream};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_tungstenite::tungstenite::Message;

/// What stands before the number of a message in its event; see [`mark`].
const MARK: &str = "\"body\":\"bench-";
/// What says that a conversation is followed from here on.
const FOLLOWED: &str = "\"type\":\"opened\",\"topic\":\"conversation:";
/// What says that a listener has to load again.
const RESET: &str = "\"type\":\"reset\"";
/// How long the last message may take before the run is broken.
const ARRIVES_WITHIN: Duration = Duration::from_secs(60);
/// How long nobody may get anything more after everything has come.
const QUIET_FOR: Duration = Duration::from_secs(1);
const HANDSHAKES_AT_ONCE: usize = 32;

/// How a message that is counted begins.
pub(super) fn mark(number: usize) -> String {
    format!("bench-{number:09}")
}

/// People who listen.
pub(super) struct Heard {
    shared: Arc<Shared>,
    _listening: JoinSet<()>,
}

struct Shared {
    started: Instant,
    /// Numbers of this measurement begin here: those before were written while nobody listened.
    turn: Mutex<Turn>,
    /// Deliveries of this measurement that have come.
    deliveries: AtomicU64,
    /// Conversations that are followed, those of all listeners together.
    followed: AtomicU64,
    /// Listeners that were told to load again, which these do not do.
    resets: AtomicU64,
    /// Listeners whose socket has ended.
    ended: AtomicU64,
}

/// One measurement.
#[derive(Default)]
struct Turn {
    /// When each message was sent, in microseconds from the start.
    sent: Vec<u64>,
    /// How often each listener got each message.
    heard: HashMap<(usize, usize), u32>,
    delays: Option<Delays>,
}

impl Heard {
    /// Everybody opens a socket on their server. Returns when all of them together follow so many
    /// conversations: what is written before that they may never hear.
    pub(super) async fn listen(servers: &Servers, people: &[Person], conversations: u64) -> Result<Self> {
        let shared = Arc::new(Shared {
            started: Instant::now(),
            turn: Mutex::default(),
            deliveries: AtomicU64::new(0),
            followed: AtomicU64::new(0),
            resets: AtomicU64::new(0),
            ended: AtomicU64::new(0),
        });
        let mut listening = JoinSet::new();
        let opening = people.iter().enumerate().map(|(number, person)| {
            let (url, cookie) = (servers.of(number).socket_url(), Arc::clone(&person.cookie));
            async move { crate::Result::Ok((number, subscribers::open_one(&url, &cookie).await?)) }
        });
        let mut opening = stream::iter(opening).buffer_unordered(HANDSHAKES_AT_ONCE);
        while let Some(opened) = opening.next().await {
            let (number, (socket, answer)) = opened?;
            shared.hears(number, &answer);
            listening.spawn(follow(socket, number, Arc::clone(&shared)));
        }
        let since = Instant::now();
        while shared.followed.load(Ordering::SeqCst) < conversations {
            if ARRIVES_WITHIN < since.elapsed() {
                let followed = shared.followed.load(Ordering::SeqCst);
                return Err(format!("{followed} of {conversations} conversations are followed").into());
            }
            sleep(Duration::from_millis(10)).await;
        }
        Ok(Self { shared, _listening: listening })
    }

    /// Sends so many messages a second by the clock, from one room to the next, and waits until everybody
    /// in those rooms has them. The delays, and how many deliveries there were.
    pub(super) async fn measure(
        &self,
        people: &Arc<[Person]>,
        rooms: &[Room],
        per_second: f64,
        seconds: u64,
    ) -> Result<(Delays, u64)> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand")]
        let count = (per_second * seconds as f64) as usize;
        *self.shared.turn() = Turn { sent: vec![0; count], delays: Some(Delays::new()), ..Turn::default() };
        self.shared.deliveries.store(0, Ordering::SeqCst);
        let started = Instant::now();
        let mut sending = JoinSet::new();
        for number in 0..count {
            sleep_until(started + Duration::from_secs_f64(number as f64 / per_second)).await;
            let (room, people, shared) =
                (rooms[number % rooms.len()].clone(), Arc::clone(people), Arc::clone(&self.shared));
            sending.spawn(async move {
                let now = shared.micros();
                shared.turn().sent[number] = now;
                send(&people[room.writer], room.id, number).await
            });
        }
        while let Some(sent) = sending.join_next().await {
            sent??;
        }
        let wanted: usize = (0..count).map(|number| rooms[number % rooms.len()].listeners.len()).sum();
        if let Err(error) = self.everything_comes(wanted as u64).await {
            return Err(format!("{error}; {}", self.what_is_missing(rooms, count)).into());
        }
        let turn = std::mem::take(&mut *self.shared.turn());
        for number in 0..count {
            for listener in &rooms[number % rooms.len()].listeners {
                match turn.heard.get(&(*listener, number)) {
                    Some(1) => {}
                    times => {
                        let times = times.copied().unwrap_or(0);
                        return Err(format!("listener {listener} got message {number} {times} times").into());
                    }
                }
            }
        }
        Ok((turn.delays.unwrap_or_else(Delays::new), wanted as u64))
    }

    /// Who lacks how many messages from which on, and what became of the sockets.
    fn what_is_missing(&self, rooms: &[Room], count: usize) -> String {
        let turn = self.shared.turn();
        let mut lacking: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for number in 0..count {
            for listener in &rooms[number % rooms.len()].listeners {
                if !turn.heard.contains_key(&(*listener, number)) {
                    lacking.entry(*listener).or_default().push(number);
                }
            }
        }
        let all: Vec<String> = lacking
            .iter()
            .map(|(listener, lacks)| format!("{listener} lacks {} from {}", lacks.len(), lacks[0]))
            .collect();
        let (resets, ended) =
            (self.shared.resets.load(Ordering::SeqCst), self.shared.ended.load(Ordering::SeqCst));
        format!("{resets} resets, {ended} sockets ended; of {count} messages {}", all.join(", "))
    }

    async fn everything_comes(&self, wanted: u64) -> Result<()> {
        let since = Instant::now();
        let heard = || self.shared.deliveries.load(Ordering::SeqCst);
        while heard() < wanted {
            if ARRIVES_WITHIN < since.elapsed() {
                return Err(format!("{} of {wanted} deliveries came", heard()).into());
            }
            sleep(Duration::from_millis(10)).await;
        }
        sleep(QUIET_FOR).await;
        match heard() {
            exactly if exactly == wanted => Ok(()),
            more => Err(format!("{more} deliveries came where there were {wanted}").into()),
        }
    }
}

impl Shared {
    fn turn(&self) -> std::sync::MutexGuard<'_, Turn> {
        self.turn.lock().expect("no thread panics while it holds this")
    }

    fn micros(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn hears(&self, listener: usize, text: &str) {
        let now = self.micros();
        let followed = text.matches(FOLLOWED).count() as u64;
        self.followed.fetch_add(followed, Ordering::SeqCst);
        let mut heard = 0;
        {
            let mut turn = self.turn();
            for number in numbers(text) {
                let Some(sent) = turn.sent.get(number).copied().filter(|sent| *sent != 0) else { continue };
                heard += 1;
                *turn.heard.entry((listener, number)).or_default() += 1;
                if let Some(delays) = &mut turn.delays {
                    delays.add(Duration::from_micros(now.saturating_sub(sent)));
                }
            }
        }
        self.deliveries.fetch_add(heard, Ordering::SeqCst);
    }
}

async fn follow(mut socket: RawSocket, listener: usize, shared: Arc<Shared>) {
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        shared.hears(listener, &text);
        if text.contains(RESET) {
            shared.resets.fetch_add(1, Ordering::SeqCst);
        }
        if text.contains("\"type\":\"ping\"")
            && socket.send(Message::text("{\"type\":\"pong\"}")).await.is_err()
        {
            break;
        }
    }
    shared.ended.fetch_add(1, Ordering::SeqCst);
}

/// The numbers of the messages in a text.
fn numbers(text: &str) -> impl Iterator<Item = usize> + '_ {
    text.match_indices(MARK).filter_map(|(at, _)| text[at + MARK.len()..].get(..9)?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_by_how_they_begin() {
        let event =
            |number| format!("{{\"type\":\"event\",\"data\":{{\"body\":\"{} words\"}}}}", mark(number));
        let text = format!("[{},{{\"type\":\"ping\"}},{}]", event(7), event(12));
        assert_eq!(numbers(&text).collect::<Vec<_>>(), [7, 12]);
        assert_eq!(numbers("{\"body\":\"bench-x\"}").count(), 0);
    }
}
