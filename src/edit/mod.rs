//! Editing by hand: a path that reads like the JSON output names a place, which is looked at, set, or removed.
//!
//! [`place`] finds what a path means; `set` and `remove` make what is wanted of a rewriting. What a stream repeats of
//! itself, and what later requests repeat of an answer, changes with it: `repeats`.

mod address;
pub mod document;
pub mod entries;
mod header;
pub mod place;
mod remove;
mod repeats;
mod set;
mod spread;

use crate::chat;
use crate::diagnostic::Diagnostic;
use crate::load::Recording;
use crate::rewrite::{self, Rewritten};
use crate::syntax::path::Path;

pub use place::{Missing, Place, find};
pub use set::{As, Value};

/// What an edit came to.
#[derive(Debug)]
pub struct Edited {
    /// The new cassette, unless nothing changes.
    pub rewritten: Option<Rewritten>,
    /// The other interactions that changed with the one that was edited.
    pub followed: Vec<usize>,
}

/// Sets a place to a value.
///
/// # Errors
/// A [`Diagnostic`] if there is no such place, if it cannot hold the value, or if what would be written does not read as
/// intended.
pub fn set(
    recording: &Recording,
    interaction: usize,
    path: &Path,
    values: &[Value],
) -> Result<Edited, Diagnostic> {
    let found = find(recording, interaction, path).map_err(Missing::diagnostic)?;
    let set::Plan { wanted, expected, followed } = set::plan(recording, interaction, path, &found, values)?;
    let rewritten = rewrite::rewrite(recording, wanted)?;
    let refused = |what: &str| {
        let message = format!("cannot set `{path}`: {what}");
        Diagnostic::error(message, None).help("the file is left as it is")
    };
    if rewritten.is_none() && found.value(&recording.interactions[interaction]).ok() != Some(expected.clone())
    {
        return Err(refused("there is nothing in the file that could hold it"));
    }
    if let Some(rewritten) = &rewritten {
        let again = find(&rewritten.recording, interaction, path)
            .and_then(|again| again.value(&rewritten.recording.interactions[interaction]));
        match again {
            Ok(value) if value != expected => return Err(refused("it would read as something else")),
            // Nothing is said where all that is said is nothing.
            Err(_) if expected.as_str() != Some("") => return Err(refused("it would not be found any more")),
            Ok(_) | Err(_) => {}
        }
        agrees(recording, &rewritten.recording).map_err(refused)?;
    }
    Ok(Edited { rewritten, followed })
}

/// Removes a header, a parameter, a member or an item.
///
/// # Errors
/// As [`set()`].
pub fn remove(recording: &Recording, interaction: usize, path: &Path) -> Result<Edited, Diagnostic> {
    let found = find(recording, interaction, path).map_err(Missing::diagnostic)?;
    let wanted = remove::plan(recording, interaction, &found, path)?;
    let rewritten = rewrite::rewrite(recording, wanted)?;
    if let Some(rewritten) = &rewritten {
        let refused = |what: &str| {
            let message = format!("cannot remove `{path}`: {what}");
            Diagnostic::error(message, None).help("the file is left as it is")
        };
        agrees(recording, &rewritten.recording).map_err(refused)?;
    }
    Ok(Edited { rewritten, followed: Vec::new() })
}

/// Checks that streams agree with themselves as much as before.
fn agrees(old: &Recording, new: &Recording) -> Result<(), &'static str> {
    let disagreements = |recording: &Recording| {
        recording.diagnostics.iter().filter(|each| chat::is_disagreement(each)).count()
    };
    if disagreements(old) < disagreements(new) {
        return Err("the stream would no longer agree with itself");
    }
    Ok(())
}
