//! Gemini's Interactions API: a conversation kept at the provider, as a list of typed steps.
//!
//! Wire facts: the API reference of `interactions` and its guide to streaming. Until May 2026 an answer was a flat list,
//! `outputs`, and its events were `content.*`; since then it is `steps` and `step.*`, which wrap the same contents.
//! What the server runs comes as `*_call` and `*_result`. A conversation that is fetched repeats the user's step.

use super::{Answered, Call, Provider, each, gemini, json_text};
use crate::chat::{
    Apart, Arguments, Choice, Media, Message, Part, Place, Prompt, ReplyBuilder, Role, Tool, ToolCall,
    ToolResult, UsageNames,
};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;
use crate::text::Text;

pub(super) struct GeminiInteractions;

const USAGE: UsageNames = UsageNames {
    input: &[&["total_input_tokens"]],
    output: &[&["total_output_tokens"]],
    total: &[&["total_tokens"]],
    cached: &[&["total_cached_tokens"]],
    reasoning: &[&["total_thought_tokens"], &["total_reasoning_tokens"]],
    apart: Apart::REASONING,
    ..UsageNames::NONE
};

impl Provider for GeminiInteractions {
    fn api(&self) -> &'static str {
        "gemini-interactions"
    }

    fn about(&self) -> &'static str {
        "Gemini interactions"
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        let asks = call.request.is_some_and(|body| body.get("input").is_some());
        let answers = match call.response {
            Answered::Whole(body) => body.get("object").is_some_and(|object| object.is("interaction")),
            Answered::Stream(events) => {
                let first = events.first().and_then(|(_, data)| data.as_ref());
                let kind = first.and_then(|data| data.node().get("event_type")?.str());
                kind.is_some_and(|kind| kind.starts_with("interaction."))
            }
            Answered::Nothing => false,
        };
        if call.url.path.contains("/interactions") && (asks || answers) {
            Fit::Sure
        } else {
            Fit::maybe_if(answers)
        }
    }

    fn service(&self, call: &Call<'_>) -> Option<&'static str> {
        gemini::Gemini.service(call)
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        for (key, value) in body.entries() {
            match key.str().as_deref() {
                Some("model" | "agent") => prompt.model = value.string(),
                Some("system_instruction") => {
                    let parts = each(value).filter_map(part).collect();
                    prompt.messages.insert(0, Message { role: Role::System, parts });
                }
                Some("input") => messages(value, prompt),
                Some("tools") => prompt.tools.extend(value.items().filter_map(tool)),
                Some("previous_interaction_id") => prompt.previous = value.string(),
                Some("generation_config") => prompt.set_all(value),
                Some(name) => prompt.set(name, value),
                None => {}
            }
        }
    }

    fn whole(&self, _: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        interaction(body, reply);
        let steps = body.some("steps").or_else(|| body.some("outputs"));
        for (index, step) in steps.into_iter().flat_map(Node::items).enumerate() {
            begin(index, step, reply.choice(0));
        }
    }

    fn event(&self, _: &Call<'_>, event: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        let Some(data) = data else {
            if event.data.as_str().trim() == "[DONE]" {
                reply.end();
            }
            return;
        };
        let index = data.count_at("index").and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
        let choice = reply.choice(0);
        let kind = data.get("event_type").and_then(Node::str);
        match kind.as_deref() {
            Some("step.start" | "content.start") => {
                if let Some(step) = data.some("step").or_else(|| data.some("content")) {
                    begin(index, step, choice);
                }
            }
            Some("step.delta" | "content.delta") => {
                if let Some(delta) = data.some("delta") {
                    piece(index, delta, choice);
                }
            }
            Some("interaction.completed" | "interaction.complete") => {
                interaction(data.some("interaction").unwrap_or(data), reply);
                reply.end();
            }
            _ => interaction(data.some("interaction").unwrap_or(data), reply),
        }
    }
}

/// Reads what stands around the steps.
fn interaction(body: Node<'_>, reply: &mut ReplyBuilder) {
    reply.id(body.string_at("id").or_else(|| body.string_at("interaction_id")));
    reply.model(body.string_at("model").or_else(|| body.string_at("agent")));
    reply.choice(0).finish_reason(body.string_at("status").filter(|status| status != "in_progress"));
    if let Some(usage) = body.some("usage").filter(|usage| usage.is_map()) {
        reply.usage.merge(usage, &USAGE);
    }
    if let Some(error) = body.some("error") {
        let kind = error.some("code").or_else(|| error.some("status")).and_then(Node::text);
        reply.error(error.string_at("message").or_else(|| error.string()), kind);
    }
}

/// Reads a step of an answer, or the start of one.
fn begin(index: usize, step: Node<'_>, choice: &mut Choice) {
    let kind = step.get("type").and_then(Node::str).unwrap_or_default();
    match &*kind {
        "user_input" => {}
        "model_output" => {
            step.get("content")
                .into_iter()
                .flat_map(Node::items)
                .for_each(|content| piece(index, content, choice));
        }
        "thought" => {
            let summary = step.some("summary").into_iter().flat_map(each);
            summary.for_each(|content| choice.thinking(index, content.string_at("text")));
        }
        _ => piece(index, step, choice),
    }
}

/// Reads a piece of a step. Contents that come whole look like pieces.
fn piece(index: usize, node: Node<'_>, choice: &mut Choice) {
    let kind = node.get("type").and_then(Node::str).unwrap_or_default();
    match &*kind {
        "text" => choice.text(index, node.string_at("text")),
        "thought_summary" => {
            let content = node.get("content").unwrap_or(node);
            choice.thinking(index, content.string_at("text").or_else(|| content.string()));
        }
        "arguments_delta" => {
            let piece = node.string_at("arguments").or_else(|| node.string_at("partial_arguments"));
            choice.tool(i64::try_from(index).ok(), None).arguments(piece);
        }
        "thought_signature" | "text_annotation" => {}
        kind if kind.ends_with("_call") => {
            let draft = choice.tool(i64::try_from(index).ok(), node.string_at("id"));
            let call = tool_call(kind, node);
            draft.name(call.name);
            if call.server {
                draft.server();
            }
            if let Arguments::Tree(arguments) = call.arguments {
                draft.whole(arguments);
            }
        }
        _ => {
            if let Some(part) = part(node) {
                choice.part(part);
            }
        }
    }
}

/// Reads the input of a request: text, contents, turns, or steps.
fn messages(input: Node<'_>, prompt: &mut Prompt) {
    for item in each(input) {
        let kind = item.get("type").and_then(Node::str).unwrap_or_default();
        let role = match (item.get("role").and_then(Node::str).as_deref(), &*kind) {
            (Some("model"), _) | (_, "model_output" | "thought" | "function_call") => Role::Assistant,
            (_, "function_result") => Role::Tool,
            _ => Role::User,
        };
        let inner = item
            .some("content")
            .filter(|_| kind.is_empty() || kind == "user_input" || kind == "model_output");
        let parts = inner.map_or_else(
            || part(item).into_iter().collect(),
            |content| each(content).filter_map(part).collect::<Vec<_>>(),
        );
        match prompt.messages.last_mut().filter(|last| last.role == role && inner.is_none()) {
            Some(last) => last.parts.extend(parts),
            None => prompt.messages.push(Message { role, parts }),
        }
    }
}

/// Reads a content or a step that is no message.
fn part(node: Node<'_>) -> Option<Part> {
    if let Some(text) = node.string() {
        return Some(Part::Text(text));
    }
    let kind = node.get("type").and_then(Node::str)?;
    Some(match &*kind {
        "text" => Part::Text(node.string_at("text")?),
        "thought" => {
            Part::Thinking(node.get("summary")?.items().find_map(|content| content.string_at("text"))?)
        }
        "image" | "audio" | "video" | "document" => {
            let place = node.string_at("data").map(Place::Base64);
            let found = gemini::media(node, place.or_else(|| node.string_at("uri").map(Place::Url)));
            let kind = if kind == "document" { "file" } else { &*kind };
            Part::Media(Media { kind: kind.to_owned(), ..found })
        }
        kind if kind.ends_with("_call") => Part::ToolCall(tool_call(kind, node)),
        kind if kind.ends_with("_result") => Part::ToolResult(ToolResult {
            id: node.string_at("call_id"),
            name: node.string_at("name").or_else(|| Some(Text::made(kind.trim_end_matches("_result")))),
            parts: node.some("result").map(|result| Part::Text(json_text(result))).into_iter().collect(),
            error: node.get("is_error").and_then(Node::bool) == Some(true),
        }),
        other => Part::Other { kind: other.to_owned(), summary: None },
    })
}

/// Reads a call; all but those of functions are the server's.
fn tool_call(kind: &str, node: Node<'_>) -> ToolCall {
    let name = node.string_at("name");
    ToolCall {
        id: node.string_at("id"),
        name: name.or_else(|| Some(Text::made(kind.trim_end_matches("_call")))),
        arguments: match node.some("arguments") {
            Some(arguments) => Arguments::Tree(arguments.subtree()),
            None => Arguments::Text(Text::made("")),
        },
        server: kind != "function_call",
    }
}

fn tool(node: Node<'_>) -> Option<Tool> {
    let name = node.get("name").or_else(|| node.get("type"))?;
    Some(Tool {
        name: name.str()?.into_owned(),
        description: node.string_at("description"),
        parameters: node.some("parameters").map(Node::json),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, asked, stream, whole};

    const URL: &str = "https://generativelanguage.googleapis.com/v1beta/interactions";
    const ASKED: &str = r#"{"model": "gemini-x", "input": "Hi"}"#;

    #[test]
    fn steps_are_put_together_by_index() {
        let exchange = stream(
            URL,
            ASKED,
            &[
                r#"{"event_type":"interaction.created","interaction":{"id":"v1","status":"in_progress","object":"interaction","model":"gemini-x"}}"#,
                r#"{"event_type":"step.start","index":0,"step":{"type":"thought"}}"#,
                r#"{"event_type":"step.delta","index":0,"delta":{"type":"thought_summary","content":{"type":"text","text":"Hm."}}}"#,
                r#"{"event_type":"step.delta","index":0,"delta":{"type":"thought_signature","signature":"c2ln"}}"#,
                r#"{"event_type":"step.start","index":1,"step":{"type":"model_output"}}"#,
                r#"{"event_type":"step.delta","index":1,"delta":{"type":"text","text":"R."}}"#,
                r#"{"event_type":"step.delta","index":1,"delta":{"type":"text","text":"R."}}"#,
                r#"{"event_type":"step.start","index":2,"step":{"type":"function_call","id":"f1","name":"add","arguments":{}}}"#,
                r#"{"event_type":"step.delta","index":2,"delta":{"type":"arguments_delta","arguments":"{\"a\":"}}"#,
                r#"{"event_type":"step.delta","index":2,"delta":{"type":"arguments_delta","arguments":"1}"}}"#,
                r#"{"event_type":"interaction.completed","interaction":{"id":"v1","status":"requires_action","usage":{"total_input_tokens":2,"total_output_tokens":3,"total_thought_tokens":4,"total_tokens":9}}}"#,
                "[DONE]",
            ],
        );
        let reply = &exchange.value.reply;
        assert_eq!(answered(&exchange.value), ["thinking Hm.", "R.R.", r#"calls add f1 {"a":1}"#]);
        assert_eq!(reply.choices[0].finish_reason.as_ref().unwrap(), "requires_action");
        assert_eq!((reply.complete, reply.usage.reasoning), (Some(true), Some(4)));
        assert_eq!(reply.id.as_ref().unwrap(), "v1");
    }

    #[test]
    fn a_stream_that_is_cut_is_not_complete() {
        let created =
            r#"{"event_type":"interaction.created","interaction":{"id":"v1","status":"in_progress"}}"#;
        let delta = r#"{"event_type":"content.delta","index":0,"delta":{"type":"text","text":"So"}}"#;
        let exchange = stream(URL, ASKED, &[created, delta]).value;
        assert_eq!((answered(&exchange).join(""), exchange.reply.complete), ("So".to_owned(), Some(false)));
    }

    #[test]
    fn both_shapes_of_a_whole_answer_are_read_and_the_users_step_is_no_answer() {
        let steps = r#"{"object": "interaction", "status": "completed", "steps": [
            {"type": "user_input", "content": [{"type": "text", "text": "Hi"}]},
            {"type": "google_search_call", "id": "s1", "arguments": {"queries": ["x"]}},
            {"type": "google_search_result", "call_id": "s1", "result": [{"n": 1}]},
            {"type": "model_output", "content": [{"type": "text", "text": "Ho"}, {"type": "image", "mime_type": "image/png", "data": "aGk="}]}]}"#;
        let expected = [
            r#"server calls google_search s1 {"queries":["x"]}"#,
            r#"result s1 [{"n": 1}]"#,
            "Ho",
            "image image/png base64 aGk=",
        ];
        assert_eq!(answered(&whole(URL, ASKED, steps).value), expected);
        let outputs = r#"{"object": "interaction", "outputs": [{"type": "thought", "signature": "c2ln"}, {"type": "text", "text": "Ho"}]}"#;
        assert_eq!(answered(&whole(URL, ASKED, outputs).value), ["Ho"]);
    }

    #[test]
    fn the_input_is_text_contents_turns_or_steps() {
        let input = |input: &str| {
            let request = format!(r#"{{"model": "m", "system_instruction": "Be brief.", "input": {input}}}"#);
            asked(&whole(URL, &request, "{}").value)
        };
        assert_eq!(input(r#""Hi""#), ["system: Be brief.", "user: Hi"]);
        let contents = r#"[{"type": "text", "text": "What?"}, {"type": "image", "uri": "https://x/y.png"}]"#;
        assert_eq!(input(contents)[1..], ["user: What?", "user: image - at https://x/y.png"]);
        let turns = r#"[{"role": "user", "content": "a"}, {"role": "model", "content": [{"type": "text", "text": "b"}]}]"#;
        assert_eq!(input(turns)[1..], ["user: a", "assistant: b"]);
        let steps = r#"[{"type": "user_input", "content": [{"type": "text", "text": "a"}]},
                        {"type": "function_call", "id": "f1", "name": "now", "arguments": {}},
                        {"type": "function_result", "call_id": "f1", "name": "now", "result": "9"}]"#;
        assert_eq!(input(steps)[1..], ["user: a", "assistant: calls now f1 {}", "tool: result f1 9"]);
    }
}
