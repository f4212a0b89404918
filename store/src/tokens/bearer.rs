//! Who comes with a token: with the secret itself, or with an access token that was signed for it.

use super::{NEVER, jwt, keys, scopes_of};
use crate::db::{Tx, fetch_optional};
use crate::sessions::USED_EVERY;
use crate::{Caller, Result, Store, secrets, users};
use protocol::person::InstanceRole;
use protocol::token::{Scope, Scopes, TOKEN_PREFIX};
use protocol::{SessionId, Timestamp, TokenId, UserId, limits};
use std::time::Duration;
use uuid::Uuid;

/// A program that acts for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// For whom. Without the scope `admin` nobody runs the instance, whoever they are.
    pub caller: Caller,
    /// With which token, whatever it was exchanged for.
    pub token: TokenId,
    /// What it may do.
    pub scopes: Scopes,
    /// How long what it came with still holds; none: until it is revoked.
    pub expires_in: Option<Duration>,
}

/// What became of a text that was presented as a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    /// It holds.
    Accepted(Bearer),
    /// It was good once, and its time is over.
    Expired,
    /// It is none of ours, was revoked, or belongs to an account that is not active.
    Unknown,
}

/// The session of a token or of an exchange, which has not ended.
#[derive(sqlx::FromRow)]
pub(super) struct Held {
    pub(super) id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) token_id: Uuid,
    pub(super) scopes: Option<String>,
    pub(super) device: String,
    pub(super) expires_at: i64,
    used_at: i64,
    role: String,
}

/// `SELECT … FROM sessions s …` for [`Held`], with what follows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.user_id, s.token_id, s.scopes, s.device, s.expires_at, s.used_at, u.role
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.ended_at IS NULL AND u.active AND s.token_id IS NOT NULL AND ",
            $rest
        )
    };
}

/// The token's own session, by its secret.
pub(super) async fn by_secret(tx: &mut Tx, hash: Vec<u8>) -> Result<Option<Held>> {
    Ok(fetch_optional!(tx, Held, select!("s.token_hash = $1 AND s.id = s.token_id"), hash)?)
}

impl Held {
    /// What it stands for. `signed`: the scopes and the end of the access token that led to it.
    fn judge(&self, signed: Option<(Scopes, Timestamp)>, now: Timestamp) -> Result<Presented> {
        let (of_token, until_signed) = signed.unwrap_or((Scopes::all(), NEVER));
        let until = until_signed.min(Timestamp(self.expires_at));
        if until <= now {
            return Ok(Presented::Expired);
        }
        let (user, scopes) =
            (UserId(self.user_id), scopes_of(self.id, self.scopes.as_deref())?.and(of_token));
        let role =
            if scopes.has(Scope::Admin) { users::role_of(&self.role, user)? } else { InstanceRole::Member };
        Ok(Presented::Accepted(Bearer {
            caller: Caller { user, session: SessionId(self.id), role },
            token: TokenId(self.token_id),
            scopes,
            expires_in: (until < NEVER).then(|| until.since(now)),
        }))
    }
}

impl Store {
    /// Who comes with this token: a personal one, one of a bot, or an access token of this instance. Its
    /// use from an address is written down once a minute.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn authenticate_bearer(&self, text: &str, address: Option<&str>) -> Result<Presented> {
        if limits::TOKEN_BYTES_MAX < text.len() {
            return Ok(Presented::Unknown);
        }
        let now = self.now();
        let found = if text.starts_with(TOKEN_PREFIX) {
            let Some(hash) = secrets::hash_after(TOKEN_PREFIX, text) else { return Ok(Presented::Unknown) };
            self.read_one(move |tx| {
                Box::pin(async move {
                    let Some(held) = by_secret(tx, hash).await? else { return Ok(None) };
                    Ok(Some((held.judge(None, now)?, held)))
                })
            })
            .await?
        } else {
            let text = text.to_owned();
            self.read(move |tx| Box::pin(async move { by_signature(tx, &text, now).await })).await?
        };
        let Some((presented, held)) = found else { return Ok(Presented::Unknown) };
        if let (Presented::Accepted(bearer), Some(address)) = (presented, address)
            && USED_EVERY <= now.since(Timestamp(held.used_at))
        {
            self.note_use(bearer.caller.session, address, Timestamp(held.expires_at)).await;
        }
        Ok(presented)
    }
}

/// The session of the exchange that an access token was signed for.
async fn by_signature(tx: &mut Tx, text: &str, now: Timestamp) -> Result<Option<(Presented, Held)>> {
    let Some(key) = jwt::key_id(text) else { return Ok(None) };
    let (Some(public), Some(issuer)) = (keys::public(tx, key).await?, keys::issuer(tx).await?) else {
        return Ok(None);
    };
    let Some(claims) = jwt::read(text, &public, &issuer) else { return Ok(None) };
    let is_early = now + limits::CLOCKS_DIFFER_MAX < claims.not_before();
    let (false, Ok(scopes)) = (is_early, claims.scope.parse()) else { return Ok(None) };
    let held = fetch_optional!(tx, Held, select!("s.id = $1 AND s.user_id = $2"), claims.sid, claims.sub)?;
    let Some(held) = held else { return Ok(None) };
    Ok(Some((held.judge(Some((scopes, claims.expires_at())), now)?, held)))
}
