//! What is pinned in a conversation, beside it.

use super::avatar::{Avatar, Size};
use super::page::loaded;
use super::panel::PanelHead;
use super::prose::Prose;
use super::states::Blank;
use super::time::Time;
use crate::pages::conversation::Side;
use leptos::prelude::*;
use protocol::ConversationId;
use protocol::message::Message;
use protocol::workspace::Membership;

/// The panel.
#[component]
pub fn PinsPanel(
    /// Of which conversation.
    id: ConversationId,
    /// The workspace on screen.
    membership: Membership,
    /// What is pinned.
    pins: Side<Vec<Message>>,
) -> impl IntoView {
    let path = protocol::conversation::path(&membership.workspace.slug, id);
    let shown = StoredValue::new(path.clone());
    view! {
        <aside class="panel" aria-label="Pinned messages">
            <PanelHead title="Pinned messages" path=path close="Close the pinned messages"/>
            <div class="scroll">
                {loaded(
                    pins,
                    "Loading the pinned messages",
                    move |pins| {
                        let pins = pins.unwrap_or_default();
                        if pins.is_empty() {
                            view! { <Blank icon="pin" title="Nothing is pinned" text="Pin a message to keep it at hand for everybody here."/> }
                                .into_any()
                        } else {
                            view! {
                                <ul>
                                    {pins
                                        .into_iter()
                                        .map(|message| view! { <Quoted message=message path=shown.get_value()/> })
                                        .collect_view()}
                                </ul>
                            }
                                .into_any()
                        }
                    },
                )}
            </div>
        </aside>
    }
}

/// A message out of its place, with the way there.
#[component]
pub fn Quoted(
    /// As it was when it was asked for.
    message: Message,
    /// The address of its conversation.
    path: String,
) -> impl IntoView {
    let href = match message.thread.filter(|_| !message.in_room) {
        Some(root) => format!("{path}?thread={root}&message={}", message.id),
        None => format!("{path}?message={}", message.id),
    };
    let name = message.author.name.clone();
    view! {
        <li class="message">
            <Avatar person=message.author size=Size::Normal/>
            <div>
                <header class="message-head">
                    <span class="message-author">{name}</span>
                    <Time at=message.at class="message-time"/>
                </header>
                <Prose html=message.html body=message.body/>
                <a class="button button-quiet button-small" href=href>"Go to the message"</a>
            </div>
        </li>
    }
}
