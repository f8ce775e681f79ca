//! Items of an answer: what is said in them, and what is called.

use super::super::{each, json_text, openai};
use crate::chat::{Choice, Media, Part, Place, ToolResult, Voice};
use crate::syntax::Node;
use crate::text::Text;

/// Keys under which items of type `…_call` have what the tool is called with.
const ARGUMENTS: &[&str] = &["arguments", "input", "code", "action", "actions", "operation", "queries"];

/// Keys under which calls that the server ran, and items of type `…_output`, have what came back.
const RESULTS: &[&str] = &["output", "outputs", "results", "tools"];

/// Place of the first piece of thinking itself: it stands behind its summary, and each is numbered on its own.
pub(super) const BEHIND_SUMMARY: usize = 1 << 15;

/// Returns what an item is known by: its id or, where a host gives it none, the id that its call has.
pub(super) fn id(item: Node<'_>) -> Option<Text> {
    item.string_at("id").filter(|id| !id.is_empty()).or_else(|| item.string_at("call_id"))
}

/// Reads an item of an answer. `settled` has the voices whose texts are whole; without it, the item only begins.
pub(super) fn read(item: Node<'_>, number: usize, settled: Option<&[Voice]>, choice: &mut Choice) {
    let kind = item.get("type").and_then(Node::str).unwrap_or_else(|| "message".into());
    if kind.ends_with("_call") || kind == "mcp_approval_request" {
        return call(item, number, settled.is_some(), choice);
    }
    let Some(voices) = settled else { return };
    for &voice in voices {
        choice.settle(voice, &(place(number, 0)..place(number + 1, 0)), &texts(voice, item, number));
    }
    choice.parts(
        number,
        match &*kind {
            "message" => media(item, choice),
            "reasoning" => Vec::new(),
            _ => {
                let failed = item.some("error").map(|error| ToolResult {
                    id: None,
                    name: Some(Text::made(kind.clone())),
                    parts: vec![failure(error)],
                    error: true,
                });
                [other(item, &kind)].into_iter().chain(failed.map(Part::ToolResult)).collect()
            }
        },
    );
}

/// Returns the texts that an item holds of a voice.
pub(super) fn texts<'n>(voice: Voice, item: Node<'n>, number: usize) -> Vec<(usize, Node<'n>)> {
    let kind = item.get("type").and_then(Node::str).unwrap_or_else(|| "message".into());
    let (lists, key): (&[(&str, usize)], _) = match (voice, &*kind) {
        (Voice::Thinking, "reasoning") => (&[("summary", 0), ("content", BEHIND_SUMMARY)], "text"),
        (Voice::Text, "message") => (&[("content", 0)], "text"),
        (Voice::Refusal, "message") => (&[("content", 0)], "refusal"),
        _ => return Vec::new(),
    };
    let lists = lists.iter().filter_map(|(list, first)| Some((item.get(list)?, *first)));
    let text = |(content, first): (Node<'n>, usize)| {
        let parts = content
            .items()
            .enumerate()
            .filter_map(|(at, part)| Some((place(number, first + at), part.some(key)?)));
        let bare = (voice == Voice::Text && content.is_string()).then_some((place(number, 0), content));
        parts.chain(bare).collect::<Vec<_>>()
    };
    lists.flat_map(text).collect()
}

/// Returns what a message holds beside text.
fn media(item: Node<'_>, choice: &Choice) -> Vec<Part> {
    let parts = item.get("content").into_iter().flat_map(Node::items).filter_map(openai::part);
    parts
        .filter(|part| match part {
            Part::Text(_) | Part::Thinking(_) | Part::Refusal(_) => false,
            Part::Media(media) => media.kind != "audio" || !choice.has_sound(),
            Part::ToolCall(_) | Part::FunctionCall(_) | Part::ToolResult(_) | Part::Other { .. } => true,
        })
        .collect()
}

/// Reads a call: of a function or a custom tool, which the client runs, or of one of the provider's own tools.
fn call(item: Node<'_>, number: usize, whole: bool, choice: &mut Choice) {
    let kind = item.get("type").and_then(Node::text).unwrap_or_else(|| Text::made(""));
    let own = !matches!(kind.as_str(), "function_call" | "custom_tool_call");
    let id = item.string_at("call_id").or_else(|| item.string_at("id"));
    let name = item.string_at("name");
    let tool = kind.as_str().strip_suffix("_call").map_or(kind.len(), str::len);
    let name = name.unwrap_or_else(|| kind.slice(0..tool));
    let draft = choice.tool(i64::try_from(number).ok(), id.clone());
    draft.name(Some(name.clone()));
    if own {
        draft.server();
    }
    if !whole {
        return;
    }
    if let Some(arguments) = ARGUMENTS.iter().find_map(|key| item.some(key)) {
        draft.settle(arguments);
    }
    let mut parts = results(item);
    let error = item.some("error");
    parts.extend(error.map(failure));
    let image = item.string_at("result").map(|data| image(data, item));
    if own && !parts.is_empty() {
        parts = vec![Part::ToolResult(ToolResult { id, name: Some(name), parts, error: error.is_some() })];
    }
    parts.extend(image.map(Part::Media));
    choice.parts(number, parts);
}

/// Returns what an error says: a text, a message, or the content that the tool of an MCP server gave back.
fn failure(error: Node<'_>) -> Part {
    Part::Text(openai::message(error).unwrap_or_else(|| json_text(error)))
}

/// Returns what the server's own tool, or the client's, gave back.
pub(super) fn results(item: Node<'_>) -> Vec<Part> {
    let results = RESULTS.iter().find_map(|key| item.some(key));
    let result = |node: Node<'_>| match node.get("type").and_then(|_| openai::part(node)) {
        Some(Part::Other { kind, .. }) => Part::Other { kind, summary: node.string_at("name") },
        Some(part) => part,
        None => Part::Text(node.string_at("text").unwrap_or_else(|| json_text(node))),
    };
    results.into_iter().flat_map(each).map(result).collect()
}

/// Returns the picture that a tool of the provider drew.
fn image(data: Text, item: Node<'_>) -> Media {
    let found = openai::media("image", data);
    match found.place {
        Place::Url(data) => Media {
            mime: item.get("output_format").and_then(Node::str).map(|format| format!("image/{format}")),
            place: Place::Base64(data),
            ..found
        },
        _ => found,
    }
}

/// Returns an item that is neither said nor called: compaction, a list of an MCP server's tools …
pub(super) fn other(item: Node<'_>, kind: &str) -> Part {
    let about = ["server_label", "name", "id"].iter().find_map(|key| item.string_at(key));
    Part::Other { kind: kind.to_owned(), summary: about }
}

/// Returns the place of a text: that of its item, and its own therein.
pub(super) fn place(item: usize, at: usize) -> usize {
    item.saturating_mul(1 << 16).saturating_add(at)
}
