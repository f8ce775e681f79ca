//! From a recording to its calls.

use std::collections::HashMap;

use serde_json::Value;

use super::{Definition, Outcome, Row};
use crate::chat::calls::{self, Called, Calls, Entry, Returned};
use crate::chat::{Part, ToolResult, schema};
use crate::load::Recording;
use crate::text::Text;

/// Returns the calls of a cassette.
#[must_use]
pub fn calls(path: &str, recording: &Recording) -> Vec<Row> {
    let found = pairs(recording);
    let row = |called: &Called<'_>| {
        let arguments = called.call.arguments.json();
        let parameters = called.tool.and_then(|tool| tool.parameters.as_ref());
        let schema = if called.call.server { None } else { parameters };
        let mismatches = match &arguments {
            Value::String(_) if schema.is_some() => vec!["no whole JSON".to_owned()],
            arguments => schema.map(|schema| schema::mismatches(schema, arguments)).unwrap_or_default(),
        };
        let offers = called.offers && !called.call.server;
        Row {
            name: string(called.call.name.as_ref()),
            id: string(called.call.id.as_ref()),
            told_by: if called.choice.is_some() { "answer" } else { "request" },
            choice: called.choice,
            server: called.call.server,
            results: called.results.iter().map(outcome).collect(),
            duration_ms: duration(called, recording),
            declared: offers.then_some(called.tool.is_some()),
            mismatches,
            arguments: Some(arguments),
            ..at(path, called.entry, recording)
        }
    };
    let orphan = |orphan: &Returned<'_>| Row {
        name: string(orphan.result.name.as_ref()),
        id: string(orphan.result.id.as_ref()),
        told_by: "none",
        results: vec![outcome(orphan)],
        ..at(path, orphan.entry, recording)
    };
    found.calls.iter().map(row).chain(found.orphans.iter().map(orphan)).collect()
}

/// Returns the tools that a cassette's requests offer, each once.
#[must_use]
pub fn definitions(path: &str, recording: &Recording) -> Vec<Definition> {
    let mut called: HashMap<&str, usize> = HashMap::new();
    let found = pairs(recording);
    for name in found.calls.iter().filter_map(|called| called.call.name.as_ref()) {
        *called.entry(name.as_str()).or_default() += 1;
    }
    let mut places: HashMap<(&str, Option<&str>, Option<String>), usize> = HashMap::new();
    let mut tools: Vec<Definition> = Vec::new();
    for (at, entry) in recording.interactions.iter().enumerate() {
        for tool in entry.exchange.iter().flat_map(|exchange| &exchange.prompt.tools) {
            let description = tool.description.as_ref().map(Text::as_str);
            let written = tool.parameters.as_ref().map(ToString::to_string);
            let place = *places.entry((&tool.name, description, written)).or_insert_with(|| {
                tools.push(Definition {
                    path: path.to_owned(),
                    name: tool.name.clone(),
                    description: description.map(str::to_owned),
                    parameters: tool.parameters.clone(),
                    interactions: Vec::new(),
                    calls: called.get(tool.name.as_str()).copied().unwrap_or(0),
                });
                tools.len() - 1
            });
            if tools[place].interactions.last() != Some(&at) {
                tools[place].interactions.push(at);
            }
        }
    }
    tools
}

fn pairs(recording: &Recording) -> Calls<'_> {
    let entries = recording.interactions.iter().map(|entry| Entry {
        exchange: entry.exchange.as_ref(),
        stored: entry.summary.as_ref().map(|summary| &summary.reply),
    });
    calls::calls(&recording.threads, entries)
}

fn at(path: &str, interaction: usize, recording: &Recording) -> Row {
    let conversation = recording.threads.turn(interaction).map(|turn| turn.conversation);
    Row { path: path.to_owned(), interaction, conversation, ..Row::default() }
}

fn string(text: Option<&Text>) -> Option<String> {
    text.map(|text| text.as_str().to_owned())
}

fn outcome(returned: &Returned<'_>) -> Outcome {
    let Returned { entry, result } = returned;
    Outcome { interaction: *entry, text: said(result), error: result.error }
}

/// Returns what a result says; what is no text is named.
fn said(result: &ToolResult) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) | Part::Thinking(text) | Part::Refusal(text) => text.as_str().to_owned(),
        Part::Media(media) => format!("<{}>", media.kind),
        Part::Other { kind, summary } => match summary {
            Some(summary) => format!("<{kind}> {}", summary.as_str()),
            None => format!("<{kind}>"),
        },
        Part::ToolCall(_) | Part::FunctionCall(_) => "<call>".to_owned(),
        Part::ToolResult(result) => said(result),
    };
    result.parts.iter().map(part).collect::<Vec<_>>().join("\n")
}

/// Returns the time from the end of the call's response to the request with its result. Clocks may go back.
fn duration(called: &Called<'_>, recording: &Recording) -> Option<f64> {
    let result = called.results.iter().find(|result| result.entry > called.entry)?;
    let (_, made) = recording.interactions[called.entry].http.span_of_time();
    let (returned, _) = recording.interactions[result.entry].http.span_of_time();
    let millis = returned?.duration_since(made?).as_secs_f64() * 1000.0;
    (called.choice.is_some() && millis >= 0.0).then_some(millis)
}
