//! Files: what is known of what people uploaded. Their contents lie elsewhere, under `object`.
//!
//! A file is *uploaded*, then *attached* to a message of the same place by the person who uploaded
//! it, and shares the message's fate. Until then only they can read it.

mod keep;
pub(crate) mod of_messages;

pub use keep::{Gone, Waiting};

use crate::db::{Tx, execute, fetch_optional};
use crate::writer::WriteTx;
use crate::{Caller, Error, Result, Store, access};
use futures::FutureExt;
use protocol::file::FilePlace;
use protocol::message::Attachment;
use protocol::{FileId, UserId};
use std::sync::Arc;
use uuid::Uuid;

/// A file whose contents are kept, to be known from now on.
#[derive(Clone, Debug)]
pub struct NewFile {
    /// Made by the caller.
    pub id: FileId,
    /// Where it belongs.
    pub place: FilePlace,
    /// Where its contents lie.
    pub object: Uuid,
    /// Clean.
    pub name: String,
    /// By its content.
    pub media_type: String,
    /// Its size.
    pub bytes: u64,
    /// Of its content.
    pub sha256: [u8; 32],
    /// Width and height of an image of which small pictures are to be made.
    pub size: Option<(u32, u32)>,
}

/// The file that is known under an id now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The file.
    pub attachment: Attachment,
    /// Where its contents lie: elsewhere than those that were given when it was there already.
    pub object: Uuid,
}

/// A file for somebody who may read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// The file.
    pub attachment: Attachment,
    /// Where its contents lie.
    pub object: Uuid,
    /// Of its content.
    pub sha256: Vec<u8>,
    /// What its small pictures are, if they have been made.
    pub thumbnails: Option<ThumbnailFormat>,
}

/// What small pictures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThumbnailFormat {
    /// Of most images.
    Jpeg,
    /// Of those in which something shines through.
    Webp,
}

impl ThumbnailFormat {
    /// The media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
        }
    }
}

/// No small pictures, and none to be made.
pub(crate) const NONE: &str = "none";
/// To be made.
pub(crate) const WAITING: &str = "waiting";

impl Store {
    /// Whether the caller may upload a file to this place now: none, or the file that is there
    /// under this id because they uploaded it before.
    ///
    /// # Errors
    /// 404 and 403 of the place, 409 when the id is another file's.
    pub async fn uploaded(
        &self,
        caller: &Caller,
        place: FilePlace,
        id: FileId,
    ) -> Result<Option<Attachment>> {
        let caller = *caller;
        let found = self.read(move |tx| {
            async move {
                may_write(tx, &caller, place).await?;
                known(tx, &caller, place, id).await
            }
            .boxed()
        });
        Ok(found.await?.map(|added| added.attachment))
    }

    /// Makes an object that is on disk a file. The same id again by the same person in the same
    /// place returns the file that is there.
    ///
    /// # Errors
    /// 404 and 403 of the place, 409 when the id is another file's.
    pub async fn add_file(&self, caller: &Caller, new: NewFile) -> Result<Added> {
        let (caller, new) = (*caller, Arc::new(new));
        let written = self.write(move |tx| {
            let new = Arc::clone(&new);
            async move { add(tx, &caller, &new).await }.boxed()
        });
        Ok(written.await?.value)
    }

    /// A file that the caller may read now.
    ///
    /// # Errors
    /// 404, also when it was deleted, and for all but its uploader as long as it is not attached.
    pub async fn file(&self, caller: &Caller, id: FileId) -> Result<StoredFile> {
        let caller = *caller;
        self.read(move |tx| async move { readable(tx, &caller, id).await }.boxed()).await
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    place: String,
    uploader_id: Uuid,
    object_id: Uuid,
    name: String,
    media_type: String,
    bytes: i64,
    sha256: Vec<u8>,
    width: Option<i64>,
    height: Option<i64>,
    thumbnails: String,
    is_attached: bool,
    is_deleted: bool,
}

impl Row {
    fn place(&self) -> Result<FilePlace> {
        self.place.parse().map_err(|why| Error::corrupt("files", self.id, why))
    }

    fn attachment(&self) -> Attachment {
        Attachment {
            id: FileId(self.id),
            name: self.name.clone(),
            media_type: self.media_type.clone(),
            bytes: u64::try_from(self.bytes).unwrap_or(0),
            width: self.width.and_then(|width| u32::try_from(width).ok()),
            height: self.height.and_then(|height| u32::try_from(height).ok()),
            has_thumbnail: self.thumbnails != NONE,
        }
    }
}

fn no_file() -> Error {
    protocol::Error::not_found("This file").into()
}

async fn by_id(tx: &mut Tx, id: FileId) -> Result<Option<Row>> {
    Ok(fetch_optional!(
        tx,
        Row,
        "SELECT id, place, uploader_id, object_id, name, media_type, bytes, sha256, width, height, thumbnails,
                message_id IS NOT NULL AS is_attached, deleted_at IS NOT NULL AS is_deleted
         FROM files WHERE id = $1",
        id.0
    )?)
}

/// The file that this person uploaded to this place under this id.
async fn known(tx: &mut Tx, caller: &Caller, place: FilePlace, id: FileId) -> Result<Option<Added>> {
    let Some(row) = by_id(tx, id).await? else { return Ok(None) };
    if UserId(row.uploader_id) != caller.user || row.place()? != place {
        return Err(protocol::Error::taken("id", "This id is in use.").into());
    }
    if row.is_deleted {
        return Err(no_file());
    }
    Ok(Some(Added { attachment: row.attachment(), object: row.object_id }))
}

async fn add(tx: &mut WriteTx, caller: &Caller, new: &NewFile) -> Result<Added> {
    may_write(tx, caller, new.place).await?;
    let (width, height) = new.size.map(|(width, height)| (i64::from(width), i64::from(height))).unzip();
    let now = tx.now;
    let inserted = execute!(
        tx,
        "INSERT INTO files (id, place, uploader_id, object_id, name, media_type, bytes, sha256, width, height,
                            thumbnails, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING",
        new.id.0,
        new.place.to_string(),
        caller.user.0,
        new.object,
        &new.name,
        &new.media_type,
        i64::try_from(new.bytes).unwrap_or(i64::MAX),
        &new.sha256[..],
        width,
        height,
        if new.size.is_some() { WAITING } else { NONE },
        now.0
    )?;
    let added = known(tx, caller, new.place, new.id).await?.ok_or_else(no_file)?;
    debug_assert!(inserted == 0 || added.object == new.object, "what was inserted is what is there");
    Ok(added)
}

async fn readable(tx: &mut Tx, caller: &Caller, id: FileId) -> Result<StoredFile> {
    let row = by_id(tx, id).await?.filter(|row| !row.is_deleted).ok_or_else(no_file)?;
    if !row.is_attached && UserId(row.uploader_id) != caller.user {
        return Err(no_file());
    }
    may_read(tx, caller, row.place()?).await?;
    let thumbnails = match row.thumbnails.as_str() {
        "jpeg" => Some(ThumbnailFormat::Jpeg),
        "webp" => Some(ThumbnailFormat::Webp),
        _ => None,
    };
    Ok(StoredFile { attachment: row.attachment(), object: row.object_id, sha256: row.sha256, thumbnails })
}

/// What somebody may not read is not there.
async fn may_read(tx: &mut Tx, caller: &Caller, place: FilePlace) -> Result<()> {
    let FilePlace::Conversation(id) = place;
    let reader = access::conversation(tx, caller, id).await;
    reader.map(|_| ()).map_err(|error| match error {
        Error::Refused(refusal) if refusal.code == protocol::Code::NotFound => no_file(),
        other => other,
    })
}

/// Whoever may write in a place may bring files.
async fn may_write(tx: &mut Tx, caller: &Caller, place: FilePlace) -> Result<()> {
    let FilePlace::Conversation(id) = place;
    access::conversation(tx, caller, id).await?.participant()?.speaker()?;
    Ok(())
}
