//! What the person lets others see of them: a status with an end, and how they are seen. In the menu at
//! their own avatar, and on a phone under "You".

use super::command_form::CommandForm;
use super::field::FormError;
use super::icon::Icon;
use super::time::Time;
use crate::api::presence::{SetPresence, SetStatus};
use crate::browser::clock;
use crate::emoji;
use crate::live::Live;
use leptos::prelude::*;
use protocol::limits;
use protocol::presence::{Bearing, CustomStatus, PresenceChoice, StatusEnd};

/// For how long somebody may want to be left alone: minutes, what stands on the button, and its name.
const BUSY_FOR: [(u32, &str, &str); 3] = [
    (30, "30 min", "Do not disturb for 30 minutes"),
    (120, "2 hours", "Do not disturb for 2 hours"),
    (480, "8 hours", "Do not disturb for 8 hours"),
];

fn end_label(end: StatusEnd) -> &'static str {
    match end {
        StatusEnd::HalfHour => "For 30 minutes",
        StatusEnd::Hour => "For an hour",
        StatusEnd::FourHours => "For 4 hours",
        StatusEnd::Today => "Today",
        StatusEnd::Week => "This week",
        StatusEnd::Never => "Until I change it",
    }
}

/// The form for the status.
#[component]
pub fn StatusForm() -> impl IntoView {
    let live = Live::expect();
    let status = live.own_status();
    let set = ServerAction::<SetStatus>::new();
    let error = Signal::derive(move || set.value().get().and_then(Result::err));
    let is_set = Memo::new(move |_| status.with(Option::is_some));
    let text = Memo::new(move |_| {
        status.with(|status| status.as_ref().map(|status| status.text.clone()).unwrap_or_default())
    });
    let chosen = Memo::new(move |_| status.with(|status| status.as_ref().map(|status| status.emoji.clone())));
    let until =
        Memo::new(move |_| status.with(|status| status.as_ref().and_then(CustomStatus::stands_until)));
    // Where the day ends only the browser knows.
    let offset = RwSignal::new(0);
    Effect::new(move |_| offset.set(clock::utc_offset_minutes()));
    // One that a program set may not be offered here.
    let other =
        move || chosen.get().filter(|chosen| emoji::STATUSES.iter().all(|(offered, _)| offered != chosen));
    view! {
        <CommandForm action=set class="own-status">
            <div class="own-status-line">
                <select class="input" name="emoji" aria-label="Emoji of your status">
                    {move || other().map(|emoji| view! { <option value=emoji.clone() selected=true>{emoji.clone()}</option> })}
                    {emoji::STATUSES
                        .into_iter()
                        .map(|(emoji, name)| {
                            view! {
                                <option value=emoji title=name selected=move || chosen.with(|chosen| chosen.as_deref() == Some(emoji))>
                                    {emoji}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
                <input
                    class="input"
                    name="text"
                    maxlength=limits::STATUS_TEXT_CHARS_MAX.to_string()
                    placeholder="What is going on?"
                    aria-label="Your status"
                    autocomplete="off"
                    value=text.get_untracked()
                    prop:value=text
                />
            </div>
            <div class="own-status-line">
                <select class="input" name="ends" aria-label="How long">
                    {StatusEnd::ALL
                        .map(|end| {
                            view! { <option value=end.word() selected=end == StatusEnd::Today>{end_label(end)}</option> }
                        })
                        .into_iter()
                        .collect_view()}
                </select>
                <input type="hidden" name="utc_offset_minutes" value=move || offset.get().to_string()/>
                <button class="button button-primary" type="submit" disabled=move || set.pending().get()>"Set status"</button>
            </div>
            <FormError error=error/>
        </CommandForm>
        <Show when=move || is_set.get()>
            <CommandForm action=set class="own-status-now">
                <p class="muted">
                    {move || match until.get() {
                        Some(until) => view! { "Ends: " <Time at=until/> }.into_any(),
                        None => "It stays until you change it.".into_any(),
                    }}
                </p>
                <button class="button button-small" type="submit">"Clear status"</button>
            </CommandForm>
        </Show>
    }
}

/// How the person is seen.
#[component]
pub fn PresenceChoices() -> impl IntoView {
    let choice = Live::expect().choice();
    let set = ServerAction::<SetPresence>::new();
    let error = Signal::derive(move || set.value().get().and_then(Result::err));
    let until = Memo::new(move |_| choice.get().quiet_until.filter(|_| !choice.get().invisible));
    let is = move |as_what: fn(&PresenceChoice) -> bool| Memo::new(move |_| as_what(&choice.get()));
    let is_online = is(|choice| !choice.invisible && choice.quiet_until.is_none());
    let is_invisible = is(|choice| choice.invisible);
    view! {
        <div class="own-presence" role="group" aria-label="How others see you">
            <CommandForm action=set>
                <input type="hidden" name="seen_as" value="online"/>
                <button class="menu-item" type="submit" aria-pressed=move || is_online.get().to_string()>
                    <i class="presence" data-presence="online"></i>
                    <span>"Online"</span>
                    {move || is_online.get().then(|| view! { <Icon name="check" small=true/> })}
                </button>
            </CommandForm>
            <div class="own-busy">
                <i class="presence" data-presence="busy"></i>
                <span>
                    "Do not disturb"
                    {move || until.get().map(|until| view! { <small class="muted">" until " <Time at=until/></small> })}
                </span>
                {BUSY_FOR
                    .into_iter()
                    .map(|(minutes, words, name)| {
                        view! {
                            <CommandForm action=set>
                                <input type="hidden" name="seen_as" value="busy"/>
                                <input type="hidden" name="minutes" value=minutes.to_string()/>
                                <button class="button button-small" type="submit" aria-label=name>{words}</button>
                            </CommandForm>
                        }
                    })
                    .collect_view()}
            </div>
            <CommandForm action=set>
                <input type="hidden" name="seen_as" value="invisible"/>
                <button class="menu-item" type="submit" aria-pressed=move || is_invisible.get().to_string()>
                    <i class="presence" data-presence="offline"></i>
                    <span>"Invisible"</span>
                    {move || is_invisible.get().then(|| view! { <Icon name="check" small=true/> })}
                </button>
            </CommandForm>
            <FormError error=error/>
        </div>
    }
}

/// A bearing in words.
#[must_use]
pub fn bearing_words(bearing: Option<Bearing>) -> &'static str {
    match bearing {
        Some(Bearing::Online) => "Online",
        Some(Bearing::Away) => "Away",
        Some(Bearing::Busy) => "Do not disturb",
        None => "Offline",
    }
}
