//! Bedrock `InvokeModel`, whole and streamed: every family of models keeps its own shape.
//!
//! Wire facts: the user guide's "Inference request parameters and response fields for foundation models". An address
//! often names a profile instead of a model, so the bodies tell the family. Whatever the family, the last event of a
//! stream counts tokens once more, under `amazon-bedrock-invocationMetrics`. Answers that are no text, such as
//! embeddings and images, are no generation.

use super::super::cohere_v1::CohereV1;
use super::super::openai_chat::OpenAiChat;
use super::super::{Answered, Call, Provider, anthropic};
use super::{converse, counted, failed, model, refused, texts};
use crate::chat::{Apart, Prompt, ReplyBuilder, UsageNames};
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
    cached: &[&["cacheReadInputTokenCount"]],
    cache_write: &[&["cacheWriteInputTokenCount"]],
    cache_write_hour: &[&["cache_creation", "ephemeral_1h_input_tokens"]],
    apart: Apart::CACHE,
    ..UsageNames::NONE
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
    whole: |call, body, reply| converse::answer(call, body, reply),
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

    fn model(&self, call: &Call<'_>) -> Option<Text> {
        model(call.url.path, OPERATIONS).map(Text::made)
    }

    fn prompt(&self, call: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        let named = prompt.model.take();
        if let Some(family) = family_of(body, |family| family.asks) {
            (family.prompt)(call, body, prompt);
        }
        prompt.model = named.or_else(|| prompt.model.take());
    }

    fn whole(&self, call: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        match family_of(body, |family| family.answers) {
            Some(family) => (family.whole)(call, body, reply),
            None => refused(call, body, reply),
        }
        counted(call, &mut reply.usage);
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
            reply.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{answered, asked, named_stream, whole};
    use super::*;
    use crate::cassette::Header;
    use crate::chat::Exchange;

    const URL: &str = "/model/arn%3Aaws%3Abedrock%3A%3A1%3Ainference-profile%2Fx/invoke";

    /// Returns the reason, input and output tokens.
    fn end(exchange: &Exchange) -> (&str, Option<u64>, Option<u64>) {
        let reason = exchange.reply.answer().and_then(|answer| answer.finish_reason.as_ref());
        let usage = &exchange.reply.usage;
        (reason.map_or("-", Text::as_str), usage.input, usage.output)
    }

    /// Reads a stream of chunks; none of them may be left over.
    fn streamed(chunks: &[&str]) -> Exchange {
        let chunks: Vec<_> = chunks.iter().map(|chunk| ("chunk", *chunk)).collect();
        let exchange = named_stream(&format!("{URL}-with-response-stream"), "", &chunks);
        assert_eq!(exchange.diagnostics, []);
        exchange.value
    }

    #[test]
    fn every_family_answers_in_its_own_shape() {
        let cases = [
            (
                r#"{"results": [{"outputText": "hi", "tokenCount": 2, "completionReason": "FINISH"}], "inputTextTokenCount": 1}"#,
                ("FINISH", Some(1), Some(2)),
            ),
            (
                r#"{"generation": "hi", "prompt_token_count": 1, "generation_token_count": 2, "stop_reason": "stop"}"#,
                ("stop", Some(1), Some(2)),
            ),
            (r#"{"outputs": [{"text": "hi", "stop_reason": "length"}]}"#, ("length", None, None)),
            (r#"{"choices": [{"text": "hi", "stop_reason": "stop"}]}"#, ("stop", None, None)),
            (
                r#"{"choices": [{"index": 0, "message": {"content": "hi"}, "stop_reason": "stop"}]}"#,
                ("stop", None, None),
            ),
            (
                r#"{"id": "x", "choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}"#,
                ("stop", Some(1), Some(2)),
            ),
            (
                r#"{"id": "x", "generations": [{"id": "y", "text": "hi", "finish_reason": "COMPLETE"}], "prompt": "p"}"#,
                ("COMPLETE", None, None),
            ),
            (
                r#"{"text": "hi", "generation_id": "x", "finish_reason": "COMPLETE"}"#,
                ("COMPLETE", None, None),
            ),
            (
                r#"{"id": 7, "prompt": {"text": "p"}, "completions": [{"data": {"text": "hi"}, "finishReason": {"reason": "endoftext"}}]}"#,
                ("endoftext", None, None),
            ),
            (
                r#"{"type": "completion", "completion": "hi", "stop_reason": "stop_sequence"}"#,
                ("stop_sequence", None, None),
            ),
            (
                r#"{"completion": "hi", "stop_reason": "max_tokens", "usage": {"input_tokens": 1, "output_tokens": 2}}"#,
                ("max_tokens", Some(1), Some(2)),
            ),
            (
                r#"{"type": "message", "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 2}}"#,
                ("end_turn", Some(1), Some(2)),
            ),
            (
                r#"{"output": {"message": {"content": [{"text": "hi"}]}}, "stopReason": "end_turn", "usage": {"inputTokens": 1, "outputTokens": 2}}"#,
                ("end_turn", Some(1), Some(2)),
            ),
        ];
        for (body, wanted) in cases {
            let exchange = whole(URL, "", body).value;
            assert_eq!(exchange.api, "bedrock-invoke");
            assert_eq!(answered(&exchange), ["hi"], "{body}");
            assert_eq!(end(&exchange), wanted, "{body}");
        }
    }

    #[test]
    fn every_family_streams_in_its_own_shape() {
        let metrics = r#""amazon-bedrock-invocationMetrics": {"inputTokenCount": 1, "outputTokenCount": 2, "invocationLatency": 9}"#;
        let cases = [
            [
                r#"{"outputText": "h", "index": 0.0, "completionReason": null}"#,
                r#"{"outputText": "i", "index": 0.0, "completionReason": "end", METRICS}"#,
            ],
            [
                r#"{"generation": "h", "stop_reason": null}"#,
                r#"{"generation": "i", "stop_reason": "end", METRICS}"#,
            ],
            [
                r#"{"outputs": [{"text": "h", "stop_reason": null}]}"#,
                r#"{"outputs": [{"text": "i", "stop_reason": "end"}], METRICS}"#,
            ],
            [
                r#"{"choices": [{"text": "h", "stop_reason": null}]}"#,
                r#"{"choices": [{"text": "i", "stop_reason": "end"}], METRICS}"#,
            ],
            [
                r#"{"choices": [{"index": 0, "message": {"content": "h"}, "stop_reason": null}]}"#,
                r#"{"choices": [{"index": 0, "message": {"content": "i"}, "stop_reason": "end"}], METRICS}"#,
            ],
            [
                r#"{"choices": [{"index": 0, "delta": {"content": "h"}}]}"#,
                r#"{"choices": [{"index": 0, "delta": {"content": "i"}, "finish_reason": "end"}], METRICS}"#,
            ],
            [
                r#"{"text": "h", "is_finished": false}"#,
                r#"{"text": "i", "is_finished": true, "finish_reason": "end", METRICS}"#,
            ],
            [
                r#"{"event_type": "text-generation", "text": "hi"}"#,
                r#"{"event_type": "stream-end", "finish_reason": "end", "response": {"text": "hi"}, METRICS}"#,
            ],
            [
                r#"{"completion": "h", "stop_reason": null}"#,
                r#"{"completion": "i", "stop_reason": "end", METRICS}"#,
            ],
            [
                r#"{"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "hi"}}}"#,
                r#"{"messageStop": {"stopReason": "end"}, METRICS}"#,
            ],
        ];
        for [first, last] in cases {
            let exchange = streamed(&[first, &last.replace("METRICS", metrics)]);
            assert_eq!(answered(&exchange), ["hi"], "{first}");
            assert_eq!(end(&exchange), ("end", Some(1), Some(2)), "{first}");
            assert_eq!(exchange.reply.complete, Some(true), "{first}");
        }
    }

    #[test]
    fn claude_streams_as_at_home_and_bedrock_counts_once_more() {
        let exchange = streamed(&[
            r#"{"type": "message_start", "message": {"id": "m", "model": "c", "content": [], "usage": {"input_tokens": 3, "output_tokens": 1}}}"#,
            r#"{"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}"#,
            r#"{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}}"#,
            r#"{"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}}"#,
            r#"{"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 3, "outputTokenCount": 4, "cacheReadInputTokenCount": 2}}"#,
        ]);
        assert_eq!(answered(&exchange), ["hi"]);
        assert_eq!(end(&exchange), ("end_turn", Some(3), Some(4)));
        assert_eq!(exchange.reply.usage.cached, Some(2));
        assert_eq!(exchange.reply.complete, Some(true));
    }

    #[test]
    fn a_stream_that_a_guardrail_blocks_ends_without_a_reason() {
        let exchange =
            streamed(&[r#"{"outputText": "No.", "index": 0.0, "totalOutputTextTokenCount": 2.0}"#]);
        assert_eq!((end(&exchange), exchange.reply.complete), (("-", None, Some(2)), Some(true)));
    }

    #[test]
    fn requests_tell_their_family() {
        let cases = [
            r#"{"inputText": "hi", "textGenerationConfig": {"topP": 1}}"#,
            r#"{"prompt": "hi", "topP": 1}"#,
            r#"{"anthropic_version": "v", "messages": [{"role": "user", "content": "hi"}]}"#,
            r#"{"messages": [{"role": "user", "content": "hi"}], "topP": 1}"#,
            r#"{"messages": [{"role": "user", "content": [{"text": "hi"}]}], "inferenceConfig": {"topP": 1}}"#,
            r#"{"message": "hi", "topP": 1}"#,
        ];
        for request in cases {
            let exchange = whole(URL, request, r#"{"generation": "x"}"#).value;
            assert_eq!(asked(&exchange), ["user: hi"], "{request}");
            assert_eq!(exchange.prompt.parameters.len(), 1, "{request}");
            assert_eq!(exchange.prompt.model.unwrap(), "arn:aws:bedrock::1:inference-profile/x");
        }
    }

    #[test]
    fn what_is_no_text_is_no_generation() {
        let fit = |response: &str, status| {
            let tree = |text: &str| super::super::super::json(&Text::made(text)).unwrap();
            let (request, response) = (tree(r#"{"inputText": "hi"}"#), tree(response));
            let (url, request) = (super::super::super::Url::new(URL), Some(request.node()));
            let response = Answered::Whole(response.node());
            Invoke.fit(&Call { method: "POST", url, request, status: Some(status), headers: &[], response })
        };
        assert_eq!(fit(r#"{"embedding": [1, 2], "inputTextTokenCount": 1}"#, 200), Fit::No);
        assert_eq!(fit(r#"{"images": ["iVBO"]}"#, 200), Fit::No);
        assert_eq!(fit(r#"{"message": "no"}"#, 403), Fit::Sure);
    }

    #[test]
    fn headers_count_where_the_body_does_not_and_tell_the_kind_of_an_error() {
        let header = |name: &str, value: &str| Header { name: Text::made(name), value: Text::made(value) };
        let headers = [
            header("X-Amzn-Bedrock-Input-Token-Count", "7"),
            header("X-Amzn-Bedrock-Output-Token-Count", "2"),
            header("x-amzn-ErrorType", "ValidationException:http://internal/"),
        ];
        let read = |body: &str| {
            let body = super::super::super::json(&Text::made(body)).unwrap();
            let (url, response) = (super::super::super::Url::new(URL), Answered::Whole(body.node()));
            let call =
                Call { method: "POST", url, request: None, status: Some(400), headers: &headers, response };
            super::super::super::read(&call).unwrap().value.reply
        };
        let usage = read(r#"{"outputs": [{"text": "hi"}]}"#).usage;
        assert_eq!((usage.input, usage.output), (Some(7), Some(2)));
        let usage = read(r#"{"generation": "hi", "prompt_token_count": 1}"#).usage;
        assert_eq!((usage.input, usage.output), (Some(1), None));
        let error = read(r#"{"message": "No."}"#).error.unwrap();
        assert_eq!(error.kind.unwrap(), "ValidationException");
    }

    #[test]
    fn an_exception_ends_the_stream() {
        let chunks = [
            ("chunk", r#"{"generation": "so far", "stop_reason": null}"#),
            ("modelStreamErrorException", r#"{"originalMessage": "broken", "originalStatusCode": 424}"#),
        ];
        let exchange = named_stream(&format!("{URL}-with-response-stream"), "", &chunks).value;
        assert_eq!(answered(&exchange), ["so far"]);
        assert_eq!(exchange.reply.error.unwrap().message.unwrap(), "broken");
    }
}
