//! Whether a value fits a JSON Schema, by the keywords that schemas of tools are written with.
//!
//! Providers have their dialects: Gemini's types are in upper case and `nullable`, Cohere's first version has Python's
//! names. What is not known here is no reason to say that a value does not fit. Schemas are recorded input: the work is
//! bounded, references lead nowhere but into the schema itself, and patterns run in linear time.

use std::collections::HashMap;

use regex::Regex;
use serde_json::{Map, Number, Value};

/// A schema that needs more steps than this is not followed to its end.
const STEPS: usize = 20_000;

/// Values and schemas deeper than this are not looked at.
const DEEPEST: usize = 64;

/// So many mismatches are told.
const MOST: usize = 8;

/// So many patterns are compiled, each to no more than the megabytes that its engine allows; what is beyond is no
/// reason to say that a value does not fit.
const PATTERNS: usize = 20;

/// Returns where a value does not fit a schema, as `place: why`; no more than a few.
#[must_use]
pub fn mismatches(schema: &Value, value: &Value) -> Vec<String> {
    let mut check = Check { root: schema, steps: STEPS, depth: 0, patterns: HashMap::new() };
    let mut found = Vec::new();
    check.value(schema, value, &mut Place::default(), &mut found);
    found.truncate(MOST);
    found
}

/// Where in the value, as `a.b[0]`.
#[derive(Default)]
struct Place(Vec<String>);

impl Place {
    fn tell(&self, why: impl std::fmt::Display) -> String {
        let mut path = String::new();
        for step in &self.0 {
            if !path.is_empty() && !step.starts_with('[') {
                path.push('.');
            }
            path.push_str(step);
        }
        if path.is_empty() { why.to_string() } else { format!("{path}: {why}") }
    }
}

struct Check<'s> {
    root: &'s Value,
    steps: usize,
    depth: usize,
    patterns: HashMap<&'s str, Option<Regex>>,
}

impl<'s> Check<'s> {
    /// Returns whether a text matches a pattern, if the pattern is one.
    fn matches(&mut self, pattern: &'s str, text: &str) -> Option<bool> {
        if self.steps == 0 || (self.patterns.len() >= PATTERNS && !self.patterns.contains_key(pattern)) {
            return None;
        }
        self.steps -= 1;
        let compiled = self.patterns.entry(pattern).or_insert_with(|| Regex::new(pattern).ok());
        compiled.as_ref().map(|compiled| compiled.is_match(text))
    }

    fn value(&mut self, schema: &'s Value, value: &Value, place: &mut Place, found: &mut Vec<String>) {
        if self.steps == 0 || self.depth > DEEPEST || found.len() >= MOST {
            return;
        }
        self.steps -= 1;
        self.depth += 1;
        self.fit(schema, value, place, found);
        self.depth -= 1;
    }

    fn fit(&mut self, schema: &'s Value, value: &Value, place: &mut Place, found: &mut Vec<String>) {
        let schema = match schema {
            Value::Object(schema) => schema,
            Value::Bool(false) => return found.push(place.tell("is not allowed")),
            _ => return,
        };
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            if let Some(target) = target.strip_prefix('#').and_then(|path| self.root.pointer(path)) {
                self.value(target, value, place, found);
            }
            return;
        }
        if value.is_null() && schema.get("nullable") == Some(&Value::Bool(true)) {
            return;
        }
        if let Some(why) = wrong_type(schema, value).or_else(|| unlisted(schema, value).map(str::to_owned)) {
            return found.push(place.tell(why));
        }
        match value {
            Value::Object(object) => self.object(schema, object, place, found),
            Value::Array(items) => self.list(schema, items, place, found),
            Value::String(text) => found.extend(self.wrong_text(schema, text).map(|why| place.tell(why))),
            Value::Number(number) => found.extend(wrong_number(schema, number).map(|why| place.tell(why))),
            Value::Null | Value::Bool(_) => {}
        }
        self.combined(schema, value, place, found);
    }

    fn wrong_text(&mut self, schema: &'s Map<String, Value>, text: &str) -> Option<&'static str> {
        let bound = |key: &str| schema.get(key).and_then(Value::as_u64);
        let length = text.chars().count() as u64;
        if bound("minLength").is_some_and(|least| length < least) {
            return Some("is too short");
        }
        if bound("maxLength").is_some_and(|most| length > most) {
            return Some("is too long");
        }
        let fits = self.matches(schema.get("pattern")?.as_str()?, text)?;
        (!fits).then_some("does not match its pattern")
    }

    fn object(
        &mut self,
        schema: &'s Map<String, Value>,
        object: &Map<String, Value>,
        place: &mut Place,
        found: &mut Vec<String>,
    ) {
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for name in required.filter_map(Value::as_str).filter(|name| !object.contains_key(*name)) {
            place.0.push(name.to_owned());
            found.push(place.tell("is missing"));
            place.0.pop();
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        for (name, value) in object {
            place.0.push(name.clone());
            let own = properties.and_then(|properties| properties.get(name));
            let mut schemas: Vec<&Value> = own.into_iter().collect();
            for (pattern, schema) in patterns.into_iter().flatten() {
                schemas.extend((self.matches(pattern, name) == Some(true)).then_some(schema));
            }
            if schemas.is_empty() {
                match schema.get("additionalProperties") {
                    Some(Value::Bool(false)) => found.push(place.tell("is not declared")),
                    Some(other) => self.value(other, value, place, found),
                    None => {}
                }
            }
            for schema in schemas {
                self.value(schema, value, place, found);
            }
            place.0.pop();
        }
    }

    fn list(
        &mut self,
        schema: &'s Map<String, Value>,
        items: &[Value],
        place: &mut Place,
        found: &mut Vec<String>,
    ) {
        let bound = |key: &str| schema.get(key).and_then(Value::as_u64);
        if bound("minItems").is_some_and(|least| (items.len() as u64) < least) {
            found.push(place.tell("has too few items"));
        }
        if bound("maxItems").is_some_and(|most| items.len() as u64 > most) {
            found.push(place.tell("has too many items"));
        }
        let first = schema.get("prefixItems").or(schema.get("items")).and_then(Value::as_array);
        let rest = schema.get("items").filter(|items| !items.is_array());
        for (at, item) in items.iter().enumerate() {
            if let Some(schema) = first.and_then(|first| first.get(at)).or(rest) {
                place.0.push(format!("[{at}]"));
                self.value(schema, item, place, found);
                place.0.pop();
            }
        }
    }

    fn combined(
        &mut self,
        schema: &'s Map<String, Value>,
        value: &Value,
        place: &mut Place,
        found: &mut Vec<String>,
    ) {
        let list = |key: &str| schema.get(key).and_then(Value::as_array).into_iter().flatten();
        for all in list("allOf") {
            self.value(all, value, place, found);
        }
        for key in ["anyOf", "oneOf"] {
            let mut fewest: Option<Vec<String>> = None;
            for one in list(key) {
                let mut own = Vec::new();
                self.value(one, value, place, &mut own);
                if fewest.as_ref().is_none_or(|fewest| own.len() < fewest.len()) {
                    fewest = Some(own);
                }
            }
            found.extend(fewest.into_iter().flatten());
        }
        if let Some(not) = schema.get("not") {
            let mut own = Vec::new();
            self.value(not, value, place, &mut own);
            if own.is_empty() && self.steps > 0 {
                found.push(place.tell("is what it must not be"));
            }
        }
    }
}

/// Tells whether a value is of a type.
type Is = fn(&Value) -> bool;

/// Types with all their names, in lower case.
const TYPES: &[(&str, Is)] = &[
    ("string str", Value::is_string),
    ("integer int", |value| value.as_f64().is_some_and(|number| number.fract() == 0.0)),
    ("number float", Value::is_number),
    ("boolean bool", Value::is_boolean),
    ("object dict", Value::is_object),
    ("array list", Value::is_array),
    ("null none", Value::is_null),
];

fn wrong_type(schema: &Map<String, Value>, value: &Value) -> Option<String> {
    let names: Vec<_> = match schema.get("type")? {
        Value::String(name) => vec![name.to_lowercase()],
        Value::Array(names) => names.iter().filter_map(|name| Some(name.as_str()?.to_lowercase())).collect(),
        _ => return None,
    };
    let fits = |name: &String| {
        let known = TYPES.iter().find(|(names, _)| names.split(' ').any(|own| own == name));
        known.is_none_or(|(_, fits)| fits(value))
    };
    if names.is_empty() || names.iter().any(fits) {
        return None;
    }
    let is = TYPES.iter().find(|(_, is)| is(value)).and_then(|(names, _)| names.split(' ').next());
    Some(format!("is {}, not {}", is.unwrap_or("a number"), names.join(" or ")))
}

fn unlisted(schema: &Map<String, Value>, value: &Value) -> Option<&'static str> {
    let listed = schema.get("enum").and_then(Value::as_array);
    if listed.is_some_and(|listed| !listed.iter().any(|one| same(one, value))) {
        return Some("is none of the values listed");
    }
    let constant = schema.get("const");
    constant.is_some_and(|constant| !same(constant, value)).then_some("is not the one value allowed")
}

/// Returns whether two values are the same; `1.0` is `1`.
fn same(one: &Value, other: &Value) -> bool {
    one == other || (one.is_number() && one.as_f64() == other.as_f64())
}

fn wrong_number(schema: &Map<String, Value>, number: &Number) -> Option<&'static str> {
    let number = number.as_f64()?;
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let low = bound("minimum").is_some_and(|least| number < least);
    let high = bound("maximum").is_some_and(|most| number > most);
    if low || bound("exclusiveMinimum").is_some_and(|least| number <= least) {
        return Some("is too small");
    }
    if high || bound("exclusiveMaximum").is_some_and(|most| number >= most) {
        return Some("is too large");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(schema: &str, value: &str) -> Vec<String> {
        mismatches(&serde_json::from_str(schema).unwrap(), &serde_json::from_str(value).unwrap())
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        let schema = r##"{"type": "object", "required": ["a", "b"], "additionalProperties": false, "properties": {
            "a": {"type": "integer", "minimum": 1}, "b": {"$ref": "#/$defs/b"}, "c": {"enum": ["x", 2]},
            "d": {"anyOf": [{"type": "string", "pattern": "^t"}, {"type": "null"}]}},
            "$defs": {"b": {"type": "array", "items": {"type": ["string", "null"]}, "maxItems": 2}}}"##;
        for (value, mismatches) in [
            (r#"{"a": 1, "b": []}"#, vec![]),
            (r#"{"a": 1.0, "b": ["x", null], "c": 2.0, "d": "tide"}"#, vec![]),
            (r#"{"a": "1", "b": {}}"#, vec!["a: is string, not integer", "b: is object, not array"]),
            (
                r#"{"a": 0.5, "b": ["x", 2]}"#,
                vec!["a: is number, not integer", "b[1]: is integer, not string or null"],
            ),
            (r#"{"a": 0, "b": [], "e": 1}"#, vec!["a: is too small", "e: is not declared"]),
            (
                r#"{"b": ["", "", ""], "c": "y"}"#,
                vec!["a: is missing", "b: has too many items", "c: is none of the values listed"],
            ),
            (r#"{"a": 1, "b": [], "d": "ebb"}"#, vec!["d: does not match its pattern"]),
            ("[]", vec!["is array, not object"]),
        ] {
            assert_eq!(found(schema, value), mismatches, "{value}");
        }
    }

    #[test]
    fn dialects_are_understood_and_what_is_unknown_is_no_mismatch() {
        let gemini = r#"{"type": "OBJECT", "properties": {"a": {"type": "STRING", "nullable": true}}}"#;
        assert_eq!(found(gemini, r#"{"a": null}"#), Vec::<String>::new());
        assert_eq!(found(gemini, r#"{"a": 1}"#), ["a: is integer, not string"]);
        let cohere = r#"{"properties": {"a": {"type": "str"}, "b": {"type": "List[int]"}}}"#;
        assert_eq!(found(cohere, r#"{"a": 1, "b": 1}"#), ["a: is integer, not str"]);
        assert_eq!(
            found(r#"{"type": "object", "pattern": "(", "$ref": "https://a/b"}"#, "1"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn schemas_that_lead_in_circles_or_grow_without_end_are_left() {
        assert_eq!(found(r##"{"$ref": "#"}"##, "1"), Vec::<String>::new());
        let branching = r##"{"anyOf": [{"$ref": "#"}, {"$ref": "#"}, {"not": {"$ref": "#"}}]}"##;
        assert_eq!(found(branching, "1"), Vec::<String>::new());
    }

    #[test]
    fn a_pattern_is_compiled_once_and_a_huge_one_tells_nothing() {
        let schema = json!({"type": "array", "items": {"type": "string", "pattern": r"^\w{1,60}$"}});
        let value = json!(vec!["a b"; 15_000]);
        assert_eq!(mismatches(&schema, &value).len(), MOST);
        let mut check = Check { root: &schema, steps: STEPS, depth: 0, patterns: HashMap::new() };
        check.value(&schema, &json!(["a", "b", "c d"]), &mut Place::default(), &mut Vec::new());
        assert_eq!(check.patterns.len(), 1);
        assert_eq!(check.matches(r"^(\w{1,500}){1,500}$", "-"), None);
    }
}
