//! `ls`: which cassettes there are, and what is in them. The serialised shape is a promise to programs.

use serde::Serialize;

use super::block::{Block, Column, Line, Style, Table, run};
use super::brief;
use super::place::{Failure, Place};
use crate::chat::Exchange;
use crate::load::Recording;
use crate::text::Text;

/// Grows when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// The files that were looked at.
#[derive(Debug, Serialize)]
pub struct Listing {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The cassettes, in the order they were given or found.
    pub cassettes: Vec<Row>,
    /// Number of files found that are no cassettes.
    pub passed_over: usize,
}

impl Default for Listing {
    fn default() -> Self {
        Self { schema_version: SCHEMA_VERSION, cassettes: Vec::new(), passed_over: 0 }
    }
}

/// One cassette.
#[derive(Debug, Default, Serialize)]
pub struct Row {
    /// As given on the command line, or below a folder given there.
    pub path: String,
    /// Name of the format.
    pub format: Option<&'static str>,
    /// Why the file cannot be read.
    pub error: Option<Failure>,
    /// Number of entries.
    pub interactions: usize,
    /// Number of entries that are generation calls.
    pub calls: usize,
    /// Who served the calls, as far as their addresses tell.
    pub providers: Vec<&'static str>,
    /// The protocols of the calls.
    pub apis: Vec<&'static str>,
    /// The models asked for, or, where a request names none, that answered.
    pub models: Vec<String>,
    /// Size of the file, without files beside it.
    pub bytes: Option<usize>,
}

/// Returns the row of a cassette.
#[must_use]
pub fn row(path: String, bytes: usize, recording: &Recording) -> Row {
    let exchanges = recording.interactions.iter().filter_map(|entry| entry.exchange.as_ref());
    let exchanges = || exchanges.clone().filter(|exchange| exchange.generates);
    Row {
        path,
        format: Some(recording.format),
        error: None,
        interactions: recording.interactions.len(),
        calls: exchanges().count(),
        providers: each_once(exchanges().filter_map(|exchange| exchange.service)),
        apis: each_once(exchanges().map(|exchange| exchange.api)),
        models: each_once(exchanges().filter_map(model)).into_iter().map(str::to_owned).collect(),
        bytes: Some(bytes),
    }
}

/// Returns the row of a file that could not be read.
#[must_use]
pub fn failed(path: String, bytes: Option<usize>, message: String, place: Option<Place>) -> Row {
    Row { path, bytes, error: Some(Failure::new(message, place)), ..Row::default() }
}

fn model(exchange: &Exchange) -> Option<&str> {
    let model = exchange.prompt.model.as_ref().or(exchange.reply.model.as_ref());
    model.map(Text::as_str).filter(|model| !model.is_empty())
}

/// Returns things in the order they first come.
fn each_once<T: PartialEq>(things: impl Iterator<Item = T>) -> Vec<T> {
    let mut found = Vec::new();
    for thing in things {
        if !found.contains(&thing) {
            found.push(thing);
        }
    }
    found
}

impl Listing {
    /// Returns the list for people.
    #[must_use]
    pub fn blocks(&self) -> Vec<Block> {
        let columns = vec![
            Column::Name("cassette"),
            Column::Words("format"),
            Column::Number("#"),
            Column::Words("provider"),
            Column::Words("model"),
            Column::Number("size"),
        ];
        let rows = self.cassettes.iter().map(Row::cells).collect();
        let table = Block::Table(Table { columns, rows });
        vec![table, Block::Gap, Block::Note(self.summary())]
    }

    fn summary(&self) -> Line {
        let sum = |of: fn(&Row) -> usize| self.cassettes.iter().map(of).sum();
        let mut text = format!(
            "{}, {}, {}",
            brief::plural(self.cassettes.len(), "cassette"),
            brief::plural(sum(|row| row.interactions), "interaction"),
            brief::size(sum(|row| row.bytes.unwrap_or_default())),
        );
        if self.passed_over > 0 {
            text.push_str(" · ");
            text.push_str(&brief::plural(self.passed_over, "other file"));
        }
        let unreadable = self.cassettes.iter().filter(|row| row.error.is_some()).count();
        let mut line = vec![run(Style::Plain, text)];
        if unreadable > 0 {
            line.push(run(Style::Error, format!(" · {} unreadable", brief::count(unreadable as u64))));
        }
        line
    }
}

impl Row {
    fn cells(&self) -> Vec<Line> {
        let format = match self.format {
            Some(format) => run(Style::Plain, format),
            None => run(Style::Error, "unreadable"),
        };
        // Who served a call on a host of its own, only the protocol tells.
        let served = if self.providers.is_empty() {
            run(Style::Dim, self.apis.join(", "))
        } else {
            run(Style::Plain, self.providers.join(", "))
        };
        let entries =
            if self.error.is_none() { brief::count(self.interactions as u64) } else { String::new() };
        vec![
            vec![run(Style::Strong, &*self.path)],
            vec![format],
            vec![run(Style::Plain, entries)],
            vec![served],
            vec![run(Style::Assistant, self.models.join(", "))],
            vec![run(Style::Dim, self.bytes.map(brief::size).unwrap_or_default())],
        ]
    }
}
