//! Lines and columns, as editors count them.

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Severity};
use crate::format::{Behind, File};

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

/// Returns the place of an offset of a file. Offsets past the end count as the end.
#[must_use]
pub fn of(file: &[u8], offset: usize) -> Place {
    let before = &file[..offset.min(file.len())];
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    Place { line, column }
}

/// Finds places of one file, quickly if each lies behind the one before: a line of a recording may hold all of it.
#[derive(Debug)]
pub struct Places<'f> {
    file: &'f [u8],
    /// How the file was changed for those who look at it, if it was.
    behind: Option<&'f Behind>,
    /// An offset between characters, and its place.
    last: (usize, Place),
}

impl<'f> Places<'f> {
    /// Returns the finder of a file's places, as an editor shows them.
    #[must_use]
    pub fn new(file: &'f File) -> Self {
        let (bytes, behind) = (file.in_editor(0).0, file.behind.as_ref());
        Self { file: bytes, behind, last: (0, Place { line: 1, column: 1 }) }
    }

    /// Returns the place of an offset, as [`of`] does.
    pub fn of(&mut self, offset: usize) -> Place {
        let offset = self.behind.map_or(offset, |behind| behind.offset(offset));
        let offset = offset.min(self.file.len());
        let (from, start) = self.last;
        let Some(between) = self.file.get(from..offset) else { return of(self.file, offset) };
        let lines = memchr::memchr_iter(b'\n', between).count();
        let behind = memchr::memrchr(b'\n', between).map_or(between, |at| &between[at + 1..]);
        let columns = String::from_utf8_lossy(behind).chars().count();
        let column = if lines == 0 { start.column + columns } else { columns + 1 };
        let place = Place { line: start.line + lines, column };
        // Within a character, counting on would count it twice.
        if self.file.get(offset).is_none_or(|byte| byte & 0xC0 != 0x80) {
            self.last = (offset, place);
        }
        place
    }
}

/// Why a file cannot be shown.
#[derive(Debug, Serialize)]
pub struct Failure {
    /// What is wrong.
    pub message: String,
    /// Line of the file, from 1.
    pub line: Option<usize>,
    /// Column, from 1, in characters.
    pub column: Option<usize>,
}

impl Failure {
    /// Returns a message with its place.
    #[must_use]
    pub fn new(message: String, place: Option<Place>) -> Self {
        Self { message, line: place.map(|place| place.line), column: place.map(|place| place.column) }
    }
}

/// A file that cannot be read.
#[derive(Debug, Serialize)]
pub struct Unreadable {
    /// As given on the command line, or below a folder given there.
    pub path: String,
    /// Its size, if that is known.
    pub bytes: Option<usize>,
    /// Why it cannot be read.
    pub error: Failure,
}

impl Unreadable {
    /// Returns a file with the reason and its place.
    #[must_use]
    pub fn new(path: String, bytes: Option<usize>, message: String, place: Option<Place>) -> Self {
        Self { path, bytes, error: Failure::new(message, place) }
    }
}

/// A diagnostic, as programs read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// `note`, `warning` or `error`.
    pub severity: &'static str,
    /// What is wrong.
    pub message: String,
    /// Line of the file, from 1.
    pub line: Option<usize>,
    /// Column, from 1, in characters.
    pub column: Option<usize>,
    /// What helps.
    pub help: Option<String>,
}

impl Remark {
    /// Returns a diagnostic with its place in the file.
    #[must_use]
    pub fn new(diagnostic: &Diagnostic, places: &mut Places<'_>) -> Self {
        let place = diagnostic.at.map(|span| places.of(span.start));
        Self {
            severity: match diagnostic.severity {
                Severity::Note => "note",
                Severity::Warning => "warning",
                Severity::Error => "error",
            },
            message: diagnostic.message.clone(),
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
            help: diagnostic.help.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Change, Slice, SourceId};

    #[test]
    fn places_of_a_masked_file_are_those_of_the_file_on_the_disk() {
        let slice = |text: &str| Slice::source(SourceId(0), text.as_bytes().to_vec());
        let change = Change { range: 2..7, new: b"m".to_vec() };
        let behind = Behind { bytes: slice("a\nb\nc\nd\n"), changes: vec![change] };
        let file = File { bytes: slice("a\nmd\n"), tree: None, packed: None, behind: Some(behind) };
        let mut places = Places::new(&file);
        assert_eq!(places.of(0), Place { line: 1, column: 1 });
        assert_eq!(places.of(2), Place { line: 2, column: 1 });
        assert_eq!(places.of(3), Place { line: 4, column: 2 });
    }

    #[test]
    fn columns_count_characters_from_one() {
        assert_eq!(of(b"", 0), Place { line: 1, column: 1 });
        assert_eq!(of("a\néb".as_bytes(), 5), Place { line: 2, column: 3 });
        assert_eq!(of(b"a\n", 99), Place { line: 2, column: 1 });
        let file = "a\né日b\n\nc".as_bytes();
        let bytes = Slice::source(SourceId(0), file.to_vec());
        let whole = File { bytes, tree: None, packed: None, behind: None };
        let mut places = Places::new(&whole);
        for offset in (0..=file.len()).chain([3, 2, 99, 0]) {
            assert_eq!(places.of(offset), of(file, offset), "{offset}");
        }
    }
}
