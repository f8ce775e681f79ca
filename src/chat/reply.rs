//! Assembles an answer from what a provider reads on the wire, whole or in pieces.
//!
//! Providers translate, this assembles: index gaps, late ids, half a tool call and repeated names are handled here
//! once. Equal consecutive pieces are both kept; the first non-empty id and model count; the last finish reason
//! that is not null counts.

use std::collections::BTreeMap;

use super::{Answer, Arguments, Media, Message, Part, ProviderError, Reply, Role, ToolCall, Usage};
use crate::syntax::Subtree;
use crate::text::{Joiner, Text};

/// The choices of an answer being assembled, by the wire's number.
pub type Choices = BTreeMap<usize, Choice>;

/// Assembles an answer.
#[derive(Debug, Default)]
pub struct ReplyBuilder {
    id: Option<Text>,
    model: Option<Text>,
    choices: Choices,
    /// Token counts; the last report wins.
    pub usage: Usage,
    error: Option<ProviderError>,
    ended: bool,
    always_ends: bool,
}

impl ReplyBuilder {
    /// Notes the answer's id; the first that is not empty counts.
    pub fn id(&mut self, id: Option<Text>) {
        set_first(&mut self.id, id);
    }

    /// Notes the model that answers; the first that is not empty counts.
    pub fn model(&mut self, model: Option<Text>) {
        set_first(&mut self.model, model);
    }

    /// Returns the choice with a number.
    pub fn choice(&mut self, index: usize) -> &mut Choice {
        self.choices.entry(index).or_default()
    }

    /// Notes an error that the provider reports. What has arrived stays.
    pub fn error(&mut self, message: Option<Text>, kind: Option<Text>) {
        self.error.get_or_insert(ProviderError { message, kind });
    }

    /// Notes that the wire says the stream is at its end.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Notes that this wire never leaves out to say that the stream is at its end: a finish reason alone is no end.
    pub fn always_ends(&mut self) {
        self.always_ends = true;
    }

    /// Returns whether the wire has said that the stream is at its end.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Returns the answer. `events` is the number of events, where it came as a stream.
    #[must_use]
    pub fn finish(self, events: Option<usize>) -> Reply {
        let finished =
            !self.always_ends && self.choices.values().any(|choice| choice.finish_reason.is_some());
        let complete = events.map(|_| (self.ended || finished) && self.error.is_none());
        let choices = self.choices.into_iter().map(|(index, choice)| choice.answer(index)).collect();
        let Self { id, model, usage, error, .. } = self;
        Reply { id, model, choices, usage, error, events, complete }
    }
}

/// Sets a fact that is not known yet; empty text tells nothing.
fn set_first(fact: &mut Option<Text>, new: Option<Text>) {
    if fact.is_none() {
        *fact = new.filter(|text| !text.is_empty());
    }
}

/// Sets a fact that is not known yet, or only as empty text.
fn set_better(fact: &mut Option<Text>, new: Option<Text>) {
    if fact.as_ref().is_none_or(Text::is_empty) && new.is_some() {
        *fact = new;
    }
}

/// What a piece belongs to: the kind of part and its place on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Slot {
    Text(usize),
    /// Source of the thinking, and its place there.
    Thinking(usize, usize),
    Refusal,
    Tool(usize),
    Function,
    Whole,
}

#[derive(Debug)]
enum Draft {
    Pieces(Joiner),
    Call(CallDraft),
    Part(Part),
}

/// A tool call being assembled.
#[derive(Debug, Default)]
pub struct CallDraft {
    index: Option<i64>,
    id: Option<Text>,
    name: Option<Text>,
    pieces: Joiner,
    whole: Option<Subtree>,
    server: bool,
}

impl CallDraft {
    /// Notes the tool's name. Some hosts repeat it in every piece: it is never joined.
    pub fn name(&mut self, name: Option<Text>) -> &mut Self {
        set_first(&mut self.name, name);
        self
    }

    /// Adds a piece of the arguments.
    pub fn arguments(&mut self, piece: Option<Text>) -> &mut Self {
        if let Some(piece) = piece {
            self.pieces.push(&piece);
        }
        self
    }

    /// Notes arguments that are JSON in the message; pieces that follow take their place.
    pub fn whole(&mut self, arguments: Subtree) -> &mut Self {
        self.whole = Some(arguments);
        self
    }

    /// Notes that the server runs this call.
    pub fn server(&mut self) -> &mut Self {
        self.server = true;
        self
    }

    fn finish(self) -> ToolCall {
        let arguments = match self.whole {
            Some(tree) if self.pieces.is_empty() => Arguments::Tree(tree),
            _ => Arguments::Text(self.pieces.finish()),
        };
        ToolCall { id: self.id, name: self.name, arguments, server: self.server }
    }
}

/// One choice being assembled: parts in the order in which they first appear.
#[derive(Debug, Default)]
pub struct Choice {
    parts: Vec<(Slot, Draft)>,
    finish_reason: Option<Text>,
}

impl Choice {
    fn draft(&mut self, slot: Slot, new: impl FnOnce() -> Draft) -> &mut Draft {
        let at = self.parts.iter().rposition(|(own, _)| *own == slot);
        let at = at.unwrap_or_else(|| {
            self.parts.push((slot, new()));
            self.parts.len() - 1
        });
        &mut self.parts[at].1
    }

    fn piece(&mut self, slot: Slot, piece: Option<Text>) {
        let Some(piece) = piece.filter(|piece| !piece.is_empty()) else {
            return;
        };
        if let Draft::Pieces(joiner) = self.draft(slot, || Draft::Pieces(Joiner::default())) {
            joiner.push(&piece);
        }
    }

    /// Adds a piece of the text block at `index`.
    pub fn text(&mut self, index: usize, piece: Option<Text>) {
        self.piece(Slot::Text(index), piece);
    }

    /// Adds a piece of the thinking block at `index`.
    pub fn thinking(&mut self, index: usize, piece: Option<Text>) {
        self.thinking_from(0, index, piece);
    }

    /// Adds a piece of thinking from one of several fields that may repeat each other.
    ///
    /// Of all sources that say anything, only the one with the lowest number is kept.
    pub fn thinking_from(&mut self, source: usize, index: usize, piece: Option<Text>) {
        self.piece(Slot::Thinking(source, index), piece);
    }

    /// Adds a piece of a refusal.
    pub fn refusal(&mut self, piece: Option<Text>) {
        self.piece(Slot::Refusal, piece);
    }

    /// Adds a part that comes whole.
    pub fn part(&mut self, part: Part) {
        self.parts.push((Slot::Whole, Draft::Part(part)));
    }

    /// Adds a medium that comes whole.
    pub fn media(&mut self, media: Media) {
        self.part(Part::Media(media));
    }

    /// Returns the tool call that a piece belongs to: the one with the same place on the wire or, where the wire
    /// gives none, the same id, or else the last one.
    ///
    /// A new id at a known place begins another call: some hosts give every call the same place.
    pub fn tool(&mut self, index: Option<i64>, id: Option<Text>) -> &mut CallDraft {
        let at = self.tool_slot(index, id.as_ref().filter(|id| !id.is_empty()));
        let call = self.call(Slot::Tool(at), index);
        // Some hosts send an empty id: it is what the result will be matched by.
        set_better(&mut call.id, id);
        call
    }

    /// Returns the function call in the manner of before there were tools.
    pub fn function(&mut self) -> &mut CallDraft {
        self.call(Slot::Function, None)
    }

    fn call(&mut self, slot: Slot, index: Option<i64>) -> &mut CallDraft {
        let draft = self.draft(slot, || Draft::Call(CallDraft { index, ..CallDraft::default() }));
        let Draft::Call(call) = draft else { unreachable!("tool and function slots hold calls") };
        call
    }

    fn tool_slot(&self, index: Option<i64>, id: Option<&Text>) -> usize {
        let calls = self.parts.iter().filter_map(|(slot, draft)| match (slot, draft) {
            (Slot::Tool(at), Draft::Call(call)) => Some((*at, call)),
            _ => None,
        });
        let calls: Vec<_> = calls.collect();
        let differs = |call: &CallDraft| matches!((&call.id, id), (Some(own), Some(id)) if own != id);
        let same = |call: &CallDraft| match (index, id) {
            (Some(_), _) => call.index == index && !differs(call),
            (None, Some(id)) => call.id.as_ref() == Some(id),
            (None, None) => true,
        };
        let found = calls.iter().rev().find(|(_, call)| same(call));
        found.map_or(calls.len(), |(at, _)| *at)
    }

    /// Notes why the choice ended. A later null does not erase it.
    pub fn finish_reason(&mut self, reason: Option<Text>) {
        if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
            self.finish_reason = Some(reason);
        }
    }

    fn answer(self, index: usize) -> Answer {
        let sources = self.parts.iter().filter_map(|(slot, _)| match slot {
            Slot::Thinking(source, _) => Some(*source),
            _ => None,
        });
        let source = sources.min();
        let kept = self.parts.into_iter().filter(
            |(slot, _)| !matches!((slot, source), (Slot::Thinking(own, _), Some(source)) if *own != source),
        );
        let parts = kept.map(|(slot, draft)| match (slot, draft) {
            (Slot::Thinking(..), Draft::Pieces(joiner)) => Part::Thinking(joiner.finish()),
            (Slot::Refusal, Draft::Pieces(joiner)) => Part::Refusal(joiner.finish()),
            (_, Draft::Pieces(joiner)) => Part::Text(joiner.finish()),
            (Slot::Function, Draft::Call(call)) => Part::FunctionCall(call.finish()),
            (_, Draft::Call(call)) => Part::ToolCall(call.finish()),
            (_, Draft::Part(part)) => part,
        });
        let message = Message { role: Role::Assistant, parts: parts.collect() };
        Answer { index, message, finish_reason: self.finish_reason }
    }
}
