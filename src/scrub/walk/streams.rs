//! What comes in pieces: the strings at one path of a stream's events, or of a list, joined.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash};

use foldhash::fast::{FixedState, RandomState};

use super::super::{Hit, Rules};
use super::name::Name;
use super::{At, Walk, opaque};
use crate::syntax::{Node, Subtree};
use crate::text::{Joiner, Text};

/// A string that may be a piece of a longer text.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Node(Subtree),
    /// The data of an event that is no JSON.
    Text(Text),
}

impl Piece {
    fn str(&self) -> Cow<'_, str> {
        match self {
            Self::Node(node) => node.node().str().unwrap_or_default(),
            Self::Text(text) => Cow::Borrowed(text.as_str()),
        }
    }

    fn text(&self) -> Option<Text> {
        match self {
            Self::Node(node) => node.node().text(),
            Self::Text(text) => Some(text.clone()),
        }
    }
}

/// Strings that belong together.
#[derive(Debug)]
pub(super) struct Pieces {
    pieces: Vec<Piece>,
    /// Whether they do; otherwise they may as well be the same of several things, such as the ids of calls.
    surely: bool,
}

/// What the strings at a place go by: a hash of the path there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    /// With the numbers that tell apart what is streamed side by side.
    exact: u64,
    /// Without them.
    loose: u64,
}

/// Collects the strings of a stream's events by their path.
#[derive(Debug, Default)]
pub(super) struct Joins {
    /// The way so far, step by step.
    path: Vec<Way>,
    strings: HashMap<u64, Vec<Piece>, RandomState>,
    order: Vec<Way>,
}

impl Joins {
    fn enter(&mut self, step: impl Hash, numbers: u64) {
        let Way { exact, loose } = self.way();
        let loose = hash(&(loose, step));
        // Few strings have a number on the way.
        let same = numbers == 0 && exact == self.way().loose;
        self.path.push(Way { exact: if same { loose } else { hash(&(exact, loose, numbers)) }, loose });
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

    /// Returns whether a member with a name may say what kind of item its list has here.
    pub(super) fn is_kind(name: &str) -> bool {
        KINDS.contains(&name)
    }

    /// Enters a member of an object with these numbers.
    pub(super) fn enter_member(&mut self, key: &str, numbers: u64) {
        self.enter(key, numbers);
    }

    /// Enters an item of a list. Its place does not matter if it has a number of its own, or if it is a piece of text:
    /// of these an event may hold two, or one that is no thought any more.
    pub(super) fn enter_item(&mut self, item: Node<'_>, at: usize, list: Option<&Name>) {
        let [index, text, token] = item.members(["index", "text", "token"]);
        if index.is_some() || (item.is_string() && list.is_some_and(is_list_of_pieces)) {
            self.enter(usize::MAX, 0);
        } else if text.or(token).is_some_and(Node::is_string) {
            let kinds = item.members(KINDS).map(|kind| kind.and_then(Node::str));
            self.enter(kinds, 0);
        } else {
            self.enter(at, 0);
        }
    }

    pub(super) fn leave(&mut self) {
        self.path.pop();
    }

    /// Returns what the strings at the place reached go by.
    pub(super) fn way(&self) -> Way {
        self.path.last().copied().unwrap_or_default()
    }

    /// Adds a string at the place reached.
    pub(super) fn add(&mut self, node: Node<'_>) {
        self.add_to(self.way(), node);
    }

    /// Adds a string at a place.
    pub(super) fn add_to(&mut self, way: Way, node: Node<'_>) {
        if node.is_string() {
            self.push(way, Piece::Node(node.subtree()));
        }
    }

    /// Adds the data of an event that is no JSON, by the event's name.
    pub(super) fn add_data(&mut self, name: Option<&str>, data: &Text) {
        let key = hash(&("data", name));
        self.push(Way { exact: key, loose: key }, Piece::Text(data.clone()));
    }

    fn push(&mut self, way: Way, piece: Piece) {
        let strings = self.strings.entry(way.exact).or_insert_with(|| {
            self.order.push(way);
            Vec::new()
        });
        strings.push(piece);
    }

    /// Returns what belongs together, where it is more than one piece. A number that is never the same twice is the
    /// place of a piece, and not whose it is.
    pub(super) fn finish(mut self) -> Vec<Pieces> {
        let mut places: HashMap<u64, Vec<Piece>, RandomState> = HashMap::default();
        let mut whole = Vec::new();
        let mut alone = Vec::new();
        for way in std::mem::take(&mut self.order) {
            let Some(mut pieces) = self.strings.remove(&way.exact) else { continue };
            if pieces.len() > 1 {
                whole.push(Pieces { pieces, surely: true });
            } else if way.exact != way.loose {
                let places = places.entry(way.loose).or_insert_with(|| {
                    alone.push(way.loose);
                    Vec::new()
                });
                places.append(&mut pieces);
            }
        }
        let by_place = alone.iter().filter_map(|way| places.remove(way)).filter(|pieces| pieces.len() > 1);
        whole.extend(by_place.map(|pieces| Pieces { pieces, surely: false }));
        whole
    }
}

/// Members that say what kind of item a list has at a place.
const KINDS: [&str; 2] = ["type", "thought"];

/// Lists that hold one text in pieces, by their names: those of strings (Replicate, completions of `OpenAI`), and those of
/// objects that each have a piece and its probability (`OpenAI`, TGI; provider documentation).
const IN_PIECES: [&str; 2] = ["output", "tokens"];

/// Returns whether the items of a list are pieces of one text.
pub(super) fn is_in_pieces(list: Node<'_>, name: Option<&Name>) -> bool {
    let Some(first) = list.items().next() else { return false };
    if first.is_map() {
        let [piece, text, probability] = first.members(["token", "text", "logprob"]);
        return probability.is_some() && piece.or(text).is_some_and(Node::is_string);
    }
    first.is_string() && name.is_some_and(is_list_of_pieces)
}

fn is_list_of_pieces(name: &Name) -> bool {
    IN_PIECES.contains(&&*name.raw)
}

/// The hashes live no longer than a walk, and a chance find joins two texts at worst.
fn hash(value: &impl Hash) -> u64 {
    FixedState::default().hash_one(value)
}

/// Returns whether each piece is the one before and more: all of the text so far.
fn is_cumulative(pieces: &[Piece]) -> bool {
    let grows = |pair: &[Piece]| pair[1].str().starts_with(&*pair[0].str());
    let first = pieces.iter().map(Piece::str).find(|piece| !piece.is_empty());
    // The same again, such as an id, is no more of the text.
    pieces.windows(2).all(grows) && pieces.last().map(Piece::str) != first
}

impl Walk<'_> {
    /// Looks at the items of a list that are pieces of one text, one by one and as a whole.
    pub(super) fn pieces(&mut self, list: Node<'_>, name: Option<&Name>) {
        let outer = self.joins.replace(Joins::default());
        let slots = self.slots.take();
        self.items(list, name);
        self.slots = slots;
        let joins = std::mem::replace(&mut self.joins, outer).unwrap_or_default();
        self.join(joins);
    }

    /// Looks at what was collected.
    pub(super) fn join(&mut self, joins: Joins) {
        for pieces in joins.finish() {
            self.joined(&pieces);
        }
    }

    /// Looks at strings that belong together.
    fn joined(&mut self, Pieces { pieces, surely }: &Pieces) {
        // What is the same in every event is no text in pieces.
        let first = pieces.first().map(Piece::str);
        if pieces.iter().all(|piece| Some(piece.str()) == first) {
            return;
        }
        if is_cumulative(pieces) {
            return self.cumulative(pieces);
        }
        let mut whole = String::new();
        let mut ends = Vec::with_capacity(pieces.len());
        for piece in pieces {
            whole += &piece.str();
            ends.push(whole.len());
        }
        let language = opaque::language(&whole).filter(|_| *surely);
        if opaque::is_value(&whole)
            || (language.is_none() && !self.rules.may_match(&whole) && !self.values.may_match(&whole))
        {
            return;
        }
        let mut joiner = Joiner::default();
        for piece in pieces.iter().filter_map(Piece::text) {
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
                hits.retain(|hit| {
                    (*surely || walk.rules.goes(hit)) && !is_repeated(walk.rules, &whole, &ends, hit)
                });
                walk.report(hits, &At::Text(&text), false);
            }
        });
        for found in &mut self.found[before..] {
            found.joined = true;
        }
        self.replace_parts(before);
    }

    /// Looks at pieces that each hold all of the text so far: of what is found in the last one, the others hold the
    /// beginning, which no rule knows.
    fn cumulative(&mut self, pieces: &[Piece]) {
        let Some(last) = pieces.last().map(Piece::str) else { return };
        if !self.rules.may_match(&last) && !self.values.may_match(&last) {
            return;
        }
        let mut all = Vec::new();
        self.search(&last, &mut all);
        let before = self.found.len();
        self.within("events", |walk| {
            for text in pieces.iter().filter_map(Piece::text) {
                let begun = all.iter().filter(|hit| hit.range.start < text.len());
                let cut =
                    |hit: &Hit| Hit { range: hit.range.start..hit.range.end.min(text.len()), ..hit.clone() };
                let hits =
                    begun.map(cut).filter(|hit| text.as_str().is_char_boundary(hit.range.end)).collect();
                walk.report(hits, &At::Text(&text), false);
            }
        });
        self.replace_parts(before);
    }

    /// Drops what was found before in a piece alone: it is part of what was found since.
    fn replace_parts(&mut self, before: usize) {
        let mut new = self.found.split_off(before);
        self.found.retain(|earlier| !new.iter().any(|whole| whole.text.shares(&earlier.text)));
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
