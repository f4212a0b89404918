//! What the community's other programs told it in the last week.
//!
//! ```text
//! == place handle Name hue          a bot
//! 12 | invoice:paid | { JSON }      hours before now, kind, payload
//! … | text | link or - | handle     and perhaps: what people are notified with, where it leads, only whom
//! ```

use super::script::Place;
use protocol::Timestamp;
use protocol::custom_event::Notice;
use protocol::json::Json;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::time::Duration;

/// Every run tells the same.
const SEED: u64 = 1851;
const HOUR: Duration = Duration::from_secs(3600);

/// A program and what it tells.
#[derive(Debug)]
pub(crate) struct Program {
    /// Where it works.
    pub(crate) place: Place,
    /// Its handle.
    pub(crate) handle: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// Its colour.
    pub(crate) hue: u8,
    /// What it publishes, in order.
    pub(crate) events: Vec<Told>,
}

/// One event.
#[derive(Debug)]
pub(crate) struct Told {
    /// When.
    pub(crate) at: Timestamp,
    /// `<noun>:<verb>`.
    pub(crate) kind: &'static str,
    /// What it carries.
    pub(crate) payload: Json,
    /// What people are notified with.
    pub(crate) notice: Option<Notice>,
    /// The handle of the only one whom it concerns.
    pub(crate) person: Option<&'static str>,
}

/// All programs, with what they told before `now`.
pub(crate) fn programs(now: Timestamp) -> Vec<Program> {
    let mut dice = StdRng::seed_from_u64(SEED);
    let parts = include_str!("programs.txt").split("\n== ").map(|part| part.trim_start_matches("== "));
    parts.map(|part| read(part, now, &mut dice)).collect()
}

fn read(text: &'static str, now: Timestamp, dice: &mut StdRng) -> Program {
    let mut lines = text.lines().filter(|line| !line.is_empty());
    let head: Vec<&str> = lines.next().expect("a program has a head").split(' ').collect();
    let [place, handle, name, hue] = head[..] else { panic!("a head names place, handle, name and hue") };
    let events = lines.map(|line| event(line, now, dice)).collect();
    Program {
        place: Place::from_word(place),
        handle,
        name,
        hue: hue.parse().expect("a hue is a number"),
        events,
    }
}

fn event(line: &'static str, now: Timestamp, dice: &mut StdRng) -> Told {
    let mut parts = line.split(" | ");
    let mut next = || parts.next().filter(|part| *part != "-");
    let hours: u32 = next().and_then(|hours| hours.parse().ok()).expect("an event begins with hours");
    let kind = next().expect("a kind follows");
    let payload = next().and_then(|payload| serde_json::from_str(payload).ok()).expect("JSON follows");
    let text = next();
    let link = next().map(str::to_owned);
    let person = next();
    Told {
        // Programs, too, do not tell everything on the hour.
        at: now - (HOUR * hours).saturating_sub(HOUR.mul_f64(0.9 * dice.random::<f64>())),
        kind,
        payload,
        notice: text.map(|text| Notice { text: text.to_owned(), link }),
        person,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::script::PEOPLE;

    const NOW: Timestamp = Timestamp(1_795_252_205_042);

    #[test]
    fn everything_was_told_in_order_within_a_week_and_to_people_who_are_there() {
        for program in programs(NOW) {
            let times: Vec<Timestamp> = program.events.iter().map(|told| told.at).collect();
            assert!(times.is_sorted(), "{}", program.name);
            assert!(times.iter().all(|at| *at < NOW && NOW.since(*at) < 7 * 24 * HOUR), "{}", program.name);
            let members: Vec<&str> = PEOPLE.of(program.place).map(|one| one.handle).collect();
            for told in program.events {
                assert!(protocol::custom_event::kind(told.kind).is_ok(), "{}", told.kind);
                assert!(told.person.is_none_or(|handle| members.contains(&handle)), "{told:?}");
            }
        }
    }
}
