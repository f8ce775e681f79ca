//! What the recorder noted beside the exchanges and the written file does not hold.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Exchange;
use crate::diff;
use crate::load::Recording;
use crate::syntax::{address, form};
use crate::text::Text;

/// So many kinds of notes are named; more are counted.
const MOST: usize = 16;

/// Longer names, and names of other characters, are no recorder's.
const LONGEST: usize = 24;

/// Returns the notes that the new file does not hold, by their names.
pub(super) fn notes(recording: &Recording, exchanges: &[Exchange], new: &Recording) -> Vec<(String, usize)> {
    let written: HashMap<usize, usize> =
        exchanges.iter().enumerate().map(|(at, exchange)| (exchange.entry, at)).collect();
    let mut held: HashMap<Option<usize>, HashSet<String>> = HashMap::new();
    for note in diff::notes(new) {
        held.entry(note.entry).or_default().extend(note.node.str().map(std::borrow::Cow::into_owned));
    }
    for (at, exchange) in exchanges.iter().enumerate() {
        said(exchange, held.entry(Some(at)).or_default());
        // Some keep requests and responses in lists of their own.
        held.entry(None).or_default().insert(exchange.plain.reason.clone());
    }
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for note in diff::notes(recording) {
        let Some(value) = note.node.str() else { continue };
        let empty = note.node.is_null() || matches!(&*value, "" | "-1" | "false");
        let entry = note.entry.and_then(|entry| written.get(&entry).copied());
        // What goes with a whole interaction is told as one.
        if empty || (note.entry.is_some() && entry.is_none()) {
            continue;
        }
        let is_held = held.get(&entry).is_some_and(|held| held.contains(&*value));
        if is_held || is_known(&note.path, note.entry, recording, &value) {
            continue;
        }
        *names.entry(format!("recorder's note {}", name(&note.path))).or_default() += 1;
    }
    let more: usize = names.values().skip(MOST).sum();
    let mut names: Vec<_> = names.into_iter().take(MOST).collect();
    if more > 0 {
        names.push(("other notes of the recorder".to_owned(), more));
    }
    names
}

/// Returns whether a note is of those that are told by what they mean, or that say what the layout is.
fn is_known(path: &str, entry: Option<usize>, recording: &Recording, value: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    let Some(entry) = entry else { return matches!(path, "version" | "log.version") };
    let http = &recording.interactions[entry].http;
    let response = http.response.as_ref();
    match last {
        "startedDateTime" | "recorded_at" | "recordedAt" | "RecordedAt" => http.recorded.is_some(),
        "duration" | "time" | "delay" => response.is_some_and(|response| response.duration.is_some()),
        "proto" | "proto_major" | "proto_minor" | "httpVersion" | "http_version" => {
            response.is_some_and(|response| response.version.is_some())
        }
        "id" => value == entry.to_string(),
        _ => false,
    }
}

/// Adds what an exchange says, which recorders like to note once more.
fn said(exchange: &Exchange, held: &mut HashSet<String>) {
    let plain = &exchange.plain;
    held.extend([
        plain.url.clone(),
        plain.reason.clone(),
        format!("{} {}", plain.code, plain.reason),
        format!("{}{}", plain.code, plain.reason),
    ]);
    let parts = address::parts(&plain.url);
    let authority = &plain.url[parts.authority()];
    let [scheme, host, port, query] =
        [parts.scheme, parts.host, parts.port, parts.query].map(|part| &plain.url[part]);
    let usual = if scheme == "http" { "80" } else { "443" };
    let port = if port.is_empty() { usual } else { port };
    held.extend([scheme, authority, host, port, &plain.url[parts.path.start..]].map(str::to_owned));
    let body = std::str::from_utf8(&exchange.bodies[0]).ok().filter(|body| !body.starts_with(['{', '[']));
    for part in [Some(query), body].into_iter().flatten() {
        for pair in form::pairs(&Text::made(part)) {
            held.extend([pair.name.as_str().to_owned(), pair.value.as_str().to_owned()]);
        }
    }
    for (_, value) in plain.request.headers.iter().chain(&plain.response.headers) {
        held.extend(value.split([';', '=', ',']).map(|piece| piece.trim().to_owned()));
        held.insert(value.clone());
    }
}

/// Returns a way as a name: without numbers of items, and without what is no name.
fn name(path: &str) -> String {
    let step = |step: &str| {
        let bare = step.split('[').next().unwrap_or_default();
        let list = if bare.len() < step.len() { "[]" } else { "" };
        let is_name = bare.len() <= LONGEST
            && bare.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$'));
        format!("{}{list}", if is_name { bare } else { "…" })
    };
    path.split('.').map(step).collect::<Vec<_>>().join(".")
}
