//! Workspaces, their members and the invitations to them.

use crate::position::Position;
use crate::presence::CustomStatus;
use crate::{Error, InvitationId, Person, Timestamp, UserId, WorkspaceId, limits, text};
use serde::{Deserialize, Serialize};

/// A workspace: a team, a community, a company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// The name to show.
    pub name: String,
    /// The name in addresses: `/w/<slug>/feed`. Made from the name, unique, never changed.
    pub slug: String,
    /// When it was made.
    pub at: Timestamp,
    /// The server looks at pages that its texts link, and shows what they are.
    #[serde(default = "yes", skip_serializing_if = "is_usual")]
    pub previews_links: bool,
}

/// What is usual is not written.
fn is_usual(previews_links: &bool) -> bool {
    *previews_links
}

fn yes() -> bool {
    true
}

impl Workspace {
    /// One or two letters for its tile.
    #[must_use]
    pub fn initials(&self) -> String {
        let letters = self.name.split_whitespace().filter_map(|word| word.chars().next());
        letters.take(2).flat_map(char::to_uppercase).collect()
    }
}

/// What a member may do in a workspace. Each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads, comments and reacts; writes no posts.
    Guest,
    /// Writes posts and invites people.
    Member,
    /// Pins, deletes others' posts, manages members and invitations.
    Admin,
    /// Hands out every role, renames the workspace. There is always at least one.
    Owner,
}

impl Role {
    /// All roles, the weakest first.
    pub const ALL: [Self; 4] = [Self::Guest, Self::Member, Self::Admin, Self::Owner];

    /// The word on the wire, in the database and (capitalised) on the page.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

/// A person in a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub person: Person,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    /// What they say of themself. In an event of the past it may have ended since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CustomStatus>,
}

/// A workspace of the caller, as the frame of the page needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The workspace.
    pub workspace: Workspace,
    /// The caller's role in it.
    pub role: Role,
    /// The position that this answer includes.
    pub position: Position,
    /// How far the caller has read the feed (`seq`).
    pub read: u64,
    /// `seq` of the newest post of somebody else: unread while it is above `read`.
    pub newest: u64,
    /// Members who say something of themself, the latest first: at most [`limits::STATUSES_SHOWN_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with_status: Vec<Member>,
}

/// Arguments of `workspaces.create`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewWorkspace {
    /// Made by the caller.
    pub id: WorkspaceId,
    /// The name to show.
    pub name: String,
}

/// Checks a workspace's name.
///
/// # Errors
/// 422 with what is wrong.
pub fn name(input: &str) -> Result<String, Error> {
    text::line("workspace_name", input, limits::WORKSPACE_NAME_CHARS_MAX)
}

/// The name in addresses: lower case, ASCII, dashes. Empty if nothing is left of it.
#[must_use]
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.truncate(40);
    slug.trim_end_matches('-').to_owned()
}

/// An invitation link as those who manage it see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its id; not the secret in the link.
    pub id: InvitationId,
    /// The workspace that it leads to.
    pub workspace: WorkspaceId,
    /// What people become.
    pub role: Role,
    /// Who made it.
    pub by: Person,
    /// How many came in.
    pub uses: u32,
    /// How many may.
    pub uses_max: u32,
    /// When it was made.
    pub at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A fresh invitation with its secret, shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationLink {
    /// What was made.
    pub invitation: Invitation,
    /// The path to send: `/join/<secret>`.
    pub path: String,
}

/// Arguments of `invitations.create`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInvitation {
    /// Made by the caller.
    pub id: InvitationId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// What people become; at most the caller's own role, and never owner.
    pub role: Role,
    /// Days until it ends.
    #[serde(deserialize_with = "text::number")]
    pub days: u16,
    /// How many people may use it.
    #[serde(deserialize_with = "text::number")]
    pub uses_max: u32,
}

impl NewInvitation {
    /// The invitation within the limits.
    ///
    /// # Errors
    /// 422 with the field that does not fit.
    pub fn validate(self) -> Result<Self, Error> {
        if !(1..=limits::INVITATION_DAYS_MAX).contains(&self.days) {
            return Err(Error::invalid("days", format!("From 1 to {} days.", limits::INVITATION_DAYS_MAX)));
        }
        if !(1..=limits::INVITATION_USES_MAX).contains(&self.uses_max) {
            return Err(Error::invalid(
                "uses_max",
                format!("From 1 to {} people.", limits::INVITATION_USES_MAX),
            ));
        }
        if self.role == Role::Owner {
            return Err(Error::invalid("role", "Nobody becomes an owner by a link."));
        }
        Ok(self)
    }
}

/// What the page behind a link shows before somebody accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationPreview {
    /// Where it leads.
    pub workspace: Workspace,
    /// Who made the link.
    pub by: Person,
    /// What people become.
    pub role: Role,
    /// How many members there are.
    pub members: u32,
}

/// Arguments of `members.set_role`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleChange {
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose.
    pub user: UserId,
    /// The new role.
    pub role: Role,
}
