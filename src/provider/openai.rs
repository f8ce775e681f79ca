//! What OpenAI's protocols have in common: errors, media, tools.

use crate::chat::{Choice, Media, Part, Place, ReplyBuilder, Tool, UsageNames};
use crate::syntax::Node;
use crate::text::Text;

/// The names OpenAI gave its token counts, and the older places that compatible hosts keep.
const USAGE: UsageNames = UsageNames {
    input: &[&["prompt_tokens"]],
    output: &[&["completion_tokens"]],
    total: &[&["total_tokens"]],
    cached: &[&["prompt_tokens_details", "cached_tokens"]],
    cache_write: &[&["prompt_tokens_details", "cache_write_tokens"]],
    reasoning: &[&["completion_tokens_details", "reasoning_tokens"]],
    ..UsageNames::NONE
};

/// Reads an answer of completions, or a chunk of one; `read` reads what a choice carries.
pub(super) fn chunk(body: Node<'_>, reply: &mut ReplyBuilder, read: impl Fn(Node<'_>, &mut Choice)) {
    let [id, model, choices, usage, groq] = body.members(["id", "model", "choices", "usage", "x_groq"]);
    let present = |node: Option<&Node<'_>>| node.is_some_and(|node| !node.is_null());
    let mut choice_usage = None;
    // A stream says them with every chunk.
    if !reply.is_named() {
        reply.id(id.and_then(Node::string));
        reply.model(model.and_then(Node::string));
    }
    for choice in choices.into_iter().flat_map(Node::items) {
        let [index, finish_reason, own_usage, own_error] =
            choice.members(["index", "finish_reason", "usage", "error"]);
        let index = index.and_then(Node::count).and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
        let draft = reply.choice(index);
        read(choice, draft);
        draft.finish_reason(finish_reason.and_then(Node::string));
        // Moonshot counts in the choice that ends; OpenRouter tells there that the host behind it broke off.
        choice_usage = own_usage.filter(|usage| present(Some(usage))).or(choice_usage);
        if present(own_error.as_ref()) {
            error(choice, reply);
        }
    }
    // groq reports usage under its own name, sometimes only there.
    let groq = groq.filter(|groq| groq.is_map());
    let usage = usage.filter(|usage| present(Some(usage))).or_else(|| groq?.get("usage")).or(choice_usage);
    if let Some(usage) = usage.filter(|usage| usage.is_map()) {
        reply.usage.merge(usage, &USAGE);
    }
    if let Some(groq) = groq {
        error(groq, reply);
    }
    error(body, reply);
}

/// Reads the error of an answer or an event, if it has one: `{"error": {…}}`, or in the words of gateways
/// `{"error": "…"}`, `{"error": "…", "message": …}`, `{"object": "error", "message": …}`, `{"detail": …}`, `{"error_code": …, "error_msg": …}` and any
/// of these in a list.
pub(super) fn error(body: Node<'_>, reply: &mut ReplyBuilder) {
    let body = if body.is_list() { body.item(0).unwrap_or(body) } else { body };
    let found = body.members(["object", "type", "error", "detail", "error_code"]);
    let [object, kind, error, detail, code] = found.map(|node| node.filter(|node| !node.is_null()));
    // Many servers only name the error there, and say beside it what is wrong.
    let name = error.and_then(Node::string);
    let said = body.string_at("message").filter(|said| !said.is_empty());
    if let (Some(name), Some(said)) = (name, said) {
        return reply.error(Some(said), Some(name));
    }
    let bare = code.is_some() || [object, kind].into_iter().flatten().any(|kind| kind.is("error"));
    if let Some(error) = error.or(detail).or(bare.then_some(body)) {
        told(error, reply);
    }
}

/// Reads the body of an answer whose status says that it is an error: many gateways have no mark in it.
pub(super) fn refusal(body: Node<'_>, reply: &mut ReplyBuilder) {
    error(body, reply);
    if !reply.has_error() {
        told(body, reply);
    }
}

/// Notes an error by what tells its message and its kind, as far as anything does.
fn told(error: Node<'_>, reply: &mut ReplyBuilder) {
    let mut kinds = ["type", "code", "status", "error_code", "statusCode"]
        .iter()
        .filter_map(|key| error.some(key)?.text());
    let kind = kinds.find(|kind| kind.as_str() != "error");
    reply.error(message(error), kind);
}

/// Keys under which an error says what is wrong, the most telling first.
const MESSAGES: &[&str] = &["message", "msg", "error_msg", "detail", "error", "content", "text"];

/// Returns the words of an error: a text, or the first that its members or items hold.
pub(super) fn message(error: Node<'_>) -> Option<Text> {
    words(error, 0)
}

fn words(error: Node<'_>, depth: usize) -> Option<Text> {
    const DEEP: usize = 4;
    if depth > DEEP {
        return None;
    }
    if error.is_map() {
        return MESSAGES.iter().find_map(|key| words(error.some(key)?, depth + 1));
    }
    if error.is_list() {
        return error.items().find_map(|item| words(item, depth + 1));
    }
    error.string()
}

/// Reads the content of a message: text, or a list of parts.
pub(super) fn content(node: Node<'_>) -> Vec<Part> {
    if node.is_list() {
        return node.items().filter_map(part).collect();
    }
    node.string().map(Part::Text).into_iter().collect()
}

pub(super) fn part(node: Node<'_>) -> Option<Part> {
    if let Some(text) = node.string() {
        return Some(Part::Text(text));
    }
    let kind = node.get("type").and_then(Node::str)?;
    Some(match &*kind {
        "text" | "input_text" | "output_text" | "summary_text" => Part::Text(node.string_at("text")?),
        "thinking" | "reasoning" | "reasoning_text" => {
            Part::Thinking(node.string_at("thinking").or_else(|| reasoning_text(node))?)
        }
        "logs" => Part::Text(node.string_at("logs")?),
        "refusal" => Part::Refusal(node.string_at("refusal")?),
        "image_url" | "input_image" | "image" | "computer_screenshot" => Part::Media(stored("image", node)),
        "audio" | "input_audio" | "output_audio" => Part::Media(audio(node)),
        "file" | "input_file" => Part::Media(stored("file", node.some("file").unwrap_or(node))),
        other => Part::Other { kind: other.to_owned(), summary: None },
    })
}

/// Reads where an image or a file is: its address, its bytes as a `data:` address, or its id at the provider.
fn stored(kind: &str, node: Node<'_>) -> Media {
    let url = node.at(&["image_url", "url"]).and_then(Node::string);
    let url = url
        .or_else(|| ["image_url", "file_data", "file_url", "url"].iter().find_map(|key| node.string_at(key)));
    let mut found = media(kind, url.unwrap_or_else(|| Text::made("")));
    if matches!(&found.place, Place::Url(url) if url.is_empty()) {
        found.place = node.string_at("file_id").map_or(Place::Nowhere, Place::Id);
    }
    found.name = node.string_at("filename");
    found
}

fn audio(node: Node<'_>) -> Media {
    let audio = node.some("input_audio").unwrap_or(node);
    Media {
        kind: "audio".to_owned(),
        mime: audio.get("format").and_then(Node::str).map(|format| format!("audio/{format}")),
        place: audio.string_at("data").map_or(Place::Nowhere, Place::Base64),
        name: None,
        transcript: audio.string_at("transcript"),
    }
}

/// Returns a medium at an address; a `data:` address holds the bytes itself.
pub(super) fn media(kind: &str, url: Text) -> Media {
    let inline = url.as_str().strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let (mime, place) = match inline {
        Some((mime, data)) => {
            let start = url.len() - data.len();
            (Some(mime.to_owned()), Place::Base64(url.slice(start..url.len())))
        }
        None => (None, Place::Url(url)),
    };
    Media { kind: kind.to_owned(), mime, place, name: None, transcript: None }
}

/// Databricks: `{"type": "reasoning", "summary": [{"type": "summary_text", "text": …}]}`.
pub(super) fn reasoning_text(part: Node<'_>) -> Option<Text> {
    let summary =
        part.get("summary").into_iter().flat_map(Node::items).find_map(|piece| piece.string_at("text"));
    summary.or_else(|| part.string_at("text")).or_else(|| part.string_at("reasoning"))
}

/// Reads a function on offer: name, description and JSON Schema of its arguments.
pub(super) fn function(node: Node<'_>) -> Option<Tool> {
    Some(Tool {
        name: node.get("name")?.str()?.into_owned(),
        description: node.string_at("description"),
        parameters: node.some("parameters").map(Node::json),
    })
}
