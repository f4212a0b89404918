//! The connections to Redis: to one server, or to a cluster.
//!
//! On a cluster, channels belong to shards: `SPUBLISH` and `SSUBSCRIBE` keep each message to the machines of
//! one shard, where `PUBLISH` would send it to all. A subscription goes to the node that has the channel's slot; the
//! library follows slots when they move and subscribes again, and each confirmation is a new beginning
//! for whoever listens.

use futures::StreamExt;
use futures::future::{join_all, try_join_all};
use redis::aio::{MultiplexedConnection, PubSubSink, PubSubStream};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{
    AsyncConnectionConfig, Client, FromRedisValue, Msg, ProtocolVersion, PushInfo, PushKind, RedisResult,
};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long Redis may take to answer.
pub(super) const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// Messages of a cluster that wait to be understood; more are dropped, as Redis itself would.
const PUSHES_MAX: usize = 4_096;
/// How often the library asks again where a slot is, within [`ANSWERS_WITHIN`].
const RETRIES: u32 = 2;

/// The nodes that `redis_url` names: one, or some of a cluster.
fn seeds(url: &str) -> Vec<&str> {
    url.split(',').map(str::trim).filter(|seed| !seed.is_empty()).collect()
}

async fn connect(url: &str) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(ANSWERS_WITHIN))
        .set_response_timeout(Some(ANSWERS_WITHIN));
    Client::open(url)?.get_multiplexed_async_connection_with_config(&config).await
}

/// What answers at an address: its version, and whether it is a node of a cluster.
pub(super) async fn kind(url: &str) -> RedisResult<(String, bool)> {
    let mut failed = None;
    for seed in seeds(url) {
        match asks(seed).await {
            Ok(kind) => return Ok(kind),
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.unwrap_or_else(late))
}

async fn asks(seed: &str) -> RedisResult<(String, bool)> {
    let mut connection = connect(seed).await?;
    let info: redis::InfoDict = within(redis::cmd("INFO").query_async(&mut connection)).await?;
    let is_cluster = info.get::<u8>("cluster_enabled").unwrap_or_default() != 0;
    Ok((info.get("redis_version").unwrap_or_default(), is_cluster))
}

/// A connection that says things.
pub(super) enum Mouth {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Mouth {
    pub(super) async fn open(url: &str) -> RedisResult<Self> {
        if kind(url).await?.1 {
            let client = ClusterClient::builder(seeds(url))
                .connection_timeout(ANSWERS_WITHIN)
                .response_timeout(ANSWERS_WITHIN)
                .retries(RETRIES)
                .build()?;
            return Ok(Self::Cluster(within(client.get_async_connection()).await?));
        }
        Ok(Self::One(connect(url).await?))
    }

    /// Says all of this. The answer is how much of it was not taken; an error ends the connection.
    pub(super) async fn say(&mut self, texts: &[(String, String)]) -> RedisResult<usize> {
        match self {
            Self::One(connection) => {
                let mut pipe = redis::pipe();
                for (channel, text) in texts {
                    pipe.publish(channel, text).ignore();
                }
                pipe.query_async::<()>(connection).await?;
                Ok(0)
            }
            Self::Cluster(connection) => {
                let said = texts.iter().map(|(channel, text)| {
                    let mut connection = connection.clone();
                    let mut command = redis::cmd("SPUBLISH");
                    command.arg(channel).arg(text);
                    async move { within(command.exec_async(&mut connection)).await }
                });
                let mut refused = join_all(said).await;
                refused.retain(Result::is_err);
                match refused.pop() {
                    // Other shards took theirs: the library looks for the one that did not.
                    Some(Err(error)) if refused.len() + 1 == texts.len() => Err(error),
                    last => Ok(refused.len() + usize::from(last.is_some())),
                }
            }
        }
    }
}

/// What is heard.
pub(super) enum Heard {
    /// A message.
    Message(Msg),
    /// From now on a channel is heard.
    Subscribed(String),
    /// A channel is heard no more.
    Unsubscribed(String),
}

/// A connection that hears things.
pub(super) struct Ears {
    subscriptions: Subscriptions,
    messages: Messages,
}

enum Subscriptions {
    One(PubSubSink),
    Cluster(ClusterConnection),
}

enum Messages {
    One(PubSubStream),
    Cluster(mpsc::Receiver<PushInfo>),
}

impl Ears {
    pub(super) async fn open(url: &str) -> RedisResult<Self> {
        if !kind(url).await?.1 {
            let (sink, stream) = within(Client::open(url)?.get_async_pubsub()).await?.split();
            return Ok(Self { subscriptions: Subscriptions::One(sink), messages: Messages::One(stream) });
        }
        let (pushed, pushes) = mpsc::channel(PUSHES_MAX);
        let client = ClusterClient::builder(seeds(url))
            .connection_timeout(ANSWERS_WITHIN)
            .response_timeout(ANSWERS_WITHIN)
            .retries(RETRIES)
            .use_protocol(ProtocolVersion::RESP3)
            .push_sender(move |push: PushInfo| {
                let sent = pushed.try_send(push);
                if sent.is_err() {
                    metrics::counter!("hubbub_bus_dropped_total").increment(1);
                }
                sent
            })
            .build()?;
        let connection = within(client.get_async_connection()).await?;
        Ok(Self { subscriptions: Subscriptions::Cluster(connection), messages: Messages::Cluster(pushes) })
    }

    pub(super) fn are_of_cluster(&self) -> bool {
        matches!(self.subscriptions, Subscriptions::Cluster(_))
    }

    pub(super) async fn subscribe(&mut self, channels: &[String]) -> RedisResult<()> {
        match &mut self.subscriptions {
            Subscriptions::One(sink) => within(sink.subscribe(channels)).await,
            Subscriptions::Cluster(connection) => {
                // Each channel has a slot of its own.
                let each = channels.iter().map(|channel| {
                    let mut connection = connection.clone();
                    async move { within(connection.ssubscribe(channel)).await }
                });
                try_join_all(each).await.map(drop)
            }
        }
    }

    pub(super) async fn unsubscribe(&mut self, channels: &[String]) -> RedisResult<()> {
        match &mut self.subscriptions {
            Subscriptions::One(sink) => within(sink.unsubscribe(channels)).await,
            Subscriptions::Cluster(connection) => {
                let each = channels.iter().map(|channel| {
                    let mut connection = connection.clone();
                    async move { within(connection.sunsubscribe(channel)).await }
                });
                try_join_all(each).await.map(drop)
            }
        }
    }

    /// The next that is heard; an error when the connection ended.
    pub(super) async fn hear(&mut self) -> RedisResult<Heard> {
        match &mut self.messages {
            Messages::One(stream) => stream.next().await.map(Heard::Message).ok_or_else(late),
            Messages::Cluster(pushes) => loop {
                let push = pushes.recv().await.ok_or_else(late)?;
                // The library connects to that node again, and until then nobody knows what was missed:
                // whoever listens begins anew, and looks at the database more often meanwhile.
                if push.kind == PushKind::Disconnection {
                    return Err(late());
                }
                if let Some(heard) = understand(push) {
                    return Ok(heard);
                }
            },
        }
    }
}

fn understand(push: PushInfo) -> Option<Heard> {
    let channel = |push: &PushInfo| String::from_redis_value_ref(push.data.first()?).ok();
    match push.kind {
        PushKind::SSubscribe => channel(&push).map(Heard::Subscribed),
        PushKind::SUnsubscribe => channel(&push).map(Heard::Unsubscribed),
        _ => Msg::from_push_info(push).map(Heard::Message),
    }
}

pub(super) async fn within<T>(answer: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    timeout(ANSWERS_WITHIN, answer).await.map_err(|_| late())?
}

pub(super) fn late() -> redis::RedisError {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}
