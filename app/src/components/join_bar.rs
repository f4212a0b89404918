//! In the place of the composer where one cannot write: a room that is only read, or an archive.

use crate::api::conversations::JoinConversation;
use crate::components::command_form::CommandForm;
use crate::live::{Live, name_of};
use leptos::prelude::*;
use protocol::ConversationId;

/// The bar.
#[component]
pub fn JoinBar(
    /// Which conversation.
    id: ConversationId,
) -> impl IntoView {
    let live = Live::expect();
    let state = live.conversation(id);
    let join = ServerAction::<JoinConversation>::new();
    Effect::new(move |_| match join.value().get() {
        Some(Ok(state)) => live.load_conversation(state),
        Some(Err(error)) => live.note(error.to_string()),
        None => {}
    });
    let place = Memo::new(move |_| {
        state.with(|state| {
            let state = state.as_ref()?;
            Some((name_of(state), state.conversation.archived_at.is_some(), state.role.is_some()))
        })
    });
    move || {
        let (name, is_archived, is_member) = place.get()?;
        Some(view! {
            <div class="join-bar">
                {if is_archived {
                    view! { <span>"This conversation is archived. It can be read, and nothing is written here any longer."</span> }.into_any()
                } else {
                    view! { <span>{format!("You are reading #{name} without being in it.")}</span> }.into_any()
                }}
                {(!is_archived && !is_member)
                    .then(|| {
                        view! {
                            <CommandForm action=join>
                                <input type="hidden" name="id" value=id.to_string()/>
                                <button class="button button-primary" type="submit">"Join room"</button>
                            </CommandForm>
                        }
                    })}
            </div>
        })
    }
}
