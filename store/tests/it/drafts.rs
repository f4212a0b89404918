//! Drafts.

use crate::community::{Community, refusal};
use crate::harness::{START, on_both};
use protocol::draft::{Draft, DraftPlace};
use protocol::{Code, EventKind, PostId, Timestamp, limits};
use std::time::Duration;

fn draft(place: DraftPlace, body: &str, at: Timestamp) -> Draft {
    Draft { place, title: String::new(), body: body.to_owned(), at }
}

#[test]
fn the_newest_draft_of_a_place_wins_whatever_arrives_last() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        c.later();
        let place = DraftPlace::Post(c.workspace);
        let (early, late) = (START, START + Duration::from_millis(500));
        c.save_draft(&c.ben, draft(place, "Hello wor", late)).await.unwrap();
        let heads = c.heads_now().await;
        c.save_draft(&c.ben, draft(place, "Hell", early)).await.unwrap();
        assert_eq!(c.heads_now().await, heads);
        let kept = draft(place, "Hello wor", late);
        assert_eq!(c.me(&c.ben).await.unwrap().drafts, std::slice::from_ref(&kept));
        assert_eq!(c.own_log(&c.ben).await.pop().unwrap().kind, EventKind::DraftUpdated(kept));
        assert!(c.me(&c.cleo).await.unwrap().drafts.is_empty());
    });
}

#[test]
fn an_empty_draft_is_gone_and_stays_gone() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        c.later();
        let post = c.posts(&c.ada, "Lunch", "").await;
        let place = DraftPlace::Comment(post.id);
        c.save_draft(&c.ben, draft(place, "the secret", START)).await.unwrap();
        c.save_draft(&c.ben, draft(place, "", START + Duration::from_millis(2))).await.unwrap();
        c.save_draft(&c.ben, draft(place, "the secret, late", START + Duration::from_millis(1)))
            .await
            .unwrap();
        assert!(c.me(&c.ben).await.unwrap().drafts.is_empty());
        assert!(!c.everything_logged().await.contains("the secret"), "nor does the log keep it");
        let heads = c.heads_now().await;
        c.save_draft(&c.ben, draft(place, "", START + Duration::from_millis(3))).await.unwrap();
        assert_eq!(c.heads_now().await, heads);
    });
}

#[test]
fn a_clock_that_is_ahead_does_not_silence_the_other_devices() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let place = DraftPlace::Post(c.workspace);
        c.save_draft(&c.ben, draft(place, "from the future", START + Duration::from_secs(9_999)))
            .await
            .unwrap();
        c.later();
        c.save_draft(&c.ben, draft(place, "now", START + Duration::from_secs(1))).await.unwrap();
        assert_eq!(c.me(&c.ben).await.unwrap().drafts[0].body, "now");
    });
}

#[test]
fn nobody_keeps_more_drafts_than_the_limit() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let mut places = Vec::new();
        for number in 0..=limits::DRAFTS_MAX {
            places.push(DraftPlace::Comment(c.posts(&c.ada, &format!("{number}"), "").await.id));
        }
        let (one_more, fitting) = places.split_last().unwrap();
        for place in fitting {
            c.save_draft(&c.ben, draft(*place, "later", START)).await.unwrap();
        }
        assert_eq!(refusal(c.save_draft(&c.ben, draft(*one_more, "later", START)).await), Code::Invalid);
        c.save_draft(&c.ben, draft(fitting[0], "changed", START)).await.unwrap();
        c.save_draft(&c.ben, draft(fitting[0], "", START)).await.unwrap();
        c.save_draft(&c.ben, draft(*one_more, "later", START)).await.unwrap();
        assert_eq!(c.me(&c.ben).await.unwrap().drafts.len(), limits::DRAFTS_MAX);
        let nowhere = DraftPlace::Comment(PostId::new(START));
        assert_eq!(refusal(c.save_draft(&c.ben, draft(nowhere, "x", START)).await), Code::NotFound);
    });
}
