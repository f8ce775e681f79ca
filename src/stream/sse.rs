//! Server-sent events, as the WHATWG HTML standard (section 9.2) frames them.

use std::ops::Range;

use memchr::memchr2;

use super::{Event, Framing, Hints};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::text::{Change, Gaps, Run, Runs, Slice, Spelling, Text, Unspellable, respell_runs};

pub(super) struct Sse;

impl Framing for Sse {
    fn name(&self) -> &'static str {
        "sse"
    }

    /// An error under `text/event-stream` is often plain JSON, and recorders drop headers: the shape decides.
    fn fit(&self, hints: &Hints<'_>, body: &Slice) -> Fit {
        let Some(body) = body.text() else { return Fit::No };
        let text = body.as_str().trim_start_matches('\u{feff}');
        let mut lines = Lines::new(text).map(|line| &text[line]).filter(|line| !line.is_empty());
        let first = lines.find(|line| !line.starts_with(':'));
        match first {
            // A recorder that folds lines may put a space before the first.
            Some(line) => Fit::sure_if(is_field(line.trim_start())),
            None => Fit::sure_if(hints.content_type.contains("event-stream")),
        }
    }

    /// An event without the blank line that ends it is kept: recorders and people trim the end of a file.
    fn events(&self, body: &Slice) -> Parsed<Vec<Event>> {
        let Some(body) = &body.text() else { return Parsed::default() };
        let text = body.as_str();
        let mut parsed: Parsed<Vec<Event>> = Parsed::default();
        let mut name = None;
        let mut data: Vec<Range<usize>> = Vec::new();
        let skip = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        for line in Lines::new(&text[skip..]) {
            let line = line.start + skip..line.end + skip;
            if line.is_empty() {
                finish(body, &mut name, &mut data, &mut parsed.value);
                continue;
            }
            let (field, value) = cut(text, &line);
            match field {
                "data" => data.push(value),
                "event" => name = Some(body.slice(value)),
                // Comments (`: keep-alive`), `id` and `retry` carry nothing of the answer.
                _ => {}
            }
        }
        finish(body, &mut name, &mut data, &mut parsed.value);
        parsed
    }
}

/// Returns whether a line begins with a field that only an event stream has.
fn is_field(line: &str) -> bool {
    ["data:", "event:", "id:", "retry:"].iter().any(|field| line.starts_with(field)) || line == "data"
}

/// Returns the name of a line's field and the range of its value, without the one space that may lead it.
fn cut<'t>(text: &'t str, line: &Range<usize>) -> (&'t str, Range<usize>) {
    let content = &text[line.clone()];
    let Some(colon) = content.find(':') else {
        return (content, line.end..line.end);
    };
    let space = usize::from(content[colon + 1..].starts_with(' '));
    (&content[..colon], line.start + colon + 1 + space..line.end)
}

fn finish(body: &Text, name: &mut Option<Text>, data: &mut Vec<Range<usize>>, events: &mut Vec<Event>) {
    let name = name.take();
    let lines = std::mem::take(data);
    let data = match lines.as_slice() {
        [] => return,
        [one] => body.slice(one.clone()),
        [first, .., last] => {
            let outer = body.slice(first.start..last.end);
            let lines: Vec<_> =
                lines.iter().map(|line| line.start - first.start..line.end - first.start).collect();
            let pieces: Vec<_> = lines.iter().map(|line| &outer.as_str()[line.clone()]).collect();
            let value = pieces.join("\n");
            Text::spelled(outer.into(), DataLines { lines }, value)
        }
    };
    events.push(Event { name, data });
}

/// How the data of an event is spelled over several `data:` lines: what stands between two of them is a newline.
#[derive(Debug)]
struct DataLines {
    lines: Vec<Range<usize>>,
}

impl Spelling for DataLines {
    fn name(&self) -> &'static str {
        "sse"
    }

    fn runs(&self, _: &[u8]) -> Runs {
        let mut runs = Runs::new();
        let mut at = 0;
        for line in &self.lines {
            if let Some(last) = runs.last() {
                let gap = last.outer.end..line.start;
                runs.push(Run { value: at..at + 1, outer: gap, verbatim: false });
                at += 1;
            }
            runs.push(Run { value: at..at + line.len(), outer: line.clone(), verbatim: true });
            at += line.len();
        }
        runs
    }

    fn respell(
        &self,
        _: &[u8],
        value: &[u8],
        runs: &[Run],
        changes: &[Change],
    ) -> Result<Vec<Change>, Unspellable> {
        Ok(respell_runs(value, runs, changes, 0, Gaps::Drop, |new| new.replace('\n', "\ndata: ")))
    }
}

/// The lines of a stream, without their ends: LF, CRLF, or CR alone.
struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        if self.at >= self.text.len() {
            return None;
        }
        let (start, bytes) = (self.at, self.text.as_bytes());
        let end = memchr2(b'\n', b'\r', &bytes[start..]).map_or(bytes.len(), |found| start + found);
        let length = if bytes[end..].starts_with(b"\r\n") { 2 } else { 1 };
        self.at = end + length;
        Some(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Edit, SourceId, lift, splice};

    fn events(body: &str) -> Vec<(Option<String>, String)> {
        let body = Text::source(SourceId(0), body.to_owned());
        assert_eq!(Sse.fit(&Hints::default(), body.as_slice()), Fit::Sure);
        let events = Sse.events(body.as_slice()).value.into_iter();
        events
            .map(|event| (event.name.map(|name| name.as_str().into()), event.data.as_str().into()))
            .collect()
    }

    fn data(body: &str) -> Vec<String> {
        events(body).into_iter().map(|(_, data)| data).collect()
    }

    #[test]
    fn lines_end_with_lf_or_crlf_or_cr() {
        for end in ["\n", "\r\n", "\r"] {
            let body = ["data: a", "", "data: b", "", ""].join(end);
            assert_eq!(data(&body), ["a", "b"], "{end:?}");
        }
    }

    #[test]
    fn comments_ids_and_retries_are_no_data() {
        assert_eq!(data(": hi\n\n:\nid: 7\nretry: 10\ndata: a\n\n: bye\n\n"), ["a"]);
    }

    #[test]
    fn data_without_a_space_and_without_a_colon() {
        assert_eq!(data("data:a\n\ndata\n\n"), ["a", ""]);
    }

    #[test]
    fn several_data_lines_are_one_text() {
        assert_eq!(data("data: {\ndata:  \"a\": 1\r\ndata: }\n\n"), ["{\n \"a\": 1\n}"]);
    }

    #[test]
    fn names_belong_to_their_own_event() {
        let found = events("event: ping\ndata: a\n\ndata: b\n\n");
        assert_eq!(found, [(Some("ping".into()), "a".into()), (None, "b".into())]);
    }

    #[test]
    fn the_last_event_needs_no_blank_line() {
        assert_eq!(data("data: a\n\ndata: b"), ["a", "b"]);
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(data("\u{feff}data: a\n\n"), ["a"]);
    }

    #[test]
    fn plain_json_under_an_event_stream_label_is_no_stream() {
        let body = Text::made("{\"error\": 1}");
        let hints = Hints { content_type: "text/event-stream", path: "" };
        assert_eq!(Sse.fit(&hints, body.as_slice()), Fit::No);
    }

    #[test]
    fn an_edit_over_data_lines_stays_in_data_lines() {
        let file = "data: one\ndata: two\n\n";
        let body = Text::source(SourceId(0), file.to_owned());
        let data = &Sse.events(body.as_slice()).value[0].data;
        assert_eq!(data.as_str(), "one\ntwo");
        let edits = vec![Edit::replace(data, 2..5, "x\ny")];
        let changes = lift(edits).unwrap().remove(&SourceId(0)).unwrap().changes;
        let new = splice(file.as_bytes(), changes).unwrap();
        assert_eq!(String::from_utf8(new).unwrap(), "data: onx\ndata: ywo\n\n");
    }
}
