//! Families of models that take a prompt and answer with texts: Titan, Llama, Mistral, Cohere Command, AI21's
//! Jurassic, DeepSeek R1, Claude 2. A piece of a stream looks as a whole answer does.

use crate::chat::{Message, Part, Path, Prompt, ReplyBuilder, Role, UsageNames};
use crate::syntax::Node;

/// Where a family keeps its texts: in a list or on top; in each the text, and why it ended.
struct Shape {
    list: Option<&'static str>,
    text: Path,
    reason: Path,
}

/// Where the families keep their texts; the first that is there counts.
const SHAPES: &[Shape] = &[
    // Titan.
    Shape { list: Some("results"), text: &["outputText"], reason: &["completionReason"] },
    Shape { list: None, text: &["outputText"], reason: &["completionReason"] },
    // Llama.
    Shape { list: None, text: &["generation"], reason: &["stop_reason"] },
    // Mistral.
    Shape { list: Some("outputs"), text: &["text"], reason: &["stop_reason"] },
    // DeepSeek R1.
    Shape { list: Some("choices"), text: &["text"], reason: &["stop_reason"] },
    // Cohere Command.
    Shape { list: Some("generations"), text: &["text"], reason: &["finish_reason"] },
    Shape { list: None, text: &["text"], reason: &["finish_reason"] },
    // AI21's Jurassic.
    Shape { list: Some("completions"), text: &["data", "text"], reason: &["finishReason", "reason"] },
    // Claude 2.
    Shape { list: None, text: &["completion"], reason: &["stop_reason"] },
];

const USAGE: UsageNames = UsageNames {
    input: &[&["inputTextTokenCount"], &["prompt_token_count"], &["input_tokens"], &["prompt_tokens"]],
    output: &[
        &["tokenCount"],
        &["totalOutputTextTokenCount"],
        &["generation_token_count"],
        &["output_tokens"],
        &["completion_tokens"],
    ],
    ..UsageNames::NONE
};

impl Shape {
    fn items<'n>(&self, body: Node<'n>) -> Vec<Node<'n>> {
        match self.list {
            Some(key) => body.get(key).into_iter().flat_map(Node::items).collect(),
            None => vec![body],
        }
    }

    fn fits(&self, body: Node<'_>) -> bool {
        self.items(body).first().is_some_and(|item| item.at(self.text).is_some())
    }
}

/// Returns whether a request is a prompt.
pub(super) fn asks(body: Node<'_>) -> bool {
    ["prompt", "inputText"].iter().any(|key| body.get(key).is_some_and(Node::is_string))
}

/// Returns whether a body is an answer, or a piece of one.
pub(super) fn answers(body: Node<'_>) -> bool {
    SHAPES.iter().any(|shape| shape.fits(body))
}

/// Reads a request.
pub(super) fn prompt(body: Node<'_>, prompt: &mut Prompt) {
    for (key, value) in body.entries() {
        match key.str().as_deref() {
            Some("prompt" | "inputText") => {
                let parts = value.string().map(Part::Text).into_iter().collect();
                prompt.messages.push(Message { role: Role::User, parts });
            }
            Some("textGenerationConfig") => prompt.set_all(value),
            Some(name) => prompt.set(name, value),
            None => {}
        }
    }
}

/// Reads an answer, or a piece of one.
pub(super) fn answer(body: Node<'_>, reply: &mut ReplyBuilder) {
    reply.id(body.get("id").and_then(Node::text));
    let Some(shape) = SHAPES.iter().find(|shape| shape.fits(body)) else { return };
    for (place, item) in shape.items(body).into_iter().enumerate() {
        let index = item.count_at("index").and_then(|index| usize::try_from(index).ok()).unwrap_or(place);
        let choice = reply.choice(index);
        choice.text(0, item.at(shape.text).and_then(Node::string));
        choice.finish_reason(item.at(shape.reason).and_then(Node::string));
        reply.usage.merge_beside(item, &USAGE);
    }
    reply.usage.merge_beside(body, &USAGE);
    // A guardrail that blocks the answer leaves the reason out; Titan counts the whole only in its last piece.
    if body.count_at("totalOutputTextTokenCount").is_some() {
        reply.end();
    }
    if let Some(usage) = body.some("usage").filter(|usage| usage.is_map()) {
        reply.usage.merge(usage, &USAGE);
    }
}
