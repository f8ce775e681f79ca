//! `ReqLLM`'s fixtures (Elixir): JSON, one exchange a file, with the `canonical_json` of the request.
//!
//! The body of the request is kept parsed, and once more in base64 (`body.b64`), from which nothing is replayed. A stream
//! is kept beside request and response, as the bytes it came in (`chunks`), each in base64; any other answer is parsed
//! JSON, or base64 if it is none (`transcript.ex` of `agentjido/req_llm`). What was sent and is no JSON, or only in part,
//! has a stand-in.

use super::{File, Format, shape};
use crate::cassette::{Body, Interaction};
use crate::codec;
use crate::diagnostic::{Diagnostic, Parsed};
use crate::fit::Fit;
use crate::syntax::Node;
use crate::text::{Slice, Text};

pub(super) struct ReqLlm;

impl Format for ReqLlm {
    fn name(&self) -> &'static str {
        "req-llm"
    }

    fn about(&self) -> &'static str {
        "ReqLLM's fixtures (Elixir)"
    }

    fn looks(&self) -> &'static str {
        "one `request` with a `canonical_json` and one `response`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["\"request\"", "\"response\"", "\"canonical_json\""]
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(root) = file.root() else { return Fit::No };
        let has = |path: &[&str]| root.at(path).is_some();
        Fit::sure_if(has(&["request", "canonical_json"]) && has(&["request", "url"]) && has(&["response"]))
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        let mut parsed = Parsed::<Vec<_>>::default();
        parsed.value.extend(file.root().map(|root| interaction(root, &mut parsed.diagnostics)));
        parsed
    }
}

fn interaction(root: Node<'_>, diagnostics: &mut Vec<Diagnostic>) -> Interaction {
    shape::pair(root, |message, _| match message.get("canonical_json") {
        Some(json) => sent(json, message.at(&["body", "b64"]).and_then(Node::string)),
        None => received(root, message, diagnostics),
    })
}

/// Reads what was sent, and where it stands once more.
fn sent(json: Node<'_>, base64: Option<Text>) -> Option<Body> {
    // Older fixtures have it once more inside itself.
    let json = json.get("canonical_json").filter(|_| json.entries().count() == 1).unwrap_or(json);
    let body = shape::body(json).filter(|_| json.get("_fixture_body").is_none())?;
    let same = |base64: &Text| {
        let bytes = codec::BASE64.decode(base64.as_str().as_bytes(), codec::MAX_DECODED).ok()?;
        Some(serde_json::from_slice::<serde_json::Value>(&bytes).ok()? == json.json())
    };
    let copy = base64.filter(|base64| same(base64) == Some(true));
    Some(Body { copy, ..body })
}

/// Reads what came back: whole, or in chunks that keep whole bytes when they change.
fn received(root: Node<'_>, response: Node<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Body> {
    if let Some(chunks) = root.get("chunks").filter(|chunks| chunks.is_list()) {
        let mut bytes = Vec::new();
        for chunk in chunks.items().filter_map(|chunk| chunk.string_at("b64")) {
            let opened = codec::undeclare(chunk.into(), &[codec::BASE64]);
            diagnostics.extend(opened.diagnostics);
            bytes.push(opened.value);
        }
        return Some(Body::bytes(Slice::joined(bytes)));
    }
    let body = response.some("body")?;
    match body.get("b64").filter(|bytes| bytes.is_string()) {
        Some(bytes) => Some(shape::base64(bytes)),
        None => shape::body(body),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{edited, read, summary};
    use base64::Engine as _;

    fn base64(text: &str) -> String {
        base64::engine::general_purpose::STANDARD.encode(text)
    }

    fn file(json: &str, copy: &str, received: &str) -> String {
        format!(
            r#"{{"captured_at": "2026-01-02T03:04:05.678901Z", "request": {{"body": {{"b64": "{}"}}, "canonical_json": {json},
            "headers": {{"a": ["b"], "c": "[REDACTED:c]"}}, "method": "post", "url": "https://x/y"}}, {received}}}"#,
            base64(copy)
        )
    }

    #[test]
    fn bodies_are_parsed_or_base64_and_streams_stand_in_chunks() {
        let chunks = format!(
            r#""response": {{"status": 200, "body": null}}, "chunks": [{{"b64": "{}"}}, {{"b64": "{}"}}]"#,
            base64("data: \u{1fa81}").replace('=', ""),
            base64(" 1\n\n")
        );
        let want = "post https://x/y {\"a\":1} 200 data: \u{1fa81} 1\n\n";
        let recording = read(&file(r#"{"a": 1}"#, r#"{"a":1}"#, &chunks));
        assert_eq!(summary(&recording), ["req-llm", want]);
        let http = &recording.interactions[0].http;
        assert_eq!(http.recorded.unwrap().at.to_string(), "2026-01-02T03:04:05.678901Z");
        assert_eq!(http.request.as_ref().unwrap().headers.len(), 2);
        let whole = |json: &str, body: &str| {
            let received = format!(r#""response": {{"status": 200, "body": {body}}}"#);
            summary(&read(&file(json, "{}", &received))).remove(1)
        };
        assert_eq!(
            whole(r#"{"canonical_json": {"a": 1}}"#, r#"{"b": 2}"#),
            "post https://x/y {\"a\":1} 200 {\"b\":2}"
        );
        assert_eq!(
            whole(r#"{"_fixture_body": "non_json"}"#, r#"{"b64": "aGk="}"#),
            "post https://x/y - 200 hi"
        );
    }

    #[test]
    fn what_was_sent_changes_in_both_its_places_if_they_said_the_same() {
        let received = r#""response": {"status": 200, "body": {}}"#;
        let before = file(r#"{"a": "one", "b": 1.50}"#, r#"{"a":"one","b":1.50}"#, received);
        let after = file(r#"{"a": "\"two", "b": 1.50}"#, r#"{"a":"\"two","b":1.50}"#, received);
        assert_eq!(edited(&before, "one", "\"two"), after);
        let other = file(r#"{"a": "one"}"#, r#"{"a":"[REDACTED]"}"#, received);
        assert_eq!(edited(&other, "one", "two"), other.replace("one", "two"));
    }
}
