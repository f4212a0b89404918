//! How arguments travel: JSON from programs and the hydrated page, form fields from plain HTML.

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use server_fn::{ContentType, Decodes, Encodes, Format, FormatType};

/// JSON going out; JSON or a URL-encoded form coming in. An object begins with `{`, and no
/// form does, because a browser escapes that character.
pub struct JsonOrForm;

impl ContentType for JsonOrForm {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for JsonOrForm {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for JsonOrForm {
    type Error = serde_json::Error;

    fn encode(value: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for JsonOrForm {
    type Error = String;

    fn decode(bytes: Bytes) -> Result<T, String> {
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        if first == Some(&b'{') {
            return serde_json::from_slice(&bytes).map_err(|error| error.to_string());
        }
        if first.is_none() {
            return serde_json::from_str("{}").map_err(|error| error.to_string());
        }
        let fields: serde_json::Map<String, serde_json::Value> = form_fields(&bytes);
        serde_json::from_value(serde_json::Value::Object(fields)).map_err(|error| error.to_string())
    }
}

/// Every field as text. Arguments that are numbers read texts as well (`protocol::text::number`).
fn form_fields(bytes: &[u8]) -> serde_json::Map<String, serde_json::Value> {
    url::form_urlencoded::parse(bytes)
        .map(|(name, value)| (name.into_owned(), serde_json::Value::String(value.into_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Arguments {
        title: String,
        #[serde(default)]
        body: String,
        #[serde(default, deserialize_with = "protocol::text::number")]
        days: u16,
    }

    fn decode(text: &'static str) -> Result<Arguments, String> {
        JsonOrForm::decode(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn json_and_forms_say_the_same() {
        let json = decode(r#"{"title":"2026 & more","days":7}"#).unwrap();
        let form = decode("title=2026+%26+more&body=&days=7").unwrap();
        assert_eq!(json, form);
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in ["{\"title\":", "days=many&title=x", "", "[1,2]"] {
            assert!(decode(text).is_err(), "{text:?}");
        }
    }
}
