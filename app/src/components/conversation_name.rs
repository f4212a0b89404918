//! What stands for a conversation: its sign or its person, and its name.

use super::avatar::{Avatar, Size};
use super::icon::Icon;
use crate::live::Live;
use leptos::prelude::*;
use protocol::conversation::{ConversationKind, ConversationState};

/// A hash for a room, a lock for a group, the other person with their presence for a direct one.
#[component]
pub fn ConversationSign(
    /// Which.
    #[prop(into)]
    state: Signal<Option<ConversationState>>,
) -> impl IntoView {
    let live = Live::expect();
    let kind = Memo::new(move |_| {
        state.with(|state| {
            let state = state.as_ref()?;
            let other = state.with.first().cloned();
            Some((state.conversation.kind, state.conversation.workspace, other))
        })
    });
    move || match kind.get() {
        Some((ConversationKind::Direct, workspace, Some(person))) => {
            let bearing = live.bearing_of(workspace, person.id);
            view! { <Avatar person=person size=Size::Tiny presence=bearing/> }.into_any()
        }
        Some((ConversationKind::Group, ..)) => view! { <Icon name="group"/> }.into_any(),
        Some((ConversationKind::Direct, ..)) => view! { <Icon name="people"/> }.into_any(),
        Some((ConversationKind::Room, ..)) | None => view! { <Icon name="hash"/> }.into_any(),
    }
}
