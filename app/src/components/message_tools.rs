//! What can be done with a message: a toolbar under the pointer or beside the focus, a sheet on
//! touch. Each tool says its key, which works while the message has the focus.

use super::icon::Icon;
use super::menu::Menu;
use super::message_list::MessageList;
use super::reactions::Picker;
use crate::api::messages::{pin_message, save_message, unpin_message, unsave_message};
use crate::api::reads::set_read;
use crate::browser;
use crate::live::{Live, MessageRow};
use crate::shortcuts::{Tool, key_of};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;
use protocol::UserId;
use protocol::conversation::{ConversationKind, ConversationRole};
use protocol::reaction::ReactionTarget;
use protocol::workspace::Role;

/// Whether the person may delete what this author wrote.
#[must_use]
pub fn may_delete(list: MessageList, author: UserId) -> bool {
    let live = list.live;
    let state = live.read(|state| state.conversation(list.conversation));
    let moderates = match state.map(|state| (state.conversation.kind, state.role)) {
        Some((ConversationKind::Room, _)) => {
            list.membership.with_value(|membership| Role::Admin <= membership.role)
        }
        Some((ConversationKind::Group, role)) => role == Some(ConversationRole::Owner),
        Some((ConversationKind::Direct, _)) | None => false,
    };
    moderates || live.is_me(author)
}

/// The tools of one message.
#[component]
pub fn MessageTools(row: MessageRow) -> impl IntoView {
    let live = Live::expect();
    let list = MessageList::expect();
    let id = row.id;
    let message = row.message.clone();
    let (order, thread) = message.with_untracked(|message| (message.order, message.thread));
    let author = message.with_untracked(|message| message.author.name.clone());
    let state = live.read(|state| state.conversation(list.conversation));
    let is_mine = live.is_me(row.author);
    let is_member = state.as_ref().is_some_and(|state| state.role.is_some());
    let may_delete = may_delete(list, row.author);
    let pinned = {
        let message = message.clone();
        Memo::new(move |_| message.with(|message| message.pinned))
    };
    let saved = Memo::new(move |_| message.with(|message| message.saved));
    let path = list.path();
    let root = thread.unwrap_or(id);
    let edit = {
        let open = use_query_map().with_untracked(|query| query.get("thread"));
        match open {
            Some(open) => format!("{path}?thread={open}&edit={id}"),
            None => format!("{path}?edit={id}"),
        }
    };
    let address = match thread {
        Some(root) => format!("{path}?thread={root}&message={id}"),
        None => format!("{path}?message={id}"),
    };
    let close = move || {
        browser::focus::close_open_details();
        list.sheet.set(None);
    };
    let copy = move |_| {
        let link = format!("{}{address}", browser::page::origin());
        spawn_local(async move {
            if browser::clipboard::copy(&link).await {
                live.note("Link copied");
            }
        });
        close();
    };
    let save = move |_| {
        let is_saved = saved.get_untracked();
        spawn_local(async move {
            let answer = if is_saved { unsave_message(id).await } else { save_message(id).await };
            match answer {
                Ok(_) => live.note(if is_saved { "No longer saved" } else { "Saved for later" }),
                Err(error) => live.note(error.to_string()),
            }
        });
        close();
    };
    let pin = move |_| {
        let is_pinned = pinned.get_untracked();
        spawn_local(async move {
            let answer = if is_pinned { unpin_message(id).await } else { pin_message(id).await };
            if let Err(error) = answer {
                live.note(error.to_string());
            }
        });
        close();
    };
    let unread = move |_| {
        live.stop_reading(list.conversation);
        spawn_local(async move {
            match set_read(list.conversation, order.saturating_sub(1)).await {
                Ok(_) => live.note("Marked unread from here"),
                Err(error) => live.note(error.to_string()),
            }
        });
        close();
    };
    let delete = move |_| {
        close();
        live.delete_message(id);
    };
    view! {
        <div class="message-tools" role="toolbar" aria-label=format!("For the message by {author}")>
            <Picker target=ReactionTarget::Message(id) class="icon-button" shortcut=key_of(Tool::React)/>
            {(!list.is_thread())
                .then(|| {
                    view! {
                        <a
                            class="icon-button"
                            href=format!("{path}?thread={root}")
                            data-key=key_of(Tool::Reply)
                            aria-label="Reply in a thread"
                            title=format!("Reply in a thread ({})", key_of(Tool::Reply))
                            on:click=move |_| close()
                        >
                            <Icon name="thread"/>
                        </a>
                    }
                })}
            <button
                class="icon-button"
                type="button"
                data-key=key_of(Tool::Save)
                aria-label="Save"
                title=format!("Save ({})", key_of(Tool::Save))
                aria-pressed=move || saved.get().to_string()
                on:click=save
            >
                <Icon name="bookmark"/>
            </button>
            {is_mine
                .then(|| {
                    view! {
                        <a class="icon-button" href=edit data-key=key_of(Tool::Edit) aria-label="Edit" title=format!("Edit ({})", key_of(Tool::Edit)) on:click=move |_| close()>
                            <Icon name="edit"/>
                        </a>
                    }
                })}
            <Menu label=format!("More for the message by {author}")>
                <button class="menu-item" type="button" data-key=key_of(Tool::Copy) on:click=copy>
                    <Icon name="link"/>
                    <span>"Copy the link"</span>
                    <span class="kbd">{key_of(Tool::Copy)}</span>
                </button>
                {is_member
                    .then(|| {
                        view! {
                            <button class="menu-item" type="button" data-key=key_of(Tool::Pin) on:click=pin>
                                <Icon name="pin"/>
                                <span>{move || if pinned.get() { "Unpin" } else { "Pin" }}</span>
                                <span class="kbd">{key_of(Tool::Pin)}</span>
                            </button>
                        }
                    })}
                {(is_member && !list.is_thread())
                    .then(|| {
                        view! {
                            <button class="menu-item" type="button" data-key=key_of(Tool::Unread) on:click=unread>
                                <Icon name="inbox"/>
                                <span>"Mark unread from here"</span>
                                <span class="kbd">{key_of(Tool::Unread)}</span>
                            </button>
                        }
                    })}
                <a class="menu-item" href=format!("{path}?history={id}") on:click=move |_| close()>
                    <Icon name="history"/>
                    <span>"Edit history"</span>
                </a>
                {may_delete
                    .then(|| {
                        view! {
                            <div class="menu-rule"></div>
                            <button class="menu-item menu-item-danger" type="button" data-key="Delete" on:click=delete>
                                <Icon name="trash"/>
                                <span>"Delete"</span>
                            </button>
                        }
                    })}
            </Menu>
        </div>
    }
}
