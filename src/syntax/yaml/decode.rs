//! What a scalar reads as, and which bytes each piece of the value was read from.
//!
//! One decoder serves both questions; it feeds a [`Sink`]. It cannot fail: the scanner has seen every escape.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2};

use super::super::tree::Decoded;
use super::super::{Kind, Token};
use super::block::indentation;
use crate::text::{Run, Runs};

/// Takes the pieces of a value in order; ranges are of the source.
pub(super) trait Sink {
    /// Takes a piece that reads as it is written.
    fn verbatim(&mut self, range: Range<usize>);

    /// Takes a piece that reads otherwise; `value` may be empty, as of `\` at a line end.
    fn spelled(&mut self, value: &str, range: Range<usize>);
}

/// Returns the value of a scalar token.
pub(in super::super) fn decoded(source: &str, token: &Token) -> Decoded<'static> {
    let mut value =
        Value { source, whole: None, out: String::new(), most: (token.end - token.start) as usize };
    decode(source.as_bytes(), token, &mut value);
    value.finish()
}

/// Returns the characters of a scalar token.
pub(super) fn value<'s>(source: &'s str, token: &Token) -> Cow<'s, str> {
    decoded(source, token).of(source)
}

/// Returns the runs of a scalar token.
pub(super) fn runs(source: &[u8], token: &Token) -> Runs {
    let text = &source[token.start as usize..token.end as usize];
    let cuts = match token.kind {
        Kind::Double => memchr_iter(b'\\', text).count(),
        Kind::Literal | Kind::Folded => memchr_iter(b'\n', text).count(),
        _ => 0,
    };
    let mut map = Map { runs: Runs::with_capacity(2 * cuts + 1), length: 0 };
    decode(source, token, &mut map);
    map.runs
}

/// Collects the value; of one verbatim piece only the range.
struct Value<'s> {
    source: &'s str,
    whole: Option<Range<usize>>,
    out: String,
    /// No value is longer than its source.
    most: usize,
}

impl Value<'_> {
    fn push(&mut self, piece: &str) {
        if self.out.capacity() == 0 {
            self.out.reserve(self.most);
        }
        if let Some(whole) = self.whole.take() {
            self.out.push_str(&self.source[whole]);
        }
        self.out.push_str(piece);
    }

    fn finish(self) -> Decoded<'static> {
        self.whole.map_or(Decoded::Unescaped(self.out), Decoded::Verbatim)
    }
}

impl Sink for Value<'_> {
    fn verbatim(&mut self, range: Range<usize>) {
        if self.whole.is_none() && self.out.is_empty() {
            self.whole = Some(range);
        } else {
            let source = self.source;
            self.push(&source[range]);
        }
    }

    fn spelled(&mut self, value: &str, _: Range<usize>) {
        self.push(value);
    }
}

/// Collects the runs.
struct Map {
    runs: Runs,
    length: usize,
}

impl Map {
    fn push(&mut self, length: usize, outer: Range<usize>, verbatim: bool) {
        self.runs.push(Run { value: self.length..self.length + length, outer, verbatim });
        self.length += length;
    }
}

impl Sink for Map {
    fn verbatim(&mut self, range: Range<usize>) {
        self.push(range.len(), range, true);
    }

    fn spelled(&mut self, value: &str, range: Range<usize>) {
        self.push(value.len(), range, false);
    }
}

/// Feeds the pieces of a scalar to a sink.
fn decode(source: &[u8], token: &Token, sink: &mut impl Sink) {
    let (start, end) = (token.start as usize, token.end as usize);
    match token.kind {
        Kind::Plain => inline(source, start..end, token.kind, sink),
        Kind::Single | Kind::Double => inline(source, start + 1..end - 1, token.kind, sink),
        Kind::Literal | Kind::Folded => block(source, token, sink),
        Kind::Map | Kind::List | Kind::Alias => {}
    }
}

/// Decodes the text of a plain scalar, or of a quoted one without its quotes.
fn inline(source: &[u8], text: Range<usize>, kind: Kind, sink: &mut impl Sink) {
    let bytes = &source[..text.end];
    let mut begin = text.start;
    let mut at = begin;
    while let Some(found) = match kind {
        Kind::Double => memchr2(b'\\', b'\n', &bytes[at..]),
        Kind::Single => memchr2(b'\'', b'\n', &bytes[at..]),
        _ => memchr(b'\n', &bytes[at..]),
    } {
        at += found;
        let piece = match bytes[at] {
            b'\n' => {
                let line = bytes[begin..at].strip_suffix(b"\r").unwrap_or(&bytes[begin..at]);
                begin..begin + line.len() - trailing_blanks(line)
            }
            _ => begin..at,
        };
        if !piece.is_empty() {
            sink.verbatim(piece.clone());
        }
        at = match bytes[at] {
            b'\'' => {
                sink.spelled("'", at..at + 2);
                at + 2
            }
            b'\\' => escape(at, bytes, sink),
            _ => fold(bytes, piece.end..after_line_ends(bytes, at), " ", sink),
        };
        begin = at;
    }
    if begin < text.end {
        sink.verbatim(begin..text.end);
    }
}

fn trailing_blanks(text: &[u8]) -> usize {
    text.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Returns the offset of the first byte that is neither blank nor line end.
fn after_line_ends(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// Feeds a stretch that holds line ends: the first goes, the others stay; a single one reads as `single`.
/// Returns the end of the stretch.
fn fold(bytes: &[u8], stretch: Range<usize>, single: &str, sink: &mut impl Sink) -> usize {
    let first = memchr(b'\n', &bytes[stretch.clone()]).map_or(stretch.end, |found| stretch.start + found + 1);
    if !line_ends(bytes, stretch.start, first..stretch.end, sink) {
        sink.spelled(single, stretch.clone());
    }
    stretch.end
}

/// Feeds one LF for each line end of a stretch and returns whether there was any. What stands between line ends goes
/// with the one behind it, what stands behind the last goes with that; the first begins at `start`.
fn line_ends(bytes: &[u8], mut start: usize, stretch: Range<usize>, sink: &mut impl Sink) -> bool {
    let mut pending = None;
    for found in memchr_iter(b'\n', &bytes[stretch.clone()]) {
        if let Some(end) = pending.replace(stretch.start + found + 1) {
            sink.spelled("\n", start..end);
            start = end;
        }
    }
    if pending.is_some() {
        sink.spelled("\n", start..stretch.end);
    }
    pending.is_some()
}

/// Feeds the escape at an offset and returns its end.
fn escape(at: usize, bytes: &[u8], sink: &mut impl Sink) -> usize {
    let Some(letter) = first_character(&bytes[at + 1..]) else {
        sink.verbatim(at..at + 1);
        return at + 1;
    };
    let digits = match letter {
        '\n' | '\r' => {
            let end = after_line_ends(bytes, at + 1);
            return fold(bytes, at..end, "", sink);
        }
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    let end = at + 1 + letter.len_utf8() + digits;
    let character = match letter {
        'x' | 'u' | 'U' => {
            let hex = bytes.get(at + 2..end).and_then(|hex| std::str::from_utf8(hex).ok());
            let code = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok());
            code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '0' => '\0',
        'a' => '\x07',
        'b' => '\x08',
        't' => '\t',
        'n' => '\n',
        'v' => '\x0B',
        'f' => '\x0C',
        'r' => '\r',
        'e' => '\x1B',
        'N' => '\u{85}',
        '_' => '\u{A0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        other => other,
    };
    sink.spelled(character.encode_utf8(&mut [0; 4]), at..end);
    end
}

/// Returns the first character of UTF-8. No character has more than four bytes.
fn first_character(bytes: &[u8]) -> Option<char> {
    bytes[..bytes.len().min(4)].utf8_chunks().next()?.valid().chars().next()
}

/// Decodes a literal or folded scalar line by line.
fn block(bytes: &[u8], token: &Token, sink: &mut impl Sink) {
    let (end, indent) = (token.end as usize, token.indent as usize);
    let bytes = &bytes[..end];
    // End of the text of the last line that had any, and whether that line began with a blank.
    let mut before: Option<(usize, bool)> = None;
    let mut line = token.body as usize;
    while line < end {
        let next = memchr(b'\n', &bytes[line..]).map_or(end, |found| line + found + 1);
        let text = line + indentation(&bytes[line..next], indent);
        let text_end = without_line_end(bytes, text, next);
        line = next;
        if text == text_end {
            continue;
        }
        let blank = matches!(bytes[text], b' ' | b'\t');
        match before {
            Some((from, was_blank)) if token.kind == Kind::Folded && !blank && !was_blank => {
                fold(bytes, from..text, " ", sink);
            }
            Some((from, _)) => {
                line_ends(bytes, from, from..text, sink);
            }
            None => {
                line_ends(bytes, token.body as usize, token.body as usize..text, sink);
            }
        }
        sink.verbatim(text..text_end);
        before = Some((text_end, blank));
    }
    let tail = before.map_or(token.body as usize, |(text_end, _)| text_end);
    if token.chomp > 0 {
        line_ends(bytes, tail, tail..end, sink);
    } else if token.chomp == 0
        && before.is_some()
        && let Some(found) = memchr(b'\n', &bytes[tail..])
    {
        sink.spelled("\n", tail..tail + found + 1);
    }
}

fn without_line_end(bytes: &[u8], text: usize, next: usize) -> usize {
    let line = &bytes[text.min(next)..next];
    let line = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")).unwrap_or(line);
    text + line.len()
}
