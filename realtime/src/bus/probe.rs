//! A look at Redis from outside of a server: does a message come back?

use super::link::{ANSWERS_WITHIN, Ears, Heard, Mouth, kind, late};
use redis::RedisResult;
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
    let (version, is_cluster) = kind(url).await?;
    let channel = format!("hubbub:probe:{:032x}", rand::random::<u128>());
    let mut ears = Ears::open(url).await?;
    ears.subscribe(std::slice::from_ref(&channel)).await?;
    let mut mouth = Mouth::open(url).await?;
    let began = Instant::now();
    mouth.say(&[(channel, String::new())]).await?;
    let back = async {
        while !matches!(ears.hear().await?, Heard::Message(_)) {}
        RedisResult::Ok(())
    };
    timeout(ANSWERS_WITHIN, back).await.map_err(|_| late())??;
    Ok(BusFacts { version, is_cluster, answered_in: began.elapsed() })
}
