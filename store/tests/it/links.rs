//! Links in texts: noted with the text, looked at once, shown to everybody who reads it, gone with it.

use crate::community::{Community, refusal};
use crate::harness::on_both;
use protocol::comment::CommentEdit;
use protocol::conversation::ConversationKind;
use protocol::link::{LinkPreview, PreviewChange, PreviewRemoval};
use protocol::message::{Message, MessageEdit, Window};
use protocol::post::PostEdit;
use protocol::reaction::ReactionTarget;
use protocol::workspace::Role;
use protocol::{Code, ConversationId, Event, EventKind, limits};
use std::time::Duration;
use store::{Caller, PageSays};

const LEASE: Duration = Duration::from_secs(30);
const SOUP: &str = "https://example.org/soup";
const BREAD: &str = "https://example.org/bread";

fn page(title: &str) -> Option<PageSays> {
    Some(PageSays { site: "Example".to_owned(), title: title.to_owned(), description: String::new() })
}

/// Somebody looks at all pages that wait: each says its address in capitals. Which they were.
async fn looks(c: &Community) -> Vec<String> {
    let due = c.due_links(LEASE).await.unwrap();
    for url in &due {
        c.settle_link(url, page(&url.to_uppercase())).await.unwrap();
    }
    due
}

fn titles(previews: &[LinkPreview]) -> Vec<&str> {
    previews.iter().map(|preview| preview.title.as_str()).collect()
}

async fn message(c: &Community, of: &Message) -> Message {
    c.message(&c.ada, of.id).await.unwrap().message
}

fn previewed(event: &Event) -> Option<&PreviewChange> {
    match &event.kind {
        EventKind::PreviewUpdated(change) => Some(change),
        _ => None,
    }
}

async fn removes(c: &Community, by: &Caller, of: &Message, url: &str) -> store::Result<()> {
    let removal = PreviewRemoval { target: ReactionTarget::Message(of.id), url: url.to_owned() };
    c.remove_preview(by, removal).await
}

#[test]
fn what_a_page_says_reaches_those_who_read_the_text() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let general = c.general().await.id;
        let said =
            c.says(&c.ben, general, &format!("Look: {SOUP} and [this]({BREAD}), `https://no.code`")).await;
        assert!(said.previews.is_empty(), "sending waits for nobody");
        assert_eq!(looks(&c).await, [BREAD, SOUP]);
        let shown = message(&c, &said).await.previews;
        assert_eq!(titles(&shown), [SOUP.to_uppercase(), BREAD.to_uppercase()], "in the order of the text");
        assert_eq!((shown[0].url.as_str(), shown[0].site.as_str()), (SOUP, "Example"));
        let timeline = c.messages(&c.ben, general, Window::Latest).await.unwrap();
        assert_eq!(timeline.messages.last().unwrap().previews, shown);
        let log = c.log_in(general).await;
        let last = log.last().unwrap();
        let change = previewed(last).expect("the log says so last");
        assert_eq!((change.target, &change.previews), (ReactionTarget::Message(said.id), &shown));
        assert_eq!((last.actor, change.post), (None, None));

        let post = c.posts(&c.ben, "Dinner", SOUP).await;
        let comment = c.comments_on(&c.cleo, &post, &format!("and {BREAD}")).await;
        assert_eq!(looks(&c).await, [""; 0], "these pages were asked");
        let feed = c.feed(&c.ada, c.workspace, None).await.unwrap();
        assert_eq!(titles(&feed.posts[0].previews), [SOUP.to_uppercase()]);
        let comments = c.comments(&c.gus, post.id, None).await.unwrap().items;
        assert_eq!(titles(&comments[0].previews), [BREAD.to_uppercase()]);
        let log = c.log().await;
        let posts: Vec<_> =
            log.iter().filter_map(previewed).map(|change| (change.target, change.post)).collect();
        assert_eq!(posts.len(), 2);
        assert!(posts.contains(&(ReactionTarget::Comment(comment.id), Some(post.id))));
    });
}

#[test]
fn a_page_is_asked_once_however_many_texts_link_it() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let general = c.general().await.id;
        let first = c.says(&c.ada, general, SOUP).await;
        let due = c.due_links(LEASE).await.unwrap();
        assert_eq!(due, [SOUP]);
        let second = c.says(&c.ben, general, SOUP).await;
        assert_eq!(c.due_links(LEASE).await.unwrap(), [""; 0], "somebody looks at it now");
        c.settle_link(SOUP, page("Soup")).await.unwrap();
        for one in [&first, &second] {
            assert_eq!(titles(&message(&c, one).await.previews), ["Soup"]);
        }

        c.test.clock.advance(limits::LINK_FRESH_FOR - LEASE);
        let third = c.says(&c.ada, general, SOUP).await;
        assert_eq!(c.due_links(LEASE).await.unwrap(), [""; 0]);
        assert_eq!(titles(&message(&c, &third).await.previews), ["Soup"]);
        c.test.clock.advance(LEASE);
        c.says(&c.ada, general, SOUP).await;
        assert_eq!(c.due_links(LEASE).await.unwrap(), [SOUP], "what it said is a day old");
    });
}

#[test]
fn a_node_that_is_gone_is_replaced_when_its_lease_ends() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let said = c.says(&c.ada, c.general().await.id, SOUP).await;
        assert_eq!(c.due_links(LEASE).await.unwrap(), [SOUP]);
        c.test.clock.advance(LEASE - Duration::from_millis(1));
        assert_eq!(c.due_links(LEASE).await.unwrap(), [""; 0]);
        c.test.clock.advance(Duration::from_millis(1));
        assert_eq!(looks(&c).await, [SOUP]);
        assert_eq!(message(&c, &said).await.previews.len(), 1);
    });
}

#[test]
fn a_page_that_said_nothing_is_asked_again_for_a_later_text_only() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let general = c.general().await.id;
        let said = c.says(&c.ada, general, SOUP).await;
        c.due_links(LEASE).await.unwrap();
        let before = c.log_in(general).await.len();
        c.settle_link(SOUP, None).await.unwrap();
        assert_eq!(c.log_in(general).await.len(), before, "nothing happened");
        c.says(&c.ada, general, SOUP).await;
        assert_eq!(c.due_links(LEASE).await.unwrap(), [""; 0]);
        c.test.clock.advance(limits::LINK_SILENT_FOR);
        assert_eq!(c.due_links(LEASE).await.unwrap(), [""; 0], "nobody waits for it");
        let later = c.says(&c.ada, general, SOUP).await;
        assert_eq!(looks(&c).await, [SOUP]);
        assert_eq!(message(&c, &said).await.previews, []);
        assert_eq!(message(&c, &later).await.previews.len(), 1);
    });
}

#[test]
fn a_text_shows_three_links_and_each_once() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let body = format!(
            "{SOUP} {SOUP} <{BREAD}> https://a.example ftp://b.example mailto:x@y.example https://c.example"
        );
        let said = c.says(&c.ada, c.general().await.id, &body).await;
        looks(&c).await;
        let shown = message(&c, &said).await.previews;
        let urls: Vec<&str> = shown.iter().map(|preview| preview.url.as_str()).collect();
        assert_eq!(urls, [SOUP, BREAD, "https://a.example"]);
    });
}

#[test]
fn an_edit_keeps_what_stays_and_brings_nothing_back() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let said = c.says(&c.ada, c.general().await.id, &format!("{SOUP} {BREAD}")).await;
        looks(&c).await;
        removes(&c, &c.ada, &said, BREAD).await.unwrap();
        assert_eq!(message(&c, &said).await.previews.len(), 1);
        let body = format!("{BREAD} first, then https://example.org/tea, then {SOUP}");
        let edited = c.update_message(&c.ada, MessageEdit { id: said.id, base: 1, body }).await.unwrap();
        assert_eq!(titles(&edited.previews), [SOUP.to_uppercase()]);
        assert_eq!(looks(&c).await, ["https://example.org/tea"]);
        let shown = message(&c, &said).await.previews;
        assert_eq!(titles(&shown), ["HTTPS://EXAMPLE.ORG/TEA".to_owned(), SOUP.to_uppercase()]);
        let plain = MessageEdit { id: said.id, base: 2, body: "no links".to_owned() };
        assert_eq!(c.update_message(&c.ada, plain).await.unwrap().previews, []);

        let post = c.posts(&c.ada, "Dinner", SOUP).await;
        let comment = c.comments_on(&c.ada, &post, SOUP).await;
        looks(&c).await;
        let edit = PostEdit { id: post.id, base: 1, title: Some("Supper".to_owned()), body: None };
        assert_eq!(c.update_post(&c.ada, edit).await.unwrap().previews.len(), 1, "another title");
        let edit = PostEdit { id: post.id, base: 2, title: None, body: Some("none".to_owned()) };
        assert_eq!(c.update_post(&c.ada, edit).await.unwrap().previews, []);
        let edit = CommentEdit { id: comment.id, base: 1, body: format!("better: {BREAD}") };
        assert_eq!(c.update_comment(&c.ada, edit).await.unwrap().previews, []);
        c.due_links(LEASE).await.unwrap();
        let comments = c.comments(&c.ada, post.id, None).await.unwrap().items;
        assert_eq!(titles(&comments[0].previews), [BREAD.to_uppercase()]);
    });
}

#[test]
fn what_is_deleted_shows_nothing_and_leaves_no_word_in_the_log() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let general = c.general().await.id;
        let post = c.posts(&c.ben, "Dinner", "https://example.org/secret-post").await;
        c.comments_on(&c.cleo, &post, "https://example.org/secret-comment").await;
        let shown = c.says(&c.ada, general, "https://example.org/secret").await;
        looks(&c).await;
        let late = c.says(&c.ada, general, "https://example.org/secret-late").await;
        let due = c.due_links(LEASE).await.unwrap();
        assert!(c.everything_logged().await.contains("SECRET"));
        c.delete_message(&c.ada, shown.id).await.unwrap();
        c.delete_message(&c.ada, late.id).await.unwrap();
        c.delete_post(&c.ben, post.id).await.unwrap();
        for url in due {
            c.settle_link(&url, page("SECRET")).await.unwrap();
        }
        let logged = c.everything_logged().await.to_lowercase();
        assert!(!logged.contains("secret"), "{logged}");
    });
}

#[test]
fn the_author_and_those_who_may_delete_take_a_preview_away_and_nobody_else() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let general = c.general().await.id;
        let said = c.says(&c.ben, general, SOUP).await;
        let secret = c.begins(ConversationKind::Group, "Secret", &[c.ben]).await;
        let hidden = c.says(&c.ben, secret, SOUP).await;
        let post = c.posts(&c.ben, "Dinner", SOUP).await;
        looks(&c).await;
        assert_eq!(refusal(removes(&c, &c.cleo, &said, SOUP).await), Code::Forbidden);
        assert_eq!(refusal(removes(&c, &c.gus, &said, SOUP).await), Code::NotFound);
        assert_eq!(refusal(removes(&c, &c.cleo, &hidden, SOUP).await), Code::NotFound);
        assert_eq!(refusal(removes(&c, &c.zoe, &said, SOUP).await), Code::NotFound);
        let of_post = PreviewRemoval { target: ReactionTarget::Post(post.id), url: SOUP.to_owned() };
        assert_eq!(refusal(c.remove_preview(&c.gus, of_post.clone()).await), Code::Forbidden);
        assert_eq!(refusal(c.remove_preview(&c.zoe, of_post.clone()).await), Code::NotFound);
        assert_eq!(message(&c, &said).await.previews.len(), 1);

        removes(&c, &c.ben, &said, SOUP).await.unwrap();
        let log = c.log_in(general).await;
        let change = log.last().and_then(previewed).expect("everybody is told");
        assert_eq!((change.previews.len(), log.last().unwrap().actor), (0, Some(c.ben.user)));
        removes(&c, &c.ben, &said, SOUP).await.unwrap();
        assert_eq!(c.log_in(general).await.len(), log.len(), "once more does nothing");
        c.remove_preview(&c.ada, of_post).await.unwrap();
        assert_eq!(c.post(&c.ben, post.id).await.unwrap().post.previews, []);
    });
}

#[test]
fn a_workspace_turns_previews_off_and_on() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let general: ConversationId = c.general().await.id;
        for (who, code) in [(&c.ben, Code::Forbidden), (&c.gus, Code::Forbidden), (&c.zoe, Code::NotFound)] {
            assert_eq!(refusal(c.set_link_previews(who, c.workspace, false).await), code);
        }
        let said = c.says(&c.ada, general, SOUP).await;
        assert!(!c.set_link_previews(&c.ada, c.workspace, false).await.unwrap().previews_links);
        let told = c.last_event().await;
        assert!(matches!(told, EventKind::WorkspaceUpdated(now) if !now.previews_links));
        assert!(!c.me(&c.ben).await.unwrap().workspaces[0].workspace.previews_links);
        assert_eq!(looks(&c).await, [""; 0]);
        assert!(c.set_link_previews(&c.ada, c.workspace, true).await.unwrap().previews_links);
        assert_eq!(looks(&c).await, [""; 0], "what was written meanwhile stays as it is");
        assert_eq!(message(&c, &said).await.previews, []);
        c.says(&c.ada, general, SOUP).await;
        assert_eq!(looks(&c).await, [SOUP]);
        let admin = c.joins(Role::Admin, "Dan").await;
        c.set_link_previews(&admin, c.workspace, false).await.unwrap();
    });
}

#[test]
fn what_pages_said_is_forgotten_and_what_texts_show_stays() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let said = c.says(&c.ada, c.general().await.id, SOUP).await;
        looks(&c).await;
        assert_eq!(c.prune_link_pages(said.at).await.unwrap(), 0);
        assert_eq!(c.prune_link_pages(said.at + Duration::from_millis(1)).await.unwrap(), 1);
        assert_eq!(message(&c, &said).await.previews.len(), 1);
    });
}
