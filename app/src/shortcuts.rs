//! Every shortcut of the program, once. The keyboard acts by this list, `?` shows it, and the
//! palette says the keys beside what they do.
//!
//! Letters never act while somebody types, and never together with a modifier: those belong to the
//! browser and the system.

use protocol::Timestamp;
use std::time::Duration;

/// The second key of a sequence comes within this time.
const SEQUENCE_WITHIN: Duration = Duration::from_millis(1_500);

/// What can be done from anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Opens the palette.
    Search,
    /// To the search of texts.
    Find,
    /// Shows the shortcuts.
    Help,
    /// To the feed of the workspace on screen.
    GoFeed,
    /// To the inbox.
    GoInbox,
    /// To the people of the workspace.
    GoPeople,
    /// To what other programs published to the workspace.
    GoActivity,
    /// To the person's own settings.
    GoSettings,
    /// The form for a new post.
    NewPost,
    /// The next post, comment or notification.
    Next,
    /// The one before.
    Previous,
    /// Opens the one that has the focus.
    Open,
    /// Answers it.
    Reply,
    /// Edits it.
    Edit,
    /// Marks it read, and goes on to the next one.
    MarkRead,
    /// Marks every notification and conversation read.
    ReadAll,
    /// From light to dark, or back.
    SwitchTheme,
}

/// What can be done with the message that has the focus. Its tools act by these keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Opens the choice of emoji.
    React,
    /// Opens its thread.
    Reply,
    /// Edits it.
    Edit,
    /// Saves it for later, or no longer.
    Save,
    /// Pins it for everybody, or unpins it.
    Pin,
    /// Copies its address.
    Copy,
    /// It and what follows is unread.
    Unread,
}

/// Where a shortcut stands in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Works on every page.
    Everywhere,
    /// Goes to places.
    Places,
    /// In lists of posts, comments and notifications.
    Reading,
    /// With a message that has the focus.
    Messages,
    /// In editors, which know these keys themselves.
    Writing,
}

impl Group {
    /// All, in the order of the list.
    pub const ALL: [Self; 5] = [Self::Everywhere, Self::Places, Self::Reading, Self::Messages, Self::Writing];

    /// Its heading.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Everywhere => "Everywhere",
            Self::Places => "Go to",
            Self::Reading => "Posts, comments and notifications",
            Self::Messages => "A message",
            Self::Writing => "While writing",
        }
    }
}

/// Keys pressed one after the other; with `Ctrl` first, together.
pub type Keys = &'static [&'static str];

/// One line of the list.
#[derive(Clone, Copy, Debug)]
pub struct Shortcut {
    /// What it does; none for what editors and messages do themselves.
    pub act: Option<Act>,
    /// The tool of a message that it uses.
    pub tool: Option<Tool>,
    /// What it does, in words.
    pub label: &'static str,
    /// A symbol.
    pub icon: &'static str,
    /// Its place in the list.
    pub group: Group,
    /// The ways to press it. Without one it stands in the palette only.
    pub ways: &'static [Keys],
}

const fn does(
    act: Act,
    label: &'static str,
    icon: &'static str,
    group: Group,
    ways: &'static [Keys],
) -> Shortcut {
    Shortcut { act: Some(act), tool: None, label, icon, group, ways }
}

const fn uses(tool: Tool, label: &'static str, ways: &'static [Keys]) -> Shortcut {
    Shortcut { act: None, tool: Some(tool), label, icon: "thread", group: Group::Messages, ways }
}

const fn editors(label: &'static str, ways: &'static [Keys]) -> Shortcut {
    Shortcut { act: None, tool: None, label, icon: "edit", group: Group::Writing, ways }
}

/// The list.
pub const ALL: &[Shortcut] = &[
    does(Act::Search, "Search or jump to", "search", Group::Everywhere, &[&["Ctrl", "K"]]),
    does(Act::Find, "Search messages, posts and files", "search", Group::Everywhere, &[&["/"]]),
    does(Act::NewPost, "New post", "edit", Group::Everywhere, &[&["n"]]),
    does(Act::Help, "Show the shortcuts", "key", Group::Everywhere, &[&["?"]]),
    does(Act::SwitchTheme, "Switch between light and dark", "moon", Group::Everywhere, &[]),
    does(Act::ReadAll, "Mark all read", "check", Group::Everywhere, &[]),
    does(Act::GoFeed, "Go to the feed", "feed", Group::Places, &[&["g", "f"]]),
    does(Act::GoInbox, "Go to the inbox", "inbox", Group::Places, &[&["g", "i"]]),
    does(Act::GoPeople, "Go to the people", "people", Group::Places, &[&["g", "p"]]),
    does(Act::GoActivity, "Go to the activity", "pulse", Group::Places, &[&["g", "a"]]),
    does(Act::GoSettings, "Go to your settings", "settings", Group::Places, &[&["g", "s"]]),
    does(Act::Next, "Next", "arrowdown", Group::Reading, &[&["j"]]),
    does(Act::Previous, "Previous", "arrowup", Group::Reading, &[&["k"]]),
    does(Act::Open, "Open", "right", Group::Reading, &[&["o"], &["Enter"]]),
    does(Act::Reply, "Reply", "reply", Group::Reading, &[&["r"]]),
    does(Act::Edit, "Edit", "edit", Group::Reading, &[&["e"]]),
    does(Act::MarkRead, "Mark read, and go on", "check", Group::Reading, &[&["m"]]),
    uses(Tool::React, "React", &[&["+"]]),
    uses(Tool::Reply, "Reply in a thread", &[&["r"]]),
    uses(Tool::Edit, "Edit", &[&["e"]]),
    uses(Tool::Save, "Save, or no longer", &[&["s"]]),
    uses(Tool::Pin, "Pin, or unpin", &[&["p"]]),
    uses(Tool::Copy, "Copy the link", &[&["c"]]),
    uses(Tool::Unread, "Mark unread from here", &[&["u"]]),
    editors("Send, or save an edit", &[&["Enter"]]),
    editors("Break the line", &[&["Shift", "Enter"]]),
    editors("Edit your last message, in an empty field", &[&["↑"]]),
    editors("Bold", &[&["Ctrl", "B"]]),
    editors("Italic", &[&["Ctrl", "I"]]),
    editors("Code", &[&["Ctrl", "E"]]),
    editors("Save an edited post", &[&["Ctrl", "Enter"]]),
    editors("Name a person", &[&["@"]]),
    editors("Link a room", &[&["#"]]),
    editors("Insert an emoji", &[&[":"]]),
    editors("Leave, and keep the draft", &[&["Esc"]]),
];

/// The keys of an action, as the palette shows them.
#[must_use]
pub fn keys_of(act: Act) -> Keys {
    let line = ALL.iter().find(|shortcut| shortcut.act == Some(act));
    line.and_then(|shortcut| shortcut.ways.first()).copied().unwrap_or_default()
}

/// The key of a message's tool.
#[must_use]
pub fn key_of(tool: Tool) -> &'static str {
    let line = ALL.iter().find(|shortcut| shortcut.tool == Some(tool));
    line.and_then(|shortcut| shortcut.ways.first()?.first()).copied().unwrap_or_default()
}

/// A key as it was pressed.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name by the browser: "j", "?", "Enter".
    pub name: String,
    /// Ctrl, or ⌘ on a Mac, and nothing else.
    pub command: bool,
    /// Ctrl, Alt or ⌘ in any combination.
    pub modified: bool,
    /// Shift.
    pub shift: bool,
    /// Somebody types in a field.
    pub typing: bool,
}

/// What was pressed before, as far as it matters.
#[derive(Debug, Default)]
pub struct Keyboard {
    first: Option<(String, Timestamp)>,
}

impl Keyboard {
    /// What this key does now.
    pub fn press(&mut self, key: &Key, now: Timestamp) -> Option<Act> {
        let before = self.first.take();
        if key.command && !key.shift && key.name.eq_ignore_ascii_case("k") {
            return Some(Act::Search);
        }
        if key.typing || key.modified {
            return None;
        }
        // With caps lock a letter is large without Shift.
        let name = if key.shift { key.name.clone() } else { key.name.to_lowercase() };
        let name = if name == "enter" { "Enter".to_owned() } else { name };
        if let Some((first, at)) = before
            && now < at + SEQUENCE_WITHIN
            && let Some(act) = act_of(&[&first, &name])
        {
            return Some(act);
        }
        if let Some(act) = act_of(&[&name]) {
            return Some(act);
        }
        let begins = actions().any(|(_, keys)| 1 < keys.len() && keys[0] == name);
        self.first = begins.then_some((name, now));
        None
    }
}

fn actions() -> impl Iterator<Item = (Act, Keys)> {
    let lines = ALL.iter().filter_map(|shortcut| Some((shortcut.act?, shortcut.ways)));
    lines.flat_map(|(act, ways)| ways.iter().map(move |keys| (act, *keys)))
}

fn act_of(pressed: &[&str]) -> Option<Act> {
    actions().find(|(_, keys)| *keys == pressed).map(|(act, _)| act)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn key(name: &str) -> Key {
        Key { name: name.to_owned(), command: false, modified: false, shift: false, typing: false }
    }

    fn pressed(names: &[&str], apart_ms: i64) -> Vec<Act> {
        let mut keyboard = Keyboard::default();
        let at = |index: usize| Timestamp(i64::try_from(index).unwrap() * apart_ms);
        names.iter().enumerate().filter_map(|(index, name)| keyboard.press(&key(name), at(index))).collect()
    }

    #[test]
    fn single_keys_and_sequences_act() {
        assert_eq!(pressed(&["j", "k", "j"], 10), [Act::Next, Act::Previous, Act::Next]);
        assert_eq!(pressed(&["g", "f"], 200), [Act::GoFeed]);
        assert_eq!(pressed(&["g", "i", "g", "p"], 200), [Act::GoInbox, Act::GoPeople]);
        assert_eq!(pressed(&["/"], 0), [Act::Find]);
        assert_eq!(pressed(&["J"], 0), [Act::Next], "caps lock");
        assert_eq!(pressed(&["Enter"], 0), [Act::Open]);
    }

    #[test]
    fn a_sequence_is_forgotten_in_time_and_by_another_key() {
        assert_eq!(pressed(&["g", "f"], 1_500), []);
        assert_eq!(pressed(&["g", "x", "f"], 10), []);
        assert_eq!(pressed(&["g", "n"], 10), [Act::NewPost], "a key of its own still acts");
        assert_eq!(pressed(&["g", "g", "f"], 10), [Act::GoFeed]);
    }

    #[test]
    fn letters_never_act_while_typing_or_with_a_modifier() {
        let mut keyboard = Keyboard::default();
        let now = Timestamp(0);
        for line in actions().filter(|(_, keys)| keys.len() == 1) {
            let name = line.1[0];
            assert_eq!(keyboard.press(&Key { typing: true, ..key(name) }, now), None, "{name}");
            assert_eq!(keyboard.press(&Key { modified: true, ..key(name) }, now), None, "{name}");
        }
        assert_eq!(keyboard.press(&Key { shift: true, ..key("J") }, now), None);
        assert_eq!(keyboard.press(&Key { shift: true, ..key("?") }, now), Some(Act::Help));
        keyboard.press(&key("g"), now);
        keyboard.press(&Key { typing: true, ..key("f") }, now);
        assert_eq!(keyboard.press(&key("f"), now), None, "what was typed between ends a sequence");
    }

    #[test]
    fn the_palette_opens_from_everywhere() {
        let chord = Key { command: true, modified: true, typing: true, ..key("k") };
        assert_eq!(Keyboard::default().press(&chord, Timestamp(0)), Some(Act::Search));
        let other = Key { modified: true, ..key("k") };
        assert_eq!(Keyboard::default().press(&other, Timestamp(0)), None, "with Alt it is another one");
    }

    #[test]
    fn no_keys_mean_two_things_and_none_begins_another() {
        let all: Vec<Keys> = actions().map(|(_, keys)| keys).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        for keys in &all {
            assert!(!all.iter().any(|other| keys.len() < other.len() && other.starts_with(keys)), "{keys:?}");
        }
        let tools: Vec<&str> = ALL.iter().filter_map(|line| line.tool).map(key_of).collect();
        assert_eq!(tools.iter().collect::<HashSet<_>>().len(), tools.len(), "of one message");
        assert!(tools.iter().all(|key| key.len() == 1), "{tools:?}");
        assert_eq!(keys_of(Act::Search), ["Ctrl", "K"]);
        assert_eq!(keys_of(Act::ReadAll), [""; 0]);
    }
}
