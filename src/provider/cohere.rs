//! Cohere's second API, `/v2/chat`.
//!
//! Wire facts: Cohere's API reference of "Chat V2" and its stream events. A stream names the block of each piece by
//! `index`; calls of tools count apart from blocks of content. Before it calls tools the model may tell its plan: that
//! is neither its answer nor its thinking. Most bodies name no model.

use super::{Answered, Call, Provider, each, json_text, openai, openai_chat};
use crate::chat::{Choice, Message, Part, Prompt, ReplyBuilder, Role, ToolResult, UsageNames};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;

pub(super) struct Cohere;

/// What was read and written; where only that is told, what is charged for.
pub(super) const USAGE: UsageNames = UsageNames {
    input: &[&["tokens", "input_tokens"], &["billed_units", "input_tokens"]],
    output: &[&["tokens", "output_tokens"], &["billed_units", "output_tokens"]],
    cached: &[&["cached_tokens"]],
    reasoning: &[&["tokens", "reasoning_tokens"]],
    ..UsageNames::NONE
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
        for (index, block) in message.get("content").into_iter().flat_map(each).enumerate() {
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
    choice.text(index, node.string_at("text").or_else(|| node.string()));
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

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, asked, stream, whole};
    use crate::chat::Exchange;
    use crate::text::Text;

    const URL: &str = "https://api.cohere.com/v2/chat";
    const ASKED: &str = r#"{"model": "m", "messages": []}"#;

    fn finish_reason(exchange: &Exchange) -> Option<&str> {
        exchange.reply.answer()?.finish_reason.as_ref().map(Text::as_str)
    }

    #[test]
    fn blocks_are_joined_by_index_and_thinking_stands_apart() {
        let exchange = stream(
            URL,
            ASKED,
            &[
                r#"{"id":"c1","type":"message-start","delta":{"message":{"role":"assistant","content":[]}}}"#,
                r#"{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"thinking","thinking":""}}}}"#,
                r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"Hm."}}}}"#,
                r#"{"type":"content-end","index":0}"#,
                r#"{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"R."}}}}"#,
                r#"{"type":"citation-start","index":0,"delta":{"message":{"citations":{"text":"R.","start":0,"end":2}}}}"#,
                r#"{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"R."}}}}"#,
                r#"{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":5.0,"output_tokens":2.0},"tokens":{"input_tokens":70.0,"output_tokens":4},"cached_tokens":8.0}}}"#,
            ],
        );
        let reply = &exchange.value.reply;
        assert_eq!(answered(&exchange.value), ["thinking Hm.", "R.R."]);
        assert_eq!((finish_reason(&exchange.value), reply.complete), (Some("COMPLETE"), Some(true)));
        assert_eq!(reply.id.as_ref().unwrap(), "c1");
        let usage = &reply.usage;
        assert_eq!(
            [usage.input, usage.output, usage.cached, usage.total],
            [Some(70), Some(4), Some(8), None]
        );
    }

    #[test]
    fn a_plan_is_not_text_and_calls_are_put_together_by_index() {
        let exchange = stream(
            URL,
            ASKED,
            &[
                r#"{"id":"c1","type":"message-start"}"#,
                r#"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I will "}}}"#,
                r#"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"look."}}}"#,
                r#"{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"a_1","type":"function","function":{"name":"a","arguments":""}}}}}"#,
                r#"{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\"x\":"}}}}}"#,
                r#"{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"1}"}}}}}"#,
                r#"{"type":"tool-call-start","index":1,"delta":{"message":{"tool_calls":{"id":"b_1","function":{"name":"b","arguments":""}}}}}"#,
                r#"{"type":"message-end","delta":{"finish_reason":"TOOL_CALL"}}"#,
            ],
        );
        let expected = ["<tool_plan> I will look.", r#"calls a a_1 {"x":1}"#, "calls b b_1 {}"];
        assert_eq!(answered(&exchange.value), expected);
    }

    #[test]
    fn an_answer_that_failed_says_so() {
        let ended = r#"{"type":"message-end","delta":{"finish_reason":"ERROR","error":"scorer failed"}}"#;
        let exchange = stream(URL, ASKED, &[r#"{"id":"c1","type":"message-start"}"#, ended]).value;
        assert_eq!(exchange.reply.error.as_ref().unwrap().message.as_ref().unwrap(), "scorer failed");
        assert_eq!((finish_reason(&exchange), exchange.reply.complete), (Some("ERROR"), Some(false)));
        let refused = whole(URL, ASKED, r#"{"id": "e1", "message": "no such model"}"#).value;
        assert_eq!(refused.reply.error.unwrap().message.unwrap(), "no such model");
    }

    #[test]
    fn a_whole_answer_with_only_charged_units_still_counts() {
        let body = r#"{"id": "c1", "finish_reason": "COMPLETE",
            "message": {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Yes."}]},
            "usage": {"billed_units": {"input_tokens": 3, "output_tokens": 1}}}"#;
        let exchange = whole(URL, ASKED, body).value;
        assert_eq!(answered(&exchange), ["thinking Hm.", "Yes."]);
        assert_eq!([exchange.reply.usage.input, exchange.reply.usage.output], [Some(3), Some(1)]);
    }

    #[test]
    fn requests_carry_plans_documents_and_images() {
        let request = r#"{"model": "m", "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": "https://x/y.png"}}]},
            {"role": "assistant", "tool_plan": "Look.", "tool_calls": [{"id": "a_1", "function": {"name": "a", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "a_1", "content": [{"type": "document", "document": {"data": {"n": 1}}}]}],
            "tools": [{"type": "function", "function": {"name": "a"}}], "stream": false}"#;
        let exchange = whole(URL, request, "{}").value;
        let expected = [
            "system: Be brief.",
            "user: What?",
            "user: image - at https://x/y.png",
            "assistant: <tool_plan> Look.",
            "assistant: calls a a_1 {}",
            r#"tool: result a_1 {"n": 1}"#,
        ];
        assert_eq!(asked(&exchange), expected);
        assert_eq!(exchange.prompt.tools[0].name, "a");
    }
}
