//! vcrpy (Python): YAML or JSON, `interactions` with `request` and `response`; the address is a `uri`.
//!
//! Dialects, all found in real repositories: `body: {string: …}` as text, base64 or null; `parsed_body` (a
//! serializer of pydantic-ai's) and `body: {data: …}` (cloud-custodian's) with the body as a tree; `content` and
//! `status_code` of vcrpy's first httpx stub; strings behind Python tags; before version 1.0 a list at the top and
//! `host`, `port`, `path` in place of `uri`; LangChain's serializer with two lists side by side; a body that was read
//! from a file in memory, as Python pickles it (`!!python/object/new:_io.BytesIO`, its bytes the first of its `state`).

use super::write::Writer;
use super::{Compared, File, Format, Repeat, okreplay, shape, write};
use crate::cassette::{Body, Interaction, Request, Response};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;
use crate::text::{Joiner, Text};

pub(super) struct Vcrpy;

impl Format for Vcrpy {
    fn name(&self) -> &'static str {
        "vcrpy"
    }

    fn about(&self) -> &'static str {
        "vcrpy and pytest-recording (Python), YAML and JSON"
    }

    fn looks(&self) -> &'static str {
        "`interactions` with a request `uri`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["interactions", "request", "uri"]
    }

    fn matching_hint(&self, part: Compared) -> &'static str {
        match part {
            Compared::Url => {
                "set `filter_query_parameters` in the vcr configuration, or leave `query` out of `match_on`"
            }
            Compared::Headers => "leave `headers` out of `match_on`",
            Compared::Body => {
                "set `filter_post_data_parameters` or `before_record_request`, or leave `body` out of `match_on`"
            }
        }
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(root) = file.root().filter(|root| !okreplay::is_tape(*root)) else { return Fit::No };
        if root.is_list() {
            return Fit::maybe_if(root.item(0).is_some_and(is_old));
        }
        let lists = |node: Option<Node<'_>>| node.is_some_and(Node::is_list);
        if lists(root.get("requests")) && lists(root.get("responses")) {
            let first = root.get("requests").and_then(|list| list.item(0));
            return Fit::maybe_if(first.is_none_or(|request| request.get("uri").is_some()));
        }
        let Some(interactions) = root.get("interactions").filter(|list| list.is_list()) else {
            return Fit::No;
        };
        let mut requests = interactions.items().filter_map(|entry| entry.get("request"));
        let Some(request) = requests.next() else {
            return Fit::maybe_if(interactions.item(0).is_none() && root.get("version").is_some());
        };
        // cassetter has a `uri` too, but its bodies say their type.
        let uri = request.get("uri").is_some() && request.at(&["body", "type"]).is_none();
        Fit::sure_if(uri).max(Fit::maybe_if(is_old_request(request)))
    }

    fn beside<'f>(&self, file: &'f File) -> Vec<Node<'f>> {
        let root = file.root().filter(|root| root.get("requests").is_some());
        root.and_then(|root| root.get("responses")).into_iter().collect()
    }

    fn writer(&self) -> Option<&'static Writer> {
        Some(&write::vcrpy::WRITER)
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        let root = file.root()?;
        let list = || root.get("requests").filter(|_| root.get("responses").is_some());
        if root.is_list() { Some(root) } else { list().or_else(|| root.get("interactions")) }
    }

    fn repeats<'t>(&self, entry: Node<'t>) -> Vec<Repeat<'t>> {
        shape::answered(entry, &["url"])
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        let Some(root) = file.root() else { return Parsed::default() };
        if let (Some(requests), Some(responses)) = (root.get("requests"), root.get("responses")) {
            return parallel(requests, responses);
        }
        self.list(file).into_iter().flat_map(Node::items).map(interaction).collect::<Vec<_>>().into()
    }
}

/// Returns whether an entry is one of before version 1.0.
fn is_old(entry: Node<'_>) -> bool {
    entry.get("request").is_some_and(is_old_request) && entry.get("response").is_some()
}

fn is_old_request(request: Node<'_>) -> bool {
    ["host", "port", "path", "method"].iter().all(|key| request.get(key).is_some())
}

fn interaction(node: Node<'_>) -> Interaction {
    let Some(request) = node.get("request") else { return shape::other(node) };
    Interaction {
        span: node.span(),
        request: Some(self::request(request)),
        response: node.some("response").map(response),
        recorded: shape::stamp(node),
        ..Interaction::default()
    }
}

/// LangChain's serializer: the n-th request belongs to the n-th response.
fn parallel(requests: Node<'_>, responses: Node<'_>) -> Parsed<Vec<Interaction>> {
    let (sent, received) = (requests.items().count(), responses.items().count());
    let mut answers = responses.items();
    let pair = |request: Node<'_>| Interaction {
        span: request.span(),
        request: Some(self::request(request)),
        response: answers.next().map(response),
        ..Interaction::default()
    };
    let mut parsed = Parsed::from(requests.items().map(pair).collect::<Vec<_>>());
    if sent != received {
        let message = format!("{sent} requests but {received} responses; they are paired by position");
        parsed.diagnostics.push(responses.warning(message));
    }
    parsed
}

fn request(node: Node<'_>) -> Request {
    Request {
        method: node.get("method").and_then(shape::scalar),
        url: node.get("uri").and_then(shape::scalar).or_else(|| old_uri(node)),
        headers: shape::headers(node.get("headers")),
        body: node.some("parsed_body").or_else(|| node.get("body")).and_then(body),
    }
}

/// Puts the address of a request of before version 1.0 together.
fn old_uri(node: Node<'_>) -> Option<Text> {
    let of = |key| node.get(key).and_then(shape::scalar);
    let (scheme, host, path) = (of("protocol")?, of("host")?, of("path")?);
    let port = of("port").filter(|port| {
        let usual = matches!((scheme.as_str(), port.as_str()), ("http", "80") | ("https", "443"));
        !usual
    });
    let mut url = Joiner::default();
    for piece in [scheme, Text::made("://"), host] {
        url.push(&piece);
    }
    for piece in port.into_iter().flat_map(|port| [Text::made(":"), port]).chain([path]) {
        url.push(&piece);
    }
    Some(url.finish())
}

fn response(node: Node<'_>) -> Response {
    let status = node.get("status").or_else(|| node.get("status_code"));
    let body = node.some("parsed_body").or_else(|| node.get("body")).or_else(|| node.get("content"));
    Response {
        status: status.and_then(shape::status),
        headers: shape::headers(node.get("headers")),
        body: body.and_then(self::body),
        duration: None,
        version: node.some("http_version").and_then(Node::text),
    }
}

/// Reads a body: a scalar, `{string: …}`, `{data: …}`, a file in memory, or the tree of a parsed one.
fn body(node: Node<'_>) -> Option<Body> {
    let only = |key| node.get(key).filter(|_| node.is_map() && node.entries().count() == 1);
    let in_memory = || node.tag().filter(|tag| tag.ends_with("IO")).and_then(|_| node.get("state")?.item(0));
    match only("string").or_else(|| only("data")).or_else(in_memory) {
        Some(inner) => shape::body(inner),
        None => shape::body(node),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{is_read, read, summary};

    #[test]
    fn a_body_that_was_a_file_in_memory_is_its_bytes() {
        let file = |body: &str| {
            format!(
                "interactions:\n- request:\n    body: {body}\n    headers: {{}}\n    method: POST\n    uri: http://x/\n  \
                 response:\n    body: {{string: ok}}\n    headers: {{}}\n    status: {{code: 200, message: OK}}\nversion: 1\n"
            )
        };
        let bytes = "!!python/object/new:_io.BytesIO\n      state: !!python/tuple\n      - !!binary |\n        eyJhIjogMX0=\n      - 0\n      - null";
        let text =
            "!!python/object/new:_io.StringIO\n      state: !!python/tuple ['{\"a\": 1}', \"\\n\", 0, null]";
        for body in [bytes, text] {
            assert_eq!(summary(&read(&file(body))), ["vcrpy", "POST http://x/ {\"a\": 1} 200 ok"]);
        }
    }

    #[test]
    fn what_has_no_request_is_no_cassette_and_an_empty_one_is() {
        assert!(is_read("interactions: []\nversion: 1\n"));
        assert!(!is_read("interactions:\n- {step: 1}\nversion: 1\n"));
    }
}
