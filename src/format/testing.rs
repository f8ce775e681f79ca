//! Tests of formats read small files through the whole pipeline, so that they see bodies as users do.

use crate::cassette::{Body, Content};
use crate::load::{self, Recording};
use crate::rewrite::{Rewritten, rewrite};
use crate::syntax::Node;
use crate::text::{Edit, SourceId, Text};

/// Reads a file that must be a cassette.
pub(super) fn read(text: &str) -> Recording {
    let bytes = text.as_bytes().to_vec();
    load::read(SourceId(0), bytes, None).unwrap_or_else(|error| panic!("{}", error.diagnostic.message))
}

/// Returns whether a file is a cassette.
pub(super) fn is_read(text: &str) -> bool {
    load::read(SourceId(0), text.as_bytes().to_vec(), None).is_ok()
}

/// Reads a file with files beside it, all of the same content.
pub(super) fn read_beside(text: &str, beside: &str) -> Recording {
    let bytes = text.as_bytes().to_vec();
    load::read_with(SourceId(0), bytes, None, &|_| Ok(beside.as_bytes().to_vec()))
        .unwrap_or_else(|error| panic!("{}", error.diagnostic.message))
}

/// Returns the format's name and, a line for each entry: method, address, request body, status, response body.
pub(super) fn summary(recording: &Recording) -> Vec<String> {
    let mut lines = vec![recording.format.to_owned()];
    for entry in &recording.interactions {
        let mut line = Vec::new();
        if let Some(request) = &entry.http.request {
            line.push(request.method.as_ref().map_or("-", Text::as_str).to_owned());
            line.push(request.url.as_ref().map_or("-", Text::as_str).to_owned());
            line.push(shown(request.body.as_ref()));
        }
        if let Some(response) = &entry.http.response {
            line.push(response.code().map_or("-".to_owned(), |status| status.to_string()));
            line.push(shown(response.body.as_ref()));
        }
        line.extend(entry.http.other.as_ref().map(|other| other.what.clone()));
        lines.push(line.join(" "));
    }
    lines
}

/// Replaces words in the bodies of a file, the first of each body that has it, and returns the new text.
pub(super) fn edited(file: &str, old: &str, new: &str) -> String {
    let mut rewritten = rewritten(&read(file), old, new);
    String::from_utf8(rewritten.files.remove(0).1).unwrap()
}

/// Replaces words in the bodies of a recording.
pub(super) fn rewritten(recording: &Recording, old: &str, new: &str) -> Rewritten {
    let mut edits = Vec::new();
    for entry in &recording.interactions {
        let sent = entry.http.request.as_ref().and_then(|request| request.body.as_ref());
        let received = entry.http.response.as_ref().and_then(|response| response.body.as_ref());
        let texts = sent.into_iter().chain(received).filter_map(|body| match &body.content {
            Content::Bytes(bytes) => bytes.text().filter(|text| text.as_str().contains(old)),
            Content::Tree(tree) => find(tree.node(), old),
            Content::Events(_) | Content::Beside(_) => None,
        });
        edits.extend(texts.map(|text| {
            let at = text.as_str().find(old).unwrap();
            Edit::replace(&text, at..at + old.len(), new)
        }));
    }
    let refused = |error: crate::diagnostic::Diagnostic| panic!("{}", error.message);
    rewrite(recording, edits).unwrap_or_else(refused).expect("something changes")
}

/// Finds the first scalar that holds a word.
fn find(node: Node<'_>, word: &str) -> Option<Text> {
    let own = node.string().filter(|text| text.as_str().contains(word));
    let inside =
        || node.items().chain(node.entries().map(|(_, value)| value)).find_map(|each| find(each, word));
    own.or_else(inside)
}

fn shown(body: Option<&Body>) -> String {
    match body.map(|body| &body.content) {
        None => "-".to_owned(),
        Some(Content::Bytes(slice)) => String::from_utf8_lossy(slice.bytes()).into_owned(),
        Some(Content::Beside(beside)) => format!("<in {}>", beside.name.as_str()),
        Some(Content::Tree(tree)) => tree.node().json().to_string(),
        Some(Content::Events(events)) => format!("{} events", events.len()),
    }
}
