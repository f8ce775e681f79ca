//! Ollama's `/api/generate`: one prompt, one text. What it shares with chat is in [`super::ollama`].

use super::{Call, Provider, ollama};
use crate::chat::{Message, Part, Prompt, ReplyBuilder, Role};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;
use crate::text::Text;

pub(super) struct OllamaGenerate;

impl Provider for OllamaGenerate {
    fn api(&self) -> &'static str {
        "ollama-generate"
    }

    fn about(&self) -> &'static str {
        "Ollama generate"
    }

    /// A request without a prompt loads or unloads a model.
    fn fit(&self, call: &Call<'_>) -> Fit {
        let asks = call.request.is_some_and(|body| body.get("model").is_some());
        ollama::fit(call, "/api/generate", asks, "response")
    }

    fn service(&self, _: &Call<'_>) -> Option<&'static str> {
        Some("ollama")
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        let some = |key| body.string_at(key).filter(|text: &Text| !text.is_empty()).map(Part::Text);
        if let Some(system) = some("system") {
            prompt.messages.push(Message { role: Role::System, parts: vec![system] });
        }
        let parts: Vec<_> = some("prompt").into_iter().chain(ollama::images(body)).collect();
        if !parts.is_empty() {
            prompt.messages.push(Message { role: Role::User, parts });
        }
        for (key, value) in body.entries() {
            match key.str().as_deref() {
                Some("system" | "prompt" | "images") | None => {}
                Some(name) => ollama::setting(name, value, prompt),
            }
        }
    }

    fn whole(&self, _: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        let choice = reply.choice(0);
        choice.continue_thinking(body.string_at("thinking"));
        choice.continue_text(body.string_at("response"));
        ollama::line(body, reply);
    }

    fn event(&self, call: &Call<'_>, _: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        if let Some(data) = data {
            self.whole(call, data, reply);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, asked, framed};

    #[test]
    fn a_prompt_is_answered_line_by_line() {
        let request = r#"{"model": "m", "system": "", "prompt": "Count.", "images": ["aGk="], "raw": false}"#;
        let body = r#"{"model":"m","response":"1, ","done":false}
{"model":"m","response":"2","done":false}
{"model":"m","response":"","done":true,"done_reason":"length","eval_count":2}
"#;
        let exchange = framed("http://localhost:11434/api/generate", request, body).value;
        assert_eq!(exchange.api, "ollama-generate");
        assert_eq!(asked(&exchange), ["user: Count.", "user: image - base64 aGk="]);
        assert_eq!(answered(&exchange), ["1, 2"]);
        assert_eq!(exchange.reply.choices[0].finish_reason.as_ref().unwrap(), "length");
        assert_eq!(exchange.prompt.parameters, [("raw".to_owned(), false.into())]);
    }
}
