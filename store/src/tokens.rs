//! Tokens: personal access tokens, those of bots, and what they are exchanged for.
//!
//! A token is a row with a name and a session with the same id: whatever ends a session ends a token, on
//! every node, and its sockets with it. `bearer` says who comes with one, `exchange` gives signed access
//! tokens for it, `keys` keeps the keys that sign them, `jwt` is all that knows their form.

mod bearer;
mod exchange;
pub(crate) mod jwt;
mod keys;

pub use bearer::{Bearer, Presented};

use crate::db::{Tx, execute, fetch_all, fetch_one, fetch_optional};
use crate::writer::WriteTx;
use crate::{Caller, Result, Store, audit, bots, secrets, sessions};
use protocol::token::{FreshToken, NewToken, Scopes, TOKEN_PREFIX, Token};
use protocol::{Error, Timestamp, TokenId, UserId, limits};
use std::time::Duration;
use uuid::Uuid;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// When what has no end ends: the year 9999.
const NEVER: Timestamp = Timestamp(253_402_300_799_000);

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    user_id: Uuid,
    name: String,
    scopes: Option<String>,
    at: i64,
    used_at: i64,
    expires_at: i64,
}

impl Row {
    fn token(self) -> Result<Token> {
        Ok(Token {
            id: TokenId(self.id),
            scopes: scopes_of(self.id, self.scopes.as_deref())?,
            name: self.name,
            at: Timestamp(self.at),
            used_at: (self.used_at != 0).then_some(Timestamp(self.used_at)),
            expires_at: (self.expires_at < NEVER.0).then_some(Timestamp(self.expires_at)),
        })
    }
}

impl Store {
    /// The caller's own tokens that were not revoked, the newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn tokens(&self, caller: &Caller) -> Result<Vec<Token>> {
        let user = caller.user;
        self.read(move |tx| {
            Box::pin(async move {
                let tokens = of(tx, vec![user.0]).await?;
                Ok(tokens.into_iter().map(|(_, token)| token).collect())
            })
        })
        .await
    }

    /// Makes a token of the caller's own, or of a bot that they manage. Only for people, never for a program
    /// that itself has a token.
    ///
    /// # Errors
    /// 403 for a program and for a bot's workspace that the caller does not manage, 404 for a bot that they
    /// cannot see, 422 for what does not fit and for one token too many, 409 when the id is in use.
    pub async fn create_token(&self, caller: &Caller, new: NewToken) -> Result<FreshToken> {
        let caller = *caller;
        let new = new.validate()?;
        let secret = format!("{TOKEN_PREFIX}{}", secrets::repeatable("token", new.id.0));
        let hashed = secret.clone();
        let written = self.write(move |tx| {
            let (new, secret) = (new.clone(), hashed.clone());
            Box::pin(async move { create(tx, &caller, &new, &secret).await })
        });
        Ok(FreshToken { token: written.await?.value, secret })
    }

    /// Ends a token, and everything that it was exchanged for. For its owner, and for who manages the bot
    /// that has it. Once more does nothing.
    ///
    /// # Errors
    /// 404 for a token that the caller cannot see, 403 for a bot's workspace that they do not manage.
    pub async fn revoke_token(&self, caller: &Caller, id: TokenId) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| Box::pin(async move { revoke(tx, &caller, id).await })).await?;
        Ok(())
    }
}

/// Tokens of these accounts that were not revoked, the newest first.
pub(crate) async fn of(tx: &mut Tx, owners: Vec<Uuid>) -> Result<Vec<(UserId, Token)>> {
    let rows = fetch_all!(
        tx,
        Row,
        ids = owners,
        "SELECT t.id, t.user_id, t.name, s.scopes, t.at, s.expires_at,
                CAST((SELECT MAX(x.used_at) FROM sessions x WHERE x.token_id = t.id) AS BIGINT) AS used_at
         FROM tokens t JOIN sessions s ON s.id = t.id
         WHERE t.user_id IN (SELECT id FROM ids) AND s.ended_at IS NULL ORDER BY t.at DESC, t.id DESC"
    )?;
    rows.into_iter().map(|row| Ok((UserId(row.user_id), row.token()?))).collect()
}

/// Scopes as the database spells them.
fn scopes_of(session: Uuid, words: Option<&str>) -> Result<Scopes> {
    let words = words.ok_or_else(|| crate::Error::corrupt("sessions", session, "a token without scopes"))?;
    words.parse().map_err(|why| crate::Error::corrupt("sessions", session, why))
}

async fn create(tx: &mut WriteTx, caller: &Caller, new: &NewToken, secret: &str) -> Result<Token> {
    refuse_programs(tx, caller).await?;
    let owner = match new.bot {
        Some(bot) => {
            bots::managed(tx, caller, bot).await?;
            bots::refuse_removed(tx, bot).await?;
            bot
        }
        None => caller.user,
    };
    let there = fetch_optional!(tx, (Uuid,), "SELECT user_id FROM tokens WHERE id = $1", new.id.0)?;
    match there {
        Some((user,)) if user == owner.0 => renew(tx, new.id, secret).await?,
        Some(_) => return Err(id_in_use()),
        None => insert(tx, caller, owner, new, secret).await?,
    }
    let mine = of(tx, vec![owner.0]).await?;
    let token = mine.into_iter().map(|(_, token)| token).find(|token| token.id == new.id);
    token.ok_or_else(id_in_use)
}

fn id_in_use() -> crate::Error {
    Error::taken("id", "This id is in use.").into()
}

/// A program that may make tokens could give itself what it was not given.
async fn refuse_programs(tx: &mut Tx, caller: &Caller) -> Result<()> {
    let sql = "SELECT id FROM sessions WHERE id = $1 AND token_id IS NOT NULL";
    match fetch_optional!(tx, (Uuid,), sql, caller.session.0)? {
        Some(_) => Err(Error::forbidden("A token cannot make tokens.").into()),
        None => Ok(()),
    }
}

/// The command came once more, perhaps after a restart: the secret of its last answer is the one that holds.
async fn renew(tx: &mut WriteTx, id: TokenId, secret: &str) -> Result<()> {
    let hash = secrets::hash_after(TOKEN_PREFIX, secret);
    execute!(tx, "UPDATE sessions SET token_hash = $2 WHERE id = $1 AND ended_at IS NULL", id.0, hash)?;
    Ok(())
}

async fn insert(
    tx: &mut WriteTx,
    caller: &Caller,
    owner: UserId,
    new: &NewToken,
    secret: &str,
) -> Result<()> {
    let (held,) = fetch_one!(
        tx,
        (i64,),
        "SELECT COUNT(*) FROM tokens t JOIN sessions s ON s.id = t.id WHERE t.user_id = $1 AND s.ended_at IS NULL",
        owner.0
    )?;
    if i64::from(limits::TOKENS_MAX) <= held {
        let message = format!("At most {} tokens. Revoke one first.", limits::TOKENS_MAX);
        return Err(Error::invalid("name", message).into());
    }
    execute!(
        tx,
        "INSERT INTO tokens (id, user_id, name, at) VALUES ($1, $2, $3, $4)",
        new.id.0,
        owner.0,
        &new.name,
        tx.now.0
    )?;
    let until = if new.days == 0 { NEVER } else { tx.now + DAY * u32::from(new.days) };
    execute!(
        tx,
        "INSERT INTO sessions (id, user_id, token_hash, device, address, at, used_at, expires_at, token_id, scopes)
         VALUES ($1, $2, $3, $4, '', $5, 0, $6, $1, $7)",
        new.id.0,
        owner.0,
        secrets::hash_after(TOKEN_PREFIX, secret),
        &new.name,
        tx.now.0,
        until.0,
        new.scopes.to_string()
    )?;
    let detail = format!("{}: {}", new.name, new.scopes);
    audit::by(tx, caller, "token.created", new.bot, &detail).await
}

async fn revoke(tx: &mut WriteTx, caller: &Caller, id: TokenId) -> Result<()> {
    let not_found = || Error::not_found("This token");
    let sql =
        "SELECT t.user_id, t.name, u.bot_of IS NOT NULL AS bot FROM tokens t JOIN users u ON u.id = t.user_id
               WHERE t.id = $1";
    let found = fetch_optional!(tx, (Uuid, String, bool), sql, id.0)?;
    let (owner, name, bot) = found.ok_or_else(not_found)?;
    let owner = UserId(owner);
    if bot {
        bots::managed(tx, caller, owner).await?;
    } else if owner != caller.user {
        return Err(not_found().into());
    }
    if sessions::end_token(tx, caller.user, owner, id).await? {
        audit::by(tx, caller, "token.revoked", bot.then_some(owner), &name).await?;
    }
    Ok(())
}
