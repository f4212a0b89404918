//! Writing a new post.

use super::composer::follow_draft;
use super::writing::{PreviewSwitch, Writing, WritingField};
use crate::browser;
use crate::live::Live;
use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use protocol::draft::{Draft, DraftPlace};
use protocol::post::NewPost;
use protocol::workspace::Membership;
use protocol::{PostId, limits};

/// The form at the top of the feed. What is typed is a draft at once.
#[component]
pub fn PostForm(
    /// Where the post will stand.
    membership: Membership,
) -> impl IntoView {
    let live = Live::expect();
    let workspace = membership.workspace.id;
    let place = DraftPlace::Post(workspace);
    let draft = live.draft(place).get_untracked();
    let title = RwSignal::new(draft.as_ref().map(|draft| draft.title.clone()).unwrap_or_default());
    let writing = Writing::begin(workspace, draft.map(|draft| draft.body).unwrap_or_default());
    let title_input = NodeRef::<html::Input>::new();
    let has_focus = move || {
        let in_title = title_input.get_untracked().is_some_and(|input| browser::focus::has_focus(&input));
        in_title || writing.has_focus()
    };
    follow_draft(place, title, writing.text, has_focus);
    Effect::new(move |_| {
        if let Some(input) = title_input.get() {
            browser::focus::focus(&input);
        }
    });
    let keep = move || {
        live.typed(Draft {
            place,
            title: title.get_untracked(),
            body: writing.text.get_untracked(),
            at: browser::clock::now(),
        });
    };
    let feed = format!("/w/{}/feed", membership.workspace.slug);
    let close = {
        let (feed, navigate) = (feed.clone(), use_navigate());
        move || navigate(&feed, NavigateOptions { scroll: false, ..NavigateOptions::default() })
    };
    let submit = {
        let close = close.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            if title.with_untracked(|title| title.trim().is_empty()) {
                return;
            }
            let id = PostId::new(browser::clock::now());
            live.create_post(NewPost {
                id,
                workspace,
                title: title.get_untracked(),
                body: writing.text.get_untracked(),
            });
            live.typed(Draft { place, title: String::new(), body: String::new(), at: browser::clock::now() });
            browser::scroll::to_top();
            close();
        }
    };
    // Escape leaves and keeps the draft.
    let key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" && !event.is_composing() {
            close();
        }
    };
    // A page without WASM sends the id that the server made for this form.
    #[cfg(feature = "ssr")]
    let form_id = Some(PostId::new(protocol::Timestamp::now()).to_string());
    #[cfg(not(feature = "ssr"))]
    let form_id = None::<String>;
    view! {
        <form class="post-form" method="post" action="/api/posts.create" aria-label="New post" on:submit=submit on:keydown=key>
            <input type="hidden" name="id" value=form_id/>
            <input type="hidden" name="workspace" value=workspace.to_string()/>
            <div class="field">
                <label for="post-title">"Title"</label>
                <input
                    class="input"
                    id="post-title"
                    name="title"
                    required=true
                    maxlength=limits::POST_TITLE_CHARS_MAX.to_string()
                    autocomplete="off"
                    node_ref=title_input
                    prop:value=title
                    on:input=move |event| {
                        title.set(event_target_value(&event));
                        keep();
                    }
                />
            </div>
            <div class="field">
                <label for="post-body">"Text"</label>
                <WritingField
                    writing=writing
                    id="post-body"
                    class="input"
                    described_by="post-hint"
                    rows=6
                    typed=move |_| keep()
                    key=|_| ()
                />
                <p class="field-hint" id="post-hint">"Markdown: **bold**, lists, tables, - [ ] tasks, ``` code. @handle tells somebody."</p>
            </div>
            <div class="inline">
                <button class="button button-primary" type="submit">"Post"</button>
                <a class="button button-quiet" href=feed>"Close, keep the draft"</a>
                <span class="spring"></span>
                <PreviewSwitch writing=writing/>
            </div>
        </form>
    }
}
