//! Values to be found wherever they stand: what one answer brought up may come back in any later request.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Match, MatchKind};

/// Some values, ready for searching.
#[derive(Debug, Default)]
pub struct Values {
    automaton: Option<AhoCorasick>,
    overlapping: bool,
}

impl Values {
    /// Makes values ready: where one stands inside another, only the other is found.
    #[must_use]
    pub fn new<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let mut builder = AhoCorasickBuilder::new();
        let automaton = builder.match_kind(MatchKind::LeftmostLongest).build(values).ok();
        Self { automaton, overlapping: false }
    }

    /// Makes values ready, to be found also where they stand inside each other.
    #[must_use]
    pub fn overlapping<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        Self { automaton: AhoCorasick::new(values).ok(), overlapping: true }
    }

    /// Returns whether values are found also where they stand inside each other.
    #[must_use]
    pub fn are_overlapping(&self) -> bool {
        self.overlapping
    }

    /// Returns whether a text holds one of the values.
    #[must_use]
    pub fn may_match(&self, text: &str) -> bool {
        self.automaton.as_ref().is_some_and(|values| values.is_match(text))
    }

    /// Calls `found` with the index and the range of each value, and whether it is a word of its own.
    pub fn find(&self, text: &str, mut found: impl FnMut(usize, Range<usize>, bool)) {
        let Some(values) = &self.automaton else { return };
        let word = |c: char| c.is_ascii_alphanumeric();
        let mut each = |value: Match| {
            let alone = !text[..value.start()].ends_with(word) && !text[value.end()..].starts_with(word);
            found(value.pattern().as_usize(), value.range(), alone);
        };
        if self.overlapping {
            values.find_overlapping_iter(text).for_each(&mut each);
        } else {
            values.find_iter(text).for_each(&mut each);
        }
    }
}
