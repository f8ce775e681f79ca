//! httpmock (Rust): YAML documents of `when` and `then`.
//!
//! A recording has no host, a mock may have one. The query is kept apart from the path, its names and values decoded.
//! Bytes are `body_base64`; Rig, which records with a writer of its own, says `body_encoding: base64`.

use std::time::Duration;

use super::{File, Format, Matching, shape};
use crate::cassette::{Body, Interaction, Request, Response};
use crate::codec;
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::{Node, Tree};
use crate::text::{Joiner, Text};

pub(super) struct Httpmock;

impl Format for Httpmock {
    fn name(&self) -> &'static str {
        "httpmock"
    }

    fn about(&self) -> &'static str {
        "httpmock (Rust)"
    }

    fn looks(&self) -> &'static str {
        "documents of `when` and `then`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["when:", "then:"]
    }

    /// `when` is what a request must be like.
    fn matching(&self) -> Matching {
        Matching::RequestHeaders
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(root) = file.root() else { return Fit::No };
        let is_map = |key| root.get(key).is_some_and(Node::is_map);
        Fit::sure_if(is_map("when") && is_map("then"))
    }

    fn has_documents(&self) -> bool {
        true
    }

    fn parameters_apart(&self, _: Node<'_>) -> bool {
        true
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        let documents = file.tree.iter().flat_map(Tree::documents);
        documents.filter(|document| !document.is_null()).map(interaction).collect::<Vec<_>>().into()
    }
}

fn interaction(node: Node<'_>) -> Interaction {
    let Some(when) = node.get("when") else { return shape::other(node) };
    Interaction {
        span: node.span(),
        request: Some(Request {
            method: when.get("method").and_then(Node::text),
            url: url(when),
            headers: shape::headers(when.get("header")),
            body: body(when),
        }),
        response: node.some("then").map(|then| Response {
            status: then.get("status").and_then(shape::status),
            headers: shape::headers(then.get("header")),
            body: body(then),
            duration: then.get("delay").and_then(Node::count).map(Duration::from_millis),
            version: None,
        }),
        ..Interaction::default()
    }
}

/// Returns the address: the host, if there is one, the path, and the query behind it.
fn url(when: Node<'_>) -> Option<Text> {
    let of = |key| when.get(key).and_then(Node::text);
    let mut pieces = Vec::new();
    if let (Some(scheme), Some(host)) = (of("scheme"), of("host")) {
        pieces.extend([scheme, Text::made("://"), host]);
        pieces.extend(of("port").into_iter().flat_map(|port| [Text::made(":"), port]));
    }
    pieces.push(of("path")?);
    for (at, parameter) in when.get("query_param").into_iter().flat_map(Node::items).enumerate() {
        let of = |key| parameter.get(key).and_then(Node::text).unwrap_or_else(|| Text::made(""));
        let mark = if at == 0 { "?" } else { "&" };
        pieces.extend([Text::made(mark), of("name"), Text::made("="), of("value")]);
    }
    let mut url = Joiner::default();
    for piece in &pieces {
        url.push(piece);
    }
    Some(url.finish())
}

fn body(node: Node<'_>) -> Option<Body> {
    let rig = node.get("body_encoding").is_some_and(|encoding| encoding.is("base64"));
    let base64 = node.some("body_base64").or_else(|| node.some("body").filter(|_| rig));
    match base64 {
        Some(bytes) => Some(Body::wrapped(bytes.text()?, codec::BASE64)),
        None => shape::body(node.some("body").or_else(|| node.some("json_body"))?),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, summary};
    use crate::text::{Edit, SourceId, lift, splice};

    const FILE: &str = "when:
  path: /v1/chat
  method: POST
  query_param:
  - name: alt
    value: sse
  - name: page
    value: 1
  header:
  - name: anthropic-version
    value: 2023-06-01
  body: '{}'
then:
  status: 200
  header: []
  body: hi
---
when:
  path: /v1/chat
  method: GET
  query_param: []
then:
  status: 404
  body: aGk=
  body_encoding: base64
---
when: {scheme: http, host: x, port: 80, path: /y, method: PUT, json_body: {a: 1}}
then: {status: 201, body_base64: aGk=, delay: 20}
";

    #[test]
    fn each_document_is_an_interaction() {
        let recording = read(FILE);
        let lines = [
            "httpmock",
            "POST /v1/chat?alt=sse&page=1 {} 200 hi",
            "GET /v1/chat - 404 hi",
            "PUT http://x:80/y {\"a\":1} 201 hi",
        ];
        assert_eq!(summary(&recording), lines);
        let header = &recording.interactions[0].http.request.as_ref().unwrap().headers[0];
        assert_eq!(header.value, "2023-06-01");
    }

    #[test]
    fn an_edit_of_the_address_reaches_the_query() {
        let file =
            r#"{"when": {"path": "/p", "query_param": [{"name": "alt", "value": "sse"}]}, "then": {}}"#;
        let url = read(file).interactions[0].http.request.as_ref().unwrap().url.clone().unwrap();
        assert_eq!(url, "/p?alt=sse");
        let edit = Edit::replace(&url, 7..10, "json");
        let changes = lift(vec![edit]).unwrap().remove(&SourceId(0)).unwrap().changes;
        let new = splice(file.as_bytes(), changes).unwrap();
        assert_eq!(String::from_utf8(new).unwrap(), file.replace("sse", "json"));
    }
}
