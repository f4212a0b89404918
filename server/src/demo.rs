//! A believable community to look around in: `hubbub demo`.
//!
//! The texts lie beside this file in `demo/`, one per workspace, in the small format that
//! `script` reads. `timeline` spreads them over the last weeks, always the same way; here they
//! are written through the store's ordinary commands while a clock of our own steps from one to
//! the next. So mentions notify, counters count, and the log holds every event.

mod programs;
mod script;
mod talk;
mod timeline;

use crate::commands::CommandError;
use crate::config::Config;
use crate::run::database_error;
use programs::Told;
use protocol::account::{NewAccount, NewInstance, ProfileEdit};
use protocol::comment::NewComment;
use protocol::conversation::{ConversationKind, NewConversation};
use protocol::custom_event::NewCustomEvent;
use protocol::message::NewMessage;
use protocol::notification::ReadMark;
use protocol::post::NewPost;
use protocol::reaction::{Reaction, ReactionTarget};
use protocol::token::NewBot;
use protocol::workspace::{NewInvitation, NewWorkspace, Role, RoleChange};
use protocol::{
    CommentId, ConversationId, CustomEventId, InvitationId, MessageId, PostId, Timestamp, Topic, UserId,
    WorkspaceId,
};
use script::{PEOPLE, Place};
use std::collections::HashMap;
use std::time::Duration;
use store::{Caller, Clock, ManualClock, Settings, Store};
use timeline::{Deed, Step};

/// Everybody's password.
const PASSWORD: &str = "millbrook-demo";
/// How far back the community goes.
const WEEKS: u32 = 7;
/// What is newer than this stays unread for everybody, so that there is something to find.
const UNREAD_FOR: Duration = Duration::from_secs(30 * 3600);
/// The administrator, as whom most visitors look around, was away for a week.
const UNREAD_FOR_ADMIN: Duration = Duration::from_secs(7 * 24 * 3600);
/// From where all of it seems to come.
const ADDRESS: &str = "127.0.0.1";
const DEVICE: &str = "Firefox on Linux";

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Accounts.
    pub people: usize,
    /// Workspaces.
    pub workspaces: usize,
    /// Posts.
    pub posts: usize,
    /// Comments and replies.
    pub comments: usize,
    /// Conversations besides the rooms that every workspace begins with.
    pub conversations: usize,
    /// Messages in them.
    pub messages: usize,
    /// Reactions.
    pub reactions: usize,
    /// Events that programs published.
    pub events: usize,
}

impl Filled {
    /// What the person at the terminal should know.
    #[must_use]
    pub fn summary(&self) -> String {
        let Self { people, workspaces, posts, comments, conversations, messages, reactions, events } = self;
        let admin = PEOPLE.admin();
        format!(
            "Wrote a community: {people} people, {workspaces} workspaces, {posts} posts, {comments} comments, \
             {conversations} conversations, {messages} messages, {reactions} reactions, {events} events of programs.\n\
             Sign in as {admin} (who runs the instance) or as anybody else you meet there, for example hanna or wren.\n\
             Everybody's password: {PASSWORD}"
        )
    }
}

/// Fills an empty database.
///
/// # Errors
/// When it holds an account already, or cannot be written to.
pub async fn fill(config: &Config) -> Result<Filled, CommandError> {
    let now = Timestamp::now();
    let start = now - Duration::from_secs(u64::from(WEEKS) * 7 * 24 * 3600);
    let (clock, hand) = Clock::manual(start);
    let settings = Settings { clock: clock.clone(), ..Settings::new(config.store_url()) };
    let (store, mut committed) =
        Store::open(&settings).await.map_err(|error| database_error(config, &error))?;
    #[expect(clippy::disallowed_methods, reason = "it ends with the store, which is closed below")]
    tokio::spawn(async move { while committed.recv().await.is_some() {} });
    let result = match store.status().await {
        Ok(status) if status.is_set_up => Err(CommandError::NotEmpty),
        Ok(_) => {
            Town { store: store.clone(), clock, hand, people: HashMap::new(), places: HashMap::new() }
                .build(now)
                .await
        }
        Err(error) => Err(CommandError::Start(database_error(config, &error))),
    };
    store.close().await;
    result
}

/// A conversation while it goes on.
struct Said {
    id: ConversationId,
    /// What is still to be said, the next one last.
    lines: Vec<talk::Line>,
    /// What was said.
    messages: Vec<MessageId>,
}

/// The community while it is being written.
struct Town {
    store: Store,
    clock: Clock,
    hand: ManualClock,
    people: HashMap<&'static str, Caller>,
    places: HashMap<Place, WorkspaceId>,
}

impl Town {
    async fn build(mut self, now: Timestamp) -> Result<Filled, CommandError> {
        self.settle().await?;
        let mut filled =
            Filled { people: self.people.len(), workspaces: self.places.len(), ..Filled::default() };
        let mut posts: HashMap<(Place, usize), PostId> = HashMap::new();
        let mut comments: HashMap<(Place, usize, usize), CommentId> = HashMap::new();
        let mut talks = self.begin_talks(now).await?;
        filled.conversations = talks.len() - Place::ALL.len();
        let mut told = self.begin_programs(now).await?;
        for Step { at, who, deed } in timeline::steps(self.clock.now(), now) {
            self.happen_until(&mut talks, &mut told, at, &mut filled).await?;
            self.wait_until(at);
            let caller = self.people[who];
            match deed {
                Deed::Post { place, number, post } => {
                    let id = PostId::new(at);
                    let new = NewPost {
                        id,
                        workspace: self.places[&place],
                        title: post.title.to_owned(),
                        body: post.body.clone(),
                    };
                    self.store.create_post(&caller, new).await?;
                    posts.insert((place, number), id);
                    filled.posts += 1;
                }
                Deed::Pin { place, number } => {
                    self.store.pin_post(&caller, posts[&(place, number)], true).await?
                }
                Deed::Comment { place, post, number, parent, text } => {
                    let id = CommentId::new(at);
                    let parent = parent.map(|parent| comments[&(place, post, parent)]);
                    let new = NewComment { id, post: posts[&(place, post)], parent, body: text.to_owned() };
                    self.store.create_comment(&caller, new).await?;
                    comments.insert((place, post, number), id);
                    filled.comments += 1;
                }
                Deed::React { place, post, comment, emoji } => {
                    let target = match comment {
                        Some(comment) => ReactionTarget::Comment(comments[&(place, post, comment)]),
                        None => ReactionTarget::Post(posts[&(place, post)]),
                    };
                    self.store.add_reaction(&caller, Reaction { target, emoji: emoji.to_owned() }).await?;
                    filled.reactions += 1;
                }
                Deed::Read => self.read(&caller).await?,
            }
        }
        self.happen_until(&mut talks, &mut told, now, &mut filled).await?;
        self.wait_until(now);
        Ok(filled)
    }

    /// Begins all conversations.
    async fn begin_talks(&self, now: Timestamp) -> Result<Vec<Said>, CommandError> {
        let mut begun = Vec::new();
        for talk in talk::talks(now) {
            let (workspace, people) = (self.places[&talk.place], talk.people());
            let first = self.people[people[0]];
            let members: Vec<UserId> = people.iter().map(|handle| self.people[handle].user).collect();
            let id = match talk.kind {
                None => {
                    let mine = self.store.conversations(&first, workspace).await?;
                    let general = mine.iter().find(|state| state.conversation.is_default);
                    general.expect("every workspace begins with a room").conversation.id
                }
                Some(ConversationKind::Direct) => {
                    self.store.open_direct(&first, workspace, members[1]).await?.conversation.id
                }
                Some(kind) => {
                    let id = ConversationId::new(self.clock.now());
                    let (name, topic_line) = (talk.name.to_owned(), talk.topic_line.to_owned());
                    let new = NewConversation { id, workspace, kind, name, topic_line, members };
                    self.store.create_conversation(&first, new).await?;
                    id
                }
            };
            let mut lines = talk.lines;
            lines.reverse();
            begun.push(Said { id, lines, messages: Vec::new() });
        }
        Ok(begun)
    }

    /// Makes the bots of the community's programs. What they tell comes back with whose it is, the next last.
    async fn begin_programs(&self, now: Timestamp) -> Result<Vec<(UserId, Place, Told)>, CommandError> {
        let mut told = Vec::new();
        for program in programs::programs(now) {
            let id = UserId::new(self.clock.now());
            let bot = NewBot {
                id,
                workspace: self.places[&program.place],
                name: program.name.to_owned(),
                handle: program.handle.to_owned(),
                role: Role::Member,
                hue: program.hue,
            };
            self.store.create_bot(&self.people[PEOPLE.admin()], bot).await?;
            told.extend(program.events.into_iter().map(|event| (id, program.place, event)));
        }
        told.sort_by_key(|(_, _, event)| std::cmp::Reverse(event.at));
        Ok(told)
    }

    /// Publishes what programs told before a moment, and says what was said before it, in order.
    async fn happen_until(
        &self,
        talks: &mut [Said],
        told: &mut Vec<(UserId, Place, Told)>,
        until: Timestamp,
        filled: &mut Filled,
    ) -> Result<(), CommandError> {
        while let Some((bot, place, event)) = told.pop_if(|(_, _, event)| event.at <= until) {
            self.say_until(talks, event.at, filled).await?;
            self.wait_until(event.at);
            let new = NewCustomEvent {
                id: CustomEventId::new(event.at),
                kind: event.kind.to_owned(),
                payload: event.payload,
                person: event.person.map(|handle| self.people[handle].user),
                notice: event.notice,
            };
            let bot = Caller { user: bot, ..self.people[PEOPLE.admin()] };
            let outcomes = self.store.publish_events(&bot, self.places[&place], vec![new]).await?;
            for outcome in outcomes {
                outcome.map_err(store::Error::from)?;
                filled.events += 1;
            }
        }
        self.say_until(talks, until, filled).await
    }

    /// Says what was said before a moment, in all conversations, in order.
    async fn say_until(
        &self,
        talks: &mut [Said],
        until: Timestamp,
        filled: &mut Filled,
    ) -> Result<(), CommandError> {
        loop {
            let next = |said: &&mut Said| said.lines.last().map_or(Timestamp(i64::MAX), |line| line.at);
            let Some(said) = talks.iter_mut().min_by_key(next) else { return Ok(()) };
            let Some(line) = said.lines.pop_if(|line| line.at <= until) else { return Ok(()) };
            self.wait_until(line.at);
            let new = NewMessage {
                id: MessageId::new(line.at),
                conversation: said.id,
                thread: line.answers.map(|number| said.messages[number]),
                in_room: false,
                body: line.text,
                attachments: Vec::new(),
            };
            let message = self.store.send_message(&self.people[line.who], new).await?.id;
            said.messages.push(message);
            filled.messages += 1;
            for (emoji, handle) in line.reactions {
                let reaction = Reaction { target: ReactionTarget::Message(message), emoji: emoji.to_owned() };
                self.store.add_reaction(&self.people[handle], reaction).await?;
                filled.reactions += 1;
            }
        }
    }

    /// Accounts, workspaces, memberships and roles.
    async fn settle(&mut self) -> Result<(), CommandError> {
        let admin = PEOPLE.by_handle(PEOPLE.admin());
        let new = NewInstance {
            name: admin.name.to_owned(),
            handle: admin.handle.to_owned(),
            password: PASSWORD.to_owned(),
            workspace_name: Place::Makers.name().to_owned(),
        };
        let first = self.store.set_up(new, DEVICE, ADDRESS).await?.caller;
        self.people.insert(admin.handle, first);
        let membership = self.store.me(&first).await?.workspaces;
        let makers = membership.first().expect("the set-up makes a workspace").workspace.id;
        self.places.insert(Place::Makers, makers);
        for place in [Place::Rowing, Place::Studio] {
            let id = WorkspaceId::new(self.clock.now());
            self.store.create_workspace(&first, NewWorkspace { id, name: place.name().to_owned() }).await?;
            self.places.insert(place, id);
        }
        let mut secrets = HashMap::new();
        for place in Place::ALL {
            secrets.insert(place, self.invite(&first, place).await?);
        }
        for (number, person) in PEOPLE.all().iter().enumerate() {
            self.hand.advance(Duration::from_secs(7 * 60));
            if person.handle != admin.handle {
                let new = NewAccount {
                    name: person.name.to_owned(),
                    handle: person.handle.to_owned(),
                    password: PASSWORD.to_owned(),
                    invitation: secrets[&Place::Makers].clone(),
                };
                let caller = self.store.sign_up(new, DEVICE, ADDRESS).await?.caller;
                for (place, _) in person.roles.iter().filter(|(place, _)| *place != Place::Makers) {
                    self.store.accept_invitation(&caller, &secrets[place]).await?;
                }
                self.people.insert(person.handle, caller);
            }
            let hue =
                u8::try_from(number % usize::from(protocol::person::HUES)).expect("a remainder of 12") + 1;
            let edit = ProfileEdit { hue: Some(hue), ..ProfileEdit::default() };
            self.store.update_profile(&self.people[person.handle], edit).await?;
        }
        // Owners first: the administrator may hand out roles only while being one.
        for role in [Role::Owner, Role::Guest, Role::Admin] {
            for person in PEOPLE.all() {
                for (place, _) in person.roles.iter().filter(|(_, given)| *given == role) {
                    self.give(&first, person.handle, *place, role).await?;
                }
            }
        }
        Ok(())
    }

    async fn invite(&self, caller: &Caller, place: Place) -> Result<String, CommandError> {
        let new = NewInvitation {
            id: InvitationId::new(self.clock.now()),
            workspace: self.places[&place],
            role: Role::Member,
            days: 14,
            uses_max: 60,
        };
        let link = self.store.create_invitation(caller, new).await?;
        Ok(link.path.trim_start_matches("/join/").to_owned())
    }

    async fn give(&self, by: &Caller, handle: &str, place: Place, role: Role) -> Result<(), CommandError> {
        let user: UserId = self.people[handle].user;
        if user == by.user && role == Role::Owner {
            return Ok(());
        }
        let change = RoleChange { workspace: self.places[&place], user, role };
        self.store.set_member_role(by, change).await?;
        Ok(())
    }

    /// The person looks at everything there is.
    async fn read(&self, caller: &Caller) -> Result<(), CommandError> {
        self.store.read_notification(caller, ReadMark::UpTo(self.clock.now())).await?;
        for membership in self.store.me(caller).await?.workspaces {
            let topic = Topic::Workspace(membership.workspace.id);
            self.store.move_read(caller, topic, membership.position.seq).await?;
            self.store.read_all(caller, membership.workspace.id).await?;
        }
        Ok(())
    }

    fn wait_until(&self, at: Timestamp) {
        self.hand.advance(at.since(self.clock.now()));
    }
}
