//! Whole interactions: left out, put in another order, taken from other cassettes, as splices of the file's text.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::cassette::{Content, Interaction};
use crate::diagnostic::Diagnostic;
use crate::format::{self, Format};
use crate::load::Recording;
use crate::rewrite::{self, Rewritten, Wanted};
use crate::syntax::{Node, Piece, Subtree, rearrange};
use crate::text::{Edit, Text};

/// An interaction that a cassette is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Its own, by its number.
    Own(usize),
    /// One of another cassette, by that one's number among the others, and its own.
    Other(usize, usize),
}

/// How a file holds its interactions.
enum Held {
    /// In a list, and what belongs to them in others; each interaction is the item with its number.
    Lists(Vec<Subtree>),
    /// Each in a document of its own.
    Documents,
    /// Each as a piece of the file.
    Pieces(Vec<Range<usize>>),
}

/// Gives a cassette these interactions, in this order; those of others must be of the same format.
///
/// Returns nothing if it holds them already.
///
/// # Errors
/// A [`Diagnostic`] if the format holds one interaction a file, or if the file is written in a way in which it cannot be
/// told where an interaction begins and ends.
pub fn arrange(
    recording: &Recording,
    others: &[&Recording],
    entries: &[Entry],
) -> Result<Option<Rewritten>, Diagnostic> {
    if let Some(other) = others.iter().find(|other| other.format != recording.format) {
        return Err(refused(format!("one cassette is of {}, another of {}", recording.format, other.format)));
    }
    if others.iter().any(|other| !other.beside.is_empty()) {
        return Err(refused("a cassette that keeps bodies in files beside it cannot be put into another"));
    }
    let own: Vec<Entry> = (0..recording.interactions.len()).map(Entry::Own).collect();
    if own == entries {
        return Ok(None);
    }
    let format = format::by_name(recording.format).ok_or_else(|| refused("its format is unknown"))?;
    let held = held(recording, format)?;
    let all: Vec<Held> = others.iter().map(|other| self::held(other, format)).collect::<Result<_, _>>()?;
    let mut wanted = match &held {
        Held::Lists(lists) => in_lists(lists, &all, entries)?,
        Held::Documents => in_documents(recording, others, entries)?,
        Held::Pieces(pieces) => in_pieces(recording, pieces, others, &all, entries)?,
    };
    let index = |entry: &Entry| if let Entry::Own(at) = entry { Some(*at) } else { None };
    wanted.interactions = Some(entries.iter().map(index).collect());
    let Some(rewritten) = rewrite::rewrite(recording, wanted)? else { return Ok(None) };
    let rewritten = numbered(recording, rewritten, format)?;
    check(recording, others, entries, &rewritten.recording)?;
    Ok(Some(rewritten))
}

fn refused(why: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error(format!("cannot rearrange the interactions: {why}"), None)
        .help("the file is left as it is")
}

/// Returns how a file holds its interactions.
fn held(recording: &Recording, format: &dyn Format) -> Result<Held, Diagnostic> {
    let count = recording.interactions.len();
    let Some(tree) = &recording.file.tree else {
        let pieces = format.pieces(&recording.file);
        let whole = pieces.last().is_none_or(|last| last.end == recording.file.bytes.len());
        if pieces.len() != count || !whole {
            return Err(refused("it cannot be told where they begin and end"));
        }
        return Ok(Held::Pieces(pieces));
    };
    if format.has_documents() {
        return Ok(Held::Documents);
    }
    let Some(list) = format.list(&recording.file) else {
        return Err(refused(match tree.root() {
            None => "the file is empty".to_owned(),
            Some(_) => format!("{} keeps one to a file; leave out or copy the file itself", recording.format),
        }));
    };
    let mut lists = vec![list];
    lists.extend(format.beside(&recording.file));
    for list in &lists {
        if !list.is_list() || list.items().count() != count {
            return Err(refused(format!(
                "{} keeps them in a way in which they belong together",
                recording.format
            )));
        }
    }
    Ok(Held::Lists(lists.into_iter().map(Node::subtree).collect()))
}

fn in_lists(lists: &[Subtree], others: &[Held], entries: &[Entry]) -> Result<Wanted, Diagnostic> {
    let mut wanted = Wanted::default();
    for (number, list) in lists.iter().enumerate() {
        let piece = |entry: &Entry| match entry {
            Entry::Own(at) => Ok(Piece::Kept(*at)),
            Entry::Other(other, at) => match &others[*other] {
                Held::Lists(lists) if number < lists.len() => Ok(Piece::Copy(lists[number].clone(), *at)),
                Held::Lists(_) | Held::Documents | Held::Pieces(_) => {
                    Err(refused("they are laid out differently"))
                }
            },
        };
        let pieces: Vec<Piece> = entries.iter().map(piece).collect::<Result<_, _>>()?;
        wanted.rearrange(rearrange(list.node(), pieces).map_err(refused)?);
    }
    Ok(wanted)
}

/// Puts the documents of files together.
fn in_documents(
    recording: &Recording,
    others: &[&Recording],
    entries: &[Entry],
) -> Result<Wanted, Diagnostic> {
    let unknown = || refused("it cannot be told where a document begins");
    let mut texts: BTreeMap<Option<usize>, Vec<(String, Piece)>> = BTreeMap::new();
    let files = std::iter::once((None, recording))
        .chain(others.iter().enumerate().map(|(at, other)| (Some(at), *other)));
    for (key, file) in files {
        let tree = file.file.tree.as_ref().ok_or_else(unknown)?;
        let ranges = tree.document_ranges().ok_or_else(unknown)?;
        let numbered = ranges.into_iter().zip(tree.documents()).enumerate();
        // A document without anything is no interaction.
        let held = numbered.filter(|(_, (_, root))| !root.is_null()).map(|(at, (range, root))| {
            let piece = if key.is_none() { Piece::Kept(at) } else { Piece::Copy(root.subtree(), 0) };
            (tree.text().as_str()[range].to_owned(), piece)
        });
        texts.insert(key, held.collect());
    }
    let (mut new, mut documents) = (String::new(), Vec::new());
    for entry in entries {
        let (key, at) = match entry {
            Entry::Own(at) => (None, *at),
            Entry::Other(other, at) => (Some(*other), *at),
        };
        let (text, piece) = texts.get(&key).and_then(|texts| texts.get(at)).ok_or_else(unknown)?;
        if !new.is_empty() && !text.starts_with("---") {
            new += "---\n";
        }
        new += text;
        if !new.ends_with('\n') {
            new.push('\n');
        }
        documents.push(piece.clone());
    }
    Ok(Wanted { whole: Some((new.into_bytes(), documents)), ..Wanted::default() })
}

/// Puts pieces of files together, behind what begins the first of them.
fn in_pieces(
    recording: &Recording,
    pieces: &[Range<usize>],
    others: &[&Recording],
    all: &[Held],
    entries: &[Entry],
) -> Result<Wanted, Diagnostic> {
    let bytes = recording.file.bytes.bytes();
    let head = pieces.first().map_or(bytes.len(), |first| first.start);
    let mut new = bytes[..head].to_vec();
    for entry in entries {
        match entry {
            Entry::Own(at) => new.extend_from_slice(&bytes[pieces[*at].clone()]),
            Entry::Other(other, at) => {
                let Held::Pieces(pieces) = &all[*other] else {
                    return Err(refused("they are laid out differently"));
                };
                new.extend_from_slice(&others[*other].file.bytes.bytes()[pieces[*at].clone()]);
            }
        }
    }
    Ok(Wanted { whole: Some((new, Vec::new())), ..Wanted::default() })
}

/// Gives interactions their numbers anew, where they had the right ones.
fn numbered(old: &Recording, rewritten: Rewritten, format: &dyn Format) -> Result<Rewritten, Diagnostic> {
    let numbers = |recording: &Recording| -> Vec<Option<Text>> {
        format
            .list(&recording.file)
            .into_iter()
            .flat_map(Node::items)
            .map(|entry| format.number(entry))
            .collect()
    };
    let right = |(at, text): (usize, &Option<Text>)| {
        text.as_ref().is_some_and(|text| text.as_str() == at.to_string())
    };
    if !numbers(old).iter().enumerate().all(right) {
        return Ok(rewritten);
    }
    let wrong = numbers(&rewritten.recording).into_iter().enumerate().filter_map(|(at, text)| {
        let text = text.filter(|text| text.as_str() != at.to_string())?;
        Some(Edit::replace(&text, 0..text.len(), at.to_string()))
    });
    let edits: Vec<Edit> = wrong.collect();
    let next = rewrite::rewrite(&rewritten.recording, edits)?;
    Ok(match next {
        Some(next) => rewritten.then(next),
        None => rewritten,
    })
}

/// Checks that each interaction is what it was.
fn check(
    old: &Recording,
    others: &[&Recording],
    entries: &[Entry],
    new: &Recording,
) -> Result<(), Diagnostic> {
    for (at, entry) in entries.iter().enumerate() {
        let was = match entry {
            Entry::Own(at) => old.interactions.get(*at),
            Entry::Other(other, at) => others[*other].interactions.get(*at),
        };
        let same =
            was.zip(new.interactions.get(at)).is_some_and(|(was, is)| rewrite::alike(&was.http, &is.http));
        if !same {
            return Err(refused(format!("interaction {at} would be something else")));
        }
    }
    Ok(())
}

/// Returns the numbers of the interactions that repeat an earlier one: the same request, and the same answer.
#[must_use]
pub fn repeated(recording: &Recording) -> Vec<usize> {
    let mut known: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    let mut repeated = Vec::new();
    for (at, entry) in recording.interactions.iter().enumerate() {
        if known.insert(content(&entry.http), at).is_some() {
            repeated.push(at);
        }
    }
    repeated
}

/// Returns what makes an interaction the same as another: method, address and body of the request; status and body of the
/// response. Headers tell when and where it was recorded.
fn content(http: &Interaction) -> Vec<u8> {
    let mut content = Vec::new();
    let mut add = |part: &[u8]| {
        content.extend_from_slice(&part.len().to_le_bytes());
        content.extend_from_slice(part);
    };
    let body = |body: Option<&crate::cassette::Body>| match body.map(|body| &body.content) {
        Some(Content::Bytes(bytes)) => bytes.bytes().to_vec(),
        Some(Content::Beside(beside)) => beside.name.as_str().as_bytes().to_vec(),
        Some(Content::Tree(_) | Content::Events(_)) => body
            .and_then(crate::cassette::Body::json)
            .map(|json| json.to_string().into_bytes())
            .unwrap_or_default(),
        None => Vec::new(),
    };
    if let Some(request) = &http.request {
        for text in [&request.method, &request.url] {
            add(text.as_ref().map_or("", Text::as_str).as_bytes());
        }
        add(&body(request.body.as_ref()));
    }
    add(&[u8::from(http.response.is_some())]);
    if let Some(response) = &http.response {
        add(&response.code().unwrap_or(0).to_le_bytes());
        add(&body(response.body.as_ref()));
    }
    if let (None, None, Some(other)) = (&http.request, &http.response, &http.other) {
        add(other.content.node().json().to_string().as_bytes());
    }
    content
}
