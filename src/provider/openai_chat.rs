//! OpenAI chat completions, and the many hosts that speak them: groq, openrouter, deepseek, xai, azure …
//!
//! Wire facts: the provider's API reference for `chat.completion` and `chat.completion.chunk`. What compatible hosts
//! do differently is said where it is handled.

use super::openai::{self, content, function, media, reasoning_text};
use super::{Answered, Call, Provider, each};
use crate::chat::{
    Arguments, CallDraft, Choice, Message, Part, Prompt, ReplyBuilder, Role, Tool, ToolCall, ToolResult,
};
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

    fn whole(&self, call: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        chunk(body, Carried::Message, reply);
        if call.failed() {
            openai::refusal(body, reply);
        }
    }

    fn event(&self, _: &Call<'_>, event: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        match data {
            // What a host sends behind its end mark, clients do not read.
            Some(_) if reply.has_ended() => {}
            Some(data) => {
                chunk(data, Carried::Delta, reply);
                if event.name.as_ref().is_some_and(|name| name.as_str() == "error") {
                    openai::refusal(data, reply);
                }
            }
            None if event.data.as_str().trim() == "[DONE]" => reply.end(),
            None => {}
        }
    }
}

/// What a choice carries.
#[derive(Clone, Copy, PartialEq)]
enum Carried {
    /// A message, whole.
    Message,
    /// What comes to a message.
    Delta,
}

/// Reads an answer or a chunk of one. A chunk that repeats the whole `message` beside its `delta` (perplexity's
/// `chat.completion.done`) adds only the delta.
fn chunk(body: Node<'_>, carried: Carried, reply: &mut ReplyBuilder) {
    let key = if carried == Carried::Message { "message" } else { "delta" };
    openai::chunk(body, reply, |choice, draft| {
        if let Some(piece) = choice.some(key) {
            said(piece, carried, draft);
        }
    });
}

/// Reads a message or a delta.
fn said(piece: Node<'_>, carried: Carried, choice: &mut Choice) {
    let [reasoning_content, reasoning, copilot, content, details, refusal] = piece.members([
        "reasoning_content",
        "reasoning",
        "reasoning_text",
        "content",
        "reasoning_details",
        "refusal",
    ]);
    let [calls, function, audio, images] = piece.members(["tool_calls", "function_call", "audio", "images"]);
    choice.thinking_from(0, 0, reasoning_content.and_then(Node::string));
    choice.thinking_from(1, 0, reasoning.and_then(Node::string));
    choice.thinking_from(4, 0, copilot.and_then(Node::string));
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
    // Older versions of Hugging Face's server have one call in place of a list.
    for call in calls.into_iter().flat_map(each) {
        if carried == Carried::Message {
            called(call, choice.new_tool(call.string_at("id")));
        } else {
            tool_delta(call, choice);
        }
    }
    // snowflake sends an empty one with every chunk.
    let tells = |function: &Node<'_>| {
        let text = |key| function.string_at(key).is_some_and(|text| !text.is_empty());
        text("name") || text("arguments") || function.get("arguments").is_some_and(Node::is_map)
    };
    if let Some(function) = function.filter(tells) {
        named(function, choice.function());
    }
    for call in piece.some("executed_tools").into_iter().flat_map(Node::items) {
        executed(call, choice);
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

/// Reads a tool that groq ran itself. A stream tells it twice: as it begins, and once more with what it gave back.
fn executed(call: Node<'_>, choice: &mut Choice) {
    /// Behind the places of calls that the client runs.
    const OWN: i64 = 1 << 32;
    let index =
        call.get("index").and_then(Node::str).and_then(|index| index.parse::<u16>().ok()).unwrap_or(0);
    let name = call.string_at("type").or_else(|| call.string_at("name"));
    let draft = choice.tool(Some(OWN + i64::from(index)), None);
    draft.name(name.clone()).server();
    if let Some(arguments) = call.some("arguments") {
        draft.settle(arguments);
    }
    if let Some(output) = call.string_at("output").filter(|output| !output.is_empty()) {
        let result = choice.result(usize::from(index));
        *result = ToolResult { id: None, name, parts: vec![Part::Text(output)], error: false };
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

/// Reads a call, or a piece of one.
pub(super) fn tool_delta(call: Node<'_>, choice: &mut Choice) {
    let index = call.get("index").and_then(Node::str).and_then(|index| index.parse().ok());
    let id = call.string_at("id");
    let told = function_of(call).is_some_and(|function| {
        function.string_at("name").is_some_and(|name| !name.is_empty()) && has_arguments(function)
    });
    let nameless = id.as_ref().is_none_or(Text::is_empty);
    // Gemini's calls come whole and have no ids: what has a name and follows an object is another call.
    let draft = if told && nameless && choice.tool(index, id.clone()).came_whole() {
        choice.new_tool(id)
    } else {
        choice.tool(index, id)
    };
    called(call, draft);
}

fn function_of(call: Node<'_>) -> Option<Node<'_>> {
    call.some("function").or_else(|| call.some("custom"))
}

fn has_arguments(function: Node<'_>) -> bool {
    let arguments = function.some("arguments").or_else(|| function.some("input"));
    arguments.is_some_and(|arguments| arguments.is_map() || !arguments.is(""))
}

/// Reads what a call has beside its place and id.
fn called(call: Node<'_>, draft: &mut CallDraft) {
    if let Some(function) = function_of(call) {
        named(function, draft);
    }
}

fn named(function: Node<'_>, draft: &mut CallDraft) {
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
        let thinking =
            ["reasoning_content", "reasoning", "reasoning_text"].iter().find_map(|key| node.string_at(key));
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
    use super::super::testing::{answered, named_stream, refused, stream, whole};

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
            (r#"{"statusCode": 429, "error": "Busy", "message": "No."}"#, "No.", Some("Busy")),
            (r#"{"object": "error", "message": "No.", "type": "invalid"}"#, "No.", Some("invalid")),
            (r#"{"detail": "No."}"#, "No.", None),
            (r#"{"detail": [{"loc": ["body"], "msg": "No."}]}"#, "No.", None),
            (r#"[{"error": {"message": "No.", "code": 400}}]"#, "No.", Some("400")),
            (r#"{"error_code": 110, "error_msg": "No."}"#, "No.", Some("110")),
            (r#"{"x_groq": {"error": "No."}, "choices": []}"#, "No.", None),
            (
                r#"{"choices": [{"index": 0, "finish_reason": "error", "error": {"message": "No."}}]}"#,
                "No.",
                None,
            ),
        ] {
            let parsed = whole(URL, "{}", body);
            let error = parsed.value.reply.error.unwrap();
            assert_eq!(error.message.unwrap().as_str(), message, "{body}");
            assert_eq!(error.kind.as_ref().map(super::Text::as_str), kind, "{body}");
        }
    }

    #[test]
    fn where_the_status_tells_an_error_the_body_needs_no_mark() {
        for (body, message, kind) in [
            (r#"{"message": "No.", "code": "1"}"#, Some("No."), Some("1")),
            (r#"{"message": {"detail": [{"msg": "No."}]}}"#, Some("No."), None),
            (r#"{"statusCode": 401, "message": "No."}"#, Some("No."), Some("401")),
        ] {
            let error = refused(URL, body).reply.error.unwrap();
            assert_eq!(error.message.as_ref().map(super::Text::as_str), message, "{body}");
            assert_eq!(error.kind.as_ref().map(super::Text::as_str), kind, "{body}");
        }
        let parsed = named_stream(URL, "{}", &[("error", r#"{"message": "No."}"#)]);
        assert_eq!(parsed.value.reply.error.unwrap().message.unwrap(), "No.");
    }

    #[test]
    fn calls_without_ids_are_told_from_each_other() {
        let two = ["calls a  {\"x\":1}", "calls b  {\"y\":2}"];
        let call = |name: &str, arguments: &str| {
            format!(
                r#"{{"index": 0, "id": "", "function": {{"name": "{name}", "arguments": "{arguments}"}}}}"#
            )
        };
        let (a, b) = (call("a", r#"{\"x\": 1}"#), call("b", r#"{\"y\": 2}"#));
        let message =
            |key: &str, calls: &str| format!(r#"{{"choices": [{{"{key}": {{"tool_calls": [{calls}]}}}}]}}"#);
        let both = format!("{a}, {b}");
        assert_eq!(answered(&whole(URL, "{}", &message("message", &both)).value), two);
        assert_eq!(answered(&stream(URL, "{}", &[&message("delta", &both)]).value), two);
        let apart = [message("delta", &a), message("delta", &b)];
        assert_eq!(answered(&stream(URL, "{}", &[&apart[0], &apart[1]]).value), two);
        // A name that is repeated beside each piece goes on with its call.
        let pieces = [message("delta", &call("a", r#"{\"x\":"#)), message("delta", &call("a", " 1}"))];
        assert_eq!(answered(&stream(URL, "{}", &[&pieces[0], &pieces[1]]).value), two[..1]);
    }

    #[test]
    fn a_call_may_stand_where_a_list_of_calls_does_and_arguments_may_be_an_object() {
        let one = r#"{"choices": [{"delta": {"tool_calls": {"index": 0, "function": {"name": "a", "arguments": "{}"}}}}]}"#;
        assert_eq!(answered(&stream(URL, "{}", &[one]).value), ["calls a - {}"]);
        let old = r#"{"choices": [{"message": {"function_call": {"name": "a", "arguments": {"x": 1}}}}]}"#;
        assert_eq!(answered(&whole(URL, "{}", old).value), [r#"calls function a - {"x":1}"#]);
    }

    #[test]
    fn tools_that_groq_ran_are_told_with_what_they_gave_back() {
        let begun = r#"{"choices": [{"delta": {"executed_tools": [{"index": 0, "type": "search", "arguments": "{\"q\": 1}"}]}}]}"#;
        let done = r#"{"choices": [{"delta": {"executed_tools": [{"index": 0, "type": "search", "arguments": "{\"q\": 1}", "output": "found"}]}}]}"#;
        let told = [r#"server calls search - {"q":1}"#, "result - found"];
        assert_eq!(answered(&stream(URL, "{}", &[begun, done]).value), told);
        assert_eq!(answered(&whole(URL, "{}", &done.replace("delta", "message")).value), told);
    }

    #[test]
    fn tokens_counted_in_the_choice_that_ends_are_read() {
        let last = r#"{"choices": [{"delta": {}, "finish_reason": "stop", "usage": {"prompt_tokens": 3, "completion_tokens": 2}}]}"#;
        let usage = stream(URL, "{}", &[last]).value.reply.usage;
        assert_eq!((usage.input, usage.output), (Some(3), Some(2)));
    }
}
