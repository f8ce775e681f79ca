//! What a message says, as a digest: messages with equal digests say the same.
//!
//! A digest decides what a reader is not shown again, so it must not be possible to write two messages that share one.

use blake3::Hasher;
use serde_json::{Map, Number, Value};

use crate::chat::{Arguments, Message, Part, Place, ToolCall};
use crate::text::Text;

/// What something says, in sixteen bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Digest([u8; 16]);

impl Digest {
    /// The digest of no messages at all.
    pub(super) const NOTHING: Self = Self([0; 16]);

    /// Returns the digest of all that a message says but its thinking, which clients need not send back. How JSON is
    /// written does not count.
    #[must_use]
    pub(super) fn of(message: &Message) -> Self {
        let mut words = Words::default();
        words.word("role", message.role.name());
        words.parts(&message.parts);
        words.digest()
    }

    /// Returns the digest of the messages of this one and, behind them, those of `next`.
    #[must_use]
    pub(super) fn then(self, next: Self) -> Self {
        let mut words = Words::default();
        words.bytes("before", &self.0);
        words.bytes("next", &next.0);
        words.digest()
    }

    /// Returns the digest of what a model says in a turn, the same for the answer and for the messages in which a
    /// client sends it back, if anything is said.
    ///
    /// Clients trim, regroup and parse: spaces, thinking, notes and what the server ran do not count.
    #[must_use]
    pub(super) fn said<'p>(parts: impl Iterator<Item = &'p Part> + Clone) -> Option<Self> {
        let mut words = Words::default();
        let text = said(parts.clone());
        let mut silent = text.is_empty();
        words.word("text", &text);
        for call in calls(parts) {
            words.word("call", call.name.as_ref().map_or("", Text::as_str));
            words.json(&plain(call.arguments.json()));
            silent = false;
        }
        (!silent).then(|| words.digest())
    }
}

/// Returns the calls that the client runs.
fn calls<'p>(parts: impl Iterator<Item = &'p Part>) -> impl Iterator<Item = &'p ToolCall> {
    parts.filter_map(|part| match part {
        Part::ToolCall(call) | Part::FunctionCall(call) if !call.server => Some(call),
        _ => None,
    })
}

/// Returns what is said without spaces, and without what reasoning models write between tags.
pub(in super::super) fn said<'p>(parts: impl Iterator<Item = &'p Part>) -> String {
    let texts = parts.filter_map(|part| match part {
        Part::Text(text) | Part::Refusal(text) => Some(text.as_str()),
        _ => None,
    });
    let mut text: String = texts.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
    while let Some(start) = text.find("<think>") {
        let end = text[start..].find("</think>").map_or(text.len(), |at| start + at + "</think>".len());
        text.replace_range(start..end, "");
    }
    text
}

/// Returns a value as clients may write it anew: without nulls, with `1` for `1.0`, and never as JSON inside a string.
pub(in super::super) fn plain(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, plain(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Number(number) => {
            number.as_f64().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
        }
        Value::String(text) if text.starts_with(['{', '[']) => {
            serde_json::from_str(&text).map_or(Value::String(text), plain)
        }
        other => other,
    }
}

/// Takes words one after the other; where one ends is part of the digest.
#[derive(Default)]
struct Words(Hasher);

impl Words {
    fn bytes(&mut self, kind: &str, bytes: &[u8]) {
        for piece in [kind.as_bytes(), bytes] {
            self.0.update(&(piece.len() as u64).to_le_bytes());
            self.0.update(piece);
        }
    }

    fn word(&mut self, kind: &str, word: &str) {
        self.bytes(kind, word.as_bytes());
    }

    fn some(&mut self, kind: &str, word: Option<&Text>) {
        if let Some(word) = word {
            self.word(kind, word.as_str());
        }
    }

    /// Takes parts; texts that follow each other are one.
    fn parts(&mut self, parts: &[Part]) {
        let mut text: Option<String> = None;
        for part in parts {
            match part {
                Part::Text(piece) => text.get_or_insert_default().push_str(piece.as_str()),
                Part::Thinking(_) => {}
                other => {
                    self.text(text.take());
                    self.part(other);
                }
            }
        }
        self.text(text);
    }

    fn text(&mut self, text: Option<String>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.word("text", &text);
        }
    }

    fn part(&mut self, part: &Part) {
        match part {
            Part::Text(text) => self.word("text", text.as_str()),
            Part::Thinking(text) => self.word("thinking", text.as_str()),
            Part::Refusal(text) => self.word("refusal", text.as_str()),
            Part::ToolCall(call) => self.call("call", call),
            Part::FunctionCall(call) => self.call("function", call),
            Part::ToolResult(result) => {
                self.word("result", if result.error { "error" } else { "" });
                self.some("id", result.id.as_ref());
                self.some("name", result.name.as_ref());
                self.parts(&result.parts);
                self.word("result", "end");
            }
            Part::Media(media) => {
                self.word("medium", &media.kind);
                match &media.place {
                    Place::Base64(data) => self.word("base64", data.as_str()),
                    Place::Url(url) => self.word("url", url.as_str()),
                    Place::Id(id) => self.word("id", id.as_str()),
                    Place::Nowhere => {}
                }
                self.some("name", media.name.as_ref());
                self.some("transcript", media.transcript.as_ref());
            }
            Part::Other { kind, summary } => {
                self.word("other", kind);
                self.some("summary", summary.as_ref());
            }
        }
    }

    fn call(&mut self, kind: &str, call: &ToolCall) {
        self.word(kind, call.name.as_ref().map_or("", Text::as_str));
        self.some("id", call.id.as_ref());
        match &call.arguments {
            Arguments::Text(text) if !text.as_str().trim_start().starts_with(['{', '[']) => {
                self.word("arguments", text.as_str());
            }
            arguments => self.json(&arguments.json()),
        }
    }

    fn json(&mut self, value: &Value) {
        match value {
            Value::Object(object) => {
                self.word("object", &object.len().to_string());
                let mut fields: Vec<_> = object.iter().collect();
                fields.sort_by_key(|(key, _)| *key);
                for (key, value) in fields {
                    self.word("key", key);
                    self.json(value);
                }
            }
            Value::Array(items) => {
                self.word("list", &items.len().to_string());
                for item in items {
                    self.json(item);
                }
            }
            Value::String(text) => self.word("string", text),
            scalar => self.word("scalar", &scalar.to_string()),
        }
    }

    fn digest(&self) -> Digest {
        let mut bytes = [0; 16];
        self.0.finalize_xof().fill(&mut bytes);
        Digest(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Role, ToolResult};

    fn text(text: &str) -> Part {
        Part::Text(Text::made(text))
    }

    fn call(id: &str, arguments: &str) -> Part {
        let arguments = Arguments::Text(Text::made(arguments));
        Part::ToolCall(ToolCall {
            id: Some(Text::made(id)),
            name: Some(Text::made("add")),
            arguments,
            server: false,
        })
    }

    fn user(parts: Vec<Part>) -> Digest {
        Digest::of(&Message { role: Role::User, parts })
    }

    #[test]
    fn all_that_is_said_counts_but_thinking_and_how_json_is_written() {
        let thinking = Part::Thinking(Text::made("Hm."));
        assert_eq!(user(vec![thinking, text("High "), text("tide.")]), user(vec![text("High tide.")]));
        assert_eq!(user(vec![call("c", r#"{"a":1,"b":2}"#)]), user(vec![call("c", r#"{"b": 2, "a": 1}"#)]));
        let result = |parts| {
            user(vec![Part::ToolResult(ToolResult {
                id: None,
                name: Some(Text::made("add")),
                parts,
                error: false,
            })])
        };
        let all = [
            user(vec![text("High tide.")]),
            user(vec![text("High tide. ")]),
            Digest::of(&Message { role: Role::System, parts: vec![text("High tide.")] }),
            user(vec![call("c", r#"{"a":1}"#)]),
            user(vec![call("c", r#"{"a":"1"}"#)]),
            user(vec![call("d", r#"{"a":1}"#)]),
            user(vec![call("c", "{a:1}")]),
            result(vec![text("High tide.")]),
            result(vec![]),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(one), "{at}");
        }
    }

    #[test]
    fn an_answer_is_known_again_however_clients_send_it_back() {
        let said = |parts: &[Part]| Digest::said(parts.iter());
        let answer = [text("I add.\n"), call("c", r#"{"a": 1.0, "b": null}"#)];
        assert_eq!(said(&answer), said(&[text("<think>Hm.</think>I add."), call("1", r#"{"a":1}"#)]));
        assert_ne!(said(&answer), said(&answer[1..]));
        assert_ne!(said(&answer), said(&[text("I add."), call("c", r#"{"a":2}"#)]));
        assert_eq!(said(&[text(" "), Part::Thinking(Text::made("Hm."))]), None);
    }
}
