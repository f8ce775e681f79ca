//! Whether a rewritten file says what it should, and nothing else changed.
//!
//! The old tree, as a flat list of events, with what the edits intend applied to it is what the new text must read
//! as: to our reader, and to one by another hand (libyaml-safer, `serde_json`). An intention names a node by its
//! token's index: a scalar is to have another value, a collection to hold other items.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use serde_json::Value;

use super::json::without_lone_surrogates;
use super::rearrange::{self, Piece, Rearranged};
use super::{Kind, Syntax, SyntaxError, Tree, yaml};
use crate::text::{SourceId, Text};

/// The first thing in a rewritten text that is not as intended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its offset in the new text.
    pub offset: usize,
    /// What is there, and what should be.
    pub message: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Difference {}

impl From<SyntaxError> for Difference {
    fn from(SyntaxError { offset, message }: SyntaxError) -> Self {
        Self { offset, message }
    }
}

/// Checks that `new` is the text of `old` with just these scalars changed: each with its bytes in the old text, and
/// the value it must have now, as [`crate::text::Lifted::values`] has them; and with just these of its collections
/// rearranged, and with these documents, if they are to be others.
///
/// # Errors
/// [`Difference`], the first one.
pub fn verify(
    old: &Tree,
    new: &[u8],
    values: &[(Range<usize>, String)],
    rearranged: &[Rearranged],
    documents: Option<&[Piece]>,
) -> Result<(), Difference> {
    let new = std::str::from_utf8(new).map_err(|error| Difference {
        offset: error.valid_up_to(),
        message: "the new text would be no UTF-8".to_owned(),
    })?;
    let expected = Expected::of(old, intended(old, values)?, rearranged, documents)?;
    let text = Text::source(SourceId::default(), new.to_owned());
    let tree = match old.syntax {
        Syntax::Json => Tree::json(text)?,
        Syntax::Yaml => Tree::yaml(text)?,
    };
    compare(&expected, &events(&tree), &tree)?;
    let second = match old.syntax {
        Syntax::Json => json_events(new)?,
        Syntax::Yaml => yaml_events(new)?,
    };
    compare(&expected, &second, &tree)
}

/// What a reader sees next.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Event {
    Document,
    Map(Properties),
    List(Properties),
    /// The end of a mapping or list.
    End,
    Scalar(Scalar, Properties),
    Alias(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Scalar {
    value: String,
    style: Style,
}

/// How a scalar is written, or is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    As(Kind),
    /// As it may.
    Any,
    /// So that it is text.
    Text,
    /// So that it is a number or a word like `null`.
    Bare,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Properties {
    tag: Option<String>,
    anchor: Option<String>,
}

/// Returns the new values by the index of their token.
fn intended(old: &Tree, values: &[(Range<usize>, String)]) -> Result<BTreeMap<usize, String>, Difference> {
    let mut intended = BTreeMap::new();
    for (range, value) in values {
        let first = old.tokens.partition_point(|token| (token.start as usize) < range.start);
        let is_it = |at: &usize| {
            let token = &old.tokens[*at];
            token.end as usize == range.end && !matches!(token.kind, Kind::Map | Kind::List | Kind::Alias)
        };
        let in_place = |at: &usize| old.tokens[*at].start as usize == range.start;
        let found = (first..old.tokens.len()).take_while(in_place).find(is_it);
        let Some(found) = found else {
            let message = "an edit of something that is no scalar".to_owned();
            return Err(Difference { offset: range.start, message });
        };
        intended.insert(found, value.clone());
    }
    Ok(intended)
}

/// Makes the events that should be read.
struct Expected<'v> {
    events: Vec<Event>,
    /// The new values by the index of their token.
    values: BTreeMap<usize, String>,
    /// The new items by the token of their collection.
    pieces: BTreeMap<u32, &'v [Piece]>,
    /// Which tree's token had an anchor last.
    anchors: BTreeMap<String, (*const Tree, u32)>,
}

impl<'v> Expected<'v> {
    fn of(
        old: &Tree,
        values: BTreeMap<usize, String>,
        rearranged: &'v [Rearranged],
        documents: Option<&[Piece]>,
    ) -> Result<Vec<Event>, Difference> {
        let mut pieces = BTreeMap::new();
        for each in rearranged {
            let (tree, at) = each.collection().place();
            if std::ptr::eq(&raw const **tree, old) && pieces.insert(at, each.pieces.as_slice()).is_some() {
                let message = "one collection would be rearranged twice".to_owned();
                return Err(Difference { offset: tree.token(at).start as usize, message });
            }
        }
        let mut expected = Self { events: Vec::new(), values, pieces, anchors: BTreeMap::new() };
        let all: Vec<Piece> = (0..old.documents.len()).map(Piece::Kept).collect();
        for document in documents.unwrap_or(&all) {
            expected.events.push(Event::Document);
            expected.anchors.clear();
            match document {
                Piece::Kept(at) => expected.node(old, old.documents[*at], true)?,
                Piece::Copy(other, _) => {
                    let (other, at) = other.node().place();
                    expected.node(other, at, false)?;
                }
                Piece::Item(value) | Piece::Member(_, value) => expected.value(value),
            }
        }
        Ok(expected.events)
    }

    /// Adds what stands at a token. Intentions are about the old tree, not about one that something is copied from.
    fn node(&mut self, tree: &Tree, at: u32, own: bool) -> Result<(), Difference> {
        let mut event = event(tree, at);
        if let Event::Alias(name) = &event {
            let named = anchor(tree, at, name).map(|target| (&raw const *tree, target));
            if named.is_none() || named != self.anchors.get(name).copied() {
                let message = format!("the alias `*{name}` would be without what it stands for");
                return Err(Difference { offset: tree.token(at).start as usize, message });
            }
        }
        if let Event::Map(own) | Event::List(own) | Event::Scalar(_, own) = &event
            && let Some(name) = &own.anchor
        {
            self.anchors.insert(name.clone(), (&raw const *tree, at));
        }
        if let (true, Event::Scalar(scalar, _)) = (own, &mut event)
            && let Some(value) = self.values.remove(&(at as usize))
        {
            *scalar = Scalar { value, style: Style::Any };
        }
        let holds = matches!(event, Event::Map(_) | Event::List(_));
        self.events.push(event);
        if !holds {
            return Ok(());
        }
        let pieces = if own { self.pieces.get(&at).copied() } else { None };
        let items = rearrange::items(tree, at);
        match pieces {
            None => items.iter().try_for_each(|item| self.item(tree, *item, own))?,
            Some(pieces) => pieces.iter().try_for_each(|piece| self.piece(tree, &items, piece))?,
        }
        self.events.push(Event::End);
        Ok(())
    }

    fn item(&mut self, tree: &Tree, item: rearrange::Item, own: bool) -> Result<(), Difference> {
        if item.key != item.value {
            self.node(tree, item.key, own)?;
        }
        self.node(tree, item.value, own)
    }

    fn piece(&mut self, tree: &Tree, items: &[rearrange::Item], piece: &Piece) -> Result<(), Difference> {
        match piece {
            Piece::Kept(at) => items.get(*at).map_or(Ok(()), |item| self.item(tree, *item, true)),
            Piece::Copy(other, at) => {
                let (other, list) = other.node().place();
                let items = rearrange::items(other, list);
                items.get(*at).map_or(Ok(()), |item| self.item(other, *item, false))
            }
            Piece::Item(value) => {
                self.value(value);
                Ok(())
            }
            Piece::Member(key, value) => {
                self.scalar(key.clone(), Style::Text);
                self.value(value);
                Ok(())
            }
        }
    }

    /// Adds a new value.
    fn value(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                self.events.push(Event::Map(Properties::default()));
                for (key, value) in members {
                    self.scalar(key.clone(), Style::Text);
                    self.value(value);
                }
                self.events.push(Event::End);
            }
            Value::Array(items) => {
                self.events.push(Event::List(Properties::default()));
                for item in items {
                    self.value(item);
                }
                self.events.push(Event::End);
            }
            Value::String(text) => self.scalar(text.clone(), Style::Text),
            Value::Null | Value::Bool(_) | Value::Number(_) => self.scalar(value.to_string(), Style::Bare),
        }
    }

    fn scalar(&mut self, value: String, style: Style) {
        self.events.push(Event::Scalar(Scalar { value, style }, Properties::default()));
    }
}

/// Returns the token that an alias names.
fn anchor(tree: &Tree, alias: u32, name: &str) -> Option<u32> {
    let is_it = |own: &Properties| own.anchor.as_deref() == Some(name);
    let document = tree.documents.iter().rev().find(|&&document| document <= alias).copied().unwrap_or(0);
    let before = tree.properties.range(document..alias).rev();
    before.map(|(at, _)| *at).find(|&at| is_it(&properties(tree, at)))
}

/// Compares what should be read with what is; `tree` tells where.
fn compare(expected: &[Event], found: &[Event], tree: &Tree) -> Result<(), Difference> {
    let mut node = 0;
    for at in 0..expected.len().max(found.len()) {
        let (expected, found) = (expected.get(at), found.get(at));
        if !matches!((expected, found), (Some(expected), Some(found)) if found.is_as(expected)) {
            let offset = tree.tokens.get(node).map_or(tree.text.len(), |token| token.start as usize);
            return Err(Difference { offset, message: described(expected, found) });
        }
        node += usize::from(found.is_some_and(Event::is_node));
    }
    Ok(())
}

impl Event {
    fn is_node(&self) -> bool {
        match self {
            Self::Map(_) | Self::List(_) | Self::Scalar(..) | Self::Alias(_) => true,
            Self::Document | Self::End => false,
        }
    }

    fn is_as(&self, expected: &Self) -> bool {
        match (self, expected) {
            (Self::Scalar(scalar, own), Self::Scalar(wanted, properties)) => {
                own == properties && scalar.value == wanted.value && scalar.is_written(wanted.style)
            }
            _ => self == expected,
        }
    }
}

impl Scalar {
    fn is_written(&self, wanted: Style) -> bool {
        let bare = self.style == Style::As(Kind::Plain);
        match wanted {
            Style::As(_) => self.style == wanted,
            Style::Any => true,
            Style::Text => !bare || yaml::is_text(&self.value),
            Style::Bare => bare,
        }
    }
}

fn described(expected: Option<&Event>, found: Option<&Event>) -> String {
    let name = |event: Option<&Event>| match event {
        None => "the end of the text".to_owned(),
        Some(Event::Document) => "a document".to_owned(),
        Some(Event::Map(_)) => "a mapping".to_owned(),
        Some(Event::List(_)) => "a list".to_owned(),
        Some(Event::End) => "the end of a mapping or list".to_owned(),
        Some(Event::Alias(name)) => format!("the alias `*{name}`"),
        Some(Event::Scalar(scalar, _)) => {
            let start: String = scalar.value.chars().take(40).collect();
            format!("{start:?}")
        }
    };
    let (wanted, got) = (name(expected), name(found));
    if wanted == got {
        return format!("the edit would change how {got} is written, or its tag or anchor");
    }
    format!("the edit would make {got} of {wanted}")
}

/// Returns what the reader of a tree saw.
fn events(tree: &Tree) -> Vec<Event> {
    let mut events = Vec::with_capacity(tree.tokens.len() * 2);
    let mut ends: Vec<u32> = Vec::new();
    let mut documents = tree.documents.iter().peekable();
    for (at, token) in (0..).zip(&tree.tokens) {
        while ends.pop_if(|end| *end <= at).is_some() {
            events.push(Event::End);
        }
        if documents.next_if(|&&document| document == at).is_some() {
            events.push(Event::Document);
        }
        if matches!(token.kind, Kind::Map | Kind::List) {
            ends.push(token.next);
        }
        events.push(event(tree, at));
    }
    events.extend(ends.into_iter().map(|_| Event::End));
    events
}

/// Returns what a reader sees at a token.
fn event(tree: &Tree, at: u32) -> Event {
    let token = tree.token(at);
    match token.kind {
        Kind::Map => Event::Map(properties(tree, at)),
        Kind::List => Event::List(properties(tree, at)),
        Kind::Alias => {
            let name = tree.text.as_str().get(token.start as usize + 1..token.end as usize);
            Event::Alias(name.unwrap_or_default().to_owned())
        }
        Kind::Plain | Kind::Single | Kind::Double | Kind::Literal | Kind::Folded => {
            let value = tree.value(at).unwrap_or_default().into_owned();
            Event::Scalar(Scalar { value, style: Style::As(token.kind) }, properties(tree, at))
        }
    }
}

fn properties(tree: &Tree, at: u32) -> Properties {
    let text = tree.text.as_str();
    let own = tree.properties.get(&at).cloned().unwrap_or_default();
    let part = |range: Range<usize>| text.get(range).unwrap_or_default().to_owned();
    Properties { tag: own.tag.map(part), anchor: own.anchor.map(part) }
}

/// Returns what libyaml sees.
fn yaml_events(text: &str) -> Result<Vec<Event>, Difference> {
    let text = Text::source(SourceId::default(), text.to_owned());
    Ok(events(&yaml::by_libyaml(text)?))
}

/// Returns what `serde_json` sees: keys in order, repeated ones too. It goes 127 levels deep.
fn json_events(text: &str) -> Result<Vec<Event>, Difference> {
    let text = without_lone_surrogates(text.strip_prefix('\u{FEFF}').unwrap_or(text));
    let mut events = vec![Event::Document];
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    let read = Flat(&mut events).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    read.map_err(|error| Difference {
        offset: text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>()
            + error.column(),
        message: format!("the second reader of JSON stops: {error}"),
    })?;
    Ok(events)
}

/// Takes a JSON value as events.
struct Flat<'e>(&'e mut Vec<Event>);

impl Flat<'_> {
    fn push(self, value: impl Into<String>, style: Kind) {
        let scalar = Scalar { value: value.into(), style: Style::As(style) };
        self.0.push(Event::Scalar(scalar, Properties::default()));
    }
}

impl<'de> DeserializeSeed<'de> for Flat<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Flat<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.push("null", Kind::Plain);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.push(value.to_string(), Kind::Plain);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.push(value.to_string(), Kind::Plain);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.push(value.to_string(), Kind::Plain);
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.push(value, Kind::Double);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.push(Event::List(Properties::default()));
        while items.next_element_seed(Flat(self.0))?.is_some() {}
        self.0.push(Event::End);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        // With `arbitrary_precision`, a number beyond 64 bits comes as a mapping with this key and its digits.
        const NUMBER: &str = "$serde_json::private::Number";
        let begin = self.0.len();
        self.0.push(Event::Map(Properties::default()));
        while let Some(key) = entries.next_key::<String>()? {
            if key == NUMBER && self.0.len() == begin + 1 {
                self.0.truncate(begin);
                self.push(entries.next_value::<String>()?, Kind::Plain);
                return Ok(());
            }
            Flat(self.0).push(key, Kind::Double);
            entries.next_value_seed(Flat(self.0))?;
        }
        self.0.push(Event::End);
        Ok(())
    }
}
