//! Bedrock `InvokeModel`, whole and streamed: every family of models keeps its own shape.
//!
//! Wire facts: the user guide's "Inference request parameters and response fields for foundation models". An address
//! often names a profile instead of a model, so the bodies tell the family. Whatever the family, the last event of a
//! stream counts tokens once more, under `amazon-bedrock-invocationMetrics`. Answers that are no text, such as
//! embeddings and images, are no generation.

use super::super::cohere_v1::CohereV1;
use super::super::openai_chat::OpenAiChat;
use super::super::{Answered, Call, Provider, anthropic};
use super::{converse, failed, model, refused, texts};
use crate::chat::{Prompt, ReplyBuilder, UsageNames};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;
use crate::text::Text;

pub(crate) struct Invoke;

const OPERATIONS: &[&str] = &["/invoke", "/invoke-with-response-stream"];

/// What Bedrock counts itself.
const METRICS: UsageNames = UsageNames {
    input: &[&["inputTokenCount"]],
    output: &[&["outputTokenCount"]],
    total: &[],
    cached: &[&["cacheReadInputTokenCount"]],
    cache_write: &[&["cacheWriteInputTokenCount"]],
    reasoning: &[],
};

/// A family of models: how its bodies are known, and who reads them.
struct Family {
    asks: fn(Node<'_>) -> bool,
    answers: fn(Node<'_>) -> bool,
    prompt: fn(&Call<'_>, Node<'_>, &mut Prompt),
    whole: fn(&Call<'_>, Node<'_>, &mut ReplyBuilder),
    event: fn(&Call<'_>, &Event, Node<'_>, &mut ReplyBuilder),
}

/// Families of models; the first that fits counts.
const FAMILIES: &[&Family] = &[&CLAUDE, &NOVA, &COMMAND_R, &TEXTS, &CHAT];

const CLAUDE: Family = Family {
    asks: |body| body.get("anthropic_version").is_some(),
    answers: |body| {
        let kind = body.get("type").and_then(Node::str).unwrap_or_default();
        ["message", "content_block", "ping", "error"].iter().any(|known| kind.starts_with(known))
    },
    prompt: |_, body, prompt| anthropic::prompt(body, prompt),
    whole: |_, body, reply| anthropic::whole(body, reply),
    event: |_, _, data, reply| anthropic::event(data, reply),
};

/// Nova speaks as Converse does; its events are named by a key.
const NOVA: Family = Family {
    asks: |body| {
        let mut content =
            body.get("messages").into_iter().flat_map(Node::items).filter_map(|each| each.get("content"));
        content.any(|content| content.item(0).is_some_and(|part| part.is_map() && part.get("type").is_none()))
    },
    answers: |body| {
        body.at(&["output", "message"]).is_some()
            || body.entries().any(|(key, _)| is_event(&key.str().unwrap_or_default()))
    },
    prompt: |_, body, prompt| converse::read(body, prompt),
    whole: |_, body, reply| converse::answer(body, reply),
    event: |_, _, data, reply| {
        data.entries().for_each(|(key, value)| converse::piece(&key.str().unwrap_or_default(), value, reply));
    },
};

fn is_event(key: &str) -> bool {
    key.starts_with("contentBlock") || matches!(key, "messageStart" | "messageStop" | "metadata")
}

/// Cohere's Command R speaks as Cohere's first chat API does.
const COMMAND_R: Family = Family {
    asks: |body| body.get("message").is_some_and(Node::is_string),
    answers: |body| body.get("generation_id").is_some() || body.get("event_type").is_some(),
    prompt: |call, body, prompt| CohereV1.prompt(call, body, prompt),
    whole: |call, body, reply| CohereV1.whole(call, body, reply),
    event: |call, event, data, reply| CohereV1.event(call, event, Some(data), reply),
};

const TEXTS: Family = Family {
    asks: texts::asks,
    answers: texts::answers,
    prompt: |_, body, prompt| texts::prompt(body, prompt),
    whole: |_, body, reply| texts::answer(body, reply),
    event: |_, _, data, reply| texts::answer(data, reply),
};

/// Mistral, AI21's Jamba, DeepSeek, Qwen, gpt-oss and others speak as OpenAI's chat does. Mistral says `stop_reason`,
/// and its stream has a `message` where others have a `delta`.
const CHAT: Family = Family {
    asks: |body| body.get("messages").is_some_and(Node::is_list),
    answers: |body| body.get("choices").is_some_and(Node::is_list),
    prompt: |call, body, prompt| OpenAiChat.prompt(call, body, prompt),
    whole: |call, body, reply| {
        OpenAiChat.whole(call, body, reply);
        stop_reason(body, reply);
    },
    event: |call, event, data, reply| {
        let mut choices = data.get("choices").into_iter().flat_map(Node::items);
        if choices.any(|choice| choice.get("message").is_some()) {
            OpenAiChat.whole(call, data, reply);
        } else {
            OpenAiChat.event(call, event, Some(data), reply);
        }
        stop_reason(data, reply);
    },
};

fn stop_reason(body: Node<'_>, reply: &mut ReplyBuilder) {
    for choice in body.get("choices").into_iter().flat_map(Node::items) {
        let index = choice.count_at("index").and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
        reply.choice(index).finish_reason(choice.string_at("stop_reason"));
    }
}

fn family_of(body: Node<'_>, fits: fn(&Family) -> fn(Node<'_>) -> bool) -> Option<&'static Family> {
    FAMILIES.iter().copied().find(|family| fits(family)(body))
}

impl Provider for Invoke {
    fn api(&self) -> &'static str {
        "bedrock-invoke"
    }

    fn about(&self) -> &'static str {
        "Bedrock InvokeModel: Claude, Nova, Titan, Llama, Mistral, Cohere, AI21, DeepSeek"
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        let asks = call.request.is_none_or(|body| family_of(body, |family| family.asks).is_some());
        let answers = match call.response {
            Answered::Whole(body) => {
                family_of(body, |family| family.answers).is_some()
                    || call.status.is_some_and(|status| status >= 400)
            }
            Answered::Stream(_) | Answered::Nothing => true,
        };
        Fit::sure_if(model(call.url.path, OPERATIONS).is_some() && asks && answers)
    }

    fn service(&self, _: &Call<'_>) -> Option<&'static str> {
        Some("bedrock")
    }

    fn prompt(&self, call: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        if let Some(family) = family_of(body, |family| family.asks) {
            (family.prompt)(call, body, prompt);
        }
        prompt.model = model(call.url.path, OPERATIONS).map(Text::made).or_else(|| prompt.model.take());
    }

    fn whole(&self, call: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        match family_of(body, |family| family.answers) {
            Some(family) => (family.whole)(call, body, reply),
            None => refused(body, reply),
        }
    }

    fn event(&self, call: &Call<'_>, event: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        if failed(event, data, reply) {
            return;
        }
        let Some(data) = data else { return };
        if let Some(family) = family_of(data, |family| family.answers) {
            (family.event)(call, event, data, reply);
        }
        if let Some(metrics) =
            data.some("amazon-bedrock-invocationMetrics").filter(|metrics| metrics.is_map())
        {
            reply.usage.merge(metrics, &METRICS);
        }
    }
}
