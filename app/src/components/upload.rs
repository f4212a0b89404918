//! The files of a composer: the button that chooses them, the place where they can be dropped, and the
//! tray that says how far each has come. What they are stands in [`Uploads`].

use super::icon::Icon;
use crate::browser::upload;
use crate::browser::uploads::{Upload, UploadState, Uploads};
use leptos::html;
use leptos::prelude::*;
use protocol::Error;
use protocol::file::size_text;

/// The button that lets choose files.
#[component]
pub fn UploadButton(
    /// Of which composer.
    uploads: Uploads,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let choose = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    view! {
        <button class="icon-button" type="button" aria-label="Attach files" on:click=choose>
            <Icon name="clip"/>
        </button>
        <input
            class="upload-input"
            type="file"
            multiple=true
            hidden=true
            aria-label="Files to attach"
            node_ref=input
            on:change=move |event| uploads.add(upload::chosen(&event))
        />
    }
}

/// The files so far, each with how far it is and what can be done.
#[component]
pub fn UploadTray(
    /// Of which composer.
    uploads: Uploads,
) -> impl IntoView {
    let (rows, refusal) = (uploads.rows(), uploads.refusal());
    view! {
        <Show when=move || !rows.with(Vec::is_empty)>
            <ul class="upload-tray" aria-label="Files to send">
                <For each=move || rows.get() key=|row| row.id let(row)>
                    <UploadRow uploads=uploads row=row/>
                </For>
            </ul>
        </Show>
        <p class="field-error upload-refusal" role="alert" hidden=move || refusal.with(Option::is_none)>
            {move || refusal.get()}
        </p>
    }
}

#[component]
fn UploadRow(uploads: Uploads, row: Upload) -> impl IntoView {
    let Upload { id, name, bytes, preview, state } = row;
    let state = RwSignal::from(state);
    let failed = Memo::new(move |_| {
        state.with(|state| if let UploadState::Failed(error) = state { Some(error.clone()) } else { None })
    });
    let is_done = Memo::new(move |_| state.with(|state| matches!(state, UploadState::Done(_))));
    let sent = move || match state.get() {
        UploadState::Sending(sent) => sent.min(bytes),
        UploadState::Done(_) => bytes,
        UploadState::Waiting | UploadState::Failed(_) => 0,
    };
    let progress_name = format!("{name}, progress");
    let remove_name = {
        let name = name.clone();
        move || if is_done.get() { format!("Remove {name}") } else { format!("Cancel {name}") }
    };
    let retry_name = format!("Retry {name}");
    view! {
        <li class="upload" class:is-failed=move || failed.get().is_some() class:is-done=is_done>
            {match preview {
                Some(address) => view! { <img class="upload-preview" src=address alt=""/> }.into_any(),
                None => view! { <span class="upload-preview"><Icon name="doc"/></span> }.into_any(),
            }}
            <span class="upload-text">
                <span class="upload-name">{name}</span>
                {move || match failed.get() {
                    Some(error) => view! { <span class="upload-note" role="alert">{error.message}</span> }.into_any(),
                    None => view! { <span class="upload-note">{size_text(bytes)}</span> }.into_any(),
                }}
                <progress
                    max=bytes.to_string()
                    prop:value=move || sent().to_string()
                    aria-label=progress_name
                    hidden=move || is_done.get() || failed.get().is_some()
                ></progress>
            </span>
            <Show when=move || failed.with(|error| error.as_ref().is_some_and(Error::is_temporary))>
                <button
                    class="icon-button icon-button-small"
                    type="button"
                    aria-label=retry_name.clone()
                    on:click=move |_| uploads.retry(id)
                >
                    <Icon name="retry" small=true/>
                </button>
            </Show>
            <button
                class="icon-button icon-button-small"
                type="button"
                aria-label=remove_name
                on:click=move |_| uploads.remove(id)
            >
                <Icon name="x" small=true/>
            </button>
        </li>
    }
}

/// What stands in it takes files that are dropped on it, and says so while they hover.
#[component]
pub fn DropZone(
    /// Of which composer.
    uploads: Uploads,
    /// What files can be dropped on.
    children: Children,
) -> impl IntoView {
    // Entering a child leaves its parent, so that a single flag would flicker.
    let depth = RwSignal::new(0_u32);
    let drop = move |event: leptos::ev::DragEvent| {
        depth.set(0);
        uploads.add(upload::dropped(&event));
    };
    let enter = move |event: leptos::ev::DragEvent| {
        if upload::drags_files(&event) {
            depth.update(|depth| *depth += 1);
        }
    };
    let leave = move |_| depth.update(|depth| *depth = depth.saturating_sub(1));
    let over = move |event: leptos::ev::DragEvent| {
        upload::drags_files(&event);
    };
    view! {
        <div class="drop-zone" on:dragenter=enter on:dragover=over on:dragleave=leave on:drop=drop>
            {children()}
            <div class="drop-hint" aria-hidden="true" hidden=move || depth.get() == 0>
                <Icon name="clip"/>
                "Drop files to attach them"
            </div>
        </div>
    }
}
