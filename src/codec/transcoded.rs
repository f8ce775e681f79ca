//! Bytes that a recorder turned into text by a charset, of whatever they were: the inverse of [`super::charset()`].
//!
//! Python's requests takes text for ISO-8859-1 where the content type names no charset, so Betamax keeps a stream in
//! UTF-8 as one character for each of its bytes, and makes the bytes of them again when it replays. Browsers take it for
//! Windows-1252 and mitmproxy for ISO-8859-1, and their HAR does not say so.

use super::charset;
use crate::text::{Change, Run, Runs, Slice, Spelling, Text, Unspellable};

/// Returns the bytes that a text stands for if it was read as ISO-8859-1; nothing if the charset is another, or if the
/// text has characters that ISO-8859-1 has not.
#[must_use]
pub fn encoded(text: &Text, charset: &str) -> Option<Slice> {
    let named = ["iso-8859-1", "latin1", "latin-1"].iter().any(|name| charset.eq_ignore_ascii_case(name));
    if named { LATIN_1.bytes(text) } else { None }
}

/// Returns the UTF-8 that a text stands for if it was read by another charset that nobody names; nothing if it was not.
#[must_use]
pub fn utf_8(text: &Text) -> Option<Slice> {
    let utf_8 = |read_as: &ReadAs| read_as.bytes(text).filter(|bytes| bytes.text().is_some());
    if text.as_str().is_ascii() { None } else { [WINDOWS_1252, LATIN_1].iter().find_map(utf_8) }
}

const LATIN_1: ReadAs = ReadAs { name: "bytes of iso-8859-1", character: char::from };
const WINDOWS_1252: ReadAs = ReadAs { name: "bytes of windows-1252", character: charset::windows };

/// Bytes as the characters that a charset of one byte a character has for them, in UTF-8.
#[derive(Clone, Copy, Debug)]
struct ReadAs {
    name: &'static str,
    character: fn(u8) -> char,
}

impl ReadAs {
    fn bytes(self, text: &Text) -> Option<Slice> {
        let bytes =
            text.as_str().chars().map(|character| self.byte(character)).collect::<Option<Vec<_>>>()?;
        Some(Slice::spelled(text.as_slice().clone(), self, bytes))
    }

    fn byte(self, character: char) -> Option<u8> {
        // All these charsets have ASCII.
        let ascii = u8::try_from(character).ok().filter(u8::is_ascii);
        ascii.or_else(|| (0x80..=u8::MAX).find(|&byte| (self.character)(byte) == character))
    }
}

impl Spelling for ReadAs {
    fn name(&self) -> &'static str {
        self.name
    }

    fn runs(&self, outer: &[u8]) -> Runs {
        let mut runs = Runs::new();
        for character in String::from_utf8_lossy(outer).chars() {
            charset::add(&mut runs, 0, 1, character.len_utf8());
        }
        runs
    }

    fn respell(
        &self,
        _outer: &[u8],
        _value: &[u8],
        runs: &[Run],
        changes: &[Change],
    ) -> Result<Vec<Change>, Unspellable> {
        let encode = |change: &Change| {
            Ok(change.new.iter().copied().map(self.character).collect::<String>().into_bytes())
        };
        charset::respelled(runs, 0, changes, encode)
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
    fn what_browsers_and_proxies_do_to_a_stream_is_undone() {
        let proxy: String = "kite 🪁".bytes().map(char::from).collect();
        assert_eq!(utf_8(&Text::made(proxy)).unwrap().text().unwrap(), "kite 🪁");
        let source = "kite ðŸª\u{81} â€“ here";
        let bytes = utf_8(&Text::source(SourceId(0), source.to_owned())).unwrap();
        let text = bytes.text().unwrap();
        assert_eq!(text, "kite 🪁 – here");
        let lifted = lift(vec![Edit::replace(&text, 0..4, "€")]).unwrap();
        let changed = splice(source.as_bytes(), lifted[&SourceId(0)].changes.clone()).unwrap();
        assert_eq!(String::from_utf8(changed).unwrap(), "â‚¬ ðŸª\u{81} â€“ here");
    }

    #[test]
    fn other_charsets_and_other_text_are_left_alone() {
        assert!(encoded(&Text::made("a – b"), "ISO-8859-1").is_none(), "no such character");
        assert!(encoded(&Text::made("a"), "UTF-8").is_none());
        assert!(utf_8(&Text::made("schön")).is_none(), "it was no UTF-8");
        assert!(utf_8(&Text::made("a – ðŸª\u{81}")).is_none(), "half of it was none");
        assert_eq!(encoded(&Text::made("schön"), "latin1").unwrap().bytes(), b"sch\xf6n");
    }
}
