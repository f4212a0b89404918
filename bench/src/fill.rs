//! Many messages at once, past the server. The only SQL outside of `store`: a million commands would
//! take longer than what is measured, and only the rows matter here.

use crate::Result;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use uuid::Uuid;

/// Rows in one statement.
const AT_ONCE: usize = 5_000;

/// A message to be.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) id: Uuid,
    pub(crate) conversation: Uuid,
    pub(crate) author: Uuid,
    pub(crate) at: i64,
    pub(crate) body: String,
    pub(crate) html: String,
}

/// Writes messages, in this order, and makes the server fill its search anew.
pub(crate) async fn messages(url: &str, lines: impl Iterator<Item = Line>) -> Result<()> {
    let mut database = Database::open(url).await?;
    let mut waiting = Vec::with_capacity(AT_ONCE);
    let mut seq = 1_000_000;
    for line in lines {
        waiting.push(line);
        if waiting.len() == AT_ONCE {
            seq += database.insert(&waiting, seq).await?;
            waiting.clear();
        }
    }
    database.insert(&waiting, seq).await?;
    database.execute("DELETE FROM settings WHERE key = 'search_filled'").await
}

/// Whether the server has filled its search, and lets the planner know of it.
pub(crate) async fn is_filled(url: &str) -> Result<bool> {
    let mut database = Database::open(url).await?;
    let done = "SELECT value FROM settings WHERE key = 'search_filled' AND value = 'done'";
    let found: Option<(String,)> = match &mut database {
        Database::Sqlite(connection) => sqlx::query_as(done).fetch_optional(connection).await?,
        Database::Postgres(connection) => sqlx::query_as(done).fetch_optional(connection).await?,
    };
    if found.is_some() {
        database.execute("ANALYZE").await?;
    }
    Ok(found.is_some())
}

enum Database {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Database {
    async fn open(url: &str) -> Result<Self> {
        Ok(match url.starts_with("postgres") {
            true => Self::Postgres(PgConnection::connect(url).await?),
            false => Self::Sqlite(SqliteConnection::connect(url).await?),
        })
    }

    async fn execute(&mut self, sql: &'static str) -> Result<()> {
        match self {
            Self::Sqlite(connection) => sqlx::query(sql).execute(connection).await.map(|_| ())?,
            Self::Postgres(connection) => sqlx::query(sql).execute(connection).await.map(|_| ())?,
        }
        Ok(())
    }

    async fn insert(&mut self, lines: &[Line], seq: i64) -> Result<i64> {
        const INTO: &str =
            "INSERT INTO messages (id, conversation_id, in_room, author_id, body, html, at, seq) ";
        match self {
            Self::Sqlite(connection) => {
                let hex = |id: Uuid| id.simple().to_string();
                let rows: Vec<_> = lines
                    .iter()
                    .map(|line| {
                        (
                            hex(line.id),
                            hex(line.conversation),
                            hex(line.author),
                            line.at,
                            &line.body,
                            &line.html,
                        )
                    })
                    .collect();
                let sql =
                    "SELECT unhex(value ->> 0), unhex(value ->> 1), TRUE, unhex(value ->> 2), value ->> 4,
                                  value ->> 5, value ->> 3, $2 + key FROM json_each($1)";
                let query = sqlx::query(AssertSqlSafe(format!("{INTO}{sql}")));
                query.bind(serde_json::to_string(&rows)?).bind(seq).execute(connection).await?;
            }
            Self::Postgres(connection) => {
                let sql = "SELECT id, place, TRUE, author, body, html, at, $7 + rank
                           FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[])
                                WITH ORDINALITY AS given (id, place, author, at, body, html, rank)";
                sqlx::query(AssertSqlSafe(format!("{INTO}{sql}")))
                    .bind(lines.iter().map(|line| line.id).collect::<Vec<_>>())
                    .bind(lines.iter().map(|line| line.conversation).collect::<Vec<_>>())
                    .bind(lines.iter().map(|line| line.author).collect::<Vec<_>>())
                    .bind(lines.iter().map(|line| line.at).collect::<Vec<_>>())
                    .bind(lines.iter().map(|line| line.body.as_str()).collect::<Vec<_>>())
                    .bind(lines.iter().map(|line| line.html.as_str()).collect::<Vec<_>>())
                    .bind(seq)
                    .execute(connection)
                    .await?;
            }
        }
        Ok(i64::try_from(lines.len())?)
    }
}
