//! Messages that a group begins together: each as if it were alone.

use crate::community::{Community, refusal};
use crate::harness::on_both;
use protocol::conversation::ConversationKind;
use protocol::message::{Message, NewMessage};
use protocol::{Code, ConversationId, EventKind, FileId, MessageId, Timestamp};
use store::Caller;

/// Sends all of these in one group.
async fn together(c: &Community, sendings: &[(Caller, NewMessage)]) -> Vec<store::Result<Message>> {
    let hold = c.test_hold().await;
    let mut answers = Vec::new();
    for (by, new) in sendings.iter().cloned() {
        let store = c.test.store.clone();
        let before = store.test_waiting();
        answers.push(tokio::spawn(async move { store.send_message(&by, new).await }));
        while c.test_waiting() == before {
            tokio::task::yield_now().await;
        }
    }
    hold.send(()).expect("the writer waits");
    let mut results = Vec::new();
    for answer in answers {
        results.push(answer.await.expect("the caller lives"));
    }
    results
}

/// The texts of the conversation's log with their numbers.
async fn logged(c: &Community, id: ConversationId) -> Vec<(u64, String)> {
    let events = c.log_in(id).await;
    let texts = events.into_iter().filter_map(|event| match event.kind {
        // Lines of the server have none.
        EventKind::MessageCreated { message, .. } if !message.body.is_empty() => {
            Some((event.seq, message.body))
        }
        _ => None,
    });
    texts.collect()
}

#[test]
fn messages_of_one_group_are_refused_repeated_and_numbered_each_by_itself() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let general = c.general().await.id;
        let group = c.begins(ConversationKind::Group, "quiet", &[c.ben]).await;
        let new = |to, body: &str| Community::new_message(to, None, body);
        let twice = new(general, "twice");
        let post = c.posts(&c.ada, "A post", "with an id").await;
        let taken = NewMessage { id: MessageId(post.id.0), ..new(general, "an id of a post") };
        let results = together(
            &c,
            &[
                (c.ada, new(general, "one")),
                (c.zoe, new(general, "from outside")),
                (c.ben, new(group, "in the group")),
                (c.cleo, new(group, "not in the group")),
                (c.ada, twice.clone()),
                (c.ada, twice.clone()),
                (c.ben, NewMessage { body: "another's id".to_owned(), ..twice.clone() }),
                (c.ada, taken),
                (c.ben, new(general, "hello @ada")),
                (c.cleo, new(general, "last")),
            ],
        )
        .await;
        let results: Vec<Result<Message, Code>> = results
            .into_iter()
            .map(|result| result.map_err(|error| protocol::Error::from(error).code))
            .collect();
        let refusals: Vec<Option<Code>> =
            results.iter().map(|result| result.as_ref().err().copied()).collect();
        let (outside, taken) = (Some(Code::NotFound), Some(Code::Taken));
        assert_eq!(refusals, [None, outside, None, outside, None, None, taken, taken, None, None]);
        let said: Vec<(u64, String)> = results
            .iter()
            .flatten()
            .filter(|message| message.conversation == general)
            .map(|message| (message.order, message.body.clone()))
            .collect();
        let first = said[0].0;
        let numbered = |texts: &[(u64, &str)]| -> Vec<(u64, String)> {
            texts.iter().map(|(after, text)| (first + after, (*text).to_owned())).collect()
        };
        assert_eq!(said, numbered(&[(0, "one"), (1, "twice"), (1, "twice"), (2, "hello @ada"), (3, "last")]));
        assert_eq!(
            logged(&c, general).await,
            numbered(&[(0, "one"), (1, "twice"), (2, "hello @ada"), (3, "last")])
        );
        assert_eq!(logged(&c, group).await.len(), 1);
        assert_eq!(c.unread_in(&c.ada, general).await.1, 1, "she was named once");
    });
}

#[test]
fn a_message_that_fails_after_its_row_was_written_leaves_none_and_takes_no_other_with_it() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let general = c.general().await.id;
        let new = |body: &str| Community::new_message(general, None, body);
        let nowhere = FileId::new(Timestamp::now());
        let bad = NewMessage { attachments: vec![nowhere], ..new("with a file that is not there") };
        let results =
            together(&c, &[(c.ada, new("before")), (c.ben, bad.clone()), (c.cleo, new("after"))]).await;
        let texts: Vec<Option<&str>> =
            results.iter().map(|result| result.as_ref().ok().map(|message| message.body.as_str())).collect();
        assert_eq!(texts, [Some("before"), None, Some("after")]);
        let log = logged(&c, general).await;
        assert_eq!(log.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["before", "after"]);
        assert_eq!(log[0].0 + 1, log[1].0, "without a gap");
        assert_eq!(refusal(c.message(&c.ben, bad.id).await), Code::NotFound);
        let page = c.messages(&c.ada, general, Default::default()).await.unwrap();
        assert_eq!(page.messages.iter().filter(|message| !message.body.is_empty()).count(), 2);
    });
}

#[test]
fn many_messages_take_as_many_statements_as_one() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let general = c.general().await.id;
        let mut counted = Vec::new();
        for count in [1, 40] {
            let all: Vec<_> =
                (0..count).map(|_| (c.ada, Community::new_message(general, None, "so much"))).collect();
            let before = c.pool_figures().queries;
            for result in together(&c, &all).await {
                result.unwrap();
            }
            counted.push(c.pool_figures().queries - before);
        }
        assert_eq!(counted[0], counted[1]);
    });
}
