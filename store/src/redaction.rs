//! Deleting what people wrote: from the rows, their versions, notifications about
//! them, the search and the log.

use crate::db::{execute, fetch_all};
use crate::files::of_messages;
use crate::log::append::Titles;
use crate::writer::WriteTx;
use crate::{Result, links, push};
use protocol::reaction::ReactionTarget;
use protocol::{CommentId, CustomEventId, MessageId, PostId};
use uuid::Uuid;

/// Deletes a post with its comments.
pub(crate) async fn post(tx: &mut WriteTx, id: PostId) -> Result<()> {
    let now = tx.now.0;
    execute!(
        tx,
        "UPDATE posts SET title = '', body = '', html = '', pinned_at = NULL, comments = 0, deleted_at = $2
         WHERE id = $1",
        id.0,
        now
    )?;
    execute!(tx, "DELETE FROM post_versions WHERE post_id = $1", id.0)?;
    let comments = fetch_all!(tx, (Uuid,), "SELECT id FROM comments WHERE post_id = $1", id.0)?;
    let comments: Vec<CommentId> = comments.into_iter().map(|(id,)| CommentId(id)).collect();
    execute!(
        tx,
        "UPDATE comments SET body = '', html = '', deleted_at = COALESCE(deleted_at, $2) WHERE post_id = $1",
        id.0,
        now
    )?;
    execute!(
        tx,
        "DELETE FROM comment_versions WHERE comment_id IN (SELECT id FROM comments WHERE post_id = $1)",
        id.0
    )?;
    execute!(tx, "UPDATE notifications SET title = '', excerpt = '' WHERE post_id = $1", id.0)?;
    let targets = std::iter::once(ReactionTarget::Post(id))
        .chain(comments.iter().copied().map(ReactionTarget::Comment));
    forget(tx, targets).await?;
    push::deleted(tx, id.0).await?;
    let all = || std::iter::once(id.0).chain(comments.iter().map(|comment| comment.0));
    tx.redact(Titles::Go, all());
    tx.unindex(all());
    Ok(())
}

/// Deletes a comment; its row stays for the replies to it.
pub(crate) async fn comment(tx: &mut WriteTx, id: CommentId) -> Result<()> {
    let now = tx.now.0;
    execute!(tx, "UPDATE comments SET body = '', html = '', deleted_at = $2 WHERE id = $1", id.0, now)?;
    execute!(tx, "DELETE FROM comment_versions WHERE comment_id = $1", id.0)?;
    execute!(
        tx,
        "UPDATE notifications SET excerpt = '' WHERE COALESCE(message_id, comment_id, post_id) = $1",
        id.0
    )?;
    forget(tx, [ReactionTarget::Comment(id)]).await?;
    push::deleted(tx, id.0).await?;
    tx.redact(Titles::Stay, [id.0]);
    tx.unindex([id.0]);
    Ok(())
}

/// Deletes a message; its row stays for the answers under it.
pub(crate) async fn message(tx: &mut WriteTx, id: MessageId) -> Result<()> {
    let now = tx.now.0;
    execute!(
        tx,
        "UPDATE messages SET body = '', html = '', broadcast = NULL, pinned_at = NULL, deleted_at = $2
         WHERE id = $1",
        id.0,
        now
    )?;
    execute!(tx, "DELETE FROM message_versions WHERE message_id = $1", id.0)?;
    execute!(tx, "DELETE FROM message_mentions WHERE message_id = $1", id.0)?;
    execute!(tx, "DELETE FROM saved_messages WHERE message_id = $1", id.0)?;
    execute!(
        tx,
        "UPDATE notifications SET excerpt = '' WHERE COALESCE(message_id, comment_id, post_id) = $1",
        id.0
    )?;
    let files = of_messages::delete(tx, id).await?;
    forget(tx, [ReactionTarget::Message(id)]).await?;
    push::deleted(tx, id.0).await?;
    tx.redact(Titles::Stay, [id.0]);
    tx.unindex(files.into_iter().map(|file| file.0).chain([id.0]));
    Ok(())
}

/// Deletes what another program published; its row stays until its time is over, so that its id stays known.
pub(crate) async fn custom_event(tx: &mut WriteTx, id: CustomEventId) -> Result<()> {
    let now = tx.now.0;
    execute!(
        tx,
        "UPDATE custom_events SET payload = '{}', notice = NULL, link = NULL, deleted_at = $2 WHERE id = $1",
        id.0,
        now
    )?;
    execute!(tx, "UPDATE notifications SET title = '', excerpt = '', link = NULL WHERE event_id = $1", id.0)?;
    push::deleted(tx, id.0).await?;
    tx.redact(Titles::Go, [id.0]);
    Ok(())
}

/// Takes away the reactions to texts, and what is shown of their links.
async fn forget(tx: &mut WriteTx, targets: impl IntoIterator<Item = ReactionTarget>) -> Result<()> {
    let targets: Vec<String> = targets.into_iter().map(|target| target.to_string()).collect();
    execute!(tx, texts = targets, "DELETE FROM reactions WHERE target IN (SELECT text FROM texts)")?;
    links::forget(tx, &targets).await
}
