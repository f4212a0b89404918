//! Hits as they are shown: texts, names and addresses, in one query for each kind of thing.

use super::Found;
use super::fold::Needle;
use super::marking;
use crate::conversations::rows as conversations;
use crate::db::{Tx, fetch_all, fetch_one};
use crate::{Caller, Result, markdown, users};
use protocol::conversation::{self, Conversation};
use protocol::search::{Hit, HitKind, HitPlace};
use protocol::{ConversationId, MessageId, Person, Timestamp, UserId, WorkspaceId};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// A text and what is above and around it.
#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: Uuid,
    /// The post of a comment, the message of a file.
    parent_id: Option<Uuid>,
    title: Option<String>,
    body: String,
}

/// What is shown of rows that were found for a caller.
pub(super) async fn of(
    tx: &mut Tx,
    caller: &Caller,
    workspace: WorkspaceId,
    found: Vec<Found>,
    needles: &[Needle],
) -> Result<Vec<Hit>> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let (slug,) = fetch_one!(tx, (String,), "SELECT slug FROM workspaces WHERE id = $1", workspace.0)?;
    let mut texts = texts(tx, &found).await?;
    let authors: HashSet<Uuid> = found.iter().map(|row| row.author_id).collect();
    let authors = users::people(tx, authors.into_iter().collect()).await?;
    let places = places(tx, caller, workspace, &found).await?;
    let hits = found.into_iter().filter_map(|row| {
        // Everything is read in one transaction, so nothing of it is missing.
        let text = texts.remove(&row.entity_id)?;
        let kind = kind_of(&row.kind)?;
        let place = places.get(&row.place_id).cloned().unwrap_or(HitPlace::Feed);
        Some(Hit {
            kind,
            author: authors.get(&UserId(row.author_id)).cloned()?,
            at: Timestamp(row.at),
            title: text.title.as_deref().map(|title| marking::whole(title, needles)),
            excerpt: marking::part(&markdown::without_marks(&text.body), needles),
            link: link(&slug, kind, &row, text.parent_id),
            place,
        })
    });
    Ok(hits.collect())
}

fn kind_of(word: &str) -> Option<HitKind> {
    [HitKind::Message, HitKind::Post, HitKind::Comment, HitKind::File]
        .into_iter()
        .find(|kind| kind.word() == word)
}

/// Where a hit opens: a message and the one that brought a file in their conversation.
fn link(slug: &str, kind: HitKind, row: &Found, parent: Option<Uuid>) -> String {
    let in_conversation = |message: Uuid| {
        let path = conversation::path(slug, ConversationId(row.place_id));
        format!("{path}?message={}", MessageId(message))
    };
    match (kind, parent) {
        (HitKind::Message, _) => in_conversation(row.entity_id),
        (HitKind::File, Some(message)) => in_conversation(message),
        (HitKind::Comment, Some(post)) => format!("/w/{slug}/posts/{post}#comment-{}", row.entity_id),
        (HitKind::Post | HitKind::File | HitKind::Comment, _) => format!("/w/{slug}/posts/{}", row.entity_id),
    }
}

async fn texts(tx: &mut Tx, found: &[Found]) -> Result<HashMap<Uuid, Row>> {
    let of = |kind: HitKind| -> Vec<Uuid> {
        found.iter().filter(|row| row.kind == kind.word()).map(|row| row.entity_id).collect()
    };
    let (messages, posts) = (of(HitKind::Message), of(HitKind::Post));
    let (comments, files) = (of(HitKind::Comment), of(HitKind::File));
    let mut rows = Vec::new();
    if !messages.is_empty() {
        rows.extend(fetch_all!(
            tx,
            Row,
            ids = messages,
            "SELECT id, thread_id AS parent_id, NULL AS title, body FROM messages WHERE id IN (SELECT id FROM ids)"
        )?);
    }
    if !posts.is_empty() {
        rows.extend(fetch_all!(
            tx,
            Row,
            ids = posts,
            "SELECT id, id AS parent_id, title, body FROM posts WHERE id IN (SELECT id FROM ids)"
        )?);
    }
    if !comments.is_empty() {
        rows.extend(fetch_all!(
            tx,
            Row,
            ids = comments,
            "SELECT c.id, c.post_id AS parent_id, p.title, c.body FROM comments c
             JOIN posts p ON p.id = c.post_id WHERE c.id IN (SELECT id FROM ids)"
        )?);
    }
    if !files.is_empty() {
        rows.extend(fetch_all!(
            tx,
            Row,
            ids = files,
            "SELECT id, message_id AS parent_id, name AS title, '' AS body FROM files
             WHERE id IN (SELECT id FROM ids)"
        )?);
    }
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The conversations among the places, named as the caller sees them.
async fn places(
    tx: &mut Tx,
    caller: &Caller,
    workspace: WorkspaceId,
    found: &[Found],
) -> Result<HashMap<Uuid, HitPlace>> {
    let ids: HashSet<Uuid> = found.iter().map(|row| row.place_id).filter(|id| *id != workspace.0).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let known = conversations::these(tx, ids.into_iter().collect()).await?;
    let nameless = known.values().filter(|one| one.name.is_empty()).map(|one| one.id.0).collect();
    let with = conversations::with(tx, caller.user, nameless).await?;
    let place = |one: Conversation| {
        let name = match with.get(&one.id) {
            Some(people) => names(people),
            None if one.name.is_empty() => "Group".to_owned(),
            None => one.name,
        };
        (one.id.0, HitPlace::Conversation { id: one.id, kind: one.kind, name })
    };
    Ok(known.into_values().map(place).collect())
}

fn names(people: &[Person]) -> String {
    people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_known_by_its_word() {
        for kind in [HitKind::Message, HitKind::Post, HitKind::Comment, HitKind::File] {
            assert_eq!(kind_of(kind.word()), Some(kind));
        }
        assert_eq!(kind_of("room"), None);
    }
}
