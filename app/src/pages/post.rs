//! `/w/<slug>/posts/<id>`: one post with its comments. `?edit=<id>` edits the post or a comment,
//! `?reply=<id>` answers a comment, `?history` (of the post) or `?history=<comment>` shows earlier texts.

use crate::api::comments::list_comments;
use crate::api::posts::get_post;
use crate::browser;
use crate::components::comments::{Comments, load_up_to};
use crate::components::here_now::HereNow;
use crate::components::history::History;
use crate::components::page::{Topbar, loaded};
use crate::components::post::PostArticle;
use crate::components::post_editor::PostEditor;
use crate::components::states::{Blank, Refused};
use crate::error::ApiError;
use crate::live::{Live, Place, ThreadView};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_location, use_params_map, use_query_map};
use protocol::workspace::Membership;
use protocol::{Error, PostId};

/// The page.
#[component]
pub fn PostPage() -> impl IntoView {
    let live = Live::expect();
    let params = use_params_map();
    let membership = live.membership(move || params.with(|params| params.get("slug")).unwrap_or_default());
    let workspace = Memo::new(move |_| {
        membership.with(|membership| membership.as_ref().map(|membership| membership.workspace.id))
    });
    let id =
        Memo::new(move |_| params.with(|params| params.get("id")).and_then(|id| id.parse::<PostId>().ok()));
    move || match (workspace.get().and_then(|_| membership.get_untracked()), id.get()) {
        (Some(membership), Some(id)) => view! { <OnePost membership=membership id=id/> }.into_any(),
        _ => view! { <Refused error=ApiError(Error::not_found("This post"))/> }.into_any(),
    }
}

#[component]
fn OnePost(membership: Membership, id: PostId) -> impl IntoView {
    let live = Live::expect();
    let workspace = membership.workspace.id;
    let feed = format!("/w/{}/feed", membership.workspace.slug);
    let thread = Resource::new_blocking(
        || (),
        move |()| async move {
            let (post, comments) = futures::try_join!(get_post(id), list_comments(id, None))?;
            if post.post.workspace == workspace {
                Ok((post, comments))
            } else {
                Err(ApiError(Error::not_found("This post")))
            }
        },
    );
    Effect::new(move |_| live.look_at(Place::Post { workspace, post: id }));
    let query = use_query_map();
    let shows_history = Memo::new(move |_| query.with(|query| query.get("history")).is_some());
    let membership = StoredValue::new(membership);
    view! {
        <Topbar title="Post" back=feed.clone()>
            <a class="button button-quiet only-wide" href=feed>"Back to the feed"</a>
        </Topbar>
        <div class="scroll">
            <div class="columns">
                <div>
                    {move || shows_history.get().then(|| view! { <History post=id/> })}
                    {loaded(
                        thread,
                        "Loading the post",
                        move |(post, comments)| {
                            let view = live.load_thread(post, comments);
                            view! { <Thread view=view membership=membership.get_value()/> }
                        },
                    )}
                </div>
                <aside class="aside" aria-label="Beside the post">
                    <HereNow workspace=workspace/>
                </aside>
            </div>
        </div>
    }
}

#[component]
fn Thread(view: ThreadView, membership: Membership) -> impl IntoView {
    let query = use_query_map();
    let id = view.post_id;
    let hash = use_location().hash;
    // A link to one comment lights it up and gives it the focus.
    let (live, next) = (Live::expect(), view.next.clone());
    Effect::new(move |_| {
        let Some(anchor) = hash.with(|hash| hash.strip_prefix('#').map(str::to_owned)) else { return };
        let named = anchor.strip_prefix("comment-").and_then(|comment| comment.parse().ok());
        let Some(comment) = named.filter(|_| !browser::scroll::to_anchor(&anchor)) else { return };
        let next = next.clone();
        spawn_local(async move {
            if let Err(error) = load_up_to(live, id, comment, next).await {
                return live.note(error.to_string());
            }
            // Not where somebody has gone on meanwhile.
            if hash.try_with_untracked(|hash| hash.ends_with(&anchor)) == Some(true) {
                request_animation_frame(move || {
                    if !browser::scroll::to_anchor(&anchor) {
                        live.note("This comment is not here any more.");
                    }
                });
            }
        });
    });
    let is_editing =
        Memo::new(move |_| query.with(|query| query.get("edit")).as_deref() == Some(id.to_string().as_str()));
    let post = view.post.clone();
    let feed = StoredValue::new(format!("/w/{}/feed", membership.workspace.slug));
    let (view, shared) = (StoredValue::new(view), StoredValue::new(membership.clone()));
    // The comments stand outside of what depends on the post's state: a composer is never rendered anew.
    let exists = {
        let post = post.clone();
        Memo::new(move |_| post.with(Option::is_some))
    };
    let article = {
        let membership = membership.clone();
        move || {
            let row = exists.get().then(|| post.get_untracked()).flatten()?;
            Some(if is_editing.get() {
                view! { <PostEditor row=row membership=membership.clone()/> }.into_any()
            } else {
                view! { <PostArticle row=row membership=membership.clone() is_page=true/> }.into_any()
            })
        }
    };
    view! {
        {article}
        <Show when=move || !exists.get()>
            <Blank icon="trash" title="This post was deleted" text="Its text and its comments are gone.">
                <a class="button button-primary" href=feed.get_value()>"Go to the feed"</a>
            </Blank>
        </Show>
        <Show when=move || exists.get()>
            <Comments view=view.get_value() membership=shared.get_value()/>
        </Show>
    }
}
