//! Getting in and out: first run, signing up and in, passwords, deleting one's account.
//!
//! Passwords are hashed and compared before the writer gets the command; it would keep everybody
//! waiting.

mod delete;

use crate::db::{Tx, execute, fetch_optional};
use crate::invitations;
use crate::sessions::{self, NewSession, SignedIn};
use crate::users::{self, NewUser};
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, audit, passwords, workspaces};
use protocol::account::{InstanceStatus, NewAccount, NewInstance, SignIn};
use protocol::person::{self, InstanceRole};
use protocol::workspace::NewWorkspace;
use protocol::{Code, Error, UserId, WorkspaceId, account, limits};
use uuid::Uuid;

/// The setting that exists as soon as there is an account.
pub(crate) const SET_UP: &str = "set_up_at";

impl Store {
    /// What anybody may know of the instance.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn status(&self) -> Result<InstanceStatus> {
        let open_registration = self.settings().open_registration;
        self.read(move |tx| {
            Box::pin(async move {
                let done =
                    fetch_optional!(tx, (String,), "SELECT value FROM settings WHERE key = $1", SET_UP)?;
                Ok(InstanceStatus { is_set_up: done.is_some(), open_registration })
            })
        })
        .await
    }

    /// Makes the first account, an administrator, and the first workspace, which they own.
    ///
    /// # Errors
    /// 422 for what does not fit, 403 as soon as there is an account.
    pub async fn set_up(&self, new: NewInstance, device: &str, address: &str) -> Result<SignedIn> {
        let new = new.validate()?;
        if self.status().await?.is_set_up {
            return Err(already_set_up().into());
        }
        let now = self.now();
        let session = NewSession::new(device, address, now);
        let workspace = NewWorkspace { id: WorkspaceId::new(now), name: new.workspace_name };
        let user = NewUser {
            id: UserId::new(now),
            name: new.name,
            handle: new.handle,
            password_hash: passwords::hash(self.settings().password_cost, new.password).await?,
            role: InstanceRole::Admin,
        };
        let caller = Caller { user: user.id, session: session.id, role: user.role };
        let token = session.token.clone();
        self.write(move |tx| {
            let (user, session, workspace) = (user.clone(), session.clone(), workspace.clone());
            Box::pin(async move {
                if !note_set_up(tx).await? {
                    return Err(already_set_up().into());
                }
                users::insert(tx, &user).await?;
                audit::from(tx, &session.address, Some(user.id), "instance.set_up", None, "").await?;
                sessions::start(tx, user.id, &session).await?;
                workspaces::insert(tx, user.id, &workspace).await?;
                audit::from(tx, &session.address, Some(user.id), "workspace.created", None, &workspace.name)
                    .await
            })
        })
        .await?;
        Ok(SignedIn { token, caller })
    }

    /// Makes an account and signs it in: by an invitation, or without one where registration is open.
    ///
    /// # Errors
    /// 422 for what does not fit, 404 for an invitation that does not hold, 403 without one where
    /// registration is closed, 409 when somebody has the handle.
    pub async fn sign_up(&self, new: NewAccount, device: &str, address: &str) -> Result<SignedIn> {
        let new = new.validate()?;
        let secret = new.invitation.trim().to_owned();
        if secret.is_empty() && !self.settings().open_registration {
            return Err(Error::forbidden("You need an invitation to register here.").into());
        }
        let (checked, handle, now) = (secret.clone(), new.handle.clone(), self.now());
        // A refusal must not cost the work of a hash. The writer looks again.
        self.read(move |tx| {
            Box::pin(async move {
                refuse_before_set_up(tx).await?;
                if !checked.is_empty() {
                    invitations::open(tx, &checked, now).await?;
                }
                users::refuse_taken_handle(tx, &handle, None).await
            })
        })
        .await?;
        let session = NewSession::new(device, address, now);
        let user = NewUser {
            id: UserId::new(now),
            name: new.name,
            handle: new.handle,
            password_hash: passwords::hash(self.settings().password_cost, new.password).await?,
            role: InstanceRole::Member,
        };
        let caller = Caller { user: user.id, session: session.id, role: user.role };
        let token = session.token.clone();
        self.write(move |tx| {
            let (user, session, secret) = (user.clone(), session.clone(), secret.clone());
            Box::pin(async move {
                users::insert(tx, &user).await?;
                audit::from(tx, &session.address, Some(user.id), "account.created", None, "").await?;
                if !secret.is_empty() {
                    invitations::redeem(tx, user.id, &secret).await?;
                }
                sessions::start(tx, user.id, &session).await
            })
        })
        .await?;
        Ok(SignedIn { token, caller })
    }

    /// Signs somebody in. A name that does not exist takes as long as a wrong password, and the
    /// answer is the same.
    ///
    /// # Errors
    /// 401 for a wrong name or password, 403 for an account that was deactivated.
    pub async fn sign_in(&self, sign_in: SignIn, device: &str, address: &str) -> Result<SignedIn> {
        let known = match person::handle(&sign_in.handle) {
            Ok(handle) => self.read(move |tx| Box::pin(known(tx, handle))).await?,
            Err(_) => None,
        };
        if limits::PASSWORD_BYTES_MAX < sign_in.password.len() {
            return Err(wrong().into());
        }
        let stored = known.as_ref().and_then(|known| known.password_hash.clone());
        let is_right = passwords::is_right(self.settings().password_cost, sign_in.password, stored).await?;
        let known = match known {
            Some(known) if is_right && known.active => known,
            known => {
                let is_inactive = is_right && known.is_some();
                let detail = match (&known, is_inactive) {
                    (None, _) => "no such account",
                    (_, true) => "the account is deactivated",
                    _ => "wrong password",
                };
                let subject = known.map(|known| UserId(known.id));
                self.note_refused_sign_in(subject, detail, address).await?;
                return Err(if is_inactive { deactivated() } else { wrong() }.into());
            }
        };
        let user = UserId(known.id);
        let session = NewSession::new(device, address, self.now());
        let caller = Caller { user, session: session.id, role: users::role_of(&known.role, user)? };
        let token = session.token.clone();
        self.write(move |tx| {
            let (session, password_hash) = (session.clone(), known.password_hash.clone());
            Box::pin(async move {
                // Between the check and now the account may have been deactivated, or its password changed.
                let still = fetch_optional!(
                    tx,
                    (i64,),
                    "SELECT at FROM users WHERE id = $1 AND active AND password_hash = $2",
                    user.0,
                    password_hash
                )?;
                if still.is_none() {
                    return Err(wrong().into());
                }
                sessions::start(tx, user, &session).await
            })
        })
        .await?;
        Ok(SignedIn { token, caller })
    }

    /// What somebody typed as a name may be a password, so it is not written down.
    async fn note_refused_sign_in(
        &self,
        subject: Option<UserId>,
        detail: &'static str,
        address: &str,
    ) -> Result<()> {
        let address = address.to_owned();
        self.write(move |tx| {
            let address = address.clone();
            Box::pin(async move { audit::from(tx, &address, None, "sign_in.refused", subject, detail).await })
        })
        .await?;
        Ok(())
    }

    /// Changes the caller's password and ends their other sessions.
    ///
    /// # Errors
    /// 422 on `current` for a wrong present password, and on `password` for a new one that does not fit.
    pub async fn change_password(&self, caller: &Caller, current: String, new: String) -> Result<()> {
        let caller = *caller;
        account::password(&new)?;
        let stored = self.confirmed(&caller, "current", current).await?;
        let hash = passwords::hash(self.settings().password_cost, new).await?;
        self.write(move |tx| {
            let (stored, hash) = (stored.clone(), hash.clone());
            Box::pin(async move {
                refuse_changed(tx, caller.user, "current", &stored).await?;
                set_password(tx, caller.user, &hash).await?;
                sessions::end_others(tx, caller.user, caller.session).await?;
                audit::by(tx, &caller, "password.changed", None, "").await
            })
        })
        .await?;
        Ok(())
    }

    /// Deletes the caller's account: name, handle, password, devices, drafts and notifications go,
    /// from the logs as well; what they wrote stays as a former member's.
    ///
    /// # Errors
    /// 422 for a wrong password, 403 for the last owner of a workspace and the last administrator.
    pub async fn delete_account(&self, caller: &Caller, password: String) -> Result<()> {
        let caller = *caller;
        let stored = self.confirmed(&caller, "password", password).await?;
        self.write(move |tx| {
            let stored = stored.clone();
            Box::pin(async move {
                refuse_changed(tx, caller.user, "password", &stored).await?;
                delete::delete(tx, &caller).await
            })
        })
        .await?;
        Ok(())
    }

    /// The stored hash of the caller's password, if `password` is the right one.
    async fn confirmed(&self, caller: &Caller, field: &str, password: String) -> Result<String> {
        let user = caller.user;
        let stored = self.read(move |tx| Box::pin(users::password_hash(tx, user))).await?;
        let wrong = || Error::invalid(field, "This is not your present password.");
        if limits::PASSWORD_BYTES_MAX < password.len() {
            return Err(wrong().into());
        }
        let is_right = passwords::is_right(self.settings().password_cost, password, stored.clone()).await?;
        stored.filter(|_| is_right).ok_or_else(|| wrong().into())
    }
}

#[derive(sqlx::FromRow)]
struct Known {
    id: Uuid,
    password_hash: Option<String>,
    role: String,
    active: bool,
}

async fn known(tx: &mut Tx, handle: String) -> Result<Option<Known>> {
    let sql = "SELECT id, password_hash, role, active FROM users WHERE handle = $1";
    Ok(fetch_optional!(tx, Known, sql, handle)?)
}

fn wrong() -> Error {
    Error::new(Code::Unauthenticated, "This handle and password do not belong together.")
}

fn deactivated() -> Error {
    Error::forbidden("This account was deactivated. Ask an administrator.")
}

fn already_set_up() -> Error {
    Error::forbidden("This instance is set up already. Please sign in.")
}

/// Notes that there is an account now. Whether it is the first; of two nodes at the same moment one is.
pub(crate) async fn note_set_up(tx: &mut WriteTx) -> Result<bool> {
    let sql = "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
    Ok(execute!(tx, sql, SET_UP, tx.now.0.to_string())? == 1)
}

/// The first account must be the administrator's.
async fn refuse_before_set_up(tx: &mut Tx) -> Result<()> {
    let done = fetch_optional!(tx, (String,), "SELECT value FROM settings WHERE key = $1", SET_UP)?;
    match done {
        Some(_) => Ok(()),
        None => Err(Error::forbidden("This instance is not set up yet.").into()),
    }
}

pub(crate) async fn set_password(tx: &mut WriteTx, user: UserId, hash: &str) -> Result<()> {
    execute!(
        tx,
        "UPDATE users SET password_hash = $2 WHERE id = $1 AND NOT former AND bot_of IS NULL",
        user.0,
        hash
    )?;
    Ok(())
}

/// Refuses when the password changed since it was compared: its owner changed it because somebody knew it.
async fn refuse_changed(tx: &mut Tx, user: UserId, field: &str, stored: &str) -> Result<()> {
    if users::password_hash(tx, user).await?.as_deref() == Some(stored) {
        return Ok(());
    }
    Err(Error::invalid(field, "This is not your present password.").into())
}
