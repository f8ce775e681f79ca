//! Calls made up for tests, and what was said in them as lines.

use super::session::{self, Frame};
use super::{Answered, Call, Url, json};
use crate::chat::{Exchange, Part, Place, ToolCall};
use crate::diagnostic::Parsed;
use crate::stream::{self, Event, Hints};
use crate::syntax::Subtree;
use crate::text::Text;

/// Reads a call answered with one JSON value.
pub(super) fn whole(url: &str, request: &str, response: &str) -> Parsed<Exchange> {
    let response = tree(response).expect("the response is JSON");
    read(url, request, Answered::Whole(response.node()))
}

/// Reads a call answered with a stream: the data of each event.
pub(super) fn stream(url: &str, request: &str, events: &[&str]) -> Parsed<Exchange> {
    let events: Vec<_> = events.iter().map(|data| event(None, data)).collect();
    read(url, request, Answered::Stream(&events))
}

/// Reads a call answered with a stream: the name and the data of each event.
pub(super) fn named_stream(url: &str, request: &str, events: &[(&str, &str)]) -> Parsed<Exchange> {
    let events: Vec<_> = events.iter().map(|(name, data)| event(Some(Text::made(*name)), data)).collect();
    read(url, request, Answered::Stream(&events))
}

fn event(name: Option<Text>, data: &str) -> (Event, Option<Subtree>) {
    (Event { name, data: Text::made(data) }, tree(data))
}

/// Reads a call answered with a stream as the wire carries it.
pub(super) fn framed(url: &str, request: &str, body: &str) -> Parsed<Exchange> {
    let (body, hints) = (Text::made(body), Hints { content_type: "", path: Url::new(url).path });
    let framing = stream::detect(&hints, body.as_slice()).expect("the body is a stream");
    let events = framing.events(body.as_slice()).value.into_iter();
    let events: Vec<_> = events.map(|event| (event.clone(), json(&event.data))).collect();
    read(url, request, Answered::Stream(&events))
}

fn read(url: &str, request: &str, response: Answered<'_>) -> Parsed<Exchange> {
    let request = tree(request);
    let request = request.as_ref().map(Subtree::node);
    let call =
        Call { method: "POST", url: Url::new(url), request, status: Some(200), headers: &[], response };
    super::read(&call).expect("the call is a generation call")
}

/// Reads a call that was refused: answered with one JSON value and a status that tells an error.
pub(super) fn refused(url: &str, response: &str) -> Exchange {
    let response = tree(response).expect("the response is JSON");
    let response = Answered::Whole(response.node());
    let call =
        Call { method: "POST", url: Url::new(url), request: None, status: Some(401), headers: &[], response };
    super::read(&call).expect("the call is a generation call").value
}

/// Reads messages of a connection: `sent` or `received`, and what was said. Returns the entries of each turn, too.
pub(super) fn turns(frames: &[(&str, &str)]) -> Vec<(Vec<usize>, Exchange)> {
    let trees: Vec<_> = frames.iter().map(|(_, text)| tree(text).expect("messages are JSON")).collect();
    let frames = frames.iter().zip(&trees).enumerate();
    let frames = frames.map(|(entry, ((direction, _), tree))| Frame {
        entry,
        sent: *direction == "sent",
        data: tree.node(),
    });
    let turns = session::turns(&frames.collect::<Vec<_>>()).value;
    turns.into_iter().map(|turn| (turn.entries, turn.exchange)).collect()
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
            let place = match &media.place {
                Place::Base64(data) => format!("base64 {}", data.as_str()),
                Place::Url(url) => format!("at {}", url.as_str()),
                Place::Id(id) => format!("id {}", id.as_str()),
                Place::Nowhere => "nowhere".to_owned(),
            };
            let says = media.transcript.as_ref().map(|words| format!(" says {}", words.as_str()));
            let mime = media.mime.as_deref().unwrap_or("-");
            format!("{} {mime} {place}{}", media.kind, says.unwrap_or_default())
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
