//! The palette: conversations, places, people, posts and actions by a few letters, each with its shortcut.

use super::actions::{Actions, Overlay};
use crate::browser::{self, Browser};
use crate::components::avatar::{Avatar, Size};
use crate::components::icon::Icon;
use crate::components::keys::KeyCaps;
use crate::live::Live;
use crate::live::palette::{Lead, Row, Section, Target};
use leptos::ev;
use leptos::html;
use leptos::prelude::*;

/// The dialog. Its content is made anew each time that it opens.
#[component]
pub fn Palette() -> impl IntoView {
    let overlay = Actions::expect().overlay;
    let is_open = Memo::new(move |_| overlay.get() == Overlay::Palette);
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| browser::focus::show_dialog(dialog.get(), is_open.get()));
    let closed = move |_| {
        if is_open.get_untracked() {
            overlay.set(Overlay::None);
        }
    };
    view! {
        <dialog class="palette" node_ref=dialog aria-label="Search or jump to" on:close=closed>
            {move || is_open.get().then(|| view! { <Opened/> })}
        </dialog>
    }
}

#[component]
fn Opened() -> impl IntoView {
    let actions = Actions::expect();
    let live = Live::expect();
    let browser = Browser::expect();
    let workspace = actions
        .places
        .workspace
        .with_untracked(|membership| membership.as_ref().map(|membership| membership.workspace.id));
    let find = move |word: &str| {
        if let Some(workspace) = workspace {
            browser.find_people(workspace, word.trim().trim_start_matches('@'));
            browser.find_rooms(workspace, word.trim().trim_start_matches('#'));
        }
    };
    find("");
    let typed = RwSignal::new(String::new());
    let members = workspace.map(|workspace| live.members(workspace));
    let talk = workspace
        .map(|workspace| (live.sidebar(workspace), live.unread_in(workspace), browser.rooms(workspace)));
    let rows = Memo::new(move |_| {
        if let Some(members) = members {
            members.track();
        }
        let rooms = talk.map(|(sidebar, unread, rooms)| {
            sidebar.track();
            unread.track();
            rooms.get()
        });
        let rooms = rooms.unwrap_or_default();
        typed.with(|typed| live.read(|state| state.palette(workspace, &rooms, typed)))
    });
    let active = RwSignal::new(0_usize);
    Effect::new(move |_| browser::focus::bring_into_view(&row_id(active.get())));
    let choose = Callback::new(move |(index, beside): (usize, bool)| {
        let Some(row) = rows.with_untracked(|rows| rows.get(index).cloned()) else { return };
        match row.target {
            Target::Address(address) if beside => browser::page::open_beside(&address),
            Target::Address(address) => {
                actions.overlay.set(Overlay::None);
                actions.go(address);
            }
            Target::Act(act) => {
                actions.overlay.set(Overlay::None);
                // The dialog is gone after this, and what it covered acts again.
                request_animation_frame(move || {
                    actions.act(act);
                });
            }
        }
    });
    let step = move |down: bool| {
        let count = rows.with_untracked(Vec::len).max(1);
        active.update(|active| *active = (*active + if down { 1 } else { count - 1 }) % count);
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        match event.key().as_str() {
            "ArrowDown" => step(true),
            "ArrowUp" => step(false),
            "Enter" => choose.run((active.get_untracked(), event.ctrl_key() || event.meta_key())),
            _ => return,
        }
        event.prevent_default();
    };
    let is_empty = Memo::new(move |_| rows.with(Vec::is_empty));
    let sections = move || {
        let rows = rows.get();
        let mut numbered: Vec<(usize, Row)> = rows.into_iter().enumerate().collect();
        Section::ALL
            .into_iter()
            .filter_map(|section| {
                let rest = numbered.split_off(numbered.partition_point(|(_, row)| row.section <= section));
                let rows = std::mem::replace(&mut numbered, rest);
                (!rows.is_empty())
                    .then(|| view! { <OneSection section=section rows=rows active=active choose=choose/> })
            })
            .collect_view()
    };
    view! {
        <div class="palette-input">
            <Icon name="search"/>
            <input
                type="text"
                role="combobox"
                aria-label="Search or jump to"
                aria-expanded="true"
                aria-autocomplete="list"
                aria-controls="palette-rows"
                aria-activedescendant=move || (!is_empty.get()).then(|| row_id(active.get()))
                placeholder="Search or jump to"
                autocomplete="off"
                spellcheck="false"
                on:input=move |event| {
                    let text = event_target_value(&event);
                    find(&text);
                    active.set(0);
                    typed.set(text);
                }
                on:keydown=key
            />
            <button
                class="icon-button only-phone"
                type="button"
                aria-label="Close"
                on:click=move |_| actions.overlay.set(Overlay::None)
            >
                <Icon name="x"/>
            </button>
            <span class="only-wide" aria-hidden="true">
                <KeyCaps keys=&["Esc"]/>
            </span>
        </div>
        <div class="palette-list" role="listbox" id="palette-rows" aria-label="Results" hidden=is_empty>
            {sections}
        </div>
        <p class="palette-blank" role="status">
            {move || is_empty.get().then_some("Nothing here has this name.")}
        </p>
        <footer class="palette-foot only-wide" aria-hidden="true">
            <span><KeyCaps keys=&["↑", "↓"]/> "move"</span>
            <span><KeyCaps keys=&["Enter"]/> "open"</span>
            <span><KeyCaps keys=&["Ctrl", "Enter"]/> "open beside"</span>
        </footer>
    }
}

#[component]
fn OneSection(
    section: Section,
    rows: Vec<(usize, Row)>,
    active: RwSignal<usize>,
    choose: Callback<(usize, bool)>,
) -> impl IntoView {
    view! {
        <div role="group" aria-label=section.label()>
            <div class="palette-group" aria-hidden="true">{section.label()}</div>
            {rows
                .into_iter()
                .map(|(index, row)| {
                    let href = match &row.target {
                        Target::Address(address) => Some(address.clone()),
                        Target::Act(_) => None,
                    };
                    let press = move |event: ev::MouseEvent| {
                        event.prevent_default();
                        choose.run((index, event.ctrl_key() || event.meta_key()));
                    };
                    view! {
                        <a
                            class="palette-row"
                            role="option"
                            id=row_id(index)
                            href=href
                            tabindex="-1"
                            aria-selected=move || (active.get() == index).to_string()
                            on:click=press
                            on:mousemove=move |_| active.set(index)
                        >
                            <span class="lead">{lead(row.lead.clone())}</span>
                            <span class="label">{marked(&row)}</span>
                            <span class="detail">{row.detail.clone()}</span>
                            <span class="keys" aria-hidden="true">
                                <KeyCaps keys=row.keys/>
                            </span>
                        </a>
                    }
                })
                .collect_view()}
        </div>
    }
}

fn row_id(index: usize) -> String {
    format!("palette-row-{index}")
}

fn lead(lead: Lead) -> AnyView {
    match lead {
        Lead::Icon(name) => view! { <Icon name=name/> }.into_any(),
        Lead::Person(person) => view! { <Avatar person=person size=Size::Tiny/> }.into_any(),
    }
}

fn marked(row: &Row) -> AnyView {
    let label = row.label.as_str();
    match row.mark.clone() {
        Some(mark) => {
            let (before, rest) = label.split_at(mark.start);
            let (typed, after) = rest.split_at(mark.end - mark.start);
            view! { {before.to_owned()} <mark>{typed.to_owned()}</mark> {after.to_owned()} }.into_any()
        }
        None => label.to_owned().into_any(),
    }
}
