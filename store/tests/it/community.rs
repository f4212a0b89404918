//! A small workspace in which the tests of the feed happen, and what they ask of it.

use crate::harness::{START, TestStore};
use protocol::account::{NewAccount, NewInstance};
use protocol::comment::{Comment, NewComment};
use protocol::conversation::{Conversation, ConversationKind, NewConversation};
use protocol::frame::ServerFrame;
use protocol::message::{Message, NewMessage};
use protocol::notification::Notification;
use protocol::post::{NewPost, Post};
use protocol::reaction::{Reaction, ReactionTarget};
use protocol::workspace::{NewInvitation, NewWorkspace, Role};
use protocol::{
    Code, CommentId, ConversationId, Event, EventKind, InvitationId, MessageId, PostId, Topic, WorkspaceId,
};
use std::time::Duration;
use store::{Caller, Store};

pub(crate) const PASSWORD: &str = "a password for tests";

/// Ada founded it, Ben and Cleo are members, Gus is a guest; Zoe is in another workspace.
pub(crate) struct Community {
    pub(crate) test: TestStore,
    pub(crate) workspace: WorkspaceId,
    pub(crate) elsewhere: WorkspaceId,
    pub(crate) ada: Caller,
    pub(crate) ben: Caller,
    pub(crate) cleo: Caller,
    pub(crate) gus: Caller,
    pub(crate) zoe: Caller,
}

impl std::ops::Deref for Community {
    type Target = Store;
    fn deref(&self) -> &Store {
        &self.test
    }
}

impl Community {
    pub(crate) async fn in_(test: TestStore) -> Self {
        let founder = NewInstance {
            name: "Ada Lovelace".to_owned(),
            handle: "ada".to_owned(),
            password: PASSWORD.to_owned(),
            workspace_name: "Engine room".to_owned(),
        };
        let ada = test.set_up(founder, "Test", "127.0.0.1").await.unwrap().caller;
        let workspace = test.me(&ada).await.unwrap().workspaces[0].workspace.id;
        let elsewhere = NewWorkspace { id: WorkspaceId::new(START), name: "Elsewhere".to_owned() };
        let elsewhere = test.create_workspace(&ada, elsewhere).await.unwrap().id;
        let ben = join(&test, &ada, workspace, Role::Member, "Ben").await;
        let cleo = join(&test, &ada, workspace, Role::Member, "Cleo").await;
        let gus = join(&test, &ada, workspace, Role::Guest, "Gus").await;
        let zoe = join(&test, &ada, elsewhere, Role::Member, "Zoe").await;
        Self { test, workspace, elsewhere, ada, ben, cleo, gus, zoe }
    }

    /// One more person comes in.
    pub(crate) async fn joins(&self, role: Role, name: &str) -> Caller {
        join(&self.test, &self.ada, self.workspace, role, name).await
    }

    /// The room that everybody but guests is in.
    pub(crate) async fn general(&self) -> Conversation {
        let mine = self.conversations(&self.ada, self.workspace).await.unwrap();
        mine.into_iter().map(|state| state.conversation).find(|one| one.name == "general").unwrap()
    }

    /// A room or group of Ada's with these people.
    pub(crate) async fn begins(&self, kind: ConversationKind, name: &str, with: &[Caller]) -> ConversationId {
        let new = NewConversation {
            id: ConversationId::new(START),
            workspace: self.workspace,
            kind,
            name: name.to_owned(),
            topic_line: String::new(),
            members: with.iter().map(|caller| caller.user).collect(),
        };
        self.create_conversation(&self.ada, new).await.unwrap().conversation.id
    }

    pub(crate) fn new_message(to: ConversationId, thread: Option<MessageId>, body: &str) -> NewMessage {
        NewMessage {
            id: MessageId::new(START),
            conversation: to,
            thread,
            in_room: false,
            body: body.to_owned(),
            attachments: Vec::new(),
        }
    }

    pub(crate) async fn says(&self, by: &Caller, to: ConversationId, body: &str) -> Message {
        self.send_message(by, Self::new_message(to, None, body)).await.unwrap()
    }

    pub(crate) async fn answers(&self, by: &Caller, to: &Message, body: &str) -> Message {
        self.send_message(by, Self::new_message(to.conversation, Some(to.id), body)).await.unwrap()
    }

    /// Unread messages and mentions of somebody.
    pub(crate) async fn unread_in(&self, of: &Caller, id: ConversationId) -> (u32, u32) {
        let state = self.conversation(of, id).await.unwrap();
        (state.unread, state.mentions)
    }

    /// The whole log of a conversation.
    pub(crate) async fn log_in(&self, id: ConversationId) -> Vec<Event> {
        log_of(self, Topic::Conversation(id)).await
    }

    /// Time passes, so that what follows is later.
    pub(crate) fn later(&self) {
        self.test.clock.advance(Duration::from_secs(1));
    }

    pub(crate) fn new_post(&self, title: &str, body: &str) -> NewPost {
        NewPost {
            id: PostId::new(START),
            workspace: self.workspace,
            title: title.to_owned(),
            body: body.to_owned(),
        }
    }

    pub(crate) async fn posts(&self, by: &Caller, title: &str, body: &str) -> Post {
        self.create_post(by, self.new_post(title, body)).await.unwrap()
    }

    pub(crate) fn new_comment(post: PostId, parent: Option<CommentId>, body: &str) -> NewComment {
        NewComment { id: CommentId::new(START), post, parent, body: body.to_owned() }
    }

    pub(crate) async fn comments_on(&self, by: &Caller, post: &Post, body: &str) -> Comment {
        self.create_comment(by, Self::new_comment(post.id, None, body)).await.unwrap()
    }

    pub(crate) async fn replies(&self, by: &Caller, to: &Comment, body: &str) -> Comment {
        self.create_comment(by, Self::new_comment(to.post, Some(to.id), body)).await.unwrap()
    }

    pub(crate) async fn reacts(&self, by: &Caller, target: ReactionTarget, emoji: &str) {
        self.add_reaction(by, Reaction { target, emoji: emoji.to_owned() }).await.unwrap();
    }

    /// The first page of somebody's notifications.
    pub(crate) async fn inbox(&self, of: &Caller) -> Vec<Notification> {
        self.notifications(of, None).await.unwrap().items
    }

    pub(crate) async fn unread(&self, of: &Caller) -> u32 {
        self.me(of).await.unwrap().unread
    }

    /// The whole log of the workspace.
    pub(crate) async fn log(&self) -> Vec<Event> {
        log_of(self, Topic::Workspace(self.workspace)).await
    }

    /// What happened in the workspace last.
    pub(crate) async fn last_event(&self) -> EventKind {
        self.log().await.pop().expect("something happened").kind
    }

    /// The whole log of a person.
    pub(crate) async fn own_log(&self, of: &Caller) -> Vec<Event> {
        log_of(self, Topic::User(of.user)).await
    }

    /// All logs as text.
    pub(crate) async fn everything_logged(&self) -> String {
        let mut text = String::new();
        let mut topics = self.topics();
        for caller in [self.ada, self.ben, self.cleo] {
            topics.extend(self.access(&caller).await.unwrap().topics);
        }
        topics.sort_unstable();
        topics.dedup();
        for topic in topics {
            for event in self.read_after(topic, 0, usize::MAX, usize::MAX).await.unwrap() {
                text.push_str(&event.frame);
                text.push('\n');
            }
        }
        text
    }

    /// Where all logs stand.
    pub(crate) async fn heads_now(&self) -> Vec<u64> {
        let mut heads = self.heads(&self.topics()).await.unwrap();
        heads.sort_by_key(|head| head.topic);
        heads.into_iter().map(|head| head.head).collect()
    }

    fn topics(&self) -> Vec<Topic> {
        let people = [self.ada, self.ben, self.cleo, self.gus, self.zoe];
        let own = people.into_iter().map(|caller| Topic::User(caller.user));
        own.chain([Topic::Workspace(self.workspace), Topic::Workspace(self.elsewhere)]).collect()
    }

    /// How many statements a question takes.
    pub(crate) async fn statements<T>(&self, question: impl Future<Output = store::Result<T>>) -> u64 {
        let before = self.pool_figures().queries;
        question.await.map(|_| ()).unwrap();
        self.pool_figures().queries - before
    }
}

async fn join(store: &Store, by: &Caller, workspace: WorkspaceId, role: Role, name: &str) -> Caller {
    let new = NewInvitation { id: InvitationId::new(START), workspace, role, days: 1, uses_max: 1 };
    let link = store.create_invitation(by, new).await.unwrap();
    let account = NewAccount {
        name: name.to_owned(),
        handle: name.to_lowercase(),
        password: PASSWORD.to_owned(),
        invitation: link.path.rsplit('/').next().unwrap_or_default().to_owned(),
    };
    store.sign_up(account, "Test", "127.0.0.1").await.unwrap().caller
}

async fn log_of(store: &Store, topic: Topic) -> Vec<Event> {
    let events = store.read_after(topic, 0, usize::MAX, usize::MAX).await.unwrap();
    let event = |frame: &str| match serde_json::from_str(frame).unwrap() {
        ServerFrame::Event(event) => event,
        other => panic!("the log holds events, not {other:?}"),
    };
    events.iter().map(|logged| event(&logged.frame)).collect()
}

/// The code of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(result: store::Result<T>) -> Code {
    protocol::Error::from(result.expect_err("this is refused")).code
}
