//! Mistral's fill in the middle: asks as the older completions do, answers as chat completions do.

use super::{Call, Provider, openai_chat, openai_completions};
use crate::chat::{Prompt, ReplyBuilder};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;

pub(super) struct MistralFim;

impl Provider for MistralFim {
    fn api(&self) -> &'static str {
        "mistral-fim"
    }

    fn about(&self) -> &'static str {
        "Mistral's fill in the middle"
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        Fit::sure_if(call.url.path.trim_end_matches('/').ends_with("/fim/completions"))
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        openai_completions::prompt(body, prompt);
    }

    fn whole(&self, call: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        openai_chat::OpenAiChat.whole(call, body, reply);
    }

    fn event(&self, call: &Call<'_>, event: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        openai_chat::OpenAiChat.event(call, event, data, reply);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, asked, whole};

    #[test]
    fn a_gap_is_asked_as_text_and_filled_by_a_message() {
        let parsed = whole(
            "https://api.mistral.ai/v1/fim/completions",
            r#"{"model": "m", "prompt": "fn add(", "suffix": "}"}"#,
            r#"{"object": "chat.completion", "choices": [{"index": 0, "message": {"content": "a, b) {"}}]}"#,
        );
        assert_eq!(parsed.value.api, "mistral-fim");
        assert_eq!(asked(&parsed.value), ["user: fn add("]);
        assert_eq!(answered(&parsed.value), ["a, b) {"]);
    }
}
