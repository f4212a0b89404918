//! Conversations: rooms, groups and direct ones, and the caller's place in them.

use crate::position::Position;
use crate::{ConversationId, Error, Person, Timestamp, UserId, WorkspaceId, limits, text};
use serde::{Deserialize, Serialize};

/// Who may find and read a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationKind {
    /// Open to the workspace: its members find, read, join and leave it. Guests only when added.
    Room,
    /// By invitation.
    Group,
    /// Two people, or one with themself. Nobody is added and nobody leaves.
    Direct,
}

impl ConversationKind {
    /// The word on the wire and in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Group => "group",
            Self::Direct => "direct",
        }
    }
}

/// A conversation as it is for everybody who may read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its id, made by the program of who began it.
    pub id: ConversationId,
    /// Where it is.
    pub workspace: WorkspaceId,
    /// Who may find and read it.
    pub kind: ConversationKind,
    /// The name to show: a room's is unique in its workspace and reads like `winter-set`; a group's
    /// may be empty, a direct conversation's always is: then its people name it.
    #[serde(default)]
    pub name: String,
    /// What it is about, in one line.
    #[serde(default)]
    pub topic_line: String,
    /// A room that new members of the workspace join by themselves.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_default: bool,
    /// Since when nothing is written here any longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<Timestamp>,
    /// Who began it; none for rooms of the instance itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<UserId>,
    /// When it began.
    pub at: Timestamp,
    /// Counts its changes, from 1.
    pub version: u32,
    /// How many people are in it.
    pub members: u32,
}

/// What somebody may do in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationRole {
    /// Reads and writes; in a group also adds people.
    Member,
    /// Renames it, removes people, hands over. Archives a room or group.
    Owner,
}

impl ConversationRole {
    /// The word on the wire and in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Owner => "owner",
        }
    }
}

/// A person in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationMember {
    /// Who.
    pub person: Person,
    /// What they may do.
    pub role: ConversationRole,
    /// Since when.
    pub joined_at: Timestamp,
}

/// What of a conversation somebody wants to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It is bold when something is unread.
    #[default]
    All,
    /// Only mentions count.
    Mentions,
    /// Nothing; it folds away.
    Nothing,
}

impl Level {
    /// All levels, the loudest first.
    pub const ALL: [Self; 3] = [Self::All, Self::Mentions, Self::Nothing];

    /// The word on the wire and in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Mentions => "mentions",
            Self::Nothing => "nothing",
        }
    }
}

/// A conversation with the caller's place in it, as the sidebar needs it. Also of a room that they
/// may read but have not joined; then there is no `role` and nothing is unread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationState {
    /// The conversation.
    pub conversation: Conversation,
    /// Of a direct one, the other person (with oneself: the caller); of a group without a name, up
    /// to three others; else empty.
    #[serde(default)]
    pub with: Vec<Person>,
    /// What the caller may do; none in a room that they have not joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<ConversationRole>,
    /// What the caller wants to be told.
    pub level: Level,
    /// The caller keeps it at the top.
    #[serde(default)]
    pub starred: bool,
    /// How far the caller has read (`seq`).
    pub read: u64,
    /// Messages of others above `read`, up to [`limits::UNREAD_SHOWN_MAX`]: no system lines, no
    /// deleted ones, and of threads only what was also sent to the room.
    pub unread: u32,
    /// Those above `read` that mention the caller, also in threads and by `@here` or `@room`. In a
    /// direct conversation every unread message.
    pub mentions: u32,
    /// When the newest message was written, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
    /// The position that this answer includes.
    pub position: Position,
}

/// What is unread of a conversation, as `read.moved` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// As [`ConversationState::unread`].
    pub unread: u32,
    /// As [`ConversationState::mentions`].
    pub mentions: u32,
    /// `seq` of the conversation's newest event that these numbers include; what follows it adds.
    pub as_of: u64,
}

/// A room in the list of those that can be joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomListing {
    /// The room.
    pub conversation: Conversation,
    /// The caller is in it.
    pub joined: bool,
}

/// How far somebody has read, in a conversation that shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Who.
    pub person: Person,
    /// Up to and including this message (`order`).
    pub seq: u64,
}

/// Arguments of `conversations.create`: a room or a group. The same id again by the same person
/// returns the one that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewConversation {
    /// Made by the caller.
    pub id: ConversationId,
    /// Where to.
    pub workspace: WorkspaceId,
    /// Room or group; direct ones are opened by `conversations.open_direct`.
    pub kind: ConversationKind,
    /// The name; a group may do without.
    #[serde(default)]
    pub name: String,
    /// What it is about.
    #[serde(default)]
    pub topic_line: String,
    /// Who is added at once, besides the caller.
    #[serde(default)]
    pub members: Vec<UserId>,
}

impl NewConversation {
    /// The conversation with its texts made clean.
    ///
    /// # Errors
    /// 422 with the field that does not fit.
    pub fn validate(self) -> Result<Self, Error> {
        if self.kind == ConversationKind::Direct {
            return Err(Error::invalid("kind", "Only rooms and groups are made this way."));
        }
        Ok(Self {
            name: name(self.kind, &self.name)?,
            topic_line: topic_line(&self.topic_line)?,
            members: added(self.members)?,
            ..self
        })
    }
}

/// Arguments of `conversations.update`: only what changes. There is no base version: a line in the
/// conversation says what the name was before, so nothing is lost when two people change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationEdit {
    /// Which.
    pub id: ConversationId,
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The new topic line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic_line: Option<String>,
    /// Whether new members of the workspace join this room by themselves. For admins of the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_default: Option<bool>,
}

impl ConversationEdit {
    /// The edit with its texts made clean, for a conversation of this kind.
    ///
    /// # Errors
    /// 422 with the field that does not fit.
    pub fn validate(self, kind: ConversationKind) -> Result<Self, Error> {
        if kind != ConversationKind::Room && self.is_default.is_some() {
            return Err(Error::invalid("is_default", "Only a room is joined by everybody."));
        }
        Ok(Self {
            name: self.name.as_deref().map(|input| name(kind, input)).transpose()?,
            topic_line: self.topic_line.as_deref().map(topic_line).transpose()?,
            ..self
        })
    }
}

/// Arguments of `conversations.set_role`. Making somebody else an owner hands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationRoleChange {
    /// Where.
    pub id: ConversationId,
    /// Whose.
    pub user: UserId,
    /// The new role.
    pub role: ConversationRole,
}

/// The address of a conversation's page.
#[must_use]
pub fn path(slug: &str, id: ConversationId) -> String {
    format!("/w/{slug}/c/{id}")
}

/// Whether a room's name may hold this character, and so whether `#name` goes on in a text.
#[must_use]
pub fn is_of_room_name(c: char) -> bool {
    match c {
        '-' | '_' => true,
        c if c.is_ascii() => c.is_ascii_alphanumeric(),
        // Punctuation of other scripts ends a name as well.
        '\u{80}'..='\u{BF}' | '\u{2000}'..='\u{206F}' | '\u{3000}'..='\u{303F}' => false,
        '\u{FF00}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}' => false,
        c => !c.is_whitespace() && !c.is_control(),
    }
}

/// People to add: each once.
///
/// # Errors
/// 422 above [`limits::ADDED_AT_ONCE_MAX`].
pub fn added(mut people: Vec<UserId>) -> Result<Vec<UserId>, Error> {
    people.sort_unstable();
    people.dedup();
    if limits::ADDED_AT_ONCE_MAX < people.len() {
        let message = format!("At most {} people at once.", limits::ADDED_AT_ONCE_MAX);
        return Err(Error::invalid("members", message));
    }
    Ok(people)
}

fn name(kind: ConversationKind, input: &str) -> Result<String, Error> {
    match kind {
        ConversationKind::Room => room_name(input),
        ConversationKind::Group if input.trim().is_empty() => Ok(String::new()),
        ConversationKind::Group => text::line("name", input, limits::CONVERSATION_NAME_CHARS_MAX),
        ConversationKind::Direct => Err(Error::invalid("name", "A direct conversation has no name.")),
    }
}

/// Small letters, spaces as dashes, and nothing that would end `#name` in a text too early.
fn room_name(input: &str) -> Result<String, Error> {
    let line = text::line("name", input, limits::CONVERSATION_NAME_CHARS_MAX)?;
    let words: Vec<&str> = line.trim_start_matches('#').split_whitespace().collect();
    let name = words.join("-").to_lowercase();
    if name.is_empty() {
        return Err(Error::invalid("name", "Please fill this in."));
    }
    if !name.chars().all(is_of_room_name) {
        return Err(Error::invalid("name", "Letters, digits, dashes and underscores."));
    }
    Ok(name)
}

fn topic_line(input: &str) -> Result<String, Error> {
    if input.trim().is_empty() {
        return Ok(String::new());
    }
    text::line("topic_line", input, limits::TOPIC_LINE_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(kind: ConversationKind, input: &str) -> Result<String, u16> {
        name(kind, input).map_err(|error| error.status())
    }

    #[test]
    fn a_rooms_name_can_stand_behind_a_hash() {
        let room = |input| named(ConversationKind::Room, input);
        assert_eq!(room(" #Winter  Set "), Ok("winter-set".to_owned()));
        assert_eq!(room("Kletterführer_2"), Ok("kletterführer_2".to_owned()));
        assert_eq!(room("北区"), Ok("北区".to_owned()));
        for bad in ["", "#", "a.b", "a/b", "a#b", "zero\u{200B}width", "北区。", &"x".repeat(65)] {
            assert_eq!(room(bad), Err(422), "{bad:?}");
        }
    }

    #[test]
    fn a_group_may_do_without_a_name_and_a_direct_conversation_has_none() {
        assert_eq!(named(ConversationKind::Group, "  "), Ok(String::new()));
        assert_eq!(named(ConversationKind::Group, "The Setters"), Ok("The Setters".to_owned()));
        assert_eq!(named(ConversationKind::Direct, "us"), Err(422));
    }

    #[test]
    fn people_are_added_once_and_not_too_many_at_a_time() {
        let one = UserId::new(Timestamp(1));
        assert_eq!(added(vec![one, one]).unwrap(), [one]);
        let many = (0..51).map(|at| UserId::new(Timestamp(at))).collect();
        assert_eq!(added(many).unwrap_err().status(), 422);
    }
}
