//! The scanner: quoted scalars.

use memchr::{memchr, memchr_iter, memchr2};

use super::super::Kind;
use super::cursor::{Inline, is_marker};
use super::scan::{Scan, Scanner, Stop};

impl Scanner<'_> {
    /// Returns the quoted scalar at the cursor.
    pub(super) fn quoted(&self) -> Scan<Inline> {
        let (kind, end) = match self.peek() {
            b'"' => (Kind::Double, double_end(self.bytes, self.at)),
            _ => (Kind::Single, single_end(self.bytes, self.at)),
        };
        let end = end.ok_or(Stop::Unsure)?;
        let mut line = self.line;
        for found in memchr_iter(b'\n', &self.bytes[self.at..end]) {
            line = self.at + found + 1;
            if is_marker(self.bytes, line) {
                return Err(Stop::Unsure);
            }
        }
        Ok(Inline { kind, end, line })
    }
}

fn single_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr(b'\'', &bytes[at..])? + 1;
        if bytes.get(at) != Some(&b'\'') {
            return Some(at);
        }
        at += 1;
    }
}

fn double_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr2(b'"', b'\\', &bytes[at..])?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += escape_length(&bytes[at..])?;
    }
}

/// Returns the length of the escape that begins `escape`, if it is one that libyaml knows.
fn escape_length(escape: &[u8]) -> Option<usize> {
    let digits = match escape.get(1)? {
        b'0' | b'a' | b'b' | b't' | b'\t' | b'n' | b'v' | b'f' | b'r' | b'e' | b' ' | b'"' | b'/' | b'\\'
        | b'N' | b'_' | b'L' | b'P' | b'\n' => return Some(2),
        b'\r' => return Some(3),
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        _ => return None,
    };
    let hex = escape.get(2..2 + digits)?;
    let is_hex = hex.iter().all(u8::is_ascii_hexdigit);
    let code = u32::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?;
    (is_hex && char::from_u32(code).is_some()).then_some(2 + digits)
}
