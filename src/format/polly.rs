//! Polly.js (JavaScript): HAR, as JSON or, by Cody's persister, as YAML.
//!
//! A compressed body is kept as its chunks: a JSON list of strings inside the string, in base64, or before version 6
//! in hexadecimal. Tools that rewrite recordings leave the label `base64` over plain text. Cody keeps JSON requests
//! as `textJSON`.

use super::{File, Format, Matching, Repeat, har, shape};
use crate::cassette::{Body, Count, Interaction, header};
use crate::codec::{self, Codec};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;
use crate::text::Text;

pub(super) struct Polly;

/// `size` is what `Content-Length` says, or else the length of the text in the file (`har/response.js` of
/// `@pollyjs/persister`).
const COUNTS: &[Count] = &[Count::Body, Count::Recorded];

impl Format for Polly {
    fn name(&self) -> &'static str {
        "polly"
    }

    fn about(&self) -> &'static str {
        "Polly.js (JavaScript), JSON and YAML"
    }

    fn looks(&self) -> &'static str {
        "`log` with a `_recordingName`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["log", "entries", "_recordingName"]
    }

    /// `_id` is a hash of the live request.
    fn matching(&self) -> Matching {
        Matching::RequestHash
    }

    fn fit(&self, file: &File) -> Fit {
        Fit::sure_if(har::log(file).is_some_and(is_polly))
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        har::log(file)?.get("entries")
    }

    fn repeats<'t>(&self, entry: Node<'t>) -> Vec<Repeat<'t>> {
        har::parameters(entry)
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        har::interactions(file, COUNTS, body).into()
    }
}

/// Returns whether a log is Polly's.
pub(super) fn is_polly(log: Node<'_>) -> bool {
    let creator = log.at(&["creator", "name"]).and_then(Node::str);
    log.get("_recordingName").is_some() || creator.is_some_and(|name| name.starts_with("Polly"))
}

fn body(message: Node<'_>, content: Node<'_>) -> Option<Body> {
    if let Some(parsed) = content.some("textJSON") {
        return Some(Body::tree(parsed.subtree()));
    }
    let text = content.some("text")?.text().filter(|text| !text.is_empty())?;
    Some(match wrapping(message, content, &text) {
        Some(codec) => Body::wrapped(text, codec),
        None => Body::bytes(text),
    })
}

/// Returns how the text holds a body that is no text.
fn wrapping(message: Node<'_>, content: Node<'_>, text: &Text) -> Option<&'static dyn Codec> {
    let list = text.as_str().trim_start().starts_with('[');
    if content.get("encoding").is_some_and(|encoding| encoding.is("base64")) {
        return Some(if list { codec::BASE64_LIST } else { codec::BASE64 });
    }
    let binary = content.get("_isBinary").and_then(Node::bool) == Some(true);
    let compressed = || header(&shape::headers(message.get("headers")), "content-encoding").is_some();
    if list && (binary || compressed()) {
        let decodes = codec::HEX_LIST.decode(text.as_str().as_bytes(), codec::MAX_DECODED).is_ok();
        return decodes.then_some(codec::HEX_LIST);
    }
    binary.then_some(codec::HEX)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{edited, read, summary};

    fn shown(headers: &str, content: &str) -> String {
        let file = format!(
            r#"{{"log": {{"_recordingName": "a", "creator": {{"name": "Polly.JS"}}, "entries": [{{"request":
            {{"method": "GET", "url": "http://x/"}}, "response": {{"status": 200, "headers": {headers},
            "content": {content}}}}}]}}}}"#
        );
        summary(&read(&file)).join(" ")
    }

    #[test]
    fn chunks_are_a_list_inside_the_string() {
        let gzip = r#"[{"name": "content-encoding", "value": "gzip"}]"#;
        let base64 = r#"{"text": "[\"H4sIAAAAAAAC/8vI\",\"BACsKpPYAgAAAA==\"]", "encoding": "base64"}"#;
        assert_eq!(shown(gzip, base64), "polly GET http://x/ - 200 hi");
        let hex = r#"{"text": "[\"1f8b08000000000002ffcbc8\",\"0400ac2a93d802000000\"]"}"#;
        assert_eq!(shown(gzip, hex), "polly GET http://x/ - 200 hi");
        let list = r#"{"text": "[\"1f8b\"]"}"#;
        assert_eq!(shown("[]", list), r#"polly GET http://x/ - 200 ["1f8b"]"#);
    }

    #[test]
    fn bytes_are_base64_or_hex_and_a_label_may_be_wrong() {
        assert_eq!(shown("[]", r#"{"text": "aGk=", "encoding": "base64"}"#), "polly GET http://x/ - 200 hi");
        assert_eq!(shown("[]", r#"{"text": "6869", "_isBinary": true}"#), "polly GET http://x/ - 200 hi");
        let rewritten = r#"{"text": "{\"id\": 1}", "encoding": "base64"}"#;
        assert_eq!(shown("[]", rewritten), r#"polly GET http://x/ - 200 {"id": 1}"#);
        let list = r#"{"text": "[{\"id\": 1}]", "encoding": "base64"}"#;
        assert_eq!(shown("[]", list), r#"polly GET http://x/ - 200 [{"id": 1}]"#);
    }

    #[test]
    fn yaml_keeps_json_parsed_and_headers_in_lists() {
        let file = "log:
  _recordingName: a
  entries:
    - request:
        method: POST
        url: http://x/
        headers:
          - _fromType: array
            name: a
            value: [b, c]
        postData:
          mimeType: application/json
          params: []
          textJSON:
            a: 1
      response:
        status: 200
        content:
          text: hi
";
        let recording = read(file);
        assert_eq!(summary(&recording), ["polly", "POST http://x/ {\"a\":1} 200 hi"]);
        assert_eq!(recording.interactions[0].http.request.as_ref().unwrap().headers.len(), 2);
    }

    #[test]
    fn chunks_and_sizes_follow_a_changed_body() {
        let file = |text: &str, size: usize| {
            format!(
                r#"{{"log": {{"_recordingName": "a", "entries": [{{"request": {{"method": "GET", "url": "http://x/"}},
                "response": {{"status": 200, "headers": [{{"name": "content-encoding", "value": "gzip"}}],
                "bodySize": {size}, "content": {{"size": {size}, "encoding": "base64", "text": {text}}}}}}}]}}}}"#
            )
        };
        // The size is that of the text in the file: base64 in quotes and brackets.
        let before = file(r#""[\"H4sIAAAAAAAC/8vI\",\"BACsKpPYAgAAAA==\"]""#, 39);
        let after = edited(&before, "hi", "h\u{e9}llo, all");
        let value: serde_json::Value = serde_json::from_str(&after).unwrap();
        let response = &value["log"]["entries"][0]["response"];
        let text = response["content"]["text"].as_str().unwrap();
        assert!(text.starts_with(r#"["H4sIAAAAAAAC/8s"#) && text.matches('"').count() == 4, "{text}");
        assert_eq!(response["content"]["size"], text.len());
        assert_eq!(response["bodySize"], text.len());
        assert_eq!(summary(&read(&after)), ["polly", "GET http://x/ - 200 h\u{e9}llo, all"]);
        assert_eq!(
            edited(&file(r#""hi, all""#, 7).replace("\"encoding\": \"base64\", ", ""), "all", "you"),
            file(r#""hi, you""#, 7).replace("\"encoding\": \"base64\", ", "")
        );
    }
}
