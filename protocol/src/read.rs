//! Reading what names its kind in one of its fields: first the name, then the rest by it.
//!
//! A derived reader would gather everything into a tree first, because the name may come last, and
//! hold the code of every type once more to read it from there. In the page's WASM that was dear.
//! Such types read themselves only from JSON.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Error, from_str};

/// The field `kind`.
#[derive(Deserialize)]
struct Kind {
    kind: String,
}

/// The field `type`.
#[derive(Deserialize)]
struct Type {
    r#type: String,
}

/// Reads a variant by its name, from the JSON of the whole.
type Read<T> = fn(&str, &str) -> Result<T, Error>;

/// Reads by the field `kind`.
pub(crate) fn by_kind<'de, T, D: Deserializer<'de>>(from: D, read: Read<T>) -> Result<T, D::Error> {
    let text = Box::<RawValue>::deserialize(from)?;
    from_str(text.get()).and_then(|Kind { kind }| read(&kind, text.get())).map_err(D::Error::custom)
}

/// Reads by the field `type`.
pub(crate) fn by_type<'de, T, D: Deserializer<'de>>(from: D, read: Read<T>) -> Result<T, D::Error> {
    let text = Box::<RawValue>::deserialize(from)?;
    from_str(text.get()).and_then(|Type { r#type }| read(&r#type, text.get())).map_err(D::Error::custom)
}

/// The name is none of those that exist.
pub(crate) fn unknown<T>(name: &str) -> Result<T, Error> {
    Err(Error::custom(format_args!("unknown: {name}")))
}

/// Reads a variant with named fields: `fields!(text, Variant { field: Type, … })`. A field that may
/// be absent is an `Option`, or has its attribute.
macro_rules! fields {
    ($text:ident, $variant:ident { $($(#[$how:meta])* $field:ident: $of:ty),+ }) => {{
        #[derive(serde::Deserialize)]
        struct Fields {
            $($(#[$how])* $field: $of),+
        }
        serde_json::from_str($text).map(|Fields { $($field),+ }| Self::$variant { $($field),+ })
    }};
}
pub(crate) use fields;
