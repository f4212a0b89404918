//! The emoji that pickers and completion offer, with the names that screen readers say.

/// An emoji and its name.
pub type Emoji = (&'static str, &'static str);

/// All that are offered, the most used first.
pub const ALL: [Emoji; 24] = [
    ("👍", "Thumbs up"),
    ("❤️", "Heart"),
    ("😂", "Laughing"),
    ("🎉", "Party"),
    ("🙌", "Hands up"),
    ("🙏", "Thanks"),
    ("👏", "Clapping"),
    ("🔥", "Fire"),
    ("👀", "Eyes"),
    ("✅", "Done"),
    ("➕", "Plus one"),
    ("💯", "Hundred"),
    ("😊", "Smiling"),
    ("😍", "In love"),
    ("🤔", "Thinking"),
    ("😮", "Surprised"),
    ("😢", "Sad"),
    ("😬", "Grimacing"),
    ("🚀", "Rocket"),
    ("💡", "Idea"),
    ("☕", "Coffee"),
    ("🍰", "Cake"),
    ("🌱", "Seedling"),
    ("👋", "Waving"),
];

/// Those that are offered for a status, what they often mean first.
pub const STATUSES: [Emoji; 16] = [
    ("💬", "Words"),
    ("📅", "In a meeting"),
    ("🎧", "Focusing"),
    ("☕", "On a break"),
    ("🍽️", "At lunch"),
    ("🏠", "At home"),
    ("🚆", "On the way"),
    ("🌴", "On holiday"),
    ("🤒", "Ill"),
    ("🎉", "Celebrating"),
    ("📚", "Learning"),
    ("🔥", "Busy"),
    ("🌙", "Done for today"),
    ("👶", "With the family"),
    ("🏃", "Out and about"),
    ("🙏", "Thankful"),
];

/// The name of an emoji; of one that is not offered, the emoji itself.
#[must_use]
pub fn name_of(emoji: &str) -> &str {
    ALL.iter().find(|(offered, _)| *offered == emoji).map_or(emoji, |(_, name)| name)
}
