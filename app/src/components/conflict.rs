//! Two people changed the same text: theirs, mine, and where it is possible both together.

use super::avatar::{Avatar, Size};
use super::icon::Icon;
use super::time::Time;
use crate::browser;
use crate::live::Live;
use leptos::html;
use leptos::prelude::*;
use protocol::post::{Conflict, FieldConflict};

/// The dialog. Nothing is saved or lost before the person chooses.
#[component]
pub fn ConflictDialog(
    /// What clashes.
    conflict: Conflict,
    /// Takes the chosen texts, one per field of the conflict.
    resolve: Callback<(Conflict, Vec<String>)>,
    /// Closes the dialog; the form keeps what the person wrote.
    later: Callback<()>,
) -> impl IntoView {
    let live = Live::expect();
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get() {
            browser::focus::open_dialog(&dialog);
        }
    });
    let merged: Vec<RwSignal<String>> = conflict
        .fields
        .iter()
        .map(|field| RwSignal::new(field.merged.clone().unwrap_or_else(|| field.mine.clone())))
        .collect();
    let all_merged = conflict.fields.iter().all(|field| field.merged.is_some());
    let editor = conflict.editor.clone();
    let title = format!("{} saved this while you were writing", editor.name);
    let lead = if all_merged {
        "Both texts are safe. Your changes touch different words, so they fit together: look at the merged text and save it."
    } else {
        "Both texts are safe. You changed the same words: choose one, or write the text that it should be."
    };
    let conflict = StoredValue::new(conflict);
    let choose = move |text: fn(&FieldConflict) -> &str| {
        let conflict: Conflict = conflict.get_value();
        let texts = conflict.fields.iter().map(|field| text(field).to_owned()).collect::<Vec<String>>();
        resolve.run((conflict, texts));
    };
    let save_merged = {
        let merged = merged.clone();
        move |_: leptos::ev::MouseEvent| {
            resolve.run((
                conflict.get_value(),
                merged.iter().map(|text: &RwSignal<String>| text.get_untracked()).collect::<Vec<String>>(),
            ))
        }
    };
    let me = live.me();
    let (number, at) = conflict.with_value(|conflict| (conflict.version, conflict.at));
    view! {
        <dialog
            class="dialog"
            node_ref=dialog
            aria-labelledby="conflict-title"
            on:cancel=move |event: leptos::ev::Event| {
                event.prevent_default();
                later.run(());
            }
        >
            <header class="dialog-head">
                <div>
                    <h2 class="dialog-title" id="conflict-title">{title}</h2>
                    <p class="dialog-text">{lead}</p>
                </div>
                <button class="icon-button" type="button" aria-label="Close and keep my text in the form" on:click=move |_| later.run(())>
                    <Icon name="x"/>
                </button>
            </header>
            <div class="dialog-body">
                {conflict
                    .with_value(|conflict| conflict.fields.clone())
                    .into_iter()
                    .zip(merged)
                    .map(|(field, merged)| {
                        let editor = editor.clone();
                        let heading = if field.field == "title" { "Title" } else { "Text" };
                        view! {
                            <h3 class="versions-name">{heading}</h3>
                            <div class="versions">
                                <section class="version" aria-label=format!("{heading}, theirs")>
                                    <header class="version-head">
                                        <Avatar person=editor.clone() size=Size::Medium/>
                                        <span>
                                            <b>"Theirs"</b>
                                            <small>{editor.name} {format!(" · version {number} · ")} <Time at=at/></small>
                                        </span>
                                    </header>
                                    <div class="version-text is-plain">{field.theirs.clone()}</div>
                                </section>
                                <section class="version" aria-label=format!("{heading}, mine")>
                                    <header class="version-head">
                                        {move || me.get().map(|person| view! { <Avatar person=person size=Size::Medium/> })}
                                        <span>
                                            <b>"Mine"</b>
                                            <small>"You · not saved"</small>
                                        </span>
                                    </header>
                                    <div class="version-text is-plain">{field.mine.clone()}</div>
                                </section>
                                <section class="version version-merged" aria-label=format!("{heading}, merged")>
                                    <header class="version-head">
                                        <span>
                                            <b>{if field.merged.is_some() { "Merged" } else { "Written anew" }}</b>
                                            <small>"You can write in it"</small>
                                        </span>
                                    </header>
                                    <textarea
                                        class="version-text"
                                        aria-label=format!("{heading}, merged text")
                                        prop:value=merged
                                        on:input=move |event| merged.set(event_target_value(&event))
                                    ></textarea>
                                </section>
                            </div>
                        }
                    })
                    .collect_view()}
            </div>
            <footer class="dialog-foot">
                <button class="button" type="button" on:click=move |_| choose(|field| &field.theirs)>"Keep theirs"</button>
                <button class="button" type="button" on:click=move |_| choose(|field| &field.mine)>"Keep mine"</button>
                <span class="spring"></span>
                <button class="button button-quiet" type="button" on:click=move |_| later.run(())>"Decide later"</button>
                <button class="button button-primary" type="button" on:click=save_merged>"Save merged"</button>
            </footer>
        </dialog>
    }
}
