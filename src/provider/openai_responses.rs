//! OpenAI Responses, as OpenAI, Azure, xAI, DeepSeek, OpenRouter and Bedrock serve them.
//!
//! An answer is a list of items: messages, reasoning, calls. A stream tells each text three times over: in pieces
//! (`….delta`), whole (`….done`, `response.output_item.done`) and in the response that ends it. The pieces count; the
//! whole stands in where none came, and has to agree where some did.
//!
//! Wire facts: the provider's API reference for the response object and its streaming events. What other hosts do
//! differently is said where it is handled.

use super::openai::{self, content, function};
use super::{Answered, Call, Provider};
use crate::chat::{
    Choice, Media, Message, Part, Place, Prompt, ReplyBuilder, Role, Tool, ToolResult, UsageNames, Voice,
};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;
use crate::text::Text;

pub(super) struct OpenAiResponses;

const USAGE: UsageNames = UsageNames {
    input: &[&["input_tokens"]],
    output: &[&["output_tokens"]],
    total: &[&["total_tokens"]],
    cached: &[&["input_tokens_details", "cached_tokens"], &["input_token_details", "cached_tokens"]],
    cache_write: &[&["input_tokens_details", "cache_write_tokens"]],
    reasoning: &[&["output_tokens_details", "reasoning_tokens"]],
};

/// What stands between `response.` and `.delta` or `.done`, and whose text it is; none: a call's arguments.
const PIECES: &[(&str, Option<Voice>)] = &[
    ("output_text", Some(Voice::Text)),
    ("text", Some(Voice::Text)),
    ("refusal", Some(Voice::Refusal)),
    ("reasoning_text", Some(Voice::Thinking)),
    ("reasoning_summary_text", Some(Voice::Thinking)),
    ("function_call_arguments", None),
    ("mcp_call_arguments", None),
    ("custom_tool_call_input", None),
    ("code_interpreter_call_code", None),
];

/// Events that carry the response as it is in the end.
const ENDS: &[&str] =
    &["response.completed", "response.incomplete", "response.failed", "response.cancelled", "response.done"];

/// Keys under which items of type `…_call` have what the tool is called with.
const ARGUMENTS: &[&str] = &["arguments", "input", "code", "action", "actions", "operation", "queries"];

/// Keys under which calls that the server ran, and items of type `…_output`, have what came back.
const RESULTS: &[&str] = &["output", "outputs", "results", "tools"];

impl Provider for OpenAiResponses {
    fn api(&self) -> &'static str {
        "openai-responses"
    }

    fn about(&self) -> &'static str {
        "OpenAI Responses and compatible hosts"
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        let path = call.url.path.trim_end_matches('/');
        if path.ends_with("/responses") {
            return Fit::Sure;
        }
        // A stored response that is only fetched has no request body: fetching generates nothing.
        let answered = match call.response {
            Answered::Whole(body) => body.get("object").is_some_and(|object| object.is("response")),
            Answered::Stream(events) => events.iter().take(4).any(|(_, data)| {
                let kind = data.as_ref().and_then(|data| data.node().get("type"));
                kind.is_some_and(|kind| kind.is("response.created"))
            }),
            Answered::Nothing => false,
        };
        Fit::maybe_if(answered && call.request.is_some())
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        settings(body, prompt);
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
        let kind = data.get("type").and_then(Node::str);
        let kind = kind.or_else(|| event.name.as_ref().map(|name| name.as_str().into()));
        self::event(&kind.unwrap_or_default(), data, reply);
    }
}

/// Reads what a request, or a session of the Realtime API, asks for.
pub(super) fn settings(body: Node<'_>, prompt: &mut Prompt) {
    let instructions = body.get("instructions").filter(|text| !text.is("")).into_iter().flat_map(asked);
    prompt.messages.extend(instructions.map(|message| Message { role: Role::System, ..message }));
    prompt.messages.extend(body.get("input").into_iter().flat_map(asked));
    prompt.previous = body.string_at("previous_response_id");
    for (key, value) in body.entries() {
        match key.str().as_deref() {
            Some("instructions" | "input") | None => {}
            Some("model") => prompt.model = value.string(),
            Some("tools") => prompt.tools.extend(value.items().flat_map(tools)),
            Some(name) => prompt.set(name, value),
        }
    }
}

/// Reads an event of a type.
pub(super) fn event(kind: &str, data: Node<'_>, reply: &mut ReplyBuilder) {
    let answer = data.some("response");
    if ENDS.contains(&kind) {
        response(answer.unwrap_or(data), reply);
        reply.end();
    } else if let Some(answer) = answer {
        reply.id(answer.string_at("id"));
        reply.model(answer.string_at("model"));
    } else if let Some(item) = data.some("item") {
        let choice = reply.choice(0);
        let number = choice.item(index(data, "output_index"), item.string_at("id"));
        self::item(item, number, kind.ends_with(".done").then_some(Voice::ALL), choice);
    } else {
        openai::error(data, reply);
        piece(kind, data, reply);
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
    let items = || body.get("output").into_iter().flat_map(Node::items).enumerate();
    if body.get("status").is_none() && items().next().is_none() {
        return;
    }
    let choice = reply.choice(0);
    choice.finish_reason(body.string_at("status"));
    // The items of a stream need not stand in the same places here: what pieces have told is compared as one text.
    let (told, untold): (Vec<_>, Vec<_>) = Voice::ALL.iter().partition(|voice| choice.says(**voice));
    for voice in told {
        let texts: Vec<_> = items().flat_map(|(number, item)| texts(voice, item, number)).collect();
        choice.settle(voice, &.., &texts);
    }
    for (place, item) in items() {
        let number = choice.item(Some(place), item.string_at("id"));
        self::item(item, number, Some(&untold), choice);
    }
}

/// Reads an item of an answer. `settled` has the voices whose texts are whole; without it, the item only begins.
fn item(item: Node<'_>, number: usize, settled: Option<&[Voice]>, choice: &mut Choice) {
    let kind = item.get("type").and_then(Node::str).unwrap_or_else(|| "message".into());
    if kind.ends_with("_call") {
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
            _ => vec![other(item, &kind)],
        },
    );
}

/// Returns the texts that an item holds of a voice.
fn texts<'n>(voice: Voice, item: Node<'n>, number: usize) -> Vec<(usize, Node<'n>)> {
    let kind = item.get("type").and_then(Node::str).unwrap_or_else(|| "message".into());
    let (lists, key): (&[&str], _) = match (voice, &*kind) {
        (Voice::Thinking, "reasoning") => (&["summary", "content"], "text"),
        (Voice::Text, "message") => (&["content"], "text"),
        (Voice::Refusal, "message") => (&["content"], "refusal"),
        _ => return Vec::new(),
    };
    let lists = lists.iter().filter_map(|list| item.get(list));
    let text = |content: Node<'n>| {
        let parts =
            content.items().enumerate().filter_map(|(at, part)| Some((place(number, at), part.some(key)?)));
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
    let name = name.unwrap_or_else(|| kind.slice(0..kind.len().saturating_sub("_call".len())));
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
    parts.extend(
        error.and_then(|error| error.string_at("message").or_else(|| error.string())).map(Part::Text),
    );
    let image = item.string_at("result").map(|data| image(data, item));
    if own && !parts.is_empty() {
        parts = vec![Part::ToolResult(ToolResult { id, name: Some(name), parts, error: error.is_some() })];
    }
    parts.extend(image.map(Part::Media));
    choice.parts(number, parts);
}

/// Returns what the server's own tool, or the client's, gave back.
fn results(item: Node<'_>) -> Vec<Part> {
    let results = RESULTS.iter().find_map(|key| item.some(key));
    let result = |node: Node<'_>| {
        let text = || node.string_at("text").or_else(|| node.slice().text()).map(Part::Text);
        node.get("type").and_then(|_| openai::part(node)).or_else(text)
    };
    match results {
        Some(list) if list.is_list() => list.items().filter_map(result).collect(),
        Some(map) if map.is_map() => result(map).into_iter().collect(),
        Some(text) => text.string().map(Part::Text).into_iter().collect(),
        None => Vec::new(),
    }
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
fn other(item: Node<'_>, kind: &str) -> Part {
    let about = ["server_label", "name", "id"].iter().find_map(|key| item.string_at(key));
    Part::Other { kind: kind.to_owned(), summary: about }
}

/// Reads an event about a text: a piece of it, or all of it.
fn piece(kind: &str, data: Node<'_>, reply: &mut ReplyBuilder) {
    let Some((what, stage)) = kind.strip_prefix("response.").and_then(|kind| kind.rsplit_once('.')) else {
        return;
    };
    let delta = data.string_at("delta").filter(|_| stage == "delta");
    match what {
        "audio" | "output_audio" => return reply.choice(0).sound(0, delta.as_ref(), None),
        "audio.transcript" | "audio_transcript" | "output_audio_transcript" => {
            return reply.choice(0).sound(0, None, delta.as_ref());
        }
        _ => {}
    }
    let Some((_, voice)) = PIECES.iter().find(|(name, _)| *name == what) else { return };
    let choice = reply.choice(0);
    let number = choice.item(index(data, "output_index"), data.string_at("item_id"));
    let at = index(data, "summary_index").or_else(|| index(data, "content_index")).unwrap_or(0);
    match voice {
        Some(voice) => choice.say(*voice, place(number, at), delta),
        None => _ = choice.tool(i64::try_from(number).ok(), None).arguments(delta),
    }
}

/// Returns the place of a text: that of its item, and its own therein.
fn place(item: usize, at: usize) -> usize {
    item.saturating_mul(1 << 16).saturating_add(at)
}

fn index(data: Node<'_>, key: &str) -> Option<usize> {
    usize::try_from(data.count_at(key)?).ok()
}

/// Reads what a request says: a text, or a list of items. The items of one turn of the model make one message.
fn asked(input: Node<'_>) -> Vec<Message> {
    if let Some(text) = input.string() {
        return vec![Message { role: Role::User, parts: vec![Part::Text(text)] }];
    }
    said(input.items())
}

/// Reads items of a conversation.
pub(super) fn said<'n>(items: impl Iterator<Item = Node<'n>>) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut turn = ReplyBuilder::default();
    for (number, item) in items.enumerate() {
        match sent(item) {
            Some(message) => {
                messages.extend(turn_said(std::mem::take(&mut turn)));
                messages.push(message);
            }
            None => self::item(item, number, Some(Voice::ALL), turn.choice(0)),
        }
    }
    messages.extend(turn_said(turn));
    messages
}

fn turn_said(turn: ReplyBuilder) -> Option<Message> {
    let message = turn.finish(None).choices.into_iter().next()?.message;
    (!message.parts.is_empty()).then_some(message)
}

/// Reads an item that the application adds; the others come from the model.
fn sent(item: Node<'_>) -> Option<Message> {
    let kind = item.get("type").and_then(Node::str).unwrap_or_else(|| "message".into());
    if kind.ends_with("_output") || kind == "mcp_approval_response" {
        let id = ["call_id", "approval_request_id", "id"].iter().find_map(|key| item.string_at(key));
        let result = ToolResult { id, name: None, parts: results(item), error: item.some("error").is_some() };
        return Some(Message { role: Role::Tool, parts: vec![Part::ToolResult(result)] });
    }
    let role = match item.get("role").and_then(Node::str).as_deref()? {
        "assistant" => return None,
        "system" | "developer" => Role::System,
        _ => Role::User,
    };
    let parts = match item.get("content") {
        Some(said) => content(said),
        None => vec![other(item, &kind)],
    };
    Some(Message { role, parts })
}

/// Reads a tool on offer: a function, a custom tool, one of the provider's own, or a namespace of such.
fn tools(node: Node<'_>) -> Vec<Tool> {
    if let Some(inner) = node.some("tools").filter(|tools| tools.is_list()) {
        return inner.items().flat_map(tools).collect();
    }
    let kind = node.get("type").and_then(Node::str).unwrap_or_default();
    let own =
        || Tool { name: kind.into_owned(), description: node.string_at("server_label"), parameters: None };
    vec![function(node.some("function").unwrap_or(node)).unwrap_or_else(own)]
}
