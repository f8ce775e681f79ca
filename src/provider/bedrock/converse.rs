//! Bedrock Converse and `ConverseStream`: one shape for all models.
//!
//! Wire facts: the API reference of the Bedrock runtime. An answer has neither an id nor a model. A stream numbers its
//! blocks, begins only tool blocks with an event of their own, sends arguments as pieces of JSON, and counts tokens in
//! a `metadata` event after the end. `type: server_tool_use` marks the calls that Bedrock runs itself.

use super::super::{Answered, Call, Provider, json_text};
use super::{failed, model, name, refused};
use crate::chat::{
    Apart, Arguments, Choice, Media, Message, Part, Place, Prompt, ReplyBuilder, Role, Tool, ToolCall,
    ToolResult, UsageNames,
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
    apart: Apart::CACHE,
    ..UsageNames::NONE
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

    fn model(&self, call: &Call<'_>) -> Option<Text> {
        model(call.url.path, OPERATIONS).map(Text::made)
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        read(body, prompt);
    }

    fn whole(&self, call: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        answer(call, body, reply);
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
pub(super) fn answer(call: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
    let Some(message) = body.at(&["output", "message"]) else { return refused(call, body, reply) };
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

#[cfg(test)]
mod tests {
    use super::super::super::testing::{answered, asked, named_stream, whole};
    use crate::chat::Exchange;

    const URL: &str = "https://bedrock-runtime.eu-west-1.amazonaws.com/model/a.b-v1%3A0/converse";

    fn reply(response: &str) -> Exchange {
        whole(URL, "{\"messages\": []}", response).value
    }

    fn streamed(events: &[(&str, &str)]) -> Exchange {
        let exchange = named_stream(URL, "{\"messages\": []}", events);
        assert_eq!(exchange.diagnostics, []);
        exchange.value
    }

    #[test]
    fn a_whole_answer_has_blocks_a_reason_and_counts() {
        let exchange = reply(
            r#"{"output": {"message": {"role": "assistant", "content": [
                {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
                {"reasoningContent": {"redactedContent": "AAAA"}},
                {"text": "I look "},
                {"citationsContent": {"content": [{"text": "it up."}], "citations": [{"title": "t"}]}},
                {"toolUse": {"toolUseId": "t1", "name": "look", "input": {"at": 1}}}]}},
              "stopReason": "tool_use", "metrics": {"latencyMs": 3},
              "usage": {"inputTokens": 5, "outputTokens": 7, "totalTokens": 14, "cacheReadInputTokens": 2}}"#,
        );
        assert_eq!((exchange.api, exchange.service), ("bedrock-converse", Some("bedrock")));
        assert_eq!(exchange.prompt.model.unwrap(), "a.b-v1:0");
        let reply = &exchange.reply;
        let reason = reply.answer().unwrap().finish_reason.as_ref().unwrap();
        assert_eq!((reply.id.as_ref(), reply.model.as_ref(), reason.as_str()), (None, None, "tool_use"));
        let usage = &reply.usage;
        assert_eq!((usage.input, usage.output, usage.total), (Some(5), Some(7), Some(14)));
        assert_eq!((usage.cached, usage.cache_write), (Some(2), None));
    }

    #[test]
    fn blocks_keep_their_order() {
        let exchange = reply(
            r#"{"output": {"message": {"content": [
                {"reasoningContent": {"reasoningText": {"text": "hm"}}},
                {"reasoningContent": {"redactedContent": "AAAA"}},
                {"text": "I look "},
                {"citationsContent": {"content": [{"text": "it up."}]}},
                {"toolUse": {"toolUseId": "t1", "name": "look", "input": {"at": 1}}},
                {"toolUse": {"toolUseId": "t2", "name": "run", "input": {}, "type": "server_tool_use"}},
                {"toolResult": {"toolUseId": "t2", "status": "error", "content": [{"json": {"a":1}}]}}]}}}"#,
        );
        assert_eq!(
            answered(&exchange),
            [
                "thinking hm",
                "<redactedContent> -",
                "I look ",
                "it up.",
                "calls look t1 {\"at\":1}",
                "server calls run t2 {}",
                "result t2 error {\"a\":1}",
            ]
        );
    }

    #[test]
    fn a_stream_is_put_together_by_block() {
        let exchange = streamed(&[
            ("messageStart", r#"{"role": "assistant"}"#),
            (
                "contentBlockDelta",
                r#"{"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "h"}}}"#,
            ),
            (
                "contentBlockDelta",
                r#"{"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "m"}}}"#,
            ),
            (
                "contentBlockDelta",
                r#"{"contentBlockIndex": 0, "delta": {"reasoningContent": {"signature": "s"}}}"#,
            ),
            ("contentBlockStop", r#"{"contentBlockIndex": 0}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex": 1, "delta": {"text": "R."}}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex": 1, "delta": {"text": "R."}}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex": 1, "delta": {"citation": {"title": "t"}}}"#),
            (
                "contentBlockStart",
                r#"{"contentBlockIndex": 2, "start": {"toolUse": {"toolUseId": "t1", "name": "look"}}}"#,
            ),
            ("contentBlockDelta", r#"{"contentBlockIndex": 2, "delta": {"toolUse": {"input": "{\"at\""}}}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex": 2, "delta": {"toolUse": {"input": ": 1}"}}}"#),
            ("messageStop", r#"{"stopReason": "tool_use"}"#),
            ("metadata", r#"{"usage": {"inputTokens": 1, "outputTokens": 2}, "metrics": {}}"#),
        ]);
        assert_eq!(answered(&exchange), ["thinking hm", "R.R.", "calls look t1 {\"at\":1}"]);
        assert_eq!((exchange.reply.complete, exchange.reply.usage.output), (Some(true), Some(2)));
    }

    #[test]
    fn a_tool_that_the_server_runs_gives_its_result_in_the_stream() {
        let exchange = streamed(&[
            (
                "contentBlockStart",
                r#"{"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "t", "name": "run", "type": "server_tool_use"}}}"#,
            ),
            ("contentBlockDelta", r#"{"contentBlockIndex": 0, "delta": {"toolUse": {"input": "{}"}}}"#),
            (
                "contentBlockStart",
                r#"{"contentBlockIndex": 1, "start": {"toolResult": {"toolUseId": "t", "status": "success"}}}"#,
            ),
            (
                "contentBlockDelta",
                r#"{"contentBlockIndex": 1, "delta": {"toolResult": [{"text": "4"}, {"json": [2]}]}}"#,
            ),
            ("messageStop", r#"{"stopReason": "end_turn"}"#),
        ]);
        assert_eq!(answered(&exchange), ["server calls run t {}", "result t 4 | [2]"]);
    }

    #[test]
    fn an_exception_ends_the_stream_and_what_came_stays() {
        let exchange = streamed(&[
            ("contentBlockDelta", r#"{"contentBlockIndex": 0, "delta": {"text": "so far"}}"#),
            ("throttlingException", r#"{"message": "slow down"}"#),
        ]);
        assert_eq!(answered(&exchange), ["so far"]);
        let error = exchange.reply.error.unwrap();
        assert_eq!(
            (error.message.unwrap().as_str(), error.kind.unwrap().as_str()),
            ("slow down", "throttlingException")
        );
        assert_eq!(exchange.reply.complete, Some(false));
        let exchange = streamed(&[("InternalFailure", "no JSON")]);
        assert_eq!(exchange.reply.error.unwrap().message.unwrap(), "no JSON");
    }

    #[test]
    fn a_refusal_of_the_service_is_an_error() {
        for body in [r#"{"message": "no"}"#, r#"{"Message": "no"}"#] {
            assert_eq!(reply(body).reply.error.unwrap().message.unwrap(), "no");
        }
    }

    #[test]
    fn requests_are_read_in_all_their_parts() {
        let exchange = whole(
            URL,
            r#"{"messages": [
                {"role": "user", "content": [
                    {"text": "see"}, {"cachePoint": {"type": "default"}},
                    {"guardContent": {"text": {"text": "guarded"}}},
                    {"image": {"format": "png", "source": {"bytes": "iVBO"}}},
                    {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://b/k"}}}},
                    {"document": {"format": "pdf", "name": "n", "source": {"bytes": "JVBE"}}},
                    {"document": {"format": "txt", "name": "n", "source": {"text": "plain"}}}]},
                {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t", "name": "f", "input": {}}}]},
                {"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": [{"text": "ok"}]}}]}],
              "system": [{"text": "be brief"}],
              "toolConfig": {"tools": [
                  {"toolSpec": {"name": "f", "description": "d", "inputSchema": {"json": {"type": "object"}}}},
                  {"cachePoint": {"type": "default"}}, {"systemTool": {"name": "g"}}],
                  "toolChoice": {"auto": {}}},
              "inferenceConfig": {"maxTokens": 9, "topP": null}, "guardrailConfig": {"trace": "enabled"}}"#,
            "{}",
        );
        let exchange = exchange.value;
        assert_eq!(
            asked(&exchange),
            [
                "system: be brief",
                "user: see",
                "user: <cachePoint> -",
                "user: guarded",
                "user: image image/png base64 iVBO",
                "user: video video/mp4 at s3://b/k",
                "user: document application/pdf base64 JVBE",
                "user: <document> plain",
                "assistant: calls f t {}",
                "user: result t ok",
            ]
        );
        let tools: Vec<_> = exchange.prompt.tools.iter().map(|tool| tool.name.as_str()).collect();
        assert_eq!(tools, ["f", "g"]);
        let names: Vec<_> = exchange.prompt.parameters.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["toolChoice", "maxTokens", "guardrailConfig"]);
    }
}
