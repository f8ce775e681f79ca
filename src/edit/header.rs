//! Headers: set where they stand, and put in as the recorder writes them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::place::{all_headers, parameters};
use super::repeats::whole;
use super::set::refused;
use crate::cassette::Header;
use crate::diagnostic::Diagnostic;
use crate::load::Recording;
use crate::rewrite::{self, Gone, Wanted};
use crate::syntax::{Node, Piece, rearrange};
use crate::text::{Edit, Span, Text};

/// Gives a header these values.
pub(super) fn set(
    recording: &Recording,
    at: usize,
    sent: bool,
    name: &str,
    headers: &[usize],
    values: &[&str],
) -> Result<Wanted, Diagnostic> {
    let all = all_headers(&recording.interactions[at].http, sent);
    if headers.is_empty() {
        return add(recording, at, sent, name, values);
    }
    if values.len() > headers.len() {
        return Err(refused(format!(
            "there are {} values of that header, and {} would be too many",
            headers.len(),
            values.len()
        )));
    }
    let gone =
        headers[values.len()..].iter().map(|at| Gone::Header(all[*at].name.clone(), all[*at].value.clone()));
    let mut wanted = rewrite::remove(recording, &gone.collect::<Vec<_>>())?;
    wanted.edits.extend(headers.iter().zip(values).map(|(at, new)| whole(&all[*at].value, new)));
    Ok(wanted)
}

/// How a recorder keeps headers.
enum Shape {
    /// A mapping of names to values.
    Values,
    /// A mapping of names to lists of values.
    Lists,
    /// A mapping of names to mappings that have the value under this key, as in `equalTo: …`.
    Keyed(String),
    /// A list of objects, lists of two, lines, or names and values in turn.
    Objects,
    Pairs,
    Lines,
    Flat,
}

/// Adds a header in the shape of those beside it, or of those of another message of the file.
fn add(
    recording: &Recording,
    at: usize,
    sent: bool,
    name: &str,
    values: &[&str],
) -> Result<Wanted, Diagnostic> {
    let own = all_headers(&recording.interactions[at].http, sent);
    let mut wanted = Wanted { adds: true, ..Wanted::default() };
    let Some(tree) = &recording.file.tree else {
        let last = own.last().ok_or_else(|| refused("there is no header that it could stand beside"))?;
        let lines = line(recording, last, name, values)?;
        wanted.edits.push(lines);
        return Ok(wanted);
    };
    let unknown = || refused("there is no header beside which it could be told how they are kept");
    let found = own.iter().find_map(|header| shape(tree, header));
    let (collection, kind) = if let Some(found) = found {
        found
    } else {
        let node = recording.interactions[at].http.span.and_then(|span| self::at(recording, span));
        let side = if sent { "request" } else { "response" };
        let empty = node.and_then(|node| node.get(side)?.get("headers"));
        let empty =
            empty.filter(|node| (node.is_map() || node.is_list()) && !node.is_null()).ok_or_else(unknown)?;
        let others = recording
            .interactions
            .iter()
            .flat_map(|entry| [true, false].map(|sent| all_headers(&entry.http, sent)));
        let like = others.flatten().find_map(|header| shape(tree, header)).map(|(_, shape)| shape);
        (empty, like.unwrap_or(if empty.is_map() { Shape::Lists } else { Shape::Objects }))
    };
    let new = pieces(&kind, name, values)?;
    let count = collection.items().count() + collection.entries().count();
    let pieces = (0..count).map(Piece::Kept).chain(new).collect();
    wanted.rearrange(rearrange(collection, pieces).map_err(refused)?);
    Ok(wanted)
}

/// Adds parameters of an address to a recorder's own collection of them, in the shape of the last one.
pub(super) fn add_parameters(
    recording: &Recording,
    url: &Text,
    added: &[(&str, &str)],
    wanted: &mut Wanted,
) -> Result<(), Diagnostic> {
    let last = parameters(url).pop().map(|pair| Header { name: pair.name, value: pair.value });
    let tree = recording.file.tree.as_ref();
    let found = last.zip(tree).and_then(|(last, tree)| shape(tree, &last));
    let unknown = || refused("there is no parameter beside which it could be told how they are kept");
    let (collection, kind) = found.ok_or_else(unknown)?;
    let mut all: Vec<Piece> =
        (0..collection.items().count() + collection.entries().count()).map(Piece::Kept).collect();
    for (name, value) in added {
        all.extend(pieces(&kind, name, &[value])?);
    }
    wanted.rearrange(rearrange(collection, all).map_err(refused)?);
    wanted.adds = true;
    Ok(())
}

/// Returns a header in the shape of others.
fn pieces(kind: &Shape, name: &str, values: &[&str]) -> Result<Vec<Piece>, Diagnostic> {
    Ok(match kind {
        Shape::Lists => vec![Piece::Member(name.to_owned(), json!(values))],
        Shape::Values | Shape::Keyed(_) if values.len() != 1 => {
            return Err(refused("this recorder keeps one value of a header"));
        }
        Shape::Values => vec![Piece::Member(name.to_owned(), json!(values[0]))],
        Shape::Keyed(key) => vec![Piece::Member(name.to_owned(), json!({ key.as_str(): values[0] }))],
        Shape::Objects => {
            values.iter().map(|value| Piece::Item(json!({"name": name, "value": value}))).collect()
        }
        Shape::Pairs => values.iter().map(|value| Piece::Item(json!([name, value]))).collect(),
        Shape::Lines => {
            values.iter().map(|value| Piece::Item(Value::from(format!("{name}: {value}")))).collect()
        }
        Shape::Flat => {
            values.iter().flat_map(|value| [name, value]).map(|text| Piece::Item(Value::from(text))).collect()
        }
    })
}

/// Returns where a header stands among others, and in which shape.
fn shape<'t>(tree: &'t Arc<crate::syntax::Tree>, header: &Header) -> Option<(Node<'t>, Shape)> {
    let (collection, value) = rewrite::kept(tree, &header.name, &header.value)?;
    Some(if collection.is_map() {
        let only = value.entries().next().filter(|_| value.entries().count() == 1);
        let shape = match only.and_then(|(key, _)| key.str()) {
            Some(key) => Shape::Keyed(key.into_owned()),
            None if value.is_list() => Shape::Lists,
            None => Shape::Values,
        };
        (collection, shape)
    } else if value.is_map() {
        (collection, Shape::Objects)
    } else if value.is_list() {
        (collection, Shape::Pairs)
    } else if value.text().is_some_and(|text| text.shares(&header.name)) {
        (collection, Shape::Lines)
    } else {
        (collection, Shape::Flat)
    })
}

/// Returns the edit that puts lines behind a header of wire text.
fn line(recording: &Recording, last: &Header, name: &str, values: &[&str]) -> Result<Edit, Diagnostic> {
    let unknown = || refused("it cannot be told where the headers end");
    let span = last.value.span().ok_or_else(unknown)?;
    let bytes = recording.file.bytes.bytes();
    let end = memchr::memchr(b'\n', &bytes[span.end..]).map(|at| span.end + at + 1).ok_or_else(unknown)?;
    let line_end = if bytes[..end].ends_with(b"\r\n") { "\r\n" } else { "\n" };
    let line: Text = recording.file.bytes.slice(span.end..end).text().ok_or_else(unknown)?;
    let new: String = values.iter().flat_map(|value| [name, ": ", value, line_end]).collect();
    Ok(Edit::replace(&line, line.len()..line.len(), new))
}

/// Returns the node of the file's tree that has some bytes.
pub(super) fn at(recording: &Recording, span: Span) -> Option<Node<'_>> {
    way(recording, span).map(|(node, _)| node)
}

/// A collection, and the index of something in it.
pub(super) type Held<'r> = (Node<'r>, usize);

/// Returns the node of the file's tree that has some bytes, and what holds it.
pub(super) fn way(recording: &Recording, span: Span) -> Option<(Node<'_>, Option<Held<'_>>)> {
    let tree = recording.file.tree.as_ref()?;
    let mut node = tree.documents().find(|document| holds(*document, span))?;
    let mut held = None;
    while node.span() != Some(span) {
        let inside = node.items().chain(node.entries().map(|(_, value)| value));
        let (at, next) = inside.enumerate().find(|(_, inner)| holds(*inner, span))?;
        held = Some((node, at));
        node = next;
    }
    Some((node, held))
}

fn holds(node: Node<'_>, span: Span) -> bool {
    node.slice().outermost().is_some_and(|own| own.start <= span.start && span.end <= own.end)
}
