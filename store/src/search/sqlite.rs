//! Search on SQLite: the FTS5 tables of words and of their parts, and when to do without them.
//!
//! The index of parts knows which three letters stand somewhere in a text. It is asked for some of
//! those of every word, and what it names is compared with the text itself. Its rows come newest first,
//! and it stops when there are enough; so does the walk through everything where only filters are given.
//! Where few rows stand in the places and fit the filters, those are looked through instead.

use super::documents::Document;
use super::fold::{Needle, is_long};
use super::{Found, Place, Wanted, sql};
use crate::db::{Tx, sqlite};
use sqlx::{QueryBuilder, Sqlite};
use std::collections::BTreeMap;

/// `id`s for each millisecond.
const IDS_PER_MS: i64 = 8;
/// How far a row may come after its own millisecond because others are there: half a second.
const IDS_NEARBY: i64 = 500 * IDS_PER_MS;
/// A clock that went back this far is taken to mean it.
const IDS_BEHIND: i64 = 3_600_000 * IDS_PER_MS;
/// No row comes this long after its own millisecond.
const LATE_MS: i64 = 24 * 3_600_000;
/// Three letters each that the index of parts is asked for.
const PARTS_MAX: usize = 24;

/// Where the rows come from.
enum Source {
    /// These few, by one of the table's own indexes.
    Few(Narrow),
    /// What the index of parts names.
    Parts(String),
    /// What the index of words names.
    Words(String),
    /// Everything, the newest first.
    All,
}

/// What leaves few rows.
#[derive(Clone, Copy)]
enum Narrow {
    Places,
    Authors,
    Files,
    Links,
}

impl Narrow {
    fn index(self) -> &'static str {
        match self {
            Self::Places => "search_documents_place",
            Self::Authors => "search_documents_author",
            Self::Files => "search_documents_files",
            Self::Links => "search_documents_links",
        }
    }
}

/// The newest rows that fit.
pub(super) async fn newest(tx: &mut Tx, wanted: &Wanted) -> sqlx::Result<Vec<Found>> {
    let source = source(tx, wanted).await?;
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT");
    sql::columns(&mut sql);
    // Of an expression no index is used: only the source says in which order rows are read.
    let id = match &source {
        Source::Few(narrow) => {
            sql.push("search_documents d INDEXED BY ").push(narrow.index()).push(" WHERE ");
            match narrow {
                Narrow::Files | Narrow::Links => {
                    sql.push("d.workspace_id = ").push_bind(wanted.workspace).push(" AND ");
                }
                Narrow::Places | Narrow::Authors => {}
            }
            "+d.id"
        }
        Source::Parts(parts) => {
            sql.push("search_parts CROSS JOIN search_documents d ON d.id = search_parts.rowid WHERE search_parts MATCH ");
            sql.push_bind(parts.clone()).push(" AND ");
            "search_parts.rowid"
        }
        Source::Words(words) => {
            sql.push("search_words CROSS JOIN search_documents d ON d.id = search_words.rowid WHERE search_words MATCH ");
            sql.push_bind(words.clone()).push(" AND ");
            "search_words.rowid"
        }
        Source::All => {
            sql.push("search_documents d NOT INDEXED WHERE ");
            "d.id"
        }
    };
    sql.push(id).push(" < ").push_bind(below(wanted));
    if let Some(since) = wanted.since {
        sql.push(" AND ").push(id).push(" >= ").push_bind(since.saturating_mul(IDS_PER_MS));
    }
    in_places(&mut sql, wanted);
    sql::filters(&mut sql, wanted);
    for needle in &wanted.needles {
        match needle {
            Needle::Part(part) => sql.push(" AND instr(d.text, ").push_bind(part.clone()).push(") > 0"),
            Needle::Words(words) => {
                let words = format!(" {words} ");
                sql.push(" AND instr(' ' || d.text || ' ', ").push_bind(words).push(") > 0")
            }
        };
    }
    sql.push(" ORDER BY ").push(id).push(" DESC LIMIT ").push_bind(wanted.rows);
    tx.statement("SELECT");
    let connection = sqlite(tx).expect("it is SQLite");
    sql.build_query_as().fetch_all(connection).await
}

/// No `id` from here on is asked for.
fn below(wanted: &Wanted) -> i64 {
    let below = wanted.below.map_or(i64::MAX, |Place { id, .. }| id);
    let until =
        wanted.until.map_or(i64::MAX, |until| until.saturating_add(LATE_MS).saturating_mul(IDS_PER_MS));
    below.min(until)
}

/// Adds that the row stands where the caller may read, and where the query says.
fn in_places(sql: &mut QueryBuilder<Sqlite>, wanted: &Wanted) {
    sql.push(" AND d.place_id IN (");
    sql::readable(sql, wanted);
    sql.push(")");
    if let Some(places) = &wanted.places {
        sql.push(" AND d.place_id IN ");
        sql::list(sql, places);
    }
}

async fn source(tx: &mut Tx, wanted: &Wanted) -> sqlx::Result<Source> {
    let filters = [
        (Narrow::Places, true),
        (Narrow::Authors, wanted.authors.is_some()),
        (Narrow::Files, wanted.has_file),
        (Narrow::Links, wanted.has_link),
    ];
    let mut fewest = (wanted.few + 1, Narrow::Places);
    for (narrow, _) in filters.into_iter().filter(|(_, is_given)| *is_given) {
        let rows = count(tx, wanted, narrow, fewest.0).await?;
        if rows < fewest.0 {
            fewest = (rows, narrow);
        }
    }
    Ok(match fewest {
        (rows, narrow) if rows <= wanted.few => Source::Few(narrow),
        _ => match_of(&wanted.needles),
    })
}

/// How many rows a filter leaves, counted up to a bound.
async fn count(tx: &mut Tx, wanted: &Wanted, narrow: Narrow, most: i64) -> sqlx::Result<i64> {
    let mut sql =
        QueryBuilder::<Sqlite>::new("SELECT COUNT(*) FROM (SELECT 1 FROM search_documents d INDEXED BY ");
    sql.push(narrow.index()).push(" WHERE TRUE");
    match narrow {
        Narrow::Places => in_places(&mut sql, wanted),
        Narrow::Authors => {
            sql.push(" AND d.author_id IN ");
            sql::list(&mut sql, wanted.authors.as_deref().unwrap_or_default());
        }
        Narrow::Files => {
            sql.push(" AND d.has_file AND d.workspace_id = ").push_bind(wanted.workspace);
        }
        Narrow::Links => {
            sql.push(" AND d.has_link AND d.workspace_id = ").push_bind(wanted.workspace);
        }
    }
    sql.push(" LIMIT ").push_bind(most).push(")");
    tx.statement("SELECT");
    let connection = sqlite(tx).expect("it is SQLite");
    sql.build_query_scalar().fetch_one(connection).await
}

/// What an index is asked for. The words hold nothing but letters, digits and spaces.
fn match_of(needles: &[Needle]) -> Source {
    let long = needles.iter().flat_map(|needle| needle.text().split(' ')).filter(|word| is_long(word));
    let mut parts: Vec<String> = Vec::new();
    for part in long.flat_map(parts_of) {
        if parts.len() < PARTS_MAX && !parts.contains(&part) {
            parts.push(part);
        }
    }
    if !parts.is_empty() {
        return Source::Parts(all_of(parts.iter().map(String::as_str)));
    }
    if needles.is_empty() {
        return Source::All;
    }
    Source::Words(all_of(needles.iter().map(Needle::text)))
}

fn all_of<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(" AND ")
}

/// Three letters each that cover a word.
fn parts_of(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let last = letters.len() - 3;
    let starts = (0..=last).step_by(3).chain((!last.is_multiple_of(3)).then_some(last));
    starts.map(|at| letters[at..at + 3].iter().collect()).collect()
}

/// Adds documents, or changes those that are there.
pub(super) async fn put(tx: &mut Tx, documents: &[&Document]) -> sqlx::Result<()> {
    let mut by_time: BTreeMap<i64, Vec<&Document>> = BTreeMap::new();
    for document in documents {
        by_time.entry(document.at.0).or_default().push(document);
    }
    for (at, documents) in by_time {
        put_at(tx, at, &documents).await?;
    }
    Ok(())
}

/// Those of one time: they come after everything if it has just come, else near others of their time.
async fn put_at(tx: &mut Tx, at: i64, documents: &[&Document]) -> sqlx::Result<()> {
    let rows: Vec<_> = documents
        .iter()
        .map(|one| {
            let ids =
                [one.entity, one.workspace.0, one.place, one.author.0].map(|id| id.simple().to_string());
            (ids, one.kind.word(), one.has_file, one.has_link, one.text.as_str())
        })
        .collect();
    let rows = serde_json::to_string(&rows).expect("lists of texts are JSON");
    tx.statement("INSERT INTO search_documents");
    let connection = sqlite(tx).expect("it is SQLite");
    let put = sqlx::query(
        // Not by MAX(id): here SQLite would read a whole index for it.
        "WITH newest(id) AS (SELECT COALESCE((SELECT id FROM search_documents ORDER BY id DESC LIMIT 1), 0)),
              near(id) AS (SELECT COALESCE((SELECT id FROM search_documents WHERE id >= $2 AND id < $2 + $4
                                            ORDER BY id DESC LIMIT 1) + 1, $2)),
              first(id) AS (SELECT CASE
                  WHEN newest.id < $2 + $5 THEN MAX($2, newest.id + 1)
                  WHEN EXISTS (SELECT 1 FROM search_documents d WHERE d.id >= near.id AND d.id < near.id + $6)
                  THEN newest.id + 1
                  ELSE near.id END FROM newest, near)
         INSERT INTO search_documents
             (id, entity_id, kind, workspace_id, place_id, author_id, at, has_file, has_link, text)
         SELECT first.id + given.key, unhex(given.value ->> '$[0][0]'), given.value ->> 1,
                unhex(given.value ->> '$[0][1]'), unhex(given.value ->> '$[0][2]'),
                unhex(given.value ->> '$[0][3]'), $3, given.value ->> 2, given.value ->> 3, given.value ->> 4
         FROM first, json_each($1) AS given WHERE TRUE
         ON CONFLICT (entity_id) DO UPDATE
         SET text = excluded.text, has_file = excluded.has_file, has_link = excluded.has_link",
    );
    let base = at.saturating_mul(IDS_PER_MS);
    let count = i64::try_from(documents.len()).unwrap_or(i64::MAX);
    put.bind(rows)
        .bind(base)
        .bind(at)
        .bind(IDS_NEARBY)
        .bind(IDS_BEHIND)
        .bind(count)
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(needles: &[Needle]) -> String {
        match match_of(needles) {
            Source::Parts(text) => format!("parts {text}"),
            Source::Words(text) => format!("words {text}"),
            Source::Few(_) | Source::All => "all".to_owned(),
        }
    }

    #[test]
    fn an_index_is_asked_for_what_it_knows() {
        let part = |text: &str| Needle::Part(text.to_owned());
        let words = |text: &str| Needle::Words(text.to_owned());
        assert_eq!(asked(&[part("set")]), "parts \"set\"");
        assert_eq!(asked(&[part("winter")]), "parts \"win\" AND \"ter\"");
        assert_eq!(asked(&[part("budget1"), words("go")]), "parts \"bud\" AND \"get\" AND \"et1\"");
        assert_eq!(asked(&[words("we go north")]), "parts \"nor\" AND \"rth\"");
        assert_eq!(asked(&[words("go"), words("北 京")]), "words \"go\" AND \"北 京\"");
        assert_eq!(asked(&[]), "all");
    }
}
