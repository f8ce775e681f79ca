//! How edits reach a file: followed to its bytes, with what depends on them, read back and compared.
//!
//! What is written must read as intended to two readers that share no code; otherwise nothing is written.

mod compare;
mod follow;
mod protobuf;
mod remove;
mod wanted;

pub use compare::alike;
pub use remove::{Gone, kept, remove};
pub use wanted::Wanted;

use crate::cassette::Beside;
use crate::diagnostic::Diagnostic;
use crate::format::{self, Behind, Format};
use crate::load::{self, Attached, ReadBeside, Recording};
use crate::syntax;
use crate::text::{self, Change, Edit, Lifted, Lifting, Slice, SourceId, Span};

/// A recording with edits made.
#[derive(Debug)]
pub struct Rewritten {
    /// The new bytes of the cassette, or of a file beside it.
    pub files: Vec<(SourceId, Vec<u8>)>,
    /// The new names of files beside the cassette that are named by what they hold. The old ones are to go.
    pub renamed: Vec<(SourceId, String)>,
    /// What the new bytes were read back as.
    pub recording: Recording,
}

impl Rewritten {
    /// Returns this rewriting and one of its result as one.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let only = |id: SourceId| next.files.iter().all(|(new, _)| *new != id);
        let mut files: Vec<_> = self.files.into_iter().filter(|(id, _)| only(*id)).collect();
        let only = |id: SourceId| next.renamed.iter().all(|(new, _)| *new != id);
        let mut renamed: Vec<_> = self.renamed.into_iter().filter(|(id, _)| only(*id)).collect();
        files.extend(next.files);
        renamed.extend(next.renamed);
        files.sort_by_key(|(id, _)| *id);
        Self { files, renamed, recording: next.recording }
    }
}

/// What follows an edit may be followed itself: a longer body, the length in its header, the length of the header.
const ROUNDS: usize = 4;

/// Makes what is wanted of a recording, and brings along what depends on it: stated lengths that were right before, the
/// lengths that the file is cut by, names of files that are those of their content.
///
/// Returns nothing if that changes nothing.
///
/// # Errors
/// A [`Diagnostic`] that says why it cannot be made; its place is in the old text.
pub fn rewrite(recording: &Recording, wanted: impl Into<Wanted>) -> Result<Option<Rewritten>, Diagnostic> {
    let mut asked_for: Wanted = wanted.into();
    asked_for.sort();
    let mut edits = asked_for.all_edits();
    let asked = edits.len();
    for _ in 0..ROUNDS {
        let Some(attempt) =
            attempt(recording, edits.clone(), asked_for.whole.as_ref().map(|(bytes, _)| bytes))?
        else {
            return Ok(None);
        };
        let wanted = follow::edits(recording, &attempt.recording, &attempt.attached, &asked_for);
        let wanted = wanted.map_err(|why| refusal(why, edits.first().and_then(|edit| edit.at.span())))?;
        let following = edits.split_off(asked);
        if follow::settled(&following, &wanted) {
            attempt.verify(recording, &asked_for)?;
            let Attempt { files, renamed, recording, .. } = attempt;
            return Ok(Some(Rewritten { files, renamed, recording }));
        }
        edits.extend(wanted);
    }
    let at = edits.get(asked).and_then(|edit| edit.at.span());
    Err(refusal("the stated lengths do not settle", at))
}

/// Makes edits to a recording that is only looked at: nothing follows them, lengths are shown as recorded, and places
/// are those of the file as it is.
///
/// Returns nothing if the edits change nothing.
///
/// # Errors
/// As [`rewrite`].
pub fn disguised(recording: &Recording, edits: Vec<Edit>) -> Result<Option<Recording>, Diagnostic> {
    let Some(Attempt { lifting, recording: mut disguised, .. }) = attempt(recording, edits, None)? else {
        return Ok(None);
    };
    let main = recording.file.id();
    let changes = lifting.sources.get(&main).map(|lifted| lifted.changes.clone()).unwrap_or_default();
    disguised.file.behind = Some(Behind { bytes: recording.file.bytes.clone(), changes });
    Ok(Some(disguised))
}

/// Edits made, and not yet verified.
struct Attempt {
    lifting: Lifting,
    /// The new text of the cassette, if it is new.
    opened: Option<Vec<u8>>,
    /// The new bytes of files beside it.
    attached: Vec<(SourceId, Vec<u8>)>,
    files: Vec<(SourceId, Vec<u8>)>,
    renamed: Vec<(SourceId, String)>,
    recording: Recording,
}

/// Makes exactly these edits, and reads the result back.
fn attempt(
    recording: &Recording,
    edits: Vec<Edit>,
    whole: Option<&Vec<u8>>,
) -> Result<Option<Attempt>, Diagnostic> {
    let first = edits.first().and_then(|edit| edit.at.span());
    let mut lifting = text::lift_through(edits).map_err(|refused| refusal(refused, first))?;
    if let Some(whole) = whole.filter(|whole| *whole != recording.file.bytes.bytes()) {
        let change = Change { range: 0..recording.file.bytes.len(), new: whole.clone() };
        lifting.sources.insert(recording.file.id(), Lifted { changes: vec![change], values: Vec::new() });
    }
    if lifting.sources.is_empty() {
        return Ok(None);
    }
    let format = format::by_name(recording.format).ok_or_else(|| refusal("its format is unknown", first))?;
    let main = recording.file.bytes.source_id().unwrap_or_default();
    let (mut files, mut attached) = (Vec::new(), Vec::new());
    let mut opened = None;
    for (&id, lifted) in &lifting.sources {
        let mut changes = lifted.changes.clone();
        if id == main {
            format.reframe(&recording.file, &mut changes);
            let new = splice(&recording.file.bytes, changes)?;
            files.push((id, packed(recording, &new)?));
            opened = Some(new);
        } else {
            let old = recording.beside.iter().find(|each| each.bytes.source_id() == Some(id));
            let old = old.ok_or_else(|| refusal("the text stands in no file", first))?;
            attached.push((id, splice(&old.bytes, changes)?));
        }
    }
    files.extend(attached.iter().cloned());
    let renamed = follow::names(recording, &attached);
    let bytes = opened.clone().unwrap_or_else(|| recording.file.bytes.bytes().to_vec());
    let recording = read_back(recording, format, bytes, &attached, &renamed)?;
    Ok(Some(Attempt { lifting, opened, attached, files, renamed, recording }))
}

impl Attempt {
    /// Checks that what was read back is the old recording with the edits made, and nothing else: the file's tree by
    /// two readers, and what the format makes of it.
    fn verify(&self, old: &Recording, wanted: &Wanted) -> Result<(), Diagnostic> {
        let main = old.file.bytes.source_id().unwrap_or_default();
        let lifted = self.lifting.sources.get(&main);
        let offset = lifted.and_then(|lifted| lifted.changes.first()).map_or(0, |change| change.range.start);
        let at = old.file.bytes.slice(offset..offset).span();
        let differs = |difference: &dyn std::fmt::Display| {
            refusal(format!("the rewritten file would not read as intended: {difference}"), at)
        };
        if let (Some(tree), Some(new), Some(lifted)) = (&old.file.tree, &self.opened, lifted) {
            syntax::verify(tree, new, &lifted.values, &wanted.rearranged, wanted.documents())
                .map_err(|difference| differs(&difference))?;
        }
        for inner in wanted.inner(old.file.tree.as_ref()) {
            let tree = inner.collection().tree();
            let new = self.lifting.value(tree.text().as_slice());
            let new = new.ok_or_else(|| differs(&"the JSON in it is gone"))?;
            let values = self.lifting.values_in(tree.text());
            syntax::verify(tree, &new, &values, &wanted.rearranged, None)
                .map_err(|difference| differs(&difference))?;
        }
        compare::recordings(old, &self.recording, &self.lifting, wanted)
            .map_err(|difference| differs(&difference))
    }
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

/// Reads the new bytes, with the bodies in files beside them as they are to be.
fn read_back(
    old: &Recording,
    format: &'static dyn Format,
    bytes: Vec<u8>,
    attached: &[(SourceId, Vec<u8>)],
    renamed: &[(SourceId, String)],
) -> Result<Recording, Diagnostic> {
    let is = |known: &Attached, wanted: &Beside| {
        let new_name = renamed.iter().find(|(id, _)| known.bytes.source_id() == Some(*id));
        let moved = new_name.is_some_and(|(_, name)| wanted.name == name.as_str());
        known.beside.is(wanted) || (moved && known.beside.folders == wanted.folders)
    };
    let beside = |wanted: &Beside| {
        let known = old.beside.iter().find(|known| is(known, wanted)).ok_or("it was not read before")?;
        let new = attached.iter().find(|(id, _)| known.bytes.source_id() == Some(*id));
        Ok(new.map_or_else(|| known.bytes.bytes().to_vec(), |(_, bytes)| bytes.clone()))
    };
    let beside: &ReadBeside<'_> = &beside;
    let id = old.file.bytes.source_id().unwrap_or_default();
    let unreadable = |error: load::Unreadable| refusal(error.diagnostic.message, None);
    load::read_with(id, bytes, Some(format), beside).map_err(unreadable)
}

fn refusal(why: impl std::fmt::Display, at: Option<Span>) -> Diagnostic {
    Diagnostic::error(format!("cannot rewrite the file: {why}"), at).help("the file is left as it is")
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
            let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
            wire(&[("GET http://h/ HTTP/1.1\r\n\r\n", response.as_str()); 2])
        };
        let second = file(7, "one two").split_off("httprr trace v1\n".len());
        let second = &second[second.len() / 2..];
        let first = file(14, "one two; three");
        let wanted = format!("{}{second}", &first[..(first.len() - 16) / 2 + 16]);
        assert_eq!(text(&file(7, "one two"), "two", "two; three"), wanted);
    }

    /// Makes wire text of some pairs.
    fn wire(pairs: &[(&str, &str)]) -> String {
        let pair = |(request, response): &(&str, &str)| {
            format!("{} {}\n{request}{response}", request.len(), response.len())
        };
        format!("httprr trace v1\n{}", pairs.iter().map(pair).collect::<String>())
    }

    #[test]
    fn chunks_on_the_wire_and_the_lengths_around_them_follow() {
        let get = "GET http://h/ HTTP/1.1\n\n";
        for end in ["\r\n", "\n"] {
            let file = |length: &str, chunk: &str| {
                let head = format!("HTTP/1.1 200 OK{end}Transfer-Encoding: chunked{end}{end}");
                wire(&[
                    (get, &format!("{head}4{end}one {end}{length}{end}{chunk}{end}0{end}{end}")),
                    (get, "HTTP/1.1 204 No Content\n\n"),
                ])
            };
            assert_eq!(text(&file("3", "two"), "two", "seventeen"), file("9", "seventeen"));
            assert_eq!(text(&file("3", "two"), "two", "d\u{e9}"), file("3", "d\u{e9}"));
        }
    }

    #[test]
    fn a_header_cannot_bring_another_with_it() {
        let file = wire(&[("GET http://h/ HTTP/1.1\r\nA: b\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nhi")]);
        let recording = read(SourceId(0), file.into_bytes(), None).unwrap();
        let value = &recording.interactions[0].http.request.as_ref().unwrap().headers[0].value;
        let edit = |new: &str| rewrite(&recording, vec![Edit::replace(value, 0..value.len(), new)]);
        assert!(edit("c").unwrap().is_some());
        let refused = edit("c\r\nB: d").unwrap_err();
        assert!(refused.message.ends_with("interaction 0 would have other parts"), "{}", refused.message);
        let refused = edit("c \u{a0}").unwrap_err();
        assert!(refused.message.contains("a header of the request"), "{}", refused.message);
    }

    #[test]
    fn one_rewriting_after_another_is_one() {
        let rewritten = |recording: &Recording, old: &str, new: &str| {
            let body = recording.interactions[0].http.response.as_ref().unwrap().body.as_ref().unwrap();
            let text = body.text().unwrap();
            let at = text.as_str().find(old).unwrap();
            rewrite(recording, vec![Edit::replace(&text, at..at + old.len(), new)]).unwrap().unwrap()
        };
        let first = rewritten(&read(SourceId(0), go_vcr(7, 7).into_bytes(), None).unwrap(), "two", "three");
        let second = rewritten(&first.recording, "one", "fourty");
        let both = first.then(second);
        assert_eq!(both.files.len(), 1);
        assert_eq!(both.files[0].1, go_vcr(12, 12).replace("one two", "fourty three").into_bytes());
    }

    #[test]
    fn a_compressed_file_stays_compressed() {
        use std::io::{Read as _, Write as _};
        let zip = flate2::GzBuilder::new().filename("a.yaml").mtime(1_760_000_000).operating_system(3);
        let mut zip = zip.write(Vec::new(), flate2::Compression::best());
        zip.write_all(go_vcr(7, 7).as_bytes()).unwrap();
        let old = zip.finish().unwrap();
        let new = edited(&old, "two", "three").unwrap().unwrap();
        assert_eq!(old[..17], new[..17], "the header stays");
        let mut unzipped = String::new();
        flate2::read::GzDecoder::new(new.as_slice()).read_to_string(&mut unzipped).unwrap();
        assert_eq!(unzipped, go_vcr(9, 9).replace("two", "three"));
    }
}
