//! The bus through Redis: two tasks, one that says and one that hears.
//!
//! Whoever publishes puts a text into a bounded queue and goes on; when Redis is away or slow the
//! queue fills and further texts are dropped. The listener subscribes to the partitions that the node
//! needs, again after every loss of the connection (Redis replays nothing and clients do not resubscribe
//! by themselves), and says [`News::Listening`] each time, so that the hub looks for what it missed.
//! Every five seconds the node sends itself a canary: publishing can seem to go well while nothing
//! arrives. On a cluster there are several, so that most likely each shard carries one.

use super::link::{Ears, Heard, Mouth, late};
use super::{News, RedisBus, message};
use protocol::{NodeId, limits};
use redis::{Msg, RedisResult};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Texts that wait for Redis.
const OUTGOING_MAX: usize = 1_024;
/// News that wait for the hub.
const INCOMING_MAX: usize = 1_024;
/// Texts sent at once.
const PIPELINE_MAX: usize = 128;
/// How long to wait before the next attempt to connect.
const CONNECT_AGAIN_AFTER: Duration = Duration::from_millis(300);

/// Canaries on a cluster. Where they go is even: of five shards one has none once in 200 nodes, and then the sweep
/// alone watches it.
const CANARIES_IN_CLUSTER: usize = 24;

/// The node's end of the bus.
#[derive(Debug)]
pub(crate) struct Line {
    node: NodeId,
    url: String,
    outgoing: mpsc::Sender<Outgoing>,
    wanted: Mutex<BTreeSet<u16>>,
    wanted_changed: Notify,
    is_connected: AtomicBool,
    /// When each canary came back last.
    canaries: Mutex<Vec<Option<Instant>>>,
    started: Instant,
}

/// A channel and a text.
type Outgoing = (String, String);

impl RedisBus {
    /// Begins to connect, and keeps at it.
    pub(crate) fn start(
        self,
        tracker: &TaskTracker,
        cancel: &CancellationToken,
    ) -> (Arc<Line>, mpsc::Receiver<News>) {
        let (outgoing, to_send) = mpsc::channel(OUTGOING_MAX);
        let (heard, news) = mpsc::channel(INCOMING_MAX);
        let line = Arc::new(Line {
            node: self.node,
            url: self.url,
            outgoing,
            wanted: Mutex::default(),
            wanted_changed: Notify::new(),
            is_connected: AtomicBool::new(false),
            canaries: Mutex::new(vec![None]),
            started: Instant::now(),
        });
        let (speaker, listener) = (Arc::clone(&line), Arc::clone(&line));
        tracker.spawn(cancel.clone().run_until_cancelled_owned(async move { speaker.speak(to_send).await }));
        tracker.spawn(cancel.clone().run_until_cancelled_owned(async move { listener.listen(heard).await }));
        (line, news)
    }
}

impl Line {
    /// Says something durable; never waits.
    pub(crate) fn ring(&self, partition: u16, text: String) {
        self.publish(durable(partition), text);
    }

    /// Says something that is not kept; never waits.
    pub(crate) fn say(&self, partition: u16, text: String) {
        self.publish(live(partition), text);
    }

    fn publish(&self, channel: String, text: String) {
        if self.outgoing.try_send((channel, text)).is_err() {
            metrics::counter!("hubbub_bus_dropped_total").increment(1);
        }
    }

    /// Which partitions the node needs to hear from now on.
    pub(crate) fn want(&self, partitions: BTreeSet<u16>) {
        let mut wanted = self.wanted();
        if *wanted != partitions {
            *wanted = partitions;
            self.wanted_changed.notify_one();
        }
    }

    /// How long ago the canary that is away for longest came back; of the bus itself as long as one never did.
    pub(crate) fn canary_age(&self) -> Duration {
        let oldest = self.canaries().iter().map(|canary| canary.unwrap_or(self.started)).min();
        oldest.unwrap_or(self.started).elapsed()
    }

    /// Whether what other nodes say arrives here, as far as anybody can know.
    pub(crate) fn is_working(&self) -> bool {
        let has_heard = self.canaries().iter().all(Option::is_some);
        has_heard && self.is_connected.load(Ordering::Acquire) && !self.is_degraded()
    }

    /// Whether it is time to say so.
    pub(crate) fn is_degraded(&self) -> bool {
        limits::CANARY_SILENT_AFTER <= self.canary_age()
    }

    fn wanted(&self) -> MutexGuard<'_, BTreeSet<u16>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn canaries(&self) -> MutexGuard<'_, Vec<Option<Instant>>> {
        self.canaries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The channels of the canaries, by their place.
    fn canary_channels(&self, count: usize) -> Vec<String> {
        (0..count).map(|place| format!("hubbub:canary:{}:{place}", self.node)).collect()
    }

    /// Sends what waits, many at once; drops it when Redis is away.
    async fn speak(&self, mut to_send: mpsc::Receiver<Outgoing>) {
        let mut mouth: Option<Mouth> = None;
        let mut connect_at = Instant::now();
        let mut waiting = Vec::with_capacity(PIPELINE_MAX);
        while 0 < to_send.recv_many(&mut waiting, PIPELINE_MAX).await {
            if mouth.is_none() && connect_at <= Instant::now() {
                let opened = Mouth::open(&self.url).await;
                mouth = opened.inspect_err(|error| tracing::debug!(%error, "no Redis")).ok();
                connect_at = Instant::now() + CONNECT_AGAIN_AFTER;
            }
            let mut dropped = waiting.len();
            if let Some(open) = &mut mouth {
                match open.say(&waiting).await {
                    Ok(refused) => dropped = refused,
                    Err(error) => {
                        tracing::warn!(%error, messages = waiting.len(), "could not ring the other nodes");
                        mouth = None;
                    }
                }
            }
            if dropped != 0 {
                metrics::counter!("hubbub_bus_dropped_total").increment(dropped as u64);
            }
            waiting.clear();
        }
    }

    /// Listens for ever.
    async fn listen(&self, heard: mpsc::Sender<News>) {
        let mut was_working = true;
        loop {
            match self.listen_once(&heard).await {
                Ok(()) => return,
                Err(error) if was_working => tracing::warn!(%error, "the bus is away; topics are polled"),
                Err(error) => tracing::debug!(%error, "the bus is still away"),
            }
            was_working = self.is_connected.swap(false, Ordering::AcqRel);
            // Not all nodes in the same moment.
            sleep(CONNECT_AGAIN_AFTER.mul_f64(0.5 + rand::random::<f64>())).await;
        }
    }

    /// Listens until the connection ends or goes silent; `Ok` when nobody takes the news any more.
    async fn listen_once(&self, heard: &mpsc::Sender<News>) -> RedisResult<()> {
        let mut ears = Ears::open(&self.url).await?;
        let canaries = self.canary_channels(if ears.are_of_cluster() { CANARIES_IN_CLUSTER } else { 1 });
        self.canaries().resize(canaries.len(), None);
        ears.subscribe(&canaries).await?;
        let mut subscribed = BTreeSet::new();
        let mut news = self.follow(&mut ears, &mut subscribed).await?;
        self.is_connected.store(true, Ordering::Release);
        tracing::info!(cluster = ears.are_of_cluster(), "the bus is connected");

        let connected = Instant::now();
        let mut ticks = interval(limits::CANARY_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if let Some(news) = news
                && heard.send(news).await.is_err()
            {
                return Ok(());
            }
            news = tokio::select! {
                message = ears.hear() => match message? {
                    Heard::Message(message) => self.hear(&message),
                    // On a cluster also when a slot moved: what was rung meanwhile was not heard.
                    Heard::Subscribed(channel) => partition_of(&channel).map(|of| News::Listening(vec![of])),
                    Heard::Unsubscribed(channel) => match partition_of(&channel) {
                        Some(of) if self.wanted().contains(&of) => {
                            subscribed.remove(&of);
                            self.follow(&mut ears, &mut subscribed).await?
                        }
                        _ => None,
                    },
                },
                () = self.wanted_changed.notified() => self.follow(&mut ears, &mut subscribed).await?,
                _ = ticks.tick() => {
                    if limits::CANARY_SILENT_AFTER <= self.canary_age().min(connected.elapsed()) {
                        return Err(late());
                    }
                    for channel in &canaries {
                        self.publish(channel.clone(), String::new());
                    }
                    None
                }
            };
        }
    }

    /// Subscribes to what is wanted and to nothing else. The answer is what is new; on a cluster that comes
    /// with each confirmation.
    async fn follow(&self, ears: &mut Ears, subscribed: &mut BTreeSet<u16>) -> RedisResult<Option<News>> {
        let wanted = self.wanted().clone();
        let channels = |partitions: &[u16]| -> Vec<String> {
            partitions.iter().flat_map(|partition| [durable(*partition), live(*partition)]).collect()
        };
        let old: Vec<u16> = subscribed.difference(&wanted).copied().collect();
        if !old.is_empty() {
            ears.unsubscribe(&channels(&old)).await?;
        }
        let new: Vec<u16> = wanted.difference(subscribed).copied().collect();
        if !new.is_empty() {
            ears.subscribe(&channels(&new)).await?;
        }
        *subscribed = wanted;
        Ok((!new.is_empty() && !ears.are_of_cluster()).then_some(News::Listening(new)))
    }

    fn hear(&self, message: &Msg) -> Option<News> {
        let channel = message.get_channel_name();
        if let Some(place) = channel.strip_prefix("hubbub:canary:") {
            let place = place.rsplit(':').next().and_then(|place| place.parse::<usize>().ok());
            if let Some(place) = place
                && let Some(canary) = self.canaries().get_mut(place)
            {
                *canary = Some(Instant::now());
            }
            return None;
        }
        message::understand(self.node, channel.ends_with(":live"), message.get_payload_bytes())
            .inspect_err(|error| tracing::warn!(%error, channel, "a message on the bus makes no sense"))
            .ok()
            .flatten()
    }
}

fn durable(partition: u16) -> String {
    format!("hubbub:{partition}")
}

fn live(partition: u16) -> String {
    format!("hubbub:{partition}:live")
}

/// The partition whose doorbells a channel carries.
fn partition_of(channel: &str) -> Option<u16> {
    channel.strip_prefix("hubbub:")?.parse().ok()
}
