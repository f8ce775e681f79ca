//! The tree: a flat list of tokens over the text they were read from.
//!
//! A token is 28 bytes and decodes nothing. A collection is followed by its children, keys and values in turn;
//! `next` skips over a whole subtree. Values are decoded when asked for, in [`super::node`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Node, json, like, yaml};
use crate::text::{Spelling, Text};

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
    /// Block scalars: offset of the first byte after the header line. JSON strings: of the first escape, if not 0.
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
    pub(super) skeleton: Skeleton,
}

/// What a tree has in common with those of the same skeleton: the same keys and the same number of tokens, each collection
/// at the same place. Only scalars differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skeleton(u64);

impl Skeleton {
    /// Returns one that no tree has.
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
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

    /// Reads JSON that is likely as the JSON of another tree, but for some values. What comes of it is the same as of
    /// [`Tree::json`], in a fraction of the time where it is so.
    ///
    /// # Errors
    /// As [`Tree::json`].
    pub fn json_like(text: Text, other: &Self) -> Result<Self, SyntaxError> {
        let tokens = match other.syntax {
            Syntax::Json => like::scan(text.as_str(), other.text.as_str(), &other.tokens),
            Syntax::Yaml => None,
        };
        match tokens {
            Some((tokens, same_keys)) => {
                let skeleton = if same_keys { other.skeleton } else { Skeleton::new() };
                Ok(Self { skeleton, ..Self::new(text, Syntax::Json, tokens, vec![0]) })
            }
            None => Self::json(text),
        }
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
        Self { text, syntax, tokens, documents, properties, given, ascii, skeleton: Skeleton::new() }
    }

    /// Returns the skeleton of the tree. That another one has the same is known only of trees read by
    /// [`Tree::json_like`].
    #[must_use]
    pub fn skeleton(&self) -> Skeleton {
        self.skeleton
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

    /// Returns where the comments of YAML stand, each from its `#` to the end of its line.
    #[must_use]
    pub fn comments(&self) -> Vec<Range<usize>> {
        let text = self.text.as_str();
        let mut found = Vec::new();
        if self.syntax == Syntax::Json || memchr::memchr(b'#', text.as_bytes()).is_none() {
            return found;
        }
        let mut at = 0;
        for token in &self.tokens {
            let scalar = !matches!(token.kind, Kind::Map | Kind::List);
            if !scalar {
                continue;
            }
            // A block scalar has a line of its own before its first.
            let block = matches!(token.kind, Kind::Literal | Kind::Folded);
            let start = if block { token.body } else { token.start } as usize;
            found.extend(comments_in(text, at..start.max(at)));
            at = (token.end as usize).max(at);
        }
        found.extend(comments_in(text, at..text.len()));
        found
    }

    /// Returns the root of the first document.
    #[must_use]
    pub fn root(self: &Arc<Self>) -> Option<Node<'_>> {
        self.documents().next()
    }

    /// Returns the node at a token's index.
    /// Returns whether nodes have anchors or tags: without, no alias stands for anything.
    #[must_use]
    pub fn has_properties(&self) -> bool {
        !self.properties.is_empty()
    }

    pub(super) fn token(&self, at: u32) -> &Token {
        &self.tokens[at as usize]
    }

    /// Returns the decoded value of a scalar; nothing for collections and aliases.
    pub(super) fn value(&self, at: u32) -> Option<Cow<'_, str>> {
        let token = self.token(at);
        let as_written = token.body == 0 && matches!(token.kind, Kind::Plain | Kind::Double);
        if as_written && self.syntax == Syntax::Json {
            // Nearly every key and value: no more than a look at where it stands.
            let quote = u32::from(token.kind == Kind::Double);
            let range = (token.start + quote) as usize..(token.end - quote) as usize;
            return self.text.as_str().get(range).map(Cow::Borrowed);
        }
        Some(self.decoded(at)?.of(self.text.as_str()))
    }

    fn decoded(&self, at: u32) -> Option<Decoded<'_>> {
        let token = self.token(at);
        match token.kind {
            Kind::Map | Kind::List | Kind::Alias => None,
            Kind::Plain | Kind::Single | Kind::Double | Kind::Literal | Kind::Folded => {
                Some(match (self.syntax, self.given.get(&at)) {
                    (_, Some(value)) => Decoded::Given(value),
                    (Syntax::Json, None) => json::decoded(self.text.as_str(), token),
                    (Syntax::Yaml, None) => yaml::decoded(self.text.as_str(), token),
                })
            }
        }
    }

    /// Returns whether a scalar reads so. Hardly any key holds an escape, so most are told apart without decoding.
    pub(super) fn reads(&self, at: u32, value: &str) -> bool {
        if let Some(own) = self.as_written(at) {
            return own == value.as_bytes();
        }
        let own = self.written(at).and_then(|own| own.first()).filter(|own| own.is_ascii_alphanumeric());
        let differs = own.zip(value.as_bytes().first()).is_some_and(|(own, wanted)| own != wanted);
        !differs && self.value(at).is_some_and(|own| own == value)
    }

    /// Returns the bytes of a scalar that certainly reads as it is written, without its quotes.
    #[inline]
    pub(super) fn as_written(&self, at: u32) -> Option<&[u8]> {
        let simple = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b' ');
        self.written(at).filter(|own| match self.syntax {
            Syntax::Json => self.token(at).body == 0,
            Syntax::Yaml => own.iter().all(simple),
        })
    }

    /// Returns the bytes of a plain or quoted scalar, without its quotes.
    #[inline]
    fn written(&self, at: u32) -> Option<&[u8]> {
        let token = self.token(at);
        let quotes = match token.kind {
            Kind::Plain => 0,
            Kind::Single | Kind::Double => 1,
            Kind::Map | Kind::List | Kind::Literal | Kind::Folded | Kind::Alias => return None,
        };
        self.text.as_str().as_bytes().get(token.start as usize + quotes..token.end as usize - quotes)
    }

    /// Returns the last values of some keys of a JSON object. Events are read by such look-ups, so no time is lost on a
    /// key that is another one.
    #[inline]
    pub(super) fn members<const N: usize>(&self, object: u32, keys: [&str; N]) -> [Option<u32>; N] {
        let mut found = [None; N];
        let token = self.token(object);
        if token.kind != Kind::Map {
            return found;
        }
        let source = self.text.as_str().as_bytes();
        let tokens = &self.tokens[..token.next as usize];
        let mut at = object as usize + 1;
        // No key of JSON holds others, so its value is the next token.
        while let Some([name, value]) = tokens.get(at..).and_then(<[Token]>::first_chunk) {
            for (key, found) in keys.iter().zip(&mut found) {
                if json::reads(source, name, key) {
                    *found = Some(name.next);
                }
            }
            at = value.next as usize;
        }
        found
    }

    /// Returns the decoded value of a scalar as text that knows its bytes.
    pub(super) fn traced(&self, at: u32) -> Option<Text> {
        let decoded = self.decoded(at)?;
        let token = self.token(at);
        let start = token.start as usize;
        let outer = self.text.slice(start..token.end as usize);
        Some(match (self.syntax, token.kind) {
            (Syntax::Json, Kind::Double) => decoded.traced(outer, start, json::Spelled::<true>),
            (Syntax::Json, _) => decoded.traced(outer, start, json::Spelled::<false>),
            (Syntax::Yaml, _) => decoded.traced(outer, start, yaml::Spelled::of(self, at)),
        })
    }
}

/// Returns the comments in a stretch of YAML that holds no scalar.
fn comments_in(text: &str, stretch: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = stretch.start;
    std::iter::from_fn(move || {
        loop {
            let hash = at + text.get(at..stretch.end)?.find('#')?;
            let begins = text[..hash].chars().next_back().is_none_or(char::is_whitespace);
            if !begins {
                at = hash + 1;
                continue;
            }
            let end = text[hash..].find(['\n', '\r']).map_or(text.len(), |end| hash + end);
            at = end;
            return Some(hash..end);
        }
    })
}

/// What a scalar reads as.
pub(super) enum Decoded<'t> {
    /// What is written in this range of the tree's text.
    Verbatim(Range<usize>),
    /// Something else.
    Unescaped(String),
    /// What the slow reader says.
    Given(&'t str),
}

impl<'t> Decoded<'t> {
    /// Returns the characters, where the scalar is one of `source`.
    pub(super) fn of(self, source: &'t str) -> Cow<'t, str> {
        match self {
            Self::Verbatim(range) => Cow::Borrowed(&source[range]),
            Self::Given(value) => Cow::Borrowed(value),
            Self::Unescaped(value) => Cow::Owned(value),
        }
    }

    /// Returns the value as text that was read from `outer`, which begins at `start`.
    fn traced(self, outer: Text, start: usize, spelling: impl Spelling + 'static) -> Text {
        match self {
            Self::Verbatim(range) => Text::verbatim(outer, spelling, range.start - start..range.end - start),
            Self::Unescaped(value) => Text::spelled(outer.into(), spelling, value),
            Self::Given(value) => Text::spelled(outer.into(), spelling, value.to_owned()),
        }
    }
}
