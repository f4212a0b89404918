//! What the palette finds, and for whom.

use super::*;
use crate::live::tests::make;

fn labels(role: Role, instance: InstanceRole, typed: &str) -> Vec<String> {
    let membership = |n, name| Membership {
        workspace: make::workspace(n, name),
        role,
        position: make::position(0),
        read: 0,
        newest: 0,
        with_status: Vec::new(),
    };
    let workspaces = [membership(1, "Garden"), membership(2, "Attic")];
    let mut members = [make::member(1), make::member(2)];
    members[0].person.name = "Aleksandra Wiśniewska".to_owned();
    let mut post = make::post(1, &make::person(1), 1);
    post.title = "Budget 2027, second reading".to_owned();
    let known = Known {
        workspaces: &workspaces,
        current: workspaces.first(),
        conversations: &[],
        rooms: &[],
        members: &members,
        posts: &[post],
        role: Some(instance),
    };
    rows(known, typed).into_iter().map(|row| row.label).collect()
}

#[test]
fn places_people_posts_and_actions_are_found_by_parts_of_their_words() {
    let find = |typed: &str| {
        let mut labels = labels(Role::Member, InstanceRole::Member, typed);
        assert_eq!(labels.pop(), Some(format!("Search for “{typed}”")), "the last one leads on");
        labels
    };
    assert_eq!(find("wiś"), ["Aleksandra Wiśniewska"]);
    assert_eq!(find("@ben"), ["Ben"]);
    assert_eq!(find("second budget"), ["Budget 2027, second reading"]);
    assert_eq!(find("new po"), ["New post"]);
    assert_eq!(find("attic"), ["Attic"]);
    assert_eq!(find("nothing like this"), [""; 0]);
}

#[test]
fn nothing_is_offered_that_the_person_may_not_do() {
    let has = |role, instance, typed, label: &str| labels(role, instance, typed).iter().any(|l| l == label);
    assert!(!has(Role::Guest, InstanceRole::Member, "new post", "New post"));
    assert!(has(Role::Member, InstanceRole::Member, "new post", "New post"));
    assert!(!has(Role::Owner, InstanceRole::Member, "audit", "Audit log"));
    assert!(has(Role::Guest, InstanceRole::Admin, "audit", "Audit log"));
}

#[test]
fn what_begins_with_the_words_stands_first_in_its_section() {
    let found = labels(Role::Member, InstanceRole::Admin, "pe");
    assert_eq!(found.first().map(String::as_str), Some("People"));
}

#[test]
fn conversations_come_first_the_best_match_and_then_those_where_something_waits() {
    let mut state = State::new(make::me());
    let talk = |n: u64, name: &str, unread: u32| {
        let mut talk = make::conversation_state();
        talk.conversation.id = protocol::ConversationId(make::id(9, n));
        talk.conversation.name = name.to_owned();
        (talk.unread, talk.mentions, talk.last_at) = (unread, 0, Some(protocol::Timestamp(n as i64)));
        talk
    };
    let mut pinged = talk(4, "north-wall", 3);
    pinged.mentions = 2;
    let all = vec![talk(1, "wall-north", 0), talk(2, "the-wall", 0), talk(3, "old-wall", 7), pinged];
    state.load_conversations(make::workspace_id(), all);
    let other = talk(5, "sea-wall", 0).conversation;
    let found = |state: &State, typed: &str| {
        let rooms = std::slice::from_ref(&other);
        let rows = state.palette(Some(make::workspace_id()), rooms, typed).into_iter();
        let rows = rows.filter(|row| row.section == Section::Conversations);
        rows.map(|row| format!("{}: {}", row.label, row.detail)).collect::<Vec<_>>()
    };
    let waiting = ["north-wall: Room · 2 mentions", "old-wall: Room · unread"];
    assert_eq!(found(&state, "")[..2], waiting);
    assert_eq!(found(&state, "")[2..], ["the-wall: Room", "wall-north: Room"], "the latest first");
    assert_eq!(found(&state, "#wall")[0], "wall-north: Room", "it begins so");
    assert_eq!(found(&state, "wall")[1..3], waiting);
    assert_eq!(found(&state, "sea"), ["sea-wall: Room"]);
    assert_eq!(found(&state, "").len(), 4, "one that was not joined is found by its name");
    assert!(state.palette(None, &[], "wall").iter().all(|row| row.section != Section::Conversations));
}

#[test]
fn posts_and_people_of_other_workspaces_stay_there() {
    let mut state = State::new(make::me());
    let page = protocol::page::Page { items: vec![make::member(2)], next: None, as_of: None };
    state.load_members(make::workspace_id(), page);
    let here =
        |on_screen| state.palette(on_screen, &[], "ben").into_iter().map(|row| row.label).collect::<Vec<_>>();
    assert_eq!(here(Some(make::workspace_id())).first().map(String::as_str), Some("Ben"));
    assert_eq!(here(Some(make::workspace(2, "Attic").id)), [""; 0]);
    assert_eq!(here(None), [""; 0]);
}

#[test]
fn the_part_that_was_typed_is_marked_whatever_its_case() {
    assert_eq!(mark("Building works", "bu"), Some(0..2));
    assert_eq!(mark("Wiśniewska", "ŚN"), Some(2..5));
    assert_eq!(mark("Feed", ""), None);
    assert_eq!(mark("Feed", "feeds"), None);
}
