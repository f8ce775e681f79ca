//! WireMock (Java): JSON or YAML, one stub mapping a file or document, or a list of `mappings`.
//!
//! A mapping says which requests it answers, so what was sent is known as far as the patterns are exact: a request
//! body by `equalToJson` and its like, a query by `equalTo`. There is no host. The response body is in the mapping
//! (`body`, `jsonBody`, `base64Body`) or in a file of the folder `__files` beside the folder `mappings`. What holds a
//! request as it was sent, with its host, its headers as text and its body, is another's.

use super::{File, Format, Matching, shape};
use crate::cassette::{Beside, Body, Header, Interaction, Request, Response};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::{Node, Tree};
use crate::text::{Joiner, Text};

/// Mappings may lie in folders inside `mappings`.
const FILES: &[&str] = &["../__files", "../../__files", "../../../__files", "__files"];

/// How a mapping names the address it answers; the last two are patterns.
const ADDRESS: &[&str] = &["url", "urlPath", "urlPathTemplate", "urlPattern", "urlPathPattern"];

/// Words of the format that no other has beside `request` and `response`.
const OWN: &[&[&str]] = &[
    &["uuid"],
    &["persistent"],
    &["scenarioName"],
    &["request", "urlPath"],
    &["request", "urlPathTemplate"],
    &["request", "urlPattern"],
    &["request", "urlPathPattern"],
    &["request", "bodyPatterns"],
    &["request", "queryParameters"],
    &["response", "bodyFileName"],
    &["response", "jsonBody"],
    &["response", "base64Body"],
];

pub(super) struct Wiremock;

impl Format for Wiremock {
    fn name(&self) -> &'static str {
        "wiremock"
    }

    fn about(&self) -> &'static str {
        "WireMock stub mappings (Java), JSON and YAML"
    }

    fn looks(&self) -> &'static str {
        "`request` with `urlPath` or `bodyPatterns` beside `response`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["request", "response", "bodyPatterns"]
    }

    /// What stands in the mapping are the patterns that it matches by.
    fn matching(&self) -> Matching {
        Matching::RequestHeaders
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(first) = mappings(file).next() else { return Fit::No };
        let request = first.get("request").filter(|request| request.is_map() && !is_recorded(*request));
        // A mapping without an address answers any.
        let asks = [ADDRESS, &["method"]].concat();
        let address = request.is_some_and(|request| shape::either(request, &asks).is_some());
        let answers = first.get("response").is_some_and(|response| {
            response.is_map() && response.get("status").is_none_or(|status| !status.is_map())
        });
        let own = request.is_some() && OWN.iter().any(|path| first.at(path).is_some());
        Fit::sure_if(answers && own).max(Fit::maybe_if(answers && address))
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root()?.get("mappings").filter(|list| list.is_list())
    }

    fn parameters_apart(&self, entry: Node<'_>) -> bool {
        entry.at(&["request", "url"]).is_none()
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        mappings(file).map(interaction).collect::<Vec<_>>().into()
    }
}

/// Returns whether a request is one that was sent, where a mapping has patterns: they know of no host, and match by a
/// word such as `equalTo` (WireMock's documentation, "Request Matching").
fn is_recorded(request: Node<'_>) -> bool {
    let absolute = |url: Node<'_>| url.str().is_some_and(|url| url.contains("://"));
    let mut headers = request.get("headers").into_iter().flat_map(Node::entries);
    request.get("url").is_some_and(absolute)
        || request.get("body").is_some()
        || headers.any(|(_, pattern)| !pattern.is_map())
}

/// Returns the mappings of all documents.
fn mappings(file: &File) -> impl Iterator<Item = Node<'_>> {
    let documents = file.tree.iter().flat_map(Tree::documents);
    documents.flat_map(|root| {
        let list = root.get("mappings").filter(|list| list.is_list());
        let alone = list.is_none().then_some(root);
        list.into_iter().flat_map(Node::items).chain(alone)
    })
}

fn interaction(node: Node<'_>) -> Interaction {
    let Some(request) = node.get("request") else { return shape::other(node) };
    Interaction {
        span: node.span(),
        request: Some(Request {
            method: request.get("method").and_then(Node::text),
            url: url(request),
            headers: exact(request.get("headers")),
            body: request.get("bodyPatterns").into_iter().flat_map(Node::items).find_map(sent),
        }),
        response: node.get("response").map(|response| Response {
            status: response.get("status").and_then(shape::status),
            headers: shape::headers(response.get("headers")),
            body: received(response),
            duration: None,
            version: None,
        }),
        ..Interaction::default()
    }
}

/// Returns the address, with the query as far as it is exact.
fn url(request: Node<'_>) -> Option<Text> {
    let mut url = Joiner::default();
    url.push(&shape::either(request, ADDRESS)?.text()?);
    for (at, Header { name, value }) in exact(request.get("queryParameters")).into_iter().enumerate() {
        for piece in [Text::made(if at == 0 { "?" } else { "&" }), name, Text::made("="), value] {
            url.push(&piece);
        }
    }
    Some(url.finish())
}

/// Returns the names whose pattern says exactly what the value was.
fn exact(patterns: Option<Node<'_>>) -> Vec<Header> {
    let entries = patterns.into_iter().flat_map(Node::entries);
    let pairs = entries.flat_map(|(name, pattern)| {
        let list = pattern.get("hasExactly").into_iter().flat_map(Node::items);
        let values = list.chain([pattern]).filter_map(|pattern| pattern.get("equalTo")?.text());
        values.filter_map(move |value| Some(Header { name: name.text()?, value })).collect::<Vec<_>>()
    });
    pairs.collect()
}

/// Returns what was sent, if a pattern says it.
fn sent(pattern: Node<'_>) -> Option<Body> {
    if let Some(bytes) = pattern.get("binaryEqualTo") {
        return Some(shape::base64(bytes));
    }
    shape::body(shape::either(pattern, &["equalToJson", "equalTo", "equalToXml"])?)
}

fn received(response: Node<'_>) -> Option<Body> {
    if let Some(name) = response.some("bodyFileName").and_then(Node::text) {
        return Some(Body::beside(Beside::new(name, FILES)));
    }
    if let Some(json) = response.get("jsonBody") {
        return Some(Body::tree(json.subtree()));
    }
    if let Some(bytes) = response.some("base64Body") {
        return Some(shape::base64(bytes));
    }
    shape::body(response.get("body")?)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{is_read, read, read_beside, rewritten, summary};

    #[test]
    fn what_the_patterns_say_exactly_is_the_request() {
        let text = r#"{"id": "1", "request": {"urlPath": "/v1/x", "method": "POST",
            "queryParameters": {"a": {"hasExactly": [{"equalTo": "1"}]}, "b": {"equalTo": "2"}, "c": {"matches": ".*"}},
            "headers": {"accept": {"equalTo": "x/y"}, "host": {"absent": true}},
            "bodyPatterns": [{"matches": ".*"}, {"equalToJson": "{\"a\": 1}", "ignoreArrayOrder": true}]},
            "response": {"status": 200, "bodyFileName": "x.txt"}, "uuid": "1"}"#;
        let recording = read_beside(text, "data: 1\n\n");
        assert_eq!(summary(&recording), ["wiremock", "POST /v1/x?a=1&b=2 {\"a\": 1} 200 data: 1\n\n"]);
        assert_eq!(recording.interactions[0].http.request.as_ref().unwrap().headers.len(), 1);
    }

    #[test]
    fn a_request_as_it_was_sent_is_no_mapping() {
        let file = |request: &str| {
            format!(
                r#"{{"uuid": "1", "request": {{"method": "POST", {request}}}, "response": {{"status": 200}}}}"#
            )
        };
        for mapping in [r#""url": "/a""#, r#""urlPattern": "/a", "headers": {"a": {"equalTo": "b"}}"#] {
            assert!(is_read(&file(mapping)), "{mapping}");
        }
        for sent in [
            r#""url": "https://x/a""#,
            r#""url": "/a", "body": {"b": 1}"#,
            r#""url": "/a", "headers": {"a": "b"}"#,
            r#""url": "/a", "headers": {"a": ["b"]}"#,
        ] {
            assert!(!is_read(&file(sent)), "{sent}");
        }
    }

    #[test]
    fn documents_and_lists_hold_several_mappings() {
        let yaml = "---\nrequest:\n  url: /a\n  bodyPatterns:\n  - binaryEqualTo: aGk=\nresponse:\n  base64Body: aGk=\n---\nrequest:\n  urlPattern: /b.*\nresponse:\n  body: |-\n    text\n";
        assert_eq!(summary(&read(yaml)), ["wiremock", "- /a hi - hi", "- /b.* - - text"]);
        let json = r#"{"mappings": [{"request": {"urlPath": "/a"}, "response": {"jsonBody": {"b": 1}}}, {"request": {"url": "/c"}, "response": {}}]}"#;
        assert_eq!(summary(&read(json)), ["wiremock", "- /a - - {\"b\":1}", "- /c - - -"]);
    }

    #[test]
    fn a_body_in_a_file_of_its_own_changes_there_and_its_length_here() {
        let text = |length: usize| {
            format!(
                r#"{{"uuid": "1", "request": {{"urlPath": "/x"}}, "response": {{"bodyFileName": "x.txt", "headers": {{"Content-Length": "{length}"}}}}}}"#
            )
        };
        let rewritten = rewritten(&read_beside(&text(7), "one two"), "two", "three");
        let bytes = |id: usize| String::from_utf8(rewritten.files[id].1.clone()).unwrap();
        assert_eq!([bytes(0), bytes(1)], [text(9), "one three".to_owned()]);
        assert_eq!(rewritten.renamed, []);
    }
}
