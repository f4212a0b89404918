//! Search over many messages: words that stand everywhere and words that stand nowhere, parts of words,
//! phrases and filters, in both orders.

use crate::fill::{self, Line};
use crate::measure::Delays;
use crate::report::Section;
use crate::scenario::Options;
use crate::server::Server;
use crate::site::{Community, Person};
use crate::{Result, say};
use protocol::conversation::{ConversationKind, ConversationState, NewConversation};
use protocol::search::{SearchOrder, SearchPage, SearchQuery};
use protocol::{ConversationId, MessageId, Timestamp, WorkspaceId};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const PEOPLE: usize = 20;
const ROOMS: usize = 50;
/// Different words. The n-th is n times as rare as the first, as in a language.
const WORDS: usize = 20_000;
const WORDS_IN_A_MESSAGE: usize = 14;
/// The messages are of two years.
const SPAN_MS: i64 = 2 * 365 * 24 * 3_600_000;
const FILL_WITHIN: Duration = Duration::from_secs(3600);
/// How often each question is asked.
const ROUNDS: usize = 10;
const WARM_UP: usize = 2;
const LINK: &str = "https://example.org/page";

pub(crate) async fn run(options: &Options) -> Result<Section> {
    let mut server = Server::start(options).await?;
    let community = Community::found(&server, PEOPLE).await?;
    let reader = &community.people[0];
    let workspace = community.workspace.id;
    let mut rooms = Vec::new();
    for number in 0..ROOMS {
        rooms.push(begin(reader, workspace, number).await?);
    }
    let mut authors = Vec::new();
    for person in &community.people {
        let me: protocol::account::Me = person.call("account.get", &serde_json::json!({})).await?;
        authors.push(me.person.id);
    }
    let vocabulary = Vocabulary::new();
    let count = options.messages;
    let mut dice = Dice(7);
    let lines = (0..count).map(|number| {
        let at = Timestamp::now().0 - SPAN_MS
            + SPAN_MS / i64::try_from(count).unwrap_or(1) * i64::try_from(number).unwrap_or(0);
        let (body, html) = vocabulary.sentence(&mut dice);
        Line {
            id: MessageId::new(Timestamp(at)).0,
            // A few rooms have most of it, as they do.
            conversation: rooms[dice.rare(ROOMS)].0,
            author: authors[dice.rare(PEOPLE)].0,
            at,
            body,
            html,
        }
    });
    let mut url = String::new();
    server
        .kill_work_and_restart(async |address: &str| {
            url = address.to_owned();
            fill::messages(address, lines).await
        })
        .await?;
    let started = Instant::now();
    while !fill::is_filled(&url).await? {
        if FILL_WITHIN < started.elapsed() {
            return Err("the search was not filled within an hour".into());
        }
        sleep(Duration::from_secs(2)).await;
    }
    let filled = started.elapsed();
    say(&format!("the search knows {count} messages after {} s", filled.as_secs()));

    let note = format!(
        "{count} messages of {WORDS_IN_A_MESSAGE} words out of {WORDS} in {ROOMS} rooms by {PEOPLE} people; `search.query` by \
         one of them, one after the other, each question {ROUNDS} times in both orders, warm."
    );
    let mut section = Section::new("Search", note);
    section.row(
        "to make all of it known to the search, while the server runs",
        format!("{} s", filled.as_secs()),
    );
    let mut all = Delays::new();
    for (name, queries) in questions(&vocabulary) {
        let mut delays = Delays::new();
        for round in 0..WARM_UP + ROUNDS {
            for (q, order) in queries.iter().flat_map(|q| [(q, SearchOrder::Best), (q, SearchOrder::Newest)])
            {
                let asked = Instant::now();
                let query = SearchQuery { workspace, q: q.clone(), order, after: None };
                let _: SearchPage = reader.call("search.query", &query).await?;
                if WARM_UP <= round {
                    delays.add(asked.elapsed());
                }
            }
        }
        section.row(format!("{name}, p50 / p99"), format!("{delays} ms"));
        all.merge(&delays);
    }
    let (half, most, nearly_all) = (all.ms(0.5), all.ms(0.95), all.ms(0.99));
    section.row("all of them, p50 / p95 / p99", format!("{half:.1} / **{most:.1}** / {nearly_all:.1} ms"));
    Ok(section)
}

async fn begin(by: &Person, workspace: WorkspaceId, number: usize) -> Result<ConversationId> {
    let new = NewConversation {
        id: ConversationId::new(Timestamp::now()),
        workspace,
        kind: ConversationKind::Room,
        name: format!("room-{number}"),
        topic_line: String::new(),
        members: Vec::new(),
    };
    let state: ConversationState = by.call("conversations.create", &new).await?;
    Ok(state.conversation.id)
}

/// What is asked, by kind.
fn questions(words: &Vocabulary) -> Vec<(&'static str, Vec<String>)> {
    let word = |rank: usize| words.0[rank].clone();
    let part = |rank: usize| words.0[rank].chars().skip(1).take(4).collect::<String>();
    vec![
        ("words of every tenth message", vec![word(3), word(5), word(9)]),
        ("words of every thousandth", vec![word(700), word(1_200), word(2_500)]),
        ("rare words", vec![word(12_000), word(16_000), word(19_999)]),
        ("words that are nowhere", vec!["zzyzx".to_owned(), "quixotry".to_owned()]),
        (
            "two and three words",
            vec![
                format!("{} {}", word(2), word(40)),
                format!("{} {}", word(300), word(2_000)),
                format!("{} {} {}", word(1), word(8), word(90)),
            ],
        ),
        ("phrases", vec![format!("\"{} {}\"", word(0), word(1)), format!("\"{} {}\"", word(20), word(400))]),
        ("parts of words", vec![part(6), part(800), part(15_000)]),
        ("by a person", vec![format!("{} from:@person3", word(4)), format!("{} from:@person17", word(900))]),
        ("in a room", vec![format!("{} in:#room-2", word(4)), format!("{} in:#room-45", word(60))]),
        (
            "of a month",
            vec![
                format!("{} before:{}", word(7), month_ago(300)),
                format!("{} after:{}", word(500), month_ago(30)),
            ],
        ),
        ("filters alone", vec!["from:@person2".to_owned(), "in:#room-7".to_owned(), "has:link".to_owned()]),
    ]
}

fn month_ago(days: u64) -> String {
    (Timestamp::now() - Duration::from_secs(days * 24 * 3600)).day()
}

/// Words that can be spoken, the most frequent first.
struct Vocabulary(Vec<String>);

impl Vocabulary {
    fn new() -> Self {
        const BEGIN: [&str; 20] = [
            "b", "br", "c", "ch", "d", "f", "fl", "g", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t",
            "tr", "w",
        ];
        const MIDDLE: [&str; 10] = ["a", "e", "i", "o", "u", "ai", "ea", "ie", "oo", "ou"];
        const END: [&str; 12] = ["", "n", "r", "s", "t", "l", "ng", "nd", "ck", "m", "rt", "st"];
        let mut dice = Dice(42);
        let mut words = Vec::with_capacity(WORDS);
        let mut known = std::collections::HashSet::new();
        while words.len() < WORDS {
            // Frequent words are short.
            let syllables = 1 + usize::from(60 < words.len()) + dice.below(2);
            let mut word = String::new();
            for _ in 0..syllables {
                word.push_str(BEGIN[dice.below(BEGIN.len())]);
                word.push_str(MIDDLE[dice.below(MIDDLE.len())]);
                word.push_str(END[dice.below(END.len())]);
            }
            if 2 < word.len() && known.insert(word.clone()) {
                words.push(word);
            }
        }
        Self(words)
    }

    /// What somebody wrote, and its HTML.
    fn sentence(&self, dice: &mut Dice) -> (String, String) {
        let words: Vec<&str> = (0..WORDS_IN_A_MESSAGE).map(|_| self.0[dice.rare(WORDS)].as_str()).collect();
        let words = words.join(" ");
        if dice.below(20) == 0 {
            return (format!("{words} {LINK}"), format!("<p>{words} <a href=\"{LINK}\">{LINK}</a></p>"));
        }
        let html = format!("<p>{words}</p>");
        (words, html)
    }
}

/// Always the same numbers, so that two runs look for the same.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        // Steele and Vigna's splitmix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).unwrap_or(0)
    }

    /// A number below `count`; n is n times as rare as the first one.
    fn rare(&mut self, count: usize) -> usize {
        let part = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let drawn = ((count as f64 + 1.0).ln() * part).exp() - 1.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the count"
        )]
        let drawn = drawn as usize;
        drawn.min(count - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_different_and_the_first_are_the_most_frequent() {
        let mut dice = Dice(1);
        let mut drawn = vec![0_usize; WORDS];
        for _ in 0..100_000 {
            drawn[dice.rare(WORDS)] += 1;
        }
        assert!(drawn[10] < drawn[0] && drawn[1_000] < drawn[10], "{:?}", &drawn[..12]);
        assert!(1_000 < drawn[0]);
        assert_eq!(Vocabulary::new().0.len(), WORDS);
    }
}
