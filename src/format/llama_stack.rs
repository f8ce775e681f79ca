//! Llama Stack (Python): JSON, one pair a file: what a client library was asked, and the objects it gave back.
//!
//! There is no wire text: objects are `{"__type__": …, "__data__": …}`, a stream is a list of them. A call that
//! raised keeps status and body under `exception_data`. There is a status only then.

use super::{File, Format, Matching, Repeat, shape};
use crate::cassette::{Body, Interaction, Request, Response};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::{Node, address};

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

    /// The file is named by a hash of the live request.
    fn matching(&self) -> Matching {
        Matching::RequestHash
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(root) = file.root() else { return Fit::No };
        let request = root.get("request").is_some_and(Node::is_map);
        Fit::sure_if(request && root.at(&["response", "is_streaming"]).is_some())
    }

    fn repeats<'t>(&self, entry: Node<'t>) -> Vec<Repeat<'t>> {
        let endpoint = entry.at(&["request", "endpoint"]);
        endpoint.map(|endpoint| Repeat::Text(endpoint, address::path)).into_iter().collect()
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        file.root().map(interaction).into_iter().collect::<Vec<_>>().into()
    }
}

fn interaction(node: Node<'_>) -> Interaction {
    let request = node.get("request").filter(|request| request.get("url").is_some());
    let Some(request) = request else { return tool(node) };
    Interaction {
        span: node.span(),
        request: Some(Request {
            method: request.get("method").and_then(Node::text),
            url: request.get("url").and_then(Node::text),
            headers: shape::headers(request.get("headers")),
            body: request.get("body").and_then(shape::body),
        }),
        response: node.some("response").map(response),
        ..Interaction::default()
    }
}

/// A tool that was run in the process has no address.
fn tool(node: Node<'_>) -> Interaction {
    let mut interaction = shape::other(node);
    let name = node.at(&["request", "tool_name"]).and_then(Node::str);
    if let (Some(other), Some(name)) = (&mut interaction.other, name) {
        other.what = format!("call of {name}");
    }
    interaction
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
        version: None,
    }
}

/// Returns what an object holds.
fn data(node: Node<'_>) -> Node<'_> {
    node.get("__data__").unwrap_or(node)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, summary};
    use crate::load::Response;

    fn file(response: &str) -> String {
        format!(
            r#"{{"test_id": null, "request": {{"method": "POST", "url": "http://x/v1/chat/completions",
            "headers": {{}}, "body": {{"model": "m"}}, "endpoint": "/v1/chat/completions", "model": "m"}},
            "response": {response}}}"#
        )
    }

    #[test]
    fn objects_are_what_they_hold() {
        let response = r#"{"body": {"__type__": "X", "__data__": {"id": "a"}}, "is_streaming": false}"#;
        let line = r#"POST http://x/v1/chat/completions {"model":"m"} - {"id":"a"}"#;
        assert_eq!(summary(&read(&file(response))), ["llama-stack", line]);
    }

    #[test]
    fn a_list_of_chunks_is_a_stream() {
        let chunk = |text: &str| {
            format!(
                r#"{{"__type__": "X", "__data__": {{"object": "chat.completion.chunk",
                "choices": [{{"index": 0, "delta": {{"content": "{text}"}}}}]}}}}"#
            )
        };
        let response = format!(r#"{{"body": [{}, {}], "is_streaming": true}}"#, chunk("R."), chunk("R."));
        let recording = read(&file(&response));
        let entry = &recording.interactions[0];
        let Response::Stream(events) = &entry.response else { panic!("a stream") };
        assert_eq!(events.len(), 2);
        assert!(events[0].0.data.as_str().starts_with("{\"object\""));
        let crate::chat::Part::Text(text) =
            &entry.exchange.as_ref().unwrap().reply.choices[0].message.parts[0]
        else {
            panic!("text");
        };
        assert_eq!(text.as_str(), "R.R.");
    }

    #[test]
    fn what_was_raised_has_a_status_and_a_body() {
        let response = r#"{"body": null, "is_streaming": false, "is_exception": true,
            "exception_data": {"status_code": 429, "body": {"message": "slow down"}}}"#;
        let line = r#"POST http://x/v1/chat/completions {"model":"m"} 429 {"message":"slow down"}"#;
        assert_eq!(summary(&read(&file(response)))[1], line);
    }

    #[test]
    fn a_tool_that_was_run_here_is_no_http() {
        let file = r#"{"request": {"provider": "p", "tool_name": "web_search", "kwargs": {}},
            "response": {"body": {}, "is_streaming": false}}"#;
        assert_eq!(summary(&read(file)), ["llama-stack", "call of web_search"]);
    }
}
