//! Two values compared by path: members by their names, items of lists by what they say.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use super::align::{self, Item, Paired};
use super::ids::Renamed;
use super::known::{Name, Names};
use super::{Change, Class, Difference, Known, Side, Value};
use crate::scrub::rule::Kind;
use crate::syntax::Node;
use crate::text::Place;

mod leaf;
mod sign;

pub(super) use sign::hash;

/// A difference, and where it and what holds it stands in both recordings, the outermost first.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) difference: Difference,
    pub(super) old: Vec<Place>,
    pub(super) new: Vec<Place>,
}

/// Compares values, and keeps what is known of the two recordings.
pub(super) struct Walk<'k> {
    pub(super) known: &'k Known,
    names: Names,
    /// Ids that what was said names.
    ids: &'k HashSet<String>,
    pub(super) renamed: Renamed,
    /// Number of the pair that is compared.
    pub(super) pair: usize,
    pub(super) side: Side,
    /// The way to what is compared.
    pub(super) path: String,
    /// What holds what is compared.
    old: Vec<Place>,
    new: Vec<Place>,
    /// Places in which no name tells that something is noise: arguments.
    pub(super) meant: Vec<Place>,
    found: Vec<Raw>,
    left: usize,
    gave_up: bool,
    /// Number of differences found so far.
    count: usize,
}

/// So many values are compared: aliases make small files large.
const MOST: usize = 8_000_000;

/// Nobody reads more differences than this of two recordings.
const LIMIT: usize = 200_000;

/// Longer ways are cut.
const LONGEST: usize = 1_000;

/// So many of the places around a difference tell what it is about.
const AROUND: usize = 24;

/// Texts in texts are gone into so deep.
const DEEPEST: usize = 200;

/// Longer lists of numbers are one thing: a vector.
const VECTOR: usize = 16;

type Members<'t> = Vec<(Cow<'t, str>, Node<'t>)>;

impl<'k> Walk<'k> {
    pub(super) fn new(known: &'k Known, ids: &'k HashSet<String>) -> Self {
        Self {
            known,
            names: Names::default(),
            ids,
            renamed: Renamed::default(),
            pair: 0,
            side: Side::Request,
            path: String::new(),
            old: Vec::new(),
            new: Vec::new(),
            meant: Vec::new(),
            found: Vec::new(),
            left: MOST,
            gave_up: false,
            count: 0,
        }
    }

    /// Returns what was found since the last call.
    pub(super) fn take(&mut self) -> Vec<Raw> {
        std::mem::take(&mut self.found)
    }

    /// Goes to a member for as long as `inside` takes.
    pub(super) fn within<T>(&mut self, name: &str, inside: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        let dot = if length == 0 { "" } else { "." };
        let name = if length + name.len() > LONGEST { "…" } else { name };
        let _ = if length > LONGEST {
            Ok(())
        } else if name.contains(['.', '[', ']']) {
            write!(self.path, "[\"{name}\"]")
        } else {
            write!(self.path, "{dot}{name}")
        };
        let done = inside(self);
        self.path.truncate(length);
        done
    }

    fn at<T>(&mut self, index: usize, inside: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        if length <= LONGEST {
            let _ = write!(self.path, "[{index}]");
        }
        let done = inside(self);
        self.path.truncate(length);
        done
    }

    /// Returns the kind of the fields on this side.
    fn kind(&self) -> Kind {
        match self.side {
            Side::Request => Kind::RequestField,
            Side::Response => Kind::ResponseField,
            Side::Note => Kind::Note,
        }
    }

    pub(super) fn name(&mut self, kind: Kind, raw: &str) -> Name {
        self.known.name(kind, raw, &mut self.names)
    }

    fn member(&mut self, raw: &str) -> Name {
        let kind = self.kind();
        self.name(kind, raw)
    }

    /// Compares two values.
    pub(super) fn nodes(&mut self, old: Node<'_>, new: Node<'_>) {
        self.both(old, new, Name::Plain);
    }

    pub(super) fn both(&mut self, old: Node<'_>, new: Node<'_>, name: Name) {
        if self.left == 0 || self.old.len() > DEEPEST {
            return self.give_up();
        }
        self.left -= 1;
        self.old.push(old.slice().place());
        self.new.push(new.slice().place());
        if old.is_map() && new.is_map() {
            self.maps(old, new);
        } else if old.is_list() && new.is_list() {
            self.lists(old, new, name);
        } else if [old, new].iter().any(|node| node.is_map() || node.is_list()) {
            let change = Change::Changed(Value::of(old), Value::of(new));
            self.push(noise_of(name), change, Some(old), Some(new));
        } else {
            self.scalars(old, new, name);
        }
        self.old.pop();
        self.new.pop();
    }

    /// Tells, once, that there is more than is compared.
    pub(super) fn give_up(&mut self) {
        if !std::mem::replace(&mut self.gave_up, true) {
            let more = Value::Text("more than is compared".to_owned());
            self.push(None, Change::Added(more), None, None);
        }
    }

    fn maps(&mut self, old: Node<'_>, new: Node<'_>) {
        let (old, new) = (members(old), members(new));
        let same = old.len() == new.len() && old.iter().zip(&new).all(|(one, other)| one.0 == other.0);
        if same {
            for ((key, one), (_, other)) in old.into_iter().zip(new) {
                let name = self.member(&key);
                self.within(&key, |walk| walk.both(one, other, name));
            }
            return;
        }
        let mut others: HashMap<&str, Node<'_>> = new.iter().map(|(key, node)| (&**key, *node)).collect();
        for (key, one) in &old {
            let name = self.member(key);
            match others.remove(&**key) {
                Some(other) => self.within(key, |walk| walk.both(*one, other, name)),
                None => self.within(key, |walk| walk.gone(*one, name)),
            }
        }
        for (key, other) in new.iter().filter(|(key, _)| others.contains_key(&**key)) {
            let name = self.member(key);
            self.within(key, |walk| walk.come(*other, name));
        }
    }

    pub(super) fn gone(&mut self, old: Node<'_>, name: Name) {
        self.old.push(old.slice().place());
        self.push(noise_of(name), Change::Removed(Value::of(old)), Some(old), None);
        self.old.pop();
    }

    pub(super) fn come(&mut self, new: Node<'_>, name: Name) {
        self.new.push(new.slice().place());
        self.push(noise_of(name), Change::Added(Value::of(new)), None, Some(new));
        self.new.pop();
    }

    fn lists(&mut self, old: Node<'_>, new: Node<'_>, name: Name) {
        let (one, other): (Vec<_>, Vec<_>) = (old.items().collect(), new.items().collect());
        let numbers = |items: &[Node<'_>]| items.len() > VECTOR && items.iter().all(|item| is_number(*item));
        if numbers(&one) && numbers(&other) {
            let texts = |items: &[Node<'_>]| items.iter().map(|item| item.json()).collect::<Vec<_>>();
            let (was, is) = (texts(&one), texts(&other));
            if was != is {
                let change = Change::Changed(Value::Json(was.into()), Value::Json(is.into()));
                self.push(noise_of(name), change, Some(old), Some(new));
            }
            return;
        }
        for paired in self.paired(&one, &other) {
            self.items(paired, &one, &other, name);
        }
    }

    /// Compares two items of lists that belong together, or tells of one alone.
    pub(super) fn items(&mut self, paired: Paired, one: &[Node<'_>], other: &[Node<'_>], name: Name) {
        let Paired { old, new, moved } = paired;
        match (old.map(|at| (at, one[at])), new.map(|at| (at, other[at]))) {
            (Some((_, was)), Some((at, is))) => self.at(at, |walk| {
                if moved {
                    walk.old.push(was.slice().place());
                    walk.new.push(is.slice().place());
                    walk.push(None, Change::Moved, Some(was), Some(is));
                    walk.old.pop();
                    walk.new.pop();
                }
                walk.both(was, is, name);
            }),
            (Some((at, was)), None) => self.at(at, |walk| walk.gone(was, name)),
            (None, Some((at, is))) => self.at(at, |walk| walk.come(is, name)),
            (None, None) => {}
        }
    }

    /// Returns which items of two lists belong together.
    pub(super) fn paired(&mut self, one: &[Node<'_>], other: &[Node<'_>]) -> Vec<Paired> {
        let alike = |(one, other): &(&Node<'_>, &Node<'_>)| one.slice().bytes() == other.slice().bytes();
        let ahead = one.iter().zip(other).take_while(alike).count();
        let (rest, rest_of_other) = (&one[ahead..], &other[ahead..]);
        let back = rest.iter().rev().zip(rest_of_other.iter().rev()).take_while(alike).count();
        let (was, is) = (&rest[..rest.len() - back], &rest_of_other[..rest_of_other.len() - back]);
        let pair = |old, new| Paired { old: Some(old), new: Some(new), moved: false };
        let mut pairs: Vec<_> = (0..ahead).map(|at| pair(at, at)).collect();
        let middle = match (was, is) {
            ([], _) | (_, []) => {
                align::pairs(&vec![Item::default(); was.len()], &vec![Item::default(); is.len()], 0)
            }
            // In a schema, what tells the kind of a thing elsewhere is what it says.
            ([one], [other]) if self.is_schema() || sign::weak(*one) == sign::weak(*other) => {
                vec![pair(0, 0)]
            }
            _ => {
                let items = |walk: &mut Self, nodes: &[Node<'_>]| -> Vec<Item> {
                    nodes.iter().map(|node| walk.item(*node)).collect()
                };
                align::pairs(&items(self, was), &items(self, is), 3)
            }
        };
        let shifted = |at: Option<usize>| at.map(|at| at + ahead);
        pairs.extend(middle.into_iter().map(|each| Paired {
            old: shifted(each.old),
            new: shifted(each.new),
            ..each
        }));
        let (from, to) = (one.len() - back, other.len() - back);
        pairs.extend((0..back).map(|at| pair(from + at, to + at)));
        pairs
    }

    fn last(&mut self) -> &mut Difference {
        &mut self.found.last_mut().expect("a difference was just found").difference
    }

    /// Notes a difference; `noise`, if its name tells that it is some.
    pub(super) fn push(
        &mut self,
        noise: Option<Class>,
        change: Change,
        old: Option<Node<'_>>,
        new: Option<Node<'_>>,
    ) {
        let noise = noise.filter(|class| *class == Class::Ids || !self.is_meant());
        let plain = if self.side == Side::Note { Class::Note } else { Class::Body };
        let mut difference = Difference::new(noise.unwrap_or(plain), self.side, self.path.clone(), change);
        if noise.is_none() {
            difference.old_at = old.and_then(Node::span);
            difference.new_at = new.and_then(Node::span);
        }
        let near = |places: &[Place]| places[places.len().saturating_sub(AROUND)..].to_vec();
        self.found.push(Raw { difference, old: near(&self.old), new: near(&self.new) });
        self.count += 1;
        if self.count == LIMIT {
            self.left = 0;
        }
    }
}

fn noise_of(name: Name) -> Option<Class> {
    match name {
        Name::Noise(class) => Some(class),
        Name::Plain | Name::Id { .. } => None,
    }
}

pub(super) fn is_number(node: Node<'_>) -> bool {
    !node.is_map() && !node.is_list() && !node.is_string() && {
        node.str().is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit() || c == '-'))
    }
}

/// Returns the members of an object; of repeated names the last counts, as every reader has it.
fn members(node: Node<'_>) -> Members<'_> {
    let mut members: Members<'_> =
        node.entries().filter_map(|(key, value)| Some((key.str()?, value))).collect();
    if members.len() < 2 {
        return members;
    }
    let mut last: HashMap<Cow<'_, str>, usize> = HashMap::with_capacity(members.len());
    for (at, (key, _)) in members.iter().enumerate() {
        last.insert(key.clone(), at);
    }
    if last.len() < members.len() {
        let mut at = 0;
        members.retain(|(key, _)| {
            at += 1;
            last.get(key) == Some(&(at - 1))
        });
    }
    members
}
