//! Editing a post in place. Only the fields that changed are sent, with the version they are based
//! on; when somebody else changed the same field meanwhile, both texts are shown to choose from.

use super::editing::{EditForm, Editing};
use super::writing::{Writing, WritingField};
use crate::api::posts::update_post;
use crate::live::{Live, PostRow};
use leptos::prelude::*;
use protocol::limits;
use protocol::post::{Conflict, PostEdit};
use protocol::workspace::Membership;

/// The form in the place of the post.
#[component]
pub fn PostEditor(row: PostRow, membership: Membership) -> impl IntoView {
    let live = Live::expect();
    let id = row.id;
    // What the person began with. Changes that arrive meanwhile do not touch the form.
    let (base_title, base_body, version) =
        row.post.with_untracked(|post| (post.title.clone(), post.body.clone(), post.version));
    let title = RwSignal::new(base_title.clone());
    let writing = Writing::begin(membership.workspace.id, base_body.clone());
    let begun = RwSignal::new((base_title, base_body));
    let editing = Editing::begin(version, format!("/w/{}/posts/{id}", membership.workspace.slug));
    writing.take_focus();
    let save = Callback::new(move |()| {
        let (old_title, old_body) = begun.get_untracked();
        let changed = |text: String, old: String| (text != old).then_some(text);
        let edit = PostEdit {
            id,
            base: editing.base(),
            title: changed(title.get_untracked(), old_title),
            body: changed(writing.text.get_untracked(), old_body),
        };
        if edit.title.is_none() && edit.body.is_none() {
            editing.close();
        } else {
            editing.save(update_post(edit), move |post| live.post_answered(post));
        }
    });
    let chosen = Callback::new(move |(clash, texts): (Conflict, Vec<String>)| {
        for (field, text) in clash.fields.iter().zip(texts) {
            let theirs = field.theirs.clone();
            if field.field == "title" {
                title.set(text);
                begun.update(|begun| begun.0 = theirs);
            } else {
                writing.text.set(text);
                begun.update(|begun| begun.1 = theirs);
            }
        }
    });
    let key = Callback::new(move |event: leptos::ev::KeyboardEvent| {
        if !editing.leaves(&event) && event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            save.run(());
        }
    });
    view! {
        <EditForm
            editing=editing
            writing=writing
            id=id.to_string()
            action="/api/posts.update"
            label="Edit the post"
            class="post-form"
            save=save
            chosen=chosen
        >
            <div class="field">
                <label for="edit-title">"Title"</label>
                <input
                    class="input"
                    id="edit-title"
                    name="title"
                    required=true
                    maxlength=limits::POST_TITLE_CHARS_MAX.to_string()
                    value=title.get_untracked()
                    prop:value=title
                    on:input=move |event| title.set(event_target_value(&event))
                    on:keydown=move |event| key.run(event)
                />
            </div>
            <div class="field">
                <label for="edit-body">"Text"</label>
                <WritingField writing=writing id="edit-body" class="input" rows=10 typed=|_| () key=key/>
            </div>
        </EditForm>
    }
}
