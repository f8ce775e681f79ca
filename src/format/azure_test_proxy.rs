//! Azure test proxy (.NET, but used by Azure's SDKs in all languages): JSON, a list of `Entries` with flat fields.
//!
//! A body is JSON, parsed; or text, in one string or as a list of its lines; or base64, where the content type is not
//! that of text; or, of `multipart/…`, a list of lines in which those of bytes are base64 behind `b64:`
//! (`RecordEntry.cs` of Azure/azure-sdk-tools).

use super::{File, Format, Matching, shape};
use crate::cassette::{Body, Header, Interaction, Request, Response, header};
use crate::codec;
use crate::diagnostic::{Diagnostic, Parsed};
use crate::fit::Fit;
use crate::syntax::Node;
use crate::text::Slice;

pub(super) struct AzureTestProxy;

impl Format for AzureTestProxy {
    fn name(&self) -> &'static str {
        "azure-test-proxy"
    }

    fn about(&self) -> &'static str {
        "Azure SDK test proxy"
    }

    fn looks(&self) -> &'static str {
        "`Entries` with `RequestUri`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["\"Entries\"", "\"RequestUri\""]
    }

    /// Headers, but for a few that change by nature (`RecordMatcher.cs`).
    fn matching(&self) -> Matching {
        Matching::RequestHeaders
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(root) = file.root() else { return Fit::No };
        let Some(entries) = root.get("Entries").filter(|entries| entries.is_list()) else { return Fit::No };
        Fit::sure_if(match entries.item(0) {
            Some(first) => first.get("RequestUri").is_some(),
            None => root.get("Variables").is_some(),
        })
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root()?.get("Entries")
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        shape::entries(self.list(file), interaction)
    }
}

fn interaction(node: Node<'_>, diagnostics: &mut Vec<Diagnostic>) -> Interaction {
    let sent = shape::headers(node.get("RequestHeaders"));
    let received = shape::headers(node.get("ResponseHeaders"));
    let mut body = |key, headers: &[Header]| {
        let parsed = body(node.some(key)?, header(headers, "content-type").unwrap_or_default());
        diagnostics.extend(parsed.diagnostics);
        Some(parsed.value)
    };
    Interaction {
        span: node.span(),
        request: Some(Request {
            method: node.get("RequestMethod").and_then(Node::text),
            url: node.get("RequestUri").and_then(Node::text),
            body: body("RequestBody", &sent),
            headers: sent,
        }),
        response: Some(Response {
            status: node.get("StatusCode").and_then(shape::status),
            body: body("ResponseBody", &received),
            headers: received,
            duration: None,
            version: None,
        }),
        ..Interaction::default()
    }
}

fn body(node: Node<'_>, content_type: &str) -> Parsed<Body> {
    let mut diagnostics = Vec::new();
    let value = if node.is_list() {
        let multipart = content_type.trim_start().to_ascii_lowercase().starts_with("multipart/");
        let lines = node.items().filter_map(|line| {
            let text = line.text()?;
            if !multipart || !text.as_str().starts_with("b64:") {
                return Some(Slice::from(text));
            }
            let bytes = codec::undeclare(text.slice("b64:".len()..text.len()).into(), &[codec::BASE64]);
            diagnostics.extend(bytes.diagnostics);
            Some(bytes.value)
        });
        Body::bytes(Slice::joined(lines.collect()))
    } else if node.is_string() && !shape::is_text_type(content_type) {
        shape::base64(node)
    } else {
        return shape::body(node).unwrap_or_else(|| Body::bytes(Slice::joined(Vec::new()))).into();
    };
    Parsed { value, diagnostics }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{edited, read, summary};

    const ENTRY: &str = r#""RequestUri": "https://x/y", "RequestMethod": "POST", "StatusCode": 200"#;

    #[test]
    fn bodies_are_json_text_lines_or_base64_by_their_content_type() {
        let entry = |types: &str, bodies: &str| format!("{{{ENTRY}, {types}, {bodies}}}");
        let text = format!(
            r#"{{"Entries": [{}, {}, {}], "Variables": {{}}}}"#,
            entry(
                r#""RequestHeaders": {"Content-Type": "application/json"}, "ResponseHeaders": {"Content-Type": "text/event-stream; charset=utf-8"}"#,
                r#""RequestBody": {"a": 1}, "ResponseBody": ["data: {\"b\":2}\n\n", "data: [DONE]\n\n"]"#
            ),
            entry(
                r#""RequestHeaders": {"Content-Type": "multipart/form-data; boundary=x"}, "ResponseHeaders": {"Content-Type": ["text/plain"]}"#,
                r#""RequestBody": ["--x\r\n", "\r\n", "b64:YmF0Y2g=", "\r\n", "--x--\r\n"], "ResponseBody": "b64:as it is""#
            ),
            entry(
                r#""RequestHeaders": {}, "ResponseHeaders": {"Content-Type": "audio/opus"}"#,
                r#""RequestBody": null, "ResponseBody": "T2dn""#
            ),
        );
        let want = [
            "azure-test-proxy",
            "POST https://x/y {\"a\":1} 200 data: {\"b\":2}\n\ndata: [DONE]\n\n",
            "POST https://x/y --x\r\n\r\nbatch\r\n--x--\r\n 200 b64:as it is",
            "POST https://x/y - 200 Ogg",
        ];
        assert_eq!(summary(&read(&text)), want);
    }

    #[test]
    fn lines_and_base64_in_them_are_edited_where_they_stand() {
        use crate::text::{Edit, SourceId, lift, splice};
        let text = format!(
            r#"{{"Entries": [{{{ENTRY}, "RequestHeaders": {{"Content-Type": "multipart/form-data"}}, "RequestBody": ["a secret\r\n", "b64:c2VjcmV0"], "ResponseBody": null}}]}}"#
        );
        let recording = read(&text);
        let body =
            recording.interactions[0].http.request.as_ref().unwrap().body.as_ref().unwrap().text().unwrap();
        assert_eq!(body, "a secret\r\nsecret");
        let edits = [2..8, 10..16].map(|range| Edit::replace(&body, range, "word"));
        let lifted = lift(edits.to_vec()).unwrap().remove(&SourceId(0)).unwrap();
        let new = String::from_utf8(splice(text.as_bytes(), lifted.changes).unwrap()).unwrap();
        assert_eq!(new, text.replace("a secret", "a word").replace("c2VjcmV0", "d29yZA=="));
    }

    #[test]
    fn a_parsed_answer_has_the_length_of_its_lines() {
        // OpenAI answers in lines, with a line feed at the end: here 15 bytes with one.
        let file = |word: &str, length: usize| {
            format!(
                r#"{{"Entries": [{{{ENTRY}, "RequestHeaders": {{}}, "RequestBody": null, "ResponseHeaders":
                {{"Content-Length": "{length}", "Content-Type": "application/json"}}, "ResponseBody": {{"a": "{word}"}}}}]}}"#
            )
        };
        let length = "{\n  \"a\": \"one\"\n}\n".len();
        assert_eq!(edited(&file("one", length), "one", "three"), file("three", length + 2));
    }
}
