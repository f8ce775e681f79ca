//! Cohere's `/v1/generate`, from before there was chat: one prompt, one or more texts.
//!
//! Wire facts: Cohere's API reference of "Generate" (deprecated). A stream is JSON lines; its last one repeats all.

use super::{Answered, Call, Provider, cohere};
use crate::chat::{Message, Part, Prompt, ReplyBuilder, Role, Voice};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;

pub(super) struct CohereGenerate;

impl Provider for CohereGenerate {
    fn api(&self) -> &'static str {
        "cohere-generate"
    }

    fn about(&self) -> &'static str {
        "Cohere generate"
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        let asks = call.request.is_some_and(|body| body.get("prompt").is_some());
        let answers = match call.response {
            Answered::Whole(body) => body.get("generations").is_some_and(Node::is_list),
            Answered::Stream(_) | Answered::Nothing => false,
        };
        if call.url.path.trim_end_matches('/').ends_with("/v1/generate") && asks {
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
                Some("prompt") => {
                    let parts = value.string().map(Part::Text).into_iter().collect();
                    prompt.messages.push(Message { role: Role::User, parts });
                }
                Some(name) => prompt.set(name, value),
                None => {}
            }
        }
    }

    fn whole(&self, _: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        let Some(generations) = body.some("generations") else { return cohere::failed(body, reply) };
        reply.id(body.string_at("id"));
        for (index, generation) in generations.items().enumerate() {
            let choice = reply.choice(index);
            if let Some(text) = generation.some("text") {
                choice.settle(Voice::Text, &.., &[(0, text)]);
            }
            choice.finish_reason(generation.string_at("finish_reason"));
        }
        if let Some(usage) = body.some("meta").filter(|meta| meta.is_map()) {
            reply.usage.merge(usage, &cohere::USAGE);
        }
    }

    fn event(&self, call: &Call<'_>, _: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        let Some(data) = data else { return };
        let index = data.count_at("index").and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
        reply.choice(index).text(0, data.string_at("text"));
        if let Some(whole) = data.some("response") {
            self.whole(call, whole, reply);
        }
        if data.get("is_finished").and_then(Node::bool) == Some(true) {
            reply.choice(index).finish_reason(data.string_at("finish_reason"));
            reply.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, asked, framed, whole};

    const URL: &str = "https://api.cohere.com/v1/generate";
    const ASKED: &str = r#"{"prompt": "Count."}"#;

    #[test]
    fn each_generation_is_a_choice() {
        let body =
            r#"{"id": "g", "generations": [{"text": "1", "finish_reason": "COMPLETE"}, {"text": "one"}]}"#;
        let exchange = whole(URL, ASKED, body).value;
        assert_eq!((asked(&exchange), answered(&exchange)), (vec!["user: Count.".into()], vec!["1".into()]));
        assert_eq!(exchange.reply.choices.len(), 2);
    }

    #[test]
    fn the_last_line_repeats_all() {
        let body = r#"{"text":"1, ","is_finished":false}
{"text":"2","is_finished":false}
{"is_finished":true,"finish_reason":"COMPLETE","response":{"id":"g","generations":[{"text":"1, 2"}]}}
"#;
        let parsed = framed(URL, ASKED, body);
        assert_eq!(answered(&parsed.value), ["1, 2"]);
        assert_eq!(parsed.value.reply.complete, Some(true));
    }
}
