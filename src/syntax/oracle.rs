//! Tests: trees compared with what other readers make of the same text.

use libyaml_oracle::{Event, Properties, Style};

use super::yaml::{by_libyaml, readers};
use super::{Kind, SyntaxError, Tree};
use crate::text::{SourceId, Text};

pub(super) fn source(text: &str) -> Text {
    Text::source(SourceId(0), text.to_owned())
}

pub(super) fn yaml(text: &str) -> Result<Tree, SyntaxError> {
    Tree::yaml(source(text))
}

/// Returns a tree as libyaml's events.
pub(super) fn events(tree: &Tree) -> Vec<Event> {
    let mut events = Vec::new();
    let mut ends: Vec<u32> = Vec::new();
    let mut documents = tree.documents.iter().peekable();
    for at in 0..=u32::try_from(tree.tokens.len()).unwrap() {
        while ends.pop_if(|end| *end <= at).is_some() {
            events.push(Event::End);
        }
        if documents.next_if(|&&document| document == at).is_some() {
            events.push(Event::Document);
        }
        let Some(token) = tree.tokens.get(at as usize) else { break };
        let value = || tree.value(at).unwrap().into_owned();
        let style = match token.kind {
            Kind::Map | Kind::List => {
                ends.push(token.next);
                let properties = properties(tree, at);
                let begin = if token.kind == Kind::Map { Event::Map } else { Event::List };
                events.push(begin(properties));
                continue;
            }
            Kind::Alias => {
                let name = &tree.text.as_str()[token.start as usize + 1..token.end as usize];
                events.push(Event::Alias(name.to_owned()));
                continue;
            }
            Kind::Plain => Style::Plain,
            Kind::Single => Style::Single,
            Kind::Double => Style::Double,
            Kind::Literal => Style::Literal,
            Kind::Folded => Style::Folded,
        };
        events.push(Event::Scalar(style, value(), properties(tree, at)));
    }
    events
}

fn properties(tree: &Tree, at: u32) -> Properties {
    let Some(own) = tree.properties.get(&at) else { return Properties::default() };
    let text = tree.text.as_str();
    let tag = own.tag.clone().map(|range| in_full(&text[..range.start], &text[range]));
    Properties { tag, anchor: own.anchor.clone().map(|range| text[range].to_owned()) }
}

/// Returns a tag with its prefix, as the directives before it have it.
fn in_full(before: &str, tag: &str) -> String {
    if let Some(verbatim) = tag.strip_prefix("!<") {
        return unescaped(verbatim.trim_end_matches('>'));
    }
    let (handle, name) = tag[1..].find('!').map_or((1, &tag[1..]), |at| (at + 2, &tag[at + 2..]));
    if tag == "!" {
        return tag.to_owned();
    }
    let handle = &tag[..handle];
    let declared = before.lines().rev().find_map(|line| {
        let mut words = line.strip_prefix("%TAG")?.split_ascii_whitespace();
        (words.next()? == handle).then(|| words.next().unwrap_or_default())
    });
    let prefix = declared.unwrap_or(if handle == "!!" { "tag:yaml.org,2002:" } else { handle });
    unescaped(prefix) + &unescaped(name)
}

fn unescaped(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.as_bytes();
    while let [first, tail @ ..] = rest {
        if let (b'%', [high, low, tail @ ..]) = (first, tail) {
            let hex = String::from_utf8(vec![*high, *low]).unwrap();
            bytes.push(u8::from_str_radix(&hex, 16).unwrap());
            rest = tail;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Asserts that libyaml and we read the same, or both refuse.
pub(super) fn assert_as_libyaml(text: &str) {
    let theirs = libyaml_oracle::events(text);
    match (yaml(text), theirs) {
        (Ok(tree), Ok(theirs)) => assert_eq!(events(&tree), theirs, "{text:?}"),
        (Ok(_), Err(problem)) => panic!("libyaml refuses: {problem}: {text:?}"),
        (Err(error), Ok(_)) => assert_eq!(error.message, readers::BEYOND, "{text:?}"),
        (Err(error), Err(_)) => {
            assert!(text.is_char_boundary(error.offset), "{text:?}");
        }
    }
    if !is_same_two_ways(text) {
        let (fast, slow) = (readers::fast(&source(text)).unwrap(), by_libyaml(source(text)));
        panic!("{text:?} in two ways: {fast:?} {slow:?}");
    }
}

/// Returns whether libyaml-safer makes the same tokens of a text that the scanner takes.
pub(super) fn is_same_two_ways(text: &str) -> bool {
    let Some(fast) = readers::fast(&source(text)) else { return true };
    let slow = match by_libyaml(source(text)) {
        Ok(slow) => slow,
        Err(error) => return error.message == readers::BEYOND,
    };
    fast.tokens == slow.tokens
        && fast.documents == slow.documents
        && fast.properties == slow.properties
        && slow.given.is_empty()
}
