//! Tokens: the provider's own numbers under common names.

use serde_json::{Map, Value};

use crate::syntax::{Node, Subtree};

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
    /// Of the tokens written to a cache, those that stay for an hour.
    pub cache_write_hour: Option<u64>,
    /// Tokens that a tool of the provider read, where they are no part of the input.
    pub tool_input: Option<u64>,
    /// How the numbers overlap.
    pub apart: Apart,
    /// The provider's object as recorded; merged, where it came in parts.
    pub raw: Option<Map<String, Value>>,
    /// Where the numbers stand.
    pub places: Places,
}

/// Where the numbers of a usage stand, in the order of its fields.
#[derive(Clone, Debug, Default)]
pub struct Places([Option<Subtree>; 8]);

impl PartialEq for Places {
    /// Where numbers stand is no part of what they are.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Places {
    /// Returns the number with a name, as the JSON output has it, where it is known.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Subtree> {
        let at = Self::NAMES.iter().position(|known| *known == name)?;
        self.0[at].as_ref()
    }

    /// The names.
    pub const NAMES: [&'static str; 8] = [
        "input_tokens",
        "output_tokens",
        "total_tokens",
        "cached_tokens",
        "cache_write_tokens",
        "reasoning_tokens",
        "cache_write_hour_tokens",
        "tool_input_tokens",
    ];
}

/// Which numbers of a provider are no part of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Apart {
    /// Tokens read from and written to a cache are no part of the input.
    pub cache: bool,
    /// Tokens of reasoning are no part of the output.
    pub reasoning: bool,
}

impl Apart {
    /// All numbers are parts of input or output.
    pub const NONE: Self = Self { cache: false, reasoning: false };
    /// What a cache had to do with stands beside the input.
    pub const CACHE: Self = Self { cache: true, reasoning: false };
    /// Reasoning stands beside the output.
    pub const REASONING: Self = Self { cache: false, reasoning: true };
}

/// Tokens of one answer, each counted once: what a bill is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Billed {
    /// Read, and in no cache.
    pub fresh: u64,
    /// Read from a cache.
    pub cached: u64,
    /// Written to a cache, for minutes.
    pub cache_write: u64,
    /// Written to a cache, for an hour.
    pub cache_write_hour: u64,
    /// Written, reasoning left out.
    pub output: u64,
    /// Written as reasoning.
    pub reasoning: u64,
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
    /// Of the tokens written to a cache, those that stay for an hour.
    pub cache_write_hour: &'static [Path],
    /// Tokens that a tool of the provider read, where they are no part of the input.
    pub tool_input: &'static [Path],
    /// How the numbers overlap.
    pub apart: Apart,
}

impl Billed {
    /// Returns all tokens read, cached or not.
    #[must_use]
    pub fn read(&self) -> Option<u64> {
        let cached = self.cached.checked_add(self.cache_write)?.checked_add(self.cache_write_hour)?;
        self.fresh.checked_add(cached)
    }
}

impl UsageNames {
    /// Those of a provider that tells nothing: what others leave out.
    pub const NONE: Self = Self {
        input: &[],
        output: &[],
        total: &[],
        cached: &[],
        cache_write: &[],
        reasoning: &[],
        cache_write_hour: &[],
        tool_input: &[],
        apart: Apart::NONE,
    };

    /// Returns all paths, in the order of the fields of [`Usage`].
    fn all(&self) -> [&'static [Path]; 8] {
        [
            self.input,
            self.output,
            self.total,
            self.cached,
            self.cache_write,
            self.reasoning,
            self.cache_write_hour,
            self.tool_input,
        ]
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

    /// Returns all tokens read and written: the provider's sum or, where there is none, ours.
    #[must_use]
    pub fn all(&self) -> Option<u64> {
        self.total.or_else(|| {
            let billed = self.billed()?;
            billed.read()?.checked_add(billed.output)?.checked_add(billed.reasoning)
        })
    }

    /// Returns what a bill is made of, each token once, if input or output are reported.
    #[must_use]
    pub fn billed(&self) -> Option<Billed> {
        self.input.or(self.output)?;
        let known = |count: Option<u64>| count.unwrap_or(0);
        let (input, output) = (known(self.input), known(self.output));
        let (cached, cache_write, reasoning) =
            (known(self.cached), known(self.cache_write), known(self.reasoning));
        let hour = known(self.cache_write_hour).min(cache_write);
        let cache = if self.apart.cache { 0 } else { cached.saturating_add(cache_write) };
        // Some hosts that speak another's protocol count reasoning apart: their sums tell.
        let sum = input.saturating_add(output);
        let apart = self.apart.reasoning
            || (reasoning > 0 && sum.checked_add(reasoning).is_some_and(|sum| self.total == Some(sum)));
        Some(Billed {
            fresh: input.saturating_sub(cache).saturating_add(known(self.tool_input)),
            cached,
            cache_write: cache_write.saturating_sub(hour),
            cache_write_hour: hour,
            output: if apart { output } else { output.saturating_sub(reasoning) },
            reasoning,
        })
    }

    fn count(&mut self, node: Node<'_>, names: &UsageNames) {
        self.apart = names.apart;
        let find = |paths: &[Path]| {
            paths.iter().find_map(|path| node.at(path).and_then(|node| Some((node.count()?, node.subtree()))))
        };
        let fields = [
            &mut self.input,
            &mut self.output,
            &mut self.total,
            &mut self.cached,
            &mut self.cache_write,
            &mut self.reasoning,
            &mut self.cache_write_hour,
            &mut self.tool_input,
        ];
        for ((field, place), paths) in fields.into_iter().zip(&mut self.places.0).zip(names.all()) {
            if let Some((count, node)) = find(paths) {
                *field = Some(count);
                *place = Some(node);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_is_billed_once_however_the_provider_counts() {
        let counts = |input, output, total, cached, cache_write, reasoning| Usage {
            input: Some(input),
            output: Some(output),
            total,
            cached: Some(cached),
            cache_write: Some(cache_write),
            reasoning: Some(reasoning),
            ..Usage::default()
        };
        let parts = |usage: &Usage| {
            let billed = usage.billed().unwrap();
            [billed.fresh, billed.cached, billed.cache_write, billed.output, billed.reasoning]
        };
        // OpenAI: what is cached is a part of the input, reasoning a part of the output.
        let openai = counts(100, 50, Some(150), 60, 0, 20);
        assert_eq!((parts(&openai), openai.all()), ([40, 60, 0, 30, 20], Some(150)));
        // Anthropic: what is cached stands beside the input, and there is no sum.
        let apart = Apart::CACHE;
        let anthropic = Usage { apart, ..counts(100, 50, None, 60, 30, 0) };
        assert_eq!((parts(&anthropic), anthropic.all()), ([100, 60, 30, 50, 0], Some(240)));
        // Gemini: thoughts stand beside the output, and so does what tools read.
        let apart = Apart::REASONING;
        let gemini = Usage { apart, tool_input: Some(7), ..counts(100, 50, Some(177), 60, 0, 20) };
        assert_eq!((parts(&gemini), gemini.all()), ([47, 60, 0, 50, 20], Some(177)));
        // A host that speaks OpenAI's protocol and counts reasoning apart.
        let xai = counts(100, 50, Some(170), 0, 0, 20);
        assert_eq!(parts(&xai), [100, 0, 0, 50, 20]);
        assert_eq!(Usage::default().billed(), None);
        let absurd = counts(u64::MAX, u64::MAX, None, u64::MAX, 1, 1);
        assert_eq!(absurd.all(), None);
    }
}
