//! What the server's own jobs ask: which files are to go, and which images wait.

use super::{NONE, ThumbnailFormat, WAITING};
use crate::db::{execute, fetch_all, fetch_one, fetch_optional};
use crate::{Result, Store};
use futures::FutureExt;
use protocol::{FileId, Timestamp};
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

/// Rows in one answer, so that other writes get between.
const AT_ONCE: i64 = 200;

/// An image whose small pictures are to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Where its contents lie.
    pub object: Uuid,
    /// Its size.
    pub bytes: u64,
}

/// A file whose object can be removed, and then the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// The file.
    pub id: FileId,
    /// Where its contents lie.
    pub object: Uuid,
}

impl Store {
    /// Some of the files whose objects can be removed: those that were deleted, which from now on
    /// includes those that were uploaded before `unattached_before` and never attached.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn files_gone(&self, unattached_before: Timestamp) -> Result<Vec<Gone>> {
        // Marked first: a message that would attach one of them now is refused.
        let written = self.write(move |tx| {
            async move {
                let now = tx.now;
                execute!(
                    tx,
                    "UPDATE files SET deleted_at = $2, name = ''
                     WHERE message_id IS NULL AND deleted_at IS NULL AND at < $1",
                    unattached_before.0,
                    now.0
                )?;
                let rows = fetch_all!(
                    tx,
                    (Uuid, Uuid),
                    "SELECT id, object_id FROM files WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT $1",
                    AT_ONCE
                )?;
                Ok(rows.into_iter().map(|(id, object)| Gone { id: FileId(id), object }).collect())
            }
            .boxed()
        });
        Ok(written.await?.value)
    }

    /// Forgets files whose objects are removed. Returns how many.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`]; they are gone the next time.
    pub async fn forget_files(&self, gone: &[Gone]) -> Result<u64> {
        let ids: Arc<[Uuid]> = gone.iter().map(|gone| gone.id.0).collect();
        let written = self.write(move |tx| {
            let ids = Arc::clone(&ids);
            async move {
                Ok(execute!(
                    tx,
                    ids = ids,
                    "DELETE FROM files WHERE id IN (SELECT id FROM ids) AND deleted_at IS NOT NULL"
                )?)
            }
            .boxed()
        });
        Ok(written.await?.value)
    }

    /// Whether there is any file at all.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn has_files(&self) -> Result<bool> {
        let found = self.read(|tx| {
            async move { Ok(fetch_one!(tx, (bool,), "SELECT EXISTS (SELECT 1 FROM files)")?.0) }.boxed()
        });
        found.await
    }

    /// Those of the objects that a file has.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn known_objects(&self, objects: &[Uuid]) -> Result<HashSet<Uuid>> {
        let objects = objects.to_vec();
        let found = self.read(move |tx| {
            async move {
                Ok(fetch_all!(
                    tx,
                    (Uuid,),
                    ids = objects,
                    "SELECT object_id FROM files WHERE object_id IN (SELECT id FROM ids)"
                )?)
            }
            .boxed()
        });
        Ok(found.await?.into_iter().map(|(object,)| object).collect())
    }

    /// Images that were uploaded before this time and still wait for their small pictures.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn images_waiting(&self, uploaded_before: Timestamp) -> Result<Vec<FileId>> {
        let found = self.read(move |tx| {
            async move {
                Ok(fetch_all!(
                    tx,
                    (Uuid,),
                    "SELECT id FROM files WHERE thumbnails = 'waiting' AND at < $1 AND deleted_at IS NULL
                     ORDER BY at LIMIT $2",
                    uploaded_before.0,
                    AT_ONCE
                )?)
            }
            .boxed()
        });
        Ok(found.await?.into_iter().map(|(id,)| FileId(id)).collect())
    }

    /// What is needed to make the small pictures of an image; none when they are made or the image
    /// is gone.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn waiting_for_thumbnails(&self, id: FileId) -> Result<Option<Waiting>> {
        let found = self.read(move |tx| {
            async move {
                Ok(fetch_optional!(
                    tx,
                    (Uuid, i64),
                    "SELECT object_id, bytes FROM files
                     WHERE id = $1 AND thumbnails = 'waiting' AND deleted_at IS NULL",
                    id.0
                )?)
            }
            .boxed()
        });
        let waiting = |(object, bytes)| Waiting { object, bytes: u64::try_from(bytes).unwrap_or(0) };
        Ok(found.await?.map(waiting))
    }

    /// The small pictures of an image were made, or none can be: then it is shown as any other file.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`]; they are made again.
    pub async fn set_thumbnails(
        &self,
        id: FileId,
        made: Option<(ThumbnailFormat, (u32, u32))>,
    ) -> Result<()> {
        let word = made.map_or(NONE, |(format, _)| format.word());
        let (width, height) = made.map(|(_, (width, height))| (i64::from(width), i64::from(height))).unzip();
        let written = self.write(move |tx| {
            async move {
                Ok(execute!(
                    tx,
                    "UPDATE files SET thumbnails = $2, width = $3, height = $4 WHERE id = $1 AND thumbnails = $5",
                    id.0,
                    word,
                    width,
                    height,
                    WAITING
                )?)
            }
            .boxed()
        });
        written.await?;
        Ok(())
    }
}
