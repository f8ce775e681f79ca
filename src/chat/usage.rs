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

impl Usage {
    /// Takes over what `node` says, field by field: reports are cumulative, so the last number wins, none is added.
    pub fn merge(&mut self, node: Node<'_>, names: &UsageNames) {
        let find = |paths: &[Path]| paths.iter().find_map(|path| node.at(path)?.count());
        let fields = [
            (&mut self.input, names.input),
            (&mut self.output, names.output),
            (&mut self.total, names.total),
            (&mut self.cached, names.cached),
            (&mut self.cache_write, names.cache_write),
            (&mut self.reasoning, names.reasoning),
        ];
        for (field, paths) in fields {
            if let Some(count) = find(paths) {
                *field = Some(count);
            }
        }
        if let Value::Object(object) = node.json() {
            let raw = self.raw.get_or_insert_default();
            raw.extend(object.into_iter().filter(|(_, value)| !value.is_null()));
        }
    }
}
