//! Taking in a file: as a stream, within limits, and only then as a row.

use super::media_type::{self, HEAD_BYTES};
use super::picture;
use super::storage::{Piece, Storage, Writing};
use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures::StreamExt;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use protocol::file::FilePlace;
use protocol::limits::{
    UPLOAD_SILENT_AFTER, UPLOAD_WITHIN, UPLOADS_AT_ONCE_MAX, UPLOADS_PER_MINUTE_MAX, UPLOADS_PER_USER_MAX,
};
use protocol::message::Attachment;
use protocol::{Code, Error, FileId, Timestamp, UserId};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use store::{Caller, NewFile, Store};
use tokio::time::{Instant, timeout, timeout_at};

/// When to come back after a refusal because too many run.
const COME_BACK_AFTER_MS: u64 = 2_000;
/// What is still read of a request that was refused: a browser that cannot send on does not read
/// the answer either.
const REFUSED_BYTES_MAX: usize = 8 * 1024 * 1024;
/// … and for how long.
const REFUSED_WITHIN: Duration = Duration::from_secs(5);

/// What comes with a file.
#[derive(Debug)]
pub struct Announced {
    /// Made by the caller: the same again is the same file.
    pub id: FileId,
    /// Where it belongs.
    pub place: FilePlace,
    /// What it is called, already clean.
    pub name: String,
    /// How large it says it is, if it does.
    pub bytes: Option<u64>,
}

/// The way in for files.
pub(super) struct Uploads {
    store: Store,
    storage: Storage,
    bytes_max: u64,
    clock: DefaultClock,
    rate: DefaultKeyedRateLimiter<UserId>,
    running: Mutex<HashMap<UserId, usize>>,
}

/// What came.
struct Received {
    head: Vec<u8>,
    bytes: u64,
    sha256: [u8; 32],
}

impl Uploads {
    /// The way into this storage.
    #[must_use]
    pub(super) fn new(store: Store, storage: Storage, bytes_max: u64) -> Self {
        let per_minute = NonZeroU32::new(UPLOADS_PER_MINUTE_MAX).expect("the limit is above zero");
        Self {
            store,
            storage,
            bytes_max,
            clock: DefaultClock::default(),
            rate: RateLimiter::keyed(Quota::per_minute(per_minute)),
            running: Mutex::default(),
        }
    }

    /// Takes a file in. The flag says that it is new. To be run to its end, also when the request
    /// that brought it is gone: a bucket keeps the parts of what nobody gives up.
    ///
    /// # Errors
    /// 404, 403 and 409 of the place and the id, 413 for its size, 422 for an empty one, 429 and 503.
    pub(super) async fn receive(
        &self,
        caller: &Caller,
        announced: Announced,
        body: Body,
    ) -> Result<(Attachment, bool), Error> {
        let mut body = body.into_data_stream();
        let taken = self.take(caller, announced, &mut body).await;
        // Also of what was there already nothing is read twice.
        drain(body).await;
        taken
    }

    async fn take(
        &self,
        caller: &Caller,
        announced: Announced,
        body: &mut BodyDataStream,
    ) -> Result<(Attachment, bool), Error> {
        let Announced { id, place, name, bytes } = announced;
        if let Some(known) = self.store.uploaded(caller, place, id).await? {
            return Ok((known, false));
        }
        if bytes.is_some_and(|bytes| self.bytes_max < bytes) {
            return Err(self.too_large());
        }
        self.rate.check_key(&caller.user).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            Error::rate_limited(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1))
        })?;
        let _running = self.begin(caller.user)?;

        let object = FileId::new(Timestamp::now()).0;
        let mut writing = self.storage.write(object, Piece::Original);
        let deadline = Instant::now() + UPLOAD_WITHIN;
        let received = match timeout_at(deadline, self.stream(body, &mut writing)).await {
            Ok(Ok(received)) => received,
            refused => {
                writing.abort().await;
                return Err(refused
                    .map_or_else(|_| too_slow(), |result| result.err().unwrap_or_else(Error::internal)));
            }
        };
        writing.finish().await.map_err(|error| storage_failed(&error))?;
        let media_type = media_type::of(&received.head);
        let new = NewFile {
            id,
            place,
            object,
            name,
            media_type: media_type.to_owned(),
            bytes: received.bytes,
            sha256: received.sha256,
            size: picture::is_known(media_type).then(|| picture::size(&received.head)).flatten(),
        };
        let added = self.store.add_file(caller, new).await;
        // Nobody refers to this object then: not taken, or the same file came twice at once.
        if added.as_ref().map_or(true, |added| added.object != object)
            && let Err(error) = self.storage.remove(object).await
        {
            tracing::warn!(%error, %object, "an object without a file is left to the sweep");
        }
        let added = added?;
        metrics::counter!("hubbub_upload_bytes_total").increment(received.bytes);
        Ok((added.attachment, added.object == object))
    }

    async fn stream(&self, body: &mut BodyDataStream, writing: &mut Writing) -> Result<Received, Error> {
        let mut sha256 = Sha256::new();
        let (mut head, mut bytes) = (Vec::new(), 0_u64);
        loop {
            let chunk: Bytes = match timeout(UPLOAD_SILENT_AFTER, body.next()).await {
                Ok(Some(Ok(chunk))) => chunk,
                Ok(Some(Err(_))) => return Err(Error::bad_request("The upload broke off.")),
                Ok(None) => break,
                Err(_) => return Err(too_slow()),
            };
            bytes += chunk.len() as u64;
            if self.bytes_max < bytes {
                return Err(self.too_large());
            }
            sha256.update(&chunk);
            let missing = HEAD_BYTES.saturating_sub(head.len()).min(chunk.len());
            head.extend_from_slice(&chunk[..missing]);
            writing.put(chunk).await.map_err(|error| storage_failed(&error))?;
        }
        if bytes == 0 {
            return Err(Error::invalid("file", "This file is empty."));
        }
        Ok(Received { head, bytes, sha256: sha256.finalize().into() })
    }

    /// Forgets who has their full quota again.
    pub(super) fn forget_old(&self) {
        self.rate.retain_recent();
    }

    fn begin(&self, user: UserId) -> Result<Running<'_>, Error> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if UPLOADS_AT_ONCE_MAX <= running.values().sum() {
            return Err(Error::unavailable(COME_BACK_AFTER_MS));
        }
        let own = running.entry(user).or_default();
        if UPLOADS_PER_USER_MAX <= *own {
            return Err(Error::rate_limited(COME_BACK_AFTER_MS));
        }
        *own += 1;
        Ok(Running { uploads: self, user })
    }

    fn too_large(&self) -> Error {
        let megabytes = self.bytes_max as f64 / f64::from(1024 * 1024);
        let message = format!("This file is too large: at most {} MB.", (megabytes * 10.0).floor() / 10.0);
        Error { field: Some("file".to_owned()), ..Error::new(Code::TooLarge, message) }
    }
}

/// One of the uploads that run; ends with its value.
struct Running<'u> {
    uploads: &'u Uploads,
    user: UserId,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut running = self.uploads.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = running.get_mut(&self.user) {
            *own -= 1;
            if *own == 0 {
                running.remove(&self.user);
            }
        }
    }
}

/// Reads on without keeping anything, up to a bound.
async fn drain(mut body: BodyDataStream) {
    let reading = async {
        let mut bytes = 0;
        while let Some(Ok(chunk)) = body.next().await {
            bytes += chunk.len();
            if REFUSED_BYTES_MAX < bytes {
                break;
            }
        }
    };
    // Whoever sends more does not get to read why.
    let _ = timeout(REFUSED_WITHIN, reading).await;
}

fn too_slow() -> Error {
    Error::bad_request("The upload took too long.")
}

/// The storage is not there, which is nobody's fault who uploads or reads.
pub(super) fn storage_failed(error: &std::io::Error) -> Error {
    tracing::error!(error = error as &dyn std::error::Error, "the storage of files failed");
    Error::unavailable(COME_BACK_AFTER_MS)
}
