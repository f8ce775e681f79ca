//! Llama Stack (Python): JSON, one pair a file: what a client library was asked, and the objects it gave back.
//!
//! There is no wire text: objects are `{"__type__": …, "__data__": …}`, a stream is a list of them. A call that
//! raised keeps status and body under `exception_data`. There is a status only then.

use super::{File, Format, shape};
use crate::cassette::{Body, Interaction, Request, Response};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

pub(super) struct LlamaStack;

impl Format for LlamaStack {
    fn name(&self) -> &'static str {
        "llama-stack"
    }

    fn about(&self) -> &'static str {
        "Llama Stack (Python)"
    }

    fn looks(&self) -> &'static str {
        "`request` and a `response` that says `is_streaming`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["\"request\"", "\"response\"", "\"is_streaming\""]
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(root) = file.root() else { return Fit::No };
        let request = root.get("request").is_some_and(Node::is_map);
        Fit::sure_if(request && root.at(&["response", "is_streaming"]).is_some())
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        file.root().map(interaction).into_iter().collect::<Vec<_>>().into()
    }
}

fn interaction(node: Node<'_>) -> Interaction {
    // A tool that was run in the process has no address.
    let Some(request) = node.get("request").filter(|request| request.get("url").is_some()) else {
        return shape::other(node);
    };
    Interaction {
        span: node.span(),
        request: Some(Request {
            method: request.get("method").and_then(Node::text),
            url: request.get("url").and_then(Node::text),
            headers: shape::headers(request.get("headers")),
            body: request.get("body").and_then(shape::body),
        }),
        response: node.some("response").map(response),
        other: None,
    }
}

fn response(node: Node<'_>) -> Response {
    let raised = node.some("exception_data");
    let streams = node.get("is_streaming").and_then(Node::bool) == Some(true);
    let body = node.some("body").or_else(|| raised?.get("body"));
    Response {
        status: raised.and_then(|raised| raised.get("status_code")).and_then(shape::status),
        headers: Vec::new(),
        body: body.and_then(|body| match body {
            body if streams && body.is_list() => {
                Some(Body::events(body.items().map(|item| data(item).subtree()).collect()))
            }
            body => shape::body(data(body)),
        }),
        duration: None,
    }
}

/// Returns what an object holds.
fn data(node: Node<'_>) -> Node<'_> {
    node.get("__data__").unwrap_or(node)
}
