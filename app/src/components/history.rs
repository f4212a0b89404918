//! Earlier texts of a post or comment.

use super::page::loaded;
use super::version::Versions;
use crate::api::comments::comment_history;
use crate::api::posts::post_history;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use protocol::{CommentId, PostId};

/// The versions, newest first: of the comment that `?history=` names, or else of the post.
#[component]
pub fn History(
    /// The post on screen.
    post: PostId,
) -> impl IntoView {
    let query = use_query_map();
    let comment = Memo::new(move |_| {
        query.with(|query| query.get("history")).and_then(|id| id.parse::<CommentId>().ok())
    });
    let versions = Resource::new_blocking(
        move || comment.get(),
        move |comment| async move {
            match comment {
                Some(comment) => comment_history(comment).await,
                None => post_history(post).await,
            }
        },
    );
    view! {
        <section class="history" aria-label="Edit history">
            <div class="section-head">
                <h2>"Edit history"</h2>
                <span class="spring"></span>
                <a class="button button-quiet button-small" href="?">"Close"</a>
            </div>
            {loaded(
                versions,
                "Loading the history",
                |versions| view! { <Versions versions=versions/> },
            )}
        </section>
    }
}
