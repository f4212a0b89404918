//! The audit log: what administrators of the instance and of workspaces did, and who signed in.
//!
//! An action is `<noun>.<past participle>`. Lines name people by id, so that a deleted account
//! leaves no name here.

use crate::db::{Tx, execute, fetch_all};
use crate::log::signed;
use crate::users;
use crate::writer::WriteTx;
use crate::{Caller, Error, Result, Store, access};
use protocol::admin::AuditEntry;
use protocol::page::{Page, PageKey};
use protocol::{AuditId, Timestamp, UserId, limits};
use uuid::Uuid;

/// Rows deleted per job, so that other writes get between.
const DELETED_AT_ONCE: i64 = 2_000;

/// Writes down what a signed-in person did; the address is that of their device's last request.
pub(crate) async fn by(
    tx: &mut WriteTx,
    caller: &Caller,
    action: &'static str,
    subject: Option<UserId>,
    detail: &str,
) -> Result<()> {
    let address = crate::sessions::address(tx, caller.session).await?;
    from(tx, &address, Some(caller.user), action, subject, detail).await
}

/// Writes down what came from an address; the command line has none.
pub(crate) async fn from(
    tx: &mut WriteTx,
    address: &str,
    actor: Option<UserId>,
    action: &'static str,
    subject: Option<UserId>,
    detail: &str,
) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO audit (id, at, actor_id, action, subject_id, detail, address)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        AuditId::new(tx.now).0,
        tx.now.0,
        actor.map(|user| user.0),
        action,
        subject.map(|user| user.0),
        detail,
        address
    )?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    at: i64,
    actor_id: Option<Uuid>,
    action: String,
    subject_id: Option<Uuid>,
    detail: String,
    address: String,
}

impl Store {
    /// The audit log, the newest line first. For administrators.
    ///
    /// # Errors
    /// 403 for others, 400 for a key that is none.
    pub async fn admin_audit(&self, caller: &Caller, before: Option<PageKey>) -> Result<Page<AuditEntry>> {
        access::instance_admin(caller)?;
        let (at, id) = match &before {
            Some(key) => place(key)?,
            None => (i64::MAX, Uuid::max()),
        };
        self.read(move |tx| Box::pin(list(tx, at, id))).await
    }

    /// Deletes lines of the audit log from before `older_than`. Returns how many went.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; what is left is deleted the next time.
    pub async fn prune_audit(&self, older_than: Timestamp) -> Result<u64> {
        let mut deleted = 0;
        loop {
            let job = self.write(move |tx| {
                Box::pin(async move {
                    Ok(execute!(
                        tx,
                        "DELETE FROM audit WHERE id IN
                         (SELECT id FROM audit WHERE at < $1 ORDER BY at, id LIMIT $2)",
                        older_than.0,
                        DELETED_AT_ONCE
                    )?)
                })
            });
            match job.await?.value {
                0 => return Ok(deleted),
                rows => deleted += rows,
            }
        }
    }
}

async fn list(tx: &mut Tx, at: i64, id: Uuid) -> Result<Page<AuditEntry>> {
    let rows = fetch_all!(
        tx,
        Row,
        "SELECT id, at, actor_id, action, subject_id, detail, address FROM audit
         WHERE (at, id) < ($1, $2) ORDER BY at DESC, id DESC LIMIT $3",
        at,
        id,
        signed(limits::PEOPLE_PAGE_ROWS as u64 + 1)
    )?;
    let ids = rows.iter().flat_map(|row| [row.actor_id, row.subject_id]).flatten().collect();
    let people = users::people(tx, ids).await?;
    let person = |id: Option<Uuid>| id.and_then(|id| people.get(&UserId(id)).cloned());
    let mut items: Vec<AuditEntry> = rows
        .into_iter()
        .map(|row| AuditEntry {
            id: AuditId(row.id),
            at: Timestamp(row.at),
            actor: person(row.actor_id),
            action: row.action,
            subject: person(row.subject_id),
            detail: row.detail,
            address: row.address,
        })
        .collect();
    let next = users::next_key(&mut items, |last| format!("{}.{}", last.at.0, last.id));
    Ok(Page { items, next, as_of: None })
}

fn place(key: &PageKey) -> Result<(i64, Uuid)> {
    let parts = key.0.split_once('.');
    let place = parts.and_then(|(at, id)| Some((at.parse().ok()?, Uuid::parse_str(id).ok()?)));
    place.ok_or_else(|| Error::from(protocol::Error::bad_request("This page does not exist.")))
}
