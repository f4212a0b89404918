//! The comments under a post: a list with one level of replies, and the composer below it.

use super::comment::CommentArticle;
use super::composer::CommentComposer;
use super::post::comments_label;
use crate::api::comments::list_comments;
use crate::error::ApiError;
use crate::live::{CommentRow, Live, ThreadView};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::page::PageKey;
use protocol::workspace::Membership;
use protocol::{CommentId, PostId};

/// So many pages are loaded to find one comment: 2,000 of them.
const PAGES_MAX: usize = 40;

/// The section.
#[component]
pub fn Comments(view: ThreadView, membership: Membership) -> impl IntoView {
    let live = Live::expect();
    let ThreadView { post_id, post, comments, late, next, .. } = view;
    let count = Memo::new(move |_| {
        post.with(|row| row.as_ref().map_or(0, |row| row.post.with(|post| post.comments)))
    });
    let heading =
        move || if count.get() == 0 { "No comments yet".to_owned() } else { comments_label(count.get()) };
    let more = move |key: PageKey| {
        spawn_local(async move {
            match list_comments(post_id, Some(key)).await {
                Ok(page) => live.load_more_comments(post_id, page),
                Err(error) => live.note(error.to_string()),
            }
        });
    };
    let workspace = membership.workspace.id;
    // "Reply" to the post itself leads here.
    let autofocus =
        leptos_router::hooks::use_query_map().with_untracked(|query| query.get("comment").is_some());
    let membership = StoredValue::new(membership);
    let list = move |rows: ArcReadSignal<Vec<CommentRow>>| {
        view! {
            <ol>
                <For each=move || rows.get() key=|row| row.id let(row)>
                    <WithReplies row=row membership=membership.get_value()/>
                </For>
            </ol>
        }
    };
    view! {
        <section class="comments" id="comments" aria-label="Comments">
            <div class="comments-head">
                <h2>{heading}</h2>
            </div>
            {list(comments)}
            {move || {
                next.get()
                    .map(|key| {
                        view! {
                            <div class="load-more">
                                <button class="button" type="button" on:click=move |_| more(key.clone())>"Load more comments"</button>
                            </div>
                        }
                    })
            }}
            {list(late)}
            <Typing post=post_id/>
            <CommentComposer workspace=workspace post=post_id label="Write a comment" autofocus=autofocus/>
        </section>
    }
}

/// Loads page after page until this comment is there. One that was deleted may never be.
///
/// # Errors
/// Whatever keeps a page from coming.
pub async fn load_up_to(
    live: Live,
    post: PostId,
    comment: CommentId,
    next: ArcReadSignal<Option<PageKey>>,
) -> Result<(), ApiError> {
    for _ in 0..PAGES_MAX {
        let Some(key) = next.get_untracked() else { break };
        let page = list_comments(post, Some(key)).await?;
        let is_here = page.items.iter().any(|one| one.id == comment);
        live.load_more_comments(post, page);
        if is_here {
            break;
        }
    }
    Ok(())
}

/// A comment with its replies and, if it is being answered, a composer.
#[component]
fn WithReplies(row: CommentRow, membership: Membership) -> impl IntoView {
    let query = leptos_router::hooks::use_query_map();
    let navigate = leptos_router::hooks::use_navigate();
    let id = row.id;
    let post = row.comment.with_untracked(|comment| comment.post);
    let is_answering = Memo::new(move |_| {
        query.with(|query| query.get("reply")).as_deref() == Some(id.to_string().as_str())
    });
    let name = row.comment.with_untracked(|comment| comment.author.name.clone());
    let replies = row.replies.clone();
    let workspace = membership.workspace.id;
    let page = format!("/w/{}/posts/{post}", membership.workspace.slug);
    let sent = Callback::new(move |()| {
        navigate(
            &page,
            leptos_router::NavigateOptions { scroll: false, replace: true, ..Default::default() },
        );
    });
    let membership = StoredValue::new(membership);
    view! {
        <li>
            <CommentArticle row=row membership=membership.get_value()/>
            <ol class="replies">
                <For each=move || replies.get() key=|reply| reply.id let(reply)>
                    <li>
                        <CommentArticle row=reply membership=membership.get_value()/>
                    </li>
                </For>
            </ol>
            {move || {
                is_answering
                    .get()
                    .then(|| {
                        view! {
                            <div class="replies">
                                <CommentComposer workspace=workspace post=post parent=id label=format!("Reply to {name}") autofocus=true on_sent=sent/>
                            </div>
                        }
                    })
            }}
        </li>
    }
}

/// "Ada is writing", at most three names.
#[component]
fn Typing(post: PostId) -> impl IntoView {
    let names = Live::expect().typing(post);
    let words = move || {
        names.with(|names| match names.as_slice() {
            [] => String::new(),
            [one] => format!("{one} is writing…"),
            [one, two] => format!("{one} and {two} are writing…"),
            [one, two, three] => format!("{one}, {two} and {three} are writing…"),
            [one, two, ..] => format!("{one}, {two} and {} others are writing…", names.len() - 2),
        })
    };
    view! { <p class="typing" aria-live="polite">{words}</p> }
}
