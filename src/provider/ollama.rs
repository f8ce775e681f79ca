//! Ollama's own API: `/api/chat`, and in [`super::ollama_generate`] `/api/generate`.
//!
//! Wire facts: `docs/api.md` of Ollama. A stream is JSON lines and the default where the request does not say; each
//! line looks like a whole answer and carries the next piece. Calls of tools come whole, without an id in older
//! versions. The counts stand beside the answer, in the last line only.

use super::{Answered, Call, Provider, openai_chat};
use crate::chat::{Media, Message, Part, Place, Prompt, ReplyBuilder, Role, ToolResult, UsageNames};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;

pub(super) struct Ollama;

const USAGE: UsageNames =
    UsageNames { input: &[&["prompt_eval_count"]], output: &[&["eval_count"]], ..UsageNames::NONE };

impl Provider for Ollama {
    fn api(&self) -> &'static str {
        "ollama"
    }

    fn about(&self) -> &'static str {
        "Ollama chat"
    }

    /// Many applications have an `/api/chat` of their own: the bodies have to fit too.
    fn fit(&self, call: &Call<'_>) -> Fit {
        let asks =
            call.request.is_some_and(|body| body.get("model").is_some() && body.get("messages").is_some());
        fit(call, "/api/chat", asks, "message")
    }

    fn service(&self, _: &Call<'_>) -> Option<&'static str> {
        Some("ollama")
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        for (key, value) in body.entries() {
            match key.str().as_deref() {
                Some("messages") => prompt.messages.extend(value.items().map(message)),
                Some("tools") => prompt.tools.extend(value.items().filter_map(openai_chat::tool)),
                Some(name) => setting(name, value, prompt),
                None => {}
            }
        }
    }

    fn whole(&self, _: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        let Some(message) = body.some("message") else { return line(body, reply) };
        let choice = reply.choice(0);
        choice.continue_thinking(message.string_at("thinking"));
        choice.continue_text(message.string_at("content"));
        for call in message.get("tool_calls").into_iter().flat_map(Node::items) {
            choice.part(tool_call(call));
        }
        line(body, reply);
    }

    fn event(&self, call: &Call<'_>, _: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        if let Some(data) = data {
            self.whole(call, data, reply);
        }
    }
}

/// Returns how well a call fits a path of Ollama; `asks` says whether the request does, `key` names what an answer
/// carries.
pub(super) fn fit(call: &Call<'_>, path: &str, asks: bool, key: &str) -> Fit {
    let is_line = |body: Node<'_>| ["model", "done", key].iter().all(|key| body.get(key).is_some());
    let answers = match call.response {
        Answered::Whole(body) => is_line(body),
        Answered::Stream(events) => {
            events.first().and_then(|(_, data)| data.as_ref()).is_some_and(|data| is_line(data.node()))
        }
        Answered::Nothing => false,
    };
    if call.url.path.trim_end_matches('/').ends_with(path) && (asks || answers) {
        return Fit::Sure;
    }
    Fit::maybe_if(answers)
}

/// Reads a setting of a request; those under `options` are settings like the others.
pub(super) fn setting(name: &str, value: Node<'_>, prompt: &mut Prompt) {
    match name {
        "model" => prompt.model = value.string(),
        "options" => prompt.set_all(value),
        _ => prompt.set(name, value),
    }
}

/// Reads what stands beside the answer in each line.
pub(super) fn line(body: Node<'_>, reply: &mut ReplyBuilder) {
    reply.model(body.string_at("model"));
    if body.get("done").and_then(Node::bool) == Some(true) {
        reply.choice(0).finish_reason(body.string_at("done_reason"));
        reply.usage.merge_beside(body, &USAGE);
        reply.end();
    }
    if let Some(error) = body.some("error") {
        reply.error(error.string_at("message").or_else(|| error.text()), None);
    }
}

/// Returns images given as bare base64.
pub(super) fn images(node: Node<'_>) -> impl Iterator<Item = Part> {
    let data = node.get("images").into_iter().flat_map(Node::items).filter_map(Node::string);
    data.map(|data| {
        Part::Media(Media {
            kind: "image".to_owned(),
            mime: None,
            place: Place::Base64(data),
            name: None,
            transcript: None,
        })
    })
}

fn message(node: Node<'_>) -> Message {
    let role = match node.get("role").and_then(Node::str).as_deref() {
        Some("system") => Role::System,
        Some("assistant") => Role::Assistant,
        Some("tool") => Role::Tool,
        _ => Role::User,
    };
    let some = |key| node.string_at(key).filter(|text| !text.is_empty());
    let mut parts: Vec<_> = some("thinking").map(Part::Thinking).into_iter().collect();
    parts.extend(some("content").map(Part::Text));
    parts.extend(images(node));
    if role == Role::Tool {
        let name = node.string_at("tool_name").or_else(|| node.string_at("name"));
        let result = ToolResult { id: node.string_at("tool_call_id"), name, parts, error: false };
        return Message { role, parts: vec![Part::ToolResult(result)] };
    }
    let calls = node.get("tool_calls").into_iter().flat_map(Node::items);
    parts.extend(calls.map(tool_call));
    Message { role, parts }
}

fn tool_call(node: Node<'_>) -> Part {
    Part::ToolCall(openai_chat::tool_call(node.string_at("id"), node.some("function").unwrap_or(node)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, asked, framed, whole};

    const CHAT: &str = "http://localhost:11434/api/chat";
    const ASKED: &str = r#"{"model": "m", "messages": []}"#;

    #[test]
    fn lines_are_joined_and_the_counts_stand_in_the_last() {
        let body = r#"{"model":"m","message":{"role":"assistant","content":"","thinking":"H"},"done":false}
{"model":"m","message":{"role":"assistant","content":"","thinking":"m"},"done":false}
{"model":"m","message":{"role":"assistant","content":"a"},"done":false}
{"model":"m","message":{"role":"assistant","content":"a"},"done":false}
{"model":"m","message":{"role":"assistant","content":""},"done_reason":"stop","done":true,"total_duration":9,"prompt_eval_count":3,"eval_count":4}
"#;
        let parsed = framed(CHAT, ASKED, body);
        let reply = &parsed.value.reply;
        assert_eq!(parsed.value.api, "ollama");
        assert_eq!(answered(&parsed.value), ["thinking Hm", "aa"]);
        assert_eq!((reply.complete, reply.usage.input, reply.usage.output), (Some(true), Some(3), Some(4)));
        let raw = reply.usage.raw.as_ref().unwrap();
        assert_eq!(raw.keys().collect::<Vec<_>>(), ["prompt_eval_count", "eval_count"]);
        let cut: String = body.split_inclusive('\n').take(3).collect();
        let parsed = framed(CHAT, ASKED, &cut);
        assert_eq!(
            (answered(&parsed.value).join(" "), parsed.value.reply.complete),
            ("thinking Hm a".into(), Some(false))
        );
    }

    #[test]
    fn calls_come_whole_with_or_without_an_id() {
        let body = r#"{"model":"m","message":{"role":"assistant","content":"","tool_calls":[
            {"function":{"name":"add","arguments":{"a":1}}},
            {"id":"call_1","function":{"index":1,"name":"now","arguments":{}}}]},"done":true}"#;
        let said = answered(&whole(CHAT, ASKED, body).value);
        assert_eq!(said, [r#"calls add - {"a":1}"#, "calls now call_1 {}"]);
    }

    #[test]
    fn an_error_may_come_in_the_middle() {
        let body = "{\"model\":\"m\",\"message\":{\"content\":\"So\"},\"done\":false}\n{\"error\":\"out of memory\"}\n";
        let reply = framed(CHAT, ASKED, body).value.reply;
        assert_eq!(reply.error.unwrap().message.unwrap(), "out of memory");
        assert_eq!(reply.complete, Some(false));
    }

    #[test]
    fn requests_carry_images_tools_and_options() {
        let request = r#"{"model": "m", "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What?", "images": ["aGk="]},
            {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "now", "arguments": {}}}]},
            {"role": "tool", "tool_name": "now", "content": "9"}],
            "tools": [{"type": "function", "function": {"name": "now", "parameters": {}}}],
            "options": {"temperature": 0}, "format": null}"#;
        let exchange = whole(CHAT, request, r#"{"model":"m","message":{"content":"x"},"done":true}"#).value;
        let expected = [
            "system: Be brief.",
            "user: What?",
            "user: image - base64 aGk=",
            "assistant: calls now - {}",
            "tool: result - 9",
        ];
        assert_eq!(asked(&exchange), expected);
        assert_eq!(exchange.prompt.tools[0].name, "now");
        assert_eq!(exchange.prompt.parameters, [("temperature".to_owned(), 0.into())]);
    }

    #[test]
    fn an_application_with_the_same_path_is_something_else() {
        let call = super::Call {
            method: "POST",
            url: super::super::Url::new("https://app.example/api/chat"),
            request: None,
            status: Some(200),
            headers: &[],
            response: super::Answered::Nothing,
        };
        assert!(super::super::read(&call).is_none());
    }
}
