//! Content blocks of Anthropic messages: what requests and answers are made of.
//!
//! Kinds with a place in our model are matched by name; families by the end of it (`web_search_tool_result`,
//! `mcp_tool_use`): new tools of the server come often. All others keep their name and what they tell of themselves.

use crate::chat::{Arguments, Choice, Media, Part, Place, ToolCall, ToolResult};
use crate::syntax::Node;
use crate::text::{Joiner, Text};

/// Fields by which a block tells what it is about.
const TELLING: &[&str] = &["title", "url", "source", "tool_name", "error_code", "error_message", "text"];

/// Reads the content of a message: text, or a list of blocks.
pub(super) fn content(node: Node<'_>) -> Vec<Part> {
    match node.string() {
        Some(text) => vec![Part::Text(text)],
        None => node.items().flat_map(parts).collect(),
    }
}

/// Reads a block of an answer, whole or as it stands before its deltas.
pub(super) fn begin(block: Node<'_>, index: usize, choice: &mut Choice) {
    let kind = kind(block);
    match &*kind {
        "text" => {
            choice.text(index, block.string_at("text"));
            for citation in citations(block) {
                choice.part(citation);
            }
        }
        "thinking" => choice.thinking(index, block.string_at("thinking")),
        "compaction" => choice.note("compaction", block.string_at("content")),
        kind if kind.ends_with("tool_use") => {
            let call = choice.tool(i64::try_from(index).ok(), block.string_at("id"));
            call.name(block.string_at("name"));
            if let Some(input) = block.some("input") {
                call.whole(input.subtree());
            }
            if kind != "tool_use" {
                call.server();
            }
        }
        _ => {
            for part in parts(block) {
                choice.part(part);
            }
        }
    }
}

/// Reads a delta of the block at `index`. Signatures of thinking say nothing.
pub(super) fn fill(delta: Node<'_>, index: usize, choice: &mut Choice) {
    match &*kind(delta) {
        "text_delta" => choice.text(index, delta.string_at("text")),
        "thinking_delta" => choice.thinking(index, delta.string_at("thinking")),
        "input_json_delta" => {
            choice.tool(i64::try_from(index).ok(), None).arguments(delta.string_at("partial_json"));
        }
        "citations_delta" => {
            if let Some(cited) = delta.some("citation") {
                choice.part(citation(cited));
            }
        }
        "compaction_delta" => choice.note("compaction", delta.string_at("content")),
        _ => {}
    }
}

/// Reads a block of a message.
fn parts(block: Node<'_>) -> Vec<Part> {
    let kind = kind(block);
    let part = match &*kind {
        "text" => {
            let text = block.string_at("text").map(Part::Text);
            return text.into_iter().chain(citations(block)).collect();
        }
        "thinking" => return block.string_at("thinking").map(Part::Thinking).into_iter().collect(),
        "image" | "document" => Part::Media(media(&kind, block)),
        "compaction" => Part::Other { kind: kind.into_owned(), summary: block.string_at("content") },
        family if family.ends_with("tool_use") => Part::ToolCall(ToolCall {
            id: block.string_at("id"),
            name: block.string_at("name"),
            arguments: match block.some("input") {
                Some(input) if !input.is_string() => Arguments::Tree(input.subtree()),
                input => Arguments::Text(input.and_then(Node::string).unwrap_or_else(|| Text::made(""))),
            },
            server: family != "tool_use",
        }),
        family if family.ends_with("tool_result") => Part::ToolResult(tool_result(block)),
        _ => match block.string_at("file_id") {
            Some(id) => Part::Media(file(id)),
            None => Part::Other { summary: summary(block), kind: kind.into_owned() },
        },
    };
    vec![part]
}

fn tool_result(block: Node<'_>) -> ToolResult {
    let content = block.some("content");
    let failed = content.is_some_and(|content| kind(content).ends_with("_error"));
    ToolResult {
        id: block.string_at("tool_use_id"),
        name: None,
        parts: content.map(result).unwrap_or_default(),
        error: failed || block.get("is_error").and_then(Node::bool) == Some(true),
    }
}

/// Reads what a tool gave back: text, blocks, or for the server's tools an object that may hold both.
fn result(node: Node<'_>) -> Vec<Part> {
    if !node.is_map() {
        return match node.string() {
            Some(text) => vec![Part::Text(text)],
            None => node.items().flat_map(result).collect(),
        };
    }
    let output =
        ["stdout", "stderr"].iter().filter_map(|key| node.string_at(key)).filter(|it| !it.is_empty());
    let mut found: Vec<_> = output.map(Part::Text).collect();
    let code = node.get("return_code").filter(|code| code.count() != Some(0)).and_then(Node::text);
    found.extend(code.map(|code| Part::Other { kind: "return_code".to_owned(), summary: Some(code) }));
    if !kind(node).ends_with("_result") {
        found.extend(parts(node));
        return found;
    }
    match (kind(node), summary(node)) {
        (kind, Some(text)) if kind == "advisor_result" => found.push(Part::Text(text)),
        (kind, Some(summary)) => found.push(Part::Other { kind: kind.into_owned(), summary: Some(summary) }),
        (_, None) => {}
    }
    found.extend(["content", "tool_references"].iter().filter_map(|key| node.some(key)).flat_map(result));
    found
}

/// Returns what a block tells of itself, in one line.
fn summary(block: Node<'_>) -> Option<Text> {
    // A tool that is added later stands in an object of its own.
    let block = block.some("tool").filter(|tool| tool.is_map()).unwrap_or(block);
    line(TELLING.iter().filter_map(|key| block.string_at(key)))
}

fn citations(block: Node<'_>) -> impl Iterator<Item = Part> {
    block.get("citations").into_iter().flat_map(Node::items).map(citation)
}

/// Reads where a text is from: a page, or a document by its title.
fn citation(node: Node<'_>) -> Part {
    let title = node.string_at("title").or_else(|| node.string_at("document_title"));
    let place = node.string_at("url").or_else(|| node.string_at("source"));
    Part::Other { kind: "citation".to_owned(), summary: line([title, place].into_iter().flatten()) }
}

/// Returns texts one after the other, if any of them says anything.
fn line(texts: impl Iterator<Item = Text>) -> Option<Text> {
    let mut line = Joiner::default();
    for text in texts.filter(|text| !text.is_empty()) {
        if !line.is_empty() {
            line.push(&Text::made(" "));
        }
        line.push(&text);
    }
    (!line.is_empty()).then(|| line.finish())
}

fn media(kind: &str, block: Node<'_>) -> Media {
    let source = block.some("source");
    let string = |key| source.and_then(|source| source.string_at(key));
    // A document of plain text has its text where others have base64; one of blocks has them as `content`.
    let plain = source.is_some_and(|source| self::kind(source) == "text");
    let (place, text) = match (string("data"), string("url"), string("file_id")) {
        (Some(data), _, _) if plain => (Place::Nowhere, Some(data)),
        (Some(data), _, _) => (Place::Base64(data), None),
        (None, Some(url), _) => (Place::Url(url), None),
        (None, None, Some(id)) => (Place::Id(id), None),
        (None, None, None) => {
            (Place::Nowhere, source.and_then(|source| source.some("content")).and_then(joined))
        }
    };
    Media {
        kind: kind.to_owned(),
        mime: string("media_type").map(|mime| mime.as_str().to_owned()),
        place,
        name: block.string_at("title"),
        transcript: text,
    }
}

/// Returns the text of a string or of a list of text blocks.
fn joined(node: Node<'_>) -> Option<Text> {
    let mut text = Joiner::default();
    node.items().filter_map(|block| block.string_at("text")).for_each(|piece| text.push(&piece));
    node.string().or_else(|| (!text.is_empty()).then(|| text.finish()))
}

fn file(id: Text) -> Media {
    Media { kind: "file".to_owned(), mime: None, place: Place::Id(id), name: None, transcript: None }
}

fn kind(block: Node<'_>) -> std::borrow::Cow<'_, str> {
    block.get("type").and_then(Node::str).unwrap_or_default()
}
