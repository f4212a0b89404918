//! Enums of ids that are one text on the wire and in the database: `post:<id>`.

/// Writes and reads `<word>:<id>` for an enum with one id in each variant.
macro_rules! spelled {
    ($name:ident, $otherwise:expr, { $($word:literal => $variant:ident),+ $(,)? }) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant(id) => write!(f, concat!($word, ":{}"), id),)+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Error;
            fn from_str(text: &str) -> Result<Self, $crate::Error> {
                match text.split_once(':') {
                    $(Some(($word, id)) => id.parse().map(Self::$variant).map_err(|_| $otherwise),)+
                    _ => Err($otherwise),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'_, str>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use spelled;
