//! Programs with tokens, over HTTP: who they are, what they may do, and when that is over.

use crate::harness::{Person, Refusal, Site, Stranger, TestApp, config_in, read, within};
use crate::uploads::Upload;
use app::api::scopes::{COMMANDS, Needs, needs};
use leptos::server_fn::axum::server_fn_paths;
use protocol::account::Me;
use protocol::post::Feed;
use protocol::token::{Bot, FreshToken, Granted, Scope, Scopes};
use protocol::workspace::Workspace;
use protocol::{Code, PostId, Timestamp, TokenId, UserId, WorkspaceId, limits};
use reqwest::header;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use store::{Clock, Settings, Store};

/// A program with a token.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) token: String,
    pub(crate) wire: Stranger,
}

impl Program {
    pub(crate) fn with(site: Site, token: &str) -> Self {
        Self { token: token.to_owned(), wire: site.stranger() }
    }

    pub(crate) fn request(&self, command: &str, arguments: impl Serialize) -> reqwest::RequestBuilder {
        self.wire.request(command, arguments).bearer_auth(&self.token)
    }

    pub(crate) async fn tries<T: DeserializeOwned>(
        &self,
        command: &str,
        arguments: impl Serialize,
    ) -> Result<T, Refusal> {
        read(within(self.request(command, arguments).send()).await.expect("the server answers")).await
    }

    pub(crate) async fn does<T: DeserializeOwned>(&self, command: &str, arguments: impl Serialize) -> T {
        let answer = self.tries(command, arguments).await;
        answer.unwrap_or_else(|refusal| panic!("{command}: {refusal:?}"))
    }

    /// How a question is refused, that any token may ask which holds.
    pub(crate) async fn status(&self) -> u16 {
        self.tries::<Me>("account.get", json!({})).await.map_or_else(|refusal| refusal.status, |_| 200)
    }

    /// Exchanges the token.
    pub(crate) async fn exchanges(&self) -> Granted {
        self.does("tokens.exchange", json!({ "token": self.token })).await
    }
}

impl Person {
    /// Makes a token with these scopes.
    pub(crate) async fn makes_token(&self, scopes: &str) -> (TokenId, Program) {
        self.makes(json!({ "scopes": scopes })).await
    }

    async fn makes(&self, with: Value) -> (TokenId, Program) {
        let mut new = json!({ "id": TokenId::new(Timestamp::now()), "name": "Deploys", "days": 30 });
        for (name, value) in with.as_object().expect("an object") {
            new[name] = value.clone();
        }
        let fresh: FreshToken = self.does("tokens.create", new).await;
        (fresh.token.id, Program::with(self.wire.site, &fresh.secret))
    }

    pub(crate) async fn revokes(&self, token: TokenId) {
        let _: Value = self.does("tokens.revoke", json!({ "id": token })).await;
    }

    /// Makes a bot in their workspace, and a token for it.
    pub(crate) async fn makes_bot(&self, handle: &str, scopes: &str) -> (UserId, Program) {
        let id = UserId::new(Timestamp::now());
        let new = json!({
            "id": id, "workspace": self.workspace(), "name": "Release bot", "handle": handle, "role": "member", "hue": 3
        });
        let _: Bot = self.does("bots.create", new).await;
        let (_, program) = self.makes(json!({ "scopes": scopes, "bot": id })).await;
        (id, program)
    }
}

/// The server's database, as a node would see it whose clock is wrong by this.
pub(crate) async fn node_in_the_past(app: &TestApp, behind: Duration) -> Store {
    let (clock, _) = Clock::manual(Timestamp::now() - behind);
    let url = config_in(app.folder()).store_url();
    let (store, mut committed) =
        Store::open(&Settings { clock, ..Settings::new(url) }).await.expect("it opens");
    #[expect(clippy::disallowed_methods, reason = "it ends with the store")]
    tokio::spawn(async move { while committed.recv().await.is_some() {} });
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_and_what_it_is_exchanged_for_act_for_their_owner() {
    let app = TestApp::start().await;
    let (_, ben) = app.two_people().await;
    let (_, program) = ben.makes_token("read write").await;
    let granted = program.exchanges().await;
    assert_eq!((granted.token_type.as_str(), granted.expires_in), ("Bearer", 900));
    let signed = Program::with(app.site, &granted.access_token);
    for (program, title) in [(&program, "By the token"), (&signed, "By the access token")] {
        let post: protocol::post::Post = program.does("posts.create", ben.new_post(title)).await;
        assert_eq!(post.author.id, ben.me.person.id);
    }
    let feed: Feed = signed.does("posts.list", json!({ "workspace": ben.workspace() })).await;
    assert_eq!(feed.posts.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_names_its_scope_and_a_token_without_it_gets_403() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let listed: BTreeSet<&str> = COMMANDS.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed.len(), COMMANDS.len(), "none stands there twice");
    let mut served: BTreeSet<&str> =
        server_fn_paths().map(|(path, _)| path.strip_prefix("/api/").expect("it is below /api")).collect();
    assert!(80 < served.len(), "{served:?}");
    served.insert("files.upload");
    assert_eq!(listed, served, "every command that is served stands in the list, and nothing else");

    let everything = ada.makes_token(&Scopes::all().to_string()).await.1;
    let mut with = Vec::new();
    for scope in Scope::ALL {
        let without = ada.makes_token(&Scopes::all().without(scope).to_string()).await.1;
        with.push((scope, without, ada.makes_token(scope.word()).await.1));
    }
    for command in served {
        match needs(command) {
            Needs::Nothing => {
                let (_, _, any) = &with[0];
                let answer: Result<Value, Refusal> = any.tries(command, json!({})).await;
                assert!(answer.is_ok_and(|_| true) || command != "setup.status", "{command}");
            }
            Needs::Person => {
                let refusal = everything.tries::<Value>(command, json!({})).await.expect_err(command);
                assert_eq!((refusal.status, refusal.error.code), (403, Code::Forbidden), "{command}");
                assert!(refusal.error.message.starts_with("No token may do this"), "{command}: {refusal:?}");
            }
            Needs::Scope(scope) => {
                let (_, without, only) = with.iter().find(|(one, ..)| *one == scope).expect("every scope");
                let refusal = without.tries::<Value>(command, json!({})).await.expect_err(command);
                assert_eq!(refusal.status, 403, "{command}");
                let sentence = format!("This token lacks the scope {}.", scope.word());
                assert_eq!(refusal.error.message, sentence, "{command}");
                // The control: with the scope alone it is the command that answers.
                if let Err(refusal) = only.tries::<Value>(command, json!({})).await {
                    assert!(!refusal.error.message.contains("scope"), "{command}: {refusal:?}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_a_token_never_reads_the_cookie() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let (_, bens) = ben.makes_token("read").await;
    let with_adas_cookie = |token: &str| {
        let request = bens.wire.request("account.get", json!({})).bearer_auth(token);
        request.header(header::COOKIE, &ada.wire.cookie)
    };
    let me: Me = with_adas_cookie(&bens.token).send().await.unwrap().json().await.unwrap();
    assert_eq!(me.person.id, ben.me.person.id);
    for wrong in ["", "nonsense", "hubbub_token_x"] {
        let answer = with_adas_cookie(wrong).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{wrong:?}");
        assert!(answer.headers()[header::WWW_AUTHENTICATE].to_str().unwrap().starts_with("Bearer"));
    }
    // A page is for people: the token opens none, and the cookie beside it does not either.
    let page = app.site.stranger().http.get(app.site.url("/inbox")).header(header::COOKIE, &ada.wire.cookie);
    let page = page.bearer_auth(&bens.token).send().await.unwrap();
    assert_eq!(page.headers()[header::LOCATION], "/sign-in?to=/inbox");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_for_cookies_of_other_sites_are_not_for_tokens() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let (_, program) = ada.makes_token("write").await;
    for (name, value) in [("origin", "https://tools.example"), ("sec-fetch-site", "cross-site")] {
        let new = ada.new_post("From elsewhere");
        let answer = program.request("posts.create", &new).header(name, value).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{name}");
        let answer = ada.wire.request("posts.create", &new).header(name, value).send().await.unwrap();
        assert_eq!(answer.status(), 403, "with the cookie: {name}");
        let both = program.wire.request("posts.create", &new).bearer_auth("nonsense").header(name, value);
        let answer = both.header(header::COOKIE, &ada.wire.cookie).send().await.unwrap();
        assert_eq!(answer.status(), 401, "a header does not help the cookie: {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_an_address_is_refused() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let (_, program) = ada.makes_token("read write files events").await;
    let token = &program.token;
    for path in [
        format!("/api/account.get?access_token={token}"),
        format!("/api/files.upload?token={token}"),
        format!("/ws?token={token}"),
        format!("/files/x/y?access_token={token}"),
    ] {
        let http = app.site.stranger().http;
        let request = if path.starts_with("/api") {
            http.post(app.site.url(&path))
        } else {
            http.get(app.site.url(&path))
        };
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 400, "{path}");
        assert!(answer.text().await.unwrap().contains("Authorization"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_token_of_this_instance_is_refused() {
    let (app, other) = (TestApp::start().await, TestApp::start().await);
    let (ada, adas_twin) = (app.site.set_up("ada").await, other.site.set_up("ada").await);
    let (_, program) = ada.makes_token("read").await;
    let (_, twin) = adas_twin.makes_token("read").await;
    let granted = program.exchanges().await;
    let foreign = twin.exchanges().await;
    let parts: Vec<&str> = granted.access_token.split('.').collect();
    let of_twin: Vec<&str> = foreign.access_token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("{parts:?}") };
    for (what, token) in [
        ("another instance's", foreign.access_token.clone()),
        ("another instance's token", twin.token.clone()),
        ("our header, their claims and signature", format!("{header}.{}.{}", of_twin[1], of_twin[2])),
        ("their claims with our signature", format!("{header}.{}.{signature}", of_twin[1])),
        ("without a signature", format!("{header}.{claims}.")),
        ("without two of its parts", header.to_owned()),
        ("a refresh token", granted.refresh_token.clone()),
        ("a cookie", ada.wire.cookie.split_once('=').unwrap().1.to_owned()),
    ] {
        assert_eq!(Program::with(app.site, &token).status().await, 401, "{what}");
    }
    assert_eq!(Program::with(app.site, &granted.access_token).status().await, 200, "the control");
    let mut cookie = app.site.stranger();
    cookie.cookie = format!("hubbub_session={}", program.token);
    assert_eq!(
        cookie.tries::<Me>("account.get", json!({})).await.unwrap_err().status,
        401,
        "no cookie either"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_is_refused_when_it_has_expired_and_before_it_holds() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let (_, program) = ada.makes_token("read").await;
    let by_node = async |behind: Duration| {
        let node = node_in_the_past(&app, behind).await;
        let granted = node.exchange_token(&program.token, None, "192.0.2.7").await.unwrap();
        node.close().await;
        Program::with(app.site, &granted.access_token)
    };
    let expired = by_node(limits::ACCESS_TOKEN_FOR + Duration::from_secs(1)).await;
    let refusal = expired.tries::<Me>("account.get", json!({})).await.unwrap_err();
    assert_eq!((refusal.status, refusal.error.message.as_str()), (401, "This token has expired."));
    assert_eq!(
        by_node(limits::ACCESS_TOKEN_FOR - Duration::from_secs(60)).await.status().await,
        200,
        "the control"
    );
    let (clock, hand) = Clock::manual(Timestamp::now());
    hand.advance(Duration::from_secs(60));
    let settings = Settings { clock, ..Settings::new(config_in(app.folder()).store_url()) };
    let (ahead, _committed) = Store::open(&settings).await.unwrap();
    let granted = ahead.exchange_token(&program.token, None, "192.0.2.7").await.unwrap();
    assert_eq!(Program::with(app.site, &granted.access_token).status().await, 401, "not yet");
    ahead.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_over_with_everything_that_it_was_exchanged_for() {
    let app = TestApp::start().await;
    let (_, ben) = app.two_people().await;
    let (id, program) = ben.makes_token("read").await;
    let granted = program.exchanges().await;
    let signed = Program::with(app.site, &granted.access_token);
    assert_eq!((program.status().await, signed.status().await), (200, 200));
    ben.revokes(id).await;
    assert_eq!((program.status().await, signed.status().await), (401, 401));
    for token in [&program.token, &granted.refresh_token] {
        let refused = program.wire.tries::<Granted>("tokens.exchange", json!({ "token": token })).await;
        assert_eq!(refused.unwrap_err().status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_comes_twice_ends_its_exchange() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let (_, program) = ada.makes_token("read").await;
    let first = program.exchanges().await;
    let refresh = async |token: &str| {
        app.site.stranger().tries::<Granted>("tokens.exchange", json!({ "token": token })).await
    };
    let second = refresh(&first.refresh_token).await.unwrap();
    assert_eq!(Program::with(app.site, &second.access_token).status().await, 200);
    assert_eq!(refresh(&first.refresh_token).await.unwrap_err().status, 401);
    assert_eq!(Program::with(app.site, &second.access_token).status().await, 401);
    assert_eq!(refresh(&second.refresh_token).await.unwrap_err().status, 401);
    assert_eq!(program.status().await, 200, "the token itself goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_owner_and_a_removed_bot_have_no_tokens() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let (_, bens) = ben.makes_token("read").await;
    let bens_signed = Program::with(app.site, &bens.exchanges().await.access_token);
    let (bot, bots) = ada.makes_bot("releases", "read write").await;
    let bots_signed = Program::with(app.site, &bots.exchanges().await.access_token);
    let mut new = ada.new_post("Version 7");
    new.id = PostId::new(Timestamp::now());
    let post: protocol::post::Post = bots.does("posts.create", new).await;
    assert!(post.author.bot, "people see that a bot wrote it");
    let _: Value = ada.does("admin.deactivate", json!({ "user": ben.me.person.id })).await;
    let _: Value = ada.does("bots.remove", json!({ "bot": bot })).await;
    for program in [bens, bens_signed, bots, bots_signed] {
        assert_eq!(program.status().await, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_somebody_outside_a_workspace_finds_nothing_there() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let new = json!({ "id": WorkspaceId::new(Timestamp::now()), "name": "Elsewhere" });
    let elsewhere: Workspace = ada.does("workspaces.create", new).await;
    let (_, program) = ben.makes_token(&Scopes::all().to_string()).await;
    for (command, arguments) in [
        ("posts.list", json!({ "workspace": elsewhere.id })),
        ("members.list", json!({ "workspace": elsewhere.id })),
        ("workspaces.get", json!({ "slug": elsewhere.slug })),
        ("search.query", json!({ "workspace": elsewhere.id, "q": "x", "order": "newest" })),
    ] {
        let refusal = program.tries::<Value>(command, arguments).await.unwrap_err();
        assert_eq!(refusal.status, 404, "{command}: {refusal:?}");
    }
    let refusal = program.tries::<Value>("admin.people", json!({})).await.unwrap_err();
    assert_eq!(refusal.status, 403, "the scope admin makes nobody an administrator");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_up_and_down_with_their_scope_only() {
    let app = TestApp::start().await;
    let (ada, ben) = app.two_people().await;
    let place = ada.founds_group(&[&ben]).await;
    let (_, with) = ada.makes_token("files").await;
    let (_, without) = ada.makes_token("read write events admin").await;
    let upload = Upload::of(place, "plan.txt", "the plan");
    let send = async |program: &Program| {
        let path = format!("/api/files.upload?conversation={place}&id={}&name=plan.txt", upload.id);
        let request = program.wire.http.post(app.site.url(&path)).bearer_auth(&program.token);
        request.body(upload.content.clone()).send().await.unwrap().status()
    };
    let open = async |program: &Program| {
        let url = app.site.url(&format!("/files/{}/plan.txt", upload.id));
        program.wire.http.get(url).bearer_auth(&program.token).send().await.unwrap().status()
    };
    assert_eq!(
        (send(&without).await, open(&without).await),
        (403.try_into().unwrap(), 403.try_into().unwrap())
    );
    assert_eq!((send(&with).await, open(&with).await), (200.try_into().unwrap(), 200.try_into().unwrap()));
    let (_, bens) = ben.makes_token("files").await;
    assert_eq!(open(&bens).await, 404, "nobody but its author, until a message brings it");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_asks_so_often_and_leaves_the_others_alone() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let (_, busy) = ada.makes_token("read").await;
    let (_, other) = ada.makes_token("read").await;
    let mut refusal = None;
    for _ in 0..20 * limits::TOKEN_REQUESTS_BURST_MAX {
        if let Err(error) = busy.tries::<Me>("account.get", json!({})).await {
            refusal = Some(error);
            break;
        }
    }
    let refusal = refusal.expect("it was too often");
    assert_eq!((refusal.status, refusal.error.code), (429, Code::RateLimited));
    assert!(refusal.retry_after.is_some());
    assert_eq!(other.status().await, 200);
    let _: Me = ada.does("account.get", json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_access_tokens_are_there_for_everybody() {
    let app = TestApp::start().await;
    let answer = app.site.stranger().opens("/.well-known/jwks.json").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/jwk-set+json");
    let set: Value = answer.json().await.unwrap();
    let [key] = &set["keys"].as_array().unwrap()[..] else { panic!("{set}") };
    assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
    assert!(key.get("d").is_none(), "and the secret half is not");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_form_makes_a_token_and_the_next_page_shows_it_once() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let id = TokenId::new(Timestamp::now()).to_string();
    let fields = [
        ("id", id.as_str()),
        ("to", "/settings/tokens"),
        ("name", "Deploys"),
        ("days", "30"),
        ("scopes", "read"),
        ("scopes", "events"),
    ];
    let post =
        ada.wire.http.post(app.site.url("/api/tokens.create")).header(header::COOKIE, &ada.wire.cookie);
    let answer = post.header(header::ACCEPT, "text/html").form(&fields).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()[header::LOCATION]),
        (303, &"/settings/tokens".parse().unwrap())
    );
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/settings/tokens;", "Max-Age=60"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let secret = cookie.split([';', '=']).nth(1).unwrap();
    let program = Program::with(app.site, secret);
    assert_eq!(program.status().await, 200);
    let page = ada.wire.http.get(app.site.url("/settings/tokens"));
    let cookies = format!("{}; hubbub_fresh_token={secret}", ada.wire.cookie);
    let page = page.header(header::COOKIE, cookies).header(header::ACCEPT, "text/html").send().await.unwrap();
    let gone = page.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(gone.starts_with("hubbub_fresh_token=;") && gone.contains("Max-Age=0"), "{gone}");
    let html = page.text().await.unwrap();
    assert!(html.contains(secret) && html.contains("Deploys") && html.contains("events"));
    let again = ada.wire.opens("/settings/tokens").await.text().await.unwrap();
    assert!(again.contains("Deploys") && !again.contains(secret));
}

/// The example of the README, as it stands there, against this server.
#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_the_readme_works_as_it_stands() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let (_, program) = ada.makes_token("read write").await;
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let (_, section) = readme.split_once("## For programs").expect("it has the section");
    let script =
        section.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let (first, rest) = script.split_once('\n').unwrap();
    assert!(first.starts_with("export HUBBUB="), "{first}");
    let mut shell = std::process::Command::new("bash");
    shell
        .args(["-euo", "pipefail", "-c", rest])
        .env("HUBBUB", app.site.url(""))
        .env("HUBBUB_TOKEN", &program.token);
    shell.env("WORKSPACE", ada.workspace().to_string());
    let ran = tokio::task::spawn_blocking(move || shell.output()).await.unwrap().expect("there is a bash");
    let said = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success(), "{said} {}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("Ada Tester") && said.contains("<strong>green</strong>"), "{said}");
    let feed: Feed = ada.does("posts.list", json!({ "workspace": ada.workspace() })).await;
    assert_eq!(feed.posts[0].title, "Version 7 is out");
}
