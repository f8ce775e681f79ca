//! `ls`: which cassettes there are, and what is in them. The serialised shape is a promise to programs.

use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;

use super::block::{Block, Column, Line, Style, Table, run};
use super::brief;
use super::facts::{Facts, each_once, facts};
use super::place::{Failure, Unreadable};
use crate::load::Recording;

/// Grows when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// The files that were looked at.
#[derive(Debug, Serialize)]
pub struct Listing {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The cassettes, in the order they were given or found, or as asked.
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
    /// Number of conversations that the generation calls make.
    pub conversations: usize,
    /// Who served the calls, as far as their addresses tell.
    pub providers: Vec<&'static str>,
    /// The protocols of the calls.
    pub apis: Vec<&'static str>,
    /// The models asked for, or, where a request names none, that answered.
    pub models: Vec<String>,
    /// The tools that were called.
    pub tools: Vec<String>,
    /// All tokens read and written, as far as they are reported.
    pub tokens: Option<u64>,
    /// What went wrong: statuses, `error` inside an answer, `cut` streams.
    pub problems: Vec<String>,
    /// Size of the file, without files beside it.
    pub bytes: Option<usize>,
    /// When the last entry was recorded, as the recorder or the `Date` of the response says.
    pub recorded_at: Option<String>,
    /// Milliseconds that the responses took together.
    pub duration_ms: Option<f64>,
    /// The entries, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entries: Option<Vec<Facts>>,
}

/// One entry of a cassette, in a list of entries of many.
#[derive(Debug, Serialize)]
pub struct Entry<'l> {
    /// Path of the cassette.
    pub path: &'l str,
    /// The facts of the entry.
    #[serde(flatten)]
    pub facts: &'l Facts,
}

/// What to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Key {
    /// Path.
    Path,
    /// Number of interactions, most first.
    Interactions,
    /// Tokens, most first.
    Tokens,
    /// Size, largest first.
    Size,
    /// When it was recorded, latest first.
    Age,
    /// How long the responses took, longest first.
    Duration,
}

/// Which interactions to list; a cassette is listed if any of its interactions is.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Who served the call, or its protocol.
    pub providers: Vec<String>,
    /// A part of the model's name.
    pub models: Vec<String>,
    /// A status, or a class of them such as `4xx`.
    pub statuses: Vec<String>,
    /// A part of the host.
    pub hosts: Vec<String>,
    /// What the interaction has.
    pub has: Vec<Has>,
}

/// What an interaction may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Has {
    /// Calls of tools.
    Tools,
    /// A stream.
    Stream,
    /// Something that went wrong.
    Error,
}

impl Filter {
    /// Returns whether all interactions are wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let lists = [&self.providers, &self.models, &self.statuses, &self.hosts];
        lists.iter().all(|list| list.is_empty()) && self.has.is_empty()
    }

    /// Returns which interactions of a recording are wanted, by their numbers.
    #[must_use]
    pub fn chosen(&self, recording: &Recording) -> Vec<usize> {
        let facts = facts(recording);
        let wanted = facts.iter().enumerate().filter(|(_, facts)| self.wants(facts));
        wanted.map(|(at, _)| at).collect()
    }

    fn wants(&self, facts: &Facts) -> bool {
        let any = |wanted: &[String], fits: &dyn Fn(&str) -> bool| {
            wanted.is_empty() || wanted.iter().any(|wanted| fits(&wanted.to_lowercase()))
        };
        let holds = |text: &Option<String>, wanted: &str| {
            text.as_ref().is_some_and(|text| text.to_lowercase().contains(wanted))
        };
        let status = facts.status.map(|status| status.to_string()).unwrap_or_default();
        any(&self.providers, &|wanted| [facts.provider, facts.api].contains(&Some(wanted)))
            && any(&self.models, &|wanted| {
                holds(&facts.model, wanted) || holds(&facts.answering_model, wanted)
            })
            && any(&self.statuses, &|wanted| {
                let class = wanted.strip_suffix("xx").filter(|_| status.len() == 3);
                status == wanted || class.is_some_and(|class| status.starts_with(class))
            })
            && any(&self.hosts, &|wanted| holds(&facts.host, wanted))
            && self.has.iter().all(|has| match has {
                Has::Tools => !facts.tools.is_empty(),
                Has::Stream => facts.streaming,
                Has::Error => !facts.problems.is_empty(),
            })
    }
}

/// Returns the row of a cassette, if any of its interactions is wanted. `long` lists those.
#[must_use]
pub fn row(path: String, bytes: usize, recording: &Recording, filter: &Filter, long: bool) -> Option<Row> {
    let facts = facts(recording);
    let wanted: Vec<_> = facts.iter().filter(|facts| filter.wants(facts)).cloned().collect();
    if wanted.is_empty() && !filter.is_empty() {
        return None;
    }
    let calls = || facts.iter().filter(|facts| facts.api.is_some());
    let sum = |of: fn(&Facts) -> Option<u64>| {
        let known: Vec<_> = facts.iter().filter_map(of).collect();
        (!known.is_empty()).then(|| known.into_iter().sum())
    };
    let durations: Vec<_> = facts.iter().filter_map(|facts| facts.duration_ms).collect();
    Some(Row {
        path,
        format: Some(recording.format),
        error: None,
        interactions: recording.interactions.len(),
        calls: calls().count(),
        conversations: recording.threads.conversations(),
        providers: each_once(calls().filter_map(|facts| facts.provider)),
        apis: each_once(calls().filter_map(|facts| facts.api)),
        models: each_once(calls().filter_map(|facts| facts.model.clone())),
        tools: each_once(facts.iter().flat_map(|facts| facts.tools.iter().cloned())),
        tokens: sum(|facts| facts.tokens),
        problems: each_once(facts.iter().flat_map(|facts| facts.problems.iter().cloned())),
        bytes: Some(bytes),
        recorded_at: facts.iter().filter_map(|facts| facts.recorded_at.clone()).max(),
        duration_ms: (!durations.is_empty()).then(|| durations.into_iter().sum()),
        entries: long.then_some(wanted),
    })
}

/// Returns the row of a file that could not be read.
#[must_use]
pub fn failed(file: Unreadable) -> Row {
    Row { path: file.path, bytes: file.bytes, error: Some(file.error), ..Row::default() }
}

impl Listing {
    /// Sorts the cassettes, and the entries of each.
    pub fn sort(&mut self, key: Key, reverse: bool) {
        let flip = |order: std::cmp::Ordering| if reverse { order.reverse() } else { order };
        self.cassettes.sort_by(|one, other| {
            flip(match key {
                Key::Path => one.path.cmp(&other.path),
                Key::Interactions => other.interactions.cmp(&one.interactions),
                Key::Tokens => other.tokens.cmp(&one.tokens),
                Key::Size => other.bytes.cmp(&one.bytes),
                Key::Age => other.recorded_at.cmp(&one.recorded_at),
                Key::Duration => {
                    other.duration_ms.unwrap_or(-1.0).total_cmp(&one.duration_ms.unwrap_or(-1.0))
                }
            })
        });
        for entries in self.cassettes.iter_mut().filter_map(|row| row.entries.as_mut()) {
            entries.sort_by(|one, other| {
                flip(match key {
                    Key::Path | Key::Interactions | Key::Size => one.interaction.cmp(&other.interaction),
                    Key::Tokens => other.tokens.cmp(&one.tokens),
                    Key::Age => other.recorded_at.cmp(&one.recorded_at),
                    Key::Duration => {
                        other.duration_ms.unwrap_or(-1.0).total_cmp(&one.duration_ms.unwrap_or(-1.0))
                    }
                })
            });
        }
    }

    /// Returns the entries of all cassettes, each with its cassette's path.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry<'_>> {
        let entries = |row| {
            let Row { path, entries, .. }: &Row = row;
            entries.iter().flatten().map(move |facts| Entry { path, facts })
        };
        self.cassettes.iter().flat_map(entries).collect()
    }

    /// Returns the list for people.
    #[must_use]
    pub fn blocks(&self) -> Vec<Block> {
        let table =
            if self.cassettes.iter().any(|row| row.entries.is_some()) { self.long() } else { self.short() };
        table.with_notes([self.summary()])
    }

    fn short(&self) -> Table {
        let columns = [
            Column::Name("cassette"),
            Column::Words("format"),
            Column::Number("#"),
            Column::Number("conv"),
            Column::Words("provider"),
            Column::Words("model"),
            Column::Words("tools"),
            Column::Number("tokens"),
            Column::Words("problems"),
            Column::Number("size"),
            Column::Number("recorded"),
        ];
        let rows = self.cassettes.iter().map(Row::cells).collect();
        Table::new(&columns, rows, &["recorded", "conv", "format", "size"], &["tools", "provider"])
    }

    fn long(&self) -> Table {
        let columns = [
            Column::Number("#"),
            Column::Number("conv"),
            Column::Words("call"),
            Column::Number("status"),
            Column::Words("model"),
            Column::Words("tools"),
            Column::Number("in"),
            Column::Number("out"),
            Column::Number("time"),
            Column::Words("problems"),
            Column::Number("recorded"),
        ];
        let mut rows = Vec::new();
        let mut paths = Vec::new();
        for row in &self.cassettes {
            if row.error.is_some() {
                let mut cells = vec![Line::new(); columns.len()];
                cells[9] = vec![run(Style::Error, "unreadable")];
                rows.push(cells);
                paths.push(&*row.path);
            }
            for facts in row.entries.iter().flatten() {
                rows.push(facts.cells(row.conversations > 1));
                paths.push(&*row.path);
            }
        }
        let table = Table::new(&columns, rows, &["recorded"], &["time", "conv", "tools", "model"]);
        table.grouped(paths.into_iter())
    }

    fn summary(&self) -> Line {
        let sum = |of: fn(&Row) -> usize| self.cassettes.iter().map(of).sum();
        let listed = |row: &Row| row.entries.as_ref().map_or(row.interactions, Vec::len);
        let tokens: u64 = self.cassettes.iter().filter_map(|row| row.tokens).sum();
        let mut facts = vec![
            brief::plural(self.cassettes.len(), "cassette"),
            brief::plural(self.cassettes.iter().map(listed).sum(), "interaction"),
            brief::plural(sum(|row| row.conversations), "conversation"),
        ];
        facts.extend((tokens > 0).then(|| format!("{} tokens", brief::count(tokens))));
        facts.push(brief::size(sum(|row| row.bytes.unwrap_or_default())));
        let mut text = facts.join(", ");
        if self.passed_over > 0 {
            text.push_str(" · ");
            text.push_str(&brief::plural(self.passed_over, "other file"));
        }
        let unreadable = self.cassettes.iter().filter(|row| row.error.is_some()).count();
        let mut line = vec![run(Style::Dim, text)];
        if unreadable > 0 {
            line.push(run(Style::Error, format!(" · {} unreadable", brief::count(unreadable as u64))));
        }
        line
    }
}

impl Row {
    fn cells(&self) -> Vec<Line> {
        let problems = match self.error {
            Some(_) => "unreadable".to_owned(),
            None => self.problems.join(", "),
        };
        // Who served a call on a host of its own, only the protocol tells.
        let served = if self.providers.is_empty() {
            run(Style::Dim, self.apis.join(", "))
        } else {
            run(Style::Plain, self.providers.join(", "))
        };
        let number = |count: usize| if count > 0 { brief::count(count as u64) } else { String::new() };
        let entries =
            if self.error.is_none() { brief::count(self.interactions as u64) } else { String::new() };
        vec![
            vec![run(Style::Strong, &*self.path)],
            vec![run(Style::Plain, self.format.unwrap_or_default())],
            vec![run(Style::Plain, entries)],
            vec![run(Style::Dim, number(self.conversations))],
            vec![served],
            vec![run(Style::Assistant, self.models.join(", "))],
            vec![run(Style::Tool, self.tools.join(", "))],
            vec![run(Style::Plain, self.tokens.map(brief::count).unwrap_or_default())],
            vec![run(Style::Error, problems)],
            vec![run(Style::Dim, self.bytes.map(brief::size).unwrap_or_default())],
            vec![run(Style::Dim, date(self.recorded_at.as_deref()))],
        ]
    }
}

impl Facts {
    fn cells(&self, several: bool) -> Vec<Line> {
        let status = self.status.map(|status| {
            let style = if status < 400 { Style::Good } else { Style::Error };
            run(style, status.to_string())
        });
        let count = |count: Option<u64>| count.map(brief::count).unwrap_or_default();
        let time = self.duration_ms.filter(|ms| *ms > 0.0);
        let time = time.map(|ms| brief::duration(Duration::from_secs_f64(ms / 1000.0))).unwrap_or_default();
        let conversation = self.conversation.filter(|_| several);
        // A status that is a problem is told in its own column.
        let told = |problem: &&String| self.status.is_none_or(|status| **problem != status.to_string());
        let problems: Vec<_> = self.problems.iter().filter(told).cloned().collect();
        vec![
            vec![run(Style::Dim, self.interaction.to_string())],
            vec![run(Style::Dim, conversation.map(|at| (at + 1).to_string()).unwrap_or_default())],
            vec![run(Style::Plain, self.what())],
            status.into_iter().collect(),
            vec![run(Style::Assistant, self.model.clone().unwrap_or_default())],
            vec![run(Style::Tool, self.tools.join(", "))],
            vec![run(Style::Plain, count(self.input_tokens))],
            vec![run(Style::Plain, count(self.output_tokens))],
            vec![run(Style::Dim, time)],
            vec![run(Style::Error, problems.join(", "))],
            vec![run(Style::Dim, date(self.recorded_at.as_deref()))],
        ]
    }
}

/// Returns the day of a time.
fn date(time: Option<&str>) -> &str {
    time.and_then(|time| time.get(..10)).unwrap_or_default()
}
