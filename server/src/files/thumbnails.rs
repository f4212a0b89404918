//! Makes small pictures, one after the other, beside the requests.
//!
//! The database knows which images wait, so nothing is lost when the queue is full or the server
//! ends; the queue is only the short way.

use super::picture::{self, Thumbnails};
use super::storage::{Piece, Storage};
use futures::TryStreamExt;
use protocol::FileId;
use std::io::{Error, Result};
use store::{Store, Waiting};
use tokio::sync::mpsc;

/// Images that wait in memory; the others wait in the database.
const QUEUE_MAX: usize = 256;

/// The way to the task that makes them.
#[derive(Clone)]
pub(super) struct Maker(mpsc::Sender<FileId>);

impl Maker {
    /// Asks for the pictures of this image. When the queue is full, the next round finds it.
    pub(super) fn make(&self, id: FileId) {
        let _ = self.0.try_send(id);
    }
}

/// The maker, and the task to run.
pub(super) fn start(store: Store, storage: Storage) -> (Maker, impl Future<Output = ()> + use<>) {
    let (sender, mut waiting) = mpsc::channel(QUEUE_MAX);
    let making = async move {
        while let Some(id) = waiting.recv().await {
            if let Err(error) = make_one(&store, &storage, id).await {
                tracing::warn!(error = &*error as &dyn std::error::Error, %id, "small pictures have to wait");
            }
        }
    };
    (Maker(sender), making)
}

async fn make_one(
    store: &Store,
    storage: &Storage,
    id: FileId,
) -> std::result::Result<(), Box<dyn std::error::Error + Send + Sync>> {
    // Made or removed meanwhile.
    let Some(image) = store.waiting_for_thumbnails(id).await? else { return Ok(()) };
    let bytes = read(storage, &image).await?;
    match tokio::task::spawn_blocking(move || picture::thumbnails(&bytes)).await {
        Ok(Ok(Thumbnails { format, size, pictures })) => {
            for (place, picture) in pictures.into_iter().enumerate() {
                let mut writing = storage.write(image.object, Piece::Thumbnail(place));
                writing.put(picture.into()).await?;
                writing.finish().await?;
            }
            store.set_thumbnails(id, Some((format, size))).await?;
        }
        refused => {
            // Broken, a bomb, or more than the decoder can: it stays a file without a picture.
            let why = refused.map_or_else(
                |panic| panic.to_string(),
                |result| result.err().map(|why| why.to_string()).unwrap_or_default(),
            );
            tracing::info!(%id, why, "an image without small pictures");
            store.set_thumbnails(id, None).await?;
        }
    }
    Ok(())
}

/// The whole image: no format is decoded from less.
async fn read(storage: &Storage, image: &Waiting) -> Result<Vec<u8>> {
    let mut stream = storage.read(image.object, Piece::Original, None).await?;
    let mut bytes = Vec::with_capacity(usize::try_from(image.bytes).map_err(Error::other)?);
    while let Some(chunk) = stream.try_next().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
