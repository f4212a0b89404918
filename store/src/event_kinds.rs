//! Kinds of custom events that a workspace registered, each with the JSON Schema that payloads have to fit.

mod schema;

pub(crate) use schema::Schemas;

use crate::authors::{Author, author_columns};
use crate::db::{Tx, execute, fetch_all, fetch_one, fetch_optional};
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, access, audit, authors, workspaces};
use futures::FutureExt;
use protocol::custom_event::{self, RegisteredKind};
use protocol::json::Json;
use protocol::{Error, Timestamp, WorkspaceId, limits};
use std::sync::Arc;

#[derive(sqlx::FromRow)]
struct Row {
    kind: String,
    schema: String,
    at: i64,
    #[sqlx(flatten)]
    by: Author,
}

impl Row {
    fn registered(self) -> Result<RegisteredKind> {
        let schema =
            Json::stored(self.schema).map_err(|why| crate::Error::corrupt("event_kinds", &self.kind, why))?;
        Ok(RegisteredKind { kind: self.kind, schema, by: self.by.into(), at: Timestamp(self.at) })
    }
}

impl Store {
    /// The kinds that a workspace registered, by name.
    ///
    /// # Errors
    /// 404 outside.
    pub async fn event_kinds(&self, caller: &Caller, workspace: WorkspaceId) -> Result<Vec<RegisteredKind>> {
        let caller = *caller;
        self.read(move |tx| {
            async move {
                access::member(tx, &caller, workspace).await?;
                let rows = fetch_all!(
                    tx,
                    Row,
                    concat!(
                        "SELECT k.kind, k.schema, k.at, ",
                        author_columns!(),
                        " FROM event_kinds k JOIN users u ON u.id = k.user_id
                         WHERE k.workspace_id = $1 ORDER BY k.kind"
                    ),
                    workspace.0
                )?;
                rows.into_iter().map(Row::registered).collect()
            }
            .boxed()
        })
        .await
    }

    /// Registers a kind with its schema, which from then on is enforced; once more replaces it. For admins
    /// of the workspace.
    ///
    /// # Errors
    /// 404 outside, 403 for others, 422 for a kind that is none, for a schema that cannot be used and for
    /// one kind too many, 413 for a schema that is too large.
    pub async fn register_event_kind(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        kind: &str,
        schema: Json,
    ) -> Result<RegisteredKind> {
        let caller = *caller;
        let kind = Arc::new(custom_event::kind(kind)?);
        // Nobody but its admins lets this server think about a schema.
        self.read(move |tx| async move { access::member(tx, &caller, workspace).await?.moderator() }.boxed())
            .await?;
        let schema = Arc::new(schema::checked(schema).await?);
        let written = self.write(move |tx| {
            let (kind, schema) = (Arc::clone(&kind), Arc::clone(&schema));
            async move { register(tx, &caller, workspace, &kind, &schema).await }.boxed()
        });
        Ok(written.await?.value)
    }

    /// From now on payloads of this kind may be anything. Once more does nothing. For admins of the
    /// workspace.
    ///
    /// # Errors
    /// 404 outside, 403 for others.
    pub async fn unregister_event_kind(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        kind: &str,
    ) -> Result<()> {
        let (caller, kind) = (*caller, kind.to_owned());
        self.write(move |tx| {
            let kind = kind.clone();
            async move {
                access::member(tx, &caller, workspace).await?.moderator()?;
                let sql = "DELETE FROM event_kinds WHERE workspace_id = $1 AND kind = $2";
                if execute!(tx, sql, workspace.0, &kind)? != 0 {
                    audit::by(tx, &caller, "event.unregistered", None, &kind).await?;
                }
                Ok(())
            }
            .boxed()
        })
        .await?;
        Ok(())
    }
}

async fn register(
    tx: &mut WriteTx,
    caller: &Caller,
    workspace: WorkspaceId,
    kind: &str,
    schema: &Json,
) -> Result<RegisteredKind> {
    access::member(tx, caller, workspace).await?.moderator()?;
    workspaces::take_turns(tx, workspace).await?;
    let by = authors::person(tx, caller.user).await?;
    let sql = "SELECT COUNT(*) FROM event_kinds WHERE workspace_id = $1 AND kind <> $2";
    let (others,) = fetch_one!(tx, (i64,), sql, workspace.0, kind)?;
    if limits::EVENT_KINDS_MAX as i64 <= others {
        let message = format!("At most {} kinds; remove one first.", limits::EVENT_KINDS_MAX);
        return Err(Error::invalid("kind", message).into());
    }
    let sql = "SELECT schema, at FROM event_kinds WHERE workspace_id = $1 AND kind = $2 AND user_id = $3";
    let there = fetch_optional!(tx, (String, i64), sql, workspace.0, kind, caller.user.0)?;
    let at = match there.filter(|(there, _)| there == schema.text()) {
        Some((_, at)) => Timestamp(at),
        None => {
            execute!(
                tx,
                "INSERT INTO event_kinds (workspace_id, kind, schema, user_id, at) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (workspace_id, kind) DO UPDATE SET
                     schema = excluded.schema, user_id = excluded.user_id, at = excluded.at",
                workspace.0,
                kind,
                schema.text(),
                caller.user.0,
                tx.now.0
            )?;
            audit::by(tx, caller, "event.registered", None, kind).await?;
            tx.now
        }
    };
    Ok(RegisteredKind { kind: kind.to_owned(), schema: schema.clone(), by, at })
}

/// What these kinds are registered with; kinds that are not are missing.
pub(crate) async fn schemas(tx: &mut Tx, workspace: WorkspaceId, kinds: &[String]) -> Result<Schemas> {
    let rows = fetch_all!(
        tx,
        (String, String),
        texts = kinds,
        "SELECT kind, schema FROM event_kinds WHERE workspace_id = $2 AND kind IN (SELECT text FROM texts)",
        workspace.0
    )?;
    Ok(Schemas::new(rows))
}
