//! The scanner: literal and folded scalars.

use super::super::{Kind, Token};
use super::cursor::{line_end, offset};
use super::scan::{Scan, Scanner, Stop};

impl Scanner<'_> {
    /// Scans the block scalar at the cursor.
    pub(super) fn block_scalar(&mut self) -> Scan<()> {
        let kind = if self.peek() == b'|' { Kind::Literal } else { Kind::Folded };
        let header = Header::read(self.bytes, self.at).ok_or(Stop::Unsure)?;
        let indent = header.indent(self.bytes, self.indent).ok_or(Stop::Unsure)?;
        let end = body_end(self.bytes, header.body, indent).ok_or(Stop::Unsure)?;
        let token = self.token(kind, self.at, end, false);
        self.tokens.push(Token {
            chomp: header.chomp,
            body: offset(header.body),
            indent: offset(indent),
            ..token
        });
        (self.at, self.line, self.last) = (end, end, end);
        Ok(())
    }
}

/// The first line of a block scalar.
pub(super) struct Header {
    /// -1 for `-`, 1 for `+`.
    pub(super) chomp: i8,
    /// The indentation indicator.
    pub(super) digit: Option<u8>,
    /// Offset behind the indicators.
    pub(super) end: usize,
    /// Offset of the first byte of the next line.
    pub(super) body: usize,
}

impl Header {
    /// Reads the header that begins with the `|` or `>` at `start`.
    pub(super) fn read(bytes: &[u8], start: usize) -> Option<Self> {
        let (mut chomp, mut digit) = (0, None);
        let mut at = start + 1;
        loop {
            match bytes.get(at) {
                Some(b'+') if chomp == 0 => chomp = 1,
                Some(b'-') if chomp == 0 => chomp = -1,
                Some(found @ b'1'..=b'9') if digit.is_none() => digit = Some(found - b'0'),
                _ => break,
            }
            at += 1;
        }
        let end = at;
        while matches!(bytes.get(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        if !matches!(bytes.get(at), None | Some(b'#' | b'\n' | b'\r')) {
            return None;
        }
        let body = (line_end(bytes, at) + 1).min(bytes.len());
        Some(Self { chomp, digit, end, body })
    }

    /// Returns how many columns the lines are indented, inside a collection at column `parent`.
    pub(super) fn indent(&self, bytes: &[u8], parent: i32) -> Option<usize> {
        let parent = usize::try_from(parent).ok();
        if let Some(digit) = self.digit {
            return Some(parent.unwrap_or(0) + usize::from(digit));
        }
        let mut widest = 1.max(parent.map_or(0, |column| column + 1));
        let mut at = self.body;
        loop {
            let spaces = bytes[at..].iter().take_while(|&&byte| byte == b' ').count();
            widest = widest.max(spaces);
            at += spaces;
            match bytes.get(at) {
                Some(b'\n') => at += 1,
                Some(b'\r') if bytes.get(at + 1) == Some(&b'\n') => at += 2,
                // libyaml takes no tab before it knows the indentation.
                Some(b'\t') => return None,
                _ => return Some(widest),
            }
        }
    }
}

/// Returns the offset behind the last line of a block scalar; blank lines that follow belong to it.
fn body_end(bytes: &[u8], body: usize, indent: usize) -> Option<usize> {
    let mut end = body;
    loop {
        let text = end + indentation(&bytes[end..], indent);
        match bytes.get(text) {
            None => return Some(bytes.len()),
            Some(b'\n') => end = text + 1,
            Some(b'\r') => end = text + 2,
            Some(b'\t') if text - end < indent => return None,
            Some(_) if text - end < indent => return Some(end),
            Some(_) => end = (line_end(bytes, text) + 1).min(bytes.len()),
        }
    }
}

/// Returns the number of spaces that begin a line, `indent` at most.
pub(super) fn indentation(line: &[u8], indent: usize) -> usize {
    line.iter().take(indent).take_while(|&&byte| byte == b' ').count()
}
