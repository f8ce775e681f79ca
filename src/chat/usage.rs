//! Tokens: the provider's own numbers under common names.

use serde_json::{Map, Value};

use crate::syntax::Node;

/// Token counts of one answer. What the wire does not say is absent; nothing is computed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// Tokens read. Whether cached ones count is the provider's business.
    pub input: Option<u64>,
    /// Tokens written.
    pub output: Option<u64>,
    /// The provider's sum.
    pub total: Option<u64>,
    /// Tokens read from a cache.
    pub cached: Option<u64>,
    /// Tokens written to a cache.
    pub cache_write: Option<u64>,
    /// Tokens of reasoning.
    pub reasoning: Option<u64>,
    /// The provider's object as recorded; merged, where it came in parts.
    pub raw: Option<Map<String, Value>>,
}

/// Keys from the usage object down to a number.
pub type Path = &'static [&'static str];

/// Where a provider keeps its numbers: for each, the paths to try in order.
#[derive(Clone, Copy, Debug)]
pub struct UsageNames {
    /// Tokens read.
    pub input: &'static [Path],
    /// Tokens written.
    pub output: &'static [Path],
    /// The sum.
    pub total: &'static [Path],
    /// Tokens read from a cache.
    pub cached: &'static [Path],
    /// Tokens written to a cache.
    pub cache_write: &'static [Path],
    /// Tokens of reasoning.
    pub reasoning: &'static [Path],
}

impl UsageNames {
    /// Returns all paths, in the order of the fields of [`Usage`].
    fn all(&self) -> [&'static [Path]; 6] {
        [self.input, self.output, self.total, self.cached, self.cache_write, self.reasoning]
    }
}

impl Usage {
    /// Takes over what `node` says, field by field: reports are cumulative, so the last number wins, none is added.
    pub fn merge(&mut self, node: Node<'_>, names: &UsageNames) {
        self.count(node, names);
        self.keep(node, |_| true);
    }

    /// Takes over counts that stand among other fields: only those that `names` speaks of are usage.
    pub fn merge_beside(&mut self, node: Node<'_>, names: &UsageNames) {
        self.count(node, names);
        self.keep(node, |key| {
            names.all().iter().flat_map(|paths| paths.iter()).any(|path| path.first() == Some(&key))
        });
    }

    fn count(&mut self, node: Node<'_>, names: &UsageNames) {
        let find = |paths: &[Path]| paths.iter().find_map(|path| node.at(path)?.count());
        let fields = [
            &mut self.input,
            &mut self.output,
            &mut self.total,
            &mut self.cached,
            &mut self.cache_write,
            &mut self.reasoning,
        ];
        for (field, paths) in fields.into_iter().zip(names.all()) {
            if let Some(count) = find(paths) {
                *field = Some(count);
            }
        }
    }

    fn keep(&mut self, node: Node<'_>, wanted: impl Fn(&str) -> bool) {
        let entries = node.entries().filter(|(_, value)| !value.is_null());
        let entries = entries.filter_map(|(key, value)| Some((key.str()?.into_owned(), value)));
        for (key, value) in entries.filter(|(key, _)| wanted(key)) {
            self.raw.get_or_insert_default().insert(key, value.json());
        }
    }
}
