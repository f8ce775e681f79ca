//! How long a body is said to be: which of the lengths that one body has a recorder states, beside the header.

use serde_json::Value;

use super::{Body, Content};
use crate::text::{Slice, Text};

/// A place that says how long a body is, rightly or wrongly.
#[derive(Clone, Debug)]
pub struct Length {
    /// The number.
    pub at: Text,
    /// What it counts; the first that fits.
    pub counts: &'static [Count],
}

/// What a stated length may count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// The bytes of the body as it was sent or, as some recorders put it right when they undo compression, without
    /// that. Of a body that is kept parsed, the bytes of the JSON it was parsed from.
    Body,
    /// The bytes of the text that stands for the body in the file, in base64 or whatever wrapping.
    Recorded,
}

impl Length {
    /// Returns the number, if it is one. PHP's cURL counts in floats: `88.0`.
    #[must_use]
    pub fn stated(&self) -> Option<usize> {
        let text = self.at.as_str();
        text.strip_suffix(".0").unwrap_or(text).parse().ok()
    }

    /// Returns what stands here if the number is this one.
    #[must_use]
    pub fn spelled(&self, number: usize) -> String {
        let fraction = if self.at.as_str().ends_with(".0") { ".0" } else { "" };
        format!("{number}{fraction}")
    }

    /// Returns what this must state once a body is another, if it was right before.
    ///
    /// A length that was right has one of the lengths the old body has; it is to have that of the same kind.
    #[must_use]
    pub fn follow(&self, before: &Body, after: &Body) -> Option<usize> {
        let stated = self.stated()?;
        let kinds = |body| self.counts.iter().flat_map(move |count| count.of(body));
        let kind = kinds(before).position(|length| length == stated)?;
        kinds(after).nth(kind)
    }
}

impl Count {
    /// Returns the lengths of a body that this may mean, always in the same order.
    fn of(self, body: &Body) -> Vec<usize> {
        match (self, &body.content) {
            (Self::Recorded, _) => body.recorded.iter().map(Slice::len).collect(),
            (Self::Body, Content::Bytes(_)) => body.sent.iter().map(Slice::len).collect(),
            (Self::Body, Content::Tree(tree)) => {
                let value = tree.node().json();
                WRITERS.iter().map(|writer| writer.length(&value, 0)).collect()
            }
            (Self::Body, Content::Events(_) | Content::Beside(_)) => Vec::new(),
        }
    }
}

/// How a JSON text is written, as far as its length goes.
struct Writer {
    /// Behind a comma and behind a colon.
    spaces: (usize, usize),
    /// Each level in a line of its own, indented by two.
    lines: bool,
    /// What is no ASCII is escaped.
    ascii: bool,
    /// A line feed at the end.
    end: usize,
}

/// The writers of the JSON that is kept parsed, in the order of how often they are met; without a character beyond
/// ASCII some of them write alike.
const WRITERS: &[Writer] = &[
    // Python's `json.dumps`; pydantic-ai replays what it kept parsed in this form.
    Writer { spaces: (1, 1), lines: false, ascii: true, end: 0 },
    // JavaScript's `JSON.stringify`, serde, httpx.
    Writer { spaces: (0, 0), lines: false, ascii: false, end: 0 },
    Writer { spaces: (0, 0), lines: false, ascii: true, end: 0 },
    // Go's encoder, as Ollama and Mistral answer.
    Writer { spaces: (0, 0), lines: false, ascii: false, end: 1 },
    // OpenAI answers in lines, at times with a line feed at the end.
    Writer { spaces: (0, 1), lines: true, ascii: false, end: 0 },
    Writer { spaces: (0, 1), lines: true, ascii: false, end: 1 },
    // Python's `json.dumps` with `ensure_ascii=False`.
    Writer { spaces: (1, 1), lines: false, ascii: false, end: 0 },
];

impl Writer {
    fn length(&self, value: &Value, depth: usize) -> usize {
        let end = if depth == 0 { self.end } else { 0 };
        end + match value {
            Value::Null | Value::Bool(true) => 4,
            Value::Bool(false) => 5,
            Value::Number(number) => number.to_string().len(),
            Value::String(text) => self.string(text),
            Value::Array(items) => {
                self.enclosed(depth, items.iter().map(|item| self.length(item, depth + 1)))
            }
            Value::Object(members) => self.enclosed(
                depth,
                members
                    .iter()
                    .map(|(key, value)| self.string(key) + 1 + self.spaces.1 + self.length(value, depth + 1)),
            ),
        }
    }

    /// Returns the length of a list or mapping by the lengths of what is in it.
    fn enclosed(&self, depth: usize, inside: impl Iterator<Item = usize>) -> usize {
        let (count, sum) = inside.fold((0, 0), |(count, sum), length| (count + 1, sum + length));
        let Some(commas) = usize::checked_sub(count, 1) else { return 2 };
        let line = |depth: usize| if self.lines { 1 + 2 * depth } else { 0 };
        2 + sum + commas * (1 + self.spaces.0) + count * line(depth + 1) + line(depth)
    }

    fn string(&self, text: &str) -> usize {
        let escaped = |c: char| match c {
            '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
            '\0'..'\u{20}' => 6,
            '\u{20}'..='\u{7f}' => 1,
            _ if self.ascii => 6 * c.len_utf16(),
            _ => c.len_utf8(),
        };
        2 + text.chars().map(escaped).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;

    fn lengths(value: &Value) -> Vec<usize> {
        WRITERS.iter().map(|writer| writer.length(value, 0)).collect()
    }

    #[test]
    fn the_length_of_a_parsed_body_is_that_of_the_text_it_was_parsed_from() {
        let value = serde_json::json!({"a": ["é\n", 1.5, {}], "b": null, "c": [], "😀": "\u{7f}\u{1}"});
        let written = [
            r#"{"a": ["\u00e9\n", 1.5, {}], "b": null, "c": [], "\ud83d\ude00": "x\u0001"}"#.to_owned(),
            r#"{"a":["é\n",1.5,{}],"b":null,"c":[],"😀":"x\u0001"}"#.to_owned(),
            r#"{"a":["\u00e9\n",1.5,{}],"b":null,"c":[],"\ud83d\ude00":"x\u0001"}"#.to_owned(),
            serde_json::to_string(&value).unwrap() + "\n",
            serde_json::to_string_pretty(&value).unwrap(),
            serde_json::to_string_pretty(&value).unwrap() + "\n",
            r#"{"a": ["é\n", 1.5, {}], "b": null, "c": [], "😀": "x\u0001"}"#.to_owned(),
        ];
        assert_eq!(lengths(&value), written.map(|text| text.len()));
    }

    #[test]
    fn a_length_follows_by_what_it_counted_and_a_wrong_one_stays() {
        let body = |sent: &[usize], recorded: usize| {
            let slices = |lengths: &[usize]| -> Vec<_> {
                lengths.iter().map(|&length| Text::made("x".repeat(length)).into()).collect()
            };
            Body { sent: slices(sent), recorded: slices(&[recorded]).pop(), ..Body::bytes(Text::made("x")) }
        };
        let (before, after) = (body(&[20, 90], 28), body(&[22, 95], 32));
        let follow = |stated: &str, counts| {
            let length = Length { at: Text::made(stated), counts };
            length.follow(&before, &after).map(|number| length.spelled(number))
        };
        assert_eq!(follow("20", &[Count::Body]).unwrap(), "22");
        assert_eq!(follow("90.0", &[Count::Body]).unwrap(), "95.0");
        assert_eq!(follow("28", &[Count::Body, Count::Recorded]).unwrap(), "32");
        for wrong in ["28", "-1", "0", "REDACTED", "", "20.5"] {
            assert_eq!(follow(wrong, &[Count::Body]), None, "{wrong}");
        }
    }
}
