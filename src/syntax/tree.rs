//! The tree: a flat list of tokens over the text they were read from.
//!
//! A token is 28 bytes and decodes nothing. A collection is followed by its children, keys and values in turn;
//! `next` skips over a whole subtree. Values are decoded when asked for, in [`super::node`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::{Node, json, yaml};
use crate::text::{Slice, Text};

/// How deep collections may be nested. Recorders write at most a few dozen levels.
pub const MAX_DEPTH: usize = 512;

/// The language of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// JSON (RFC 8259).
    Json,
    /// YAML 1.1, as libyaml reads it.
    Yaml,
}

/// What a token is. JSON strings are [`Kind::Double`]; JSON numbers, `true`, `false` and `null` are [`Kind::Plain`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A mapping or object.
    Map,
    /// A sequence or array.
    List,
    /// An unquoted scalar; also an absent one, which has no bytes.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// `*name`
    Alias,
}

/// One token of a tree: a scalar or the start of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Whether it is `[…]` or `{…}`, or stands inside such a collection.
    pub flow: bool,
    /// Whether it is the key of a mapping.
    pub key: bool,
    /// What becomes of the line ends behind a block scalar: -1 none stays, 0 one, 1 all.
    pub chomp: i8,
    /// Offset of the first byte in the tree's text: the quote, the `|`, the `{`; tag and anchor excluded.
    pub start: u32,
    /// Offset after the last byte. A block scalar ends after its last line end.
    pub end: u32,
    /// Index of the token after this one and all it holds.
    pub next: u32,
    /// Block scalars: offset of the first byte after the header line.
    pub body: u32,
    /// Block scalars: columns taken off each line.
    pub indent: u32,
    /// YAML: column of the block collection around this token, -1 at the top.
    pub parent: i32,
}

/// Why a text is no tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Offset of the byte at which reading stopped.
    pub offset: usize,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SyntaxError {}

/// Tag and anchor of a token, as ranges of the tree's text without `&`; the tag with its `!`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Properties {
    /// Such as `!!binary`.
    pub tag: Option<Range<usize>>,
    /// Such as `id001`.
    pub anchor: Option<Range<usize>>,
}

/// A text read as YAML or JSON.
#[derive(Debug)]
pub struct Tree {
    pub(super) text: Text,
    pub(super) syntax: Syntax,
    pub(super) tokens: Vec<Token>,
    /// Index of the root token of each document; JSON has one.
    pub(super) documents: Vec<u32>,
    /// Tags and anchors, by token. Few tokens have any.
    pub(super) properties: BTreeMap<u32, Properties>,
    /// Values of scalars that the slow reader had to decode, by token.
    pub(super) given: BTreeMap<u32, String>,
    /// Whether the text is ASCII; edits keep it so where they can.
    pub(super) ascii: bool,
}

impl Tree {
    /// Reads JSON.
    ///
    /// # Errors
    /// [`SyntaxError`] at the first byte that is not JSON.
    pub fn json(text: Text) -> Result<Self, SyntaxError> {
        let tokens = json::scan(text.as_str())?;
        Ok(Self::new(text, Syntax::Json, tokens, vec![0]))
    }

    /// Reads one or more YAML documents.
    ///
    /// # Errors
    /// [`SyntaxError`] at the first byte that libyaml would not accept either.
    pub fn yaml(text: Text) -> Result<Self, SyntaxError> {
        yaml::read(text)
    }

    pub(super) fn new(text: Text, syntax: Syntax, tokens: Vec<Token>, documents: Vec<u32>) -> Self {
        let (properties, given, ascii) = (BTreeMap::new(), BTreeMap::new(), text.as_str().is_ascii());
        Self { text, syntax, tokens, documents, properties, given, ascii }
    }

    /// Returns the language of the text.
    #[must_use]
    pub fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// Returns the text that was read.
    #[must_use]
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// Returns the roots of the documents. An empty file has none.
    #[must_use]
    pub fn documents(self: &Arc<Self>) -> impl ExactSizeIterator<Item = Node<'_>> {
        self.documents.iter().map(move |&at| Node::new(self, at))
    }

    /// Returns the bytes of each document, with its `---` and what stands before it; nothing if it cannot be told where
    /// one begins.
    #[must_use]
    pub fn document_ranges(&self) -> Option<Vec<Range<usize>>> {
        let text = self.text.as_str();
        let mut starts = Vec::new();
        let mut before = 0;
        for (number, &root) in self.documents.iter().enumerate() {
            let token = self.token(root);
            let between = text.get(before..token.start as usize)?;
            let mut own = between.rmatch_indices("---").map(|(at, _)| before + at);
            let line = own.find(|at| *at == 0 || text[..*at].ends_with('\n'));
            starts.push(if number == 0 { 0 } else { line? });
            before = token.end as usize;
        }
        let ends = starts.iter().skip(1).copied().chain([text.len()]);
        Some(starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect())
    }

    /// Returns the root of the first document.
    #[must_use]
    pub fn root(self: &Arc<Self>) -> Option<Node<'_>> {
        self.documents().next()
    }

    /// Returns the node at a token's index.
    pub(super) fn token(&self, at: u32) -> &Token {
        &self.tokens[at as usize]
    }

    /// Returns the decoded value of a scalar; nothing for collections and aliases.
    pub(super) fn value(&self, at: u32) -> Option<Cow<'_, str>> {
        let token = self.token(at);
        match token.kind {
            Kind::Map | Kind::List | Kind::Alias => None,
            Kind::Plain | Kind::Single | Kind::Double | Kind::Literal | Kind::Folded => {
                Some(match (self.given.get(&at), self.syntax) {
                    (Some(value), _) => Cow::Borrowed(value.as_str()),
                    (None, Syntax::Json) => json::value(self.text.as_str(), token),
                    (None, Syntax::Yaml) => yaml::value(self.text.as_str(), token),
                })
            }
        }
    }

    /// Returns whether a scalar reads so.
    ///
    /// Every look-up of a key comes here. Most keys differ in their first letter, and hardly any holds an escape, so
    /// most are told apart without decoding.
    pub(super) fn reads(&self, at: u32, value: &str) -> bool {
        let token = self.token(at);
        let quotes = match token.kind {
            Kind::Plain => 0,
            Kind::Single | Kind::Double => 1,
            Kind::Map | Kind::List | Kind::Literal | Kind::Folded | Kind::Alias => {
                return self.value(at).is_some_and(|own| own == value);
            }
        };
        let (source, start) = (self.text.as_slice().bytes(), token.start as usize + quotes);
        if self.syntax == Syntax::Json {
            return json::reads(source.get(start..token.end as usize - quotes).unwrap_or_default(), value)
                .unwrap_or_else(|| self.value(at).is_some_and(|own| own == value));
        }
        if let (Some(own), Some(wanted)) = (source.get(start), value.as_bytes().first())
            && own != wanted
            && own.is_ascii_alphanumeric()
        {
            return false;
        }
        let raw = source.get(start..token.end as usize - quotes).unwrap_or_default();
        let verbatim = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b' ');
        if raw == value.as_bytes() && raw.iter().all(verbatim) {
            return true;
        }
        self.value(at).is_some_and(|own| own == value)
    }

    /// Returns the decoded value of a scalar as text that knows its bytes.
    pub(super) fn traced(&self, at: u32) -> Option<Text> {
        let value = self.value(at)?.into_owned();
        let token = self.token(at);
        let outer: Slice = self.text.slice(token.start as usize..token.end as usize).into();
        Some(match self.syntax {
            Syntax::Json => Text::spelled(outer, json::Spelled::of(token), value),
            Syntax::Yaml => Text::spelled(outer, yaml::Spelled::of(self, at), value),
        })
    }
}
