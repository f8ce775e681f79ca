//! Cohere's first API, `/v1/chat`: a message beside a history.
//!
//! Wire facts: Cohere's API reference of "Chat V1". A stream is JSON lines or server-sent events; its last event
//! repeats the whole answer, which stands in only for what did not come before. Calls of tools come whole, without ids.

use super::{Answered, Call, Provider, cohere, json_text};
use crate::chat::{
    Arguments, Choice, Message, Part, Prompt, ReplyBuilder, Role, Tool, ToolCall, ToolResult, Voice,
};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;
use crate::text::Text;

pub(super) struct CohereV1;

impl Provider for CohereV1 {
    fn api(&self) -> &'static str {
        "cohere-v1"
    }

    fn about(&self) -> &'static str {
        "Cohere chat, version 1"
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        let asks = call.request.is_some_and(|body| body.get("message").is_some());
        let answers = match call.response {
            Answered::Whole(body) => body.get("generation_id").is_some() && body.get("text").is_some(),
            Answered::Stream(events) => {
                let first = events.first().and_then(|(_, data)| data.as_ref());
                first.is_some_and(|data| {
                    let data = data.node();
                    data.get("event_type").is_some() && data.get("generation_id").is_some()
                })
            }
            Answered::Nothing => false,
        };
        if call.url.path.trim_end_matches('/').ends_with("/v1/chat") && (asks || answers) {
            return Fit::Sure;
        }
        Fit::maybe_if(answers)
    }

    fn service(&self, _: &Call<'_>) -> Option<&'static str> {
        Some("cohere")
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        let some = |key| body.string_at(key).filter(|text: &Text| !text.is_empty()).map(Part::Text);
        let say = |role, text: Option<Part>| text.map(|text| Message { role, parts: vec![text] });
        prompt.messages.extend(say(Role::System, some("preamble")));
        prompt.messages.extend(body.get("chat_history").into_iter().flat_map(Node::items).map(message));
        prompt.messages.extend(say(Role::User, some("message")));
        prompt.messages.extend(results(body).map(|parts| Message { role: Role::Tool, parts }));
        prompt.conversation = body.string_at("conversation_id");
        for (key, value) in body.entries() {
            match key.str().as_deref() {
                Some("model") => prompt.model = value.string(),
                Some("tools") => prompt.tools.extend(value.items().filter_map(tool)),
                Some("preamble" | "chat_history" | "message" | "tool_results") | None => {}
                Some(name) => prompt.set(name, value),
            }
        }
    }

    fn whole(&self, _: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        if body.get("text").is_none() {
            return cohere::failed(body, reply);
        }
        let choice = reply.choice(0);
        choice.text(0, body.string_at("text"));
        calls(body, choice);
        ended(body, reply);
    }

    fn event(&self, _: &Call<'_>, _: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        let Some(data) = data else { return };
        let text = data.string_at("text");
        match data.get("event_type").and_then(Node::str).as_deref() {
            Some("stream-start") => reply.id(data.string_at("generation_id")),
            Some("text-generation") => reply.choice(0).text(0, text),
            Some("tool-calls-chunk") => reply.choice(0).note("tool_plan", text),
            Some("tool-calls-generation") => calls(data, reply.choice(0)),
            Some("stream-end") => {
                let whole = data.some("response");
                if let Some(text) = whole.and_then(|whole| whole.some("text")) {
                    reply.choice(0).settle(Voice::Text, &.., &[(0, text)]);
                }
                for node in whole.into_iter().chain([data]) {
                    ended(node, reply);
                }
                reply.end();
            }
            // Searches and citations: what the answer is based on.
            Some(_) => {}
            None => cohere::failed(data, reply),
        }
    }
}

/// Reads what tells the end: ids, why, how much, and what went wrong.
fn ended(node: Node<'_>, reply: &mut ReplyBuilder) {
    reply.id(node.string_at("generation_id").or_else(|| node.string_at("response_id")));
    reply.choice(0).finish_reason(node.string_at("finish_reason"));
    if let Some(usage) = node.some("meta").filter(|meta| meta.is_map()) {
        reply.usage.merge(usage, &cohere::USAGE);
    }
    if let Some(error) = node.some("error") {
        reply.error(error.string_at("message").or_else(|| error.text()), None);
    }
}

fn calls(node: Node<'_>, choice: &mut Choice) {
    for call in node.get("tool_calls").into_iter().flat_map(Node::items) {
        choice.part(tool_call(call));
    }
}

fn tool_call(node: Node<'_>) -> Part {
    let arguments = node.some("parameters");
    Part::ToolCall(ToolCall {
        id: None,
        name: node.string_at("name"),
        arguments: arguments.map_or_else(
            || Arguments::Text(Text::made("")),
            |arguments| Arguments::Tree(arguments.subtree()),
        ),
        server: false,
    })
}

fn message(node: Node<'_>) -> Message {
    let role = match node.get("role").and_then(Node::str).as_deref() {
        Some("SYSTEM") => Role::System,
        Some("CHATBOT") => Role::Assistant,
        Some("TOOL") => Role::Tool,
        _ => Role::User,
    };
    let mut parts: Vec<_> = node.string_at("message").map(Part::Text).into_iter().collect();
    parts.extend(node.get("tool_calls").into_iter().flat_map(Node::items).map(tool_call));
    parts.extend(results(node).into_iter().flatten());
    Message { role, parts }
}

/// Reads what tools gave back, each beside the call it answers.
fn results(node: Node<'_>) -> Option<Vec<Part>> {
    let results = node.some("tool_results")?.items().map(|result| {
        let outputs = result.get("outputs").into_iter().flat_map(Node::items);
        Part::ToolResult(ToolResult {
            id: None,
            name: result.at(&["call", "name"]).and_then(Node::string),
            parts: outputs.map(|output| Part::Text(json_text(output))).collect(),
            error: false,
        })
    });
    Some(results.collect::<Vec<_>>()).filter(|results| !results.is_empty())
}

fn tool(node: Node<'_>) -> Option<Tool> {
    Some(Tool {
        name: node.get("name")?.str()?.into_owned(),
        description: node.string_at("description"),
        parameters: node.some("parameter_definitions").map(Node::json),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, asked, framed, whole};

    const URL: &str = "https://api.cohere.com/v1/chat";

    #[test]
    fn the_last_event_repeats_the_text_and_does_not_add_to_it() {
        let body = r#"{"is_finished":false,"event_type":"stream-start","generation_id":"g1"}
{"is_finished":false,"event_type":"text-generation","text":"R."}
{"is_finished":false,"event_type":"text-generation","text":"R."}
{"is_finished":true,"event_type":"stream-end","finish_reason":"COMPLETE","response":{"response_id":"r1","text":"R.R.","generation_id":"g1","meta":{"tokens":{"input_tokens":6,"output_tokens":2}}}}
"#;
        let parsed = framed(URL, r#"{"message": "Who?"}"#, body);
        let reply = &parsed.value.reply;
        assert_eq!(answered(&parsed.value), ["R.R."]);
        assert!(parsed.diagnostics.is_empty());
        assert_eq!(reply.id.as_ref().unwrap(), "g1");
        assert_eq!((reply.complete, reply.usage.input, reply.usage.output), (Some(true), Some(6), Some(2)));
        let edited = framed(URL, r#"{"message": "Who?"}"#, &body.replace("R.R.", "R."));
        assert_eq!((answered(&edited.value).join(""), edited.diagnostics.len()), ("R.R.".to_owned(), 1));
    }

    #[test]
    fn calls_have_no_ids_and_a_plan_streams_apart() {
        let body = r#"{"event_type":"stream-start","generation_id":"g1"}
{"event_type":"tool-calls-chunk","text":"Look."}
{"event_type":"tool-calls-chunk","tool_call_delta":{"index":0,"name":"a"}}
{"event_type":"tool-calls-generation","text":"Look.","tool_calls":[{"name":"a","parameters":{"x":1}}]}
{"event_type":"stream-end","finish_reason":"COMPLETE","response":{"text":"Look.","tool_calls":[{"name":"a","parameters":{"x":1}}]}}
"#;
        let said = answered(&framed(URL, r#"{"message": "Who?"}"#, body).value);
        assert_eq!(said, ["<tool_plan> Look.", r#"calls a - {"x":1}"#, "Look."]);
    }

    #[test]
    fn requests_are_a_history_and_a_message() {
        let request = r#"{"model": "m", "preamble": "Be brief.", "message": "And now?",
            "chat_history": [{"role": "USER", "message": "What?"}, {"role": "CHATBOT", "message": "That."}],
            "tool_results": [{"call": {"name": "a", "parameters": {}}, "outputs": [{"n": 1}]}],
            "tools": [{"name": "a", "parameter_definitions": {"x": {"type": "int"}}}], "temperature": null, "stream": true}"#;
        let exchange = whole(URL, request, r#"{"text": "", "generation_id": "g1"}"#).value;
        let expected = [
            "system: Be brief.",
            "user: What?",
            "assistant: That.",
            "user: And now?",
            r#"tool: result - {"n": 1}"#,
        ];
        assert_eq!(asked(&exchange), expected);
        assert_eq!(exchange.prompt.parameters, [("stream".to_owned(), true.into())]);
        assert_eq!(exchange.prompt.tools[0].name, "a");
    }

    #[test]
    fn an_error_is_a_message_without_an_answer() {
        let reply = whole(URL, r#"{"message": "Who?"}"#, r#"{"message": "model was removed"}"#).value.reply;
        assert_eq!(reply.error.unwrap().message.unwrap(), "model was removed");
    }
}
