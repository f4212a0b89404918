//! Who does what when: the texts spread over the last weeks, the same way every time.

use super::script::{PEOPLE, Place, Post, Reactions};
use super::{UNREAD_FOR, UNREAD_FOR_ADMIN};
use protocol::Timestamp;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use std::time::Duration;

/// Every run makes the same community.
const SEED: u64 = 1829;
const MINUTE: Duration = Duration::from_secs(60);
/// When the accounts exist and the first post may come.
const SETTLED_AFTER: Duration = Duration::from_secs(12 * 3600);
/// Nothing happens in the last minutes, so that every step still fits before now.
const QUIET_BEFORE_NOW: Duration = Duration::from_secs(20 * 60);

/// One thing that somebody does.
pub(crate) struct Step {
    /// When.
    pub(crate) at: Timestamp,
    /// Whose handle.
    pub(crate) who: &'static str,
    /// What.
    pub(crate) deed: Deed,
}

/// What can be done. Posts are named by their number in their place, comments by theirs in the post.
pub(crate) enum Deed {
    /// Writes a post.
    Post { place: Place, number: usize, post: Box<Post> },
    /// Pins one's own post.
    Pin { place: Place, number: usize },
    /// Comments, or replies to an earlier comment.
    Comment { place: Place, post: usize, number: usize, parent: Option<usize>, text: &'static str },
    /// Reacts to a post or to a comment below it.
    React { place: Place, post: usize, comment: Option<usize>, emoji: &'static str },
    /// Reads everything.
    Read,
}

/// Everything that happens between two moments, in order.
pub(crate) fn steps(start: Timestamp, now: Timestamp) -> Vec<Step> {
    let mut timeline =
        Timeline { rng: StdRng::seed_from_u64(SEED), last: now - QUIET_BEFORE_NOW, steps: Vec::new() };
    let first = start + SETTLED_AFTER;
    for place in Place::ALL {
        let posts = place.posts();
        let count = u32::try_from(posts.len()).expect("a few dozen posts");
        for (number, post) in posts.into_iter().enumerate() {
            let n = u32::try_from(number).expect("a few dozen posts");
            // The last post is a few hours old, so that the community looks alive.
            let share = timeline
                .last
                .since(first)
                .mul_f64((f64::from(n) + 0.6 * timeline.rng.random::<f64>()) / f64::from(count));
            timeline.post(place, number, post, first + share);
        }
    }
    for resident in PEOPLE.all() {
        // A few people were never here again.
        let comes_back = timeline.rng.random_bool(0.85);
        let minutes = timeline.rng.random_range(0..600);
        if resident.handle == PEOPLE.admin() {
            timeline.add(now - UNREAD_FOR_ADMIN, resident.handle, Deed::Read);
        } else if comes_back {
            timeline.add(now - UNREAD_FOR - MINUTE * minutes, resident.handle, Deed::Read);
        }
    }
    let mut steps = timeline.steps;
    // Stable: what depends on each other was added in order and never moves back in time.
    steps.sort_by_key(|step| step.at);
    steps
}

struct Timeline {
    rng: StdRng,
    last: Timestamp,
    steps: Vec<Step>,
}

impl Timeline {
    fn post(&mut self, place: Place, number: usize, post: Post, at: Timestamp) {
        let at = self.awake(at);
        let (author, pinned) = (post.author, post.pinned);
        let reactions = post.reactions.clone();
        let remarks: Vec<_> = post
            .remarks
            .iter()
            .map(|remark| (remark.author, remark.text, remark.is_reply, remark.reactions.clone()))
            .collect();
        self.add(at, author, Deed::Post { place, number, post: Box::new(post) });
        if pinned {
            self.add(at + MINUTE, author, Deed::Pin { place, number });
        }
        self.react(place, number, None, author, &reactions, at);
        let mut said_at = at;
        let mut parent = None;
        for (comment, (who, text, is_reply, reactions)) in remarks.into_iter().enumerate() {
            // Most answers come within the hour, some the next day.
            let wait = if self.rng.random_bool(0.8) {
                self.rng.random_range(3..70)
            } else {
                self.rng.random_range(120..900)
            };
            said_at = self.awake(said_at + MINUTE * wait);
            let answers = if is_reply { parent } else { None };
            self.add(
                said_at,
                who,
                Deed::Comment { place, post: number, number: comment, parent: answers, text },
            );
            self.react(place, number, Some(comment), who, &reactions, said_at);
            if !is_reply {
                parent = Some(comment);
            }
        }
    }

    fn react(
        &mut self,
        place: Place,
        post: usize,
        comment: Option<usize>,
        author: &str,
        reactions: &Reactions,
        at: Timestamp,
    ) {
        let others: Vec<&'static str> =
            PEOPLE.of(place).map(|resident| resident.handle).filter(|handle| *handle != author).collect();
        for (emoji, count) in reactions {
            let mut who: Vec<&'static str> = others.choose_multiple(&mut self.rng, *count).copied().collect();
            who.shuffle(&mut self.rng);
            for handle in who {
                let at = at + MINUTE * self.rng.random_range(1..600);
                self.add(at, handle, Deed::React { place, post, comment, emoji });
            }
        }
    }

    fn add(&mut self, at: Timestamp, who: &'static str, deed: Deed) {
        self.steps.push(Step { at: at.min(self.last), who, deed });
    }

    /// The same time, or the next morning: between eleven and seven this town sleeps.
    fn awake(&mut self, at: Timestamp) -> Timestamp {
        const DAY_MS: i64 = 24 * 3600 * 1000;
        const HOUR_MS: i64 = 3600 * 1000;
        let into_the_day = at.0.rem_euclid(DAY_MS);
        if (7 * HOUR_MS..23 * HOUR_MS).contains(&into_the_day) {
            return at.min(self.last);
        }
        let morning = at.0 - into_the_day + 7 * HOUR_MS + if into_the_day < 7 * HOUR_MS { 0 } else { DAY_MS };
        let morning = Timestamp(morning) + MINUTE * self.rng.random_range(0..150);
        morning.min(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Step> {
        let now = Timestamp(1_795_252_205_042);
        steps(now - Duration::from_secs(49 * 24 * 3600), now)
    }

    #[test]
    fn it_is_the_same_every_time() {
        let brief = |steps: Vec<Step>| steps.iter().map(|step| (step.at, step.who)).collect::<Vec<_>>();
        assert_eq!(brief(all()), brief(all()));
    }

    #[test]
    fn nothing_is_answered_before_it_was_said() {
        let mut posts = std::collections::HashSet::new();
        let mut comments = std::collections::HashSet::new();
        for step in all() {
            match step.deed {
                Deed::Post { place, number, .. } => _ = posts.insert((place, number)),
                Deed::Pin { place, number } => assert!(posts.contains(&(place, number))),
                Deed::Comment { place, post, number, parent, .. } => {
                    assert!(posts.contains(&(place, post)));
                    assert!(parent.is_none_or(|parent| comments.contains(&(place, post, parent))));
                    comments.insert((place, post, number));
                }
                Deed::React { place, post, comment, .. } => {
                    assert!(posts.contains(&(place, post)));
                    assert!(comment.is_none_or(|comment| comments.contains(&(place, post, comment))));
                }
                Deed::Read => {}
            }
        }
    }

    #[test]
    fn it_reaches_from_weeks_ago_to_today() {
        let steps = all();
        let (first, last) = (steps.first().unwrap().at, steps.last().unwrap().at);
        assert!(Duration::from_secs(45 * 24 * 3600) < last.since(first));
        assert!(Timestamp(1_795_252_205_042).since(last) < Duration::from_secs(24 * 3600));
    }
}
