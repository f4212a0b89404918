//! What devices are told of, and what not: decided after the grace, by what is true then.

use crate::community::{Community, PASSWORD, refusal};
use crate::harness::{START, on_both};
use protocol::account::SignIn;
use protocol::conversation::{ConversationKind, Level};
use protocol::notification::ReadMark;
use protocol::push::{PushAbout, PushOutcome};
use protocol::reaction::ReactionTarget;
use protocol::{Code, ConversationId, Topic, limits};
use std::time::Duration;
use store::{Caller, DuePush, PushNews, PushTarget, PushTask, Settled};

const LEASE: Duration = Duration::from_secs(120);

fn target(name: &str) -> PushTarget {
    PushTarget {
        endpoint: format!("https://push.example.org/{name}"),
        p256dh: vec![4; 65],
        auth: vec![7; 16],
    }
}

/// A device of this person is told.
async fn subscribes(c: &Community, caller: &Caller, name: &str) {
    c.subscribe_push(caller, target(name)).await.unwrap();
}

async fn due(c: &Community) -> Vec<DuePush> {
    c.due_pushes(LEASE).await.unwrap()
}

/// What is due after the grace, each done as it should be.
async fn done(c: &Community) -> Vec<String> {
    c.test.clock.advance(limits::PUSH_GRACE);
    let mut did = Vec::new();
    for push in due(c).await {
        let (what, settled) = match &push.task {
            PushTask::Show(news) => (words(news), Settled::Shown),
            PushTask::Close => ("take it back".to_owned(), Settled::Closed),
            PushTask::Keep => ("keep it".to_owned(), Settled::Kept),
            PushTask::Drop(outcome) => (format!("{outcome:?}"), Settled::Dropped(*outcome)),
        };
        did.push(what);
        c.settle_push(&push, settled).await.unwrap();
    }
    did.sort();
    did
}

fn words(news: &PushNews) -> String {
    match news {
        PushNews::Notification(one) => format!("{:?}: {}", one.kind, one.excerpt),
        PushNews::Message(message) => format!("{}: {}", message.from.name, message.excerpt),
        PushNews::Test => "test".to_owned(),
    }
}

async fn outcomes(c: &Community, of: &Caller) -> Vec<(PushAbout, PushOutcome)> {
    c.push_log(of).await.unwrap().into_iter().map(|line| (line.about, line.outcome)).collect()
}

/// Ada's and Ben's conversation.
async fn between(c: &Community) -> ConversationId {
    c.open_direct(&c.ada, c.workspace, c.ben.user).await.unwrap().conversation.id
}

async fn reads(c: &Community, who: &Caller, id: ConversationId) {
    c.move_read(who, Topic::Conversation(id), u64::MAX >> 1).await.unwrap();
}

#[test]
fn a_device_is_told_after_the_grace_and_not_before() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        subscribes(&c, &c.ben, "ben").await;
        let general = c.general().await.id;
        c.says(&c.ada, general, "Good morning").await;
        c.says(&c.ada, general, "Lunch, @ben?").await;
        c.says(&c.ada, between(&c).await, "Or just us").await;
        assert!(due(&c).await.is_empty());
        c.test.clock.advance(limits::PUSH_GRACE - Duration::from_millis(1));
        assert!(due(&c).await.is_empty());
        assert_eq!(done(&c).await, ["Ada Lovelace: Or just us", "Mention: Lunch, @ben?"]);
        assert!(done(&c).await.is_empty(), "each once");
        let sent = outcomes(&c, &c.ben).await;
        assert_eq!(sent.len(), 2);
        assert!(sent.iter().all(|(_, outcome)| *outcome == PushOutcome::Sent));
        assert!(outcomes(&c, &c.ada).await.is_empty(), "the log is the person's own");
    });
}

#[test]
fn everything_in_the_inbox_calls_but_reactions() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        subscribes(&c, &c.ben, "ben").await;
        let post = c.posts(&c.ben, "Lunch", "").await;
        c.comments_on(&c.ada, &post, "When?").await;
        c.reacts(&c.cleo, ReactionTarget::Post(post.id), "👍").await;
        assert_eq!(done(&c).await, ["Comment: When?"]);
    });
}

#[test]
fn what_was_read_within_the_grace_is_not_told_and_the_log_says_when() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        subscribes(&c, &c.ben, "ben").await;
        let (general, direct) = (c.general().await.id, between(&c).await);
        c.says(&c.ada, direct, "Are you there?").await;
        c.says(&c.ada, general, "Lunch, @ben?").await;
        c.posts(&c.ada, "Lunch", "@ben").await;
        c.later();
        reads(&c, &c.ben, direct).await;
        reads(&c, &c.ben, general).await;
        c.read_notification(&c.ben, ReadMark::UpTo(START + LEASE)).await.unwrap();
        let at = START + Duration::from_secs(1);
        let read = format!("{:?}", PushOutcome::Read { at });
        assert_eq!(done(&c).await, [read.as_str(); 3]);
        assert_eq!(outcomes(&c, &c.ben).await.len(), 3);
        assert!(outcomes(&c, &c.ben).await.contains(&(PushAbout::Message, PushOutcome::Read { at })));
    });
}

#[test]
fn a_mention_that_was_read_in_its_room_is_not_told() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        subscribes(&c, &c.ben, "ben").await;
        let general = c.general().await.id;
        c.says(&c.ada, general, "Lunch, @ben?").await;
        reads(&c, &c.ben, general).await;
        assert_eq!(done(&c).await, [format!("{:?}", PushOutcome::Read { at: START })]);
    });
}

#[test]
fn many_messages_are_one_push_and_what_comes_later_is_told_again() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        subscribes(&c, &c.ben, "ben").await;
        let direct = between(&c).await;
        for text in ["One", "Two", "Three"] {
            c.says(&c.ada, direct, text).await;
            c.later();
        }
        assert_eq!(done(&c).await, ["Ada Lovelace: Three"]);
        c.says(&c.ada, direct, "Four").await;
        assert!(due(&c).await.is_empty(), "a grace of its own");
        assert_eq!(done(&c).await, ["Ada Lovelace: Four"]);
    });
}

#[test]
fn what_a_device_shows_is_taken_back_when_it_was_read_elsewhere_or_is_gone() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        subscribes(&c, &c.ben, "phone").await;
        let (general, direct) = (c.general().await.id, between(&c).await);
        let mention = c.says(&c.ada, general, "Lunch, @ben?").await;
        c.says(&c.ada, direct, "Hello").await;
        assert_eq!(done(&c).await.len(), 2);
        reads(&c, &c.ben, direct).await;
        assert_eq!(due(&c).await.len(), 1, "at once");
        c.test.clock.advance(LEASE);
        assert_eq!(done(&c).await, ["take it back"]);
        c.delete_message(&c.ada, mention.id).await.unwrap();
        assert_eq!(done(&c).await, ["take it back"]);
        assert_eq!(outcomes(&c, &c.ben).await[0], (PushAbout::Mention, PushOutcome::Withdrawn));
        assert!(done(&c).await.is_empty());
    });
}

#[test]
fn what_is_still_unread_stays_when_something_else_was_read() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        subscribes(&c, &c.ben, "phone").await;
        c.posts(&c.ada, "One", "@ben").await;
        c.later();
        c.posts(&c.ada, "Two", "@ben").await;
        assert_eq!(done(&c).await.len(), 2);
        let first = c.inbox(&c.ben).await.pop().unwrap();
        c.read_notification(&c.ben, ReadMark::One(first.id)).await.unwrap();
        assert_eq!(done(&c).await, ["keep it", "take it back"]);
        assert!(done(&c).await.is_empty());
    });
}

#[test]
fn what_is_read_while_it_is_being_sent_is_taken_back() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        subscribes(&c, &c.ben, "phone").await;
        let direct = between(&c).await;
        c.says(&c.ada, direct, "Hello").await;
        c.test.clock.advance(limits::PUSH_GRACE);
        let sending = due(&c).await.pop().unwrap();
        assert!(matches!(sending.task, PushTask::Show(_)));
        reads(&c, &c.ben, direct).await;
        c.settle_push(&sending, Settled::Shown).await.unwrap();
        assert_eq!(done(&c).await, ["take it back"]);
    });
}

#[test]
fn what_comes_while_something_is_being_sent_has_a_grace_of_its_own() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        subscribes(&c, &c.ben, "phone").await;
        let (general, direct) = (c.general().await.id, between(&c).await);
        for text in ["One, @ben", "Two, @ben"] {
            c.says(&c.ada, direct, text).await;
            c.says(&c.ada, general, text).await;
            c.test.clock.advance(limits::PUSH_GRACE);
            let sending = due(&c).await;
            assert_eq!(sending.len(), 2);
            c.says(&c.ada, direct, "Three, @ben").await;
            c.says(&c.ada, general, "Three, @ben").await;
            for push in sending {
                c.settle_push(&push, Settled::Shown).await.unwrap();
            }
            assert!(due(&c).await.is_empty());
            assert_eq!(done(&c).await, ["Ada Lovelace: Three, @ben", "Mention: Three, @ben"]);
        }
    });
}

#[test]
fn nobody_is_told_of_what_they_muted_left_or_wrote() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        for (who, name) in [(&c.ada, "ada"), (&c.ben, "ben"), (&c.cleo, "cleo"), (&c.zoe, "zoe")] {
            subscribes(&c, who, name).await;
        }
        let (general, direct) = (c.general().await.id, between(&c).await);
        c.set_level(&c.ben, direct, Level::Mentions).await.unwrap();
        c.says(&c.ada, direct, "Not told").await;
        assert!(done(&c).await.is_empty());

        // What changes within the grace counts as well.
        c.says(&c.ada, general, "@ben @cleo @zoe @ada").await;
        c.set_level(&c.ben, general, Level::Nothing).await.unwrap();
        c.remove_member(&c.ada, c.workspace, c.cleo.user).await.unwrap();
        assert_eq!(done(&c).await, ["Gone", "Gone"]);

        let group = c.begins(ConversationKind::Group, "Plans", &[c.ben]).await;
        c.says(&c.ada, group, "Everybody wants every message of a group, and hears of none").await;
        assert!(done(&c).await.is_empty());
    });
}

#[test]
fn a_device_that_is_signed_out_is_told_nothing() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let sign_in = SignIn { handle: "ben".to_owned(), password: PASSWORD.to_owned() };
        let phone = c.sign_in(sign_in, "Phone", "127.0.0.1").await.unwrap().caller;
        subscribes(&c, &c.ben, "laptop").await;
        subscribes(&c, &phone, "phone").await;
        c.says(&c.ada, between(&c).await, "Hello").await;
        c.sign_out(&phone).await.unwrap();
        assert_eq!(done(&c).await, ["Ada Lovelace: Hello"]);
        let devices = c.push_devices(&c.ben).await.unwrap();
        assert_eq!(devices.len(), 1);
        assert!(devices[0].current);
    });
}

#[test]
fn what_one_node_has_taken_no_other_takes_until_its_lease_ends() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let (other, _committed) = c.test.open_again().await;
        subscribes(&c, &c.ben, "ben").await;
        c.says(&c.ada, between(&c).await, "Hello").await;
        c.test.clock.advance(limits::PUSH_GRACE);
        assert_eq!(due(&c).await.len(), 1);
        assert!(other.due_pushes(LEASE).await.unwrap().is_empty());
        // The first node ends here. Nothing is forgotten.
        c.test.clock.advance(LEASE);
        let again = other.due_pushes(LEASE).await.unwrap();
        assert_eq!(again.len(), 1);
        other.settle_push(&again[0], Settled::Shown).await.unwrap();
        c.test.clock.advance(LEASE);
        assert!(due(&c).await.is_empty());
    });
}

#[test]
fn a_push_that_is_tried_again_is_decided_again() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        subscribes(&c, &c.ben, "ben").await;
        let direct = between(&c).await;
        c.says(&c.ada, direct, "Hello").await;
        c.test.clock.advance(limits::PUSH_GRACE);
        let first = due(&c).await.pop().unwrap();
        assert_eq!(first.attempts, 0);
        c.settle_push(&first, Settled::Again(Duration::from_secs(30))).await.unwrap();
        assert!(due(&c).await.is_empty());
        reads(&c, &c.ben, direct).await;
        c.test.clock.advance(Duration::from_secs(30));
        let second = due(&c).await.pop().unwrap();
        assert_eq!(second.attempts, 1);
        assert!(matches!(second.task, PushTask::Drop(PushOutcome::Read { .. })), "{:?}", second.task);
    });
}

#[test]
fn nothing_is_told_while_somebody_looks_and_nothing_that_is_a_day_old() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        assert!(!c.look(&c.ben, true).await.unwrap().wanted, "nobody asked to be told");
        subscribes(&c, &c.ben, "ben").await;
        let direct = between(&c).await;
        c.says(&c.ada, direct, "Hello").await;
        assert!(c.look(&c.ben, true).await.unwrap().wanted);
        assert_eq!(done(&c).await, ["Looking"]);
        c.says(&c.ada, direct, "Hello?").await;
        c.look(&c.ben, false).await.unwrap();
        assert_eq!(done(&c).await, ["Ada Lovelace: Hello?"]);
        reads(&c, &c.ben, direct).await;
        assert_eq!(done(&c).await, ["take it back"]);
        c.says(&c.ada, direct, "Long ago").await;
        c.test.clock.advance(limits::PUSH_NEWS_FOR);
        assert_eq!(done(&c).await, ["Late"]);
    });
}

#[test]
fn who_wants_no_disturbance_is_told_nothing_until_then() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        subscribes(&c, &c.ben, "ben").await;
        let direct = between(&c).await;
        assert_eq!(c.quiet_until(&c.ben).await.unwrap(), None);
        let until = c.set_quiet(&c.ben, 30).await.unwrap().unwrap();
        assert_eq!(until, START + Duration::from_secs(30 * 60));
        assert_eq!(c.quiet_until(&c.ben).await.unwrap(), Some(until));
        c.says(&c.ada, direct, "Hello").await;
        assert_eq!(done(&c).await, [format!("{:?}", PushOutcome::Quiet { until })]);
        c.test_push(&c.ben).await.unwrap();
        assert_eq!(done(&c).await, ["test"], "that was asked for just now");

        c.test.clock.advance(Duration::from_secs(30 * 60));
        assert_eq!(c.quiet_until(&c.ben).await.unwrap(), None);
        c.says(&c.ada, direct, "Hello again").await;
        assert_eq!(done(&c).await, ["Ada Lovelace: Hello again"]);
        c.set_quiet(&c.ben, 30).await.unwrap();
        assert_eq!(c.set_quiet(&c.ben, 0).await.unwrap(), None);
        assert_eq!(c.quiet_until(&c.ben).await.unwrap(), None);
        assert_eq!(refusal(c.set_quiet(&c.ben, limits::QUIET_MINUTES_MAX + 1).await), Code::Invalid);
    });
}

#[test]
fn a_test_reaches_all_devices_at_once_and_there_must_be_one() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        assert_eq!(refusal(c.test_push(&c.ben).await), Code::Invalid);
        subscribes(&c, &c.ben, "ben").await;
        subscribes(&c, &c.ada, "ada").await;
        c.look(&c.ben, true).await.unwrap();
        c.test_push(&c.ben).await.unwrap();
        let pushes = due(&c).await;
        assert_eq!(pushes.len(), 1);
        assert_eq!(pushes[0].target, target("ben"));
        c.settle_push(&pushes[0], Settled::Ended { status: 410 }).await.unwrap();
        assert!(c.push_devices(&c.ben).await.unwrap().is_empty());
        let ended = (PushAbout::Test, PushOutcome::Ended { status: 410 });
        assert_eq!(outcomes(&c, &c.ben).await, [ended]);
        assert_eq!(refusal(c.test_push(&c.ben).await), Code::Invalid);
    });
}

#[test]
fn a_device_belongs_to_whoever_signed_in_there_last_and_is_switched_off_by_its_owner_only() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        subscribes(&c, &c.ben, "shared").await;
        c.unsubscribe_push(&c.ada, c.ben.session).await.unwrap();
        assert_eq!(c.push_devices(&c.ben).await.unwrap().len(), 1, "Ada has no say in it");
        subscribes(&c, &c.ada, "shared").await;
        assert!(c.push_devices(&c.ben).await.unwrap().is_empty());
        subscribes(&c, &c.ada, "renewed").await;
        assert_eq!(c.push_devices(&c.ada).await.unwrap().len(), 1);
        c.unsubscribe_push(&c.ada, c.ada.session).await.unwrap();
        assert!(c.push_devices(&c.ada).await.unwrap().is_empty());
    });
}

#[test]
fn the_log_is_kept_for_a_week_and_goes_with_the_account() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        subscribes(&c, &c.ben, "ben").await;
        c.says(&c.ada, between(&c).await, "Hello").await;
        assert_eq!(done(&c).await.len(), 1);
        c.prune_pushes(START).await.unwrap();
        assert_eq!(outcomes(&c, &c.ben).await.len(), 1);
        c.test.clock.advance(limits::PUSH_LOG_KEPT_FOR);
        assert!(outcomes(&c, &c.ben).await.is_empty());
        let now = START + limits::PUSH_GRACE + Duration::from_secs(1);
        assert_eq!(c.prune_pushes(now).await.unwrap(), 2, "a line, and what it was about");
        c.delete_account(&c.ben, PASSWORD.to_owned()).await.unwrap();
        assert!(c.push_devices(&c.ben).await.unwrap().is_empty());
    });
}

#[test]
fn the_key_is_made_once_for_all_nodes() {
    on_both(|test| async move {
        let (other, _committed) = test.open_again().await;
        assert_eq!(test.push_key("first".to_owned()).await.unwrap(), "first");
        assert_eq!(other.push_key("second".to_owned()).await.unwrap(), "first");
    });
}

#[test]
fn what_is_due_costs_the_same_number_of_statements_for_one_device_and_for_many() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let direct = between(&c).await;
        let asked = async |c: &Community| {
            let before = c.pool_figures().queries;
            let count = due(c).await.len();
            (count, c.pool_figures().queries - before)
        };
        subscribes(&c, &c.ben, "ben").await;
        c.says(&c.ada, direct, "Hello").await;
        c.posts(&c.ada, "One", "@ben").await;
        c.test.clock.advance(limits::PUSH_GRACE);
        let (few, statements) = asked(&c).await;
        assert_eq!(few, 2);
        for (who, name) in [(c.ada, "ada"), (c.cleo, "cleo"), (c.gus, "gus")] {
            subscribes(&c, &who, name).await;
            let other = c.open_direct(&c.ben, c.workspace, who.user).await;
            let id = other.map_or(direct, |state| state.conversation.id);
            c.says(&c.ben, id, "Hello").await;
            c.posts(&c.ben, name, "@ada @cleo @gus").await;
        }
        c.test.clock.advance(limits::PUSH_GRACE);
        let (many, more_statements) = asked(&c).await;
        assert!(5 < many, "{many}");
        assert_eq!(statements, more_statements);
    });
}
