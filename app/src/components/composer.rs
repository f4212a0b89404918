//! The place where people write comments and replies. What is typed is a draft at once, and
//! nothing that arrives ever touches an open composer.

use super::icon::Icon;
use super::writing::{PreviewSwitch, Writing, WritingField};
use crate::browser::{self, Browser};
use crate::live::{Live, drafts};
use leptos::prelude::*;
use protocol::draft::{Draft, DraftPlace};
use protocol::{CommentId, PostId, WorkspaceId, comment::NewComment};

/// A composer for a comment under a post, or for a reply to a comment.
#[component]
pub fn CommentComposer(
    /// Where the post stands.
    workspace: WorkspaceId,
    /// The post.
    post: PostId,
    /// The comment to answer.
    #[prop(optional)]
    parent: Option<CommentId>,
    /// "Write a comment".
    #[prop(into)]
    label: String,
    /// It has the focus at once.
    #[prop(optional)]
    autofocus: bool,
    /// Called once it was sent.
    #[prop(optional, into)]
    on_sent: Option<Callback<()>>,
) -> impl IntoView {
    let live = Live::expect();
    let browser = Browser::expect();
    let place = parent.map_or(DraftPlace::Comment(post), DraftPlace::Reply);
    let draft = live.draft(place).get_untracked();
    let writing = Writing::begin(workspace, draft.map(|draft| draft.body).unwrap_or_default());
    follow_draft(place, RwSignal::new(String::new()), writing.text, move || writing.has_focus());
    if autofocus {
        writing.take_focus();
    }

    let send = move || {
        let body = writing.text.get_untracked();
        if body.trim().is_empty() {
            return;
        }
        live.create_comment(NewComment { id: CommentId::new(browser::clock::now()), post, parent, body });
        writing.clear();
        live.typed(Draft { place, title: String::new(), body: String::new(), at: browser::clock::now() });
        browser.stopped_typing(post);
        if let Some(on_sent) = on_sent {
            on_sent.run(());
        }
    };
    let typed = move |body: String| {
        if body.is_empty() {
            browser.stopped_typing(post);
        } else {
            browser.typing(post);
        }
        live.typed(Draft { place, title: String::new(), body, at: browser::clock::now() });
    };
    // Enter sends, Shift+Enter breaks the line, and a composition (IME) is left alone.
    let key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send();
        }
    };
    // A page without WASM sends the id that the server made for this form.
    #[cfg(feature = "ssr")]
    let form_id = Some(CommentId::new(protocol::Timestamp::now()).to_string());
    #[cfg(not(feature = "ssr"))]
    let form_id = None::<String>;
    let (form_label, placeholder) = (label.clone(), label.clone());
    let field_id = parent.map_or_else(|| format!("comment-on-{post}"), |parent| format!("reply-to-{parent}"));
    view! {
        <form
            class="composer"
            method="post"
            action="/api/comments.create"
            aria-label=form_label
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <input type="hidden" name="id" value=form_id/>
            <input type="hidden" name="post" value=post.to_string()/>
            {parent.map(|parent| view! { <input type="hidden" name="parent" value=parent.to_string()/> })}
            <WritingField
                writing=writing
                id=field_id
                label=label
                placeholder=placeholder
                rows=1
                required=true
                typed=typed
                key=key
            />
            <div class="composer-bar">
                <PreviewSwitch writing=writing/>
                <span class="composer-hint only-wide">"Enter sends, Shift+Enter breaks the line."</span>
                <span class="spring"></span>
                <button class="icon-button send" type="submit" aria-label="Send">
                    <Icon name="send"/>
                </button>
            </div>
        </form>
    }
}

/// Takes a draft over from another tab or device, but never while somebody writes here. A draft that
/// is gone was sent or given up there.
pub fn follow_draft(
    place: DraftPlace,
    title: RwSignal<String>,
    body: RwSignal<String>,
    has_focus: impl Fn() -> bool + 'static,
) {
    let draft = Live::expect().draft(place);
    Effect::new(move |_| {
        let incoming = draft.get().unwrap_or(Draft {
            place,
            title: String::new(),
            body: String::new(),
            at: browser::clock::now(),
        });
        let (shown_title, shown_body) = (title.get_untracked(), body.get_untracked());
        // A form takes the focus when it opens: as long as it is empty, nobody writes in it.
        let is_writing = has_focus() && !(shown_title.is_empty() && shown_body.is_empty());
        if drafts::adopts(&incoming, &shown_title, &shown_body, is_writing) {
            title.set(incoming.title);
            body.set(incoming.body);
        }
    });
}
