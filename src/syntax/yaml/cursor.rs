//! The scanner: its cursor, what can be told from a line without moving, and the tokens it adds.

use super::super::tree::Properties;
use super::super::{Kind, MAX_DEPTH, Token};
use super::scan::{Scan, Scanner, Stop, Tabs};

/// A scalar or alias as far as it can be told on one line, or up to its closing quote.
pub(super) struct Inline {
    pub(super) kind: Kind,
    pub(super) end: usize,
    /// Offset of the first byte of the line it ends on.
    pub(super) line: usize,
}

impl Scanner<'_> {
    /// Returns the byte at the cursor, 0 at the end.
    pub(super) fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    pub(super) fn ended(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub(super) fn column(&self) -> i32 {
        i32::try_from(self.at - self.line).unwrap_or(i32::MAX)
    }

    /// Returns whether a blank, a line end or the end of the text stands `distance` bytes behind the cursor.
    pub(super) fn is_separated(&self, distance: usize) -> bool {
        is_blank_or_end(self.bytes, self.at + distance)
    }

    /// Returns whether the cursor stands on `---` or `...` at the beginning of a line.
    pub(super) fn at_marker(&self) -> bool {
        self.at == self.line && is_marker(self.bytes, self.at)
    }

    /// Moves over a token or indicator.
    pub(super) fn advance(&mut self, length: usize) {
        self.at += length;
        self.last = self.at;
    }

    /// Moves over spaces and tabs.
    pub(super) fn blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t') {
            self.at += 1;
        }
    }

    /// Moves over blanks, comments and line ends.
    pub(super) fn gap(&mut self, tabs: Tabs) -> Scan<()> {
        let mut tabs_here = tabs != Tabs::Never;
        loop {
            while self.peek() == b' ' || (tabs_here && self.peek() == b'\t') {
                self.at += 1;
            }
            if self.peek() == b'#' {
                self.at = line_end(self.bytes, self.at);
            }
            match self.peek() {
                b'\t' => return Err(Stop::Unsure),
                b'\n' | b'\r' => self.next_line(),
                _ => return Ok(()),
            }
            tabs_here = tabs == Tabs::Always;
        }
    }

    /// Moves over the line end at the cursor.
    pub(super) fn next_line(&mut self) {
        self.at += if self.peek() == b'\r' { 2 } else { 1 };
        self.line = self.at;
    }

    /// Moves over blanks and returns whether nothing else but a comment stands on the line.
    pub(super) fn at_line_end(&mut self) -> bool {
        self.blanks();
        self.ended() || matches!(self.peek(), b'\n' | b'\r' | b'#')
    }

    /// Returns the scalar or alias at the cursor without moving.
    pub(super) fn inline(&self) -> Scan<Inline> {
        match self.peek() {
            b'"' | b'\'' => self.quoted(),
            b'*' => self.alias(false),
            _ if self.begins_plain(false) => {
                Ok(Inline { kind: Kind::Plain, end: self.plain_line(), line: self.line })
            }
            _ => Err(Stop::Unsure),
        }
    }

    /// Returns whether what stands from `start` to `end` is a key: one line, a `:` behind it, not too long.
    pub(super) fn is_key(&self, start: usize, line: usize, end: usize) -> bool {
        let blanks = self.bytes[end..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let colon = end + blanks;
        line <= start
            && self.bytes.get(colon) == Some(&b':')
            && is_blank_or_end(self.bytes, colon + 1)
            && self.is_short(start, colon)
    }

    /// Returns whether a key is short enough: libyaml looks no further than 1,024 characters for its `:`.
    pub(super) fn is_short(&self, start: usize, colon: usize) -> bool {
        const LONGEST: usize = 1024;
        colon - start <= LONGEST || self.text[start..colon].chars().take(LONGEST + 1).count() <= LONGEST
    }

    /// Adds a scalar from the cursor to `end` and moves behind it.
    pub(super) fn scalar(&mut self, kind: Kind, end: usize, flow: bool) {
        let token = self.token(kind, self.at, end, flow);
        self.tokens.push(token);
        self.advance(end - self.at);
    }

    /// Adds a scalar that is not there.
    pub(super) fn empty(&mut self, flow: bool) {
        let token = self.token(Kind::Plain, self.last, self.last, flow);
        self.tokens.push(token);
    }

    /// Begins a collection at the cursor.
    pub(super) fn open(&mut self, kind: Kind, flow: bool) -> Scan<usize> {
        if self.depth >= MAX_DEPTH {
            return Err(Stop::TooDeep(self.at));
        }
        self.depth += 1;
        let token = self.token(kind, self.at, self.at, flow);
        self.tokens.push(token);
        Ok(self.tokens.len() - 1)
    }

    /// Ends a collection behind its last token.
    pub(super) fn close(&mut self, collection: usize) {
        self.depth -= 1;
        let next = offset(self.tokens.len());
        let token = &mut self.tokens[collection];
        (token.end, token.next) = (offset(self.last), next);
    }

    pub(super) fn token(&self, kind: Kind, start: usize, end: usize, flow: bool) -> Token {
        Token {
            kind,
            flow,
            key: false,
            chomp: 0,
            start: offset(start),
            end: offset(end),
            next: offset(self.tokens.len() + 1),
            body: 0,
            indent: 0,
            parent: self.indent,
        }
    }

    /// Gives properties to the token that comes next.
    pub(super) fn attach_next(&mut self, properties: Properties) {
        if properties != Properties::default() {
            self.properties.insert(offset(self.tokens.len()), properties);
        }
    }

    pub(super) fn attach_last(&mut self, properties: Properties) {
        if properties != Properties::default() {
            self.properties.insert(offset(self.tokens.len() - 1), properties);
        }
    }
}

pub(super) fn is_blank_or_end(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at), None | Some(b' ' | b'\t' | b'\n' | b'\r'))
}

/// Returns whether `---` or `...` stands at an offset, with nothing directly behind it.
pub(super) fn is_marker(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at..at + 3), Some(b"---" | b"...")) && is_blank_or_end(bytes, at + 3)
}

/// Returns the offset of the next LF, or of the end of the text.
pub(super) fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |found| at + found)
}

pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("`read` takes no text of more than 4 GB")
}
