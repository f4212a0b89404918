//! What is looked through: written by the group whose commands write the texts, in its transaction and
//! in bulk, after them.

use super::{fold, postgres, sqlite};
use crate::Result;
use crate::db::{Tx, execute};
use protocol::message::Message;
use protocol::search::HitKind;
use protocol::{CommentId, PostId, Timestamp, UserId, WorkspaceId};
use std::collections::HashMap;
use uuid::Uuid;

/// A text that can be found.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// The message, post, comment or file.
    pub(crate) entity: Uuid,
    pub(crate) kind: HitKind,
    pub(crate) workspace: WorkspaceId,
    /// Its conversation, or the workspace for what stands in the feed.
    pub(crate) place: Uuid,
    pub(crate) author: UserId,
    pub(crate) at: Timestamp,
    pub(crate) has_file: bool,
    pub(crate) has_link: bool,
    /// Its words, folded.
    pub(crate) text: String,
}

/// What became of a text.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// It is to be found, as it is now.
    Put(Document),
    /// It is not to be found any more.
    Gone(Uuid),
}

/// The words of a rendered text, as they are looked for.
pub(crate) struct Words {
    text: String,
    pub(super) has_link: bool,
}

impl Words {
    /// Of what a text says without its marks, and of its HTML.
    pub(crate) fn of(plain: &str, html: &str) -> Self {
        // Those to people and rooms stay on this instance.
        let has_link = html.contains("href=\"http://") || html.contains("href=\"https://");
        Self { text: fold::words(plain), has_link }
    }

    /// With those of a title before them.
    pub(super) fn after(&self, title: &str) -> String {
        format!("{} {}", fold::words(title), self.text).trim().to_owned()
    }
}

impl Document {
    pub(crate) fn post(
        (id, workspace, author, at): (PostId, WorkspaceId, UserId, Timestamp),
        title: &str,
        words: &Words,
    ) -> Change {
        Self {
            entity: id.0,
            kind: HitKind::Post,
            workspace,
            place: workspace.0,
            author,
            at,
            has_file: false,
            has_link: words.has_link,
            text: words.after(title),
        }
        .into()
    }

    pub(crate) fn comment(
        (id, workspace, author, at): (CommentId, WorkspaceId, UserId, Timestamp),
        words: &Words,
    ) -> Change {
        Self {
            entity: id.0,
            kind: HitKind::Comment,
            workspace,
            place: workspace.0,
            author,
            at,
            has_file: false,
            has_link: words.has_link,
            text: words.text.clone(),
        }
        .into()
    }

    /// A message.
    pub(crate) fn message(workspace: WorkspaceId, message: &Message, words: &Words) -> Change {
        Self {
            entity: message.id.0,
            kind: HitKind::Message,
            workspace,
            place: message.conversation.0,
            author: message.author.id,
            at: message.at,
            has_file: !message.attachments.is_empty(),
            has_link: words.has_link,
            text: words.text.clone(),
        }
        .into()
    }

    /// The files of a message, by their names.
    pub(crate) fn files(workspace: WorkspaceId, message: &Message) -> impl Iterator<Item = Change> {
        message.attachments.iter().map(move |file| {
            Self {
                entity: file.id.0,
                kind: HitKind::File,
                workspace,
                place: message.conversation.0,
                author: message.author.id,
                at: message.at,
                has_file: true,
                has_link: false,
                text: fold::words(&file.name),
            }
            .into()
        })
    }
}

/// Without a word in it, nothing is found.
impl From<Document> for Change {
    fn from(document: Document) -> Self {
        if document.text.is_empty() && document.kind != HitKind::File {
            return Self::Gone(document.entity);
        }
        Self::Put(document)
    }
}

/// Writes what became of the texts of a group; of several changes of one text the last.
pub(crate) async fn write(tx: &mut Tx, changes: &[Change]) -> Result<()> {
    let entity = |change: &Change| match change {
        Change::Put(document) => document.entity,
        Change::Gone(entity) => *entity,
    };
    let last: HashMap<Uuid, usize> =
        changes.iter().enumerate().map(|(index, change)| (entity(change), index)).collect();
    let (mut put, mut gone) = (Vec::new(), Vec::new());
    for (index, change) in changes.iter().enumerate() {
        match change {
            _ if last.get(&entity(change)) != Some(&index) => {}
            Change::Put(document) => put.push(document),
            Change::Gone(entity) => gone.push(*entity),
        }
    }
    if !gone.is_empty() {
        execute!(tx, ids = gone, "DELETE FROM search_documents WHERE entity_id IN (SELECT id FROM ids)")?;
    }
    if put.is_empty() {
        return Ok(());
    }
    if tx.is_sqlite() {
        sqlite::put(tx, &put).await?
    } else {
        postgres::put(tx, &put).await?
    }
    Ok(())
}
