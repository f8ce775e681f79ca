//! Sourcegraph's completions, `/.api/completions/stream` and `/.api/completions/code`: what Cody talks to.
//!
//! Wire facts: `lib/shared/src/sourcegraph-api/completions` of Cody. Up to API version 1 each `completion` event
//! repeats all of the text so far; later ones carry the next piece as `deltaText`. A `done` event ends the stream.

use super::{Call, Provider, openai, openai_chat};
use crate::chat::{Message, Part, Prompt, ReplyBuilder, Role, UsageNames};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;

pub(super) struct Cody;

const USAGE: UsageNames = UsageNames {
    input: &[&["prompt_tokens"]],
    output: &[&["completion_tokens"]],
    total: &[&["total_tokens"]],
    cached: &[&["prompt_tokens_details", "cached_tokens"]],
    cache_write: &[&["prompt_tokens_details", "cache_write_tokens"]],
    ..UsageNames::NONE
};

impl Provider for Cody {
    fn api(&self) -> &'static str {
        "cody"
    }

    fn about(&self) -> &'static str {
        "Sourcegraph completions, as Cody speaks them"
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        Fit::sure_if(call.url.path.contains("/.api/completions/"))
    }

    fn service(&self, _: &Call<'_>) -> Option<&'static str> {
        Some("sourcegraph")
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
        let choice = reply.choice(0);
        choice.thinking(0, body.string_at("delta_thinking"));
        match body.string_at("deltaText") {
            Some(piece) => choice.text(0, Some(piece)),
            None => choice.text_so_far(0, body.string_at("completion")),
        }
        for call in body.get("delta_tool_calls").into_iter().flat_map(Node::items) {
            openai_chat::tool_delta(call, choice);
        }
        choice.finish_reason(body.string_at("stopReason"));
        if let Some(usage) = body.some("usage").filter(|usage| usage.is_map()) {
            reply.usage.merge(usage, &USAGE);
        }
        if let Some(error) = body.some("error") {
            reply.error(error.string_at("message").or_else(|| error.text()), None);
        }
    }

    fn event(&self, call: &Call<'_>, event: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        if event.name.as_ref().is_some_and(|name| name == "done") {
            reply.end();
        }
        if let Some(data) = data {
            self.whole(call, data, reply);
        }
    }
}

fn message(node: Node<'_>) -> Message {
    let role = match node.get("speaker").or_else(|| node.get("role")).and_then(Node::str).as_deref() {
        Some("system") => Role::System,
        Some("assistant") => Role::Assistant,
        _ => Role::User,
    };
    let text = node.string_at("text").map(Part::Text);
    let content = node.some("content").into_iter().flat_map(openai::content);
    Message { role, parts: text.into_iter().chain(content).collect() }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, asked, framed, whole};

    const URL: &str = "https://sourcegraph.example/.api/completions/stream?api-version=8";

    #[test]
    fn text_comes_in_pieces_or_all_again_each_time() {
        let read = |body: &str| {
            let exchange = framed(URL, "{}", body).value;
            (answered(&exchange).join("|"), exchange.reply.complete)
        };
        let pieces = "event: completion\ndata: {\"deltaText\":\"R.\"}\n\nevent: completion\ndata: {\"deltaText\":\"R.\",\"stopReason\":\"end_turn\"}\n\nevent: done\ndata: {}\n\n";
        assert_eq!(read(pieces), ("R.R.".to_owned(), Some(true)));
        let again = "event: completion\ndata: {\"completion\":\"R.\",\"stopReason\":\"\"}\n\nevent: completion\ndata: {\"completion\":\"R.R.\"}\n\nevent: done\ndata: {}\n\n";
        assert_eq!(read(again), ("R.R.".to_owned(), Some(true)));
        let cut = again.split_inclusive("\n\n").next().unwrap();
        assert_eq!(read(cut), ("R.".to_owned(), Some(false)));
    }

    #[test]
    fn speakers_are_roles() {
        let request = r#"{"model": "m", "messages": [{"speaker": "system", "text": "Be brief."},
            {"speaker": "human", "content": [{"type": "text", "text": "What?"}]}, {"speaker": "assistant", "text": "That."}]}"#;
        let exchange = whole(URL, request, r#"{"completion": "x", "stopReason": "stop_sequence"}"#).value;
        assert_eq!(asked(&exchange), ["system: Be brief.", "user: What?", "assistant: That."]);
        assert_eq!(answered(&exchange), ["x"]);
    }
}
