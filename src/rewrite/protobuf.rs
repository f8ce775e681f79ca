//! Messages that a recorder keeps twice, as JSON for people and as the protobuf bytes that it replays: what changes in
//! the one changes in the other.
//!
//! No schema is needed. A text of the JSON stands in the bytes as it is, in a field of its own; the messages around it
//! are those that can be read as such down to it, and have their lengths written anew.

use std::collections::BTreeMap;

use crate::codec;
use crate::syntax::Node;
use crate::text::{Edit, Text};

/// Returns the edit of a message in base64 that follows from its JSON having become another; nothing if it does not.
///
/// # Errors
/// In words, if it is not clear which of several equal texts is meant, or if protobuf has no place for one.
pub(super) fn follow(old: Node<'_>, new: Node<'_>, base64: &Text) -> Result<Option<Edit>, String> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    strings(old, &mut before);
    strings(new, &mut after);
    if before == after || before.len() != after.len() {
        return Ok(None);
    }
    let mut texts = Texts::new();
    for (old, new) in before.iter().zip(&after) {
        texts.entry(old).or_default().push(new);
    }
    texts.retain(|old, new| new.iter().any(|new| new != old));
    if texts.contains_key("") {
        return Err("protobuf bytes have no place for a text that was empty".to_owned());
    }
    let bytes = codec::BASE64.decode(base64.as_str().as_bytes(), codec::MAX_DECODED);
    let bytes = bytes.map_err(|error| format!("the protobuf bytes cannot be read: {error}"))?;
    let Some(bytes) = replaced(&bytes, &texts)? else { return Ok(None) };
    let new = codec::BASE64.encode(&bytes, base64.as_str().as_bytes());
    let new = new.map_err(|error| format!("the protobuf bytes cannot be written: {error}"))?;
    Ok(Some(Edit::replace(base64, 0..base64.len(), String::from_utf8_lossy(&new))))
}

/// Texts of the JSON that change, each with what becomes of it at each of its places.
type Texts<'t> = BTreeMap<&'t str, Vec<&'t str>>;

/// Returns the texts of a JSON value in their order.
fn strings(node: Node<'_>, found: &mut Vec<String>) {
    found.extend(node.string().map(|text| text.as_str().to_owned()));
    node.items().for_each(|item| strings(item, found));
    node.entries().for_each(|(_, value)| strings(value, found));
}

/// Replaces texts by what each of their places in the JSON has become; nothing if none has a place here.
fn replaced(message: &[u8], texts: &Texts<'_>) -> Result<Option<Vec<u8>>, String> {
    let known = |payload: &[u8]| std::str::from_utf8(payload).ok().and_then(|text| texts.get_key_value(text));
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let _ = rewritten(message, 0, &mut |payload| {
        *places.entry(known(payload)?.0).or_default() += 1;
        None
    });
    for (text, places) in places {
        // What is no text in protobuf, such as a name of an enumeration, has no place there.
        let wanted = &texts[text];
        if places != wanted.len() && wanted.iter().any(|new| *new != wanted[0]) {
            return Err(format!(
                "it is not clear which of {places} equal texts in the protobuf bytes is meant"
            ));
        }
    }
    let mut passed: BTreeMap<&str, usize> = BTreeMap::new();
    Ok(rewritten(message, 0, &mut |payload| {
        let (text, wanted) = known(payload)?;
        let place = passed.entry(text).or_default();
        let new = wanted.get(*place).or(wanted.last())?;
        *place += 1;
        Some(new.as_bytes().to_vec())
    }))
}

/// What a payload becomes, if it becomes another.
type Replace<'r> = dyn FnMut(&[u8]) -> Option<Vec<u8>> + 'r;

/// Messages stand in each other no deeper: protobuf's own readers stop here.
const DEEPEST: usize = 100;

/// Returns a message with payloads replaced, and the lengths around them; nothing if it is no message, or stays.
fn rewritten(message: &[u8], depth: usize, replace: &mut Replace<'_>) -> Option<Vec<u8>> {
    if depth > DEEPEST {
        return None;
    }
    let fields = fields(message)?;
    let mut out = Vec::with_capacity(message.len());
    let mut changed = false;
    for Field { head, length, payload } in fields {
        let new = if length.is_empty() {
            None
        } else {
            replace(payload).or_else(|| rewritten(payload, depth + 1, replace))
        };
        out.extend_from_slice(head);
        if let Some(new) = new {
            changed = true;
            out.extend(varint(new.len()));
            out.extend(new);
        } else {
            out.extend_from_slice(length);
            out.extend_from_slice(payload);
        }
    }
    changed.then_some(out)
}

/// A field of a message: its number and type; its length, where it has one; what it holds.
struct Field<'m> {
    head: &'m [u8],
    length: &'m [u8],
    payload: &'m [u8],
}

/// Cuts a message into its fields; nothing if it is none.
fn fields(message: &[u8]) -> Option<Vec<Field<'_>>> {
    let mut fields = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        let (number, head) = read_varint(rest)?;
        let after = &rest[head..];
        let (length, size) = match number & 7 {
            _ if number >> 3 == 0 => return None,
            0 => (0, read_varint(after)?.1),
            1 => (0, 8),
            2 => read_varint(after)
                .map(|(size, length)| (length, usize::try_from(size).unwrap_or(usize::MAX)))?,
            5 => (0, 4),
            _ => return None,
        };
        let end = head.checked_add(length)?.checked_add(size)?;
        let field = rest.get(..end)?;
        let (head, payload) = field.split_at(head);
        let (length, payload) = payload.split_at(length);
        fields.push(Field { head, length, payload });
        rest = &rest[end..];
    }
    Some(fields)
}

/// Returns the number at the beginning of bytes, and how many bytes it takes.
fn read_varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7F).checked_shl(7 * u32::try_from(at).ok()?)?;
        if byte & 0x80 == 0 {
            return Some((number, at + 1));
        }
    }
    None
}

fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7F).unwrap_or_default() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap_or_default());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, payload: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2][..], &varint(payload.len()), payload].concat()
    }

    /// A message with a number, a text, and a message that holds a text and a message with one.
    fn message(one: &str, two: &str, three: &str) -> Vec<u8> {
        let inner = [field(1, two.as_bytes()), field(4, &field(1, three.as_bytes()))].concat();
        [&[0x08, 0x96, 0x01][..], &field(2, one.as_bytes()), &field(3, &inner), &[0x2D, 1, 2, 3, 4]].concat()
    }

    fn replaced(message: &[u8], old: &str, wanted: &[&str]) -> Result<Vec<u8>, String> {
        let texts = Texts::from([(old, wanted.to_vec())]);
        super::replaced(message, &texts).map(|new| new.unwrap_or_else(|| message.to_vec()))
    }

    #[test]
    fn texts_may_change_places() {
        let texts = Texts::from([("one", vec!["two"]), ("two", vec!["one"])]);
        let new = super::replaced(&message("one", "two", "three"), &texts).unwrap().unwrap();
        assert_eq!(new, message("two", "one", "three"));
    }

    #[test]
    fn lengths_follow_all_the_way_up() {
        let long = "x".repeat(200);
        for new in ["b", "", "é and more", &long] {
            assert_eq!(
                replaced(&message("one", "two", "a"), "a", &[new]).unwrap(),
                message("one", "two", new)
            );
        }
        assert_eq!(
            replaced(&message("one", "two", &long), &long, &["a"]).unwrap(),
            message("one", "two", "a")
        );
    }

    #[test]
    fn equal_texts_are_told_apart_by_their_order() {
        let both = message("one", "same", "same");
        assert_eq!(replaced(&both, "same", &["same", "new"]).unwrap(), message("one", "same", "new"));
        assert_eq!(replaced(&both, "same", &["new"]).unwrap(), message("one", "new", "new"));
        assert!(replaced(&both, "same", &["a", "b", "c"]).is_err());
        assert_eq!(replaced(&both, "ROLE_USER", &["x"]).unwrap(), both, "it has no place there");
    }

    #[test]
    fn damaged_messages_are_left_alone() {
        for bytes in
            [&b"\x0a"[..], b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01a", b"\x07", b"\x00", b"\x0a\x05abc"]
        {
            assert_eq!(replaced(bytes, "a", &["b"]).unwrap(), bytes);
        }
    }

    #[test]
    fn what_stands_deeper_than_readers_go_is_no_message() {
        let nested = |depth| (0..depth).fold(field(1, b"one"), |inner, _| field(2, &inner));
        assert_ne!(replaced(&nested(50), "one", &["two"]).unwrap(), nested(50));
        let deep = nested(5_000);
        assert_eq!(replaced(&deep, "one", &["two"]).unwrap(), deep);
    }
}
