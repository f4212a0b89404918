//! Where a conversation begins: what it is for, above its first message.

use crate::live::{Live, name_of};
use leptos::prelude::*;
use protocol::ConversationId;
use protocol::conversation::{ConversationKind, ConversationState};

/// The words.
#[component]
pub fn ConversationStart(
    /// Of which.
    id: ConversationId,
) -> impl IntoView {
    let state = Live::expect().conversation(id);
    let words = Memo::new(move |_| state.with(|state| state.as_ref().map(words)));
    move || {
        words.get().map(|(title, about, text)| {
            view! {
                <div class="conversation-start">
                    <h2>{title}</h2>
                    {(!about.is_empty()).then(|| view! { <p class="conversation-about">{about}</p> })}
                    <p>{text}</p>
                </div>
            }
        })
    }
}

/// Its name, what it is about, and who can read it.
fn words(state: &ConversationState) -> (String, String, String) {
    let (name, about) = (name_of(state), state.conversation.topic_line.clone());
    match state.conversation.kind {
        ConversationKind::Room => (
            format!("#{name}"),
            about,
            "This is the beginning of the room. Every member of the workspace can find and read it."
                .to_owned(),
        ),
        ConversationKind::Group => (
            name,
            about,
            "This is the beginning of the group. Only those who were added can read it.".to_owned(),
        ),
        ConversationKind::Direct if state.conversation.members == 1 => {
            (name, about, "Notes to yourself: nobody else can read them.".to_owned())
        }
        ConversationKind::Direct => {
            let text = format!("This is the beginning of your conversation with {name}.");
            (name, about, text)
        }
    }
}
