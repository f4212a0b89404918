//! Custom events: published once, to whom they concern, listed for them alone, and gone when their time is
//! over.

use crate::community::{Community, refusal};
use crate::harness::{START, on_both};
use crate::plans::{self, Watching};
use protocol::custom_event::{CustomEvent, EventFilter, NewCustomEvent, Notice};
use protocol::json::Json;
use protocol::notification::{Notification, NotificationKind};
use protocol::token::NewBot;
use protocol::workspace::Role;
use protocol::{Code, CustomEventId, Error, EventKind, UserId, WorkspaceId, limits};
use serde_json::{Value, json};
use std::time::Duration;
use store::Caller;

fn event(kind: &str, payload: &Value) -> NewCustomEvent {
    NewCustomEvent {
        id: CustomEventId::new(START),
        kind: kind.to_owned(),
        payload: Json::of(payload),
        person: None,
        notice: None,
    }
}

fn notice(text: &str, link: Option<&str>) -> Option<Notice> {
    Some(Notice { text: text.to_owned(), link: link.map(str::to_owned) })
}

impl Community {
    /// Publishes one.
    async fn tells(&self, by: &Caller, new: NewCustomEvent) -> Result<CustomEvent, Error> {
        let mut outcomes = self.publish_events(by, self.workspace, vec![new]).await?;
        outcomes.pop().expect("one outcome")
    }

    async fn lists(&self, of: &Caller, filter: EventFilter) -> Vec<CustomEvent> {
        self.activity(of, self.workspace, filter, None).await.unwrap().events
    }

    async fn kinds_listed(&self, of: &Caller, filter: EventFilter) -> Vec<String> {
        self.lists(of, filter).await.into_iter().map(|event| event.kind).collect()
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> Code {
    result.expect_err("this is refused").code
}

#[test]
fn an_event_is_in_the_log_and_in_the_list_of_everybody_in_the_workspace() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let new = event("invoice:paid", &json!({ "number": "2026-041", "text": "\u{0}é😀" }));
        let published = c.tells(&c.ben, new.clone()).await.unwrap();
        assert_eq!((published.kind.as_str(), published.source.handle.as_str()), ("invoice:paid", "ben"));
        assert_eq!((&published.payload, published.person), (&new.payload, None));
        assert_eq!(c.last_event().await, EventKind::CustomPublished(published.clone()));
        for reader in [&c.ada, &c.ben, &c.gus] {
            assert_eq!(c.lists(reader, EventFilter::default()).await, std::slice::from_ref(&published));
            assert!(c.inbox(reader).await.is_empty(), "it has nothing to notify with");
        }
        let all = c.activity(&c.zoe, c.workspace, EventFilter::default(), None).await;
        assert_eq!(refusal(all), Code::NotFound);
    });
}

#[test]
fn an_event_for_one_person_is_known_to_nobody_else() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let heads = c.log().await.len();
        let mine =
            NewCustomEvent { person: Some(c.cleo.user), ..event("expense:approved", &json!({ "of": 7 })) };
        let published = c.tells(&c.ben, mine).await.unwrap();
        assert_eq!(c.log().await.len(), heads, "nothing of it stands in the workspace's log");
        assert_eq!(
            c.own_log(&c.cleo).await.pop().unwrap().kind,
            EventKind::CustomPublished(published.clone())
        );
        assert_eq!(c.lists(&c.cleo, EventFilter::default()).await, std::slice::from_ref(&published));
        for other in [&c.ada, &c.ben, &c.gus] {
            assert!(c.lists(other, EventFilter::default()).await.is_empty());
            assert_eq!(c.event_choices(other, c.workspace).await.unwrap().kinds, [""; 0]);
        }
        assert_eq!(c.event_choices(&c.cleo, c.workspace).await.unwrap().kinds, ["expense:approved"]);
        // Who may not know of it cannot find out by deleting it.
        assert_eq!(refusal(c.delete_custom_event(&c.gus, published.id).await), Code::NotFound);
        // Somebody outside of the workspace does not exist.
        for person in [c.zoe.user, UserId::new(START)] {
            let new = NewCustomEvent { person: Some(person), ..event("expense:approved", &json!({})) };
            assert_eq!(code(c.tells(&c.ada, new).await), Code::NotFound);
        }
    });
}

#[test]
fn members_and_bots_of_the_workspace_publish_and_nobody_else() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let new = || event("stock:updated", &json!({}));
        assert_eq!(code(c.tells(&c.gus, new()).await), Code::Forbidden);
        assert_eq!(code(c.tells(&c.zoe, new()).await), Code::NotFound);
        let nowhere = WorkspaceId::new(START);
        assert_eq!(refusal(c.publish_events(&c.ada, nowhere, vec![new()]).await), Code::NotFound);
        for (workspace, role, expected) in [
            (c.workspace, Role::Member, None),
            (c.workspace, Role::Guest, Some(Code::Forbidden)),
            (c.elsewhere, Role::Admin, Some(Code::NotFound)),
        ] {
            let id = UserId::new(START);
            let handle = format!("bot{}", &id.to_string()[30..]);
            let bot = NewBot { id, workspace, name: "Ledger".to_owned(), handle, role, hue: 3 };
            c.create_bot(&c.ada, bot).await.unwrap();
            let bot = Caller { user: id, ..c.ben };
            let told = c.tells(&bot, new()).await;
            assert_eq!(told.err().map(|error| error.code), expected, "{role:?}");
        }
        let [event] = c.lists(&c.gus, EventFilter::default()).await.try_into().expect("one event");
        assert!(event.source.bot);
    });
}

#[test]
fn the_same_id_gives_the_same_answer_and_one_event() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let new = NewCustomEvent {
            notice: notice("Paid", None),
            ..event("invoice:paid", &json!({ "a": 1, "b": [true, null] }))
        };
        let first = c.tells(&c.ben, new.clone()).await.unwrap();
        let heads = c.heads_now().await;
        c.later();
        let blanks = "{ \"b\" : [ true , null ] , \"a\" : 1 }".to_owned();
        let spelled = NewCustomEvent { payload: Json::stored(blanks).unwrap(), ..new.clone() };
        for again in [new.clone(), spelled] {
            assert_eq!(c.tells(&c.ben, again).await.unwrap(), first);
        }
        for other in [
            NewCustomEvent { payload: Json::of(&json!({ "a": 2 })), ..new.clone() },
            NewCustomEvent { kind: "invoice:sent".to_owned(), ..new.clone() },
            NewCustomEvent { person: Some(c.cleo.user), ..new.clone() },
            NewCustomEvent { notice: None, ..new.clone() },
        ] {
            assert_eq!(code(c.tells(&c.ben, other).await), Code::Taken);
        }
        // Another source's id tells nothing of what it names.
        let refused = c.tells(&c.cleo, new.clone()).await.unwrap_err();
        assert_eq!((refused.code, refused.message.as_str()), (Code::Taken, "This id is in use."));
        let elsewhere = c.publish_events(&c.ada, c.elsewhere, vec![new]).await.unwrap().pop().unwrap();
        assert_eq!(code(elsewhere), Code::Taken);
        assert_eq!(c.heads_now().await, heads);
        assert_eq!(c.inbox(&c.cleo).await.len(), 1);
    });
}

#[test]
fn of_several_events_each_has_its_own_answer_in_order() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let good = |n: usize| event("item:added", &json!({ "n": n }));
        let bad = event("Item added", &json!({}));
        let large = event("item:added", &json!("x".repeat(limits::EVENT_PAYLOAD_BYTES_MAX)));
        let outside = NewCustomEvent { person: Some(c.zoe.user), ..good(2) };
        let (one, three) = (good(1), good(3));
        let changed = NewCustomEvent { payload: Json::empty(), ..one.clone() };
        let sent = vec![one.clone(), bad, large, outside, one.clone(), changed, three];
        let outcomes = c.publish_events(&c.ben, c.workspace, sent).await.unwrap();
        let words: Vec<String> = outcomes
            .iter()
            .map(|outcome| match outcome {
                Ok(event) => event.payload.text().to_owned(),
                Err(error) => format!("{:?}", error.code),
            })
            .collect();
        let first = r#"{"n":1}"#;
        assert_eq!(words, [first, "Invalid", "TooLarge", "NotFound", first, "Taken", r#"{"n":3}"#]);
        let listed: Vec<String> = c
            .lists(&c.ada, EventFilter::default())
            .await
            .into_iter()
            .map(|event| event.payload.text().to_owned())
            .collect();
        assert_eq!(listed, [r#"{"n":3}"#, first], "newest first, though they came at once");

        for wrong in [0, limits::EVENTS_AT_ONCE_MAX + 1] {
            let many = (0..wrong).map(good).collect();
            assert_eq!(refusal(c.publish_events(&c.ben, c.workspace, many).await), Code::Invalid);
        }
        let full = (0..limits::EVENTS_AT_ONCE_MAX).map(good).collect();
        let outcomes = c.publish_events(&c.ben, c.workspace, full).await.unwrap();
        assert!(outcomes.iter().all(Result::is_ok));
    });
}

#[test]
fn a_notice_is_told_to_whom_the_event_concerns_and_leads_where_it_says() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let bot = NewBot {
            id: UserId::new(START),
            workspace: c.workspace,
            name: "Ledger".to_owned(),
            handle: "ledger".to_owned(),
            role: Role::Member,
            hue: 3,
        };
        c.create_bot(&c.ada, bot).await.unwrap();
        let link = Some("https://books.example.org/41");
        let new = NewCustomEvent {
            notice: notice("Invoice 41 was paid", link),
            ..event("invoice:paid", &json!({}))
        };
        let told = c.tells(&c.ben, new).await.unwrap();
        for person in [&c.ada, &c.cleo, &c.gus] {
            let [one]: [Notification; 1] = c.inbox(person).await.try_into().expect("one");
            assert_eq!((one.kind, one.event), (NotificationKind::Event, Some(told.id)));
            assert_eq!((one.title.as_str(), one.excerpt.as_str()), ("invoice paid", "Invoice 41 was paid"));
            assert_eq!(
                (one.link.as_deref(), one.actors[0].handle.as_str(), one.actor_count),
                (link, "ben", 1)
            );
            let logged = c.own_log(person).await.pop().unwrap().kind;
            assert_eq!(logged, EventKind::NotificationCreated { notification: one, unread: 1 });
        }
        for nobody in [&c.ben, &c.zoe, &Caller { user: bot_id(&c).await, ..c.ben }] {
            assert!(c.inbox(nobody).await.is_empty());
        }
        let to_cleo = NewCustomEvent {
            person: Some(c.cleo.user),
            notice: notice("Your expense was approved", None),
            ..event("expense:approved", &json!({}))
        };
        c.tells(&c.ben, to_cleo).await.unwrap();
        assert_eq!((c.unread(&c.cleo).await, c.unread(&c.ada).await), (2, 1));
    });
}

async fn bot_id(c: &Community) -> UserId {
    c.bots(&c.ada, c.workspace).await.unwrap()[0].person.id
}

#[test]
fn notifying_everybody_takes_as_many_statements_as_notifying_few() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let new = || NewCustomEvent { notice: notice("Paid", None), ..event("invoice:paid", &json!({})) };
        let few = c.statements(c.publish_events(&c.ben, c.workspace, vec![new()])).await;
        for number in 0..12 {
            c.joins(Role::Member, &format!("Person{number}")).await;
        }
        let many = c.statements(c.publish_events(&c.ben, c.workspace, vec![new()])).await;
        assert_eq!(few, many);
        // So many at once would drown everybody.
        let flood = (0..=limits::EVENTS_NOTIFYING_ALL_MAX).map(|_| new()).collect();
        let outcomes = c.publish_events(&c.ben, c.workspace, flood).await.unwrap();
        let refused: Vec<bool> = outcomes.iter().map(Result::is_err).collect();
        assert_eq!(refused.iter().filter(|refused| **refused).count(), 1);
        assert_eq!(refused.last(), Some(&true));
    });
}

#[test]
fn lists_are_filtered_and_paged_by_time() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        for n in 0..limits::EVENTS_PAGE_ROWS + 7 {
            let kind = ["invoice:paid", "invoice:sent", "stock:updated"][n % 3];
            let by = if n % 2 == 0 { &c.ada } else { &c.ben };
            c.tells(by, event(kind, &json!({ "n": n }))).await.unwrap();
        }
        let to_cleo = NewCustomEvent { person: Some(c.cleo.user), ..event("task:assigned", &json!({})) };
        c.tells(&c.ben, to_cleo).await.unwrap();
        let all = EventFilter::default();
        let first = c.activity(&c.cleo, c.workspace, all.clone(), None).await.unwrap();
        let second = c.activity(&c.cleo, c.workspace, all.clone(), first.next.clone()).await.unwrap();
        assert_eq!(
            (first.events.len(), second.events.len(), &second.next),
            (limits::EVENTS_PAGE_ROWS, 8, &None)
        );
        let times: Vec<_> = first.events.iter().chain(&second.events).map(|event| event.at).collect();
        assert!(times.is_sorted_by(|newer, older| older < newer));

        let noun = EventFilter { noun: Some("invoice".to_owned()), ..all.clone() };
        let kind = EventFilter { kind: Some("invoice:paid".to_owned()), ..all.clone() };
        let source = EventFilter { source: Some(c.ada.user), ..all.clone() };
        let both = EventFilter { source: Some(c.ada.user), ..kind.clone() };
        let mine = EventFilter { mine: true, ..all.clone() };
        for (filter, count) in [(noun, 38), (kind, 19), (source, 29), (both, 10), (mine, 1)] {
            let shown = c.lists(&c.cleo, filter.clone()).await;
            assert_eq!(shown.len(), count, "{filter:?}");
            assert!(shown.iter().all(|event| filter.shows(event)), "{filter:?}");
        }
        assert_eq!(c.kinds_listed(&c.ada, EventFilter { mine: true, ..all.clone() }).await, [""; 0]);
        let choices = c.event_choices(&c.ada, c.workspace).await.unwrap();
        assert_eq!(choices.kinds, ["invoice:paid", "invoice:sent", "stock:updated"]);
        let names: Vec<&str> = choices.sources.iter().map(|person| person.handle.as_str()).collect();
        assert_eq!(names, ["ada", "ben"]);
        let wrong = protocol::page::PageKey("soon".to_owned());
        assert_eq!(refusal(c.activity(&c.ada, c.workspace, all, Some(wrong)).await), Code::Invalid);
    });
}

#[test]
fn a_list_costs_the_same_number_of_statements_however_long_it_is() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let list = || c.activity(&c.ada, c.workspace, EventFilter::default(), None);
        c.tells(&c.ben, event("a:b", &json!({}))).await.unwrap();
        let few = (c.statements(list()).await, c.statements(c.event_choices(&c.ada, c.workspace)).await);
        for n in 0..30 {
            let by = if n % 2 == 0 { &c.ada } else { &c.cleo };
            c.tells(by, event(&format!("a:b{n}"), &json!({}))).await.unwrap();
        }
        let many = (c.statements(list()).await, c.statements(c.event_choices(&c.ada, c.workspace)).await);
        assert_eq!(few, many);
        assert!(many.0 <= 4 && many.1 <= 4, "{many:?}");
    });
}

#[test]
fn a_page_reads_its_own_rows_however_many_others_there_are() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        for n in 0..5 {
            let to_cleo =
                NewCustomEvent { person: Some(c.cleo.user), ..event("rare:seen", &json!({ "n": n })) };
            c.tells(&c.ada, to_cleo).await.unwrap();
            c.tells(&c.ada, event("rare:seen", &json!({ "n": n }))).await.unwrap();
        }
        for _ in 0..40 {
            let many = (0..limits::EVENTS_AT_ONCE_MAX).map(|_| event("often:seen", &json!({}))).collect();
            c.publish_events(&c.ben, c.workspace, many).await.unwrap();
        }
        plans::analyse(&c).await;
        for mode in ["force_custom_plan", "force_generic_plan"] {
            let mut watching = Watching::on(&c.test, &[("plan_cache_mode", mode)]).await;
            let most = if watching.is_sqlite() { 20_000 } else { 300 };
            let store = watching.store.clone();
            let all = EventFilter::default();
            for (filter, count) in [
                (all.clone(), limits::EVENTS_PAGE_ROWS),
                (EventFilter { kind: Some("rare:seen".to_owned()), ..all.clone() }, 10),
                (EventFilter { noun: Some("rare".to_owned()), ..all.clone() }, 10),
                (EventFilter { source: Some(c.ada.user), ..all.clone() }, 10),
                (EventFilter { mine: true, ..all.clone() }, 5),
            ] {
                assert_eq!(c.lists(&c.cleo, filter.clone()).await.len(), count);
                let cost = watching.cost(store.activity(&c.cleo, c.workspace, filter.clone(), None)).await;
                assert!(cost.most <= most, "{mode} {filter:?}: {cost:?}");
            }
            let cost = watching.cost(store.event_choices(&c.cleo, c.workspace)).await;
            assert!(cost.most <= most, "{mode} choices: {cost:?}");
        }
    });
}

#[test]
fn a_deleted_event_leaves_no_word_behind_and_its_id_stays_taken() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let said = json!({ "number": "secret", "title": "secret", "notice": "secret" });
        let new = NewCustomEvent {
            notice: notice("secret words", Some("https://secret.example")),
            ..event("invoice:paid", &said)
        };
        let published = c.tells(&c.ben, new.clone()).await.unwrap();
        let kept = c.tells(&c.ben, event("invoice:paid", &json!({ "number": "innocent" }))).await.unwrap();
        let id = published.id;
        assert_eq!(refusal(c.delete_custom_event(&c.cleo, id).await), Code::Forbidden);
        assert_eq!(refusal(c.delete_custom_event(&c.gus, id).await), Code::Forbidden);
        assert_eq!(refusal(c.delete_custom_event(&c.zoe, id).await), Code::NotFound);
        assert_eq!(refusal(c.delete_custom_event(&c.ada, CustomEventId::new(START)).await), Code::NotFound);
        c.delete_custom_event(&c.ben, id).await.unwrap();
        assert_eq!(c.last_event().await, EventKind::CustomDeleted { id, workspace: c.workspace });
        let heads = c.heads_now().await;
        c.delete_custom_event(&c.ada, id).await.unwrap();
        assert_eq!(c.heads_now().await, heads, "once more does nothing");
        let logged = c.everything_logged().await;
        assert!(!logged.contains("secret"), "{logged}");
        assert!(logged.contains("innocent"));
        let [told]: [Notification; 1] =
            c.inbox(&c.cleo).await.try_into().expect("it stays without its words");
        assert_eq!((told.title.as_str(), told.excerpt.as_str(), told.link), ("", "", None));
        assert_eq!(c.lists(&c.ada, EventFilter::default()).await, std::slice::from_ref(&kept));
        assert_eq!(code(c.tells(&c.ben, new).await), Code::Taken);
        c.delete_custom_event(&c.ada, kept.id).await.unwrap();
        assert!(
            c.lists(&c.ada, EventFilter::default()).await.is_empty(),
            "admins delete what others published"
        );
    });
}

#[test]
fn events_are_forgotten_when_their_time_is_over_and_not_before() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let old = c.tells(&c.ben, event("a:old", &json!({}))).await.unwrap();
        c.test.clock.advance(Duration::from_secs(3600));
        c.tells(&c.ben, event("a:new", &json!({}))).await.unwrap();
        assert_eq!(c.prune_custom_events(old.at).await.unwrap(), 0);
        assert_eq!(c.prune_custom_events(old.at + Duration::from_secs(1)).await.unwrap(), 1);
        assert_eq!(c.kinds_listed(&c.ada, EventFilter::default()).await, ["a:new"]);
    });
}

#[test]
fn a_registered_kind_refuses_what_does_not_fit_its_schema() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let schema =
            Json::of(&json!({ "required": ["amount"], "properties": { "amount": { "type": "number" } } }));
        let register = |by: Caller, kind: &'static str, schema: &Json| {
            let (store, workspace, schema) = (c.test.store.clone(), c.workspace, schema.clone());
            async move { store.register_event_kind(&by, workspace, kind, schema).await }
        };
        for (other, expected) in [(c.ben, Code::Forbidden), (c.gus, Code::Forbidden), (c.zoe, Code::NotFound)]
        {
            assert_eq!(refusal(register(other, "invoice:paid", &schema).await), expected);
            let gone = c.unregister_event_kind(&other, c.workspace, "invoice:paid").await;
            assert_eq!(refusal(gone), expected);
        }
        assert_eq!(refusal(register(c.ada, "Invoice", &schema).await), Code::Invalid);
        assert_eq!(refusal(register(c.ada, "a:b", &Json::of(&json!({ "type": 7 }))).await), Code::Invalid);
        let registered = register(c.ada, "invoice:paid", &schema).await.unwrap();
        c.later();
        assert_eq!(register(c.ada, "invoice:paid", &schema).await.unwrap(), registered, "once more");
        assert_eq!(c.event_kinds(&c.gus, c.workspace).await.unwrap(), [registered]);
        assert_eq!(refusal(c.event_kinds(&c.zoe, c.workspace).await), Code::NotFound);

        let refused = c.tells(&c.ben, event("invoice:paid", &json!({ "amount": "much" }))).await.unwrap_err();
        assert_eq!((refused.code, refused.field.as_deref()), (Code::Invalid, Some("payload/amount")));
        c.tells(&c.ben, event("invoice:paid", &json!({ "amount": 12 }))).await.unwrap();
        c.tells(&c.ben, event("invoice:sent", &json!("anything"))).await.unwrap();
        // Other workspaces have kinds of their own.
        let elsewhere = vec![event("invoice:paid", &json!({}))];
        assert!(c.publish_events(&c.zoe, c.elsewhere, elsewhere).await.unwrap()[0].is_ok());

        let stricter = Json::of(&json!({ "required": ["number"] }));
        register(c.ada, "invoice:paid", &stricter).await.unwrap();
        assert_eq!(
            code(c.tells(&c.ben, event("invoice:paid", &json!({ "amount": 12 }))).await),
            Code::Invalid
        );
        for _ in 0..2 {
            c.unregister_event_kind(&c.ada, c.workspace, "invoice:paid").await.unwrap();
        }
        c.tells(&c.ben, event("invoice:paid", &json!({}))).await.unwrap();
        let audit = c.admin_audit(&c.ada, None).await.unwrap().items;
        let of_events = audit.iter().filter(|line| line.action.starts_with("event.")).count();
        assert_eq!(of_events, 3, "registered twice, removed once");
    });
}

#[test]
fn who_deletes_their_account_takes_what_concerned_them_alone_along() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let to_cleo = NewCustomEvent {
            person: Some(c.cleo.user),
            ..event("expense:approved", &json!({ "to": "secret" }))
        };
        let published = c.tells(&c.ben, to_cleo).await.unwrap();
        c.tells(&c.cleo, event("task:done", &json!({}))).await.unwrap();
        c.delete_account(&c.cleo, crate::community::PASSWORD.to_owned()).await.unwrap();
        let [left] =
            c.lists(&c.ada, EventFilter::default()).await.try_into().expect("what she published stays");
        assert!(left.source.former);
        assert_eq!(refusal(c.delete_custom_event(&c.ben, published.id).await), Code::NotFound);
        assert!(!c.everything_logged().await.contains("Cleo"));
    });
}
