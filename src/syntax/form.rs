//! Forms and the parameters of addresses: `name=value` pairs between `&`, with `%2F` and, in forms, `+` for a space.

use std::ops::Range;

use crate::text::{Change, Gaps, Run, Runs, Spelling, Text, Unspellable, respell_runs};

/// A name and its value, decoded.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The name.
    pub name: Text,
    /// The value.
    pub value: Text,
    /// The bytes of both in the form.
    pub range: Range<usize>,
}

/// Reads the pairs of a form or of an address's parameters. A name without `=` has no pair.
#[must_use]
pub fn pairs(text: &Text) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut start = 0;
    for pair in text.as_str().split('&') {
        if let Some(equals) = pair.find('=') {
            let range = start..start + pair.len();
            let name = decoded(text, start..start + equals);
            pairs.push(Pair { name, value: decoded(text, start + equals + 1..range.end), range });
        }
        start += pair.len() + 1;
    }
    pairs
}

/// Returns a text as forms spell it.
#[must_use]
pub fn encoded(text: &str) -> String {
    escaped(text).replace("%20", "+")
}

/// Returns the bytes that a text of a form means.
#[must_use]
pub fn unescaped(text: &str) -> Vec<u8> {
    bytes(text.as_bytes()).map(|(_, byte)| byte).collect()
}

/// Decodes a part of a text.
#[must_use]
pub fn decoded(text: &Text, range: Range<usize>) -> Text {
    let part = text.slice(range);
    if !part.as_str().contains(['%', '+']) {
        return part;
    }
    match String::from_utf8(unescaped(part.as_str())) {
        Ok(value) => Text::spelled(part.into(), Percent, value),
        // Half a character: nobody can say what is meant.
        Err(_) => part,
    }
}

/// Returns the bytes that are meant, each with the range that spells it.
fn bytes(spelled: &[u8]) -> impl Iterator<Item = (Range<usize>, u8)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let first = *spelled.get(at)?;
        let hex = |at: usize| spelled.get(at).and_then(|&digit| char::from(digit).to_digit(16));
        let (length, byte) = match (first, hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => (3, u8::try_from(high * 16 + low).unwrap_or_default()),
            (b'+', ..) => (1, b' '),
            _ => (1, first),
        };
        at += length;
        Some((at - length..at, byte))
    })
}

/// The spelling of addresses and forms.
#[derive(Debug)]
struct Percent;

impl Spelling for Percent {
    fn name(&self) -> &'static str {
        "percent"
    }

    fn runs(&self, outer: &[u8]) -> Runs {
        let mut runs = Runs::new();
        for (at, (range, byte)) in bytes(outer).enumerate() {
            let verbatim = range.len() == 1 && outer[range.start] == byte;
            match runs.last_mut() {
                // The bytes of one character stay together.
                Some(last) if byte & 0xC0 == 0x80 || (verbatim && last.verbatim) => {
                    last.value.end = at + 1;
                    last.outer.end = range.end;
                    last.verbatim &= verbatim;
                }
                _ => runs.push(Run { value: at..at + 1, outer: range, verbatim }),
            }
        }
        runs
    }

    fn respell(
        &self,
        _outer: &[u8],
        value: &[u8],
        runs: &[Run],
        changes: &[Change],
    ) -> Result<Vec<Change>, Unspellable> {
        Ok(respell_runs(value, runs, changes, 0, Gaps::Keep, escaped))
    }
}

/// Returns a text as addresses spell it.
#[must_use]
pub fn escaped(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    escaped.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Edit, SourceId, lift, splice};

    #[test]
    fn pairs_are_decoded() {
        let text = Text::source(SourceId(0), "a=b%2Fc+d&e&f%3D=%E2%82%AC&g=50%".to_owned());
        let pairs: Vec<_> =
            pairs(&text).into_iter().map(|Pair { name, value, .. }| format!("{name:?} {value:?}")).collect();
        assert_eq!(pairs, [r#""a" "b/c d""#, r#""f=" "€""#, r#""g" "50%""#]);
    }

    #[test]
    fn an_edit_leaves_the_spelling_beside_it() {
        let source = "a=b%2fc+d%20e%E2%82%AC";
        let text = Text::source(SourceId(0), source.to_owned());
        let value = pairs(&text).remove(0).value;
        let at = value.as_str().find("c d").unwrap();
        let lifted = lift(vec![Edit::replace(&value, at..at + 3, "x y")]).unwrap();
        let new = splice(source.as_bytes(), lifted[&SourceId(0)].changes.clone()).unwrap();
        assert_eq!(String::from_utf8(new).unwrap(), "a=b%2fx%20y%20e%E2%82%AC");
    }
}
