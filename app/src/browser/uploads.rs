//! Files that go with what is being written, place by place: chosen, pasted or dropped, and on their
//! way while somebody still writes. They go on while one looks at something else, and are there
//! again, like the draft, when one comes back. Only a reload would lose them; the browser asks first.

use super::Browser;
use super::upload::{self, Preview, Sending};
use leptos::prelude::{
    ArcRwSignal, ArcStoredValue, GetUntracked, GetValue, ReadValue, RwSignal, Set, SetValue, Signal,
    StoredValue, Update, UpdateValue, WithUntracked, WriteValue, on_cleanup,
};
use protocol::draft::DraftPlace;
use protocol::file::{FilePlace, clean_name, size_text};
use protocol::message::Attachment;
use protocol::{Error, FileId, UserId, limits};
use send_wrapper::SendWrapper;
use std::collections::HashMap;

/// Files that are sent at the same time; the server takes a few more.
const AT_ONCE: usize = 3;

/// The files of all places in which there are some. Of this person: another one's are not theirs to send.
pub(super) type Trays = StoredValue<HashMap<(Option<UserId>, DraftPlace), Tray>>;

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
pub struct Upload {
    /// Made here: sent again, it is the same file.
    pub id: FileId,
    /// As it will be called.
    pub name: String,
    /// How large it is.
    pub bytes: u64,
    /// The address of a picture of it, if the browser can show one.
    pub preview: Option<String>,
    /// How far it has come. Belongs to no component: it goes on without one.
    pub state: ArcRwSignal<UploadState>,
}

/// What only the browser has of a file.
struct Local {
    file: web_sys::File,
    _preview: Option<Preview>,
    sending: Option<Sending>,
}

/// The files of one place.
#[derive(Clone)]
pub(super) struct Tray {
    place: FilePlace,
    rows: ArcRwSignal<Vec<Upload>>,
    refusal: ArcRwSignal<Option<String>>,
    /// Empty on the server, as browsers' things belong to one thread.
    local: ArcStoredValue<HashMap<FileId, SendWrapper<Local>>>,
}

/// The files of a place, for its composer.
#[derive(Clone, Copy)]
pub struct Uploads(StoredValue<Tray>);

impl Browser {
    /// The files of the place that a composer is for, with those that were there before it.
    #[must_use]
    pub fn uploads(self, of: DraftPlace, place: FilePlace) -> Uploads {
        let (trays, key) = (self.trays, (self.live.read(|state| state.my_id()), of));
        let tray = trays.write_value().entry(key).or_insert_with(|| Tray::new(place)).clone();
        let left = tray.clone();
        on_cleanup(move || {
            trays.try_update_value(|trays| {
                if left.rows.with_untracked(Vec::is_empty) {
                    trays.remove(&key);
                } else {
                    trays.insert(key, left);
                }
            });
        });
        Uploads(StoredValue::new(tray))
    }

    /// Whether files wait somewhere to be sent with a message.
    pub(super) fn has_files(self) -> bool {
        let waits = |tray: &Tray| {
            let FilePlace::Conversation(id) = tray.place;
            // What was meant for a place that is closed now cannot be sent.
            !tray.rows.with_untracked(Vec::is_empty)
                && self.live.read(|state| state.conversation(id).is_some())
        };
        self.trays.read_value().values().any(waits)
    }
}

impl Uploads {
    fn tray(self) -> Tray {
        self.0.get_value()
    }

    /// All of them.
    #[must_use]
    pub fn rows(self) -> Signal<Vec<Upload>> {
        RwSignal::from(self.tray().rows).into()
    }

    /// Why something was not taken.
    #[must_use]
    pub fn refusal(self) -> Signal<Option<String>> {
        RwSignal::from(self.tray().refusal).into()
    }

    /// There is none. Not tracked.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.tray().rows.with_untracked(Vec::is_empty)
    }

    /// All of them, to be sent with a message, and none is left here. None while one is not there.
    #[must_use]
    pub fn take(self) -> Option<Vec<Attachment>> {
        let tray = self.tray();
        let states =
            tray.rows.with_untracked(|rows| rows.iter().map(|row| row.state.get_untracked()).collect());
        let attachments = done(states)?;
        tray.rows.set(Vec::new());
        tray.refusal.set(None);
        tray.local.set_value(HashMap::new());
        Some(attachments)
    }

    /// Takes the files of a paste, if it has any.
    pub fn paste(self, event: &web_sys::ClipboardEvent) {
        self.add(upload::pasted(event));
    }

    /// Takes files and begins to send them.
    pub fn add(self, files: Vec<web_sys::File>) {
        if !files.is_empty() {
            self.tray().add(files);
        }
    }

    /// Sends the same file again, under the same id.
    pub fn retry(self, id: FileId) {
        let tray = self.tray();
        tray.set(id, UploadState::Waiting);
        tray.go_on();
    }

    /// Gives a file up.
    pub fn remove(self, id: FileId) {
        let tray = self.tray();
        let gone = tray.local.try_update_value(|local| local.remove(&id));
        tray.rows.update(|rows| rows.retain(|row| row.id != id));
        tray.refusal.set(None);
        tray.go_on();
        drop(gone);
    }
}

impl Tray {
    fn new(place: FilePlace) -> Self {
        Self {
            place,
            rows: ArcRwSignal::new(Vec::new()),
            refusal: ArcRwSignal::new(None),
            local: ArcStoredValue::new(HashMap::new()),
        }
    }

    fn add(&self, files: Vec<web_sys::File>) {
        let bytes_max = upload::bytes_max();
        let mut room = limits::ATTACHMENTS_MAX.saturating_sub(self.rows.with_untracked(Vec::len));
        let (mut taken, mut refusals) = (Vec::new(), Vec::new());
        for file in files {
            let name = clean_name(&file.name());
            let bytes = file.size() as u64;
            if bytes == 0 {
                refusals.push(format!("{name} is empty."));
            } else if bytes_max < bytes {
                refusals.push(format!("{name} is too large: at most {}.", size_text(bytes_max)));
            } else if room == 0 {
                refusals.push(format!("At most {} files with one message.", limits::ATTACHMENTS_MAX));
                break;
            } else {
                room -= 1;
                let id = FileId::new(super::clock::now());
                let picture = Preview::of(&file);
                let preview = picture.as_ref().map(Preview::address);
                taken.push(Upload {
                    id,
                    name,
                    bytes,
                    preview,
                    state: ArcRwSignal::new(UploadState::Waiting),
                });
                let local = SendWrapper::new(Local { file, _preview: picture, sending: None });
                self.local.update_value(|all| {
                    all.insert(id, local);
                });
            }
        }
        self.rows.update(|rows| rows.extend(taken));
        self.refusal.set((!refusals.is_empty()).then(|| refusals.join(" ")));
        self.go_on();
    }

    fn set(&self, id: FileId, state: UploadState) {
        // A file that was given up meanwhile has no row any more.
        let row = self.rows.with_untracked(|rows| rows.iter().find(|row| row.id == id).cloned());
        if let Some(row) = row {
            row.state.set(state);
        }
    }

    /// Begins to send those that wait, as many as may go at once.
    fn go_on(&self) {
        let next =
            self.rows.with_untracked(|rows| next(rows.iter().map(|row| (row.id, row.state.get_untracked()))));
        for id in next {
            self.set(id, UploadState::Sending(0));
            let (sends, ends) = (self.clone(), self.clone());
            let progress = move |sent| sends.set(id, UploadState::Sending(sent));
            let ended = move |result: Result<Attachment, Error>| {
                ends.set(id, result.map_or_else(UploadState::Failed, UploadState::Done));
                ends.go_on();
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
