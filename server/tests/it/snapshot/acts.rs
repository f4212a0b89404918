//! A town of a few people, and what they may do in it.

use super::talk::Said;
use protocol::account::{NewAccount, NewInstance, ProfileEdit, SignIn};
use protocol::comment::{CommentEdit, NewComment};
use protocol::draft::{Draft, DraftPlace};
use protocol::link::PreviewRemoval;
use protocol::notification::ReadMark;
use protocol::post::{NewPost, PostEdit};
use protocol::presence::{NewPresence, NewStatus, SeenAs};
use protocol::reaction::{Reaction, ReactionTarget};
use protocol::workspace::{NewInvitation, NewWorkspace, Role, RoleChange};
use protocol::{
    CommentId, ConversationId, CustomEventId, InvitationId, PostId, Timestamp, Topic, WorkspaceId,
};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use store::{Caller, Clock, Committed, LogEvent, ManualClock, PageSays, PasswordCost, Settings, Store};
use tempfile::TempDir;
use tokio::sync::mpsc;

const PASSWORD: &str = "a password for tests";
pub(super) const EMOJI: [&str; 3] = ["🎉", "👍", "❤️"];
/// When it begins. Ids are made of it: they only have to differ, and their random part sees to that.
pub(super) const START: Timestamp = Timestamp(1_795_252_205_000);
/// More than one page of the feed, and comments that fit one.
const POSTS_MAX: usize = 30;
const COMMENTS_MAX: usize = 60;
/// So many that members fit one page.
const GUESTS_MAX: usize = 12;

/// One thing that somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    Post,
    EditPost,
    DeletePost,
    Pin,
    Comment,
    EditComment,
    DeleteComment,
    React,
    TakeReactionBack,
    SeeLinks,
    RemovePreview,
    Join,
    Remove,
    DeleteAccount,
    Rename,
    ChangeRole,
    RenameWorkspace,
    BenJoins,
    BenLeaves,
    ReadNotifications,
    Draft,
    ReadFeed,
    SetStatus,
    ChoosePresence,
    EndSession,
    OpenConversation,
    OpenDirect,
    RenameConversation,
    Archive,
    JoinRoom,
    LeaveConversation,
    AddToConversation,
    RemoveFromConversation,
    ChangeParticipantRole,
    Arrange,
    Say,
    EditMessage,
    DeleteMessage,
    PinMessage,
    SaveMessage,
    ReactToMessage,
    ReadConversation,
    Publish,
    DeleteEvent,
}

/// What is done in conversations, the frequent things more often.
const TALK: [Act; 29] = [
    Act::OpenConversation,
    Act::OpenConversation,
    Act::OpenDirect,
    Act::RenameConversation,
    Act::Archive,
    Act::JoinRoom,
    Act::JoinRoom,
    Act::LeaveConversation,
    Act::AddToConversation,
    Act::AddToConversation,
    Act::RemoveFromConversation,
    Act::ChangeParticipantRole,
    Act::Arrange,
    Act::Say,
    Act::Say,
    Act::Say,
    Act::Say,
    Act::Say,
    Act::Say,
    Act::EditMessage,
    Act::EditMessage,
    Act::DeleteMessage,
    Act::PinMessage,
    Act::PinMessage,
    Act::SaveMessage,
    Act::ReactToMessage,
    Act::ReactToMessage,
    Act::ReadConversation,
    Act::ReadConversation,
];

/// What is done, the frequent things more often.
const ACTS: [Act; 41] = [
    Act::Post,
    Act::Post,
    Act::Post,
    Act::EditPost,
    Act::EditPost,
    Act::DeletePost,
    Act::Pin,
    Act::Pin,
    Act::Comment,
    Act::Comment,
    Act::Comment,
    Act::Comment,
    Act::EditComment,
    Act::EditComment,
    Act::DeleteComment,
    Act::React,
    Act::React,
    Act::React,
    Act::TakeReactionBack,
    Act::TakeReactionBack,
    Act::SeeLinks,
    Act::SeeLinks,
    Act::RemovePreview,
    Act::Join,
    Act::Remove,
    Act::DeleteAccount,
    Act::Rename,
    Act::Rename,
    Act::ChangeRole,
    Act::RenameWorkspace,
    Act::BenJoins,
    Act::BenLeaves,
    Act::ReadNotifications,
    Act::Draft,
    Act::ReadFeed,
    Act::SetStatus,
    Act::SetStatus,
    Act::ChoosePresence,
    Act::Publish,
    Act::Publish,
    Act::DeleteEvent,
];

/// The store, who is there, and what they made.
pub(super) struct Town {
    pub(super) store: Store,
    committed: mpsc::Receiver<Committed>,
    /// Everything that was committed, as it was then.
    pub(super) live: HashMap<(Topic, u64), Arc<LogEvent>>,
    clock: ManualClock,
    pub(super) ben: Caller,
    pub(super) ada: Caller,
    pub(super) cleo: Caller,
    pub(super) guests: Vec<Caller>,
    people: usize,
    pub(super) square: WorkspaceId,
    attic: WorkspaceId,
    posts: Vec<(PostId, WorkspaceId, Caller)>,
    comments: Vec<(CommentId, PostId, Caller)>,
    pub(super) conversations: Vec<ConversationId>,
    pub(super) said: Vec<Said>,
    pub(super) published: Vec<CustomEventId>,
    /// What was done so far.
    pub(super) done: BTreeSet<Act>,
    _folder: TempDir,
}

impl Town {
    /// Ada runs it; Ben and Cleo are members of the square; the attic is Ada's and Cleo's.
    pub(super) async fn found() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (clock, hand) = Clock::manual(START);
        let url = format!("sqlite://{}/hubbub.db", folder.path().display());
        let settings = Settings { clock, password_cost: PasswordCost::cheap(), ..Settings::new(url) };
        let (store, committed) = Store::open(&settings).await.expect("the database opens");
        let founder = NewInstance {
            name: "Ada".to_owned(),
            handle: "ada".to_owned(),
            password: PASSWORD.to_owned(),
            workspace_name: "Square".to_owned(),
        };
        let ada = store.set_up(founder, "", "").await.expect("set up").caller;
        let square = store.me(&ada).await.expect("Ada").workspaces[0].workspace.id;
        let attic = NewWorkspace { id: WorkspaceId::new(START), name: "Attic".to_owned() };
        let attic = store.create_workspace(&ada, attic).await.expect("a workspace").id;
        let mut town = Self {
            store,
            committed,
            live: HashMap::new(),
            clock: hand,
            ben: ada,
            ada,
            cleo: ada,
            guests: Vec::new(),
            people: 0,
            square,
            attic,
            posts: Vec::new(),
            comments: Vec::new(),
            conversations: Vec::new(),
            said: Vec::new(),
            published: Vec::new(),
            done: BTreeSet::new(),
            _folder: folder,
        };
        town.ben = town.moves_in("ben").await;
        town.cleo = town.moves_in("cleo").await;
        let link = town.invitation(attic).await;
        town.store.accept_invitation(&town.cleo, &link).await.expect("Cleo joins");
        let rooms = town.store.conversations(&town.ben, square).await.expect("the first room");
        town.conversations.extend(rooms.iter().map(|state| state.conversation.id));
        town.done.extend([Act::Join, Act::BenJoins]);
        town
    }

    /// Takes what was committed since the last time.
    pub(super) fn committed(&mut self) {
        while let Ok(commit) = self.committed.try_recv() {
            let events = commit.events.into_iter();
            self.live.extend(events.map(|event| ((event.topic, event.seq), event)));
        }
    }

    pub(super) async fn may_read(&self, topic: Topic) -> bool {
        let access = self.store.access(&self.ben).await.expect("the database answers");
        access.topics.contains(&topic)
    }

    /// Posts whose threads are opened.
    pub(super) fn some_posts(&self, dice: &mut StdRng) -> Vec<PostId> {
        let of_the_square = self.posts.iter().filter(|(_, workspace, _)| *workspace == self.square);
        let all: Vec<PostId> = of_the_square.map(|(id, _, _)| *id).collect();
        all.choose_multiple(dice, 3).copied().collect()
    }

    async fn invitation(&self, workspace: WorkspaceId) -> String {
        let id = InvitationId::new(START);
        let new = NewInvitation { id, workspace, role: Role::Member, days: 1, uses_max: 1 };
        let link = self.store.create_invitation(&self.ada, new).await.expect("an invitation");
        link.path.trim_start_matches("/join/").to_owned()
    }

    async fn moves_in(&mut self, handle: &str) -> Caller {
        let invitation = self.invitation(self.square).await;
        let (name, password) = (handle.to_uppercase(), PASSWORD.to_owned());
        let account = NewAccount { name, handle: handle.to_owned(), password, invitation };
        self.store.sign_up(account, "", "").await.expect("sign-up").caller
    }

    /// Somebody does something; what they may not do is refused, and nothing happens.
    pub(super) async fn acts(&mut self, dice: &mut StdRng) {
        self.clock.advance(Duration::from_millis(dice.random_range(0..3_000)));
        let acts = if dice.random_bool(0.4) { &TALK[..] } else { &ACTS[..] };
        let act = if dice.random_bool(0.03) { Act::EndSession } else { *acts.choose(dice).expect("acts") };
        match self.tries(act, dice).await {
            Ok(()) => {
                self.done.insert(act);
            }
            Err(store::Error::Refused(_)) => {}
            Err(error) => panic!("{act:?}: {error}"),
        }
        self.committed();
    }

    async fn tries(&mut self, act: Act, dice: &mut StdRng) -> store::Result<()> {
        let n = dice.random_range(0..1000);
        let by = *[self.ada, self.ben, self.cleo].choose(dice).expect("people");
        let post = self.posts.choose(dice).copied();
        let comment = self.comments.choose(dice).copied();
        let workspace = if dice.random_bool(0.75) { self.square } else { self.attic };
        match act {
            Act::Post if self.posts.len() < POSTS_MAX => {
                let id = PostId::new(START);
                let new = NewPost { id, workspace, title: format!("Post {n}"), body: text(dice, n) };
                self.store.create_post(&by, new).await?;
                self.posts.push((id, workspace, by));
            }
            Act::EditPost => {
                let Some((id, _, author)) = post else { return Ok(()) };
                let base = self.store.post(&author, id).await?.post.version;
                let title = dice.random_bool(0.5).then(|| format!("Edited {n}"));
                let body = Some(text(dice, n)).filter(|_| title.is_none() || n % 2 == 0);
                self.store.update_post(&author, PostEdit { id, base, title, body }).await?;
            }
            Act::DeletePost => {
                let Some((id, _, _)) = post.filter(|_| 4 < self.posts.len()) else { return Ok(()) };
                self.store.delete_post(&self.ada, id).await?;
                self.posts.retain(|(other, _, _)| *other != id);
                self.comments.retain(|(_, of, _)| *of != id);
            }
            Act::Pin => {
                let Some((id, _, _)) = post else { return Ok(()) };
                self.store.pin_post(&self.ada, id, n % 3 != 0).await?;
            }
            Act::Comment if self.comments.len() < COMMENTS_MAX => {
                let Some((post, _, _)) = post else { return Ok(()) };
                let parent = comment.filter(|(_, of, _)| *of == post).map(|(id, _, _)| id);
                let id = CommentId::new(START);
                self.store.create_comment(&by, NewComment { id, post, parent, body: text(dice, n) }).await?;
                self.comments.push((id, post, by));
            }
            Act::EditComment => {
                let Some((id, post, author)) = comment else { return Ok(()) };
                let comments = self.store.comments(&author, post, None).await?.items;
                let Some(base) = comments.iter().find(|one| one.id == id).map(|one| one.version) else {
                    return Ok(());
                };
                self.store.update_comment(&author, CommentEdit { id, base, body: text(dice, n) }).await?;
            }
            Act::DeleteComment => {
                let Some((id, _, _)) = comment else { return Ok(()) };
                self.store.delete_comment(&self.ada, id).await?;
                self.comments.retain(|(other, _, _)| *other != id);
            }
            Act::React | Act::TakeReactionBack => {
                let on_post = post.map(|(id, _, _)| ReactionTarget::Post(id)).filter(|_| n % 2 == 0);
                let target = on_post.or(comment.map(|(id, _, _)| ReactionTarget::Comment(id)));
                let Some(target) = target else { return Ok(()) };
                let emoji = (*EMOJI.choose(dice).expect("emoji")).to_owned();
                let reaction = Reaction { target, emoji };
                match act {
                    Act::React => self.store.add_reaction(&by, reaction).await?,
                    _ => self.store.remove_reaction(&by, reaction).await?,
                };
            }
            Act::SeeLinks => {
                for url in self.store.due_links(Duration::from_secs(30)).await? {
                    let (site, title) = ("Example".to_owned(), format!("Page {n}"));
                    let says = PageSays { site, title, description: String::new() };
                    self.store.settle_link(&url, Some(says).filter(|_| n % 5 != 0)).await?;
                }
            }
            Act::RemovePreview => {
                let Some((id, _, author)) = post else { return Ok(()) };
                let post = self.store.post(&author, id).await?.post;
                let Some(preview) = post.previews.first() else { return Ok(()) };
                let removal = PreviewRemoval { target: ReactionTarget::Post(id), url: preview.url.clone() };
                self.store.remove_preview(&author, removal).await?;
            }
            Act::Join if self.people < GUESTS_MAX => {
                self.people += 1;
                let guest = self.moves_in(&format!("guest{}", self.people)).await;
                self.guests.push(guest);
            }
            Act::Remove => {
                // Whoever was removed does nothing more: a name that changes elsewhere is no event here.
                let Some(guest) = self.guests.pop() else { return Ok(()) };
                self.store.remove_member(&self.ada, self.square, guest.user).await?;
            }
            Act::DeleteAccount => {
                let Some(guest) = self.guests.pop() else { return Ok(()) };
                let about = self.posts.iter().find(|(_, workspace, _)| *workspace == self.square);
                if let Some((post, _, _)) = about {
                    let id = CommentId::new(START);
                    let new = NewComment { id, post: *post, parent: None, body: text(dice, n) };
                    self.store.create_comment(&guest, new).await?;
                }
                self.store.delete_account(&guest, PASSWORD.to_owned()).await?;
                self.done.insert(Act::Comment);
            }
            Act::Rename => {
                let guest = self.guests.last().copied().filter(|_| n % 3 == 0);
                let edit = ProfileEdit { name: Some(format!("Name {n}")), handle: None, hue: None };
                self.store.update_profile(&guest.unwrap_or(by), edit).await?;
            }
            Act::ChangeRole => {
                let role =
                    *[Role::Guest, Role::Member, Role::Member, Role::Admin].choose(dice).expect("roles");
                let user = if n % 2 == 0 { self.ben.user } else { self.cleo.user };
                self.store
                    .set_member_role(&self.ada, RoleChange { workspace: self.square, user, role })
                    .await?;
            }
            Act::RenameWorkspace => {
                self.store.rename_workspace(&self.ada, workspace, format!("Place {n}")).await?;
            }
            Act::BenJoins => {
                let link = self.invitation(self.attic).await;
                self.store.accept_invitation(&self.ben, &link).await?;
            }
            Act::BenLeaves => self.store.leave_workspace(&self.ben, self.attic).await?,
            Act::ReadNotifications => {
                let inbox = self.store.notifications(&self.ben, None).await?.items;
                let Some(one) = inbox.choose(dice) else { return Ok(()) };
                let mark = if n % 3 == 0 { ReadMark::UpTo(one.at) } else { ReadMark::One(one.id) };
                self.store.read_notification(&self.ben, mark).await?;
            }
            Act::Draft => {
                let place = match post.filter(|_| n % 2 == 0) {
                    Some((post, _, _)) => DraftPlace::Comment(post),
                    None => DraftPlace::Post(self.square),
                };
                let body = if n % 4 == 0 { String::new() } else { text(dice, n) };
                let at = self.store.notifications(&self.ben, None).await?.items.first().map(|one| one.at);
                let at = at.unwrap_or(START) + Duration::from_millis(n as u64);
                self.store.save_draft(&self.ben, Draft { place, title: String::new(), body, at }).await?;
            }
            Act::ReadFeed => {
                let feed = self.store.feed(&self.ben, workspace, None).await?;
                self.store.move_read(&self.ben, feed.as_of.topic, feed.as_of.position.seq).await?;
            }
            Act::SetStatus => {
                let text = if n % 3 == 0 { String::new() } else { format!("Status {n}") };
                self.store.set_status(&by, NewStatus { text, ..NewStatus::default() }).await?;
            }
            Act::ChoosePresence => {
                let seen_as = if n % 2 == 0 { SeenAs::Invisible } else { SeenAs::Online };
                self.store.set_presence(&self.ben, NewPresence { seen_as, minutes: 0 }).await?;
            }
            Act::EndSession => {
                let sign_in = SignIn { handle: "ben".to_owned(), password: PASSWORD.to_owned() };
                let phone = self.store.sign_in(sign_in, "", "").await?.caller;
                self.store.end_session(&self.ben, phone.session).await?;
            }
            Act::Post | Act::Comment | Act::Join => {}
            Act::Publish | Act::DeleteEvent => self.publishes(act, by, workspace, dice).await?,
            talk => self.talks(talk, by, dice).await?,
        }
        Ok(())
    }
}

/// A text that names somebody now and then, or links a page.
pub(super) fn text(dice: &mut StdRng, n: i32) -> String {
    let who = *["", "@ben", "@ada and @ben", "@cleo"].choose(dice).expect("names");
    let link = if n % 3 == 0 { format!("https://example.org/{}", n % 7) } else { String::new() };
    format!("Text {n} {who} {link}")
}
