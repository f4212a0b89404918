//! Who may do what. A right is a value: the only way to get a [`Member`] is to be one, and commands
//! ask for the value instead of checking.

use crate::db::{Tx, fetch_all, fetch_optional};
use crate::presence::{self, ChoiceRow, choice_columns};
use crate::{Error, Result, Store};
use protocol::person::InstanceRole;
use protocol::presence::PresenceChoice;
use protocol::workspace::Role;
use protocol::{ConversationId, PostId, SessionId, Timestamp, Topic, UserId, WorkspaceId};
use std::time::Duration;
use uuid::Uuid;

/// Who asks: made by `Store::authenticate` and by what signs somebody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Whose account.
    pub user: UserId,
    /// Which device.
    pub session: SessionId,
    /// Their role on the instance.
    pub role: InstanceRole,
}

/// What a connection may follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The session has not ended and the account is active.
    pub active: bool,
    /// The person's own topic, then their workspaces and conversations; none if not active.
    pub topics: Vec<Topic>,
    /// When to ask again: the session ends by itself then, unless it is used until then.
    pub expires_in: Duration,
    /// What others are to see of the person.
    pub choice: PresenceChoice,
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    expires_at: i64,
    #[sqlx(flatten)]
    choice: ChoiceRow,
}

/// Proof: the caller is a member of the workspace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    /// Who.
    pub(crate) user: UserId,
    /// Of which workspace.
    pub(crate) workspace: WorkspaceId,
    /// As what.
    pub(crate) role: Role,
}

/// Proof: may write posts, publish events and invite people.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer(Member);

/// Proof: may pin, delete what others wrote, and manage members and invitations.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moderator(Member);

/// Proof: may hand out every role and rename the workspace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner(Member);

/// Proof: runs the instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InstanceAdmin(Caller);

macro_rules! stronger {
    ($($name:ident($inner:ident)),*) => {$(
        impl std::ops::Deref for $name {
            type Target = $inner;
            fn deref(&self) -> &$inner {
                &self.0
            }
        }
    )*};
}
// After the macro, which it uses too.
mod conversations;

pub(crate) use conversations::{
    Keeper, MessagePlace, Reader, Speaker, conversation, conversations, message, no_conversation, no_message,
    take_turns, take_turns_on_message,
};

stronger!(Writer(Member), Moderator(Member), Owner(Member), InstanceAdmin(Caller));

impl Member {
    /// The workspace's topic.
    pub(crate) fn topic(&self) -> Topic {
        Topic::Workspace(self.workspace)
    }

    /// Members and above write posts; guests do not.
    pub(crate) fn may_post(self) -> Result<Writer> {
        self.at_least(Role::Member, "Guests can comment and react, but not write posts.").map(Writer)
    }

    /// Members and above publish events; guests do not.
    pub(crate) fn may_publish(self) -> Result<Writer> {
        self.at_least(Role::Member, "Guests cannot publish events.").map(Writer)
    }

    /// Admins and owners.
    pub(crate) fn moderator(self) -> Result<Moderator> {
        self.at_least(Role::Admin, "Only admins of the workspace can do this.").map(Moderator)
    }

    /// Owners.
    pub(crate) fn owner(self) -> Result<Owner> {
        self.at_least(Role::Owner, "Only owners of the workspace can do this.").map(Owner)
    }

    fn at_least(self, role: Role, otherwise: &str) -> Result<Self> {
        if self.role < role { Err(protocol::Error::forbidden(otherwise).into()) } else { Ok(self) }
    }
}

/// Proof of membership; to people outside, a workspace does not exist.
pub(crate) async fn member(tx: &mut Tx, caller: &Caller, workspace: WorkspaceId) -> Result<Member> {
    let found = fetch_optional!(
        tx,
        (String,),
        "SELECT role FROM members WHERE workspace_id = $1 AND user_id = $2",
        workspace.0,
        caller.user.0
    )?;
    let Some((role,)) = found else { return Err(protocol::Error::not_found("This workspace").into()) };
    let role = role_of(&role, caller.user)?;
    Ok(Member { user: caller.user, workspace, role })
}

/// Proof for a post's workspace. Deleted posts are found too: the caller's command decides what that means.
pub(crate) async fn post(tx: &mut Tx, caller: &Caller, post: PostId) -> Result<Member> {
    let found = fetch_optional!(
        tx,
        (Uuid, String),
        "SELECT posts.workspace_id, members.role FROM posts
         JOIN members ON members.workspace_id = posts.workspace_id AND members.user_id = $2
         WHERE posts.id = $1",
        post.0,
        caller.user.0
    )?;
    let Some((workspace, role)) = found else { return Err(protocol::Error::not_found("This post").into()) };
    let role = role_of(&role, caller.user)?;
    Ok(Member { user: caller.user, workspace: WorkspaceId(workspace), role })
}

/// Proof of running the instance. The role is the one of this request's authentication.
pub(crate) fn instance_admin(caller: &Caller) -> Result<InstanceAdmin> {
    match caller.role {
        InstanceRole::Admin => Ok(InstanceAdmin(*caller)),
        InstanceRole::Member => Err(protocol::Error::forbidden("Only administrators can do this.").into()),
    }
}

/// A role as the database spells it.
pub(crate) fn role_of(word: &str, user: UserId) -> Result<Role> {
    let role = Role::ALL.into_iter().find(|role| role.word() == word);
    role.ok_or_else(|| Error::corrupt("members", user, "its role is unknown"))
}

impl Store {
    /// What a connection of this device may follow now.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn access(&self, caller: &Caller) -> Result<Access> {
        self.access_also(caller, &[]).await
    }

    /// [`Store::access`] for a connection that follows these topics too: rooms among them that the
    /// person has not joined are in the answer as long as they may read them.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn access_also(&self, caller: &Caller, followed: &[Topic]) -> Result<Access> {
        let (caller, now) = (*caller, self.now());
        let followed: Vec<Uuid> = followed
            .iter()
            .filter_map(|topic| match topic {
                Topic::Conversation(id) => Some(id.0),
                Topic::Workspace(_) | Topic::User(_) => None,
            })
            .collect();
        self.read(move |tx| {
            Box::pin(async move {
                let session = fetch_optional!(
                    tx,
                    SessionRow,
                    concat!(
                        "SELECT sessions.expires_at, ",
                        choice_columns!(),
                        " FROM sessions JOIN users ON users.id = sessions.user_id
                     WHERE sessions.id = $1 AND users.id = $2 AND users.active AND sessions.ended_at IS NULL
                     AND sessions.expires_at > $3"
                    ),
                    caller.session.0,
                    caller.user.0,
                    now.0
                )?;
                let Some(session) = session else {
                    let (topics, choice) = (Vec::new(), PresenceChoice::default());
                    return Ok(Access { active: false, topics, expires_in: Duration::ZERO, choice });
                };
                let expires_in = Timestamp(session.expires_at).since(now);
                let choice = session.choice.choice(now);
                let rows = fetch_all!(
                    tx,
                    (Uuid,),
                    "SELECT workspace_id FROM members WHERE user_id = $1 ORDER BY workspace_id",
                    caller.user.0
                )?;
                let workspaces = rows.into_iter().map(|(id,)| Topic::Workspace(WorkspaceId(id)));
                let conversations = fetch_all!(
                    tx,
                    (Uuid,),
                    ids = followed,
                    "SELECT c.id FROM participants p JOIN conversations c ON c.id = p.conversation_id
                     JOIN members m ON m.workspace_id = c.workspace_id AND m.user_id = p.user_id
                     WHERE p.user_id = $2
                     UNION
                     SELECT c.id FROM conversations c
                     JOIN members m ON m.workspace_id = c.workspace_id AND m.user_id = $2
                     WHERE c.id IN (SELECT id FROM ids) AND c.kind = 'room' AND m.role <> 'guest'
                     ORDER BY 1",
                    caller.user.0
                )?;
                let conversations =
                    conversations.into_iter().map(|(id,)| Topic::Conversation(ConversationId(id)));
                let own = std::iter::once(Topic::User(caller.user));
                let topics = own.chain(workspaces).chain(conversations).collect();
                Ok(Access { active: true, topics, expires_in, choice })
            })
        })
        .await
    }

    /// Everybody who may read a topic now.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn readers(&self, topic: Topic) -> Result<Vec<UserId>> {
        self.read_one(move |tx| {
            Box::pin(async move {
                let rows = match topic {
                    Topic::User(owner) => return Ok(vec![owner]),
                    Topic::Workspace(workspace) => fetch_all!(
                        tx,
                        (Uuid,),
                        "SELECT members.user_id FROM members JOIN users ON users.id = members.user_id
                         WHERE members.workspace_id = $1 AND users.active",
                        workspace.0
                    )?,
                    Topic::Conversation(conversation) => fetch_all!(
                        tx,
                        (Uuid,),
                        "SELECT m.user_id FROM conversations c
                         JOIN members m ON m.workspace_id = c.workspace_id
                         JOIN users u ON u.id = m.user_id
                         LEFT JOIN participants p ON p.conversation_id = c.id AND p.user_id = m.user_id
                         WHERE c.id = $1 AND u.active
                         AND (p.user_id IS NOT NULL OR (c.kind = 'room' AND m.role <> 'guest'))",
                        conversation.0
                    )?,
                };
                Ok(rows.into_iter().map(|(user,)| UserId(user)).collect())
            })
        })
        .await
    }

    /// The caller's name, if they may write in the topic and are to be seen: what others are told while
    /// they do.
    ///
    /// # Errors
    /// 404 and 403 where they may not, 403 as long as they are invisible.
    pub async fn name_in(&self, caller: &Caller, topic: Topic) -> Result<String> {
        let (caller, now) = (*caller, self.now());
        self.read(move |tx| {
            Box::pin(async move {
                if presence::choice(tx, caller.user, now).await?.invisible {
                    return Err(protocol::Error::forbidden("Nobody is to know that you are here.").into());
                }
                match topic {
                    Topic::Workspace(workspace) => {
                        member(tx, &caller, workspace).await?;
                        Ok(crate::authors::person(tx, caller.user).await?.name)
                    }
                    Topic::Conversation(id) => {
                        let speaker = conversation(tx, &caller, id).await?.participant()?.speaker()?;
                        Ok(speaker.person.name.clone())
                    }
                    Topic::User(_) => Err(protocol::Error::not_found("This topic").into()),
                }
            })
        })
        .await
    }

    /// Whether a person may read a topic now.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn may_read(&self, user: UserId, topic: Topic) -> Result<bool> {
        self.read_one(move |tx| {
            Box::pin(async move {
                let found = match topic {
                    Topic::User(owner) => return Ok(owner == user),
                    Topic::Workspace(workspace) => fetch_optional!(
                        tx,
                        (String,),
                        "SELECT members.role FROM members JOIN users ON users.id = members.user_id
                         WHERE members.workspace_id = $1 AND members.user_id = $2 AND users.active",
                        workspace.0,
                        user.0
                    )?,
                    Topic::Conversation(conversation) => fetch_optional!(
                        tx,
                        (String,),
                        "SELECT m.role FROM conversations c
                         JOIN members m ON m.workspace_id = c.workspace_id AND m.user_id = $2
                         JOIN users u ON u.id = m.user_id
                         LEFT JOIN participants p ON p.conversation_id = c.id AND p.user_id = m.user_id
                         WHERE c.id = $1 AND u.active
                         AND (p.user_id IS NOT NULL OR (c.kind = 'room' AND m.role <> 'guest'))",
                        conversation.0,
                        user.0
                    )?,
                };
                Ok(found.is_some())
            })
        })
        .await
    }
}
