//! JSON lines: one JSON object to a line. Ollama streams so, and Cohere's first API.
//!
//! Some recorders write a line anew and break it between two tokens (langchainrb with Ollama): a line that is only the
//! beginning of an object goes on in the next ones. A line that nothing completes is an event of its own.

use std::ops::Range;

use memchr::{memchr, memchr_iter};
use serde::de::IgnoredAny;

use super::{Event, Framing, Hints};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::text::Slice;

pub(super) struct Ndjson;

/// What content types of JSON lines have in common: `application/x-ndjson`, `application/jsonl`,
/// `application/jsonlines`, `application/stream+json`.
const CONTENT_TYPES: &[&str] = &["ndjson", "jsonl", "stream+json"];

impl Framing for Ndjson {
    fn name(&self) -> &'static str {
        "ndjson"
    }

    /// The label alone does not do, since errors come pretty-printed under it; but a stream of a single line is told
    /// from a whole answer by nothing else.
    fn fit(&self, hints: &Hints<'_>, body: &Slice) -> Fit {
        let Some(body) = body.text() else { return Fit::No };
        let labelled = CONTENT_TYPES.iter().any(|name| hints.content_type.contains(name));
        let text = body.as_str();
        let mut values = values(text).map(|value| &text[value]);
        let Some(first) = values.next() else { return Fit::sure_if(labelled) };
        let mut several = || values.next().is_some_and(|value| value.starts_with('{'));
        Fit::sure_if(is_object(first) && (labelled && !first.contains('\n') || several()))
    }

    fn events(&self, body: &Slice) -> Parsed<Vec<Event>> {
        let Some(body) = body.text() else { return Parsed::default() };
        let events = values(body.as_str()).map(|line| Event { name: None, data: body.slice(line) });
        events.collect::<Vec<_>>().into()
    }
}

/// Returns the lines that are not blank, with those that they go on in.
fn values(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut read = 0;
    lines(text).filter_map(move |line| {
        if line.start < read {
            return None;
        }
        let end = if goes_on(text, &line) { value_end(text, line.start) } else { None };
        read = end.unwrap_or(line.end);
        Some(line.start..read)
    })
}

/// Returns whether a line may be only the beginning of a value. A line that ends with a bracket may only if what
/// follows goes on with a comma or another such bracket: most lines need no closer look.
fn goes_on(text: &str, line: &Range<usize>) -> bool {
    let rest = text[line.end..].trim_start();
    text[line.clone()].starts_with(['{', '['])
        && !rest.is_empty()
        && (!text[line.clone()].ends_with(['}', ']']) || rest.starts_with([',', '}', ']']))
}

/// Returns where the value that begins at a place ends, if it does and its line holds nothing else.
///
/// It is looked for in the next lines only, so that no line is read over again more often than that.
fn value_end(text: &str, start: usize) -> Option<usize> {
    const LINES: usize = 64;
    let near = memchr_iter(b'\n', &text.as_bytes()[start..]).nth(LINES).map_or(text.len(), |at| start + at);
    let mut values = serde_json::Deserializer::from_str(&text[start..near]).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    let end = start + values.byte_offset();
    let rest = &text[end..];
    let rest = &rest[..memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len())];
    rest.trim().is_empty().then_some(end)
}

/// Returns the lines that are not blank, without the blanks around them.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    let ends = memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
    let lines = ends.map(move |end| std::mem::replace(&mut start, end + 1)..end);
    lines.filter_map(|line| {
        let full = text[line.clone()].trim_end();
        let trimmed = full.trim_start_matches(|blank: char| blank.is_whitespace() || blank == '\u{feff}');
        let end = line.start + full.len();
        (!trimmed.is_empty()).then(|| end - trimmed.len()..end)
    })
}

fn is_object(line: &str) -> bool {
    line.starts_with('{') && serde_json::from_str::<IgnoredAny>(line).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;

    fn fit(content_type: &str, body: &str) -> Fit {
        Ndjson.fit(&Hints { content_type, path: "" }, Text::made(body).as_slice())
    }

    fn data(body: &str) -> Vec<String> {
        let events = Ndjson.events(Text::made(body).as_slice()).value;
        events.iter().map(|event| event.data.as_str().to_owned()).collect()
    }

    #[test]
    fn each_line_is_an_event_and_blank_lines_are_none() {
        assert_eq!(data("{\"a\":1}\r\n\n  {\"a\":2} \n{\"a\""), ["{\"a\":1}", "{\"a\":2}", "{\"a\""]);
        assert_eq!(data("\u{feff}{}\n"), ["{}"]);
    }

    #[test]
    fn a_line_that_is_only_a_beginning_goes_on_in_the_next_ones() {
        assert_eq!(
            data("{\"a\":\n{\"b\":1},\r\n\n\"c\":2}\n{\"d\":3}"),
            ["{\"a\":\n{\"b\":1},\r\n\n\"c\":2}", "{\"d\":3}"]
        );
        assert_eq!(data("{\"a\":[1]\n, \"b\":2}\n"), ["{\"a\":[1]\n, \"b\":2}"]);
        assert_eq!(fit("", "{\"a\":\n1}\n{\"a\":2}\n"), Fit::Sure);
    }

    #[test]
    fn a_line_that_nothing_completes_is_an_event_and_so_are_those_behind_it() {
        assert_eq!(data("{\"a\":\n{\"b\":1}\n{\"c\":2}\n"), ["{\"a\":", "{\"b\":1}", "{\"c\":2}"]);
        assert_eq!(data("{\"a\":\"b\n{\"c\":2}"), ["{\"a\":\"b", "{\"c\":2}"]);
        assert_eq!(data("{\"a\":\n1} x\n{}"), ["{\"a\":", "1} x", "{}"]);
        let many = "{\"a\":[1,\n".repeat(20_000);
        assert_eq!(data(&many).len(), 20_000);
    }

    #[test]
    fn several_objects_are_a_stream_under_any_label() {
        assert_eq!(fit("application/json", "{\"a\":1}\n{\"a\":2}\n"), Fit::Sure);
        assert_eq!(fit("", "{\"a\":1}\n{\"a\":2"), Fit::Sure);
    }

    #[test]
    fn a_single_line_is_a_stream_only_under_its_label() {
        let line = "{\"done\":true}\n";
        assert_eq!(fit("application/x-ndjson", line), Fit::Sure);
        assert_eq!(fit("application/stream+json", line), Fit::Sure);
        assert_eq!(fit("application/json; charset=utf-8", line), Fit::No);
        assert_eq!(fit("", line), Fit::No);
    }

    #[test]
    fn pretty_printed_json_is_no_stream() {
        assert_eq!(fit("application/x-ndjson", "{\n  \"error\": \"busy\"\n}\n"), Fit::No);
        assert_eq!(fit("", "[\n{}\n]"), Fit::No);
    }
}
