//! Every kind of event, one by one.

use super::{activity, make};
use crate::live::{Changes, Place, State, Target, TimelineId, Wanted};
use protocol::comment::Comment;
use protocol::conversation::{
    Conversation, ConversationMember, ConversationRole, ConversationState, Level, Receipt,
};
use protocol::draft::{Draft, DraftPlace};
use protocol::ephemeral::{Ephemeral, TypingPlace};
use protocol::event::ReactionChange;
use protocol::link::{LinkPreview, PreviewChange};
use protocol::message::{Message, Timeline, Window};
use protocol::notification::ReadMark;
use protocol::page::Page;
use protocol::post::{Feed, Post, PostPage};
use protocol::presence::{CustomStatus, PresenceChoice};
use protocol::reaction::{ReactionCount, ReactionTarget};
use protocol::workspace::{Member, Role};
use protocol::{ConversationId, EventKind, Person, SessionId, Timestamp, Topic};
use std::collections::BTreeSet;

/// A page with two posts by Ben, of which the first has two comments, at position 10.
fn page() -> State {
    let ben = make::person(2);
    let as_of = make::as_of(make::workspace_topic(), 10);
    let first = Post { comments: 2, ..make::post(1, &ben, 1) };
    let posts = vec![make::post(2, &ben, 2), first.clone()];
    let comments = vec![make::comment(1, first.id, &ben, 3), reply(2, 4)];
    let mut me = make::me();
    me.workspaces[0].position = make::position(10);
    me.workspaces[0].newest = 2;
    me.workspaces[0].read = 2;
    me.position = make::position(10);
    let mut state = State::new(me);
    state.load_feed(Feed { pinned: Vec::new(), posts, next: None, as_of });
    state.load_thread(
        PostPage { post: first, as_of },
        Page { items: comments, next: None, as_of: Some(as_of) },
    );
    let mine = make::as_of(Topic::User(make::person(1).id), 10);
    let mention = make::mention(1, &ben, make::post_id(1), Timestamp(500));
    state.load_notifications(Page { items: vec![mention], next: None, as_of: Some(mine) });
    activity::load(&mut state);
    let members = (1..=3).map(make::member).collect();
    state.load_members(make::workspace_id(), Page { items: members, next: None, as_of: Some(as_of) });
    let room = make::conversation();
    state.load_conversation(ConversationState {
        conversation: room.clone(),
        with: Vec::new(),
        role: Some(ConversationRole::Member),
        level: Level::All,
        starred: false,
        read: 7,
        unread: 0,
        mentions: 0,
        last_at: None,
        position: make::position(7),
    });
    state.load_participants(room.id, Page { items: Vec::new(), next: None, as_of: None });
    state.visit(room.id, Target::Unread);
    let messages = vec![make::message(1, &make::person(2), 5), make::message(2, &make::person(1), 6)];
    let as_of = make::as_of(make::conversation_topic(), 7);
    let timeline = Timeline { messages, before: None, after: None, as_of, first_unread: None };
    state.load_timeline(TimelineId::Conversation(room.id), &Window::Unread, timeline);
    state
}

fn reply(n: u64, order: u64) -> Comment {
    Comment {
        parent: Some(make::comment_id(1)),
        ..make::comment(n, make::post_id(1), &make::person(3), order)
    }
}

fn apply(state: &mut State, kind: EventKind) -> Changes {
    let topic = match kind {
        EventKind::ConversationCreated(_)
        | EventKind::ConversationUpdated(_)
        | EventKind::ConversationArchived(_)
        | EventKind::ParticipantJoined { .. }
        | EventKind::ParticipantLeft { .. }
        | EventKind::ParticipantUpdated(_)
        | EventKind::MessageCreated { .. }
        | EventKind::MessageUpdated(_)
        | EventKind::MessageDeleted { .. }
        | EventKind::MessagePinned { .. }
        | EventKind::MessageUnpinned { .. } => make::conversation_topic(),
        EventKind::WorkspaceJoined { .. }
        | EventKind::ConversationJoined { .. }
        | EventKind::ConversationLeft { .. }
        | EventKind::ConversationArranged { .. }
        | EventKind::MessageSaved { .. }
        | EventKind::WorkspaceLeft { .. }
        | EventKind::NotificationCreated { .. }
        | EventKind::NotificationRead { .. }
        | EventKind::DraftUpdated(_)
        | EventKind::ReadMoved { .. }
        | EventKind::SessionEnded { .. } => Topic::User(make::person(1).id),
        _ => make::workspace_topic(),
    };
    let seq = state.position(topic).map_or(1, |position| position.seq + 1);
    state.apply(&make::event(topic, seq, kind))
}

fn reaction(user: u64, count: u32) -> ReactionChange {
    ReactionChange {
        target: ReactionTarget::Post(make::post_id(1)),
        post: Some(make::post_id(1)),
        user: make::person(user).id,
        emoji: "👍".to_owned(),
        reactions: if count == 0 {
            Vec::new()
        } else {
            vec![ReactionCount { emoji: "👍".to_owned(), count }]
        },
    }
}

type Check = fn(&State, &Changes) -> bool;

/// One of each kind, and what must be true after it.
fn examples() -> Vec<(EventKind, Check)> {
    let (ben, dan) = (make::person(2), make::person(4));
    let (first, second) = (make::post_id(1), make::post_id(2));
    let edited = Post { title: "Edited".to_owned(), version: 2, ..make::post(1, &ben, 1) };
    let edited_comment =
        Comment { body: "Edited".to_owned(), version: 2, ..make::comment(1, first, &ben, 3) };
    let renamed = Person { name: "Benjamin".to_owned(), ..ben.clone() };
    let renamed = Member { person: renamed, role: Role::Admin, ..make::member(2) };
    let draft = Draft {
        place: DraftPlace::Comment(first),
        title: String::new(),
        body: "Begun elsewhere".to_owned(),
        at: Timestamp(2_000),
    };
    let mut examples: Vec<(EventKind, Check)> = vec![
        (EventKind::PostCreated(make::post(3, &ben, 0)), |state, changes| {
            let post = state.post(make::post_id(3)).unwrap();
            let unread = state.memberships()[0].newest == 11;
            post.order == 11
                && state.feed_rows(make::workspace_id())[0] == post.id
                && unread
                && changes.workspaces
        }),
        (EventKind::PostUpdated(edited), |state, _| {
            let post = state.post(make::post_id(1)).unwrap();
            post.title == "Edited" && post.comments == 2 && post.order == 1
        }),
        (EventKind::PostDeleted { id: first }, |state, _| {
            let gone = state.post(make::post_id(1)).is_none() && state.comment(make::comment_id(1)).is_none();
            let notification = &state.visible().notifications.0[0];
            gone && state.feed_rows(make::workspace_id()).len() == 1 && notification.excerpt.is_empty()
        }),
        (EventKind::PostPinned { id: second, pinned: true }, |state, _| {
            let pinned = state.post(make::post_id(2)).unwrap().pinned;
            pinned && state.pinned_rows(make::workspace_id()) == [make::post_id(2)]
        }),
        (EventKind::CommentCreated { comment: make::comment(3, first, &ben, 0), comments: 3 }, |state, _| {
            let comment = state.comment(make::comment_id(3)).unwrap();
            let last = state.comment_rows(make::post_id(1)).0.pop();
            comment.order == 11
                && state.post(make::post_id(1)).unwrap().comments == 3
                && last == Some(comment.id)
        }),
        (EventKind::CommentUpdated(edited_comment), |state, _| {
            state.comment(make::comment_id(1)).unwrap().body == "Edited"
        }),
        (EventKind::CommentDeleted { id: make::comment_id(1), post: first, comments: 1 }, |state, _| {
            let mark = state.comment(make::comment_id(1)).unwrap();
            let stands = state.comment_rows(make::post_id(1)).0 == [make::comment_id(1)];
            mark.deleted
                && mark.body.is_empty()
                && stands
                && state.post(make::post_id(1)).unwrap().comments == 1
        }),
        (EventKind::ReactionAdded(reaction(1, 4)), |state, _| {
            let post = state.post(make::post_id(1)).unwrap();
            post.reactions[0].count == 4 && post.mine == ["👍"]
        }),
        (EventKind::ReactionRemoved(reaction(2, 0)), |state, _| {
            let post = state.post(make::post_id(1)).unwrap();
            post.reactions.is_empty() && post.mine.is_empty()
        }),
        (previews(ReactionTarget::Post(make::post_id(1))), |state, _| {
            state.post(make::post_id(1)).unwrap().previews.len() == 1
        }),
        (previews(ReactionTarget::Comment(make::comment_id(1))), |state, _| {
            state.comment(make::comment_id(1)).unwrap().previews.len() == 1
        }),
        (EventKind::MemberJoined(make::member(4)), |state, _| {
            state.member_rows(make::workspace_id()).len() == 4
        }),
        (EventKind::MemberLeft(Member { person: Person::former(ben.id), ..make::member(2) }), |state, _| {
            let former = state.post(make::post_id(1)).unwrap().author.former;
            former && state.member_rows(make::workspace_id()).len() == 2
        }),
        (EventKind::MemberUpdated(renamed), |state, _| {
            let names = [
                state.post(make::post_id(1)).unwrap().author.name,
                state.comment(make::comment_id(1)).unwrap().author.name,
                state.visible().notifications.0[0].actors[0].name.clone(),
            ];
            names.iter().all(|name| name == "Benjamin")
        }),
        (
            EventKind::PresenceChosen(PresenceChoice { invisible: true, ..PresenceChoice::default() }),
            |state, changes| state.visible().own.unwrap().0.invisible && changes.me,
        ),
        (EventKind::WorkspaceUpdated(make::workspace(1, "Orchard")), |state, _| {
            state.memberships()[0].workspace.name == "Orchard"
        }),
        (
            EventKind::WorkspaceJoined { workspace: make::workspace(2, "Attic"), role: Role::Guest },
            |state, changes| {
                let conversations = Wanted::Conversations(make::workspace(2, "Attic").id);
                state.memberships().len() == 2
                    && changes.wanted == [conversations, Wanted::Me, Wanted::Notifications]
            },
        ),
        (EventKind::WorkspaceLeft { workspace: make::workspace_id() }, |state, changes| {
            let nothing = state.memberships().is_empty() && state.feed_rows(make::workspace_id()).is_empty();
            let told = state.visible().notifications.0;
            nothing
                && told.is_empty()
                && state.post(make::post_id(1)).is_none()
                && changes.left == Some(make::workspace_id())
                && changes.wanted == [Wanted::Me, Wanted::Notifications]
        }),
        (
            EventKind::NotificationCreated {
                notification: make::mention(2, &dan, second, Timestamp(900)),
                unread: 2,
            },
            |state, changes| {
                let (rows, unread) = state.visible().notifications;
                rows[0].id == make::notification_id(2) && unread == 2 && changes.notify.len() == 1
            },
        ),
        (EventKind::NotificationRead { mark: ReadMark::UpTo(Timestamp(500)), unread: 0 }, |state, _| {
            let (rows, unread) = state.visible().notifications;
            rows[0].read && unread == 0
        }),
        (EventKind::DraftUpdated(draft), |state, _| {
            state.visible().drafts.values().any(|draft| draft.body == "Begun elsewhere")
        }),
        (EventKind::ReadMoved { topic: make::workspace_topic(), seq: 10, unread: None }, |state, _| {
            state.memberships()[0].read == 10
        }),
        (EventKind::SessionEnded { session: Some(make::session_id(1)) }, |_, changes| changes.signed_out),
    ];
    examples.extend(of_conversations());
    examples
}

/// On the page stands a room with messages 1 by Ben and 2 by Ada, up to number 7 of its log.
fn of_conversations() -> Vec<(EventKind, Check)> {
    let (conversation, ben) = (make::conversation(), make::person(2));
    let id = make::message(1, &ben, 5).id;
    let member = |name: &str| ConversationMember {
        person: Person { name: name.to_owned(), ..make::person(2) },
        role: ConversationRole::Owner,
        joined_at: Timestamp(0),
    };
    let named = |name: &str| Conversation { name: name.to_owned(), ..make::conversation() };
    vec![
        (EventKind::ConversationCreated(named("begun")), |state, _| here(state).conversation.name == "begun"),
        (EventKind::ConversationUpdated(named("other")), |state, _| here(state).conversation.name == "other"),
        (
            EventKind::ConversationArchived(Conversation {
                archived_at: Some(Timestamp(9)),
                ..conversation.clone()
            }),
            |state, _| state.sidebar(make::workspace_id()).rooms.is_empty(),
        ),
        (EventKind::ParticipantJoined { member: member("Ben"), members: 3 }, |state, _| {
            here(state).conversation.members == 3 && state.participants(make::conversation().id).len() == 1
        }),
        (EventKind::ParticipantLeft { user: ben.id, members: 1 }, |state, _| {
            here(state).conversation.members == 1
        }),
        (EventKind::ParticipantUpdated(member("Benjamin")), |state, _| {
            let members = state.participants(make::conversation().id);
            members
                .iter()
                .any(|member| member.person.name == "Benjamin" && member.role == ConversationRole::Owner)
        }),
        (EventKind::MessageCreated { message: make::message(3, &ben, 0), replies: None }, |state, _| {
            let shown = state.timeline_rows(TimelineId::Conversation(make::conversation().id));
            shown.len() == 3 && here(state).unread == 1
        }),
        (
            EventKind::MessageUpdated(Message {
                body: "Other words".to_owned(),
                ..make::message(1, &ben, 5)
            }),
            |state, _| {
                let message = make::message(1, &make::person(2), 5).id;
                state.message(message).is_some_and(|message| message.body == "Other words")
            },
        ),
        (make::deleted(id, 5), |state, _| {
            state.timeline_rows(TimelineId::Conversation(make::conversation().id)).len() == 1
        }),
        (EventKind::MessagePinned { id }, |state, _| {
            state.message(make::message(1, &make::person(2), 5).id).is_some_and(|message| message.pinned)
        }),
        (EventKind::MessageUnpinned { id }, |state, _| {
            state.message(make::message(1, &make::person(2), 5).id).is_some_and(|message| !message.pinned)
        }),
        (EventKind::MessageSaved { id, conversation: conversation.id, saved: true }, |state, _| {
            state.message(make::message(1, &make::person(2), 5).id).is_some_and(|message| message.saved)
        }),
        (
            EventKind::ConversationJoined {
                conversation: Conversation { id: ConversationId(make::id(9, 2)), ..conversation.clone() },
                role: ConversationRole::Member,
                with: Vec::new(),
            },
            |state, changes| {
                let new = ConversationId(make::id(9, 2));
                state.sidebar(make::workspace_id()).rooms.contains(&new)
                    && changes.wanted.contains(&Wanted::Conversation(new))
            },
        ),
        (
            EventKind::ConversationArranged { id: conversation.id, level: Level::Mentions, starred: true },
            |state, _| state.sidebar(make::workspace_id()).starred == [make::conversation().id],
        ),
        (EventKind::ConversationLeft { id: conversation.id }, |state, _| here(state).role.is_none()),
    ]
}

fn previews(target: ReactionTarget) -> EventKind {
    let preview = LinkPreview {
        url: "https://example.org/".to_owned(),
        site: "Example".to_owned(),
        title: "Soup".to_owned(),
        description: String::new(),
    };
    EventKind::PreviewUpdated(PreviewChange { target, post: Some(make::post_id(1)), previews: vec![preview] })
}

fn here(state: &State) -> ConversationState {
    state.conversation(make::conversation().id).expect("it is on the page")
}

#[test]
fn every_kind_of_event_does_what_it_says() {
    let examples: Vec<_> = examples().into_iter().chain(activity::examples()).collect();
    let shown: BTreeSet<&str> = examples.iter().map(|(kind, _)| kind.name()).collect();
    assert_eq!(shown, BTreeSet::from(EventKind::NAMES), "a kind without an example here");
    for (kind, check) in examples {
        let name = kind.name();
        let mut state = page();
        let changes = apply(&mut state, kind);
        assert!(check(&state, &changes), "{name}");
    }
}

#[test]
fn an_event_that_a_page_includes_changes_nothing() {
    for (kind, _) in examples() {
        let mut state = page();
        let before = state.visible();
        let (name, topic) = (kind.name(), make::workspace_topic());
        let changes = state.apply(&make::event(topic, 10, kind));
        assert_eq!(state.visible(), before, "{name}");
        assert!(changes.notify.is_empty(), "{name}");
    }
}

#[test]
fn the_session_of_another_device_is_not_mine() {
    let mut state = page();
    let other = SessionId(make::id(5, 2));
    assert!(!apply(&mut state, EventKind::SessionEnded { session: Some(other) }).signed_out);
    assert!(apply(&mut state, EventKind::SessionEnded { session: None }).signed_out);
}

#[test]
fn new_posts_wait_behind_the_pill_while_somebody_reads_further_down() {
    let mut state = page();
    let workspace = make::workspace_id();
    state.look_at(Place::Feed(workspace));
    state.at_top(workspace, false);
    let before = state.feed_rows(workspace);
    apply(&mut state, EventKind::PostCreated(make::post(3, &make::person(2), 0)));
    assert_eq!(state.feed_rows(workspace), before);
    assert!(state.read_on_screen().reads.is_empty(), "what waits is not read");
    apply(&mut state, EventKind::PostCreated(make::post(4, &make::person(1), 0)));
    assert_eq!(state.feed_rows(workspace)[0], make::post_id(4), "my own stands at once");
    state.show_fresh(workspace);
    assert_eq!(state.feed_rows(workspace)[..2], [make::post_id(4), make::post_id(3)]);
    state.at_top(workspace, true);
    assert_eq!(state.read_on_screen().reads, [(make::workspace_topic(), 11)]);
}

#[test]
fn an_old_post_that_is_pinned_is_asked_for() {
    let mut state = page();
    let changes = apply(&mut state, EventKind::PostPinned { id: make::post_id(9), pinned: true });
    assert_eq!(changes.wanted, [Wanted::Post(make::post_id(9))]);
    let as_of = make::as_of(make::workspace_topic(), 11);
    let post = Post { pinned: true, ..make::post(9, &make::person(2), 1) };
    state.load_post(PostPage { post, as_of });
    assert_eq!(state.pinned_rows(make::workspace_id()), [make::post_id(9)]);
}

#[test]
fn a_comment_that_arrives_ends_its_authors_typing() {
    let mut state = page();
    let (ben, post) = (make::person(2), make::post_id(1));
    let typing =
        Ephemeral::Typing { user: ben.id, name: ben.name.clone(), place: TypingPlace::Post(post), on: true };
    state.ephemeral(make::workspace_topic(), typing, Timestamp(0));
    assert_eq!(state.writers(TypingPlace::Post(post)), ["Ben"]);
    apply(&mut state, EventKind::CommentCreated { comment: make::comment(3, post, &ben, 0), comments: 3 });
    assert!(state.writers(TypingPlace::Post(post)).is_empty());
}

#[test]
fn comments_written_beyond_a_gap_stand_below_it() {
    let mut state = page();
    let (ben, post) = (make::person(2), make::post_id(2));
    let as_of = make::as_of(make::workspace_topic(), 10);
    let next = Some(protocol::page::PageKey("5".to_owned()));
    let items = vec![make::comment(5, post, &ben, 5)];
    state.load_thread(
        PostPage { post: make::post(2, &ben, 2), as_of },
        Page { items, next, as_of: Some(as_of) },
    );
    apply(&mut state, EventKind::CommentCreated { comment: make::comment(7, post, &ben, 0), comments: 3 });
    assert_eq!(state.comment_rows(post), (vec![make::comment_id(5)], vec![make::comment_id(7)]));
    let items = vec![make::comment(6, post, &ben, 6), make::comment(7, post, &ben, 11)];
    let as_of = make::as_of(make::workspace_topic(), 11);
    state.load_more_comments(post, Page { items, next: None, as_of: Some(as_of) });
    assert_eq!(state.comment_rows(post), ([5, 6, 7].map(make::comment_id).to_vec(), Vec::new()));
}

#[test]
fn nothing_of_one_person_is_shown_to_the_next() {
    let mut state = page();
    let mut next = make::me();
    next.person = make::person(3);
    next.workspaces.clear();
    state.load_me(next.clone());
    assert_eq!(state.visible(), State::new(next).visible());
}

fn status(until: i64) -> CustomStatus {
    CustomStatus { emoji: "🌴".to_owned(), text: "Away".to_owned(), until: Some(Timestamp(until)) }
}

#[test]
fn a_status_ends_by_itself_in_every_open_window() {
    let mut state = page();
    for who in [1, 2] {
        let member = Member { status: Some(status(5_000)), ..make::member(who) };
        apply(&mut state, EventKind::MemberUpdated(member));
    }
    let shown = |state: &State, now| state.statuses(make::workspace_id(), Timestamp(now)).len();
    assert_eq!((shown(&state, 4_999), shown(&state, 5_000)), (2, 0), "not even until the next tick");
    assert!(state.tick(Timestamp(4_999)).members.is_empty());
    let changes = state.tick(Timestamp(5_000));
    assert!(changes.members.contains(&make::workspace_id()) && changes.me);
    assert_eq!((shown(&state, 4_999), state.visible().own.unwrap().1), (0, None));
    assert!(state.member_rows(make::workspace_id()).iter().all(|member| member.status.is_none()));
}

#[test]
fn who_says_something_is_known_from_the_first_answer_on() {
    let mut me = make::me();
    me.workspaces[0].with_status = vec![Member { status: Some(status(5_000)), ..make::member(2) }];
    let mut state = State::new(me);
    assert_eq!(state.statuses(make::workspace_id(), Timestamp(0))[&make::person(2).id].text, "Away");
    apply(&mut state, EventKind::MemberUpdated(make::member(2)));
    assert!(state.statuses(make::workspace_id(), Timestamp(0)).is_empty(), "he cleared it");
}

#[test]
fn the_wish_not_to_be_disturbed_ends_by_itself() {
    let mut state = page();
    let choice = PresenceChoice { quiet_until: Some(Timestamp(5_000)), ..PresenceChoice::default() };
    apply(&mut state, EventKind::PresenceChosen(choice));
    state.tick(Timestamp(4_999));
    assert_eq!(state.visible().own.unwrap().0, choice);
    assert!(state.tick(Timestamp(5_000)).me);
    assert_eq!(state.visible().own.unwrap().0, PresenceChoice::default());
}

#[test]
fn receipts_move_forward_and_somebody_unknown_is_asked_about() {
    let mut state = page();
    let (room, topic) = (make::conversation().id, make::conversation_topic());
    let (ben, cleo) = (make::person(2), make::person(3));
    let seen = |user, seq| Ephemeral::Seen { user, seq };
    let changes = state.ephemeral(topic, seen(ben.id, 5), Timestamp(0));
    assert_eq!(changes.wanted, [Wanted::Receipts(room)], "nothing was asked yet");
    let receipt = |person: &Person, seq| Receipt { person: person.clone(), seq };
    state.load_receipts(room, vec![receipt(&ben, 4)]);
    assert!(state.ephemeral(topic, seen(ben.id, 6), Timestamp(0)).receipts.contains(&room));
    state.ephemeral(topic, seen(ben.id, 5), Timestamp(0));
    assert_eq!(state.receipts(room), [receipt(&ben, 6)]);
    assert_eq!(state.ephemeral(topic, seen(cleo.id, 6), Timestamp(0)).wanted, [Wanted::Receipts(room)]);
    // The answer was read before the last word of Ben.
    state.load_receipts(room, vec![receipt(&ben, 5), receipt(&cleo, 6)]);
    assert_eq!(state.receipts(room), [receipt(&ben, 6), receipt(&cleo, 6)]);
    let changes = state.ephemeral(topic, seen(cleo.id, 0), Timestamp(0));
    assert!(changes.receipts.contains(&room) && changes.wanted.is_empty());
    assert_eq!(state.receipts(room), [receipt(&ben, 6)], "she shows it no longer");
    state.load_receipts(room, vec![receipt(&cleo, 6)]);
    assert_eq!(state.receipts(room), [receipt(&cleo, 6)], "he no longer shows it");
}
