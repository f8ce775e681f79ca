//! What was said in an exchange, as far as comparing needs it: its ids, and what is meant as it is.

use serde_json::Value;

use crate::chat::{Arguments, Exchange, Message, Part, Usage};
use crate::load::Recording;
use crate::text::{Place, Text};

/// Returns the ids that the exchanges of a recording name.
pub(super) fn ids(recording: &Recording) -> impl Iterator<Item = String> {
    let exchanges = recording.interactions.iter().filter_map(|entry| entry.exchange.as_ref());
    exchanges.flat_map(|exchange| {
        let Exchange { prompt, reply, .. } = exchange;
        let named = [&prompt.previous, &prompt.conversation, &reply.id].into_iter().flatten();
        let named = named.chain(parts(exchange).filter_map(|part| match part {
            Part::ToolCall(call) | Part::FunctionCall(call) => call.id.as_ref(),
            Part::ToolResult(result) => result.id.as_ref(),
            _ => None,
        }));
        let named = named.map(|id| id.as_str().to_owned());
        named.filter(|id| !id.is_empty()).collect::<Vec<_>>()
    })
}

/// Returns the parts of all messages and answers of an exchange.
fn parts(exchange: &Exchange) -> impl Iterator<Item = &Part> {
    let answers = exchange.reply.choices.iter().map(|answer| &answer.message);
    exchange.prompt.messages.iter().chain(answers).flat_map(|message| &message.parts)
}

/// Adds where the arguments of calls stand: no name in them tells that something is noise.
pub(super) fn arguments(exchange: &Exchange, found: &mut Vec<Place>) {
    for part in parts(exchange) {
        if let Part::ToolCall(call) | Part::FunctionCall(call) = part {
            match &call.arguments {
                Arguments::Text(text) => found.extend(first_outside(text)),
                Arguments::Tree(tree) => found.push(tree.node().slice().place()),
            }
        }
    }
}

/// Returns where a string stands in the JSON that holds it.
fn first_outside(text: &Text) -> Vec<Place> {
    let mut places = Vec::new();
    text.places(&mut places);
    // The text itself, then the string in the body; what is joined has many, which are no places of one string.
    places.truncate(2);
    places
}

/// Returns the numbers of a report of tokens, each with its name.
pub(super) fn counts(usage: &Usage) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, value) in usage.raw.iter().flatten() {
        numbers(name, value, &mut found);
    }
    found
}

/// No report of tokens has more numbers.
const MANY: usize = 200;

fn numbers(name: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                numbers(name, value, found);
            }
        }
        Value::Number(number) if found.len() < MANY => found.push((name.to_owned(), number.to_string())),
        Value::Number(_) | Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) => {}
    }
}

/// Calls `found` with each text of a message, and what kind of part it belongs to.
pub(super) fn texts(message: &Message, found: &mut impl FnMut(usize, &Part, Spot<'_>)) {
    for (at, part) in message.parts.iter().enumerate() {
        within(at, part, part, found);
    }
}

/// A text, or JSON, of a part.
#[derive(Clone, Copy)]
pub(super) enum Spot<'s> {
    /// A text.
    Text(&'s Text),
    /// The arguments of a call.
    Arguments(&'s Arguments),
}

fn within(at: usize, whole: &Part, part: &Part, found: &mut impl FnMut(usize, &Part, Spot<'_>)) {
    let mut some = |text: Option<&Text>| {
        if let Some(text) = text {
            found(at, whole, Spot::Text(text));
        }
    };
    match part {
        Part::Text(text) | Part::Thinking(text) | Part::Refusal(text) => some(Some(text)),
        Part::ToolCall(call) | Part::FunctionCall(call) => {
            some(call.id.as_ref());
            some(call.name.as_ref());
            found(at, whole, Spot::Arguments(&call.arguments));
        }
        Part::ToolResult(result) => {
            some(result.id.as_ref());
            some(result.name.as_ref());
            result.parts.iter().for_each(|part| within(at, whole, part, found));
        }
        Part::Media(media) => {
            use crate::chat::Place::{Base64, Id, Nowhere, Url};
            match &media.place {
                Base64(text) | Url(text) | Id(text) => some(Some(text)),
                Nowhere => {}
            }
            some(media.name.as_ref());
            some(media.transcript.as_ref());
        }
        Part::Other { summary, .. } => some(summary.as_ref()),
    }
}
