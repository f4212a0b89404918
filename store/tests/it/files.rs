//! Files: who may bring and read them, and how they share the fate of their message.

use crate::community::{Community, refusal};
use crate::harness::{START, on_both};
use protocol::conversation::{ConversationKind, NewConversation};
use protocol::file::FilePlace;
use protocol::message::{Message, NewMessage, Window};
use protocol::{Code, ConversationId, FileId, MessageId};
use std::collections::HashSet;
use std::time::Duration;
use store::{Added, Caller, NewFile, Result, ThumbnailFormat};
use uuid::Uuid;

/// A group of Ada and Ben.
async fn group(c: &Community) -> ConversationId {
    let id = ConversationId::new(START);
    let new = NewConversation {
        id,
        workspace: c.workspace,
        kind: ConversationKind::Group,
        name: "The setters".to_owned(),
        topic_line: String::new(),
        members: vec![c.ben.user],
    };
    c.create_conversation(&c.ada, new).await.unwrap();
    id
}

fn image(place: ConversationId) -> NewFile {
    NewFile {
        id: FileId::new(START),
        place: FilePlace::Conversation(place),
        object: FileId::new(START).0,
        name: "wall.png".to_owned(),
        media_type: "image/png".to_owned(),
        bytes: 1234,
        sha256: [7; 32],
        size: Some((640, 480)),
    }
}

async fn brings(c: &Community, by: &Caller, place: ConversationId) -> Added {
    c.add_file(by, image(place)).await.unwrap()
}

async fn sends(c: &Community, by: &Caller, to: ConversationId, files: &[FileId]) -> Result<Message> {
    let new = NewMessage {
        id: MessageId::new(START),
        conversation: to,
        thread: None,
        in_room: false,
        body: String::new(),
        attachments: files.to_vec(),
    };
    c.send_message(by, new).await
}

#[test]
fn a_file_is_for_its_uploader_and_then_for_the_conversation() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let group = group(&c).await;
        let file = brings(&c, &c.ada, group).await;
        let id = file.attachment.id;
        let stored = c.file(&c.ada, id).await.unwrap();
        assert_eq!(
            (stored.object, &stored.attachment, stored.thumbnails),
            (file.object, &file.attachment, None)
        );
        assert_eq!((stored.attachment.width, stored.attachment.has_thumbnail), (Some(640), true));
        assert_eq!(refusal(c.file(&c.ben, id).await), Code::NotFound);

        let message = sends(&c, &c.ada, group, &[id]).await.unwrap();
        assert_eq!(message.attachments, std::slice::from_ref(&file.attachment));
        assert_eq!(c.file(&c.ben, id).await.unwrap().attachment, file.attachment);
        let page = c.messages(&c.ben, group, Window::Latest).await.unwrap();
        assert_eq!(page.messages.last().unwrap().attachments, std::slice::from_ref(&file.attachment));
        // Others in the workspace, guests, and people outside of it read the same as for no file.
        let unknown = protocol::Error::from(c.file(&c.cleo, FileId::new(START)).await.unwrap_err());
        for outsider in [&c.cleo, &c.gus, &c.zoe] {
            assert_eq!(protocol::Error::from(c.file(outsider, id).await.unwrap_err()), unknown);
        }
        c.remove_participant(&c.ada, group, c.ben.user).await.unwrap();
        assert_eq!(refusal(c.file(&c.ben, id).await), Code::NotFound);
    });
}

#[test]
fn files_are_brought_only_where_one_may_write() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let group = group(&c).await;
        for outsider in [&c.cleo, &c.gus, &c.zoe] {
            assert_eq!(refusal(c.add_file(outsider, image(group)).await), Code::NotFound);
            let asked = c.uploaded(outsider, FilePlace::Conversation(group), FileId::new(START)).await;
            assert_eq!(refusal(asked), Code::NotFound);
        }
        c.archive_conversation(&c.ada, group, true).await.unwrap();
        assert_eq!(refusal(c.add_file(&c.ben, image(group)).await), Code::Forbidden);
    });
}

#[test]
fn the_same_file_again_is_the_first_one() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let group = group(&c).await;
        let first = image(group);
        let place = first.place;
        assert_eq!(c.uploaded(&c.ada, place, first.id).await.unwrap(), None);
        let added = c.add_file(&c.ada, first.clone()).await.unwrap();
        assert_eq!(c.uploaded(&c.ada, place, first.id).await.unwrap(), Some(added.attachment.clone()));
        let again = NewFile { object: FileId::new(START).0, name: "other.png".to_owned(), ..first.clone() };
        assert_eq!(c.add_file(&c.ada, again.clone()).await.unwrap(), added, "and its object stays");
        assert_eq!(refusal(c.add_file(&c.ben, again).await), Code::Taken);
        assert_eq!(refusal(c.uploaded(&c.ben, place, first.id).await), Code::Taken);
    });
}

#[test]
fn a_message_takes_all_of_its_files_or_is_not_sent() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let (here, elsewhere) = (group(&c).await, group(&c).await);
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(brings(&c, &c.ada, here).await.attachment.id);
        }
        let bens = brings(&c, &c.ben, here).await.attachment.id;
        let other = brings(&c, &c.ada, elsewhere).await.attachment.id;
        for bad in [bens, other, FileId::new(START), ids[0]] {
            let refused = sends(&c, &c.ada, here, &[ids[0], ids[1], bad]).await;
            assert_eq!(refusal(refused), Code::Invalid);
        }
        // Nothing of those was taken, and the order is the one that was asked for.
        let asked = [ids[2], ids[0], ids[1]];
        let message = sends(&c, &c.ada, here, &asked).await.unwrap();
        assert_eq!(message.attachments.iter().map(|file| file.id).collect::<Vec<_>>(), asked);
        let read = c.message(&c.ben, message.id).await.unwrap().message;
        assert_eq!(read.attachments, message.attachments);
        assert_eq!(refusal(sends(&c, &c.ada, here, &[ids[0]]).await), Code::Invalid, "a message has it");
    });
}

#[test]
fn a_message_that_is_sent_again_keeps_its_files() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let group = group(&c).await;
        let file = brings(&c, &c.ada, group).await.attachment;
        let new = NewMessage {
            id: MessageId::new(START),
            conversation: group,
            thread: None,
            in_room: false,
            body: "Look".to_owned(),
            attachments: vec![file.id],
        };
        let first = c.send_message(&c.ada, new.clone()).await.unwrap();
        assert_eq!(first.attachments, [file]);
        assert_eq!(c.send_message(&c.ada, new).await.unwrap(), first);
    });
}

#[test]
fn a_deleted_message_takes_its_files_and_their_names_along() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let group = group(&c).await;
        let file = brings(&c, &c.ada, group).await;
        let message = sends(&c, &c.ada, group, &[file.attachment.id]).await.unwrap();
        assert_eq!(c.files_gone(START).await.unwrap(), []);
        c.delete_message(&c.ada, message.id).await.unwrap();
        assert_eq!(refusal(c.file(&c.ada, file.attachment.id).await), Code::NotFound);
        let topic = protocol::Topic::Conversation(group);
        for event in c.read_after(topic, 0, usize::MAX, usize::MAX).await.unwrap() {
            assert!(!event.frame.contains("wall.png"), "{}", event.frame);
        }
        let gone = c.files_gone(START).await.unwrap();
        assert_eq!(gone.iter().map(|gone| gone.object).collect::<Vec<_>>(), [file.object]);
        assert_eq!(c.forget_files(&gone).await.unwrap(), 1);
        assert_eq!(c.files_gone(START).await.unwrap(), []);
        assert!(!c.has_files().await.unwrap());
    });
}

#[test]
fn what_nobody_attached_in_time_can_no_longer_be() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let group = group(&c).await;
        let (kept, late) = (brings(&c, &c.ada, group).await, brings(&c, &c.ada, group).await);
        sends(&c, &c.ada, group, &[kept.attachment.id]).await.unwrap();
        assert_eq!(c.files_gone(START).await.unwrap(), [], "it is as old as that, not older");
        let gone = c.files_gone(START + Duration::from_millis(1)).await.unwrap();
        assert_eq!(gone.iter().map(|gone| gone.id).collect::<Vec<_>>(), [late.attachment.id]);
        assert_eq!(refusal(sends(&c, &c.ada, group, &[late.attachment.id]).await), Code::Invalid);
        let place = FilePlace::Conversation(group);
        assert_eq!(refusal(c.uploaded(&c.ada, place, late.attachment.id).await), Code::NotFound);
        let known = c.known_objects(&[kept.object, Uuid::nil()]).await.unwrap();
        assert_eq!(known, HashSet::from([kept.object]));
    });
}

#[test]
fn images_wait_until_their_pictures_are_made_or_cannot_be() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let group = group(&c).await;
        let (good, bad) = (brings(&c, &c.ada, group).await, brings(&c, &c.ada, group).await);
        let (good, bad) = (good.attachment.id, bad.attachment.id);
        c.add_file(&c.ada, NewFile { size: None, ..image(group) }).await.unwrap();
        let soon = START + Duration::from_millis(1);
        let waiting: HashSet<FileId> = c.images_waiting(soon).await.unwrap().into_iter().collect();
        assert_eq!(waiting, HashSet::from([good, bad]));
        assert_eq!(c.waiting_for_thumbnails(good).await.unwrap().unwrap().bytes, 1234);
        c.set_thumbnails(good, Some((ThumbnailFormat::Webp, (480, 640)))).await.unwrap();
        c.set_thumbnails(bad, None).await.unwrap();
        let made = c.file(&c.ada, good).await.unwrap();
        assert_eq!((made.thumbnails, made.attachment.width), (Some(ThumbnailFormat::Webp), Some(480)));
        let refused = c.file(&c.ada, bad).await.unwrap().attachment;
        assert_eq!((refused.has_thumbnail, refused.width), (false, None));
        assert_eq!(c.images_waiting(soon).await.unwrap(), []);
        assert_eq!(c.waiting_for_thumbnails(good).await.unwrap(), None);
        // A second node that made them too changes nothing.
        c.set_thumbnails(good, None).await.unwrap();
        assert_eq!(c.file(&c.ada, good).await.unwrap(), made);
    });
}
