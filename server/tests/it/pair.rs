//! One server, or two on one database with a Redis between them; and people who talk there.

use crate::harness::{Live, Person, Site, TestApp, config_in};
use crate::programs::{Postgres, Redis};
use client::Output;
use protocol::message::{Message, NewMessage};
use protocol::{ConversationId, Event, MessageId, Timestamp, Topic};
use tempfile::TempDir;

/// The servers of a site.
pub(crate) struct Pair {
    apps: Vec<TestApp>,
    _others: Option<(Redis, Postgres)>,
    _folder: TempDir,
}

impl Pair {
    /// One server on SQLite.
    pub(crate) async fn alone() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let app = TestApp::start_on(config_in(folder.path())).await;
        Self { apps: vec![app], _others: None, _folder: folder }
    }

    /// Two on PostgreSQL; none where that or Redis is not installed.
    pub(crate) async fn linked() -> Option<Self> {
        let (redis, postgres) = (Redis::start()?, Postgres::start()?);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = config_in(folder.path());
        config.redis_url.clone_from(&redis.url);
        config.database_url.clone_from(&postgres.url);
        let apps = vec![TestApp::start_on(config.clone()).await, TestApp::start_on(config).await];
        Some(Self { apps, _others: Some((redis, postgres)), _folder: folder })
    }

    /// The server on which things are done.
    pub(crate) fn here(&self) -> Site {
        self.apps[0].site
    }

    /// The other one, if there is one.
    pub(crate) fn there(&self) -> Site {
        self.apps[self.apps.len() - 1].site
    }

    pub(crate) async fn stop(mut self) {
        for app in self.apps.iter_mut().rev() {
            app.stop().await;
        }
    }
}

impl Person {
    /// The same person with the same session, on another server of the site.
    pub(crate) fn at(&self, site: Site) -> Self {
        let mut there = self.clone();
        there.wire.site = site;
        there
    }

    /// Looks at the page, where a conversation is followed, too.
    pub(crate) async fn follows(&self, topic: Topic) -> Live {
        let mut live = self.connects();
        live.handle.open(topic);
        let mut missing = vec![topic, self.topic(), Topic::User(self.me.person.id)];
        live.until(|output| {
            if let Output::Opened { topic, .. } = output {
                missing.retain(|one| *one != topic);
            }
            missing.is_empty().then_some(())
        })
        .await;
        live
    }

    pub(crate) async fn says(&self, to: ConversationId, body: &str) -> Message {
        self.does("messages.send", new_message(to, body)).await
    }
}

pub(crate) fn new_message(to: ConversationId, body: &str) -> NewMessage {
    NewMessage {
        id: MessageId::new(Timestamp::now()),
        conversation: to,
        thread: None,
        in_room: false,
        body: body.to_owned(),
        attachments: Vec::new(),
    }
}

/// The event, if the output is one of this topic.
pub(crate) fn event_in(topic: Topic, output: &Output) -> Option<&Event> {
    match output {
        Output::Event(event) if event.topic == topic => Some(event),
        _ => None,
    }
}
