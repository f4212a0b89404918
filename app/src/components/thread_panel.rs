//! A thread beside its conversation: the message, the answers, and the place to answer.

use super::message::MessageArticle;
use super::message_composer::MessageComposer;
use super::message_list::{MessageList, Messages};
use super::page::loaded;
use super::panel::PanelHead;
use super::states::{Blank, Skeleton};
use crate::browser::reading::Start;
use crate::live::{Live, TimelineId, TimelineView};
use crate::pages::conversation::Side;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use protocol::message::{ThreadPage, Window};
use protocol::workspace::Membership;
use protocol::{ConversationId, MessageId};

/// The panel.
#[component]
pub fn ThreadPanel(
    /// The message above it.
    root: MessageId,
    /// Where it stands.
    conversation: ConversationId,
    /// The workspace on screen.
    membership: Membership,
    /// The thread as it was asked for.
    replies: Side<(Window, ThreadPage)>,
    /// "#garden".
    sign: Signal<String>,
    /// People in the conversation.
    members: Signal<u32>,
    /// The person may answer.
    may_write: Memo<bool>,
) -> impl IntoView {
    let live = Live::expect();
    let query = use_query_map();
    let editing = Memo::new(move |_| query.with(|query| query.get("edit")).and_then(|id| id.parse().ok()));
    let list = MessageList::new(TimelineId::Thread(root), conversation, membership, editing);
    view! {
        <aside class="panel" aria-label="Thread">
            <PanelHead title="Thread" path=list.path() close="Close the thread"/>
            {loaded(
                replies,
                "Loading the thread",
                move |page| match page.filter(|(_, page)| page.root.id == root) {
                    Some((window, page)) => {
                        live.load_thread_of(&window, page);
                        let view = live.timeline(TimelineId::Thread(root));
                        view! { <Thread list=list view=view sign=sign members=members may_write=may_write/> }.into_any()
                    }
                    // The answer is still about the thread before.
                    None => view! { <Skeleton label="Loading the thread"/> }.into_any(),
                },
            )}
        </aside>
    }
}

#[component]
fn Thread(
    list: MessageList,
    view: TimelineView,
    sign: Signal<String>,
    members: Signal<u32>,
    may_write: Memo<bool>,
) -> impl IntoView {
    let query = use_query_map();
    let named = query.with_untracked(|query| query.get("message")).and_then(|id| id.parse().ok());
    let start = match named {
        Some(message) => Start::Element(list.element_id(message)),
        None => Start::End,
    };
    let root = view.root.clone();
    let exists = {
        let root = root.clone();
        Memo::new(move |_| root.with(Option::is_some))
    };
    let count = {
        let root = root.clone();
        Memo::new(move |_| {
            root.with(|root| {
                root.as_ref().map_or(0, |root| root.message.with(|message| message.replies.count))
            })
        })
    };
    let words = move || match count.get() {
        0 => "No replies yet".to_owned(),
        1 => "1 reply".to_owned(),
        count => format!("{count} replies"),
    };
    let is_far = RwSignal::new(false);
    let (start, view) = (StoredValue::new(start), StoredValue::new(view));
    let root = StoredValue::new(root);
    view! {
        <Show
            when=move || exists.get()
            fallback=|| view! { <Blank icon="trash" title="This message was deleted" text="Its thread is gone with it."/> }
        >
            <Messages list=list view=view.get_value() start=start.get_value() label="Replies" is_far=is_far>
                <ol aria-label="The message">
                    {move || {
                        let row = root.with_value(|root| root.get_untracked())?;
                        Some(view! {
                            <li>
                                <MessageArticle row=row/>
                            </li>
                        })
                    }}
                </ol>
                <p class="divider">
                    <span>{words}</span>
                </p>
            </Messages>
            <Show when=move || may_write.get()>
                <div class="composer-area">
                    <MessageComposer list=list label="Reply in the thread" members=members room=sign/>
                </div>
            </Show>
        </Show>
    }
}
