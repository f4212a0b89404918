//! A text before it is written.

use crate::community::{Community, refusal};
use crate::harness::on_both;
use protocol::{Code, limits};

#[test]
fn a_preview_is_what_will_be_stored_and_writes_nothing() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let body = "**Noon**, @cleo? <script>alert(1)</script>";
        let heads = c.heads_now().await;
        let preview = c.preview(&c.gus, c.workspace, body.to_owned()).await.unwrap();
        assert_eq!(c.heads_now().await, heads, "nobody is told of it");
        assert_eq!(c.posts(&c.ben, "Lunch", body).await.html, preview.html);
        assert!(preview.html.contains("/w/engine-room/people/cleo"), "{}", preview.html);
    });
}

#[test]
fn a_preview_is_for_members_and_within_the_limits_of_a_post() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        // It would tell strangers which handles are members.
        assert_eq!(refusal(c.preview(&c.zoe, c.workspace, "@ada".to_owned()).await), Code::NotFound);
        let full = "x".repeat(limits::POST_BODY_BYTES_MAX);
        c.preview(&c.ben, c.workspace, full.clone()).await.unwrap();
        assert_eq!(refusal(c.preview(&c.ben, c.workspace, format!("{full}x")).await), Code::TooLarge);
    });
}
