//! The statements in which the two databases differ: bulk ones, where SQLite unpacks a JSON list
//! and PostgreSQL arrays.

pub(crate) mod published;

use crate::db::{Handle, Tx};
use crate::writer::Turn;
use sqlx::FromRow;
use uuid::Uuid;

/// How far a topic's numbers rise.
pub(crate) struct Rise {
    pub(crate) topic: String,
    pub(crate) events: i64,
    pub(crate) permission_epochs: i64,
}

/// A topic after it rose.
#[derive(FromRow)]
pub(crate) struct Risen {
    pub(crate) id: String,
    pub(crate) epoch: Uuid,
    pub(crate) head_seq: i64,
    pub(crate) permission_epoch: i64,
}

/// A row of `events`.
pub(crate) struct EventRow {
    pub(crate) topic: String,
    pub(crate) seq: i64,
    pub(crate) id: Uuid,
    pub(crate) kind: &'static str,
    pub(crate) actor: Option<Uuid>,
    pub(crate) entity: Option<Uuid>,
    pub(crate) permission_epoch: i64,
    pub(crate) payload: std::sync::Arc<str>,
}

/// The advisory lock of all writers; the number only has to be nobody else's.
const WRITERS: i64 = 0x68_75_62_62_75_62;
/// How long a group waits for a row that another node has locked, before it counts as a collision: long
/// against a group (a few milliseconds), short against the second after which PostgreSQL looks for
/// transactions that wait for each other. In milliseconds.
const LOCKED_FOR_MAX: &str = "300";

/// Begins a group of writes, beside those of other nodes or without them. SQLite has one writer anyway.
pub(crate) async fn take_turn(tx: &mut Tx, turn: Turn) -> sqlx::Result<()> {
    let lock = match turn {
        // The time limit comes after the lock: whoever writes alone may be waited for.
        Turn::Shared => "SELECT pg_advisory_xact_lock_shared($1), set_config('lock_timeout', $2, true)",
        Turn::Alone => {
            "SELECT pg_advisory_xact_lock($1), set_config('lock_timeout', '0', true) WHERE $2 <> ''"
        }
    };
    if !tx.is_sqlite()
        && let Handle::Postgres(tx) = tx.statement(lock)
    {
        sqlx::query(lock).bind(WRITERS).bind(LOCKED_FOR_MAX).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Reserves numbers in all topics at once; `rises` is in topic order, one entry per topic.
pub(crate) async fn raise_heads(tx: &mut Tx, rises: &[Rise]) -> sqlx::Result<Vec<Risen>> {
    match tx.statement("UPDATE topics") {
        Handle::Sqlite(tx) => {
            let rises: Vec<_> = rises.iter().map(|r| (&r.topic, r.events, r.permission_epochs)).collect();
            sqlx::query_as(
                "UPDATE topics SET head_seq = head_seq + given.events,
                                   permission_epoch = permission_epoch + given.raises
                 FROM (SELECT value ->> 0 AS id, value ->> 1 AS events, value ->> 2 AS raises
                       FROM json_each($1)) AS given
                 WHERE topics.id = given.id
                 RETURNING topics.id, topics.epoch, topics.head_seq, topics.permission_epoch",
            )
            .bind(json(&rises))
            .fetch_all(&mut **tx)
            .await
        }
        Handle::Postgres(tx) => {
            let ids: Vec<&str> = rises.iter().map(|rise| rise.topic.as_str()).collect();
            if 1 < ids.len() {
                // Every node locks in the same order, so that two of them cannot wait for each other.
                sqlx::query("SELECT FROM topics WHERE id = ANY($1) ORDER BY id FOR UPDATE")
                    .bind(&ids)
                    .execute(&mut **tx)
                    .await?;
            }
            sqlx::query_as(
                "UPDATE topics SET head_seq = head_seq + given.events,
                                   permission_epoch = permission_epoch + given.raises
                 FROM UNNEST($1::text[], $2::bigint[], $3::bigint[]) AS given (id, events, raises)
                 WHERE topics.id = given.id
                 RETURNING topics.id, topics.epoch, topics.head_seq, topics.permission_epoch",
            )
            .bind(&ids)
            .bind(rises.iter().map(|rise| rise.events).collect::<Vec<_>>())
            .bind(rises.iter().map(|rise| rise.permission_epochs).collect::<Vec<_>>())
            .fetch_all(&mut **tx)
            .await
        }
    }
}

/// Writes the events of a whole group.
pub(crate) async fn insert_events(tx: &mut Tx, rows: &[EventRow], at: i64) -> sqlx::Result<()> {
    match tx.statement("INSERT INTO events") {
        Handle::Sqlite(tx) => {
            let hex = |id: Uuid| id.simple().to_string();
            let rows: Vec<_> = rows
                .iter()
                .map(|row| {
                    let (actor, entity) = (row.actor.map(hex), row.entity.map(hex));
                    let payload: &str = &row.payload;
                    (&row.topic, row.seq, hex(row.id), row.kind, actor, entity, row.permission_epoch, payload)
                })
                .collect();
            sqlx::query(
                "INSERT INTO events (topic_id, seq, id, kind, actor_id, entity_id, permission_epoch, payload, at)
                 SELECT value ->> 0, value ->> 1, unhex(value ->> 2), value ->> 3, unhex(value ->> 4),
                        unhex(value ->> 5), value ->> 6, value ->> 7, $2
                 FROM json_each($1)",
            )
            .bind(json(&rows))
            .bind(at)
            .execute(&mut **tx)
            .await?;
        }
        Handle::Postgres(tx) => {
            sqlx::query(
                "INSERT INTO events (topic_id, seq, id, kind, actor_id, entity_id, permission_epoch, payload, at)
                 SELECT *, $9 FROM UNNEST($1::text[], $2::bigint[], $3::uuid[], $4::text[], $5::uuid[],
                                          $6::uuid[], $7::bigint[], $8::text[])",
            )
            .bind(rows.iter().map(|row| row.topic.as_str()).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.seq).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.id).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.kind).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.actor).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.entity).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.permission_epoch).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| &*row.payload).collect::<Vec<_>>())
            .bind(at)
            .execute(&mut **tx)
            .await?;
        }
    }
    Ok(())
}

/// What a `created` event numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbered {
    Posts,
    Comments,
    Messages,
    /// Rows of `message_mentions`, which have their message's number.
    Mentions,
}

/// Writes the numbers of their `created` events into rows.
pub(crate) async fn stamp(tx: &mut Tx, what: Numbered, rows: &[(Uuid, i64)]) -> sqlx::Result<()> {
    let (sqlite, postgres) = match what {
        Numbered::Posts => (
            "UPDATE posts SET seq = given.seq
             FROM (SELECT unhex(value ->> 0) AS id, value ->> 1 AS seq FROM json_each($1)) AS given
             WHERE posts.id = given.id",
            "UPDATE posts SET seq = given.seq FROM UNNEST($1::uuid[], $2::bigint[]) AS given (id, seq)
             WHERE posts.id = given.id",
        ),
        Numbered::Comments => (
            "UPDATE comments SET seq = given.seq
             FROM (SELECT unhex(value ->> 0) AS id, value ->> 1 AS seq FROM json_each($1)) AS given
             WHERE comments.id = given.id",
            "UPDATE comments SET seq = given.seq FROM UNNEST($1::uuid[], $2::bigint[]) AS given (id, seq)
             WHERE comments.id = given.id",
        ),
        Numbered::Messages => (
            "UPDATE messages SET seq = given.seq
             FROM (SELECT unhex(value ->> 0) AS id, value ->> 1 AS seq FROM json_each($1)) AS given
             WHERE messages.id = given.id",
            "UPDATE messages SET seq = given.seq FROM UNNEST($1::uuid[], $2::bigint[]) AS given (id, seq)
             WHERE messages.id = given.id",
        ),
        Numbered::Mentions => (
            "UPDATE message_mentions SET seq = given.seq
             FROM (SELECT unhex(value ->> 0) AS id, value ->> 1 AS seq FROM json_each($1)) AS given
             WHERE message_mentions.message_id = given.id",
            "UPDATE message_mentions SET seq = given.seq
             FROM UNNEST($1::uuid[], $2::bigint[]) AS given (id, seq)
             WHERE message_mentions.message_id = given.id",
        ),
    };
    match tx.statement(sqlite) {
        Handle::Sqlite(tx) => {
            let rows: Vec<_> = rows.iter().map(|(id, seq)| (id.simple().to_string(), seq)).collect();
            sqlx::query(sqlite).bind(json(&rows)).execute(&mut **tx).await?;
        }
        Handle::Postgres(tx) => {
            sqlx::query(postgres)
                .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
                .bind(rows.iter().map(|(_, seq)| *seq).collect::<Vec<_>>())
                .execute(&mut **tx)
                .await?;
        }
    }
    Ok(())
}

/// A message as it is written.
pub(crate) struct MessageRow<'m> {
    pub(crate) id: Uuid,
    pub(crate) conversation: Uuid,
    pub(crate) thread: Option<Uuid>,
    pub(crate) in_room: bool,
    pub(crate) author: Uuid,
    pub(crate) body: &'m str,
    pub(crate) html: &'m str,
    pub(crate) broadcast: Option<&'static str>,
    pub(crate) at: i64,
}

/// Writes messages. Returns the ids of those that are new: an id names one thing only, because the log is
/// redacted by it.
pub(crate) async fn insert_messages(tx: &mut Tx, rows: &[MessageRow<'_>]) -> sqlx::Result<Vec<Uuid>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    match tx.statement("INSERT INTO messages") {
        Handle::Sqlite(tx) => {
            let hex = |id: Uuid| id.simple().to_string();
            let rows: Vec<_> = rows
                .iter()
                .map(|row| {
                    let ids = (hex(row.id), hex(row.conversation), row.thread.map(hex), hex(row.author));
                    (ids, row.in_room, row.body, row.html, row.broadcast, row.at)
                })
                .collect();
            sqlx::query_scalar(
                "INSERT INTO messages
                     (id, conversation_id, thread_id, author_id, in_room, body, html, broadcast, at)
                 SELECT unhex(value ->> '$[0][0]'), unhex(value ->> '$[0][1]'), unhex(value ->> '$[0][2]'),
                        unhex(value ->> '$[0][3]'), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
                 FROM json_each($1)
                 WHERE NOT EXISTS (SELECT 1 FROM posts WHERE id = unhex(value ->> '$[0][0]'))
                 AND NOT EXISTS (SELECT 1 FROM comments WHERE id = unhex(value ->> '$[0][0]'))
                 ON CONFLICT (id) DO NOTHING RETURNING id",
            )
            .bind(json(&rows))
            .fetch_all(&mut **tx)
            .await
        }
        Handle::Postgres(tx) => {
            sqlx::query_scalar(
                "INSERT INTO messages
                     (id, conversation_id, thread_id, author_id, in_room, body, html, broadcast, at)
                 SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::boolean[], $6::text[],
                                      $7::text[], $8::text[], $9::bigint[]) AS given (id)
                 WHERE NOT EXISTS (SELECT 1 FROM posts WHERE id = given.id)
                 AND NOT EXISTS (SELECT 1 FROM comments WHERE id = given.id)
                 ON CONFLICT (id) DO NOTHING RETURNING id",
            )
            .bind(rows.iter().map(|row| row.id).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.conversation).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.thread).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.author).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.in_room).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.body).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.html).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.broadcast).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.at).collect::<Vec<_>>())
            .fetch_all(&mut **tx)
            .await
        }
    }
}

/// Gives files to a message, ranked as they are listed: those of this person in this place that no
/// message has. Returns how many.
pub(crate) async fn attach_files(
    tx: &mut Tx,
    message: Uuid,
    place: &str,
    uploader: Uuid,
    files: &[Uuid],
) -> sqlx::Result<u64> {
    let changed = match tx.statement("UPDATE files") {
        Handle::Sqlite(tx) => {
            let files: Vec<_> = files.iter().map(|id| id.simple().to_string()).collect();
            let change = sqlx::query(
                "UPDATE files SET message_id = $2, rank = given.rank
                 FROM (SELECT unhex(value) AS id, key AS rank FROM json_each($1)) AS given
                 WHERE files.id = given.id AND files.place = $3 AND files.uploader_id = $4
                   AND files.message_id IS NULL AND files.deleted_at IS NULL",
            );
            let change = change.bind(json(&files)).bind(message).bind(place).bind(uploader);
            change.execute(&mut **tx).await?.rows_affected()
        }
        Handle::Postgres(tx) => {
            let change = sqlx::query(
                "UPDATE files SET message_id = $2, rank = given.rank
                 FROM UNNEST($1::uuid[]) WITH ORDINALITY AS given (id, rank)
                 WHERE files.id = given.id AND files.place = $3 AND files.uploader_id = $4
                   AND files.message_id IS NULL AND files.deleted_at IS NULL",
            );
            let change = change.bind(files).bind(message).bind(place).bind(uploader);
            change.execute(&mut **tx).await?.rows_affected()
        }
    };
    Ok(changed)
}

/// Notes the links of a text, ranked as they are listed. One that is noted already only gets its rank.
pub(crate) async fn note_links(
    tx: &mut Tx,
    target: &str,
    workspace: Uuid,
    urls: &[String],
    at: i64,
) -> sqlx::Result<()> {
    match tx.statement("INSERT INTO links") {
        Handle::Sqlite(tx) => {
            // Without a condition SQLite takes the conflict's ON for a join's.
            let insert = sqlx::query(
                "INSERT INTO links (target, url, workspace_id, rank, at)
                 SELECT $2, value, $3, key, $4 FROM json_each($1) WHERE TRUE
                 ON CONFLICT (target, url) DO UPDATE SET rank = excluded.rank",
            );
            let insert = insert.bind(json(urls)).bind(target).bind(workspace).bind(at);
            insert.execute(&mut **tx).await?;
        }
        Handle::Postgres(tx) => {
            let insert = sqlx::query(
                "INSERT INTO links (target, url, workspace_id, rank, at)
                 SELECT $2, given.url, $3, given.rank, $4
                 FROM UNNEST($1::text[]) WITH ORDINALITY AS given (url, rank)
                 ON CONFLICT (target, url) DO UPDATE SET rank = excluded.rank",
            );
            insert.bind(urls).bind(target).bind(workspace).bind(at).execute(&mut **tx).await?;
        }
    }
    Ok(())
}

/// Replaces what events say.
pub(crate) async fn replace_payloads(tx: &mut Tx, rows: &[(String, i64, String)]) -> sqlx::Result<()> {
    match tx.statement("UPDATE events") {
        Handle::Sqlite(tx) => {
            sqlx::query(
                "UPDATE events SET payload = given.payload
                 FROM (SELECT value ->> 0 AS topic_id, value ->> 1 AS seq, value ->> 2 AS payload
                       FROM json_each($1)) AS given
                 WHERE events.topic_id = given.topic_id AND events.seq = given.seq",
            )
            .bind(json(rows))
            .execute(&mut **tx)
            .await?;
        }
        Handle::Postgres(tx) => {
            sqlx::query(
                "UPDATE events SET payload = given.payload
                 FROM UNNEST($1::text[], $2::bigint[], $3::text[]) AS given (topic_id, seq, payload)
                 WHERE events.topic_id = given.topic_id AND events.seq = given.seq",
            )
            .bind(rows.iter().map(|(topic, _, _)| topic.as_str()).collect::<Vec<_>>())
            .bind(rows.iter().map(|(_, seq, _)| *seq).collect::<Vec<_>>())
            .bind(rows.iter().map(|(_, _, payload)| payload.as_str()).collect::<Vec<_>>())
            .execute(&mut **tx)
            .await?;
        }
    }
    Ok(())
}

/// Size of the whole database in bytes.
pub(crate) async fn size_bytes(tx: &mut Tx) -> sqlx::Result<i64> {
    let size: (i64,) = match tx.statement("SELECT") {
        Handle::Sqlite(tx) => {
            let sql = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
            sqlx::query_as(sql).fetch_one(&mut **tx).await?
        }
        Handle::Postgres(tx) => {
            sqlx::query_as("SELECT pg_database_size(current_database())").fetch_one(&mut **tx).await?
        }
    };
    Ok(size.0)
}

fn json(rows: &(impl serde::Serialize + ?Sized)) -> String {
    serde_json::to_string(rows).expect("lists of texts and numbers are JSON")
}
