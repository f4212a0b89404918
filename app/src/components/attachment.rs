//! The files of a message: pictures and films in their place at once, others as rows.

use super::icon::Icon;
use leptos::prelude::*;
use protocol::file::{self, MediaKind, size_text};
use protocol::limits::THUMBNAIL_SIDES;
use protocol::message::Attachment;

/// Pictures are shown no larger than this, in pixels of the page.
const PICTURE_MAX: (u32, u32) = (400, 320);
/// Pictures that move are shown as they are up to this size; a small picture stands still.
const MOVING_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// The files below a text.
#[component]
pub fn Attachments(
    /// In their order.
    files: Vec<Attachment>,
) -> impl IntoView {
    (!files.is_empty()).then(|| {
        let files = files.into_iter().map(|file| view! { <li><One file=file/></li> }).collect_view();
        view! { <ul class="attachments" aria-label="Files">{files}</ul> }
    })
}

#[component]
fn One(file: Attachment) -> impl IntoView {
    match (MediaKind::of(&file.media_type), size_of(&file)) {
        (MediaKind::Image, Some(size)) => view! { <Picture file=file size=size/> }.into_any(),
        (MediaKind::Video, _) => view! { <Film file=file/> }.into_any(),
        (MediaKind::Audio, _) => view! { <Sound file=file/> }.into_any(),
        (MediaKind::Pdf, _) => view! { <FileRow file=file opens=true/> }.into_any(),
        _ => view! { <FileRow file=file opens=false/> }.into_any(),
    }
}

/// The place of the picture is there before the picture, so that nothing moves when it comes.
#[component]
fn Picture(file: Attachment, size: (u32, u32)) -> impl IntoView {
    let path = file::path(file.id, &file.name);
    let (width, height) = fitted(size, PICTURE_MAX);
    let moves = file.media_type == "image/gif" && file.bytes <= MOVING_BYTES_MAX;
    let source = if moves { path.clone() } else { file::thumbnail_path(file.id, THUMBNAIL_SIDES[0]) };
    let sources = (!moves).then(|| {
        let of = |side| format!("{} {}w", file::thumbnail_path(file.id, side), fitted(size, (side, side)).0);
        THUMBNAIL_SIDES.map(of).join(", ")
    });
    view! {
        <a class="picture" href=path target="_blank" rel="noopener external">
            <img
                src=source
                srcset=sources
                sizes=format!("{width}px")
                width=width.to_string()
                height=height.to_string()
                alt=file.name
                loading="lazy"
                decoding="async"
            />
        </a>
    }
}

#[component]
fn Film(file: Attachment) -> impl IntoView {
    let path = file::path(file.id, &file.name);
    view! {
        <figure class="film">
            <video controls=true preload="metadata" playsinline="true" src=path.clone() aria-label=file.name.clone()></video>
            <figcaption><FileRow file=file opens=false/></figcaption>
        </figure>
    }
}

#[component]
fn Sound(file: Attachment) -> impl IntoView {
    let path = file::path(file.id, &file.name);
    view! {
        <figure class="sound">
            <audio controls=true preload="none" src=path aria-label=file.name.clone()></audio>
            <figcaption><FileRow file=file opens=false/></figcaption>
        </figure>
    }
}

/// Name, size, and what can be done.
#[component]
fn FileRow(file: Attachment, opens: bool) -> impl IntoView {
    let path = file::path(file.id, &file.name);
    let (open_name, keep_name) = (format!("Open {}", file.name), format!("Download {}", file.name));
    view! {
        <span class="file-row">
            <Icon name="doc"/>
            <span class="file-text">
                <span class="file-name">{file.name.clone()}</span>
                <span class="file-note">{size_text(file.bytes)}</span>
            </span>
            {opens
                .then(|| {
                    view! {
                        <a class="button button-small" href=path.clone() target="_blank" rel="noopener external" aria-label=open_name>
                            "Open"
                        </a>
                    }
                })}
            <a class="icon-button icon-button-small" href=path.clone() download=file.name.clone() rel="external" aria-label=keep_name>
                <Icon name="arrowdown" small=true/>
            </a>
        </span>
    }
}

/// The size of a picture that can be shown: one of which there are small ones.
fn size_of(file: &Attachment) -> Option<(u32, u32)> {
    file.width.zip(file.height).filter(|_| file.has_thumbnail)
}

/// The largest size of the same shape within a frame; nothing grows, and nothing becomes invisible.
fn fitted((width, height): (u32, u32), (width_max, height_max): (u32, u32)) -> (u32, u32) {
    let (wide, high) = (f64::from(width.max(1)), f64::from(height.max(1)));
    let scale = (f64::from(width_max) / wide).min(f64::from(height_max) / high).min(1.0);
    ((wide * scale).round().max(1.0) as u32, (high * scale).round().max(1.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_shape_and_never_grows() {
        assert_eq!(fitted((4000, 3000), (400, 320)), (400, 300));
        assert_eq!(fitted((100, 50), (400, 320)), (100, 50));
        assert_eq!(fitted((300, 3000), (400, 320)), (32, 320));
        assert_eq!(fitted((20_000, 1), (400, 320)), (400, 1));
    }
}
