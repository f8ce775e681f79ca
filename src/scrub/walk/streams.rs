//! What a stream cuts into pieces: the strings at one path of its events, joined.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash};

use foldhash::fast::{FixedState, RandomState};

use super::super::{Hit, Rules};
use super::{At, Walk, opaque};
use crate::syntax::{Node, Subtree};
use crate::text::Joiner;

/// Collects the strings of a stream's events by their path.
#[derive(Debug, Default)]
pub(super) struct Joins {
    /// Hashes of the path so far, with the numbers that tell apart what is streamed side by side.
    path: Vec<u64>,
    strings: HashMap<u64, Vec<Subtree>, RandomState>,
    order: Vec<u64>,
}

impl Joins {
    fn enter(&mut self, step: impl Hash) {
        let top = self.path.last().copied().unwrap_or_default();
        self.path.push(hash(&(top, step)));
    }

    /// Returns the numbers in an object, such as `output_index`, that say whose piece what stands beside them is.
    pub(super) fn numbers(entries: &[(Cow<'_, str>, Node<'_>)]) -> u64 {
        let numbers =
            entries.iter().filter_map(|(key, value)| if Self::tells(key) { value.str() } else { None });
        numbers.fold(0, |all, number| hash(&(all, number)))
    }

    /// Returns whether a member with a name is such a number.
    pub(super) fn tells(name: &str) -> bool {
        name.ends_with("index") || name.ends_with("Index") || name == "item_id"
    }

    /// Enters a member of an object with these numbers.
    pub(super) fn enter_member(&mut self, key: &str, numbers: u64) {
        self.enter((key, numbers));
    }

    /// Enters an item of a list. Its place does not matter if it has a number of its own.
    pub(super) fn enter_item(&mut self, item: Node<'_>, at: usize) {
        let numbered = item.get("index").is_some();
        self.enter(if numbered { usize::MAX } else { at });
    }

    pub(super) fn leave(&mut self) {
        self.path.pop();
    }

    /// Returns what the strings at the place reached go by.
    pub(super) fn path(&self) -> u64 {
        self.path.last().copied().unwrap_or_default()
    }

    /// Adds a string at the place reached.
    pub(super) fn add(&mut self, node: Node<'_>) {
        self.add_to(self.path(), node);
    }

    /// Adds a string at a place.
    pub(super) fn add_to(&mut self, key: u64, node: Node<'_>) {
        if !node.is_string() {
            return;
        }
        let strings = self.strings.entry(key).or_insert_with(|| {
            self.order.push(key);
            Vec::new()
        });
        strings.push(node.subtree());
    }

    /// Returns what belongs together, where it is more than one piece.
    pub(super) fn finish(mut self) -> Vec<Vec<Subtree>> {
        let pieces = self.order.iter().filter_map(|key| self.strings.remove(key));
        pieces.filter(|pieces| pieces.len() > 1).collect()
    }
}

/// The hashes live no longer than a walk, and a chance find joins two texts at worst.
fn hash(value: &impl Hash) -> u64 {
    FixedState::default().hash_one(value)
}

impl Walk<'_> {
    /// Looks at strings of a stream that belong together.
    pub(super) fn joined(&mut self, pieces: &[Subtree]) {
        // What is the same in every event is no text in pieces.
        let first = pieces.first().and_then(|piece| piece.node().str());
        if pieces.iter().all(|piece| piece.node().str() == first) {
            return;
        }
        let mut whole = String::new();
        let mut ends = Vec::with_capacity(pieces.len());
        for piece in pieces {
            whole += &piece.node().str().unwrap_or_default();
            ends.push(whole.len());
        }
        let language = opaque::language(&whole);
        if opaque::is_value(&whole)
            || (language.is_none() && !self.rules.may_match(&whole) && !self.values.may_match(&whole))
        {
            return;
        }
        let mut joiner = Joiner::default();
        for piece in pieces.iter().filter_map(|piece| piece.node().text()) {
            joiner.push(&piece);
        }
        let text = joiner.finish();
        if text.as_str() != whole {
            return;
        }
        let before = self.found.len();
        self.within("events", |walk| {
            let mut hits = Vec::new();
            if !language.is_some_and(|language| walk.inside(language, &At::Text(&text), &mut hits)) {
                walk.search(&whole, &mut hits);
                hits.retain(|hit| !is_repeated(walk.rules, &whole, &ends, hit));
                walk.report(hits, &At::Text(&text), false);
            }
        });
        let mut new = self.found.split_off(before);
        // What was found in a piece of it alone is part of this.
        self.found.retain(|earlier| !new.iter().any(|whole| whole.text.shares(&earlier.text)));
        for found in &mut new {
            found.joined = true;
        }
        self.found.append(&mut new);
    }
}

/// Returns whether what was found lies in one piece, or in pieces each of which is found by itself: the same id in
/// every event is no long id in pieces.
fn is_repeated(rules: &Rules, whole: &str, ends: &[usize], hit: &Hit) -> bool {
    let first = ends.partition_point(|end| *end <= hit.range.start);
    let last = ends.partition_point(|end| *end < hit.range.end);
    first >= last
        || (first..=last.min(ends.len() - 1)).all(|piece| {
            let start = if piece == 0 { 0 } else { ends[piece - 1] };
            let mut alone = Vec::new();
            rules.in_text(&whole[start..ends[piece]], &mut alone);
            alone.iter().any(|found| found.range == (0..ends[piece] - start))
        })
}
