//! How well a text fits: whole words before beginnings before insides, words together before words
//! apart, short texts before long ones, and what is new a little before what is old.

use super::Found;
use super::fold::Needle;
use super::marking::{begins_word, is_whole, places};
use std::cmp::Reverse;

/// After so long, what is old has lost half of what being new gives.
const HALF_AFTER_DAYS: f64 = 60.0;
const DAY_MS: f64 = 86_400_000.0;

/// The rows with how well they fit, the best first. They come newest first.
pub(super) fn ranked(found: Vec<Found>, needles: &[Needle]) -> Vec<(i64, Found)> {
    let newest = found.first().map_or(0, |row| row.at);
    let together: Vec<&str> = needles.iter().map(Needle::text).collect();
    let together = Needle::Words(together.join(" "));
    let mut ranked: Vec<(i64, Found)> = found
        .into_iter()
        .map(|row| {
            let days = to_f64(newest.saturating_sub(row.at)) / DAY_MS;
            let fits =
                fit(&row.text, needles, &together) * (1.0 + 0.4 / (1.0 + days.max(0.0) / HALF_AFTER_DAYS));
            // A number that a page's key can hold.
            #[expect(clippy::cast_possible_truncation, reason = "it is below a thousand")]
            let score = (fits * 1e6) as i64;
            (score, row)
        })
        .collect();
    ranked.sort_by_key(|(score, row)| Reverse((*score, row.place())));
    ranked
}

fn fit(text: &str, needles: &[Needle], together: &Needle) -> f64 {
    let sum: f64 = needles.iter().map(|needle| of_one(text, needle)).sum();
    let is_together = 1 < needles.len() && !places(text, together).is_empty();
    let words = to_f64(text.bytes().filter(|byte| *byte == b' ').count().try_into().unwrap_or(i64::MAX));
    sum * if is_together { 1.5 } else { 1.0 } / (1.0 + words / 200.0)
}

fn of_one(text: &str, needle: &Needle) -> f64 {
    let places = places(text, needle);
    let kind = |place: &std::ops::Range<usize>| match (is_whole(text, place), begins_word(text, place.start))
    {
        (true, _) => 3.0,
        (_, true) => 2.0,
        _ => 1.0,
    };
    let best = places.iter().map(kind).fold(0.0, f64::max);
    // Once more is a little better, and ten times is not ten times as good.
    best * (1.0 + 0.2 * to_f64(i64::try_from(places.len()).unwrap_or(i64::MAX)).ln_1p())
}

#[expect(clippy::cast_precision_loss, reason = "a score needs no more")]
fn to_f64(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::super::fold::needle;
    use super::*;
    use uuid::Uuid;

    /// The texts, given newest first, in the order in which they are shown.
    fn order<'a>(texts: &[&'a str], typed: &[&str]) -> Vec<&'a str> {
        let needles: Vec<Needle> = typed.iter().filter_map(|word| needle(word, false)).collect();
        let row = |(index, text): (usize, &&str)| Found {
            id: i64::try_from(index).unwrap(),
            entity_id: Uuid::nil(),
            kind: String::new(),
            place_id: Uuid::nil(),
            author_id: Uuid::nil(),
            at: -i64::try_from(index).unwrap() * 1_000,
            text: (*text).to_owned(),
        };
        let ranked = ranked(texts.iter().enumerate().map(row).collect(), &needles);
        ranked.into_iter().map(|(_, row)| texts[usize::try_from(row.id).unwrap()]).collect()
    }

    #[test]
    fn whole_words_come_before_beginnings_and_those_before_insides() {
        let texts = ["outsetting", "setting", "the set"];
        assert_eq!(order(&texts, &["set"]), ["the set", "setting", "outsetting"]);
    }

    #[test]
    fn words_together_and_short_texts_come_first() {
        let long = format!("the winter set {}", "and more ".repeat(200));
        let texts = [long.as_str(), "set for winter", "winter set"];
        assert_eq!(order(&texts, &["winter", "set"]), ["winter set", "set for winter", long.as_str()]);
    }

    #[test]
    fn of_two_that_fit_alike_the_newer_is_first() {
        assert_eq!(order(&["new soup", "old soup"], &["soup"]), ["new soup", "old soup"]);
        assert_eq!(order(&["a", "b"], &[]), ["a", "b"], "filters alone leave the order of time");
    }
}
