//! Whether a rewritten file says what it should, and nothing else changed.
//!
//! The old tree, as a flat list of events, with what the edits intend applied to it is what the new text must read
//! as: to our reader, and to one by another hand (libyaml-safer, `serde_json`). An intention names a node by its
//! token's index; structural edits (nodes removed, moved, inserted) are other changes to the same list.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::json::without_lone_surrogates;
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
/// the value it must have now, as [`crate::text::Lifted::values`] has them.
///
/// # Errors
/// [`Difference`], the first one.
pub fn verify(old: &Tree, new: &[u8], values: &[(Range<usize>, String)]) -> Result<(), Difference> {
    let new = std::str::from_utf8(new).map_err(|error| Difference {
        offset: error.valid_up_to(),
        message: "the new text would be no UTF-8".to_owned(),
    })?;
    let expected = apply(events(old), &intended(old, values)?);
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
    /// How it is written; absent where any style will do.
    style: Option<Kind>,
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

/// Returns the events with the scalars changed that are meant to.
fn apply(mut events: Vec<Event>, intended: &BTreeMap<usize, String>) -> Vec<Event> {
    let mut node = 0;
    for event in &mut events {
        if let (Event::Scalar(scalar, _), Some(value)) = (&mut *event, intended.get(&node)) {
            *scalar = Scalar { value: value.clone(), style: None };
        }
        node += usize::from(event.is_node());
    }
    events
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
                own == properties
                    && scalar.value == wanted.value
                    && (wanted.style.is_none() || scalar.style == wanted.style)
            }
            _ => self == expected,
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
    let text = tree.text.as_str();
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
        let own = tree.properties.get(&at).cloned().unwrap_or_default();
        let part = |range: Range<usize>| text.get(range).unwrap_or_default().to_owned();
        let properties = Properties { tag: own.tag.map(part), anchor: own.anchor.map(part) };
        events.push(match token.kind {
            Kind::Map | Kind::List => {
                ends.push(token.next);
                if token.kind == Kind::Map { Event::Map(properties) } else { Event::List(properties) }
            }
            Kind::Alias => Event::Alias(part(token.start as usize + 1..token.end as usize)),
            Kind::Plain | Kind::Single | Kind::Double | Kind::Literal | Kind::Folded => {
                let value = tree.value(at).unwrap_or_default().into_owned();
                Event::Scalar(Scalar { value, style: Some(token.kind) }, properties)
            }
        });
    }
    events.extend(ends.into_iter().map(|_| Event::End));
    events
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
        let scalar = Scalar { value: value.into(), style: Some(style) };
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
