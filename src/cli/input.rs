//! Reading the files that a command works on.

use super::files::{self, Source};
use crate::cassette::Beside;
use crate::diagnostic::Diagnostic;
use crate::format::{self, EMPTY_LIST, Format};
use crate::load::{self, ReadBeside, Recording, Unreadable};
use crate::render::snippet;
use crate::text::{SourceId, Text};
use crate::view::place::{self, Place, Places};

/// A format named on the command line.
#[derive(Clone, Copy)]
pub(super) struct FormatIn(pub(super) &'static dyn Format);

impl std::fmt::Debug for FormatIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name())
    }
}

/// Reads the name of a format.
pub(super) fn format_in(name: &str) -> Result<FormatIn, String> {
    format::by_name(name).map(FormatIn).ok_or_else(|| {
        let names: Vec<_> = format::FORMATS.iter().map(|format| format.name()).collect();
        format!("the formats are {}", names.join(", "))
    })
}

/// What a file came to.
pub(super) enum Opened {
    /// A cassette, and its size.
    Cassette(Box<Recording>, usize),
    /// Found in a folder, and no cassette.
    PassedOver,
    /// It cannot be read.
    Failed(Box<Failed>),
}

/// Why a file cannot be read.
pub(super) struct Failed {
    /// What is wrong.
    pub(super) diagnostic: Diagnostic,
    /// The file's text, as far as there is any.
    text: Option<String>,
    /// The file's size, if it could be read from the disk.
    pub(super) bytes: Option<usize>,
    /// Whether it may well be something else than a cassette.
    pub(super) unknown: bool,
}

impl Failed {
    /// Returns why something could not be done with a recording that was read.
    pub(super) fn new(diagnostic: Diagnostic, recording: &Recording) -> Self {
        let text = recording.file.text().map(|text| text.as_str().to_owned());
        Self { diagnostic, text, bytes: Some(recording.file.original().len()), unknown: false }
    }

    /// Returns whether there is nothing in the file.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_some() && self.text.as_ref().is_some_and(|text| text.trim().is_empty())
    }

    /// Returns whether what is wrong stands behind what was read.
    fn is_past_limit(&self) -> bool {
        self.diagnostic.at.is_none_or(|span| span.start as u64 >= files::LIMIT)
    }

    /// Returns where it is wrong.
    pub(super) fn place(&self) -> Option<Place> {
        let (text, at) = self.text.as_ref().zip(self.diagnostic.at)?;
        Some(place::of(text.as_bytes(), at.start))
    }

    /// Returns the message for the standard error.
    pub(super) fn message(&self, name: &str, colour: bool) -> String {
        snippet::render(&self.diagnostic, name, self.text.as_deref(), None, colour) + "\n"
    }
}

/// Returns a message about a recording for the standard error.
pub(super) fn message(diagnostic: &Diagnostic, name: &str, recording: &Recording, colour: bool) -> String {
    let text = recording.file.text();
    let place = diagnostic.at.map(|at| Places::new(&recording.file).of(at.start));
    snippet::render(diagnostic, name, text.as_ref().map(Text::as_str), place, colour) + "\n"
}

/// How far a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Depth {
    /// To its bodies, and those in files beside it.
    Bodies,
    /// To what was said in each call.
    Calls,
    /// To the conversations that the calls make.
    Conversations,
}

/// Reads a file, and the files beside it that hold its bodies.
pub(super) fn open(source: &Source, format: Option<FormatIn>, depth: Depth) -> Opened {
    let (bytes, whole) = match files::read(&source.path) {
        Ok(read) => read,
        Err(error) => {
            let reason = format!("cannot read the file: {}", files::reason(&error));
            return unread(Diagnostic::error(reason, None));
        }
    };
    let beside = |beside: &Beside| files::beside(&source.path, beside);
    let opened = read(source.named, bytes, format, &beside, depth);
    if whole { opened } else { cut(opened) }
}

/// Returns what there is to say of a file of which only the beginning was read.
fn cut(opened: Opened) -> Opened {
    let too_long = format!("the file has more than {} MiB, which no recording has", files::LIMIT >> 20);
    match opened {
        Opened::Failed(mut failed) if failed.is_past_limit() => {
            failed.diagnostic.message = too_long;
            Opened::Failed(failed)
        }
        // The beginning may read well, and would be written back without the end.
        Opened::Cassette(..) => unread(Diagnostic::error(too_long, None)),
        other => other,
    }
}

/// Returns why there is nothing to read.
pub(super) fn unread(diagnostic: Diagnostic) -> Opened {
    Opened::Failed(Box::new(Failed { diagnostic, text: None, bytes: None, unknown: false }))
}

/// Reads the bytes of a file, and with `beside` the files that hold its bodies.
pub(super) fn read(
    named: bool,
    bytes: Vec<u8>,
    format: Option<FormatIn>,
    beside: &ReadBeside<'_>,
    depth: Depth,
) -> Opened {
    let size = bytes.len();
    match load::read_bodies(SourceId(0), bytes, format.map(|FormatIn(format)| format), beside) {
        // Nobody knows that it is a cassette, but who names it.
        Ok(recording) if !named && recording.format == EMPTY_LIST.name() => Opened::PassedOver,
        Ok(mut recording) => {
            if depth >= Depth::Calls {
                load::understand(&mut recording);
            }
            if depth >= Depth::Conversations {
                load::follow(&mut recording);
            }
            Opened::Cassette(Box::new(recording), size)
        }
        Err(unreadable) if !named && unreadable.unknown => Opened::PassedOver,
        Err(unreadable) => {
            let Unreadable { diagnostic, unknown, text } = unreadable;
            Opened::Failed(Box::new(Failed { diagnostic, text: Some(text), bytes: Some(size), unknown }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_which_only_the_beginning_was_read_is_no_cassette() {
        let beginning = b"version: 1\ninteractions:\n- request: {uri: 'http://x/', method: GET}\n  response: {status: {code: 200}}\n";
        let read = || read(true, beginning.to_vec(), None, &|_| Err(String::new()), Depth::Bodies);
        assert!(matches!(read(), Opened::Cassette(..)));
        let Opened::Failed(failed) = cut(read()) else { panic!("half a file is a cassette") };
        assert!(failed.diagnostic.message.contains("more than 256 MiB"), "{}", failed.diagnostic.message);
    }
}
