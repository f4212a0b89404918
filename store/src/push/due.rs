//! Whose time has come: what is to be done for which device, decided by what is true now.

use super::{PushId, PushTarget, settle};
use crate::authors::Author;
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::notifications::rows;
use crate::writer::WriteTx;
use crate::{Result, Store, markdown};
use futures::FutureExt;
use protocol::notification::{Notification, NotificationKind};
use protocol::push::{PushAbout, PushOutcome};
use protocol::{ConversationId, MessageId, Person, SessionId, Timestamp, UserId, limits};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use uuid::Uuid;

/// Rows that a node takes at once.
const AT_ONCE: i64 = 64;

/// One thing that is to be done for one device.
#[derive(Clone, Debug)]
pub struct DuePush {
    /// Which.
    pub id: PushId,
    /// Where.
    pub target: PushTarget,
    /// What the device calls itself.
    pub device: String,
    /// What it is about; none of what is not there any more.
    pub about: Option<PushAbout>,
    /// How often its push service did not take it.
    pub attempts: u32,
    /// What is to be done.
    pub task: PushTask,
}

/// What is to be done for a device.
#[derive(Clone, Debug)]
pub enum PushTask {
    /// Tell it.
    Show(PushNews),
    /// Let it take back what it shows.
    Close,
    /// Leave it as it is.
    Keep,
    /// Do not tell it.
    Drop(PushOutcome),
}

/// What a device is told.
#[derive(Clone, Debug)]
pub enum PushNews {
    /// Something that stands in the person's inbox.
    Notification(Box<Notification>),
    /// A message to them alone.
    Message(Box<DirectMessage>),
    /// A test.
    Test,
}

/// The latest message of a direct conversation that its other person has not read.
#[derive(Clone, Debug)]
pub struct DirectMessage {
    /// The workspace's name in addresses.
    pub slug: String,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its id.
    pub message: MessageId,
    /// Its author.
    pub from: Person,
    /// The beginning of its text, empty where it is only files.
    pub excerpt: String,
}

/// A row of `pushes` that this node has taken.
#[derive(sqlx::FromRow)]
struct Taken {
    session_id: Uuid,
    kind: String,
    subject_id: Uuid,
    user_id: Uuid,
    at: i64,
    attempts: i64,
    shown_at: Option<i64>,
    changed_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct DeviceRow {
    session_id: Uuid,
    endpoint: String,
    p256dh: Vec<u8>,
    auth: Vec<u8>,
    device: String,
    quiet_until: i64,
}

#[derive(sqlx::FromRow)]
struct StateRow {
    id: Uuid,
    read_at: Option<i64>,
    standing: bool,
    passed: bool,
}

#[derive(sqlx::FromRow)]
struct MessageRow {
    reader_id: Uuid,
    conversation_id: Uuid,
    slug: String,
    standing: bool,
    message_id: Uuid,
    body: String,
    #[sqlx(flatten)]
    author: Author,
}

/// Everything that the decisions need, each read once for all rows.
struct Known {
    now: Timestamp,
    /// People before whom a window stands open.
    looking: HashSet<Uuid>,
    notifications: HashMap<Uuid, (StateRow, Notification)>,
    /// By person and conversation: what they have not read.
    messages: HashMap<(Uuid, Uuid), MessageRow>,
}

/// What is true of the subject of a push.
struct Subject {
    about: Option<PushAbout>,
    /// Why nobody is told of it any more.
    over: Option<PushOutcome>,
    news: Option<PushNews>,
}

impl Store {
    /// Some of the pushes whose time has come, with what is to be done. No other node gets them within
    /// `lease`; say with [`Store::settle_push`] how each went.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn due_pushes(&self, lease: Duration) -> Result<Vec<DuePush>> {
        let now = self.now();
        // Most often there is nothing, and the writer need not be asked.
        let waiting = self.read_one(move |tx| async move { is_any_due(tx, now).await }.boxed()).await?;
        if !waiting {
            return Ok(Vec::new());
        }
        let taken = self.write(move |tx| async move { take(tx, lease).await }.boxed()).await?.value;
        let (due, signed_out) =
            self.read(move |tx| async move { decide(tx, taken, now).await }.boxed()).await?;
        if !signed_out.is_empty() {
            self.forget_devices(signed_out).await?;
        }
        Ok(due)
    }

    /// Devices that are signed out are told no more.
    async fn forget_devices(&self, sessions: Vec<Uuid>) -> Result<()> {
        self.write(move |tx| {
            let sessions = sessions.clone();
            async move {
                execute!(
                    tx,
                    ids = sessions,
                    "DELETE FROM push_subscriptions WHERE session_id IN (SELECT id FROM ids)"
                )?;
                Ok(())
            }
            .boxed()
        })
        .await?;
        Ok(())
    }
}

async fn is_any_due(tx: &mut Tx, now: Timestamp) -> Result<bool> {
    let sql = "SELECT due_at FROM pushes WHERE due_at <= $1 AND leased_until <= $1 LIMIT 1";
    Ok(fetch_optional!(tx, (i64,), sql, now.0)?.is_some())
}

async fn take(tx: &mut WriteTx, lease: Duration) -> Result<Vec<Taken>> {
    let (now, until) = (tx.now.0, (tx.now + lease).0);
    // Asked twice: another node may have taken one while this one waited for its row.
    Ok(fetch_all!(
        tx,
        Taken,
        "UPDATE pushes SET leased_until = $2
         WHERE due_at <= $1 AND leased_until <= $1 AND (session_id, kind, subject_id) IN
             (SELECT session_id, kind, subject_id FROM pushes
              WHERE due_at <= $1 AND leased_until <= $1 ORDER BY due_at LIMIT $3)
         RETURNING session_id, kind, subject_id, user_id, at, attempts, shown_at, changed_at",
        now,
        until,
        AT_ONCE
    )?)
}

/// What is to be done, and which devices are signed out.
async fn decide(tx: &mut Tx, taken: Vec<Taken>, now: Timestamp) -> Result<(Vec<DuePush>, Vec<Uuid>)> {
    let mut devices = devices(tx, &taken, now).await?;
    let known = Known {
        now,
        looking: looking(tx, &taken, now).await?,
        notifications: notifications(tx, &taken).await?,
        messages: messages(tx, &taken).await?,
    };
    let (mut due, mut signed_out) = (Vec::new(), Vec::new());
    for row in taken {
        match devices.get_mut(&row.session_id) {
            Some(device) => due.push(known.decide(row, device)),
            None => signed_out.push(row.session_id),
        }
    }
    Ok((due, signed_out))
}

impl Known {
    fn decide(&self, row: Taken, device: &DeviceRow) -> DuePush {
        let Subject { about, over, news } = self.subject(&row);
        let is_old = limits::PUSH_NEWS_FOR < self.now.since(Timestamp(row.at));
        // A test was asked for just now.
        let is_test = row.kind == settle::TEST;
        let is_looking = !is_test && self.looking.contains(&row.user_id);
        let quiet = Some(Timestamp(device.quiet_until)).filter(|until| !is_test && self.now < *until);
        let task = match (over, row.shown_at, news) {
            (Some(_), Some(_), _) => PushTask::Close,
            (Some(outcome), None, _) => PushTask::Drop(outcome),
            (None, Some(shown_at), _) if shown_at == row.at || is_looking || is_old || quiet.is_some() => {
                PushTask::Keep
            }
            (None, None, _) if is_old => PushTask::Drop(PushOutcome::Late),
            (None, None, _) if is_looking => PushTask::Drop(PushOutcome::Looking),
            (None, _, Some(news)) => match quiet {
                Some(until) => PushTask::Drop(PushOutcome::Quiet { until }),
                None => PushTask::Show(news),
            },
            (None, _, None) => PushTask::Drop(PushOutcome::Gone),
        };
        DuePush {
            id: PushId {
                session: SessionId(row.session_id),
                user: UserId(row.user_id),
                kind: row.kind,
                subject: row.subject_id,
                at: Timestamp(row.at),
                changed_at: row.changed_at.unwrap_or(0),
            },
            target: PushTarget {
                endpoint: device.endpoint.clone(),
                p256dh: device.p256dh.clone(),
                auth: device.auth.clone(),
            },
            device: device.device.clone(),
            about,
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            task,
        }
    }

    fn subject(&self, row: &Taken) -> Subject {
        match row.kind.as_str() {
            settle::TEST => Subject { about: Some(PushAbout::Test), over: None, news: Some(PushNews::Test) },
            settle::MESSAGE => self.conversation(row),
            _ => self.notification(row),
        }
    }

    fn notification(&self, row: &Taken) -> Subject {
        let Some((state, notification)) = self.notifications.get(&row.subject_id) else {
            return Subject { about: None, over: Some(PushOutcome::Gone), news: None };
        };
        let read = state.read_at.or_else(|| state.passed.then(|| row.changed_at.unwrap_or(self.now.0)));
        let over = match read {
            Some(at) => Some(PushOutcome::Read { at: Timestamp(at) }),
            None if !state.standing => Some(PushOutcome::Gone),
            None => None,
        };
        let news = Some(PushNews::Notification(Box::new(notification.clone())));
        Subject { about: about(notification.kind), over, news }
    }

    fn conversation(&self, row: &Taken) -> Subject {
        let about = Some(PushAbout::Message);
        let Some(message) = self.messages.get(&(row.user_id, row.subject_id)) else {
            let at = Timestamp(row.changed_at.unwrap_or(self.now.0));
            return Subject { about, over: Some(PushOutcome::Read { at }), news: None };
        };
        let news = DirectMessage {
            slug: message.slug.clone(),
            conversation: ConversationId(message.conversation_id),
            message: MessageId(message.message_id),
            from: message.author.clone().into(),
            excerpt: markdown::excerpt(&message.body),
        };
        let over = (!message.standing).then_some(PushOutcome::Gone);
        Subject { about, over, news: Some(PushNews::Message(Box::new(news))) }
    }
}

fn about(kind: NotificationKind) -> Option<PushAbout> {
    match kind {
        NotificationKind::Mention => Some(PushAbout::Mention),
        NotificationKind::Comment => Some(PushAbout::Comment),
        NotificationKind::Reply => Some(PushAbout::Reply),
        NotificationKind::Thread => Some(PushAbout::Thread),
        NotificationKind::Role => Some(PushAbout::Role),
        NotificationKind::Event => Some(PushAbout::Event),
        NotificationKind::Reaction => None,
    }
}

async fn devices(tx: &mut Tx, taken: &[Taken], now: Timestamp) -> Result<HashMap<Uuid, DeviceRow>> {
    let sessions: Vec<Uuid> = taken.iter().map(|row| row.session_id).collect();
    let rows = fetch_all!(
        tx,
        DeviceRow,
        ids = sessions,
        "SELECT p.session_id, p.endpoint, p.p256dh, p.auth, s.device, u.quiet_until
         FROM push_subscriptions p JOIN sessions s ON s.id = p.session_id JOIN users u ON u.id = p.user_id
         WHERE p.session_id IN (SELECT id FROM ids) AND s.ended_at IS NULL AND s.expires_at > $2 AND u.active",
        now.0
    )?;
    Ok(rows.into_iter().map(|row| (row.session_id, row)).collect())
}

async fn looking(tx: &mut Tx, taken: &[Taken], now: Timestamp) -> Result<HashSet<Uuid>> {
    let users: Vec<Uuid> = taken.iter().map(|row| row.user_id).collect();
    let rows = fetch_all!(
        tx,
        (Uuid,),
        ids = users,
        "SELECT user_id FROM sessions
         WHERE user_id IN (SELECT id FROM ids) AND ended_at IS NULL AND looks_until > $2",
        now.0
    )?;
    Ok(rows.into_iter().map(|(user,)| user).collect())
}

/// The notifications among the subjects, and whether they are still to be told.
async fn notifications(tx: &mut Tx, taken: &[Taken]) -> Result<HashMap<Uuid, (StateRow, Notification)>> {
    let ids = subjects(taken, settle::NOTIFICATION);
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let states = fetch_all!(
        tx,
        StateRow,
        ids = ids,
        "SELECT n.id, n.read_at,
             m.user_id IS NOT NULL
             AND (n.conversation_id IS NULL OR (p.user_id IS NOT NULL AND p.level <> 'nothing'))
             AND po.deleted_at IS NULL AND co.deleted_at IS NULL AND me.deleted_at IS NULL
             AND ev.deleted_at IS NULL AS standing,
             COALESCE(n.kind = 'mention' AND me.in_room AND me.seq <= p.read_seq, FALSE) AS passed
         FROM notifications n
         LEFT JOIN members m ON m.workspace_id = n.workspace_id AND m.user_id = n.user_id
         LEFT JOIN participants p ON p.conversation_id = n.conversation_id AND p.user_id = n.user_id
         LEFT JOIN posts po ON po.id = n.post_id
         LEFT JOIN comments co ON co.id = n.comment_id
         LEFT JOIN messages me ON me.id = n.message_id
         LEFT JOIN custom_events ev ON ev.id = n.event_id
         WHERE n.id IN (SELECT id FROM ids)"
    )?;
    let mut states: HashMap<Uuid, StateRow> = states.into_iter().map(|row| (row.id, row)).collect();
    let notifications = rows::these(tx, &ids).await?;
    let both = notifications.into_iter().filter_map(|one| Some((one.id.0, (states.remove(&one.id.0)?, one))));
    Ok(both.collect())
}

/// The latest unread message of each direct conversation among the subjects, for each of its people.
async fn messages(tx: &mut Tx, taken: &[Taken]) -> Result<HashMap<(Uuid, Uuid), MessageRow>> {
    let ids = subjects(taken, settle::MESSAGE);
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = fetch_all!(
        tx,
        MessageRow,
        ids = ids,
        "SELECT p.user_id AS reader_id, c.id AS conversation_id, w.slug,
             p.level = 'all' AND mm.user_id IS NOT NULL AS standing,
             m.id AS message_id, SUBSTR(m.body, 1, 1000) AS body,
             u.id AS author_id, u.name AS author_name, u.handle AS author_handle,
             CAST(u.hue AS BIGINT) AS author_hue, u.former AS author_former, u.bot_of IS NOT NULL AS author_bot
         FROM conversations c
         JOIN workspaces w ON w.id = c.workspace_id
         JOIN participants p ON p.conversation_id = c.id
         LEFT JOIN members mm ON mm.workspace_id = c.workspace_id AND mm.user_id = p.user_id
         JOIN messages m ON m.id =
             (SELECT x.id FROM messages x
              WHERE x.conversation_id = c.id AND x.in_room AND x.line IS NULL AND x.deleted_at IS NULL
              AND x.author_id <> p.user_id AND x.seq > p.read_seq ORDER BY x.seq DESC LIMIT 1)
         JOIN users u ON u.id = m.author_id
         WHERE c.id IN (SELECT id FROM ids)"
    )?;
    Ok(rows.into_iter().map(|row| ((row.reader_id, row.conversation_id), row)).collect())
}

fn subjects(taken: &[Taken], kind: &str) -> Vec<Uuid> {
    taken.iter().filter(|row| row.kind == kind).map(|row| row.subject_id).collect()
}
