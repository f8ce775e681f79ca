//! cassetter (Python and others): YAML or JSON like vcrpy's, but a body says its `type`; bytes are hex. Calls of gRPC and
//! WebSocket connections have lists of their own, which come after the HTTP entries here.

use super::{File, Format, shape};
use crate::cassette::{Body, Interaction, Other, Request, Response};
use crate::codec;
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

pub(super) struct Cassetter;

impl Format for Cassetter {
    fn name(&self) -> &'static str {
        "cassetter"
    }

    fn about(&self) -> &'static str {
        "cassetter (Python, Go, Rust)"
    }

    fn looks(&self) -> &'static str {
        "`interactions` whose bodies have a `type`, or `grpc_interactions`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["interactions", "uri", "body", "type", "content"]
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(root) = file.root() else { return Fit::No };
        let first = root.get("interactions").and_then(|list| list.item(0));
        let typed = |key| first.and_then(|first| first.at(&[key, "body", "type"])).is_some();
        let other = root.get("grpc_interactions").or_else(|| root.get("ws_interactions"));
        Fit::sure_if(typed("request") || typed("response") || other.is_some_and(Node::is_list))
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root()?.get("interactions")
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        let Some(root) = file.root() else { return Parsed::default() };
        let list = |key| root.get(key).into_iter().flat_map(Node::items);
        let http = self
            .list(file)
            .into_iter()
            .flat_map(Node::items)
            .map(|entry| shape::pair(entry, |message, _| body(message)));
        http.chain(list("grpc_interactions").map(grpc))
            .chain(list("ws_interactions").map(web_socket))
            .collect::<Vec<_>>()
            .into()
    }
}

fn body(message: Node<'_>) -> Option<Body> {
    let body = message.some("body")?;
    let content = body.get("content")?;
    match body.get("type").and_then(Node::str).as_deref() {
        Some("json") => Some(Body::tree(content.subtree())),
        Some("binary") => content.text().map(|text| Body::wrapped(text, codec::HEX)),
        Some("none") => None,
        _ => shape::body(content),
    }
}

/// Reads a gRPC call: HTTP's method and status are not what it calls so; its method is the path of the address.
fn grpc(node: Node<'_>) -> Interaction {
    let request = node.get("request").map(|request| Request {
        method: None,
        url: request.get("method").and_then(Node::text),
        headers: shape::headers(request.get("metadata")),
        body: body(request),
    });
    let response = node.get("response").map(|response| Response {
        status: None,
        headers: shape::headers(response.get("metadata")),
        body: body(response),
        duration: None,
        version: None,
    });
    let other = Some(Other { what: "gRPC call".to_owned(), content: node.subtree() });
    Interaction { span: node.span(), request, response, other, ..Interaction::default() }
}

/// Reads a WebSocket connection with all its frames.
fn web_socket(node: Node<'_>) -> Interaction {
    let request = Request {
        url: node.get("uri").and_then(Node::text),
        headers: shape::headers(node.get("headers")),
        ..Request::default()
    };
    let frames = node.get("frames").into_iter().flat_map(Node::items).count();
    let end = if frames == 1 { "" } else { "s" };
    let other = Other { what: format!("WebSocket connection, {frames} frame{end}"), content: node.subtree() };
    Interaction { span: node.span(), request: Some(request), other: Some(other), ..Interaction::default() }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, summary};

    #[test]
    fn bodies_are_what_their_type_says_and_other_protocols_follow() {
        let yaml = "version: 1
interactions:
- request:
    method: POST
    uri: http://x/
    headers: {}
    body: {type: json, content: {a: 1}}
  response:
    status: 200
    headers: {}
    body: {type: binary, content: '6869'}
- request:
    method: GET
    uri: http://x/
    body: {type: none}
  response:
    status: 200
    body: {type: text, content: '1'}
grpc_interactions:
- request:
    method: /x.Y/Z
    metadata: {}
    body: {type: binary, content: '6869'}
  response:
    status_code: 0
    body: {type: none}
ws_interactions:
- uri: ws://x/
  frames:
  - direction: send
";
        let want = [
            "cassetter",
            "POST http://x/ {\"a\":1} 200 hi",
            "GET http://x/ - 200 1",
            "- /x.Y/Z hi - - gRPC call",
            "- ws://x/ - WebSocket connection, 1 frame",
        ];
        assert_eq!(summary(&read(yaml)), want);
    }
}
