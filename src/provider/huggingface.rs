//! Text generation of Hugging Face: its first inference API, and the server behind it and behind many endpoints.
//!
//! Wire facts: the API reference of Text Generation Inference (`/`, `/generate`, `/generate_stream`). A whole answer
//! is an object or a list of them; an event carries one token, and the last one repeats the whole text, without the
//! special tokens.

use super::{Answered, Call, Provider, each};
use crate::chat::{Message, Part, Prompt, ReplyBuilder, Role, UsageNames};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;
use crate::text::Text;

pub(super) struct HuggingFace;

const USAGE: UsageNames =
    UsageNames { input: &[&["input_length"]], output: &[&["generated_tokens"]], ..UsageNames::NONE };

/// Settings of a request that no other task has: all tasks share their path and the key `inputs`.
const SETTINGS: &[&str] = &["max_new_tokens", "return_full_text"];

impl Provider for HuggingFace {
    fn api(&self) -> &'static str {
        "huggingface-text-generation"
    }

    fn about(&self) -> &'static str {
        "Hugging Face text generation"
    }

    /// Endpoints have any path: the bodies decide.
    fn fit(&self, call: &Call<'_>) -> Fit {
        let inputs = call.request.filter(|body| body.get("inputs").is_some());
        let asks = inputs
            .and_then(|body| body.get("parameters"))
            .is_some_and(|parameters| SETTINGS.iter().any(|setting| parameters.get(setting).is_some()));
        let answers = match call.response {
            Answered::Whole(body) => each(body).any(|answer| answer.get("generated_text").is_some()),
            Answered::Stream(events) => {
                let first = events.first().and_then(|(_, data)| data.as_ref());
                first.is_some_and(|data| data.node().at(&["token", "text"]).is_some())
            }
            Answered::Nothing => false,
        };
        if inputs.is_some() && answers { Fit::Sure } else { Fit::maybe_if(asks || answers) }
    }

    fn service(&self, _: &Call<'_>) -> Option<&'static str> {
        Some("huggingface")
    }

    fn model(&self, call: &Call<'_>) -> Option<Text> {
        call.url.path.split_once("/models/").map(|(_, model)| Text::made(model))
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        for (key, value) in body.entries() {
            match key.str().as_deref() {
                Some("inputs") => {
                    let parts: Vec<_> = each(value).filter_map(Node::string).map(Part::Text).collect();
                    prompt.messages.push(Message { role: Role::User, parts });
                }
                Some("parameters") => prompt.set_all(value),
                Some(name) => prompt.set(name, value),
                None => {}
            }
        }
    }

    fn whole(&self, _: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        for (index, answer) in each(body).enumerate() {
            reply.choice(index).text(0, answer.string_at("generated_text"));
            ended(index, answer, reply);
        }
    }

    fn event(&self, _: &Call<'_>, _: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        let Some(data) = data else { return };
        let special = data.at(&["token", "special"]).and_then(Node::bool) == Some(true);
        if let Some(token) = data.get("token").filter(|_| !special) {
            reply.choice(0).text(0, token.string_at("text"));
        }
        ended(0, data, reply);
        if data.some("generated_text").is_some() {
            reply.end();
        }
    }
}

/// Reads what tells the end: why, how much, and what went wrong.
fn ended(index: usize, node: Node<'_>, reply: &mut ReplyBuilder) {
    if let Some(details) = node.some("details") {
        reply.choice(index).finish_reason(details.string_at("finish_reason"));
        reply.usage.merge_beside(details, &USAGE);
    }
    if let Some(error) = node.some("error") {
        let message = error.string().or_else(|| error.item(0)?.string());
        reply.error(message, node.string_at("error_type"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, asked, stream, whole};

    const ASKED: &str = r#"{"inputs": "Count.", "parameters": {"max_new_tokens": 9, "seed": null}}"#;

    #[test]
    fn tokens_are_joined_without_the_special_ones_and_the_whole_that_ends_them() {
        let exchange = stream(
            "https://x.endpoints.huggingface.cloud/",
            ASKED,
            &[
                r#"{"index":1,"token":{"id":5,"text":"1,","special":false},"generated_text":null,"details":null}"#,
                r#"{"index":2,"token":{"id":6,"text":" 2","special":false},"generated_text":null,"details":null}"#,
                r#"{"index":3,"token":{"id":2,"text":"</s>","special":true},"generated_text":"1, 2","details":{"finish_reason":"eos_token","generated_tokens":3,"input_length":4}}"#,
            ],
        );
        let reply = &exchange.value.reply;
        assert_eq!(answered(&exchange.value), ["1, 2"]);
        assert_eq!((reply.complete, reply.usage.input, reply.usage.output), (Some(true), Some(4), Some(3)));
    }

    #[test]
    fn a_whole_answer_is_an_object_or_a_list() {
        let url = "https://api-inference.huggingface.co/models/me/model";
        for body in [r#"[{"generated_text": "1"}]"#, r#"{"generated_text": "1"}"#] {
            let exchange = whole(url, ASKED, body).value;
            assert_eq!(
                (asked(&exchange).join(""), answered(&exchange).join("")),
                ("user: Count.".into(), "1".into())
            );
            assert_eq!(exchange.prompt.model.as_ref().unwrap(), "me/model");
        }
        let error =
            whole(url, ASKED, r#"{"error": "overloaded", "error_type": "overloaded"}"#).value.reply.error;
        assert_eq!(error.unwrap().message.unwrap(), "overloaded");
    }
}
