//! What a place in a body is about: which message, which tool, which setting. Found by where the texts of the exchange
//! were read from, so that no protocol is spelled out here.

use super::json::Raw;
use super::said::{self, Spot as Said};
use super::{Change, Class, Difference, Severity, Side};
use crate::chat::{Arguments, Exchange, Message, Part, Prompt, Reply, ToolCall};
use crate::syntax::Node;
use crate::text::{Place, Text};

/// So many spots before a place may lie around it.
const NEAR: usize = 4;

/// What the places in a body are about.
#[derive(Debug)]
pub(super) struct Subjects {
    root: Place,
    spots: Vec<(Place, Spot)>,
    parameters: Vec<String>,
    /// Whether the other side reports an error.
    failed: bool,
    usage: Vec<String>,
}

/// What a place is about.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Spot {
    /// Number of the message, of the answer, or of the tool.
    owner: (Class, usize),
    /// Number of the part in it.
    part: usize,
    class: Class,
    subject: Option<String>,
    /// What the owner as a whole is about.
    whole: Option<String>,
}

impl Subjects {
    /// Returns the subjects, ready to be asked.
    fn sorted(mut self) -> Self {
        self.spots.sort_by(|(one, _), (other, _)| one.cmp(other));
        self
    }

    fn new(root: Node<'_>) -> Self {
        let root = root.slice().place();
        Self { root, spots: Vec::new(), parameters: Vec::new(), failed: false, usage: Vec::new() }
    }

    /// Returns what the places in a request are about.
    pub(super) fn request(root: Node<'_>, exchange: &Exchange) -> Self {
        let mut subjects = Self::new(root);
        let Prompt { model, messages, tools, parameters, .. } = &exchange.prompt;
        for (at, message) in messages.iter().enumerate() {
            subjects.message(at, message);
        }
        subjects.single(Class::Model, model.as_ref());
        subjects.parameters = parameters.iter().map(|(name, _)| name.clone()).collect();
        let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
        subjects.offered(root, &names, 0);
        subjects.sorted()
    }

    /// Returns what the places in a response are about.
    pub(super) fn response(root: Node<'_>, exchange: &Exchange) -> Self {
        let mut subjects = Self::new(root);
        let Reply { model, choices, usage, error, .. } = &exchange.reply;
        for answer in choices {
            let owner = (Class::Text, answer.index);
            said::texts(&answer.message, &mut |at, part, said| {
                let (class, subject) = match part {
                    Part::Thinking(_) => (Class::Reasoning, None),
                    Part::ToolCall(call) | Part::FunctionCall(call) => (Class::ToolCall, name(call)),
                    _ => (Class::Text, None),
                };
                subjects.add(said, &Spot { owner, part: at, class, subject, whole: None });
            });
            for text in [&answer.finish_reason, &answer.finish_detail].into_iter().flatten() {
                let spot = Spot { owner, part: usize::MAX, class: Class::Finish, subject: None, whole: None };
                subjects.add(Said::Text(text), &spot);
            }
        }
        subjects.single(Class::Model, model.as_ref());
        if let Some(error) = error {
            subjects.single(Class::Error, error.message.as_ref());
            subjects.single(Class::Error, error.kind.as_ref());
        }
        subjects.failed = error.is_some();
        subjects.usage = said::counts(usage).into_iter().map(|(name, _)| name).collect();
        subjects.sorted()
    }

    fn message(&mut self, index: usize, message: &Message) {
        let role = message.role.name();
        let owner = (Class::Message, index);
        said::texts(message, &mut |at, part, said| {
            let called = match part {
                Part::ToolCall(call) | Part::FunctionCall(call) => name(call),
                _ => None,
            };
            let subject = called.map_or_else(|| role.to_owned(), |name| format!("{role} → {name}"));
            let whole = Some(role.to_owned());
            self.add(said, &Spot { owner, part: at, class: Class::Message, subject: Some(subject), whole });
        });
    }

    fn single(&mut self, class: Class, text: Option<&Text>) {
        if let Some(text) = text {
            let spot = Spot { owner: (class, 0), part: 0, class, subject: None, whole: None };
            self.add(Said::Text(text), &spot);
        }
    }

    /// Notes where a text stands in the body.
    fn add(&mut self, said: Said<'_>, spot: &Spot) {
        let mut places = Vec::new();
        match said {
            Said::Text(text) | Said::Arguments(Arguments::Text(text)) => text.places(&mut places),
            Said::Arguments(Arguments::Tree(tree)) => tree.node().slice().places(&mut places),
        }
        let inside = places.into_iter().filter(|place| self.root.holds(place) && *place != self.root);
        self.spots.extend(inside.map(|place| (place, spot.clone())));
    }

    /// Finds the tools on offer beside the messages, in what some wrap a request into, too.
    fn offered(&mut self, node: Node<'_>, names: &[&str], depth: usize) {
        for (_, value) in node.entries() {
            let place = value.slice().place();
            if !self.spots.iter().any(|(spot, _)| place.holds(spot)) {
                self.tools(value, names, 0);
            } else if value.is_map() && depth < 2 {
                self.offered(value, names, depth + 1);
            }
        }
    }

    /// Finds the tools on offer in what holds no message.
    fn tools(&mut self, node: Node<'_>, names: &[&str], depth: usize) {
        if depth > 5 {
            return;
        }
        if node.is_list() {
            node.items().for_each(|item| self.tools(item, names, depth + 1));
        }
        if !node.is_map() {
            return;
        }
        let called = ["name", "type"].iter().find_map(|key| {
            let name = node.get(key).filter(|value| value.is_string())?.str()?;
            names.iter().position(|known| *known == &*name)
        });
        match called {
            Some(at) => {
                let subject = Some(names[at].to_owned());
                let owner = (Class::Tool, at);
                let spot = Spot { owner, part: 0, class: Class::Tool, whole: subject.clone(), subject };
                self.spots.push((node.slice().place(), spot));
            }
            None => node.entries().for_each(|(_, value)| self.tools(value, names, depth + 1)),
        }
    }

    /// Returns what a place is about; the way to it comes from the outside in.
    fn about(&self, way: &[Place]) -> Option<(Class, Option<String>)> {
        for (steps, place) in way.iter().rev().enumerate() {
            if *place == self.root {
                return None;
            }
            if !self.root.holds(place) {
                continue;
            }
            // Spots hardly ever lie in each other, so that the last ones before a place are those around it.
            let before = self.spots.partition_point(|(spot, _)| spot.start() <= place.start());
            let mut around = self.spots[..before].iter().rev().take(NEAR);
            if let Some((_, spot)) = around.find(|(spot, _)| spot.holds(place)) {
                return Some((spot.class, spot.subject.clone()));
            }
            let from = self.spots.partition_point(|(spot, _)| spot.start() < place.start());
            let mut inside =
                self.spots[from..].iter().take_while(|(spot, _)| place.holds(spot)).map(|(_, spot)| spot);
            let Some(first) = inside.next() else { continue };
            let (mut part, mut owner) = (true, true);
            for other in inside {
                part &= (other.owner, other.part) == (first.owner, first.part);
                owner &= other.owner == first.owner;
                if !owner {
                    break;
                }
            }
            // What stands beside a text in an answer is no text.
            if steps > 0
                && matches!(first.class, Class::Text | Class::Reasoning | Class::Finish | Class::Model)
            {
                return None;
            }
            return match (part, owner) {
                // Nor what stands beside several parts of one.
                (false, _) if steps > 0 && first.owner.0 == Class::Text => None,
                (true, _) => Some((first.class, first.subject.clone())),
                (false, true) => Some((first.owner.0, first.whole.clone())),
                (false, false) => None,
            };
        }
        None
    }
}

fn name(call: &ToolCall) -> Option<String> {
    call.name.as_ref().map(|name| name.as_str().to_owned())
}

impl Subjects {
    /// Returns what the body as a whole is about, if it is one thing.
    fn whole(&self) -> Option<(Class, Option<String>)> {
        let (_, first) = self.spots.first()?;
        let alone = self.spots.iter().all(|(_, spot)| spot.owner == first.owner);
        alone.then(|| (first.owner.0, first.whole.clone()))
    }
}

/// Returns what was found with what it is about, where the whole body may be new or gone: one of several that are sent.
pub(super) fn named_as_one_of_several(
    raw: Raw,
    old: Option<&Subjects>,
    new: Option<&Subjects>,
) -> Difference {
    let alone = matches!(raw.difference.change, Change::Moved) || raw.old.is_empty() != raw.new.is_empty();
    let whole = |subjects: Option<&Subjects>, way: &[Place]| {
        let subjects = subjects.filter(|subjects| alone && way.last() == Some(&subjects.root))?;
        subjects.whole()
    };
    let found = whole(new, &raw.new).or_else(|| whole(old, &raw.old));
    let mut difference = named(raw, old, new);
    if let Some((class, subject)) = found.filter(|_| difference.class == Class::Body) {
        (difference.class, difference.subject) = (class, subject);
    }
    // Settings stand beside what the model is told: `session.temperature`, `session.instructions`.
    let all = [old, new].into_iter().flatten().flat_map(|subjects| &subjects.parameters);
    let known = |step: &&str| all.clone().any(|known| known == step);
    let setting = difference.place.split(['.', '[']).skip(2).take(2).find(known).map(str::to_owned);
    if let (Some(name), Class::Message | Class::Body) = (setting, difference.class) {
        (difference.class, difference.subject) = (Class::Parameter, Some(name));
    }
    difference
}

/// Returns what was found with what it is about.
pub(super) fn named(raw: Raw, old: Option<&Subjects>, new: Option<&Subjects>) -> Difference {
    let Raw { mut difference, old: was, new: is } = raw;
    if difference.class != Class::Body && difference.class != Class::Ids {
        return difference;
    }
    let about =
        |subjects: Option<&Subjects>, way: &[Place]| subjects.and_then(|subjects| subjects.about(way));
    // What is gone is told by what it was, not by what stands there now. An item of an answer is no part of its neighbours.
    let alone = difference.side == Side::Response && difference.place.ends_with(']');
    let own = |way: &'_ [Place]| if alone { way.len().saturating_sub(1) } else { 0 };
    let found = match difference.change {
        Change::Removed(_) => about(old, &was[own(&was)..]),
        Change::Added(_) => about(new, &is[own(&is)..]),
        Change::Changed(..) | Change::Moved => about(new, &is).or_else(|| about(old, &was)),
    };
    let (class, subject) = found
        .or_else(|| by_name(&difference, new.or(old)?).or_else(|| by_name(&difference, old?)))
        .unwrap_or((Class::Body, None));
    if difference.class == Class::Body {
        difference.class = class;
    }
    difference.subject = subject;
    difference.severity = severity(&difference);
    difference
}

/// Returns what a place is about by the names on the way to it.
fn by_name(difference: &Difference, subjects: &Subjects) -> Option<(Class, Option<String>)> {
    let mut steps = difference.place.split(['.', '[']).skip(1).filter(|step| !step.ends_with(']'));
    if difference.place == "body.model" {
        return Some((Class::Model, None));
    }
    if difference.side == Side::Request {
        let name = steps.find(|step| subjects.parameters.iter().any(|known| known == step))?;
        return Some((Class::Parameter, Some(name.to_owned())));
    }
    let steps: Vec<&str> = steps.collect();
    let first = steps.first()?.to_ascii_lowercase();
    let told = |step: &&str| subjects.usage.iter().any(|known| known == step);
    if steps.iter().any(|step| step.to_ascii_lowercase().contains("usage")) || told(steps.last()?) {
        return Some((Class::Usage, None));
    }
    (first == "error" && subjects.failed).then_some((Class::Error, None))
}

/// Returns how much a difference in a tool or a call weighs.
pub(super) fn severity(difference: &Difference) -> Option<Severity> {
    let words = ["description", "title", "examples"].iter().any(|word| difference.place.ends_with(word));
    let schema = difference.place.contains("properties") || difference.place.contains("required");
    let required = difference.place.contains("required");
    let arguments = difference.place.contains("arguments");
    match (difference.class, &difference.change) {
        (Class::Tool | Class::ToolCall, Change::Moved) => Some(Severity::Low),
        (Class::Tool, _) if words => Some(Severity::Low),
        (Class::Tool, Change::Added(_)) if !required => Some(Severity::Medium),
        (Class::Tool, Change::Changed(..)) if !schema => Some(Severity::Medium),
        (Class::Tool, Change::Added(_) | Change::Changed(..) | Change::Removed(_)) => Some(Severity::High),
        (Class::ToolCall, Change::Added(_) | Change::Removed(_)) if !arguments => Some(Severity::High),
        (Class::ToolCall, _) if !arguments && difference.place.rsplit('.').next() == Some("name") => {
            Some(Severity::High)
        }
        (Class::ToolCall, _) => Some(Severity::Medium),
        _ => None,
    }
}
