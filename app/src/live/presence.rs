//! Who is here and how, who types, and how far others have read. Nothing of it is kept.

use protocol::conversation::Receipt;
use protocol::ephemeral::{Presence, TypingPlace};
use protocol::limits::TYPING_GONE_AFTER;
use protocol::presence::Present;
use protocol::{ConversationId, Timestamp, UserId, WorkspaceId};
use std::collections::{BTreeMap, HashMap};

/// Who is online in a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Online {
    /// How many people.
    pub count: u32,
    /// Who and how, as far as the server named them.
    pub people: BTreeMap<UserId, Present>,
}

impl Online {
    /// Somebody who is among them.
    #[must_use]
    pub fn get(&self, user: UserId) -> Option<Present> {
        self.people.get(&user).copied()
    }

    fn take(&mut self, presence: Presence) {
        match presence {
            Presence::Full { count, people } => {
                *self = Self { count, people: people.into_iter().map(|one| (one.user, one)).collect() };
            }
            Presence::Diff { count, joined, left } => {
                self.count = count;
                for user in left {
                    self.people.remove(&user);
                }
                self.people.extend(joined.into_iter().map(|one| (one.user, one)));
            }
        }
    }
}

/// Presence and typing of all workspaces, and receipts of the conversations that were opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Here {
    online: HashMap<WorkspaceId, Online>,
    typing: HashMap<TypingPlace, Vec<Writer>>,
    seen: HashMap<ConversationId, Vec<Receipt>>,
}

#[derive(Clone, Debug)]
struct Writer {
    user: UserId,
    name: String,
    until: Timestamp,
}

impl Here {
    /// What the server said about who is here.
    pub(crate) fn presence(&mut self, workspace: WorkspaceId, presence: Presence) {
        self.online.entry(workspace).or_default().take(presence);
    }

    /// Who is online there.
    #[must_use]
    pub(crate) fn online(&self, workspace: WorkspaceId) -> Online {
        self.online.get(&workspace).cloned().unwrap_or_default()
    }

    /// The connection is gone: nobody can be said to be here.
    pub(crate) fn nobody(&mut self) -> Vec<WorkspaceId> {
        self.typing.clear();
        self.online.drain().map(|(workspace, _)| workspace).collect()
    }

    /// How far the others have read a conversation, as far as they show it.
    pub(crate) fn load_seen(&mut self, conversation: ConversationId, mut receipts: Vec<Receipt>) {
        for receipt in &mut receipts {
            // An answer may be older than what came meanwhile.
            let known = self.seen_by(conversation).iter().find(|known| known.person.id == receipt.person.id);
            receipt.seq = receipt.seq.max(known.map_or(0, |known| known.seq));
        }
        self.seen.insert(conversation, receipts);
    }

    /// Somebody has read on, or shows it no longer (0). False where nothing was known of them.
    pub(crate) fn seen(&mut self, conversation: ConversationId, user: UserId, seq: u64) -> bool {
        let Some(receipts) = self.seen.get_mut(&conversation) else { return seq == 0 };
        if seq == 0 {
            receipts.retain(|receipt| receipt.person.id != user);
            return true;
        }
        let known = receipts.iter_mut().find(|receipt| receipt.person.id == user);
        known.map(|receipt| receipt.seq = receipt.seq.max(seq)).is_some()
    }

    /// How far the others have read a conversation.
    #[must_use]
    pub(crate) fn seen_by(&self, conversation: ConversationId) -> &[Receipt] {
        self.seen.get(&conversation).map_or(&[], Vec::as_slice)
    }

    /// The person may no longer read a conversation.
    pub(crate) fn lose(&mut self, conversation: ConversationId) {
        self.seen.remove(&conversation);
    }

    /// Somebody types in a place, or has stopped to.
    pub(crate) fn typing(
        &mut self,
        place: TypingPlace,
        user: UserId,
        name: String,
        on: bool,
        now: Timestamp,
    ) {
        let writers = self.typing.entry(place).or_default();
        let until = now + TYPING_GONE_AFTER;
        match writers.iter_mut().find(|writer| writer.user == user) {
            Some(writer) if on => writer.until = until,
            None if on => writers.push(Writer { user, name, until }),
            _ => self.silent(place, user),
        }
    }

    /// Somebody no longer types: what they wrote is there.
    pub(crate) fn silent(&mut self, place: TypingPlace, user: UserId) {
        if let Some(writers) = self.typing.get_mut(&place) {
            writers.retain(|writer| writer.user != user);
            if writers.is_empty() {
                self.typing.remove(&place);
            }
        }
    }

    /// Takes out those who said nothing for too long; says in which places.
    pub(crate) fn tick(&mut self, now: Timestamp) -> Vec<TypingPlace> {
        let mut changed = Vec::new();
        self.typing.retain(|place, writers| {
            let before = writers.len();
            writers.retain(|writer| now < writer.until);
            if writers.len() < before {
                changed.push(*place);
            }
            !writers.is_empty()
        });
        changed
    }

    /// Names of those who type in a place, the first ones first.
    #[must_use]
    pub(crate) fn writers(&self, place: TypingPlace, me: Option<UserId>) -> Vec<String> {
        let writers = self.typing.get(&place).map_or(&[][..], Vec::as_slice);
        writers.iter().filter(|writer| Some(writer.user) != me).map(|writer| writer.name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::PostId;
    use protocol::presence::Bearing;
    use std::time::Duration;

    #[test]
    fn typing_ends_six_seconds_after_the_last_word() {
        let (post, ben) = (TypingPlace::Post(PostId::new(Timestamp(1))), UserId::new(Timestamp(1)));
        let mut here = Here::default();
        let start = Timestamp(1_000);
        here.typing(post, ben, "Ben".to_owned(), true, start);
        here.typing(post, ben, "Ben".to_owned(), true, start + Duration::from_secs(3));
        assert!(here.tick(start + Duration::from_secs(8)).is_empty());
        assert_eq!(here.writers(post, None), ["Ben"]);
        assert_eq!(here.tick(start + Duration::from_secs(9)), [post]);
        assert!(here.writers(post, None).is_empty());
    }

    #[test]
    fn i_am_never_shown_as_typing() {
        let (post, me) = (TypingPlace::Post(PostId::new(Timestamp(1))), UserId::new(Timestamp(1)));
        let mut here = Here::default();
        here.typing(post, me, "Me".to_owned(), true, Timestamp(0));
        assert!(here.writers(post, Some(me)).is_empty());
    }

    #[test]
    fn a_diff_changes_what_a_full_list_said() {
        let workspace = WorkspaceId::new(Timestamp(1));
        let [ada, ben, cleo] = [1, 2, 3].map(|n| UserId::new(Timestamp(n)));
        let mut here = Here::default();
        let [ada, ben, cleo] = [ada, ben, cleo].map(Present::online);
        here.presence(workspace, Presence::Full { count: 2, people: vec![ada, ben] });
        here.presence(workspace, Presence::Diff { count: 2, joined: vec![cleo], left: vec![ada.user] });
        let people = [(ben.user, ben), (cleo.user, cleo)].into();
        assert_eq!(here.online(workspace), Online { count: 2, people });
        let ben = Present { bearing: Bearing::Away, ..ben };
        here.presence(workspace, Presence::Diff { count: 2, joined: vec![ben], left: Vec::new() });
        assert_eq!(here.online(workspace).get(ben.user), Some(ben));
        assert_eq!(here.nobody(), [workspace]);
        assert_eq!(here.online(workspace).count, 0);
    }
}
