//! The server's API as programs use it, and the people of a run.

use crate::Result;
use crate::server::Server;
use futures::{StreamExt, TryStreamExt, stream};
use protocol::account::{Me, NewAccount, NewInstance};
use protocol::post::{NewPost, Post};
use protocol::workspace::{InvitationLink, NewInvitation, Role, Workspace};
use protocol::{InvitationId, PostId, Timestamp, limits};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// Sign-ups at once: hashing passwords takes all cores anyway.
const SIGN_UPS_AT_ONCE: usize = 4;
/// A body of the usual size: with it an event is about a kilobyte.
const BODY: &str = "The numbers of last week are in. Thanks to everybody who helped to get them there; \
                    the next step is to look at what the second group says, and to write it down by Friday.";

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    http: reqwest::Client,
    base: Arc<str>,
    /// The `Cookie` header.
    pub(crate) cookie: Arc<str>,
}

/// Everybody, in one workspace.
#[derive(Debug)]
pub(crate) struct Community {
    pub(crate) workspace: Workspace,
    /// The first one made it.
    pub(crate) people: Vec<Person>,
}

impl Community {
    /// Makes the first account and its workspace, and lets the others in by a link.
    pub(crate) async fn found(server: &Server, people: usize) -> Result<Self> {
        let http = reqwest::Client::builder().pool_max_idle_per_host(256).build()?;
        let base: Arc<str> = server.base().into();
        let owner = NewInstance {
            name: "Ada Lovelace".to_owned(),
            handle: "ada".to_owned(),
            password: "only for a measurement".to_owned(),
            workspace_name: "Bench".to_owned(),
        };
        let first = Person::enter(&http, &base, "setup.create", &owner).await?;
        let me: Me = first.call("account.get", &serde_json::json!({})).await?;
        let workspace =
            me.workspaces.into_iter().next().ok_or("the first account has no workspace")?.workspace;
        let secrets = first.invites(&workspace, people).await?;
        let others: Vec<Person> = stream::iter(1..people)
            .map(|number| {
                let account = NewAccount {
                    name: format!("Person {number}"),
                    handle: format!("person{number}"),
                    password: "only for a measurement".to_owned(),
                    invitation: secrets[number / uses_max()].clone(),
                };
                let (http, base) = (&http, &base);
                async move { Person::enter(http, base, "auth.sign_up", &account).await }
            })
            .buffered(SIGN_UPS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(Self { workspace, people: std::iter::once(first).chain(others).collect() })
    }

    /// As many people as so many sockets need.
    pub(crate) fn people_for(sockets: usize) -> usize {
        sockets.div_ceil(limits::SOCKETS_PER_USER_MAX).max(1)
    }

    /// Whose socket the one with this number is.
    pub(crate) fn owner_of(&self, socket: usize) -> &Person {
        &self.people[socket % self.people.len()]
    }
}

impl Person {
    /// Signs in or up and keeps the cookie.
    async fn enter(
        http: &reqwest::Client,
        base: &Arc<str>,
        method: &str,
        form: &impl Serialize,
    ) -> Result<Self> {
        let answer = http.post(format!("{base}/api/{method}")).json(form).send().await?;
        let cookie = answer.headers().get(reqwest::header::SET_COOKIE);
        let cookie = cookie.and_then(|cookie| cookie.to_str().ok()?.split(';').next());
        let Some(cookie) = cookie.map(Arc::from) else {
            return Err(format!("{method}: {}", answer.text().await?).into());
        };
        Ok(Self { http: http.clone(), base: base.clone(), cookie })
    }

    /// The same person, who asks another server of the site.
    pub(crate) fn at(&self, base: &str) -> Self {
        Self { base: base.into(), ..self.clone() }
    }

    /// Calls a method.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        arguments: &impl Serialize,
    ) -> Result<T> {
        let request = self.http.post(format!("{}/api/{method}", self.base)).json(arguments);
        let answer = request.header(reqwest::header::COOKIE, &*self.cookie).send().await?;
        let success = answer.status().is_success();
        let bytes = answer.bytes().await?;
        if success {
            Ok(serde_json::from_slice(&bytes)?)
        } else {
            Err(format!("{method}: {}", String::from_utf8_lossy(&bytes)).into())
        }
    }

    /// Writes a post.
    pub(crate) async fn posts(&self, workspace: &Workspace, title: String) -> Result<Post> {
        let id = PostId::new(Timestamp::now());
        let new = NewPost { id, workspace: workspace.id, title, body: BODY.to_owned() };
        self.call("posts.create", &new).await
    }

    /// Gets a page or a file as a browser would, compressed.
    pub(crate) async fn gets(&self, path: &str) -> Result<(Option<String>, Vec<u8>)> {
        let request =
            self.http.get(format!("{}{path}", self.base)).header(reqwest::header::COOKIE, &*self.cookie);
        let request = request.header(reqwest::header::ACCEPT_ENCODING, "br");
        let answer = request.header(reqwest::header::ACCEPT, "text/html").send().await?.error_for_status()?;
        let encoding = answer.headers().get(reqwest::header::CONTENT_ENCODING);
        let encoding = encoding.and_then(|encoding| encoding.to_str().ok()).map(ToOwned::to_owned);
        Ok((encoding, answer.bytes().await?.to_vec()))
    }

    /// The same without compression.
    pub(crate) async fn gets_plain(&self, path: &str) -> Result<Vec<u8>> {
        let request =
            self.http.get(format!("{}{path}", self.base)).header(reqwest::header::COOKIE, &*self.cookie);
        let answer = request.header(reqwest::header::ACCEPT, "text/html").send().await?.error_for_status()?;
        Ok(answer.bytes().await?.to_vec())
    }

    /// Enough invitation links for so many people.
    async fn invites(&self, workspace: &Workspace, people: usize) -> Result<Vec<String>> {
        let mut secrets = Vec::new();
        for _ in 0..=people / uses_max() {
            let new = NewInvitation {
                id: InvitationId::new(Timestamp::now()),
                workspace: workspace.id,
                role: Role::Member,
                days: 1,
                uses_max: limits::INVITATION_USES_MAX,
            };
            let link: InvitationLink = self.call("invitations.create", &new).await?;
            secrets.push(link.path.trim_start_matches("/join/").to_owned());
        }
        Ok(secrets)
    }
}

fn uses_max() -> usize {
    usize::try_from(limits::INVITATION_USES_MAX).expect("a thousand fits")
}
