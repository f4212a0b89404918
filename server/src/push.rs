//! Web Push: tells devices of what their person does not look at.
//!
//! The database says what is due and what is to be done ([`store::DuePush`]); one task per node takes
//! what is due, by a lease, and sends it. What a crash interrupts is taken again when its lease ends;
//! a device that was told twice shows it once, because both carry the same name.

mod keys;
mod words;

use crate::config::Config;
use crate::outside::Reach;
use app::server::PushDoor;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keys::Keys;
use protocol::push::{NewSubscription, PushOutcome};
use protocol::{Error, Timestamp, limits};
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use std::sync::Arc;
use std::time::Duration;
use store::{DuePush, PushTarget, PushTask, Settled, Store};
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;
use web_push_native::p256::PublicKey;
use web_push_native::{Auth, encrypt};

/// How often it is looked whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// What a node has taken no other one takes within this time.
const LEASE: Duration = Duration::from_secs(120);
/// Nothing is asked for this long of a database that did not answer.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// A push service whose users' devices must show something at each push, or are told no more.
const SHOWS_ALWAYS: &str = ".push.apple.com";

/// Why devices cannot be told of anything.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The key could not be read or kept.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The key in the database is none.
    #[error("the key for notifications on devices cannot be read")]
    Key,
    /// No requests can be sent.
    #[error("requests to push services cannot be sent")]
    Client(#[from] reqwest::Error),
}

/// Sends to devices. Cheap to clone.
#[derive(Clone)]
pub struct Push {
    store: Store,
    keys: Arc<Keys>,
    client: reqwest::Client,
    reach: Reach,
    at_once: Arc<Semaphore>,
    tracker: TaskTracker,
}

/// Whether what the database kept is a key.
#[must_use]
pub fn is_key(kept: &str) -> bool {
    Keys::read(kept, "").is_some()
}

impl Push {
    /// Reads the key, or makes it the first time, and begins to send until `background` ends.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn start(
        config: &Config,
        store: Store,
        tracker: TaskTracker,
        background: CancellationToken,
    ) -> Result<Self, PushError> {
        let kept = store.push_key(Keys::fresh()).await?;
        let keys = Keys::read(&kept, &config.public_url).ok_or(PushError::Key)?;
        let reach = if config.push_to_loopback { Reach::Loopback } else { Reach::Public };
        let push = Self {
            store,
            keys: Arc::new(keys),
            client: reach.client(limits::PUSH_WITHIN)?,
            reach,
            at_once: Arc::new(Semaphore::new(limits::PUSHES_AT_ONCE_MAX)),
            tracker: tracker.clone(),
        };
        tracker.spawn(background.run_until_cancelled_owned(push.clone().run()));
        Ok(push)
    }

    async fn run(self) {
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.store.due_pushes(LEASE).await {
                Ok(due) => self.take(due).await,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "devices have to wait");
                    sleep(REST_AFTER_FAILURE).await;
                }
            }
        }
    }

    /// Begins with each as soon as there is room. One that began is finished when the server stops.
    async fn take(&self, due: Vec<DuePush>) {
        for push in due {
            let Ok(room) = Arc::clone(&self.at_once).acquire_owned().await else { return };
            let sender = self.clone();
            self.tracker.spawn(async move {
                sender.settle(&push).await;
                drop(room);
            });
        }
    }

    async fn settle(&self, push: &DuePush) {
        let settled = match &push.task {
            PushTask::Keep => Settled::Kept,
            PushTask::Drop(outcome) => Settled::Dropped(*outcome),
            PushTask::Show(news) => {
                let payload = words::shown(&push.id, news);
                self.send(push, payload, "high", Settled::Shown).await
            }
            PushTask::Close if shows_always(&push.target) => Settled::Closed,
            PushTask::Close => {
                let payload = words::closed(&push.id);
                self.send(push, payload, "normal", Settled::Closed).await
            }
        };
        metrics::counter!("hubbub_pushes_total", "settled" => word(settled)).increment(1);
        if let Err(error) = self.store.settle_push(push, settled).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a push is not noted, and may come again"
            );
        }
    }

    /// Hands a message to the push service of the device.
    async fn send(&self, push: &DuePush, payload: String, urgency: &str, taken: Settled) -> Settled {
        let Some((url, body)) = self.sealed(&push.target, payload) else {
            return Settled::Dropped(PushOutcome::Unreachable);
        };
        let request = self
            .client
            .post(url.clone())
            .header(AUTHORIZATION, self.keys.authorization(&url, Timestamp::now()))
            .header(CONTENT_ENCODING, "aes128gcm")
            .header(CONTENT_TYPE, "application/octet-stream")
            .header("ttl", limits::PUSH_NEWS_FOR.as_secs())
            .header("urgency", urgency)
            .header("topic", push.id.tag())
            .body(body);
        match request.send().await {
            Ok(answer) => judge(&answer, push.attempts, taken),
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "a push service was not reached");
                again(push.attempts, None, PushOutcome::Unreachable)
            }
        }
    }

    /// The address, and the message as only the device can read it (RFC 8291).
    fn sealed(&self, target: &PushTarget, payload: String) -> Option<(Url, Vec<u8>)> {
        let url: Url = target.endpoint.parse().ok()?;
        let key = PublicKey::from_sec1_bytes(&target.p256dh).ok()?;
        let auth: [u8; 16] = target.auth.as_slice().try_into().ok()?;
        let body = encrypt(payload.into_bytes(), &key, &Auth::from(auth)).ok()?;
        self.reach.allows_url(&url).then_some((url, body))
    }
}

impl PushDoor for Push {
    fn public_key(&self) -> String {
        self.keys.public.clone()
    }

    fn target(&self, new: &NewSubscription) -> Result<PushTarget, Error> {
        let url = new.endpoint.parse().ok().filter(|url| self.reach.allows_url(url));
        if url.is_none() {
            let message = "Browsers' push services have public addresses that begin with https.";
            return Err(Error::invalid("endpoint", message));
        }
        let p256dh = decoded(&new.p256dh).filter(|key| PublicKey::from_sec1_bytes(key).is_ok());
        let p256dh = p256dh.ok_or_else(|| Error::invalid("p256dh", "This is no key of a browser."))?;
        let auth = decoded(&new.auth).filter(|auth| auth.len() == 16);
        let auth = auth.ok_or_else(|| Error::invalid("auth", "This is no secret of a browser."))?;
        Ok(PushTarget { endpoint: new.endpoint.clone(), p256dh, auth })
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

/// Whether a message without anything to show would end the subscription.
fn shows_always(target: &PushTarget) -> bool {
    let url: Option<Url> = target.endpoint.parse().ok();
    url.is_some_and(|url| url.host_str().is_some_and(|host| host.ends_with(SHOWS_ALWAYS)))
}

/// What the answer of a push service means (RFC 8030).
fn judge(answer: &Response, attempts: u32, taken: Settled) -> Settled {
    let status = answer.status();
    let refused = PushOutcome::Refused { status: status.as_u16() };
    match status {
        _ if status.is_success() => taken,
        StatusCode::NOT_FOUND | StatusCode::GONE => Settled::Ended { status: status.as_u16() },
        StatusCode::TOO_MANY_REQUESTS => again(attempts, retry_after(answer), refused),
        _ if status.is_server_error() => again(attempts, retry_after(answer), refused),
        _ => Settled::Dropped(refused),
    }
}

fn retry_after(answer: &Response) -> Option<Duration> {
    let seconds = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Later, as long as there is a later.
fn again(attempts: u32, told: Option<Duration>, given_up: PushOutcome) -> Settled {
    if limits::PUSH_ATTEMPTS_MAX <= attempts + 1 {
        return Settled::Dropped(given_up);
    }
    let wait = limits::PUSH_AGAIN_AFTER.saturating_mul(2_u32.saturating_pow(attempts));
    Settled::Again(told.unwrap_or(wait).max(LOOK_EVERY).min(limits::PUSH_AGAIN_AFTER_MAX))
}

fn word(settled: Settled) -> &'static str {
    match settled {
        Settled::Shown => "shown",
        Settled::Kept => "kept",
        Settled::Closed => "closed",
        Settled::Dropped(_) => "dropped",
        Settled::Ended { .. } => "ended",
        Settled::Again(_) => "again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_comes_again_later_and_later_and_then_no_more() {
        let waits: Vec<Settled> = (0..limits::PUSH_ATTEMPTS_MAX)
            .map(|tried| again(tried, None, PushOutcome::Unreachable))
            .collect();
        let after = |seconds| Settled::Again(Duration::from_secs(seconds));
        let given_up = Settled::Dropped(PushOutcome::Unreachable);
        assert_eq!(waits, [after(30), after(60), after(120), after(240), after(480), given_up]);
    }

    #[test]
    fn a_push_service_says_when_to_come_again_but_not_next_year() {
        let told = |seconds| again(0, Some(Duration::from_secs(seconds)), PushOutcome::Unreachable);
        assert_eq!(told(7), Settled::Again(Duration::from_secs(7)));
        assert_eq!(told(31_536_000), Settled::Again(limits::PUSH_AGAIN_AFTER_MAX));
    }
}
