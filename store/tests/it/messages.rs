//! Messages: sent once, edited by their author, answered in threads, and gone when they are deleted.

use crate::community::{Community, refusal};
use crate::harness::on_both;
use protocol::conversation::{ConversationKind, Level};
use protocol::message::{Broadcast, Message, MessageEdit, NewMessage, Window};
use protocol::notification::NotificationKind;
use protocol::page::PageKey;
use protocol::reaction::{Reaction, ReactionTarget};
use protocol::{Code, EventKind, FileId, MessageId, Timestamp, Topic, limits};
use std::time::Duration;

fn edit(id: MessageId, base: u32, body: &str) -> MessageEdit {
    MessageEdit { id, base, body: body.to_owned() }
}

async fn latest(c: &Community, of: &store::Caller, id: protocol::ConversationId) -> Vec<Message> {
    c.messages(of, id, Window::Latest).await.unwrap().messages
}

#[test]
fn a_message_is_sent_once_and_its_number_is_that_of_its_event() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        let new = Community::new_message(room, None, "**hello** @ben");
        let sent = c.send_message(&c.ada, new.clone()).await.unwrap();
        let again = c.send_message(&c.ada, new.clone()).await.unwrap();
        assert_eq!(again, sent);
        assert_eq!(refusal(c.send_message(&c.ben, new).await), Code::Taken);
        assert!(sent.html.contains("<strong>hello</strong>") && sent.html.contains("class=\"mention\""));
        assert_eq!(sent.mentioned, [c.ben.user]);
        let event = c.log_in(room).await.pop().unwrap();
        assert_eq!(event.seq, sent.order);
        let EventKind::MessageCreated { message, replies: None } = event.kind else { panic!("{event:?}") };
        assert_eq!(message, sent);
        assert_eq!(latest(&c, &c.ben, room).await.last(), Some(&sent));
        assert_eq!(c.message(&c.ben, sent.id).await.unwrap().message, sent);
    });
}

#[test]
fn an_id_names_one_thing_only_and_unknown_files_are_refused() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        let post = c.posts(&c.ben, "Mine", "words").await;
        let stolen = NewMessage { id: MessageId(post.id.0), ..Community::new_message(room, None, "x") };
        assert_eq!(refusal(c.send_message(&c.cleo, stolen).await), Code::Taken);
        let said = c.says(&c.ben, room, "words").await;
        let mut stolen = c.new_post("Theirs", "x");
        stolen.id = protocol::PostId(said.id.0);
        assert_eq!(refusal(c.create_post(&c.cleo, stolen).await), Code::Taken);
        let attachments = vec![FileId::new(Timestamp(1))];
        let new = NewMessage { attachments, ..Community::new_message(room, None, "x") };
        assert_eq!(refusal(c.send_message(&c.cleo, new).await), Code::Invalid);
    });
}

#[test]
fn only_its_author_edits_a_message_and_a_clash_shows_both_texts() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        let said = c.says(&c.ben, room, "one").await;
        assert_eq!(refusal(c.update_message(&c.ada, edit(said.id, 1, "x")).await), Code::Forbidden);
        assert_eq!(refusal(c.update_message(&c.gus, edit(said.id, 1, "x")).await), Code::NotFound);
        let edited = c.update_message(&c.ben, edit(said.id, 1, "two @cleo")).await.unwrap();
        assert_eq!((edited.version, edited.order, edited.mentioned), (2, said.order, vec![c.cleo.user]));
        let again = c.update_message(&c.ben, edit(said.id, 1, "two @cleo")).await.unwrap();
        assert_eq!(again.version, 2, "the same again is a success");
        let clash = c.update_message(&c.ben, edit(said.id, 1, "three")).await.unwrap_err();
        let clash = protocol::Error::from(clash);
        assert_eq!(clash.conflict.unwrap().fields[0].theirs, "two @cleo");
        let texts: Vec<String> =
            c.message_history(&c.ada, said.id).await.unwrap().into_iter().map(|one| one.body).collect();
        assert_eq!(texts, ["two @cleo", "one"]);
        assert_eq!(refusal(c.message_history(&c.zoe, said.id).await), Code::NotFound);
    });
}

#[test]
fn answers_stand_under_their_root_and_are_counted_there() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        let root = c.says(&c.ada, room, "Who comes?").await;
        c.later();
        let first = c.answers(&c.ben, &root, "I do").await;
        c.later();
        // An answer to an answer stands beside it, and this one is also sent to the room.
        let new = NewMessage { in_room: true, ..Community::new_message(room, Some(first.id), "So do I") };
        let second = c.send_message(&c.cleo, new).await.unwrap();
        assert_eq!((first.thread, second.thread), (Some(root.id), Some(root.id)));
        let event = c.log_in(room).await.pop().unwrap().kind;
        let EventKind::MessageCreated { replies: Some(replies), .. } = event else { panic!("{event:?}") };
        let seen = c.message(&c.ben, root.id).await.unwrap().message.replies;
        assert_eq!(replies, seen);
        let people: Vec<&str> = seen.people.iter().map(|person| person.handle.as_str()).collect();
        assert_eq!((seen.count, people), (2, vec!["cleo", "ben"]));
        let shown: Vec<MessageId> = latest(&c, &c.ada, room).await.into_iter().map(|one| one.id).collect();
        assert!(shown.contains(&root.id) && shown.contains(&second.id) && !shown.contains(&first.id));
        let thread = c.thread(&c.gus, root.id, Window::Latest).await;
        assert_eq!(refusal(thread), Code::NotFound);
        let thread = c.thread(&c.ada, second.id, Window::Latest).await.unwrap();
        let answers: Vec<MessageId> = thread.replies.messages.iter().map(|one| one.id).collect();
        assert_eq!((thread.root.id, answers), (root.id, vec![first.id, second.id]));

        c.delete_message(&c.cleo, second.id).await.unwrap();
        let seen = c.message(&c.ben, root.id).await.unwrap().message.replies;
        assert_eq!((seen.count, seen.last_at, seen.people.len()), (1, Some(first.at), 1));
        c.delete_message(&c.ada, root.id).await.unwrap();
        let mark = latest(&c, &c.ben, room).await.into_iter().find(|one| one.id == root.id).unwrap();
        assert!(mark.deleted && mark.body.is_empty(), "it stands for its answer");
        c.delete_message(&c.ben, first.id).await.unwrap();
        assert!(!latest(&c, &c.ben, room).await.iter().any(|one| one.id == root.id));
        let elsewhere = c.begins(ConversationKind::Group, "", &[c.ben]).await;
        let new = Community::new_message(elsewhere, Some(root.id), "no such thread");
        assert_eq!(refusal(c.send_message(&c.ben, new).await), Code::NotFound);
    });
}

#[test]
fn a_deleted_message_leaves_no_word_behind() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        c.says(&c.ben, room, "@cleo innocent").await;
        let said = c.says(&c.ben, room, "@cleo secret").await;
        c.update_message(&c.ben, edit(said.id, 1, "@cleo secret, still")).await.unwrap();
        c.reacts(&c.ada, ReactionTarget::Message(said.id), "👍").await;
        c.save_message(&c.ada, said.id, true).await.unwrap();
        c.pin_message(&c.ada, said.id, true).await.unwrap();
        assert!(c.everything_logged().await.contains("secret"));
        assert_eq!(refusal(c.delete_message(&c.cleo, said.id).await), Code::Forbidden);
        assert_eq!(refusal(c.delete_message(&c.zoe, said.id).await), Code::NotFound);
        c.delete_message(&c.ada, said.id).await.unwrap();
        c.delete_message(&c.ada, said.id).await.unwrap();
        let logged = c.everything_logged().await;
        assert!(!logged.contains("secret"));
        assert!(logged.contains("innocent"), "others keep their text");
        assert!(c.inbox(&c.cleo).await.iter().all(|one| !one.excerpt.contains("secret")));
        assert!(c.saved_messages(&c.ada, None).await.unwrap().items.is_empty());
        assert!(c.pins(&c.ada, room).await.unwrap().is_empty());
        assert_eq!(refusal(c.message(&c.ben, said.id).await), Code::NotFound);
        assert_eq!(refusal(c.message_history(&c.ben, said.id).await), Code::NotFound);
        let deleted = c.log_in(room).await.into_iter().filter(|event| event.kind.name() == "message.deleted");
        assert_eq!(deleted.count(), 1);
    });
}

#[test]
fn reactions_pins_and_saves_are_set_and_removed() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        let said = c.says(&c.ben, room, "soup").await;
        let target = ReactionTarget::Message(said.id);
        for _ in 0..2 {
            c.reacts(&c.ada, target, "🍲").await;
            c.pin_message(&c.cleo, said.id, true).await.unwrap();
            c.save_message(&c.ada, said.id, true).await.unwrap();
        }
        let seen = latest(&c, &c.ada, room).await.pop().unwrap();
        assert_eq!(
            (seen.reactions[0].count, seen.mine, seen.pinned, seen.saved),
            (1, vec!["🍲".to_owned()], true, true)
        );
        let bens = c.message(&c.ben, said.id).await.unwrap().message;
        assert!(bens.mine.is_empty() && !bens.saved, "what is the viewer's is nobody else's");
        assert_eq!(c.pins(&c.ada, room).await.unwrap().len(), 1);
        let saved = c.saved_messages(&c.ada, None).await.unwrap().items;
        assert_eq!((saved.len(), saved[0].conversation.name.as_str()), (1, "general"));
        let told = c.inbox(&c.ben).await;
        assert_eq!(
            (told.len(), told[0].kind, told[0].message),
            (1, NotificationKind::Reaction, Some(said.id))
        );
        for outsider in [&c.gus, &c.zoe] {
            let reaction = Reaction { target, emoji: "🍲".to_owned() };
            assert_eq!(refusal(c.add_reaction(outsider, reaction).await), Code::NotFound);
            assert_eq!(refusal(c.pin_message(outsider, said.id, true).await), Code::NotFound);
            assert_eq!(refusal(c.save_message(outsider, said.id, true).await), Code::NotFound);
            assert_eq!(refusal(c.pins(outsider, room).await), Code::NotFound);
        }
        c.leave_conversation(&c.cleo, room).await.unwrap();
        assert_eq!(refusal(c.pin_message(&c.cleo, said.id, false).await), Code::Forbidden);
        c.pin_message(&c.ben, said.id, false).await.unwrap();
        c.save_message(&c.ada, said.id, false).await.unwrap();
        assert!(c.pins(&c.ada, room).await.unwrap().is_empty());
        assert!(c.saved_messages(&c.ada, None).await.unwrap().items.is_empty());
    });
}

#[test]
fn a_page_goes_on_where_another_ends() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        let mut sent = Vec::new();
        for number in 0..100 {
            sent.push(c.says(&c.ben, room, &format!("message {number}")).await);
        }
        let ids = |messages: &[Message]| messages.iter().map(|one| one.id).collect::<Vec<_>>();
        let all = ids(&sent);
        let page = limits::MESSAGES_PAGE_ROWS;
        let last = c.messages(&c.cleo, room, Window::Latest).await.unwrap();
        assert_eq!(ids(&last.messages), all[100 - page..]);
        assert_eq!((last.after.clone(), last.first_unread), (None, Some(sent[0].order)));
        let older = c.messages(&c.cleo, room, Window::Before(last.before.unwrap())).await.unwrap();
        assert_eq!(ids(&older.messages), all[100 - 2 * page..100 - page]);
        let newer = c.messages(&c.cleo, room, Window::After(older.after.unwrap())).await.unwrap();
        assert_eq!(ids(&newer.messages), all[100 - page..]);
        assert_eq!(newer.after, None);
        let around = c.messages(&c.cleo, room, Window::Around(all[50])).await.unwrap();
        let found = ids(&around.messages);
        assert!(found.contains(&all[50]) && found.len() == page, "{}", found.len());
        assert!(around.before.is_some() && around.after.is_some());
        c.move_read(&c.cleo, Topic::Conversation(room), sent[29].order).await.unwrap();
        let unread = c.messages(&c.cleo, room, Window::Unread).await.unwrap();
        assert_eq!(unread.first_unread, Some(sent[30].order));
        assert_eq!(ids(&unread.messages)[page / 3], all[30], "a third stands above it");
        let nonsense = Window::Before(PageKey("nonsense".to_owned()));
        assert_eq!(refusal(c.messages(&c.cleo, room, nonsense).await), Code::Invalid);
    });
}

#[test]
fn mentions_tell_those_who_are_there_and_want_to_be_told() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.begins(ConversationKind::Room, "soup", &[c.ben, c.gus]).await;
        c.says(&c.ada, room, "@ben @cleo @zoe hello").await;
        c.says(&c.gus, room, "@ben too").await;
        let told = c.inbox(&c.ben).await;
        assert_eq!((told.len(), told[0].kind, told[0].actor_count), (1, NotificationKind::Mention, 2));
        assert_eq!((told[0].title.as_str(), told[0].conversation), ("soup", Some(room)));
        assert!(c.inbox(&c.cleo).await.is_empty(), "she is not in it");

        c.set_level(&c.gus, room, Level::Nothing).await.unwrap();
        c.test.clock.advance(Duration::from_secs(3600));
        assert_eq!(c.reach(&c.ada, room, Broadcast::Room).await.unwrap(), 1);
        assert_eq!(c.reach(&c.ada, room, Broadcast::Here).await.unwrap(), 0, "nobody was here lately");
        let unread = c.unread(&c.ben).await;
        let said = c.says(&c.ada, room, "@room lunch, see #soup and #nothing").await;
        assert_eq!(said.broadcast, Some(Broadcast::Room));
        assert!(said.html.contains("<strong class=\"mention\">@room</strong>"), "{}", said.html);
        assert!(
            said.html.contains(&format!("/c/{room}\"")) && said.html.contains("#nothing"),
            "{}",
            said.html
        );
        assert_eq!(c.unread(&c.ben).await, unread, "merged with what he has not seen");
        assert_eq!(c.unread_in(&c.gus, room).await.1, 1, "the number counts, whatever the level");

        let root = c.says(&c.ben, room, "thread").await;
        c.answers(&c.ada, &root, "@here answer").await;
        let kinds: Vec<NotificationKind> = c.inbox(&c.ben).await.into_iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [NotificationKind::Thread, NotificationKind::Mention]);
        c.leave_conversation(&c.ben, room).await.unwrap();
        assert!(c.inbox(&c.ben).await.is_empty());
    });
}

#[test]
fn guests_do_not_find_out_which_rooms_there_are() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        c.begins(ConversationKind::Room, "plans", &[]).await;
        let group = c.begins(ConversationKind::Group, "", &[c.gus]).await;
        assert!(!c.says(&c.gus, group, "#plans?").await.html.contains("<a"));
        assert!(c.says(&c.ada, group, "#plans?").await.html.contains("<a"));
        c.begins(ConversationKind::Room, "visits", &[c.gus]).await;
        assert!(c.says(&c.gus, group, "#visits").await.html.contains("<a"), "one that he is in");
    });
}

#[test]
fn opening_a_conversation_asks_as_often_however_long_it_is() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        let root = c.says(&c.ben, room, "@ada first").await;
        c.answers(&c.cleo, &root, "answer").await;
        let ask = async |c: &Community| {
            [
                c.statements(c.messages(&c.ada, room, Window::Latest)).await,
                c.statements(c.messages(&c.ada, room, Window::Unread)).await,
                c.statements(c.thread(&c.ada, root.id, Window::Latest)).await,
                c.statements(c.conversations(&c.ada, c.workspace)).await,
                c.statements(c.conversation(&c.ada, room)).await,
                c.statements(c.rooms(&c.ada, c.workspace, None, None)).await,
                c.statements(c.saved_messages(&c.ada, None)).await,
            ]
        };
        c.save_message(&c.ada, root.id, true).await.unwrap();
        c.begins(ConversationKind::Group, "", &[c.ben]).await;
        let few = ask(&c).await;
        for number in 0..50 {
            let said = c.says(&c.ben, room, &format!("@ada message {number}")).await;
            c.reacts(&c.cleo, ReactionTarget::Message(said.id), "👍").await;
            c.answers(&c.cleo, &said, "@ada answer").await;
            c.answers(&c.cleo, &root, "@ada answer").await;
            c.save_message(&c.ada, said.id, true).await.unwrap();
            c.begins(ConversationKind::Room, &format!("room-{number}"), &[c.ben]).await;
        }
        assert_eq!(ask(&c).await, few);
        assert!(few.iter().all(|statements| *statements <= 12), "{few:?}");
        let sending = c.statements(c.send_message(&c.ben, Community::new_message(room, None, "plain"))).await;
        assert!(sending <= 7, "{sending} statements to send");
    });
}
