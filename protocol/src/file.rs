//! Files that people upload: what a message carries is an [`Attachment`](crate::message::Attachment).

use crate::spelled::spelled;
use crate::{ConversationId, Error, FileId, limits, text};

/// Where a file belongs: who may read the place may read it. On the wire: `conversation:<id>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FilePlace {
    /// A message of this conversation, or of a thread in it.
    Conversation(ConversationId),
}

spelled!(FilePlace, Error::invalid("place", "A place reads conversation:<id>."), {
    "conversation" => Conversation,
});

/// What a page can do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// Show it.
    Image,
    /// Play it.
    Video,
    /// Play it.
    Audio,
    /// Let the browser open it.
    Pdf,
    /// Nothing but keep it: whatever could run in a page (HTML, SVG, XML, scripts) is here too.
    Other,
}

impl MediaKind {
    /// What a media type that the server found allows. What is not known to be harmless is `Other`.
    #[must_use]
    pub fn of(media_type: &str) -> Self {
        match media_type {
            "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif" => Self::Image,
            "video/mp4" | "video/webm" | "video/ogg" | "video/quicktime" => Self::Video,
            "audio/mpeg" | "audio/mp4" | "audio/ogg" | "audio/wav" | "audio/flac" | "audio/aac" => {
                Self::Audio
            }
            "application/pdf" => Self::Pdf,
            _ => Self::Other,
        }
    }

    /// A browser may open it on our site; everything else is only ever downloaded.
    #[must_use]
    pub fn is_safe_to_open(self) -> bool {
        self != Self::Other
    }
}

/// A name that is nothing but a name: without the folders before it, without characters that hide or
/// turn what it says, and short enough for every file system. What is left of nothing is "file".
#[must_use]
pub fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = last.chars().filter(|c| !text::deceives(*c) && !matches!(c, '\n' | '\t')).collect();
    let trimmed = visible.trim();
    if trimmed.trim_matches('.').is_empty() {
        return "file".to_owned();
    }
    shortened(trimmed)
}

/// Keeps the ending, by which people and programs know what it is.
fn shortened(name: &str) -> String {
    if name.len() <= limits::FILE_NAME_BYTES_MAX {
        return name.to_owned();
    }
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 16 => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let mut kept = stem.len().min(limits::FILE_NAME_BYTES_MAX - ending.len());
    while !stem.is_char_boundary(kept) {
        kept -= 1;
    }
    format!("{}{ending}", &stem[..kept])
}

/// Where a file is read. The name is for people who keep the address; the id decides.
#[must_use]
pub fn path(id: FileId, name: &str) -> String {
    format!("/files/{id}/{}", percent_encoded(name))
}

/// Where the small picture with this longest side is read; see [`limits::THUMBNAIL_SIDES`].
#[must_use]
pub fn thumbnail_path(id: FileId, side: u32) -> String {
    format!("/files/{id}/thumbnail/{side}")
}

/// Everything but letters, digits and `-._~` as `%XX`, for addresses and for names in headers.
#[must_use]
pub fn percent_encoded(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a text does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// A size as people say it: "340 KB", "1.4 MB".
#[must_use]
pub fn size_text(bytes: u64) -> String {
    let (amount, unit) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => return format!("{} KB", bytes.div_ceil(1024).max(1)),
        1_000_000..1_000_000_000 => (bytes as f64 / f64::from(1 << 20), "MB"),
        _ => (bytes as f64 / f64::from(1 << 30), "GB"),
    };
    if amount < 10.0 { format!("{amount:.1} {unit}") } else { format!("{amount:.0} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    #[test]
    fn a_place_reads_as_it_is_written() {
        let place = FilePlace::Conversation(ConversationId::new(Timestamp(1)));
        assert_eq!(place.to_string().parse::<FilePlace>(), Ok(place));
        assert!("post:1".parse::<FilePlace>().is_err());
    }

    #[test]
    fn a_name_has_no_folders_and_hides_nothing() {
        for (name, clean) in [
            ("photo.png", "photo.png"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ada\\plan.pdf", "plan.pdf"),
            ("invoice\u{202E}fdp.exe", "invoicefdp.exe"),
            ("a\u{200B}b\u{0}\r\nc.txt", "abc.txt"),
            ("  spaced out .md ", "spaced out .md"),
            ("", "file"),
            ("..", "file"),
            ("folder/", "file"),
            ("旅行.jpg", "旅行.jpg"),
        ] {
            assert_eq!(clean_name(name), clean, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let long = clean_name(&format!("{}.tar.gz", "ü".repeat(300)));
        assert!(long.len() <= limits::FILE_NAME_BYTES_MAX && long.ends_with("ü.gz"), "{long}");
        assert_eq!(clean_name(&"x".repeat(400)).len(), limits::FILE_NAME_BYTES_MAX);
        assert_eq!(clean_name(&format!(".{}", "x".repeat(400))).len(), limits::FILE_NAME_BYTES_MAX);
    }

    #[test]
    fn whatever_could_run_is_only_downloaded() {
        for active in ["text/html", "image/svg+xml", "text/xml", "application/xhtml+xml", "text/plain", ""] {
            assert!(!MediaKind::of(active).is_safe_to_open(), "{active}");
        }
        assert!(MediaKind::of("image/png").is_safe_to_open());
    }

    #[test]
    fn a_name_is_one_step_of_an_address() {
        let id = FileId(uuid::Uuid::nil());
        assert_eq!(path(id, "a b/ü.png"), format!("/files/{id}/a%20b%2F%C3%BC.png"));
    }

    #[test]
    fn sizes_read_as_people_say_them() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_024, "1 KB"),
            (348_000, "340 KB"),
            (1_500_000, "1.4 MB"),
            (52_428_800, "50 MB"),
            (3_000_000_000, "2.8 GB"),
        ] {
            assert_eq!(size_text(bytes), text);
        }
    }
}
