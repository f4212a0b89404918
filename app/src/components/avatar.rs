//! A person's colour and initials, with their presence.

use leptos::prelude::*;
use protocol::Person;
use protocol::presence::Bearing;

/// How large an avatar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 20 px, in rows of navigation and stacks.
    Tiny,
    /// 28 px, in lists.
    Medium,
    /// 36 px, beside posts and comments.
    Normal,
    /// 64 px, on a profile.
    Large,
}

/// An avatar. Decoration: the name stands beside it, or the control around it carries one.
#[component]
pub fn Avatar(
    /// Whose.
    #[prop(into)]
    person: Signal<Person>,
    /// How large.
    #[prop(default = Size::Normal)]
    size: Size,
    /// Whether they are here, and how; without it there is no mark at all.
    #[prop(optional, into)]
    presence: Option<Signal<Option<Bearing>>>,
) -> impl IntoView {
    let class = match size {
        Size::Tiny => "avatar avatar-xs",
        Size::Medium => "avatar avatar-m",
        Size::Normal => "avatar",
        Size::Large => "avatar avatar-l",
    };
    view! {
        <span class=class data-hue=move || person.with(|person| person.hue.to_string()) aria-hidden="true">
            {move || person.with(Person::initials)}
            {presence.map(|presence| view! { <i class="presence" data-presence=move || word(presence.get())></i> })}
        </span>
    }
}

/// What the style sheet calls it.
fn word(bearing: Option<Bearing>) -> &'static str {
    match bearing {
        Some(Bearing::Online) => "online",
        Some(Bearing::Away) => "away",
        Some(Bearing::Busy) => "busy",
        None => "offline",
    }
}
