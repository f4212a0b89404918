//! Rooms, groups and direct conversations: who finds, reads, joins and keeps them.

use crate::community::{Community, refusal};
use crate::harness::{START, on_both};
use protocol::conversation::{
    ConversationEdit, ConversationKind, ConversationRole, ConversationRoleChange, Level, NewConversation,
};
use protocol::message::{MessageKind, SystemLine, Window};
use protocol::workspace::{Role, RoleChange};
use protocol::{Code, ConversationId, EventKind, Topic, UserId};

async fn members(c: &Community, id: ConversationId) -> Vec<UserId> {
    let page = c.participants(&c.ada, id, None, None).await.unwrap();
    assert_eq!(page.items.len(), c.conversation(&c.ada, id).await.unwrap().conversation.members as usize);
    page.items.into_iter().map(|member| member.person.id).collect()
}

fn edit(id: ConversationId, name: &str) -> ConversationEdit {
    ConversationEdit { id, name: Some(name.to_owned()), topic_line: None, is_default: None }
}

/// What the server wrote into a conversation, oldest first.
async fn lines(c: &Community, id: ConversationId) -> Vec<SystemLine> {
    let timeline = c.messages(&c.ada, id, Window::Latest).await.unwrap();
    let line = |kind| if let MessageKind::System(line) = kind { Some(line) } else { None };
    timeline.messages.into_iter().filter_map(|message| line(message.kind)).collect()
}

#[test]
fn everybody_but_guests_is_in_the_default_rooms() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let general = c.general().await;
        assert!(general.is_default);
        assert_eq!(members(&c, general.id).await, [c.ada.user, c.ben.user, c.cleo.user]);
        assert!(c.conversations(&c.gus, c.workspace).await.unwrap().is_empty());
        assert_eq!(refusal(c.conversation(&c.gus, general.id).await), Code::NotFound);

        let more = c.begins(ConversationKind::Room, "News", &[]).await;
        let everybody = ConversationEdit { is_default: Some(true), ..edit(more, "news") };
        assert_eq!(refusal(c.update_conversation(&c.ben, everybody.clone()).await), Code::Forbidden);
        c.update_conversation(&c.ada, everybody).await.unwrap();
        let dan = c.joins(Role::Member, "Dan").await;
        let mine = c.conversations(&dan, c.workspace).await.unwrap();
        let names: Vec<&str> = mine.iter().map(|state| state.conversation.name.as_str()).collect();
        assert_eq!(names, ["general", "news"]);
        assert!(
            mine.iter().all(|state| (state.unread, state.mentions) == (0, 0)),
            "before him is not unread"
        );

        let (workspace, user) = (c.workspace, c.gus.user);
        c.set_member_role(&c.ada, RoleChange { workspace, user, role: Role::Member }).await.unwrap();
        assert_eq!(c.conversations(&c.gus, c.workspace).await.unwrap().len(), 2);
    });
}

#[test]
fn a_room_is_found_read_and_joined_by_members_and_by_nobody_else() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.begins(ConversationKind::Room, "Winter Set", &[]).await;
        let said = c.says(&c.ada, room, "hello").await;
        let found = c.rooms(&c.ben, c.workspace, Some("winter".to_owned()), None).await.unwrap().items;
        assert_eq!((found.len(), found[0].joined, found[0].conversation.members), (1, false, 1));
        assert_eq!(found[0].conversation.name, "winter-set");
        let seen = c.messages(&c.ben, room, Window::Latest).await.unwrap();
        assert_eq!(seen.messages.last().unwrap().id, said.id);
        assert_eq!(seen.first_unread, None, "nothing is unread where one is not");
        assert_eq!(
            refusal(c.send_message(&c.ben, Community::new_message(room, None, "hi")).await),
            Code::Forbidden
        );
        assert!(c.may_read(c.ben.user, Topic::Conversation(room)).await.unwrap());

        assert_eq!(refusal(c.rooms(&c.gus, c.workspace, None, None).await), Code::Forbidden);
        for outsider in [&c.gus, &c.zoe] {
            assert_eq!(refusal(c.messages(outsider, room, Window::Latest).await), Code::NotFound);
            assert_eq!(refusal(c.message(outsider, said.id).await), Code::NotFound);
            assert_eq!(refusal(c.join_conversation(outsider, room).await), Code::NotFound);
            assert!(!c.may_read(outsider.user, Topic::Conversation(room)).await.unwrap());
        }

        let joined = c.join_conversation(&c.ben, room).await.unwrap();
        assert_eq!((joined.role, joined.unread), (Some(ConversationRole::Member), 0));
        c.join_conversation(&c.ben, room).await.unwrap();
        assert_eq!(members(&c, room).await, [c.ada.user, c.ben.user]);
        assert_eq!(lines(&c, room).await, [SystemLine::Created, SystemLine::Joined], "joining twice is once");
        c.leave_conversation(&c.ben, room).await.unwrap();
        c.leave_conversation(&c.ben, room).await.unwrap();
        assert_eq!(members(&c, room).await, [c.ada.user]);
    });
}

#[test]
fn a_rooms_name_is_its_own_among_the_living() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.begins(ConversationKind::Room, "soup", &[]).await;
        let other = c.begins(ConversationKind::Room, "bread", &[]).await;
        assert_eq!(refusal(c.update_conversation(&c.ada, edit(other, "SOUP")).await), Code::Taken);
        c.archive_conversation(&c.ada, room, true).await.unwrap();
        c.update_conversation(&c.ada, edit(other, "SOUP")).await.unwrap();
        assert_eq!(refusal(c.archive_conversation(&c.ada, room, false).await), Code::Taken);
        assert_eq!(
            refusal(c.send_message(&c.ada, Community::new_message(room, None, "hi")).await),
            Code::Forbidden
        );
        let renamed = SystemLine::Renamed { from: "bread".to_owned(), to: "soup".to_owned() };
        assert_eq!(lines(&c, other).await.last(), Some(&renamed));
        let again = NewConversation {
            id: other,
            workspace: c.workspace,
            kind: ConversationKind::Room,
            name: "bread".to_owned(),
            topic_line: String::new(),
            members: Vec::new(),
        };
        let there = c.create_conversation(&c.ada, again.clone()).await.unwrap().conversation;
        assert_eq!((there.name.as_str(), there.version), ("soup", 2), "the one that is there comes back");
        assert_eq!(refusal(c.create_conversation(&c.ben, again).await), Code::Taken);
    });
}

#[test]
fn a_group_is_for_those_who_were_added_and_keeps_an_owner() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let group = c.begins(ConversationKind::Group, "", &[c.ben, c.gus]).await;
        for outsider in [&c.cleo, &c.zoe] {
            assert_eq!(refusal(c.conversation(outsider, group).await), Code::NotFound);
            assert_eq!(refusal(c.messages(outsider, group, Window::Latest).await), Code::NotFound);
            assert_eq!(refusal(c.join_conversation(outsider, group).await), Code::NotFound);
            let add = c.add_participants(outsider, group, vec![outsider.user]).await;
            assert_eq!(refusal(add), Code::NotFound);
        }
        assert_eq!(refusal(c.add_participants(&c.ben, group, vec![c.zoe.user]).await), Code::NotFound);
        assert_eq!(refusal(c.add_participants(&c.gus, group, vec![c.cleo.user]).await), Code::Forbidden);
        assert_eq!(refusal(c.remove_participant(&c.ben, group, c.gus.user).await), Code::Forbidden);
        assert_eq!(refusal(c.update_conversation(&c.ben, edit(group, "Ours")).await), Code::Forbidden);
        let with = c.conversation(&c.gus, group).await.unwrap().with;
        let names: Vec<&str> = with.iter().map(|person| person.handle.as_str()).collect();
        assert_eq!(names.len(), 2, "the others name it: {names:?}");

        c.add_participants(&c.ben, group, vec![c.cleo.user]).await.unwrap();
        c.add_participants(&c.ben, group, vec![c.cleo.user]).await.unwrap();
        assert_eq!(c.conversation(&c.cleo, group).await.unwrap().conversation.members, 4);
        c.remove_participant(&c.ada, group, c.cleo.user).await.unwrap();
        assert_eq!(refusal(c.conversation(&c.cleo, group).await), Code::NotFound);

        let demoted = ConversationRoleChange { id: group, user: c.ada.user, role: ConversationRole::Member };
        assert_eq!(refusal(c.set_participant_role(&c.ada, demoted).await), Code::Forbidden);
        c.leave_conversation(&c.ada, group).await.unwrap();
        let bens = c.conversation(&c.ben, group).await.unwrap();
        let guests = c.conversation(&c.gus, group).await.unwrap();
        assert!(
            bens.role == Some(ConversationRole::Owner) || guests.role == Some(ConversationRole::Owner),
            "somebody who is left owns it"
        );
        for last in [&c.ben, &c.gus] {
            c.leave_conversation(last, group).await.unwrap();
        }
        let log = c.log_in(group).await;
        let archived = log.iter().any(|event| matches!(event.kind, EventKind::ConversationArchived(_)));
        assert!(archived, "nobody is in it any longer");
        assert!(!c.may_read(c.ben.user, Topic::Conversation(group)).await.unwrap());
    });
}

#[test]
fn a_direct_conversation_is_one_however_often_and_by_whom_it_is_opened() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let first = c.open_direct(&c.ada, c.workspace, c.ben.user).await.unwrap();
        let again = c.open_direct(&c.ada, c.workspace, c.ben.user).await.unwrap();
        let theirs = c.open_direct(&c.ben, c.workspace, c.ada.user).await.unwrap();
        let id = first.conversation.id;
        assert_eq!((again.conversation.id, theirs.conversation.id), (id, id));
        assert_eq!((first.with[0].handle.as_str(), theirs.with[0].handle.as_str()), ("ben", "ada"));
        let notes = c.open_direct(&c.ada, c.workspace, c.ada.user).await.unwrap();
        assert_ne!(notes.conversation.id, id);
        assert_eq!((notes.with[0].id, notes.conversation.members), (c.ada.user, 1));
        assert_eq!(refusal(c.open_direct(&c.ada, c.workspace, c.zoe.user).await), Code::NotFound);
        assert_eq!(refusal(c.open_direct(&c.zoe, c.workspace, c.ada.user).await), Code::NotFound);
        for outsider in [&c.cleo, &c.gus, &c.zoe] {
            assert_eq!(refusal(c.conversation(outsider, id).await), Code::NotFound, "not even admins");
        }
        c.says(&c.ben, id, "hello").await;
        assert_eq!(c.unread_in(&c.ada, id).await, (1, 1), "each message counts as if it named her");
        assert!(c.inbox(&c.ada).await.is_empty());
        assert_eq!(refusal(c.leave_conversation(&c.ben, id).await), Code::Forbidden);
    });
}

#[test]
fn leaving_the_workspace_ends_every_place_in_it_and_a_return_brings_back_what_was_between_two() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let general = c.general().await.id;
        let group = c.begins(ConversationKind::Group, "Two", &[c.ben]).await;
        let direct = c.open_direct(&c.ada, c.workspace, c.ben.user).await.unwrap().conversation.id;
        let looked_into = c.begins(ConversationKind::Room, "open", &[]).await;
        let topics = [general, group, direct, looked_into].map(Topic::Conversation);
        let before = c.heads(&topics).await.unwrap();
        c.remove_member(&c.ada, c.workspace, c.ben.user).await.unwrap();
        let after = c.heads(&topics).await.unwrap();
        for topic in topics {
            assert!(!c.may_read(c.ben.user, topic).await.unwrap(), "{topic}");
            let epoch = |heads: &[store::TopicHead]| {
                heads.iter().find(|head| head.topic == topic).unwrap().permission_epoch
            };
            assert!(epoch(&before) < epoch(&after), "{topic}: rights are checked again");
        }
        assert_eq!(c.access_also(&c.ben, &topics).await.unwrap().topics, [Topic::User(c.ben.user)]);
        assert_eq!(members(&c, general).await, [c.ada.user, c.cleo.user]);
        assert!(matches!(
            c.log_in(group).await.iter().rev().find(|event| matches!(event.kind, EventKind::ParticipantLeft { .. })),
            Some(event) if event.kind == EventKind::ParticipantLeft { user: c.ben.user, members: 1 }
        ));
        let last = c.own_log(&c.ben).await.pop().unwrap().kind;
        assert_eq!(last, EventKind::WorkspaceLeft { workspace: c.workspace }, "it says all of it");
        assert_eq!(
            refusal(c.send_message(&c.ada, Community::new_message(direct, None, "Still there?")).await),
            Code::Forbidden,
            "nobody would read it"
        );
        assert!(c.conversation(&c.ada, direct).await.is_ok(), "what was said stays readable");
    });
}

#[test]
fn a_guest_keeps_what_they_are_in_and_loses_what_they_only_looked_into() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let general = Topic::Conversation(c.general().await.id);
        let open = Topic::Conversation(c.begins(ConversationKind::Room, "open", &[]).await);
        let followed = [general, open];
        assert!(c.access_also(&c.ben, &followed).await.unwrap().topics.contains(&open));
        let before = c.heads(&[open]).await.unwrap()[0].permission_epoch;
        let (workspace, user) = (c.workspace, c.ben.user);
        c.set_member_role(&c.ada, RoleChange { workspace, user, role: Role::Guest }).await.unwrap();
        let topics = c.access_also(&c.ben, &followed).await.unwrap().topics;
        assert!(topics.contains(&general) && !topics.contains(&open));
        assert!(before < c.heads(&[open]).await.unwrap()[0].permission_epoch);
    });
}

#[test]
fn star_and_level_are_the_persons_own() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let id = c.general().await.id;
        c.star_conversation(&c.ben, id, true).await.unwrap();
        c.set_level(&c.ben, id, Level::Mentions).await.unwrap();
        let heads = c.heads_now().await;
        c.star_conversation(&c.ben, id, true).await.unwrap();
        c.set_level(&c.ben, id, Level::Mentions).await.unwrap();
        assert_eq!(c.heads_now().await, heads, "the second time changes nothing");
        let (bens, adas) =
            (c.conversation(&c.ben, id).await.unwrap(), c.conversation(&c.ada, id).await.unwrap());
        assert_eq!((bens.starred, bens.level), (true, Level::Mentions));
        assert_eq!((adas.starred, adas.level), (false, Level::All));
        let event = c.own_log(&c.ben).await.pop().unwrap().kind;
        assert_eq!(event, EventKind::ConversationArranged { id, level: Level::Mentions, starred: true });
        assert_eq!(refusal(c.star_conversation(&c.gus, id, true).await), Code::NotFound);
    });
}

#[test]
fn guests_begin_nothing_but_direct_conversations() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        for kind in [ConversationKind::Room, ConversationKind::Group] {
            let new = NewConversation {
                id: ConversationId::new(START),
                workspace: c.workspace,
                kind,
                name: "ours".to_owned(),
                topic_line: String::new(),
                members: Vec::new(),
            };
            assert_eq!(refusal(c.create_conversation(&c.gus, new.clone()).await), Code::Forbidden);
            assert_eq!(refusal(c.create_conversation(&c.zoe, new).await), Code::NotFound);
        }
        c.open_direct(&c.gus, c.workspace, c.ada.user).await.unwrap();
    });
}

#[test]
fn a_deleted_account_is_a_former_member_in_every_conversation() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let direct = c.open_direct(&c.ada, c.workspace, c.ben.user).await.unwrap().conversation.id;
        c.says(&c.ben, direct, "bye").await;
        c.delete_account(&c.ben, crate::community::PASSWORD.to_owned()).await.unwrap();
        let state = c.conversation(&c.ada, direct).await.unwrap();
        assert!(state.with[0].former);
        let said = c.messages(&c.ada, direct, Window::Latest).await.unwrap().messages.pop().unwrap();
        assert!(said.author.former && said.body == "bye");
        let text: String = c
            .read_after(Topic::Conversation(direct), 0, usize::MAX, usize::MAX)
            .await
            .unwrap()
            .iter()
            .map(|one| one.frame.to_string())
            .collect();
        assert!(!text.contains("Ben"), "{text}");
    });
}
