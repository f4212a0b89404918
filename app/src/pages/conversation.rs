//! `/w/<slug>/c/<id>`: a room, a group or a direct conversation. `?thread=<id>` opens a thread beside
//! it, `?details` what it is and who is in it, `?pins` what is pinned; `?history=<id>` shows earlier
//! texts of a message, `?message=<id>` opens at a message and `?edit=<id>` edits one in its place.

use crate::api::conversations::{get_conversation, list_participants};
use crate::api::messages::{get_message, get_thread, list_messages, list_pins, message_history};
use crate::browser::reading::Start;
use crate::components::conversation_details::DetailsPanel;
use crate::components::conversation_head::ConversationHead;
use crate::components::conversation_start::ConversationStart;
use crate::components::join_bar::JoinBar;
use crate::components::jump::Jump;
use crate::components::message_composer::MessageComposer;
use crate::components::message_history::HistoryPanel;
use crate::components::message_list::{MessageList, Messages};
use crate::components::page::loaded;
use crate::components::pins::PinsPanel;
use crate::components::receipts::Receipts;
use crate::components::states::{Blank, Refused};
use crate::components::thread_panel::ThreadPanel;
use crate::error::ApiError;
use crate::live::{Live, Place, Target, TimelineId, name_of};
use leptos::prelude::*;
use leptos_router::components::Redirect;
use leptos_router::hooks::{use_params_map, use_query_map};
use protocol::conversation::{ConversationKind, ConversationMember, ConversationState};
use protocol::message::{Message, ThreadPage, Timeline, Window};
use protocol::page::Page;
use protocol::post::Version;
use protocol::workspace::Membership;
use protocol::{Code, ConversationId, Error, MessageId};

/// The page.
#[component]
pub fn ConversationPage() -> impl IntoView {
    let live = Live::expect();
    let params = use_params_map();
    let membership = live.membership(move || params.with(|params| params.get("slug")).unwrap_or_default());
    let workspace = Memo::new(move |_| {
        membership.with(|membership| membership.as_ref().map(|membership| membership.workspace.id))
    });
    let id = Memo::new(move |_| {
        params.with(|params| params.get("id")).and_then(|id| id.parse::<ConversationId>().ok())
    });
    let shown = Memo::new(move |_| workspace.get().zip(id.get()));
    let one = move |(_, id)| {
        let membership = membership.get_untracked();
        membership.map(|membership| view! { <OneConversation membership=membership id=id/> })
    };
    view! {
        // One conversation makes way for the next as a whole: kept on the page while the next is loaded,
        // it would read signals that are gone.
        <For each=move || shown.get() key=|shown| *shown children=one/>
        <Show when=move || shown.with(Option::is_none)>
            <Refused error=ApiError(Error::not_found("This conversation"))/>
        </Show>
    }
}

/// What the server says of a conversation that is opened.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
enum Opened {
    /// Everything is on the page already.
    Known,
    /// The conversation, and a part of it.
    Page(Box<(ConversationState, Window, Timeline)>),
    /// The message stands in the thread under this one.
    InThread(MessageId),
}

async fn open(
    id: ConversationId,
    workspace: protocol::WorkspaceId,
    window: Option<Window>,
) -> Result<Opened, ApiError> {
    let Some(window) = window else { return Ok(Opened::Known) };
    let state = get_conversation(id);
    let (state, page) = futures::join!(state, list_messages(id, window.clone()));
    let state = state?;
    if state.conversation.workspace != workspace {
        return Err(ApiError(Error::not_found("This conversation")));
    }
    match (page, window) {
        (Ok(page), window) => Ok(Opened::Page(Box::new((state, window, page)))),
        (Err(error), Window::Around(message)) if error.0.code == Code::NotFound => {
            if let Ok(page) = get_message(message).await
                && let Some(root) = page.message.thread
            {
                return Ok(Opened::InThread(root));
            }
            // It was deleted; the conversation is still there to be read.
            let window = Window::Unread;
            let page = list_messages(id, window.clone()).await?;
            Ok(Opened::Page(Box::new((state, window, page))))
        }
        (Err(error), _) => Err(error),
    }
}

fn id_in(query: Memo<leptos_router::params::ParamsMap>, name: &'static str) -> Memo<Option<MessageId>> {
    Memo::new(move |_| query.with(|query| query.get(name)).and_then(|id| id.parse().ok()))
}

#[component]
fn OneConversation(membership: Membership, id: ConversationId) -> impl IntoView {
    let live = Live::expect();
    let workspace = membership.workspace.id;
    let query = use_query_map();
    let thread = id_in(query, "thread");
    let message = id_in(query, "message");
    let history = id_in(query, "history");
    // In a thread, the message is one of its answers.
    let target = match message.get_untracked().filter(|_| thread.get_untracked().is_none()) {
        Some(message) => Target::Message(message),
        None => Target::Unread,
    };
    let window = live.visit(id, target);
    let is_known = window.is_none();
    let opened = Resource::new_blocking(|| (), move |()| open(id, workspace, window.clone()));
    // Beside the conversation and not inside it: three deep they would not hydrate.
    let sides = Sides {
        replies: Resource::new_blocking(
            move || (thread.get(), message.get_untracked()),
            |(root, message)| thread_of(root, message),
        ),
        people: Resource::new_blocking(
            move || query.with(|query| query.get("details").is_some()),
            move |wanted| async move {
                if wanted { list_participants(id, None, None).await.map(Some) } else { Ok(None) }
            },
        ),
        pins: Resource::new_blocking(
            move || query.with(|query| query.get("pins").is_some()),
            move |wanted| async move { if wanted { list_pins(id).await.map(Some) } else { Ok(None) } },
        ),
        versions: Resource::new_blocking(
            move || history.get(),
            |message| async move {
                match message {
                    Some(message) => message_history(message).await.map(|versions| Some((message, versions))),
                    None => Ok(None),
                }
            },
        ),
    };
    Effect::new(move |_| live.look_at(Place::Conversation { workspace, conversation: id }));
    on_cleanup(move || live.leave_visit(id));
    let membership = StoredValue::new(membership);
    if is_known {
        view! { <Talk membership=membership.get_value() id=id sides=sides/> }.into_any()
    } else {
        loaded(opened, "Loading the conversation", move |opened| match opened {
            Opened::Known => view! { <Talk membership=membership.get_value() id=id sides=sides/> }.into_any(),
            Opened::Page(page) => {
                let (state, window, timeline) = *page;
                live.load_conversation(state);
                live.load_timeline(TimelineId::Conversation(id), &window, timeline);
                view! { <Talk membership=membership.get_value() id=id sides=sides/> }.into_any()
            }
            Opened::InThread(root) => {
                let path = membership
                    .with_value(|membership| protocol::conversation::path(&membership.workspace.slug, id));
                let message = message.get_untracked().map(|id| format!("&message={id}")).unwrap_or_default();
                view! { <Redirect path=format!("{path}?thread={root}{message}")/> }.into_any()
            }
        })
        .into_any()
    }
}

/// What stands beside the conversation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Nothing,
    Thread(MessageId),
    Details,
    Pins,
    History(MessageId),
}

/// What was asked for to stand beside the conversation; none of what is not wanted.
pub type Side<T> = Resource<Result<Option<T>, ApiError>>;

/// All of it.
#[derive(Clone, Copy)]
struct Sides {
    /// A thread, with the window that it was asked for with.
    replies: Side<(Window, ThreadPage)>,
    /// Who is in the conversation.
    people: Side<Page<ConversationMember>>,
    /// What is pinned.
    pins: Side<Vec<Message>>,
    /// Earlier texts of a message.
    versions: Side<(MessageId, Vec<Version>)>,
}

/// A thread at one of its answers, or at its end.
async fn thread_of(
    root: Option<MessageId>,
    message: Option<MessageId>,
) -> Result<Option<(Window, ThreadPage)>, ApiError> {
    let Some(root) = root else { return Ok(None) };
    if let Some(message) = message {
        let window = Window::Around(message);
        // An answer that is gone leaves the thread to be read.
        if let Ok(page) = get_thread(root, window.clone()).await {
            return Ok(Some((window, page)));
        }
    }
    Ok(Some((Window::Latest, get_thread(root, Window::Latest).await?)))
}

#[component]
fn Talk(membership: Membership, id: ConversationId, sides: Sides) -> impl IntoView {
    let live = Live::expect();
    let query = use_query_map();
    let state = live.conversation(id);
    let view = live.timeline(TimelineId::Conversation(id));
    let editing = id_in(query, "edit");
    let (thread, history) = (id_in(query, "thread"), id_in(query, "history"));
    let beside = Memo::new(move |_| {
        let has = |name: &str| query.with(|query| query.get(name).is_some());
        match (thread.get(), history.get()) {
            (Some(root), _) => Beside::Thread(root),
            (None, Some(id)) => Beside::History(id),
            (None, None) if has("details") => Beside::Details,
            (None, None) if has("pins") => Beside::Pins,
            (None, None) => Beside::Nothing,
        }
    });
    let list = MessageList::new(TimelineId::Conversation(id), id, membership.clone(), editing);
    let is_far = RwSignal::new(false);
    let target = live.read(|state| state.target());
    let start = match target {
        Some(Target::Message(message)) => Start::Element(list.element_id(message)),
        Some(Target::Unread) if view.line.get_untracked().is_some() => Start::Unread,
        Some(Target::Unread) | None => Start::End,
    };
    // A link to a message, followed while its conversation is on the page.
    let named = id_in(query, "message");
    Effect::new(move |before: Option<Option<MessageId>>| {
        let now = named.get().filter(|_| thread.get_untracked().is_none());
        if let Some(message) = now.filter(|_| before.is_some_and(|before| before != now)) {
            list.show(message);
        }
        now
    });
    let exists = Memo::new(move |_| state.with(Option::is_some));
    let may_write = Memo::new(move |_| {
        state.with(|state| {
            state
                .as_ref()
                .is_some_and(|state| state.role.is_some() && state.conversation.archived_at.is_none())
        })
    });
    let name = Signal::derive(move || state.with(|state| state.as_ref().map(name_of).unwrap_or_default()));
    let is_room = Memo::new(move |_| {
        state.with(|state| {
            state.as_ref().is_some_and(|state| state.conversation.kind == ConversationKind::Room)
        })
    });
    let sign = Signal::derive(move || match is_room.get() {
        true => format!("#{}", name.get()),
        false => name.get(),
    });
    let label = Signal::derive(move || format!("Message {}", sign.get()));
    let members = Signal::derive(move || {
        state.with(|state| state.as_ref().map_or(0, |state| state.conversation.members))
    });
    let has_older: Signal<bool> = view.has_older.clone().into();
    let (fresh, has_newer): (Signal<u32>, Signal<bool>) =
        (view.fresh.clone().into(), view.has_newer.clone().into());
    let feed = StoredValue::new(format!("/w/{}/rooms", membership.workspace.slug));
    let membership = StoredValue::new(membership);
    let rows = StoredValue::new(view.rows.clone());
    let receipts = move || view! { <Receipts id=id rows=rows.get_value()/> }.into_any();
    let view = StoredValue::new(view);
    let start = StoredValue::new(start);
    view! {
        <Show
            when=move || exists.get()
            fallback=move || {
                view! {
                    <Blank
                        icon="lock"
                        title="You are no longer in this conversation"
                        text="Somebody removed you, or you left it on another device. What was written here is closed to you."
                        is_page=true
                    >
                        <a class="button button-primary" href=feed.get_value()>"Browse the rooms"</a>
                    </Blank>
                }
            }
        >
            <div class="split" class:has-panel=move || beside.get() != Beside::Nothing>
                <section class="talk" aria-label=move || sign.get()>
                    <ConversationHead membership=membership.get_value() id=id/>
                    <Messages list=list view=view.get_value() start=start.get_value() label="Messages" is_far=is_far after=receipts()>
                        <Show when=move || !has_older.get()>
                            <ConversationStart id=id/>
                        </Show>
                    </Messages>
                    <div class="composer-area">
                        <Jump list=list fresh=fresh has_newer=has_newer is_far=is_far/>
                        <Show when=move || may_write.get() fallback=move || view! { <JoinBar id=id/> }>
                            <MessageComposer list=list label=label members=members/>
                        </Show>
                    </div>
                </section>
                {move || match beside.get() {
                    Beside::Nothing => ().into_any(),
                    Beside::Thread(root) => {
                        view! { <ThreadPanel root=root conversation=id membership=membership.get_value() replies=sides.replies sign=sign members=members may_write=may_write/> }
                            .into_any()
                    }
                    Beside::Details => view! { <DetailsPanel id=id membership=membership.get_value() people=sides.people/> }.into_any(),
                    Beside::Pins => view! { <PinsPanel id=id membership=membership.get_value() pins=sides.pins/> }.into_any(),
                    Beside::History(message) => {
                        view! { <HistoryPanel message=message path=list.path() versions=sides.versions/> }.into_any()
                    }
                }}
            </div>
        </Show>
    }
}
