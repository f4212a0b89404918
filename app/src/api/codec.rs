//! How commands travel: JSON from programs and the hydrated page, form fields from plain HTML; the
//! answer is JSON.
//!
//! The browser's half of a call is written once, for texts: of each command only what its own types
//! need is compiled, and each type can be read from one source, a text. Generic calls and readers
//! for every source were a good part of the page's WASM.

use crate::error::ApiError;
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use server_fn::client::Client;
use server_fn::codec::{Json, Post};
use server_fn::redirect::call_redirect_hook;
use server_fn::request::ClientReq;
use server_fn::response::ClientRes;
use server_fn::server::Server;
use server_fn::{ContentType, Decodes, Encodes, Format, FormatType, Http, Protocol};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::pin::Pin;

/// How every server function is called: `#[server(…, protocol = Command)]`.
pub struct Command;

/// The same with Leptos's own parts, which the server uses.
type OnServer = Http<Post<JsonOrForm>, Json>;

impl<Input, Output, C, S> Protocol<Input, Output, C, S, ApiError> for Command
where
    Input: Serialize + DeserializeOwned + Send,
    Output: Serialize + DeserializeOwned + Send,
    C: Client<ApiError>,
    S: Server<ApiError>,
{
    const METHOD: http::Method = http::Method::POST;

    fn run_server<F, Fut>(
        request: S::Request,
        server_fn: F,
    ) -> impl Future<Output = Result<S::Response, ApiError>> + Send
    where
        F: Fn(Input) -> Fut + Send,
        Fut: Future<Output = Result<Output, ApiError>> + Send,
    {
        <OnServer as Protocol<Input, Output, C, S, ApiError>>::run_server(request, server_fn)
    }

    async fn run_client(path: &str, input: Input) -> Result<Output, ApiError> {
        let body = serde_json::to_string(&input).map_err(|error| ApiError::unreadable(&error))?;
        drop(input);
        let answer = exchange::<C>(path, body).await?;
        serde_json::from_str(&answer).map_err(|error| ApiError::unreadable(&error))
    }
}

/// Sends a body and returns the answer, or the refusal that the server gave instead.
fn exchange<C: Client<ApiError>>(
    path: &str,
    body: String,
) -> Pin<Box<dyn Future<Output = Result<String, ApiError>> + Send + '_>> {
    Box::pin(async move {
        let kind = JsonOrForm::CONTENT_TYPE;
        let response = C::send(C::Request::try_new_post(path, kind, kind, body)?).await?;
        let (status, location, moves) = (response.status(), response.location(), response.has_redirect());
        let text = response.try_into_string().await?;
        if (400..=599).contains(&status) {
            return Err(serde_json::from_str(&text).unwrap_or_else(|error| ApiError::unreadable(&error)));
        }
        if (300..=399).contains(&status) || moves {
            call_redirect_hook(&location);
        }
        Ok(text)
    })
}

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
        let text = as_json(&bytes)?;
        serde_json::from_str(&text).map_err(|error| error.to_string())
    }
}

/// The arguments as one JSON text. Of a form every field becomes a text; arguments that are numbers
/// read texts as well (`protocol::text::number`). What was ticked under one name is one text of words.
fn as_json(bytes: &[u8]) -> Result<String, String> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'{') {
        return std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| error.to_string());
    }
    let mut fields = BTreeMap::<Cow<'_, str>, Cow<'_, str>>::new();
    for (name, value) in url::form_urlencoded::parse(bytes) {
        match fields.entry(name) {
            Entry::Vacant(field) => drop(field.insert(value)),
            Entry::Occupied(mut field) => {
                let values = field.get_mut().to_mut();
                values.push(' ');
                values.push_str(&value);
            }
        }
    }
    serde_json::to_string(&fields).map_err(|error| error.to_string())
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
    fn what_was_ticked_under_one_name_is_one_text_of_words() {
        assert_eq!(decode("title=read&title=write+it&days=1").unwrap().title, "read write it");
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in ["{\"title\":", "days=many&title=x", "", "[1,2]"] {
            assert!(decode(text).is_err(), "{text:?}");
        }
    }
}
