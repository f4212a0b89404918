//! The keys that sign access tokens, and the name of the instance that they are signed for. All nodes
//! find both in the database, so no node has to be told of a new key.

use super::jwt::{self, KeyPair};
use crate::db::{Tx, execute, fetch_all, fetch_one, fetch_optional};
use crate::writer::WriteTx;
use crate::{Result, Store};
use protocol::{Timestamp, limits};
use uuid::Uuid;

/// The setting that names this instance, whatever its address is.
const INSTANCE: &str = "instance_id";

/// A key that signs.
#[derive(Clone, sqlx::FromRow)]
pub(super) struct Signing {
    pub(super) id: Uuid,
    pub(super) secret: Vec<u8>,
    at: i64,
}

impl Store {
    /// Makes the first key, a new one in place of one that has signed for
    /// [`limits::SIGNING_KEY_FOR`], and forgets those whose last token has expired.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn keep_signing_keys(&self) -> Result<()> {
        let fresh = KeyPair::generate();
        self.write(move |tx| {
            let fresh = fresh.clone();
            Box::pin(async move {
                ensure_issuer(tx).await?;
                ensure(tx, &fresh).await?;
                let gone = tx.now - limits::ACCESS_TOKEN_FOR - limits::CLOCKS_DIFFER_MAX;
                execute!(tx, "DELETE FROM signing_keys WHERE replaced_at < $1", gone.0)?;
                Ok(())
            })
        })
        .await?;
        Ok(())
    }

    /// The public keys of access tokens that may hold now, as a JWK set in JSON.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn published_keys(&self) -> Result<String> {
        self.read(|tx| {
            Box::pin(async move {
                let sql = "SELECT id, public FROM signing_keys ORDER BY at DESC, id";
                let rows = fetch_all!(tx, (Uuid, Vec<u8>), sql)?;
                Ok(jwt::published(&rows))
            })
        })
        .await
    }
}

/// The key that signs now; `fresh` if there is none, or if it has signed for long enough.
pub(super) async fn ensure(tx: &mut WriteTx, fresh: &KeyPair) -> Result<Signing> {
    let sql =
        "SELECT id, secret, at FROM signing_keys WHERE replaced_at IS NULL ORDER BY at DESC, id LIMIT 1";
    if let Some(key) = fetch_optional!(tx, Signing, sql)?
        && tx.now.since(Timestamp(key.at)) < limits::SIGNING_KEY_FOR
    {
        return Ok(key);
    }
    execute!(tx, "UPDATE signing_keys SET replaced_at = $1 WHERE replaced_at IS NULL", tx.now.0)?;
    execute!(
        tx,
        "INSERT INTO signing_keys (id, secret, public, at) VALUES ($1, $2, $3, $4)",
        fresh.id,
        &fresh.secret[..],
        &fresh.public[..],
        tx.now.0
    )?;
    Ok(Signing { id: fresh.id, secret: fresh.secret.clone(), at: tx.now.0 })
}

/// The public half of a key that is published.
pub(super) async fn public(tx: &mut Tx, id: Uuid) -> Result<Option<Vec<u8>>> {
    let row = fetch_optional!(tx, (Vec<u8>,), "SELECT public FROM signing_keys WHERE id = $1", id)?;
    Ok(row.map(|(public,)| public))
}

/// What stands in tokens as their issuer and audience, once there is a key.
pub(super) async fn issuer(tx: &mut Tx) -> Result<Option<String>> {
    let row = fetch_optional!(tx, (String,), "SELECT value FROM settings WHERE key = $1", INSTANCE)?;
    Ok(row.map(|(issuer,)| issuer))
}

/// The same, made when it is not there yet.
pub(super) async fn ensure_issuer(tx: &mut WriteTx) -> Result<String> {
    let fresh = format!("urn:uuid:{}", Uuid::from_u128(rand::random()));
    let sql = "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
    execute!(tx, sql, INSTANCE, fresh)?;
    let (issuer,) = fetch_one!(tx, (String,), "SELECT value FROM settings WHERE key = $1", INSTANCE)?;
    Ok(issuer)
}
