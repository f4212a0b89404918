//! Something that was found, as a row of the search.

use super::avatar::{Avatar, Size};
use super::icon::Icon;
use super::time::Time;
use leptos::prelude::*;
use protocol::conversation::ConversationKind;
use protocol::search::{Hit, HitKind, HitPlace, Marked};

/// One row; all of it is the link to the place where it opens.
#[component]
pub fn HitRow(
    /// What was found.
    hit: Hit,
) -> impl IntoView {
    let Hit { kind, place, author, at, title, excerpt, link } = hit;
    let label = format!("{}, {}", author.name, excerpt_of(&excerpt, title.as_ref()));
    let (icon, place) = place_of(place);
    let what = match kind {
        HitKind::Message => None,
        HitKind::Post => Some("Post"),
        HitKind::Comment => Some("Comment"),
        HitKind::File => Some("File"),
    };
    view! {
        <li>
            <article class="hit" tabindex="-1" aria-label=label>
                <Avatar person=author.clone() size=Size::Medium/>
                <div class="hit-body">
                    <p class="hit-head">
                        <b class="truncate">{author.name}</b>
                        {what.map(|what| view! { <span class="tag">{what}</span> })}
                        <span class="hit-place">
                            <Icon name=icon small=true/>
                            <span class="truncate">{place}</span>
                        </span>
                        <Time at=at class="hit-time"/>
                    </p>
                    <a class="hit-link" data-act="open" href=link>
                        {title.map(|title| view! { <span class="hit-title">{marked(&title)}</span> })}
                        {(!excerpt.text.is_empty()).then(|| view! { <span class="hit-text">{marked(&excerpt)}</span> })}
                    </a>
                </div>
            </article>
        </li>
    }
}

fn excerpt_of(excerpt: &Marked, title: Option<&Marked>) -> String {
    title.map_or_else(|| excerpt.text.clone(), |title| title.text.clone())
}

/// The symbol and the name of a place.
fn place_of(place: HitPlace) -> (&'static str, String) {
    match place {
        HitPlace::Feed => ("feed", "Feed".to_owned()),
        HitPlace::Conversation { kind, name, .. } => {
            let icon = match kind {
                ConversationKind::Room => "hash",
                ConversationKind::Group => "group",
                ConversationKind::Direct => "people",
            };
            (icon, name)
        }
    }
}

/// The text with what was looked for.
fn marked(text: &Marked) -> impl IntoView + use<> {
    let piece = |(text, is_marked): (String, bool)| match is_marked {
        true => view! { <mark>{text}</mark> }.into_any(),
        false => text.into_any(),
    };
    text.pieces().into_iter().map(piece).collect_view()
}
