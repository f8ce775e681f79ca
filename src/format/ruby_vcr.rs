//! VCR (Ruby): YAML or JSON, `http_interactions` with `request` and `response`.
//!
//! Bodies are `{encoding, string}` or `{encoding, base64_string}`; Psych writes a string that is no text as
//! `!binary`, with one bang, in base64. Methods are in lower case. Before version 2.0 a list of Ruby structs at the
//! top, with symbols for methods and scalars for bodies. The layout is that of R's vcr before 2.0, too; its
//! successors and Python's Betamax vary it in files of their own.

use std::borrow::Cow;

use super::{File, Format, shape};
use crate::cassette::{Body, Interaction, Request, Response};
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
        &["http_interactions", "request", "uri"]
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
    let Some(root) = file.root() else { return Vec::new() };
    let list = if root.is_list() { Some(root) } else { root.get("http_interactions") };
    list.into_iter().flat_map(Node::items).map(interaction).collect()
}

fn interaction(node: Node<'_>) -> Interaction {
    let Some(request) = node.get("request") else { return shape::other(node) };
    Interaction {
        span: node.span(),
        request: Some(Request {
            method: request.get("method").and_then(Node::text).map(symbol),
            url: request.get("uri").and_then(Node::text),
            headers: shape::headers(request.get("headers")),
            body: request.get("body").and_then(body),
        }),
        response: node.some("response").map(response),
        other: None,
    }
}

fn response(node: Node<'_>) -> Response {
    let status = node.get("status").or_else(|| node.get("status_code"));
    Response {
        status: status.and_then(shape::status),
        headers: shape::headers(node.get("headers")),
        body: node.get("body").and_then(body),
        duration: None,
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
    // R's vcr compresses as zlib does, whatever the key says; the bytes themselves tell.
    let encoded = node.some("base64_string").or_else(|| node.some("raw_gzip"));
    let body = match encoded {
        Some(encoded) => Body::wrapped(encoded.text()?, codec::BASE64),
        None => shape::body(node.get("string")?)?,
    };
    let charset = node.some("encoding").and_then(Node::str).map(Cow::into_owned);
    Some(Body { charset, ..body })
}
