//! Where the contents of files lie: a folder of this machine, or a bucket that speaks S3.
//!
//! An object is written once, under a key of its own, and never changed. It is there as a whole or
//! not at all, and on disk before [`Writing::finish`] returns.

use crate::config::{Config, S3};
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    ClientOptions, GetOptions, GetRange, GetResult, GetResultPayload, ObjectStore, RetryConfig,
};
use protocol::limits::THUMBNAIL_SIDES;
use std::future::Future;
use std::io::{Error, ErrorKind, Result, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

/// What all keys begin with; in the data folder it is the folder of the files.
const FOLDER: &str = "files";
/// S3 takes no smaller parts than this, besides the last one.
const BUCKET_PART_BYTES: usize = 5 * 1024 * 1024;
/// What a folder is given at a time.
const FOLDER_PART_BYTES: usize = 512 * 1024;
/// What is read from a folder at a time.
const READ_BYTES: usize = 64 * 1024;
/// One request to a bucket, or one write to a disk that hangs.
const OPERATION_WITHIN: Duration = Duration::from_secs(60);
/// How long a request to a bucket is tried again.
const RETRY_FOR: Duration = Duration::from_secs(10);

/// The store of objects. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Storage {
    objects: Arc<dyn ObjectStore>,
    /// The same as `objects`, if they lie in a folder.
    folder: Option<Arc<LocalFileSystem>>,
}

/// What can be read of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// What was uploaded.
    Original,
    /// Its small picture, by its place in [`THUMBNAIL_SIDES`].
    Thumbnail(usize),
}

/// Something that lies in the storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Whose.
    pub object: Uuid,
    /// Which piece of it.
    pub piece: Piece,
    /// Its size.
    pub bytes: u64,
}

impl Storage {
    /// Opens the folder or the bucket that the settings name. A folder is created.
    ///
    /// # Errors
    /// When the folder cannot be created, or the bucket's settings make no address.
    pub fn open(config: &Config) -> Result<Self> {
        match config.s3() {
            Some(s3) => Ok(Self { objects: Arc::new(bucket(&s3)?), folder: None }),
            None => {
                std::fs::create_dir_all(config.data_dir.join(FOLDER))?;
                let folder = Arc::new(LocalFileSystem::new_with_prefix(&config.data_dir)?);
                Ok(Self { objects: Arc::clone(&folder) as _, folder: Some(folder) })
            }
        }
    }

    /// Writes something into a bucket, so that wrong settings are found at the start. `Ok(false)`: it
    /// does not answer now, which may pass.
    ///
    /// # Errors
    /// When it answers that these settings will never do.
    pub async fn probe(&self) -> Result<bool> {
        if self.folder.is_some() {
            return Ok(true);
        }
        // A name that the sweep leaves alone.
        let probe = Path::from(format!("{FOLDER}/probe"));
        match tokio::time::timeout(RETRY_FOR * 2, self.objects.put(&probe, "probe".into())).await {
            Ok(Ok(_)) => Ok(true),
            Ok(Err(
                error @ (object_store::Error::NotFound { .. }
                | object_store::Error::PermissionDenied { .. }
                | object_store::Error::Unauthenticated { .. }),
            )) => Err(error.into()),
            Ok(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the bucket of the files failed");
                Ok(false)
            }
            Err(_) => Ok(false),
        }
    }

    /// Begins to write an object. Dropped before [`Writing::finish`], nothing stays in a folder.
    #[must_use]
    pub fn write(&self, object: Uuid, piece: Piece) -> Writing {
        let path = path(object, piece);
        let part_bytes = if self.folder.is_some() { FOLDER_PART_BYTES } else { BUCKET_PART_BYTES };
        // One part on its way and one being filled: an upload never holds more of a file.
        let writer = BufWriter::with_capacity(Arc::clone(&self.objects), path.clone(), part_bytes)
            .with_max_concurrency(1);
        Writing { writer, path, folder: self.folder.clone() }
    }

    /// Reads an object, or a part of it.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is not there; others when the storage fails.
    pub async fn read(
        &self,
        object: Uuid,
        piece: Piece,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes>>> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let path = path(object, piece);
        let GetResult { payload, range, .. } = timely(self.objects.get_opts(&path, options)).await?;
        match payload {
            GetResultPayload::Stream(stream) => Ok(stream.map_err(Error::from).boxed()),
            GetResultPayload::File(file, _) => {
                let mut file = tokio::fs::File::from_std(file);
                file.seek(SeekFrom::Start(range.start)).await?;
                let part = file.take(range.end - range.start);
                Ok(ReaderStream::with_capacity(part, READ_BYTES).boxed())
            }
        }
    }

    /// Removes a file's object and its small pictures. What is not there is removed already.
    ///
    /// # Errors
    /// When the storage fails; the same again will do.
    pub async fn remove(&self, object: Uuid) -> Result<()> {
        let thumbnails = (0..THUMBNAIL_SIDES.len()).map(Piece::Thumbnail);
        // The original last: as long as anything is there, the sweep finds it.
        for piece in thumbnails.chain([Piece::Original]) {
            match timely(self.objects.delete(&path(object, piece))).await {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// All objects that nothing was written to since `age`, in the order of the storage. Whatever
    /// lies there and is not ours is left out.
    pub fn older_than(&self, age: Duration) -> BoxStream<'static, Result<Uuid>> {
        let listed = self.objects.list(Some(&Path::from(FOLDER)));
        let old = listed.try_filter_map(move |found| async move {
            // The clocks of a bucket may differ from ours: against `age` that is nothing.
            let written = std::time::Duration::from_secs(found.last_modified.timestamp().unsigned_abs());
            let now = Duration::from_millis(protocol::Timestamp::now().0.unsigned_abs());
            Ok(object_of(&found.location).filter(|_| written + age <= now))
        });
        old.map_err(Error::from).boxed()
    }

    /// Everything of ours that lies there, in the order of the storage.
    pub fn all(&self) -> BoxStream<'static, Result<Found>> {
        let listed = self.objects.list(Some(&Path::from(FOLDER)));
        let ours = listed.try_filter_map(|found| async move {
            let (bytes, piece) = (found.size, piece_of(found.location.as_ref()));
            Ok(piece.map(|(object, piece)| Found { object, piece, bytes }))
        });
        ours.map_err(Error::from).boxed()
    }

    /// Removes what writes that never ended left in the folder: of a process that was killed.
    /// A bucket has rules of its own for that. Returns how many.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn remove_unfinished(&self, age: Duration) -> Result<usize> {
        let Some(folder) = &self.folder else { return Ok(0) };
        let folder = folder.path_to_filesystem(&Path::from(FOLDER))?;
        blocking(move || {
            let mut removed = 0;
            for shelf in std::fs::read_dir(folder)? {
                let shelf = shelf?.path();
                for entry in std::fs::read_dir(&shelf).into_iter().flatten().flatten() {
                    let is_unfinished = entry.file_name().to_string_lossy().contains('#');
                    let modified = entry.metadata().and_then(|metadata| metadata.modified());
                    let is_old = modified.is_ok_and(|at| at.elapsed().is_ok_and(|since| age <= since));
                    if is_unfinished && is_old {
                        std::fs::remove_file(entry.path())?;
                        removed += 1;
                    }
                }
            }
            Ok(removed)
        })
        .await
    }
}

/// An object that is being written.
pub struct Writing {
    writer: BufWriter,
    path: Path,
    folder: Option<Arc<LocalFileSystem>>,
}

impl Writing {
    /// Adds to it; waits while the storage is slower than who writes.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn put(&mut self, bytes: Bytes) -> Result<()> {
        timely(self.writer.put(bytes)).await
    }

    /// Ends it. When this returns, the object is on disk.
    ///
    /// # Errors
    /// When the storage fails; the object may be there nevertheless, and the sweep finds it.
    pub async fn finish(mut self) -> Result<()> {
        timely(self.writer.shutdown()).await?;
        let Some(folder) = &self.folder else { return Ok(()) };
        let file = folder.path_to_filesystem(&self.path)?;
        blocking(move || sync(file)).await
    }

    /// Gives it up.
    pub async fn abort(mut self) {
        if let Err(error) = timely(self.writer.abort()).await {
            tracing::warn!(%error, path = %self.path, "a write could not be given up");
        }
    }
}

/// The file, then the name that it got, then the name of a folder that may be new.
fn sync(file: PathBuf) -> Result<()> {
    std::fs::File::open(&file)?.sync_all()?;
    for folder in file.ancestors().skip(1).take(2) {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn bucket(s3: &S3) -> Result<impl ObjectStore + use<>> {
    let retry = RetryConfig { max_retries: 3, retry_timeout: RETRY_FOR, ..RetryConfig::default() };
    // No limit on a whole answer: it lasts as long as somebody takes to read it.
    let client = ClientOptions::new().with_timeout_disabled().with_connect_timeout(RETRY_FOR);
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&s3.bucket)
        .with_region(&s3.region)
        .with_retry(retry)
        .with_client_options(client);
    if let Some(endpoint) = &s3.endpoint {
        builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
    }
    if let Some((access, secret)) = &s3.keys {
        builder = builder.with_access_key_id(access).with_secret_access_key(secret);
    }
    Ok(builder.build()?)
}

/// `files/7f/<id>`, so that no folder holds more than a part of them; behind a dash the small pictures.
fn path(object: Uuid, piece: Piece) -> Path {
    let name = object.simple().to_string();
    let shelf = &name[name.len() - 2..];
    match piece {
        Piece::Original => Path::from(format!("{FOLDER}/{shelf}/{name}")),
        Piece::Thumbnail(place) => Path::from(format!("{FOLDER}/{shelf}/{name}-{}", THUMBNAIL_SIDES[place])),
    }
}

/// The object that a key belongs to, if the key is one of ours.
fn object_of(found: &Path) -> Option<Uuid> {
    piece_of(found.as_ref()).map(|(object, _)| object)
}

/// The key of a piece: all that is to be known of where it lies.
#[must_use]
pub fn key(object: Uuid, piece: Piece) -> String {
    path(object, piece).to_string()
}

/// What a key names, if it is one of ours.
#[must_use]
pub fn piece_of(key: &str) -> Option<(Uuid, Piece)> {
    let name = key.rsplit('/').next()?;
    let object = name.split('-').next()?.parse().ok()?;
    let mut pieces = (0..THUMBNAIL_SIDES.len()).map(Piece::Thumbnail).chain([Piece::Original]);
    pieces.find(|piece| path(object, *piece).as_ref() == key).map(|piece| (object, piece))
}

async fn timely<T, E: Into<Error>>(operation: impl Future<Output = std::result::Result<T, E>>) -> Result<T> {
    match tokio::time::timeout(OPERATION_WITHIN, operation).await {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(Error::new(ErrorKind::TimedOut, "the storage of files does not answer")),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_ours_or_left_alone() {
        let object = Uuid::from_u128(0xabcd);
        assert_eq!(object_of(&path(object, Piece::Original)), Some(object));
        assert_eq!(object_of(&path(object, Piece::Thumbnail(1))), Some(object));
        let name = object.simple();
        for other in [
            format!("files/00/{name}"),
            format!("files/cd/{name}-99"),
            format!("files/cd/{name}-"),
            format!("backup/cd/{name}"),
            "files/cd/notes.txt".to_owned(),
        ] {
            assert_eq!(object_of(&Path::from(other.as_str())), None, "{other}");
        }
    }
}
