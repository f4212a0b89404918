//! One comment or reply.

use super::avatar::{Avatar, Size};
use super::bot_mark::BotMark;
use super::comment_editor::CommentEditor;
use super::delivery::DeliveryLine;
use super::link_preview::LinkPreviews;
use super::menu::{CopyLink, EditAndDelete, Menu};
use super::prose::Prose;
use super::reactions::Reactions;
use super::time::Time;
use crate::browser;
use crate::live::{CommentRow, Delivery, Live};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use protocol::reaction::ReactionTarget;
use protocol::workspace::{Membership, Role};

/// The comment with its reactions and what can be done with it.
#[component]
pub fn CommentArticle(row: CommentRow, membership: Membership) -> impl IntoView {
    let query = use_query_map();
    let id = row.id;
    let comment = row.comment.clone();
    let author = {
        let comment = comment.clone();
        Memo::new(move |_| comment.with(|comment| comment.author.clone()))
    };
    let html = {
        let comment = comment.clone();
        Memo::new(move |_| comment.with(|comment| comment.html.clone()))
    };
    let body = {
        let comment = comment.clone();
        Memo::new(move |_| comment.with(|comment| comment.body.clone()))
    };
    let previews = {
        let comment = comment.clone();
        Memo::new(move |_| comment.with(|comment| comment.previews.clone()))
    };
    let counts = {
        let comment = comment.clone();
        Memo::new(move |_| comment.with(|comment| comment.reactions.clone()))
    };
    let mine = {
        let comment = comment.clone();
        Memo::new(move |_| comment.with(|comment| comment.mine.clone()))
    };
    let edited_at = {
        let comment = comment.clone();
        Memo::new(move |_| comment.with(|comment| comment.edited_at))
    };
    let is_deleted = {
        let comment = comment.clone();
        Memo::new(move |_| comment.with(|comment| comment.deleted))
    };
    let (at, is_reply) = comment.with_untracked(|comment| (comment.at, comment.parent.is_some()));
    let delivery = row.delivery.clone();
    let is_deleting = {
        let delivery = delivery.clone();
        Memo::new(move |_| matches!(delivery.get(), Delivery::Deleting { .. }))
    };
    let is_sent = {
        let delivery = delivery.clone();
        Memo::new(move |_| matches!(delivery.get(), Delivery::Done))
    };
    let is_editing =
        Memo::new(move |_| query.with(|query| query.get("edit")).as_deref() == Some(id.to_string().as_str()));
    let (my_id, moderates) = (Live::expect().my_id(), Role::Admin <= membership.role);
    let may_remove =
        Signal::derive(move || moderates || my_id.get() == Some(author.with(|author| author.id)));
    let slug = membership.workspace.slug.clone();
    let label = move || format!("{}, {}", author.with(|author| author.name.clone()), at.readable());
    let size = if is_reply { Size::Medium } else { Size::Normal };
    let membership = StoredValue::new(membership);
    let row = StoredValue::new(row);
    view! {
        <article class="message" class:is-reply=is_reply id=format!("comment-{id}") tabindex="-1" aria-label=label hidden=is_deleting>
            <Avatar person=author size=size/>
            <div>
                <header class="message-head">
                    {move || {
                        let name = author.with(|author| author.name.clone());
                        if author.with(|author| author.former) {
                            view! { <span class="message-author">{name}</span> }.into_any()
                        } else {
                            let href = author.with(|author| format!("/w/{slug}/people/{}", author.handle));
                            view! {
                                <a class="message-author" href=href>{name}</a>
                                <BotMark bot=author.with(|author| author.bot)/>
                            }
                                .into_any()
                        }
                    }}
                    <Time at=at class="message-time"/>
                    {move || {
                        edited_at.get().map(|_| view! { <a class="message-time" href=format!("?history={id}")>"edited"</a> })
                    }}
                </header>
                {move || {
                    if is_deleted.get() {
                        view! { <p class="muted">"This comment was deleted."</p> }.into_any()
                    } else if is_editing.get() {
                        view! { <CommentEditor row=row.get_value() membership=membership.get_value()/> }.into_any()
                    } else {
                        view! { <Prose html=html body=body/> }.into_any()
                    }
                }}
                <LinkPreviews target=ReactionTarget::Comment(id) previews=previews may_remove=may_remove/>
                <DeliveryLine delivery=Signal::derive(move || delivery.get())/>
                {move || {
                    (is_sent.get() && !is_deleted.get())
                        .then(|| {
                            view! {
                                <div class="message-foot">
                                    <Reactions target=ReactionTarget::Comment(id) counts=counts mine=mine/>
                                    <CommentActions row=row.get_value() membership=membership.get_value()/>
                                </div>
                            }
                        })
                }}
            </div>
        </article>
    }
}

/// Reply, and the rest behind a menu.
#[component]
fn CommentActions(row: CommentRow, membership: Membership) -> impl IntoView {
    let live = Live::expect();
    let id = row.id;
    let (author, answers, post) = row.comment.with_untracked(|comment| {
        (comment.author.clone(), comment.parent.unwrap_or(comment.id), comment.post)
    });
    let is_mine = live.is_me(author.id);
    let may_delete = is_mine || Role::Admin <= membership.role;
    let address = format!("/w/{}/posts/{post}#comment-{id}", membership.workspace.slug);
    let delete = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        browser::focus::close_open_details();
        live.delete_comment(id);
    };
    view! {
        <a class="button button-quiet button-small" data-act="reply" href=format!("?reply={answers}") aria-label=format!("Reply to {}", author.name)>
            "Reply"
        </a>
        <Menu label=format!("More for the comment by {}", author.name)>
            <CopyLink address=address/>
            {may_delete
                .then(|| {
                    view! { <EditAndDelete edit=format!("?edit={id}") delete_by="/api/comments.delete" id=id.to_string() delete=delete/> }
                })}
        </Menu>
    }
}
