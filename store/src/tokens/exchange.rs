//! What a token is exchanged for: an access token that is signed for a quarter of an hour, and a refresh
//! token that gives the next pair, once. An exchange is a session; a refresh token that comes a second
//! time was copied, so its exchange ends for whoever has it.

use super::bearer::{self, Held};
use super::jwt::{Claims, KeyPair};
use super::keys::{self, Signing};
use super::{jwt, scopes_of};
use crate::db::{execute, fetch_all, fetch_optional};
use crate::writer::WriteTx;
use crate::{Result, Store, audit, secrets, sessions};
use protocol::token::{Granted, REFRESH_PREFIX, Scopes, TOKEN_PREFIX};
use protocol::{Code, Error, SessionId, Timestamp, UserId, limits};
use uuid::Uuid;

/// What an exchange needs that is made by chance, outside of the writer, where a command may run twice.
#[derive(Clone)]
struct Fresh {
    session: SessionId,
    refresh: String,
    access: Uuid,
    key: KeyPair,
    address: String,
}

/// What the writer answers. A copied refresh token must be remembered, so it is no error there.
enum Outcome {
    Granted { claims: Claims, key: Signing, scopes: Scopes },
    Copied,
}

impl Store {
    /// Exchanges a token, or a refresh token, for an access token and the next refresh token. `wanted`
    /// leaves scopes out; it never adds any.
    ///
    /// # Errors
    /// 401 for what is no token, or holds no more; 422 for scopes that the token does not have.
    pub async fn exchange_token(&self, text: &str, wanted: Option<Scopes>, address: &str) -> Result<Granted> {
        let by_token = secrets::hash_after(TOKEN_PREFIX, text);
        let by_refresh = secrets::hash_after(REFRESH_PREFIX, text);
        let is_refresh = by_refresh.is_some();
        let hash = by_token.or(by_refresh).ok_or_else(refused)?;
        // What is no token at all must not keep the writer busy.
        self.refuse_unknown(hash.clone()).await?;
        let fresh = Fresh {
            session: SessionId::new(self.now()),
            refresh: format!("{REFRESH_PREFIX}{}", secrets::fresh()),
            access: Uuid::from_u128(rand::random()),
            key: KeyPair::generate(),
            address: address.to_owned(),
        };
        let refresh_token = fresh.refresh.clone();
        let written = self.write(move |tx| {
            let (hash, fresh) = (hash.clone(), fresh.clone());
            Box::pin(async move {
                if is_refresh {
                    refresh(tx, hash, wanted, &fresh).await
                } else {
                    begin(tx, hash, wanted, &fresh).await
                }
            })
        });
        match written.await?.value {
            Outcome::Copied => Err(refused().into()),
            Outcome::Granted { claims, key, scopes } => Ok(Granted {
                expires_in: claims.expires_at().since(claims.issued_at()).as_secs(),
                access_token: jwt::sign(&claims, key.id, &key.secret)?,
                token_type: "Bearer".to_owned(),
                refresh_token,
                scopes,
            }),
        }
    }

    async fn refuse_unknown(&self, hash: Vec<u8>) -> Result<()> {
        let known = self.read(move |tx| {
            Box::pin(async move {
                Ok(fetch_optional!(
                    tx,
                    (Uuid,),
                    "SELECT id FROM sessions WHERE token_hash = $1
                     UNION ALL SELECT session_id FROM used_refreshes WHERE token_hash = $1",
                    hash
                )?)
            })
        });
        known.await?.map(|_| ()).ok_or_else(|| refused().into())
    }
}

fn refused() -> Error {
    Error::new(Code::Unauthenticated, "This token does not hold, or no more.")
}

/// The first pair.
async fn begin(tx: &mut WriteTx, hash: Vec<u8>, wanted: Option<Scopes>, fresh: &Fresh) -> Result<Outcome> {
    let held = bearer::by_secret(tx, hash).await?;
    let held = held.filter(|held| tx.now.0 < held.expires_at).ok_or_else(refused)?;
    let scopes = narrowed(scopes_of(held.id, held.scopes.as_deref())?, wanted)?;
    make_room(tx, &held).await?;
    let until = (tx.now + limits::REFRESH_TOKEN_FOR).min(Timestamp(held.expires_at));
    execute!(
        tx,
        "INSERT INTO sessions (id, user_id, token_hash, device, address, at, used_at, expires_at, token_id, scopes)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9)",
        fresh.session.0,
        held.user_id,
        secrets::hash_after(REFRESH_PREFIX, &fresh.refresh),
        held.device,
        &fresh.address,
        tx.now.0,
        until.0,
        held.token_id,
        scopes.to_string()
    )?;
    grant(tx, fresh.session, UserId(held.user_id), scopes, until, fresh).await
}

/// Exchanges of this token that are over go, and the one that was not used for longest if there are too many.
async fn make_room(tx: &mut WriteTx, held: &Held) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM sessions WHERE token_id = $1 AND id <> $1 AND (expires_at <= $2 OR ended_at IS NOT NULL)",
        held.token_id,
        tx.now.0
    )?;
    let too_many = fetch_all!(
        tx,
        (Uuid,),
        "SELECT id FROM sessions WHERE token_id = $1 AND id <> $1
         ORDER BY used_at DESC, id DESC LIMIT $2 OFFSET $3",
        held.token_id,
        limits::EXCHANGES_MAX,
        limits::EXCHANGES_MAX - 1
    )?;
    let user = UserId(held.user_id);
    for (session,) in too_many {
        sessions::end(tx, user, user, SessionId(session)).await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Rotated {
    id: Uuid,
    user_id: Uuid,
    scopes: Option<String>,
    expires_at: i64,
}

/// The next pair. The statement that takes the old refresh token away decides who was first.
async fn refresh(tx: &mut WriteTx, hash: Vec<u8>, wanted: Option<Scopes>, fresh: &Fresh) -> Result<Outcome> {
    let rotated = fetch_optional!(
        tx,
        Rotated,
        "UPDATE sessions SET token_hash = $2, used_at = $3, address = $4, expires_at = COALESCE(
             (SELECT t.expires_at FROM sessions t WHERE t.id = sessions.token_id AND t.expires_at < $5), $5)
         WHERE token_hash = $1 AND token_id IS NOT NULL AND id <> token_id AND ended_at IS NULL AND expires_at > $3
         AND EXISTS (SELECT 1 FROM users u WHERE u.id = sessions.user_id AND u.active)
         RETURNING id, user_id, scopes, expires_at",
        hash.clone(),
        secrets::hash_after(REFRESH_PREFIX, &fresh.refresh),
        tx.now.0,
        &fresh.address,
        (tx.now + limits::REFRESH_TOKEN_FOR).0
    )?;
    let Some(row) = rotated else { return copied(tx, hash, fresh).await };
    let scopes = narrowed(scopes_of(row.id, row.scopes.as_deref())?, wanted)?;
    execute!(
        tx,
        "INSERT INTO used_refreshes (token_hash, session_id, at) VALUES ($1, $2, $3)",
        hash,
        row.id,
        tx.now.0
    )?;
    execute!(
        tx,
        "DELETE FROM used_refreshes WHERE session_id = $1 AND at < $2",
        row.id,
        (tx.now - limits::REFRESH_TOKEN_FOR).0
    )?;
    grant(tx, SessionId(row.id), UserId(row.user_id), scopes, Timestamp(row.expires_at), fresh).await
}

/// A refresh token that holds no more. One that was used before ends its exchange.
async fn copied(tx: &mut WriteTx, hash: Vec<u8>, fresh: &Fresh) -> Result<Outcome> {
    let used = fetch_optional!(
        tx,
        (Uuid, Uuid, String),
        "SELECT s.id, s.user_id, s.device FROM used_refreshes r JOIN sessions s ON s.id = r.session_id
         WHERE r.token_hash = $1",
        hash
    )?;
    let (session, user, name) = used.ok_or_else(refused)?;
    let user = UserId(user);
    if sessions::end(tx, user, user, SessionId(session)).await? {
        audit::from(tx, &fresh.address, Some(user), "token.reused", None, &name).await?;
    }
    Ok(Outcome::Copied)
}

/// What was asked for, of what there is.
fn narrowed(held: Scopes, wanted: Option<Scopes>) -> Result<Scopes> {
    let Some(wanted) = wanted else { return Ok(held) };
    match wanted.iter().find(|scope| !held.has(*scope)) {
        Some(scope) => {
            let message = format!("This token does not have the scope {}.", scope.word());
            Err(Error::invalid("scopes", message).into())
        }
        None if wanted.is_empty() => Err(Error::invalid("scopes", "Choose what the token may do.").into()),
        None => Ok(wanted),
    }
}

async fn grant(
    tx: &mut WriteTx,
    session: SessionId,
    user: UserId,
    scopes: Scopes,
    until: Timestamp,
    fresh: &Fresh,
) -> Result<Outcome> {
    let issuer = keys::ensure_issuer(tx).await?;
    let key = keys::ensure(tx, &fresh.key).await?;
    let expires_at = (tx.now + limits::ACCESS_TOKEN_FOR).min(until);
    let claims = Claims::new(&issuer, user.0, session.0, fresh.access, scopes, tx.now, expires_at);
    Ok(Outcome::Granted { claims, key, scopes })
}
