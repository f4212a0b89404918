//! Versions of posts, comments and messages, and what becomes of an edit that is based on an older one.
//!
//! A text that was never edited has no rows in its versions table; the first edit writes both
//! the text before and the text after it.

use crate::authors::{Author, author_columns};
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::writer::WriteTx;
use crate::{Error, Result};
use protocol::post::{Conflict, FieldConflict, Version};
use protocol::{Timestamp, UserId, merge};
use uuid::Uuid;

/// Versions that a history shows.
const SHOWN_MAX: i64 = 100;

/// What has versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Versioned {
    Post(Uuid),
    Comment(Uuid),
    Message(Uuid),
}

/// A text with its title (empty but for posts) as it stands now.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    pub(crate) version: u32,
    pub(crate) title: String,
    pub(crate) body: String,
    /// Who wrote the first version, and when.
    pub(crate) author: Author,
    pub(crate) at: Timestamp,
}

/// What somebody wants to change, and what they saw when they began.
#[derive(Clone, Debug)]
pub(crate) struct Edit<'a> {
    pub(crate) base: u32,
    pub(crate) title: Option<&'a str>,
    pub(crate) body: Option<&'a str>,
}

/// The fields that an edit changes. Both empty: everything is there already.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) title: Option<String>,
    pub(crate) body: Option<String>,
}

#[derive(sqlx::FromRow)]
struct VersionRow {
    version: i64,
    title: String,
    body: String,
    at: i64,
    #[sqlx(flatten)]
    editor: Author,
}

impl From<VersionRow> for Version {
    fn from(row: VersionRow) -> Self {
        Self {
            version: u32::try_from(row.version).unwrap_or(u32::MAX),
            title: row.title,
            body: row.body,
            editor: row.editor.into(),
            at: Timestamp(row.at),
        }
    }
}

/// What an edit changes now. Fields that only one side changed since the base merge; an edit
/// that this person made since the base already is not made again.
///
/// # Errors
/// 409 with every field that both sides changed, 422 for a base that never was.
pub(crate) async fn changes(
    tx: &mut Tx,
    of: Versioned,
    current: &Current,
    editor: UserId,
    edit: &Edit<'_>,
) -> Result<Changes> {
    if edit.base == 0 || current.version < edit.base {
        return Err(protocol::Error::invalid("base", "This version does not exist.").into());
    }
    let (base_title, base_body) = if edit.base == current.version {
        (current.title.clone(), current.body.clone())
    } else {
        let base = version(tx, of, edit.base).await?;
        let base = base.ok_or_else(|| Error::corrupt("versions", edit.base, "a version is missing"))?;
        (base.title, base.body)
    };
    let mut clashes = Vec::new();
    let mut changed = |field: &str, mine: Option<&str>, base: String, theirs: &str| {
        let mine = mine?;
        if mine == theirs || mine == base {
            return None;
        }
        if theirs != base {
            let merged = merge::merge(&base, theirs, mine);
            let (field, theirs, mine) = (field.to_owned(), theirs.to_owned(), mine.to_owned());
            clashes.push(FieldConflict { field, base, theirs, mine, merged });
            return None;
        }
        Some(mine.to_owned())
    };
    let changes = Changes {
        title: changed("title", edit.title, base_title, &current.title),
        body: changed("body", edit.body, base_body, &current.body),
    };
    if clashes.is_empty() {
        return Ok(changes);
    }
    if was_made(tx, of, editor, edit).await? {
        return Ok(Changes::default());
    }
    let latest = version(tx, of, current.version).await?;
    let latest = latest.ok_or_else(|| Error::corrupt("versions", current.version, "a version is missing"))?;
    let conflict = Conflict {
        version: current.version,
        editor: latest.editor.into(),
        at: Timestamp(latest.at),
        fields: clashes,
    };
    Err(protocol::Error::conflict(conflict).into())
}

/// Keeps the text before and after an edit.
pub(crate) async fn record(
    tx: &mut WriteTx,
    of: Versioned,
    before: &Current,
    editor: UserId,
    title: &str,
    body: &str,
) -> Result<()> {
    let now = tx.now;
    if before.version == 1 {
        insert(tx, of, 1, &before.title, &before.body, before.author.id(), before.at).await?;
    }
    insert(tx, of, before.version + 1, title, body, editor, now).await
}

/// The versions of one text that `$rest` picks with its one argument, fetched by `$fetch`.
macro_rules! fetch_versions {
    ($fetch:ident, $tx:ident, $of:ident, $rest:literal, $argument:expr) => {
        match $of {
            Versioned::Post(id) => {
                $fetch!($tx, VersionRow, select_versions!("v.title", "post", $rest), id, $argument)?
            }
            Versioned::Comment(id) => {
                $fetch!($tx, VersionRow, select_versions!("''", "comment", $rest), id, $argument)?
            }
            Versioned::Message(id) => {
                $fetch!($tx, VersionRow, select_versions!("''", "message", $rest), id, $argument)?
            }
        }
    };
}

macro_rules! select_versions {
    ($title:literal, $of:literal, $rest:literal) => {
        concat!(
            "SELECT v.version, ",
            $title,
            " AS title, v.body, v.at, ",
            author_columns!(),
            " FROM ",
            $of,
            "_versions v JOIN users u ON u.id = v.editor_id WHERE v.",
            $of,
            "_id = $1 ",
            $rest
        )
    };
}

/// All versions that are kept, the present one first.
pub(crate) async fn list(tx: &mut Tx, of: Versioned, current: Current) -> Result<Vec<Version>> {
    if current.version == 1 {
        return Ok(vec![Version {
            version: 1,
            title: current.title,
            body: current.body,
            editor: current.author.into(),
            at: current.at,
        }]);
    }
    let rows = fetch_versions!(fetch_all, tx, of, "ORDER BY v.version DESC LIMIT $2", SHOWN_MAX);
    Ok(rows.into_iter().map(Version::from).collect())
}

/// One version of a text that was edited.
async fn version(tx: &mut Tx, of: Versioned, version: u32) -> Result<Option<VersionRow>> {
    Ok(fetch_versions!(fetch_optional, tx, of, "AND v.version = $2", i64::from(version)))
}

/// Whether this person's very edit is among the versions since its base: its answer was lost,
/// and somebody else went on from there.
async fn was_made(tx: &mut Tx, of: Versioned, editor: UserId, edit: &Edit<'_>) -> Result<bool> {
    let found = match of {
        Versioned::Post(id) => fetch_optional!(
            tx,
            (i64,),
            "SELECT version FROM post_versions WHERE post_id = $1 AND version > $2 AND editor_id = $3
             AND title = COALESCE($4, title) AND body = COALESCE($5, body) LIMIT 1",
            id,
            i64::from(edit.base),
            editor.0,
            edit.title,
            edit.body
        )?,
        Versioned::Comment(id) => fetch_optional!(
            tx,
            (i64,),
            "SELECT version FROM comment_versions WHERE comment_id = $1 AND version > $2 AND editor_id = $3
             AND body = COALESCE($4, body) LIMIT 1",
            id,
            i64::from(edit.base),
            editor.0,
            edit.body
        )?,
        Versioned::Message(id) => fetch_optional!(
            tx,
            (i64,),
            "SELECT version FROM message_versions WHERE message_id = $1 AND version > $2 AND editor_id = $3
             AND body = COALESCE($4, body) LIMIT 1",
            id,
            i64::from(edit.base),
            editor.0,
            edit.body
        )?,
    };
    Ok(found.is_some())
}

async fn insert(
    tx: &mut Tx,
    of: Versioned,
    version: u32,
    title: &str,
    body: &str,
    editor: UserId,
    at: Timestamp,
) -> Result<()> {
    match of {
        Versioned::Post(id) => execute!(
            tx,
            "INSERT INTO post_versions (post_id, version, title, body, editor_id, at)
             VALUES ($1, $2, $3, $4, $5, $6)",
            id,
            i64::from(version),
            title,
            body,
            editor.0,
            at.0
        )?,
        Versioned::Comment(id) => execute!(
            tx,
            "INSERT INTO comment_versions (comment_id, version, body, editor_id, at) VALUES ($1, $2, $3, $4, $5)",
            id,
            i64::from(version),
            body,
            editor.0,
            at.0
        )?,
        Versioned::Message(id) => execute!(
            tx,
            "INSERT INTO message_versions (message_id, version, body, editor_id, at) VALUES ($1, $2, $3, $4, $5)",
            id,
            i64::from(version),
            body,
            editor.0,
            at.0
        )?,
    };
    Ok(())
}
