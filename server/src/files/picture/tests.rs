//! Pictures as cameras and attackers make them.

use super::*;
use image::codecs::gif::GifEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageFormat, Rgba, RgbaImage};

/// A picture whose upper left pixel is red.
fn picture(width: u32, height: u32) -> DynamicImage {
    let mut image = RgbaImage::from_pixel(width, height, Rgba([0, 0, 255, 255]));
    for (x, y) in (0..width / 4).flat_map(|x| (0..height / 4).map(move |y| (x, y))) {
        image.put_pixel(x, y, Rgba([255, 0, 0, 255]));
    }
    DynamicImage::ImageRgba8(image)
}

fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let image = if format == ImageFormat::Jpeg { image.to_rgb8().into() } else { image.clone() };
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG that says how its camera was held, and where.
fn held(image: &DynamicImage, orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"GPS: at home");
    let jpeg = written(image, ImageFormat::Jpeg);
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
}

/// A PNG of which only the header is true.
fn boasting(width: u32, height: u32) -> Vec<u8> {
    let mut png = written(&picture(4, 4), ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn the_size_is_known_by_the_header_alone() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
        let bytes = written(&picture(300, 200), format);
        let cut = bytes.len().saturating_sub(40).max(64);
        assert_eq!(size(&bytes[..cut]), Some((300, 200)), "{format:?}");
    }
    assert_eq!(size(b"GIF89a"), None);
    assert_eq!(size(b"no image"), None);
}

#[test]
fn small_pictures_have_their_sides_and_never_grow() {
    let made = thumbnails(&written(&picture(2600, 1300), ImageFormat::Png)).unwrap();
    assert_eq!((made.size, made.format), ((2600, 1300), ThumbnailFormat::Jpeg));
    let sizes: Vec<_> = made.pictures.iter().map(|bytes| size(bytes).unwrap()).collect();
    assert_eq!(sizes, [(480, 240), (1280, 640)]);
    let made = thumbnails(&written(&picture(100, 50), ImageFormat::Gif)).unwrap();
    assert!(made.pictures.iter().all(|bytes| size(bytes) == Some((100, 50))));
}

#[test]
fn a_camera_that_was_turned_shows_upright_and_tells_nothing() {
    let bytes = held(&picture(1600, 800), 6);
    assert_eq!(size(&bytes), Some((800, 1600)), "turned by a quarter");
    let made = thumbnails(&bytes).unwrap();
    assert_eq!(made.size, (800, 1600));
    let small = image::load_from_memory(&made.pictures[0]).unwrap().to_rgb8();
    assert_eq!(small.dimensions(), (240, 480));
    let is_red = |x, y| small.get_pixel(x, y).0[0] > 128;
    assert!(is_red(235, 5) && !is_red(5, 5), "the upper left of the sensor is the upper right");
    for picture in &made.pictures {
        assert!(!picture.windows(4).any(|at| at == b"Exif" || at == b"GPS:"));
    }
}

#[test]
fn what_shines_through_stays_so() {
    let image = RgbaImage::from_pixel(600, 600, Rgba([0, 255, 0, 60]));
    let made = thumbnails(&written(&image.into(), ImageFormat::Png)).unwrap();
    assert_eq!(made.format, ThumbnailFormat::Webp);
    let small = image::load_from_memory(&made.pictures[0]).unwrap().to_rgba8();
    assert_eq!(small.get_pixel(10, 10).0[3], 60);
}

#[test]
fn a_header_that_asks_for_too_much_is_no_image() {
    for (width, height) in [(60_000, 60_000), (20_001, 1), (9_000, 9_000), (u32::MAX >> 1, 1), (0, 10)] {
        let bytes = boasting(width, height);
        assert_eq!(size(&bytes), None, "{width} x {height}");
        assert!(thumbnails(&bytes).is_err(), "{width} x {height}");
    }
    assert!(thumbnails(&boasting(5_000, 5_000)).is_err(), "only its header is there");
}

#[test]
fn a_few_kilobytes_do_not_become_gigabytes() {
    // As many pixels as are allowed, but of 16 bits a colour: more memory than is allowed.
    let (width, height) = (7_000, 6_200);
    let nothing = vec![0_u8; width as usize * height as usize * 8];
    let mut bomb = Vec::new();
    PngEncoder::new(&mut bomb).write_image(&nothing, width, height, ExtendedColorType::Rgba16).unwrap();
    assert!(bomb.len() < 4 * 1024 * 1024 && size(&bomb).is_some(), "{} bytes", bomb.len());
    assert!(matches!(thumbnails(&bomb), Err(image::ImageError::Limits(_))));
    // What is within both is a picture.
    let mut large = Vec::new();
    let nothing = vec![0_u8; width as usize * height as usize];
    PngEncoder::new(&mut large).write_image(&nothing, width, height, ExtendedColorType::L8).unwrap();
    assert!(thumbnails(&large).is_ok());
}

#[test]
fn a_gif_whose_frame_is_larger_than_itself_is_refused_or_cut() {
    let mut gif = Vec::new();
    GifEncoder::new(&mut gif).encode(&[0; 16], 2, 2, ExtendedColorType::Rgba8).unwrap();
    let frame = gif.iter().rposition(|byte| *byte == 0x2c).unwrap();
    gif[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    if let Ok(made) = thumbnails(&gif) {
        assert_eq!(made.size, (2, 2));
    }
}

#[test]
fn what_is_broken_off_is_refused() {
    let png = written(&picture(640, 640), ImageFormat::Png);
    assert!(thumbnails(&png[..png.len() / 2]).is_err());
    assert!(thumbnails(b"").is_err());
}
