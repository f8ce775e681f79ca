//! JSON: a scanner that finds tokens, and string literals that can be edited in place.
//!
//! The scanner is strict (RFC 8259) but for one thing: an escaped surrogate that stands alone reads as U+FFFD.
//! Streams cut between any two UTF-16 units, so recordings hold such halves, and Python's reader takes them too.

use std::borrow::Cow;
use std::fmt::Write as _;

use memchr::memchr2;

use super::{Kind, MAX_DEPTH, SyntaxError, Token};
use crate::text::{Change, Gaps, Run, Spelling, Unspellable, respell_runs};

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
    let mut scanner =
        Scanner { bytes: text.as_bytes(), at: 0, tokens: Vec::with_capacity(8 + text.len() / 24) };
    scanner.document()?;
    Ok(scanner.tokens)
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
                    open.push(self.push(if byte == b'{' { Kind::Map } else { Kind::List }, self.at + 1));
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
    fn push(&mut self, kind: Kind, end: usize) -> u32 {
        let index = offset(self.tokens.len());
        self.tokens.push(Token {
            kind,
            flow: true,
            key: false,
            chomp: 0,
            start: offset(self.at),
            end: offset(end),
            next: index + 1,
            body: 0,
            indent: 0,
            parent: 0,
        });
        self.at = end;
        index
    }

    fn string(&mut self, key: bool) -> Result<(), SyntaxError> {
        let mut at = self.at + 1;
        loop {
            let Some(found) = memchr2(b'"', b'\\', &self.bytes[at..]) else {
                return Err(error(self.at, "the string that begins here never ends"));
            };
            if let Some(control) = self.bytes[at..at + found].iter().position(|&byte| byte < 0x20) {
                return Err(error(at + control, "control character in a string; JSON wants it escaped"));
            }
            at += found;
            if self.bytes[at] == b'"' {
                break;
            }
            at += self.escape(at)?;
        }
        let index = self.push(Kind::Double, at + 1);
        self.tokens[index as usize].key = key;
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
        let length = rest.iter().position(|&byte| !is_literal(byte)).unwrap_or(rest.len());
        let word = &rest[..length];
        if !matches!(word, b"true" | b"false" | b"null") && !is_number(word) {
            return Err(error(self.at, "expected a JSON value"));
        }
        self.push(Kind::Plain, self.at + length);
        Ok(())
    }
}

fn error(offset: usize, message: impl Into<String>) -> SyntaxError {
    SyntaxError { offset, message: message.into() }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("the scanner takes no text of more than 4 GB")
}

fn is_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// Returns whether a word is a JSON number.
fn is_number(word: &[u8]) -> bool {
    let digits = |word: &[u8]| word.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let word = word.strip_prefix(b"-").unwrap_or(word);
    let whole = digits(word);
    if whole == 0 || (whole > 1 && word[0] == b'0') {
        return false;
    }
    let mut rest = &word[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let exponent =
            exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
        let length = digits(exponent);
        return length > 0 && length == exponent.len();
    }
    rest.is_empty()
}

/// Returns the value of a scalar token: a string without its quotes and escapes, anything else as it is.
pub(super) fn value<'s>(source: &'s str, token: &Token) -> Cow<'s, str> {
    let (start, end) = (token.start as usize, token.end as usize);
    if token.kind != Kind::Double {
        return Cow::Borrowed(&source[start..end]);
    }
    let inner = &source[start + 1..end - 1];
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Cow::Borrowed(inner);
    }
    let mut out = String::with_capacity(inner.len());
    decode(inner, |run, _| out.push_str(run));
    Cow::Owned(out)
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
pub(super) struct Spelled {
    string: bool,
}

impl Spelled {
    pub(super) fn of(token: &Token) -> Self {
        Self { string: token.kind == Kind::Double }
    }
}

impl Spelling for Spelled {
    fn name(&self) -> &'static str {
        "json"
    }

    fn runs(&self, outer: &[u8]) -> Vec<Run> {
        let source = std::str::from_utf8(outer).unwrap_or_default();
        if !self.string {
            return vec![Run { value: 0..source.len(), outer: 0..source.len(), verbatim: true }];
        }
        let mut runs: Vec<Run> = Vec::new();
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
        if self.string {
            let ascii = outer.is_ascii();
            return Ok(respell_runs(value, runs, changes, 1, Gaps::Drop, |new| escaped(new, ascii)));
        }
        let respelled = respell_runs(value, runs, changes, 0, Gaps::Drop, str::to_owned);
        let new = crate::text::splice(outer, respelled.clone()).unwrap_or_default();
        match serde_json::from_slice::<serde_json::Value>(&new) {
            Ok(_) => Ok(respelled),
            Err(_) => Err(Unspellable("a number cannot become text here".to_owned())),
        }
    }
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
