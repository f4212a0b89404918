//! What a person chose about what others see of them: that they are here, that they do not want to be
//! disturbed, how far they have read.
//!
//! Whether they are here at all only sockets know. A choice stands in the person's own log and raises its
//! permission epoch, so their sockets on every node ask again what they may follow, and learn it with the
//! answer: nothing is shown of anybody before it is known what they want shown. To others, somebody
//! invisible left at that moment: what would tell otherwise (receipts, `@here`, when an account was last
//! used) stands still there.

use crate::db::{Tx, execute, fetch_all, fetch_one};
use crate::log::{number, signed};
use crate::notifications;
use crate::writer::WriteTx;
use crate::{Caller, Result, Store};
use futures::FutureExt;
use protocol::presence::{NewPresence, PresenceChoice, SeenAs};
use protocol::{ConversationId, Error, EventKind, Timestamp, Topic, UserId, limits};
use std::time::Duration;
use uuid::Uuid;

/// The columns of [`ChoiceRow`] from `users`.
macro_rules! choice_columns {
    () => {
        "users.invisible_since, users.quiet_until, users.receipts"
    };
}
pub(crate) use choice_columns;

/// When a session was last used, as others may know it: of `sessions s` and `users u`.
macro_rules! seen_used_at {
    () => {
        "CASE WHEN u.invisible_since <> 0 AND u.invisible_since < s.used_at
              THEN u.invisible_since ELSE s.used_at END"
    };
}
pub(crate) use seen_used_at;

/// A choice as the database holds it.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct ChoiceRow {
    invisible_since: i64,
    quiet_until: i64,
    receipts: bool,
}

impl ChoiceRow {
    pub(crate) fn choice(&self, now: Timestamp) -> PresenceChoice {
        PresenceChoice {
            invisible: self.invisible_since != 0,
            quiet_until: Some(Timestamp(self.quiet_until)).filter(|until| now < *until),
            receipts: self.receipts,
        }
    }
}

async fn row(tx: &mut Tx, user: UserId) -> Result<ChoiceRow> {
    let sql = concat!("SELECT ", choice_columns!(), " FROM users WHERE users.id = $1");
    Ok(fetch_one!(tx, ChoiceRow, sql, user.0)?)
}

/// What somebody chose.
pub(crate) async fn choice(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<PresenceChoice> {
    Ok(row(tx, user).await?.choice(now))
}

/// How far somebody lets others see that they have read a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenUpTo {
    /// Which.
    pub conversation: ConversationId,
    /// Who.
    pub user: UserId,
    /// Up to and including.
    pub seq: u64,
}

impl Store {
    /// How the caller wants to be seen from now on.
    ///
    /// # Errors
    /// 422 for being busy without an end, or for too long.
    pub async fn set_presence(&self, caller: &Caller, new: NewPresence) -> Result<PresenceChoice> {
        let NewPresence { seen_as, minutes } = new.validate()?;
        self.choose(caller, move |choice, now| match seen_as {
            SeenAs::Online => PresenceChoice { invisible: false, quiet_until: None, ..choice },
            SeenAs::Busy => {
                PresenceChoice { invisible: false, quiet_until: Some(in_minutes(now, minutes)), ..choice }
            }
            SeenAs::Invisible => PresenceChoice { invisible: true, ..choice },
        })
        .await
    }

    /// Tells no device of the caller anything for this many minutes, and shows that to others; with none,
    /// from now on again. Until when it is quiet.
    ///
    /// # Errors
    /// 422 for longer than [`limits::QUIET_MINUTES_MAX`].
    pub async fn set_quiet(&self, caller: &Caller, minutes: u32) -> Result<Option<Timestamp>> {
        if limits::QUIET_MINUTES_MAX < minutes {
            return Err(Error::invalid("minutes", "A week is the longest.").into());
        }
        let until = move |now| (minutes != 0).then(|| in_minutes(now, minutes));
        let choice = self
            .choose(caller, move |choice, now| PresenceChoice { quiet_until: until(now), ..choice })
            .await?;
        Ok(choice.quiet_until)
    }

    /// Whether others see how far the caller has read direct conversations and small groups, and the
    /// caller sees it of them.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn set_receipts(&self, caller: &Caller, on: bool) -> Result<()> {
        self.choose(caller, move |choice, _| PresenceChoice { receipts: on, ..choice }).await?;
        Ok(())
    }

    async fn choose(
        &self,
        caller: &Caller,
        change: impl Fn(PresenceChoice, Timestamp) -> PresenceChoice + Copy + Send + Sync + 'static,
    ) -> Result<PresenceChoice> {
        let user = caller.user;
        let written = self.write(move |tx| async move { choose(tx, user, change).await }.boxed());
        Ok(written.await?.value)
    }

    /// The caller's conversations in which people see how far each has read.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn with_receipts(&self, caller: &Caller) -> Result<Vec<ConversationId>> {
        let user = caller.user;
        self.read(move |tx| {
            async move {
                let rows = fetch_all!(
                    tx,
                    (Uuid,),
                    "SELECT c.id FROM participants p JOIN conversations c ON c.id = p.conversation_id
                     WHERE p.user_id = $1 AND c.kind <> 'room' AND c.members <= $2",
                    user.0,
                    signed(u64::from(limits::RECEIPTS_MEMBERS_MAX))
                )?;
                Ok(rows.into_iter().map(|(id,)| ConversationId(id)).collect())
            }
            .boxed()
        })
        .await
    }

    /// How far people let others see that they have read these conversations, rooms and large groups
    /// left out. Nobody who does not show it, or is invisible, is in the answer.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn seen_up_to(&self, conversations: &[ConversationId]) -> Result<Vec<SeenUpTo>> {
        let ids: Vec<Uuid> = conversations.iter().map(|id| id.0).collect();
        self.read(move |tx| {
            async move {
                let rows = fetch_all!(
                    tx,
                    (Uuid, Uuid, i64),
                    ids = ids,
                    "SELECT p.conversation_id, p.user_id, p.seen_seq FROM conversations c
                     JOIN participants p ON p.conversation_id = c.id JOIN users u ON u.id = p.user_id
                     WHERE c.id IN (SELECT id FROM ids) AND c.kind <> 'room' AND c.members <= $2
                     AND u.receipts AND u.invisible_since = 0",
                    signed(u64::from(limits::RECEIPTS_MEMBERS_MAX))
                )?;
                let seen = |(conversation, user, seq)| SeenUpTo {
                    conversation: ConversationId(conversation),
                    user: UserId(user),
                    seq: number(seq),
                };
                Ok(rows.into_iter().map(seen).collect())
            }
            .boxed()
        })
        .await
    }
}

fn in_minutes(now: Timestamp, minutes: u32) -> Timestamp {
    now + Duration::from_secs(u64::from(minutes) * 60)
}

async fn choose(
    tx: &mut WriteTx,
    user: UserId,
    change: impl Fn(PresenceChoice, Timestamp) -> PresenceChoice,
) -> Result<PresenceChoice> {
    notifications::take_turns(tx, &[user.0]).await?;
    let now = tx.now;
    let row = row(tx, user).await?;
    let before = row.choice(now);
    let after = change(before, now);
    if after == before {
        return Ok(after);
    }
    let invisible_since = match after.invisible {
        true if before.invisible => row.invisible_since,
        true => now.0,
        false => 0,
    };
    execute!(
        tx,
        "UPDATE users SET invisible_since = $2, quiet_until = $3, receipts = $4 WHERE id = $1",
        user.0,
        invisible_since,
        after.quiet_until.map_or(0, |until| until.0),
        after.receipts
    )?;
    if before.invisible && !after.invisible {
        execute!(
            tx,
            "UPDATE participants SET seen_seq = read_seq WHERE user_id = $1 AND seen_seq < read_seq",
            user.0
        )?;
    }
    tx.append_and_recheck(Topic::User(user), Some(user), None, EventKind::PresenceChosen(after));
    Ok(after)
}
