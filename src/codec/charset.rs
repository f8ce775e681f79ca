//! Text in another charset than UTF-8, as the recorder or the content type names it.
//!
//! Latin-1, Windows-1252 and UTF-16 cover what is recorded, so no crate is needed: each character stands for itself
//! and is traced to its bytes, which a whole-text converter would not do.

use crate::diagnostic::{Diagnostic, Parsed};
use crate::text::{Change, Run, Runs, Slice, Spelling, Unspellable};

/// Returns a body as text if it is not UTF-8 and one of `labels` names a charset it can be read in: charsets by
/// name, or content types.
#[must_use]
pub fn charset<'l>(slice: Slice, labels: impl IntoIterator<Item = &'l str>) -> Parsed<Slice> {
    let mut charsets = labels.into_iter().filter_map(|label| Charset::named(&name(label)?, slice.bytes()));
    let Some(charset) = charsets.find(|charset| charset.fits(&slice)) else {
        return Parsed::from(slice);
    };
    let mut value = String::with_capacity(slice.bytes().len());
    let mut whole = true;
    charset.decode(slice.bytes(), |character, _| {
        whole &= character.is_some();
        value.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
    });
    let at = if whole { None } else { slice.span() };
    let mut parsed = Parsed::from(Slice::spelled(slice, charset, value.into_bytes()));
    if !whole {
        let message = format!("some of the text is no {}", charset.name());
        parsed.diagnostics.push(Diagnostic::warning(message, at));
    }
    parsed
}

/// Returns the name of a charset, alone or as the parameter of a content type, in lower case.
fn name(label: &str) -> Option<String> {
    if !label.contains('/') {
        return Some(label.to_ascii_lowercase());
    }
    let mut parameters = label.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let (_, name) = parameters.find(|(key, _)| key.trim().eq_ignore_ascii_case("charset"))?;
    Some(name.trim().trim_matches(['"', '\'']).to_ascii_lowercase())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Charset {
    Latin1,
    Windows1252,
    Utf16Le,
    Utf16Be,
}

impl Charset {
    fn named(name: &str, bytes: &[u8]) -> Option<Self> {
        match name {
            "iso-8859-1" | "iso8859-1" | "latin1" | "latin-1" | "us-ascii" => Some(Self::Latin1),
            "windows-1252" | "cp1252" | "cp-1252" => Some(Self::Windows1252),
            "utf-16be" => Some(Self::Utf16Be),
            // Without a byte order mark the standard says big, everybody writes little.
            "utf-16" | "utf16" if bytes.starts_with(&[0xFE, 0xFF]) => Some(Self::Utf16Be),
            "utf-16" | "utf16" | "utf-16le" => Some(Self::Utf16Le),
            _ => None,
        }
    }

    fn is_wide(self) -> bool {
        matches!(self, Self::Utf16Le | Self::Utf16Be)
    }

    /// Text that is UTF-8 was converted by the recorder, whatever the header says; but UTF-16 of ASCII letters is
    /// UTF-8 too, with a zero in every other place.
    fn fits(self, slice: &Slice) -> bool {
        let zeros = || memchr::memchr(0, slice.bytes()).is_some();
        slice.text().is_none() || (self.is_wide() && zeros())
    }

    /// Returns how many bytes a byte order mark takes.
    fn mark(self, bytes: &[u8]) -> usize {
        let mark: [u8; 2] = if self == Self::Utf16Be { [0xFE, 0xFF] } else { [0xFF, 0xFE] };
        if self.is_wide() && bytes.starts_with(&mark) { 2 } else { 0 }
    }

    /// Calls `each` with each character, nothing for what is none, and the number of its bytes.
    fn decode(self, bytes: &[u8], mut each: impl FnMut(Option<char>, usize)) {
        let bytes = &bytes[self.mark(bytes)..];
        match self {
            Self::Latin1 => bytes.iter().for_each(|&byte| each(Some(char::from(byte)), 1)),
            Self::Windows1252 => bytes.iter().for_each(|&byte| each(Some(windows(byte)), 1)),
            Self::Utf16Le | Self::Utf16Be => {
                let (units, rest) = bytes.as_chunks::<2>();
                let read = if self == Self::Utf16Le { u16::from_le_bytes } else { u16::from_be_bytes };
                for character in char::decode_utf16(units.iter().map(|&unit| read(unit))) {
                    let length = character.as_ref().map_or(2, |character| 2 * character.len_utf16());
                    each(character.ok(), length);
                }
                if !rest.is_empty() {
                    each(None, rest.len());
                }
            }
        }
    }

    /// Appends a character; nothing if the charset has none such.
    fn encode(self, character: char, out: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Latin1 => out.push(u8::try_from(character).ok()?),
            Self::Windows1252 => out.push((0..=u8::MAX).find(|&byte| windows(byte) == character)?),
            Self::Utf16Le | Self::Utf16Be => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    out.extend(if self == Self::Utf16Le { unit.to_le_bytes() } else { unit.to_be_bytes() });
                }
            }
        }
        Some(())
    }
}

/// Returns the character of a byte in Windows-1252: Latin-1 but for 0x80 to 0x9F; five of those stand for themselves.
pub(super) fn windows(byte: u8) -> char {
    const FROM_80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9F => FROM_80[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

impl Spelling for Charset {
    fn name(&self) -> &'static str {
        match self {
            Self::Latin1 => "iso-8859-1",
            Self::Windows1252 => "windows-1252",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
        }
    }

    fn runs(&self, outer: &[u8]) -> Runs {
        let mut runs = Runs::new();
        let start = self.mark(outer);
        self.decode(outer, |character, length| {
            let width = character.map_or(char::REPLACEMENT_CHARACTER.len_utf8(), char::len_utf8);
            add(&mut runs, start, width, length);
        });
        runs
    }

    fn respell(
        &self,
        outer: &[u8],
        _value: &[u8],
        runs: &[Run],
        changes: &[Change],
    ) -> Result<Vec<Change>, Unspellable> {
        let encode = |change: &Change| {
            let mut new = Vec::with_capacity(change.new.len());
            for character in change.text().chars() {
                self.encode(character, &mut new)
                    .ok_or_else(|| Unspellable(format!("{} has no `{character}`", self.name())))?;
            }
            Ok(new)
        };
        respelled(runs, self.mark(outer), changes, encode)
    }
}

/// Adds a character to the runs of those before it: `width` bytes of the value, `length` outside, where the first begins at
/// `start`. Those that stand for themselves share a run.
pub(super) fn add(runs: &mut Runs, start: usize, width: usize, length: usize) {
    let verbatim = width == 1 && length == 1;
    match runs.last_mut() {
        Some(run) if verbatim && run.verbatim => {
            run.value.end += 1;
            run.outer.end += 1;
        }
        last => {
            let (value, outer) = last.map_or((0, start), |run| (run.value.end, run.outer.end));
            runs.push(Run { value: value..value + width, outer: outer..outer + length, verbatim });
        }
    }
}

/// Returns the changes outside, of which `encode` says what is written there; the first character begins at `start`.
///
/// # Errors
/// Those of `encode`.
pub(super) fn respelled(
    runs: &[Run],
    start: usize,
    changes: &[Change],
    encode: impl Fn(&Change) -> Result<Vec<u8>, Unspellable>,
) -> Result<Vec<Change>, Unspellable> {
    // Changes begin and end between characters, and only characters that stand for themselves share a run.
    let place = |at: usize| match runs.get(runs.partition_point(|run| run.value.end <= at)) {
        Some(run) => run.outer.start + (at - run.value.start),
        None => runs.last().map_or(start, |run| run.outer.end),
    };
    let respell = |change: &Change| {
        let range = place(change.range.start)..place(change.range.end);
        Ok(Change { range, new: encode(change)? })
    };
    changes.iter().map(respell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Edit, SourceId, lift};

    fn read(bytes: &[u8], content_type: &str) -> Parsed<Slice> {
        charset(Slice::source(SourceId(0), bytes.to_vec()), [content_type])
    }

    /// Returns the bytes after an edit of the decoded text.
    fn edited(bytes: &[u8], content_type: &str, old: &str, new: &str) -> Result<Vec<u8>, String> {
        let text = read(bytes, content_type).value.text().unwrap();
        let at = text.as_str().find(old).unwrap();
        let lifted =
            lift(vec![Edit::replace(&text, at..at + old.len(), new)]).map_err(|why| why.to_string())?;
        Ok(crate::text::splice(bytes, lifted[&SourceId(0)].changes.clone()).unwrap())
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn text_in_a_named_charset_is_read() {
        for (bytes, content_type, wanted) in [
            (&b"caf\xe9"[..], "text/plain; charset=ISO-8859-1", "café"),
            (b"\x80 5", "text/plain; a=b; Charset=\"windows-1252\"", "€ 5"),
            (b"h\0i\0", "text/plain;charset=utf-16le", "hi"),
            (b"\0h\0i", "text/plain;charset=utf-16be", "hi"),
            (b"\xfe\xff\0h\0i", "text/plain;charset=utf-16", "hi"),
            (b"\xff\xfe\x3d\xd8\x00\xde", "text/plain;charset=utf-16", "😀"),
        ] {
            let parsed = read(bytes, content_type);
            assert_eq!(parsed.value.text().unwrap(), wanted);
            assert_eq!(parsed.diagnostics, []);
        }
    }

    #[test]
    fn a_wrong_label_changes_nothing() {
        assert_eq!(
            read("café".as_bytes(), "text/plain; charset=iso-8859-1").value.bytes(),
            "café".as_bytes()
        );
        assert_eq!(read(b"hi", "text/plain; charset=utf-16").value.bytes(), b"hi");
        assert_eq!(read(b"caf\xe9", "text/plain; charset=utf-8").value.bytes(), b"caf\xe9");
        assert_eq!(read(b"caf\xe9", "text/plain; charset").value.bytes(), b"caf\xe9");
    }

    #[test]
    fn half_characters_are_shown_and_told() {
        let parsed = read(b"h\0\x3d\xd8i\0!", "text/plain; charset=utf-16le");
        assert_eq!(parsed.value.text().unwrap(), "h\u{FFFD}i\u{FFFD}");
        assert_eq!(parsed.diagnostics.len(), 1);
        let new = edited(b"h\0\x3d\xd8i\0!", "text/plain; charset=utf-16le", "i", "o").unwrap();
        assert_eq!(new, b"h\0\x3d\xd8o\0!");
    }

    #[test]
    fn edits_stay_in_the_charset() {
        let latin = "text/plain; charset=iso-8859-1";
        assert_eq!(edited(b"caf\xe9 noir", latin, "noir", "cr\u{e8}me").unwrap(), b"caf\xe9 cr\xe8me");
        assert_eq!(edited(b"caf\xe9 noir", latin, "é", "e").unwrap(), b"cafe noir");
        assert!(edited(b"caf\xe9", latin, "caf", "€").unwrap_err().contains("has no `€`"));
        assert_eq!(edited(b"caf\xe9", "text/x; charset=cp1252", "caf", "€").unwrap(), b"\x80\xe9");
        let (old, new) = (utf16("\u{feff}key 😀 end"), utf16("\u{feff}key! ☃ end"));
        let wide = "text/plain; charset=utf-16";
        assert_eq!(edited(&old, wide, "key 😀", "key! ☃").unwrap(), new);
        assert_eq!(edited(&utf16("\u{feff}a\0"), wide, "", "b").unwrap(), utf16("\u{feff}ba\0"));
    }
}
