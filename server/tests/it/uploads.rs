//! People who send and open files.

use crate::harness::{Person, Refusal, TestApp, within};
use image::{DynamicImage, ImageFormat};
use protocol::conversation::{ConversationKind, NewConversation};
use protocol::file::percent_encoded;
use protocol::message::{Attachment, Message, NewMessage};
use protocol::{ConversationId, FileId, MessageId, Timestamp};
use reqwest::header;
use serde_json::{Value, json};
use std::io::Cursor;

/// What somebody uploads.
#[derive(Clone)]
pub(crate) struct Upload {
    pub(crate) id: FileId,
    pub(crate) conversation: ConversationId,
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
    /// Instead of the person's own.
    pub(crate) cookie: Option<String>,
}

impl Upload {
    pub(crate) fn of(conversation: ConversationId, name: &str, content: impl Into<Vec<u8>>) -> Self {
        let id = FileId::new(Timestamp::now());
        Self { id, conversation, name: name.to_owned(), content: content.into(), cookie: None }
    }
}

impl Person {
    /// A group of these people.
    pub(crate) async fn founds_group(&self, others: &[&Person]) -> ConversationId {
        let id = ConversationId::new(Timestamp::now());
        let new = NewConversation {
            id,
            workspace: self.workspace(),
            kind: ConversationKind::Group,
            name: "The setters".to_owned(),
            topic_line: String::new(),
            members: others.iter().map(|other| other.me.person.id).collect(),
        };
        let _: Value = self.does("conversations.create", new).await;
        id
    }

    pub(crate) async fn removes_from(&self, conversation: ConversationId, person: &Person) {
        let who = json!({ "id": conversation, "user": person.me.person.id });
        let _: Value = self.does("conversations.remove", who).await;
    }

    /// The request behind [`Person::tries_upload`], without its body.
    pub(crate) fn request_upload(&self, upload: &Upload) -> reqwest::RequestBuilder {
        let Upload { id, conversation, name, .. } = upload;
        let name = percent_encoded(name);
        let path = format!("/api/files.upload?conversation={conversation}&id={id}&name={name}");
        let cookie = upload.cookie.as_ref().unwrap_or(&self.wire.cookie);
        self.wire.http.post(self.wire.site.url(&path)).header(header::COOKIE, cookie)
    }

    pub(crate) async fn tries_upload(&self, upload: Upload) -> Result<Attachment, Refusal> {
        let request = self.request_upload(&upload).body(upload.content);
        crate::harness::read(within(request.send()).await.expect("the server answers")).await
    }

    pub(crate) async fn uploads(&self, upload: Upload) -> Attachment {
        let name = upload.name.clone();
        self.tries_upload(upload).await.unwrap_or_else(|refusal| panic!("{name:?}: {refusal:?}"))
    }

    /// Sends a message that says nothing but brings files.
    pub(crate) async fn sends_files(&self, to: ConversationId, files: &[&Attachment]) -> Message {
        self.does("messages.send", message_with(to, files)).await
    }

    pub(crate) async fn opens_file(&self, file: &Attachment) -> reqwest::Response {
        self.wire.opens(&protocol::file::path(file.id, &file.name)).await
    }
}

pub(crate) fn message_with(conversation: ConversationId, files: &[&Attachment]) -> NewMessage {
    NewMessage {
        id: MessageId::new(Timestamp::now()),
        conversation,
        thread: None,
        in_room: false,
        body: String::new(),
        attachments: files.iter().map(|file| file.id).collect(),
    }
}

/// The names of everything that lies in the server's folder of files, unfinished writes included.
pub(crate) fn files_in(app: &TestApp) -> Vec<String> {
    let shelves = std::fs::read_dir(app.folder().join("data/files")).expect("the folder is there");
    let entries = shelves.flat_map(|shelf| std::fs::read_dir(shelf.expect("it can be read").path()));
    let names = entries.flatten().map(|entry| entry.expect("it can be read").file_name());
    names.map(|name| name.to_string_lossy().into_owned()).collect()
}

/// A PNG of this size.
pub(crate) fn picture(width: u32, height: u32) -> Vec<u8> {
    picture_as(width, height, ImageFormat::Png)
}

pub(crate) fn picture_as(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(width, height).write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}
