//! OpenAI Responses, as OpenAI, Azure, xAI, DeepSeek, OpenRouter and Bedrock serve them.
//!
//! An answer is a list of items: messages, reasoning, calls. A stream tells each text three times over: in pieces
//! (`….delta`), whole (`….done`, `response.output_item.done`) and in the response that ends it. The pieces count; the
//! whole stands in where none came, and has to agree where some did.
//!
//! Wire facts: the provider's API reference for the response object and its streaming events. What other hosts do
//! differently is said where it is handled.

mod item;
mod request;
#[cfg(test)]
mod tests;

use super::{Answered, Call, Provider, openai};
use crate::chat::{Choice, Prompt, ReplyBuilder, UsageNames, Voice};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;

pub(super) use request::conversation;

pub(super) struct OpenAiResponses;

const USAGE: UsageNames = UsageNames {
    input: &[&["input_tokens"]],
    output: &[&["output_tokens"]],
    total: &[&["total_tokens"]],
    cached: &[&["input_tokens_details", "cached_tokens"], &["input_token_details", "cached_tokens"]],
    cache_write: &[&["input_tokens_details", "cache_write_tokens"]],
    reasoning: &[&["output_tokens_details", "reasoning_tokens"]],
    ..UsageNames::NONE
};

/// What an event has a piece of.
enum Piece {
    Said(Voice),
    /// Thinking itself, beside which a summary may stand.
    Reasoning,
    Arguments,
    Sound,
    Transcript,
}

/// What stands between `response.` and `.delta` or `.done` in an event's name, here and in the Realtime API.
const PIECES: &[(&str, Piece)] = &[
    ("output_text", Piece::Said(Voice::Text)),
    ("text", Piece::Said(Voice::Text)),
    ("refusal", Piece::Said(Voice::Refusal)),
    ("reasoning_text", Piece::Reasoning),
    ("reasoning_summary_text", Piece::Said(Voice::Thinking)),
    ("function_call_arguments", Piece::Arguments),
    ("mcp_call_arguments", Piece::Arguments),
    ("custom_tool_call_input", Piece::Arguments),
    ("code_interpreter_call_code", Piece::Arguments),
    ("audio", Piece::Sound),
    ("output_audio", Piece::Sound),
    ("audio.transcript", Piece::Transcript),
    ("audio_transcript", Piece::Transcript),
    ("output_audio_transcript", Piece::Transcript),
];

/// Keys under which a `….done` event has what its pieces make.
const WHOLE: &[&str] = &["text", "refusal", "arguments", "input", "code"];

/// Events that carry the response as it is in the end.
const ENDS: &[&str] =
    &["response.completed", "response.incomplete", "response.failed", "response.cancelled", "response.done"];

impl Provider for OpenAiResponses {
    fn api(&self) -> &'static str {
        "openai-responses"
    }

    fn about(&self) -> &'static str {
        "OpenAI Responses and compatible hosts"
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        if !call.may_generate() {
            return Fit::No;
        }
        let path = call.url.path.trim_end_matches('/');
        if path.ends_with("/responses") {
            return Fit::Sure;
        }
        let answered = match call.response {
            Answered::Whole(body) => body.get("object").is_some_and(|object| object.is("response")),
            Answered::Stream(events) => events.iter().take(4).any(|(_, data)| {
                let kind = data.as_ref().and_then(|data| data.node().get("type"));
                kind.is_some_and(|kind| kind.is("response.created"))
            }),
            Answered::Nothing => false,
        };
        Fit::maybe_if(answered)
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        request::prompt(body, prompt);
    }

    fn whole(&self, _: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        response(body, reply);
    }

    fn event(&self, _: &Call<'_>, event: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        let Some(data) = data else {
            if event.data.as_str().trim() == "[DONE]" {
                reply.end();
            }
            return;
        };
        let [kind, answer, item] = data.members(["type", "response", "item"]);
        let [answer, item] = [answer, item].map(|node| node.filter(|node| !node.is_null()));
        let kind = kind.and_then(Node::str);
        let kind = kind.or_else(|| event.name.as_ref().map(|name| name.as_str().into())).unwrap_or_default();
        if ENDS.contains(&&*kind) {
            response(answer.unwrap_or(data), reply);
            reply.end();
        } else if let Some(answer) = answer {
            reply.id(answer.string_at("id"));
            reply.model(answer.string_at("model"));
        } else if let Some(node) = item {
            let choice = reply.choice(0);
            let number = choice.item(index(data, "output_index"), item::id(node));
            item::read(node, number, kind.ends_with(".done").then_some(Voice::ALL), choice);
        } else {
            openai::error(data, reply);
            piece(&kind, data, reply.choice(0));
        }
    }
}

/// Reads a response as it is in the end, streamed or not.
fn response(body: Node<'_>, reply: &mut ReplyBuilder) {
    reply.id(body.string_at("id"));
    reply.model(body.string_at("model"));
    if let Some(usage) = body.some("usage").filter(|usage| usage.is_map()) {
        reply.usage.merge(usage, &USAGE);
    }
    openai::error(body, reply);
    // The Realtime API tells here why a response failed, ended early or was cancelled.
    let details = body.some("status_details");
    if let Some(details) = details {
        openai::error(details, reply);
    }
    let items = || body.get("output").into_iter().flat_map(Node::items).enumerate();
    if body.get("status").is_none() && items().next().is_none() {
        return;
    }
    let choice = reply.choice(0);
    choice.finish_reason(body.string_at("status"));
    let details = body.some("incomplete_details").or(details);
    choice.finish_detail(details.and_then(|details| details.string_at("reason")));
    // The items of a stream need not stand in the same places here: what pieces have told is compared as one text.
    let (told, untold): (Vec<_>, Vec<_>) = Voice::ALL.iter().partition(|voice| choice.says(**voice));
    for voice in told {
        let texts: Vec<_> = items().flat_map(|(number, node)| item::texts(voice, node, number)).collect();
        choice.settle(voice, &.., &texts);
    }
    for (place, node) in items() {
        let number = choice.item(Some(place), item::id(node));
        item::read(node, number, Some(&untold), choice);
    }
}

/// Reads an event about a piece of an item, or about all its pieces.
fn piece(kind: &str, data: Node<'_>, choice: &mut Choice) {
    let Some((what, stage)) = kind.strip_prefix("response.").and_then(|kind| kind.rsplit_once('.')) else {
        return;
    };
    let Some((_, piece)) = PIECES.iter().find(|(name, _)| *name == what) else { return };
    let delta = if stage == "delta" { data.string_at("delta") } else { None };
    let whole = if stage == "done" { WHOLE.iter().find_map(|key| data.some(key)) } else { None };
    let item = choice.item(index(data, "output_index"), data.string_at("item_id"));
    let mut say = |voice, place| {
        choice.say(voice, place, delta.clone());
        if let Some(whole) = whole {
            choice.settle(voice, &(place..=place), &[(place, whole)]);
        }
    };
    let at = index(data, "summary_index").or_else(|| index(data, "content_index")).unwrap_or(0);
    match piece {
        Piece::Said(voice) => say(*voice, item::place(item, at)),
        Piece::Reasoning => say(Voice::Thinking, item::place(item, item::BEHIND_SUMMARY.saturating_add(at))),
        Piece::Arguments => {
            let call = choice.tool(i64::try_from(item).ok(), None).arguments(delta);
            whole.map(|whole| call.settle(whole));
        }
        Piece::Sound => choice.sound(item, delta.as_ref(), None),
        Piece::Transcript => choice.sound(item, None, delta.as_ref()),
    }
}

fn index(data: Node<'_>, key: &str) -> Option<usize> {
    usize::try_from(data.count_at(key)?).ok()
}
