//! From differences to what is told of them.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value as Json;

use super::{File, Options, Pair, Row};
use crate::diff::{Change, Class, Diff, Difference, Severity, Side, Value};
use crate::format;
use crate::load::{Recorded, Recording};
use crate::text::{Span, Text};
use crate::view::brief;
use crate::view::place::{Failure, Place};

/// Returns a file that stands alone, `added` or `removed`.
#[must_use]
pub fn alone(old: Option<String>, new: Option<String>) -> File {
    let status = if old.is_none() { "added" } else { "removed" };
    File { old, new, status, ..empty() }
}

/// Returns a pair of files that cannot be compared.
#[must_use]
pub fn failed(old: Option<String>, new: Option<String>, message: String, place: Option<Place>) -> File {
    File { old, new, status: "unreadable", error: Some(Failure::new(message, place)), ..empty() }
}

fn empty() -> File {
    File {
        old: None,
        new: None,
        status: "same",
        error: None,
        pairs: Vec::new(),
        beside: Vec::new(),
        same: 0,
        noise: BTreeMap::new(),
    }
}

/// Returns what is told of two recordings.
#[must_use]
pub fn compared(
    names: (String, String),
    old: &Recording,
    new: &Recording,
    diff: &Diff,
    options: &Options,
) -> File {
    let mut file = File { old: Some(names.0), new: Some(names.1), ..empty() };
    let parts = (parts(old), parts(new));
    let builder = Builder { old: Lines::of(&old.file), new: Lines::of(&new.file), diff, options };
    for pair in &diff.pairs {
        let mut differences = Vec::new();
        for difference in &pair.differences {
            builder.take(difference, &mut differences, &mut file.noise);
        }
        if differences.iter().all(Row::is_noise) {
            file.same += 1;
        }
        if differences.is_empty() {
            continue;
        }
        let entry: Option<&Recorded> =
            pair.new.map(|at| &new.interactions[at]).or_else(|| pair.old.map(|at| &old.interactions[at]));
        let request = entry.and_then(|entry| entry.http.request.as_ref());
        let text = |text: Option<&Text>| text.map(|text| text.as_str().to_owned());
        let what =
            pair.new.map(|at| what(new, &parts.1, at)).or_else(|| pair.old.map(|at| what(old, &parts.0, at)));
        file.pairs.push(Pair {
            old: pair.old,
            new: pair.new,
            moved: pair
                .differences
                .iter()
                .any(|each| each.change == Change::Moved && each.class == Class::Interaction),
            method: text(request.and_then(|request| request.method.as_ref()))
                .map(|it| it.to_ascii_uppercase()),
            url: text(request.and_then(|request| request.url.as_ref())).or(what.flatten()),
            summary: summary(&differences),
            differences,
        });
    }
    for difference in &diff.beside {
        builder.take(difference, &mut file.beside, &mut file.noise);
    }
    if file.drift().next().is_some() {
        file.status = "different";
    }
    file
}

/// Returns what an entry that is no HTTP is: its kind or, if it begins a turn of a connection, how many messages that has.
fn what(recording: &Recording, parts: &HashMap<usize, usize>, at: usize) -> Option<String> {
    let entry = &recording.interactions[at];
    let other = entry.http.other.as_ref()?;
    let turn = entry.exchange.as_ref().filter(|exchange| exchange.generates).zip(parts.get(&at));
    Some(match turn {
        Some((exchange, more)) => format!("{} · {}", exchange.api, brief::plural(more + 1, "message")),
        None => other.what.clone(),
    })
}

/// Returns, for each entry that others are a part of, how many they are.
fn parts(recording: &Recording) -> HashMap<usize, usize> {
    let mut parts = HashMap::new();
    for first in recording.interactions.iter().filter_map(|entry| entry.told_in) {
        *parts.entry(first).or_default() += 1;
    }
    parts
}

/// Returns what changed, in a line: `2 request changes, 1 response change`.
fn summary(rows: &[Row]) -> String {
    let count = |side: &str| rows.iter().filter(|row| !row.is_noise() && row.side == side).count();
    let said = [("request", "request"), ("response", "response"), ("note", "recorder")];
    let told = said.into_iter().filter_map(|(side, word)| {
        let count = count(side);
        (count > 0).then(|| brief::plural(count, &format!("{word} change")))
    });
    let told = told.collect::<Vec<_>>().join(", ");
    if told.is_empty() { "noise only".to_owned() } else { told }
}

struct Builder<'b> {
    old: Lines<'b>,
    new: Lines<'b>,
    diff: &'b Diff,
    options: &'b Options,
}

/// Finds the lines of a file, in whatever order they are asked for: what was moved stands anywhere.
struct Lines<'f> {
    file: &'f format::File,
    /// Where the lines end in the file as an editor shows it.
    ends: Vec<usize>,
}

impl<'f> Lines<'f> {
    fn of(file: &'f format::File) -> Self {
        Self { file, ends: memchr::memchr_iter(b'\n', file.in_editor(0).0).collect() }
    }

    /// Returns the line that a place begins in, from 1.
    fn line(&self, span: Option<Span>) -> Option<usize> {
        let span = span.filter(|span| span.source == self.file.id())?;
        let offset = self.file.in_editor(span.start).1;
        Some(self.ends.partition_point(|end| *end < offset) + 1)
    }
}

impl Builder<'_> {
    fn take(&self, difference: &Difference, rows: &mut Vec<Row>, noise: &mut BTreeMap<&'static str, usize>) {
        let Options { all, ignore, only } = self.options;
        let class = difference.class;
        if ignore.contains(&class) || !only.is_empty() && !only.contains(&class) {
            return;
        }
        if class.is_noise() {
            *noise.entry(class.name()).or_default() += 1;
            if !(*all || only.contains(&class)) {
                return;
            }
        }
        let row = self.row(difference);
        rows.push(row);
    }

    fn row(&self, difference: &Difference) -> Row {
        let Difference { class, side, change, .. } = difference;
        let json = |value: Option<&Value>| match value? {
            Value::Nothing => None,
            Value::Text(text) if is_binary(text) => {
                Some(Json::String(format!("<binary, {}>", brief::size(text.len()))))
            }
            Value::Text(text) => Some(Json::String(text.clone())),
            Value::Json(json) => Some(json.clone()),
            Value::Bytes(count) => Some(Json::String(format!("<binary, {}>", brief::size(*count)))),
        };
        let told = difference.told_at.map(|at| &self.diff.pairs[at]);
        Row {
            class: class.name(),
            verdict: match side {
                _ if class.is_noise() => "noise",
                Side::Request => "request drift",
                Side::Response => "response drift",
                Side::Note => "recorder",
            },
            side: match side {
                Side::Request => "request",
                Side::Response => "response",
                Side::Note => "note",
            },
            subject: difference.subject.clone(),
            place: difference.place.clone(),
            change: match change {
                Change::Added(_) => "added",
                Change::Removed(_) => "removed",
                Change::Changed(..) => "changed",
                Change::Moved => "moved",
            },
            old: json(change.was()),
            new: json(change.is()),
            severity: difference.severity.map(|severity| match severity {
                Severity::Low => "low",
                Severity::Medium => "medium",
                Severity::High => "high",
            }),
            told_at: told.and_then(|pair| pair.new.or(pair.old)),
            old_line: self.old.line(difference.old_at),
            new_line: self.new.line(difference.new_at),
            kind: *class,
        }
    }
}

/// Returns whether a text is bytes that a recorder took for one.
fn is_binary(text: &str) -> bool {
    let controls = text.chars().take(400).filter(|c| c.is_control() && !c.is_whitespace()).count();
    controls * 20 > text.chars().take(400).count()
}
