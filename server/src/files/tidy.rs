//! What goes: files that were deleted, files that no message took, and objects that no row knows.

use super::Files;
use futures::TryStreamExt;
use protocol::Timestamp;
use protocol::limits::FILES_UNATTACHED_FOR;
use std::io::{Error, Result};
use std::time::Duration;
use tokio::time::{Instant, interval, interval_at};
use uuid::Uuid;

/// How often deleted files go, and images are looked for that still wait for their pictures.
const TIDY_EVERY: Duration = Duration::from_secs(60);
/// How often the whole storage is compared with the database: listing a bucket takes its time.
const SWEEP_EVERY: Duration = Duration::from_secs(24 * 3600);
/// The first time: soon enough for servers that are started every day.
const SWEEP_AFTER: Duration = Duration::from_secs(3600);
/// An object without a row may still get one until then.
const UNKNOWN_FOR: Duration = Duration::from_secs(24 * 3600);
/// Images that are not younger than this have been forgotten by whoever was to make their pictures.
const WAITING_FOR: Duration = Duration::from_secs(60);
/// Objects in one question to the database.
const ASKED_AT_ONCE: usize = 500;

impl Files {
    pub(super) async fn keep_tidy(self) {
        let mut ticks = interval(TIDY_EVERY);
        loop {
            ticks.tick().await;
            self.uploads.forget_old();
            let now = Timestamp::now();
            if let Err(error) = self.remove_gone(now - FILES_UNATTACHED_FOR).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "files that are gone stay for now");
            }
            match self.store.images_waiting(now - WAITING_FOR).await {
                Ok(images) => images.into_iter().for_each(|id| self.maker.make(id)),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "cannot look for images");
                }
            }
        }
    }

    pub(super) async fn keep_sweeping(self) {
        let mut ticks = interval_at(Instant::now() + SWEEP_AFTER, SWEEP_EVERY);
        loop {
            ticks.tick().await;
            match self.sweep(UNKNOWN_FOR).await {
                Ok(objects) => tracing::info!(objects, "removed objects that no file knew"),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the storage was not swept");
                }
            }
        }
    }

    /// Removes the files that were deleted, and those that nobody attached since they were uploaded
    /// before `unattached_before`. The rows go last, so that what fails is found again.
    ///
    /// # Errors
    /// When the database or the storage fails.
    pub async fn remove_gone(&self, unattached_before: Timestamp) -> Result<u64> {
        let mut removed = 0;
        loop {
            let gone = self.store.files_gone(unattached_before).await.map_err(Error::other)?;
            if gone.is_empty() {
                return Ok(removed);
            }
            for file in &gone {
                self.storage.remove(file.object).await?;
            }
            removed += self.store.forget_files(&gone).await.map_err(Error::other)?;
        }
    }

    /// Removes objects older than `age` that no row knows. Returns how many.
    ///
    /// # Errors
    /// When the database or the storage fails.
    pub async fn sweep(&self, age: Duration) -> Result<usize> {
        let mut removed = self.storage.remove_unfinished(age).await?;
        // A database that knows no file at all is a new one, or the wrong one.
        if !self.store.has_files().await.map_err(Error::other)? {
            return Ok(removed);
        }
        let mut found = self.storage.older_than(age).try_chunks(ASKED_AT_ONCE);
        while let Some(mut objects) = found.try_next().await.map_err(|chunk| chunk.1)? {
            // An image and its small pictures are one object.
            objects.sort_unstable();
            objects.dedup();
            let known = self.store.known_objects(&objects).await.map_err(Error::other)?;
            for object in objects.into_iter().filter(|object: &Uuid| !known.contains(object)) {
                self.storage.remove(object).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}
