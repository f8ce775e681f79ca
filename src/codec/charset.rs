//! Text in another charset than UTF-8, as the content type names it.
//!
//! Latin-1, Windows-1252 and UTF-16 cover what is recorded, so no crate is needed: each character stands for itself
//! and is traced to its bytes, which a whole-text converter would not do.

use crate::diagnostic::{Diagnostic, Parsed};
use crate::text::{Change, Run, Slice, Spelling, Unspellable};

/// Returns a body as text if it is not UTF-8 and `content_type` names a charset it can be read in.
#[must_use]
pub fn charset(slice: Slice, content_type: &str) -> Parsed<Slice> {
    let named = parameter(content_type).and_then(|name| Charset::named(&name, slice.bytes()));
    let Some(charset) = named.filter(|charset| charset.fits(&slice)) else {
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

/// Returns the charset parameter of a content type, in lower case.
fn parameter(content_type: &str) -> Option<String> {
    let mut parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
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
fn windows(byte: u8) -> char {
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

    fn runs(&self, outer: &[u8]) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let (mut value, mut at) = (0, self.mark(outer));
        self.decode(outer, |character, length| {
            let width = character.map_or(char::REPLACEMENT_CHARACTER.len_utf8(), char::len_utf8);
            let verbatim = width == 1 && length == 1;
            match runs.last_mut() {
                Some(run) if verbatim && run.verbatim => {
                    run.value.end += 1;
                    run.outer.end += 1;
                }
                _ => runs.push(Run { value: value..value + width, outer: at..at + length, verbatim }),
            }
            value += width;
            at += length;
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
        // Changes begin and end between characters, and only characters that stand for themselves share a run.
        let place = |at: usize| match runs.get(runs.partition_point(|run| run.value.end <= at)) {
            Some(run) => run.outer.start + (at - run.value.start),
            None => runs.last().map_or(self.mark(outer), |run| run.outer.end),
        };
        let respell = |change: &Change| {
            let mut new = Vec::with_capacity(change.new.len());
            for character in change.text().chars() {
                self.encode(character, &mut new)
                    .ok_or_else(|| Unspellable(format!("{} has no `{character}`", self.name())))?;
            }
            Ok(Change { range: place(change.range.start)..place(change.range.end), new })
        };
        changes.iter().map(respell).collect()
    }
}
