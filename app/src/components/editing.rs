//! What the editors of posts and of comments share: saving based on a version, the answer to a
//! conflict, and closing. Each editor adds its own fields.

use super::conflict::ConflictDialog;
use super::field::FormError;
use super::writing::{PreviewSwitch, Writing};
use crate::error::ApiError;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use protocol::post::Conflict;

/// An edit that is under way.
#[derive(Clone, Copy)]
pub struct Editing {
    base: RwSignal<u32>,
    error: RwSignal<Option<ApiError>>,
    conflict: RwSignal<Option<Conflict>>,
    is_saving: RwSignal<bool>,
    page: StoredValue<String>,
    close: Callback<()>,
}

impl Editing {
    /// Begins with this version. Closing leads to `page`.
    #[must_use]
    pub fn begin(version: u32, page: String) -> Self {
        let navigate = use_navigate();
        let to = page.clone();
        let close = Callback::new(move |()| {
            navigate(&to, NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() });
        });
        Self {
            base: RwSignal::new(version),
            error: RwSignal::new(None),
            conflict: RwSignal::new(None),
            is_saving: RwSignal::new(false),
            page: StoredValue::new(page),
            close,
        }
    }

    /// The version that the next attempt is based on.
    #[must_use]
    pub fn base(self) -> u32 {
        self.base.get_untracked()
    }

    /// Leaves the editor.
    pub fn close(self) {
        self.close.run(());
    }

    /// Escape leaves, unless it ends a composition or the dialog of a conflict.
    pub fn leaves(self, event: &leptos::ev::KeyboardEvent) -> bool {
        let leaves =
            event.key() == "Escape" && !event.is_composing() && self.conflict.with_untracked(Option::is_none);
        if leaves {
            self.close();
        }
        leaves
    }

    /// Sends an edit. What the server made of it goes to `saved`, and the editor closes.
    pub fn save<T: 'static>(
        self,
        edit: impl Future<Output = Result<T, ApiError>> + 'static,
        saved: impl FnOnce(T) + 'static,
    ) {
        if self.is_saving.get_untracked() {
            return;
        }
        self.is_saving.set(true);
        self.error.set(None);
        spawn_local(async move {
            let answer = edit.await;
            // The editor may have been left meanwhile; what was saved is shown all the same.
            let _ = self.is_saving.try_set(false);
            match answer {
                Ok(text) => {
                    saved(text);
                    if !self.is_saving.is_disposed() {
                        self.close();
                    }
                }
                Err(ApiError(refusal)) => match refusal.conflict {
                    Some(clash) => drop(self.conflict.try_set(Some(*clash))),
                    None => drop(self.error.try_set(Some(ApiError(refusal)))),
                },
            }
        });
    }
}

/// The form of an edit, with its dialog.
#[component]
pub fn EditForm(
    /// The edit.
    editing: Editing,
    /// Its text.
    writing: Writing,
    /// What is edited.
    #[prop(into)]
    id: String,
    /// Where the form goes without WASM.
    action: &'static str,
    /// "Edit the post".
    label: &'static str,
    class: &'static str,
    /// Sends what the fields hold.
    save: Callback<()>,
    /// The person chose among the texts of a conflict: theirs go into the fields, which are saved then.
    chosen: Callback<(Conflict, Vec<String>)>,
    children: Children,
) -> impl IntoView {
    let resolve = Callback::new(move |(clash, texts): (Conflict, Vec<String>)| {
        editing.base.set(clash.version);
        editing.conflict.set(None);
        chosen.run((clash, texts));
        save.run(());
    });
    let later = Callback::new(move |()| editing.conflict.set(None));
    view! {
        <form
            class=class
            method="post"
            action=action
            aria-label=label
            on:submit=move |event| {
                event.prevent_default();
                save.run(());
            }
        >
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="base" value=editing.base().to_string()/>
            <FormError error=editing.error.into()/>
            {children()}
            <div class="inline">
                <button class="button button-primary button-small" type="submit" disabled=editing.is_saving>"Save"</button>
                <a class="button button-quiet button-small" href=editing.page.get_value()>"Cancel"</a>
                <span class="spring"></span>
                <PreviewSwitch writing=writing/>
            </div>
        </form>
        {move || editing.conflict.get().map(|clash| view! { <ConflictDialog conflict=clash resolve=resolve later=later/> })}
    }
}
