//! One message: who wrote it, its text, its reactions and the thread under it.

use super::attachment::Attachments;
use super::avatar::{Avatar, Size};
use super::bot_mark::BotMark;
use super::continued::Continued;
use super::delivery::DeliveryLine;
use super::icon::Icon;
use super::link_preview::LinkPreviews;
use super::message_editor::MessageEditor;
use super::message_list::MessageList;
use super::message_tools::{MessageTools, may_delete};
use super::prose::Prose;
use super::reactions::Chips;
use super::status_mark::StatusMark;
use crate::browser::{clock, text_field};
use crate::live::{Delivery, Live, MessageRow};
use leptos::prelude::*;
use protocol::message::Message;
use protocol::reaction::ReactionTarget;
use protocol::{MessageId, Timestamp};
use wasm_bindgen::JsCast;

/// Characters of a text that are part of its row's name.
const NAME_CHARS: usize = 160;

/// A time of day; the day stands above, in a divider.
#[component]
pub fn Clock(
    /// When.
    at: Timestamp,
    /// Its class.
    class: &'static str,
) -> impl IntoView {
    let list = MessageList::expect();
    let (words, full) = (
        move || if list.is_awake() { clock::time_of_day(at) } else { clock_in_utc(at) },
        move || if list.is_awake() { clock::full(at) } else { format!("{} UTC", at.readable()) },
    );
    view! { <time class=class datetime=at.iso() title=full>{words}</time> }
}

fn clock_in_utc(at: Timestamp) -> String {
    at.readable().rsplit(' ').next().unwrap_or_default().to_owned()
}

/// The message.
#[component]
pub fn MessageArticle(row: MessageRow) -> impl IntoView {
    let live = Live::expect();
    let list = MessageList::expect();
    let id = row.id;
    let message = row.message.clone();
    let read = MessageParts::of(&message);
    let is_continued = Continued::has(id);
    let delivery = row.delivery.clone();
    let is_sent = {
        let delivery = delivery.clone();
        Memo::new(move |_| matches!(delivery.get(), Delivery::Done))
    };
    let is_editing = Memo::new(move |_| list.editing.get() == Some(id));
    let has_tools = Memo::new(move |_| list.active.get() == Some(id));
    let has_sheet = Memo::new(move |_| list.sheet.get() == Some(id));
    let me = live.read(|state| state.my_id());
    let at = row.at;
    let order = {
        let message = message.clone();
        move || message.with(|message| message.order).to_string()
    };
    let is_mention = {
        let message = message.clone();
        Memo::new(move |_| me.is_some_and(|me| message.with(|message| message.mentions(me))))
    };
    let label = {
        let message = message.clone();
        move || {
            let when = if list.is_awake() { clock::short(at) } else { at.readable() };
            message.with(|message| name_of(message, &when))
        }
    };
    // With a finger there is nothing to hover: a tap opens the tools as a sheet.
    let tap = move |event: leptos::ev::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let is_control = target.is_none_or(|target| {
            target.closest("a, button, summary, input, textarea, form, video, audio").ok().flatten().is_some()
        });
        if !is_control && !text_field::has_keyboard() {
            let open = if list.sheet.get_untracked() == Some(id) { None } else { Some(id) };
            list.active.set(Some(id));
            list.sheet.set(open);
        }
    };
    let (slug, workspace) =
        list.membership.with_value(|membership| (membership.workspace.slug.clone(), membership.workspace.id));
    let author = row.author;
    let row = StoredValue::new(row);
    view! {
        <article
            class="message"
            class:is-continued=is_continued
            class:is-mention=is_mention
            class:is-deleted=read.is_deleted
            class:is-pending=move || !is_sent.get()
            class:is-open=has_sheet
            id=list.element_id(id)
            data-message=id.to_string()
            data-order=order
            tabindex="-1"
            aria-label=label
            on:click=tap
        >
            {move || match is_continued.get() {
                true => view! { <Clock at=at class="message-gutter"/> }.into_any(),
                false => view! { <Avatar person=read.author/> }.into_any(),
            }}
            <div>
                <Show when=move || !is_continued.get()>
                    <header class="message-head">
                        <AuthorLink parts=read slug=slug.clone()/>
                        <StatusMark workspace=workspace user=author/>
                        <Clock at=at class="message-time"/>
                    </header>
                </Show>
                <InThread parts=read/>
                {move || {
                    if read.is_deleted.get() {
                        view! { <p class="muted">"This message was deleted."</p> }.into_any()
                    } else if is_editing.get() {
                        view! { <MessageEditor row=row.get_value()/> }.into_any()
                    } else {
                        view! { <Prose html=read.html body=read.body/> }.into_any()
                    }
                }}
                {move || view! { <Attachments files=read.attachments.get()/> }}
                <LinkPreviews
                    target=ReactionTarget::Message(id)
                    previews=read.previews
                    may_remove=Signal::derive(move || may_delete(list, read.author.with(|author| author.id)))
                />
                <DeliveryLine delivery=Signal::derive(move || delivery.get())/>
                <Marks id=id parts=read/>
                <Show when=move || is_sent.get() && read.has_reactions.get()>
                    <Chips target=ReactionTarget::Message(id) counts=read.counts mine=read.mine/>
                </Show>
                <ThreadSummary id=id parts=read/>
            </div>
            <Show when=move || is_sent.get() && (has_tools.get() || has_sheet.get()) && !read.is_deleted.get() && !is_editing.get()>
                <MessageTools row=row.get_value()/>
            </Show>
        </article>
    }
}

/// The parts of a message that change, each on its own.
#[derive(Clone, Copy)]
pub struct MessageParts {
    author: Memo<protocol::Person>,
    html: Memo<String>,
    body: Memo<String>,
    attachments: Memo<Vec<protocol::message::Attachment>>,
    previews: Memo<Vec<protocol::link::LinkPreview>>,
    counts: Memo<Vec<protocol::reaction::ReactionCount>>,
    mine: Memo<Vec<String>>,
    has_reactions: Memo<bool>,
    is_deleted: Memo<bool>,
    replies: Memo<protocol::message::Replies>,
    /// Edited, pinned, saved.
    marks: Memo<(bool, bool, bool)>,
    /// The thread that it answers in, of one that was also sent to the conversation.
    thread: Memo<Option<MessageId>>,
}

impl MessageParts {
    fn of(message: &ArcReadSignal<Message>) -> Self {
        fn part<T: PartialEq + Send + Sync + 'static>(
            message: &ArcReadSignal<Message>,
            of: impl Fn(&Message) -> T + Send + Sync + 'static,
        ) -> Memo<T> {
            let message = message.clone();
            Memo::new(move |_| message.with(&of))
        }
        Self {
            author: part(message, |message| message.author.clone()),
            html: part(message, |message| message.html.clone()),
            body: part(message, |message| message.body.clone()),
            attachments: part(message, |message| message.attachments.clone()),
            previews: part(message, |message| message.previews.clone()),
            counts: part(message, |message| message.reactions.clone()),
            mine: part(message, |message| message.mine.clone()),
            has_reactions: part(message, |message| !message.reactions.is_empty()),
            is_deleted: part(message, |message| message.deleted),
            replies: part(message, |message| message.replies.clone()),
            marks: part(message, |message| (message.edited_at.is_some(), message.pinned, message.saved)),
            thread: part(message, |message| message.thread.filter(|_| message.in_room)),
        }
    }
}

/// "Ada Lovelace, lunch at one?, 09:12".
fn name_of(message: &Message, when: &str) -> String {
    let text: String = message.body.chars().take(NAME_CHARS).collect();
    let text = match (text.is_empty(), message.deleted) {
        (_, true) => "deleted".to_owned(),
        (true, false) => format!("{} files", message.attachments.len()),
        (false, false) => text,
    };
    format!("{}, {text}, {when}", message.author.name)
}

#[component]
fn AuthorLink(parts: MessageParts, slug: String) -> impl IntoView {
    move || {
        let author = parts.author.get();
        if author.former {
            view! { <span class="message-author">{author.name}</span> }.into_any()
        } else {
            let href = format!("/w/{slug}/people/{}", author.handle);
            view! {
                <a class="message-author" href=href>{author.name}</a>
                <BotMark bot=author.bot/>
            }
            .into_any()
        }
    }
}

/// Above an answer that was also sent to the conversation: the way to its thread.
#[component]
fn InThread(parts: MessageParts) -> impl IntoView {
    let list = MessageList::expect();
    move || {
        parts.thread.get().filter(|_| !list.is_thread()).map(|root| {
            view! {
                <p class="answer-of">
                    <Icon name="reply" small=true/>
                    <a href=format!("{}?thread={root}", list.path())>"Answered in a thread"</a>
                </p>
            }
        })
    }
}

/// Edited, pinned, saved: in words, small.
#[component]
fn Marks(id: MessageId, parts: MessageParts) -> impl IntoView {
    let list = MessageList::expect();
    move || {
        let (edited, pinned, saved) = parts.marks.get();
        (edited || pinned || saved).then(|| {
            view! {
                <p class="message-marks">
                    {edited.then(|| view! { <a href=format!("{}?history={id}", list.path())>"edited"</a> })}
                    {pinned
                        .then(|| {
                            view! {
                                <Icon name="pin" small=true/>
                                <span>"Pinned"</span>
                            }
                        })}
                    {saved
                        .then(|| {
                            view! {
                                <Icon name="bookmark" small=true/>
                                <span>"Saved"</span>
                            }
                        })}
                </p>
            }
        })
    }
}

/// "3 replies", with who answered last.
#[component]
fn ThreadSummary(id: MessageId, parts: MessageParts) -> impl IntoView {
    let list = MessageList::expect();
    move || {
        let replies = parts.replies.get();
        (!replies.is_empty() && !list.is_thread()).then(|| {
            let count =
                if replies.count == 1 { "1 reply".to_owned() } else { format!("{} replies", replies.count) };
            view! {
                <a class="thread-summary" href=format!("{}?thread={id}", list.path())>
                    <span class="avatar-stack">
                        {replies
                            .people
                            .into_iter()
                            .map(|person| view! { <Avatar person=person size=Size::Tiny/> })
                            .collect_view()}
                    </span>
                    <span>{count}</span>
                    {replies
                        .last_at
                        .map(|at| {
                            view! {
                                <small>
                                    "last at " <Clock at=at class=""/>
                                </small>
                            }
                        })}
                </a>
            }
        })
    }
}
