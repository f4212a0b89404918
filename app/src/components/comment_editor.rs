//! Editing a comment in place, with the same answer to a conflict as for posts.

use super::conflict::ConflictDialog;
use super::field::FormError;
use crate::api::comments::update_comment;
use crate::browser;
use crate::error::ApiError;
use crate::live::{CommentRow, Live};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use protocol::comment::CommentEdit;
use protocol::post::Conflict;
use protocol::workspace::Membership;

/// The form in the place of the text.
#[component]
pub fn CommentEditor(row: CommentRow, membership: Membership) -> impl IntoView {
    let live = Live::expect();
    let id = row.id;
    let (text, base, post) =
        row.comment.with_untracked(|comment| (comment.body.clone(), comment.version, comment.post));
    let body = RwSignal::new(text);
    let base = RwSignal::new(base);
    let error = RwSignal::new(None::<ApiError>);
    let conflict = RwSignal::new(None::<Conflict>);
    let area = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        if let Some(area) = area.get() {
            browser::focus::focus(&area);
        }
    });
    let page = format!("/w/{}/posts/{post}", membership.workspace.slug);
    let navigate = use_navigate();
    let close = Callback::new({
        let page = page.clone();
        move |()| {
            navigate(&page, NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() })
        }
    });
    let save = move || {
        let edit = CommentEdit { id, base: base.get_untracked(), body: body.get_untracked() };
        error.set(None);
        spawn_local(async move {
            match update_comment(edit).await {
                Ok(comment) => {
                    live.comment_answered(comment);
                    close.run(());
                }
                Err(ApiError(refusal)) => match refusal.conflict {
                    Some(clash) => conflict.set(Some(*clash)),
                    None => error.set(Some(ApiError(refusal))),
                },
            }
        });
    };
    let resolve = Callback::new(move |(clash, texts): (Conflict, Vec<String>)| {
        base.set(clash.version);
        if let Some(text) = texts.into_iter().next() {
            body.set(text);
        }
        conflict.set(None);
        save();
    });
    let key = move |event: leptos::ev::KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        if event.key() == "Escape" {
            close.run(());
        } else if event.key() == "Enter" && !event.shift_key() {
            event.prevent_default();
            save();
        }
    };
    view! {
        <form
            class="stack"
            method="post"
            action="/api/comments.update"
            aria-label="Edit the comment"
            on:submit=move |event| {
                event.prevent_default();
                save();
            }
        >
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="base" value=base.get_untracked().to_string()/>
            <FormError error=error.into()/>
            <textarea
                class="input"
                name="body"
                rows="3"
                aria-label="Text of the comment"
                node_ref=area
                prop:value=body
                on:input=move |event| body.set(event_target_value(&event))
                on:keydown=key
            >
                {body.get_untracked()}
            </textarea>
            <div class="inline">
                <button class="button button-primary button-small" type="submit">"Save"</button>
                <a class="button button-quiet button-small" href=page>"Cancel"</a>
            </div>
        </form>
        {move || conflict.get().map(|clash| view! { <ConflictDialog conflict=clash resolve=resolve later=Callback::new(move |()| conflict.set(None))/> })}
    }
}
