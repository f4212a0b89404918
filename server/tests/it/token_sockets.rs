//! Programs with tokens, on sockets: the first frame, the next token, and the end of one, on every node.

use crate::harness::{Live, Person, RawSocket, Site, TestApp, config_in, within};
use crate::programs::{Postgres, Redis};
use crate::tokens::{Program, node_in_the_past};
use client::{Output, Settings};
use protocol::frame::{CloseCode, SUBPROTOCOL, ServerFrame};
use protocol::{EventKind, Topic, limits};
use serde_json::{Value, json};
use server::config::Config;
use std::time::Duration;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

impl Program {
    /// A socket whose first frame brings the token.
    async fn says_hello(&self) -> RawSocket {
        let mut socket = self.wire.raw_socket().await;
        socket.says(json!({ "type": "hello", "client": "test/1", "token": self.token }).to_string()).await;
        socket
    }

    /// The same, and the server let it in.
    async fn watches(&self) -> RawSocket {
        let mut socket = self.says_hello().await;
        socket
            .until(|frame| {
                matches!(frame, ServerFrame::Opened { topic: Topic::Workspace(_), .. }).then_some(())
            })
            .await;
        socket
    }

    /// A socket whose handshake brings it, as only a program can.
    async fn shakes_hands(&self) -> RawSocket {
        let mut request = socket_url(self.wire.site).into_client_request().expect("an address");
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
        headers.insert("authorization", format!("Bearer {}", self.token).parse().expect("a header"));
        headers.insert("origin", HeaderValue::from_static("https://tools.example"));
        RawSocket(within(tokio_tungstenite::connect_async(request)).await.expect("the handshake succeeds").0)
    }
}

/// Waits for a post with this title.
async fn sees_post(socket: &mut RawSocket, title: &str) {
    socket
        .until(|frame| match frame {
            ServerFrame::Event(event) => match event.kind {
                EventKind::PostCreated(post) => (post.title == title).then_some(()),
                _ => None,
            },
            _ => None,
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_follows_what_happens_with_a_token_in_its_first_frame_or_its_handshake() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let (_, program) = ben.makes_token("events").await;
    let signed = Program::with(app.site, &program.exchanges().await.access_token);
    let mut sockets = vec![program.watches().await, signed.watches().await];
    for program in [&program, &signed] {
        let mut socket = program.shakes_hands().await;
        socket.says_hello().await;
        socket.until(|frame| matches!(frame, ServerFrame::Opened { .. }).then_some(())).await;
        sockets.push(socket);
    }
    ada.posts("For programs too").await;
    for socket in &mut sockets {
        sees_post(socket, "For programs too").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_is_refused_to_tokens_that_do_not_hold_or_may_not() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let (revoked, over) = ada.makes_token("events").await;
    ada.revokes(revoked).await;
    let (_, blind) = ada.makes_token("read write files admin").await;
    let (_, fine) = ada.makes_token("events").await;
    let past = node_in_the_past(&app, limits::ACCESS_TOKEN_FOR + Duration::from_secs(1)).await;
    let expired = past.exchange_token(&fine.token, None, "192.0.2.7").await.unwrap().access_token;
    past.close().await;
    let nobody = |token: &str| Program::with(app.site, token);
    for (what, program, code) in [
        ("revoked", over, CloseCode::SignIn),
        ("no token at all", nobody("nonsense"), CloseCode::SignIn),
        ("expired", nobody(&expired), CloseCode::TokenExpired),
        ("without the scope", blind, CloseCode::Forbidden),
    ] {
        let (seen, frames) = program.says_hello().await.close_code().await;
        assert_eq!((seen, frames.len()), (code.number(), 0), "{what}, in the first frame");
        if code != CloseCode::Forbidden {
            assert_eq!(
                program.shakes_hands().await.close_code().await.0,
                code.number(),
                "{what}, in the handshake"
            );
        }
    }
    let mut signed_in = ada.wire.raw_socket().await;
    signed_in.says(json!({ "type": "hello", "client": "test/1", "token": fine.token }).to_string()).await;
    assert_eq!(signed_in.close_code().await.0, CloseCode::BadFrame.number(), "a socket has one owner");
    let mut silent = app.site.stranger().raw_socket().await;
    silent.says(r#"{"type":"ping"}"#).await;
    assert_eq!(silent.close_code().await.0, CloseCode::BadFrame.number(), "first of all it says who it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_only_reads_moves_nothing_on_the_socket() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let (_, program) = ben.makes_token("read events").await;
    let mut socket = program.watches().await;
    ada.posts("One").await;
    sees_post(&mut socket, "One").await;
    let topic = ada.topic();
    socket.says(json!({ "type": "read", "topic": topic, "seq": 1 }).to_string()).await;
    let refused =
        socket.until(|frame| if let ServerFrame::Error(error) = frame { Some(error) } else { None }).await;
    assert_eq!(refused.status(), 403, "{refused:?}");
    ada.posts("Two").await;
    sees_post(&mut socket, "Two").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_ends_with_its_token_unless_another_one_comes() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let (_, program) = ben.makes_token("events").await;
    // An access token that has six seconds left.
    let past = node_in_the_past(&app, limits::ACCESS_TOKEN_FOR - Duration::from_secs(6)).await;
    let granted = past.exchange_token(&program.token, None, "192.0.2.7").await.unwrap();
    past.close().await;
    let short = Program::with(app.site, &granted.access_token);
    let (mut ends, mut goes_on) = (short.watches().await, short.says_hello().await);
    let expires =
        |frame| if let ServerFrame::Token { expires_in_ms } = frame { Some(expires_in_ms) } else { None };
    assert!(goes_on.until(expires).await <= 6_000);
    let next = program.exchanges().await.access_token;
    goes_on.says(json!({ "type": "refresh", "token": next }).to_string()).await;
    assert!(600_000 < goes_on.until(expires).await);
    assert_eq!(ends.close_code().await.0, CloseCode::TokenExpired.number());
    ada.posts("Afterwards").await;
    sees_post(&mut goes_on, "Afterwards").await;
    // From here on the second token is the one that counts.
    let (_, adas) = ada.makes_token("events").await;
    goes_on.says(json!({ "type": "refresh", "token": adas.token }).to_string()).await;
    assert_eq!(goes_on.close_code().await.0, CloseCode::Forbidden.number(), "somebody else's is no next one");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_an_exchange_that_a_socket_went_over_to_ends_the_socket() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let (_, program) = ada.makes_token("events").await;
    let (first, second) = (program.exchanges().await, program.exchanges().await);
    let mut socket = Program::with(app.site, &first.access_token).watches().await;
    socket.says(json!({ "type": "refresh", "token": second.access_token }).to_string()).await;
    socket.until(|frame| matches!(frame, ServerFrame::Token { .. }).then_some(())).await;
    let refresh = async |token: &str| {
        app.site.stranger().tries::<Value>("tokens.exchange", json!({ "token": token })).await.is_ok()
    };
    // The first one ends, because its refresh token was copied. That is not the socket's business any more.
    assert!(refresh(&first.refresh_token).await && !refresh(&first.refresh_token).await);
    ada.posts("Still here").await;
    sees_post(&mut socket, "Still here").await;
    assert!(refresh(&second.refresh_token).await && !refresh(&second.refresh_token).await);
    assert_eq!(socket.close_code().await.0, CloseCode::SessionRevoked.number());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_asks_for_the_next_token_and_goes_on_with_it() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let (_, program) = ben.makes_token("events").await;
    let past = node_in_the_past(&app, limits::ACCESS_TOKEN_FOR - Duration::from_secs(5)).await;
    let granted = past.exchange_token(&program.token, None, "192.0.2.7").await.unwrap();
    past.close().await;
    let settings = Settings { token: Some(granted.access_token), ..Settings::new("test/1") };
    let (handle, outputs) = client::transport::native::connect(&socket_url(app.site), "", settings);
    let mut live = Live { handle, outputs };
    live.until(|output| matches!(output, Output::TokenWanted).then_some(())).await;
    live.handle.token(program.exchanges().await.access_token);
    ada.posts("With the next one").await;
    assert_eq!(live.titles_until("With the next one").await, ["With the next one"]);
}

fn socket_url(site: Site) -> String {
    format!("ws://{}/ws", site.address)
}

/// Everything that ends a token ends its sockets on the other node.
async fn ends_on_the_other_node(change: impl Fn(&mut Config), break_bus: impl FnOnce()) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut config = config_in(folder.path());
    change(&mut config);
    let mut one = TestApp::start_on(config.clone()).await;
    let mut two = TestApp::start_on(config).await;
    let ada = one.site.set_up("ada").await;
    let ben = ada.invites("ben").await;
    let (id, revoked) = ben.makes_token("events").await;
    let (_, of_ben) = ben.makes_token("events").await;
    let (bot, of_bot) = ada.makes_bot("releases", "events").await;
    let there = |program: &Program| Program::with(two.site, &program.token);
    let exchanged = Program::with(two.site, &revoked.exchanges().await.access_token);
    let mut sockets = [
        (there(&revoked).watches().await, "its token"),
        (exchanged.watches().await, "what its token was exchanged for"),
    ];
    let mut bens = there(&of_ben).watches().await;
    let mut bots = there(&of_bot).watches().await;
    let mut browser = two.site.sign_in("ada").await.watches().await;
    break_bus();
    ben.revokes(id).await;
    for (socket, what) in &mut sockets {
        assert_eq!(socket.close_code().await.0, CloseCode::SessionRevoked.number(), "{what} was revoked");
    }
    let _: Value = ada.does("bots.remove", json!({ "bot": bot })).await;
    assert_eq!(bots.close_code().await.0, CloseCode::SessionRevoked.number(), "the bot was removed");
    deactivates(&ada, &ben).await;
    assert_eq!(bens.close_code().await.0, CloseCode::SessionRevoked.number(), "the account was deactivated");
    ada.posts("For who is left").await;
    assert_eq!(browser.titles_until("For who is left").await, ["For who is left"]);
    two.stop().await;
    one.stop().await;
}

async fn deactivates(ada: &Person, ben: &Person) {
    let _: Value = ada.does("admin.deactivate", json!({ "user": ben.me.person.id })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_closes_its_sockets_on_every_node() {
    let (Some(redis), Some(postgres)) = (Redis::start(), Postgres::start()) else { return };
    let change = |config: &mut Config| {
        config.redis_url.clone_from(&redis.url);
        config.database_url.clone_from(&postgres.url);
    };
    ends_on_the_other_node(change, || {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_closes_its_sockets_also_while_redis_is_away() {
    let Some(redis) = Redis::start() else { return };
    let url = redis.url.clone();
    ends_on_the_other_node(|config: &mut Config| config.redis_url.clone_from(&url), move || drop(redis))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_shows_a_bot_that_is_connected() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let (bot, program) = ada.makes_bot("releases", "events").await;
    let mut live = ada.watches().await;
    let topic: Topic = ada.topic();
    live.handle.focus(Some(topic), None);
    let _socket = program.watches().await;
    live.until(|output| match output {
        Output::Presence { presence, .. } => {
            serde_json::to_string(&presence).expect("JSON").contains(&bot.to_string()).then_some(())
        }
        _ => None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_never_says_who_it_is_is_closed_and_holds_no_stop_up() {
    let mut app = TestApp::start().await;
    let mut first = app.site.stranger().raw_socket().await;
    assert_eq!(first.close_code().await.0, CloseCode::HelloTooLate.number());
    let mut second = app.site.stranger().raw_socket().await;
    app.tell_to_stop();
    assert_eq!(second.close_code().await.0, CloseCode::Draining.number());
    app.stop().await;
}
