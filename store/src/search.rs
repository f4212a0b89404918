//! Search: what is found for whom, where it stands, and the part of it that was looked for.
//!
//! Every text has a row in `search_documents` (`documents`) with its words as they are looked for
//! (`fold`). A search is one question to the database (`sqlite`, `postgres`; nothing else differs): the
//! newest rows that hold everything and stand where the caller may read. That is a page of "newest
//! first"; for "best first" a bounded number of them is put in order here (`ranking`). What is shown of
//! a hit comes from the text itself (`hits`).

pub(crate) mod documents;
mod fill;
mod fold;
mod hits;
mod marking;
mod postgres;
mod ranking;
mod sql;
mod sqlite;

use crate::db::{Tx, fetch_all};
use crate::{Caller, Result, Store, access};
use fold::Needle;
use futures::FutureExt;
use protocol::page::PageKey;
use protocol::search::{Has, Part, Query, SearchOrder, SearchPage, SearchQuery, Within};
use protocol::{Error, WorkspaceId, limits};
use std::sync::Arc;
use uuid::Uuid;

/// How much of a text decides how well it fits, in characters.
const RANKED_CHARS: i32 = 2_000;
/// Rows that are looked through one by one rather than by the index of words.
const FEW_ROWS: i64 = 20_000;
/// Everything that a row must be to be found.
#[derive(Clone, Debug)]
struct Wanted {
    caller: Uuid,
    workspace: Uuid,
    needles: Vec<Needle>,
    /// By one of them, if any are named.
    authors: Option<Vec<Uuid>>,
    /// In one of them, if any are named. What the caller may not read is not found there either.
    places: Option<Vec<Uuid>>,
    /// From this time on.
    since: Option<i64>,
    /// Before this time.
    until: Option<i64>,
    has_file: bool,
    has_link: bool,
    /// Older than this row.
    below: Option<Place>,
    /// At most so many.
    rows: i64,
    /// Not more than this are looked through one by one.
    few: i64,
}

/// A row's place in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    at: i64,
    id: i64,
}

/// A row that fits.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Found {
    id: i64,
    entity_id: Uuid,
    kind: String,
    place_id: Uuid,
    author_id: Uuid,
    at: i64,
    /// The beginning of its words.
    text: String,
}

impl Found {
    fn place(&self) -> Place {
        Place { at: self.at, id: self.id }
    }
}

impl Store {
    /// What of a workspace fits a query and may be read by the caller.
    ///
    /// # Errors
    /// 404 outside the workspace, 422 for a query that cannot be read and for a key that is none.
    pub async fn search(&self, caller: &Caller, query: SearchQuery) -> Result<SearchPage> {
        let caller = *caller;
        let parsed = Arc::new(Query::parse(&query.q)?);
        let query = Arc::new(query);
        let few = self.few_rows();
        self.read(move |tx| {
            let (parsed, query) = (Arc::clone(&parsed), Arc::clone(&query));
            async move {
                access::member(tx, &caller, query.workspace).await?;
                let Some(mut wanted) = wanted(tx, &caller, query.workspace, &parsed).await? else {
                    return Ok(SearchPage { hits: Vec::new(), next: None });
                };
                wanted.few = few;
                let (found, next) = match query.order {
                    SearchOrder::Newest => newest(tx, wanted.clone(), query.after.as_ref()).await?,
                    SearchOrder::Best => best(tx, wanted.clone(), query.after.as_ref()).await?,
                };
                let hits = hits::of(tx, &caller, query.workspace, found, &wanted.needles).await?;
                Ok(SearchPage { hits, next })
            }
            .boxed()
        })
        .await
    }
}

impl Store {
    /// How many rows are looked through rather than found by an index.
    fn few_rows(&self) -> i64 {
        #[cfg(feature = "testing")]
        if self.faults().searches_by_indexes() {
            return 0;
        }
        FEW_ROWS
    }
}

/// What a query asks for; nothing if that is nothing, or only signs that stand in no word.
async fn wanted(
    tx: &mut Tx,
    caller: &Caller,
    workspace: WorkspaceId,
    query: &Query,
) -> Result<Option<Wanted>> {
    let mut wanted = Wanted {
        caller: caller.user.0,
        workspace: workspace.0,
        needles: Vec::new(),
        authors: None,
        places: None,
        since: None,
        until: None,
        has_file: false,
        has_link: false,
        below: None,
        rows: 0,
        few: FEW_ROWS,
    };
    let (mut handles, mut rooms) = (Vec::new(), Vec::new());
    let (mut says_nothing, mut filters) = (false, false);
    for part in &query.parts {
        filters |= part.is_filter();
        match part {
            Part::Word(text) | Part::Phrase(text) => {
                match fold::needle(text, matches!(part, Part::Phrase(_))) {
                    Some(needle) if !wanted.needles.contains(&needle) => wanted.needles.push(needle),
                    Some(_) => {}
                    None => says_nothing = true,
                }
            }
            Part::From(handle) => handles.push(handle.as_str()),
            Part::In(Within::Feed) => wanted.places.get_or_insert_default().push(workspace.0),
            Part::In(Within::Room(name)) => rooms.push(name.as_str()),
            // Of several the one that leaves least.
            Part::Before(at) => wanted.until = Some(wanted.until.map_or(at.0, |until| until.min(at.0))),
            Part::After(at) => wanted.since = Some(wanted.since.map_or(at.0, |since| since.max(at.0))),
            Part::Has(Has::File) => wanted.has_file = true,
            Part::Has(Has::Link) => wanted.has_link = true,
        }
    }
    if wanted.needles.is_empty() && (says_nothing || !filters) {
        return Ok(None);
    }
    if !handles.is_empty() {
        let sql_rows = fetch_all!(
            tx,
            (Uuid,),
            texts = handles,
            "SELECT id FROM users WHERE handle IN (SELECT text FROM texts)"
        )?;
        wanted.authors = Some(sql_rows.into_iter().map(|(id,)| id).collect());
    }
    if !rooms.is_empty() {
        let sql_rows = fetch_all!(
            tx,
            (Uuid,),
            texts = rooms,
            "SELECT id FROM conversations
             WHERE workspace_id = $2 AND kind = 'room' AND name IN (SELECT text FROM texts)",
            workspace.0
        )?;
        wanted.places.get_or_insert_default().extend(sql_rows.into_iter().map(|(id,)| id));
    }
    let is_nowhere = wanted.authors.as_ref().is_some_and(Vec::is_empty)
        || wanted.places.as_ref().is_some_and(Vec::is_empty);
    Ok((!is_nowhere).then_some(wanted))
}

/// The newest rows that fit.
async fn rows(tx: &mut Tx, wanted: &Wanted) -> Result<Vec<Found>> {
    Ok(if tx.is_sqlite() { sqlite::newest(tx, wanted).await? } else { postgres::newest(tx, wanted).await? })
}

async fn newest(
    tx: &mut Tx,
    wanted: Wanted,
    after: Option<&PageKey>,
) -> Result<(Vec<Found>, Option<PageKey>)> {
    let below = after.map(numbers::<2>).transpose()?.map(|[at, id]| Place { at, id });
    let page = limits::SEARCH_PAGE_ROWS;
    let mut found = rows(tx, &Wanted { below, rows: page as i64 + 1, ..wanted }).await?;
    let more = page < found.len();
    found.truncate(page);
    let next = found.last().filter(|_| more).map(|last| PageKey(format!("{}.{}", last.at, last.id)));
    Ok((found, next))
}

/// A page of the best rows. Its key says from which row on they were compared, so that what is
/// written meanwhile changes no page, and where the page before ended.
async fn best(tx: &mut Tx, wanted: Wanted, after: Option<&PageKey>) -> Result<(Vec<Found>, Option<PageKey>)> {
    let after = after.map(numbers::<5>).transpose()?;
    // The first of them is compared as well.
    let below = after.map(|[at, id, ..]| Place { at, id: id.saturating_add(1) });
    let wanted = Wanted { below, rows: limits::SEARCH_RANKED_MAX as i64, ..wanted };
    let found = rows(tx, &wanted).await?;
    let Some(first) = found.first().map(Found::place) else { return Ok((Vec::new(), None)) };
    let mut ranked = ranking::ranked(found, &wanted.needles);
    if let Some([.., score, at, id]) = after {
        let last = (score, Place { at, id });
        ranked.retain(|(score, row)| (*score, row.place()) < last);
    }
    let page = limits::SEARCH_PAGE_ROWS;
    let more = page < ranked.len();
    ranked.truncate(page);
    let next = ranked.last().filter(|_| more).map(|(score, row)| {
        let Place { at, id } = first;
        PageKey(format!("{at}.{id}.{score}.{}.{}", row.at, row.id))
    });
    Ok((ranked.into_iter().map(|(_, row)| row).collect(), next))
}

/// The numbers of a key.
fn numbers<const N: usize>(key: &PageKey) -> Result<[i64; N]> {
    let numbers: Option<Vec<i64>> = key.0.split('.').map(|number| number.parse().ok()).collect();
    let numbers = numbers.and_then(|numbers| <[i64; N]>::try_from(numbers).ok());
    numbers.ok_or_else(|| Error::invalid("after", "This page does not exist.").into())
}
