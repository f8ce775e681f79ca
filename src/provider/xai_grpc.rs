//! xAI's own protocol: the messages of its gRPC service `xai_api.Chat`, as protobuf's JSON with the proto's names.
//!
//! Wire facts: xAI's `chat.proto`. An answer is a list of outputs, which are no alternatives but turns: the model calls
//! a tool that the server runs, the tool answers, the model goes on. As in xAI's SDK the last turn tells how it ended.
//! JSON leaves out what has the default value: an absent index is 0, an absent reason is none.

use super::openai::media;
use super::{Answered, Call, Provider};
use crate::chat::{
    Apart, Arguments, Media, Message, Part, Place, Prompt, ReplyBuilder, Role, Tool, ToolCall, ToolResult,
    UsageNames,
};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;
use crate::text::Text;

pub(super) struct XaiGrpc;

const USAGE: UsageNames = UsageNames {
    input: &[&["prompt_tokens"]],
    output: &[&["completion_tokens"]],
    total: &[&["total_tokens"]],
    cached: &[&["cached_prompt_text_tokens"]],
    reasoning: &[&["reasoning_tokens"]],
    apart: Apart::REASONING,
    ..UsageNames::NONE
};

impl Provider for XaiGrpc {
    fn api(&self) -> &'static str {
        "xai-grpc"
    }

    fn about(&self) -> &'static str {
        "xAI's gRPC chat"
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        let asks = |body: Node<'_>| body.get("messages").is_some_and(|list| list.items().any(has_role));
        let answers = |body: Node<'_>| {
            let turns = body.get("outputs").into_iter().flat_map(Node::items);
            turns.filter_map(turn).any(has_role)
        };
        let answered = match call.response {
            Answered::Whole(body) => answers(body),
            Answered::Stream(events) => {
                events.first().and_then(|(_, data)| data.as_ref()).is_some_and(|data| answers(data.node()))
            }
            Answered::Nothing => false,
        };
        Fit::sure_if(answered || call.request.is_some_and(asks))
    }

    fn service(&self, _: &Call<'_>) -> Option<&'static str> {
        Some("xai")
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        for (key, value) in body.entries() {
            match key.str().as_deref() {
                Some("model") => prompt.model = value.string(),
                Some("messages") => prompt.messages.extend(value.items().map(message)),
                Some("tools") => prompt.tools.extend(value.items().filter_map(tool)),
                Some("previous_response_id") => prompt.previous = value.string(),
                Some(name) => prompt.set(name, value),
                None => {}
            }
        }
    }

    fn whole(&self, _: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        read(body, reply);
    }

    fn event(&self, _: &Call<'_>, _: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        if let Some(data) = data {
            read(data, reply);
        }
    }
}

/// Returns whether a message has a role as protobuf names it.
fn has_role(message: Node<'_>) -> bool {
    message.get("role").and_then(Node::str).is_some_and(|role| role.starts_with("ROLE_"))
}

/// Returns what an output carries: a message, or in a stream the next piece of one.
fn turn(output: Node<'_>) -> Option<Node<'_>> {
    output.some("message").or_else(|| output.some("delta"))
}

/// Reads an answer, or the next piece of one.
fn read(body: Node<'_>, reply: &mut ReplyBuilder) {
    reply.id(body.string_at("id"));
    reply.model(body.string_at("model"));
    for output in body.get("outputs").into_iter().flat_map(Node::items) {
        let index = output.count_at("index").and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
        if let Some(turn) = turn(output) {
            if turn.get("role").is_some_and(|role| role.is("ROLE_TOOL")) {
                ran(index, turn, reply);
            } else {
                said(index, turn, reply);
            }
        }
        reply.choice(0).finish_reason(output.string_at("finish_reason"));
    }
    if let Some(usage) = body.some("usage").filter(|usage| usage.is_map()) {
        reply.usage.merge(usage, &USAGE);
    }
}

/// Reads what the model says in a turn. Calls come whole.
fn said(index: usize, turn: Node<'_>, reply: &mut ReplyBuilder) {
    let choice = reply.choice(0);
    choice.thinking(index, turn.string_at("reasoning_content"));
    choice.text(index, turn.string_at("content"));
    choice.refusal(turn.string_at("refusal"));
    for call in turn.get("tool_calls").into_iter().flat_map(Node::items) {
        choice.part(Part::ToolCall(tool_call(call)));
    }
}

/// Reads the turn of a tool that the server ran: it names the call again, and often keeps to itself what came back.
fn ran(index: usize, turn: Node<'_>, reply: &mut ReplyBuilder) {
    let result = reply.choice(0).result(index);
    for call in turn.get("tool_calls").into_iter().flat_map(Node::items) {
        result.id = result.id.take().or_else(|| call.string_at("id"));
        result.name = result.name.take().or_else(|| call.at(&["function", "name"])?.string());
        result.error |= call.get("status").is_some_and(|status| status.is("TOOL_CALL_STATUS_FAILED"));
    }
    result.parts.extend(turn.string_at("content").map(Part::Text));
}

/// Reads a call. The client runs those of its own functions.
fn tool_call(node: Node<'_>) -> ToolCall {
    let kind = node.get("type").and_then(Node::str);
    let arguments = node.at(&["function", "arguments"]).and_then(Node::string);
    ToolCall {
        id: node.string_at("id"),
        name: node.at(&["function", "name"]).and_then(Node::string),
        arguments: Arguments::Text(arguments.unwrap_or_else(|| Text::made(""))),
        server: kind.is_some_and(|kind| kind != "TOOL_CALL_TYPE_CLIENT_SIDE_TOOL"),
    }
}

fn message(node: Node<'_>) -> Message {
    let role = match node.get("role").and_then(Node::str).as_deref() {
        Some("ROLE_SYSTEM" | "ROLE_DEVELOPER") => Role::System,
        Some("ROLE_ASSISTANT") => Role::Assistant,
        Some("ROLE_TOOL" | "ROLE_FUNCTION") => Role::Tool,
        _ => Role::User,
    };
    let content: Vec<_> = node.get("content").into_iter().flat_map(Node::items).filter_map(part).collect();
    if role == Role::Tool {
        let id = node.string_at("tool_call_id");
        let result = ToolResult { id, name: node.string_at("name"), parts: content, error: false };
        return Message { role, parts: vec![Part::ToolResult(result)] };
    }
    let mut parts: Vec<_> = node.string_at("reasoning_content").map(Part::Thinking).into_iter().collect();
    parts.extend(content);
    let calls = node.get("tool_calls").into_iter().flat_map(Node::items);
    parts.extend(calls.map(|call| Part::ToolCall(tool_call(call))));
    Message { role, parts }
}

/// Reads a part of a message: a union, whose one key tells what it holds.
fn part(node: Node<'_>) -> Option<Part> {
    let (key, value) = node.entries().next()?;
    Some(match &*key.str()? {
        "text" => Part::Text(value.string()?),
        "image_url" => Part::Media(media("image", value.string_at("image_url")?)),
        "file" => {
            let file = value.string_at("file_id").map(Place::Id);
            let file = file.or_else(|| value.string_at("data").map(Place::Base64));
            let place = file.or_else(|| value.string_at("url").map(Place::Url)).unwrap_or(Place::Nowhere);
            let name = value.string_at("filename");
            Part::Media(Media { kind: "file".to_owned(), mime: None, place, name, transcript: None })
        }
        other => Part::Other { kind: other.to_owned(), summary: None },
    })
}

/// Reads a tool on offer: a function, whose schema is JSON in a string, or one that the server runs.
fn tool(node: Node<'_>) -> Option<Tool> {
    let (key, value) = node.entries().next()?;
    if !key.is("function") {
        return Some(Tool { name: key.str()?.into_owned(), description: None, parameters: None });
    }
    let schema = value.get("parameters").map(|schema| match schema.string() {
        Some(text) => serde_json::from_str(text.as_str()).unwrap_or_else(|_| schema.json()),
        None => schema.json(),
    });
    Some(Tool {
        name: value.get("name")?.str()?.into_owned(),
        description: value.string_at("description"),
        parameters: schema,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, asked, stream, whole};

    const REQUEST: &str = r#"{"messages": [{"role": "ROLE_USER", "content": [{"text": "hi"}]}]}"#;

    #[test]
    fn an_answer_is_all_turns_and_ends_as_the_last_one_did() {
        let exchange = whole(
            "",
            REQUEST,
            r#"{"id": "x", "model": "grok", "outputs": [
                {"message": {"role": "ROLE_ASSISTANT", "reasoning_content": "hm", "tool_calls": [
                    {"id": "c1", "type": "TOOL_CALL_TYPE_WEB_SEARCH_TOOL", "function": {"name": "web_search", "arguments": "{}"}}]}},
                {"index": 1, "message": {"role": "ROLE_TOOL", "content": "found", "tool_calls": [
                    {"id": "c1", "status": "TOOL_CALL_STATUS_FAILED", "function": {"name": "web_search"}}]}},
                {"index": 2, "finish_reason": "REASON_STOP", "message": {"role": "ROLE_ASSISTANT", "content": "there"}}],
              "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 6, "reasoning_tokens": 3}}"#,
        )
        .value;
        assert_eq!((exchange.api, exchange.service), ("xai-grpc", Some("xai")));
        assert_eq!(
            answered(&exchange),
            ["thinking hm", "server calls web_search c1 {}", "result c1 error found", "there"]
        );
        assert_eq!(exchange.reply.answer().unwrap().finish_reason.as_ref().unwrap(), &"REASON_STOP");
        let usage = &exchange.reply.usage;
        assert_eq!(
            (usage.input, usage.output, usage.total, usage.reasoning),
            (Some(1), Some(2), Some(6), Some(3))
        );
    }

    #[test]
    fn a_stream_goes_on_turn_by_turn() {
        let exchange = stream(
            "",
            REQUEST,
            &[
                r#"{"id": "x", "outputs": [{"delta": {"role": "ROLE_ASSISTANT", "content": "R."}}], "usage": {"completion_tokens": 1}}"#,
                r#"{"id": "x", "outputs": [{"delta": {"role": "ROLE_ASSISTANT", "content": "R."}}], "usage": {}}"#,
                r#"{"id": "x", "outputs": [{"delta": {"role": "ROLE_ASSISTANT", "tool_calls": [
                    {"id": "c1", "type": "TOOL_CALL_TYPE_CLIENT_SIDE_TOOL", "function": {"name": "f", "arguments": "{\"a\":1}"}}]},
                    "finish_reason": "REASON_TOOL_CALLS"}]}"#,
            ],
        );
        assert_eq!(exchange.diagnostics, []);
        assert_eq!(answered(&exchange.value), ["R.R.", "calls f c1 {\"a\":1}"]);
        assert_eq!(exchange.value.reply.usage.output, Some(1));
    }

    #[test]
    fn a_stream_without_a_reason_was_cut() {
        let event = r#"{"outputs": [{"delta": {"role": "ROLE_ASSISTANT", "content": "a"}}]}"#;
        let exchange = stream("", REQUEST, &[event]).value;
        assert_eq!(exchange.reply.answer().unwrap().finish_reason, None);
        assert_eq!(exchange.reply.complete, Some(false));
    }

    #[test]
    fn requests_are_read_in_all_their_parts() {
        let exchange = whole(
            "",
            r#"{"model": "grok", "temperature": 0.5, "messages": [
                {"role": "ROLE_SYSTEM", "content": [{"text": "be brief"}]},
                {"role": "ROLE_USER", "content": [{"text": "see"}, {"image_url": {"image_url": "https://a/b.png"}}, {"file": {"file_id": "f1"}}]},
                {"role": "ROLE_ASSISTANT", "reasoning_content": "hm", "content": [{"text": ""}], "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": "{}"}}]},
                {"role": "ROLE_TOOL", "tool_call_id": "c1", "content": [{"text": "ok"}]}],
              "tools": [{"function": {"name": "f", "description": "d", "parameters": "{\"type\": \"object\"}"}}, {"web_search": {}}]}"#,
            r#"{"outputs": []}"#,
        )
        .value;
        assert_eq!(
            asked(&exchange),
            [
                "system: be brief",
                "user: see",
                "user: image - at https://a/b.png",
                "user: file - id f1",
                "assistant: thinking hm",
                "assistant: ",
                "assistant: calls f c1 {}",
                "tool: result c1 ok",
            ]
        );
        let [function, search] = &exchange.prompt.tools[..] else { panic!("two tools") };
        assert_eq!(
            (function.parameters.as_ref().unwrap()["type"].as_str(), &*search.name),
            (Some("object"), "web_search")
        );
        assert_eq!(exchange.prompt.parameters[0].0, "temperature");
    }
}
