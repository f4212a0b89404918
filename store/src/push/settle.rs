//! How it went: what a device shows from now on, what is tried again, and the line that says why.

use super::DuePush;
use crate::db::execute;
use crate::writer::WriteTx;
use crate::{Result, Store};
use futures::FutureExt;
use protocol::push::PushOutcome;
use protocol::{PushLineId, SessionId, Timestamp, UserId};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// The kinds of rows in `pushes`.
pub(super) const NOTIFICATION: &str = "notification";
pub(super) const MESSAGE: &str = "message";
pub(super) const TEST: &str = "test";

/// Which push: one thing, one device, and what was known of it when it was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushId {
    /// The device.
    pub session: SessionId,
    /// Whose it is.
    pub user: UserId,
    pub(crate) kind: String,
    pub(crate) subject: Uuid,
    /// When the latest of it happened.
    pub at: Timestamp,
    pub(crate) changed_at: i64,
}

impl PushId {
    /// A name for what it is about, the same each time: what came before is replaced on the device, and
    /// at the push service where it still waits. 32 letters and digits, as RFC 8030 allows.
    #[must_use]
    pub fn tag(&self) -> String {
        self.subject.simple().to_string()
    }
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The device was told.
    Shown,
    /// It shows what it showed before.
    Kept,
    /// It shows nothing of it any more.
    Closed,
    /// It is not told.
    Dropped(PushOutcome),
    /// Its push service refuses messages for it for good: the device is told of nothing any more.
    Ended {
        /// The status that it answered.
        status: u16,
    },
    /// Tried again after this long.
    Again(Duration),
}

impl Settled {
    /// What the person finds in their log.
    fn outcome(self) -> Option<PushOutcome> {
        match self {
            Self::Shown => Some(PushOutcome::Sent),
            Self::Closed => Some(PushOutcome::Withdrawn),
            Self::Dropped(outcome) => Some(outcome),
            Self::Ended { status } => Some(PushOutcome::Ended { status }),
            Self::Kept | Self::Again(_) => None,
        }
    }
}

impl Store {
    /// Notes how a push went. What happened to its subject meanwhile is decided anew.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`]; then it is decided anew when its lease ends.
    pub async fn settle_push(&self, push: &DuePush, settled: Settled) -> Result<()> {
        let push = Arc::new(push.clone());
        self.write(move |tx| {
            let push = Arc::clone(&push);
            async move { settle(tx, &push, settled).await }.boxed()
        })
        .await?;
        Ok(())
    }
}

async fn settle(tx: &mut WriteTx, push: &DuePush, settled: Settled) -> Result<()> {
    if let (Some(about), Some(outcome)) = (push.about, settled.outcome()) {
        let (word, detail) = words(outcome);
        let now = tx.now;
        execute!(
            tx,
            "INSERT INTO push_log (id, user_id, at, device, about, outcome, detail)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            PushLineId::new(now).0,
            push.id.user.0,
            now.0,
            &push.device,
            about.word(),
            word,
            detail
        )?;
    }
    match settled {
        Settled::Shown if push.id.kind == TEST => forget(tx, push).await,
        Settled::Shown | Settled::Kept => shown(tx, push).await,
        Settled::Closed | Settled::Dropped(_) => forget(tx, push).await,
        Settled::Ended { .. } => {
            let sql = "DELETE FROM push_subscriptions WHERE session_id = $1 AND endpoint = $2";
            execute!(tx, sql, push.id.session.0, &push.target.endpoint)?;
            Ok(())
        }
        Settled::Again(after) => again(tx, push, after).await,
    }
}

/// The device shows it: nothing is to do until more happens, or has happened since it was decided.
async fn shown(tx: &mut WriteTx, push: &DuePush) -> Result<()> {
    let (id, now) = (&push.id, tx.now.0);
    execute!(
        tx,
        "UPDATE pushes SET shown_at = $4, leased_until = 0, attempts = 0,
             due_at = CASE WHEN at <> $4 THEN due_at WHEN COALESCE(changed_at, 0) <> $5 THEN $6 ELSE NULL END
         WHERE session_id = $1 AND kind = $2 AND subject_id = $3",
        id.session.0,
        id.kind.as_str(),
        id.subject,
        id.at.0,
        id.changed_at,
        now
    )?;
    Ok(())
}

/// It is done with, unless more happened since it was decided.
async fn forget(tx: &mut WriteTx, push: &DuePush) -> Result<()> {
    let id = &push.id;
    let gone = execute!(
        tx,
        "DELETE FROM pushes WHERE session_id = $1 AND kind = $2 AND subject_id = $3 AND at = $4",
        id.session.0,
        id.kind.as_str(),
        id.subject,
        id.at.0
    )?;
    if gone == 0 {
        execute!(
            tx,
            "UPDATE pushes SET shown_at = NULL, leased_until = 0
             WHERE session_id = $1 AND kind = $2 AND subject_id = $3",
            id.session.0,
            id.kind.as_str(),
            id.subject
        )?;
    }
    Ok(())
}

async fn again(tx: &mut WriteTx, push: &DuePush, after: Duration) -> Result<()> {
    let (id, due) = (&push.id, (tx.now + after).0);
    execute!(
        tx,
        "UPDATE pushes SET attempts = attempts + 1, leased_until = 0, due_at = $4
         WHERE session_id = $1 AND kind = $2 AND subject_id = $3",
        id.session.0,
        id.kind.as_str(),
        id.subject,
        due
    )?;
    Ok(())
}

/// An outcome as its row has it.
fn words(outcome: PushOutcome) -> (&'static str, Option<i64>) {
    match outcome {
        PushOutcome::Sent => ("sent", None),
        PushOutcome::Read { at } => ("read", Some(at.0)),
        PushOutcome::Looking => ("looking", None),
        PushOutcome::Quiet { until } => ("quiet", Some(until.0)),
        PushOutcome::Gone => ("gone", None),
        PushOutcome::Late => ("late", None),
        PushOutcome::Withdrawn => ("withdrawn", None),
        PushOutcome::Ended { status } => ("ended", Some(status.into())),
        PushOutcome::Refused { status } => ("refused", Some(status.into())),
        PushOutcome::Unreachable => ("unreachable", None),
    }
}

/// … and back.
pub(super) fn outcome_of(word: &str, detail: Option<i64>) -> Option<PushOutcome> {
    let status = || u16::try_from(detail?).ok();
    Some(match word {
        "sent" => PushOutcome::Sent,
        "read" => PushOutcome::Read { at: Timestamp(detail?) },
        "looking" => PushOutcome::Looking,
        "quiet" => PushOutcome::Quiet { until: Timestamp(detail?) },
        "gone" => PushOutcome::Gone,
        "late" => PushOutcome::Late,
        "withdrawn" => PushOutcome::Withdrawn,
        "ended" => PushOutcome::Ended { status: status()? },
        "refused" => PushOutcome::Refused { status: status()? },
        "unreachable" => PushOutcome::Unreachable,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_reads_back_as_it_was_written() {
        for outcome in [
            PushOutcome::Sent,
            PushOutcome::Read { at: Timestamp(5) },
            PushOutcome::Looking,
            PushOutcome::Quiet { until: Timestamp(7) },
            PushOutcome::Gone,
            PushOutcome::Late,
            PushOutcome::Withdrawn,
            PushOutcome::Ended { status: 410 },
            PushOutcome::Refused { status: 403 },
            PushOutcome::Unreachable,
        ] {
            let (word, detail) = words(outcome);
            assert_eq!(outcome_of(word, detail), Some(outcome));
        }
        assert_eq!(outcome_of("read", None), None);
    }
}
