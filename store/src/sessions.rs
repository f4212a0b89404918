//! Signed-in devices. A session lives as long as it is used; a socket is never one. A program with a token
//! has sessions too (`tokens`): they are no devices, and no cookie opens them.

use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, audit, secrets, users};
use protocol::account::Device;
use protocol::{EventKind, SessionId, Timestamp, Topic, UserId, limits, text};
use std::fmt;
use std::time::Duration;
use uuid::Uuid;

/// Use of a session is written down this often at most.
pub(crate) const USED_EVERY: Duration = Duration::from_secs(60);
/// A session is prolonged this often at most, so that its cookie has to be set again only then.
const PROLONGED_EVERY: Duration = Duration::from_secs(24 * 3600);
/// Longest name of a device, in characters.
const DEVICE_CHARS_MAX: usize = 80;

/// What signing in gives: the cookie's token, this once, and the caller that it stands for.
#[derive(Clone)]
pub struct SignedIn {
    /// For the cookie.
    pub token: String,
    /// Who signed in.
    pub caller: Caller,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn").field("caller", &self.caller).finish_non_exhaustive()
    }
}

/// Whoever carries a valid token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authenticated {
    /// Who it is.
    pub caller: Caller,
    /// The session holds for longer from now on, and its cookie should too.
    pub is_prolonged: bool,
}

/// A session that is about to start. Made outside of the writer, where a command may run twice.
#[derive(Clone)]
pub(crate) struct NewSession {
    pub(crate) id: SessionId,
    pub(crate) token: String,
    pub(crate) device: String,
    pub(crate) address: String,
}

impl NewSession {
    pub(crate) fn new(device: &str, address: &str, now: Timestamp) -> Self {
        Self {
            id: SessionId::new(now),
            token: secrets::fresh(),
            device: text::excerpt(device, DEVICE_CHARS_MAX),
            address: address.to_owned(),
        }
    }
}

/// Starts the session; those of this person that are long over go.
pub(crate) async fn start(tx: &mut WriteTx, user: UserId, new: &NewSession) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM sessions WHERE user_id = $1 AND expires_at <= $2 AND token_id IS NULL",
        user.0,
        tx.now.0
    )?;
    execute!(
        tx,
        "INSERT INTO sessions (id, user_id, token_hash, device, address, at, used_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
        new.id.0,
        user.0,
        secrets::hash(&new.token),
        &new.device,
        &new.address,
        tx.now.0,
        (tx.now + limits::SESSION_LIFETIME).0
    )?;
    audit::from(tx, &new.address, Some(user), "session.started", None, &new.device).await
}

/// Ends one session of a person. Whether it had not ended yet.
pub(crate) async fn end(tx: &mut WriteTx, actor: UserId, user: UserId, session: SessionId) -> Result<bool> {
    let ended = execute!(
        tx,
        "UPDATE sessions SET ended_at = $3 WHERE id = $1 AND user_id = $2 AND ended_at IS NULL",
        session.0,
        user.0,
        tx.now.0
    )?;
    if ended != 0 {
        announce(tx, Some(actor), user, Some(session));
    }
    Ok(ended != 0)
}

/// Ends a token: its own session and those that it was exchanged for. Whether any had not ended yet.
pub(crate) async fn end_token(
    tx: &mut WriteTx,
    actor: UserId,
    user: UserId,
    token: protocol::TokenId,
) -> Result<bool> {
    let ended = execute!(
        tx,
        "UPDATE sessions SET ended_at = $2 WHERE token_id = $1 AND ended_at IS NULL",
        token.0,
        tx.now.0
    )?;
    if ended != 0 {
        announce(tx, Some(actor), user, Some(SessionId(token.0)));
    }
    Ok(ended != 0)
}

/// Signs a person out on all devices but one; tokens stay. How many there were.
pub(crate) async fn end_others(tx: &mut WriteTx, user: UserId, kept: SessionId) -> Result<usize> {
    let ended = fetch_all!(
        tx,
        (Uuid,),
        "UPDATE sessions SET ended_at = $3
         WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL AND token_id IS NULL RETURNING id",
        user.0,
        kept.0,
        tx.now.0
    )?;
    for (session,) in &ended {
        announce(tx, Some(user), user, Some(SessionId(*session)));
    }
    Ok(ended.len())
}

/// Ends all sessions of a person, their tokens too. Whether there were any.
pub(crate) async fn end_all(tx: &mut WriteTx, actor: Option<UserId>, user: UserId) -> Result<bool> {
    let ended = execute!(
        tx,
        "UPDATE sessions SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL",
        user.0,
        tx.now.0
    )?;
    if ended != 0 {
        announce(tx, actor, user, None);
    }
    Ok(ended != 0)
}

/// Every socket of the person must look again whether its session still holds.
fn announce(tx: &mut WriteTx, actor: Option<UserId>, user: UserId, session: Option<SessionId>) {
    tx.append_and_recheck(Topic::User(user), actor, None, EventKind::SessionEnded { session });
}

/// Address of a session's last request.
pub(crate) async fn address(tx: &mut Tx, session: SessionId) -> Result<String> {
    let row = fetch_optional!(tx, (String,), "SELECT address FROM sessions WHERE id = $1", session.0)?;
    Ok(row.map(|(address,)| address).unwrap_or_default())
}

#[derive(sqlx::FromRow)]
struct Held {
    id: Uuid,
    user_id: Uuid,
    used_at: i64,
    expires_at: i64,
    role: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    device: String,
    address: String,
    at: i64,
    used_at: i64,
}

impl Store {
    /// Who carries this token, if its session holds and the account is active. Using it keeps the
    /// session alive: the use is written down once a minute, and the session prolonged once a day.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn authenticate(&self, token: &str, address: &str) -> Result<Option<Authenticated>> {
        let Some(hash) = secrets::hash(token) else { return Ok(None) };
        let now = self.now();
        let held = self.read_one(move |tx| {
            Box::pin(async move {
                Ok(fetch_optional!(
                    tx,
                    Held,
                    "SELECT s.id, s.user_id, s.used_at, s.expires_at, u.role FROM sessions s JOIN users u ON u.id = s.user_id
                     WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.token_id IS NULL
                     AND u.active",
                    hash,
                    now.0
                )?)
            })
        });
        let Some(held) = held.await? else { return Ok(None) };
        let user = UserId(held.user_id);
        let caller = Caller { user, session: SessionId(held.id), role: users::role_of(&held.role, user)? };
        let mut is_prolonged = false;
        if USED_EVERY <= now.since(Timestamp(held.used_at)) {
            let until = now + limits::SESSION_LIFETIME;
            let prolonged = PROLONGED_EVERY <= until.since(Timestamp(held.expires_at));
            let expires_at = if prolonged { until } else { Timestamp(held.expires_at) };
            is_prolonged = self.note_use(caller.session, address, expires_at).await && prolonged;
        }
        Ok(Some(Authenticated { caller, is_prolonged }))
    }

    /// Whether it was written down. A session that cannot be now is good nevertheless.
    pub(crate) async fn note_use(&self, session: SessionId, address: &str, expires_at: Timestamp) -> bool {
        let address = address.to_owned();
        let noted = self.write(move |tx| {
            let address = address.clone();
            Box::pin(async move {
                Ok(execute!(
                    tx,
                    "UPDATE sessions SET used_at = $2, address = $3,
                            expires_at = CASE WHEN expires_at < $4 THEN $4 ELSE expires_at END
                     WHERE id = $1 AND used_at <= $5 AND ended_at IS NULL",
                    session.0,
                    tx.now.0,
                    address,
                    expires_at.0,
                    (tx.now - USED_EVERY).0
                )?)
            })
        });
        match noted.await {
            Ok(noted) => noted.value == 1,
            Err(error) => {
                tracing::warn!(%error, "the use of a session was not written down");
                false
            }
        }
    }

    /// Ends the caller's session.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn sign_out(&self, caller: &Caller) -> Result<()> {
        self.end_own_session(*caller, caller.session).await
    }

    /// The caller's signed-in devices, the last used first.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn devices(&self, caller: &Caller) -> Result<Vec<Device>> {
        let (caller, now) = (*caller, self.now());
        self.read(move |tx| {
            Box::pin(async move {
                let rows = fetch_all!(
                    tx,
                    Row,
                    "SELECT id, device, address, at, used_at FROM sessions
                     WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 AND token_id IS NULL
                     ORDER BY used_at DESC, id",
                    caller.user.0,
                    now.0
                )?;
                let device = |row: Row| Device {
                    id: SessionId(row.id),
                    name: row.device,
                    address: row.address,
                    at: Timestamp(row.at),
                    used_at: Timestamp(row.used_at),
                    current: row.id == caller.session.0,
                };
                Ok(rows.into_iter().map(device).collect())
            })
        })
        .await
    }

    /// Signs one of the caller's devices out, wherever it is. Once more does nothing.
    ///
    /// # Errors
    /// 404 for a session that is not the caller's.
    pub async fn end_session(&self, caller: &Caller, session: SessionId) -> Result<()> {
        self.end_own_session(*caller, session).await
    }

    /// Signs all devices of the caller out but this one.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn end_other_sessions(&self, caller: &Caller) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| {
            Box::pin(async move {
                let ended = end_others(tx, caller.user, caller.session).await?;
                if 0 < ended {
                    let detail = format!("{ended} others");
                    audit::by(tx, &caller, "session.ended", None, &detail).await?;
                }
                Ok(())
            })
        })
        .await?;
        Ok(())
    }

    async fn end_own_session(&self, caller: Caller, session: SessionId) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let device = fetch_optional!(
                    tx,
                    (String,),
                    "SELECT device FROM sessions WHERE id = $1 AND user_id = $2 AND token_id IS NULL",
                    session.0,
                    caller.user.0
                )?;
                let Some((device,)) = device else {
                    return Err(protocol::Error::not_found("This device").into());
                };
                if end(tx, caller.user, caller.user, session).await? {
                    audit::by(tx, &caller, "session.ended", None, &device).await?;
                }
                Ok(())
            })
        })
        .await?;
        Ok(())
    }
}
