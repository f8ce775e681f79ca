//! Two answers as they are assembled, whole or from a stream.

use super::align::{self, Item, Paired};
use super::json::{Raw, Walk, hash};
use super::{Change, Class, Difference, Side, Value, subject};
use crate::chat::{Answer, Arguments, Part, Place, Reply, ToolCall};
use crate::provider;
use crate::syntax::Subtree;
use crate::text::Text;

/// Compares two answers.
pub(super) fn compare(old: &Reply, new: &Reply, walk: &mut Walk<'_>, found: &mut Vec<Difference>) {
    id(old.id.as_ref(), new.id.as_ref(), "id", walk, found);
    words(Class::Model, "model", old.model.as_ref(), new.model.as_ref(), walk, found);
    let most = old.choices.len().max(new.choices.len());
    for at in 0..most {
        let prefix = if most > 1 { format!("choices[{at}].") } else { String::new() };
        match (old.choices.get(at), new.choices.get(at)) {
            (Some(one), Some(other)) => answers(one, other, &prefix, walk, found),
            (Some(one), None) => {
                found.push(Difference::new(
                    Class::Text,
                    Side::Response,
                    format!("choices[{at}]"),
                    Change::Removed(said(one)),
                ));
            }
            (None, Some(other)) => {
                found.push(Difference::new(
                    Class::Text,
                    Side::Response,
                    format!("choices[{at}]"),
                    Change::Added(said(other)),
                ));
            }
            (None, None) => {}
        }
    }
    usage(old, new, walk, found);
    let error = |reply: &Reply, kind: bool| {
        let error = reply.error.as_ref()?;
        if kind { error.kind.clone() } else { error.message.clone() }
    };
    words(Class::Error, "error.message", error(old, false).as_ref(), error(new, false).as_ref(), walk, found);
    words(Class::Error, "error.type", error(old, true).as_ref(), error(new, true).as_ref(), walk, found);
    if let (Some(was), Some(is)) = (old.complete, new.complete)
        && was != is
    {
        let told = |complete| Value::Text(if complete { "complete" } else { "cut" }.to_owned());
        let change = Change::Changed(told(was), told(is));
        found.push(Difference::new(Class::Stream, Side::Response, "stream", change));
    }
}

fn said(answer: &Answer) -> Value {
    let texts = answer.message.parts.iter().filter_map(|part| match part {
        Part::Text(text) | Part::Refusal(text) => Some(text.as_str()),
        _ => None,
    });
    Value::Text(texts.collect())
}

fn id(old: Option<&Text>, new: Option<&Text>, place: &str, walk: &mut Walk<'_>, found: &mut Vec<Difference>) {
    let (Some(old), Some(new)) = (old, new) else {
        return words(Class::Body, place, old, new, walk, found);
    };
    if old == new {
        walk.renamed.note_same(old.as_str(), walk.pair, Side::Response, place);
        return;
    }
    let change = Change::Changed(Value::Text(old.as_str().to_owned()), Value::Text(new.as_str().to_owned()));
    let mut difference = Difference::new(Class::Ids, Side::Response, place, change);
    difference.renaming = Some(walk.renamed.note(old.as_str(), new.as_str()));
    (difference.old_at, difference.new_at) = (old.span(), new.span());
    found.push(difference);
}

/// Compares two texts that may be absent.
fn words(
    class: Class,
    place: &str,
    old: Option<&Text>,
    new: Option<&Text>,
    walk: &mut Walk<'_>,
    found: &mut Vec<Difference>,
) {
    if old == new {
        return;
    }
    let value = |text: &Text| Value::Text(text.as_str().to_owned());
    let change = match (old, new) {
        (Some(one), Some(other)) => {
            if let Some(renamings) = walk.renamings(one.as_str(), other.as_str()) {
                for (one, other) in renamings.iter().filter(|(one, other)| one != other) {
                    let change = Change::Changed(Value::Text(one.clone()), Value::Text(other.clone()));
                    let mut difference = Difference::new(Class::Ids, Side::Response, place, change);
                    difference.renaming = Some(walk.renamed.note(one, other));
                    found.push(difference);
                }
                return;
            }
            Change::Changed(value(one), value(other))
        }
        (Some(one), None) => Change::Removed(value(one)),
        (None, Some(other)) => Change::Added(value(other)),
        (None, None) => return,
    };
    let mut difference = Difference::new(class, Side::Response, place, change);
    difference.old_at = old.and_then(Text::span);
    difference.new_at = new.and_then(Text::span);
    found.push(difference);
}

fn usage(old: &Reply, new: &Reply, walk: &mut Walk<'_>, found: &mut Vec<Difference>) {
    let tree = |reply: &Reply| {
        let raw = reply.usage.raw.clone().unwrap_or_default();
        provider::json(&Text::made(serde_json::Value::Object(raw).to_string()))
    };
    if old.usage.raw == new.usage.raw {
        return;
    }
    let (Some(one), Some(other)) = (tree(old), tree(new)) else { return };
    walk.within("usage", |walk| walk.nodes(one.node(), other.node()));
    found.extend(walk.take().into_iter().map(|raw| classed(raw, Class::Usage, None)));
}

fn classed(raw: Raw, class: Class, subject: Option<&str>) -> Difference {
    let mut difference = raw.difference;
    if difference.class == Class::Body {
        difference.class = class;
    }
    difference.subject = subject.map(str::to_owned);
    difference.severity = subject::severity(&difference);
    difference
}

/// A piece of an answer: parts that are one text together, or one part.
enum Piece<'p> {
    Words(Class, &'static str, Vec<&'p Text>),
    Call(&'p ToolCall),
    Other(&'p Part),
}

impl Piece<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Self::Words(_, kind, _) => kind,
            Self::Call(_) => "tool_calls",
            Self::Other(_) => "parts",
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Words(class, ..) => *class,
            Self::Call(_) => Class::ToolCall,
            Self::Other(_) => Class::Text,
        }
    }

    /// Returns what the piece says: the words, the arguments, or a line about it.
    fn text(&self) -> String {
        match self {
            Self::Words(_, _, texts) => texts.iter().map(|text| text.as_str()).collect(),
            Self::Call(call) => match &call.arguments {
                Arguments::Text(text) => text.as_str().to_owned(),
                Arguments::Tree(tree) => tree.node().json().to_string(),
            },
            Self::Other(part) => about(part),
        }
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Call(call) => call.name.as_ref().map(Text::as_str),
            Self::Words(..) | Self::Other(_) => None,
        }
    }

    fn item(&self) -> Item {
        let (kind, name, text) = (self.kind(), self.name(), self.text());
        let words = text.split_whitespace().map(|word| hash(&word));
        Item {
            signs: vec![hash(&(kind, name, &text)), hash(&(kind, name)), hash(&kind)],
            words: align::sketch(words.take(2_000)),
            ..Item::default()
        }
    }

    fn value(&self) -> Value {
        match self {
            Self::Call(call) => {
                Value::Text(format!("{}({})", self.name().unwrap_or("?"), call.arguments.json()))
            }
            Self::Words(..) | Self::Other(_) => Value::Text(self.text()),
        }
    }
}

fn about(part: &Part) -> String {
    match part {
        Part::Media(media) => {
            let place = match &media.place {
                Place::Base64(text) | Place::Url(text) | Place::Id(text) => text.as_str(),
                Place::Nowhere => "",
            };
            let transcript = media.transcript.as_ref().map_or("", Text::as_str);
            format!("{} {place} {transcript}", media.kind).trim_end().to_owned()
        }
        Part::ToolResult(result) => {
            let error = if result.error { " (error)" } else { "" };
            let parts: Vec<_> = result.parts.iter().map(about).collect();
            format!("result{error}: {}", parts.join(" "))
        }
        Part::Other { kind, summary } => format!("{kind} {}", summary.as_ref().map_or("", Text::as_str)),
        Part::Text(text) | Part::Thinking(text) | Part::Refusal(text) => text.as_str().to_owned(),
        Part::ToolCall(call) | Part::FunctionCall(call) => call.arguments.json().to_string(),
    }
}

fn pieces(answer: &Answer) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    for part in &answer.message.parts {
        let (class, kind, text) = match part {
            Part::Text(text) => (Class::Text, "text", text),
            Part::Refusal(text) => (Class::Text, "refusal", text),
            Part::Thinking(text) => (Class::Reasoning, "reasoning", text),
            Part::ToolCall(call) | Part::FunctionCall(call) => {
                pieces.push(Piece::Call(call));
                continue;
            }
            Part::ToolResult(_) | Part::Media(_) | Part::Other { .. } => {
                pieces.push(Piece::Other(part));
                continue;
            }
        };
        match pieces.last_mut() {
            Some(Piece::Words(_, last, texts)) if *last == kind => texts.push(text),
            _ if text.is_empty() => {}
            _ => pieces.push(Piece::Words(class, kind, vec![text])),
        }
    }
    pieces
}

fn answers(old: &Answer, new: &Answer, prefix: &str, walk: &mut Walk<'_>, found: &mut Vec<Difference>) {
    let (one, other) = (pieces(old), pieces(new));
    let items = |pieces: &[Piece<'_>]| pieces.iter().map(Piece::item).collect::<Vec<_>>();
    let place = |pieces: &[Piece<'_>], at: usize| {
        let kind = pieces[at].kind();
        let alike = |pieces: &[Piece<'_>]| pieces.iter().filter(|piece| piece.kind() == kind).count();
        let number = alike(&pieces[..at]);
        let several = kind == "tool_calls" || alike(pieces) > 1;
        if several { format!("{prefix}{kind}[{number}]") } else { format!("{prefix}{kind}") }
    };
    for Paired { old, new, moved } in align::pairs(&items(&one), &items(&other), 2) {
        let (piece, at, change) = match (old, new) {
            (Some(was), Some(is)) => {
                let place = place(&other, is);
                if moved {
                    let mut difference =
                        Difference::new(other[is].class(), Side::Response, place.clone(), Change::Moved);
                    difference.subject = other[is].name().map(str::to_owned);
                    difference.severity = subject::severity(&difference);
                    found.push(difference);
                }
                both(&one[was], &other[is], &place, walk, found);
                continue;
            }
            (Some(was), None) => (&one[was], place(&one, was), Change::Removed(one[was].value())),
            (None, Some(is)) => (&other[is], place(&other, is), Change::Added(other[is].value())),
            (None, None) => continue,
        };
        let mut difference = Difference::new(piece.class(), Side::Response, at, change);
        difference.subject = piece.name().map(str::to_owned);
        difference.severity = subject::severity(&difference);
        found.push(difference);
    }
    let (was, is) = (old.finish_reason.as_ref(), new.finish_reason.as_ref());
    words(Class::Finish, &format!("{prefix}finish_reason"), was, is, walk, found);
    let (was, is) = (old.finish_detail.as_ref(), new.finish_detail.as_ref());
    words(Class::Finish, &format!("{prefix}finish_detail"), was, is, walk, found);
}

fn both(old: &Piece<'_>, new: &Piece<'_>, place: &str, walk: &mut Walk<'_>, found: &mut Vec<Difference>) {
    let (Piece::Call(one), Piece::Call(other)) = (old, new) else {
        let (one, other) = (Text::made(old.text()), Text::made(new.text()));
        let before = found.len();
        let json = |text: &Text| {
            let begins = text.as_str().trim_start().starts_with(['{', '[']);
            if begins { provider::json(text) } else { None }
        };
        if let Some((was, is)) = json(&one).zip(json(&other)).filter(|_| one != other) {
            walk.within(place, |walk| walk.nodes(was.node(), is.node()));
            found.extend(walk.take().into_iter().map(|raw| classed(raw, new.class(), None)));
            return;
        }
        words(new.class(), place, Some(&one), Some(&other), walk, found);
        let span = |piece: &Piece<'_>| match piece {
            Piece::Words(_, _, texts) => texts.first().and_then(|text| text.span()),
            Piece::Call(_) | Piece::Other(_) => None,
        };
        for difference in &mut found[before..] {
            (difference.old_at, difference.new_at) = (span(old), span(new));
        }
        return;
    };
    id(one.id.as_ref(), other.id.as_ref(), &format!("{place}.id"), walk, found);
    let before = found.len();
    words(Class::ToolCall, &format!("{place}.name"), one.name.as_ref(), other.name.as_ref(), walk, found);
    let place = format!("{place}.arguments");
    if let (Some(was), Some(is)) = (tree(&one.arguments), tree(&other.arguments)) {
        let length = walk.path.len();
        walk.path.push_str(&place);
        walk.nodes(was.node(), is.node());
        walk.path.truncate(length);
        found.extend(walk.take().into_iter().map(|raw| classed(raw, Class::ToolCall, new.name())));
    } else {
        let (was, is) = (Text::made(old.text()), Text::made(new.text()));
        words(Class::ToolCall, &place, Some(&was), Some(&is), walk, found);
    }
    for difference in found[before..].iter_mut().filter(|each| each.class == Class::ToolCall) {
        difference.subject = new.name().map(str::to_owned);
        difference.severity = subject::severity(difference);
    }
}

fn tree(arguments: &Arguments) -> Option<Subtree> {
    match arguments {
        Arguments::Text(text) => provider::json(text),
        Arguments::Tree(tree) => Some(tree.clone()),
    }
}
