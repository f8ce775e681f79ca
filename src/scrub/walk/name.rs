//! What the rules say about a name, worked out once for each name.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::super::Rules;
use super::super::rule::Kind;
use super::opaque;

/// A name that was met.
#[derive(Debug)]
pub(super) struct Name {
    /// As it is written.
    pub(super) raw: Arc<str>,
    /// The rules that go by it.
    pub(super) rules: Vec<usize>,
    /// The rules that go by it where tokens are given out.
    pub(super) endpoint: Vec<usize>,
    /// Whether its values are sealed: what looks like a credential in them is chance.
    pub(super) sealed: bool,
}

/// The names met so far.
#[derive(Debug, Default)]
pub(in super::super) struct Names {
    met: [HashMap<Arc<str>, Arc<Name>, RandomState>; Kind::COUNT],
}

/// So many names are kept: a hostile file has a new one in every line.
const KEPT: usize = 20_000;

impl Names {
    /// Returns what the rules say about a name.
    pub(super) fn get(&mut self, rules: &Rules, kind: Kind, raw: &str) -> Arc<Name> {
        let met = &mut self.met[kind as usize];
        if let Some(known) = met.get(raw) {
            return Arc::clone(known);
        }
        let plain = plain(kind, raw);
        let name = Arc::new(Name {
            raw: raw.into(),
            rules: rules.named(kind, &plain),
            endpoint: if kind.is_field() { rules.named(Kind::Endpoint, &plain) } else { Vec::new() },
            sealed: opaque::sealed(&plain).is_some(),
        });
        if met.len() < KEPT {
            met.insert(Arc::clone(&name.raw), Arc::clone(&name));
        }
        name
    }
}

/// Returns a name as rules have it: in lower case, that of a field without `_` and `-`.
#[must_use]
pub fn plain(kind: Kind, raw: &str) -> String {
    let separator = |c: &char| kind.is_field() && matches!(c, '_' | '-');
    raw.chars().filter(|c| !separator(c)).map(|c| c.to_ascii_lowercase()).collect()
}
