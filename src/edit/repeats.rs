//! What is told more than once: a stream repeats its pieces in the end, and later requests send an answer back.

use std::collections::BTreeSet;

use crate::chat::{Arguments, Part, Role, ToolCall};
use crate::load::{Recorded, Recording, Response};
use crate::syntax::Node;
use crate::text::{Edit, Text};

/// What is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// What was said, or the arguments of a call.
    Said,
    /// What was thought.
    Thought,
    /// An id: wherever it stands.
    Id,
    /// The name of a model or a tool.
    Name,
}

/// Keys under which a stream repeats what its pieces make. Pieces themselves stand in a `delta`.
const WHOLES: &[&str] = &[
    "text",
    "refusal",
    "arguments",
    "input",
    "code",
    "transcript",
    "message",
    "content",
    "output_text",
    "thinking",
];

/// A shorter id is a number that stands elsewhere by chance.
const SHORTEST_ID: usize = 5;

/// Returns the edits that an answer's own stream needs for a text that it repeats. What something else of the answer is
/// put together from only reads like it by chance.
pub(super) fn in_stream(recording: &Recording, at: usize, what: What, text: &Text, new: &str) -> Vec<Edit> {
    let old = text.as_str();
    let mut edits = Vec::new();
    let own = recording
        .interactions
        .iter()
        .enumerate()
        .filter(|(number, entry)| *number == at || entry.told_in == Some(at));
    for (_, entry) in own {
        if what == What::Id {
            everywhere(entry, old, new, &mut edits);
        } else if let Response::Stream(events) = &entry.response {
            let data = events.iter().filter_map(|(_, data)| data.as_ref());
            data.for_each(|data| find(data.node(), "", what, old, new, &mut edits));
        } else if let (Response::Whole(data), true) = (&entry.response, entry.http.other.is_some()) {
            find(data.node(), "", what, old, new, &mut edits);
        }
    }
    if matches!(what, What::Said | What::Thought) && !edits.is_empty() {
        let others: Vec<&Text> = said(recording, at).filter(|other| !other.shares(text)).collect();
        edits.retain(|edit| !others.iter().any(|other| other.shares(&edit.at)));
    }
    edits
}

/// Returns all that the answers of an exchange say: texts, thinking, refusals, arguments of calls.
fn said(recording: &Recording, at: usize) -> impl Iterator<Item = &Text> {
    let choices = recording.interactions[at].exchange.iter().flat_map(|exchange| &exchange.reply.choices);
    choices.flat_map(|answer| &answer.message.parts).filter_map(|part| match part {
        Part::Text(text) | Part::Thinking(text) | Part::Refusal(text) => Some(text),
        Part::ToolCall(call) | Part::FunctionCall(call) => match &call.arguments {
            Arguments::Text(text) => Some(text),
            Arguments::Tree(_) => None,
        },
        _ => None,
    })
}

/// Replaces a text wherever it stands in a value under a key of its kind.
fn find(node: Node<'_>, key: &str, what: What, old: &str, new: &str, edits: &mut Vec<Edit>) {
    let fits = match what {
        What::Said | What::Thought => WHOLES.contains(&key),
        What::Name => matches!(key, "model" | "name"),
        What::Id => true,
    };
    if fits && node.is(old) {
        edits.extend(node.string().map(|text| whole(&text, new)));
    }
    for item in node.items() {
        find(item, key, what, old, new, edits);
    }
    for (name, value) in node.entries() {
        let name = name.str().unwrap_or_default();
        if !(matches!(what, What::Said | What::Thought) && name == "delta") {
            find(value, &name, what, old, new, edits);
        }
    }
}

/// Replaces an id wherever it stands in an interaction.
fn everywhere(entry: &Recorded, old: &str, new: &str, edits: &mut Vec<Edit>) {
    if old.len() < SHORTEST_ID {
        return;
    }
    let mut add = |node: Node<'_>| find(node, "", What::Id, old, new, edits);
    if let Some(request) = &entry.request {
        add(request.node());
    }
    match &entry.response {
        Response::Opaque => {}
        Response::Whole(data) => add(data.node()),
        Response::Stream(events) => {
            events.iter().filter_map(|(_, data)| data.as_ref()).for_each(|data| add(data.node()));
        }
    }
}

/// Returns the interactions that go on from one, with all that go on from those.
pub(super) fn later(recording: &Recording, at: usize) -> Vec<usize> {
    let mut known = BTreeSet::from([at]);
    for number in at + 1..recording.interactions.len() {
        let link = recording.threads.turn(number).and_then(|turn| turn.link.as_ref());
        if link.is_some_and(|link| known.contains(&link.from)) {
            known.insert(number);
        }
    }
    known.remove(&at);
    known.into_iter().collect()
}

/// Returns the edits of one later interaction for a text that its request sends back.
pub(super) fn sent_back(entry: &Recorded, what: What, old: &str, new: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    if what == What::Id {
        everywhere(entry, old, new, &mut edits);
        return edits;
    }
    for part in parts(entry) {
        match part {
            Part::Text(text) | Part::Refusal(text) if what == What::Said && text == old => {
                edits.push(whole(text, new));
            }
            Part::Thinking(text) if what == What::Thought && text == old => edits.push(whole(text, new)),
            _ => {}
        }
    }
    edits
}

/// Returns the arguments that a later request sends back of a call.
pub(super) fn arguments_sent_back<'e>(entry: &'e Recorded, call: &ToolCall) -> Vec<&'e Arguments> {
    let same = |part: &'e Part| match part {
        Part::ToolCall(own) | Part::FunctionCall(own) => {
            let is_it =
                own.id == call.id && own.name == call.name && own.arguments.json() == call.arguments.json();
            is_it.then_some(&own.arguments)
        }
        _ => None,
    };
    parts(entry).filter_map(same).collect()
}

/// Returns what a request has the model say.
fn parts(entry: &Recorded) -> impl Iterator<Item = &Part> {
    let messages = entry.exchange.iter().flat_map(|exchange| &exchange.prompt.messages);
    messages.filter(|message| message.role == Role::Assistant).flat_map(|message| &message.parts)
}

pub(super) fn whole(text: &Text, new: &str) -> Edit {
    Edit::replace(text, 0..text.len(), new)
}
