//! Calls made up for tests, and what was said in them as lines.

use super::{Answered, Call, Url, json};
use crate::chat::{Exchange, Part, Place, ToolCall};
use crate::diagnostic::Parsed;
use crate::stream::Event;
use crate::syntax::Subtree;
use crate::text::Text;

/// Reads a call answered with one JSON value.
pub(super) fn whole(url: &str, request: &str, response: &str) -> Parsed<Exchange> {
    let response = tree(response).expect("the response is JSON");
    read(url, request, Answered::Whole(response.node()))
}

/// Reads a call answered with a stream: the data of each event.
pub(super) fn stream(url: &str, request: &str, events: &[&str]) -> Parsed<Exchange> {
    let event = |data: &&str| (Event { name: None, data: Text::made(*data) }, tree(data));
    let events: Vec<_> = events.iter().map(event).collect();
    read(url, request, Answered::Stream(&events))
}

fn read(url: &str, request: &str, response: Answered<'_>) -> Parsed<Exchange> {
    let request = tree(request);
    let request = request.as_ref().map(Subtree::node);
    let call = Call { method: "POST", url: Url::new(url), request, status: Some(200), response };
    super::read(&call).expect("the call is a generation call")
}

fn tree(text: &str) -> Option<Subtree> {
    json(&Text::made(text))
}

/// Returns what was answered, a line for each part.
pub(super) fn answered(exchange: &Exchange) -> Vec<String> {
    exchange.reply.answer().map_or_else(Vec::new, |answer| lines(&answer.message.parts))
}

/// Returns what was asked, a line for each part, led by the role.
pub(super) fn asked(exchange: &Exchange) -> Vec<String> {
    let messages = exchange.prompt.messages.iter();
    let said = messages.flat_map(|message| {
        lines(&message.parts).into_iter().map(|line| format!("{}: {line}", message.role.name()))
    });
    said.collect()
}

/// Returns what is said, a line for each part.
pub(super) fn lines(parts: &[Part]) -> Vec<String> {
    parts.iter().map(line).collect()
}

fn line(part: &Part) -> String {
    match part {
        Part::Text(text) => text.as_str().to_owned(),
        Part::Thinking(text) => format!("thinking {}", text.as_str()),
        Part::Refusal(text) => format!("refuses {}", text.as_str()),
        Part::ToolCall(call) => tool("calls", call),
        Part::FunctionCall(call) => tool("calls function", call),
        Part::ToolResult(result) => {
            let error = if result.error { "error " } else { "" };
            format!("result {} {error}{}", or(result.id.as_ref()), lines(&result.parts).join(" | "))
        }
        Part::Media(media) => {
            let (place, at) = match &media.place {
                Place::Base64(data) => ("base64", Some(data)),
                Place::Url(url) => ("at", Some(url)),
                Place::Id(id) => ("id", Some(id)),
                Place::Nowhere => ("nowhere", None),
            };
            let (mime, words) = (media.mime.as_deref().unwrap_or("-"), or(media.transcript.as_ref()));
            format!("{} {mime} {place} {} {words}", media.kind, or(at))
        }
        Part::Other { kind, summary } => format!("<{kind}> {}", or(summary.as_ref())),
    }
}

fn tool(verb: &str, call: &ToolCall) -> String {
    let server = if call.server { "server " } else { "" };
    let (id, name) = (or(call.id.as_ref()), or(call.name.as_ref()));
    format!("{server}{verb} {name} {id} {}", call.arguments.json())
}

fn or(text: Option<&Text>) -> &str {
    text.map_or("-", Text::as_str)
}
