//! nock back (JavaScript): JSON, a list of `scope`, `path`, `body`, `status` and `response`.
//!
//! A body that is JSON is kept parsed, one that is no text as hex. A response with a `content-encoding` is a list of
//! its chunks, each in hex (`recorder.js` of nock/nock). Nothing says that a request body is in hex. Response headers are
//! `rawHeaders`, names and values in turn or a mapping; `headers` in old ones.

use super::{Compared, File, Format, Matching, shape};
use crate::cassette::{Body, Header, Interaction, Request, Response, header};
use crate::codec;
use crate::diagnostic::{Diagnostic, Parsed};
use crate::fit::Fit;
use crate::syntax::Node;
use crate::text::{Joiner, Slice, Text};

pub(super) struct Nock;

impl Format for Nock {
    fn name(&self) -> &'static str {
        "nock"
    }

    fn about(&self) -> &'static str {
        "nock back (JavaScript)"
    }

    fn looks(&self) -> &'static str {
        "a list with `scope` and `path`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["\"scope\"", "\"path\"", "\"response\""]
    }

    fn matching_hint(&self, part: Compared) -> &'static str {
        match part {
            Compared::Url => "use `nock.back` with `before` and `filteringPath`",
            Compared::Headers => "leave `reqheaders` out with `before`",
            Compared::Body => "use `before` and `filteringRequestBody`",
        }
    }

    /// `reqheaders` are kept only where a project wants them compared.
    fn matching(&self) -> Matching {
        Matching::RequestHeaders
    }

    fn fit(&self, file: &File) -> Fit {
        let first = file.root().filter(|root| root.is_list()).and_then(|root| root.item(0));
        let has = |keys: &[&str]| first.is_some_and(|first| keys.iter().all(|key| first.get(key).is_some()));
        Fit::sure_if(has(&["scope", "path", "response"])).max(Fit::maybe_if(has(&["scope", "path"])))
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root().filter(|root| root.is_list())
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        shape::entries(self.list(file), interaction)
    }
}

fn interaction(node: Node<'_>, diagnostics: &mut Vec<Diagnostic>) -> Interaction {
    let received = shape::headers(shape::either(node, &["rawHeaders", "headers"]));
    Interaction {
        span: node.span(),
        request: Some(Request {
            method: node.get("method").and_then(Node::text),
            url: url(node),
            headers: shape::headers(node.get("reqheaders")),
            body: node.get("body").filter(|body| !body.is("")).and_then(sent),
        }),
        response: Some(Response {
            status: node.get("status").or_else(|| node.get("reply")).and_then(shape::status),
            body: node.get("response").and_then(|response| {
                let binary = node.get("responseIsBinary").and_then(Node::bool) == Some(true);
                body(response, &received, binary, diagnostics)
            }),
            headers: received,
            duration: None,
            version: None,
        }),
        ..Interaction::default()
    }
}

/// Returns the address: the scope is scheme, host and port.
fn url(node: Node<'_>) -> Option<Text> {
    let mut url = Joiner::default();
    url.push(&node.get("scope")?.text()?);
    // A path may be a pattern, which is no text.
    url.push(&node.get("path").and_then(Node::text).unwrap_or_else(|| Text::made("")));
    Some(url.finish())
}

/// Reads a request body, which is in hex if it is no text, all of it.
fn sent(node: Node<'_>) -> Option<Body> {
    match node.string() {
        Some(text) if is_hex(text.as_str()) && holds_bytes(text.as_str()) => {
            Some(Body::wrapped(text, codec::HEX))
        }
        _ => shape::body(node),
    }
}

/// Returns whether hex is certainly a body of bytes, and not a text that happens to be hex: it begins as a form of several
/// parts or as gzip does, or holds no text and is longer than any digest.
fn holds_bytes(hex: &str) -> bool {
    const DIGEST: usize = 128;
    let begins = |with: &str| hex.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(with));
    let no_text = || {
        let bytes = codec::HEX.decode(hex.as_bytes(), codec::MAX_DECODED);
        bytes.is_ok_and(|bytes| std::str::from_utf8(&bytes).is_err())
    };
    begins("2d2d") || begins("1f8b") || (hex.len() > DIGEST && no_text())
}

/// Chunks are decoded one by one, so that each keeps whole bytes when the body changes.
fn body(node: Node<'_>, headers: &[Header], binary: bool, diagnostics: &mut Vec<Diagnostic>) -> Option<Body> {
    if node.is_list() && (header(headers, "content-encoding").is_some() || are_chunks(node)) {
        let mut bytes = Vec::new();
        for chunk in node.items().filter_map(Node::text) {
            let opened = codec::undeclare(chunk.into(), &[codec::HEX]);
            diagnostics.extend(opened.diagnostics);
            bytes.push(opened.value);
        }
        return Some(Body::bytes(Slice::joined(bytes)));
    }
    match node.text() {
        Some(text) if binary => Some(Body::wrapped(text, codec::HEX)),
        _ => shape::body(node),
    }
}

/// Returns whether a list is one of hex chunks. Projects drop headers, `content-encoding` among them.
fn are_chunks(list: Node<'_>) -> bool {
    let in_hex = |item: Node<'_>| item.is_string() && item.str().is_some_and(|text| is_hex(&text));
    list.items().next().is_some_and(|first| first.str().is_some_and(|text| text.len() >= 20))
        && list.items().all(in_hex)
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{edited, read, summary};

    fn file(rest: &str) -> String {
        format!(
            r#"[{{"scope": "https://x:443", "method": "POST", "path": "/y?z=1", "status": 200, {rest}}}]"#
        )
    }

    #[test]
    fn bodies_are_parsed_text_hex_or_hex_in_chunks() {
        let shown = |rest: &str| summary(&read(&file(rest))).join(" ");
        let head = "nock POST https://x:443/y?z=1";
        assert_eq!(
            shown(r#""body": {"a": 1}, "response": {"b": 2}, "rawHeaders": {"a": "b"}"#),
            format!("{head} {{\"a\":1}} 200 {{\"b\":2}}")
        );
        assert_eq!(
            shown(r#""body": "", "response": "data: 1\n\n", "responseIsBinary": false"#),
            format!("{head} - 200 data: 1\n\n")
        );
        assert_eq!(
            shown(r#""body": "", "response": "00ff68", "responseIsBinary": true"#),
            format!("{head} - 200 \0\u{fffd}h")
        );
        // "hi there" through gzip, in two chunks; with and without the header that says so.
        let chunks = r#"["1f8b08000000000002ffcbc85428", "c9482d4a0500ec76a3e308000000"]"#;
        let (with, without) = (r#"["Content-Encoding", "gzip"]"#, "[]");
        for headers in [with, without] {
            let rest = format!(r#""body": "", "response": {chunks}, "rawHeaders": {headers}"#);
            assert_eq!(shown(&rest), format!("{head} - 200 hi there"));
        }
        assert_eq!(shown(r#""body": "", "response": ["ab"]"#), format!("{head} - 200 [\"ab\"]"));
    }

    #[test]
    fn a_request_body_that_is_no_text_is_in_hex() {
        let shown =
            |body: &str| summary(&read(&file(&format!(r#""body": "{body}", "response": "ok""#)))).remove(1);
        let head = "POST https://x:443/y?z=1";
        let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let form = "--sail\r\n\r\nwind\r\n--sail--\r\n";
        assert_eq!(shown(&hex(form.as_bytes())), format!("{head} {form} 200 ok"));
        let gzip = "1f8b08000000000002ffcbc85428c9482d4a0500ec76a3e308000000";
        assert_eq!(shown(gzip), format!("{head} hi there 200 ok"));
        let wave = [&b"RIFF\xff\xff\xff\xffWAVE"[..], &[b'a'; 60]].concat();
        assert!(shown(&hex(&wave)).starts_with(&format!("{head} RIFF\u{fffd}")));
        for text in [&"9f86d081884c7d65".repeat(4), "c0ffee", "2d2", &hex(&[b'a'; 80])] {
            assert_eq!(shown(text), format!("{head} {text} 200 ok"));
        }
        let before = file(&format!(r#""body": "{}", "response": "ok""#, hex(form.as_bytes())));
        assert_eq!(edited(&before, "wind", "gale"), before.replace("77696e64", "67616c65"));
    }

    #[test]
    fn raw_headers_are_a_flat_list_or_a_mapping() {
        let headers = |shape: &str| {
            let recording = read(&file(&format!(r#""response": "", "rawHeaders": {shape}"#)));
            let headers = &recording.interactions[0].http.response.as_ref().unwrap().headers;
            headers
                .iter()
                .map(|header| format!("{}={}", header.name.as_str(), header.value.as_str()))
                .collect::<Vec<_>>()
        };
        assert_eq!(headers(r#"["A", "1", "B", "2", "A", "3"]"#), ["A=1", "B=2", "A=3"]);
        assert_eq!(headers(r#"{"a": ["1", "3"], "b": "2"}"#), ["a=1", "a=3", "b=2"]);
    }

    #[test]
    fn chunks_keep_whole_bytes_and_their_number_when_the_body_changes() {
        // Two chunks, cut in the middle of the deflated data, and two bytes of the end by themselves.
        let chunks = r#"["1F8B08000000000002ffcbc85428", "c9482d4a0500ec76a3e308", "0000", "00"]"#;
        let length = |length: usize| {
            format!(r#""rawHeaders": ["Content-Encoding", "gzip", "Content-Length", "{length}"]"#)
        };
        let before = file(&format!(r#""body": "", "response": {chunks}, {}"#, length(28)));
        for new in ["there, and \u{e9}verybody \u{1f600}", "\n", "here"] {
            let after = edited(&before, "there", new);
            let recording = read(&after);
            assert_eq!(summary(&recording)[1], format!("POST https://x:443/y?z=1 - 200 hi {new}"));
            let chunks: Vec<serde_json::Value> = serde_json::from_str(&after).unwrap();
            let chunks: Vec<_> = chunks[0]["response"]
                .as_array()
                .unwrap()
                .iter()
                .map(|chunk| chunk.as_str().unwrap())
                .collect();
            assert_eq!(chunks.len(), 4);
            assert!(chunks.iter().all(|chunk| chunk.len().is_multiple_of(2)), "{chunks:?}");
            assert!(chunks[0].starts_with("1F8B"), "case is kept");
            let total: usize = chunks.iter().map(|chunk| chunk.len() / 2).sum();
            assert!(after.contains(&length(total)), "{after}");
        }
    }

    #[test]
    fn a_parsed_body_has_the_length_of_the_json_it_was_parsed_from() {
        let file = |word: &str, length: usize| {
            file(&format!(
                r#""body": "", "response": {{"b": ["{word}", 1]}}, "rawHeaders": {{"content-length": "{length}"}}"#
            ))
        };
        assert_eq!(edited(&file("one", 15), "one", "three"), file("three", 17));
        assert_eq!(edited(&file("one", 16), "one", "three"), file("three", 18), "with a line feed");
        assert_eq!(edited(&file("one", 14), "one", "three"), file("three", 14), "a wrong one stays");
    }
}
