//! The conversations of the person: what the sidebar shows of them, and who is in them.

mod unread;

use super::changes::{Changes, Wanted};
use super::held::{Held, STALE};
use protocol::conversation::{
    Conversation, ConversationKind, ConversationMember, ConversationRole, ConversationState, Level,
};
use protocol::message::Message;
use protocol::page::Page;
use protocol::{ConversationId, Epoch, Person, Position, Timestamp, UserId, WorkspaceId, limits};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::BitOr;

/// A conversation with the person's place in it.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// As it is shown.
    pub(crate) state: ConversationState,
    /// The conversation itself includes its log up to here.
    as_of: u64,
    /// The counts include its log up to here.
    counted: u64,
    /// The person has read up to here, and their own log does not say so yet.
    reading: Option<u64>,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conversations {
    rows: HashMap<ConversationId, Standing>,
    members: HashMap<ConversationId, BTreeMap<UserId, Held<ConversationMember>>>,
}

impl Standing {
    fn new(state: ConversationState) -> Self {
        let seq = state.position.seq;
        Self { state, as_of: seq, counted: seq, reading: None }
    }

    /// What this message adds to what is unread: to the messages, and to the mentions.
    fn weight(&self, message: &Message, me: UserId) -> (u32, u32) {
        let counts = message.counts_for(me);
        let mentions = match self.state.conversation.kind {
            ConversationKind::Direct => counts,
            _ => !message.deleted && message.mentions(me),
        };
        (u32::from(counts), u32::from(mentions))
    }

    fn add(&mut self, (unread, mentions): (u32, u32)) {
        let most = limits::UNREAD_SHOWN_MAX;
        self.state.unread = self.state.unread.saturating_add(unread).min(most);
        self.state.mentions = self.state.mentions.saturating_add(mentions).min(most);
    }

    fn take(&mut self, (unread, mentions): (u32, u32)) {
        self.state.unread = self.state.unread.saturating_sub(unread);
        self.state.mentions = self.state.mentions.saturating_sub(mentions);
    }

    /// The conversation, for an event with this number; nothing if that event is in it already.
    fn at(&mut self, seq: u64) -> Option<&mut Conversation> {
        if seq <= self.as_of {
            return None;
        }
        self.as_of = seq;
        Some(&mut self.state.conversation)
    }

    /// Whether it is bold.
    #[must_use]
    pub(crate) fn is_unread(state: &ConversationState) -> bool {
        match state.level {
            Level::All => 0 < state.unread + state.mentions,
            Level::Mentions => 0 < state.mentions,
            Level::Nothing => false,
        }
    }
}

impl Conversations {
    /// One of them, joined or only looked at.
    #[must_use]
    pub(crate) fn get(&self, id: ConversationId) -> Option<&ConversationState> {
        self.rows.get(&id).map(|row| &row.state)
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &ConversationState> {
        self.rows.values().map(|row| &row.state)
    }

    /// Corrects the members of a conversation and those after whom it is called. `correct` says whether
    /// somebody was called otherwise.
    pub(crate) fn for_people(
        &mut self,
        id: ConversationId,
        correct: impl Fn(&mut Person) -> bool,
        changes: &mut Changes,
    ) {
        let with = self.rows.get_mut(&id).into_iter().flat_map(|row| &mut row.state.with);
        if with.map(&correct).fold(false, BitOr::bitor) {
            changes.conversations.insert(id);
            changes.sidebar = true;
        }
        let members = self.members.get_mut(&id).into_iter().flat_map(BTreeMap::values_mut);
        if members.map(|held| correct(&mut held.row.person)).fold(false, BitOr::bitor) {
            changes.participants.insert(id);
        }
    }

    /// Those whose members are loaded.
    pub(crate) fn with_members(&self) -> impl Iterator<Item = ConversationId> {
        self.members.keys().copied()
    }

    /// All conversations of a workspace that the person is in. Gives back those that they no longer are in.
    pub(crate) fn load(
        &mut self,
        workspace: WorkspaceId,
        states: Vec<ConversationState>,
        changes: &mut Changes,
    ) -> Vec<ConversationId> {
        let listed: HashSet<ConversationId> = states.iter().map(|state| state.conversation.id).collect();
        let is_gone = |row: &Standing| {
            let state = &row.state;
            state.conversation.workspace == workspace
                && state.role.is_some()
                && !listed.contains(&state.conversation.id)
        };
        let gone: Vec<ConversationId> =
            self.rows.iter().filter(|(_, row)| is_gone(row)).map(|(id, _)| *id).collect();
        for state in states {
            self.put(state, changes);
        }
        changes.sidebar = true;
        gone
    }

    /// One of them, as the server said it.
    pub(crate) fn put(&mut self, new: ConversationState, changes: &mut Changes) {
        changes.conversations.insert(new.conversation.id);
        changes.sidebar = true;
        let Some(row) = self.rows.get_mut(&new.conversation.id) else {
            self.rows.insert(new.conversation.id, Standing::new(new));
            return;
        };
        let seq = new.position.seq;
        let ahead = row.reading.filter(|reading| new.read < *reading);
        let before = std::mem::replace(&mut row.state, new);
        if row.as_of != STALE && seq < row.as_of {
            row.state.conversation = before.conversation;
            row.state.with = before.with;
            row.state.last_at = before.last_at;
        } else {
            row.as_of = seq;
        }
        if let Some(reading) = ahead {
            row.state.read = reading;
            (row.state.unread, row.state.mentions) = (before.unread, before.mentions);
        } else {
            row.counted = seq;
            row.reading = None;
        }
    }

    /// Nothing of it stays.
    pub(crate) fn forget(&mut self, id: ConversationId, changes: &mut Changes) {
        self.rows.remove(&id);
        self.members.remove(&id);
        changes.conversations.insert(id);
        changes.participants.insert(id);
        changes.sidebar = true;
    }

    /// Nothing of a workspace stays. Gives back its conversations.
    pub(crate) fn leave(&mut self, workspace: WorkspaceId, changes: &mut Changes) -> Vec<ConversationId> {
        let theirs = self.rows.values().filter(|row| row.state.conversation.workspace == workspace);
        let theirs: Vec<ConversationId> = theirs.map(|row| row.state.conversation.id).collect();
        for id in &theirs {
            self.forget(*id, changes);
        }
        theirs
    }

    /// The conversation itself changed.
    pub(crate) fn is_now(&mut self, new: &Conversation, seq: u64, changes: &mut Changes) {
        let Some(known) = self.rows.get_mut(&new.id).and_then(|row| row.at(seq)) else { return };
        let members = known.members;
        known.clone_from(new);
        known.members = if new.members == 0 { members } else { new.members };
        changes.conversations.insert(new.id);
        changes.sidebar = true;
    }

    /// The person is in one more conversation. What has been read there only the server knows.
    pub(crate) fn joined(
        &mut self,
        conversation: &Conversation,
        role: ConversationRole,
        with: &[Person],
        changes: &mut Changes,
    ) {
        let id = conversation.id;
        let row = self.rows.entry(id).or_insert_with(|| {
            let position = Position { epoch: Epoch(uuid::Uuid::nil()), seq: 0 };
            let state = ConversationState {
                conversation: conversation.clone(),
                with: with.to_vec(),
                role: None,
                level: Level::default(),
                starred: false,
                read: 0,
                unread: 0,
                mentions: 0,
                last_at: None,
                position,
            };
            Standing { state, as_of: 0, counted: STALE, reading: None }
        });
        row.state.role = Some(role);
        changes.conversations.insert(id);
        changes.sidebar = true;
        changes.want(Wanted::Conversation(id));
    }

    /// The person is no longer in it. A room can still be read. True if nothing of it may stay.
    pub(crate) fn left(&mut self, id: ConversationId, is_guest: bool, changes: &mut Changes) -> bool {
        let Some(row) = self.rows.get_mut(&id) else { return true };
        if row.state.conversation.kind != ConversationKind::Room || is_guest {
            self.forget(id, changes);
            return true;
        }
        row.state.role = None;
        row.state.starred = false;
        (row.state.unread, row.state.mentions) = (0, 0);
        changes.conversations.insert(id);
        changes.sidebar = true;
        false
    }

    /// The person starred it, or wants to be told more or less of it.
    pub(crate) fn arranged(
        &mut self,
        id: ConversationId,
        level: Level,
        starred: bool,
        changes: &mut Changes,
    ) {
        if let Some(row) = self.rows.get_mut(&id) {
            (row.state.level, row.state.starred) = (level, starred);
            changes.conversations.insert(id);
            changes.sidebar = true;
        }
    }

    /// Somebody joined, or somebody's role or name changed.
    pub(crate) fn member_is(
        &mut self,
        id: ConversationId,
        member: &ConversationMember,
        members: Option<u32>,
        (seq, me): (u64, Option<UserId>),
        changes: &mut Changes,
    ) {
        self.count_members(id, members, seq, changes);
        if let Some(row) = self.rows.get_mut(&id) {
            for person in row.state.with.iter_mut().filter(|person| person.id == member.person.id) {
                person.clone_from(&member.person);
                changes.sidebar = true;
            }
            if me == Some(member.person.id) && row.state.role.is_some() {
                row.state.role = Some(member.role);
            }
            changes.conversations.insert(id);
        }
        if let Some(known) = self.members.get_mut(&id) {
            let held =
                known.entry(member.person.id).or_insert_with(|| Held { row: member.clone(), as_of: 0 });
            if let Some(row) = held.at(seq) {
                row.clone_from(member);
            }
            changes.participants.insert(id);
        }
    }

    /// Somebody left.
    pub(crate) fn member_left(
        &mut self,
        id: ConversationId,
        user: UserId,
        members: u32,
        seq: u64,
        changes: &mut Changes,
    ) {
        self.count_members(id, Some(members), seq, changes);
        if let Some(known) = self.members.get_mut(&id) {
            known.remove(&user);
            changes.participants.insert(id);
        }
    }

    fn count_members(&mut self, id: ConversationId, members: Option<u32>, seq: u64, changes: &mut Changes) {
        if let Some((row, members)) = self.rows.get_mut(&id).zip(members)
            && let Some(conversation) = row.at(seq)
        {
            conversation.members = members;
            changes.conversations.insert(id);
        }
    }

    /// Members of a conversation.
    pub(crate) fn load_members(
        &mut self,
        id: ConversationId,
        page: Page<ConversationMember>,
        changes: &mut Changes,
    ) {
        let as_of = page.as_of.map_or(0, |as_of| as_of.position.seq);
        let known = self.members.entry(id).or_default();
        for member in page.items {
            if known.get(&member.person.id).is_none_or(|held| held.yields_to(as_of)) {
                known.insert(member.person.id, Held { row: member, as_of });
            }
        }
        changes.participants.insert(id);
    }

    /// The members that are loaded, by name, owners first.
    #[must_use]
    pub(crate) fn members(&self, id: ConversationId) -> Vec<ConversationMember> {
        let known = self.members.get(&id).into_iter().flat_map(BTreeMap::values);
        let mut members: Vec<ConversationMember> = known.map(|held| held.row.clone()).collect();
        members.sort_by_key(|member| {
            (std::cmp::Reverse(member.role), member.person.name.to_lowercase(), member.person.id)
        });
        members
    }

    /// When something was last written, for the order of direct conversations.
    #[must_use]
    pub(crate) fn last_at(state: &ConversationState) -> Timestamp {
        state.last_at.unwrap_or(state.conversation.at)
    }

    /// Events were missed: what the server says next replaces everything.
    pub(crate) fn set_stale(&mut self, id: ConversationId, changes: &mut Changes) {
        if let Some(row) = self.rows.get_mut(&id) {
            row.as_of = STALE;
            row.counted = STALE;
            changes.want(Wanted::Conversation(id));
        }
        if self.members.remove(&id).is_some() {
            changes.participants.insert(id);
            changes.want(Wanted::Participants(id));
        }
    }
}
