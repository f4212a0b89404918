//! The bar above a conversation: what it is, who is in it, and what the person wants of it.

use super::conversation_name::ConversationSign;
use super::icon::Icon;
use super::menu::Menu;
use crate::api::conversations::{leave_conversation, set_level, star_conversation, unstar_conversation};
use crate::browser;
use crate::live::{Live, name_of};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use protocol::ConversationId;
use protocol::conversation::{ConversationKind, ConversationState, Level};
use protocol::workspace::Membership;

/// What a level means, in a word.
#[must_use]
pub fn level_label(level: Level) -> &'static str {
    match level {
        Level::All => "Everything",
        Level::Mentions => "Only mentions",
        Level::Nothing => "Nothing",
    }
}

/// Says how much of a conversation the person wants to be told; an event shows it.
pub fn tell_about(live: Live, id: ConversationId, level: Level) {
    spawn_local(async move {
        if let Err(error) = set_level(id, level).await {
            live.note(error.to_string());
        }
    });
    browser::focus::close_open_details();
}

fn keep_at_top(live: Live, id: ConversationId, on: bool) {
    spawn_local(async move {
        let answer = if on { star_conversation(id).await } else { unstar_conversation(id).await };
        if let Err(error) = answer {
            live.note(error.to_string());
        }
    });
    browser::focus::close_open_details();
}

/// The bar.
#[component]
pub fn ConversationHead(
    /// The workspace on screen.
    membership: Membership,
    /// Which conversation.
    id: ConversationId,
) -> impl IntoView {
    let live = Live::expect();
    let state = live.conversation(id);
    fn part<T: PartialEq + Send + Sync + 'static>(
        state: Signal<Option<ConversationState>>,
        of: fn(&ConversationState) -> T,
    ) -> Memo<Option<T>> {
        Memo::new(move |_| state.with(|state| state.as_ref().map(of)))
    }
    let name = part(state, name_of);
    let topic_line = part(state, |state| state.conversation.topic_line.clone());
    let members = part(state, |state| state.conversation.members);
    let place = part(state, |state| (state.level, state.starred, state.role.is_some()));
    let kind = part(state, |state| state.conversation.kind);
    let path = protocol::conversation::path(&membership.workspace.slug, id);
    let chats = format!("/w/{}/chats", membership.workspace.slug);
    let (details, pins) = (format!("{path}?details"), format!("{path}?pins"));
    let link = details.clone();
    let shown = move || name.get().unwrap_or_default();
    // The server reads the window's title when the page is rendered, and its signals are gone.
    let first_name = name.get_untracked().unwrap_or_default();
    let window_title = move || {
        let name = name.try_get().flatten().unwrap_or_else(|| first_name.clone());
        format!("{name} · Hubbub")
    };
    let members_label = move || match members.get().unwrap_or(0) {
        1 => "1 member".to_owned(),
        count => format!("{count} members"),
    };
    let leave = move |_| {
        browser::focus::close_open_details();
        spawn_local(async move {
            if let Err(error) = leave_conversation(id).await {
                live.note(error.to_string());
            }
        });
    };
    view! {
        <Title text=window_title/>
        <header class="topbar">
            <a class="icon-button only-phone" href=chats aria-label="Back">
                <Icon name="back"/>
            </a>
            <h1 class="topbar-title">
                <ConversationSign state=state/>
                <a href=link>{shown}</a>
            </h1>
            <p class="topbar-topic">{move || topic_line.get()}</p>
            <a class="button button-quiet only-wide number" href=details.clone() aria-label=members_label>
                <Icon name="people"/>
                {move || members.get()}
            </a>
            {move || {
                let (_, starred, is_member) = place.get()?;
                is_member
                    .then(|| {
                        view! {
                            <button
                                class="icon-button only-wide"
                                type="button"
                                aria-label="Keep at the top"
                                title="Keep at the top"
                                aria-pressed=starred.to_string()
                                on:click=move |_| keep_at_top(live, id, !starred)
                            >
                                <Icon name="star"/>
                            </button>
                        }
                    })
            }}
            <Menu label="More for this conversation">
                <a class="menu-item" href=details>
                    <Icon name="people"/>
                    <span>"Details and members"</span>
                </a>
                <a class="menu-item" href=pins>
                    <Icon name="pin"/>
                    <span>"Pinned messages"</span>
                </a>
                {move || {
                    let (level, starred, is_member) = place.get()?;
                    is_member
                        .then(|| {
                            view! {
                                <button class="menu-item only-phone" type="button" on:click=move |_| keep_at_top(live, id, !starred)>
                                    <Icon name="star"/>
                                    <span>{if starred { "No longer at the top" } else { "Keep at the top" }}</span>
                                </button>
                                <div class="menu-rule"></div>
                                <p class="menu-title">"Tell me about"</p>
                                {Level::ALL
                                    .map(|choice| {
                                        view! {
                                            <button
                                                class="menu-item"
                                                type="button"
                                                aria-pressed=(choice == level).to_string()
                                                on:click=move |_| tell_about(live, id, choice)
                                            >
                                                <Icon name=match choice {
                                                    Level::All => "bell",
                                                    Level::Mentions => "at",
                                                    Level::Nothing => "mute",
                                                }/>
                                                <span>{level_label(choice)}</span>
                                                {(choice == level).then(|| view! { <Icon name="check" small=true/> })}
                                            </button>
                                        }
                                    })
                                    .collect_view()}
                                {(kind.get() != Some(ConversationKind::Direct))
                                    .then(|| {
                                        view! {
                                            <div class="menu-rule"></div>
                                            <button class="menu-item menu-item-danger" type="button" on:click=leave>
                                                <Icon name="leave"/>
                                                <span>"Leave"</span>
                                            </button>
                                        }
                                    })}
                            }
                        })
                }}
            </Menu>
        </header>
    }
}
