//! Anthropic Messages: at Anthropic itself, on Vertex (`rawPredict`), in Bedrock's frames, and behind gateways.
//!
//! Wire facts: the provider's API reference for messages and their streaming. A stream numbers its blocks; each is
//! begun, filled with deltas and stopped. Usage comes at the start and, cumulative, at the end: what the end says
//! takes the place of what the start said, field by field. `ping` may come anywhere; the only sure end is
//! `message_stop`.

mod block;
#[cfg(test)]
mod tests;

use super::{Answered, Call, Provider, Url};
use crate::chat::{Apart, Choice, Message, Part, Prompt, ReplyBuilder, Role, Tool, UsageNames};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::{Node, Subtree};
use crate::text::Text;

pub(super) struct AnthropicMessages;

/// Anthropic's input tokens leave out what was read from and written to a cache, and there is no sum.
const USAGE: UsageNames = UsageNames {
    input: &[&["input_tokens"]],
    output: &[&["output_tokens"]],
    cached: &[&["cache_read_input_tokens"]],
    cache_write: &[&["cache_creation_input_tokens"]],
    reasoning: &[&["output_tokens_details", "thinking_tokens"]],
    cache_write_hour: &[&["cache_creation", "ephemeral_1h_input_tokens"]],
    apart: Apart::CACHE,
    ..UsageNames::NONE
};

impl Provider for AnthropicMessages {
    fn api(&self) -> &'static str {
        "anthropic-messages"
    }

    fn about(&self) -> &'static str {
        "Anthropic Messages, also on Vertex and behind gateways"
    }

    /// Others have a `/v1/messages` too (text messages to phones): a body has to look right as well.
    fn fit(&self, call: &Call<'_>) -> Fit {
        let path = call.url.path.trim_end_matches('/');
        let here = path.ends_with("/v1/messages") || vertex_model(&call.url).is_some();
        let (asked, answered) = (call.request.is_some_and(is_request), is_answer(&call.response));
        let blank = call.request.is_none() && matches!(call.response, Answered::Nothing);
        match here {
            true if asked || answered || is_error(&call.response) => Fit::Sure,
            true => Fit::maybe_if(blank && call.url.host.ends_with("anthropic.com")),
            false => Fit::maybe_if(answered),
        }
    }

    fn model(&self, call: &Call<'_>) -> Option<Text> {
        vertex_model(&call.url).map(Text::made)
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        self::prompt(body, prompt);
    }

    fn whole(&self, _: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        whole(body, reply);
    }

    fn event(&self, _: &Call<'_>, _: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        if let Some(data) = data {
            event(data, reply);
        }
    }
}

/// Returns the model that a Vertex address names: `…/publishers/anthropic/models/NAME:streamRawPredict`.
fn vertex_model(url: &Url<'_>) -> Option<String> {
    let (_, rest) = url.path.split_once("/publishers/anthropic/models/")?;
    let (model, verb) = rest.rsplit_once(':')?;
    let counts = model.starts_with("count-tokens");
    let predicts = matches!(verb, "rawPredict" | "streamRawPredict");
    (predicts && !counts).then(|| model.replace("%40", "@"))
}

fn is_request(body: Node<'_>) -> bool {
    body.get("messages").is_some_and(Node::is_list)
}

fn is_answer(response: &Answered<'_>) -> bool {
    let is = |node: Node<'_>, kind| node.get("type").is_some_and(|own| own.is(kind));
    match response {
        Answered::Whole(body) => is(*body, "message") && body.get("content").is_some_and(Node::is_list),
        Answered::Stream(events) => {
            let mut data = events.iter().take(4).filter_map(|(_, data)| data.as_ref().map(Subtree::node));
            data.any(|data| is(data, "message_start") && data.get("message").is_some())
        }
        Answered::Nothing => false,
    }
}

fn is_error(response: &Answered<'_>) -> bool {
    match response {
        Answered::Whole(body) => error_in(*body).is_some(),
        Answered::Stream(events) => events.iter().any(|(event, data)| {
            event.name.as_ref().is_some_and(|name| name.as_str() == "error")
                || data.as_ref().is_some_and(|data| error_in(data.node()).is_some())
        }),
        Answered::Nothing => false,
    }
}

/// Reads what a request asks.
pub(super) fn prompt(body: Node<'_>, prompt: &mut Prompt) {
    for (key, value) in body.entries() {
        match key.str().as_deref() {
            Some("model") => prompt.model = value.string().or_else(|| prompt.model.take()),
            Some("system") => {
                let system = Message { role: Role::System, parts: block::content(value) };
                // The system speaks first, wherever the client writes it.
                prompt.messages.splice(..0, (!system.parts.is_empty()).then_some(system));
            }
            Some("messages") => prompt.messages.extend(value.items().map(message)),
            Some("tools") => prompt.tools.extend(value.items().filter_map(tool)),
            Some(name) => prompt.set(name, value),
            None => {}
        }
    }
}

/// Reads a message; one that only gives results of tools is the tools', whatever role it has on the wire.
fn message(node: Node<'_>) -> Message {
    let parts = node.get("content").map(block::content).unwrap_or_default();
    let results = !parts.is_empty() && parts.iter().all(|part| matches!(part, Part::ToolResult(_)));
    let role = match node.get("role").and_then(Node::str).as_deref() {
        Some("assistant") => Role::Assistant,
        Some("system") => Role::System,
        _ if results => Role::Tool,
        _ => Role::User,
    };
    Message { role, parts }
}

/// Reads a tool on offer: the client's, or one of the provider's own, which has a type and mostly a name.
fn tool(node: Node<'_>) -> Option<Tool> {
    Some(Tool {
        name: node.some("name").or_else(|| node.some("type"))?.str()?.into_owned(),
        description: node.string_at("description"),
        parameters: node.some("input_schema").map(Node::json),
    })
}

/// Reads an answer that came as one JSON value: a message, or an error.
pub(super) fn whole(body: Node<'_>, reply: &mut ReplyBuilder) {
    match error_in(body) {
        Some(error) => failed(error, reply),
        None => begun(body, reply),
    }
}

/// Reads one event of a stream.
pub(super) fn event(data: Node<'_>, reply: &mut ReplyBuilder) {
    let kind = data.get("type").and_then(Node::str).unwrap_or_default();
    let index = data.count_at("index").and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
    match &*kind {
        "message_start" => {
            reply.always_ends();
            if let Some(message) = data.some("message") {
                begun(message, reply);
            }
        }
        "content_block_start" => {
            if let Some(block) = data.some("content_block") {
                block::begin(block, index, reply.choice(0));
            }
        }
        "content_block_delta" => {
            if let Some(delta) = data.some("delta") {
                block::fill(delta, index, reply.choice(0));
            }
        }
        "message_delta" => {
            if let Some(delta) = data.some("delta") {
                ended(delta, reply.choice(0));
            }
            merge_usage(data, reply);
        }
        "message_stop" => reply.end(),
        _ => {
            if let Some(error) = error_in(data) {
                failed(error, reply);
            }
        }
    }
}

/// Reads a message: whole, or as it stands when a stream begins.
fn begun(message: Node<'_>, reply: &mut ReplyBuilder) {
    reply.id(message.string_at("id"));
    reply.model(message.string_at("model"));
    let choice = reply.choice(0);
    for (index, block) in message.get("content").into_iter().flat_map(Node::items).enumerate() {
        block::begin(block, index, choice);
    }
    ended(message, choice);
    merge_usage(message, reply);
}

/// Reads why a message ended. A refusal may be explained.
fn ended(node: Node<'_>, choice: &mut Choice) {
    choice.finish_reason(node.string_at("stop_reason"));
    choice.refusal(node.at(&["stop_details", "explanation"]).and_then(Node::string));
}

fn merge_usage(node: Node<'_>, reply: &mut ReplyBuilder) {
    if let Some(usage) = node.some("usage").filter(|usage| usage.is_map()) {
        reply.usage.merge(usage, &USAGE);
    }
}

/// Returns the error that a body or an event reports; Vertex writes its own as a list of one.
fn error_in(body: Node<'_>) -> Option<Node<'_>> {
    body.item(0).unwrap_or(body).some("error")
}

fn failed(error: Node<'_>, reply: &mut ReplyBuilder) {
    let message = error.string_at("message").or_else(|| error.string());
    reply.error(message, ["type", "status", "code"].iter().find_map(|key| error.some(key)?.text()));
}
