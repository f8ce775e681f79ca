//! Bytes that a recorder turned into text by a charset, of whatever they were: the inverse of [`super::charset()`].
//!
//! Python's requests takes text for ISO-8859-1 where the content type names no charset, so Betamax keeps a stream in
//! UTF-8 as one character for each of its bytes, and makes the bytes of them again when it replays.

use crate::text::{Change, Run, Slice, Spelling, Text, Unspellable};

/// Returns the bytes that a text stands for if it was read as ISO-8859-1; nothing if the charset is another, or if the
/// text has characters that ISO-8859-1 has not.
#[must_use]
pub fn encoded(text: &Text, charset: &str) -> Option<Slice> {
    if !["iso-8859-1", "latin1", "latin-1"].iter().any(|name| charset.eq_ignore_ascii_case(name)) {
        return None;
    }
    let bytes = text.as_str().chars().map(u8::try_from).collect::<Result<Vec<_>, _>>().ok()?;
    Some(Slice::spelled(text.as_slice().clone(), Latin1, bytes))
}

/// Bytes as the characters of the same numbers, in UTF-8.
#[derive(Debug)]
struct Latin1;

impl Spelling for Latin1 {
    fn name(&self) -> &'static str {
        "bytes of iso-8859-1"
    }

    fn runs(&self, outer: &[u8]) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut at = 0;
        for (value, character) in String::from_utf8_lossy(outer).chars().enumerate() {
            let length = character.len_utf8();
            match runs.last_mut() {
                Some(run) if length == 1 && run.verbatim => {
                    run.value.end += 1;
                    run.outer.end += 1;
                }
                _ => {
                    runs.push(Run { value: value..value + 1, outer: at..at + length, verbatim: length == 1 });
                }
            }
            at += length;
        }
        runs
    }

    fn respell(
        &self,
        outer: &[u8],
        _value: &[u8],
        runs: &[Run],
        changes: &[Change],
    ) -> Result<Vec<Change>, Unspellable> {
        let place = |at: usize| match runs.get(runs.partition_point(|run| run.value.end <= at)) {
            Some(run) => run.outer.start + (at - run.value.start),
            None => outer.len(),
        };
        let respell = |change: &Change| {
            let new: String = change.new.iter().copied().map(char::from).collect();
            Change { range: place(change.range.start)..place(change.range.end), new: new.into_bytes() }
        };
        Ok(changes.iter().map(respell).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Edit, SourceId, lift, splice};

    #[test]
    fn utf_8_that_was_read_as_latin_1_is_itself_again_and_stays_so_when_it_changes() {
        let file = |text: &str| text.bytes().map(char::from).collect::<String>();
        let source = file("a 🪁 – b");
        let bytes = encoded(&Text::source(SourceId(0), source.clone()), "ISO-8859-1").unwrap();
        let text = bytes.text().unwrap();
        assert_eq!(text, "a 🪁 – b");
        for (old, new) in [("🪁", "kite"), ("–", "é"), ("b", "☃"), ("a", ""), (" ", "–")] {
            let at = text.as_str().find(old).unwrap();
            let lifted = lift(vec![Edit::replace(&text, at..at + old.len(), new)]).unwrap();
            let changed = splice(source.as_bytes(), lifted[&SourceId(0)].changes.clone()).unwrap();
            assert_eq!(String::from_utf8(changed).unwrap(), file(&text.as_str().replacen(old, new, 1)));
        }
    }

    #[test]
    fn other_charsets_and_other_text_are_left_alone() {
        assert!(encoded(&Text::made("a – b"), "ISO-8859-1").is_none(), "no such character");
        assert!(encoded(&Text::made("a"), "UTF-8").is_none());
        assert_eq!(encoded(&Text::made("schön"), "latin1").unwrap().bytes(), b"sch\xf6n");
    }
}
