//! `GET /emoji.json`: all emoji that can be chosen. The page asks for it when somebody opens the choice.

use axum::response::IntoResponse;
use bytes::Bytes;
use emojis::{Emoji, Group, SkinTone};
use http::header;
use protocol::emoji::{EmojiGroup, ListedEmoji};
use std::sync::LazyLock;

/// It changes only with a release of the program.
const CACHED_FOR: &str = "public, max-age=86400";

/// The tones that a person chooses from.
const TONES: [SkinTone; 5] =
    [SkinTone::Light, SkinTone::MediumLight, SkinTone::Medium, SkinTone::MediumDark, SkinTone::Dark];

static LIST: LazyLock<Bytes> = LazyLock::new(|| {
    let groups: Vec<EmojiGroup> = Group::iter().map(listed_group).collect();
    Bytes::from(serde_json::to_vec(&groups).expect("a list of texts"))
});

/// The list.
pub async fn list() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, CACHED_FOR)], LIST.clone())
}

fn listed_group(group: Group) -> EmojiGroup {
    let name = match group {
        Group::SmileysAndEmotion => "Smileys",
        Group::PeopleAndBody => "People",
        Group::AnimalsAndNature => "Nature",
        Group::FoodAndDrink => "Food and drink",
        Group::TravelAndPlaces => "Places",
        Group::Activities => "Activities",
        Group::Objects => "Objects",
        Group::Symbols => "Symbols",
        Group::Flags => "Flags",
    };
    EmojiGroup { name: name.to_owned(), emoji: group.emojis().map(listed).collect() }
}

fn listed(emoji: &Emoji) -> ListedEmoji {
    let toned = |tone| emoji.with_skin_tone(tone).map(|toned| toned.as_str().to_owned());
    ListedEmoji {
        emoji: emoji.as_str().to_owned(),
        name: emoji.name().to_owned(),
        codes: emoji.shortcodes().map(str::to_owned).collect(),
        tones: TONES.into_iter().map(toned).collect::<Option<Vec<String>>>().unwrap_or_default(),
    }
}
