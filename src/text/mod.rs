//! Bytes and where they came from: text that remembers its spelling, and edits that follow it back to the file.

mod edit;
mod place;
#[cfg(test)]
mod tests;
mod trace;

pub use edit::{Change, Edit, Lifted, Lifting, Refused, lift, lift_bytes, lift_through, splice};
pub use place::Place;
pub use trace::{Gaps, Joiner, Run, Runs, Slice, SourceId, Span, Spelling, Text, Unspellable, respell_runs};
