//! Drafts: what a person has begun to write, on all their devices. The newest one of a place wins.

use crate::db::{Tx, execute, fetch_all, fetch_one, fetch_optional};
use crate::log::append::Titles;
use crate::writer::WriteTx;
use crate::{Caller, Error, Result, Store, access, places};
use futures::FutureExt;
use protocol::draft::{Draft, DraftPlace};
use protocol::{EventKind, Timestamp, Topic, UserId, limits};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How long an empty draft holds off older texts that arrive late.
const EMPTY_KEPT_FOR: Duration = Duration::from_secs(24 * 3600);

impl Store {
    /// Keeps a draft, unless a newer one of the same place is there. An empty one deletes.
    ///
    /// # Errors
    /// 404 for a place that the caller cannot see, 413 when it is too large, 422 above
    /// [`limits::DRAFTS_MAX`].
    pub async fn save_draft(&self, caller: &Caller, draft: Draft) -> Result<()> {
        let caller = *caller;
        let draft = Arc::new(draft.validate()?);
        self.write(move |tx| {
            let draft = Arc::clone(&draft);
            async move { save(tx, &caller, &draft).await }.boxed()
        })
        .await?;
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    place: String,
    title: String,
    body: String,
    at: i64,
}

/// A person's drafts, the newest first.
pub(crate) async fn of(tx: &mut Tx, user: UserId) -> Result<Vec<Draft>> {
    let rows = fetch_all!(
        tx,
        Row,
        "SELECT place, title, body, at FROM drafts
         WHERE user_id = $1 AND (title <> '' OR body <> '') ORDER BY at DESC, place LIMIT $2",
        user.0,
        limits::DRAFTS_MAX as i64
    )?;
    let draft = |row: Row| {
        let place = row.place.parse().map_err(|why| Error::corrupt("drafts", &row.place, why))?;
        Ok(Draft { place, title: row.title, body: row.body, at: Timestamp(row.at) })
    };
    rows.into_iter().map(draft).collect()
}

async fn save(tx: &mut WriteTx, caller: &Caller, draft: &Draft) -> Result<()> {
    let entity = see(tx, caller, draft.place).await?;
    // A device whose clock is ahead must not silence the others until then.
    let at = draft.at.min(tx.now);
    let known = fetch_optional!(
        tx,
        Row,
        "SELECT place, title, body, at FROM drafts WHERE user_id = $1 AND place = $2",
        caller.user.0,
        draft.place.to_string()
    )?;
    let was_empty = known.as_ref().is_none_or(|known| known.title.is_empty() && known.body.is_empty());
    if let Some(known) = &known
        && (at.0 < known.at || (known.title == draft.title && known.body == draft.body))
    {
        return Ok(());
    }
    if draft.is_empty() {
        forget_empty_ones(tx, caller.user).await?;
    } else if was_empty {
        refuse_too_many(tx, caller.user).await?;
    }
    execute!(
        tx,
        "INSERT INTO drafts (user_id, place, title, body, at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (user_id, place) DO UPDATE SET title = excluded.title, body = excluded.body, at = excluded.at",
        caller.user.0,
        draft.place.to_string(),
        &draft.title,
        &draft.body,
        at.0
    )?;
    // What was sent or given up has no reason to stay in the log.
    if draft.is_empty() {
        if was_empty {
            return Ok(());
        }
        tx.redact(Titles::Go, [entity]);
    }
    let event = EventKind::DraftUpdated(Draft { at, ..draft.clone() });
    tx.append(Topic::User(caller.user), Some(caller.user), Some(entity), event);
    Ok(())
}

/// Checks that the caller sees the place. Returns what stands for this person's draft there in
/// the log: an id that no other person and no other place has.
async fn see(tx: &mut Tx, caller: &Caller, place: DraftPlace) -> Result<Uuid> {
    let place = match place {
        DraftPlace::Post(workspace) => {
            access::member(tx, caller, workspace).await?;
            workspace.0
        }
        DraftPlace::Comment(post) => {
            places::post(tx, caller, post).await?;
            post.0
        }
        DraftPlace::Reply(comment) => {
            places::comment(tx, caller, comment).await?;
            comment.0
        }
        DraftPlace::Message(conversation) => {
            access::conversation(tx, caller, conversation).await?;
            conversation.0
        }
        DraftPlace::Thread(message) => {
            access::message(tx, caller, message).await?;
            message.0
        }
    };
    Ok(Uuid::from_u128(place.as_u128() ^ caller.user.0.as_u128()))
}

async fn forget_empty_ones(tx: &mut WriteTx, user: UserId) -> Result<()> {
    let before = tx.now - EMPTY_KEPT_FOR;
    execute!(
        tx,
        "DELETE FROM drafts WHERE user_id = $1 AND title = '' AND body = '' AND at < $2",
        user.0,
        before.0
    )?;
    Ok(())
}

async fn refuse_too_many(tx: &mut Tx, user: UserId) -> Result<()> {
    let (drafts,) = fetch_one!(
        tx,
        (i64,),
        "SELECT COUNT(*) FROM drafts WHERE user_id = $1 AND (title <> '' OR body <> '')",
        user.0
    )?;
    if limits::DRAFTS_MAX as i64 <= drafts {
        let message = format!("You have {} drafts. Send or discard one first.", limits::DRAFTS_MAX);
        return Err(protocol::Error::invalid("place", message).into());
    }
    Ok(())
}
