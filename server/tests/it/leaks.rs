//! Nobody ever gets what they may not read: not by the socket, not in an answer, a search, a notification
//! or a file. People come and go at random, and everything that each of them receives is looked through for
//! the words of conversations that they were not in when those were written, and not later either.

use crate::harness::{Person, frames_in, within};
use crate::pair::Pair;
use crate::uploads::{Upload, message_with};
use futures::stream::SplitSink;
use futures::{SinkExt, StreamExt};
use protocol::conversation::{ConversationKind, NewConversation};
use protocol::frame::{ClientFrame, ServerFrame};
use protocol::message::{Attachment, Message, NewMessage};
use protocol::workspace::{InvitationLink, NewInvitation, Role, RoleChange};
use protocol::{ConversationId, InvitationId, MessageId, Timestamp, Topic};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite;

const STEPS: usize = 90;
/// After so many steps everybody's answers are looked through.
const CHECK_EVERY: usize = 15;
const TALKS_MAX: usize = 6;

/// A word that stands in one place only, and who may have seen it.
struct Secret {
    talk: usize,
    seen_by: BTreeSet<usize>,
}

struct Talk {
    id: ConversationId,
    is_room: bool,
    is_archived: bool,
    members: BTreeSet<usize>,
    file: Option<Attachment>,
    last: Option<MessageId>,
}

/// Everything that came over somebody's socket.
struct Ear {
    heard: Arc<Mutex<Vec<String>>>,
    mouth: Arc<tokio::sync::Mutex<SplitSink<client::transport::native::RawSocket, tungstenite::Message>>>,
    listening: JoinHandle<()>,
}

impl Ear {
    async fn of(person: &Person) -> Self {
        let mut socket = person.wire.raw_socket().await;
        socket.says_hello().await;
        let (mouth, mut stream) = socket.0.split();
        let (heard, mouth) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(tokio::sync::Mutex::new(mouth)));
        let (into, answering) = (Arc::clone(&heard), Arc::clone(&mouth));
        #[expect(clippy::disallowed_methods, reason = "the test's own task, ended with the test")]
        let listening = tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                if let tungstenite::Message::Text(text) = message {
                    if text.contains("\"type\":\"ping\"") {
                        let pong = tungstenite::Message::text("{\"type\":\"pong\"}");
                        answering.lock().await.send(pong).await.expect("the socket is open");
                    }
                    into.lock().expect("nobody panics with it").push(text.to_string());
                }
            }
        });
        Self { heard, mouth, listening }
    }

    async fn says(&self, frame: &ClientFrame) {
        let text = serde_json::to_string(frame).expect("frames are JSON");
        let mut mouth = self.mouth.lock().await;
        within(mouth.send(tungstenite::Message::text(text))).await.expect("the socket is open");
    }

    fn texts(&self) -> Vec<String> {
        self.heard.lock().expect("nobody panics with it").clone()
    }

    async fn hears(&self, word: &str) {
        within(async {
            while !self.texts().iter().any(|text| text.contains(word)) {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        })
        .await;
    }
}

/// The secrets in a text, by their number.
fn secrets_in(text: &str) -> BTreeSet<usize> {
    text.match_indices("tok").filter_map(|(at, _)| text.get(at + 3..at + 8)?.parse().ok()).collect()
}

struct Town {
    people: Vec<Person>,
    ears: Vec<Ear>,
    /// What they are in the workspace; the first one owns it.
    roles: Vec<Option<Role>>,
    talks: Vec<Talk>,
    secrets: Vec<Secret>,
    dice: StdRng,
}

impl Town {
    async fn found(pair: &Pair, seed: u64) -> Self {
        let ada = pair.here().set_up("ada").await;
        let mut people = vec![ada.clone()];
        for (number, handle) in ["ben", "cleo", "dan", "gus"].into_iter().enumerate() {
            let role = if handle == "gus" { Role::Guest } else { Role::Member };
            let site = if number % 2 == 0 { pair.there() } else { pair.here() };
            people.push(ada.invites_as(handle, role).await.at(site));
        }
        let mut ears = Vec::new();
        for person in &people {
            ears.push(Ear::of(person).await);
            ears.last().expect("it was put there").hears("\"opened\"").await;
        }
        let member = Some(Role::Member);
        let roles = vec![Some(Role::Owner), member, member, member, Some(Role::Guest)];
        let dice = StdRng::seed_from_u64(seed);
        Self { people, ears, roles, talks: Vec::new(), secrets: Vec::new(), dice }
    }

    fn may_read(&self, who: usize, talk: &Talk) -> bool {
        let is_open = talk.is_room && self.roles[who].is_some_and(|role| Role::Guest < role);
        talk.members.contains(&who) || is_open
    }

    /// A new word of a conversation, for those who may read that.
    fn secret(&mut self, talk: usize) -> String {
        let readers = (0..self.people.len()).filter(|who| self.may_read(*who, &self.talks[talk]));
        self.secrets.push(Secret { talk, seen_by: readers.collect() });
        format!("tok{:05}", self.secrets.len() - 1)
    }

    /// Whoever may read a conversation now may read all that was written there.
    fn rights_changed(&mut self) {
        for number in 0..self.secrets.len() {
            let talk = &self.talks[self.secrets[number].talk];
            let readers: Vec<usize> =
                (0..self.people.len()).filter(|who| self.may_read(*who, talk)).collect();
            self.secrets[number].seen_by.extend(readers);
        }
    }

    async fn tries(&self, by: usize, command: &str, arguments: impl serde::Serialize) -> bool {
        self.people[by].wire.tries::<Value>(command, arguments).await.is_ok()
    }

    async fn says(&mut self, by: usize, talk: usize, named: Option<usize>) {
        let word = self.secret(talk);
        let name = named.map(|who| format!(" @{}", self.people[who].me.person.handle)).unwrap_or_default();
        let new = crate::pair::new_message(self.talks[talk].id, &format!("{word}{name}"));
        let thread = self.talks[talk].last.filter(|_| self.dice.random_range(0..4) == 0);
        let new = NewMessage { thread, ..new };
        let sent = self.people[by].wire.tries::<Message>("messages.send", new).await;
        if let Ok(sent) = sent {
            self.talks[talk].last = Some(sent.thread.unwrap_or(sent.id));
        }
    }

    async fn begins(&mut self, by: usize, other: usize) {
        let is_room = self.dice.random();
        let members = BTreeSet::from([by, other]);
        let new = NewConversation {
            id: ConversationId::new(Timestamp::now()),
            workspace: self.people[0].workspace(),
            kind: if is_room { ConversationKind::Room } else { ConversationKind::Group },
            // The name is a secret, too: the next one.
            name: format!("tok{:05}", self.secrets.len()),
            topic_line: String::new(),
            members: vec![self.people[other].me.person.id],
        };
        let id = new.id;
        if self.tries(by, "conversations.create", new).await {
            self.talks.push(Talk { id, is_room, is_archived: false, members, file: None, last: None });
            let talk = self.talks.len() - 1;
            self.secret(talk);
            let name = format!("{}.txt", self.secret(talk));
            let content = self.secret(talk);
            let file = self.people[by].uploads(Upload::of(id, &name, content)).await;
            self.tries(by, "messages.send", message_with(id, &[&file])).await;
            self.talks[talk].file = Some(file);
        }
    }

    async fn acts(&mut self) {
        let (by, other) = (self.dice.random_range(0..5), self.dice.random_range(0..5));
        let act = self.dice.random_range(0..20);
        if self.talks.is_empty() || (act == 0 && self.talks.len() < TALKS_MAX) {
            return self.begins(by, other).await;
        }
        let talk = self.dice.random_range(0..self.talks.len());
        let (id, user) = (self.talks[talk].id, self.people[other].me.person.id);
        let (of_talk, of_other) = (json!({ "id": id }), json!({ "id": id, "user": user }));
        let workspace = self.people[0].workspace();
        match act {
            1 | 2 if self.tries(by, "conversations.join", &of_talk).await => {
                self.talks[talk].members.insert(by);
            }
            3 if self.tries(by, "conversations.leave", &of_talk).await => {
                self.talks[talk].members.remove(&by);
            }
            4 | 5 => {
                let people = json!({ "id": id, "people": [user] });
                if self.tries(by, "conversations.add", people).await {
                    self.talks[talk].members.insert(other);
                }
            }
            6 | 7 if self.tries(by, "conversations.remove", &of_other).await => {
                self.talks[talk].members.remove(&other);
            }
            8 => {
                let archived = !self.talks[talk].is_archived;
                let command = if archived { "conversations.archive" } else { "conversations.unarchive" };
                if self.tries(by, command, &of_talk).await {
                    self.talks[talk].is_archived = archived;
                }
            }
            9 if other != 0 && self.roles[other].is_some() => {
                let role = if self.dice.random() { Role::Member } else { Role::Guest };
                let change = RoleChange { workspace, user, role };
                if self.tries(0, "members.set_role", change).await {
                    self.roles[other] = Some(role);
                }
            }
            10 if other != 0 => match self.roles[other] {
                Some(_) => {
                    let who = json!({ "workspace": workspace, "user": user });
                    let _: Value = self.people[0].does("members.remove", who).await;
                    self.roles[other] = None;
                    for talk in &mut self.talks {
                        talk.members.remove(&other);
                    }
                }
                None => self.comes_back(other).await,
            },
            11 => {
                self.ears[by].says(&ClientFrame::Open { topic: Topic::Conversation(id), since: None }).await
            }
            12 => {
                if let Some(last) = self.talks[talk].last {
                    self.tries(by, "messages.save", json!({ "id": last })).await;
                    let reaction = json!({ "target": format!("message:{last}"), "emoji": "👍" });
                    self.tries(by, "reactions.add", reaction).await;
                }
            }
            _ => self.says(by, talk, Some(other)).await,
        }
        self.rights_changed();
    }

    async fn comes_back(&mut self, who: usize) {
        let (id, workspace) = (InvitationId::new(Timestamp::now()), self.people[0].workspace());
        let new = NewInvitation { id, workspace, role: Role::Member, days: 1, uses_max: 1 };
        let link: InvitationLink = self.people[0].does("invitations.create", new).await;
        let secret = link.path.trim_start_matches("/join/").to_owned();
        let _: Value = self.people[who].does("invitations.accept", json!({ "secret": secret })).await;
        self.roles[who] = Some(Role::Member);
    }

    /// Everybody asks for everything: what is in the answers they may read now.
    async fn check_answers(&self) {
        let workspace = self.people[0].workspace();
        for (who, person) in self.people.iter().enumerate() {
            let mut asked = vec![
                ("conversations.list", json!({ "workspace": workspace })),
                ("conversations.browse", json!({ "workspace": workspace })),
                ("notifications.list", json!({})),
                ("messages.saved", json!({})),
                ("search.query", json!({ "workspace": workspace, "q": "tok", "order": "newest" })),
                ("search.query", json!({ "workspace": workspace, "q": "has:file", "order": "newest" })),
            ];
            for talk in &self.talks {
                asked.push(("conversations.get", json!({ "id": talk.id })));
                asked.push(("messages.list", json!({ "conversation": talk.id })));
                asked.push(("messages.pins", json!({ "conversation": talk.id })));
                if let Some(last) = talk.last {
                    asked.push(("messages.get", json!({ "id": last })));
                    asked.push(("messages.thread", json!({ "id": last })));
                }
            }
            for (command, arguments) in asked {
                let answer = person.wire.tries::<Value>(command, &arguments).await;
                let text = answer.map_or_else(|refusal| refusal.error.message, |value| value.to_string());
                for secret in secrets_in(&text) {
                    let talk = &self.talks[self.secrets[secret].talk];
                    assert!(self.may_read(who, talk), "{who} got {secret} by {command} {arguments}: {text}");
                }
            }
            for talk in &self.talks {
                let may = self.may_read(who, talk);
                let read: Result<Value, _> =
                    person.wire.tries("messages.list", json!({ "conversation": talk.id })).await;
                assert_eq!(read.map_or_else(|refusal| refusal.status, |_| 200), if may { 200 } else { 404 });
                if let Some(file) = &talk.file {
                    let status = person.opens_file(file).await.status().as_u16();
                    assert_eq!(status, if may { 200 } else { 404 }, "{who} and the file of {}", talk.id);
                }
            }
        }
    }

    /// Everybody who is in a conversation hears of it, and nobody else ever did.
    async fn check_sockets(&mut self) {
        for talk in 0..self.talks.len() {
            let members: Vec<usize> = self.talks[talk].members.iter().copied().collect();
            let Some(by) = members.choose(&mut self.dice).filter(|_| !self.talks[talk].is_archived) else {
                continue;
            };
            let before = self.secrets.len();
            self.says(*by, talk, None).await;
            for who in members {
                self.ears[who].hears(&format!("tok{before:05}")).await;
            }
        }
        for (who, person) in self.people.iter().enumerate() {
            let _: Value = person.does("presence.set", json!({ "seen_as": "invisible" })).await;
            self.ears[who].hears("\"presence.chosen\"").await;
        }
        for (who, ear) in self.ears.iter().enumerate() {
            let mut open: BTreeMap<Topic, bool> = BTreeMap::new();
            for text in ear.texts() {
                for secret in secrets_in(&text) {
                    assert!(self.secrets[secret].seen_by.contains(&who), "{who} heard {secret}: {text}");
                }
                for frame in frames_in(&text) {
                    let of = match &frame {
                        ServerFrame::Opened { topic, .. } => {
                            open.insert(*topic, true);
                            continue;
                        }
                        ServerFrame::Closed { topic, .. } => {
                            open.insert(*topic, false);
                            continue;
                        }
                        ServerFrame::Event(event) => event.topic,
                        ServerFrame::Ephemeral { topic, .. } | ServerFrame::Presence { topic, .. } => *topic,
                        _ => continue,
                    };
                    assert_eq!(open.get(&of), Some(&true), "{who} heard of {of}, which is not open: {text}");
                }
            }
        }
    }
}

async fn live(pair: &Pair, seed: u64) {
    eprintln!("-- seed {seed}");
    let mut town = Town::found(pair, seed).await;
    for step in 1..=STEPS {
        town.acts().await;
        if step % CHECK_EVERY == 0 {
            town.check_answers().await;
        }
    }
    town.check_sockets().await;
    for ear in town.ears {
        ear.listening.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_what_they_may_not_read_on_one_server() {
    for seed in 1..=3 {
        let pair = Pair::alone().await;
        live(&pair, seed).await;
        pair.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_what_they_may_not_read_on_two_servers() {
    let Some(pair) = Pair::linked().await else { return };
    live(&pair, 4).await;
    pair.stop().await;
}
