//! The files of messages: attached in the transaction that sends, read with the rows, gone with them.

use super::Row;
use crate::db::{Tx, fetch_all};
use crate::dialect;
use crate::writer::WriteTx;
use crate::{Caller, Result};
use protocol::file::FilePlace;
use protocol::message::Attachment;
use protocol::{Error, FileId, MessageId};
use std::collections::HashMap;
use uuid::Uuid;

/// Gives files to a message that is being sent, in this order. All of them, or the message is refused:
/// each was uploaded to this place by its author, and no other message has it.
pub(crate) async fn attach(
    tx: &mut WriteTx,
    caller: &Caller,
    place: FilePlace,
    message: MessageId,
    files: &[FileId],
) -> Result<Vec<Attachment>> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let files: Vec<Uuid> = files.iter().map(|file| file.0).collect();
    let attached = dialect::attach_files(tx, message.0, &place.to_string(), caller.user.0, &files).await?;
    if attached != files.len() as u64 {
        let message =
            "One of the files is not there any more, or belongs elsewhere. Remove it and send again.";
        return Err(Error::invalid("attachments", message).into());
    }
    Ok(of(tx, &[message.0]).await?.remove(&message.0).unwrap_or_default())
}

/// The files of messages, in their order, by message.
pub(crate) async fn of(tx: &mut Tx, messages: &[Uuid]) -> Result<HashMap<Uuid, Vec<Attachment>>> {
    #[derive(sqlx::FromRow)]
    struct OfMessage {
        message_id: Uuid,
        #[sqlx(flatten)]
        file: Row,
    }
    let rows = fetch_all!(
        tx,
        OfMessage,
        ids = messages,
        "SELECT message_id, id, place, uploader_id, object_id, name, media_type, bytes, sha256, width, height,
                thumbnails, TRUE AS is_attached, FALSE AS is_deleted
         FROM files WHERE message_id IN (SELECT id FROM ids) AND deleted_at IS NULL ORDER BY message_id, rank"
    )?;
    let mut of: HashMap<Uuid, Vec<Attachment>> = HashMap::new();
    for row in rows {
        of.entry(row.message_id).or_default().push(row.file.attachment());
    }
    Ok(of)
}

/// Deletes the files of a message that is being deleted, and says which. Nobody can read them from now
/// on; their objects go a little later.
pub(crate) async fn delete(tx: &mut WriteTx, message: MessageId) -> Result<Vec<FileId>> {
    let now = tx.now;
    let rows = fetch_all!(
        tx,
        (Uuid,),
        "UPDATE files SET deleted_at = $2, name = '' WHERE message_id = $1 AND deleted_at IS NULL RETURNING id",
        message.0,
        now.0
    )?;
    Ok(rows.into_iter().map(|(id,)| FileId(id)).collect())
}
