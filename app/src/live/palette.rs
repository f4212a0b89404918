//! What the palette knows: conversations, places, people and posts that are in memory, and the actions of the
//! list of shortcuts. Pure, so that it answers at once.

use crate::shortcuts::{self, Act, Keys};
use protocol::conversation::{Conversation, ConversationKind, ConversationState, path};
use protocol::person::InstanceRole;
use protocol::post::Post;
use protocol::search::SearchOrder;
use protocol::workspace::{Member, Membership, Role};
use protocol::{Person, WorkspaceId};
use std::cmp::Reverse;
use std::ops::Range;

use super::complete;
use super::state::State;
use super::talk_view::{name_of, signs};

/// Rows of one section.
const ROWS_MAX: usize = 6;

/// The sections, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Rooms, groups and direct conversations.
    Conversations,
    /// Pages.
    Places,
    /// Members of the workspace.
    People,
    /// Posts that were seen.
    Posts,
    /// What can be done.
    Actions,
    /// Looking through texts for what was typed.
    Search,
}

impl Section {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Conversations, Self::Places, Self::People, Self::Posts, Self::Actions, Self::Search];

    /// Its heading.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Conversations => "Conversations",
            Self::Places => "Places",
            Self::People => "People",
            Self::Posts => "Posts",
            Self::Actions => "Actions",
            Self::Search => "Messages, posts and files",
        }
    }
}

/// What stands at the beginning of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lead {
    /// A symbol.
    Icon(&'static str),
    /// A face.
    Person(Person),
}

/// What a row does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Opens an address.
    Address(String),
    /// Acts.
    Act(Act),
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it stands.
    pub section: Section,
    /// Its name.
    pub label: String,
    /// The part of the name that was asked for, in bytes.
    pub mark: Option<Range<usize>>,
    /// A quiet word behind it.
    pub detail: String,
    /// What stands before it.
    pub lead: Lead,
    /// Its shortcut.
    pub keys: Keys,
    /// What it does.
    pub target: Target,
}

/// What is known here, of the person and of the workspace on screen.
#[derive(Clone, Copy, Debug)]
struct Known<'a> {
    workspaces: &'a [Membership],
    current: Option<&'a Membership>,
    conversations: &'a [ConversationState],
    rooms: &'a [Conversation],
    members: &'a [Member],
    posts: &'a [Post],
    role: Option<InstanceRole>,
}

impl State {
    /// The rows of the palette for what was typed, section by section, each with the best first. `rooms`
    /// are those of the workspace that are known, joined or not.
    #[must_use]
    pub fn palette(&self, on_screen: Option<WorkspaceId>, rooms: &[Conversation], typed: &str) -> Vec<Row> {
        let workspaces = self.memberships();
        let here = |state: &&ConversationState| {
            Some(state.conversation.workspace) == on_screen
                && state.role.is_some()
                && state.conversation.archived_at.is_none()
        };
        let mut conversations: Vec<ConversationState> =
            self.conversations.all().filter(here).cloned().collect();
        conversations.sort_by_cached_key(|state| {
            (Reverse(signs(state)), Reverse(state.last_at), state.conversation.id)
        });
        let joined = |room: &Conversation| conversations.iter().any(|state| state.conversation.id == room.id);
        let rooms: Vec<Conversation> = rooms.iter().filter(|room| !joined(room)).cloned().collect();
        let members = on_screen.map(|workspace| self.member_rows(workspace)).unwrap_or_default();
        let posts = self.content.posts.values().map(|held| &held.row);
        let mut posts: Vec<Post> = posts.filter(|post| Some(post.workspace) == on_screen).cloned().collect();
        posts.sort_by_key(|post| std::cmp::Reverse(post.order));
        let known = Known {
            current: workspaces.iter().find(|membership| Some(membership.workspace.id) == on_screen),
            workspaces: &workspaces,
            conversations: &conversations,
            rooms: &rooms,
            members: &members,
            posts: &posts,
            role: self.me.as_ref().map(|me| me.role),
        };
        rows(known, typed)
    }
}

fn rows(known: Known<'_>, typed: &str) -> Vec<Row> {
    let typed = typed.trim();
    let mut rows = Vec::new();
    for section in Section::ALL {
        let found = match section {
            Section::Conversations => best(conversations(known, typed), typed.trim_start_matches('#')),
            Section::Places => best(places(known), typed),
            Section::People => people(known, typed),
            // Without a word it would be the feed once more.
            Section::Posts if typed.is_empty() => Vec::new(),
            Section::Posts => best(posts(known), typed),
            Section::Actions => best(actions(known), typed),
            Section::Search => search(known, typed).into_iter().collect(),
        };
        rows.extend(found.into_iter().take(ROWS_MAX));
    }
    for row in &mut rows {
        row.mark = mark(&row.label, typed.trim_start_matches(['#', '@']));
    }
    rows
}

fn place(label: &str, detail: &str, icon: &'static str, address: String, keys: Keys) -> Row {
    Row {
        section: Section::Places,
        label: label.to_owned(),
        mark: None,
        detail: detail.to_owned(),
        lead: Lead::Icon(icon),
        keys,
        target: Target::Address(address),
    }
}

fn places(known: Known<'_>) -> Vec<Row> {
    let keys = shortcuts::keys_of;
    let mut places = vec![
        place("Inbox", "", "inbox", "/inbox".to_owned(), keys(Act::GoInbox)),
        place("Saved messages", "", "bookmark", "/saved".to_owned(), &[]),
    ];
    if let Some(Membership { workspace, .. }) = known.current {
        let part = |part: &str| format!("/w/{}/{part}", workspace.slug);
        places.push(place("Feed", &workspace.name, "feed", part("feed"), keys(Act::GoFeed)));
        places.push(place("Activity", &workspace.name, "pulse", part("activity"), keys(Act::GoActivity)));
        places.push(place("People", &workspace.name, "people", part("people"), keys(Act::GoPeople)));
        places.push(place("Workspace", &workspace.name, "settings", part("settings"), &[]));
    }
    for Membership { workspace, .. } in known.workspaces {
        if known.current.is_none_or(|current| current.workspace.id != workspace.id) {
            places.push(place(
                &workspace.name,
                "Workspace",
                "home",
                format!("/w/{}/feed", workspace.slug),
                &[],
            ));
        }
    }
    for (label, icon, address, keys) in [
        ("Profile", "at", "/settings", keys(Act::GoSettings)),
        ("Notifications", "bell", "/settings/notifications", &[]),
        ("Signed-in devices", "device", "/settings/devices", &[]),
        ("Password", "key", "/settings/password", &[]),
    ] {
        places.push(place(label, "Settings", icon, address.to_owned(), keys));
    }
    if known.role == Some(InstanceRole::Admin) {
        for (label, icon, address) in [
            ("Overview", "pulse", "/admin"),
            ("Accounts", "people", "/admin/people"),
            ("Workspaces", "home", "/admin/workspaces"),
            ("Audit log", "list", "/admin/audit"),
        ] {
            places.push(place(label, "Administration", icon, address.to_owned(), &[]));
        }
    }
    places
}

/// Those in which something waits first, then those in which somebody wrote last; rooms that the person
/// has not joined only by their names.
fn conversations(known: Known<'_>, typed: &str) -> Vec<Row> {
    let Some(current) = known.current else { return Vec::new() };
    let row = |conversation: &Conversation, label: String, detail: String, lead: Lead| Row {
        section: Section::Conversations,
        label,
        mark: None,
        detail,
        lead,
        keys: &[],
        target: Target::Address(path(&current.workspace.slug, conversation.id)),
    };
    let joined = known.conversations.iter().map(|state| {
        let lead = match (state.conversation.kind, state.with.first()) {
            (ConversationKind::Room, _) => Lead::Icon("hash"),
            (ConversationKind::Direct, Some(person)) => Lead::Person(person.clone()),
            _ => Lead::Icon("people"),
        };
        row(&state.conversation, name_of(state), detail_of(state), lead)
    });
    let others = known.rooms.iter().filter(|_| !typed.is_empty());
    let others = others.map(|room| row(room, room.name.clone(), "Room".to_owned(), Lead::Icon("hash")));
    joined.chain(others).collect()
}

/// "Room · 2 mentions".
fn detail_of(state: &ConversationState) -> String {
    let kind = match state.conversation.kind {
        ConversationKind::Room => "Room",
        ConversationKind::Group => "Group",
        ConversationKind::Direct => "Direct",
    };
    match (signs(state), state.conversation.kind) {
        ((_, 1), ConversationKind::Direct) => format!("{kind} · 1 unread"),
        ((_, 1), _) => format!("{kind} · 1 mention"),
        ((true, 0), _) => format!("{kind} · unread"),
        ((_, 0), _) => kind.to_owned(),
        ((_, count), ConversationKind::Direct) => format!("{kind} · {count} unread"),
        ((_, count), _) => format!("{kind} · {count} mentions"),
    }
}

fn people(known: Known<'_>, typed: &str) -> Vec<Row> {
    let Some(current) = known.current else { return Vec::new() };
    let slug = &current.workspace.slug;
    let row = |person: &Person| Row {
        section: Section::People,
        label: person.name.clone(),
        mark: None,
        detail: format!("@{}", person.handle),
        lead: Lead::Person(person.clone()),
        keys: &[],
        target: Target::Address(format!("/w/{slug}/people/{}", person.handle)),
    };
    complete::people(known.members, typed.trim_start_matches('@')).map(row).collect()
}

fn posts(known: Known<'_>) -> Vec<Row> {
    let Some(current) = known.current else { return Vec::new() };
    let slug = &current.workspace.slug;
    let row = |post: &Post| Row {
        section: Section::Posts,
        label: post.title.clone(),
        mark: None,
        detail: post.author.name.clone(),
        lead: Lead::Icon("doc"),
        keys: &[],
        target: Target::Address(format!("/w/{slug}/posts/{}", post.id)),
    };
    known.posts.iter().map(row).collect()
}

fn actions(known: Known<'_>) -> Vec<Row> {
    let may_post = known.current.is_some_and(|current| Role::Member <= current.role);
    let offered = |act: &Act| match act {
        Act::NewPost => may_post,
        Act::Help | Act::SwitchTheme | Act::ReadAll => true,
        // The palette itself, places that stand above, and what needs a row with the focus.
        Act::Search
        | Act::Find
        | Act::GoFeed
        | Act::GoInbox
        | Act::GoPeople
        | Act::GoActivity
        | Act::GoSettings
        | Act::Next
        | Act::Previous
        | Act::Open
        | Act::Reply
        | Act::Edit
        | Act::MarkRead => false,
    };
    let lines = shortcuts::ALL.iter().filter_map(|line| Some((line, line.act.filter(offered)?)));
    let row = |(line, act): (&shortcuts::Shortcut, Act)| Row {
        section: Section::Actions,
        label: line.label.to_owned(),
        mark: None,
        detail: String::new(),
        lead: Lead::Icon(line.icon),
        keys: shortcuts::keys_of(act),
        target: Target::Act(act),
    };
    lines.map(row).collect()
}

/// The way from the names that are known here to all texts.
fn search(known: Known<'_>, typed: &str) -> Option<Row> {
    let slug = &known.current.filter(|_| !typed.is_empty())?.workspace.slug;
    Some(Row {
        section: Section::Search,
        label: format!("Search for “{typed}”"),
        mark: None,
        detail: String::new(),
        lead: Lead::Icon("search"),
        keys: &[],
        target: Target::Address(protocol::search::path(slug, typed, SearchOrder::Best)),
    })
}

/// The rows that hold every word that was typed; those whose name begins with it come first.
fn best(rows: Vec<Row>, typed: &str) -> Vec<Row> {
    let typed = typed.to_lowercase();
    let rank = |row: &Row| {
        let label = row.label.to_lowercase();
        let text = format!("{label} {}", row.detail.to_lowercase());
        let holds = typed.split_whitespace().all(|word| text.contains(word));
        let starts = |part: &str| part.starts_with(&typed);
        holds.then(|| match (starts(&label), label.split(' ').any(starts)) {
            (true, _) => 0,
            (_, true) => 1,
            _ => 2,
        })
    };
    let mut found: Vec<_> = rows.into_iter().filter_map(|row| Some((rank(&row)?, row))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, row)| row).collect()
}

/// Where what was typed stands in the label, without regard to case.
fn mark(label: &str, typed: &str) -> Option<Range<usize>> {
    if typed.is_empty() {
        return None;
    }
    label.char_indices().find_map(|(start, _)| {
        let mut rest = label[start..].char_indices();
        let mut end = start;
        for wanted in typed.chars() {
            let (index, c) = rest.next()?;
            if !c.to_lowercase().eq(wanted.to_lowercase()) {
                return None;
            }
            end = start + index + c.len_utf8();
        }
        Some(start..end)
    })
}

#[cfg(test)]
mod tests;
