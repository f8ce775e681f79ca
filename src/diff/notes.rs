//! What recorders note beside the exchanges: whatever no request and no response holds.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use super::interactions::{Matched, Unit};
use super::json::{Raw, Walk};
use super::known::Name;
use super::{Class, Difference, Side};
use crate::load::Recording;
use crate::scrub::rule::Kind;
use crate::scrub::walk::Claims;
use crate::syntax::Node;

/// What differs in the notes.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Of each pair.
    pub(super) by_pair: Vec<Vec<Difference>>,
    /// Of the file as a whole.
    pub(super) beside: Vec<Difference>,
}

/// Values of the notes, each with the way to it.
type Leaves<'r> = Vec<(String, Node<'r>)>;

/// Compares the notes.
pub(super) fn compare(
    (mut one, old): (Found<'_>, &[Unit<'_>]),
    (mut other, new): (Found<'_>, &[Unit<'_>]),
    matched: &[Matched],
    walk: &mut Walk<'_>,
) -> Notes {
    let mut notes = Notes::default();
    notes.by_pair.resize_with(matched.len(), Vec::new);
    walk.side = Side::Note;
    walk.meant.clear();
    for (at, pair) in matched.iter().enumerate() {
        let (Some(was), Some(is)) = (pair.old, pair.new) else { continue };
        let (mut left, mut right) = (one.of_unit(&old[was]), other.of_unit(&new[is]));
        if old[was].turn().is_some() {
            (left, right) = different(left, right);
        }
        walk.pair = at;
        notes.by_pair[at] = leaves(&left, &right, walk, (old[was].first, new[is].first));
    }
    walk.pair = usize::MAX;
    notes.beside = leaves(&one.beside, &other.beside, walk, (0, 0));
    if (one.left == 0 || other.left == 0) && one.bytes != other.bytes {
        walk.give_up();
        notes.beside.extend(walk.take().into_iter().map(|raw| raw.difference));
    }
    notes
}

/// Returns, of the notes of the messages of two turns, the first at each path that the other turn does not have: how many
/// messages there are means nothing.
fn different<'r>(old: Leaves<'r>, new: Leaves<'r>) -> (Leaves<'r>, Leaves<'r>) {
    let values = |leaves: &Leaves<'r>| -> HashSet<(String, String)> {
        leaves.iter().map(|(path, node)| (path.clone(), node.json().to_string())).collect()
    };
    let (was, is) = (values(&old), values(&new));
    let first = |leaves: Leaves<'r>, others: &HashSet<(String, String)>| -> Leaves<'r> {
        let mut met = HashSet::new();
        let alone = |(path, node): &(String, Node<'r>)| {
            !others.contains(&(path.clone(), node.json().to_string())) && met.insert(path.clone())
        };
        leaves.into_iter().filter(alone).collect()
    };
    (first(old, &is), first(new, &was))
}

fn leaves(
    old: &Leaves<'_>,
    new: &Leaves<'_>,
    walk: &mut Walk<'_>,
    numbers: (usize, usize),
) -> Vec<Difference> {
    let mut others: HashMap<&str, Node<'_>> = new.iter().map(|(path, node)| (path.as_str(), *node)).collect();
    for (path, was) in old {
        let name = name(path, walk);
        walk.path.clone_from(path);
        match others.remove(path.as_str()) {
            Some(is) => walk.both(*was, is, name),
            None => walk.gone(*was, name),
        }
    }
    for (path, is) in new.iter().filter(|(path, _)| others.contains_key(path.as_str())) {
        let name = name(path, walk);
        walk.path.clone_from(path);
        walk.come(*is, name);
    }
    walk.path.clear();
    let numbered = |raw: &Raw| is_numbering(&raw.difference, numbers);
    let raw = walk.take().into_iter().filter(|raw| !numbered(raw));
    raw.map(|raw| raw.difference).collect()
}

fn name(path: &str, walk: &mut Walk<'_>) -> Name {
    let last = path.rsplit(['.', '[']).find(|step| !step.ends_with(']')).unwrap_or(path);
    let lower = last.to_ascii_lowercase();
    // Some recorders number entries, others name them by what was asked.
    if matches!(last, "_id" | "_order" | "uuid") || ["hash", "digest"].iter().any(|end| lower.ends_with(end))
    {
        return Name::Noise(Class::Ids);
    }
    // Some keep cookies once more.
    if path.contains("cookies[") {
        return Name::Noise(Class::Headers);
    }
    walk.name(Kind::Note, last)
}

/// Returns whether a recorder's number of an entry is another one because the entry stands elsewhere.
fn is_numbering(difference: &Difference, numbers: (usize, usize)) -> bool {
    let number = |value: Option<&super::Value>| match value {
        Some(super::Value::Json(json)) => json.as_u64().and_then(|number| usize::try_from(number).ok()),
        _ => None,
    };
    let (old, new) = (number(difference.change.was()), number(difference.change.is()));
    let apart = |number: usize, at: usize| number.checked_sub(at);
    old.zip(new).is_some_and(|(old, new)| {
        let (old, new) = (apart(old, numbers.0), apart(new, numbers.1));
        old.is_some() && old == new && old < Some(2)
    })
}

/// A value that no request and no response holds.
#[derive(Debug)]
pub struct Note<'r> {
    /// Number of the entry it stands in, if it stands in one.
    pub entry: Option<usize>,
    /// The way to it, as in `response.headers[0].name`: in the entry, or in the file.
    pub path: String,
    /// The value.
    pub node: Node<'r>,
}

/// Returns what a recorder keeps beside the exchanges.
#[must_use]
pub fn all(recording: &Recording) -> Vec<Note<'_>> {
    let found = Found::of(recording);
    let of = |entry| move |(path, node)| Note { entry, path, node };
    let each =
        found.each.into_iter().enumerate().flat_map(|(at, leaves)| leaves.into_iter().map(of(Some(at))));
    each.chain(found.beside.into_iter().map(of(None))).collect()
}

/// Returns the notes of a recording.
pub(super) fn found(recording: &Recording) -> Found<'_> {
    Found::of(recording)
}

/// The notes of a recording.
#[derive(Default)]
pub(super) struct Found<'r> {
    each: Vec<Leaves<'r>>,
    beside: Leaves<'r>,
    claims: Claims,
    /// Where each entry begins and ends, and its number, in the order of the file.
    spans: Vec<(usize, usize, usize)>,
    /// The way, and where what is on it begins and ends in the file and in the way.
    path: String,
    way: Vec<(usize, usize, usize)>,
    /// How many values may still be looked at.
    left: usize,
    /// The file.
    bytes: &'r [u8],
}

/// So many values are looked at: aliases make small files large.
const MOST: usize = 1_000_000;

/// Longer ways are cut.
const LONGEST: usize = 1_000;

impl<'r> Found<'r> {
    /// Takes the notes of what is compared as one.
    fn of_unit(&mut self, unit: &Unit<'_>) -> Leaves<'r> {
        unit.numbers().flat_map(|at| std::mem::take(&mut self.each[at])).collect()
    }

    fn of(recording: &'r Recording) -> Self {
        let mut found = Self { left: MOST, bytes: recording.file.bytes.bytes(), ..Self::default() };
        found.each.resize_with(recording.interactions.len(), Vec::new);
        for (at, entry) in recording.interactions.iter().enumerate() {
            found.claims.exchange(entry);
            found.spans.extend(entry.http.span.map(|span| (span.start, span.end, at)));
        }
        found.claims.settle();
        found.spans.sort_unstable();
        if let Some(tree) = &recording.file.tree {
            for document in tree.documents() {
                found.node(document);
            }
        }
        found
    }

    fn node(&mut self, node: Node<'r>) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let span = node.slice().outermost().map_or((0, 0), |span| (span.start, span.end));
        self.way.push((span.0, span.1, self.path.len()));
        let length = self.path.len();
        if node.is_map() {
            for (key, value) in node.entries() {
                let Some(key) = key.str() else { continue };
                if length + key.len() < LONGEST {
                    self.path.push_str(if length > 0 { "." } else { "" });
                    self.path.push_str(&key);
                }
                self.node(value);
                self.path.truncate(length);
            }
        } else if node.is_list() {
            for (at, item) in node.items().enumerate() {
                let _ = write!(self.path, "[{at}]");
                self.node(item);
                self.path.truncate(length);
            }
        } else if !self.claims.hold(node) {
            self.leaf(node, span);
        }
        self.way.pop();
    }

    fn leaf(&mut self, node: Node<'r>, span: (usize, usize)) {
        let before = self.spans.partition_point(|(start, ..)| *start <= span.0);
        let entry = before.checked_sub(1).map(|at| self.spans[at]).filter(|(_, end, _)| span.1 <= *end);
        match entry {
            Some((start, end, at)) => {
                let inside = self.way.iter().find(|(from, to, _)| start <= *from && *to <= end);
                let from = inside.map_or(0, |(.., from)| *from);
                let path = self.path[from..].trim_start_matches('.').to_owned();
                self.each[at].push((path, node));
            }
            None => self.beside.push((self.path.clone(), node)),
        }
    }
}
