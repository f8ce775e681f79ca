//! pydantic-ai's recorder for xAI's gRPC (Python): YAML, `request_sample` and `response_sample`, or the same with
//! `stream`.
//!
//! Each message is kept twice: as JSON, and as the protobuf it was on the wire. There is no address, and of HTTP
//! nothing else either; the call is named by its key.

use super::{File, Format};
use crate::cassette::{Body, Interaction, Other, Request, Response};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::{Node, Subtree};

pub(super) struct Xai;

/// The calls of xAI's chat service.
const CALLS: &[(&str, &str)] =
    &[("request_sample", "response_sample"), ("request_stream", "response_stream")];

impl Format for Xai {
    fn name(&self) -> &'static str {
        "xai"
    }

    fn about(&self) -> &'static str {
        "pydantic-ai's recorder for xAI (Python)"
    }

    fn looks(&self) -> &'static str {
        "`interactions` with a `request_sample` or `request_stream`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["interactions:", "request_s", "response_s", "json"]
    }

    fn fit(&self, file: &File) -> Fit {
        let first = file.root().and_then(|root| root.get("interactions")).and_then(|list| list.item(0));
        Fit::sure_if(first.is_some_and(|first| call(first).is_some()))
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        let list = file.root().and_then(|root| root.get("interactions"));
        list.into_iter().flat_map(Node::items).map(interaction).collect::<Vec<_>>().into()
    }
}

fn call(entry: Node<'_>) -> Option<(Node<'_>, Option<Node<'_>>)> {
    CALLS.iter().find_map(|(request, response)| Some((entry.get(request)?, entry.some(response))))
}

fn interaction(entry: Node<'_>) -> Interaction {
    let other = Some(Other { what: "gRPC call".to_owned(), content: entry.subtree() });
    let Some((request, response)) = call(entry) else {
        return Interaction { span: entry.span(), other, ..Interaction::default() };
    };
    let body = request.some("json").map(|json| Body::tree(json.subtree()));
    Interaction {
        span: entry.span(),
        request: Some(Request { body, ..Request::default() }),
        response: response.map(|response| Response { body: received(response), ..Response::default() }),
        other,
    }
}

fn received(response: Node<'_>) -> Option<Body> {
    match response.some("chunks_json") {
        Some(chunks) => Some(Body::events(chunks.items().map(chunk).collect())),
        None => response.some("json").map(|json| Body::tree(json.subtree())),
    }
}

/// Returns what is in a chunk. The SDK also keeps what it has made of all chunks so far, beside it.
fn chunk(item: Node<'_>) -> Subtree {
    item.get("chunk").unwrap_or(item).subtree()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, summary};

    #[test]
    fn a_call_is_one_message_each_way_or_a_stream_back() {
        let yaml = "version: 1
interactions:
- request_sample:
    json: {model: grok-4}
    raw: !!binary aGk=
  response_sample:
    json: {id: x}
    raw: !!binary aGk=
- request_stream:
    json: {model: grok-4}
  response_stream:
    chunks_json:
    - chunk: {id: x}
    - chunk: {id: x}
";
        let want = [
            "xai",
            "- - {\"model\":\"grok-4\"} - {\"id\":\"x\"} gRPC call",
            "- - {\"model\":\"grok-4\"} - 2 events gRPC call",
        ];
        assert_eq!(summary(&read(yaml)), want);
    }
}
