//! Arguments of a call that come one by one, each with the path where it belongs, such as `$.a[0].b`.

use serde_json::{Map, Value};

use crate::syntax::path::{Path, Step};

/// Deeper places are left out: no tool takes arguments like that, and a stream could nest them without end.
const DEEPEST: usize = 64;

/// Puts a value at a path; a text goes on with the one that stands there. What a text that is no path from the root leads
/// to is left out.
pub(super) fn put(into: &mut Value, path: &str, value: Value) {
    let path = path.starts_with('$').then(|| Path::parse(path).ok()).flatten();
    let place = path.filter(|path| path.steps.len() < DEEPEST).and_then(|path| place(into, &path.steps));
    match (place, value) {
        (Some(Value::String(begun)), Value::String(more)) => begun.push_str(&more),
        (Some(place), value) => *place = value,
        (None, _) => {}
    }
}

/// Returns the place in a value that steps lead to, new where it is not there yet.
fn place<'v>(value: &'v mut Value, steps: &[Step]) -> Option<&'v mut Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Name(name) => {
            if value.is_null() {
                *value = Value::Object(Map::new());
            }
            Some(value.as_object_mut()?.entry(name.as_str()).or_insert(Value::Null))
        }
        Step::Index(at) => {
            if value.is_null() {
                *value = Value::Array(Vec::new());
            }
            let (at, items) = (usize::try_from(*at).ok()?, value.as_array_mut()?);
            if at == items.len() {
                items.push(Value::Null);
            }
            items.get_mut(at)
        }
        Step::Any | Step::Deep => None,
    })
}
