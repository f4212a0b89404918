//! The people of this node's sockets: where they are, how, and what of it they show.

use super::slice::Who;
use protocol::presence::{Bearing, PresenceChoice, Present};
use protocol::{Timestamp, Topic, UserId, limits};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Own {
    people: HashMap<UserId, Person>,
    /// What is shown of them, by topic.
    shown: HashMap<Topic, BTreeMap<UserId, Present>>,
    /// People whose last socket in a topic is gone, and when that shows.
    leaving: BTreeSet<(Instant, Topic, UserId)>,
    /// People who do not want to be disturbed, and until when.
    busy: BTreeSet<(Timestamp, UserId)>,
    /// Who is shown otherwise than when this was last asked.
    changed: BTreeSet<Who>,
}

/// One of them.
#[derive(Debug, Default)]
struct Person {
    places: HashMap<Topic, Place>,
    /// Their open windows, and how many of them are idle.
    windows: u32,
    idle: u32,
    /// All their windows are idle, or were when the last one closed.
    is_away: bool,
    choice: PresenceChoice,
}

#[derive(Debug, Default)]
struct Place {
    sockets: u32,
    leaves_at: Option<Instant>,
}

impl Person {
    fn judge(&mut self) {
        // A window that is being reloaded says nothing about its person.
        if 0 < self.windows {
            self.is_away = self.idle == self.windows;
        }
    }

    /// What others see of them where they are.
    fn present(&self, user: UserId) -> Option<Present> {
        let (bearing, until) = match (self.choice.invisible, self.choice.quiet_until) {
            (true, _) => return None,
            (false, until @ Some(_)) => (Bearing::Busy, until),
            (false, None) if self.is_away => (Bearing::Away, None),
            (false, None) => (Bearing::Online, None),
        };
        Some(Present { user, bearing, until })
    }
}

impl Own {
    pub(crate) fn arrive(&mut self, topic: Topic, user: UserId) {
        let place = self.people.entry(user).or_default().places.entry(topic).or_default();
        place.sockets += 1;
        if let Some(at) = place.leaves_at.take() {
            self.leaving.remove(&(at, topic, user));
        }
        self.show(topic, user);
    }

    pub(crate) fn depart(&mut self, topic: Topic, user: UserId, now: Instant) {
        let place = self.people.get_mut(&user).and_then(|person| person.places.get_mut(&topic));
        let Some(place) = place else { return };
        place.sockets = place.sockets.saturating_sub(1);
        if place.sockets == 0 && place.leaves_at.is_none() {
            let at = now + limits::PRESENCE_LEAVES_AFTER;
            place.leaves_at = Some(at);
            self.leaving.insert((at, topic, user));
        }
    }

    pub(crate) fn open(&mut self, user: UserId, is_idle: bool) {
        self.people.entry(user).or_default();
        self.change(user, |person| {
            person.windows += 1;
            person.idle += u32::from(is_idle);
        });
    }

    pub(crate) fn close(&mut self, user: UserId, was_idle: bool) {
        self.change(user, |person| {
            person.windows = person.windows.saturating_sub(1);
            person.idle = person.idle.saturating_sub(u32::from(was_idle));
        });
        // Somebody without a place is nowhere shown, and forgotten at once.
        self.forget_absent(user);
    }

    pub(crate) fn idle(&mut self, user: UserId, is_idle: bool) {
        self.change(user, |person| match is_idle {
            true => person.idle += 1,
            false => person.idle = person.idle.saturating_sub(1),
        });
    }

    pub(crate) fn choose(&mut self, user: UserId, choice: PresenceChoice) {
        let Some(person) = self.people.get(&user) else { return };
        if let Some(until) = person.choice.quiet_until {
            self.busy.remove(&(until, user));
        }
        if let Some(until) = choice.quiet_until {
            self.busy.insert((until, user));
        }
        self.change(user, |person| person.choice = choice);
    }

    /// Changes what is true of somebody everywhere.
    fn change(&mut self, user: UserId, change: impl FnOnce(&mut Person)) {
        let Some(person) = self.people.get_mut(&user) else { return };
        change(person);
        person.judge();
        let places: Vec<Topic> = person.places.keys().copied().collect();
        for topic in places {
            self.show(topic, user);
        }
    }

    /// Shows somebody in a topic as they are now, or no longer.
    fn show(&mut self, topic: Topic, user: UserId) {
        let person = self.people.get(&user).filter(|person| person.places.contains_key(&topic));
        let present = person.and_then(|person| person.present(user));
        let shown = self.shown.entry(topic).or_default();
        let before = match present {
            Some(present) => shown.insert(user, present),
            None => shown.remove(&user),
        };
        if shown.is_empty() {
            self.shown.remove(&topic);
        }
        if before != present {
            self.changed.insert((topic, user));
        }
    }

    fn forget_absent(&mut self, user: UserId) {
        let is_absent = |person: &Person| person.windows == 0 && person.places.is_empty();
        if let Some(person) = self.people.get(&user).filter(|person| is_absent(person)) {
            if let Some(until) = person.choice.quiet_until {
                self.busy.remove(&(until, user));
            }
            self.people.remove(&user);
        }
    }

    /// Takes out those whose time has come.
    pub(crate) fn tick(&mut self, now: Instant, today: Timestamp) {
        while let Some((at, topic, user)) = self.leaving.first().copied()
            && at <= now
        {
            self.leaving.remove(&(at, topic, user));
            if let Some(person) = self.people.get_mut(&user) {
                person.places.remove(&topic);
            }
            self.show(topic, user);
            self.forget_absent(user);
        }
        while let Some((until, user)) = self.busy.first().copied()
            && until <= today
        {
            self.busy.remove(&(until, user));
            self.change(user, |person| person.choice.quiet_until = None);
        }
    }

    /// Whether nothing is known of anybody.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.people.is_empty() && self.shown.is_empty() && self.leaving.is_empty() && self.busy.is_empty()
    }

    pub(crate) fn take_changed(&mut self) -> BTreeSet<Who> {
        std::mem::take(&mut self.changed)
    }

    /// What is shown of somebody in a topic.
    pub(crate) fn shown(&self, topic: Topic, user: UserId) -> Option<Present> {
        self.shown.get(&topic)?.get(&user).copied()
    }

    pub(crate) fn people(&self, topic: Topic) -> impl Iterator<Item = Present> {
        self.shown.get(&topic).into_iter().flat_map(BTreeMap::values).copied()
    }

    pub(crate) fn everybody(&self) -> impl Iterator<Item = UserId> {
        self.shown.values().flat_map(BTreeMap::keys).copied()
    }
}
