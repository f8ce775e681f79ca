//! Bedrock Converse and `ConverseStream`: one shape for all models.
//!
//! Wire facts: the API reference of the Bedrock runtime. An answer has neither an id nor a model. A stream numbers its
//! blocks, begins only tool blocks with an event of their own, sends arguments as pieces of JSON, and counts tokens in
//! a `metadata` event after the end. `type: server_tool_use` marks the calls that Bedrock runs itself.

use super::super::{Answered, Call, Provider, json_text};
use super::{failed, model, name, refused};
use crate::chat::{
    Arguments, Choice, Media, Message, Part, Place, Prompt, ReplyBuilder, Role, Tool, ToolCall, ToolResult,
    UsageNames,
};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;
use crate::text::Text;

pub(crate) struct Converse;

const OPERATIONS: &[&str] = &["/converse", "/converse-stream"];

pub(super) const USAGE: UsageNames = UsageNames {
    input: &[&["inputTokens"]],
    output: &[&["outputTokens"]],
    total: &[&["totalTokens"]],
    cached: &[&["cacheReadInputTokens"], &["cacheReadInputTokenCount"]],
    cache_write: &[&["cacheWriteInputTokens"], &["cacheWriteInputTokenCount"]],
    reasoning: &[],
};

/// Formats of documents, and what they are elsewhere.
const DOCUMENTS: &[(&str, &str)] = &[
    ("csv", "text/csv"),
    ("html", "text/html"),
    ("md", "text/markdown"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
];

impl Provider for Converse {
    fn api(&self) -> &'static str {
        "bedrock-converse"
    }

    fn about(&self) -> &'static str {
        "Bedrock Converse and ConverseStream"
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        if model(call.url.path, OPERATIONS).is_some() {
            return Fit::Sure;
        }
        let answered = match call.response {
            Answered::Whole(body) => {
                body.get("stopReason").is_some() && body.at(&["output", "message", "content"]).is_some()
            }
            Answered::Stream(events) => events.iter().take(2).any(|(event, data)| {
                let block = data.as_ref().and_then(|data| data.node().get("contentBlockIndex"));
                block.is_some() && name(event).starts_with("contentBlock")
            }),
            Answered::Nothing => false,
        };
        Fit::maybe_if(answered)
    }

    fn service(&self, _: &Call<'_>) -> Option<&'static str> {
        Some("bedrock")
    }

    fn prompt(&self, call: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        prompt.model = model(call.url.path, OPERATIONS).map(Text::made);
        read(body, prompt);
    }

    fn whole(&self, _: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        answer(body, reply);
    }

    fn event(&self, _: &Call<'_>, event: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        if failed(event, data, reply) {
            return;
        }
        if let Some(data) = data {
            piece(name(event), data, reply);
        }
    }
}

/// Reads a request.
pub(super) fn read(body: Node<'_>, prompt: &mut Prompt) {
    for (key, value) in body.entries() {
        match key.str().as_deref() {
            Some("modelId") => prompt.model = value.string().or_else(|| prompt.model.take()),
            Some("system") => {
                let message = Message { role: Role::System, parts: value.items().flat_map(parts).collect() };
                prompt.messages.insert(0, message);
            }
            Some("messages") => prompt.messages.extend(value.items().map(message)),
            Some("toolConfig") => {
                prompt.tools.extend(value.get("tools").into_iter().flat_map(Node::items).filter_map(tool));
                if let Some(choice) = value.get("toolChoice") {
                    prompt.set("toolChoice", choice);
                }
            }
            Some("inferenceConfig") => prompt.set_all(value),
            Some(name) => prompt.set(name, value),
            None => {}
        }
    }
}

fn tool(node: Node<'_>) -> Option<Tool> {
    if let Some(spec) = node.some("toolSpec") {
        let schema = spec.at(&["inputSchema", "json"]).or_else(|| spec.get("inputSchema"));
        return Some(Tool {
            name: spec.get("name")?.str()?.into_owned(),
            description: spec.string_at("description"),
            parameters: schema.map(Node::json),
        });
    }
    let name = node.at(&["systemTool", "name"])?.str()?.into_owned();
    Some(Tool { name, description: None, parameters: None })
}

fn message(node: Node<'_>) -> Message {
    let role =
        if node.get("role").is_some_and(|role| role.is("assistant")) { Role::Assistant } else { Role::User };
    let content = node.get("content").into_iter().flat_map(Node::items);
    Message { role, parts: content.flat_map(parts).collect() }
}

/// Reads a block of a message, a tool's result or an answer. It is a union: the one key tells what it holds.
fn parts(block: Node<'_>) -> Vec<Part> {
    block
        .entries()
        .filter(|(_, value)| !value.is_null())
        .flat_map(|(key, value)| {
            let kind = key.str().unwrap_or_default();
            match &*kind {
                "text" => value.string().map(Part::Text).into_iter().collect(),
                "json" => vec![Part::Text(json_text(value))],
                "reasoningContent" => vec![reasoning(value)],
                "citationsContent" => {
                    value.get("content").into_iter().flat_map(Node::items).flat_map(parts).collect()
                }
                "guardContent" if value.get("text").is_some() => {
                    value.at(&["text", "text"]).and_then(Node::string).map(Part::Text).into_iter().collect()
                }
                "guardContent" => parts(value),
                "toolUse" => vec![Part::ToolCall(tool_call(value))],
                "toolResult" => vec![Part::ToolResult(ToolResult {
                    parts: value.get("content").into_iter().flat_map(Node::items).flat_map(parts).collect(),
                    ..tool_result(value)
                })],
                "image" | "document" | "video" | "audio" => vec![media(&kind, value)],
                _ => vec![Part::Other { kind: kind.into_owned(), summary: value.string_at("title") }],
            }
        })
        .collect()
}

fn reasoning(node: Node<'_>) -> Part {
    match node.at(&["reasoningText", "text"]).and_then(Node::string) {
        Some(text) => Part::Thinking(text),
        None => Part::Other { kind: "redactedContent".to_owned(), summary: None },
    }
}

fn tool_call(node: Node<'_>) -> ToolCall {
    let arguments = match node.some("input") {
        Some(input) if input.is_string() => Arguments::Text(json_text(input)),
        Some(input) => Arguments::Tree(input.subtree()),
        None => Arguments::Text(Text::made("")),
    };
    ToolCall {
        id: node.string_at("toolUseId"),
        name: node.string_at("name"),
        arguments,
        server: runs_itself(node),
    }
}

fn runs_itself(tool: Node<'_>) -> bool {
    tool.get("type").is_some_and(|kind| kind.is("server_tool_use"))
}

/// Returns a tool's result without what it holds.
fn tool_result(node: Node<'_>) -> ToolResult {
    ToolResult {
        id: node.string_at("toolUseId"),
        error: node.get("status").is_some_and(|status| status.is("error")),
        ..ToolResult::default()
    }
}

fn media(kind: &str, node: Node<'_>) -> Part {
    let format = node.get("format").and_then(Node::str);
    let mime = format.and_then(|format| match kind {
        "document" => DOCUMENTS.iter().find(|(name, _)| *name == format).map(|(_, mime)| (*mime).to_owned()),
        _ => Some(format!("{kind}/{format}")),
    });
    let source = |path: &[&str]| node.get("source")?.at(path)?.string();
    if let Some(text) = source(&["text"]) {
        return Part::Other { kind: kind.to_owned(), summary: Some(text) };
    }
    let place = match (source(&["bytes"]), source(&["s3Location", "uri"])) {
        (Some(data), _) => Place::Base64(data),
        (None, Some(uri)) => Place::Url(uri),
        (None, None) => Place::Nowhere,
    };
    Part::Media(Media { kind: kind.to_owned(), mime, place, name: node.string_at("name"), transcript: None })
}

/// Reads a whole answer.
pub(super) fn answer(body: Node<'_>, reply: &mut ReplyBuilder) {
    let Some(message) = body.at(&["output", "message"]) else { return refused(body, reply) };
    let choice = reply.choice(0);
    for (index, block) in message.get("content").into_iter().flat_map(Node::items).enumerate() {
        for part in parts(block) {
            match part {
                Part::Text(text) => choice.text(index, Some(text)),
                Part::Thinking(text) => choice.thinking(index, Some(text)),
                part => choice.part(part),
            }
        }
    }
    choice.finish_reason(body.string_at("stopReason"));
    usage(body, reply);
}

fn usage(body: Node<'_>, reply: &mut ReplyBuilder) {
    if let Some(usage) = body.some("usage").filter(|usage| usage.is_map()) {
        reply.usage.merge(usage, &USAGE);
    }
}

/// Reads an event of a stream.
pub(super) fn piece(name: &str, data: Node<'_>, reply: &mut ReplyBuilder) {
    let index = data.count_at("contentBlockIndex").and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
    let choice = reply.choice(0);
    match name {
        "contentBlockStart" => data.get("start").into_iter().for_each(|start| begin(index, start, choice)),
        "contentBlockDelta" => data.get("delta").into_iter().for_each(|delta| go_on(index, delta, choice)),
        "messageStop" => choice.finish_reason(data.string_at("stopReason")),
        "metadata" => usage(data, reply),
        _ => {}
    }
}

fn begin(index: usize, start: Node<'_>, choice: &mut Choice) {
    if let Some(tool) = start.some("toolUse") {
        let call = choice.tool(place(index), tool.string_at("toolUseId")).name(tool.string_at("name"));
        if runs_itself(tool) {
            call.server();
        }
    }
    if let Some(result) = start.some("toolResult") {
        *choice.result(index) = tool_result(result);
    }
}

fn go_on(index: usize, delta: Node<'_>, choice: &mut Choice) {
    choice.text(index, delta.string_at("text"));
    if let Some(reasoning) = delta.some("reasoningContent") {
        choice.thinking(index, reasoning.string_at("text"));
        if reasoning.some("redactedContent").is_some() {
            choice.part(self::reasoning(reasoning));
        }
    }
    if let Some(input) = delta.at(&["toolUse", "input"]) {
        let call = choice.tool(place(index), None);
        match input.string() {
            Some(piece) => call.arguments(Some(piece)),
            None => call.whole(input.subtree()),
        };
    }
    for part in delta.get("toolResult").into_iter().flat_map(Node::items).flat_map(parts) {
        choice.result(index).parts.push(part);
    }
    if let Some(image) = delta.some("image") {
        choice.part(media("image", image));
    }
}

fn place(index: usize) -> Option<i64> {
    i64::try_from(index).ok()
}
