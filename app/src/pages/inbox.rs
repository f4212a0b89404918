//! `/inbox`: what waits for the person, and what concerned them earlier, the newest first.

use crate::api::notifications::{list_notifications, read_notification};
use crate::components::avatar::Avatar;
use crate::components::icon::Icon;
use crate::components::load_more::LoadMore;
use crate::components::notification::{link_to, sentence};
use crate::components::page::{Topbar, loaded};
use crate::components::states::Blank;
use crate::components::time::Time;
use crate::components::waiting::WaitingConversations;
use crate::layout::actions::Actions;
use crate::live::{Live, NotificationsView, Place};
use crate::shortcuts::Act;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;
use protocol::NotificationId;
use protocol::notification::Notification;
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
    let waiting = live.waiting_conversations();
    let actions = Actions::expect();
    let mark_all = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        actions.act(Act::ReadAll);
    };
    let is_all_read = move || unread.get() == 0 && waiting.with(Vec::is_empty);
    view! {
        <Topbar title="Inbox">
            <div class="segmented" role="group" aria-label="Show">
                <a href="/inbox" aria-current=move || (!only_unread.get()).then_some("true")>"All"</a>
                <a href="/inbox?show=unread" aria-current=move || only_unread.get().then_some("true")>"Unread"</a>
            </div>
            <a class="icon-button only-phone" href="/saved" aria-label="Saved messages">
                <Icon name="bookmark"/>
            </a>
            <form method="post" action="/api/notifications.read_all" on:submit=mark_all>
                <button class="button button-quiet" type="submit" disabled=is_all_read>"Mark all read"</button>
            </form>
        </Topbar>
        <div class="scroll">
            <div class="list-page">
                <WaitingConversations/>
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
    let part = |read: bool| {
        let rows = rows.clone();
        Memo::new(move |_| -> Vec<NotificationId> {
            rows.with(|rows| rows.iter().filter(|row| row.read == read).map(|row| row.id).collect())
        })
    };
    let (waiting, earlier) = (part(false), part(true));
    let earlier = Memo::new(move |_| if only_unread.get() { Vec::new() } else { earlier.get() });
    let conversations = live.waiting_conversations();
    let is_empty = move || waiting.with(Vec::is_empty) && earlier.with(Vec::is_empty);
    let more = move |key: PageKey| {
        spawn_local(async move {
            match list_notifications(Some(key)).await {
                Ok(page) => live.load_more_notifications(page),
                Err(error) => live.note(error.to_string()),
            }
        });
    };
    view! {
        <Show when=move || is_empty() && conversations.with(Vec::is_empty)>
            <Blank
                icon="inbox"
                title=if only_unread.get_untracked() { "Nothing is unread" } else { "Nothing has happened yet" }
                text="Conversations with something new, mentions, comments on your posts, replies and reactions arrive here."
            />
        </Show>
        <Section id="waiting" heading="Waiting for you" ids=waiting rows=rows.clone()/>
        <Section id="earlier" heading="Earlier" ids=earlier rows=rows/>
        <LoadMore next=next href=|key| format!("/inbox?before={}", key.0) load=more/>
    }
}

#[component]
fn Section(
    id: &'static str,
    heading: &'static str,
    ids: Memo<Vec<NotificationId>>,
    rows: ArcReadSignal<Vec<Notification>>,
) -> impl IntoView {
    let rows = StoredValue::new(rows);
    view! {
        <Show when=move || !ids.with(Vec::is_empty)>
            <section aria-labelledby=id>
                <h2 class="list-head" id=id>{heading}</h2>
                <ol class="notices">
                    <For each=move || ids.get() key=|id| *id let(id)>
                        <Row id=id rows=rows.get_value()/>
                    </For>
                </ol>
            </section>
        </Show>
    }
}

/// One notification. Its contents follow the row, so that a merged reaction changes in place.
#[component]
fn Row(id: NotificationId, rows: ArcReadSignal<Vec<Notification>>) -> impl IntoView {
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
                                        <button class="button button-quiet button-small" type="submit" data-act="mark-read">
                                            "Mark read"
                                        </button>
                                    </form>
                                }
                            })}
                    </div>
                </li>
            }
        })
    }
}
