//! The dialog that lists the shortcuts.

use super::actions::{Actions, Overlay};
use crate::browser;
use crate::components::icon::Icon;
use crate::components::keys::KeyCaps;
use crate::shortcuts::{self, Group};
use leptos::html;
use leptos::prelude::*;

/// The dialog; `?` opens it.
#[component]
pub fn ShortcutList() -> impl IntoView {
    let overlay = Actions::expect().overlay;
    let is_open = Memo::new(move |_| overlay.get() == Overlay::Shortcuts);
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| browser::focus::show_dialog(dialog.get(), is_open.get()));
    let closed = move |_| {
        if is_open.get_untracked() {
            overlay.set(Overlay::None);
        }
    };
    view! {
        <dialog class="dialog shortcuts" node_ref=dialog aria-labelledby="shortcuts-title" on:close=closed>
            {move || is_open.get().then(|| view! { <Lists overlay=overlay/> })}
        </dialog>
    }
}

#[component]
fn Lists(overlay: RwSignal<Overlay>) -> impl IntoView {
    view! {
        <header class="dialog-head">
            <div>
                <h2 class="dialog-title" id="shortcuts-title">"Shortcuts"</h2>
            </div>
            <button class="icon-button" type="button" aria-label="Close" on:click=move |_| overlay.set(Overlay::None)>
                <Icon name="x"/>
            </button>
        </header>
        // It may be higher than the screen, and is scrolled by keyboard then.
        <div class="dialog-body shortcuts-body" tabindex="0" role="group" aria-label="All shortcuts">
            {Group::ALL
                .map(|group| {
                    let lines = shortcuts::ALL.iter().filter(move |line| line.group == group && !line.ways.is_empty());
                    view! {
                        <section>
                            <h3 class="shortcuts-group">{group.label()}</h3>
                            <dl>
                                {lines
                                    .map(|line| {
                                        view! {
                                            <div class="shortcut">
                                                <dt>{line.label}</dt>
                                                <dd>{ways(line.ways)}</dd>
                                            </div>
                                        }
                                    })
                                    .collect_view()}
                            </dl>
                        </section>
                    }
                })
                .collect_view()}
        </div>
    }
}

fn ways(ways: &'static [shortcuts::Keys]) -> impl IntoView {
    ways.iter()
        .enumerate()
        .map(|(index, keys)| {
            let or = (0 < index).then_some(view! { <span class="muted">"or"</span> });
            view! {
                {or}
                <KeyCaps keys=keys/>
            }
        })
        .collect_view()
}
