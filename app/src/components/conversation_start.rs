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
        words.get().map(|(title, text)| {
            view! {
                <div class="conversation-start">
                    <h2>{title}</h2>
                    <p>{text}</p>
                </div>
            }
        })
    }
}

fn words(state: &ConversationState) -> (String, String) {
    let (name, topic_line) = (name_of(state), &state.conversation.topic_line);
    let about = if topic_line.is_empty() { String::new() } else { format!("{topic_line} ") };
    match state.conversation.kind {
        ConversationKind::Room => (
            format!("#{name}"),
            format!(
                "{about}This is the beginning of the room. Every member of the workspace can find and read it."
            ),
        ),
        ConversationKind::Group => (
            name,
            format!("{about}This is the beginning of the group. Only those who were added can read it."),
        ),
        ConversationKind::Direct if state.conversation.members == 1 => {
            (name, "Notes to yourself: nobody else can read them.".to_owned())
        }
        ConversationKind::Direct => {
            (name.clone(), format!("This is the beginning of your conversation with {name}."))
        }
    }
}
