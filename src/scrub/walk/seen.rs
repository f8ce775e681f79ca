//! Short values that nothing was found in: a stream repeats its ids and models in every event.

use std::hash::BuildHasher as _;

use foldhash::fast::FixedState;

/// Some of the values met last.
#[derive(Debug)]
pub(super) struct Seen {
    /// Each at the place that its hash gives it.
    met: Vec<Option<Box<str>>>,
}

/// So many values are kept.
const KEPT: usize = 256;

/// Longer ones are hardly repeated.
const LONGEST: usize = 128;

impl Default for Seen {
    fn default() -> Self {
        Self { met: vec![None; KEPT] }
    }
}

impl Seen {
    /// Returns whether a value is one of these.
    pub(super) fn holds(&self, value: &str) -> bool {
        value.len() <= LONGEST && self.met[place(value)].as_deref() == Some(value)
    }

    /// Adds a value in the place of another one.
    pub(super) fn add(&mut self, value: &str) {
        if value.len() <= LONGEST {
            self.met[place(value)] = Some(value.into());
        }
    }
}

fn place(value: &str) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "a part of the hash is as good as the whole")]
    let hash = FixedState::default().hash_one(value) as usize;
    hash % KEPT
}
