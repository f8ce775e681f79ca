//! Tests of formats read small files through the whole pipeline, so that they see bodies as users do.

use crate::cassette::{Body, Content};
use crate::load::{self, Recording};
use crate::text::{SourceId, Text};

/// Reads a file that must be a cassette.
pub(super) fn read(text: &str) -> Recording {
    let bytes = text.as_bytes().to_vec();
    load::read(SourceId(0), bytes, None).unwrap_or_else(|error| panic!("{}", error.diagnostic.message))
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
            line.push(response.status.map_or("-".to_owned(), |status| status.to_string()));
            line.push(shown(response.body.as_ref()));
        }
        line.extend(entry.http.other.as_ref().map(|other| other.what.clone()));
        lines.push(line.join(" "));
    }
    lines
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
