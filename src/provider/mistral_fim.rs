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
