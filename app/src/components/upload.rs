//! Files that go with what is being written: chosen, pasted or dropped, and on their way while
//! somebody still writes.
//!
//! A composer makes [`Uploads`] for its place, shows [`UploadTray`] and [`UploadButton`], stands in
//! a [`DropZone`], hands pastes to [`Uploads::paste`], and when it sends asks [`Uploads::take`].

use super::attachment::size_text;
use super::icon::Icon;
use crate::browser::upload::{self, Preview, Sending};
use leptos::html;
use leptos::prelude::*;
use protocol::file::FilePlace;
use protocol::message::Attachment;
use protocol::{Error, FileId, limits};
use send_wrapper::SendWrapper;
use std::collections::HashMap;

/// Files that are sent at the same time; the server takes a few more.
const AT_ONCE: usize = 3;

/// How far one file has come.
#[derive(Clone, Debug, PartialEq)]
pub enum UploadState {
    /// Others are on their way.
    Waiting,
    /// So many bytes are sent.
    Sending(u64),
    /// It is there.
    Done(Attachment),
    /// It is not, and why.
    Failed(Error),
}

/// One file.
#[derive(Clone)]
struct Upload {
    id: FileId,
    name: String,
    bytes: u64,
    preview: Option<String>,
    state: RwSignal<UploadState>,
}

/// What only the browser has of a file.
struct Local {
    file: web_sys::File,
    _preview: Option<Preview>,
    sending: Option<Sending>,
}

/// The files of one composer.
#[derive(Clone, Copy)]
pub struct Uploads {
    place: FilePlace,
    rows: RwSignal<Vec<Upload>>,
    refusal: RwSignal<Option<String>>,
    /// Empty on the server, as browsers' things belong to one thread.
    local: StoredValue<HashMap<FileId, SendWrapper<Local>>>,
}

impl Uploads {
    /// None so far, for this place. They are given up with the component that calls this.
    #[must_use]
    pub fn new(place: FilePlace) -> Self {
        Self {
            place,
            rows: RwSignal::new(Vec::new()),
            refusal: RwSignal::new(None),
            local: StoredValue::new(HashMap::new()),
        }
    }

    /// There is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.rows.with(Vec::is_empty)
    }

    /// One of them is not there yet, or failed: what is being written cannot be sent with them all.
    #[must_use]
    pub fn is_busy(self) -> bool {
        self.rows.with(|rows| {
            rows.iter().any(|row| row.state.with(|state| !matches!(state, UploadState::Done(_))))
        })
    }

    /// All of them, to be sent with a message, and none is left here. None while one is not there.
    #[must_use]
    pub fn take(self) -> Option<Vec<Attachment>> {
        let states: Vec<UploadState> =
            self.rows.with_untracked(|rows| rows.iter().map(|row| row.state.get_untracked()).collect());
        let attachments = done(states)?;
        self.rows.set(Vec::new());
        self.refusal.set(None);
        self.local.write_value().clear();
        Some(attachments)
    }

    /// Takes the files of a paste, if it has any.
    pub fn paste(self, event: &web_sys::ClipboardEvent) {
        self.add(upload::pasted(event));
    }

    /// Takes files and begins to send them.
    pub fn add(self, files: Vec<web_sys::File>) {
        if files.is_empty() {
            return;
        }
        let bytes_max = upload::bytes_max();
        let room = limits::ATTACHMENTS_MAX.saturating_sub(self.rows.with_untracked(Vec::len));
        let mut refusal = (room < files.len())
            .then(|| format!("At most {} files with one message.", limits::ATTACHMENTS_MAX));
        for file in files.into_iter().take(room) {
            let bytes = file.size() as u64;
            if bytes_max < bytes {
                let most = size_text(bytes_max);
                refusal = Some(format!("{} is too large: at most {most}.", file.name()));
                continue;
            }
            let id = FileId::new(crate::browser::clock::now());
            let preview = Preview::of(&file);
            let row = Upload {
                id,
                name: file.name(),
                bytes,
                preview: preview.as_ref().map(Preview::address),
                state: RwSignal::new(UploadState::Waiting),
            };
            let local = Local { file, _preview: preview, sending: None };
            self.local.write_value().insert(id, SendWrapper::new(local));
            self.rows.update(|rows| rows.push(row));
        }
        self.refusal.set(refusal);
        self.go_on();
    }

    /// Sends the same file again, under the same id.
    fn retry(self, id: FileId) {
        self.set(id, UploadState::Waiting);
        self.go_on();
    }

    /// Gives a file up.
    fn remove(self, id: FileId) {
        self.local.write_value().remove(&id);
        self.rows.update(|rows| rows.retain(|row| row.id != id));
        self.refusal.set(None);
        self.go_on();
    }

    fn set(self, id: FileId, state: UploadState) {
        // A file that was given up meanwhile has no row any more.
        let row =
            self.rows.try_with_untracked(|rows| rows.iter().find(|row| row.id == id).map(|row| row.state));
        if let Some(Some(row)) = row {
            row.set(state);
        }
    }

    /// Begins to send those that wait, as many as may go at once.
    fn go_on(self) {
        let next = self.rows.try_with_untracked(|rows| {
            let state = |row: &Upload| row.state.get_untracked();
            next(rows.iter().map(|row| (row.id, state(row))))
        });
        for id in next.unwrap_or_default() {
            self.set(id, UploadState::Sending(0));
            let progress = move |sent| self.set(id, UploadState::Sending(sent));
            let ended = move |result: Result<Attachment, Error>| {
                let state = result.map_or_else(UploadState::Failed, UploadState::Done);
                self.set(id, state);
                self.go_on();
            };
            let mut refused = None;
            self.local.update_value(|local| {
                let Some(local) = local.get_mut(&id) else { return };
                match Sending::start(self.place, id, &local.file, progress, ended) {
                    Ok(sending) => local.sending = Some(sending),
                    Err(error) => refused = Some(error),
                }
            });
            if let Some(error) = refused {
                self.set(id, UploadState::Failed(error));
            }
        }
    }
}

/// Which files begin now.
fn next(states: impl Iterator<Item = (FileId, UploadState)>) -> Vec<FileId> {
    let states: Vec<_> = states.collect();
    let running = states.iter().filter(|(_, state)| matches!(state, UploadState::Sending(_))).count();
    let waiting = states.into_iter().filter(|(_, state)| *state == UploadState::Waiting).map(|(id, _)| id);
    waiting.take(AT_ONCE.saturating_sub(running)).collect()
}

/// All attachments, if all are there.
fn done(states: Vec<UploadState>) -> Option<Vec<Attachment>> {
    let attachment = |state| if let UploadState::Done(attachment) = state { Some(attachment) } else { None };
    states.into_iter().map(attachment).collect()
}

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
    view! {
        <Show when=move || !uploads.is_empty()>
            <ul class="upload-tray" aria-label="Files to send">
                <For each=move || uploads.rows.get() key=|row| row.id let(row)>
                    <UploadRow uploads=uploads row=row/>
                </For>
            </ul>
        </Show>
        <p class="field-error upload-refusal" role="alert" hidden=move || uploads.refusal.with(Option::is_none)>
            {move || uploads.refusal.get()}
        </p>
    }
}

#[component]
fn UploadRow(uploads: Uploads, row: Upload) -> impl IntoView {
    let Upload { id, name, bytes, preview, state } = row;
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

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Timestamp;

    fn file() -> Attachment {
        Attachment {
            id: FileId::new(Timestamp(1)),
            name: "plan.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            bytes: 10,
            width: None,
            height: None,
            has_thumbnail: false,
        }
    }

    #[test]
    fn a_few_files_go_at_once_and_the_others_wait() {
        let states = [
            UploadState::Done(file()),
            UploadState::Sending(3),
            UploadState::Waiting,
            UploadState::Failed(Error::internal()),
            UploadState::Waiting,
            UploadState::Waiting,
        ];
        let ids: Vec<FileId> = states.iter().map(|_| FileId::new(Timestamp(1))).collect();
        assert_eq!(next(ids.iter().copied().zip(states)), [ids[2], ids[4]]);
    }

    #[test]
    fn nothing_is_sent_without_a_file_that_somebody_chose() {
        assert_eq!(done(vec![UploadState::Done(file()), UploadState::Sending(9)]), None);
        assert_eq!(done(vec![UploadState::Failed(Error::internal())]), None);
        assert_eq!(done(Vec::new()), Some(Vec::new()));
        assert_eq!(done(vec![UploadState::Done(file())]).map(|files| files.len()), Some(1));
    }
}
