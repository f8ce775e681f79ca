//! What a stream cuts into pieces: the strings at one path of its events, joined.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::syntax::Node;
use crate::text::{Joiner, Text};

/// Collects the strings of a stream's events by their path.
#[derive(Debug, Default)]
pub(super) struct Joins {
    /// Hashes of the path so far, with the numbers that tell apart what is streamed side by side.
    path: Vec<u64>,
    strings: HashMap<u64, Vec<Text>>,
    order: Vec<u64>,
}

impl Joins {
    fn top(&self) -> u64 {
        self.path.last().copied().unwrap_or_default()
    }

    fn enter(&mut self, step: impl Hash) {
        let mut hasher = DefaultHasher::new();
        (self.top(), step).hash(&mut hasher);
        self.path.push(hasher.finish());
    }

    /// Enters a member of an object. Numbers beside it, such as `output_index`, say whose piece it is.
    pub(super) fn enter_member(&mut self, object: Node<'_>, key: &str) {
        let beside = object.entries().filter_map(|(key, value)| {
            let key = key.str()?;
            let tells = key.ends_with("index") || key.ends_with("Index") || key == "item_id";
            (tells && !value.is_map() && !value.is_list()).then(|| value.str()).flatten()
        });
        let beside: Vec<_> = beside.collect();
        self.enter((key, beside));
    }

    /// Enters an item of a list. Its place does not matter if it has a number of its own.
    pub(super) fn enter_item(&mut self, item: Node<'_>, at: usize) {
        let numbered = item.get("index").is_some();
        self.enter(if numbered { usize::MAX } else { at });
    }

    pub(super) fn leave(&mut self) {
        self.path.pop();
    }

    /// Adds a string.
    pub(super) fn add(&mut self, node: Node<'_>) {
        if !node.is_string() {
            return;
        }
        let Some(text) = node.text() else { return };
        let key = self.top();
        self.strings
            .entry(key)
            .or_insert_with(|| {
                self.order.push(key);
                Vec::new()
            })
            .push(text);
    }

    /// Returns what belongs together, where it is more than one piece.
    pub(super) fn finish(mut self) -> Vec<Text> {
        let pieces =
            self.order.iter().filter_map(|key| self.strings.remove(key)).filter(|pieces| pieces.len() > 1);
        let joined = pieces.map(|pieces| {
            let mut joiner = Joiner::default();
            for piece in &pieces {
                joiner.push(piece);
            }
            joiner.finish()
        });
        joined.collect()
    }
}
