//! Reactions under a post or comment: each a button that sets or removes one's own, and a picker.

use super::emoji_picker::EmojiPicker;
use super::icon::Icon;
use crate::browser;
use crate::emoji;
use crate::live::Live;
use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use protocol::reaction::{Reaction, ReactionCount, ReactionTarget};

/// The row of reactions with the way to add one.
#[component]
pub fn Reactions(
    /// On what.
    target: ReactionTarget,
    /// Everybody's.
    counts: Memo<Vec<ReactionCount>>,
    /// The person's own.
    mine: Memo<Vec<String>>,
) -> impl IntoView {
    view! {
        <ul class="reactions" aria-label="Reactions">
            <Ones target=target counts=counts mine=mine/>
            <li>
                <Picker target=target class="reaction reaction-add" small=true/>
            </li>
        </ul>
    }
}

/// The row of reactions alone.
#[component]
pub fn Chips(
    /// On what.
    target: ReactionTarget,
    /// Everybody's.
    counts: Memo<Vec<ReactionCount>>,
    /// The person's own.
    mine: Memo<Vec<String>>,
) -> impl IntoView {
    view! {
        <ul class="reactions" aria-label="Reactions">
            <Ones target=target counts=counts mine=mine/>
        </ul>
    }
}

#[component]
fn Ones(target: ReactionTarget, counts: Memo<Vec<ReactionCount>>, mine: Memo<Vec<String>>) -> impl IntoView {
    view! {
        <For each=move || counts.get() key=|count| count.emoji.clone() let(count)>
            <li>
                <One target=target emoji=count.emoji counts=counts mine=mine/>
            </li>
        </For>
    }
}

/// The choice of emoji behind one button.
#[component]
pub fn Picker(
    /// On what.
    target: ReactionTarget,
    /// The look of the button.
    class: &'static str,
    /// The key that opens it, where keys do.
    #[prop(optional)]
    shortcut: Option<&'static str>,
    /// A small icon.
    #[prop(optional)]
    small: bool,
) -> impl IntoView {
    let picker = NodeRef::<html::Details>::new();
    // Without WASM the choice is in the address, like every panel.
    let is_asked = use_query_map()
        .with_untracked(|query| query.get("react"))
        .is_some_and(|asked| asked == target.to_string());
    // Everything in it is made when it opens: a page has many of these.
    let is_open = RwSignal::new(is_asked);
    let was_opened = StoredValue::new(false);
    let opens_up = RwSignal::new(false);
    let toggled = move |_| {
        let is_now = picker.get_untracked().is_some_and(|picker| picker.open());
        opens_up.set(picker.get_untracked().is_some_and(|picker| browser::reading::is_low(&picker)));
        was_opened.set_value(is_now);
        is_open.set(is_now);
    };
    Effect::new(move |_| {
        if let Some(picker) = picker.get() {
            browser::focus::close_details_from_outside(&picker);
        }
    });
    let live = Live::expect();
    let choose = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Some(emoji) = event.submitter().and_then(|button| button.get_attribute("value")) {
            browser::emoji::note_used(&emoji);
            live.add_reaction(Reaction { target, emoji });
        }
        browser::focus::close_open_details();
    };
    view! {
        <details class="menu-holder" class:opens-up=opens_up node_ref=picker open=is_asked on:toggle=toggled>
            <summary class=class aria-label="Add a reaction" data-key=shortcut>
                <Icon name="smile" small=small/>
            </summary>
            <form class="menu emoji-picker" method="post" action="/api/reactions.add" on:submit=choose>
                <input type="hidden" name="target" value=target.to_string()/>
                <Show
                    when=move || is_open.get()
                    fallback=move || view! { <a class="menu-item" href=format!("?react={target}")>"Choose an emoji"</a> }
                >
                    <EmojiPicker was_opened=was_opened.get_value()/>
                </Show>
            </form>
        </details>
    }
}

/// One emoji with its count, which changes in place.
#[component]
fn One(
    target: ReactionTarget,
    emoji: String,
    counts: Memo<Vec<ReactionCount>>,
    mine: Memo<Vec<String>>,
) -> impl IntoView {
    let count = {
        let emoji = emoji.clone();
        Memo::new(move |_| {
            counts.with(|counts| {
                counts.iter().find(|count| count.emoji == emoji).map_or(0, |count| count.count)
            })
        })
    };
    let is_mine = {
        let emoji = emoji.clone();
        Memo::new(move |_| mine.with(|mine| mine.contains(&emoji)))
    };
    let name = emoji::name_of(&emoji).to_owned();
    let label = Signal::derive(move || format!("{name}, {}", count.get()));
    view! {
        <SetReaction target=target emoji=emoji.clone() is_mine=is_mine class="reaction" label=label>
            <span>{emoji.clone()}</span>
            <span class="number">{count}</span>
        </SetReaction>
    }
}

/// A button that sets a reaction or takes it back: a form before WASM, the outbox after it.
#[component]
fn SetReaction(
    target: ReactionTarget,
    emoji: String,
    #[prop(into)] is_mine: Signal<bool>,
    class: &'static str,
    label: Signal<String>,
    children: Children,
) -> impl IntoView {
    let live = Live::expect();
    let sent = emoji.clone();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let reaction = Reaction { target, emoji: sent.clone() };
        if is_mine.get_untracked() {
            live.remove_reaction(reaction);
        } else {
            live.add_reaction(reaction);
        }
        browser::focus::close_open_details();
    };
    let action = move || if is_mine.get() { "/api/reactions.remove" } else { "/api/reactions.add" };
    view! {
        <form method="post" action=action on:submit=submit>
            <input type="hidden" name="target" value=target.to_string()/>
            <input type="hidden" name="emoji" value=emoji/>
            <button class=class type="submit" aria-pressed=move || is_mine.get().to_string() aria-label=label>
                {children()}
            </button>
        </form>
    }
}
