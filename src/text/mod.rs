//! Bytes and where they came from: text that remembers its spelling, and edits that follow it back to the file.

mod edit;
mod join;
mod place;
#[cfg(test)]
mod tests;
mod trace;

pub use edit::{Change, Edit, Lifted, Lifting, Refused, covered, lift, lift_bytes, lift_through, splice};
pub use join::Joiner;
pub use place::Place;
pub use trace::{Gaps, Run, Runs, Slice, SourceId, Span, Spelling, Text, Unspellable, respell_runs};
