//! Places in a JSON value by a path such as `$.a[0].b`: where arguments that come one by one belong.

use serde_json::Value;

/// Puts a value at a path; a text goes on with the one that stands there.
pub(super) fn put(into: &mut Value, path: &str, value: Value) {
    match (path.strip_prefix('$').and_then(|path| place(into, path)), value) {
        (Some(Value::String(begun)), Value::String(more)) => begun.push_str(&more),
        (Some(place), value) => *place = value,
        (None, _) => {}
    }
}

/// Returns the place in a value that a path leads to, new where it is not there yet.
fn place<'v>(mut value: &'v mut Value, mut path: &str) -> Option<&'v mut Value> {
    const DEEP: usize = 64;
    for _ in 0..DEEP {
        if path.is_empty() {
            return Some(value);
        }
        let (step, rest) = step(path)?;
        path = rest;
        value = match step.parse::<usize>() {
            Ok(at) if !value.is_object() => {
                if value.is_null() {
                    *value = Value::Array(Vec::new());
                }
                let items = value.as_array_mut()?;
                if at == items.len() {
                    items.push(Value::Null);
                }
                items.get_mut(at)?
            }
            _ => {
                if value.is_null() {
                    *value = Value::Object(serde_json::Map::new());
                }
                value.as_object_mut()?.entry(step).or_insert(Value::Null)
            }
        };
    }
    None
}

/// Returns the first step of a path, `.name`, `[0]` or `['name']`, and what follows.
fn step(path: &str) -> Option<(&str, &str)> {
    if let Some(name) = path.strip_prefix('.') {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        return Some(name.split_at(end)).filter(|(name, _)| !name.is_empty());
    }
    let inside = path.strip_prefix('[')?;
    let quote = inside.chars().next().filter(|first| matches!(first, '\'' | '"'));
    match quote {
        Some(quote) => {
            inside[1..].split_once(quote).and_then(|(name, rest)| Some((name, rest.strip_prefix(']')?)))
        }
        None => inside.split_once(']'),
    }
}
