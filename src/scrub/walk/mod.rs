//! Going through every text of a recording, in every layer, each text once.
//!
//! A text that holds another language (JSON, a form, base64 …) is gone into instead of being searched: `text`. What a
//! stream cuts into pieces is searched once more as a whole: `streams`.

mod alike;
mod claims;
mod http;
mod name;
mod opaque;
mod removal;
mod streams;
mod text;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use smallvec::SmallVec;

use super::rule::{Kind, Where};
use super::values::Values;
use super::{Hit, Rules, What, settle};
use crate::diagnostic::Diagnostic;
use crate::load::Recording;
use crate::rewrite::Gone;
use crate::syntax::path::Taken;
use crate::syntax::{MAX_DEPTH, Node, Syntax};
use crate::text::{Span, Text};
use alike::Slots;
pub use claims::Claims;

use name::Name;
pub(super) use name::Names;
pub use name::plain;
pub use opaque::{Sealed, sealed};
use streams::Joins;

/// Which side of an exchange a text belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// What was sent.
    Request,
    /// What came back.
    Response,
    /// What the recorder notes beside them.
    Note,
}

/// The part of a side that a text stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The address.
    Url,
    /// A header.
    Header,
    /// The body.
    Body,
    /// Something else the recorder keeps.
    Other,
}

/// Something that was found.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts about a place, independent of each other")]
pub struct Found {
    /// The rule or value.
    pub what: What,
    /// What is to be replaced.
    pub text: Text,
    /// What is to go with it, if it is not to be replaced.
    pub gone: Option<Gone>,
    /// Number of the interaction, if it is in one.
    pub interaction: Option<usize>,
    /// Which side of the exchange it is on.
    pub side: Side,
    /// Where on that side.
    pub part: Part,
    /// The way there, such as `response.body.choices[0].message.content`.
    pub place: String,
    /// Whether it is joined from pieces.
    pub joined: bool,
    /// Whether it stands in an encoding in a text, so that the text around it shows no placeholder.
    pub encoded: bool,
    /// Whether it is written as a number, not as text.
    pub number: bool,
    /// Whether it stands where only a credential is worth a change: in a sealed field, or among bytes that are no text.
    pub sealed: bool,
}

/// Goes through a recording and returns what the rules find, and where the values stand, in the order of the exchanges.
///
/// # Errors
/// A [`Diagnostic`] if there is something that was not looked at, because it is too deep or too much.
pub fn walk(recording: &Recording, rules: &Rules, values: &Values) -> Result<Vec<Found>, Diagnostic> {
    let mut walk = Walk {
        rules,
        values,
        found: Vec::new(),
        interaction: None,
        side: Side::Note,
        part: Part::Other,
        endpoint: false,
        path: Vec::new(),
        depth: 0,
        nesting: 0,
        encoded: 0,
        left: MOST,
        seen: HashSet::new(),
        gave_up: None,
        claims: Claims::default(),
        names: rules.names(),
        joins: None,
        slots: None,
    };
    for (at, recorded) in recording.interactions.iter().enumerate() {
        walk.interaction = Some(at);
        walk.recorded(recorded);
    }
    walk.interaction = None;
    walk.endpoint = false;
    walk.side = Side::Note;
    walk.part = Part::Other;
    walk.claims.settle();
    walk.seen.clear();
    walk.path.clear();
    if let Some(tree) = &recording.file.tree {
        for document in tree.documents() {
            walk.node(document, None);
        }
        walk.path = vec![Step::Name("comment".into())];
        for comment in tree.comments() {
            let (text, before) = (tree.text(), walk.found.len());
            walk.leaf(None, &text.as_str()[comment.clone()], &At::Part(text, comment));
            // A comment is no scalar, which could be written anew in its language: the bytes of the file go.
            for found in &mut walk.found[before..] {
                found.text = found.text.in_source();
                found.encoded = false;
            }
        }
    }
    rules.keep_names(walk.names);
    match walk.gave_up {
        None => Ok(walk.found),
        Some((why, at)) => {
            let help = "what stands there may hold credentials";
            Err(Diagnostic::error(format!("cannot look for credentials in all of the file: {why}"), at)
                .help(help))
        }
    }
}

/// Where the text that is looked at comes from; it is traced only if something is found.
enum At<'l> {
    Text(&'l Text),
    Part(&'l Text, Range<usize>),
    Node(Node<'l>),
}

impl At<'_> {
    fn text(&self) -> Option<Text> {
        match self {
            Self::Text(text) => Some((*text).clone()),
            Self::Part(text, range) => Some(text.slice(range.clone())),
            Self::Node(node) => node.text(),
        }
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::Node(node) if node.syntax() == Syntax::Json && !node.is_string())
    }
}

/// One step of the way to a text.
#[derive(Clone, Debug)]
enum Step {
    Name(Arc<str>),
    Index(usize),
    /// To an event of a stream.
    Event(usize),
}

/// Texts in texts are gone into so deep: a string in JSON in a string in JSON, and so on.
const DEEPEST: usize = 12;

/// So many levels of lists and mappings are gone into, those of texts in texts together: a thread's stack holds them.
const MOST_NESTED: usize = 4 * MAX_DEPTH;

/// What the value of a cookie goes by in a list of cookies, whatever the cookie is called.
pub(super) const COOKIE: &str = "cookies.value";

/// Shorter names are no credentials.
const LONG_NAME: usize = 16;

/// So many values are looked at where there are aliases: they make small files large.
const MOST: usize = 8_000_000;

struct Walk<'r> {
    rules: &'r Rules,
    values: &'r Values,
    found: Vec<Found>,
    interaction: Option<usize>,
    side: Side,
    part: Part,
    /// Whether the exchange is one in which tokens are given out.
    endpoint: bool,
    path: Vec<Step>,
    depth: usize,
    /// Number of lists and mappings gone into.
    nesting: usize,
    /// Number of encodings gone into.
    encoded: usize,
    left: usize,
    /// The lists and mappings with anchors that were looked at on this side of the exchange, and under which names.
    seen: HashSet<(usize, Option<Arc<str>>)>,
    /// Why something was not looked at, and where it stands.
    gave_up: Option<(String, Option<Span>)>,
    /// The source bytes of what was looked at in the exchanges, so that they are not looked at again as notes.
    claims: Claims,
    /// What the rules say about the names met so far.
    names: Names,
    /// The strings of the stream that is being read.
    joins: Option<Joins>,
    /// The scalars of the event that is gone through, if the next one is like it.
    slots: Option<Slots>,
}

impl Walk<'_> {
    /// Returns whether a node is among the notes and was looked at in an exchange.
    fn is_claimed_note(&self, node: Node<'_>) -> bool {
        self.side == Side::Note && self.claims.hold(node)
    }

    /// Goes a step further for as long as `inside` takes.
    fn within<T>(&mut self, name: impl Into<Arc<str>>, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(Step::Name(name.into()));
        let done = inside(self);
        self.path.pop();
        done
    }

    fn named(&mut self, kind: Kind, raw: &str) -> Arc<Name> {
        self.names.get(self.rules, kind, raw)
    }

    /// The kind of the fields on this side.
    fn field(&self) -> Kind {
        match self.side {
            Side::Request => Kind::RequestField,
            Side::Response => Kind::ResponseField,
            Side::Note => Kind::Note,
        }
    }

    /// Returns the rules that go by the place reached.
    fn placed(&self) -> Vec<usize> {
        let taken = self.path.iter().filter_map(|step| match step {
            Step::Name(name) => Some(Taken::Name(name)),
            Step::Index(index) => Some(Taken::Index(*index)),
            Step::Event(_) => None,
        });
        self.rules.placed(&taken.collect::<Vec<_>>())
    }

    /// Looks at a tree. A list's items go by the name of the list.
    fn node(&mut self, node: Node<'_>, name: Option<&Name>) {
        if node.tree().has_properties() && !self.is_worth_it(node, name) {
            return;
        }
        if node.is_map() || node.is_list() {
            if self.nesting == MOST_NESTED {
                let why = format!("values are nested more than {MOST_NESTED} levels deep");
                return self.give_up(why, node.slice().outermost());
            }
            self.nesting += 1;
            if node.is_map() {
                self.members(node);
            } else if self.joins.is_none() && streams::is_in_pieces(node, name) {
                self.pieces(node, name);
            } else {
                self.items(node, name);
            }
            self.nesting -= 1;
        } else if !self.is_claimed_note(node) {
            self.scalar(node, name);
        }
    }

    fn items(&mut self, list: Node<'_>, name: Option<&Name>) {
        for (at, item) in list.items().enumerate() {
            self.path.push(Step::Index(at));
            let called = item.get("value").and_then(|_| item.get("name")?.str());
            let called = called.map(|called| self.named(self.field(), &called));
            if self.item_goes(list, at, called.as_deref(), item) {
                self.path.pop();
                continue;
            }
            if let Some(joins) = &mut self.joins {
                joins.enter_item(item, at, name);
            }
            self.node(item, name);
            if let Some(joins) = &mut self.joins {
                joins.leave();
            }
            self.path.pop();
        }
    }

    /// Returns whether to look at a node of a tree in which there may be aliases: not at what was looked at already, and
    /// not without end.
    fn is_worth_it(&mut self, node: Node<'_>, name: Option<&Name>) -> bool {
        if self.left == 0 {
            self.give_up("aliases make it too large", node.span());
            return false;
        }
        self.left -= 1;
        // What is joined counts as often as it is there, and the place is another one.
        let once = self.joins.is_none() && !self.rules.have_paths() && (node.is_map() || node.is_list());
        let name = name.filter(|_| node.is_list()).map(|name| Arc::clone(&name.raw));
        !once || !node.is_anchored() || self.seen.insert((node.index(), name))
    }

    /// Notes that something is not looked at.
    fn give_up(&mut self, why: impl Into<String>, at: Option<Span>) {
        self.gave_up.get_or_insert_with(|| (why.into(), at));
    }

    fn members(&mut self, node: Node<'_>) {
        let entries = node.named_entries().map(|(key, name, value)| {
            // Somebody may map keys to what they open.
            if name.len() >= LONG_NAME && !self.is_claimed_note(key) {
                self.leaf(None, &name, &At::Node(key));
            }
            (name, value)
        });
        let entries: SmallVec<[(Cow<'_, str>, Node<'_>); 12]> = entries.collect();
        self.nameless(node);
        // HAR and others keep parameters, cookies and headers as objects of a name and a value.
        let get = |wanted: &str| entries.iter().find(|(key, _)| key == wanted).map(|(_, value)| *value);
        let called = get("value").and_then(|_| get("name")).and_then(Node::str);
        let beside = self.joins.as_ref().map(|_| Joins::numbers(&entries));
        for (at, (key, value)) in entries.into_iter().enumerate() {
            let name = match &called {
                Some(_) if key == "value" && self.in_cookies() => self.named(self.field(), COOKIE),
                Some(called) if key == "value" => self.member(1, called),
                _ => self.member(0, &key),
            };
            self.path.push(Step::Name(if called.is_some() { (&*key).into() } else { Arc::clone(&name.raw) }));
            if self.item_goes(node, at, called.is_none().then_some(&*name), value) {
                self.path.pop();
                continue;
            }
            if let (Some(joins), Some(beside)) = (&mut self.joins, beside) {
                joins.enter_member(&key, beside);
            }
            self.node(value, Some(&name));
            if let Some(joins) = &mut self.joins {
                joins.leave();
            }
            self.path.pop();
        }
    }

    /// Looks at the members of a mapping that have no name: in YAML a key may be a list or a mapping.
    fn nameless(&mut self, node: Node<'_>) {
        if node.syntax() == Syntax::Json {
            return;
        }
        for (key, value) in node.entries().filter(|(key, _)| key.is_map() || key.is_list()) {
            self.node(key, None);
            self.node(value, None);
        }
    }

    fn in_cookies(&self) -> bool {
        matches!(self.path.iter().rev().nth(1), Some(Step::Name(name)) if &**name == "cookies")
    }

    /// Returns a name as that of a member of what the last step but `above` led to.
    fn member(&mut self, above: usize, raw: &str) -> Arc<Name> {
        match self.path.iter().rev().nth(above) {
            Some(Step::Name(object)) => self.names.get_in(self.rules, self.field(), object, raw),
            Some(Step::Index(_) | Step::Event(_)) | None => self.named(self.field(), raw),
        }
    }

    fn scalar(&mut self, node: Node<'_>, name: Option<&Name>) {
        let Some(text) = node.str() else { return };
        self.leaf(name, &text, &At::Node(node));
        if let Some(joins) = &mut self.joins {
            joins.add(node);
            if let Some(slots) = &mut self.slots {
                slots.note(node, name, &text, joins);
            }
        }
    }

    /// Notes what was found in a text.
    fn report(&mut self, mut hits: Vec<Hit>, at: &At<'_>, sealed: bool) {
        let side = |rule: usize| match self.rules.rules[rule].side {
            Where::Both => true,
            Where::Request => self.side == Side::Request,
            Where::Response => self.side == Side::Response,
        };
        hits.retain(|hit| !matches!(hit.what, What::Rule(rule) if !side(rule)));
        self.rules.prefer_credentials(&mut hits);
        settle(&mut hits);
        let Some(text) = (if hits.is_empty() { None } else { at.text() }) else { return };
        let sealed = sealed || text.as_slice().is_in_binary();
        for Hit { what, range } in hits {
            self.found.push(Found {
                what,
                text: text.slice(range),
                gone: None,
                interaction: self.interaction,
                side: self.side,
                part: self.part,
                place: place(&self.path),
                joined: false,
                encoded: self.encoded > 0,
                number: at.is_number(),
                sealed,
            });
        }
    }
}

fn place(path: &[Step]) -> String {
    let mut place = String::new();
    for step in path {
        let _ = match step {
            Step::Index(index) | Step::Event(index) => write!(place, "[{index}]"),
            Step::Name(name) if place.is_empty() => write!(place, "{name}"),
            Step::Name(name) => write!(place, ".{name}"),
        };
    }
    place
}
