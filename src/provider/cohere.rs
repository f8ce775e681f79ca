//! Cohere's second API, `/v2/chat`.
//!
//! Wire facts: Cohere's API reference of "Chat V2" and its stream events. A stream names the block of each piece by
//! `index`; calls of tools count apart from blocks of content. Before it calls tools the model may tell its plan: that
//! is neither its answer nor its thinking. Most bodies name no model.

use super::{Answered, Call, Provider, json_text, openai, openai_chat};
use crate::chat::{Choice, Message, Part, Prompt, ReplyBuilder, Role, ToolResult, UsageNames};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;

pub(super) struct Cohere;

/// What was read and written; where only that is told, what is charged for.
pub(super) const USAGE: UsageNames = UsageNames {
    input: &[&["tokens", "input_tokens"], &["billed_units", "input_tokens"]],
    output: &[&["tokens", "output_tokens"], &["billed_units", "output_tokens"]],
    total: &[],
    cached: &[&["cached_tokens"]],
    cache_write: &[],
    reasoning: &[&["tokens", "reasoning_tokens"]],
};

impl Provider for Cohere {
    fn api(&self) -> &'static str {
        "cohere"
    }

    fn about(&self) -> &'static str {
        "Cohere chat, version 2"
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        let asks = call.request.is_some_and(|body| body.get("messages").is_some());
        let answers = match call.response {
            Answered::Whole(body) => {
                body.at(&["usage", "billed_units"]).is_some() && body.get("message").is_some()
            }
            Answered::Stream(events) => {
                events.iter().take(2).filter_map(|(_, data)| data.as_ref()).any(|data| {
                    data.node()
                        .get("type")
                        .is_some_and(|kind| kind.is("message-start") || kind.is("content-delta"))
                })
            }
            Answered::Nothing => false,
        };
        if call.url.path.trim_end_matches('/').ends_with("/v2/chat") && (asks || answers) {
            return Fit::Sure;
        }
        Fit::maybe_if(answers)
    }

    fn service(&self, _: &Call<'_>) -> Option<&'static str> {
        Some("cohere")
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        for (key, value) in body.entries() {
            match key.str().as_deref() {
                Some("model") => prompt.model = value.string(),
                Some("messages") => prompt.messages.extend(value.items().map(message)),
                Some("tools") => prompt.tools.extend(value.items().filter_map(openai_chat::tool)),
                Some(name) => prompt.set(name, value),
                None => {}
            }
        }
    }

    fn whole(&self, _: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        let Some(message) = body.some("message").filter(|message| message.is_map()) else {
            return failed(body, reply);
        };
        reply.id(body.string_at("id"));
        reply.model(body.string_at("model"));
        let choice = reply.choice(0);
        choice.note("tool_plan", message.string_at("tool_plan"));
        for (index, block) in message.get("content").into_iter().flat_map(Node::items).enumerate() {
            content(index, block, choice);
        }
        for call in message.get("tool_calls").into_iter().flat_map(Node::items) {
            choice.part(tool_call(call));
        }
        ended(body, reply);
    }

    fn event(&self, _: &Call<'_>, event: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        let Some(data) = data else {
            if event.data.as_str().trim() == "[DONE]" {
                reply.end();
            }
            return;
        };
        let index = data.count_at("index").and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
        let (delta, message) = (data.get("delta"), data.at(&["delta", "message"]));
        match data.get("type").and_then(Node::str).as_deref() {
            Some("message-start") => {
                reply.id(data.string_at("id"));
                reply.model(delta.and_then(|delta| delta.string_at("model")));
            }
            Some("content-start" | "content-delta") => {
                if let Some(piece) = message.and_then(|message| message.some("content")) {
                    content(index, piece, reply.choice(0));
                }
            }
            Some("tool-plan-delta") => {
                reply.choice(0).note("tool_plan", message.and_then(|message| message.string_at("tool_plan")));
            }
            Some("tool-call-start" | "tool-call-delta") => {
                if let Some(piece) = message.and_then(|message| message.some("tool_calls")) {
                    tool_piece(index, piece, reply.choice(0));
                }
            }
            Some("message-end") => {
                if let Some(delta) = delta {
                    ended(delta, reply);
                }
                reply.end();
            }
            Some("content-end" | "tool-call-end" | "citation-start" | "citation-end" | "debug") => {}
            Some(_) | None => failed(data, reply),
        }
    }
}

/// Reads a block of content, or the next piece of one.
fn content(index: usize, node: Node<'_>, choice: &mut Choice) {
    choice.thinking(index, node.string_at("thinking"));
    choice.text(index, node.string_at("text"));
}

fn tool_piece(index: usize, node: Node<'_>, choice: &mut Choice) {
    let function = node.some("function").unwrap_or(node);
    let draft = choice.tool(i64::try_from(index).ok(), node.string_at("id"));
    draft.name(function.string_at("name")).arguments(function.string_at("arguments"));
}

/// Reads what tells the end: why, how much, and what went wrong.
fn ended(node: Node<'_>, reply: &mut ReplyBuilder) {
    reply.choice(0).finish_reason(node.string_at("finish_reason"));
    if let Some(usage) = node.some("usage").filter(|usage| usage.is_map()) {
        reply.usage.merge(usage, &USAGE);
    }
    if let Some(error) = node.some("error") {
        reply.error(error.string_at("message").or_else(|| error.text()), error.string_at("type"));
    }
}

/// Reads an error: `{"message": …}` in place of an answer.
pub(super) fn failed(body: Node<'_>, reply: &mut ReplyBuilder) {
    let message = body.string_at("message").or_else(|| body.some("error")?.text());
    if message.is_some() {
        reply.error(message, body.string_at("error_type"));
    }
}

fn message(node: Node<'_>) -> Message {
    let role = match node.get("role").and_then(Node::str).as_deref() {
        Some("system") => Role::System,
        Some("assistant") => Role::Assistant,
        Some("tool") => Role::Tool,
        _ => Role::User,
    };
    let mut parts = Vec::new();
    if let Some(plan) = node.string_at("tool_plan").filter(|plan| !plan.is_empty()) {
        parts.push(Part::Other { kind: "tool_plan".to_owned(), summary: Some(plan) });
    }
    if let Some(said) = node.some("content") {
        parts.extend(said.string().map(Part::Text));
        parts.extend(said.items().filter_map(part));
    }
    if role == Role::Tool {
        let result = ToolResult { id: node.string_at("tool_call_id"), name: None, parts, error: false };
        return Message { role, parts: vec![Part::ToolResult(result)] };
    }
    let calls = node.get("tool_calls").into_iter().flat_map(Node::items);
    parts.extend(calls.map(tool_call));
    Message { role, parts }
}

fn part(node: Node<'_>) -> Option<Part> {
    let kind = node.get("type").and_then(Node::str)?;
    Some(match &*kind {
        "text" => Part::Text(node.string_at("text")?),
        "thinking" => Part::Thinking(node.string_at("thinking")?),
        "image_url" => Part::Media(openai::media("image", node.at(&["image_url", "url"])?.string()?)),
        // What a tool found, as a document that answers may cite.
        "document" => Part::Text(json_text(node.at(&["document", "data"])?)),
        other => Part::Other { kind: other.to_owned(), summary: None },
    })
}

fn tool_call(node: Node<'_>) -> Part {
    Part::ToolCall(openai_chat::tool_call(node.string_at("id"), node.some("function").unwrap_or(node)))
}
