//! What is left of streams beside the answers that they make: every value of their events that is no part of the answer,
//! by its path, wherever the stream is cut.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::json::{Walk, hash};
use super::known::Name;
use super::said::{self, Spot};
use super::{Change, Class, Difference, Side, Value};
use crate::chat::{Arguments, Part, Reply, ToolCall};
use crate::scrub::rule::Kind;
use crate::stream::Event;
use crate::syntax::{Node, Subtree};
use crate::text::{Place, Text};

type Told<'e> = (&'e [(Event, Option<Subtree>)], &'e Reply);

/// Compares what two streams hold beside the answers that they make.
pub(super) fn rest(old: Told<'_>, new: Told<'_>, walk: &mut Walk<'_>, found: &mut Vec<Difference>) {
    let (mut one, mut other) = (Rest::of(old, walk), Rest::of(new, walk));
    one.count_pieces();
    other.count_pieces();
    for key in &one.order {
        let left = &one.values[key];
        match other.values.get(key) {
            Some(right) => both(left, right, walk, found),
            None => alone(left, &other, &one, false, walk, found),
        }
    }
    for key in other.order.iter().filter(|key| !one.values.contains_key(key)) {
        alone(&other.values[key], &one, &other, true, walk, found);
    }
}

/// Names of numbers that tell where a piece belongs; they follow from what the answer holds.
const NUMBERS: &[&str] =
    &["index", "output_index", "content_index", "summary_index", "outputIndex", "contentBlockIndex"];

/// Longer ways are cut.
const LONGEST: usize = 1_000;

/// So many different values are told of one path.
const TOLD: usize = 16;

/// All values at one path.
#[derive(Debug)]
struct Values {
    path: String,
    name: Name,
    /// Whether it is a number that is counted, or that tells where a piece belongs.
    counts: bool,
    /// Hashes of the containers on the way, the outermost first.
    way: Vec<u64>,
    /// The values that differ, in order.
    each: Vec<String>,
    seen: HashSet<u64, RandomState>,
    /// All of them, one behind the other.
    joined: String,
    text: bool,
}

/// What is left of a stream.
#[derive(Debug, Default)]
struct Rest {
    values: HashMap<u64, Values, RandomState>,
    order: Vec<u64>,
    /// Hashes of all paths met.
    met: HashSet<u64, RandomState>,
    /// Hashes of the paths that hold something of the answer.
    telling: HashSet<u64, RandomState>,
    /// Hashes of the paths of objects that hold a piece of the answer themselves.
    pieces: HashSet<u64, RandomState>,
    /// Where the answer was read.
    read: Vec<Place>,
    /// What the answer says: streams repeat it.
    said: HashSet<String, RandomState>,
    /// The numbers of the last report of tokens, each with its name.
    usage: Vec<(String, String)>,
    path: String,
    way: Vec<u64>,
}

impl Rest {
    fn of((events, reply): Told<'_>, walk: &mut Walk<'_>) -> Self {
        let mut rest = Self::default();
        let data = |data: &Subtree| data.node().slice().place().layer();
        let layers: HashSet<usize> = events.iter().filter_map(|(_, each)| each.as_ref()).map(data).collect();
        rest.answer(reply, &layers);
        for (event, data) in events {
            let name = event.name.as_ref().map(Text::as_str);
            match data {
                Some(data) => {
                    let kind = data.node().get("type").is_some();
                    let root = name.filter(|_| !kind).unwrap_or_default();
                    rest.enter(root, |rest| rest.node(data.node(), Name::Plain, "", walk));
                }
                None => {
                    rest.enter("data", |rest| rest.leaf(event.data.as_str(), true, Name::Plain, "data"));
                }
            }
        }
        rest
    }

    /// Notes what belongs to the answer.
    fn answer(&mut self, reply: &Reply, layers: &HashSet<usize>) {
        let texts = [&reply.id, &reply.model].into_iter().flatten();
        self.said.extend(texts.clone().map(|text| text.as_str().to_owned()));
        let mut texts: Vec<&Text> = texts.collect();
        if let Some(error) = &reply.error {
            texts.extend([&error.message, &error.kind].into_iter().flatten());
        }
        let mut places = Vec::new();
        for answer in &reply.choices {
            texts.extend([&answer.finish_reason, &answer.finish_detail].into_iter().flatten());
            said::texts(&answer.message, &mut |_, part, spot| match spot {
                Spot::Text(text) | Spot::Arguments(Arguments::Text(text)) => {
                    text.places(&mut places);
                    self.said.insert(text.as_str().to_owned());
                }
                Spot::Arguments(Arguments::Tree(tree)) => {
                    tree.node().slice().places(&mut places);
                    if let Part::ToolCall(ToolCall { arguments, .. }) = part {
                        self.said.insert(arguments.json().to_string());
                    }
                }
            });
        }
        for text in texts {
            text.places(&mut places);
        }
        places.retain(|place| layers.contains(&place.layer()));
        places.sort_unstable();
        self.read = places;
        self.usage = said::counts(&reply.usage);
    }

    fn is_read(&self, place: &Place) -> bool {
        let before = self.read.partition_point(|read| read <= place);
        let near = self.read[..before].iter().rev().take(2).chain(self.read.get(before));
        near.into_iter().any(|read| read.holds(place))
    }

    fn enter(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if length + name.len() < LONGEST {
            if !(name.is_empty() || length == 0 || name == "[]") {
                self.path.push('.');
            }
            self.path.push_str(name);
        }
        let key = hash(&(self.way.last(), name));
        self.way.push(key);
        self.met.insert(key);
        inside(self);
        self.way.pop();
        self.path.truncate(length);
    }

    fn node(&mut self, node: Node<'_>, name: Name, called: &str, walk: &mut Walk<'_>) {
        if self.way.len() > 100 {
            return;
        }
        if node.is_map() {
            if self.is_read(&node.slice().place()) {
                return self.note();
            }
            let kind = node.get("type").filter(|kind| kind.is_string()).and_then(Node::str);
            let inside = |rest: &mut Self, walk: &mut Walk<'_>| {
                for (key, value) in node.entries() {
                    let Some(key) = key.str() else { continue };
                    if key == "type" && kind.is_some() {
                        continue;
                    }
                    let name = walk.name(Kind::ResponseField, &key);
                    rest.enter(&key, |rest| rest.node(value, name, &key, walk));
                }
            };
            match &kind {
                Some(kind) => self.enter(kind, |rest| inside(rest, walk)),
                None => inside(self, walk),
            }
        } else if node.is_list() {
            self.enter("[]", |rest| {
                for item in node.items() {
                    rest.node(item, name, called, walk);
                }
            });
        } else if !node.is_null() {
            if self.is_read(&node.slice().place()) {
                self.pieces.extend(self.way.len().checked_sub(2).map(|at| self.way[at]));
                return self.note();
            }
            let Some(text) = node.str() else { return };
            if node.is_string() && self.said.contains(&*text) {
                return self.note();
            }
            self.leaf(&text, node.is_string(), name, called);
        }
    }

    /// Takes numbers that are another one with each piece of the answer for what follows from where it is cut: how long a
    /// piece of sound is, where it begins.
    fn count_pieces(&mut self) {
        for values in self.values.values_mut() {
            let beside = values.way.len().checked_sub(2).map(|at| values.way[at]);
            values.counts |=
                !values.text && values.each.len() > 1 && beside.is_some_and(|way| self.pieces.contains(&way));
        }
    }

    /// Notes that the way leads to something of the answer.
    fn note(&mut self) {
        for key in self.way.iter().rev() {
            if !self.telling.insert(*key) {
                break;
            }
        }
    }

    fn leaf(&mut self, text: &str, is_text: bool, name: Name, called: &str) {
        if text.is_empty() {
            return;
        }
        let Some(key) = self.way.last().copied() else { return };
        if !is_text && self.usage.iter().any(|(name, number)| name == called && number == text) {
            return self.note();
        }
        let (path, way, usage) = (&self.path, &self.way, &self.usage);
        let order = &mut self.order;
        let values = self.values.entry(key).or_insert_with(|| {
            order.push(key);
            // What is reported on the way to the last number follows from where the stream is cut.
            let tokens =
                path.to_ascii_lowercase().contains("usage") || usage.iter().any(|(known, _)| known == called);
            let counts = !is_text && !usage.is_empty() && tokens || NUMBERS.contains(&called);
            Values {
                path: path.clone(),
                name,
                counts,
                way: way.clone(),
                each: Vec::new(),
                seen: HashSet::default(),
                joined: String::new(),
                text: is_text,
            }
        });
        if values.seen.insert(hash(&text)) && values.each.len() < TOLD {
            values.each.push(text.to_owned());
        }
        values.joined.push_str(text);
        if !is_text {
            values.joined.push(' ');
        }
    }
}

impl Values {
    fn noise(&self) -> Option<Class> {
        match self.name {
            Name::Noise(class) => Some(class),
            Name::Plain | Name::Id { .. } if self.counts => Some(Class::Chunks),
            // What is left of a limit, which other protocols tell in headers.
            Name::Plain | Name::Id { .. } if self.path.contains("rate_limits") => Some(Class::Headers),
            Name::Plain | Name::Id { .. } => None,
        }
    }

    /// Returns what a difference that is no noise is about.
    fn plain(&self) -> Class {
        if self.path.to_ascii_lowercase().contains("usage") { Class::Usage } else { Class::Body }
    }

    /// Returns what kind of noise it is if each value differs from its counterpart in an id, or is another moment. How
    /// often ids are met depends on where a stream is cut.
    fn in_pairs(&self, other: &Self, walk: &Walk<'_>) -> Option<Class> {
        let both = || self.each.iter().zip(&other.each);
        let all = |like: &dyn Fn(&str) -> bool| self.each.iter().chain(&other.each).all(|each| like(each));
        let moment =
            |text: &str| super::known::is_time(text) || super::known::is_moment_in_numbers(&self.path, text);
        let id = |text: &str| walk.known.ids(text).first().is_some_and(|id| *id == (0..text.len()));
        let renamed = |(one, other): (&String, &String)| one == other || walk.renamings(one, other).is_some();
        if all(&moment) {
            Some(Class::Timestamps)
        } else if all(&id)
            || self.each.len() == other.each.len() && self.each.len() < TOLD && both().all(renamed)
        {
            Some(Class::Ids)
        } else {
            None
        }
    }

    fn is_id(&self, walk: &Walk<'_>) -> bool {
        match self.name {
            Name::Id { bare } => !bare || self.each.iter().all(|id| walk.known.is_id(id)),
            Name::Plain => {
                super::known::names_id(&self.path) && self.each.iter().all(|id| walk.known.is_id(id))
            }
            Name::Noise(_) => false,
        }
    }

    fn value(&self) -> Value {
        match self.each.as_slice() {
            [one] if self.text => Value::Text(one.clone()),
            [one] => serde_json::from_str(one).map_or_else(|_| Value::Text(one.clone()), Value::Json),
            _ => Value::Text(self.joined.trim_end().to_owned()),
        }
    }
}

fn push(class: Class, path: &str, change: Change, found: &mut Vec<Difference>) {
    found.push(Difference::new(class, Side::Response, format!("events.{path}"), change));
}

fn both(old: &Values, new: &Values, walk: &mut Walk<'_>, found: &mut Vec<Difference>) {
    let same = old.seen == new.seen || old.joined == new.joined;
    if same && !old.is_id(walk) {
        return;
    }
    let change = || Change::Changed(old.value(), new.value());
    if let Some(class) = old.noise().or(new.noise()) {
        return push(class, &old.path, change(), found);
    }
    if old.is_id(walk) || new.is_id(walk) {
        // What one of them has more of belongs to what its answer has more of, but for one that was always the same.
        for (one, other) in old.each.iter().zip(&new.each) {
            if one == other {
                walk.renamed.note_same(one, walk.pair, Side::Response, &format!("events.{}", old.path));
                continue;
            }
            let renaming = walk.renamed.note(one, other);
            let change = Change::Changed(Value::Text(one.clone()), Value::Text(other.clone()));
            push(Class::Ids, &old.path, change, found);
            found.last_mut().expect("it was just pushed").renaming = Some(renaming);
        }
        let (fewer, more) = (old.each.len().min(new.each.len()), old.each.len().max(new.each.len()));
        if fewer == 1 && more > 1 {
            push(Class::Id, &old.path, change(), found);
        }
        return;
    }
    let class = old.in_pairs(new, walk).unwrap_or_else(|| old.plain());
    push(class, &old.path, change(), found);
}

/// Tells of values at a path that the other stream does not have, unless that path belongs to a part of the answer that
/// the other answer does not have.
fn alone(
    values: &Values,
    other: &Rest,
    own: &Rest,
    is_new: bool,
    walk: &Walk<'_>,
    found: &mut Vec<Difference>,
) {
    let explained =
        values.way.iter().find(|key| !other.met.contains(key)).is_some_and(|key| own.telling.contains(key));
    if explained {
        return;
    }
    let change = if is_new { Change::Added(values.value()) } else { Change::Removed(values.value()) };
    let class = values.noise().unwrap_or(if values.is_id(walk) { Class::Ids } else { values.plain() });
    push(class, &values.path, change, found);
}
