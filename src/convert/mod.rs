//! A cassette as another recorder would have written it, and what of it that recorder does not keep.
//!
//! Unlike an edit, this writes a whole file. It is read back, and must say the same, before anyone gets it.

mod compare;
mod lost;
mod plain;

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::format::write::{Plain, Writer};
use crate::format::{self, Format};
use crate::load::{self, Recording};
use crate::text::SourceId;

/// A cassette in another format.
#[derive(Debug)]
pub struct Converted {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many exchanges it holds.
    pub exchanges: usize,
    /// What it does not hold or holds otherwise, in words, each with how often that is so.
    pub losses: Vec<(String, usize)>,
}

/// What is lost, by what it is.
#[derive(Debug, Default)]
struct Losses(BTreeMap<String, usize>);

impl Losses {
    fn add(&mut self, what: &str) {
        match self.0.get_mut(what) {
            Some(count) => *count += 1,
            None => {
                self.0.insert(what.to_owned(), 1);
            }
        }
    }
}

/// An exchange to write.
struct Exchange {
    /// Number of its entry.
    entry: usize,
    plain: Plain,
    /// What the bodies of request and response say, decoded.
    bodies: [Vec<u8>; 2],
}

/// Writes a recording in a format.
///
/// # Errors
/// A diagnostic if what was written would not be read as the same exchanges.
pub fn convert(
    recording: &Recording,
    to: &'static dyn Format,
    writer: &Writer,
) -> Result<Converted, Diagnostic> {
    let mut losses = Losses::default();
    let entries = recording.interactions.iter().enumerate();
    let exchanges: Vec<Exchange> = entries
        .filter_map(|(entry, recorded)| plain::exchange(entry, recorded, writer, &mut losses))
        .collect();
    let plains: Vec<Plain> = exchanges.iter().map(|exchange| exchange.plain.clone()).collect();
    let bytes = (writer.write)(&plains).into_bytes();
    let trouble = |why: String| {
        Diagnostic::error(format!("cannot be written as {}: {why}", to.name()), None)
            .help("nothing is written; please report this if the cassette is a usual one")
    };
    // An empty file tells little of its format.
    let known = exchanges.is_empty().then_some(to);
    let new = load::read_bodies(SourceId(0), bytes.clone(), known, &|_| Err(String::new())).map_err(
        |unreadable| trouble(format!("the result is not read: {}", unreadable.diagnostic.message)),
    )?;
    if new.format != to.name() {
        return Err(trouble(format!("the result would be read as {}", new.format)));
    }
    compare::same(&exchanges, &new, &mut losses).map_err(trouble)?;
    let mut losses: Vec<_> = losses.0.into_iter().collect();
    losses.extend(lost::notes(recording, &exchanges, &new));
    Ok(Converted { bytes, exchanges: exchanges.len(), losses })
}

/// Returns the format that a file's ending names, if that can be no other.
#[must_use]
pub fn by_ending(ending: &str) -> Option<(&'static dyn Format, &'static Writer)> {
    format::written().find(|(_, writer)| writer.endings.iter().any(|own| own.eq_ignore_ascii_case(ending)))
}
