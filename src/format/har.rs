//! HAR 1.2 (HTTP archive), as browsers, mitmproxy, Charles and Insomnia write it: a `log` with `entries`.
//!
//! A request that got no answer has the status 0. WebSocket messages stand beside the request that opened the
//! socket, in Chrome's `_webSocketMessages`. Playwright can keep bodies in files of their own, named by `_file`: the name
//! is a SHA-1 of what was recorded, which nobody checks, so a file that changes keeps it.

use std::time::Duration;

use super::write::Writer;
use super::{File, Format, Repeat, polly, shape, write};
use crate::cassette::{Beside, Body, Count, Interaction, Request, Response, Status, Transcoded};
use crate::codec;
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

pub(super) struct Har;

impl Format for Har {
    fn name(&self) -> &'static str {
        "har"
    }

    fn about(&self) -> &'static str {
        "HTTP archive of browsers and proxies"
    }

    fn looks(&self) -> &'static str {
        "`log` with `entries`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["log", "entries", "request", "response"]
    }

    fn fit(&self, file: &File) -> Fit {
        Fit::sure_if(log(file).is_some_and(|log| !polly::is_polly(log)))
    }

    fn writer(&self) -> Option<&'static Writer> {
        Some(&write::har::WRITER)
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        log(file)?.get("entries")
    }

    fn repeats<'t>(&self, entry: Node<'t>) -> Vec<Repeat<'t>> {
        parameters(entry)
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        let body = |_: Node<'_>, content: Node<'_>| {
            let body = text(content).or_else(|| attached(content)).or_else(|| form(content))?;
            Some(Body { transcoded: transcoded(content), ..body })
        };
        interactions(file, &[Count::Body, Count::Recorded], body).into()
    }
}

/// Returns the log.
pub(super) fn log(file: &File) -> Option<Node<'_>> {
    file.root()?.get("log").filter(|log| log.get("entries").is_some_and(Node::is_list))
}

/// Returns the parameters that a request has beside its address.
pub(super) fn parameters(entry: Node<'_>) -> Vec<Repeat<'_>> {
    entry
        .at(&["request", "queryString"])
        .filter(|list| list.is_list())
        .map(Repeat::List)
        .into_iter()
        .collect()
}

/// Reads the entries. `body` reads the body of a message, a request or response, from its `postData` or `content`.
///
/// `counts` says what the lengths of a body count, `bodySize` and `size`.
pub(super) fn interactions(
    file: &File,
    counts: &'static [Count],
    body: fn(Node<'_>, Node<'_>) -> Option<Body>,
) -> Vec<Interaction> {
    let entries = log(file).and_then(|log| log.get("entries"));
    let interaction = |entry: Node<'_>| {
        let Some(request) = entry.get("request") else { return shape::other(entry) };
        let message = |node: Node<'_>, key| {
            let content = node.some(key)?;
            let lengths = [node.get("bodySize"), content.get("size")].into_iter().flatten();
            let mut body = body(node, content)?;
            body.state(lengths.filter_map(Node::text), counts);
            Some(body)
        };
        Interaction {
            span: entry.span(),
            request: Some(Request {
                method: request.get("method").and_then(Node::text),
                url: request.get("url").and_then(Node::text),
                headers: shape::headers(request.get("headers")),
                body: message(request, "postData"),
            }),
            response: entry.some("response").filter(|response| !is_missing(*response)).map(|response| {
                Response {
                    status: response.get("status").and_then(shape::status).map(|status| Status {
                        reason: response.some("statusText").and_then(Node::text),
                        ..status
                    }),
                    headers: shape::headers(response.get("headers")),
                    body: message(response, "content"),
                    duration: entry.get("time").and_then(duration),
                    version: response.some("httpVersion").and_then(Node::text),
                }
            }),
            other: entry.get("_webSocketMessages").map(|list| shape::messages(list, list.items().count())),
            recorded: shape::stamp(entry),
        }
    };
    entries.into_iter().flat_map(Node::items).map(interaction).collect()
}

fn is_missing(response: Node<'_>) -> bool {
    response.get("status").is_some_and(|status| status.is("0"))
}

/// Reads a body's text.
fn text(content: Node<'_>) -> Option<Body> {
    let text = content.some("text")?.text().filter(|text| !text.is_empty())?;
    let base64 = content.get("encoding").is_some_and(|encoding| encoding.is("base64"));
    Some(if base64 { Body::wrapped(text, codec::BASE64) } else { Body::bytes(text) })
}

/// Returns how a stream of events was decoded. It is always UTF-8, but where the content type does not say so, browsers
/// and mitmproxy take it for their own charset.
fn transcoded(content: Node<'_>) -> Option<Transcoded> {
    let kind = content.get("mimeType").and_then(Node::str)?.to_ascii_lowercase();
    let unsaid = kind.starts_with("text/event-stream") && !kind.contains("charset");
    unsaid.then_some(Transcoded::Unsaid)
}

/// Finds a body in a file beside the archive.
fn attached(content: Node<'_>) -> Option<Body> {
    Some(Body::beside(Beside::new(content.some("_file")?.text()?, &["."])))
}

/// Reads a form that is kept as its parameters only.
fn form(content: Node<'_>) -> Option<Body> {
    let parameters = content.get("params")?;
    parameters.item(0).map(|_| Body::tree(parameters.subtree()))
}

/// Reads milliseconds; -1 says that nobody knows.
fn duration(node: Node<'_>) -> Option<Duration> {
    let millis: f64 = node.str()?.parse().ok()?;
    Duration::try_from_secs_f64(millis / 1000.0).ok()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{edited, read, read_beside, summary};

    fn file(entries: &str) -> String {
        format!(
            "\u{feff}{{\"log\": {{\"version\": \"1.2\", \"creator\": {{\"name\": \"x\"}}, \"entries\": [{entries}]}}}}"
        )
    }

    #[test]
    fn forms_bytes_and_durations_are_read() {
        let entry = r#"{"time": 12.5, "request": {"method": "POST", "url": "http://x/", "headers": [],
            "postData": {"mimeType": "", "text": "", "params": [{"name": "a", "value": "b"}]}},
            "response": {"status": 200, "headers": [{"name": "A", "value": "b"}],
            "content": {"mimeType": "text/plain", "text": "aGk=", "encoding": "base64"}}}"#;
        let recording = read(&file(entry));
        assert_eq!(summary(&recording), ["har", r#"POST http://x/ [{"name":"a","value":"b"}] 200 hi"#]);
        let response = recording.interactions[0].http.response.as_ref().unwrap();
        assert_eq!(response.duration.unwrap().as_micros(), 12_500);
    }

    #[test]
    fn bodies_may_be_files_beside_the_archive() {
        let entry = r#"{"request": {"method": "GET", "url": "http://x/"},
            "response": {"status": 200, "content": {"mimeType": "text/plain", "_file": "0a1b.txt"}}}"#;
        assert_eq!(summary(&read_beside(&file(entry), "hi")), ["har", "GET http://x/ - 200 hi"]);
    }

    #[test]
    fn a_request_without_an_answer_has_no_response() {
        let entry = r#"{"time": -1, "request": {"method": "GET", "url": "http://x/"},
            "response": {"status": 0, "headers": [], "content": {}}}"#;
        assert_eq!(summary(&read(&file(entry))), ["har", "GET http://x/ -"]);
    }

    #[test]
    fn web_socket_messages_are_named() {
        let entry = r#"{"request": {"method": "GET", "url": "wss://x/"}, "response": {"status": 101},
            "_webSocketMessages": [{"type": "send", "data": "hi"}, {"type": "receive", "data": "ho"}]}"#;
        assert_eq!(summary(&read(&file(entry))), ["har", "GET wss://x/ - 101 - 2 WebSocket messages"]);
    }

    #[test]
    fn sizes_that_were_right_follow_the_body() {
        let file = |word: &str, size: usize, wrong: i32| {
            let entry = format!(
                r#"{{"request": {{"method": "POST", "url": "http://x/", "bodySize": {size}, "postData": {{"text": "ask {word}"}}}},
                "response": {{"status": 200, "bodySize": {wrong}, "content": {{"size": {size}, "text": "say {word}"}}}}}}"#
            );
            file(&entry)
        };
        assert_eq!(edited(&file("one", 7, -1), "one", "three"), file("three", 9, -1));
        assert_eq!(
            edited(&file("one", 7, 120), "one", "tr\u{fc}ge"),
            file(r"tr\u00fcge", 10, 120),
            "bytes count"
        );
    }

    #[test]
    fn a_stream_that_a_browser_took_for_its_own_charset_is_utf_8() {
        let file = |mime: &str, text: &str, size: usize| {
            let entry = format!(
                r#"{{"request": {{"method": "GET", "url": "http://x/"}}, "response": {{"status": 200, "content": {{"mimeType": "{mime}", "size": {size}, "text": "data: {text}"}}}}}}"#
            );
            file(&entry)
        };
        let stream = file("text/event-stream", "â€“ one", 18);
        assert_eq!(summary(&read(&stream)), ["har", "GET http://x/ - 200 data: \u{2013} one"]);
        assert_eq!(
            edited(&stream, "one", "three"),
            file("text/event-stream", "â€“ three", 20),
            "the size is the text's"
        );
        for (mime, text) in [("text/event-stream", "schön – one"), ("text/html", "â€“ one")] {
            assert_eq!(summary(&read(&file(mime, text, 0)))[1], format!("GET http://x/ - 200 data: {text}"));
        }
    }
}
