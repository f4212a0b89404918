//! Web Push: which devices are told, what they have to be told of, and what became of it.
//!
//! A row of `pushes` is one thing that one device may have to be told of. `told` writes it in the
//! transaction that makes it happen, so a crash forgets none; `due` hands out those whose time has come,
//! with what is to be done; the server does it and says in `settle` how it went.

mod due;
mod settle;
mod told;

pub use due::{DirectMessage, DuePush, PushNews, PushTask};
pub use settle::{PushId, Settled};

pub(crate) use told::{deleted, direct, notified, read_conversation, read_notifications};

use crate::db::{Tx, execute, fetch_all, fetch_one, fetch_optional};
use crate::writer::WriteTx;
use crate::{Caller, Error, Result, Store};
use futures::FutureExt;
use protocol::push::{Looked, PushAbout, PushDevice, PushLine, PushOutcome};
use protocol::{SessionId, Timestamp, limits};
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// Where the key lies with which the server signs what it sends.
pub(crate) const SIGNING_KEY: &str = "push_key";

/// Where a device is told, and the keys that only it can read with.
#[derive(Clone, PartialEq, Eq)]
pub struct PushTarget {
    /// The address at its push service.
    pub endpoint: String,
    /// Its public key, a point of P-256.
    pub p256dh: Vec<u8>,
    /// The secret that it shares with this server.
    pub auth: Vec<u8>,
}

impl fmt::Debug for PushTarget {
    /// Without what would let others send to the device.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushTarget")
    }
}

#[derive(sqlx::FromRow)]
struct DeviceRow {
    id: Uuid,
    device: String,
    at: i64,
}

#[derive(sqlx::FromRow)]
struct LineRow {
    id: Uuid,
    at: i64,
    device: String,
    about: String,
    outcome: String,
    detail: Option<i64>,
}

impl Store {
    /// The key with which this instance signs its pushes: `fresh`, unless there is one already.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn push_key(&self, fresh: String) -> Result<String> {
        let fresh: Arc<str> = fresh.into();
        let written = self.write(move |tx| {
            let fresh = Arc::clone(&fresh);
            async move {
                let sql = "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
                execute!(tx, sql, SIGNING_KEY, fresh.to_string())?;
                let sql = "SELECT value FROM settings WHERE key = $1";
                Ok(fetch_one!(tx, (String,), sql, SIGNING_KEY)?.0)
            }
            .boxed()
        });
        Ok(written.await?.value)
    }

    /// From now on the caller's device is told of what they do not look at. An address that another
    /// session had is this one's: a browser has one, whoever signs in there.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn subscribe_push(&self, caller: &Caller, target: PushTarget) -> Result<()> {
        let caller = *caller;
        let target = Arc::new(target);
        self.write(move |tx| {
            let target = Arc::clone(&target);
            async move { subscribe(tx, &caller, &target).await }.boxed()
        })
        .await?;
        Ok(())
    }

    /// One of the caller's devices is told no more. Once more does nothing.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn unsubscribe_push(&self, caller: &Caller, session: SessionId) -> Result<()> {
        let user = caller.user;
        self.write(move |tx| {
            async move {
                let sql = "DELETE FROM push_subscriptions WHERE session_id = $1 AND user_id = $2";
                execute!(tx, sql, session.0, user.0)?;
                Ok(())
            }
            .boxed()
        })
        .await?;
        Ok(())
    }

    /// The caller's devices that are told, this one first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn push_devices(&self, caller: &Caller) -> Result<Vec<PushDevice>> {
        let (caller, now) = (*caller, self.now());
        self.read(move |tx| {
            async move {
                let rows = fetch_all!(
                    tx,
                    DeviceRow,
                    "SELECT s.id, s.device, p.at FROM push_subscriptions p JOIN sessions s ON s.id = p.session_id
                     WHERE p.user_id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 ORDER BY p.at DESC, s.id",
                    caller.user.0,
                    now.0
                )?;
                let mut devices: Vec<PushDevice> = rows
                    .into_iter()
                    .map(|row| PushDevice {
                        id: SessionId(row.id),
                        name: row.device,
                        at: Timestamp(row.at),
                        current: row.id == caller.session.0,
                    })
                    .collect();
                devices.sort_by_key(|device| !device.current);
                Ok(devices)
            }
            .boxed()
        })
        .await
    }

    /// Until when the caller wants to be told of nothing, if that lies ahead.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn quiet_until(&self, caller: &Caller) -> Result<Option<Timestamp>> {
        let (user, now) = (caller.user, self.now());
        self.read(move |tx| {
            async move {
                let sql = "SELECT quiet_until FROM users WHERE id = $1 AND quiet_until > $2";
                Ok(fetch_optional!(tx, (i64,), sql, user.0, now.0)?.map(|(until,)| Timestamp(until)))
            }
            .boxed()
        })
        .await
    }

    /// Sends a test to all devices of the caller that are told, at once.
    ///
    /// # Errors
    /// 422 when there is none.
    pub async fn test_push(&self, caller: &Caller) -> Result<()> {
        let caller = *caller;
        self.write(move |tx| async move { told::test(tx, &caller).await }.boxed()).await?;
        Ok(())
    }

    /// Why the caller's devices were told or not, the latest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn push_log(&self, caller: &Caller) -> Result<Vec<PushLine>> {
        let (user, since) = (caller.user, self.now() - limits::PUSH_LOG_KEPT_FOR);
        self.read(move |tx| {
            async move {
                let rows = fetch_all!(
                    tx,
                    LineRow,
                    "SELECT id, at, device, about, outcome, detail FROM push_log
                     WHERE user_id = $1 AND at > $2 ORDER BY at DESC, id DESC LIMIT $3",
                    user.0,
                    since.0,
                    limits::PUSH_LOG_ROWS as i64
                )?;
                rows.into_iter().map(line).collect()
            }
            .boxed()
        })
        .await
    }

    /// Notes whether somebody looks at a window of this device: they need not be told elsewhere. It is
    /// only written down for people who have a device that is told.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn look(&self, caller: &Caller, on: bool) -> Result<Looked> {
        let (caller, now) = (*caller, self.now());
        let wanted = self.read(move |tx| async move { is_told(tx, &caller).await }.boxed()).await?;
        if wanted {
            let until = if on { now + limits::LOOKS_FOR } else { now };
            self.write(move |tx| {
                async move {
                    let sql = "UPDATE sessions SET looks_until = $2 WHERE id = $1";
                    execute!(tx, sql, caller.session.0, until.0)?;
                    Ok(())
                }
                .boxed()
            })
            .await?;
        }
        Ok(Looked { wanted })
    }

    /// Forgets what is too old: the log, what devices show for long, and devices that are signed out.
    /// Returns how many rows went.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn prune_pushes(&self, older_than: Timestamp) -> Result<u64> {
        let written = self.write(move |tx| {
            async move {
                let lines = execute!(tx, "DELETE FROM push_log WHERE at < $1", older_than.0)?;
                let pushes = execute!(tx, "DELETE FROM pushes WHERE at < $1", older_than.0)?;
                let devices = execute!(
                    tx,
                    "DELETE FROM push_subscriptions WHERE session_id IN
                     (SELECT s.id FROM sessions s JOIN push_subscriptions p ON p.session_id = s.id
                      WHERE s.ended_at IS NOT NULL OR s.expires_at <= $1)",
                    tx.now.0
                )?;
                Ok(lines + pushes + devices)
            }
            .boxed()
        });
        Ok(written.await?.value)
    }
}

async fn subscribe(tx: &mut WriteTx, caller: &Caller, target: &PushTarget) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM push_subscriptions WHERE endpoint = $1 AND session_id <> $2",
        &target.endpoint,
        caller.session.0
    )?;
    let now = tx.now.0;
    execute!(
        tx,
        "INSERT INTO push_subscriptions (session_id, user_id, endpoint, p256dh, auth, at)
         SELECT s.id, s.user_id, $3, $4, $5, $6 FROM sessions s
         WHERE s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL
         ON CONFLICT (session_id) DO UPDATE SET
             endpoint = excluded.endpoint, p256dh = excluded.p256dh, auth = excluded.auth",
        caller.session.0,
        caller.user.0,
        &target.endpoint,
        target.p256dh.as_slice(),
        target.auth.as_slice(),
        now
    )?;
    Ok(())
}

async fn is_told(tx: &mut Tx, caller: &Caller) -> Result<bool> {
    let sql = "SELECT at FROM push_subscriptions WHERE user_id = $1 LIMIT 1";
    Ok(fetch_optional!(tx, (i64,), sql, caller.user.0)?.is_some())
}

fn line(row: LineRow) -> Result<PushLine> {
    let corrupt = |why: &str| Error::corrupt("push_log", row.id, why);
    let about = PushAbout::ALL.into_iter().find(|about| about.word() == row.about);
    let about = about.ok_or_else(|| corrupt("what it is about is unknown"))?;
    let outcome = settle::outcome_of(&row.outcome, row.detail);
    let outcome: PushOutcome = outcome.ok_or_else(|| corrupt("its outcome is unknown"))?;
    Ok(PushLine { at: Timestamp(row.at), device: row.device, about, outcome })
}
