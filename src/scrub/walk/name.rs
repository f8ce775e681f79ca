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
        if let Some(known) = self.met[kind as usize].get(raw) {
            return Arc::clone(known);
        }
        let name = Arc::new(made(rules, kind, raw));
        self.keep(kind, Arc::clone(&name.raw), name)
    }

    /// Returns what the rules say about the name of a member, and about both names where the one of the object that it
    /// is in tells more.
    pub(super) fn get_in(&mut self, rules: &Rules, kind: Kind, object: &str, raw: &str) -> Arc<Name> {
        if !tells_more(object, raw) {
            return self.get(rules, kind, raw);
        }
        // No name of JSON that is met in practice holds a zero.
        let both = format!("{object}\0{raw}");
        if let Some(known) = self.met[kind as usize].get(both.as_str()) {
            return Arc::clone(known);
        }
        let mut name = made(rules, kind, raw);
        let qualified = format!("{}.{}", plain(kind, object), raw.to_ascii_lowercase());
        let more = rules.named(kind, &qualified).into_iter().filter(|rule| !name.rules.contains(rule));
        name.rules.extend(more.collect::<Vec<_>>());
        self.keep(kind, both.into(), Arc::new(name))
    }

    fn keep(&mut self, kind: Kind, key: Arc<str>, name: Arc<Name>) -> Arc<Name> {
        let met = &mut self.met[kind as usize];
        if met.len() < KEPT {
            met.insert(key, Arc::clone(&name));
        }
        name
    }
}

fn made(rules: &Rules, kind: Kind, raw: &str) -> Name {
    let plain = plain(kind, raw);
    Name {
        raw: raw.into(),
        rules: rules.named(kind, &plain),
        endpoint: if kind.is_field() { rules.named(Kind::Endpoint, &plain) } else { Vec::new() },
        sealed: opaque::sealed(&plain).is_some(),
    }
}

/// Returns whether the name of an object tells what its member is: of a short word, or of a header.
fn tells_more(object: &str, raw: &str) -> bool {
    let headers = object.len().checked_sub("headers".len()).and_then(|start| object.get(start..));
    matches!(raw, "key" | "token" | "secret")
        || headers.is_some_and(|end| end.eq_ignore_ascii_case("headers"))
}

/// Returns a name as rules have it: in lower case, that of a field without `_` and `-`.
#[must_use]
pub fn plain(kind: Kind, raw: &str) -> String {
    let separator = |c: &char| kind.is_field() && matches!(c, '_' | '-');
    raw.chars().filter(|c| !separator(c)).map(|c| c.to_ascii_lowercase()).collect()
}
