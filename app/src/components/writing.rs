//! The field where people write Markdown: a draft that is only theirs, completion of names after `@`,
//! of rooms after `#` and of emoji after `:`, and a preview made by the server. Every editor has this one.

use super::avatar::{Avatar, Size};
use super::icon::Icon;
use crate::api::markdown::preview_markdown;
use crate::browser::{self, Browser, caret::Spot};
use crate::error::ApiError;
use crate::live::Live;
use crate::live::complete::{self, Asked, Offer, Sort};
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::WorkspaceId;

/// A text that is being written. The field and the switch for its preview share it.
#[derive(Clone, Copy)]
pub struct Writing {
    /// Whose members it may name.
    pub workspace: WorkspaceId,
    /// The Markdown.
    pub text: RwSignal<String>,
    /// The field.
    pub area: NodeRef<html::Textarea>,
    shows_preview: RwSignal<bool>,
}

impl Writing {
    /// Begins with this text.
    #[must_use]
    pub fn begin(workspace: WorkspaceId, text: String) -> Self {
        Self {
            workspace,
            text: RwSignal::new(text),
            area: NodeRef::new(),
            shows_preview: RwSignal::new(false),
        }
    }

    /// Whether somebody writes in it now.
    #[must_use]
    pub fn has_focus(self) -> bool {
        self.area.get_untracked().is_some_and(|area| browser::focus::has_focus(&area))
    }

    /// Gives it the focus as soon as it is on the page.
    pub fn take_focus(self) {
        Effect::new(move |_| {
            if let Some(area) = self.area.get() {
                browser::focus::focus(&area);
            }
        });
    }

    /// It was sent: the field is empty, and there to be written in.
    pub fn clear(self) {
        self.text.set(String::new());
        self.shows_preview.set(false);
    }
}

/// The completion of one field.
#[derive(Clone, Copy)]
struct Completion {
    writing: Writing,
    browser: Browser,
    asked: RwSignal<Option<Asked>>,
    /// Closed by Escape, until another word begins.
    dismissed: StoredValue<Option<u32>>,
    offers: Memo<Vec<Offer>>,
    active: RwSignal<usize>,
    spot: RwSignal<Spot>,
}

impl Completion {
    fn of(writing: Writing) -> Self {
        let live = Live::expect();
        let members = live.members(writing.workspace);
        let browser = Browser::expect();
        let rooms = browser.rooms(writing.workspace);
        let me = live.my_id();
        let asked = RwSignal::new(None::<Asked>);
        let offers = Memo::new(move |_| {
            asked
                .with(|asked| {
                    let asked = asked.as_ref()?;
                    let groups = browser.emoji().get();
                    let offers =
                        |members: &_, rooms: &_| complete::offers(asked, members, rooms, groups, me.get());
                    Some(members.with(|members| rooms.with(|rooms| offers(members, rooms))))
                })
                .unwrap_or_default()
        });
        Self {
            writing,
            browser,
            asked,
            dismissed: StoredValue::new(None),
            offers,
            active: RwSignal::new(0),
            spot: RwSignal::new(Spot::default()),
        }
    }

    fn is_open(self) -> bool {
        !self.offers.with(Vec::is_empty)
    }

    /// The text or the caret changed: is there a word to complete?
    fn look(self) {
        let Some(area) = self.writing.area.get_untracked() else { return };
        let at = browser::caret::position(&area);
        let asked = at.and_then(|at| complete::asked(&area.value(), at));
        let from = asked.as_ref().map(|asked| asked.from);
        if self.dismissed.get_value() != from {
            self.dismissed.set_value(None);
        }
        let asked = asked.filter(|_| self.dismissed.get_value().is_none());
        if self.asked.with_untracked(|known| *known == asked) {
            return;
        }
        if let Some(asked) = &asked {
            self.spot.set(browser::caret::spot(&area, asked.from).unwrap_or_default());
            match asked.sort {
                Sort::Person => self.browser.find_people(self.writing.workspace, &asked.word),
                Sort::Room => self.browser.find_rooms(self.writing.workspace, &asked.word),
                Sort::Emoji => self.browser.find_emoji(),
            }
        }
        self.active.set(0);
        self.asked.set(asked);
    }

    fn close(self) {
        // A field that has the focus says that it lost it when it leaves the page, too.
        if self.asked.is_disposed() {
            return;
        }
        self.dismissed.set_value(self.asked.with_untracked(|asked| asked.as_ref().map(|asked| asked.from)));
        self.asked.set(None);
    }

    /// Writes what was chosen; answers with the whole text.
    fn take(self, index: usize) -> Option<String> {
        let area = self.writing.area.get_untracked()?;
        let offer = self.offers.with_untracked(|offers| offers.get(index).cloned())?;
        let asked = self.asked.get_untracked()?;
        self.asked.set(None);
        Some(browser::caret::write(&area, asked.from, asked.to, &offer.text()))
    }

    fn step(self, down: bool) {
        let count = self.offers.with_untracked(Vec::len);
        let step = if down { 1 } else { count.saturating_sub(1) };
        self.active.update(|active| *active = (*active + step) % count.max(1));
    }

    /// Takes the keys that mean the list, while it is open and nothing is being composed.
    fn key(self, event: &ev::KeyboardEvent, taken: Callback<String>) -> bool {
        if !self.offers.with_untracked(|offers| !offers.is_empty()) || event.is_composing() {
            return false;
        }
        if event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key() {
            return false;
        }
        match event.key().as_str() {
            "ArrowDown" => self.step(true),
            "ArrowUp" => self.step(false),
            "Escape" => self.close(),
            "Enter" | "Tab" => {
                if let Some(text) = self.take(self.active.get_untracked()) {
                    taken.run(text);
                }
            }
            _ => return false,
        }
        event.prevent_default();
        // An Escape for the list is none for the form around it.
        event.stop_propagation();
        true
    }
}

/// The field with its list and its preview.
#[component]
pub fn WritingField(
    /// What is written.
    writing: Writing,
    /// Names it on the page.
    #[prop(into)]
    id: String,
    /// Its name for screen readers, where no label stands beside it.
    #[prop(optional, into)]
    label: Option<String>,
    /// A word in the empty field.
    #[prop(optional, into)]
    placeholder: Option<String>,
    #[prop(optional)] class: &'static str,
    #[prop(optional)] described_by: Option<&'static str>,
    rows: u8,
    #[prop(optional)] required: bool,
    /// The person typed; this is the whole text.
    #[prop(into)]
    typed: Callback<String>,
    /// A key that the list did not take.
    #[prop(into)]
    key: Callback<ev::KeyboardEvent>,
) -> impl IntoView {
    let completion = Completion::of(writing);
    let typed = Callback::new(move |text: String| {
        writing.text.set(text.clone());
        typed.run(text);
    });
    let list = format!("{id}-offers");
    let (list_here, list_name) = (list.clone(), list.clone());
    let option = StoredValue::new(list.clone());
    let option_id = move |index: usize| option.with_value(|list| format!("{list}-{index}"));
    let spoken = move || match completion.offers.with(Vec::len) {
        0 => String::new(),
        1 => "1 suggestion. Enter takes it.".to_owned(),
        count => format!("{count} suggestions. Arrow keys choose, Enter takes one."),
    };
    view! {
        <div class="writing">
            <textarea
                class=class
                id=id
                name="body"
                dir="auto"
                rows=rows.to_string()
                required=move || required && !writing.shows_preview.get()
                hidden=writing.shows_preview
                aria-label=label
                aria-describedby=described_by
                placeholder=placeholder
                autocomplete="off"
                aria-autocomplete="list"
                aria-haspopup="listbox"
                aria-controls=move || completion.is_open().then(|| list_here.clone())
                aria-activedescendant=move || completion.is_open().then(|| option_id(completion.active.get()))
                node_ref=writing.area
                prop:value=writing.text
                inner_html=markup(&writing.text.get_untracked())
                on:input=move |event| {
                    typed.run(event_target_value(&event));
                    completion.look();
                }
                on:compositionend=move |_| completion.look()
                on:click=move |_| completion.look()
                on:keyup=move |event| {
                    if matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight" | "Home" | "End") {
                        completion.look();
                    }
                }
                on:blur=move |_| completion.close()
                on:keydown=move |event| {
                    if !completion.key(&event, typed) {
                        key.run(event);
                    }
                }
            ></textarea>
            {move || {
                completion
                    .is_open()
                    .then(|| {
                        view! {
                            <ul
                                class="menu offers"
                                class:is-upwards=move || completion.spot.get().upwards
                                role="listbox"
                                id=list_name.clone()
                                aria-label="Suggestions"
                                style=("--left", move || format!("{}px", completion.spot.get().left))
                                style=("--top", move || format!("{}px", completion.spot.get().top))
                                // The field keeps the focus.
                                on:mousedown=|event| event.prevent_default()
                            >
                                {move || {
                                    completion
                                        .offers
                                        .get()
                                        .into_iter()
                                        .enumerate()
                                        .map(|(index, offer)| {
                                            view! {
                                                <li
                                                    class="menu-item"
                                                    class:is-active=move || completion.active.get() == index
                                                    role="option"
                                                    id=option_id(index)
                                                    aria-selected=move || (completion.active.get() == index).to_string()
                                                    on:click=move |_| {
                                                        if let Some(text) = completion.take(index) {
                                                            typed.run(text);
                                                        }
                                                    }
                                                >
                                                    {offered(offer)}
                                                </li>
                                            }
                                        })
                                        .collect_view()
                                }}
                            </ul>
                        }
                    })
            }}
            <Preview writing=writing/>
            <p class="visually-hidden" aria-live="polite">{spoken}</p>
        </div>
    }
}

fn offered(offer: Offer) -> AnyView {
    match offer {
        Offer::Person(person) => view! {
            <Avatar person=person.clone() size=Size::Tiny/>
            <span class="offer-name">{person.name}</span>
            <small class="muted">"@" {person.handle}</small>
        }
        .into_any(),
        Offer::Room(name) => view! {
            <Icon name="hash"/>
            <span class="offer-name">{name}</span>
        }
        .into_any(),
        Offer::Emoji((emoji, name)) => view! {
            <span class="offer-emoji" aria-hidden="true">{emoji}</span>
            <span class="offer-name">{name}</span>
        }
        .into_any(),
    }
}

/// A text as the inside of a `<textarea>`, which Leptos does not escape. The browser drops one line
/// break at its beginning.
fn markup(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    if text.starts_with('\n') { format!("\n{text}") } else { text }
}

/// What the text will look like, by the renderer of what is stored.
#[component]
fn Preview(writing: Writing) -> impl IntoView {
    let rendered = RwSignal::new(None::<Result<String, ApiError>>);
    Effect::new(move |_| {
        if !writing.shows_preview.get() {
            return;
        }
        rendered.set(None);
        let text = writing.text.get_untracked();
        spawn_local(async move {
            let answer = preview_markdown(writing.workspace, text).await;
            // The editor may have been closed meanwhile.
            let _ = rendered.try_set(Some(answer.map(|preview| preview.html)));
        });
    });
    move || {
        writing.shows_preview.get().then(|| {
            view! {
                <div class="preview" role="region" aria-label="Preview" tabindex="0">
                    {move || match rendered.get() {
                        None => view! { <p class="muted is-late">"Loading the preview…"</p> }.into_any(),
                        Some(Ok(html)) if html.is_empty() => view! { <p class="muted">"Nothing is written yet."</p> }.into_any(),
                        Some(Ok(html)) => view! { <div class="prose" dir="auto" inner_html=html></div> }.into_any(),
                        Some(Err(error)) => view! { <p class="field-error" role="alert">{error.to_string()}</p> }.into_any(),
                    }}
                </div>
            }
        })
    }
}

/// Write or Preview. Before the page is taken over there is nothing to switch.
#[component]
pub fn PreviewSwitch(writing: Writing) -> impl IntoView {
    let shows = writing.shows_preview;
    view! {
        <div class="segmented only-awake" role="group" aria-label="Write or preview">
            <button
                type="button"
                aria-pressed=move || (!shows.get()).to_string()
                on:click=move |_| {
                    shows.set(false);
                    // The field is shown again only after this.
                    request_animation_frame(move || {
                        if let Some(area) = writing.area.get_untracked() {
                            browser::focus::focus(&area);
                        }
                    });
                }
            >
                "Write"
            </button>
            <button type="button" aria-pressed=move || shows.get().to_string() on:click=move |_| shows.set(true)>
                "Preview"
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_break_out_of_its_field() {
        assert_eq!(markup("</textarea><b>&amp;"), "&lt;/textarea>&lt;b>&amp;amp;");
        assert_eq!(markup("\nfirst line is empty"), "\n\nfirst line is empty");
    }
}
