//! JSON that other programs made and that nothing here looks into: kept as its text, so that neither the
//! wire nor the page needs the code of a tree.

use crate::text::deceives;
use crate::{Error, limits};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// One JSON value. Reads itself only from JSON.
#[derive(Clone, Debug)]
pub struct Json(Box<RawValue>);

/// One member of an object that fits one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// Its name.
    pub name: String,
    /// Its value as people read it.
    pub value: String,
}

impl Json {
    /// `{}`.
    #[must_use]
    pub fn empty() -> Self {
        Self::of(&Value::Object(serde_json::Map::new()))
    }

    /// A value that is in memory.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        Self(serde_json::value::to_raw_value(value).expect("a value is JSON"))
    }

    /// What a database kept of one.
    ///
    /// # Errors
    /// When it is no JSON.
    pub fn stored(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(Self)
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// The same value without blanks and without doubled names, and that value.
    ///
    /// # Errors
    /// 413 above `bytes_max`, 422 when it is nested deeper than [`limits::JSON_DEPTH_MAX`] or holds a
    /// number that no computer keeps.
    pub fn checked(&self, field: &str, bytes_max: usize) -> Result<(Self, Value), Error> {
        if bytes_max < self.text().len() {
            return Err(Error::too_large(field, bytes_max));
        }
        if limits::JSON_DEPTH_MAX < depth(self.text()) {
            let message = format!("At most {} levels inside each other.", limits::JSON_DEPTH_MAX);
            return Err(Error::invalid(field, message));
        }
        let value: Value =
            serde_json::from_str(self.text()).map_err(|why| Error::invalid(field, format!("{why}.")))?;
        let tidy = Self::of(&value);
        // A number may become longer than it was written.
        if bytes_max < tidy.text().len() {
            return Err(Error::too_large(field, bytes_max));
        }
        Ok((tidy, value))
    }

    /// What a form sent as a text is the JSON in that text; everything else is itself.
    ///
    /// # Errors
    /// 422 when the text is no JSON.
    pub fn out_of_text(self, field: &str) -> Result<Self, Error> {
        match serde_json::from_str::<String>(self.text()) {
            Ok(text) => serde_json::from_str(&text)
                .map_err(|why| Error::invalid(field, format!("This is no JSON: {why}."))),
            Err(_) => Ok(self),
        }
    }

    /// The members of an object that fit one line each, at most `count` of them.
    #[must_use]
    pub fn scalars(&self, count: usize) -> Vec<Scalar> {
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(self.text()).unwrap_or_default();
        let scalar = |(name, value): (String, &RawValue)| {
            let value = value.get();
            let value = match value.as_bytes().first()? {
                b'{' | b'[' | b'n' => return None,
                b'"' => crate::text::foreign(&serde_json::from_str::<String>(value).ok()?, SCALAR_CHARS_MAX),
                b't' => "yes".to_owned(),
                b'f' => "no".to_owned(),
                _ => crate::text::excerpt(value, SCALAR_CHARS_MAX),
            };
            let name = crate::text::foreign(&name.replace(['_', '-'], " "), SCALAR_CHARS_MAX);
            (!name.is_empty() && !value.is_empty()).then_some(Scalar { name, value })
        };
        members.into_iter().filter_map(scalar).take(count).collect()
    }

    /// The text over several lines, two blanks for each level; characters that change how what is around
    /// them reads are written as escapes.
    #[must_use]
    pub fn pretty(&self) -> String {
        let mut out = String::with_capacity(self.text().len() * 2);
        let (mut level, mut in_text, mut escaped) = (0_usize, false, false);
        let mut characters = self.text().chars().filter(|c| !c.is_ascii_control()).peekable();
        while let Some(c) = characters.next() {
            if in_text {
                match c {
                    c if deceives(c) => drop(write!(out, "\\u{:04x}", u32::from(c))),
                    c => out.push(c),
                }
                in_text = escaped || c != '"';
                escaped = !escaped && c == '\\';
                continue;
            }
            match c {
                ' ' => {}
                '{' | '[' => {
                    out.push(c);
                    while characters.next_if_eq(&' ').is_some() {}
                    if characters.peek().is_some_and(|next| !matches!(next, '}' | ']')) {
                        level += 1;
                        line(&mut out, level);
                    }
                }
                '}' | ']' => {
                    if !out.ends_with(['{', '[']) {
                        level = level.saturating_sub(1);
                        line(&mut out, level);
                    }
                    out.push(c);
                }
                ',' => {
                    out.push(c);
                    line(&mut out, level);
                }
                ':' => out.push_str(": "),
                _ => {
                    in_text = c == '"';
                    out.push(c);
                }
            }
        }
        out
    }
}

/// Longest name or value of a [`Scalar`], in characters.
const SCALAR_CHARS_MAX: usize = 60;

fn line(out: &mut String, level: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", level));
}

/// How many lists and objects are open at once, at most. Of text that is JSON.
fn depth(text: &str) -> usize {
    let (mut level, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            b'"' if !escaped => in_text = !in_text,
            b'{' | b'[' if !in_text => level += 1,
            b'}' | b']' if !in_text => level = level.saturating_sub(1),
            _ => {}
        }
        escaped = in_text && !escaped && byte == b'\\';
        deepest = deepest.max(level);
    }
    deepest
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Json {}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(from).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn what_comes_in_another_order_or_with_blanks_is_the_same() {
        let one = json(r#"{ "b": [1, 2 ], "a": "x y" }"#).checked("payload", 100).unwrap().0;
        let other = json(r#"{"a":"x y","b":[1,2]}"#).checked("payload", 100).unwrap().0;
        assert_eq!(one, other);
        assert_eq!(one.text(), r#"{"a":"x y","b":[1,2]}"#);
    }

    #[test]
    fn what_is_too_large_too_deep_or_no_number_is_refused() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(json(&deep(limits::JSON_DEPTH_MAX)).checked("payload", 1000).is_ok());
        for (text, status) in [
            (deep(limits::JSON_DEPTH_MAX + 1), 422),
            (deep(50_000), 422),
            ("1e999".to_owned(), 422),
            (format!("\"{}\"", "x".repeat(200_000)), 413),
        ] {
            let refusal = json(&text).checked("payload", 150_000).unwrap_err();
            assert_eq!((refusal.status(), refusal.field.as_deref()), (status, Some("payload")));
        }
        // Brackets in a text open nothing.
        assert_eq!(depth(r#"["[[[[\"[[[", {}]"#), 2);
    }

    #[test]
    fn the_members_that_fit_a_line_are_a_summary() {
        let payload = json(
            r#"{"invoice_no":"2026-041","amount":120.50,"paid":true,"lines":[1],"note":null,"by":"a\u202eb\u0000"}"#,
        );
        let shown: Vec<String> =
            payload.scalars(9).into_iter().map(|one| format!("{}={}", one.name, one.value)).collect();
        assert_eq!(shown, ["amount=120.50", "by=ab", "invoice no=2026-041", "paid=yes"]);
        assert_eq!(payload.scalars(1).len(), 1);
        assert!(json("[1,2]").scalars(3).is_empty());
    }

    #[test]
    fn it_is_shown_over_several_lines_without_what_deceives() {
        let shown = json("{\"a\":[1,{\"b\":\"x: {\\\"}\u{202e}\"}],\"c\":{},\"d\":[ ]}").pretty();
        let lines = [
            "{",
            "  \"a\": [",
            "    1,",
            "    {",
            "      \"b\": \"x: {\\\"}\\u202e\"",
            "    }",
            "  ],",
            "  \"c\": {},",
            "  \"d\": []",
            "}",
        ];
        assert_eq!(shown, lines.join("\n"));
    }
}
