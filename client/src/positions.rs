//! Where the page stands in each topic: refuses gaps and repeats.

use protocol::position::TopicPosition;
use protocol::{Epoch, Position, Topic, limits};
use std::collections::{BTreeMap, BTreeSet};

/// Positions that fit one `hello`: at most 136 bytes each, with room for the rest of the frame.
const RESUMED_MAX: usize = 480;
const _: () =
    assert!(RESUMED_MAX <= limits::RESUME_TOPICS_MAX && RESUMED_MAX * 136 < limits::FRAME_IN_BYTES_MAX);

/// All topics that the page knows or wants.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    topics: BTreeMap<Topic, Place>,
    /// What the last ping named and no `opened` has told of.
    untold: BTreeSet<Topic>,
}

#[derive(Debug)]
struct Place {
    at: At,
    /// The page opened it, so it must be opened on every socket.
    wanted: bool,
    /// `hello` or `open` asked for it on this socket, and the answer is not here yet.
    asked: bool,
    /// The head when the server answered: up to here events are old ones.
    goal: Option<u64>,
    /// A head that the last ping named and that was not reached.
    suspect: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Wherever the log ends when the server answers.
    Head,
    /// Everything up to here was handed out.
    Known(Position),
    /// The page was told to load again and has not said yet what it loaded.
    Reset,
}

/// What to do with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It is the next one.
    Apply {
        /// It happened before this socket followed the topic.
        old: bool,
    },
    /// It was handed out before, or nobody may have it now.
    Drop,
    /// Something is missing before it: open again from here.
    Gap(Position),
}

/// What follows from `opened`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// Events after this position come now.
    Follows(Position),
    /// The server began at its head; ask for what lies between.
    Reopen(Position),
    /// It is another log.
    OtherLog,
    /// The page has to load first.
    Withheld,
}

impl Place {
    fn new(at: At) -> Self {
        Self { at, wanted: false, asked: false, goal: None, suspect: None }
    }

    /// Where to open it again, if the head of this ping and of one before are out of reach.
    fn behind(&mut self, head: Position) -> Option<Position> {
        let At::Known(known) = self.at else { return None };
        let lost = self.suspect.is_some_and(|suspect| known.seq < suspect);
        let again = known.epoch != head.epoch || lost;
        self.suspect = (!again && known.seq < head.seq).then_some(head.seq);
        again.then_some(known)
    }

    /// Everything that was there when the server answered has been handed out.
    fn is_settled(&self) -> bool {
        match self.at {
            At::Reset => true,
            At::Head => !self.asked,
            At::Known(position) => !self.asked && self.goal.is_none_or(|goal| goal <= position.seq),
        }
    }
}

impl Positions {
    /// The page shows this topic as of `position`. True if it must be opened from there now.
    pub(crate) fn set(&mut self, topic: Topic, position: Position) -> bool {
        let place = self.topics.entry(topic).or_insert_with(|| Place::new(At::Head));
        if let At::Known(known) = place.at
            && known.epoch == position.epoch
            && known.seq <= position.seq
        {
            return false;
        }
        *place = Place { wanted: place.wanted, ..Place::new(At::Known(position)) };
        true
    }

    /// The page wants this topic. True if it must be opened.
    pub(crate) fn want(&mut self, topic: Topic) -> bool {
        let fresh = !self.topics.contains_key(&topic);
        self.topics.entry(topic).or_insert_with(|| Place::new(At::Head)).wanted = true;
        fresh
    }

    /// Nobody wants it any more, or nobody may have it.
    pub(crate) fn forget(&mut self, topic: Topic) {
        self.topics.remove(&topic);
    }

    /// The topic cannot be continued.
    pub(crate) fn reset(&mut self, topic: Topic) {
        let wanted = self.topics.get(&topic).is_some_and(|place| place.wanted);
        self.topics.insert(topic, Place { wanted, ..Place::new(At::Reset) });
    }

    /// No topic that has a position can be continued. Which ones had.
    pub(crate) fn reset_all(&mut self) -> Vec<Topic> {
        let known: Vec<Topic> = self.known().map(|known| known.topic).collect();
        for topic in &known {
            self.reset(*topic);
        }
        known
    }

    /// A new socket: what its `hello` resumes. Whatever does not fit is asked for when the
    /// server opens it.
    pub(crate) fn resume(&mut self) -> Vec<TopicPosition> {
        for place in self.topics.values_mut() {
            *place = Place { wanted: place.wanted, ..Place::new(place.at) };
        }
        self.untold.clear();
        // A person's own topic sorts after their workspaces and must not be the one left out.
        let resumed: Vec<TopicPosition> = {
            let own = self.known().filter(|known| matches!(known.topic, Topic::User(_)));
            let others = self.known().filter(|known| !matches!(known.topic, Topic::User(_)));
            own.chain(others).take(RESUMED_MAX).collect()
        };
        for one in &resumed {
            self.ask(one.topic);
        }
        resumed
    }

    /// After `welcome`: topics that the page wants and that `hello` did not name.
    pub(crate) fn unasked(&mut self) -> Vec<(Topic, Option<Position>)> {
        let mut open = Vec::new();
        for (topic, place) in &mut self.topics {
            if place.wanted && !place.asked {
                match place.at {
                    At::Head => open.push((*topic, None)),
                    At::Known(position) => open.push((*topic, Some(position))),
                    At::Reset => continue,
                }
                place.asked = true;
            }
        }
        open
    }

    /// An `open` of this topic goes out.
    pub(crate) fn ask(&mut self, topic: Topic) {
        if let Some(place) = self.topics.get_mut(&topic) {
            place.asked = true;
        }
    }

    /// The server follows the topic, from where it was asked to or from its head.
    pub(crate) fn opened(&mut self, topic: Topic, epoch: Epoch, head: u64) -> Opening {
        let place = self.topics.entry(topic).or_insert_with(|| Place::new(At::Head));
        let asked = std::mem::take(&mut place.asked);
        match place.at {
            At::Reset => Opening::Withheld,
            At::Head => {
                let position = Position { epoch, seq: head };
                place.at = At::Known(position);
                Opening::Follows(position)
            }
            At::Known(known) if known.epoch != epoch => Opening::OtherLog,
            At::Known(known) => {
                place.goal = (known.seq < head).then_some(head);
                if !asked && known.seq < head {
                    place.asked = true;
                    Opening::Reopen(known)
                } else {
                    Opening::Follows(known)
                }
            }
        }
    }

    /// An event came.
    pub(crate) fn step(&mut self, topic: Topic, seq: u64) -> Step {
        let Some(place) = self.topics.get_mut(&topic) else { return Step::Drop };
        let At::Known(known) = &mut place.at else { return Step::Drop };
        if seq <= known.seq {
            Step::Drop
        } else if seq == known.seq + 1 {
            known.seq = seq;
            let old = place.asked || place.goal.is_some_and(|goal| seq <= goal);
            if place.goal.is_some_and(|goal| goal <= seq) {
                place.goal = None;
            }
            Step::Apply { old }
        } else if place.asked {
            // On its way before the server saw our `open`; what is missing comes with the answer.
            Step::Drop
        } else {
            place.asked = true;
            Step::Gap(*known)
        }
    }

    /// A ping named the heads: topics to open again, because an event or an `opened` was lost on the
    /// way here.
    ///
    /// One that is only on its way looks the same, so it has to be missing for two pings.
    pub(crate) fn missing(&mut self, heads: &[TopicPosition]) -> Vec<(Topic, Option<Position>)> {
        let untold = std::mem::take(&mut self.untold);
        let mut open = Vec::new();
        for head in heads {
            match self.topics.get_mut(&head.topic) {
                Some(Place { at: At::Reset, .. }) => {}
                Some(place @ Place { at: At::Known(_), .. }) => {
                    open.extend(place.behind(head.position).map(|known| (head.topic, Some(known))));
                }
                Some(Place { at: At::Head, .. }) | None => {
                    if untold.contains(&head.topic) {
                        open.push((head.topic, None));
                    } else {
                        self.untold.insert(head.topic);
                    }
                }
            }
        }
        for (topic, _) in &open {
            self.ask(*topic);
        }
        open
    }

    /// Everything that was there when the server answered has been handed out.
    pub(crate) fn are_settled(&self) -> bool {
        self.topics.values().all(Place::is_settled)
    }

    fn known(&self) -> impl Iterator<Item = TopicPosition> + '_ {
        self.topics.iter().filter_map(|(topic, place)| match place.at {
            At::Known(position) => Some(TopicPosition { topic: *topic, position }),
            At::Head | At::Reset => None,
        })
    }
}
