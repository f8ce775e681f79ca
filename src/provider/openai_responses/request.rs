//! Requests: instructions, a conversation as items, tools.

use std::borrow::Cow;
use std::collections::HashMap;

use super::super::openai::{content, function};
use super::item;
use crate::chat::{Message, Part, Prompt, ReplyBuilder, Role, Tool, ToolResult, Voice};
use crate::syntax::Node;
use crate::text::Text;

pub(super) fn prompt(body: Node<'_>, prompt: &mut Prompt) {
    let instructions = body.get("instructions").filter(|text| !text.is("")).into_iter().flat_map(asked);
    prompt.messages.extend(instructions.map(|message| Message { role: Role::System, ..message }));
    prompt.messages.extend(body.get("input").into_iter().flat_map(asked));
    prompt.previous = body.string_at("previous_response_id");
    let conversation = body.some("conversation");
    prompt.conversation = conversation.and_then(|kept| kept.string().or_else(|| kept.string_at("id")));
    for (key, value) in body.entries() {
        match key.str().as_deref() {
            Some("instructions" | "input") => {}
            Some("model") => prompt.model = value.string(),
            Some("tools") => prompt.tools.extend(value.items().flat_map(tools)),
            Some(name) if !value.is_null() => prompt.parameters.push((name.to_owned(), value.json())),
            _ => {}
        }
    }
}

/// Reads what a request says: a text, or a list of items. The items of one turn of the model make one message.
fn asked(input: Node<'_>) -> Vec<Message> {
    if let Some(text) = input.string() {
        return vec![Message { role: Role::User, parts: vec![Part::Text(text)] }];
    }
    conversation(input.items())
}

/// Reads items of a conversation.
pub(in super::super) fn conversation<'n>(items: impl Iterator<Item = Node<'n>>) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut turn = ReplyBuilder::default();
    // The output of a local shell may name the item that calls it in place of the call.
    let mut calls = HashMap::new();
    for (number, node) in items.enumerate() {
        if let (Some(id), Some(call)) = (node.get("id").and_then(Node::str), node.string_at("call_id")) {
            calls.insert(id, call);
        }
        match sent(node, &calls) {
            Some(message) => {
                messages.extend(said(std::mem::take(&mut turn)));
                messages.push(message);
            }
            None => item::read(node, number, Some(Voice::ALL), turn.choice(0)),
        }
    }
    messages.extend(said(turn));
    messages
}

fn said(turn: ReplyBuilder) -> Option<Message> {
    let message = turn.finish(None).choices.into_iter().next()?.message;
    (!message.parts.is_empty()).then_some(message)
}

/// Reads an item that the application adds; the others come from the model.
fn sent(node: Node<'_>, calls: &HashMap<Cow<'_, str>, Text>) -> Option<Message> {
    let kind = node.get("type").and_then(Node::str).unwrap_or_else(|| "message".into());
    if kind.ends_with("_output") || kind == "mcp_approval_response" {
        let id = ["call_id", "approval_request_id", "id"].iter().find_map(|key| node.string_at(key));
        let id = id.map(|id| calls.get(id.as_str()).cloned().unwrap_or(id));
        let mut parts = item::results(node);
        if parts.is_empty() {
            parts.extend(node.string_at("status").map(Part::Text));
        }
        let local = kind == "local_shell_call_output" && node.get("call_id").is_none();
        let name = local.then(|| Text::made("local_shell"));
        let result = ToolResult { id, name, parts, error: node.some("error").is_some() };
        return Some(Message { role: Role::Tool, parts: vec![Part::ToolResult(result)] });
    }
    let role = match node.get("role").and_then(Node::str).as_deref()? {
        "assistant" => return None,
        "system" | "developer" => Role::System,
        _ => Role::User,
    };
    let parts = match node.get("content") {
        Some(said) => content(said),
        None => vec![item::other(node, &kind)],
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
