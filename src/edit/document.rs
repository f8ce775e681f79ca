//! One interaction as a text to be edited: decoded and pretty, a section for each place, and back to what changed.
//!
//! A section begins with a line `--- PATH`. What is changed in it is set as [`set()`](super::set()) sets it; what is not changed
//! is not written.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::place::{Place, find};
use super::{As, Edited, Value, remove, set};
use crate::diagnostic::Diagnostic;
use crate::load::{Recorded, Recording, Response};
use crate::rewrite::Rewritten;
use crate::syntax::path::{Path, Step};

/// An interaction as a text.
#[derive(Clone, Debug)]
pub struct Document {
    sections: Vec<Section>,
    /// What a line begins with that begins a section.
    mark: String,
}

/// A place, and what stands there.
#[derive(Clone, Debug)]
struct Section {
    path: Path,
    content: Content,
}

#[derive(Clone, Debug, PartialEq)]
enum Content {
    Text(String),
    Json(Json),
    /// Names and values.
    Headers(Vec<(String, String)>),
}

/// What is wrong with an edited text.
#[derive(Clone, Debug)]
pub struct Wrong {
    /// In words.
    pub message: String,
    /// What helps.
    pub help: Option<String>,
}

impl From<Diagnostic> for Wrong {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { message: diagnostic.message, help: diagnostic.help }
    }
}

fn wrong(message: impl Into<String>) -> Wrong {
    Wrong { message: message.into(), help: None }
}

/// A change that an edited text asks for.
#[derive(Clone, Debug, PartialEq)]
enum Change {
    Set(Path, Vec<String>, As),
    Remove(Path),
}

impl Document {
    /// Returns an interaction as a text.
    #[must_use]
    pub fn of(recording: &Recording, interaction: usize) -> Self {
        let entry = &recording.interactions[interaction];
        let mut sections = Vec::new();
        let paths = [
            "request.method",
            "request.url",
            "request.headers",
            "request.body",
            "response.status",
            "response.headers",
        ];
        let said = ["response.reasoning", "response.text", "response.refusal"].map(str::to_owned);
        let calls = (0..calls(entry)).map(|at| format!("response.tool_calls[{at}].arguments"));
        let answer: Vec<String> = match entry.response {
            Response::Stream(_) => said.into_iter().chain(calls).collect(),
            Response::Whole(_) | Response::Opaque => vec!["response.body".to_owned()],
        };
        for text in paths.map(str::to_owned).into_iter().chain(answer) {
            let Ok(path) = Path::parse(&text) else { continue };
            let Ok(place) = find(recording, interaction, &path) else { continue };
            sections.extend(content(&place, entry).map(|content| Section { path, content }));
        }
        let mut mark = "---".to_owned();
        let begins = |mark: &str| {
            let mark = format!("{mark} ");
            sections
                .iter()
                .any(|section| section.content.written().lines().any(|line| line.starts_with(&mark)))
        };
        while begins(&mark) {
            mark.push('-');
        }
        Self { sections, mark }
    }

    /// Returns the text, under some lines about it.
    #[must_use]
    pub fn written(&self, about: &[String]) -> String {
        let mut text: String = about.iter().flat_map(|line| ["# ", line, "\n"]).collect();
        for Section { path, content } in &self.sections {
            let written = content.written();
            let end = if written.is_empty() || written.ends_with('\n') { "" } else { "\n" };
            let _ = write!(text, "\n{} {path}\n{written}{end}", self.mark);
        }
        text
    }

    /// Makes the changes that an edited text asks for.
    ///
    /// # Errors
    /// [`Wrong`] if the text cannot be read, or a change cannot be made.
    pub fn apply(
        &self,
        recording: &Recording,
        interaction: usize,
        text: &str,
        masked: &str,
    ) -> Result<Edited, Wrong> {
        let mut done: Option<Rewritten> = None;
        let mut followed = Vec::new();
        for change in self.changes(text)? {
            let now = done.as_ref().map_or(recording, |done| &done.recording);
            let edited = match &change {
                Change::Set(path, values, kind) => {
                    if values.iter().any(|value| value.contains(masked)) {
                        let message = format!("what was changed of `{path}` holds a masked credential");
                        return Err(Wrong { message, help: Some("--show-secrets shows it".to_owned()) });
                    }
                    let values: Vec<Value> =
                        values.iter().map(|text| Value { text: text.clone(), kind: *kind }).collect();
                    set(now, interaction, path, &values)?
                }
                Change::Remove(path) => remove(now, interaction, path)?,
            };
            followed
                .extend(edited.followed.into_iter().filter(|at| !followed.contains(at)).collect::<Vec<_>>());
            done = match (done, edited.rewritten) {
                (Some(done), Some(next)) => Some(done.then(next)),
                (done, next) => done.or(next),
            };
        }
        Ok(Edited { rewritten: done, followed })
    }

    /// Returns the changes that an edited text asks for.
    fn changes(&self, text: &str) -> Result<Vec<Change>, Wrong> {
        let found = self.read(text)?;
        let mut changes = Vec::new();
        for (Section { path, content }, new) in self.sections.iter().zip(found) {
            let new = new.ok_or_else(|| wrong(format!("the section `{path}` is missing")));
            match (content, content.like(&new?).map_err(|why| wrong(format!("in `{path}`: {why}")))?) {
                (Content::Headers(old), Content::Headers(new)) => headers(path, old, &new, &mut changes),
                (Content::Json(old), Content::Json(new)) => json(path, old, &new, &mut changes),
                (old, Content::Text(new)) if *old != Content::Text(new.clone()) => {
                    let kind = if path.steps.last() == Some(&Step::Name("status".to_owned())) {
                        As::Fitting
                    } else {
                        As::Text
                    };
                    changes.push(Change::Set(path.clone(), vec![new], kind));
                }
                _ => {}
            }
        }
        Ok(changes)
    }

    /// Returns the text of each section.
    fn read(&self, text: &str) -> Result<Vec<Option<String>>, Wrong> {
        let mut found: Vec<Option<String>> = vec![None; self.sections.len()];
        let mark = format!("{} ", self.mark);
        let mut at = None;
        for line in text.split_inclusive('\n') {
            if let Some(name) = line.strip_prefix(&mark) {
                let name = name.trim();
                let number = self.sections.iter().position(|section| section.path.to_string() == name);
                let number = number.ok_or_else(|| wrong(format!("there was no section `{name}`")))?;
                if found[number].is_some() {
                    return Err(wrong(format!("the section `{name}` is there twice")));
                }
                found[number] = Some(String::new());
                at = Some(number);
            } else if let Some(own) = at.and_then(|number| found[number].as_mut()) {
                own.push_str(line);
            } else if !(line.starts_with('#') || line.trim().is_empty()) {
                return Err(wrong(format!("a line before the first section: {}", line.trim())));
            }
        }
        // The empty line before the next section is ours.
        for (number, own) in found.iter_mut().enumerate() {
            if let (Some(own), true) = (own, at != Some(number)) {
                trim_end(own);
            }
        }
        Ok(found)
    }
}

/// Takes one line end away.
fn trim_end(text: &mut String) {
    if text.ends_with('\n') {
        text.pop();
    }
}

impl Content {
    fn written(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Json(value) => serde_json::to_string_pretty(value).unwrap_or_default(),
            Self::Headers(headers) => {
                headers.iter().flat_map(|(name, value)| [name, ": ", value, "\n"]).collect()
            }
        }
    }

    /// Reads a text as content of this kind.
    fn like(&self, text: &str) -> Result<Self, String> {
        Ok(match self {
            Self::Text(old) => {
                // An editor ends the last line, whether the text does or not.
                let mut text = text.to_owned();
                if !old.ends_with('\n') {
                    trim_end(&mut text);
                }
                Self::Text(text)
            }
            Self::Json(_) => {
                Self::Json(serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?)
            }
            Self::Headers(_) => {
                let lines = text.lines().filter(|line| !line.trim().is_empty());
                let pair = |line: &str| {
                    // The pseudo-headers of HTTP/2 begin with one.
                    let colon = line.char_indices().skip(1).find(|(_, c)| *c == ':').map(|(at, _)| at);
                    let colon = colon.ok_or_else(|| format!("a header needs a `:`: {line}"))?;
                    let (name, value) = (&line[..colon], &line[colon + 1..]);
                    Ok((name.trim().to_owned(), value.trim().to_owned()))
                };
                Self::Headers(lines.map(pair).collect::<Result<_, String>>()?)
            }
        })
    }
}

/// Returns what stands at a place, if it can be edited.
fn content(place: &Place, entry: &Recorded) -> Option<Content> {
    let value = place.value(entry).ok()?;
    Some(match (place, value) {
        (Place::Made(_), Json::Object(headers)) => {
            let lines = headers.into_iter().flat_map(|(name, value)| match value {
                Json::Array(values) => {
                    values.into_iter().map(|value| (name.clone(), plain(&value))).collect()
                }
                value => vec![(name, plain(&value))],
            });
            Content::Headers(lines.collect())
        }
        (Place::Made(_), _) => return None,
        (Place::Node(..), value) => Content::Json(value),
        (_, value) => {
            let text = plain(&value);
            // The arguments of a call are JSON in a text.
            match serde_json::from_str::<Json>(&text) {
                Ok(inner) if inner.is_object() && !matches!(place, Place::Said(_)) => Content::Json(inner),
                _ => Content::Text(text),
            }
        }
    })
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn calls(entry: &Recorded) -> usize {
    let parts = entry
        .exchange
        .iter()
        .filter_map(|exchange| exchange.reply.answer())
        .flat_map(|answer| &answer.message.parts);
    let is_call = |part: &&crate::chat::Part| match part {
        crate::chat::Part::ToolCall(call) | crate::chat::Part::FunctionCall(call) => !call.server,
        _ => false,
    };
    parts.filter(is_call).count()
}

fn deeper(path: &Path, step: Step) -> Path {
    let mut path = path.clone();
    path.steps.push(step);
    path
}

/// Adds the changes of headers, name by name.
fn headers(path: &Path, old: &[(String, String)], new: &[(String, String)], changes: &mut Vec<Change>) {
    let mut names: Vec<&String> = Vec::new();
    for (name, _) in old.iter().chain(new) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    for name in names {
        let values = |all: &[(String, String)]| -> Vec<String> {
            all.iter()
                .filter(|(own, _)| own.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.clone())
                .collect()
        };
        let (before, after) = (values(old), values(new));
        let own = deeper(path, Step::Name(name.clone()));
        if before == after {
            continue;
        }
        // A recorder that keeps one value to a header takes more of them only all at once.
        if after.is_empty() || after.len() > before.len() && !before.is_empty() {
            changes.push(Change::Remove(own.clone()));
        }
        if !after.is_empty() {
            changes.push(Change::Set(own, after, As::Text));
        }
    }
}

/// Adds the changes that make one value another, each as deep as it can be.
fn json(path: &Path, old: &Json, new: &Json, changes: &mut Vec<Change>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Json::Object(before), Json::Object(after)) => {
            for (key, value) in before {
                let own = deeper(path, Step::Name(key.clone()));
                match after.get(key) {
                    Some(new) => json(&own, value, new, changes),
                    None => changes.push(Change::Remove(own)),
                }
            }
            for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
                changes.push(Change::Set(
                    deeper(path, Step::Name(key.clone())),
                    vec![value.to_string()],
                    As::Json,
                ));
            }
        }
        (Json::Array(before), Json::Array(after)) if before.len() == after.len() => {
            for (at, (old, new)) in before.iter().zip(after).enumerate() {
                json(&deeper(path, Step::Index(i64::try_from(at).unwrap_or(0))), old, new, changes);
            }
        }
        (Json::Array(before), Json::Array(after)) => {
            let begin = before.iter().zip(after).take_while(|(a, b)| a == b).count();
            let most = before.len().min(after.len()) - begin;
            let end =
                before.iter().rev().zip(after.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
            let at = |index: usize| deeper(path, Step::Index(i64::try_from(index).unwrap_or(0)));
            if begin + end == after.len() {
                // From the last on, so that the numbers of the others stay.
                changes.extend((begin..before.len() - end).rev().map(|index| Change::Remove(at(index))));
            } else if end == 0 && begin == before.len() {
                let added = after[begin..].iter().enumerate();
                changes.extend(
                    added.map(|(more, value)| {
                        Change::Set(at(begin + more), vec![value.to_string()], As::Json)
                    }),
                );
            } else {
                changes.push(Change::Set(path.clone(), vec![new.to_string()], As::Json));
            }
        }
        _ => changes.push(Change::Set(path.clone(), vec![new.to_string()], As::Json)),
    }
}
