//! Setting a place to a value: typed as the place wants, in the style of what is there.

use serde_json::Value as Json;

use super::place::{Holder, Place, joined, within};
use super::repeats::{self, What, whole};
use super::spread::spread;
use super::{Missing, address, header};
use crate::chat::{Arguments, Part, ToolCall};
use crate::diagnostic::Diagnostic;
use crate::load::Recording;
use crate::provider;
use crate::rewrite::Wanted;
use crate::syntax::path::{Path, Step};
use crate::syntax::{Node, Piece, Subtree, rearrange};
use crate::text::{Edit, Text};

/// What to take a value for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum As {
    /// What the place holds already; JSON, if it is, where nothing is.
    #[default]
    Fitting,
    /// Text.
    Text,
    /// JSON.
    Json,
}

/// A value as it was given.
#[derive(Clone, Debug)]
pub struct Value {
    /// Its characters.
    pub text: String,
    /// What it is.
    pub kind: As,
}

/// What is wanted, and what must be read back.
pub(super) struct Plan {
    pub(super) wanted: Wanted,
    pub(super) expected: Json,
    /// The other interactions that change.
    pub(super) followed: Vec<usize>,
}

impl Plan {
    fn new(edits: Vec<Edit>, expected: Json) -> Self {
        Self { wanted: Wanted::from(edits), expected, followed: Vec::new() }
    }
}

pub(super) fn plan(
    recording: &Recording,
    at: usize,
    path: &Path,
    found: &Place,
    values: &[Value],
) -> Result<Plan, Diagnostic> {
    match found {
        Place::Text(text) => {
            let new = &one(values)?.text;
            let pieces = text.pieces();
            let edits = pieces.iter().zip(spread(&pieces, new)).map(|(piece, new)| whole(piece, &new));
            let mut plan = Plan::new(edits.collect(), Json::from(new.as_str()));
            if let Some(call) = call(recording, at, path) {
                // All arguments, as text.
                follow_arguments(recording, at, call, &[], &plan.expected.clone(), &mut plan)?;
            } else {
                follow(recording, at, path, &[(text.clone(), new.clone())], &mut plan);
            }
            Ok(plan)
        }
        Place::Address(_) => {
            let new = &one(values)?.text;
            let wanted = address::set(recording, at, new)?;
            Ok(Plan { wanted, expected: Json::from(new.as_str()), followed: Vec::new() })
        }
        Place::Said(texts) => {
            let new = &one(values)?.text;
            let pieces: Vec<Vec<Text>> = texts.iter().map(Text::pieces).collect();
            let mut shares = spread(&pieces.concat(), new).into_iter();
            let mut plan = Plan::new(Vec::new(), Json::from(new.as_str()));
            let mut changed = Vec::new();
            for (text, pieces) in texts.iter().zip(&pieces) {
                let shares: Vec<String> = shares.by_ref().take(pieces.len()).collect();
                changed.push((text.clone(), shares.concat()));
                plan.wanted.edits.extend(pieces.iter().zip(shares).map(|(piece, new)| whole(piece, &new)));
            }
            if joined(texts).is_empty() {
                return Err(refused("there is no text that another could take the place of"));
            }
            follow(recording, at, path, &changed, &mut plan);
            Ok(plan)
        }
        Place::Number(text) => {
            let value = one(values)?;
            let number = serde_json::from_str::<Json>(value.text.trim()).ok().filter(Json::is_number);
            let number = number.ok_or_else(|| refused(format!("`{}` is no number", value.text)))?;
            Ok(Plan::new(vec![whole(text, &number.to_string())], number))
        }
        Place::Node(node, holder) => {
            let new = typed(values, Some(node.node()))?;
            let mut plan = Plan::new(Vec::new(), new.clone());
            assign(recording, node.node(), holder.as_ref(), &new, &mut plan.wanted)?;
            if let (Some(call), Some(steps)) = (call(recording, at, path), path.steps.get(4..)) {
                follow_arguments(recording, at, call, steps, &new, &mut plan)?;
            }
            Ok(plan)
        }
        Place::Absent(holder) => {
            let new = typed(values, None)?;
            let mut plan = Plan::new(Vec::new(), new.clone());
            put(holder, &new, &mut plan.wanted)?;
            Ok(plan)
        }
        Place::Headers { sent, name, at: headers } => {
            let values: Vec<&str> = values.iter().map(|value| value.text.as_str()).collect();
            let wanted = header::set(recording, at, *sent, name, headers, &values)?;
            let expected = match values.as_slice() {
                [value] => Json::from(*value),
                values => values.iter().map(|value| Json::from(*value)).collect(),
            };
            Ok(Plan { wanted, expected, followed: Vec::new() })
        }
        Place::Query { name, pairs } => {
            let new = &one(values)?.text;
            let wanted = address::set_parameter(recording, at, name, pairs, new)?;
            Ok(Plan { wanted, expected: Json::from(new.as_str()), followed: Vec::new() })
        }
        Place::Made(_) => Err(refused("it is put together of several places; set one of them")),
    }
}

pub(super) fn refused(why: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error(format!("cannot set it: {why}"), None).help("the file is left as it is")
}

fn one(values: &[Value]) -> Result<&Value, Diagnostic> {
    match values {
        [value] => Ok(value),
        _ => Err(refused("it holds one value")),
    }
}

/// Returns values as the place wants them.
fn typed(values: &[Value], like: Option<Node<'_>>) -> Result<Json, Diagnostic> {
    let [value] = values else {
        return values.iter().map(|value| typed(std::slice::from_ref(value), None)).collect();
    };
    let json = serde_json::from_str::<Json>(&value.text);
    let wants = |what: &str, fits: fn(&Json) -> bool| {
        let refused =
            || refused(format!("`{}` is {what}; --json and --text make it something else", value.text));
        json.as_ref().ok().filter(|json| fits(json)).cloned().ok_or_else(refused)
    };
    match (value.kind, like) {
        (As::Text, _) => Ok(Json::from(value.text.as_str())),
        (As::Json, _) => json.map_err(|error| refused(format!("`{}` is no JSON: {error}", value.text))),
        (As::Fitting, Some(node)) if node.is_string() => Ok(Json::from(value.text.as_str())),
        (As::Fitting, Some(node)) if node.is_map() => wants("no object, as it must be here", Json::is_object),
        (As::Fitting, Some(node)) if node.is_list() => wants("no list, as it must be here", Json::is_array),
        (As::Fitting, Some(node)) if node.json().is_number() => {
            wants("no number, as it must be here", Json::is_number)
        }
        (As::Fitting, _) => Ok(json.unwrap_or_else(|_| Json::from(value.text.as_str()))),
    }
}

/// Gives a node another value.
fn assign(
    recording: &Recording,
    node: Node<'_>,
    holder: Option<&Holder>,
    new: &Json,
    wanted: &mut Wanted,
) -> Result<(), Diagnostic> {
    let old = node.json();
    if *new == old {
        return Ok(());
    }
    let bare = |value: &Json| matches!(value, Json::Number(_) | Json::Bool(_) | Json::Null);
    match (new, node.text()) {
        (Json::String(new), Some(text)) if node.is_string() => {
            wanted.edits.push(whole(&text, new));
            return Ok(());
        }
        (_, Some(text)) if bare(new) && bare(&old) && !text.is_empty() => {
            wanted.edits.push(whole(&text, &new.to_string()));
            return Ok(());
        }
        _ => {}
    }
    if let Some(holder) = holder {
        put(holder, new, wanted)
    } else {
        // A body as a whole, where it is text.
        let text = node.tree().text();
        if node.tree().root().is_none_or(|root| root.index() != node.index()) {
            return Err(refused("it cannot be told what holds it"));
        }
        let is_file =
            recording.file.tree.as_ref().is_some_and(|tree| std::sync::Arc::ptr_eq(tree, node.tree()));
        if is_file {
            return Err(refused("the recorder keeps it as a part of its file; set what is in it"));
        }
        wanted.edits.push(whole(text, &new.to_string()));
        Ok(())
    }
}

/// Puts a value where an item or member is, or behind the last.
fn put(holder: &Holder, new: &Json, wanted: &mut Wanted) -> Result<(), Diagnostic> {
    let collection = holder.collection.node();
    let count = collection.items().count() + collection.entries().count();
    let piece = || match &holder.key {
        Some(key) => Piece::Member(key.clone(), new.clone()),
        None => Piece::Item(new.clone()),
    };
    let pieces =
        (0..count.max(holder.index + 1)).map(|at| if at == holder.index { piece() } else { Piece::Kept(at) });
    let rearranged = rearrange(collection, pieces.collect()).map_err(refused)?;
    wanted.rearrange(rearranged);
    Ok(())
}

/// Adds the edits of places that repeat a text that was changed.
fn follow(recording: &Recording, at: usize, path: &Path, changed: &[(Text, String)], plan: &mut Plan) {
    let names: Vec<&str> = path
        .steps
        .iter()
        .filter_map(|step| if let Step::Name(name) = step { Some(name.as_str()) } else { None })
        .collect();
    let what = match names.as_slice() {
        ["response", "text" | "refusal"] => What::Said,
        ["response", "reasoning"] => What::Thought,
        ["response", "id"] | ["response", "tool_calls" | "server_tool_calls", "id"] => What::Id,
        ["response", "model"] | ["response", "tool_calls" | "server_tool_calls", "name"] => What::Name,
        _ => return,
    };
    for (text, new) in changed {
        let old = text.as_str();
        if old.is_empty() || old == new {
            continue;
        }
        plan.wanted.edits.extend(repeats::in_stream(recording, at, what, text, new));
        for number in repeats::later(recording, at) {
            let edits = repeats::sent_back(&recording.interactions[number], what, old, new);
            if !edits.is_empty() && !plan.followed.contains(&number) {
                plan.followed.push(number);
            }
            plan.wanted.edits.extend(edits);
        }
    }
}

/// Returns the call that a path names the arguments of, or something in them.
fn call<'r>(recording: &'r Recording, at: usize, path: &Path) -> Option<&'r ToolCall> {
    let [Step::Name(side), Step::Name(list), Step::Index(index), Step::Name(field), ..] =
        path.steps.as_slice()
    else {
        return None;
    };
    let server = match list.as_str() {
        "tool_calls" => false,
        "server_tool_calls" => true,
        _ => return None,
    };
    if side != "response" || field != "arguments" {
        return None;
    }
    let parts = &recording.interactions[at].exchange.as_ref()?.reply.answer()?.message.parts;
    let calls = parts.iter().filter_map(|part| match part {
        Part::ToolCall(call) | Part::FunctionCall(call) if call.server == server => Some(call),
        _ => None,
    });
    let calls: Vec<&ToolCall> = calls.collect();
    let index = if *index < 0 {
        calls.len().checked_add_signed(isize::try_from(*index).ok()?)?
    } else {
        usize::try_from(*index).ok()?
    };
    calls.get(index).copied()
}

/// Adds the edits of places that repeat the arguments of a call: the end of its stream, and later requests.
fn follow_arguments(
    recording: &Recording,
    at: usize,
    call: &ToolCall,
    steps: &[Step],
    new: &Json,
    plan: &mut Plan,
) -> Result<(), Diagnostic> {
    if let Arguments::Text(text) = &call.arguments {
        let whole = changed(recording, text, steps, new);
        if let Some(whole) = whole {
            plan.wanted.edits.extend(repeats::in_stream(recording, at, What::Said, text, &whole));
        }
    }
    for number in repeats::later(recording, at) {
        for back in repeats::arguments_sent_back(&recording.interactions[number], call) {
            match back {
                Arguments::Text(text) if steps.is_empty() => {
                    plan.wanted.edits.push(whole(text, new.as_str().unwrap_or_default()));
                }
                Arguments::Text(text) => {
                    let Some(tree) = provider::json(text) else { continue };
                    assign_at(recording, &tree, steps, new, &mut plan.wanted)?;
                }
                Arguments::Tree(tree) => assign_at(recording, tree, steps, new, &mut plan.wanted)?,
            }
            if !plan.followed.contains(&number) {
                plan.followed.push(number);
            }
        }
    }
    Ok(())
}

fn assign_at(
    recording: &Recording,
    tree: &Subtree,
    steps: &[Step],
    new: &Json,
    wanted: &mut Wanted,
) -> Result<(), Diagnostic> {
    let holder = Holder::of(tree.node(), "the arguments");
    if let Ok(Place::Node(node, holder)) = within(tree.node(), holder, steps, "the arguments") {
        assign(recording, node.node(), holder.as_ref(), new, wanted)?;
    }
    Ok(())
}

/// Returns a text of JSON with one value changed.
fn changed(recording: &Recording, text: &Text, steps: &[Step], new: &Json) -> Option<String> {
    if steps.is_empty() {
        return new.as_str().map(str::to_owned);
    }
    let copy = Text::source(crate::text::SourceId::default(), text.as_str().to_owned());
    let tree = provider::json(&copy)?;
    let mut wanted = Wanted::default();
    assign_at(recording, &tree, steps, new, &mut wanted).ok()?;
    let edits = wanted.edits.into_iter().chain(wanted.rearranged.into_iter().flat_map(|each| each.edits));
    let lifted = crate::text::lift(edits.collect()).ok()?.into_values().next()?;
    let bytes = crate::text::splice(copy.as_str().as_bytes(), lifted.changes).ok()?;
    String::from_utf8(bytes).ok()
}

impl From<Missing> for Diagnostic {
    fn from(missing: Missing) -> Self {
        missing.diagnostic()
    }
}
