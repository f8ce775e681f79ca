//! httprr (Go: golang.org/x/oscar, langchaingo, ADK): wire text of requests and responses, with their lengths.
//!
//! The first line is `httprr trace v1`. Each pair is a line with the lengths of request and response, then the bytes
//! of both, with nothing between. Bodies may be chunked, and any bytes. Requests name the whole address.

use std::ops::Range;

use super::{File, Format, Matching, shape};
use crate::cassette::{Body, Header, Interaction, Request, Response};
use crate::codec;
use crate::diagnostic::{Diagnostic, Parsed};
use crate::fit::Fit;
use crate::syntax::http::Message;
use crate::text::{Change, Slice, Span, Text};

pub(super) struct Httprr;

const MAGIC: &[u8] = b"httprr trace v";

impl Format for Httprr {
    fn name(&self) -> &'static str {
        "httprr"
    }

    fn about(&self) -> &'static str {
        "httprr (Go)"
    }

    fn looks(&self) -> &'static str {
        "the first line `httprr trace v1`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["httprr trace v"]
    }

    fn claims(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(MAGIC)
    }

    /// The whole request, as it goes over the wire.
    fn matching(&self) -> Matching {
        Matching::RequestHeaders
    }

    fn fit(&self, file: &File) -> Fit {
        Fit::sure_if(self.claims(file.bytes.bytes()))
    }

    fn reframe(&self, file: &File, changes: &mut Vec<Change>) {
        let whole = file.bytes.bytes();
        let mut at = line(whole).len();
        let mut heads = Vec::new();
        while let Some((request, response)) = lengths(line(&whole[at..])) {
            let head = at..at + line(&whole[at..]).len();
            let middle = head.end.saturating_add(request);
            let end = middle.saturating_add(response);
            let wanted = format!("{} {}", grown(head.end..middle, changes), grown(middle..end, changes));
            let digits = whole[head.clone()].trim_ascii_end().len();
            if whole[head.start..head.start + digits] != *wanted.as_bytes() {
                heads.push(Change { range: head.start..head.start + digits, new: wanted.into_bytes() });
            }
            at = end.min(whole.len());
        }
        changes.extend(heads);
        changes.sort_by_key(|change| change.range.start);
    }

    fn pieces(&self, file: &File) -> Vec<Range<usize>> {
        let whole = file.bytes.bytes();
        let mut at = line(whole).len();
        let mut pieces = Vec::new();
        while let Some((request, response)) = lengths(line(&whole[at..])) {
            let end = (at + line(&whole[at..]).len()).saturating_add(request).saturating_add(response);
            pieces.push(at..end.min(whole.len()));
            at = end.min(whole.len());
        }
        pieces
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        let mut parsed: Parsed<Vec<Interaction>> = Parsed::default();
        let (_, mut rest) = first_line(&file.bytes);
        while !rest.bytes().is_empty() {
            let (head, pair) = first_line(&rest);
            let Some((request, response)) = lengths(head.bytes()) else {
                let what = "expected the lengths of a request and its response here";
                let help = "the lengths count every byte: a tool that changes line ends breaks them";
                parsed.diagnostics.push(Diagnostic::error(what, start_of(&rest)).help(help));
                break;
            };
            let total = pair.bytes().len();
            let (middle, end) = (request.min(total), request.saturating_add(response).min(total));
            if request.saturating_add(response) > total {
                let what = "the file ends before the response is complete";
                parsed.diagnostics.push(Diagnostic::warning(what, head.span()));
            }
            let message = |range| Message::read(&pair.slice(range));
            parsed.value.push(Interaction {
                span: pair.slice(0..end).span(),
                request: message(0..middle).map(self::request),
                response: message(middle..end).and_then(self::response),
                ..Interaction::default()
            });
            rest = pair.slice(end..total);
        }
        parsed
    }
}

/// Returns the first line with its end.
fn line(bytes: &[u8]) -> &[u8] {
    let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
    &bytes[..end]
}

/// Returns the first line with its end, and what follows.
fn first_line(slice: &Slice) -> (Slice, Slice) {
    let end = line(slice.bytes()).len();
    (slice.slice(0..end), slice.slice(end..slice.len()))
}

/// Returns the length of a range once it is changed.
fn grown(range: Range<usize>, changes: &[Change]) -> usize {
    let inside =
        changes.iter().filter(|change| range.start <= change.range.start && change.range.end <= range.end);
    inside.fold(range.len(), |length, change| length + change.new.len() - change.range.len())
}

fn lengths(line: &[u8]) -> Option<(usize, usize)> {
    let (request, response) = std::str::from_utf8(line).ok()?.trim_ascii_end().split_once(' ')?;
    request.parse().ok().zip(response.parse().ok())
}

fn start_of(slice: &Slice) -> Option<Span> {
    slice.slice(0..0).span()
}

fn request(message: Message) -> Request {
    Request {
        method: message.word(0),
        url: message.word(1),
        body: body(&message),
        headers: headers(message.headers),
    }
}

/// Reads a response; nothing if it begins like none, as where wrong lengths cut it.
fn response(message: Message) -> Option<Response> {
    let version = message.word(0)?;
    version.as_str().starts_with("HTTP/").then(|| Response {
        status: message.word(1).and_then(|word| shape::status_in(&word)),
        body: body(&message),
        headers: headers(message.headers),
        duration: None,
        version: None,
    })
}

fn headers(headers: Vec<(Text, Text)>) -> Vec<Header> {
    headers.into_iter().map(|(name, value)| Header { name, value }).collect()
}

fn body(message: &Message) -> Option<Body> {
    let body = message.body.clone();
    if body.bytes().is_empty() {
        return None;
    }
    Some(if message.is_chunked() { Body::wrapped(body, codec::CHUNKED) } else { Body::bytes(body) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SourceId;

    fn trace(pairs: &[(&str, &[u8])]) -> Vec<u8> {
        let mut trace = b"httprr trace v1\n".to_vec();
        for (request, response) in pairs {
            trace.extend(format!("{} {}\n{request}", request.len(), response.len()).into_bytes());
            trace.extend_from_slice(response);
        }
        trace
    }

    fn read(bytes: Vec<u8>) -> Parsed<Vec<Interaction>> {
        let file = File { bytes: Slice::source(SourceId(0), bytes), tree: None, packed: None, behind: None };
        assert_eq!(Httprr.fit(&file), Fit::Sure);
        Httprr.read(&file)
    }

    #[test]
    fn pairs_follow_each_other_by_their_lengths() {
        let post = "POST http://h/chat HTTP/1.1\r\nHost: h\r\n\r\n{}";
        let get = "GET http://h/ HTTP/1.1\r\n\r\n";
        let parsed = read(trace(&[
            (post, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
            (get, b"HTTP/1.1 404 Not Found\n\n\xff"),
        ]));
        assert!(parsed.diagnostics.is_empty());
        let [first, second] = parsed.value.as_slice() else { panic!("two pairs") };
        let request = first.request.as_ref().unwrap();
        assert_eq!(request.method.as_ref().unwrap(), "POST");
        assert_eq!(request.url.as_ref().unwrap(), "http://h/chat");
        assert_eq!(request.body.as_ref().unwrap().text().unwrap(), "{}");
        let response = first.response.as_ref().unwrap();
        assert_eq!(response.code(), Some(200));
        assert_eq!(response.body.as_ref().unwrap().wrapping[0].name(), "chunked");
        assert_eq!(second.response.as_ref().unwrap().code(), Some(404));
        assert!(second.request.as_ref().unwrap().body.is_none());
    }

    #[test]
    fn lengths_that_do_not_fit_are_reported_and_what_was_read_is_kept() {
        let mut bytes = trace(&[("GET / HTTP/1.1\n\n", b"HTTP/1.1 200 OK\n\n")]);
        bytes.extend_from_slice(b"x");
        let parsed = read(bytes);
        assert_eq!(parsed.value.len(), 1);
        assert_eq!(parsed.diagnostics[0].at.unwrap().start, 55);
    }

    #[test]
    fn a_cut_file_is_read_as_far_as_it_goes() {
        let mut bytes = trace(&[("GET / HTTP/1.1\n\n", b"HTTP/1.1 200 OK\n\nhello")]);
        bytes.truncate(bytes.len() - 3);
        let parsed = read(bytes);
        assert_eq!(parsed.diagnostics.len(), 1);
        let response = parsed.value[0].response.as_ref().unwrap();
        assert_eq!(response.body.as_ref().unwrap().text().unwrap(), "he");
    }
}
