//! What people do in the conversations of the town.

use super::acts::{Act, EMOJI, START, Town, text};
use protocol::conversation::{
    ConversationEdit, ConversationKind, ConversationRole, ConversationRoleChange, Level, NewConversation,
};
use protocol::message::{MessageEdit, NewMessage};
use protocol::reaction::{Reaction, ReactionTarget};
use protocol::{ConversationId, MessageId, Topic};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use store::Caller;

/// So few that a page keeps the timelines of all of them.
const CONVERSATIONS_MAX: usize = 6;
const MESSAGES_MAX: usize = 120;

/// Messages and where they stand, with who wrote them.
pub(super) type Said = (MessageId, ConversationId, Caller);

impl Town {
    /// Conversations that anybody may do something in.
    fn conversation(&self, dice: &mut StdRng) -> Option<ConversationId> {
        self.conversations.choose(dice).copied()
    }

    /// One act in a conversation, or about one.
    pub(super) async fn talks(&mut self, act: Act, by: Caller, dice: &mut StdRng) -> store::Result<()> {
        let n: i32 = dice.random_range(0..1000);
        let Some(conversation) = self.conversation(dice) else { return Ok(()) };
        let said = self.said.choose(dice).copied();
        let other = *[self.ben, self.ben, self.cleo, self.ada].choose(dice).expect("people");
        match act {
            Act::OpenConversation if self.conversations.len() < CONVERSATIONS_MAX => {
                let id = ConversationId::new(START);
                let kind = if n % 2 == 0 { ConversationKind::Room } else { ConversationKind::Group };
                let members = if n % 3 == 0 { Vec::new() } else { vec![other.user] };
                let (name, topic_line) = (format!("talk-{n}"), String::new());
                let new = NewConversation { id, workspace: self.square, kind, name, topic_line, members };
                self.store.create_conversation(&by, new).await?;
                self.conversations.push(id);
            }
            Act::OpenDirect => {
                let state = self.store.open_direct(&by, self.square, other.user).await?;
                let id = state.conversation.id;
                if !self.conversations.contains(&id) {
                    self.conversations.push(id);
                }
            }
            Act::RenameConversation => {
                let (name, topic_line) = match n % 3 {
                    0 => (Some(format!("talk-{n}")), None),
                    1 => (None, Some(format!("About {n}"))),
                    _ => (Some(format!("talk-{n}")), Some(String::new())),
                };
                let edit = ConversationEdit { id: conversation, name, topic_line, is_default: None };
                self.store.update_conversation(&by, edit).await?;
            }
            Act::Archive => {
                self.store.archive_conversation(&self.ada, conversation, n % 4 == 0).await?;
            }
            Act::JoinRoom => {
                self.store.join_conversation(&other, conversation).await?;
            }
            Act::LeaveConversation => self.store.leave_conversation(&other, conversation).await?,
            Act::AddToConversation => {
                let guest = self.guests.last().filter(|_| n % 3 == 0).map(|guest| guest.user);
                let user = guest.unwrap_or(other.user);
                self.store.add_participants(&by, conversation, vec![user]).await?;
            }
            Act::RemoveFromConversation => {
                self.store.remove_participant(&by, conversation, other.user).await?;
            }
            Act::ChangeParticipantRole => {
                let role = if n % 2 == 0 { ConversationRole::Owner } else { ConversationRole::Member };
                let change = ConversationRoleChange { id: conversation, user: other.user, role };
                self.store.set_participant_role(&by, change).await?;
            }
            Act::Arrange => {
                let level =
                    *[Level::All, Level::All, Level::Mentions, Level::Nothing].choose(dice).expect("levels");
                match n % 2 {
                    0 => self.store.set_level(&self.ben, conversation, level).await?,
                    _ => self.store.star_conversation(&self.ben, conversation, n % 3 == 0).await?,
                }
            }
            Act::Say if self.said.len() < MESSAGES_MAX => {
                let id = MessageId::new(START);
                let thread = said.filter(|_| n % 3 == 0).map(|(root, ..)| root);
                let conversation = said.filter(|_| thread.is_some()).map_or(conversation, |(_, of, _)| of);
                let (in_room, body) = (n % 2 == 0, text(dice, n));
                let new = NewMessage { id, conversation, thread, in_room, body, attachments: Vec::new() };
                self.store.send_message(&by, new).await?;
                self.said.push((id, conversation, by));
            }
            Act::EditMessage => {
                let Some((id, _, author)) = said else { return Ok(()) };
                let base = self.store.message(&author, id).await?.message.version;
                self.store.update_message(&author, MessageEdit { id, base, body: text(dice, n) }).await?;
            }
            Act::DeleteMessage => {
                let Some((id, _, author)) = said else { return Ok(()) };
                self.store.delete_message(&author, id).await?;
                self.said.retain(|(other, ..)| *other != id);
            }
            Act::PinMessage => {
                // Of few, so that what was pinned is taken down again.
                let few = &self.said[..self.said.len().min(3)];
                let Some((id, _, author)) = few.choose(dice).copied() else { return Ok(()) };
                self.store.pin_message(&author, id, n % 2 == 0).await?;
            }
            Act::SaveMessage => {
                let Some((id, ..)) = said else { return Ok(()) };
                self.store.save_message(&self.ben, id, n % 3 != 0).await?;
            }
            Act::ReactToMessage => {
                let Some((id, ..)) = said else { return Ok(()) };
                let emoji = (*EMOJI.choose(dice).expect("emoji")).to_owned();
                let reaction = Reaction { target: ReactionTarget::Message(id), emoji };
                match n % 3 {
                    0 => self.store.remove_reaction(&by, reaction).await?,
                    _ => self.store.add_reaction(&by, reaction).await?,
                };
            }
            Act::ReadConversation => {
                let head = self.store.conversation(&self.ben, conversation).await?.position.seq;
                let seq = dice.random_range(0..=head);
                match n % 4 {
                    0 => self.store.read_all(&self.ben, self.square).await?,
                    1 => self.store.set_read(&self.ben, conversation, seq).await?,
                    _ => self.store.move_read(&self.ben, Topic::Conversation(conversation), seq).await?,
                }
            }
            _ => {}
        }
        Ok(())
    }
}
