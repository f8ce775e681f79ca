//! HTTP/1 messages as they go over the wire (RFC 9112), cut into parts that know their bytes.

use std::ops::Range;

use memchr::memchr;

use crate::text::{Slice, Text};

/// A request or a response.
#[derive(Debug)]
pub struct Message {
    /// The request line or the status line.
    pub start: Text,
    /// Names and values in their order, the blanks around them left out.
    pub headers: Vec<(Text, Text)>,
    /// What follows the empty line, as sent: chunked bodies still are.
    pub body: Slice,
}

impl Message {
    /// Cuts a message up. Lines end in CRLF or, where a file was edited, in LF alone.
    ///
    /// Returns nothing if the first line is no text.
    #[must_use]
    pub fn read(wire: &Slice) -> Option<Self> {
        let bytes = wire.bytes();
        let (first, mut at) = line(bytes, 0);
        let start = wire.slice(first).text()?;
        let mut headers = Vec::new();
        while at < bytes.len() {
            let (range, next) = line(bytes, at);
            at = next;
            if range.is_empty() {
                break;
            }
            headers.extend(header(wire, range));
        }
        Some(Self { start, headers, body: wire.slice(at..bytes.len()) })
    }

    /// Returns the word of the first line at an index: `GET`, `/path`, `HTTP/1.1`; `HTTP/1.1`, `200`, `OK`.
    #[must_use]
    pub fn word(&self, index: usize) -> Option<Text> {
        let line = self.start.as_str();
        let word = line.split(' ').filter(|word| !word.is_empty()).nth(index)?;
        let start = word.as_ptr().addr() - line.as_ptr().addr();
        Some(self.start.slice(start..start + word.len()))
    }

    /// Returns whether the body is sent in chunks.
    #[must_use]
    pub fn is_chunked(&self) -> bool {
        let chunked = |value: &str| {
            value.rsplit(',').next().is_some_and(|last| last.trim().eq_ignore_ascii_case("chunked"))
        };
        let mut codings =
            self.headers.iter().filter(|(name, _)| name.as_str().eq_ignore_ascii_case("transfer-encoding"));
        codings.any(|(_, value)| chunked(value.as_str()))
    }
}

/// Returns the range of the line at an offset, without its end, and where the next one begins.
fn line(bytes: &[u8], at: usize) -> (Range<usize>, usize) {
    let end = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
    let content = if bytes[at..end].ends_with(b"\r") { at..end - 1 } else { at..end };
    (content, (end + 1).min(bytes.len()))
}

/// Reads a header line; nothing if it is no text or has no colon.
fn header(wire: &Slice, line: Range<usize>) -> Option<(Text, Text)> {
    let line = wire.slice(line).text()?;
    let colon = line.as_str().find(':')?;
    Some((trimmed(&line, 0..colon), trimmed(&line, colon + 1..line.len())))
}

/// Returns a part of a text without the blanks around it.
fn trimmed(text: &Text, range: Range<usize>) -> Text {
    let part = &text.as_str()[range.clone()];
    let start = range.end - part.trim_start().len();
    text.slice(start..start + part.trim().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SourceId;

    fn read(wire: &[u8]) -> Message {
        Message::read(&Slice::source(SourceId(0), wire.to_vec())).unwrap()
    }

    #[test]
    fn messages_are_cut_into_lines_and_body() {
        let request =
            read(b"POST http://h/p?q=1 HTTP/1.1\r\nHost: h\r\nVary:a \r\nVary:\r\nbroken\r\n\r\nx\r\n\r\ny");
        let word = |index| request.word(index).map(|word| word.as_str().to_owned());
        assert_eq!([word(0), word(1)], [Some("POST".into()), Some("http://h/p?q=1".into())]);
        assert_eq!(word(3), None);
        let headers: Vec<_> =
            request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(headers, [("Host", "h"), ("Vary", "a"), ("Vary", "")]);
        assert_eq!(request.body.bytes(), b"x\r\n\r\ny");
    }

    #[test]
    fn lines_may_end_in_a_line_feed_alone() {
        let response = read(b"HTTP/2.0 200 OK\nTransfer-Encoding: gzip, Chunked\n\n0\n\n");
        assert_eq!(response.word(1).unwrap(), "200");
        assert!(response.is_chunked());
        assert_eq!(response.body.bytes(), b"0\n\n");
    }

    #[test]
    fn a_message_may_end_anywhere() {
        assert!(read(b"").start.is_empty());
        assert!(read(b"GET / HTTP/1.1").headers.is_empty());
        assert!(read(b"GET / HTTP/1.1\r\nA: b").body.bytes().is_empty());
    }

    #[test]
    fn text_beside_bytes_that_are_none_knows_its_place() {
        let message = read(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n\xff\xfe");
        let span = message.headers[0].1.span().unwrap();
        assert_eq!((span.start, span.end), (20, 21));
        assert_eq!(message.body.bytes(), b"\xff\xfe");
    }
}
