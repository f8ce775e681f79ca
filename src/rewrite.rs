//! How edits reach a file: followed to its bytes, with the lengths that depend on them, read back and compared.
//!
//! What is written must read as intended to two readers that share no code; otherwise nothing is written.

use crate::cassette::{Body, Content, Header, Interaction, header_text};
use crate::diagnostic::Diagnostic;
use crate::format::{self, Format};
use crate::load::{self, ReadBeside, Recorded, Recording};
use crate::syntax;
use crate::text::{self, Change, Edit, Lifted, Slice, SourceId, Span, Text};

/// A recording with edits made.
#[derive(Debug)]
pub struct Rewritten {
    /// The new bytes of the cassette, or of a file beside it.
    pub files: Vec<(SourceId, Vec<u8>)>,
    /// What the new bytes were read back as.
    pub recording: Recording,
}

/// Lengths may depend on lengths: wire text holds a header that states the length of the body behind it.
const ROUNDS: usize = 3;

/// Makes edits to a recording, and brings along the stated lengths that were right before.
///
/// Returns nothing if the edits change nothing.
///
/// # Errors
/// A [`Diagnostic`] that says why the edits cannot be made; its place is in the old text.
pub fn rewrite(recording: &Recording, mut edits: Vec<Edit>) -> Result<Option<Rewritten>, Diagnostic> {
    let mut stale = Vec::new();
    for _ in 0..ROUNDS {
        let Some(rewritten) = attempt(recording, edits.clone())? else { return Ok(None) };
        stale = stale_lengths(&recording.interactions, &rewritten.recording.interactions);
        if stale.is_empty() {
            return Ok(Some(rewritten));
        }
        edits.append(&mut stale);
    }
    let at = stale.first().and_then(|edit| edit.at.span());
    Err(refusal("the stated lengths do not settle", at))
}

/// Makes exactly these edits, and reads the result back.
fn attempt(recording: &Recording, edits: Vec<Edit>) -> Result<Option<Rewritten>, Diagnostic> {
    let first = edits.first().and_then(|edit| edit.at.span());
    let lifted = text::lift(edits).map_err(|refused| refusal(refused, first))?;
    if lifted.is_empty() {
        return Ok(None);
    }
    let format = format::by_name(recording.format).ok_or_else(|| refusal("its format is unknown", first))?;
    let main = recording.file.bytes.source_id().unwrap_or_default();
    let mut files = Vec::new();
    let mut opened = None;
    for (id, lifted) in lifted {
        if id == main {
            let new = cassette(recording, format, lifted)?;
            files.push((id, packed(recording, &new)?));
            opened = Some(new);
        } else {
            let old = attached(recording, id).ok_or_else(|| refusal("the text stands in no file", first))?;
            files.push((id, splice(old, lifted.changes)?));
        }
    }
    let new = opened.unwrap_or_else(|| recording.file.bytes.bytes().to_vec());
    let recording = read_back(recording, format, new, &files)?;
    Ok(Some(Rewritten { files, recording }))
}

/// Returns the new text of the cassette itself, verified.
fn cassette(recording: &Recording, format: &dyn Format, lifted: Lifted) -> Result<Vec<u8>, Diagnostic> {
    let Lifted { mut changes, values } = lifted;
    format.reframe(&recording.file, &mut changes);
    let old = &recording.file.bytes;
    let first = changes.first().map_or(0, |change| change.range.start);
    let at = old.slice(first..first).span();
    let new = splice(old, changes)?;
    if let Some(tree) = &recording.file.tree {
        let differs =
            |difference| refusal(format!("the rewritten file would not read as intended: {difference}"), at);
        syntax::verify(tree, &new, &values).map_err(differs)?;
    }
    Ok(new)
}

fn splice(old: &Slice, changes: Vec<Change>) -> Result<Vec<u8>, Diagnostic> {
    text::splice(old.bytes(), changes).map_err(|refused| refusal(refused, old.span()))
}

/// Returns the new bytes of a file as they go to the disk: compressed if they were.
fn packed(recording: &Recording, new: &[u8]) -> Result<Vec<u8>, Diagnostic> {
    let Some(packed) = &recording.file.packed else { return Ok(new.to_vec()) };
    let change = Change { range: 0..packed.len(), new: new.to_vec() };
    let lifted = text::lift_bytes(packed, vec![change]).map_err(|refused| refusal(refused, None))?;
    let source = std::iter::successors(Some(packed), |slice| slice.outer()).last().unwrap_or(packed);
    let changes = lifted.into_values().next().unwrap_or_default().changes;
    splice(source, changes)
}

fn attached(recording: &Recording, id: SourceId) -> Option<&Slice> {
    recording.beside.iter().map(|each| &each.bytes).find(|bytes| bytes.source_id() == Some(id))
}

/// Reads the new bytes, with the bodies in files beside them as they are to be.
fn read_back(
    old: &Recording,
    format: &'static dyn Format,
    bytes: Vec<u8>,
    files: &[(SourceId, Vec<u8>)],
) -> Result<Recording, Diagnostic> {
    let beside = |beside: &crate::cassette::Beside| {
        let known = old.beside.iter().find(|each| each.beside == *beside).ok_or("it was not read before")?;
        let new = files.iter().find(|(id, _)| known.bytes.source_id() == Some(*id));
        Ok(new.map_or_else(|| known.bytes.bytes().to_vec(), |(_, bytes)| bytes.clone()))
    };
    let beside: &ReadBeside<'_> = &beside;
    let id = old.file.bytes.source_id().unwrap_or_default();
    let unreadable = |error: load::Unreadable| refusal(error.diagnostic.message, None);
    let new = load::read_with(id, bytes, Some(format), beside).map_err(unreadable)?;
    if new.interactions.len() != old.interactions.len() {
        return Err(refusal("the rewritten file would hold another number of interactions", None));
    }
    Ok(new)
}

fn refusal(why: impl std::fmt::Display, at: Option<Span>) -> Diagnostic {
    Diagnostic::error(format!("cannot rewrite the file: {why}"), at).help("the file is left as it is")
}

/// Returns edits for the lengths that were right and no longer are; wrong ones stay as they are.
fn stale_lengths(old: &[Recorded], new: &[Recorded]) -> Vec<Edit> {
    let messages =
        old.iter().zip(new).flat_map(|(old, new)| sides(&old.http).into_iter().zip(sides(&new.http)));
    let mut edits = Vec::new();
    for (old, new) in messages {
        let (Some((headers, body)), Some((new_headers, new_body))) = (old, new) else { continue };
        let (before, after) = (lengths(body), lengths(new_body));
        for (at, now) in stated(headers, body).zip(stated(new_headers, new_body)) {
            let right = before.iter().position(|length| at.as_str() == length.to_string());
            let Some(wanted) = right.and_then(|kind| after.get(kind)).map(ToString::to_string) else {
                continue;
            };
            if now.as_str() != wanted {
                edits.push(Edit::replace(at, 0..at.len(), wanted));
            }
        }
    }
    edits
}

type Message<'i> = (&'i [Header], &'i Body);

/// Returns the headers and the body of the request, and of the response.
fn sides(http: &Interaction) -> [Option<Message<'_>>; 2] {
    let sent = http.request.as_ref().and_then(|sent| Some((sent.headers.as_slice(), sent.body.as_ref()?)));
    let received = http.response.as_ref().and_then(|got| Some((got.headers.as_slice(), got.body.as_ref()?)));
    [sent, received]
}

/// Returns what is said about the length of a body.
fn stated<'m>(headers: &'m [Header], body: &'m Body) -> impl Iterator<Item = &'m Text> {
    header_text(headers, "content-length").into_iter().chain(&body.lengths)
}

/// Returns the lengths that a body may be said to have: recorders count bytes before or after they undo gzip, and
/// characters; pydantic-ai counts what Python would write for a parsed body.
fn lengths(body: &Body) -> Vec<usize> {
    match &body.content {
        Content::Bytes(slice) => {
            let layers = std::iter::successors(Some(slice), |slice| slice.outer());
            let mut lengths: Vec<_> = layers.take_while(|layer| !layer.is_source()).map(Slice::len).collect();
            lengths.extend(slice.text().map(|text| text.as_str().chars().count()));
            lengths
        }
        Content::Tree(tree) => vec![python_length(&tree.node().json())],
        Content::Events(_) | Content::Beside(_) => Vec::new(),
    }
}

/// Returns the number of characters that Python's `json.dumps` writes.
fn python_length(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    match value {
        Value::Null | Value::Bool(true) => 4,
        Value::Bool(false) => 5,
        Value::Number(number) => number.to_string().len(),
        Value::String(text) => 2 + text.chars().map(python_escape).sum::<usize>(),
        Value::Array(items) => {
            2 + items.iter().map(|item| python_length(item) + 2).sum::<usize>()
                - 2 * usize::from(!items.is_empty())
        }
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| {
                python_length(&Value::String(key.clone())) + 2 + python_length(value) + 2
            };
            2 + members.iter().map(member).sum::<usize>() - 2 * usize::from(!members.is_empty())
        }
    }
}

fn python_escape(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        ' '..='~' => 1,
        _ => 6 * c.len_utf16(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::read;

    /// Replaces the first `old` in the body of the first response, and returns what the file is then.
    fn edited(bytes: &[u8], old: &str, new: &str) -> Result<Option<Vec<u8>>, Diagnostic> {
        let recording = read(SourceId(0), bytes.to_vec(), None).unwrap();
        let body = recording.interactions[0].http.response.as_ref().unwrap().body.as_ref().unwrap();
        let text = body.text().unwrap();
        let at = text.as_str().find(old).unwrap();
        let rewritten = rewrite(&recording, vec![Edit::replace(&text, at..at + old.len(), new)])?;
        Ok(rewritten.map(|mut rewritten| rewritten.files.remove(0).1))
    }

    fn text(bytes: &str, old: &str, new: &str) -> String {
        String::from_utf8(edited(bytes.as_bytes(), old, new).unwrap().unwrap()).unwrap()
    }

    fn go_vcr(header: usize, length: usize) -> String {
        format!(
            "version: 2\ninteractions:\n- request: {{method: GET, url: 'http://h/'}}\n  response:\n    \
             content_length: {length}\n    body: one two # kept\n    headers: {{Content-Length: ['{header}']}}\n"
        )
    }

    #[test]
    fn lengths_that_were_right_follow_the_body_and_others_stay() {
        let expected = |header, length| go_vcr(header, length).replace("two", "three");
        assert_eq!(text(&go_vcr(7, 7), "two", "three"), expected(9, 9));
        assert_eq!(text(&go_vcr(11, 7), "two", "three"), expected(11, 9));
        assert_eq!(text(&go_vcr(7, 0), "two", "three"), expected(9, 0));
    }

    #[test]
    fn an_edit_that_changes_nothing_is_no_change() {
        assert_eq!(edited(go_vcr(7, 7).as_bytes(), "two", "two").unwrap(), None);
    }

    #[test]
    fn wire_text_is_framed_anew_when_a_header_grows_with_the_body() {
        let file = |length: usize, body: &str| {
            let request = "GET http://h/ HTTP/1.1\r\n\r\n";
            let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
            let pair = format!("{} {}\n{request}{response}", request.len(), response.len());
            format!("httprr trace v1\n{pair}{pair}")
        };
        let second = file(7, "one two").split_off("httprr trace v1\n".len());
        let second = &second[second.len() / 2..];
        let first = file(14, "one two; three");
        let wanted = format!("{}{second}", &first[..(first.len() - 16) / 2 + 16]);
        assert_eq!(text(&file(7, "one two"), "two", "two; three"), wanted);
    }

    #[test]
    fn the_length_of_a_parsed_body_is_what_python_writes() {
        let value = serde_json::json!({"a": ["é\n", 1.5, {}], "b": null});
        assert_eq!(python_length(&value), r#"{"a": ["\u00e9\n", 1.5, {}], "b": null}"#.len());
    }

    #[test]
    fn a_compressed_file_stays_compressed() {
        use std::io::{Read as _, Write as _};
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        zip.write_all(go_vcr(7, 7).as_bytes()).unwrap();
        let new = edited(&zip.finish().unwrap(), "two", "three").unwrap().unwrap();
        let mut unzipped = String::new();
        flate2::read::GzDecoder::new(new.as_slice()).read_to_string(&mut unzipped).unwrap();
        assert_eq!(unzipped, go_vcr(9, 9).replace("two", "three"));
    }
}
