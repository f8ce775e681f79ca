//! `tools`: every call of a tool, and what came back. The serialised shape is a promise to programs.

mod build;

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::block::{Block, Column, Line, Style, Table, run};
use super::brief;
use super::place::Unreadable;

pub use build::{calls, definitions};

/// Grows when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// Arguments and results are cut to about so many characters for people.
const SHOWN: usize = 400;

/// The calls in some cassettes.
#[derive(Debug, Serialize)]
pub struct Tools {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The calls, in the order of the cassettes and their entries; results without a call at the end of each cassette.
    pub calls: Vec<Row>,
    /// The files that cannot be read.
    pub unreadable: Vec<Unreadable>,
}

/// A call, or a result without one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Row {
    /// Path of the cassette.
    pub path: String,
    /// The interaction that tells the call first; for a result without a call, that which tells the result.
    pub interaction: usize,
    /// Number of the conversation, from 0.
    pub conversation: Option<usize>,
    /// The tool.
    pub name: Option<String>,
    /// What the result is matched by.
    pub id: Option<String>,
    /// Parsed, or the text as it is where it is no JSON; absent for a result without a call.
    pub arguments: Option<Value>,
    /// `answer` if the call is recorded as it was made, `request` if a later request tells it, `none` for a result
    /// without a call.
    pub told_by: &'static str,
    /// Number of the choice that made the call.
    pub choice: Option<usize>,
    /// Whether the provider ran the tool.
    pub server: bool,
    /// What came back: nothing, one result or, where the conversation forks, several.
    pub results: Vec<Outcome>,
    /// Milliseconds from the call to the request with its result, where the recorder tells the times.
    pub duration_ms: Option<f64>,
    /// Whether the same request offers the tool; absent where it offers none at all.
    pub declared: Option<bool>,
    /// Where the arguments do not fit the declared schema.
    pub mismatches: Vec<String>,
}

/// What came back for a call.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The interaction that tells it.
    pub interaction: usize,
    /// What it says.
    pub text: String,
    /// Whether the wire marks it as an error.
    pub error: bool,
}

/// Tools on offer in some cassettes.
#[derive(Debug, Serialize)]
pub struct Definitions {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The tools, in the order in which they are first offered.
    pub tools: Vec<Definition>,
    /// The files that cannot be read.
    pub unreadable: Vec<Unreadable>,
}

/// A tool on offer.
#[derive(Clone, Debug, Serialize)]
pub struct Definition {
    /// Path of the cassette.
    pub path: String,
    /// The tool's name; for the provider's own tools their type.
    pub name: String,
    /// What it does.
    pub description: Option<String>,
    /// JSON Schema of its arguments.
    pub parameters: Option<Value>,
    /// The interactions that offer it so.
    pub interactions: Vec<usize>,
    /// How often it is called in this cassette.
    pub calls: usize,
}

impl Row {
    /// Returns whether an error came back, or the arguments do not fit.
    #[must_use]
    pub fn failed(&self) -> bool {
        !self.mismatches.is_empty() || self.results.iter().any(|result| result.error)
    }

    /// Returns what is worth a look: errors, arguments that do not fit, what is missing; and who ran the tool.
    fn remarks(&self) -> Line {
        let mut remarks = Vec::new();
        if self.server {
            remarks.push(run(Style::Dim, "server"));
        }
        if self.told_by == "request" && self.conversation.is_some() {
            remarks.push(run(Style::Dim, "told later"));
        }
        if self.told_by == "none" {
            remarks.push(run(Style::Warning, "no call"));
        } else if self.results.is_empty() {
            remarks.push(run(if self.server { Style::Dim } else { Style::Warning }, "no result"));
        }
        if self.results.len() > 1 {
            remarks.push(run(Style::Dim, brief::plural(self.results.len(), "result")));
        }
        if self.results.iter().any(|result| result.error) {
            remarks.push(run(Style::Error, "error"));
        }
        if self.declared == Some(false) {
            remarks.push(run(Style::Warning, "not on offer"));
        }
        remarks.extend(self.mismatches.iter().map(|mismatch| run(Style::Error, &**mismatch)));
        let mut line = Line::new();
        for remark in remarks {
            if !line.is_empty() {
                line.push(run(Style::Dim, " · "));
            }
            line.push(remark);
        }
        line
    }

    fn cells(&self) -> Vec<Line> {
        let arguments = self.arguments.as_ref().map(arguments).unwrap_or_default();
        let result = self.results.first();
        let style = if result.is_some_and(|result| result.error) { Style::Error } else { Style::Plain };
        let time = self.duration_ms.map(|ms| brief::duration(Duration::from_secs_f64(ms / 1000.0)));
        let time = time.unwrap_or_default();
        vec![
            vec![run(Style::Dim, self.interaction.to_string())],
            vec![run(Style::Strong, self.name.as_deref().unwrap_or("?"))],
            vec![run(Style::Plain, arguments)],
            vec![run(style, result.map(|result| short(&result.text)).unwrap_or_default())],
            vec![run(Style::Dim, time)],
            self.remarks(),
            vec![run(Style::Dim, self.id.as_deref().unwrap_or_default())],
        ]
    }
}

impl Tools {
    /// Returns the calls for people.
    #[must_use]
    pub fn blocks(&self) -> Vec<Block> {
        let columns = [
            Column::Number("#"),
            Column::Words("tool"),
            Column::Words("arguments"),
            Column::Words("result"),
            Column::Number("time"),
            Column::Words("remarks"),
            Column::Words("id"),
        ];
        let rows = self.calls.iter().map(Row::cells).collect();
        let table = Table::new(&columns, rows, &["id"], &[]).grouped(self.calls.iter().map(|row| &*row.path));
        table.with_notes([self.summary()])
    }

    fn summary(&self) -> Line {
        let calls = || self.calls.iter().filter(|row| row.told_by != "none");
        let count = |wanted: fn(&&Row) -> bool| calls().filter(wanted).count();
        let number = |count: usize| brief::count(count as u64);
        let all = calls().count();
        let mut line = vec![run(Style::Dim, brief::plural(all, "call"))];
        let answered = count(|row| !row.results.is_empty());
        let mut tell = |style, text: String| line.extend([run(Style::Dim, " · "), run(style, text)]);
        if all > 0 {
            tell(Style::Dim, format!("{} answered", number(answered)));
        }
        let orphans = self.calls.len() - all;
        if orphans > 0 {
            tell(Style::Warning, format!("{} without a call", brief::plural(orphans, "result")));
        }
        let errors = count(|row| row.results.iter().any(|result| result.error));
        if errors > 0 {
            tell(Style::Error, brief::plural(errors, "error"));
        }
        let checked = count(|row| row.declared == Some(true));
        match count(|row| !row.mismatches.is_empty()) {
            0 if checked == 0 => {}
            0 => tell(Style::Dim, "arguments fit the declared schemas".to_owned()),
            some => {
                tell(Style::Error, format!("{} of arguments that do not fit", brief::plural(some, "list")));
            }
        }
        line
    }
}

impl Definitions {
    /// Returns the tools for people.
    #[must_use]
    pub fn blocks(&self) -> Vec<Block> {
        let columns = [
            Column::Words("tool"),
            Column::Words("arguments"),
            Column::Number("calls"),
            Column::Words("description"),
        ];
        let rows = self.tools.iter().map(|tool| {
            let description = tool.description.as_deref().unwrap_or_default();
            vec![
                vec![run(Style::Strong, &*tool.name)],
                vec![run(Style::Plain, tool.parameters.as_ref().map(signature).unwrap_or_default())],
                vec![run(Style::Plain, brief::count(tool.calls as u64))],
                vec![run(Style::Dim, short(description))],
            ]
        });
        let table = Table::new(&columns, rows.collect(), &[], &[]);
        let table = table.grouped(self.tools.iter().map(|tool| &*tool.path));
        let uncalled = self.tools.iter().filter(|tool| tool.calls == 0).count();
        let summary = format!("{}, {uncalled} of them never called", brief::plural(self.tools.len(), "tool"));
        table.with_notes([vec![run(Style::Dim, summary)]])
    }
}

/// Returns arguments on one line.
fn arguments(arguments: &Value) -> String {
    match arguments {
        Value::Object(object) => {
            let fields = object.iter().map(|(name, value)| format!("{name}: {value}"));
            short(&fields.collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => short(text),
        other => short(&other.to_string()),
    }
}

/// Returns the beginning of a text on one line.
fn short(text: &str) -> String {
    let text: String = text.chars().take(SHOWN * 4).collect();
    let line = brief::text(&text).split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// Returns the names of arguments with their types, those that may be left out with `?`.
fn signature(schema: &Value) -> String {
    let required: Vec<_> = schema.get("required").and_then(Value::as_array).into_iter().flatten().collect();
    let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let field = |(name, field): (&String, &Value)| {
        let kind = match field.get("type") {
            Some(Value::String(kind)) => format!(": {}", kind.to_lowercase()),
            Some(kind) => format!(": {kind}"),
            None => String::new(),
        };
        let needed = required.iter().any(|required| required.as_str() == Some(name));
        format!("{name}{}{kind}", if needed { "" } else { "?" })
    };
    fields.map(field).collect::<Vec<_>>().join(", ")
}
