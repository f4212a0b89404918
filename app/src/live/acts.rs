//! What the person does: into the outbox at once, and out of it when the server has answered.
//!
//! Between the answer and the event that says the same, the row must not flicker: what the answer
//! means is written into the state, and the event finds it there.

use super::changes::{Changes, Keep};
use super::content::react;
use super::held::Held;
use super::messages::TimelineId;
use super::outbox::{Answer, Entry, EntryId, OutboxCommand};
use super::state::State;
use protocol::comment::{Comment, NewComment};
use protocol::message::{Message, NewMessage};
use protocol::post::{NewPost, Post};
use protocol::reaction::{Reaction, ReactionTarget};
use protocol::{CommentId, Error, MessageId, PostId, Timestamp, Topic};

impl State {
    /// Writes a post.
    pub fn create_post(&mut self, new: NewPost, now: Timestamp) -> Changes {
        self.act(OutboxCommand::CreatePost(new), now).0
    }

    /// Comments, or replies.
    pub fn create_comment(&mut self, new: NewComment, now: Timestamp) -> Changes {
        self.act(OutboxCommand::CreateComment(new), now).0
    }

    /// Sends a message.
    pub fn send_message(&mut self, new: NewMessage, now: Timestamp) -> Changes {
        self.act(OutboxCommand::SendMessage(new), now).0
    }

    /// Deletes a message, likewise to a post.
    pub fn delete_message(&mut self, id: MessageId, now: Timestamp) -> (Changes, Option<EntryId>) {
        self.act(OutboxCommand::DeleteMessage(id), now)
    }

    /// Reacts, unless the person has.
    pub fn add_reaction(&mut self, reaction: Reaction, now: Timestamp) -> Changes {
        match self.has_reacted(&reaction) {
            true => Changes::default(),
            false => self.act(OutboxCommand::AddReaction(reaction), now).0,
        }
    }

    /// Takes a reaction back, if there is one.
    pub fn remove_reaction(&mut self, reaction: Reaction, now: Timestamp) -> Changes {
        match self.has_reacted(&reaction) {
            true => self.act(OutboxCommand::RemoveReaction(reaction), now).0,
            false => Changes::default(),
        }
    }

    fn has_reacted(&self, reaction: &Reaction) -> bool {
        let mine = match reaction.target {
            ReactionTarget::Post(id) => self.post(id).map(|post| post.mine),
            ReactionTarget::Comment(id) => self.comment(id).map(|comment| comment.mine),
            ReactionTarget::Message(id) => self.message(id).map(|message| message.mine),
        };
        mine.is_some_and(|mine| mine.contains(&reaction.emoji))
    }

    /// Deletes a post: gone at once, sent when it can no longer be taken back.
    pub fn delete_post(&mut self, id: PostId, now: Timestamp) -> (Changes, Option<EntryId>) {
        self.act(OutboxCommand::DeletePost(id), now)
    }

    /// Deletes a comment, likewise.
    pub fn delete_comment(&mut self, id: CommentId, now: Timestamp) -> (Changes, Option<EntryId>) {
        self.act(OutboxCommand::DeleteComment(id), now)
    }

    fn act(&mut self, command: OutboxCommand, now: Timestamp) -> (Changes, Option<EntryId>) {
        let Some(me) = self.my_id() else { return (Changes::default(), None) };
        let mut changes = self.touched(&command);
        let (id, dropped) = self.outbox.add(me, command, now);
        changes.keep.extend(dropped.into_iter().map(Keep::Remove));
        if let Some(entry) = id.and_then(|id| self.outbox.get(id)) {
            changes.keep.push(Keep::Put(entry.clone()));
        }
        (changes, id)
    }

    /// What a command shows on.
    pub(super) fn touched(&self, command: &OutboxCommand) -> Changes {
        let mut changes = Changes { outbox: true, status: true, ..Changes::default() };
        match command {
            OutboxCommand::CreatePost(new) => {
                changes.posts.insert(new.id);
                changes.feeds.insert(new.workspace);
            }
            OutboxCommand::CreateComment(new) => {
                changes.comments.insert(new.id);
                changes.threads.insert(new.post);
                changes.posts.insert(new.post);
            }
            OutboxCommand::AddReaction(reaction) | OutboxCommand::RemoveReaction(reaction) => {
                match reaction.target {
                    ReactionTarget::Post(id) => changes.posts.insert(id),
                    ReactionTarget::Comment(id) => changes.comments.insert(id),
                    ReactionTarget::Message(id) => changes.messages.insert(id),
                };
            }
            OutboxCommand::SendMessage(new) => {
                changes.messages.insert(new.id);
                changes.messages.extend(new.thread);
                changes.timelines.insert(TimelineId::Conversation(new.conversation));
                changes.timelines.extend(new.thread.map(TimelineId::Thread));
            }
            OutboxCommand::DeleteMessage(id) => {
                changes.toasts = true;
                changes.messages.insert(*id);
                if let Some(message) = self.message(*id) {
                    changes.messages.extend(message.thread);
                    changes.timelines.insert(TimelineId::Conversation(message.conversation));
                    changes.timelines.extend(message.thread.map(TimelineId::Thread));
                }
            }
            OutboxCommand::DeletePost(id) => {
                changes.toasts = true;
                changes.posts.insert(*id);
                changes.threads.insert(*id);
                changes.feeds.extend(self.post(*id).map(|post| post.workspace));
            }
            OutboxCommand::DeleteComment(id) => {
                changes.toasts = true;
                changes.comments.insert(*id);
                if let Some(comment) = self.comment(*id) {
                    changes.threads.insert(comment.post);
                    changes.posts.insert(comment.post);
                }
            }
        }
        changes
    }

    /// The next command to send, now marked as on its way.
    pub fn next_to_send(&mut self, now: Timestamp) -> Option<(Entry, Changes)> {
        let entry = self.outbox.next(self.my_id()?, now)?;
        let changes = self.touched(&entry.command);
        Some((entry, changes))
    }

    /// The server did it: here, or in the tab that sends.
    pub fn done(&mut self, id: EntryId, answer: Answer) -> Changes {
        let Some(entry) = self.outbox.done(id) else { return Changes::default() };
        let mut changes = self.touched(&entry.command);
        match (answer, &entry.command) {
            (Answer::Post(post), _) => self.post_is_there(*post, &mut changes),
            (Answer::Comment(comment), _) => self.comment_is_there(*comment, &mut changes),
            (Answer::Message(message), _) => self.message_is_there(*message, &mut changes),
            (Answer::Done, OutboxCommand::AddReaction(reaction)) => self.reaction_is(reaction, true),
            (Answer::Done, OutboxCommand::RemoveReaction(reaction)) => self.reaction_is(reaction, false),
            (Answer::Done, OutboxCommand::DeletePost(id)) => {
                if let Some(workspace) = self.content.posts.get(id).map(|held| held.row.workspace) {
                    self.content.post_deleted(*id, workspace, &mut changes);
                }
            }
            (Answer::Done, OutboxCommand::DeleteComment(id)) => {
                let held = self.content.comments.get(id).filter(|held| !held.row.deleted);
                if let Some((post, seq)) = held.map(|held| (held.row.post, held.as_of)) {
                    let left =
                        self.content.posts.get(&post).map_or(0, |held| held.row.comments.saturating_sub(1));
                    if let Some(held) = self.content.posts.get_mut(&post) {
                        held.row.comments = left;
                    }
                    if let Some(held) = self.content.comments.get_mut(id) {
                        super::content::empty(&mut held.row);
                        held.as_of = seq;
                    }
                }
            }
            (Answer::Done, OutboxCommand::DeleteMessage(id)) => self.message_is_gone(*id, &mut changes),
            (
                Answer::Done,
                OutboxCommand::CreatePost(_)
                | OutboxCommand::CreateComment(_)
                | OutboxCommand::SendMessage(_),
            ) => {}
        }
        changes.keep.push(Keep::Remove(id));
        changes
    }

    fn post_is_there(&mut self, post: Post, changes: &mut Changes) {
        changes.feeds.insert(post.workspace);
        changes.posts.insert(post.id);
        if let Some(feed) = self.content.feeds.get_mut(&post.workspace) {
            feed.insert(post.order, post.id);
            let as_of = post.order;
            self.content.posts.entry(post.id).or_insert(Held { row: post, as_of });
        }
    }

    fn comment_is_there(&mut self, comment: Comment, changes: &mut Changes) {
        changes.threads.insert(comment.post);
        changes.comments.insert(comment.id);
        let post = self.content.posts.get_mut(&comment.post);
        // Its event brings the true number; until then it counts as one more.
        let topic = post.as_ref().map(|held| Topic::Workspace(held.row.workspace));
        let is_ahead = topic.is_some_and(|topic| self.recent.applied(topic) < comment.order);
        if let Some(held) = post
            && is_ahead
            && !self.content.comments.contains_key(&comment.id)
        {
            held.row.comments += 1;
        }
        if let Some(thread) = self.content.threads.get_mut(&comment.post) {
            thread.written(&comment);
            if thread.all().any(|id| id == comment.id) {
                let as_of = comment.order;
                self.content.comments.entry(comment.id).or_insert(Held { row: comment, as_of });
            }
        }
    }

    /// Its event brings what stands under the message that it answers; until then it counts as one more.
    fn message_is_there(&mut self, message: Message, changes: &mut Changes) {
        let topic = Topic::Conversation(message.conversation);
        let is_ahead = self.recent.applied(topic) < message.order;
        if let (Some(root), true) = (message.thread, is_ahead)
            && !self.messages.rows.contains_key(&message.id)
            && let Some(held) = self.messages.rows.get_mut(&root)
        {
            held.row.replies.count += 1;
            held.row.replies.last_at = Some(message.at);
        }
        let seq = message.order;
        self.messages.created(message, None, seq, changes);
    }

    fn message_is_gone(&mut self, id: MessageId, changes: &mut Changes) {
        let Some((root, seq)) = self.messages.rows.get(&id).map(|held| (held.row.thread, held.as_of)) else {
            return;
        };
        if let Some(held) = root.and_then(|root| self.messages.rows.get_mut(&root)) {
            held.row.replies.count = held.row.replies.count.saturating_sub(1);
        }
        self.messages.vanish(id, seq, changes);
    }

    fn reaction_is(&mut self, reaction: &Reaction, on: bool) {
        match reaction.target {
            ReactionTarget::Post(id) => {
                if let Some(held) = self.content.posts.get_mut(&id) {
                    react(&mut held.row.reactions, &mut held.row.mine, &reaction.emoji, on);
                }
            }
            ReactionTarget::Comment(id) => {
                if let Some(held) = self.content.comments.get_mut(&id) {
                    react(&mut held.row.reactions, &mut held.row.mine, &reaction.emoji, on);
                }
            }
            ReactionTarget::Message(id) => {
                if let Some(held) = self.messages.rows.get_mut(&id) {
                    react(&mut held.row.reactions, &mut held.row.mine, &reaction.emoji, on);
                }
            }
        }
    }

    /// The server did not do it, or no answer came.
    pub fn refused(&mut self, id: EntryId, error: &Error, now: Timestamp) -> Changes {
        let Some(command) = self.outbox.get(id).map(|entry| entry.command.clone()) else {
            return Changes::default();
        };
        if self.outbox.refused(id, error, now) {
            return self.done(id, Answer::Done);
        }
        let mut changes = self.touched(&command);
        if error.status() == 401 {
            self.signed_out = true;
            changes.signed_out = true;
        }
        changes.keep.extend(self.outbox.get(id).cloned().map(Keep::Put));
        changes
    }

    /// Sends a refused command once more.
    pub fn retry(&mut self, id: EntryId) -> Changes {
        let Some(entry) = self.outbox.retry(id).then(|| self.outbox.get(id)).flatten().cloned() else {
            return Changes::default();
        };
        let mut changes = self.touched(&entry.command);
        changes.keep.push(Keep::Put(entry));
        changes
    }

    /// Takes a deletion back, or gives up what was refused.
    pub fn discard(&mut self, id: EntryId) -> Changes {
        let Some(entry) = self.outbox.discard(id) else { return Changes::default() };
        let mut changes = self.touched(&entry.command);
        changes.keep.push(Keep::Remove(id));
        changes
    }

    /// What the person wrote in an entry.
    #[must_use]
    pub fn text_of(&self, id: EntryId) -> String {
        self.outbox.get(id).map(|entry| entry.command.text()).unwrap_or_default()
    }

    /// What the storage holds, which all tabs share.
    pub fn sync_outbox(&mut self, stored: Vec<Entry>) -> Changes {
        let before: Vec<OutboxCommand> =
            self.outbox.entries().iter().map(|entry| entry.command.clone()).collect();
        self.outbox.sync(stored);
        let mut changes = Changes { outbox: true, ..Changes::default() };
        let commands =
            before.into_iter().chain(self.outbox.entries().iter().map(|entry| entry.command.clone()));
        for command in commands.collect::<Vec<_>>() {
            changes.merge(self.touched(&command));
        }
        changes
    }

    /// The storage has this entry now.
    pub fn stored(&mut self, id: EntryId) -> Changes {
        self.outbox.stored(id);
        Changes::default()
    }

    /// The outbox does not wait for its next attempt any longer.
    pub fn retry_now(&mut self) -> Changes {
        self.outbox.retry_now();
        Changes::default()
    }
}
