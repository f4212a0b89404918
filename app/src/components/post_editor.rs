//! Editing a post in place. Only the fields that changed are sent, with the version they are based
//! on; when somebody else changed the same field meanwhile, both texts are shown to choose from.

use super::conflict::ConflictDialog;
use super::field::FormError;
use crate::api::posts::update_post;
use crate::browser;
use crate::error::ApiError;
use crate::live::{Live, PostRow};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use protocol::limits;
use protocol::post::{Conflict, PostEdit};
use protocol::workspace::Membership;

/// The form in the place of the post.
#[component]
pub fn PostEditor(row: PostRow, membership: Membership) -> impl IntoView {
    let live = Live::expect();
    let id = row.id;
    // What the person began with. Changes that arrive meanwhile do not touch the form.
    let (base_title, base_body, base) =
        row.post.with_untracked(|post| (post.title.clone(), post.body.clone(), post.version));
    let title = RwSignal::new(base_title.clone());
    let body = RwSignal::new(base_body.clone());
    let base = RwSignal::new(base);
    let begun = RwSignal::new((base_title, base_body));
    let error = RwSignal::new(None::<ApiError>);
    let conflict = RwSignal::new(None::<Conflict>);
    let is_saving = RwSignal::new(false);
    let area = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        if let Some(area) = area.get() {
            browser::focus::focus(&area);
        }
    });
    let page = format!("/w/{}/posts/{id}", membership.workspace.slug);
    let navigate = use_navigate();
    let close = Callback::new({
        let page = page.clone();
        move |()| {
            navigate(&page, NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() })
        }
    });
    let save = move || {
        let (old_title, old_body) = begun.get_untracked();
        let changed = |text: String, old: String| (text != old).then_some(text);
        let edit = PostEdit {
            id,
            base: base.get_untracked(),
            title: changed(title.get_untracked(), old_title),
            body: changed(body.get_untracked(), old_body),
        };
        if edit.title.is_none() && edit.body.is_none() {
            close.run(());
            return;
        }
        is_saving.set(true);
        error.set(None);
        spawn_local(async move {
            match update_post(edit).await {
                Ok(post) => {
                    live.post_answered(post);
                    close.run(());
                }
                Err(ApiError(refusal)) => match refusal.conflict {
                    Some(clash) => conflict.set(Some(*clash)),
                    None => error.set(Some(ApiError(refusal))),
                },
            }
            is_saving.set(false);
        });
    };
    // The person has chosen: their texts go into the form, based on what stands now, and are saved.
    let resolve = Callback::new(move |(clash, texts): (Conflict, Vec<String>)| {
        base.set(clash.version);
        for (field, text) in clash.fields.iter().zip(texts) {
            let theirs = field.theirs.clone();
            if field.field == "title" {
                title.set(text);
                begun.update(|begun| begun.0 = theirs);
            } else {
                body.set(text);
                begun.update(|begun| begun.1 = theirs);
            }
        }
        conflict.set(None);
        save();
    });
    let key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" && !event.is_composing() && conflict.with_untracked(Option::is_none) {
            close.run(());
        } else if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            save();
        }
    };
    view! {
        <form
            class="post-form"
            method="post"
            action="/api/posts.update"
            aria-label="Edit the post"
            on:keydown=key
            on:submit=move |event| {
                event.prevent_default();
                save();
            }
        >
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="base" value=base.get_untracked().to_string()/>
            <FormError error=error.into()/>
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
                />
            </div>
            <div class="field">
                <label for="edit-body">"Text"</label>
                <textarea
                    class="input"
                    id="edit-body"
                    name="body"
                    rows="10"
                    node_ref=area
                    prop:value=body
                    on:input=move |event| body.set(event_target_value(&event))
                >
                    {body.get_untracked()}
                </textarea>
            </div>
            <div class="inline">
                <button class="button button-primary" type="submit" disabled=is_saving>"Save"</button>
                <a class="button button-quiet" href=page>"Cancel"</a>
            </div>
        </form>
        {move || conflict.get().map(|clash| view! { <ConflictDialog conflict=clash resolve=resolve later=Callback::new(move |()| conflict.set(None))/> })}
    }
}
