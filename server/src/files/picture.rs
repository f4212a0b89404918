//! What is made of images: their size at once, by their header, and small pictures, by a thread that
//! may take its time.
//!
//! Nothing here trusts an image: what its header asks for is bounded before anything is decoded.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageReader, ImageResult, Limits};
use protocol::limits::{IMAGE_MEMORY_BYTES_MAX, IMAGE_PIXELS_MAX, IMAGE_SIDE_PIXELS_MAX, THUMBNAIL_SIDES};
use std::io::Cursor;
use store::ThumbnailFormat;

/// How well a small picture keeps what it shows, of 100.
const JPEG_QUALITY: u8 = 82;
/// Colour profiles are a few KiB; what is larger is something else.
const PROFILE_BYTES_MAX: usize = 64 * 1024;

/// Width and height in pixels, as people see the image.
pub(super) type Size = (u32, u32);

/// The small pictures of an image, by the places of their sides in [`THUMBNAIL_SIDES`].
pub(super) struct Thumbnails {
    /// What they are.
    pub(super) format: ThumbnailFormat,
    /// Of the image, turned as people see it.
    pub(super) size: Size,
    /// Their contents.
    pub(super) pictures: Vec<Vec<u8>>,
}

/// Whether pictures are made of this type: of what else browsers show, nothing is decoded here.
#[must_use]
pub(super) fn is_known(media_type: &str) -> bool {
    matches!(media_type, "image/png" | "image/jpeg" | "image/gif" | "image/webp")
}

/// The size of an image that begins with `head`, if it is one and small enough to be shown.
#[must_use]
pub(super) fn size(head: &[u8]) -> Option<Size> {
    let mut decoder = decoder(head).ok()?;
    let size = turned(decoder.dimensions(), decoder.orientation().ok()?);
    may_be_shown(size).then_some(size)
}

/// Makes the small pictures. Takes up to seconds and hundreds of MiB: not on a thread that serves.
///
/// # Errors
/// When it is no image, a broken one, or one that is too large.
pub(super) fn thumbnails(bytes: &[u8]) -> ImageResult<Thumbnails> {
    let mut decoder = decoder(bytes)?;
    if !may_be_shown(decoder.dimensions()) {
        let kind = image::error::LimitErrorKind::DimensionError;
        return Err(image::ImageError::Limits(image::error::LimitError::from_kind(kind)));
    }
    // What the pixels take, and then what decoding them may take besides.
    let mut limits = limits();
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten().filter(|profile| describes_rgb(profile));
    let mut image = DynamicImage::from_decoder(decoder)?;
    let size = turned((image.width(), image.height()), orientation);
    // Largest first: each is made of the one before, and only a small one has to be turned.
    let mut pictures = Vec::with_capacity(THUMBNAIL_SIDES.len());
    let mut format = None;
    for side in THUMBNAIL_SIDES.into_iter().rev() {
        if side < image.width().max(image.height()) {
            image = image.thumbnail(side, side);
        }
        let format = *format.get_or_insert_with(|| {
            image.apply_orientation(orientation);
            format_of(&image)
        });
        pictures.insert(0, encoded(&image, format, profile.as_deref())?);
    }
    Ok(Thumbnails { format: format.unwrap_or(ThumbnailFormat::Jpeg), size, pictures })
}

fn decoder(bytes: &[u8]) -> ImageResult<impl ImageDecoder + '_> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    reader.limits(limits());
    reader.into_decoder()
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(IMAGE_SIDE_PIXELS_MAX);
    limits.max_image_height = Some(IMAGE_SIDE_PIXELS_MAX);
    limits.max_alloc = Some(IMAGE_MEMORY_BYTES_MAX);
    limits
}

fn may_be_shown((width, height): Size) -> bool {
    let sides = 1..=IMAGE_SIDE_PIXELS_MAX;
    let pixels = u64::from(width) * u64::from(height);
    sides.contains(&width) && sides.contains(&height) && pixels <= IMAGE_PIXELS_MAX
}

/// Cameras store what their sensor saw and note how it was held.
fn turned((width, height): Size, orientation: Orientation) -> Size {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}

/// Where something shines through, a format that keeps it.
fn format_of(image: &DynamicImage) -> ThumbnailFormat {
    let shines_through =
        image.color().has_alpha() && image.to_rgba8().pixels().any(|pixel| pixel.0[3] != u8::MAX);
    if shines_through { ThumbnailFormat::Webp } else { ThumbnailFormat::Jpeg }
}

fn encoded(image: &DynamicImage, format: ThumbnailFormat, profile: Option<&[u8]>) -> ImageResult<Vec<u8>> {
    let mut bytes = Vec::new();
    match format {
        ThumbnailFormat::Jpeg => {
            let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
            write(encoder, &DynamicImage::ImageRgb8(image.to_rgb8()), profile)?;
        }
        ThumbnailFormat::Webp => {
            let encoder = WebPEncoder::new_lossless(&mut bytes);
            write(encoder, &DynamicImage::ImageRgba8(image.to_rgba8()), profile)?;
        }
    }
    Ok(bytes)
}

fn write(mut encoder: impl ImageEncoder, image: &DynamicImage, profile: Option<&[u8]>) -> ImageResult<()> {
    if let Some(profile) = profile {
        // An encoder that keeps no profile shows other colours, which is all that is lost.
        let _ = encoder.set_icc_profile(profile.to_vec());
    }
    image.write_with_encoder(encoder)
}

/// The small picture is always RGB: a profile of anything else would spoil its colours.
fn describes_rgb(profile: &[u8]) -> bool {
    profile.len() <= PROFILE_BYTES_MAX && profile.get(16..20) == Some(b"RGB ")
}

#[cfg(test)]
mod tests;
