//! Files that people upload: where their contents lie, how they come in, what is made of them, and
//! how they go.
//!
//! The row in the database is what makes a file one; it is written last and removed last. So
//! whatever breaks in between leaves at most an object that nobody knows, and the sweep finds it.

pub mod media_type;
mod picture;
pub mod storage;
mod thumbnails;
mod tidy;
mod uploads;

pub use uploads::Announced;

use crate::config::Config;
use axum::body::Body;
use futures::stream::BoxStream;
use protocol::message::Attachment;
use protocol::{Error, FileId};
use std::ops::Range;
use std::sync::Arc;
use storage::{Piece, Storage};
use store::{Caller, Store, StoredFile};
use thumbnails::Maker;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uploads::Uploads;

/// The files of this server. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    store: Store,
    storage: Storage,
    uploads: Arc<Uploads>,
    maker: Maker,
    tracker: TaskTracker,
}

impl Files {
    /// Opens the storage that the settings name, and starts what runs beside the requests: until
    /// `background` ends.
    ///
    /// # Errors
    /// When the storage cannot be used with these settings.
    pub async fn start(
        config: &Config,
        store: Store,
        tracker: TaskTracker,
        background: CancellationToken,
    ) -> std::io::Result<Self> {
        let storage = Storage::open(config)?;
        if !storage.probe().await? {
            tracing::warn!(
                "the bucket of the files does not answer; uploads and downloads answer 503 until it does"
            );
        }
        let uploads = Arc::new(Uploads::new(store.clone(), storage.clone(), config.file_bytes_max));
        let (maker, making) = thumbnails::start(store.clone(), storage.clone());
        tracker.spawn(background.clone().run_until_cancelled_owned(making));
        let files = Self { store, storage, uploads, maker, tracker: tracker.clone() };
        tracker.spawn(background.clone().run_until_cancelled_owned(files.clone().keep_tidy()));
        tracker.spawn(background.run_until_cancelled_owned(files.clone().keep_sweeping()));
        Ok(files)
    }

    /// Takes a file in.
    ///
    /// # Errors
    /// 404, 403 and 409 of the place and the id, 413 for its size, 422 for an empty one, 429 and 503.
    pub async fn receive(
        &self,
        caller: Caller,
        announced: Announced,
        body: Body,
    ) -> Result<Attachment, Error> {
        let (uploads, maker) = (Arc::clone(&self.uploads), self.maker.clone());
        let taking = self.tracker.spawn(async move {
            let (attachment, is_new) = uploads.receive(&caller, announced, body).await?;
            if is_new && attachment.has_thumbnail {
                maker.make(attachment.id);
            }
            Ok(attachment)
        });
        taking.await.unwrap_or_else(|_| Err(Error::internal()))
    }

    /// What is known of a file, for somebody who may read it now.
    ///
    /// # Errors
    /// 404.
    pub async fn find(&self, caller: &Caller, id: FileId) -> Result<StoredFile, Error> {
        Ok(self.store.file(caller, id).await?)
    }

    /// The contents of a file, or a part of them.
    ///
    /// # Errors
    /// 404 when the object is gone, 503 when the storage is.
    pub async fn read(
        &self,
        file: &StoredFile,
        piece: Piece,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, std::io::Result<bytes::Bytes>>, Error> {
        self.storage.read(file.object, piece, range).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Error::not_found("This file"),
            _ => uploads::storage_failed(&error),
        })
    }
}
