//! Search on PostgreSQL: `tsvector` for words, `pg_trgm` for their parts. Its planner chooses between
//! the two, a walk from the newest row on, and the indexes of places and authors, by what it knows of
//! the values; so every question is planned anew.

use super::documents::Document;
use super::fold::Needle;
use super::{Found, Place, Wanted, sql};
use crate::db::{Tx, postgres};
use sqlx::{Postgres, QueryBuilder};

/// The newest rows that fit.
pub(super) async fn newest(tx: &mut Tx, wanted: &Wanted) -> sqlx::Result<Vec<Found>> {
    let is_narrow = count(tx, wanted).await? <= wanted.few;
    let mut sql = QueryBuilder::<Postgres>::new("SELECT");
    sql::columns(&mut sql);
    sql.push("search_documents d WHERE d.workspace_id = ").push_bind(wanted.workspace);
    // The planner takes a list of unknown places to leave a twentieth of the rows. Where they are most of
    // all, that would hide from it that a walk from the newest row on is soon done, and the index of
    // places must not tempt it.
    let (before, after) =
        if is_narrow { (" AND", "") } else { (" AND CASE WHEN", " THEN TRUE ELSE FALSE END") };
    sql.push(before).push(" d.place_id = ANY (ARRAY(");
    sql::readable(&mut sql, wanted);
    sql.push("))").push(after);
    if let Some(places) = &wanted.places {
        sql.push(" AND d.place_id IN ");
        sql::list(&mut sql, places);
    }
    sql::filters(&mut sql, wanted);
    if let Some(Place { at, id }) = wanted.below {
        sql.push(" AND (d.at, d.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    for needle in &wanted.needles {
        match needle {
            // The words hold nothing but letters, digits and spaces.
            Needle::Part(part) => sql.push(" AND d.text LIKE ").push_bind(format!("%{part}%")),
            Needle::Words(words) => {
                sql.push(" AND d.words @@ phraseto_tsquery('simple', ").push_bind(words.clone()).push(")")
            }
        };
    }
    sql.push(" ORDER BY d.at DESC, d.id DESC LIMIT ").push_bind(wanted.rows);
    tx.statement("SELECT");
    let connection = postgres(tx).expect("it is PostgreSQL");
    sql.build_query_as().persistent(false).fetch_all(connection).await
}

/// How many rows stand where the caller may read and the query says, counted up to a bound.
async fn count(tx: &mut Tx, wanted: &Wanted) -> sqlx::Result<i64> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT COUNT(*) FROM (SELECT 1 FROM unnest(ARRAY(");
    sql::readable(&mut sql, wanted);
    sql.push(
        ")) AS readable (id) CROSS JOIN LATERAL
         (SELECT 1 FROM search_documents d WHERE d.place_id = readable.id ORDER BY d.at DESC, d.id DESC LIMIT ",
    );
    sql.push_bind(wanted.few + 1).push(") AS of_place");
    if let Some(places) = &wanted.places {
        sql.push(" WHERE readable.id IN ");
        sql::list(&mut sql, places);
    }
    sql.push(" LIMIT ").push_bind(wanted.few + 1).push(") AS counted");
    tx.statement("SELECT");
    let connection = postgres(tx).expect("it is PostgreSQL");
    sql.build_query_scalar().persistent(false).fetch_one(connection).await
}

/// Adds documents, or changes those that are there.
pub(super) async fn put(tx: &mut Tx, documents: &[&Document]) -> sqlx::Result<()> {
    tx.statement("INSERT INTO search_documents");
    let connection = postgres(tx).expect("it is PostgreSQL");
    let put = sqlx::query(
        "INSERT INTO search_documents
             (entity_id, kind, workspace_id, place_id, author_id, at, has_file, has_link, text)
         SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[],
                              $7::boolean[], $8::boolean[], $9::text[])
         ON CONFLICT (entity_id) DO UPDATE
         SET text = EXCLUDED.text, has_file = EXCLUDED.has_file, has_link = EXCLUDED.has_link",
    );
    put.bind(documents.iter().map(|one| one.entity).collect::<Vec<_>>())
        .bind(documents.iter().map(|one| one.kind.word()).collect::<Vec<_>>())
        .bind(documents.iter().map(|one| one.workspace.0).collect::<Vec<_>>())
        .bind(documents.iter().map(|one| one.place).collect::<Vec<_>>())
        .bind(documents.iter().map(|one| one.author.0).collect::<Vec<_>>())
        .bind(documents.iter().map(|one| one.at.0).collect::<Vec<_>>())
        .bind(documents.iter().map(|one| one.has_file).collect::<Vec<_>>())
        .bind(documents.iter().map(|one| one.has_link).collect::<Vec<_>>())
        .bind(documents.iter().map(|one| one.text.as_str()).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}
