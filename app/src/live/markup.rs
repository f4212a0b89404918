//! Formatting by keyboard: marks around what is selected in a text field, set or taken away.
//! Offsets count UTF-16 units, as browsers do.

/// What a key does to the selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `**`
    Bold,
    /// `_`
    Italic,
    /// `` ` ``, or a fenced block around several lines.
    Code,
    /// `~~`
    Strike,
    /// `> ` before each line.
    Quote,
    /// `- ` before each line.
    List,
    /// `[text](address)`.
    Link,
}

/// A text with what is selected in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    /// The text.
    pub text: String,
    /// Where the selection begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl Mark {
    /// The mark of a key that is pressed with Ctrl or ⌘.
    #[must_use]
    pub fn of_key(key: &str, shift: bool) -> Option<Self> {
        match (key.to_lowercase().as_str(), shift) {
            ("b", false) => Some(Self::Bold),
            ("i", false) => Some(Self::Italic),
            ("e", false) => Some(Self::Code),
            ("x", true) => Some(Self::Strike),
            ("9", true) | ("(", true) => Some(Self::Quote),
            ("8", true) | ("*", true) => Some(Self::List),
            ("u", true) => Some(Self::Link),
            _ => None,
        }
    }

    /// The text with the mark set, or taken away where it stands already.
    #[must_use]
    pub fn apply(self, selected: &Selected) -> Selected {
        let text: Vec<u16> = selected.text.encode_utf16().collect();
        let start = selected.start.min(text.len());
        let end = selected.end.clamp(start, text.len());
        let has_lines = text[start..end].contains(&u16::from(b'\n'));
        match self {
            Self::Bold => around(&text, start, end, "**", "**"),
            Self::Italic => around(&text, start, end, "_", "_"),
            Self::Strike => around(&text, start, end, "~~", "~~"),
            Self::Code if has_lines => around(&text, start, end, "```\n", "\n```"),
            Self::Code => around(&text, start, end, "`", "`"),
            Self::Quote => before_lines(&text, start, end, "> "),
            Self::List => before_lines(&text, start, end, "- "),
            Self::Link => link(&text, start, end),
        }
    }
}

fn units(mark: &str) -> Vec<u16> {
    mark.encode_utf16().collect()
}

fn said(text: &[u16]) -> String {
    String::from_utf16_lossy(text)
}

fn around(text: &[u16], start: usize, end: usize, open: &str, close: &str) -> Selected {
    let (open, close) = (units(open), units(close));
    let (before, inside, after) = (&text[..start], &text[start..end], &text[end..]);
    if before.ends_with(&open) && after.starts_with(&close) {
        let before = &before[..before.len() - open.len()];
        let text = [before, inside, &after[close.len()..]].concat();
        return Selected { text: said(&text), start: before.len(), end: before.len() + inside.len() };
    }
    let text = [before, &open, inside, &close, after].concat();
    Selected { text: said(&text), start: start + open.len(), end: end + open.len() }
}

fn before_lines(text: &[u16], start: usize, end: usize, mark: &str) -> Selected {
    let newline = u16::from(b'\n');
    let first = text[..start].iter().rposition(|unit| *unit == newline).map_or(0, |index| index + 1);
    let last = text[end..].iter().position(|unit| *unit == newline).map_or(text.len(), |index| end + index);
    let lines = said(&text[first..last]);
    let is_marked = lines.split('\n').all(|line| line.starts_with(mark));
    let changed: Vec<String> = lines
        .split('\n')
        .map(|line| match line.strip_prefix(mark).filter(|_| is_marked) {
            Some(plain) => plain.to_owned(),
            None => format!("{mark}{line}"),
        })
        .collect();
    let changed = units(&changed.join("\n"));
    let text = [&text[..first], &changed, &text[last..]].concat();
    Selected { text: said(&text), start: first, end: first + changed.len() }
}

/// The text stays what is shown; what is selected afterwards is where the address goes.
fn link(text: &[u16], start: usize, end: usize) -> Selected {
    let inside = &text[start..end];
    let address = units("https://");
    let new = [&units("["), inside, &units("]("), &address, &units(")")].concat();
    let from = start + 1 + inside.len() + 2;
    let text = [&text[..start], &new, &text[end..]].concat();
    Selected { text: said(&text), start: from, end: from + address.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[` and `]` stand for the ends of the selection.
    fn selected(shown: &str) -> Selected {
        let place = |mark: char| {
            let before = shown.chars().take_while(move |c| *c != mark);
            before.filter(|c| *c != '[').map(char::len_utf16).sum()
        };
        let (start, end) = (place('['), place(']'));
        Selected { text: shown.replace(['[', ']'], ""), start, end }
    }

    fn check(mark: Mark, before: &str, after: &str) {
        assert_eq!(mark.apply(&selected(before)), selected(after), "{before}");
    }

    #[test]
    fn a_mark_is_set_and_taken_away_again() {
        check(Mark::Bold, "a [word] here", "a **[word]** here");
        check(Mark::Bold, "a **[word]** here", "a [word] here");
        check(Mark::Strike, "[all]", "~~[all]~~");
        check(Mark::Italic, "an [] empty one", "an _[]_ empty one");
    }

    #[test]
    fn emoji_before_the_selection_do_not_shift_it() {
        check(Mark::Bold, "🎉 [now]", "🎉 **[now]**");
    }

    #[test]
    fn code_over_several_lines_is_a_block() {
        check(Mark::Code, "[one]", "`[one]`");
        check(Mark::Code, "[one\ntwo]", "```\n[one\ntwo]\n```");
    }

    #[test]
    fn lists_and_quotes_mark_whole_lines() {
        check(Mark::List, "on[e\ntw]o", "[- one\n- two]");
        check(Mark::List, "[- one\n- two]", "[one\ntwo]");
        check(Mark::Quote, "so\nsai[]d he", "so\n[> said he]");
    }

    #[test]
    fn a_link_asks_for_its_address() {
        let linked = Mark::Link.apply(&Selected { text: "see here".to_owned(), start: 4, end: 8 });
        assert_eq!(linked.text, "see [here](https://)");
        assert_eq!(&linked.text[linked.start..linked.end], "https://");
    }
}
