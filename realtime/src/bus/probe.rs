//! A look at Redis from outside of a server: does a message come back?

use super::redis::{ANSWERS_WITHIN, late, within};
use futures::StreamExt;
use redis::{Client, InfoDict, RedisResult};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// What Redis says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusFacts {
    /// Its version.
    pub version: String,
    /// It is a node of a cluster.
    pub is_cluster: bool,
    /// How long a message took to come back.
    pub answered_in: Duration,
}

/// Why no message came back.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ProbeError(#[from] redis::RedisError);

/// Sends a message through Redis and waits for it.
///
/// # Errors
/// When Redis does not answer, or the message does not come back.
pub async fn probe(url: &str) -> Result<BusFacts, ProbeError> {
    Ok(look(url).await?)
}

async fn look(url: &str) -> RedisResult<BusFacts> {
    let client = Client::open(url)?;
    let mut connection = within(client.get_multiplexed_async_connection()).await?;
    let info: InfoDict = within(redis::cmd("INFO").query_async(&mut connection)).await?;
    let channel = format!("hubbub:probe:{:032x}", rand::random::<u128>());
    let mut heard = within(client.get_async_pubsub()).await?;
    within(heard.subscribe(&channel)).await?;
    let began = Instant::now();
    let publish = redis::cmd("PUBLISH").arg(&channel).arg("").to_owned();
    within(publish.query_async::<()>(&mut connection)).await?;
    let back = timeout(ANSWERS_WITHIN, heard.on_message().next()).await;
    back.ok().flatten().ok_or_else(late)?;
    Ok(BusFacts {
        version: info.get("redis_version").unwrap_or_default(),
        is_cluster: info.get::<u8>("cluster_enabled").unwrap_or_default() != 0,
        answered_in: began.elapsed(),
    })
}
