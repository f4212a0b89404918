//! The messages of a conversation or a thread, with what stands between them, and how they are gone
//! through by pointer and by keys.

use super::continued::Continued;
use super::divider::{Day, Unread};
use super::message::MessageArticle;
use super::said::Said;
use super::system_line::{Folded, SystemLineRow};
use crate::browser::{self, clock, reading, roving};
use crate::live::items::{self, Item};
use crate::live::{Live, TimelineId, TimelineView};
use leptos::html;
use leptos::prelude::*;
use protocol::workspace::Membership;
use protocol::{ConversationId, MessageId, Timestamp};
use send_wrapper::SendWrapper;
use std::collections::HashSet;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

const DAY_MS: i64 = 24 * 3600 * 1000;

/// What a list, its rows and the composer below it share.
#[derive(Clone, Copy)]
pub struct MessageList {
    /// The state behind it.
    pub live: Live,
    /// Which list.
    pub id: TimelineId,
    /// The conversation that it belongs to.
    pub conversation: ConversationId,
    /// The workspace on screen.
    pub membership: StoredValue<Membership>,
    /// The message that is edited in its place.
    pub editing: Memo<Option<MessageId>>,
    /// The message whose tools show: under the pointer, or with the focus.
    pub active: RwSignal<Option<MessageId>>,
    /// The message whose tools are a sheet, on touch.
    pub sheet: RwSignal<Option<MessageId>>,
    /// The page has been taken over.
    is_awake: RwSignal<bool>,
    /// A message that is shown as soon as it is on the page.
    wanted: RwSignal<Option<MessageId>>,
    reading: StoredValue<Option<SendWrapper<reading::Reading>>>,
}

impl MessageList {
    /// A list of this conversation.
    #[must_use]
    pub fn new(
        id: TimelineId,
        conversation: ConversationId,
        membership: Membership,
        editing: Memo<Option<MessageId>>,
    ) -> Self {
        Self {
            live: Live::expect(),
            id,
            conversation,
            membership: StoredValue::new(membership),
            editing,
            active: RwSignal::new(None),
            sheet: RwSignal::new(None),
            is_awake: RwSignal::new(false),
            wanted: RwSignal::new(None),
            reading: StoredValue::new(None),
        }
    }

    /// The list around a row.
    #[must_use]
    pub fn expect() -> Self {
        expect_context()
    }

    /// The page has been taken over: times are in the reader's zone. Tracked until it is so, as it stays so.
    #[must_use]
    pub fn is_awake(self) -> bool {
        self.is_awake.get_untracked() || self.is_awake.get()
    }

    /// Whether it shows a thread.
    #[must_use]
    pub fn is_thread(self) -> bool {
        matches!(self.id, TimelineId::Thread(_))
    }

    /// The address of the conversation's page.
    #[must_use]
    pub fn path(self) -> String {
        let slug = self.membership.with_value(|membership| membership.workspace.slug.clone());
        protocol::conversation::path(&slug, self.conversation)
    }

    /// The id of a message's element. A message may stand in the conversation and in a thread.
    #[must_use]
    pub fn element_id(self, message: MessageId) -> String {
        if self.is_thread() { format!("t-{message}") } else { format!("m-{message}") }
    }

    /// To the newest message, which may have to be loaded first.
    pub fn to_latest(self) {
        self.live.to_latest(self.id);
        self.to_end();
    }

    /// To the end of what is on the page.
    pub fn to_end(self) {
        let scroll = move || self.with_reading(reading::Reading::to_end);
        scroll();
        request_animation_frame(scroll);
    }

    /// To one message, which may have to be loaded first, and lights it up.
    pub fn show(self, message: MessageId) {
        self.wanted.set(Some(message));
        self.live.to_message(self.id, message);
    }

    fn show_wanted(self) {
        let Some(message) = self.wanted.get_untracked() else { return };
        let id = self.element_id(message);
        request_animation_frame(move || {
            if browser::page::has_element(&id) {
                self.with_reading(|reading| reading.start(&reading::Start::Element(id)));
                let _ = self.wanted.try_set(None);
            }
        });
    }

    fn with_reading(self, act: impl FnOnce(&reading::Reading)) {
        if let Some(reading) = self.reading.try_get_value().flatten() {
            act(&reading);
        }
    }

    fn told(self, is_far: RwSignal<bool>) -> reading::Told {
        let Self { live, id, conversation, .. } = self;
        reading::Told {
            near_top: Box::new(move || live.older(id)),
            near_end: Box::new(move || live.newer(id)),
            end: Box::new(move |is_here, is_off| {
                if is_far.get_untracked() != is_off {
                    is_far.set(is_off);
                }
                if !self.is_thread() {
                    live.at_bottom(conversation, is_here);
                }
            }),
            read: Box::new(move |order| {
                if !self.is_thread() {
                    live.read_up_to(conversation, order);
                }
            }),
        }
    }
}

/// The scroller with its list. What stands above the first message comes as children.
#[component]
pub fn Messages(
    /// What the rows share.
    list: MessageList,
    /// The rows.
    view: TimelineView,
    /// Where it opens.
    start: reading::Start,
    /// "Messages", "Replies".
    label: &'static str,
    /// The end is more than a screen away.
    is_far: RwSignal<bool>,
    /// What stands below the last message.
    #[prop(optional)]
    after: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    let TimelineView { rows, line, .. } = view;
    let unfolded = RwSignal::new(HashSet::new());
    let items = {
        let (rows, line) = (rows.clone(), line.clone());
        Memo::new(move |_| {
            let is_awake = list.is_awake();
            let day_of = move |at: Timestamp| match is_awake {
                true => clock::day_number(at),
                false => at.0.div_euclid(DAY_MS),
            };
            rows.with(|rows| unfolded.with(|unfolded| items::items(rows, line.get(), day_of, unfolded)))
        })
    };
    provide_context(list);
    provide_context(Continued::of(Memo::new(move |_| items.with(|items| items::continued(items)))));
    let scroller = NodeRef::<html::Div>::new();
    let ol = NodeRef::<html::Ol>::new();
    Effect::new(move |_| list.is_awake.set(true));
    Effect::new(move |_| {
        if let Some(scroller) = scroller.get() {
            let (reading, guard) = reading::Reading::follow(scroller.into(), &start, list.told(is_far));
            list.reading.set_value(Some(SendWrapper::new(reading)));
            on_cleanup(move || {
                list.reading.try_set_value(None);
                drop(guard);
            });
        }
    });
    Effect::new(move |_| {
        items.track();
        list.wanted.track();
        list.show_wanted();
        if let Some(ol) = ol.get() {
            roving::ensure(&ol);
        }
    });
    let hover = move |event: leptos::ev::PointerEvent| {
        let Some(row) = target(&event).and_then(|target| roving::row_of(&target)) else { return };
        // A menu that is open stays until it is closed.
        let has_menu =
            ol.get_untracked().and_then(|ol| ol.query_selector(".message-tools [open]").ok().flatten());
        if has_menu.is_none() {
            activate(list, &row);
        }
    };
    // Rows that scroll along under a pointer that rests take nothing from the one with the focus.
    let rests = StoredValue::new(false);
    let over = move |event| {
        if !rests.get_value() {
            hover(event);
        }
    };
    let moves = move |event| {
        if rests.get_value() {
            rests.set_value(false);
            hover(event);
        }
    };
    let focus = move |event: leptos::ev::FocusEvent| {
        let (Some(ol), Some(row)) =
            (ol.get_untracked(), target(&event).and_then(|target| roving::row_of(&target)))
        else {
            return;
        };
        rests.set_value(true);
        activate(list, &row);
        roving::stop_at(&ol, &row);
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        if let Some(ol) = ol.get_untracked() {
            press(list, &ol, &event);
        }
    };
    view! {
        <div class="scroll scroll-end" node_ref=scroller>
            <div class="conversation">
                {children()}
                <ol
                    aria-label=label
                    node_ref=ol
                    on:pointerover=over
                    on:pointermove=moves
                    on:focusin=focus
                    on:keydown=key
                >
                    <For each=move || items.get() key=Item::key let(item)>
                        {match item {
                            Item::Day { at, .. } => view! { <Day list=list at=at/> }.into_any(),
                            Item::Unread(line) => view! { <Unread list=list line=line/> }.into_any(),
                            Item::Folded(rows) => view! { <Folded rows=rows unfolded=unfolded/> }.into_any(),
                            Item::Message(row) if row.is_line => view! { <SystemLineRow row=row/> }.into_any(),
                            Item::Message(row) => {
                                view! {
                                    <li>
                                        <MessageArticle row=row/>
                                    </li>
                                }
                                    .into_any()
                            }
                        }}
                    </For>
                </ol>
                {after}
            </div>
        </div>
        <Said rows=rows/>
    }
}

fn target(event: &impl AsRef<web_sys::Event>) -> Option<Element> {
    event.as_ref().target()?.dyn_into().ok()
}

fn activate(list: MessageList, row: &HtmlElement) {
    // In the lower half a menu would be cut off by the composer: it opens upwards.
    let _ = row.class_list().toggle_with_force("opens-up", browser::reading::is_low(row));
    let id = row.get_attribute("data-message").and_then(|id| id.parse::<MessageId>().ok());
    if id.is_some() && list.active.get_untracked() != id {
        list.active.set(id);
    }
}

/// A key on a row: to another row, or what can be done with this one.
fn press(list: MessageList, ol: &Element, event: &leptos::ev::KeyboardEvent) {
    let Some(element) = target(event) else { return };
    let Some(row) = roving::row_of(&element).filter(|row| **row == element) else { return };
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let key = event.key();
    if let Some(way) = roving::Way::of_key(&key) {
        event.prevent_default();
        if let Some(to) = roving::go(ol, &row, way) {
            list.with_reading(|reading| reading.reveal(&to));
        }
        return;
    }
    // The tools of the row say which keys they have.
    let has_key = |tool: &Element| tool.get_attribute("data-key").as_deref() == Some(key.as_str());
    let Ok(tools) = row.query_selector_all(".message-tools [data-key]") else { return };
    let mut tools = (0..tools.length()).filter_map(|index| tools.get(index)?.dyn_into::<HtmlElement>().ok());
    if let Some(tool) = tools.find(|tool| has_key(tool)) {
        event.prevent_default();
        tool.click();
        browser::focus::into_open_details(&tool);
    }
}
