//! `/saved`: the messages that the person saved in all their workspaces, the last saved one first.

use crate::api::messages::{list_saved, unsave_message};
use crate::components::avatar::{Avatar, Size};
use crate::components::icon::Icon;
use crate::components::load_more::LoadMore;
use crate::components::page::{Topbar, loaded};
use crate::components::prose::Prose;
use crate::components::states::Blank;
use crate::components::time::Time;
use crate::live::{Live, Place, name_of_people};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;
use protocol::conversation::{ConversationKind, path};
use protocol::message::SavedMessage;
use protocol::page::{Page, PageKey};

/// The page. `?before=` is the key of an older page.
#[component]
pub fn SavedPage() -> impl IntoView {
    let live = Live::expect();
    let before = use_query_map().with_untracked(|query| query.get("before")).map(PageKey);
    let saves = live.saves();
    // Asked for again whenever the person saves something or takes it back, here or elsewhere.
    let saved = Resource::new_blocking(
        move || (saves.get(), before.clone()),
        |(_, before)| async move { list_saved(before).await },
    );
    Effect::new(move |_| live.look_at(Place::Inbox));
    view! {
        <Topbar title="Saved messages" back="/inbox"/>
        <div class="scroll">
            <div class="list-page">
                {loaded(saved, "Loading what you saved", |page| view! { <List page=page/> })}
            </div>
        </div>
    }
}

#[component]
fn List(page: Page<SavedMessage>) -> impl IntoView {
    let live = Live::expect();
    if page.items.is_empty() {
        return view! {
            <Blank
                icon="bookmark"
                title="Nothing is saved"
                text="Save a message from its menu to find it again here. Only you see what you saved."
            />
        }
        .into_any();
    }
    let (items, next) = (RwSignal::new(page.items), RwSignal::new(page.next));
    let more = move |key: PageKey| {
        spawn_local(async move {
            match list_saved(Some(key)).await {
                Ok(page) => {
                    items.update(|items| items.extend(page.items));
                    next.set(page.next);
                }
                Err(error) => live.note(error.to_string()),
            }
        });
    };
    view! {
        <ol class="hits" aria-label="Saved messages">
            <For each=move || items.get() key=|item| item.message.id let(item)>
                <Row item=item/>
            </For>
        </ol>
        <LoadMore next=next href=|key| format!("/saved?before={}", key.0) load=more/>
    }
    .into_any()
}

#[component]
fn Row(item: SavedMessage) -> impl IntoView {
    let live = Live::expect();
    let SavedMessage { message, conversation, with, .. } = item;
    let id = message.id;
    let slug = live.workspaces().with_untracked(|all| {
        let of = all.iter().find(|of| of.workspace.id == conversation.workspace);
        of.map(|of| of.workspace.slug.clone()).unwrap_or_default()
    });
    let icon = match conversation.kind {
        ConversationKind::Room => "hash",
        ConversationKind::Group => "group",
        ConversationKind::Direct => "people",
    };
    let place = name_of_people(&conversation, &with);
    let to = path(&slug, conversation.id);
    let to = match message.thread.filter(|_| !message.in_room) {
        Some(root) => format!("{to}?thread={root}&message={id}"),
        None => format!("{to}?message={id}"),
    };
    let label = format!("{} in {place}", message.author.name);
    let remove = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            if let Err(error) = unsave_message(id).await {
                live.note(error.to_string());
            }
        });
    };
    view! {
        <li>
            <article class="hit" tabindex="-1" aria-label=label>
                <Avatar person=message.author.clone() size=Size::Medium/>
                <div class="hit-body">
                    <p class="hit-head">
                        <b class="truncate">{message.author.name}</b>
                        <span class="hit-place">
                            <Icon name=icon small=true/>
                            <span class="truncate">{place}</span>
                        </span>
                        <Time at=message.at class="hit-time"/>
                    </p>
                    <Prose html=message.html body=message.body/>
                    {(!message.attachments.is_empty()).then(|| view! { <p class="muted">{files_words(message.attachments.len())}</p> })}
                    <div class="hit-actions">
                        <a class="button button-quiet button-small" data-act="open" href=to>"Go to the message"</a>
                        <form method="post" action="/api/messages.unsave" on:submit=remove>
                            <input type="hidden" name="id" value=id.to_string()/>
                            <button class="button button-quiet button-small" type="submit">"Take out"</button>
                        </form>
                    </div>
                </div>
            </article>
        </li>
    }
}

fn files_words(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}
