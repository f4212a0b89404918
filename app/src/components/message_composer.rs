//! The place where people write messages and answers in threads. What is typed is a draft at once,
//! and nothing that arrives ever touches an open composer.

use super::composer::follow_draft;
use super::icon::Icon;
use super::message_list::MessageList;
use super::upload::{DropZone, UploadButton, UploadTray};
use super::writing::{PreviewSwitch, Writing, WritingField};
use crate::api::messages::count_reach;
use crate::browser::{self, Browser, text_field};
use crate::live::markup::Mark;
use crate::live::{Live, TimelineId};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use protocol::draft::{Draft, DraftPlace};
use protocol::ephemeral::TypingPlace;
use protocol::file::FilePlace;
use protocol::message::{Broadcast, NewMessage};
use protocol::{MessageId, limits};
use wasm_bindgen::JsCast;

/// A composer below a list.
#[component]
pub fn MessageComposer(
    /// The list that the message will stand in.
    list: MessageList,
    /// "Message #garden".
    #[prop(into)]
    label: Signal<String>,
    /// People in the conversation, for the question before all of them are notified.
    #[prop(into)]
    members: Signal<u32>,
    /// The name of the conversation, where an answer can also be sent to it.
    #[prop(optional, into)]
    room: Option<Signal<String>>,
) -> impl IntoView {
    let live = Live::expect();
    let browser = Browser::expect();
    let conversation = list.conversation;
    let (place, typing, thread) = match list.id {
        TimelineId::Conversation(id) => (DraftPlace::Message(id), TypingPlace::Conversation(id), None),
        TimelineId::Thread(root) => (DraftPlace::Thread(root), TypingPlace::Thread(root), Some(root)),
    };
    let workspace = list.membership.with_value(|membership| membership.workspace.id);
    let draft = live.draft(place).get_untracked();
    let writing = Writing::begin(workspace, draft.map(|draft| draft.body).unwrap_or_default());
    follow_draft(place, RwSignal::new(String::new()), writing.text, move || writing.has_focus());
    let uploads = browser.uploads(place, FilePlace::Conversation(conversation));
    let in_room = RwSignal::new(false);
    let asks = RwSignal::new(None::<(Broadcast, u32)>);
    let query = use_query_map();
    // Ready to write when it opens; on touch the keyboard would cover what there is to read.
    Effect::new(move |_| {
        let Some(area) = writing.area.get() else { return };
        let is_elsewhere = query.with_untracked(|query| query.get("message").or(query.get("edit")).is_some());
        let is_beside = thread.is_none() && query.with_untracked(|query| query.get("thread")).is_some();
        if text_field::has_keyboard() && !is_elsewhere && !is_beside {
            browser::focus::focus(&area);
        }
    });

    let keep = move |body: String| {
        live.typed(Draft { place, title: String::new(), body, at: browser::clock::now() });
    };
    let typed = move |body: String| {
        browser.typing_in(conversation, typing, !body.is_empty());
        keep(body);
    };
    let take_focus = move || {
        if let Some(area) = writing.area.get_untracked() {
            browser::focus::focus(&area);
        }
    };
    let send_now = move || {
        let body = writing.text.get_untracked();
        if body.trim().is_empty() && uploads.is_empty() {
            return;
        }
        let Some(files) = uploads.take() else {
            live.note("A file is still on its way, or was not taken. Wait for it, or take it out.");
            return;
        };
        live.send_message(NewMessage {
            id: MessageId::new(browser::clock::now()),
            conversation,
            thread,
            in_room: in_room.get_untracked(),
            body,
            attachments: files.into_iter().map(|file| file.id).collect(),
        });
        asks.set(None);
        in_room.set(false);
        writing.clear();
        keep(String::new());
        browser.typing_in(conversation, typing, false);
        // What one has written oneself is always seen.
        list.to_latest();
        take_focus();
    };
    let send = move || {
        let broadcast = writing.text.with_untracked(|text| broadcast_in(text));
        let members = members.get_untracked();
        match broadcast.filter(|_| limits::BROADCAST_ASKS_ABOVE < members) {
            // How many it would really notify only the server knows; without it, at most everybody.
            Some(broadcast) => spawn_local(async move {
                match count_reach(conversation, broadcast).await.unwrap_or(members) {
                    reached if limits::BROADCAST_ASKS_ABOVE < reached => asks.set(Some((broadcast, reached))),
                    _ => send_now(),
                }
            }),
            None => send_now(),
        }
    };
    let mark = move |wanted: Mark| {
        if let Some(area) = writing.area.get_untracked() {
            let text = text_field::mark(&area, wanted);
            writing.text.set(text.clone());
            typed(text);
            browser::focus::focus(&area);
        }
    };
    let navigate = use_navigate();
    let edit_last = move || {
        let Some(id) = live.read(|state| state.last_own_message(list.id)) else { return };
        let page = match thread {
            Some(root) => format!("{}?thread={root}&edit={id}", list.path()),
            None => format!("{}?edit={id}", list.path()),
        };
        navigate(&page, NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() });
    };
    // Enter sends, Shift+Enter breaks the line, and a composition (IME) is left alone.
    let key = move |event: leptos::ev::KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let is_command = event.ctrl_key() || event.meta_key();
        match event.key().as_str() {
            "Enter" if !event.shift_key() => {
                event.prevent_default();
                send();
            }
            "ArrowUp" if !is_command && writing.text.with_untracked(String::is_empty) => {
                event.prevent_default();
                edit_last();
            }
            // Leaves; the draft stays.
            "Escape" => {
                if let Some(area) = writing.area.get_untracked() {
                    let _ = area.blur();
                }
            }
            pressed if is_command => {
                if let Some(wanted) = Mark::of_key(pressed, event.shift_key()) {
                    event.prevent_default();
                    mark(wanted);
                }
            }
            _ => {}
        }
    };
    // A page without WASM sends the id that the server made for this form.
    #[cfg(feature = "ssr")]
    let form_id = Some(MessageId::new(protocol::Timestamp::now()).to_string());
    #[cfg(not(feature = "ssr"))]
    let form_id = None::<String>;
    let field_id = match thread {
        Some(root) => format!("answer-to-{root}"),
        None => format!("message-to-{conversation}"),
    };
    let tool = move |wanted: Mark, icon: &'static str, name: &'static str, title: &'static str| {
        view! {
            <button class="icon-button only-wide" type="button" aria-label=name title=title on:click=move |_| mark(wanted)>
                <Icon name=icon/>
            </button>
        }
    };
    view! {
        <DropZone uploads=uploads>
        <form
            class="composer"
            method="post"
            action="/api/messages.send"
            novalidate=move || list.is_awake()
            on:paste=move |event| uploads.paste(event.unchecked_ref())
            aria-label=move || label.get()
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <input type="hidden" name="id" value=form_id/>
            <input type="hidden" name="conversation" value=conversation.to_string()/>
            {thread.map(|root| view! { <input type="hidden" name="thread" value=root.to_string()/> })}
            <WritingField
                writing=writing
                id=field_id
                label=label.get_untracked()
                placeholder=label.get_untracked()
                rows=1
                required=true
                typed=typed
                key=key
            />
            <UploadTray uploads=uploads/>
            <div class="composer-bar">
                <UploadButton uploads=uploads/>
                {tool(Mark::Bold, "bold", "Bold", "Bold (Ctrl+B)")}
                {tool(Mark::Italic, "italic", "Italic", "Italic (Ctrl+I)")}
                {tool(Mark::List, "list", "List", "List (Ctrl+Shift+8)")}
                {tool(Mark::Code, "code", "Code", "Code (Ctrl+E)")}
                <PreviewSwitch writing=writing/>
                <span class="spring"></span>
                <button class="icon-button send" type="submit" aria-label="Send">
                    <Icon name="send"/>
                </button>
            </div>
        </form>
        </DropZone>
        <div class="composer-foot">
            <Typing place=typing/>
            {match room {
                Some(room) => {
                    view! {
                        <label class="check">
                            <input type="checkbox" bind:checked=in_room/>
                            {move || format!("Also send to {}", room.get())}
                        </label>
                    }
                        .into_any()
                }
                None => view! { <span>"Enter sends · Shift+Enter breaks the line"</span> }.into_any(),
            }}
        </div>
        {move || {
            asks.get()
                .map(|(broadcast, people)| {
                    view! {
                        <AskBroadcast
                            broadcast=broadcast
                            people=people
                            send=Callback::new(move |()| send_now())
                            close=Callback::new(move |()| asks.set(None))
                        />
                    }
                })
        }}
    }
}

/// `@here` or `@room` in a text, outside of words.
fn broadcast_in(text: &str) -> Option<Broadcast> {
    let is_word = |c: char| c.is_alphanumeric() || "_-.@".contains(c);
    let mut words = text.split(|c: char| !is_word(c)).map(|word| word.trim_end_matches(['.', '-']));
    words.find_map(|word| match word {
        "@room" => Some(Broadcast::Room),
        "@here" => Some(Broadcast::Here),
        _ => None,
    })
}

/// "Ada is writing", at most three names.
#[component]
fn Typing(place: TypingPlace) -> impl IntoView {
    let names = Live::expect().typing_in(place);
    let words = move || {
        names.with(|names| match names.as_slice() {
            [] => String::new(),
            [one] => format!("{one} is writing…"),
            [one, two] => format!("{one} and {two} are writing…"),
            [one, two, three] => format!("{one}, {two} and {three} are writing…"),
            _ => "Several people are writing…".to_owned(),
        })
    };
    view! { <p class="typing" aria-live="polite">{words}</p> }
}

/// Before many people are notified at once.
#[component]
fn AskBroadcast(broadcast: Broadcast, people: u32, send: Callback<()>, close: Callback<()>) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get() {
            browser::focus::open_dialog(&dialog);
        }
    });
    let word = broadcast.word();
    let whom = match broadcast {
        Broadcast::Here => "everybody who was here a moment ago",
        Broadcast::Room => "everybody here",
    };
    view! {
        <dialog
            class="dialog dialog-small"
            node_ref=dialog
            aria-labelledby="broadcast-title"
            on:cancel=move |event: leptos::ev::Event| {
                event.prevent_default();
                close.run(());
            }
        >
            <header class="dialog-head">
                <div>
                    <h2 class="dialog-title" id="broadcast-title">{format!("Notify {people} people?")}</h2>
                    <p class="dialog-text">{format!("Your message says @{word}, which means {whom}.")}</p>
                </div>
            </header>
            <footer class="dialog-foot">
                <span class="spring"></span>
                <button class="button button-quiet" type="button" on:click=move |_| close.run(())>"Keep writing"</button>
                <button class="button button-primary" type="button" on:click=move |_| send.run(())>"Send and notify"</button>
            </footer>
        </dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_word_of_its_own_means_everybody() {
        for (text, word) in [
            ("@room lunch!", Some(Broadcast::Room)),
            ("lunch, @here.", Some(Broadcast::Here)),
            ("mail me at ada@room.org", None),
            ("@roommate", None),
            ("@here-and-now", None),
        ] {
            assert_eq!(broadcast_in(text), word, "{text}");
        }
    }
}
