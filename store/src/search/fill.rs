//! Fills the search with what was written before there was one: some rows at a time, between other
//! commands, and from where it ended if the server stops meanwhile.
//!
//! The rows are locked while their words are written, so that another node cannot edit or delete a text
//! and have the words of the old one come after it.

use super::documents::{Document, Words};
use crate::db::{execute, fetch_all, fetch_one, fetch_optional};
use crate::writer::WriteTx;
use crate::{Error, Result, Store, markdown};
use futures::FutureExt;
use protocol::search::HitKind;
use protocol::{Timestamp, UserId, WorkspaceId};
use uuid::Uuid;

/// Rows in one command, so that other writes get between.
const AT_ONCE: i64 = 200;
/// The setting that says how far it has come: `<kind> <id of the last row>`, or `done`.
const FILLED: &str = "search_filled";
const DONE: &str = "done";

/// What is filled in, one after the other.
const KINDS: [HitKind; 4] = [HitKind::Post, HitKind::Comment, HitKind::File, HitKind::Message];

/// A text that was there before.
#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    workspace_id: Uuid,
    place_id: Uuid,
    author_id: Uuid,
    at: i64,
    title: String,
    body: String,
    html: String,
    has_file: bool,
}

impl Store {
    /// Makes some more of what was written before this version known to the search. Whether there is
    /// more to do.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; the next call goes on.
    pub async fn fill_search(&self) -> Result<bool> {
        let filled = self.read(|tx| {
            async move {
                let sql = "SELECT value FROM settings WHERE key = $1";
                Ok(fetch_optional!(tx, (String,), sql, FILLED)?.is_some_and(|(value,)| value == DONE))
            }
            .boxed()
        });
        if filled.await? {
            return Ok(false);
        }
        Ok(self.write(|tx| fill(tx).boxed()).await?.value)
    }
}

async fn fill(tx: &mut WriteTx) -> Result<bool> {
    // The row is locked by this, so that nodes take turns.
    let (value,) = fetch_one!(
        tx,
        (String,),
        "INSERT INTO settings (key, value) VALUES ($1, '')
         ON CONFLICT (key) DO UPDATE SET value = settings.value RETURNING value",
        FILLED
    )?;
    if value == DONE {
        return Ok(false);
    }
    let (kind, after) = position(&value)?;
    let rows = rows(tx, kind, after).await?;
    let next = match rows.last() {
        Some(last) => format!("{} {}", kind.word(), last.id),
        None => match KINDS.into_iter().skip_while(|known| *known != kind).nth(1) {
            Some(next) => format!("{} {}", next.word(), Uuid::nil()),
            None => DONE.to_owned(),
        },
    };
    for row in rows {
        tx.index(document(kind, row).into());
    }
    execute!(tx, "UPDATE settings SET value = $2 WHERE key = $1", FILLED, &next)?;
    Ok(next != DONE)
}

/// Where it goes on.
fn position(value: &str) -> Result<(HitKind, Uuid)> {
    if value.is_empty() {
        return Ok((KINDS[0], Uuid::nil()));
    }
    let corrupt = || Error::corrupt("settings", FILLED, "it says no position");
    let (word, id) = value.split_once(' ').ok_or_else(corrupt)?;
    let kind = KINDS.into_iter().find(|kind| kind.word() == word).ok_or_else(corrupt)?;
    Ok((kind, id.parse().map_err(|_| corrupt())?))
}

/// The next texts by id.
async fn rows(tx: &mut WriteTx, kind: HitKind, after: Uuid) -> Result<Vec<Row>> {
    macro_rules! next {
        ($select:literal) => {
            if tx.is_sqlite() {
                fetch_all!(tx, Row, concat!($select, " ORDER BY x.id LIMIT $2"), after, AT_ONCE)?
            } else {
                let sql = concat!($select, " ORDER BY x.id LIMIT $2 FOR SHARE OF x");
                fetch_all!(tx, Row, sql, after, AT_ONCE)?
            }
        };
    }
    Ok(match kind {
        HitKind::Post => next!(
            "SELECT x.id, x.workspace_id, x.workspace_id AS place_id, x.author_id, x.at, x.title, x.body, x.html,
                    FALSE AS has_file
             FROM posts x WHERE x.id > $1 AND x.deleted_at IS NULL"
        ),
        HitKind::Comment => next!(
            "SELECT x.id, x.workspace_id, x.workspace_id AS place_id, x.author_id, x.at, '' AS title, x.body, x.html,
                    FALSE AS has_file
             FROM comments x WHERE x.id > $1 AND x.deleted_at IS NULL"
        ),
        HitKind::Message => next!(
            "SELECT x.id, c.workspace_id, x.conversation_id AS place_id, x.author_id, x.at, '' AS title, x.body,
                    x.html, EXISTS (SELECT 1 FROM files f WHERE f.message_id = x.id) AS has_file
             FROM messages x JOIN conversations c ON c.id = x.conversation_id
             WHERE x.id > $1 AND x.deleted_at IS NULL AND x.line IS NULL"
        ),
        HitKind::File => next!(
            "SELECT x.id, c.workspace_id, m.conversation_id AS place_id, x.uploader_id AS author_id, m.at,
                    x.name AS title, '' AS body, '' AS html, TRUE AS has_file
             FROM files x JOIN messages m ON m.id = x.message_id JOIN conversations c ON c.id = m.conversation_id
             WHERE x.id > $1 AND x.deleted_at IS NULL"
        ),
    })
}

fn document(kind: HitKind, row: Row) -> Document {
    let words = Words::of(&markdown::without_marks(&row.body), &row.html);
    Document {
        entity: row.id,
        kind,
        workspace: WorkspaceId(row.workspace_id),
        place: row.place_id,
        author: UserId(row.author_id),
        at: Timestamp(row.at),
        has_file: row.has_file,
        has_link: words.has_link,
        text: words.after(&row.title),
    }
}
