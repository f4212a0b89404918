//! What is live in one topic and not kept: who types, who is here, who has read. For those who look at it.
//!
//! Nothing waits for anybody here. Ephemerals stand in a short ring and presence is a version; a
//! connection pulls what is newer than what it has, and what it missed is gone, or comes whole.

use bytes::Bytes;
use protocol::ephemeral::{Ephemeral, Presence};
use protocol::frame::ServerFrame;
use protocol::presence::Present;
use protocol::{Topic, UserId, limits};
use std::collections::{BTreeMap, VecDeque};

/// Who is here, and how.
type People = BTreeMap<UserId, Present>;

/// Ephemerals that a connection may be behind.
const RING_MAX: usize = 64;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Ephemerals {
    /// Said in the last [`limits::EPHEMERALS_MERGED_FOR`], one per actor and subject.
    pending: Vec<Ephemeral>,
    ring: VecDeque<Said>,
    /// Number of the newest in the ring.
    newest: u64,
    presence: Option<Announced>,
}

#[derive(Debug)]
struct Said {
    actor: UserId,
    /// Only for those who show their own.
    is_receipt: bool,
    text: Bytes,
}

/// Who is here, as the lookers were told.
#[derive(Debug)]
struct Announced {
    version: u64,
    people: People,
    full: Bytes,
    /// From the version before to this one.
    diff: Bytes,
}

/// What a connection has of a topic's ephemerals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    ephemerals: u64,
    presence: u64,
}

impl Ephemerals {
    /// Takes one in. The answer is whether it is the first since the last [`Ephemerals::flush`].
    pub(crate) fn say(&mut self, said: Ephemeral) -> bool {
        let is_first = self.pending.is_empty();
        match self.pending.iter_mut().find(|earlier| said.replaces(earlier)) {
            Some(earlier) => *earlier = said,
            None => self.pending.push(said),
        }
        is_first
    }

    /// Lets out what was said.
    pub(crate) fn flush(&mut self, topic: Topic) {
        for ephemeral in std::mem::take(&mut self.pending) {
            let (actor, is_receipt) = (ephemeral.actor(), matches!(ephemeral, Ephemeral::Seen { .. }));
            self.newest += 1;
            let text = encode(&ServerFrame::Ephemeral { topic, ephemeral });
            self.ring.push_back(Said { actor, is_receipt, text });
            if RING_MAX < self.ring.len() {
                self.ring.pop_front();
            }
        }
    }

    /// Who is here now. The answer is whether that is news.
    pub(crate) fn announce(&mut self, topic: Topic, people: People) -> bool {
        let before = match &self.presence {
            Some(announced) if announced.people == people => return false,
            Some(announced) => Some((announced.version, &announced.people)),
            None => None,
        };
        let full = full(topic, &people);
        let diff =
            before.and_then(|(_, before)| diff(topic, before, &people)).unwrap_or_else(|| full.clone());
        let version = before.map_or(1, |(version, _)| version + 1);
        self.presence = Some(Announced { version, people, full, diff });
        true
    }

    /// Where somebody begins who looks from now on: no ephemeral of before, and presence whole.
    pub(crate) fn begin(&self) -> Seen {
        Seen { ephemerals: self.newest, presence: 0 }
    }

    /// What a connection of `user` has not seen yet; receipts only if they take part in them.
    pub(crate) fn pull(&self, seen: &mut Seen, user: UserId, takes_receipts: bool) -> Vec<Bytes> {
        let mut texts = Vec::new();
        if let Some(announced) = &self.presence {
            if seen.presence != 0 && seen.presence + 1 == announced.version {
                texts.push(announced.diff.clone());
            } else if seen.presence != announced.version {
                texts.push(announced.full.clone());
            }
            seen.presence = announced.version;
        }
        let behind = usize::try_from(self.newest - seen.ephemerals).unwrap_or(usize::MAX);
        let skip = self.ring.len().saturating_sub(behind);
        let is_for_them = |said: &&Said| said.actor != user && (takes_receipts || !said.is_receipt);
        texts.extend(self.ring.iter().skip(skip).filter(is_for_them).map(|said| said.text.clone()));
        seen.ephemerals = self.newest;
        texts
    }
}

/// Everybody, or how many and the first ones.
fn full(topic: Topic, people: &People) -> Bytes {
    let presence = Presence::Full { count: count(people), people: shown(people) };
    encode(&ServerFrame::Presence { topic, presence })
}

/// The change, unless only the whole tells it: when one of the first of many came or went.
fn diff(topic: Topic, before: &People, now: &People) -> Option<Bytes> {
    let is_long = |people: &People| limits::PRESENCE_PEOPLE_MAX < people.len();
    let (joined, left) = match (is_long(before), is_long(now)) {
        (false, false) => {
            let is_new = |one: &&Present| before.get(&one.user) != Some(*one);
            let is_gone = |user: &&UserId| !now.contains_key(*user);
            (now.values().filter(is_new).copied().collect(), before.keys().filter(is_gone).copied().collect())
        }
        (true, true) if shown(before) == shown(now) => (Vec::new(), Vec::new()),
        _ => return None,
    };
    let presence = Presence::Diff { count: count(now), joined, left };
    Some(encode(&ServerFrame::Presence { topic, presence }))
}

fn shown(people: &People) -> Vec<Present> {
    let shown = match people.len() {
        many if limits::PRESENCE_PEOPLE_MAX < many => limits::PRESENCE_PEOPLE_SHOWN,
        few => few,
    };
    people.values().take(shown).copied().collect()
}

fn count(people: &People) -> u32 {
    u32::try_from(people.len()).unwrap_or(u32::MAX)
}

/// A frame as the socket sends it.
pub(crate) fn encode(frame: &ServerFrame) -> Bytes {
    Bytes::from(serde_json::to_vec(frame).expect("frames have string keys only"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::ephemeral::TypingPlace;
    use protocol::presence::Bearing;
    use protocol::{PostId, Timestamp, WorkspaceId};

    fn topic() -> Topic {
        Topic::Workspace(WorkspaceId::new(Timestamp(1)))
    }

    fn people(count: i64) -> Vec<UserId> {
        (0..count).map(|at| UserId::new(Timestamp(at))).collect()
    }

    fn online(ids: &[UserId]) -> Vec<Present> {
        ids.iter().copied().map(Present::online).collect()
    }

    fn here_are(ids: &[UserId]) -> People {
        ids.iter().map(|id| (*id, Present::online(*id))).collect()
    }

    fn typing(user: UserId, post: PostId, on: bool) -> Ephemeral {
        Ephemeral::Typing { user, name: "Ada".to_owned(), place: TypingPlace::Post(post), on }
    }

    fn frames(texts: &[Bytes]) -> Vec<ServerFrame> {
        texts.iter().map(|text| serde_json::from_slice(text).expect("a frame")).collect()
    }

    fn presence(texts: &[Bytes]) -> Presence {
        match &frames(texts)[..] {
            [ServerFrame::Presence { presence, .. }] => presence.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn of_what_a_person_says_in_fifty_milliseconds_the_last_counts() {
        let (mut said, topic, post, ids) =
            (Ephemerals::default(), topic(), PostId::new(Timestamp(1)), people(2));
        let mut seen = said.begin();
        assert!(said.say(typing(ids[0], post, true)));
        assert!(!said.say(typing(ids[0], post, false)));
        said.flush(topic);
        let expected = ServerFrame::Ephemeral { topic, ephemeral: typing(ids[0], post, false) };
        assert_eq!(frames(&said.pull(&mut seen, ids[1], true)), [expected]);
        assert!(said.pull(&mut seen, ids[1], true).is_empty());
    }

    #[test]
    fn nobody_is_told_what_they_do_themselves() {
        let (mut said, ids) = (Ephemerals::default(), people(1));
        let mut seen = said.begin();
        said.say(typing(ids[0], PostId::new(Timestamp(1)), true));
        said.flush(topic());
        assert!(said.pull(&mut seen, ids[0], true).is_empty());
    }

    #[test]
    fn a_reader_far_behind_gets_what_is_left() {
        let (mut said, ids) = (Ephemerals::default(), people(2));
        let mut seen = said.begin();
        for at in 0..200 {
            said.say(typing(ids[0], PostId::new(Timestamp(at)), true));
            said.flush(topic());
        }
        assert_eq!(said.pull(&mut seen, ids[1], true).len(), RING_MAX);
    }

    #[test]
    fn presence_comes_whole_then_as_changes_and_whole_again_after_a_pause() {
        let (mut here, topic, ids) = (Ephemerals::default(), topic(), people(4));
        let mut seen = here.begin();
        assert!(here.announce(topic, here_are(&ids[..2])));
        let whole = Presence::Full { count: 2, people: online(&ids[..2]) };
        assert_eq!(presence(&here.pull(&mut seen, ids[0], true)), whole);
        assert!(!here.announce(topic, here_are(&ids[..2])));
        here.announce(topic, here_are(&ids[1..3]));
        let change = Presence::Diff { count: 2, joined: online(&ids[2..3]), left: vec![ids[0]] };
        assert_eq!(presence(&here.pull(&mut seen, ids[0], true)), change);
        here.announce(topic, here_are(&ids[2..3]));
        here.announce(topic, here_are(&ids[2..4]));
        let whole = Presence::Full { count: 2, people: online(&ids[2..]) };
        assert_eq!(presence(&here.pull(&mut seen, ids[0], true)), whole);
    }

    #[test]
    fn who_becomes_busy_is_told_as_a_change() {
        let (mut here, topic, ids) = (Ephemerals::default(), topic(), people(2));
        let mut seen = here.begin();
        here.announce(topic, here_are(&ids));
        here.pull(&mut seen, ids[0], true);
        let busy = Present { bearing: Bearing::Busy, until: Some(Timestamp(9)), ..Present::online(ids[1]) };
        let mut now = here_are(&ids);
        now.insert(ids[1], busy);
        assert!(here.announce(topic, now));
        let change = Presence::Diff { count: 2, joined: vec![busy], left: vec![] };
        assert_eq!(presence(&here.pull(&mut seen, ids[0], true)), change);
    }

    #[test]
    fn receipts_go_to_those_who_show_their_own() {
        let (mut said, topic, ids) = (Ephemerals::default(), topic(), people(3));
        let (mut giving, mut taking_none) = (said.begin(), said.begin());
        for seq in [4, 7] {
            said.say(Ephemeral::Seen { user: ids[0], seq });
        }
        said.flush(topic);
        let expected = ServerFrame::Ephemeral { topic, ephemeral: Ephemeral::Seen { user: ids[0], seq: 7 } };
        assert_eq!(frames(&said.pull(&mut giving, ids[1], true)), [expected]);
        assert!(said.pull(&mut taking_none, ids[2], false).is_empty());
    }

    #[test]
    fn of_many_people_the_count_and_the_first_ones_are_told() {
        let (mut here, topic, ids) = (Ephemerals::default(), topic(), people(300));
        let mut seen = here.begin();
        here.announce(topic, here_are(&ids[..299]));
        let Presence::Full { count: 299, people } = presence(&here.pull(&mut seen, ids[0], true)) else {
            panic!("it comes whole");
        };
        assert_eq!(people, online(&ids[..limits::PRESENCE_PEOPLE_SHOWN]));
        here.announce(topic, here_are(&ids));
        let change = Presence::Diff { count: 300, joined: vec![], left: vec![] };
        assert_eq!(presence(&here.pull(&mut seen, ids[0], true)), change);
    }
}
