//! The scanner: plain scalars.

use memchr::memchr3;

use super::super::Kind;
use super::cursor::is_blank_or_end;
use super::scan::{Scan, Scanner, Stop};

impl Scanner<'_> {
    /// Returns whether a plain scalar may begin at the cursor.
    pub(super) fn begins_plain(&self, flow: bool) -> bool {
        match self.peek() {
            b'-' => !self.is_separated(1),
            b'?' | b':' => !flow && !self.is_separated(1),
            b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"'
            | b'%' | b'@' | b'`' => false,
            _ => !self.is_separated(0),
        }
    }

    /// Returns the end of the plain text between the cursor and the end of its line, a comment or a `: `.
    pub(super) fn plain_line(&self) -> usize {
        let (start, bytes) = (self.at, self.bytes);
        let mut at = start;
        loop {
            match memchr3(b':', b'#', b'\n', &bytes[at..]) {
                Some(found) => at += found,
                None => at = bytes.len(),
            }
            match bytes.get(at) {
                Some(b':') if !is_blank_or_end(bytes, at + 1) => at += 1,
                Some(b'#') if !matches!(bytes[at - 1], b' ' | b'\t') => at += 1,
                _ => break,
            }
        }
        let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r');
        at - bytes[start..at].iter().rev().take_while(is_space).count()
    }

    /// Scans a plain scalar outside of flow collections, of which the first line is known to end at `end`.
    pub(super) fn plain_block(&mut self, mut end: usize) -> Scan<()> {
        let start = self.at;
        loop {
            self.at = end;
            self.blanks();
            if !matches!(self.peek(), b'\n' | b'\r') || !self.text_goes_on()? {
                break;
            }
            end = self.plain_line();
            let blanks = self.bytes[end..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            if self.bytes.get(end + blanks) == Some(&b':') {
                return Err(Stop::Unsure);
            }
        }
        let token = self.token(Kind::Plain, start, end, false);
        self.tokens.push(token);
        self.last = end;
        Ok(())
    }

    /// Moves over line ends to the next text and returns whether it belongs to the same plain scalar.
    fn text_goes_on(&mut self) -> Scan<bool> {
        self.lines()?;
        Ok(!self.ended() && self.column() > self.indent && self.peek() != b'#' && !self.at_marker())
    }

    /// Moves over line ends and the blanks behind them.
    fn lines(&mut self) -> Scan<()> {
        while matches!(self.peek(), b'\n' | b'\r') {
            self.next_line();
            while self.peek() == b' ' {
                self.at += 1;
            }
            if self.peek() == b'\t' && self.column() <= self.indent {
                return Err(Stop::Unsure);
            }
            self.blanks();
        }
        Ok(())
    }

    /// Scans a plain scalar inside a flow collection.
    pub(super) fn plain_flow(&mut self) -> Scan<()> {
        let start = self.at;
        let mut end;
        loop {
            self.plain_flow_text()?;
            end = self.at;
            self.blanks();
            self.lines()?;
            if self.at == end || self.ended() || self.peek() == b'#' {
                break;
            }
            if self.at_marker() {
                return Err(Stop::Unsure);
            }
            if self.plain_flow_stops()? {
                break;
            }
        }
        let token = self.token(Kind::Plain, start, end, true);
        self.tokens.push(token);
        self.last = end;
        Ok(())
    }

    /// Moves over text without blanks.
    fn plain_flow_text(&mut self) -> Scan<()> {
        while !self.is_separated(0) && !self.plain_flow_stops()? {
            self.at += 1;
        }
        Ok(())
    }

    /// Returns whether the byte at the cursor ends a plain scalar.
    fn plain_flow_stops(&self) -> Scan<bool> {
        match self.peek() {
            b',' | b'[' | b']' | b'{' | b'}' => Ok(true),
            b':' => match self.bytes.get(self.at + 1) {
                Some(b',' | b'?' | b'[' | b']' | b'{' | b'}') => Err(Stop::Unsure),
                _ => Ok(self.is_separated(1)),
            },
            _ => Ok(false),
        }
    }
}
