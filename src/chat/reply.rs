//! Assembles an answer from what a provider reads on the wire, whole or in pieces.
//!
//! Providers translate, this assembles: index gaps, late ids, half a tool call and repeated names are handled here
//! once. Equal consecutive pieces are both kept; the first non-empty id and model count; the last finish reason
//! that is not null counts.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeBounds;

use serde_json::Value;

use super::arguments::put;
use super::call_index::Calls;
use super::disagreement::disagreement;
use super::{
    Answer, Arguments, Media, Message, Part, Place, ProviderError, Reply, Role, ToolCall, ToolResult, Usage,
};
use crate::diagnostic::Diagnostic;
use crate::syntax::{Node, Subtree};
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

    /// Returns whether id and model are known, so that others count no more.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.id.is_some() && self.model.is_some()
    }

    /// Returns the choice with a number.
    pub fn choice(&mut self, index: usize) -> &mut Choice {
        self.choices.entry(index).or_default()
    }

    /// Notes an error that the provider reports. What has arrived stays.
    pub fn error(&mut self, message: Option<Text>, kind: Option<Text>) {
        self.error.get_or_insert(ProviderError { message, kind });
    }

    /// Returns whether an error was reported.
    #[must_use]
    pub fn has_error(&self) -> bool {
        self.error.is_some()
    }

    /// Notes that the wire says the stream is at its end.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Returns where a stream does not agree with itself: the whole that it repeats in the end is not what its pieces
    /// make. One of the two was cut or edited.
    #[must_use]
    pub fn disagreements(&self) -> Vec<Diagnostic> {
        self.choices.values().flat_map(Choice::disagreements).cloned().collect()
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

/// Sets a fact that is not known yet, or only as empty text; returns whether it did.
fn set_better(fact: &mut Option<Text>, new: Option<Text>) -> bool {
    let better = fact.as_ref().is_none_or(Text::is_empty) && new.is_some();
    if better {
        *fact = new;
    }
    better
}

/// What a piece belongs to: the kind of part and its place on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Slot {
    Text(usize),
    /// Source of the thinking, and its place there.
    Thinking(usize, usize),
    Refusal,
    Tool(usize),
    Function,
    Sound(usize),
    Result(usize),
    Item(usize),
    Note(&'static str),
    Whole,
}

#[derive(Debug)]
enum Draft {
    Pieces(Joiner),
    Call(Box<CallDraft>),
    /// Bytes in base64, words.
    Sound(Joiner, Joiner),
    Result(ToolResult),
    Parts(Vec<Part>),
}

/// In which voice a text is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// The answer itself.
    Text,
    /// Thinking, or a summary of it.
    Thinking,
    /// The model declines.
    Refusal,
}

impl Voice {
    /// All voices.
    pub const ALL: &[Self] = &[Self::Text, Self::Thinking, Self::Refusal];

    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Thinking => "thinking",
            Self::Refusal => "refusal",
        }
    }

    fn slot(self, index: usize) -> Slot {
        match self {
            Self::Text => Slot::Text(index),
            Self::Thinking => Slot::Thinking(0, index),
            Self::Refusal => Slot::Refusal,
        }
    }
}

/// A tool call being assembled.
#[derive(Debug, Default)]
pub struct CallDraft {
    index: Option<i64>,
    id: Option<Text>,
    name: Option<Text>,
    pieces: Joiner,
    /// How many pieces there were.
    count: usize,
    whole: Option<Subtree>,
    /// Arguments that come one by one, and whether more of them do.
    placed: Option<Value>,
    goes_on: bool,
    server: bool,
    disagreement: Option<Diagnostic>,
}

impl CallDraft {
    /// Notes the tool's name. Some hosts repeat it in every piece: it is never joined.
    pub fn name(&mut self, name: Option<Text>) -> &mut Self {
        set_first(&mut self.name, name);
        self
    }

    /// Adds a piece of the arguments.
    pub fn arguments(&mut self, piece: Option<Text>) -> &mut Self {
        if let Some(piece) = piece.filter(|piece| !piece.is_empty()) {
            self.pieces.push(&piece);
            self.count += 1;
        }
        self
    }

    /// Returns whether the arguments came at once: a JSON object, which nothing can go on.
    #[must_use]
    pub fn came_whole(&self) -> bool {
        let object = || serde_json::from_str::<serde_json::Map<_, _>>(self.pieces.as_str()).is_ok();
        self.whole.is_some() || (self.count == 1 && object())
    }

    /// Notes arguments that are JSON in the message; pieces that follow take their place.
    pub fn whole(&mut self, arguments: Subtree) -> &mut Self {
        self.whole = Some(arguments);
        self
    }

    /// Notes a value of the arguments at a path such as `$.a[0].b`; a text goes on with the one that stands there.
    /// What a path that is no such leads to is left out.
    pub fn place(&mut self, path: &str, value: Value) -> &mut Self {
        let arguments = self.placed.get_or_insert_with(|| Value::Object(serde_json::Map::new()));
        put(arguments, path, value);
        self
    }

    /// Notes whether the wire says that more of this call comes.
    pub fn goes_on(&mut self, goes_on: bool) -> &mut Self {
        self.goes_on = goes_on;
        self
    }

    /// Notes what the wire says the arguments are in the end: they stand in for pieces that did not come.
    pub fn settle(&mut self, arguments: Node<'_>) -> &mut Self {
        if arguments.is_map() || arguments.is_list() {
            return self.whole(arguments.subtree());
        }
        if self.pieces.is_empty() {
            return self.arguments(arguments.string());
        }
        if arguments.str().is_some_and(|whole| !whole.is_empty() && whole != self.pieces.as_str()) {
            self.disagreement.get_or_insert_with(|| disagreement("arguments", arguments));
        }
        self
    }

    /// Notes that the server runs this call.
    pub fn server(&mut self) -> &mut Self {
        self.server = true;
        self
    }

    fn finish(self) -> ToolCall {
        let arguments = match (self.whole, self.placed) {
            (Some(tree), _) if self.pieces.is_empty() => Arguments::Tree(tree),
            (None, Some(placed)) if self.pieces.is_empty() => Arguments::Text(Text::made(placed.to_string())),
            _ => Arguments::Text(self.pieces.finish()),
        };
        ToolCall { id: self.id, name: self.name, arguments, server: self.server }
    }
}

/// One choice being assembled: parts in the order in which they first appear.
#[derive(Debug, Default)]
pub struct Choice {
    parts: Vec<(Slot, Draft)>,
    /// Where the parts are that may get more.
    slots: HashMap<Slot, usize>,
    calls: Calls,
    /// Numbers of the items that were mentioned, by their ids, where the wire has such.
    items: HashMap<Box<str>, usize>,
    /// Number of the item that was mentioned last, and whether it has an id.
    last_item: Option<(usize, bool)>,
    finish_reason: Option<Text>,
    finish_detail: Option<Text>,
    speaker: Option<Role>,
    disagreements: Vec<(Voice, Diagnostic)>,
}

impl Choice {
    fn draft(&mut self, slot: Slot, new: impl FnOnce() -> Draft) -> &mut Draft {
        let last = self.parts.last().filter(|(own, _)| *own == slot).map(|_| self.parts.len() - 1);
        let at = last.or_else(|| self.slots.get(&slot).copied()).unwrap_or_else(|| {
            self.slots.insert(slot, self.parts.len());
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

    /// Adds a piece of what is said in a voice at `index`; a refusal has only one place.
    pub fn say(&mut self, voice: Voice, index: usize, piece: Option<Text>) {
        self.piece(voice.slot(index), piece);
    }

    /// Returns what was said so far in a voice, at some indexes or all.
    fn said(&self, voice: Voice, indexes: &impl RangeBounds<usize>) -> String {
        let mut parts: Vec<_> = self.parts.iter().map(|(slot, draft)| (*slot, draft)).collect();
        in_order(&mut parts);
        let mut said = String::new();
        for (slot, draft) in parts {
            let Draft::Pieces(pieces) = draft else { continue };
            let own = match (slot, voice) {
                (Slot::Text(at), Voice::Text) | (Slot::Thinking(_, at), Voice::Thinking) => {
                    indexes.contains(&at)
                }
                (Slot::Refusal, Voice::Refusal) => true,
                _ => false,
            };
            if own {
                said.push_str(pieces.as_str());
            }
        }
        said
    }

    /// Returns whether anything was said in a voice.
    #[must_use]
    pub fn says(&self, voice: Voice) -> bool {
        !self.said(voice, &..).is_empty()
    }

    /// Notes what the wire says the texts at some indexes are in the end.
    ///
    /// They stand in for pieces that did not come. They are never added to pieces: they have to agree with them.
    pub fn settle(&mut self, voice: Voice, indexes: &impl RangeBounds<usize>, texts: &[(usize, Node<'_>)]) {
        let said = self.said(voice, indexes);
        if said.is_empty() {
            for (index, text) in texts {
                self.say(voice, *index, text.string());
            }
            return;
        }
        let whole: String = texts.iter().filter_map(|(_, text)| text.str()).collect();
        let known = self.disagreements.iter().any(|(own, _)| *own == voice);
        if let Some((_, text)) = texts.first()
            && !whole.is_empty()
            && whole != said
            && !known
        {
            self.disagreements.push((voice, disagreement(voice.name(), *text)));
        }
    }

    fn disagreements(&self) -> impl Iterator<Item = &Diagnostic> {
        let calls = self.parts.iter().filter_map(|(_, draft)| match draft {
            Draft::Call(call) => call.disagreement.as_ref(),
            Draft::Pieces(_) | Draft::Sound(..) | Draft::Result(_) | Draft::Parts(_) => None,
        });
        self.disagreements.iter().map(|(_, diagnostic)| diagnostic).chain(calls)
    }

    /// Adds a piece of text where the wire numbers no blocks: it goes on with the last part, if that is text, or
    /// begins another.
    pub fn continue_text(&mut self, piece: Option<Text>) {
        let index = match self.parts.last() {
            Some((Slot::Text(index), _)) => *index,
            _ => self.parts.len(),
        };
        self.text(index, piece);
    }

    /// Adds a piece of thinking where the wire numbers no blocks, as [`Choice::continue_text`] does for text.
    pub fn continue_thinking(&mut self, piece: Option<Text>) {
        let index = match self.parts.last() {
            Some((Slot::Thinking(0, index), _)) => *index,
            _ => self.parts.len(),
        };
        self.thinking(index, piece);
    }

    /// Notes all of the text block at `index` so far, where the wire repeats it in each event: the last counts.
    pub fn text_so_far(&mut self, index: usize, whole: Option<Text>) {
        let Some(whole) = whole.filter(|text| !text.is_empty()) else { return };
        let mut joiner = Joiner::default();
        joiner.push(&whole);
        *self.draft(Slot::Text(index), || Draft::Pieces(Joiner::default())) = Draft::Pieces(joiner);
    }

    /// Adds a piece of what has a name on the wire but is neither text nor thinking, such as a plan.
    pub fn note(&mut self, kind: &'static str, piece: Option<Text>) {
        self.piece(Slot::Note(kind), piece);
    }

    /// Adds a part that comes whole.
    pub fn part(&mut self, part: Part) {
        self.parts.push((Slot::Whole, Draft::Parts(vec![part])));
    }

    /// Adds a medium that comes whole.
    pub fn media(&mut self, media: Media) {
        self.part(Part::Media(media));
    }

    /// Adds a piece of the sound at `index`: its bytes in base64, and what is said in it.
    pub fn sound(&mut self, index: usize, data: Option<&Text>, transcript: Option<&Text>) {
        if data.or(transcript).is_none() {
            return;
        }
        let new = || Draft::Sound(Joiner::default(), Joiner::default());
        let Draft::Sound(bytes, words) = self.draft(Slot::Sound(index), new) else { return };
        for (joiner, piece) in [(bytes, data), (words, transcript)] {
            if let Some(piece) = piece {
                joiner.push(piece);
            }
        }
    }

    /// Returns whether a sound came in pieces.
    #[must_use]
    pub fn has_sound(&self) -> bool {
        self.parts.iter().any(|(slot, _)| matches!(slot, Slot::Sound(_)))
    }

    /// Returns what a tool gave back that the server ran, at `index`.
    pub fn result(&mut self, index: usize) -> &mut ToolResult {
        let draft = self.draft(Slot::Result(index), || Draft::Result(ToolResult::default()));
        let Draft::Result(result) = draft else { unreachable!("result slots hold results") };
        result
    }

    /// Returns the number of the item that an event is about: the one with its id or, since some hosts give every
    /// event another id, the one with its index; where the wire gives neither, the last one.
    pub fn item(&mut self, index: Option<usize>, id: Option<Text>) -> usize {
        let id = id.filter(|id| !id.is_empty());
        let known = id.as_ref().and_then(|id| self.items.get(id.as_str()));
        if let Some(number) = known {
            return *number;
        }
        let same = self.last_item.filter(|(_, named)| !named || id.is_none());
        if let (Some((number, _)), None, None) = (same, index, &id) {
            return number;
        }
        let next = self.last_item.map_or(0, |(number, _)| number + 1);
        let number = index.or(same.map(|(number, _)| number)).unwrap_or(next);
        self.last_item = Some((number, id.is_some()));
        if let Some(id) = id {
            self.items.insert(id.as_str().into(), number);
        }
        number
    }

    /// Notes the parts of an item that comes whole; they take the place of those noted for it before.
    pub fn parts(&mut self, item: usize, parts: Vec<Part>) {
        if !parts.is_empty() {
            *self.draft(Slot::Item(item), || Draft::Parts(Vec::new())) = Draft::Parts(parts);
        }
    }

    /// Returns the tool call that a piece belongs to: the one with the same place on the wire or, where the wire
    /// gives none, the same id, or else the last one.
    ///
    /// A new id at a known place begins another call: some hosts give every call the same place.
    pub fn tool(&mut self, index: Option<i64>, id: Option<Text>) -> &mut CallDraft {
        let named = id.as_ref().map(Text::as_str).filter(|id| !id.is_empty());
        let found = self.calls.find(index, named);
        let at = found.unwrap_or(self.calls.count);
        let call = self.call(Slot::Tool(at), index);
        // Some hosts send an empty id: it is what the result will be matched by.
        if set_better(&mut call.id, id) || found.is_none() {
            let (index, id) = (call.index, call.id.clone());
            self.calls.count = self.calls.count.max(at + 1);
            self.calls.note(at, index, id.as_ref().map(Text::as_str));
        }
        self.call(Slot::Tool(at), index)
    }

    /// Returns the last tool call, if the wire said that more of it comes and it may be the one with an id and a name;
    /// what follows a call need not repeat them.
    pub fn going_on(&mut self, id: Option<&Text>, name: Option<&Text>) -> Option<&mut CallDraft> {
        let at = self.calls.count.checked_sub(1)?;
        let call = self.call(Slot::Tool(at), None);
        let same = |own: &Option<Text>, other: Option<&Text>| other.is_none() || own.as_ref() == other;
        (call.goes_on && same(&call.id, id) && same(&call.name, name)).then_some(call)
    }

    /// Returns another tool call, whatever its place and id: where calls come whole, each stands for itself.
    pub fn new_tool(&mut self, id: Option<Text>) -> &mut CallDraft {
        let at = self.calls.count;
        self.calls.count += 1;
        self.calls.note(at, None, id.as_ref().map(Text::as_str));
        let call = self.call(Slot::Tool(at), None);
        call.id = id;
        call
    }

    /// Returns the function call in the manner of before there were tools.
    pub fn function(&mut self) -> &mut CallDraft {
        self.call(Slot::Function, None)
    }

    fn call(&mut self, slot: Slot, index: Option<i64>) -> &mut CallDraft {
        let draft = self.draft(slot, || Draft::Call(Box::new(CallDraft { index, ..CallDraft::default() })));
        let Draft::Call(call) = draft else { unreachable!("tool and function slots hold calls") };
        call
    }

    /// Notes who speaks, where it is not the assistant.
    pub fn speaker(&mut self, role: Role) {
        self.speaker = Some(role);
    }

    /// Notes why the choice ended. A later null does not erase it.
    pub fn finish_reason(&mut self, reason: Option<Text>) {
        if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
            self.finish_reason = Some(reason);
        }
    }

    /// Notes more about why the choice ended.
    pub fn finish_detail(&mut self, detail: Option<Text>) {
        set_first(&mut self.finish_detail, detail);
    }

    fn answer(mut self, index: usize) -> Answer {
        in_order(&mut self.parts);
        let sources = self.parts.iter().filter_map(|(slot, _)| match slot {
            Slot::Thinking(source, _) => Some(*source),
            _ => None,
        });
        let source = sources.min();
        let kept = self.parts.into_iter().filter(
            |(slot, _)| !matches!((slot, source), (Slot::Thinking(own, _), Some(source)) if *own != source),
        );
        let parts = kept.flat_map(|(slot, draft)| match (slot, draft) {
            (Slot::Thinking(..), Draft::Pieces(joiner)) => vec![Part::Thinking(joiner.finish())],
            (Slot::Note(kind), Draft::Pieces(joiner)) => {
                vec![Part::Other { kind: kind.to_owned(), summary: Some(joiner.finish()) }]
            }
            (Slot::Refusal, Draft::Pieces(joiner)) => vec![Part::Refusal(joiner.finish())],
            (_, Draft::Pieces(joiner)) => vec![Part::Text(joiner.finish())],
            (Slot::Function, Draft::Call(call)) => vec![Part::FunctionCall(call.finish())],
            (_, Draft::Call(call)) => vec![Part::ToolCall(call.finish())],
            (_, Draft::Result(result)) => vec![Part::ToolResult(result)],
            (_, Draft::Sound(data, transcript)) => vec![Part::Media(sound(data, transcript))],
            (_, Draft::Parts(parts)) => parts,
        });
        let role = self.speaker.unwrap_or(Role::Assistant);
        let message = Message { role, parts: parts.collect() };
        Answer { index, message, finish_reason: self.finish_reason, finish_detail: self.finish_detail }
    }
}

/// Puts thinking that stands together into the order of its places: a summary may come after what it sums up.
fn in_order<D>(parts: &mut [(Slot, D)]) {
    let place = |slot: &Slot| match slot {
        Slot::Thinking(source, index) => Some((*source, *index)),
        _ => None,
    };
    let runs = parts.chunk_by_mut(|(one, _), (next, _)| place(one).is_some() && place(next).is_some());
    runs.for_each(|run| run.sort_by_key(|(slot, _)| place(slot)));
}

fn sound(data: Joiner, transcript: Joiner) -> Media {
    let place = if data.is_empty() { Place::Nowhere } else { Place::Base64(data.finish()) };
    let transcript = (!transcript.is_empty()).then(|| transcript.finish());
    Media { kind: "audio".to_owned(), mime: None, place, name: None, transcript }
}
