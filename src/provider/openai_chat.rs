//! OpenAI chat completions, and the many hosts that speak them: groq, openrouter, deepseek, xai, azure …
//!
//! Wire facts: the provider's API reference for `chat.completion` and `chat.completion.chunk`. What compatible hosts
//! do differently is said where it is handled.

use super::openai::{self, content, function, media, reasoning_text};
use super::{Answered, Call, Provider};
use crate::chat::{Arguments, Choice, Message, Part, Prompt, ReplyBuilder, Role, Tool, ToolCall, ToolResult};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;
use crate::text::Text;

pub(super) struct OpenAiChat;

impl Provider for OpenAiChat {
    fn api(&self) -> &'static str {
        "openai-chat"
    }

    fn about(&self) -> &'static str {
        "OpenAI chat completions and compatible hosts"
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        if !call.may_generate() {
            return Fit::No;
        }
        let path = call.url.path.trim_end_matches('/');
        if path.ends_with("/chat/completions") {
            return Fit::Sure;
        }
        let answered = match call.response {
            Answered::Whole(body) => body.get("object").is_some_and(|object| object.is("chat.completion")),
            Answered::Stream(events) => events.iter().take(4).any(|(_, data)| {
                let object = data.as_ref().and_then(|data| data.node().get("object"));
                object.is_some_and(|object| object.is("chat.completion.chunk"))
            }),
            Answered::Nothing => false,
        };
        Fit::maybe_if(answered)
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        for (key, value) in body.entries() {
            match key.str().as_deref() {
                Some("model") => prompt.model = value.string(),
                Some("messages") => prompt.messages.extend(value.items().map(message)),
                Some("tools") => prompt.tools.extend(value.items().filter_map(tool)),
                Some("functions") => prompt.tools.extend(value.items().filter_map(function)),
                Some(name) if !value.is_null() => prompt.parameters.push((name.to_owned(), value.json())),
                _ => {}
            }
        }
    }

    fn whole(&self, _: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        chunk(body, "message", reply);
    }

    fn event(&self, _: &Call<'_>, event: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        match data {
            // What a host sends behind its end mark, clients do not read.
            Some(data) if !reply.has_ended() => chunk(data, "delta", reply),
            None if event.data.as_str().trim() == "[DONE]" => reply.end(),
            Some(_) | None => {}
        }
    }
}

/// Reads an answer or a chunk of one; `key` names what a choice carries. A chunk that repeats the whole `message`
/// beside its `delta` (perplexity's `chat.completion.done`) adds only the delta.
fn chunk(body: Node<'_>, key: &str, reply: &mut ReplyBuilder) {
    openai::chunk(body, reply, |choice, draft| {
        if let Some(piece) = choice.some(key) {
            said(piece, draft);
        }
    });
}

/// Reads a message or a delta.
fn said(piece: Node<'_>, choice: &mut Choice) {
    let [reasoning_content, reasoning, content, details, refusal] =
        piece.members(["reasoning_content", "reasoning", "content", "reasoning_details", "refusal"]);
    let [calls, function, audio, images] = piece.members(["tool_calls", "function_call", "audio", "images"]);
    choice.thinking_from(0, 0, reasoning_content.and_then(Node::string));
    choice.thinking_from(1, 0, reasoning.and_then(Node::string));
    match content {
        Some(content) if content.is_list() => {
            for part in content.items() {
                content_part(part, choice);
            }
        }
        Some(content) => choice.text(0, content.string()),
        None => {}
    }
    // The same thinking again, in pieces with a type; encrypted ones have no text.
    for detail in details.into_iter().flat_map(Node::items) {
        let text = detail.string_at("text").or_else(|| detail.string_at("summary"));
        choice.thinking_from(3, 0, text);
    }
    choice.refusal(refusal.and_then(Node::string));
    for call in calls.into_iter().flat_map(Node::items) {
        tool_delta(call, choice);
    }
    if let Some(call) = function.filter(|call| !call.is_null()) {
        // snowflake sends an empty one with every chunk.
        let (name, arguments) = (call.string_at("name"), call.string_at("arguments"));
        if [&name, &arguments].into_iter().flatten().any(|text| !text.is_empty()) {
            choice.function().name(name).arguments(arguments);
        }
    }
    if let Some(audio) = audio.filter(|audio| audio.is_map()) {
        choice.sound(0, audio.string_at("data").as_ref(), audio.string_at("transcript").as_ref());
    }
    for image in images.into_iter().flat_map(Node::items) {
        if let Some(url) = image.at(&["image_url", "url"]).and_then(Node::string) {
            choice.media(media("image", url));
        }
    }
}

/// Reads a part of an answer whose content is a list: mistral's thinking and text.
fn content_part(part: Node<'_>, choice: &mut Choice) {
    let kind = part.get("type").and_then(Node::str).unwrap_or_default();
    match &*kind {
        "thinking" => {
            let thinking = part.get("thinking");
            for piece in thinking.into_iter().flat_map(Node::items) {
                choice.thinking_from(2, 0, piece.string_at("text"));
            }
            choice.thinking_from(2, 0, thinking.and_then(Node::string));
        }
        "reasoning" => choice.thinking_from(2, 0, reasoning_text(part)),
        "refusal" => choice.refusal(part.string_at("refusal")),
        _ => choice.text(0, part.string_at("text")),
    }
}

pub(super) fn tool_delta(call: Node<'_>, choice: &mut Choice) {
    let index = call.get("index").and_then(Node::str).and_then(|index| index.parse().ok());
    let draft = choice.tool(index, call.string_at("id"));
    let function = call.some("function").or_else(|| call.some("custom"));
    let Some(function) = function else { return };
    draft.name(function.string_at("name"));
    match function.some("arguments") {
        Some(arguments) if arguments.is_map() => _ = draft.whole(arguments.subtree()),
        Some(arguments) => _ = draft.arguments(arguments.string()),
        None => _ = draft.arguments(function.string_at("input")),
    }
}

/// Reads a message of a request.
fn message(node: Node<'_>) -> Message {
    let role = match node.get("role").and_then(Node::str).as_deref() {
        Some("system" | "developer") => Role::System,
        Some("assistant" | "model") => Role::Assistant,
        Some("tool" | "function") => Role::Tool,
        _ => Role::User,
    };
    let mut parts = Vec::new();
    if role == Role::Assistant {
        let thinking = node.string_at("reasoning_content").or_else(|| node.string_at("reasoning"));
        parts.extend(thinking.filter(|text| !text.is_empty()).map(Part::Thinking));
    }
    parts.extend(node.get("content").into_iter().flat_map(content));
    if role == Role::Tool {
        let id = node.string_at("tool_call_id");
        let result = ToolResult { id, name: node.string_at("name"), parts, error: false };
        return Message { role, parts: vec![Part::ToolResult(result)] };
    }
    parts.extend(node.string_at("refusal").map(Part::Refusal));
    for call in node.get("tool_calls").into_iter().flat_map(Node::items) {
        let function = call.some("function").or_else(|| call.some("custom")).unwrap_or(call);
        parts.push(Part::ToolCall(tool_call(call.string_at("id"), function)));
    }
    parts.extend(node.some("function_call").map(|function| Part::FunctionCall(tool_call(None, function))));
    Message { role, parts }
}

pub(super) fn tool_call(id: Option<Text>, function: Node<'_>) -> ToolCall {
    let arguments = function.some("arguments").or_else(|| function.some("input"));
    let arguments = match arguments {
        Some(node) if node.is_map() || node.is_list() => Arguments::Tree(node.subtree()),
        Some(node) => Arguments::Text(node.text().unwrap_or_else(|| Text::made(""))),
        None => Arguments::Text(Text::made("")),
    };
    ToolCall { id, name: function.string_at("name"), arguments, server: false }
}

/// Reads a tool on offer: a function, a custom tool, or one of the provider's own.
pub(super) fn tool(node: Node<'_>) -> Option<Tool> {
    let kind = node.get("type").and_then(Node::str).unwrap_or_default();
    node.some("function")
        .or_else(|| node.some("custom"))
        .map_or_else(|| Some(Tool { name: kind.into_owned(), description: None, parameters: None }), function)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, stream};

    const URL: &str = "https://api.openai.com/v1/chat/completions";

    #[test]
    fn a_sound_in_pieces_is_one_sound_with_its_transcript() {
        let parsed = stream(
            URL,
            "{}",
            &[
                r#"{"choices": [{"index": 0, "delta": {"role": "assistant", "audio": {"id": "audio_1", "transcript": "Mind"}}}]}"#,
                r#"{"choices": [{"index": 0, "delta": {"audio": {"transcript": " the step."}}}]}"#,
                r#"{"choices": [{"index": 0, "delta": {"audio": {"data": "AAAA"}}}]}"#,
                r#"{"choices": [{"index": 0, "delta": {"audio": {"data": "AAAB", "expires_at": 1}}}]}"#,
                r#"{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}"#,
            ],
        );
        assert_eq!(answered(&parsed.value), ["audio - base64 AAAAAAAB says Mind the step."]);
    }

    #[test]
    fn errors_are_told_in_whatever_shape_gateways_give_them() {
        for (body, message, kind) in [
            (r#"{"error": {"message": "No.", "type": "invalid"}}"#, "No.", Some("invalid")),
            (r#"{"error": {"message": "No.", "type": null, "code": 429}}"#, "No.", Some("429")),
            (r#"{"error": "No."}"#, "No.", None),
            (r#"{"object": "error", "message": "No.", "type": "invalid"}"#, "No.", Some("invalid")),
            (r#"{"detail": "No."}"#, "No.", None),
        ] {
            let parsed = super::super::testing::whole(URL, "{}", body);
            let error = parsed.value.reply.error.unwrap();
            assert_eq!(error.message.unwrap().as_str(), message, "{body}");
            assert_eq!(error.kind.as_ref().map(super::Text::as_str), kind, "{body}");
        }
    }
}
