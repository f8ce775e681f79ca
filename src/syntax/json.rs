//! JSON: a scanner that finds tokens, and string literals that can be edited in place.
//!
//! The scanner is strict (RFC 8259) but for one thing: an escaped surrogate that stands alone reads as U+FFFD.
//! Streams cut between any two UTF-16 units, so recordings hold such halves, and Python's reader takes them too.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::tree::Decoded;
use super::{Kind, MAX_DEPTH, SyntaxError, Token};
use serde_json::Value;
use smallvec::smallvec;

use crate::text::{Change, Gaps, Run, Runs, Spelling, Unspellable, respell_runs};

/// What the scanner expects next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    /// A value, or the end of the list that just began.
    FirstItem,
    Key,
    /// A key, or the end of the object that just began.
    FirstKey,
    /// A comma or an end.
    More,
}

/// Finds the tokens of a JSON text.
pub(super) fn scan(text: &str) -> Result<Vec<Token>, SyntaxError> {
    // Room for all tokens of a dense text, such as an event; long texts hold long strings.
    let tokens = Vec::with_capacity(8 + (text.len() / 10).min(1024 + text.len() / 24));
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0, tokens };
    scanner.document()?;
    Ok(scanner.tokens)
}

/// Returns the scalar that begins at an offset; a key has to be a string.
pub(super) fn scalar(bytes: &[u8], at: usize, key: bool) -> Option<Token> {
    let mut scanner = Scanner { bytes, at, tokens: Vec::with_capacity(1) };
    let read = match bytes.get(at) {
        Some(b'"') => scanner.string(key),
        Some(_) if !key => scanner.literal(),
        _ => return None,
    };
    read.ok()?;
    scanner.tokens.pop()
}

struct Scanner<'s> {
    bytes: &'s [u8],
    at: usize,
    tokens: Vec<Token>,
}

impl Scanner<'_> {
    fn document(&mut self) -> Result<(), SyntaxError> {
        if u32::try_from(self.bytes.len()).is_err() {
            return Err(error(0, "text of more than 4 GB"));
        }
        if self.bytes.starts_with(b"\xEF\xBB\xBF") {
            self.at = 3;
        }
        let mut open: Vec<u32> = Vec::new();
        let mut expect = Expect::Value;
        loop {
            self.blank();
            let Some(&byte) = self.bytes.get(self.at) else {
                return match (open.is_empty(), expect) {
                    (true, Expect::More) => Ok(()),
                    _ => Err(error(self.at, "the JSON ends here, before it is complete")),
                };
            };
            match (byte, expect) {
                (b'{' | b'[', Expect::Value | Expect::FirstItem) => {
                    if open.len() >= MAX_DEPTH {
                        return Err(error(self.at, format!("nested more than {MAX_DEPTH} levels deep")));
                    }
                    open.push(offset(self.tokens.len()));
                    self.push(if byte == b'{' { Kind::Map } else { Kind::List }, false, 0, self.at + 1);
                    expect = if byte == b'{' { Expect::FirstKey } else { Expect::FirstItem };
                }
                (b'}', Expect::More | Expect::FirstKey) | (b']', Expect::More | Expect::FirstItem) => {
                    let kind = if byte == b'}' { Kind::Map } else { Kind::List };
                    let Some(begun) = open.pop().filter(|&at| self.tokens[at as usize].kind == kind) else {
                        return Err(error(self.at, format!("`{}` closes nothing", char::from(byte))));
                    };
                    self.at += 1;
                    let (end, next) = (offset(self.at), offset(self.tokens.len()));
                    let token = &mut self.tokens[begun as usize];
                    (token.end, token.next) = (end, next);
                    expect = Expect::More;
                }
                (b',', Expect::More) if !open.is_empty() => {
                    self.at += 1;
                    let holder = open.last().map(|&at| self.tokens[at as usize].kind);
                    expect = if holder == Some(Kind::Map) { Expect::Key } else { Expect::Value };
                }
                (b'"', Expect::Key | Expect::FirstKey) => {
                    self.string(true)?;
                    self.blank();
                    if self.bytes.get(self.at) != Some(&b':') {
                        return Err(error(self.at, "expected `:` after the key"));
                    }
                    self.at += 1;
                    expect = Expect::Value;
                }
                (b'"', Expect::Value | Expect::FirstItem) => {
                    self.string(false)?;
                    expect = Expect::More;
                }
                (_, Expect::Value | Expect::FirstItem) => {
                    self.literal()?;
                    expect = Expect::More;
                }
                (_, Expect::Key | Expect::FirstKey) => {
                    return Err(error(self.at, "expected a key in quotes"));
                }
                (_, Expect::More) if open.is_empty() => {
                    return Err(error(self.at, "more text after the end of the JSON"));
                }
                (_, Expect::More) => {
                    return Err(error(self.at, "expected `,` or the end of the list or object"));
                }
            }
        }
    }

    fn blank(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Adds a token from the cursor to `end` and moves the cursor there.
    #[inline]
    fn push(&mut self, kind: Kind, key: bool, escape: usize, end: usize) {
        self.tokens.push(Token {
            kind,
            flow: true,
            key,
            chomp: 0,
            start: offset(self.at),
            end: offset(end),
            next: offset(self.tokens.len() + 1),
            body: offset(escape),
            indent: 0,
            parent: 0,
        });
        self.at = end;
    }

    #[inline]
    fn string(&mut self, key: bool) -> Result<(), SyntaxError> {
        let mut at = self.at + 1;
        let mut first_escape = 0;
        loop {
            at = plain_end(self.bytes, at);
            match self.bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    first_escape = if first_escape == 0 { at } else { first_escape };
                    at += self.escape(at)?;
                }
                Some(_) => return Err(error(at, "control character in a string; JSON wants it escaped")),
                None => return Err(error(self.at, "the string that begins here never ends")),
            }
        }
        self.push(Kind::Double, key, first_escape, at + 1);
        Ok(())
    }

    /// Returns the length of the escape at an offset.
    fn escape(&self, at: usize) -> Result<usize, SyntaxError> {
        match self.bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
            Some(b'u')
                if self
                    .bytes
                    .get(at + 2..at + 6)
                    .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) =>
            {
                Ok(6)
            }
            _ => Err(error(at, "unknown escape in a string")),
        }
    }

    fn literal(&mut self) -> Result<(), SyntaxError> {
        let rest = &self.bytes[self.at..];
        let length = word_length(rest).ok_or_else(|| error(self.at, "expected a JSON value"))?;
        self.push(Kind::Plain, false, 0, self.at + length);
        Ok(())
    }
}

fn error(offset: usize, message: impl Into<String>) -> SyntaxError {
    SyntaxError { offset, message: message.into() }
}

#[inline]
fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("the scanner takes no text of more than 4 GB")
}

/// Returns where the first quote, backslash or control character stands from an offset on.
///
/// Most strings are a few bytes long, so eight are looked at at a time: a search that sets up wider registers takes
/// longer to begin than these take to end.
#[inline]
fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    // The lowest bit that is set marks the first byte below `limit`; bits above it may be set for no reason.
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*word);
        let quote = below(word ^ (ONES * u64::from(b'"')), 1);
        let backslash = below(word ^ (ONES * u64::from(b'\\')), 1);
        let found = (quote | backslash | below(word, b' ')) & HIGHS;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let special = |byte: &u8| matches!(byte, 0..b' ' | b'"' | b'\\');
    let rest = &bytes[at.min(bytes.len())..];
    at + rest.iter().position(special).unwrap_or(rest.len())
}

/// Returns the length of the number, `true`, `false` or `null` that the bytes begin with.
fn word_length(bytes: &[u8]) -> Option<usize> {
    let word = [&b"true"[..], b"false", b"null"].into_iter().find(|word| bytes.starts_with(word));
    word.map_or_else(|| number_length(bytes), |word| Some(word.len()))
}

/// Returns the length of the number that the bytes begin with.
fn number_length(bytes: &[u8]) -> Option<usize> {
    let digits = |at: usize| {
        let count = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        (count > 0).then_some(at + count)
    };
    let start = usize::from(bytes.starts_with(b"-"));
    // A leading zero stands alone; what follows it is found to be no comma.
    let mut at = if bytes.get(start) == Some(&b'0') { start + 1 } else { digits(start)? };
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let signed = matches!(bytes.get(at + 1), Some(b'+' | b'-'));
        at = digits(at + 1 + usize::from(signed))?;
    }
    Some(at)
}

/// Returns the value of a scalar token: a string without its quotes and escapes, anything else as it is.
pub(super) fn decoded(source: &str, token: &Token) -> Decoded<'static> {
    let (start, end) = (token.start as usize, token.end as usize);
    if token.kind != Kind::Double {
        return Decoded::Verbatim(start..end);
    }
    if token.body == 0 {
        return Decoded::Verbatim(start + 1..end - 1);
    }
    let inner = &source[start + 1..end - 1];
    let mut out = String::with_capacity(inner.len());
    decode(inner, |run, _| out.push_str(run));
    Decoded::Unescaped(out)
}

/// Returns a number or a word as what it stands for.
pub(super) fn typed(raw: &str) -> Value {
    // Most are counts, which take no parser.
    let count = raw.bytes().all(|byte| byte.is_ascii_digit());
    let count = if count { raw.parse::<u64>().ok() } else { None };
    count.map_or_else(|| serde_json::from_str(raw).unwrap_or(Value::Null), Value::from)
}

/// Returns whether a scalar token reads so. Hardly any key holds an escape, so most are told apart without decoding.
#[inline]
pub(super) fn reads(source: &[u8], token: &Token, value: &str) -> bool {
    let quote = usize::from(token.kind == Kind::Double);
    let raw = source.get(token.start as usize + quote..token.end as usize - quote).unwrap_or_default();
    if token.body == 0 { raw == value.as_bytes() } else { unescapes_to(raw, value) }
}

/// Returns whether a string without its quotes reads so.
#[cold]
fn unescapes_to(raw: &[u8], value: &str) -> bool {
    let mut rest = Some(value);
    decode(std::str::from_utf8(raw).unwrap_or_default(), |piece, _| {
        rest = rest.and_then(|rest| rest.strip_prefix(piece));
    });
    rest.is_some_and(str::is_empty)
}

/// Calls `piece` with each piece of the value and its range in `inner`, a string without its quotes.
fn decode(inner: &str, mut piece: impl FnMut(&str, std::ops::Range<usize>)) {
    let bytes = inner.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let run = memchr::memchr(b'\\', &bytes[at..]).unwrap_or(bytes.len() - at);
        if run > 0 {
            piece(&inner[at..at + run], at..at + run);
            at += run;
            continue;
        }
        let (decoded, length) = unescape(&inner[at..]);
        let mut buffer = [0; 4];
        piece(decoded.encode_utf8(&mut buffer), at..at + length);
        at += length;
    }
}

/// Returns the character that an escape stands for, and the escape's length. A lone surrogate gives U+FFFD.
fn unescape(escape: &str) -> (char, usize) {
    let unit = |at: usize| escape.get(at..at + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let single = match escape.as_bytes().get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'u') => {
            let high = unit(2).unwrap_or(0xFFFD);
            let low = if escape.get(6..8) == Some("\\u") { unit(8) } else { None };
            return match (high, low) {
                (0xD800..=0xDBFF, Some(low @ 0xDC00..=0xDFFF)) => {
                    let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                    (char::from_u32(code).unwrap_or('\u{FFFD}'), 12)
                }
                _ => (char::from_u32(high).unwrap_or('\u{FFFD}'), 6),
            };
        }
        Some(&other) => char::from(other),
        None => '\\',
    };
    (single, 2.min(escape.len()))
}

/// Returns JSON with each escaped surrogate that stands alone as the U+FFFD it reads as, for stricter readers.
pub(super) fn without_lone_surrogates(text: &str) -> Cow<'_, str> {
    if memchr::memmem::find(text.as_bytes(), b"\\u").is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    // Outside of strings there are no backslashes.
    decode(text, |piece, range| {
        let alone = range.len() == 6 && piece == "\u{FFFD}";
        out.push_str(if alone { "\\uFFFD" } else { &text[range] });
    });
    Cow::Owned(out)
}

/// Appends text as the inside of a JSON string.
pub fn escape_into(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
}

/// How a JSON scalar is spelled: a string with its quotes, or a bare number or word.
#[derive(Debug)]
pub(super) struct Spelled<const STRING: bool>;

impl<const STRING: bool> Spelling for Spelled<STRING> {
    fn name(&self) -> &'static str {
        "json"
    }

    fn runs(&self, outer: &[u8]) -> Runs {
        let source = std::str::from_utf8(outer).unwrap_or_default();
        if !STRING {
            return smallvec![Run { value: 0..source.len(), outer: 0..source.len(), verbatim: true }];
        }
        let mut runs = Runs::new();
        let mut at = 0;
        let inner = source.get(1..source.len().saturating_sub(1)).unwrap_or_default();
        decode(inner, |run, outer| {
            let verbatim = !inner[outer.clone()].starts_with('\\');
            runs.push(Run { value: at..at + run.len(), outer: outer.start + 1..outer.end + 1, verbatim });
            at += run.len();
        });
        runs
    }

    fn respell(
        &self,
        outer: &[u8],
        value: &[u8],
        runs: &[Run],
        changes: &[Change],
    ) -> Result<Vec<Change>, Unspellable> {
        if STRING {
            let ascii = outer.is_ascii();
            return Ok(respell_runs(value, runs, changes, 1, Gaps::Drop, |new| escaped(new, ascii)));
        }
        let respelled = respell_runs(value, runs, changes, 0, Gaps::Drop, str::to_owned);
        let new = crate::text::splice(outer, respelled.clone()).unwrap_or_default();
        if word_length(&new) == Some(new.len()) {
            Ok(respelled)
        } else {
            Err(Unspellable("a number cannot become text here".to_owned()))
        }
    }
}

/// Returns text as a JSON string; with `ascii`, all other characters are escaped.
pub(super) fn spelled(text: &str, ascii: bool) -> String {
    format!("\"{}\"", escaped(text, ascii))
}

/// Returns text as the inside of a JSON string; with `ascii`, all other characters are escaped, as the rest is.
fn escaped(text: &str, ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    escape_into(&mut out, text);
    if !ascii || out.is_ascii() {
        return out;
    }
    let mut plain = String::with_capacity(out.len() * 2);
    for character in out.chars() {
        if character.is_ascii() {
            plain.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(plain, "\\u{unit:04x}");
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use crate::syntax::{MAX_DEPTH, SyntaxError, Tree};
    use crate::text::{Edit, SourceId, Text, lift, splice};

    const FILE: SourceId = SourceId(0);

    fn read(text: &str) -> Result<Arc<Tree>, SyntaxError> {
        Tree::json(Text::source(FILE, text.to_owned())).map(Arc::new)
    }

    /// Checks that we and `serde_json` read the same, or both nothing.
    fn agree(text: &str) {
        let ours = read(text).ok().map(|tree| tree.root().unwrap().json());
        assert_eq!(ours, serde_json::from_str::<Value>(text).ok(), "{text:?}");
    }

    #[test]
    fn nasty_texts_are_judged_as_serde_json_does() {
        let scalars = "0 -0 1 -1 10 01 -01 00 1. .1 1.0 -1.5e3 1e5 1E+5 1e-5 1e 1e+ 1.e5 - + +1 1a 0x1 1_0 12e3.4 \
            1e999 123456789012345678901234567890 0.1e1 Infinity NaN nan true false null True nul nulls truefalse";
        let strings = r#""" "a" "a 'a' "\"" "\\" "\/" "\b\f\n\r\t" "\u00e9" "\u00E9" "\u00g9" "\u00e" "\u+0e9" "\x" "\"
            "\ud83d\ude00" "\u0000" "é😀" "\U00e9" "\'" "\ud83d" "\ude00\ud83d" "a"b "a""b""#;
        let rest = r#"{} [] {"a":1} {"a":1,} {"a"} {"a":} {:1} {1:1} {a:1} {"a":1"b":2} {"a":1,"a":2} [1,] [,1] [1,,2]
            [1 [1} {"a":1] ] } , : [[],{}] [1]2 [1][2] {"a":[1,{"b":null}]} {"a":1}x [" {"a":" // [1]// #"#;
        for text in [scalars, strings, rest].into_iter().flat_map(str::split_whitespace) {
            let lone_surrogate = text.contains("\\ud83d\"") || text.contains("\\ude00\\");
            if !lone_surrogate {
                agree(text);
                agree(&format!(" \t[ {text}\r\n]"));
                agree(&format!("{{\"a\" :{text} ,\"b\": {text}}}"));
            }
        }
        for text in [
            "",
            " ",
            "\n",
            "1 2",
            "[1\u{a0}]",
            "[1\u{c}]",
            "\"a\nb\"",
            "\"a\tb\"",
            "\"\u{7f}\"",
            "\"\0\"",
            "\0",
        ] {
            agree(text);
        }
        // Every length around the eight bytes that are looked at at once.
        for length in 0..40 {
            for end in ["\"", "\\n\"", "\u{1f}\"", "", "\\", "é\""] {
                agree(&format!("\"{}{end}", "~".repeat(length)));
            }
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_read_and_no_more_than_that() {
        for (text, wanted) in [
            (r#""\ud83d""#, "\u{FFFD}"),
            (r#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
            (r#""a\ud83dA""#, "a\u{FFFD}A"),
            (r#""\ud83d\n""#, "\u{FFFD}\n"),
            (r#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
        ] {
            assert!(serde_json::from_str::<Value>(text).is_err());
            assert_eq!(read(text).unwrap().root().unwrap().text().unwrap(), wanted);
        }
    }

    #[test]
    fn halves_that_an_edit_brings_together_read_as_one() {
        // Wrong, and very rare: what must be read back is told, so nothing is written.
        let file = r#""\ud83d-\ude00""#;
        let text = read(file).unwrap().root().unwrap().text().unwrap();
        let lifted = lift(vec![Edit::replace(&text, 3..4, "")]).unwrap().remove(&FILE).unwrap();
        assert_eq!(lifted.values[0].1, "\u{FFFD}\u{FFFD}");
        let new = String::from_utf8(splice(file.as_bytes(), lifted.changes).unwrap()).unwrap();
        assert_eq!(read(&new).unwrap().root().unwrap().text().unwrap(), "😀");
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        let tree = read("\u{feff}{\"a\":1}").unwrap();
        assert_eq!(tree.root().unwrap().span().unwrap().start, 3);
        assert!(read("\u{feff}").is_err());
        assert!(read("[\u{feff}1]").is_err());
    }

    #[test]
    fn nesting_has_an_end() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(&nested(MAX_DEPTH)).is_ok());
        let error = read(&nested(MAX_DEPTH + 1)).unwrap_err();
        assert_eq!((error.offset, error.message.as_str()), (512, "nested more than 512 levels deep"));
        assert!(read(&"[".repeat(1_000_000)).is_err());
    }

    #[test]
    fn errors_name_their_place() {
        for (text, offset, message) in [
            ("[1, ", 4, "the JSON ends here, before it is complete"),
            ("[1}", 2, "`}` closes nothing"),
            ("{\"a\" 1}", 5, "expected `:` after the key"),
            ("[\"abc", 1, "the string that begins here never ends"),
            ("[\"a\tb\"]", 3, "control character in a string; JSON wants it escaped"),
            ("[\"a\\qb\"]", 3, "unknown escape in a string"),
            ("[nope]", 1, "expected a JSON value"),
            ("{a: 1}", 1, "expected a key in quotes"),
            ("{} x", 3, "more text after the end of the JSON"),
            ("[1 2]", 3, "expected `,` or the end of the list or object"),
        ] {
            assert_eq!(
                read(text).unwrap_err(),
                SyntaxError { offset, message: message.to_owned() },
                "{text}"
            );
        }
    }
}
