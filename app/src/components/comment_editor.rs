//! Editing a comment in place.

use super::editing::{EditForm, Editing};
use super::writing::{Writing, WritingField};
use crate::api::comments::update_comment;
use crate::live::{CommentRow, Live};
use leptos::prelude::*;
use protocol::comment::CommentEdit;
use protocol::post::Conflict;
use protocol::workspace::Membership;

/// The form in the place of the text.
#[component]
pub fn CommentEditor(row: CommentRow, membership: Membership) -> impl IntoView {
    let live = Live::expect();
    let id = row.id;
    let (text, version, post) =
        row.comment.with_untracked(|comment| (comment.body.clone(), comment.version, comment.post));
    let writing = Writing::begin(membership.workspace.id, text);
    let editing = Editing::begin(version, format!("/w/{}/posts/{post}", membership.workspace.slug));
    writing.take_focus();
    let save = Callback::new(move |()| {
        let edit = CommentEdit { id, base: editing.base(), body: writing.text.get_untracked() };
        editing.save(update_comment(edit), move |comment| live.comment_answered(comment));
    });
    let chosen = Callback::new(move |(_, texts): (Conflict, Vec<String>)| {
        if let Some(text) = texts.into_iter().next() {
            writing.text.set(text);
        }
    });
    let key = move |event: leptos::ev::KeyboardEvent| {
        if !editing.leaves(&event) && event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            save.run(());
        }
    };
    view! {
        <EditForm
            editing=editing
            writing=writing
            id=id.to_string()
            action="/api/comments.update"
            label="Edit the comment"
            class="stack"
            save=save
            chosen=chosen
        >
            <WritingField
                writing=writing
                id=format!("edit-{id}")
                label="Text of the comment"
                class="input"
                rows=3
                typed=|_| ()
                key=key
            />
        </EditForm>
    }
}
