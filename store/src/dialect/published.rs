//! What comes of custom events, many rows at once.

use super::json;
use crate::db::{Handle, Tx};
use uuid::Uuid;

/// One custom event to write.
pub(crate) struct CustomEventRow<'a> {
    pub(crate) id: Uuid,
    pub(crate) workspace: Uuid,
    pub(crate) user: Option<Uuid>,
    pub(crate) source: Uuid,
    pub(crate) noun: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) payload: &'a str,
    pub(crate) notice: Option<&'a str>,
    pub(crate) link: Option<&'a str>,
    pub(crate) at: i64,
}

/// Writes custom events.
pub(crate) async fn insert_custom_events(tx: &mut Tx, rows: &[CustomEventRow<'_>]) -> sqlx::Result<()> {
    match tx.statement("INSERT INTO custom_events") {
        Handle::Sqlite(tx) => {
            let hex = |id: Uuid| id.simple().to_string();
            let rows: Vec<_> = rows
                .iter()
                .map(|row| {
                    let ids = (hex(row.id), hex(row.workspace), row.user.map(hex), hex(row.source));
                    (ids, row.noun, row.kind, row.payload, row.notice, row.link, row.at)
                })
                .collect();
            let insert = sqlx::query(
                "INSERT INTO custom_events
                     (id, workspace_id, user_id, source_id, noun, kind, payload, notice, link, at)
                 SELECT unhex(value ->> '$[0][0]'), unhex(value ->> '$[0][1]'), unhex(value ->> '$[0][2]'),
                        unhex(value ->> '$[0][3]'), value ->> 1, value ->> 2, value ->> 3, value ->> 4,
                        value ->> 5, value ->> 6
                 FROM json_each($1)",
            );
            insert.bind(json(&rows)).execute(&mut **tx).await?;
        }
        Handle::Postgres(tx) => {
            let insert = sqlx::query(
                "INSERT INTO custom_events
                     (id, workspace_id, user_id, source_id, noun, kind, payload, notice, link, at)
                 SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[],
                                      $7::text[], $8::text[], $9::text[], $10::bigint[])",
            );
            insert
                .bind(rows.iter().map(|row| row.id).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.workspace).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.user).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.source).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.noun).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.kind).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.payload).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.notice).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.link).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.at).collect::<Vec<_>>())
                .execute(&mut **tx)
                .await?;
        }
    }
    Ok(())
}

/// What many people are told at once.
pub(crate) struct ToldRow<'a> {
    pub(crate) kind: &'a str,
    pub(crate) workspace: Uuid,
    pub(crate) event: Uuid,
    pub(crate) title: &'a str,
    pub(crate) excerpt: &'a str,
    pub(crate) link: Option<&'a str>,
    pub(crate) actor: Uuid,
}

/// Writes one notification for each of these people: its id, whose it is, and when.
pub(crate) async fn insert_notifications(
    tx: &mut Tx,
    row: &ToldRow<'_>,
    people: &[(Uuid, Uuid, i64)],
) -> sqlx::Result<()> {
    match tx.statement("INSERT INTO notifications") {
        Handle::Sqlite(tx) => {
            let people: Vec<_> = people
                .iter()
                .map(|(id, user, at)| (id.simple().to_string(), user.simple().to_string(), at))
                .collect();
            let people = json(&people);
            let insert = sqlx::query(
                "INSERT INTO notifications (id, user_id, at, kind, workspace_id, event_id, title, excerpt, link)
                 SELECT unhex(value ->> 0), unhex(value ->> 1), value ->> 2, $2, $3, $4, $5, $6, $7
                 FROM json_each($1)",
            );
            let insert = insert.bind(people.as_str()).bind(row.kind).bind(row.workspace).bind(row.event);
            insert.bind(row.title).bind(row.excerpt).bind(row.link).execute(&mut **tx).await?;
            let insert = sqlx::query(
                "INSERT INTO notification_actors (notification_id, user_id, emoji, at)
                 SELECT unhex(value ->> 0), $2, '', value ->> 2 FROM json_each($1)",
            );
            insert.bind(people.as_str()).bind(row.actor).execute(&mut **tx).await?;
        }
        Handle::Postgres(tx) => {
            let ids: Vec<Uuid> = people.iter().map(|(id, _, _)| *id).collect();
            let users: Vec<Uuid> = people.iter().map(|(_, user, _)| *user).collect();
            let times: Vec<i64> = people.iter().map(|(_, _, at)| *at).collect();
            let insert = sqlx::query(
                "INSERT INTO notifications (id, user_id, at, kind, workspace_id, event_id, title, excerpt, link)
                 SELECT given.*, $4, $5, $6, $7, $8, $9
                 FROM UNNEST($1::uuid[], $2::uuid[], $3::bigint[]) AS given",
            );
            let insert = insert.bind(&ids).bind(&users).bind(&times);
            let insert = insert.bind(row.kind).bind(row.workspace).bind(row.event);
            insert.bind(row.title).bind(row.excerpt).bind(row.link).execute(&mut **tx).await?;
            let insert = sqlx::query(
                "INSERT INTO notification_actors (notification_id, user_id, emoji, at)
                 SELECT given.id, $3, '', given.at FROM UNNEST($1::uuid[], $2::bigint[]) AS given (id, at)",
            );
            insert.bind(&ids).bind(&times).bind(row.actor).execute(&mut **tx).await?;
        }
    }
    Ok(())
}
