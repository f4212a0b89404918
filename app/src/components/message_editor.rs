//! Editing a message in place.

use super::editing::{EditForm, Editing};
use super::message_list::MessageList;
use super::writing::{Writing, WritingField};
use crate::api::messages::update_message;
use crate::browser::{focus, text_field};
use crate::live::markup::Mark;
use crate::live::{Live, MessageRow};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use protocol::message::MessageEdit;
use protocol::post::Conflict;

/// The form in the place of the text. Enter saves, Escape leaves it as it was.
#[component]
pub fn MessageEditor(row: MessageRow) -> impl IntoView {
    let live = Live::expect();
    let list = MessageList::expect();
    let id = row.id;
    let (text, version) = row.message.with_untracked(|message| (message.body.clone(), message.version));
    let workspace = list.membership.with_value(|membership| membership.workspace.id);
    let thread = use_query_map().with_untracked(|query| query.get("thread"));
    let page = match thread {
        Some(root) => format!("{}?thread={root}", list.path()),
        None => list.path(),
    };
    let writing = Writing::begin(workspace, text);
    let editing = Editing::begin(version, page);
    Effect::new(move |_| {
        if let Some(area) = writing.area.get() {
            focus::focus(&area);
            text_field::caret_to_end(&area);
        }
    });
    // Whoever came here from the composer goes on there.
    on_cleanup(move || request_animation_frame(move || focus::to_composer(list.is_thread())));
    let save = Callback::new(move |()| {
        let edit = MessageEdit { id, base: editing.base(), body: writing.text.get_untracked() };
        editing.save(update_message(edit), move |message| live.message_answered(message));
    });
    let chosen = Callback::new(move |(_, texts): (Conflict, Vec<String>)| {
        if let Some(text) = texts.into_iter().next() {
            writing.text.set(text);
        }
    });
    let key = move |event: leptos::ev::KeyboardEvent| {
        if editing.leaves(&event) || event.is_composing() {
            return;
        }
        let mark = Mark::of_key(&event.key(), event.shift_key());
        if event.key() == "Enter" && !event.shift_key() {
            event.prevent_default();
            save.run(());
        } else if let (true, Some(mark), Some(area)) =
            (event.ctrl_key() || event.meta_key(), mark, writing.area.get_untracked())
        {
            event.prevent_default();
            writing.text.set(text_field::mark(&area, mark));
        }
    };
    view! {
        <EditForm
            editing=editing
            writing=writing
            id=id.to_string()
            action="/api/messages.update"
            label="Edit the message"
            class="stack"
            save=save
            chosen=chosen
        >
            <WritingField
                writing=writing
                id=format!("edit-{}", list.element_id(id))
                label="Text of the message"
                class="input"
                rows=2
                typed=|_| ()
                key=key
            />
        </EditForm>
    }
}
