//! The conditions that both databases share. Only constants are put together here; every value is bound.

use super::{RANKED_CHARS, Wanted};
use sqlx::{Database, Encode, QueryBuilder, Type};
use uuid::Uuid;

/// Adds the columns of [`super::Found`].
pub(super) fn columns<DB: Database>(sql: &mut QueryBuilder<DB>)
where
    for<'v> i32: Encode<'v, DB> + Type<DB>,
{
    sql.push(" d.id, d.entity_id, d.kind, d.place_id, d.author_id, d.at, substr(d.text, 1, ");
    sql.push_bind(RANKED_CHARS);
    sql.push(") AS text FROM ");
}

/// Adds the question for all places of the workspace that the caller may read: its feed, conversations
/// that they are in, and, unless they are a guest, its rooms.
pub(super) fn readable<DB: Database>(sql: &mut QueryBuilder<DB>, wanted: &Wanted)
where
    for<'v> Uuid: Encode<'v, DB> + Type<DB>,
{
    for leg in [
        "SELECT m.workspace_id AS id FROM members m WHERE ",
        " UNION SELECT c.id FROM members m JOIN participants p ON p.user_id = m.user_id
          JOIN conversations c ON c.id = p.conversation_id AND c.workspace_id = m.workspace_id WHERE ",
        " UNION SELECT c.id FROM members m JOIN conversations c ON c.workspace_id = m.workspace_id
          WHERE c.kind = 'room' AND m.role <> 'guest' AND ",
    ] {
        sql.push(leg);
        sql.push("m.user_id = ");
        sql.push_bind(wanted.caller);
        sql.push(" AND m.workspace_id = ");
        sql.push_bind(wanted.workspace);
    }
}

/// Adds a list of ids.
pub(super) fn list<DB: Database>(sql: &mut QueryBuilder<DB>, ids: &[Uuid])
where
    for<'v> Uuid: Encode<'v, DB> + Type<DB>,
{
    sql.push("(");
    for (index, id) in ids.iter().enumerate() {
        if index != 0 {
            sql.push(", ");
        }
        sql.push_bind(*id);
    }
    sql.push(")");
}

/// Adds the filters but for the place.
pub(super) fn filters<DB: Database>(sql: &mut QueryBuilder<DB>, wanted: &Wanted)
where
    for<'v> Uuid: Encode<'v, DB> + Type<DB>,
    for<'v> i64: Encode<'v, DB> + Type<DB>,
{
    if let Some(authors) = &wanted.authors {
        sql.push(" AND d.author_id IN ");
        list(sql, authors);
    }
    if let Some(since) = wanted.since {
        sql.push(" AND d.at >= ");
        sql.push_bind(since);
    }
    if let Some(until) = wanted.until {
        sql.push(" AND d.at < ");
        sql.push_bind(until);
    }
    if wanted.has_link {
        sql.push(" AND d.has_link");
    }
    if wanted.has_file {
        sql.push(" AND d.has_file");
    }
    if wanted.has_file && wanted.needles.is_empty() {
        // A message that brings files would stand there once more, beside each of them.
        sql.push(" AND d.kind = 'file'");
    }
}
