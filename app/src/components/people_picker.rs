//! Choosing people of a workspace: by a few letters of their name, one after the other.

use super::avatar::{Avatar, Size};
use super::icon::Icon;
use crate::browser::Browser;
use crate::live::Live;
use leptos::prelude::*;
use protocol::{Person, UserId, WorkspaceId};

/// People offered at a time.
const OFFERED: usize = 6;

/// The field, those who were chosen, and those who fit.
#[component]
pub fn PeoplePicker(
    /// Of which workspace.
    workspace: WorkspaceId,
    /// Those who were chosen.
    chosen: RwSignal<Vec<Person>>,
    /// Those who are not offered.
    #[prop(optional, into)]
    without: Signal<Vec<UserId>>,
    /// Names the field.
    id: &'static str,
    /// At most one.
    #[prop(optional)]
    one: bool,
) -> impl IntoView {
    let live = Live::expect();
    let browser = Browser::expect();
    let members = live.members(workspace);
    let typed = RwSignal::new(String::new());
    let offers = Memo::new(move |_| {
        let word = typed.get().trim().trim_start_matches('@').to_lowercase();
        let is_out = |user: UserId| {
            without.with(|without| without.contains(&user))
                || chosen.with(|chosen| chosen.iter().any(|person| person.id == user))
        };
        members.with(|members| {
            let fits = members.iter().map(|member| &member.person).filter(|person| {
                let name = person.name.to_lowercase();
                !is_out(person.id) && (name.contains(&word) || person.handle.contains(&word))
            });
            fits.take(OFFERED).cloned().collect::<Vec<Person>>()
        })
    });
    Effect::new(move |_| browser.find_people(workspace, ""));
    let take = move |person: Person| {
        chosen.update(|chosen| {
            if one {
                chosen.clear();
            }
            chosen.push(person);
        });
        typed.set(String::new());
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.is_composing() {
            // Enter takes the first one instead of sending the form.
            event.prevent_default();
            let first = offers.with_untracked(|offers| offers.first().cloned());
            if let Some(person) = first.filter(|_| !typed.with_untracked(|typed| typed.trim().is_empty())) {
                take(person);
            }
        }
    };
    view! {
        <div class="people-picker">
            <ul class="inline" aria-label="Chosen">
                <For each=move || chosen.get() key=|person| person.id let(person)>
                    {
                        let user = person.id;
                        let label = format!("Take {} out", person.name);
                        view! {
                            <li class="chosen">
                                <Avatar person=person.clone() size=Size::Tiny/>
                                <span>{person.name}</span>
                                <button
                                    class="icon-button icon-button-small"
                                    type="button"
                                    aria-label=label
                                    on:click=move |_| chosen.update(|chosen| chosen.retain(|other| other.id != user))
                                >
                                    <Icon name="x" small=true/>
                                </button>
                            </li>
                        }
                    }
                </For>
            </ul>
            <div class="field">
                <label for=id>"Find people"</label>
                <input
                    class="input"
                    id=id
                    type="text"
                    autocomplete="off"
                    placeholder="Name or handle"
                    prop:value=typed
                    on:input=move |event| {
                        let text = event_target_value(&event);
                        browser.find_people(workspace, text.trim().trim_start_matches('@'));
                        typed.set(text);
                    }
                    on:keydown=key
                />
            </div>
            <ul aria-label="People who fit">
                <For each=move || offers.get() key=|person| person.clone() let(person)>
                    {
                        let shown = person.clone();
                        view! {
                            <li>
                                <button class="menu-item" type="button" on:click=move |_| take(person.clone())>
                                    <Avatar person=shown.clone() size=Size::Tiny/>
                                    <span>{shown.name}</span>
                                    <small class="muted">"@" {shown.handle}</small>
                                </button>
                            </li>
                        }
                    }
                </For>
            </ul>
        </div>
    }
}
