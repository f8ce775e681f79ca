//! pydantic-ai's recordings of the xAI SDK, which speaks gRPC: YAML, entries of one request and its answer, or stream.
//!
//! Each message is kept twice: as `json` for people, and as `raw` protobuf bytes, which the tests replay. `json` may
//! be left out. There is no address, no header and no status. Source: pydantic-ai, `tests/models/xai_proto_cassettes.py`.

use super::{File, Format, shape};
use crate::cassette::{Body, Interaction, Other, Request, Response};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

pub(super) struct XaiGrpc;

/// Keys of a request and of its answer, for the two ways to ask.
const PAIRS: &[(&str, &str)] =
    &[("request_sample", "response_sample"), ("request_stream", "response_stream")];

impl Format for XaiGrpc {
    fn name(&self) -> &'static str {
        "xai-grpc"
    }

    fn about(&self) -> &'static str {
        "pydantic-ai's xAI gRPC recordings (Python)"
    }

    fn looks(&self) -> &'static str {
        "`interactions` with `request_sample` or `request_stream`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["interactions:", "request_s", "response_s", "raw: !!binary"]
    }

    fn fit(&self, file: &File) -> Fit {
        let entries = file.root().and_then(|root| root.get("interactions"));
        Fit::sure_if(entries.is_some_and(|entries| entries.items().any(|entry| pair(entry).is_some())))
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root()?.get("interactions")
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        let mut parsed: Parsed<Vec<Interaction>> = Parsed::default();
        for entry in self.list(file).into_iter().flat_map(Node::items) {
            let Some((request, response)) = pair(entry) else {
                parsed.value.push(shape::other(entry));
                continue;
            };
            if request.get("json").is_none() {
                let unread = entry.warning("the messages are kept as protobuf only, which I cannot read");
                parsed.diagnostics.push(unread.help("record them again with debug JSON"));
            }
            parsed.value.push(Interaction {
                span: entry.span(),
                request: Some(Request { body: body(request), ..Request::default() }),
                response: response.map(|response| Response { body: body(response), ..Response::default() }),
                other: Some(Other { what: "gRPC call".to_owned(), content: entry.subtree() }),
                ..Interaction::default()
            });
        }
        parsed
    }
}

/// Returns the request of an entry, and its answer if there is one.
fn pair(entry: Node<'_>) -> Option<(Node<'_>, Option<Node<'_>>)> {
    PAIRS.iter().find_map(|(request, response)| Some((entry.get(request)?, entry.some(response))))
}

/// Reads a message, or a list of `{chunk: …}`, with the bytes that stand for it.
fn body(message: Node<'_>) -> Option<Body> {
    let Some(chunks) = message.get("chunks_json").filter(|chunks| chunks.is_list()) else {
        let mut body = message.get("json").and_then(shape::body)?;
        body.protobuf.extend(message.get("raw").and_then(Node::text));
        return Some(body);
    };
    let chunk = |item: Node<'_>| item.get("chunk").unwrap_or(item).subtree();
    let mut body = Body::events(chunks.items().map(chunk).collect());
    body.protobuf.extend(message.get("chunks_raw").into_iter().flat_map(Node::items).filter_map(Node::text));
    Some(body)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{edited, read, summary};

    #[test]
    fn an_entry_is_a_request_and_its_answer() {
        let recording = read(
            "version: 1
interactions:
- request_sample: {json: {model: a}, raw: !!binary CgE=}
  response_sample: {json: {id: x}, raw: !!binary CgE=}
- request_stream: {json: {model: b}, raw: !!binary CgE=}
  response_stream: {chunks_json: [{chunk: {id: x}}, {id: y}], chunks_raw: [!!binary CgE=]}
- request_sample: {json: {model: c}, raw: !!binary CgE=}
- something: else
",
        );
        assert_eq!(
            summary(&recording),
            [
                "xai-grpc",
                "- - {\"model\":\"a\"} - {\"id\":\"x\"} gRPC call",
                "- - {\"model\":\"b\"} - 2 events gRPC call",
                "- - {\"model\":\"c\"} gRPC call",
                "entry without a request",
            ]
        );
        assert_eq!(recording.diagnostics, []);
    }

    #[test]
    fn protobuf_alone_is_told_of() {
        let recording = read(
            "interactions:
- request_sample: {raw: !!binary CgE=}
  response_sample: {raw: !!binary CgE=}
",
        );
        assert_eq!(summary(&recording), ["xai-grpc", "- - - - - gRPC call"]);
        assert_eq!(
            recording.diagnostics[0].message,
            "the messages are kept as protobuf only, which I cannot read"
        );
    }

    #[test]
    fn the_bytes_that_are_replayed_say_what_the_json_says() {
        // Field 1 of field 1 is the text, field 2 the model's name.
        let file = |text: &str, raw: &str, chunk: &str, chunk_raw: &str| {
            format!(
                "interactions:
- request_stream: {{json: {{messages: [{{text: {text}}}], model: grok}}, raw: !!binary {raw}}}
  response_stream:
    chunks_json:
    - chunk: {{id: x}}
    - chunk: {{delta: {chunk}}}
    chunks_raw:
    - !!binary CgF4
    - !!binary |
      {chunk_raw}
"
            )
        };
        let before = file("three", "CgcKBXRocmVlEgRncm9r", "three", "EgcKBXRocmVl");
        let recording = read(&before);
        let request = recording.interactions[0].http.request.as_ref().unwrap();
        assert_eq!(request.body.as_ref().unwrap().protobuf.len(), 1);
        let after = file("seven", "CgcKBXNldmVuEgRncm9r", "three", "EgcKBXRocmVl");
        assert_eq!(edited(&before, "three", "seven"), after);
        let after = file("ten", "CgUKA3RlbhIEZ3Jvaw==", "three", "EgcKBXRocmVl");
        assert_eq!(edited(&before, "three", "ten"), after);
    }
}
