//! What a file is, by what it begins with. What its name or its sender says is not asked.

/// How much of a file is looked at: the header of a picture stands behind what its camera noted.
pub const HEAD_BYTES: usize = 256 * 1024;

/// What text is called as long as nothing in it says more.
const TEXT: &str = "text/plain";
/// What everything else is called.
const UNKNOWN: &str = "application/octet-stream";
/// Tags with which a text begins that a browser would run. `infer` knows some; these are all.
const ACTIVE: [(&str, &str); 14] = [
    ("<!doctype html", "text/html"),
    ("<html", "text/html"),
    ("<head", "text/html"),
    ("<body", "text/html"),
    ("<script", "text/html"),
    ("<iframe", "text/html"),
    ("<h1", "text/html"),
    ("<div", "text/html"),
    ("<img", "text/html"),
    ("<svg", "image/svg+xml"),
    ("<!doctype svg", "image/svg+xml"),
    ("<?xml", "text/xml"),
    ("<!doctype", "text/xml"),
    ("<!--", "text/html"),
];

/// The media type of a file that begins with `head`.
#[must_use]
pub fn of(head: &[u8]) -> &'static str {
    if let Some(active) = active(head) {
        return active;
    }
    match infer::get(head).map(|found| found.mime_type()) {
        // The names that browsers know.
        Some("audio/m4a" | "audio/x-m4a") => "audio/mp4",
        Some("audio/x-wav") => "audio/wav",
        Some("audio/x-flac") => "audio/flac",
        Some("video/x-m4v") => "video/mp4",
        Some(known) => known,
        None if is_text(head) => TEXT,
        None => UNKNOWN,
    }
}

fn active(head: &[u8]) -> Option<&'static str> {
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let begins =
        |with: &str| text.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with.as_bytes()));
    let (_, found) = ACTIVE.iter().find(|(tag, _)| begins(tag))?;
    let svg = b"<svg";
    let holds_svg = *found == "text/xml" && text.windows(svg.len()).take(4096).any(|at| at == svg);
    Some(if holds_svg { "image/svg+xml" } else { found })
}

/// UTF-8 without the characters that no text holds. The last one may be cut.
fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).expect("it is valid so far")
        }
        Err(_) => return false,
    };
    !valid.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{1b}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        for (head, found) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "image/png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
            (b"GIF89a", "image/gif"),
            (b"%PDF-1.7", "application/pdf"),
            (b"\0\0\0\x18ftypmp42\0\0\0\0", "video/mp4"),
            (b"ID3\x03\0", "audio/mpeg"),
            (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
            (b"Dear Ada,\n", TEXT),
            ("Grüße".as_bytes(), TEXT),
            (&"Grüße".as_bytes()[..3], TEXT),
            (b"\0\x01\x02", UNKNOWN),
            (b"caf\xe9 au lait", UNKNOWN),
        ] {
            assert_eq!(of(head), found, "{}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn what_could_run_is_known_as_such() {
        for (head, found) in [
            ("<!DOCTYPE HTML><p>", "text/html"),
            (" \n\t<ScRiPt>alert(1)</script>", "text/html"),
            ("\u{feff}<html>", "text/html"),
            ("<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>", "image/svg+xml"),
            ("<?xml version=\"1.0\"?>\n<!-- a --><svg/>", "image/svg+xml"),
            ("<?xml version=\"1.0\"?><feed/>", "text/xml"),
        ] {
            assert_eq!(of(head.as_bytes()), found, "{head}");
        }
    }
}
