//! `scrub`: what was found, and what becomes of it. No value of a credential is in it.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::block::{Block, Column, Line, Style, Table, run};
use super::brief;
use super::place::{Failure, Places};
use crate::load::Recording;
use crate::scrub::plan::{Finding, Scrubber};
use crate::scrub::rule::{Action, Preset, Rule};
use crate::scrub::walk::Side;

/// Grows when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// What a run of `scrub` came to: the audit file.
#[derive(Debug, Serialize)]
pub struct Audit {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The files in which something was found, and those that could not be scrubbed.
    pub files: Vec<File>,
    /// Number of cassettes in which nothing was found.
    pub clean: usize,
    /// Number of files that are no cassettes, or that the configuration says to skip.
    pub passed_over: usize,
}

impl Default for Audit {
    fn default() -> Self {
        Self { schema_version: SCHEMA_VERSION, files: Vec::new(), clean: 0, passed_over: 0 }
    }
}

/// One file.
#[derive(Debug, Serialize)]
pub struct File {
    /// As given on the command line, or below a folder given there.
    pub path: String,
    /// Name of the format.
    pub format: Option<&'static str>,
    /// Whether the file was rewritten.
    pub written: bool,
    /// Why it could not be scrubbed.
    pub error: Option<Failure>,
    /// What was found.
    pub findings: Vec<Row>,
}

/// What one rule found at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The rule's set.
    pub preset: &'static str,
    /// The rule.
    pub rule: String,
    /// What the rule finds.
    pub about: String,
    /// Number of the interaction; absent where it is in none.
    pub interaction: Option<usize>,
    /// `request`, `response`, or `note` for what the recorder keeps beside them.
    pub side: &'static str,
    /// The way there.
    pub place: String,
    /// Line of the file, from 1, where it begins.
    pub line: Option<usize>,
    /// `redacted`, `replaced`, `removed` or `pseudonym`.
    pub becomes: &'static str,
    /// How often it is found there.
    pub count: usize,
    /// Whether recorders compare this place to find the answer to a request.
    pub compared: bool,
    /// What was found, for those who ask to see it; an audit never holds it.
    #[serde(skip)]
    pub value: Option<String>,
}

/// Returns what was found in a cassette, equal places together, and with `values` the values, too.
#[must_use]
pub fn rows(recording: &Recording, scrubber: &Scrubber, findings: &[Finding], values: bool) -> Vec<Row> {
    let starts = findings.iter().map(|finding| start(recording, finding));
    let starts: BTreeSet<usize> = starts.flatten().collect();
    // From the first on, so that no line is counted twice.
    let mut places = Places::new(&recording.file);
    let lines: HashMap<usize, usize> = starts.into_iter().map(|at| (at, places.of(at).line)).collect();
    let mut rows: Vec<Row> = Vec::new();
    for finding in findings {
        let rule = &scrubber.rules.rules[finding.rule];
        let found = &finding.found;
        let row = Row {
            preset: rule.preset.name(),
            rule: rule.name.to_string(),
            about: rule.about.to_string(),
            interaction: found.interaction,
            side: side(found.side),
            place: found.place.clone(),
            line: start(recording, finding).and_then(|at| lines.get(&at).copied()),
            becomes: becomes(rule),
            count: 1,
            compared: finding.matched,
            value: values.then(|| found.text.as_str().to_owned()),
        };
        let same = |known: &&mut Row| {
            (known.interaction, &known.place, &known.rule) == (row.interaction, &row.place, &row.rule)
        };
        match rows.iter_mut().rev().take(RECENT).find(same) {
            Some(known) => known.count += 1,
            None => rows.push(row),
        }
    }
    rows
}

/// Returns where a finding begins in the cassette, if it is in the cassette itself.
fn start(recording: &Recording, finding: &Finding) -> Option<usize> {
    let span = finding.found.text.span()?;
    (recording.file.bytes.source_id() == Some(span.source)).then_some(span.start)
}

/// Equal places are close to each other.
const RECENT: usize = 64;

fn side(side: Side) -> &'static str {
    match side {
        Side::Request => "request",
        Side::Response => "response",
        Side::Note => "note",
    }
}

fn becomes(rule: &Rule) -> &'static str {
    match rule.action {
        Action::Redact => "redacted",
        Action::Pseudonym => "pseudonym",
        Action::Remove => "removed",
        Action::Neutral(_) | Action::Set(_) | Action::Replace(..) => "replaced",
    }
}

/// So many rules are told of a file; the others are summed up.
const TOLD: usize = 12;

impl File {
    /// Returns the file for people: a line a rule.
    #[must_use]
    pub fn blocks(&self) -> Vec<Block> {
        let mut rules: Vec<(&Row, usize, usize)> = Vec::new();
        for row in &self.findings {
            match rules.iter_mut().find(|(known, ..)| known.rule == row.rule && known.side == row.side) {
                Some((_, places, count)) => {
                    *places += 1;
                    *count += row.count;
                }
                None => rules.push((row, 1, row.count)),
            }
        }
        let columns = [Column::Name("rule"), Column::Number("found"), Column::Name("where")];
        let rows = rules.iter().take(TOLD).map(|(row, places, count)| {
            let more = if *places > 1 { format!(" +{}", places - 1) } else { String::new() };
            vec![
                vec![run(Style::Strong, format!("{}/{}", row.preset, row.rule))],
                vec![run(Style::Plain, brief::count(*count as u64))],
                vec![interaction(row), run(Style::Plain, &*row.place), run(Style::Dim, more)],
            ]
        });
        let rows: Vec<_> = rows.collect();
        let mut blocks = vec![
            Block::Note(vec![run(Style::Strong, &*self.path)]),
            Block::Table(Table::new(&columns, rows, &[], &[])),
        ];
        if let Some(left) = rules.len().checked_sub(TOLD).filter(|left| *left > 0) {
            blocks.push(Block::Note(vec![run(
                Style::Dim,
                format!("and {} more", brief::plural(left, "rule")),
            )]));
        }
        blocks.push(Block::Gap);
        blocks
    }

    /// Returns every finding for people, with what the rule is about.
    #[must_use]
    pub fn explained(&self) -> Vec<Block> {
        let title = Block::Note(vec![run(Style::Strong, &*self.path)]);
        if self.findings.is_empty() {
            return vec![title, Block::Detail(vec![run(Style::Good, "nothing to scrub")]), Block::Gap];
        }
        let mut blocks = vec![title];
        for row in &self.findings {
            let line = row.line.map(|line| format!("line {line}  ")).unwrap_or_default();
            let times = if row.count > 1 { format!(" ×{}", row.count) } else { String::new() };
            let place = vec![
                run(Style::Dim, line),
                interaction(row),
                run(Style::Plain, &*row.place),
                run(Style::Dim, times),
            ];
            blocks.push(Block::Section(
                place,
                vec![run(Style::Strong, format!("{}/{}", row.preset, row.rule))],
            ));
            if let Some(value) = &row.value {
                blocks.push(Block::Detail(vec![run(Style::Warning, &**value)]));
            }
            blocks.push(Block::Detail(vec![
                run(Style::Dim, &*row.about),
                run(Style::Dim, " → "),
                run(Style::Good, row.becomes),
            ]));
        }
        blocks.push(Block::Gap);
        blocks
    }
}

fn interaction(row: &Row) -> super::Run {
    run(Style::Dim, row.interaction.map(|at| format!("{at} ")).unwrap_or_default())
}

/// Returns the last line of a run.
#[must_use]
pub fn summary(audit: &Audit, written: bool) -> Line {
    let failed = audit.files.iter().filter(|file| file.error.is_some()).count();
    let found = audit.files.len() - failed;
    let mut line = Vec::new();
    if found > 0 {
        let verb = if written { "changed" } else { "would change" };
        line.push(run(Style::Warning, format!("{} {verb}", brief::plural(found, "file"))));
        line.push(run(Style::Plain, ", "));
    }
    line.push(run(Style::Good, format!("{} clean", brief::count(audit.clean as u64))));
    if audit.passed_over > 0 {
        line.push(run(Style::Dim, format!(", {} passed over", brief::count(audit.passed_over as u64))));
    }
    if failed > 0 {
        line.push(run(Style::Plain, ", "));
        line.push(run(Style::Error, format!("{} failed", brief::count(failed as u64))));
    }
    line
}

/// Returns the rules of some presets for people.
#[must_use]
pub fn rules(rules: &[Rule]) -> Vec<Block> {
    let mut blocks = Vec::new();
    for preset in Preset::ALL {
        let of: Vec<&Rule> = rules.iter().filter(|rule| rule.preset == preset).collect();
        if of.is_empty() {
            continue;
        }
        let default = if Preset::DEFAULT.contains(&preset) { " (default)" } else { "" };
        blocks.push(Block::Note(vec![
            run(Style::Strong, preset.name()),
            run(Style::Dim, default),
            run(Style::Plain, format!(": {}", preset.about())),
        ]));
        let columns = [Column::Name("rule"), Column::Words("finds"), Column::Words("for example")];
        let rows = of.iter().map(|rule| {
            let example = rule.example.replace(['\n', '\r'], " ");
            vec![
                vec![run(Style::Strong, &*rule.name)],
                vec![run(Style::Plain, &*rule.about)],
                vec![run(Style::Dim, example)],
            ]
        });
        blocks.push(Block::Table(Table::new(&columns, rows.collect(), &[], &[])));
        blocks.push(Block::Gap);
    }
    blocks
}
