//! VCR (Ruby): YAML or JSON, `http_interactions` with `request` and `response`.
//!
//! Bodies are `{encoding, string}` or `{encoding, base64_string}`; Psych writes a string that is no text as
//! `!binary`, with one bang, in base64. Methods are in lower case. Before version 2.0 a list of Ruby structs at the
//! top, with symbols for methods and scalars for bodies. The layout is that of R's vcr before 2.0 and of Rust's rvcr, too;
//! R's vcr since then and Python's Betamax vary it in files of their own.

use std::borrow::Cow;

use super::write::Writer;
use super::{Compared, File, Format, shape, write};
use crate::cassette::{Body, Interaction, Request, Response, Transcoded};
use crate::codec;
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;
use crate::text::Text;

pub(super) struct RubyVcr;

impl Format for RubyVcr {
    fn name(&self) -> &'static str {
        "ruby-vcr"
    }

    fn about(&self) -> &'static str {
        "VCR (Ruby), YAML and JSON"
    }

    fn looks(&self) -> &'static str {
        "`http_interactions`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["VCR", "request", "uri"]
    }

    fn matching_hint(&self, part: Compared) -> &'static str {
        match part {
            Compared::Url => {
                "set `filter_sensitive_data('REDACTED') { ENV['…'] }`, or match on `path` in place of `uri`"
            }
            Compared::Headers => "leave `headers` out of `match_requests_on`",
            Compared::Body => {
                "set `filter_sensitive_data('REDACTED') { ENV['…'] }`, or leave `body` out of `match_requests_on`"
            }
        }
    }

    fn fit(&self, file: &File) -> Fit {
        let structs = file.root().and_then(|root| root.item(0)?.tag());
        if structs == Some("!ruby/struct:VCR::HTTPInteraction") {
            return Fit::Sure;
        }
        match Recorder::of(file) {
            Some(recorder) if recorder.is("VCR ") => Fit::Sure,
            Some(_) => Fit::Maybe,
            None => Fit::No,
        }
    }

    fn writer(&self) -> Option<&'static Writer> {
        Some(&write::ruby_vcr::WRITER)
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        list(file)
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        interactions(file).into()
    }
}

/// Who recorded a file with `http_interactions`.
pub(super) struct Recorder<'f> {
    name: Option<Cow<'f, str>>,
    /// The first entry.
    pub(super) first: Option<Node<'f>>,
}

impl<'f> Recorder<'f> {
    /// Returns who recorded a file, if it has `http_interactions`.
    pub(super) fn of(file: &'f File) -> Option<Self> {
        let root = file.root()?;
        let list = root.get("http_interactions").filter(|list| list.is_list())?;
        let first = list.item(0);
        // Some versions of R's vcr say it in every entry.
        let name = root.get("recorded_with").or_else(|| first?.get("recorded_with")).and_then(Node::str);
        Some(Self { name, first })
    }

    /// Returns whether the recorder's name begins so.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.as_ref().is_some_and(|own| own.starts_with(name))
    }
}

/// Reads the entries of a file with `http_interactions`, or of a list of structs.
pub(super) fn interactions(file: &File) -> Vec<Interaction> {
    list(file).into_iter().flat_map(Node::items).map(interaction).collect()
}

/// Returns the list of the entries.
pub(super) fn list(file: &File) -> Option<Node<'_>> {
    let root = file.root()?;
    if root.is_list() { Some(root) } else { root.get("http_interactions") }
}

fn interaction(node: Node<'_>) -> Interaction {
    let Some(request) = node.get("request") else { return shape::other(node) };
    Interaction {
        span: node.span(),
        request: Some(Request {
            method: request.get("method").and_then(shape::scalar).map(symbol),
            url: request.get("uri").and_then(shape::scalar),
            headers: shape::headers(request.get("headers")),
            body: request.get("body").and_then(body),
        }),
        response: node.some("response").map(response),
        recorded: shape::stamp(node),
        ..Interaction::default()
    }
}

fn response(node: Node<'_>) -> Response {
    let status = node.get("status").or_else(|| node.get("status_code"));
    Response {
        status: status.and_then(shape::status),
        headers: shape::headers(node.get("headers")),
        body: node.get("body").and_then(body),
        duration: None,
        version: node.some("http_version").and_then(Node::text),
    }
}

/// Returns the name of a Ruby symbol: `:get` is `get`.
fn symbol(text: Text) -> Text {
    if text.as_str().starts_with(':') { text.slice(1..text.len()) } else { text }
}

/// Reads a body: a scalar, or a mapping that says how it is written.
fn body(node: Node<'_>) -> Option<Body> {
    if !node.is_map() {
        return shape::body(node);
    }
    let charset = node.some("encoding").and_then(Node::str).map(Cow::into_owned);
    // R's vcr compresses as zlib does, whatever the key says; the bytes themselves tell.
    let base64 = node.some("base64_string").or_else(|| node.some("raw_gzip"));
    let body = match base64 {
        Some(base64) => Body::wrapped(base64.text()?, codec::BASE64),
        // Rust's rvcr says it in place of a charset.
        None if charset.as_deref() == Some("base64") => shape::base64(node.get("string")?),
        None => shape::body(node.get("string")?)?,
    };
    // Text is encoded by the charset again when it is replayed; bytes are what they are.
    let transcoded = charset.clone().filter(|_| body.wrapping.is_empty()).map(Transcoded::By);
    Some(Body { charset, transcoded, ..body })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{edited, read, summary};

    #[test]
    fn bodies_are_text_or_bytes_with_a_charset() {
        let file = "http_interactions:
- request:
    method: post
    uri: http://x/y
    body: {encoding: UTF-8, string: '{\"a\": 1}'}
    headers: {}
  response:
    status: {code: 200, message: OK}
    headers: {A: [b]}
    body:
      encoding: ASCII-8BIT
      string: !binary |-
        w6k=
- request: {method: get, uri: http://x/z, body: {encoding: US-ASCII, string: ''}, headers: {}}
  response: {status: {code: 404, message: ''}, headers: {}, body: {encoding: ISO-8859-1, base64_string: '6Q=='}}
recorded_with: VCR 6.2.0
";
        let found = summary(&read(file));
        assert_eq!(found, ["ruby-vcr", "post http://x/y {\"a\": 1} 200 é", "get http://x/z  404 é"]);
    }

    #[test]
    fn json_is_laid_out_alike_and_may_come_from_elsewhere() {
        let file = |recorder: &str| {
            format!(
                r#"{{"http_interactions": [{{"request": {{"method": "get", "uri": "http://x/",
                "body": {{"encoding": "", "string": ""}}}}, "response": {{"status": {{"status_code": "200"}},
                "body": {{"encoding": "UTF-8", "file": false, "string": "hi"}}}}}}], "recorded_with": "{recorder}"}}"#
            )
        };
        for recorder in ["VCR 5.0.0", "vcr/0.5.4, webmockr/0.7.0", "something else"] {
            assert_eq!(summary(&read(&file(recorder))), ["ruby-vcr", "get http://x/  200 hi"]);
        }
    }

    #[test]
    fn before_2_0_there_are_structs_and_symbols() {
        let file = "---
- !ruby/struct:VCR::HTTPInteraction
  request: !ruby/struct:VCR::Request
    method: :get
    uri: http://x:80/
    body:
    headers:
  response: !ruby/struct:VCR::Response
    status: !ruby/struct:VCR::ResponseStatus
      code: 200
      message: OK
    headers:
      a: !binary |
        Yg==
    body: hi
";
        let recording = read(file);
        assert_eq!(summary(&recording), ["ruby-vcr", "get http://x:80/ - 200 hi"]);
        assert_eq!(recording.interactions[0].http.response.as_ref().unwrap().headers[0].value, "b");
    }

    #[test]
    fn the_encoding_of_a_body_may_be_base64() {
        let file = |string: &str| {
            format!(
                r#"{{"http_interactions": [{{"response": {{"body": {{"encoding": "base64", "string": "{string}"}}, "http_version": "1.1",
                "status": {{"code": 200, "message": "OK"}}, "headers": {{}}}}, "request": {{"uri": "http://x/", "body": {{"encoding": null, "string": ""}},
                "method": "get", "headers": {{}}}}, "recorded_at": "x"}}], "recorded_with": "rVCR 0.2.1"}}"#
            )
        };
        assert_eq!(summary(&read(&file("aGk"))), ["ruby-vcr", "get http://x/  200 hi"]);
        assert_eq!(edited(&file("aGk"), "hi", "hiya"), file("aGl5YQ"), "without padding, as it was");
    }
}
