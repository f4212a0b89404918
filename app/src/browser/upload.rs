//! Sends files. `fetch` cannot say how far it has come, so this is an `XMLHttpRequest`.

use crate::shell::FILE_BYTES_MAX;
use protocol::file::{FilePlace, percent_encoded};
use protocol::message::Attachment;
use protocol::{Code, Error, FileId, limits};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{
    ClipboardEvent, DragEvent, Event, File, FileList, HtmlInputElement, ProgressEvent, Url, XmlHttpRequest,
};

/// How large a file may be, as the document says.
#[must_use]
pub fn bytes_max() -> u64 {
    let document = web_sys::window().and_then(|window| window.document());
    let said = document
        .and_then(|document| document.query_selector(&format!("meta[name={FILE_BYTES_MAX}]")).ok().flatten())
        .and_then(|said| said.get_attribute("content")?.parse().ok());
    said.unwrap_or(limits::FILE_BYTES_MAX)
}

/// A file on its way. Dropped or cancelled, it stops and says nothing more.
pub struct Sending {
    request: XmlHttpRequest,
    _progress: Closure<dyn FnMut(ProgressEvent)>,
    _ended: Closure<dyn FnMut(Event)>,
}

impl Sending {
    /// Sends a file. `progress` hears how many bytes are sent; `ended` how it ended.
    pub fn start(
        place: FilePlace,
        id: FileId,
        file: &File,
        progress: impl Fn(u64) + 'static,
        ended: impl FnOnce(Result<Attachment, Error>) + 'static,
    ) -> Result<Self, Error> {
        let FilePlace::Conversation(conversation) = place;
        let name = percent_encoded(&file.name());
        let path = format!("/api/files.upload?conversation={conversation}&id={id}&name={name}");
        let request = XmlHttpRequest::new().map_err(|_| broken())?;
        request.open("POST", &path).map_err(|_| broken())?;
        let progress = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
            progress(event.loaded() as u64);
        });
        let (asked, ended) = (request.clone(), RefCell::new(Some(ended)));
        let ended = Closure::<dyn FnMut(Event)>::new(move |_| {
            // Ends once: with an answer, or without one.
            if let Some(ended) = ended.borrow_mut().take() {
                ended(answer(&asked));
            }
        });
        if let Ok(upload) = request.upload() {
            upload.set_onprogress(Some(progress.as_ref().unchecked_ref()));
        }
        request.set_onloadend(Some(ended.as_ref().unchecked_ref()));
        request.send_with_opt_blob(Some(file)).map_err(|_| broken())?;
        Ok(Self { request, _progress: progress, _ended: ended })
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        // First deaf, then gone: aborting is an ending too.
        self.request.set_onloadend(None);
        if let Ok(upload) = self.request.upload() {
            upload.set_onprogress(None);
        }
        let _ = self.request.abort();
    }
}

fn answer(request: &XmlHttpRequest) -> Result<Attachment, Error> {
    let status = request.status().unwrap_or(0);
    let text = request.response_text().ok().flatten().unwrap_or_default();
    if status == 200 {
        return serde_json::from_str(&text).map_err(|_| Error::internal());
    }
    Err(serde_json::from_str(&text).unwrap_or_else(|_| broken()))
}

fn broken() -> Error {
    Error::new(Code::Unavailable, "The connection broke off.")
}

/// What somebody chose. The input is empty again, so that the same file can be chosen once more.
#[must_use]
pub fn chosen(event: &Event) -> Vec<File> {
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(input) = input else { return Vec::new() };
    let files = all(input.files());
    input.set_value("");
    files
}

/// What somebody dropped. The browser does not open it then.
#[must_use]
pub fn dropped(event: &DragEvent) -> Vec<File> {
    let files = all(event.data_transfer().and_then(|data| data.files()));
    if !files.is_empty() {
        event.prevent_default();
    }
    files
}

/// What somebody pasted: files, else it is left to the browser.
#[must_use]
pub fn pasted(event: &ClipboardEvent) -> Vec<File> {
    let files = all(event.clipboard_data().and_then(|data| data.files()));
    if !files.is_empty() {
        event.prevent_default();
    }
    files
}

/// Whether files are being dragged over the page; then they may be dropped here.
pub fn drags_files(event: &DragEvent) -> bool {
    let has_files = event
        .data_transfer()
        .is_some_and(|data| data.types().iter().any(|kind| kind.as_string().as_deref() == Some("Files")));
    if has_files {
        event.prevent_default();
    }
    has_files
}

fn all(list: Option<FileList>) -> Vec<File> {
    let Some(list) = list else { return Vec::new() };
    (0..list.length()).filter_map(|at| list.get(at)).collect()
}

/// The address of a picture of a file, as long as this lives.
#[derive(Clone)]
pub struct Preview(Rc<Address>);

struct Address(String);

impl Preview {
    /// Of an image that the browser can show; of others none.
    #[must_use]
    pub fn of(file: &File) -> Option<Self> {
        let kind = file.type_();
        let can_be_shown = kind.starts_with("image/") && kind != "image/svg+xml";
        let address = can_be_shown.then(|| Url::create_object_url_with_blob(file).ok()).flatten()?;
        Some(Self(Rc::new(Address(address))))
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> String {
        self.0.0.clone()
    }
}

impl Drop for Address {
    fn drop(&mut self) {
        let _ = Url::revoke_object_url(&self.0);
    }
}
