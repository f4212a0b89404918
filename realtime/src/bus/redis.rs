//! The bus through Redis: two tasks, one that says and one that hears.
//!
//! Whoever publishes puts a text into a bounded queue and goes on; when Redis is away or slow the
//! queue fills and further texts are dropped. The listener subscribes to the partitions that the node
//! needs, again after every loss of the connection (Redis replays nothing and clients do not resubscribe
//! by themselves), and says [`News::Listening`] each time, so that the hub looks for what it missed.
//! Every five seconds the node sends itself a canary: publishing can seem to go well while nothing
//! arrives.

use super::{News, RedisBus, message};
use futures::StreamExt;
use protocol::{NodeId, limits};
use redis::aio::{MultiplexedConnection, PubSubSink};
use redis::{AsyncConnectionConfig, Client, Msg, RedisResult};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Texts that wait for Redis.
const OUTGOING_MAX: usize = 1_024;
/// News that wait for the hub.
const INCOMING_MAX: usize = 1_024;
/// Texts sent at once.
const PIPELINE_MAX: usize = 128;
/// How long Redis may take to answer.
pub(super) const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// How long to wait before the next attempt to connect.
const CONNECT_AGAIN_AFTER: Duration = Duration::from_millis(300);

/// The node's end of the bus.
#[derive(Debug)]
pub(crate) struct Line {
    node: NodeId,
    url: String,
    outgoing: mpsc::Sender<Outgoing>,
    wanted: Mutex<BTreeSet<u16>>,
    wanted_changed: Notify,
    is_connected: AtomicBool,
    /// When the newest canary came back.
    canary: Mutex<Option<Instant>>,
    started: Instant,
}

#[derive(Debug)]
struct Outgoing {
    channel: String,
    text: String,
}

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
            canary: Mutex::new(None),
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
        if self.outgoing.try_send(Outgoing { channel, text }).is_err() {
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

    /// Age of the newest canary that came back; of the bus itself as long as none did.
    pub(crate) fn canary_age(&self) -> Duration {
        let canary = *self.canary.lock().unwrap_or_else(PoisonError::into_inner);
        canary.unwrap_or(self.started).elapsed()
    }

    /// Whether what other nodes say arrives here, as far as anybody can know.
    pub(crate) fn is_working(&self) -> bool {
        let has_heard = self.canary.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        has_heard && self.is_connected.load(Ordering::Acquire) && !self.is_degraded()
    }

    /// Whether it is time to say so.
    pub(crate) fn is_degraded(&self) -> bool {
        limits::CANARY_SILENT_AFTER <= self.canary_age()
    }

    fn wanted(&self) -> MutexGuard<'_, BTreeSet<u16>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn canary_channel(&self) -> String {
        format!("hubbub:canary:{}", self.node)
    }

    /// Sends what waits, many at once; drops it when Redis is away.
    async fn speak(&self, mut to_send: mpsc::Receiver<Outgoing>) {
        let mut connection: Option<MultiplexedConnection> = None;
        let mut connect_at = Instant::now();
        let mut waiting = Vec::with_capacity(PIPELINE_MAX);
        while 0 < to_send.recv_many(&mut waiting, PIPELINE_MAX).await {
            if connection.is_none() && connect_at <= Instant::now() {
                connection =
                    self.connect().await.inspect_err(|error| tracing::debug!(%error, "no Redis")).ok();
                connect_at = Instant::now() + CONNECT_AGAIN_AFTER;
            }
            if let Some(open) = &mut connection {
                let mut pipe = redis::pipe();
                for Outgoing { channel, text } in &waiting {
                    pipe.publish(channel, text).ignore();
                }
                if let Err(error) = pipe.query_async::<()>(open).await {
                    tracing::warn!(%error, messages = waiting.len(), "could not ring the other nodes");
                    connection = None;
                }
            }
            if connection.is_none() {
                metrics::counter!("hubbub_bus_dropped_total").increment(waiting.len() as u64);
            }
            waiting.clear();
        }
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(ANSWERS_WITHIN))
            .set_response_timeout(Some(ANSWERS_WITHIN));
        Client::open(self.url.as_str())?.get_multiplexed_async_connection_with_config(&config).await
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
        let client = Client::open(self.url.as_str())?;
        let (mut sink, mut messages) =
            timeout(ANSWERS_WITHIN, client.get_async_pubsub()).await.map_err(|_| late())??.split();
        within(sink.subscribe(self.canary_channel())).await?;
        let mut subscribed = BTreeSet::new();
        let mut news = self.follow(&mut sink, &mut subscribed).await?;
        self.is_connected.store(true, Ordering::Release);
        tracing::info!("the bus is connected");

        let connected = Instant::now();
        let mut canary = interval(limits::CANARY_EVERY);
        canary.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if let Some(news) = news
                && heard.send(news).await.is_err()
            {
                return Ok(());
            }
            news = tokio::select! {
                message = messages.next() => self.hear(&message.ok_or_else(late)?),
                () = self.wanted_changed.notified() => self.follow(&mut sink, &mut subscribed).await?,
                _ = canary.tick() => {
                    if limits::CANARY_SILENT_AFTER <= self.canary_age().min(connected.elapsed()) {
                        return Err(late());
                    }
                    self.publish(self.canary_channel(), String::new());
                    None
                }
            };
        }
    }

    /// Subscribes to what is wanted and to nothing else. The answer is what is new.
    async fn follow(
        &self,
        sink: &mut PubSubSink,
        subscribed: &mut BTreeSet<u16>,
    ) -> RedisResult<Option<News>> {
        let wanted = self.wanted().clone();
        let channels = |partitions: &[u16]| -> Vec<String> {
            partitions.iter().flat_map(|partition| [durable(*partition), live(*partition)]).collect()
        };
        let old: Vec<u16> = subscribed.difference(&wanted).copied().collect();
        if !old.is_empty() {
            within(sink.unsubscribe(channels(&old))).await?;
        }
        let new: Vec<u16> = wanted.difference(subscribed).copied().collect();
        if !new.is_empty() {
            within(sink.subscribe(channels(&new))).await?;
        }
        *subscribed = wanted;
        Ok((!new.is_empty()).then_some(News::Listening(new)))
    }

    fn hear(&self, message: &Msg) -> Option<News> {
        let channel = message.get_channel_name();
        if channel == self.canary_channel() {
            *self.canary.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
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

pub(super) async fn within<T>(answer: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    timeout(ANSWERS_WITHIN, answer).await.map_err(|_| late())?
}

pub(super) fn late() -> redis::RedisError {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}
