//! What linked pages are reaches those who read the text: looked at by a real server, on a real site.

use crate::harness::{Live, Person, TestApp, config_in, within};
use crate::programs::Hubbub;
use axum::Router;
use axum::http::Uri;
use axum::response::{Html, IntoResponse, Redirect};
use protocol::conversation::ConversationState;
use protocol::link::{LinkPreview, PreviewChange};
use protocol::message::{Message, MessagePage};
use protocol::{ConversationId, EventKind, MessageId, Timestamp};
use serde_json::{Value, json};
use server::config::Config;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const ASK_EVERY: Duration = Duration::from_millis(50);

/// A site of the test's own; it runs until the test ends.
struct Site {
    address: SocketAddr,
    visits: Arc<AtomicUsize>,
}

impl Site {
    async fn open() -> Self {
        let visits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&visits);
        let page = async move |uri: Uri| {
            counted.fetch_add(1, Ordering::SeqCst);
            match uri.path() {
                "/away" => Redirect::temporary("http://10.0.0.1/").into_response(),
                "/soup" => Html(
                    "<head><title>soup</title><meta property=og:title content='Soup &amp; bread'>
                     <meta property=og:site_name content=Kitchen><meta name=description content='For 34.'></head>",
                )
                .into_response(),
                path => Html(format!("<title>Page {path}</title>")).into_response(),
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it has one");
        #[expect(clippy::disallowed_methods, reason = "the test's own task, which ends with it")]
        tokio::spawn(async move {
            axum::serve(listener, Router::new().fallback(page)).await.expect("it serves");
        });
        Self { address, visits }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}

fn to_loopback(config: &mut Config) {
    config.links_to_loopback = true;
}

impl Person {
    async fn general(&self) -> ConversationId {
        let of = json!({ "workspace": self.workspace() });
        let mine: Vec<ConversationState> = self.does("conversations.list", of).await;
        mine.first().expect("a workspace begins with a room").conversation.id
    }

    async fn links(&self, to: ConversationId, body: &str) -> Message {
        let id = MessageId::new(Timestamp::now());
        self.does("messages.send", json!({ "id": id, "conversation": to, "body": body })).await
    }

    async fn previews_of(&self, message: &Message) -> Vec<LinkPreview> {
        let page: MessagePage = self.does("messages.get", json!({ "id": message.id })).await;
        page.message.previews
    }

    /// Once so many pages are shown below it.
    async fn sees_pages(&self, message: &Message, count: usize) -> Vec<LinkPreview> {
        within(async {
            loop {
                let previews = self.previews_of(message).await;
                if previews.len() == count {
                    return previews;
                }
                tokio::time::sleep(ASK_EVERY).await;
            }
        })
        .await
    }
}

impl Live {
    async fn previewed(&mut self) -> PreviewChange {
        loop {
            if let EventKind::PreviewUpdated(change) = self.event().await.kind {
                return change;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_says_is_live_for_everybody_and_its_author_may_take_it_away() {
    let app = TestApp::start_with(to_loopback).await;
    let site = Site::open().await;
    let (ada, ben) = app.two_people().await;
    let mut bens = ben.watches().await;
    let general = ada.general().await;
    let soup = site.url("soup");
    let said = ada.links(general, &format!("Dinner: {soup} or {}?", site.url("away"))).await;
    assert!(said.previews.is_empty());
    let shown = bens.previewed().await.previews;
    let expected = LinkPreview {
        url: soup.clone(),
        site: "Kitchen".to_owned(),
        title: "Soup & bread".to_owned(),
        description: "For 34.".to_owned(),
    };
    assert_eq!(shown, [expected]);
    let page = ben.wire.opens(&format!("/w/{}/c/{general}", ben.me.workspaces[0].workspace.slug)).await;
    assert!(within(page.text()).await.expect("it is whole").contains("Soup &amp; bread"));

    let visits = site.visits();
    let mut again = Vec::new();
    for _ in 0..3 {
        again.push(ben.links(general, &soup).await);
    }
    for one in &again {
        ada.sees_pages(one, 1).await;
    }
    assert_eq!(site.visits(), visits, "the page was asked once");
    assert_eq!(ada.previews_of(&said).await.len(), 1, "and nothing is known of the other one");

    let target = format!("message:{}", said.id);
    let arguments = json!({ "target": target, "url": soup });
    ben.may_not("previews.remove", &arguments, 403).await;
    let outsider = app.site.stranger();
    assert_eq!(outsider.tries::<Value>("previews.remove", &arguments).await.expect_err("nobody").status, 401);
    let _: Value = ada.does("previews.remove", &arguments).await;
    loop {
        let change = bens.previewed().await;
        if change.target.to_string() == target {
            assert_eq!(change.previews, []);
            break;
        }
    }
    let _: Value = ben.does("messages.delete", json!({ "id": again[0].id })).await;
    let arguments = json!({ "target": format!("message:{}", again[0].id), "url": soup });
    ben.may_not("previews.remove", arguments, 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_ask_a_page_once_and_a_restart_forgets_none() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let site = Site::open().await;
    let off = Config { link_previews: false, ..config_in(folder.path()) };
    let mut before = TestApp::start_on(off).await;
    let ada = before.site.set_up("ada").await;
    let general = ada.general().await;
    let never = ada.links(general, &site.url("never")).await;
    before.stop().await;

    let mut config = config_in(folder.path());
    to_loopback(&mut config);
    let mut one = TestApp::start_on(config.clone()).await;
    let mut two = TestApp::start_on(config).await;
    let ada = one.site.sign_in("ada").await;
    let mut said = Vec::new();
    for page in 0..6 {
        said.push(ada.links(general, &site.url(&format!("page-{page}"))).await);
    }
    for one in &said {
        ada.sees_pages(one, 1).await;
    }
    assert_eq!(site.visits(), said.len());
    assert_eq!(ada.previews_of(&never).await, [], "the instance had turned it off");
    two.stop().await;
    one.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_does_not_look_at_its_own_machine_nor_for_a_workspace_that_turned_it_off() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // A process of its own, whose figures nobody else moves.
    let program = Hubbub::serve(folder.path(), 0);
    let site = Site::open().await;
    let ada = program.site.set_up("ada").await;
    let ben = ada.invites("ben").await;
    let general = ada.general().await;
    let said = ada.links(general, &site.url("soup")).await;
    within(async {
        loop {
            let metrics = ada.wire.opens("/metrics").await.text().await.expect("text");
            if metrics.contains("hubbub_links_total{outcome=\"forbidden\"}") {
                break;
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    })
    .await;
    assert_eq!((site.visits(), ada.previews_of(&said).await.len()), (0, 0));
    ben.may_not("workspaces.stop_previews", json!({ "id": ada.workspace() }), 403).await;
    let stopped: Value = ada.does("workspaces.stop_previews", json!({ "id": ada.workspace() })).await;
    assert_eq!(stopped["previews_links"], false);
    let again: Value = ada.does("workspaces.show_previews", json!({ "id": ada.workspace() })).await;
    assert_eq!(again.get("previews_links"), None);
}
