//! A post: in the feed, and on its own page.

use super::avatar::Avatar;
use super::bot_mark::BotMark;
use super::delivery::DeliveryLine;
use super::icon::Icon;
use super::link_preview::LinkPreviews;
use super::menu::{CopyLink, EditAndDelete, Menu};
use super::prose::Prose;
use super::reactions::Reactions;
use super::time::Time;
use crate::api::posts::{pin_post, unpin_post};
use crate::browser;
use crate::live::{Delivery, Live, PostRow};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::post::Post;
use protocol::reaction::ReactionTarget;
use protocol::workspace::{Membership, Role};

/// A post with its reactions and what can be done with it.
#[component]
pub fn PostArticle(
    /// The post; its contents change in place.
    row: PostRow,
    /// The workspace on screen.
    membership: Membership,
    /// It stands on its own page.
    #[prop(optional)]
    is_page: bool,
) -> impl IntoView {
    let id = row.id;
    let post = row.post.clone();
    let read = {
        let post = post.clone();
        move |part: fn(&Post) -> String| {
            let post = post.clone();
            Memo::new(move |_| post.with(part))
        }
    };
    let author = {
        let post = post.clone();
        Memo::new(move |_| post.with(|post| post.author.clone()))
    };
    let title = read(|post| post.title.clone());
    let html = read(|post| post.html.clone());
    let body = read(|post| post.body.clone());
    let counts = {
        let post = post.clone();
        Memo::new(move |_| post.with(|post| post.reactions.clone()))
    };
    let mine = {
        let post = post.clone();
        Memo::new(move |_| post.with(|post| post.mine.clone()))
    };
    let previews = {
        let post = post.clone();
        Memo::new(move |_| post.with(|post| post.previews.clone()))
    };
    let comments = {
        let post = post.clone();
        Memo::new(move |_| post.with(|post| post.comments))
    };
    let pinned = {
        let post = post.clone();
        Memo::new(move |_| post.with(|post| post.pinned))
    };
    let edited_at = {
        let post = post.clone();
        Memo::new(move |_| post.with(|post| post.edited_at))
    };
    let at = post.with_untracked(|post| post.at);
    let delivery = row.delivery.clone();
    let is_deleting = {
        let delivery = delivery.clone();
        Memo::new(move |_| matches!(delivery.get(), Delivery::Deleting { .. }))
    };
    let is_sent = {
        let delivery = delivery.clone();
        Memo::new(move |_| matches!(delivery.get(), Delivery::Done))
    };
    let (my_id, moderates) = (Live::expect().my_id(), Role::Admin <= membership.role);
    let may_remove =
        Signal::derive(move || moderates || my_id.get() == Some(author.with(|author| author.id)));
    let href = format!("/w/{}/posts/{id}", membership.workspace.slug);
    let profile = {
        let slug = membership.workspace.slug.clone();
        move || author.with(|author| format!("/w/{slug}/people/{}", author.handle))
    };
    let label =
        move || format!("{}, {}, {}", author.with(|author| author.name.clone()), title.get(), at.readable());
    let (link, comments_link, history_link) =
        (href.clone(), format!("{href}#comments"), format!("{href}?history"));
    view! {
        <article
            class="post"
            class:post-page=is_page
            id=format!("post-{id}")
            data-post=id.to_string()
            tabindex="-1"
            aria-label=label
            hidden=is_deleting
        >
            <div class="post-head byline-row">
                <Avatar person=author/>
            </div>
            <header class="post-head">
                <div class="byline">
                    {move || {
                        let name = author.with(|author| author.name.clone());
                        if author.with(|author| author.former) {
                            view! { <span class="byline-name">{name}</span> }.into_any()
                        } else {
                            view! {
                                <span class="inline">
                                    <a class="byline-name" href=profile()>{name}</a>
                                    <BotMark bot=author.with(|author| author.bot)/>
                                </span>
                            }
                                .into_any()
                        }
                    }}
                    <span class="byline-meta">
                        <Time at=at/>
                        {move || edited_at.get().map(|_| view! { " · " <a href=history_link.clone()>"edited"</a> })}
                    </span>
                </div>
                {move || pinned.get().then(|| view! { <span class="tag">"Pinned"</span> })}
                {
                    let membership = membership.clone();
                    let href = href.clone();
                    move || is_sent.get().then(|| view! { <PostMenu row=row.clone() membership=membership.clone() href=href.clone() pinned=pinned/> })
                }
            </header>
            <div class="post-body">
                {if is_page {
                    view! { <h2 class="post-title">{title}</h2> }.into_any()
                } else {
                    view! {
                        <h2 class="post-title">
                            <a data-act="open" href=link>{title}</a>
                        </h2>
                    }
                        .into_any()
                }}
                <Prose html=html body=body/>
                <LinkPreviews target=ReactionTarget::Post(id) previews=previews may_remove=may_remove/>
                <DeliveryLine delivery=Signal::derive(move || delivery.get())/>
                <footer class="post-foot">
                    <Reactions target=ReactionTarget::Post(id) counts=counts mine=mine/>
                    <span class="spring"></span>
                    {(!is_page)
                        .then(|| {
                            view! {
                                <a class="comment-link" href=comments_link>
                                    <span class="number">{move || comments_label(comments.get())}</span>
                                </a>
                            }
                        })}
                </footer>
            </div>
        </article>
    }
}

/// "Comment", "1 comment", "18 comments".
#[must_use]
pub fn comments_label(count: u32) -> String {
    match count {
        0 => "Comment".to_owned(),
        1 => "1 comment".to_owned(),
        count => format!("{count} comments"),
    }
}

#[component]
fn PostMenu(row: PostRow, membership: Membership, href: String, pinned: Memo<bool>) -> impl IntoView {
    let live = Live::expect();
    let id = row.id;
    let is_mine = row.post.with_untracked(|post| live.is_me(post.author.id));
    let moderates = Role::Admin <= membership.role;
    let title = row.post.with_untracked(|post| post.title.clone());
    let pin = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let is_pinned = pinned.get_untracked();
        spawn_local(async move {
            let answer = if is_pinned { unpin_post(id).await } else { pin_post(id).await };
            if let Err(error) = answer {
                live.note(error.to_string());
            }
        });
        browser::focus::close_open_details();
    };
    let delete = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        browser::focus::close_open_details();
        live.delete_post(id);
    };
    view! {
        <Menu label=format!("More for {title}")>
            <CopyLink address=href.clone()/>
            <a class="menu-item" href=format!("{href}?history")>
                <Icon name="history"/>
                <span>"Edit history"</span>
            </a>
            {moderates
                .then(|| {
                    view! {
                        <form
                            method="post"
                            action=move || if pinned.get() { "/api/posts.unpin" } else { "/api/posts.pin" }
                            on:submit=pin
                        >
                            <input type="hidden" name="id" value=id.to_string()/>
                            <button class="menu-item" type="submit">
                                <Icon name="pin"/>
                                <span>{move || if pinned.get() { "Unpin" } else { "Pin to the top" }}</span>
                            </button>
                        </form>
                    }
                })}
            {(is_mine || moderates)
                .then(|| {
                    view! { <EditAndDelete edit=format!("{href}?edit={id}") delete_by="/api/posts.delete" id=id.to_string() delete=delete/> }
                })}
        </Menu>
    }
}
