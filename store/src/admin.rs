//! What administrators of the instance do: people and workspaces. Every change is in the audit log.

use crate::access;
use crate::authors::{Author, author_columns};
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::log::{number, signed};
use crate::presence::seen_used_at;
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, audit, authors, sessions, users};
use protocol::admin::{Account, InstanceRoleChange, WorkspaceFigures};
use protocol::page::{Page, PageKey};
use protocol::person::InstanceRole;
use protocol::workspace::Workspace;
use protocol::{Error, Timestamp, UserId, WorkspaceId, limits};
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct AccountRow {
    #[sqlx(flatten)]
    author: Author,
    folded: String,
    role: String,
    active: bool,
    at: i64,
    seen_at: Option<i64>,
    sessions: i64,
}

impl AccountRow {
    fn account(self) -> Result<Account> {
        Ok(Account {
            role: users::role_of(&self.role, self.author.id())?,
            person: self.author.into(),
            active: self.active,
            at: Timestamp(self.at),
            seen_at: self.seen_at.map(Timestamp),
            sessions: count(self.sessions),
        })
    }
}

#[derive(sqlx::FromRow)]
struct WorkspaceRow {
    id: Uuid,
    name: String,
    slug: String,
    at: i64,
    previews_links: bool,
    members: i64,
    posts: i64,
}

fn count(value: i64) -> u32 {
    u32::try_from(number(value)).unwrap_or(u32::MAX)
}

impl Store {
    /// All accounts by name, or those whose name or handle contains `query`. Former members have none.
    ///
    /// # Errors
    /// 403 for others than administrators, 400 for a key that is none.
    pub async fn admin_people(
        &self,
        caller: &Caller,
        query: Option<String>,
        after: Option<PageKey>,
    ) -> Result<Page<Account>> {
        access::instance_admin(caller)?;
        let (folded, id) = users::place_after(after)?;
        let (pattern, now) = (users::pattern(query.as_deref()), self.now());
        self.read(move |tx| {
            Box::pin(async move {
                let mut rows = fetch_all!(
                    tx,
                    AccountRow,
                    concat!(
                        "SELECT ",
                        author_columns!(),
                        ", u.folded, u.role, u.active, u.at,
                         (SELECT MAX(",
                        seen_used_at!(),
                        ") FROM sessions s WHERE s.user_id = u.id) AS seen_at,
                         (SELECT COUNT(*) FROM sessions s WHERE s.user_id = u.id AND s.ended_at IS NULL
                          AND s.expires_at > $1 AND s.token_id IS NULL) AS sessions
                         FROM users u
                         WHERE NOT u.former AND u.folded LIKE $2 ESCAPE '!' AND (u.folded, u.id) > ($3, $4)
                         ORDER BY u.folded, u.id LIMIT $5"
                    ),
                    now.0,
                    pattern,
                    folded,
                    id,
                    signed(limits::PEOPLE_PAGE_ROWS as u64 + 1)
                )?;
                let next = users::next_key(&mut rows, |last| format!("{}.{}", last.author.id(), last.folded));
                let items = rows.into_iter().map(AccountRow::account).collect::<Result<_>>()?;
                Ok(Page { items, next, as_of: None })
            })
        })
        .await
    }

    /// Makes somebody an administrator of the instance, or no longer one. Once more does nothing.
    ///
    /// # Errors
    /// 403 for others than administrators, and for the last one; 404 for an account that is not there.
    pub async fn admin_set_role(&self, caller: &Caller, change: InstanceRoleChange) -> Result<()> {
        let caller = *caller;
        access::instance_admin(&caller)?;
        self.write(move |tx| {
            Box::pin(async move {
                if set_role(tx, change.user, change.role).await? {
                    let word = users::role_word(change.role);
                    audit::by(tx, &caller, "account.role_changed", Some(change.user), word).await?;
                }
                Ok(())
            })
        })
        .await?;
        Ok(())
    }

    /// Signs somebody out everywhere and lets them in no more. Once more does nothing.
    ///
    /// # Errors
    /// 403 for others than administrators, for oneself and for the last administrator; 404 for an
    /// account that is not there.
    pub async fn admin_deactivate(&self, caller: &Caller, user: UserId) -> Result<()> {
        let caller = *caller;
        access::instance_admin(&caller)?;
        if user == caller.user {
            return Err(Error::forbidden("You cannot deactivate your own account.").into());
        }
        self.write(move |tx| {
            Box::pin(async move {
                if !account(tx, user).await?.active {
                    return Ok(());
                }
                users::refuse_last_admin(tx, user).await?;
                execute!(tx, "UPDATE users SET active = $2 WHERE id = $1", user.0, false)?;
                sessions::end_all(tx, Some(caller.user), user).await?;
                audit::by(tx, &caller, "account.deactivated", Some(user), "").await
            })
        })
        .await?;
        Ok(())
    }

    /// Lets somebody sign in again. Once more does nothing.
    ///
    /// # Errors
    /// 403 for others than administrators, 404 for an account that is not there.
    pub async fn admin_reactivate(&self, caller: &Caller, user: UserId) -> Result<()> {
        let caller = *caller;
        access::instance_admin(&caller)?;
        self.write(move |tx| {
            Box::pin(async move {
                if account(tx, user).await?.active {
                    return Ok(());
                }
                execute!(tx, "UPDATE users SET active = $2 WHERE id = $1", user.0, true)?;
                audit::by(tx, &caller, "account.reactivated", Some(user), "").await
            })
        })
        .await?;
        Ok(())
    }

    /// Signs somebody out on all their devices. Once more does nothing.
    ///
    /// # Errors
    /// 403 for others than administrators, 404 for an account that is not there.
    pub async fn admin_end_sessions(&self, caller: &Caller, user: UserId) -> Result<()> {
        let caller = *caller;
        access::instance_admin(&caller)?;
        self.write(move |tx| {
            Box::pin(async move {
                account(tx, user).await?;
                if sessions::end_all(tx, Some(caller.user), user).await? {
                    audit::by(tx, &caller, "account.signed_out", Some(user), "").await?;
                }
                Ok(())
            })
        })
        .await?;
        Ok(())
    }

    /// All workspaces by name.
    ///
    /// # Errors
    /// 403 for others than administrators.
    pub async fn admin_workspaces(&self, caller: &Caller) -> Result<Vec<WorkspaceFigures>> {
        access::instance_admin(caller)?;
        self.read(|tx| {
            Box::pin(async move {
                let rows = fetch_all!(
                    tx,
                    WorkspaceRow,
                    "SELECT w.id, w.name, w.slug, w.at, w.previews_links,
                            (SELECT COUNT(*) FROM members m WHERE m.workspace_id = w.id) AS members,
                            (SELECT COUNT(*) FROM posts p WHERE p.workspace_id = w.id AND p.deleted_at IS NULL) AS posts
                     FROM workspaces w"
                )?;
                let figures = |row: WorkspaceRow| WorkspaceFigures {
                    workspace: Workspace {
                        id: WorkspaceId(row.id),
                        name: row.name,
                        slug: row.slug,
                        at: Timestamp(row.at),
                        previews_links: row.previews_links,
                    },
                    members: count(row.members),
                    posts: count(row.posts),
                };
                let mut list: Vec<WorkspaceFigures> = rows.into_iter().map(figures).collect();
                list.sort_by_cached_key(|one| (one.workspace.name.to_lowercase(), one.workspace.id));
                Ok(list)
            })
        })
        .await
    }

    /// Size of the database in bytes. For administrators.
    ///
    /// # Errors
    /// 403 for others.
    pub async fn admin_size_bytes(&self, caller: &Caller) -> Result<u64> {
        access::instance_admin(caller)?;
        self.size_bytes().await
    }
}

#[derive(sqlx::FromRow)]
struct Standing {
    role: String,
    active: bool,
}

/// An account that was not deleted.
async fn account(tx: &mut Tx, user: UserId) -> Result<Standing> {
    let sql = "SELECT role, active FROM users WHERE id = $1 AND NOT former";
    let row = fetch_optional!(tx, Standing, sql, user.0)?;
    row.ok_or_else(|| Error::not_found("This account").into())
}

/// Gives an account a role on the instance. Whether it had another one.
pub(crate) async fn set_role(tx: &mut WriteTx, user: UserId, role: InstanceRole) -> Result<bool> {
    if users::role_of(&account(tx, user).await?.role, user)? == role {
        return Ok(false);
    }
    match role {
        InstanceRole::Member => users::refuse_last_admin(tx, user).await?,
        InstanceRole::Admin if authors::person(tx, user).await?.bot => {
            return Err(Error::forbidden("A bot cannot run the instance.").into());
        }
        InstanceRole::Admin => {}
    }
    execute!(tx, "UPDATE users SET role = $2 WHERE id = $1", user.0, users::role_word(role))?;
    Ok(true)
}
