//! go-vcr (Go): YAML, `version: 1` or `2`, interactions with `request` and `response`; the address is a `url`.
//!
//! Version 2 leaves out what is empty; every field is optional. `form` repeats a form body or the query, parsed.

use super::write::Writer;
use super::{Compared, File, Format, Matching, Repeat, shape, write};
use crate::cassette::{Body, Count, Interaction, Request, Response, Status};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::{Node, address};
use crate::text::Text;

pub(super) struct GoVcr;

impl Format for GoVcr {
    fn name(&self) -> &'static str {
        "go-vcr"
    }

    fn about(&self) -> &'static str {
        "go-vcr (Go), version 1 and 2"
    }

    fn looks(&self) -> &'static str {
        "`version: 1` or `2` and `interactions` with a request `url`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["interactions", "request", "url"]
    }

    /// Version 4 compares headers unless the project says otherwise.
    fn matching(&self) -> Matching {
        Matching::RequestHeaders
    }

    fn matching_hint(&self, part: Compared) -> &'static str {
        match part {
            Compared::Url => "give `recorder.WithMatcher` a matcher that leaves that part of the address out",
            Compared::Headers => {
                "with go-vcr v4 use `cassette.NewDefaultMatcher(cassette.WithIgnoreAuthorization(), cassette.WithIgnoreHeaders(…))`; older versions compare no headers"
            }
            Compared::Body => "give `recorder.WithMatcher` a matcher that leaves that part of the body out",
        }
    }

    fn fit(&self, file: &File) -> Fit {
        let Some((root, interactions)) = file
            .root()
            .and_then(|root| Some((root, root.get("interactions").filter(|list| list.is_list())?)))
        else {
            return Fit::No;
        };
        // vcrpy writes the version behind the interactions, go-vcr before them.
        let Some(first) = interactions.item(0) else {
            let leads = root.entries().next().is_some_and(|(key, _)| key.is("version"));
            return Fit::maybe_if(leads && root.get("version").is_some());
        };
        let request = first.get("request");
        let url = request.is_some_and(|request| request.get("url").is_some() && request.get("uri").is_none());
        // Polly, opencode and others have a `url` too, but their status is written otherwise.
        let code = first.get("response").is_some_and(|response| {
            response.get("code").is_some() || response.get("status").is_none_or(|status| !status.is_map())
        });
        let version = root.get("version").and_then(Node::count);
        match (url && code, version, file.tree.as_ref().map(|tree| tree.syntax())) {
            (true, Some(1 | 2), Some(crate::syntax::Syntax::Yaml)) => Fit::Sure,
            (true, Some(1 | 2), _) => Fit::Maybe,
            _ => Fit::No,
        }
    }

    fn number(&self, entry: Node<'_>) -> Option<Text> {
        entry.get("id").and_then(Node::text)
    }

    fn writer(&self) -> Option<&'static Writer> {
        Some(&write::go_vcr::WRITER)
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root()?.get("interactions")
    }

    fn repeats<'t>(&self, entry: Node<'t>) -> Vec<Repeat<'t>> {
        let of = |key| entry.at(&["request", key]);
        let texts = [
            of("host").map(|host| Repeat::Text(host, address::host)),
            of("request_uri").map(|uri| Repeat::Text(uri, address::path_and_query)),
        ];
        texts.into_iter().flatten().chain(of("form").map(Repeat::Form)).collect()
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        self.list(file).into_iter().flat_map(Node::items).map(interaction).collect::<Vec<_>>().into()
    }
}

fn interaction(node: Node<'_>) -> Interaction {
    let [Some(request), response] = node.members(["request", "response"]) else { return shape::other(node) };
    let [method, url, headers, body, length] =
        request.members(["method", "url", "headers", "body", "content_length"]);
    Interaction {
        span: node.span(),
        request: Some(Request {
            method: method.and_then(Node::text),
            url: url.and_then(Node::text),
            headers: shape::headers(headers),
            body: self::body(body, length),
        }),
        response: response.map(self::response),
        ..Interaction::default()
    }
}

fn response(node: Node<'_>) -> Response {
    let [code, line, headers, body, length, duration, version] =
        node.members(["code", "status", "headers", "body", "content_length", "duration", "proto"]);
    let [code, line] = [code, line].map(|status| status.and_then(shape::status));
    let reason = line.as_ref().and_then(|line| line.reason.clone());
    Response {
        status: code.or(line).map(|status| Status { reason, ..status }),
        headers: shape::headers(headers),
        body: self::body(body, length),
        duration: duration.and_then(Node::str).and_then(|text| shape::go_duration(&text)),
        version: version.filter(|version| !version.is_null()).and_then(Node::text),
    }
}

fn body(body: Option<Node<'_>>, length: Option<Node<'_>>) -> Option<Body> {
    let mut body = body.and_then(shape::body)?;
    body.state(length.and_then(Node::text), &[Count::Body]);
    Some(body)
}
