//! Pages as the server renders them.

use crate::harness::{Stranger, TestApp, within};
use protocol::conversation::ConversationState;
use serde_json::json;
use std::collections::BTreeSet;
use tokio::task::JoinSet;

/// How many people open the same page at once, and how often each of them does.
const PEOPLE: usize = 12;
const LOADS: usize = 8;

/// The window's title, and the numbers of the data that a page brings along: the browser finds its
/// data by them when it takes the page over.
fn title_and_numbers(page: &str) -> String {
    let between = |before: &str, after: &str| {
        let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("no {before} in a page"));
        rest.split(after).next().unwrap_or_default().to_owned()
    };
    format!("{} {}", between("<title>", "</title>"), between("__PENDING_RESOURCES=[", "]"))
}

/// Every way in which the page came, when many ask for it at once.
async fn ways(visitor: &Stranger, path: &str) -> BTreeSet<String> {
    let mut visitors = JoinSet::new();
    for _ in 0..PEOPLE {
        let (wire, path) = (visitor.clone(), path.to_owned());
        visitors.spawn(async move {
            let mut ways = BTreeSet::new();
            for _ in 0..LOADS {
                let answer = wire.opens(&path).await;
                let status = answer.status().as_u16();
                let page = within(answer.text()).await.expect("the page is whole");
                let way = if status == 200 { title_and_numbers(&page) } else { format!("status {status}") };
                ways.insert(way);
            }
            ways
        });
    }
    visitors.join_all().await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_comes_the_same_way_however_busy_the_server_is() {
    let mut app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let slug = &ada.me.workspaces[0].workspace.slug;
    let post = ada.posts("Kettle").await.id;
    let of = json!({ "workspace": ada.workspace() });
    let conversations: Vec<ConversationState> = ada.does("conversations.list", of).await;
    let room = conversations.first().expect("a workspace begins with a room").conversation.id;
    let handle = ben.me.person.handle.as_str();
    let paths = [
        format!("/w/{slug}/feed"),
        format!("/w/{slug}/posts/{post}"),
        format!("/w/{slug}/c/{room}"),
        format!("/w/{slug}/rooms"),
        format!("/w/{slug}/chats"),
        format!("/w/{slug}/new"),
        format!("/w/{slug}/search?q=kettle"),
        format!("/w/{slug}/people"),
        format!("/w/{slug}/people/{handle}"),
        format!("/w/{slug}/settings"),
        format!("/w/{slug}/bots"),
        format!("/w/{slug}/activity"),
        format!("/w/{slug}/activity?kind=invoice&mine=yes"),
        format!("/w/{slug}/kinds"),
        "/inbox".to_owned(),
        "/saved".to_owned(),
        "/settings".to_owned(),
        "/settings/notifications".to_owned(),
        "/settings/devices".to_owned(),
        "/settings/tokens".to_owned(),
        "/admin".to_owned(),
        "/admin/people".to_owned(),
        "/admin/workspaces".to_owned(),
        "/admin/audit".to_owned(),
    ];
    let pages = paths.iter().map(|path| (&ada.wire, path.as_str()));
    let stranger = app.site.stranger();
    for (visitor, path) in pages.chain([(&stranger, "/sign-in")]) {
        let ways = ways(visitor, path).await;
        assert_eq!(ways.len(), 1, "{path} came as {ways:?}");
        assert!(ways.iter().all(|way| way.contains("Hubbub")), "{path} came as {ways:?}");
    }
    app.stop().await;
}
