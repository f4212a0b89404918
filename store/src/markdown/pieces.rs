//! Finds `@handles`, `#rooms` and bare addresses in running text.

use protocol::conversation::is_of_room_name;
use protocol::limits;

/// A part of a text. All parts together are the text again, `@` and `#` included.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// None of the others.
    Words(&'a str),
    /// What stands after an `@`, as it was typed.
    Handle(&'a str),
    /// What stands after a `#`, as it was typed.
    Room(&'a str),
    /// Begins with `http://` or `https://`.
    Address(&'a str),
}

/// Splits a text in one pass.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut words_from = 0;
    let mut at = 0;
    while let Some(step) = text[at..].find(['@', '#', 'h', 'H']) {
        let start = at + step;
        let found = if begins_a_word(text, start) { special(&text[start..]) } else { None };
        match found {
            Some((piece, bytes)) => {
                if words_from < start {
                    pieces.push(Piece::Words(&text[words_from..start]));
                }
                pieces.push(piece);
                at = start + bytes;
                words_from = at;
            }
            None => at = start + 1,
        }
    }
    if words_from < text.len() {
        pieces.push(Piece::Words(&text[words_from..]));
    }
    pieces
}

/// `ada@example.org` mentions nobody.
fn begins_a_word(text: &str, start: usize) -> bool {
    !text[..start].ends_with(|c: char| c.is_alphanumeric() || "_-.@#/+".contains(c))
}

fn special(text: &str) -> Option<(Piece<'_>, usize)> {
    if let Some(rest) = text.strip_prefix('@') {
        let handle = handle(rest)?;
        return Some((Piece::Handle(handle), 1 + handle.len()));
    }
    if let Some(rest) = text.strip_prefix('#') {
        let name = room(rest)?;
        return Some((Piece::Room(name), 1 + name.len()));
    }
    let address = address(text)?;
    Some((Piece::Address(address), address.len()))
}

/// The longest beginning that has the form of a handle; dots and dashes at its end are the sentence's.
fn handle(text: &str) -> Option<&str> {
    let inside = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let end = text.find(|c| !inside(c)).unwrap_or(text.len());
    let handle = text[..end].trim_end_matches(['_', '-', '.']);
    let fits = (limits::HANDLE_CHARS_MIN..=limits::HANDLE_CHARS_MAX).contains(&handle.len());
    (fits && handle.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(handle)
}

/// The longest beginning that has the form of a room's name; dashes at its end are the sentence's.
fn room(text: &str) -> Option<&str> {
    let end = text.find(|c| !is_of_room_name(c)).unwrap_or(text.len());
    let name = text[..end].trim_end_matches(['_', '-']);
    let fits = !name.is_empty() && name.chars().count() <= limits::CONVERSATION_NAME_CHARS_MAX;
    fits.then_some(name)
}

/// An address up to the next space, without the sentence's marks and a closing bracket that it did not open.
fn address(text: &str) -> Option<&str> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| {
        text.get(..scheme.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(scheme))
    })?;
    // Asked before the rest is read, so that a row of `http://(` takes no quadratic time.
    let host = &text[scheme.len()..];
    if !host.starts_with(|c: char| c.is_alphanumeric() || c == '[') {
        return None;
    }
    let end = text.find(|c: char| c.is_whitespace() || "<>\"`".contains(c)).unwrap_or(text.len());
    let mut address = &text[..end];
    let mut unopened = address.matches(')').count().saturating_sub(address.matches('(').count());
    while let Some(last) = address.chars().last() {
        let cut = match last {
            ')' if 0 < unopened => {
                unopened -= 1;
                true
            }
            mark => "?!.,:;*_~'".contains(mark),
        };
        if !cut {
            break;
        }
        address = &address[..address.len() - 1];
    }
    Some(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn handles(text: &str) -> Vec<&str> {
        let handle = |piece| if let Piece::Handle(handle) = piece { Some(handle) } else { None };
        pieces(text).into_iter().filter_map(handle).collect()
    }

    fn addresses(text: &str) -> Vec<&str> {
        let address = |piece| if let Piece::Address(address) = piece { Some(address) } else { None };
        pieces(text).into_iter().filter_map(address).collect()
    }

    #[test]
    fn a_handle_ends_where_the_sentence_goes_on() {
        assert_eq!(handles("@ada, @ben.k. (@Cleo) @dan's @a @1st"), ["ada", "ben.k", "Cleo", "dan"]);
    }

    #[test]
    fn a_mail_address_mentions_nobody() {
        assert_eq!(handles("ada@example.org or a.@ben or x/@cleo or @@dan"), Vec::<&str>::new());
    }

    #[test]
    fn a_rooms_name_ends_where_the_sentence_goes_on() {
        let room = |piece| if let Piece::Room(name) = piece { Some(name) } else { None };
        let rooms = |text| pieces(text).into_iter().filter_map(room).collect::<Vec<_>>();
        assert_eq!(rooms("#general, #Winter-Set. (#北区) a#b ##c # #-"), ["general", "Winter-Set", "北区"]);
    }

    #[test]
    fn an_address_leaves_the_sentence_its_marks() {
        assert_eq!(
            addresses("see https://a.org/b_(c). Or (http://b.org/x)! And HTTPS://C.org?"),
            ["https://a.org/b_(c)", "http://b.org/x", "HTTPS://C.org"]
        );
    }

    #[test]
    fn what_only_begins_like_an_address_is_text() {
        assert_eq!(addresses("https:// http://. xhttp://a.org hhttps://a.org"), Vec::<&str>::new());
    }

    proptest! {
        #[test]
        fn nothing_of_a_text_is_lost(text in "([@h](ttps?://)?|[a-z.()@# é😀-]){0,40}") {
            let mut whole = String::new();
            for piece in pieces(&text) {
                match piece {
                    Piece::Words(words) | Piece::Address(words) => whole.push_str(words),
                    Piece::Handle(handle) => { whole.push('@'); whole.push_str(handle); }
                    Piece::Room(name) => { whole.push('#'); whole.push_str(name); }
                }
            }
            prop_assert_eq!(whole, text);
        }
    }
}
