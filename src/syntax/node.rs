//! A place in a tree: cheap to copy, decodes what is asked for, follows aliases.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::{Kind, MAX_DEPTH, Syntax, Token, Tree, json, yaml};
use crate::diagnostic::Diagnostic;
use crate::text::{Slice, Span, Text};

/// A node of a tree.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Arc<Tree>,
    at: u32,
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.slice().bytes()))
    }
}

/// How many values one call of [`Node::json`] writes at most: aliases make small files large.
const MAX_VALUES: usize = 4_000_000;

impl<'t> Node<'t> {
    pub(super) fn new(tree: &'t Arc<Tree>, at: u32) -> Self {
        // An alias stands for the anchored node before it; one that names nothing, or a node it stands in,
        // stays an alias, so that no walk goes round in circles.
        let mut node = Self { tree, at };
        while node.token().kind == Kind::Alias {
            match node.anchored() {
                Some(target) => node.at = target,
                None => break,
            }
        }
        node
    }

    /// Returns the token an alias names: the last one before it with that anchor which does not hold the alias.
    fn anchored(self) -> Option<u32> {
        let token = self.token();
        let source = self.tree.text.as_str();
        let name = source.get(token.start as usize + 1..token.end as usize)?;
        let before = self.tree.properties.range(..self.at).rev();
        let mut named = before.filter(|(_, properties)| {
            properties.anchor.clone().and_then(|range| source.get(range)).is_some_and(|anchor| anchor == name)
        });
        let (&target, _) = named.next()?;
        (self.tree.token(target).next <= self.at).then_some(target)
    }

    /// Returns the tree, and the index of the node's token.
    pub(super) fn place(self) -> (&'t Arc<Tree>, u32) {
        (self.tree, self.at)
    }

    fn token(self) -> &'t Token {
        self.tree.token(self.at)
    }

    /// Returns the tree that the node is of.
    #[must_use]
    pub fn tree(self) -> &'t Arc<Tree> {
        self.tree
    }

    /// Returns the node that has a number in a tree.
    ///
    /// # Panics
    /// If none has.
    #[must_use]
    pub fn numbered(tree: &'t Arc<Tree>, number: usize) -> Self {
        Self::new(tree, u32::try_from(number).expect("trees have no more nodes"))
    }

    /// Returns the number that the node has in its tree.
    #[must_use]
    pub fn index(self) -> usize {
        self.at as usize
    }

    /// Returns whether aliases may stand for the node elsewhere.
    #[must_use]
    pub fn is_anchored(self) -> bool {
        let properties = &self.tree.properties;
        !properties.is_empty() && properties.get(&self.at).is_some_and(|own| own.anchor.is_some())
    }

    /// Returns what the node is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.token().kind
    }

    /// Returns the language the node is written in.
    #[must_use]
    pub fn syntax(self) -> Syntax {
        self.tree.syntax
    }

    /// Returns whether the node is a mapping.
    #[must_use]
    pub fn is_map(self) -> bool {
        self.kind() == Kind::Map
    }

    /// Returns whether the node is a list.
    #[must_use]
    pub fn is_list(self) -> bool {
        self.kind() == Kind::List
    }

    /// Returns whether the node is a string: a scalar that is written as one, or that nothing else claims.
    #[must_use]
    pub fn is_string(self) -> bool {
        match self.kind() {
            Kind::Map | Kind::List | Kind::Alias => false,
            Kind::Single | Kind::Double | Kind::Literal | Kind::Folded => true,
            Kind::Plain => {
                self.tree.syntax == Syntax::Yaml
                    && (self.tag().is_some() || self.str().is_some_and(|raw| yaml::is_text(&raw)))
            }
        }
    }

    /// Returns whether the node is null, by its spelling.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Plain
            && self.tag().is_none()
            && self.str().is_some_and(|raw| self.spells_null(&raw))
    }

    /// Returns the tag, such as `!!binary`.
    #[must_use]
    pub fn tag(self) -> Option<&'t str> {
        if self.tree.properties.is_empty() {
            return None;
        }
        let range = self.tree.properties.get(&self.at)?.tag.clone()?;
        self.tree.text.as_str().get(range)
    }

    /// Returns the values of a list.
    #[must_use]
    pub fn items(self) -> Items<'t> {
        let token = self.token();
        let end = if token.kind == Kind::List { token.next } else { self.at + 1 };
        Items { tree: self.tree, at: self.at + 1, end }
    }

    /// Returns the keys and values of a mapping, in order.
    #[must_use]
    pub fn entries(self) -> Entries<'t> {
        let token = self.token();
        let end = if token.kind == Kind::Map { token.next } else { self.at + 1 };
        Entries { items: Items { tree: self.tree, at: self.at + 1, end } }
    }

    /// Returns the entries of a mapping whose keys are scalars: the key, what it reads as, and the value.
    pub fn named_entries(self) -> impl Iterator<Item = (Node<'t>, Cow<'t, str>, Node<'t>)> {
        let (tree, source): (&Tree, _) = (self.tree, self.tree.text.as_str());
        self.entries().filter_map(move |(key, value)| {
            let token = key.token();
            // Nearly every key of JSON.
            let as_written = tree.syntax == Syntax::Json && token.kind == Kind::Double && token.body == 0;
            let name = if as_written {
                Cow::Borrowed(source.get(token.start as usize + 1..token.end as usize - 1)?)
            } else {
                key.str()?
            };
            Some((key, name, value))
        })
    }

    /// Returns the value of a key. Of repeated keys the last counts, as every recorder's own reader has it.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Node<'t>> {
        let [found] = self.members([key]);
        found
    }

    /// Returns the values of some keys, as [`Node::get`] does, with one look at each key of the mapping.
    #[must_use]
    pub fn members<const N: usize>(self, keys: [&str; N]) -> [Option<Node<'t>>; N] {
        if self.tree.syntax == Syntax::Json {
            let found = self.tree.members(self.at, keys);
            return found.map(|at| at.map(|at| Self { tree: self.tree, at }));
        }
        let tree: &Tree = self.tree;
        let token = self.token();
        let end = if token.kind == Kind::Map { token.next } else { self.at };
        let (mut at, mut found) = (self.at + 1, [None; N]);
        while at < end {
            let name = tree.token(at);
            let value = name.next;
            let as_written = tree.as_written(at);
            for (key, found) in keys.iter().zip(&mut found) {
                let same = match as_written {
                    Some(own) => own == key.as_bytes(),
                    None if name.kind == Kind::Alias => Node::new(self.tree, at).is(key),
                    None => tree.reads(at, key),
                };
                if same {
                    *found = Some(value);
                }
            }
            at = tree.token(value).next;
        }
        found.map(|value| value.map(|value| Node::new(self.tree, value)))
    }

    /// Returns the value at a path of keys.
    #[must_use]
    pub fn at(self, path: &[&str]) -> Option<Node<'t>> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Returns the value of a key unless it is absent or null.
    #[must_use]
    pub fn some(self, key: &str) -> Option<Node<'t>> {
        self.get(key).filter(|node| !node.is_null())
    }

    /// Returns the item of a list at an index.
    #[must_use]
    pub fn item(self, index: usize) -> Option<Node<'t>> {
        self.items().nth(index)
    }

    /// Returns whether the node is a scalar that reads so.
    #[must_use]
    pub fn is(self, value: &str) -> bool {
        self.tree.reads(self.at, value)
    }

    /// Returns the characters of a scalar, of whatever type.
    #[must_use]
    pub fn str(self) -> Option<Cow<'t, str>> {
        self.tree.value(self.at)
    }

    /// Returns the characters of a scalar as text that knows its bytes.
    #[must_use]
    pub fn text(self) -> Option<Text> {
        self.tree.traced(self.at)
    }

    /// Returns the text of a string; nothing for null, numbers, lists, mappings.
    #[must_use]
    pub fn string(self) -> Option<Text> {
        if self.is_string() { self.text() } else { None }
    }

    /// Returns the text of the string at a key.
    #[must_use]
    pub fn string_at(self, key: &str) -> Option<Text> {
        self.get(key)?.string()
    }

    /// Returns the number at a key as a count; 3.0 counts as 3, text never.
    #[must_use]
    pub fn count_at(self, key: &str) -> Option<u64> {
        self.get(key)?.count()
    }

    /// Returns the node as a count; 3.0 counts as 3, text never.
    #[must_use]
    pub fn count(self) -> Option<u64> {
        if self.kind() != Kind::Plain {
            return None;
        }
        let raw = self.str()?;
        if let Ok(count) = raw.parse() {
            return Some(count);
        }
        let number = self.typed().as_f64()?;
        // Above 2^53 a float is no count any more.
        let whole = number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
        whole.then_some(number as u64)
    }

    /// Returns the node as true or false.
    #[must_use]
    pub fn bool(self) -> Option<bool> {
        if self.kind() == Kind::Plain && self.tag().is_none() { self.typed().as_bool() } else { None }
    }

    fn spells_null(self, raw: &str) -> bool {
        match self.tree.syntax {
            Syntax::Json => raw == "null",
            Syntax::Yaml => yaml::is_null(raw),
        }
    }

    /// Returns a plain scalar with the type its spelling has.
    fn typed(self) -> Value {
        let raw = self.str().unwrap_or_default();
        match self.tree.syntax {
            Syntax::Json => json::typed(&raw),
            Syntax::Yaml => yaml::typed(&raw),
        }
    }

    /// Returns the node as a JSON value: scalars typed as their language types them, tags left out.
    ///
    /// Nesting beyond [`MAX_DEPTH`] and values beyond some millions are left out as null.
    #[must_use]
    pub fn json(self) -> Value {
        self.json_within(0, &mut MAX_VALUES.clone())
    }

    fn json_within(self, depth: usize, left: &mut usize) -> Value {
        if *left == 0 || depth > MAX_DEPTH {
            return Value::Null;
        }
        *left -= 1;
        match self.kind() {
            Kind::Map => {
                let entries = self.entries().map(|(key, value)| {
                    let name = key.str().map_or_else(|| key.json().to_string(), Cow::into_owned);
                    (name, value.json_within(depth + 1, left))
                });
                Value::Object(entries.collect())
            }
            Kind::List => self.items().map(|item| item.json_within(depth + 1, left)).collect(),
            Kind::Plain if self.tag().is_none() => self.typed(),
            Kind::Plain | Kind::Single | Kind::Double | Kind::Literal | Kind::Folded => {
                Value::String(self.str().unwrap_or_default().into_owned())
            }
            Kind::Alias => Value::Null,
        }
    }

    /// Returns the bytes of the node: a collection from its first to its last token.
    #[must_use]
    pub fn slice(self) -> Slice {
        let token = self.token();
        let text = &self.tree.text;
        text.slice(token.start as usize..token.end as usize).into()
    }

    /// Returns the source bytes of the node, if a source holds any of it.
    #[must_use]
    pub fn span(self) -> Option<Span> {
        self.slice().span()
    }

    /// Returns the node together with its tree, to keep.
    #[must_use]
    pub fn subtree(self) -> Subtree {
        Subtree { tree: Arc::clone(self.tree), at: self.at }
    }

    /// Returns a warning about this node.
    #[must_use]
    pub fn warning(self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(message, self.span())
    }
}

/// The values of a list.
#[derive(Clone)]
pub struct Items<'t> {
    tree: &'t Arc<Tree>,
    at: u32,
    end: u32,
}

impl<'t> Iterator for Items<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        if self.at >= self.end {
            return None;
        }
        let node = Node::new(self.tree, self.at);
        self.at = self.tree.token(self.at).next;
        Some(node)
    }
}

/// The keys and values of a mapping.
#[derive(Clone)]
pub struct Entries<'t> {
    items: Items<'t>,
}

impl<'t> Iterator for Entries<'t> {
    type Item = (Node<'t>, Node<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.items.next()?, self.items.next()?))
    }
}

/// A node together with its tree: what the model keeps of a body that is a tree of the cassette itself.
#[derive(Clone)]
pub struct Subtree {
    tree: Arc<Tree>,
    at: u32,
}

impl std::fmt::Debug for Subtree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.node().fmt(f)
    }
}

impl Subtree {
    /// Returns the root of the first document of a tree.
    #[must_use]
    pub fn root(tree: Tree) -> Option<Self> {
        let at = *tree.documents.first()?;
        Some(Self { tree: Arc::new(tree), at })
    }

    /// Returns the node.
    #[must_use]
    pub fn node(&self) -> Node<'_> {
        Node::new(&self.tree, self.at)
    }
}
