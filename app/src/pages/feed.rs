//! `/w/<slug>/feed`: the posts of a workspace, newest first.

use crate::api::posts::list_posts;
use crate::browser;
use crate::components::avatar::{Avatar, Size};
use crate::components::here_now::HereNow;
use crate::components::icon::Icon;
use crate::components::page::{Topbar, loaded};
use crate::components::post::PostArticle;
use crate::components::post_form::PostForm;
use crate::components::states::{Blank, Refused};
use crate::error::ApiError;
use crate::live::{FeedView, Live, Place, PostRow};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_params_map, use_query_map};
use protocol::Error;
use protocol::page::PageKey;
use protocol::workspace::{Membership, Role};

/// The page. `?write` opens the form for a new post, `?before=` is the key of an older page.
#[component]
pub fn FeedPage() -> impl IntoView {
    let live = Live::expect();
    let params = use_params_map();
    let slug = move || params.with(|params| params.get("slug")).unwrap_or_default();
    let membership = live.membership(slug);
    // The workspace changes with the address; its name or the read position do not load the page anew.
    let workspace = Memo::new(move |_| {
        membership.with(|membership| membership.as_ref().map(|membership| membership.workspace.id))
    });
    move || match workspace.get().and_then(|_| membership.get_untracked()) {
        Some(membership) => view! { <Feed membership=membership/> }.into_any(),
        None => view! { <Refused error=ApiError(Error::not_found("This workspace"))/> }.into_any(),
    }
}

#[component]
fn Feed(membership: Membership) -> impl IntoView {
    let live = Live::expect();
    let workspace = membership.workspace.id;
    let query = use_query_map();
    let before = query.with_untracked(|query| query.get("before")).map(PageKey);
    let may_post = Role::Member <= membership.role;
    let is_writing = Memo::new(move |_| may_post && query.with(|query| query.get("write").is_some()));
    let posts = Resource::new_blocking(move || before.clone(), move |before| list_posts(workspace, before));
    Effect::new(move |_| live.look_at(Place::Feed(workspace)));
    let write = format!("/w/{}/feed?write", membership.workspace.slug);
    let activity = format!("/w/{}/activity", membership.workspace.slug);
    let rows = membership.clone();
    view! {
        <Topbar title="Feed">
            <a
                class="icon-button only-phone"
                href=activity
                aria-label="Activity"
            >
                <Icon name="pulse"/>
            </a>
            {may_post
                .then(|| {
                    view! {
                        <a class="button button-primary only-wide" href=write.clone()>"New post"</a>
                        <a class="icon-button only-phone" href=write.clone() aria-label="New post">
                            <Icon name="edit"/>
                        </a>
                    }
                })}
        </Topbar>
        <div class="scroll">
            <div class="columns">
                <div>
                    {move || {
                        if is_writing.get() {
                            view! { <PostForm membership=membership.clone()/> }.into_any()
                        } else if may_post {
                            view! { <WriteButton membership=membership.clone()/> }.into_any()
                        } else {
                            ().into_any()
                        }
                    }}
                    {loaded(
                        posts,
                        "Loading the feed",
                        move |feed| {
                            let view = live.load_feed(feed);
                            view! { <Posts view=view membership=rows.clone()/> }
                        },
                    )}
                </div>
                <aside class="aside" aria-label="Beside the feed">
                    <HereNow workspace=workspace/>
                </aside>
            </div>
        </div>
    }
}

/// Looks like a field and opens the form.
#[component]
fn WriteButton(membership: Membership) -> impl IntoView {
    let me = Live::expect().me();
    view! {
        <a class="write-button" href=format!("/w/{}/feed?write", membership.workspace.slug)>
            {move || me.get().map(|person| view! { <Avatar person=person size=Size::Medium/> })}
            <span>{format!("Write to {}", membership.workspace.name)}</span>
        </a>
    }
}

#[component]
fn Posts(view: FeedView, membership: Membership) -> impl IntoView {
    let live = Live::expect();
    let FeedView { workspace, rows, pinned, fresh, next, .. } = view;
    let is_loading = RwSignal::new(false);
    let more = {
        let next = next.clone();
        move || {
            let Some(key) = next.get_untracked() else { return };
            if is_loading.get_untracked() {
                return;
            }
            is_loading.set(true);
            spawn_local(async move {
                match list_posts(workspace, Some(key)).await {
                    Ok(feed) => live.load_more_feed(feed),
                    Err(error) => live.note(error.to_string()),
                }
                is_loading.set(false);
            });
        }
    };
    // Endless scroll: the next page is asked for before its place comes into view.
    let end = NodeRef::<html::Div>::new();
    Effect::new({
        let more = more.clone();
        move |_| {
            if let Some(end) = end.get() {
                let guard = browser::scroll::on_near_end(end.into(), more.clone());
                on_cleanup(move || drop(guard));
            }
        }
    });
    Effect::new(move |_| {
        let guard = browser::scroll::watch_top(move |at_top| {
            live.at_top(workspace, at_top);
            if at_top {
                live.read_feed(workspace);
            }
        });
        on_cleanup(move || drop(guard));
    });
    let empty = {
        let rows = rows.clone();
        Memo::new(move |_| rows.with(Vec::is_empty))
    };
    let slug = membership.workspace.slug.clone();
    let write = StoredValue::new(format!("/w/{slug}/feed?write"));
    let older = {
        let slug = slug.clone();
        move |key: &PageKey| format!("/w/{slug}/feed?before={}", key.0)
    };
    let (pinned_membership, row_membership) = (membership.clone(), membership);
    view! {
        <div class="new-pill" role="status">
            {move || {
                let count = fresh.get();
                (0 < count)
                    .then(|| {
                        view! {
                            <button
                                class="pill"
                                type="button"
                                on:click=move |_| {
                                    // First to the top: there, nothing that is being read is held in its place.
                                    browser::scroll::to_top();
                                    live.show_fresh(workspace);
                                }
                            >
                                <Icon name="arrowup" small=true/>
                                {if count == 1 { "1 new post".to_owned() } else { format!("{count} new posts") }}
                            </button>
                        }
                    })
            }}
        </div>
        <section class="pinned" aria-label="Pinned posts">
            <For each=move || pinned.get() key=|row| row.id let(row)>
                <PostArticle row=row membership=pinned_membership.clone()/>
            </For>
        </section>
        <section class="posts" aria-label="Posts">
            <For
                each={
                    let rows = rows.clone();
                    move || unpinned(rows.get())
                }
                key=|row| row.id
                let(row)
            >
                <PostArticle row=row membership=row_membership.clone()/>
            </For>
        </section>
        <Show when=move || empty.get()>
            <Blank icon="feed" title="Nobody has written here yet" text="The first post says what this place is for.">
                <a class="button button-primary" href=write.get_value()>"Write the first post"</a>
            </Blank>
        </Show>
        <div class="load-more" node_ref=end>
            {move || {
                let more = more.clone();
                next.get()
                    .map(|key| {
                        view! {
                            <a
                                class="button"
                                href=older(&key)
                                aria-busy=move || is_loading.get().to_string()
                                on:click=move |event| {
                                    event.prevent_default();
                                    more();
                                }
                            >
                                "Load more"
                            </a>
                        }
                    })
            }}
        </div>
    }
}

/// Pinned posts stand above the others, not among them.
fn unpinned(rows: Vec<PostRow>) -> Vec<PostRow> {
    rows.into_iter().filter(|row| !row.post.with(|post| post.pinned)).collect()
}
