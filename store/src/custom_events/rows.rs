//! Custom events as rows, and rows as custom events.

use crate::authors::Author;
use crate::db::{Tx, fetch_all, fetch_optional};
use crate::{Error, Result};
use protocol::custom_event::{CustomEvent, Notice};
use protocol::json::Json;
use protocol::{CustomEventId, Timestamp, UserId, WorkspaceId};
use uuid::Uuid;

/// A custom event with who published it.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: Uuid,
    workspace_id: Uuid,
    user_id: Option<Uuid>,
    kind: String,
    payload: String,
    notice: Option<String>,
    link: Option<String>,
    at: i64,
    deleted: bool,
    #[sqlx(flatten)]
    source: Author,
}

/// The columns of [`Row`] from `custom_events e` and `users u`.
macro_rules! event_columns {
    () => {
        concat!(
            "e.id, e.workspace_id, e.user_id, e.kind, e.payload, e.notice, e.link, e.at, \
             e.deleted_at IS NOT NULL AS deleted, ",
            $crate::authors::author_columns!()
        )
    };
}
pub(super) use event_columns;

impl Row {
    pub(super) fn is_deleted(&self) -> bool {
        self.deleted
    }

    pub(super) fn event(self) -> Result<CustomEvent> {
        let payload =
            Json::stored(self.payload).map_err(|why| Error::corrupt("custom_events", self.id, why))?;
        let link = self.link;
        Ok(CustomEvent {
            id: CustomEventId(self.id),
            workspace: WorkspaceId(self.workspace_id),
            person: self.user_id.map(UserId),
            kind: self.kind,
            payload,
            notice: self.notice.map(|text| Notice { text, link }),
            source: self.source.into(),
            at: Timestamp(self.at),
        })
    }
}

/// Those of these events that are known, deleted ones too.
pub(super) async fn these(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Row>> {
    Ok(fetch_all!(
        tx,
        Row,
        ids = ids,
        "SELECT e.id, e.workspace_id, e.user_id, e.kind, e.payload, e.notice, e.link, e.at,
                e.deleted_at IS NOT NULL AS deleted,
                u.id AS author_id, u.name AS author_name, u.handle AS author_handle,
                CAST(u.hue AS BIGINT) AS author_hue, u.former AS author_former, u.bot_of IS NOT NULL AS author_bot
         FROM custom_events e JOIN users u ON u.id = e.source_id WHERE e.id IN (SELECT id FROM ids)"
    )?)
}

/// Where an event stands, and whose it is.
pub(super) struct Place {
    pub(super) workspace: WorkspaceId,
    pub(super) person: Option<UserId>,
    pub(super) source: UserId,
    pub(super) deleted: bool,
}

pub(super) async fn place(tx: &mut Tx, id: CustomEventId) -> Result<Option<Place>> {
    let row = fetch_optional!(
        tx,
        (Uuid, Option<Uuid>, Uuid, bool),
        "SELECT workspace_id, user_id, source_id, deleted_at IS NOT NULL FROM custom_events WHERE id = $1",
        id.0
    )?;
    Ok(row.map(|(workspace, person, source, deleted)| Place {
        workspace: WorkspaceId(workspace),
        person: person.map(UserId),
        source: UserId(source),
        deleted,
    }))
}
