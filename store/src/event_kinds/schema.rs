//! JSON Schemas of other people: what this server takes as one, and what a payload does not fit.
//!
//! Checking must end soon, whatever a schema says. So it refers only to parts of itself and never in a
//! circle, which bounds what it asks of each place of a payload; patterns run in linear time; and what needs
//! to know how other parts went (`unevaluatedProperties`) is refused. Nothing is ever fetched.

use crate::Result;
use jsonschema::{PatternOptions, Validator};
use protocol::json::Json;
use protocol::{Error, limits};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Schemas kept compiled. Above this all are forgotten: more are hardly in use at once, and each may take
/// [`PATTERNS_MAX`] times [`PATTERN_BYTES_MAX`].
const COMPILED_MAX: usize = 64;
/// Patterns of one schema.
const PATTERNS_MAX: usize = 20;
/// Memory of one compiled pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 128 * 1024;
/// Keywords whose schemas come from elsewhere, or that look at how others went.
const REFUSED: [&str; 7] = [
    "$dynamicRef",
    "$recursiveRef",
    "$dynamicAnchor",
    "$recursiveAnchor",
    "$anchor",
    "unevaluatedProperties",
    "unevaluatedItems",
];

/// Keywords that hold schemas by name.
const MAPS: [&str; 6] =
    ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];
/// What a schema may be written in; before these, `id` could lead references elsewhere.
const DRAFTS: [&str; 8] = [
    "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-06/schema#",
    "http://json-schema.org/draft-07/schema",
    "http://json-schema.org/draft-07/schema#",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2019-09/schema#",
    "https://json-schema.org/draft/2020-12/schema",
    "https://json-schema.org/draft/2020-12/schema#",
];

/// Compiled ones by their text.
static COMPILED: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// What some kinds are registered with.
pub(crate) struct Schemas(HashMap<String, String>);

impl Schemas {
    pub(crate) fn new(by_kind: Vec<(String, String)>) -> Self {
        Self(by_kind.into_iter().collect())
    }

    /// Whether a payload of this kind fits. Takes its time: not for a thread that others wait for.
    ///
    /// # Errors
    /// 422 with the place in the payload.
    pub(crate) fn check(&self, kind: &str, payload: &Value) -> std::result::Result<(), Error> {
        let Some(schema) = self.0.get(kind) else { return Ok(()) };
        let validator = compiled(schema)?;
        let Err(error) = validator.validate(payload) else { return Ok(()) };
        let place = error.instance_path().as_str().to_owned();
        // Values may be long, and are no news to who sent them.
        let why = protocol::text::excerpt(&error.masked().to_string(), 300);
        let message = match place.as_str() {
            "" => format!("The payload does not fit {kind}: {why}."),
            place => format!("The payload does not fit {kind} at {place}: {why}."),
        };
        Err(Error::invalid(&format!("payload{place}"), message))
    }
}

/// A schema that can be used, made tidy.
pub(super) async fn checked(schema: Json) -> Result<Json> {
    let work = move || {
        let (schema, value) = schema.checked("schema", limits::EVENT_SCHEMA_BYTES_MAX)?;
        if !value.is_object() && !value.is_boolean() {
            return Err(Error::invalid("schema", "A JSON Schema is an object."));
        }
        Walk { root: &value, followed: Vec::new(), steps: 0, patterns: 0 }.over(&value)?;
        compile(&value)?;
        Ok(schema)
    };
    // It is lost only when the process ends.
    Ok(tokio::task::spawn_blocking(work).await.map_err(|_| crate::Error::Busy)??)
}

fn compiled(schema: &str) -> std::result::Result<Arc<Validator>, Error> {
    let known = || COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(validator) = known().get(schema) {
        return Ok(Arc::clone(validator));
    }
    let value: Value =
        serde_json::from_str(schema).map_err(|why| Error::invalid("schema", format!("{why}.")))?;
    let validator = Arc::new(compile(&value)?);
    let mut known = known();
    if COMPILED_MAX <= known.len() {
        known.clear();
    }
    known.insert(schema.to_owned(), Arc::clone(&validator));
    Ok(validator)
}

fn compile(schema: &Value) -> std::result::Result<Validator, Error> {
    let patterns = PatternOptions::regex().size_limit(PATTERN_BYTES_MAX).dfa_size_limit(PATTERN_BYTES_MAX);
    let compiled = jsonschema::options().with_pattern_options(patterns).offline().build(schema);
    compiled.map_err(|why| {
        let why = protocol::text::excerpt(&why.to_string(), 300);
        Error::invalid("schema", format!("This is no JSON Schema that can be used: {why}."))
    })
}

/// How much a schema asks of each place, with what it refers to counted where it does. Everything counts,
/// whether it is a keyword or not: more is no harm.
struct Walk<'a> {
    root: &'a Value,
    /// The references that led here.
    followed: Vec<String>,
    steps: usize,
    patterns: usize,
}

impl<'a> Walk<'a> {
    fn over(&mut self, at: &'a Value) -> std::result::Result<(), Error> {
        self.steps += 1;
        if limits::EVENT_SCHEMA_STEPS_MAX < self.steps || PATTERNS_MAX < self.patterns {
            return Err(too_much());
        }
        match at {
            Value::Object(members) => {
                members.iter().try_for_each(|(name, member)| self.member(at, name, member))
            }
            Value::Array(items) => items.iter().try_for_each(|item| self.over(item)),
            _ => Ok(()),
        }
    }

    fn member(&mut self, of: &Value, name: &str, member: &'a Value) -> std::result::Result<(), Error> {
        if REFUSED.contains(&name) {
            return Err(Error::invalid("schema", format!("{name} cannot be used here.")));
        }
        let is_top = std::ptr::eq(of, self.root);
        match (name, member) {
            // Other bases would lead references elsewhere.
            ("$id" | "$schema", _) if !is_top => {
                Err(Error::invalid("schema", format!("{name} can only stand at the top.")))
            }
            ("$schema", _) if !member.as_str().is_some_and(|draft| DRAFTS.contains(&draft)) => {
                Err(Error::invalid("schema", "$schema can name the drafts 6, 7, 2019-09 and 2020-12."))
            }
            ("$ref", Value::String(reference)) => self.refer(reference),
            // Values that are compared, not schemas.
            ("const" | "default" | "examples", _) => Ok(()),
            ("enum", Value::Array(values)) => {
                self.steps += values.len() / 64;
                Ok(())
            }
            ("pattern", Value::String(_)) => {
                self.patterns += 1;
                self.over(member)
            }
            // What stands in these has names of its own, which are no keywords.
            (of_schemas, Value::Object(schemas)) if MAPS.contains(&of_schemas) => {
                self.patterns += if of_schemas == "patternProperties" { schemas.len() } else { 0 };
                schemas.values().try_for_each(|schema| self.over(schema))
            }
            _ => self.over(member),
        }
    }

    fn refer(&mut self, reference: &str) -> std::result::Result<(), Error> {
        let refused = |message: &str| Error::invalid("schema", message);
        let only_own = || refused("$ref can only name a part of the same schema, as #/$defs/money does.");
        let pointer = reference.strip_prefix('#').ok_or_else(only_own)?;
        if pointer.contains('%') {
            return Err(only_own());
        }
        let part = self.root.pointer(pointer).ok_or_else(only_own)?;
        if self.followed.iter().any(|before| before == pointer) || std::ptr::eq(part, self.root) {
            return Err(refused("The schema refers to itself in a circle, which cannot be used here."));
        }
        self.followed.push(pointer.to_owned());
        self.over(part)?;
        self.followed.pop();
        Ok(())
    }
}

fn too_much() -> Error {
    Error::invalid("schema", "The schema asks for too much, counting what it refers to each time.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    async fn register(schema: Value) -> std::result::Result<Json, Error> {
        checked(Json::of(&schema)).await.map_err(Error::from)
    }

    fn check(schema: &Value, payload: &Value) -> std::result::Result<(), Error> {
        Schemas::new(vec![("a:b".to_owned(), schema.to_string())]).check("a:b", payload)
    }

    #[tokio::test]
    async fn a_payload_that_does_not_fit_is_told_where() {
        let schema = json!({
            "type": "object",
            "required": ["lines"],
            "properties": { "lines": { "type": "array", "items": { "$ref": "#/$defs/line" } } },
            "$defs": { "line": { "type": "object", "properties": { "amount": { "type": "number", "minimum": 0 } } } }
        });
        register(schema.clone()).await.unwrap();
        let named = json!({ "const": true, "$ref": true, "$id": true, "pattern": { "type": "string" } });
        let draft = "http://json-schema.org/draft-07/schema#";
        register(json!({ "$schema": draft, "$id": "urn:a", "properties": named })).await.unwrap();
        check(&schema, &json!({ "lines": [{ "amount": 1 }] })).unwrap();
        let refusal = check(&schema, &json!({ "lines": [{ "amount": 1 }, { "amount": -1 }] })).unwrap_err();
        assert_eq!((refusal.status(), refusal.field.as_deref()), (422, Some("payload/lines/1/amount")));
        assert!(refusal.message.contains("/lines/1/amount"), "{}", refusal.message);
        let refusal = check(&schema, &json!({})).unwrap_err();
        assert_eq!(refusal.field.as_deref(), Some("payload"));
        assert!(Schemas::new(Vec::new()).check("c:d", &json!(7)).is_ok());
    }

    #[tokio::test]
    async fn a_schema_that_refers_elsewhere_or_in_a_circle_or_to_too_much_is_refused() {
        let twice = |name: &str| json!({ "allOf": [{ "$ref": name }, { "$ref": name }] });
        let mut defs = serde_json::Map::new();
        for n in 0..30 {
            defs.insert(n.to_string(), twice(&format!("#/$defs/{}", n + 1)));
        }
        defs.insert("30".to_owned(), json!({ "type": "string" }));
        for schema in [
            json!({ "$ref": "https://example.org/schema.json" }),
            json!({ "$ref": "file:///etc/passwd" }),
            json!({ "$ref": "other.json#/a" }),
            json!({ "$ref": "#" }),
            json!({ "properties": { "a": { "$ref": "#" } } }),
            json!({ "properties": { "const": { "$ref": "#" }, "enum": { "$ref": "#" } } }),
            json!({ "$ref": "#/x/const", "x": { "const": { "not": { "$ref": "#/x/const" } } } }),
            json!({ "$schema": "http://json-schema.org/draft-04/schema#", "id": "https://example.org/a" }),
            json!({ "not": { "$schema": "https://json-schema.org/draft/2020-12/schema" } }),
            json!({ "$ref": "#/$defs/a", "$defs": { "a": { "not": { "$ref": "#/$defs/a" } } } }),
            json!({ "$ref": "#/$defs/0", "$defs": defs }),
            json!({ "$dynamicRef": "#a" }),
            json!({ "unevaluatedProperties": false }),
            json!({ "properties": { "a": { "$id": "https://example.org/a", "type": "string" } } }),
            json!({ "$schema": "https://example.org/own" }),
            json!({ "type": "invoice" }),
            json!({ "pattern": "(" }),
            json!({ "pattern": "(?=a)b" }),
            json!({ "pattern": "(a{1000}){1000}" }),
            json!([]),
            json!("object"),
        ] {
            let refusal = register(schema.clone()).await.expect_err(&schema.to_string());
            assert_eq!((refusal.status(), refusal.field.as_deref()), (422, Some("schema")), "{schema}");
        }
        let many: Vec<Value> = (0..=PATTERNS_MAX).map(|n| json!({ "pattern": format!("^{n}") })).collect();
        assert_eq!(register(json!({ "anyOf": many })).await.unwrap_err().status(), 422);
        let large = json!({ "description": "x".repeat(limits::EVENT_SCHEMA_BYTES_MAX) });
        assert_eq!(register(large).await.unwrap_err().status(), 413);
    }

    #[tokio::test]
    async fn a_pattern_takes_time_only_in_the_length_of_its_text() {
        let schema = json!({ "type": "string", "pattern": "^(a+)+$" });
        register(schema.clone()).await.unwrap();
        let text = format!("{}b", "a".repeat(30_000));
        assert_eq!(check(&schema, &json!(text)).unwrap_err().status(), 422);
    }
}
