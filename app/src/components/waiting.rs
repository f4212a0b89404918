//! Conversations in which something waits to be read, of all workspaces, as the inbox lists them.

use super::conversation_name::ConversationSign;
use super::time::Time;
use crate::layout::rail::badge;
use crate::live::{Live, name_of, signs};
use leptos::prelude::*;
use protocol::ConversationId;
use protocol::conversation::{ConversationState, path};

/// The rows. They go as soon as their conversation is read, here or elsewhere.
#[component]
pub fn WaitingConversations() -> impl IntoView {
    let waiting = Live::expect().waiting_conversations();
    view! {
        <Show when=move || !waiting.with(Vec::is_empty)>
            <section aria-labelledby="waiting-conversations">
                <h2 class="list-head" id="waiting-conversations">"Unread conversations"</h2>
                <ol class="notices">
                    <For each=move || waiting.get() key=|id| *id let(id)>
                        <Row id=id/>
                    </For>
                </ol>
            </section>
        </Show>
    }
}

#[component]
fn Row(id: ConversationId) -> impl IntoView {
    let live = Live::expect();
    let state = live.conversation(id);
    let workspaces = live.workspaces();
    let workspace = Memo::new(move |_| {
        let workspace = state.with(|state| state.as_ref().map(|state| state.conversation.workspace))?;
        workspaces
            .with(|all| all.iter().find(|of| of.workspace.id == workspace).map(|of| of.workspace.clone()))
    });
    let name = Memo::new(move |_| state.with(|state| state.as_ref().map(name_of).unwrap_or_default()));
    let mentions = Memo::new(move |_| state.with(|state| state.as_ref().map_or(0, |state| signs(state).1)));
    let last_at = Memo::new(move |_| state.with(|state| state.as_ref().and_then(|state| state.last_at)));
    let href = move || workspace.with(|of| of.as_ref().map(|of| path(&of.slug, id)));
    let text = move || {
        let unread = state.with(|state| state.as_ref().map(unread_words).unwrap_or_default());
        workspace.with(|of| of.as_ref().map(|of| format!("{unread} · {}", of.name))).unwrap_or_default()
    };
    view! {
        <li class="notice is-unread">
            <span class="notice-sign">
                <ConversationSign state=state/>
            </span>
            <a class="notice-body" data-act="open" href=href>
                <p class="notice-title">
                    <span class="visually-hidden">"Unread: "</span>
                    <b>{name}</b>
                </p>
                <p class="notice-text">{text}</p>
            </a>
            <div class="notice-actions">
                {move || {
                    let count = mentions.get();
                    (0 < count).then(|| view! { <span class="badge">{badge(count)}</span> })
                }}
                {move || last_at.get().map(|at| view! { <Time at=at class="muted"/> })}
                <button
                    class="button button-quiet button-small only-awake"
                    type="button"
                    data-act="mark-read"
                    aria-label=move || format!("Mark {} read", name.get())
                    on:click=move |_| live.read_whole(id)
                >
                    "Mark read"
                </button>
            </div>
        </li>
    }
}

fn unread_words(state: &ConversationState) -> String {
    match state.unread.max(state.mentions) {
        1 => "1 new message".to_owned(),
        count => format!("{} new messages", badge(count)),
    }
}
