//! What the community says to each other in rooms, groups and between two.
//!
//! ```text
//! == place room name: topic line    or: place general, place group Name, place direct
//! with handles                      (not of general: everybody is in that)
//! from 600 to 30                    minutes before now in which it was said
//! handle: Markdown, \n for a new line
//! ++ 👍 3                            reactions to what stands above
//! -> handle: an answer in the thread of the message above
//! ```

use super::script::{PEOPLE, Place};
use protocol::Timestamp;
use protocol::conversation::ConversationKind;
use protocol::workspace::Role;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A conversation.
#[derive(Debug)]
pub(crate) struct Talk {
    /// Where.
    pub(crate) place: Place,
    /// Of what kind; none of the room that is there already.
    pub(crate) kind: Option<ConversationKind>,
    /// Its name.
    pub(crate) name: &'static str,
    /// What it is about.
    pub(crate) topic_line: &'static str,
    /// Who is in it; the first one began it.
    pub(crate) people: Vec<&'static str>,
    /// What was said, in order.
    pub(crate) lines: Vec<Line>,
}

/// Something that was said.
#[derive(Debug)]
pub(crate) struct Line {
    /// When.
    pub(crate) at: Timestamp,
    /// Whose handle.
    pub(crate) who: &'static str,
    /// Markdown.
    pub(crate) text: String,
    /// The number of the message that it answers.
    pub(crate) answers: Option<usize>,
    /// Who reacted how.
    pub(crate) reactions: Vec<(&'static str, &'static str)>,
}

/// All conversations, as they were said before `now`.
pub(crate) fn talks(now: Timestamp) -> Vec<Talk> {
    let parts = include_str!("talk.txt").split("\n== ").map(|part| part.trim_start_matches("== "));
    parts.map(|part| read(part, now)).collect()
}

fn read(text: &'static str, now: Timestamp) -> Talk {
    let mut lines = text.lines();
    let head = lines.next().expect("a conversation has a head");
    let (head, topic_line) = head.split_once(": ").unwrap_or((head, ""));
    let (place, rest) = head.split_once(' ').expect("a head names place and kind");
    let place = Place::from_word(place);
    let (kind, name) = rest.split_once(' ').unwrap_or((rest, ""));
    let kind = match kind {
        "room" => Some(ConversationKind::Room),
        "group" => Some(ConversationKind::Group),
        "direct" => Some(ConversationKind::Direct),
        "general" => None,
        _ => panic!("talk.txt names a kind that is none: {kind}"),
    };
    let mut talk = Talk { place, kind, name, topic_line, people: Vec::new(), lines: Vec::new() };
    let (mut from, mut to) = (0, 0);
    for line in lines.filter(|line| !line.is_empty()) {
        if let Some(people) = line.strip_prefix("with ") {
            talk.people = people.split(' ').map(|handle| PEOPLE.by_handle(handle).handle).collect();
        } else if let Some(times) = line.strip_prefix("from ") {
            let (begin, end) = times.split_once(" to ").expect("times read from … to …");
            (from, to) = (minutes(begin), minutes(end));
        } else if let Some(reactions) = line.strip_prefix("++ ") {
            talk.react(reactions);
        } else if let Some(answer) = line.strip_prefix("-> ") {
            let root = talk.lines.iter().rposition(|line| line.answers.is_none());
            talk.say(answer, root);
        } else {
            talk.say(line, None);
        }
    }
    let count = u32::try_from(talk.lines.len()).expect("a few dozen lines");
    for (n, line) in (0..count).zip(&mut talk.lines) {
        line.at = now - MINUTE * (from - (from - to) * n / count.max(2).saturating_sub(1));
    }
    talk
}

fn minutes(text: &str) -> u32 {
    text.parse().expect("a number of minutes")
}

impl Talk {
    fn say(&mut self, line: &'static str, answers: Option<usize>) {
        let (who, text) = line.split_once(": ").expect("a line says whose it is");
        let who = PEOPLE.by_handle(who).handle;
        let text = text.replace("\\n", "\n");
        self.lines.push(Line { at: Timestamp(0), who, text, answers, reactions: Vec::new() });
    }

    fn react(&mut self, reactions: &'static str) {
        let others = self.people();
        let Some(line) = self.lines.last_mut() else { return };
        let words: Vec<&'static str> = reactions.split_whitespace().collect();
        for (turn, pair) in words.chunks_exact(2).enumerate() {
            let count: usize = pair[1].parse().expect("a number follows each emoji");
            // Others each time, and not always the first ones of the list.
            let others = others.iter().filter(|handle| **handle != line.who);
            let chosen = others.cycle().skip(turn * 3 + line.text.len() % 5).take(count);
            line.reactions.extend(chosen.map(|handle| (pair[0], *handle)));
        }
    }

    /// Who is in it.
    pub(crate) fn people(&self) -> Vec<&'static str> {
        if !self.people.is_empty() {
            return self.people.clone();
        }
        let is_in = |roles: &[(Place, Role)]| {
            roles.iter().any(|(place, role)| *place == self.place && *role != Role::Guest)
        };
        PEOPLE.all().iter().filter(|one| is_in(&one.roles)).map(|one| one.handle).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_252_205_042);

    #[test]
    fn everybody_speaks_only_where_they_are() {
        for talk in talks(NOW) {
            let members: Vec<&str> = PEOPLE.of(talk.place).map(|one| one.handle).collect();
            for handle in talk.people() {
                assert!(members.contains(&handle), "{handle} is not in {}", talk.place.name());
            }
            for line in talk.lines.iter().filter(|_| talk.kind.is_some()) {
                assert!(talk.people.contains(&line.who), "{} is not in {}", line.who, talk.name);
            }
        }
    }

    #[test]
    fn it_was_said_in_order_and_before_now() {
        for talk in talks(NOW) {
            assert!(talk.lines.is_sorted_by_key(|line| line.at), "{}", talk.name);
            assert!(talk.lines.last().expect("something was said").at < NOW);
            let answered = talk.lines.iter().enumerate().filter_map(|(at, line)| Some((at, line.answers?)));
            answered.for_each(|(at, root)| assert!(root < at));
        }
    }
}
