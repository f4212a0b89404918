//! The choice of emoji, inside of a form that sends the one that is pressed: what is often used, by
//! group, by search, and in the tone of one's choice.

use crate::browser::{self, Browser};
use crate::emoji::{self, Choice};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

/// Emoji beside each other, as the stylesheet has them.
const COLUMNS: usize = 8;

/// A hand in each tone.
const TONES: [(&str, &str); 6] = [
    ("✋", "No tone"),
    ("✋🏻", "Light"),
    ("✋🏼", "Medium light"),
    ("✋🏽", "Medium"),
    ("✋🏾", "Medium dark"),
    ("✋🏿", "Dark"),
];

/// The field, the emoji, their groups and tones.
#[component]
pub fn EmojiPicker(
    /// Whether the person has just opened it: the focus goes to the field.
    was_opened: bool,
) -> impl IntoView {
    let browser = Browser::expect();
    let groups = browser.emoji();
    let habits = RwSignal::new(browser::emoji::Habits::default());
    let typed = RwSignal::new(String::new());
    let group = RwSignal::new(None::<usize>);
    let field = NodeRef::<html::Input>::new();
    // What this browser remembers is not known to the server: it comes after hydration.
    Effect::new(move |_| {
        habits.set(browser::emoji::habits());
        browser.find_emoji();
    });
    Effect::new(move |_| {
        if let Some(field) = field.get()
            && was_opened
            && browser::text_field::has_keyboard()
        {
            browser::focus::focus(&field);
        }
    });
    let choices = Memo::new(move |_| {
        let (groups, tone) = (groups.get(), habits.with(|habits| habits.tone));
        let chosen = group.get().and_then(|group| groups?.get(group));
        typed.with(|typed| match chosen {
            _ if !typed.trim().is_empty() => emoji::found(typed, groups, tone),
            Some(chosen) => emoji::of_group(chosen, tone),
            None => habits.with(|habits| emoji::often_used(&habits.recent, groups, tone)),
        })
    });
    view! {
        <input
            node_ref=field
            class="input emoji-search"
            type="search"
            placeholder="Find an emoji"
            aria-label="Find an emoji"
            autocomplete="off"
            prop:value=typed
            on:input:target=move |event| typed.set(event.target().value())
            on:keydown=move |event| {
                if event.key() == "ArrowDown" {
                    go(&event, |_, _| Some(0));
                }
            }
        />
        <div class="emoji-grid" on:keydown=walk>
            <For each=move || choices.get() key=|choice| choice.emoji.clone() let(choice)>
                <EmojiButton choice=choice/>
            </For>
        </div>
        <p class="emoji-none" hidden=move || !choices.with(Vec::is_empty)>"No emoji has this name."</p>
        <Show when=move || groups.get().is_some()>
            <div class="emoji-groups" role="group" aria-label="Groups">
                <GroupButton group=group is_of=None emoji="🕘" name="Often used"/>
                {groups
                    .get_untracked()
                    .into_iter()
                    .flatten()
                    .enumerate()
                    .filter_map(|(index, listed)| {
                        let first = listed.emoji.first()?;
                        Some(view! { <GroupButton group=group is_of=Some(index) emoji=&first.emoji name=&listed.name/> })
                    })
                    .collect_view()}
            </div>
            <div class="emoji-groups" role="group" aria-label="Tone of skin">
                {TONES
                    .into_iter()
                    .enumerate()
                    .map(|(tone, (hand, name))| {
                        let choose = move |_| {
                            browser::emoji::note_tone(tone);
                            habits.update(|habits| habits.tone = tone);
                        };
                        let is_chosen = move || habits.with(|habits| habits.tone == tone).to_string();
                        view! {
                            <button class="emoji" type="button" aria-label=name title=name aria-pressed=is_chosen on:click=choose>
                                {hand}
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
        </Show>
    }
}

#[component]
fn EmojiButton(choice: Choice) -> impl IntoView {
    let Choice { emoji, name } = choice;
    view! {
        <button class="emoji" type="submit" name="emoji" value=emoji.clone() aria-label=name.clone() title=name>
            {emoji.clone()}
        </button>
    }
}

/// Shows one of the groups; none: what is often used.
#[component]
fn GroupButton(
    group: RwSignal<Option<usize>>,
    is_of: Option<usize>,
    emoji: &'static str,
    name: &'static str,
) -> impl IntoView {
    view! {
        <button
            class="emoji"
            type="button"
            aria-label=name
            title=name
            aria-pressed=move || (group.get() == is_of).to_string()
            on:click=move |_| group.set(is_of)
        >
            {emoji}
        </button>
    }
}

/// Arrow keys go from emoji to emoji.
fn walk(event: KeyboardEvent) {
    let step: fn(usize, usize) -> Option<usize> = match event.key().as_str() {
        "ArrowRight" => |at, _| Some(at + 1),
        "ArrowLeft" => |at, _| at.checked_sub(1),
        "ArrowDown" => |at, _| Some(at + COLUMNS),
        "ArrowUp" => |at, _| at.checked_sub(COLUMNS),
        "Home" => |_, _| Some(0),
        "End" => |_, count| count.checked_sub(1),
        _ => return,
    };
    go(&event, step);
}

/// Moves the focus to another emoji, told by where it is and how many there are.
fn go(event: &KeyboardEvent, step: impl Fn(usize, usize) -> Option<usize>) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(picker) = target.as_ref().and_then(|target| target.closest("form").ok().flatten()) else {
        return;
    };
    let Ok(buttons) = picker.query_selector_all(".emoji-grid button") else { return };
    let buttons: Vec<HtmlElement> =
        (0..buttons.length()).filter_map(|index| buttons.get(index)?.dyn_into().ok()).collect();
    let at =
        buttons.iter().position(|button| target.as_ref().is_some_and(|target| target == button.as_ref()));
    event.prevent_default();
    let to = step(at.unwrap_or(0), buttons.len()).and_then(|to| buttons.get(to));
    if let Some(to) = to {
        browser::focus::focus(to);
    }
}
