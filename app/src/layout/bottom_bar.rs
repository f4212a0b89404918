//! The bar of five on a phone.

use super::places::Places;
use super::rail::badge;
use crate::components::avatar::{Avatar, Size};
use crate::components::icon::Icon;
use crate::live::Live;
use leptos::prelude::*;

/// The bar.
#[component]
pub fn BottomBar(places: Places) -> impl IntoView {
    let live = Live::expect();
    let (me, unread) = (live.me(), live.unread());
    let inbox = Signal::stored("/inbox".to_owned());
    let you = Signal::stored("/settings".to_owned());
    let talk = Memo::new(move |_| {
        let workspace =
            places.workspace.with(|membership| membership.as_ref().map(|membership| membership.workspace.id));
        workspace.map_or((false, 0), |workspace| live.unread_in(workspace).get())
    });
    view! {
        <nav class="tabbar" aria-label="Main">
            <a class="tab" href=inbox aria-current=places.current(inbox)>
                <Icon name="inbox"/>
                "Inbox"
                {move || (0 < unread.get()).then(|| view! { <span class="badge">{badge(unread.get())}</span> })}
            </a>
            <a class="tab" href=places.href("feed") aria-current=places.current(places.href("feed"))>
                <Icon name="feed"/>
                "Feed"
            </a>
            <a class="tab" href=places.href("chats") aria-current=places.current(places.href("chats"))>
                <Icon name="thread"/>
                "Chats"
                {move || {
                    let count = talk.get().1;
                    (0 < count).then(|| view! { <span class="badge">{badge(count)}</span> })
                }}
            </a>
            <a class="tab" href=places.href("people") aria-current=places.current(places.href("people"))>
                <Icon name="people"/>
                "People"
            </a>
            <a class="tab" href=you aria-current=places.current(you)>
                {move || me.get().map(|person| view! { <Avatar person=person size=Size::Tiny/> })}
                "You"
            </a>
        </nav>
    }
}
