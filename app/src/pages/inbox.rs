//! `/inbox`: what concerns the person, newest first.

use crate::api::notifications::{list_notifications, read_all_notifications, read_notification};
use crate::components::avatar::Avatar;
use crate::components::notification::{link_to, sentence};
use crate::components::page::{Topbar, loaded};
use crate::components::states::Blank;
use crate::components::time::Time;
use crate::live::{Live, NotificationsView, Place};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;
use protocol::NotificationId;
use protocol::page::PageKey;

/// The page. `?show=unread` leaves out what was read, `?before=` is the key of an older page.
#[component]
pub fn InboxPage() -> impl IntoView {
    let live = Live::expect();
    let query = use_query_map();
    let only_unread = Memo::new(move |_| query.with(|query| query.get("show")).as_deref() == Some("unread"));
    let before = query.with_untracked(|query| query.get("before")).map(PageKey);
    let notifications = Resource::new_blocking(move || before.clone(), list_notifications);
    Effect::new(move |_| live.look_at(Place::Inbox));
    let unread = live.unread();
    let mark_all = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            if let Err(error) = read_all_notifications(None).await {
                live.note(error.to_string());
            }
        });
    };
    view! {
        <Topbar title="Inbox">
            <div class="segmented" role="group" aria-label="Show">
                <a href="/inbox" aria-current=move || (!only_unread.get()).then_some("true")>"All"</a>
                <a href="/inbox?show=unread" aria-current=move || only_unread.get().then_some("true")>"Unread"</a>
            </div>
            <form method="post" action="/api/notifications.read_all" on:submit=mark_all>
                <button class="button button-quiet" type="submit" disabled=move || unread.get() == 0>"Mark all read"</button>
            </form>
        </Topbar>
        <div class="scroll">
            <div class="list-page">
                {loaded(
                    notifications,
                    "Loading your notifications",
                    move |page| {
                        let view = live.load_notifications(page);
                        view! { <List view=view only_unread=only_unread/> }
                    },
                )}
            </div>
        </div>
    }
}

#[component]
fn List(view: NotificationsView, only_unread: Memo<bool>) -> impl IntoView {
    let live = Live::expect();
    let rows = view.rows;
    let next = view.next;
    let ids = Memo::new({
        let rows = rows.clone();
        move |_| -> Vec<NotificationId> {
            let only_unread = only_unread.get();
            rows.with(|rows| rows.iter().filter(|row| !only_unread || !row.read).map(|row| row.id).collect())
        }
    });
    let more = move |key: PageKey| {
        spawn_local(async move {
            match list_notifications(Some(key)).await {
                Ok(page) => live.load_more_notifications(page),
                Err(error) => live.note(error.to_string()),
            }
        });
    };
    view! {
        <Show when=move || ids.with(Vec::is_empty)>
            <Blank
                icon="inbox"
                title=if only_unread.get_untracked() { "Nothing is unread" } else { "Nothing has happened yet" }
                text="Mentions, comments on your posts, replies and reactions arrive here."
            />
        </Show>
        <ol class="notices">
            <For each=move || ids.get() key=|id| *id let(id)>
                <Row id=id rows=rows.clone()/>
            </For>
        </ol>
        {move || {
            next.get()
                .map(|key| {
                    let href = format!("/inbox?before={}", key.0);
                    view! {
                        <div class="load-more">
                            <a
                                class="button"
                                href=href
                                on:click=move |event| {
                                    event.prevent_default();
                                    more(key.clone());
                                }
                            >
                                "Load more"
                            </a>
                        </div>
                    }
                })
        }}
    }
}

/// One notification. Its contents follow the row, so that a merged reaction changes in place.
#[component]
fn Row(id: NotificationId, rows: ArcReadSignal<Vec<protocol::notification::Notification>>) -> impl IntoView {
    let live = Live::expect();
    let row = Memo::new(move |_| rows.with(|rows| rows.iter().find(|row| row.id == id).cloned()));
    let mark = move |()| {
        if row.with_untracked(|row| row.as_ref().is_some_and(|row| !row.read)) {
            spawn_local(async move {
                if let Err(error) = read_notification(id).await {
                    live.note(error.to_string());
                }
            });
        }
    };
    move || {
        row.get().map(|row| {
            let actor = row.actors.first().cloned();
            view! {
                <li class="notice" class:is-unread=!row.read>
                    {actor.map(|person| view! { <Avatar person=person/> })}
                    <a class="notice-body" data-act="open" href=link_to(&row) on:click=move |_| mark(())>
                        <p class="notice-title">
                            {(!row.read).then(|| view! { <span class="visually-hidden">"Unread: "</span> })}
                            {sentence(&row)}
                        </p>
                        <p class="notice-text">{row.excerpt.clone()}</p>
                    </a>
                    <div class="notice-actions">
                        <Time at=row.at class="muted"/>
                        {(!row.read)
                            .then(|| {
                                view! {
                                    <form
                                        method="post"
                                        action="/api/notifications.read"
                                        on:submit=move |event| {
                                            event.prevent_default();
                                            mark(());
                                        }
                                    >
                                        <input type="hidden" name="id" value=id.to_string()/>
                                        <button class="button button-quiet button-small" type="submit">"Mark read"</button>
                                    </form>
                                }
                            })}
                    </div>
                </li>
            }
        })
    }
}
