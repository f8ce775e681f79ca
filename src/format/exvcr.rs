//! ExVCR (Elixir): JSON, a list of `request` and `response` with a `status_code`.
//!
//! What is no text is kept as an Erlang term in base64 (`binary: true`; `json.ex` of parroty/exvcr). A call that failed
//! has no status, and the reason for a body. Hand-written cassettes have patterns for addresses.

use super::{Compared, File, Format, shape};
use crate::cassette::{Body, Interaction};
use crate::codec;
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

pub(super) struct Exvcr;

impl Format for Exvcr {
    fn name(&self) -> &'static str {
        "exvcr"
    }

    fn about(&self) -> &'static str {
        "ExVCR (Elixir)"
    }

    fn looks(&self) -> &'static str {
        "a list of `request` and `response` with a `status_code`"
    }

    fn words(&self) -> &'static [&'static str] {
        &[r#""request""#, r#""response""#, r#""url""#, r#""status_code""#]
    }

    fn matching_hint(&self, part: Compared) -> &'static str {
        match part {
            Compared::Url => "set `ExVCR.Config.filter_url_params(true)` or `filter_sensitive_data`",
            Compared::Headers => "set `ExVCR.Config.filter_request_headers`",
            Compared::Body => "set `ExVCR.Config.filter_sensitive_data`",
        }
    }

    fn fit(&self, file: &File) -> Fit {
        let first = file.root().filter(|root| root.is_list()).and_then(|root| root.item(0));
        let has = |path: &[&str]| first.is_some_and(|first| first.at(path).is_some());
        let status = has(&["response", "status_code"]);
        Fit::sure_if(has(&["request", "url"]) && status && !has(&["request", "host"]))
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root().filter(|root| root.is_list())
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        let entries = self.list(file).into_iter().flat_map(Node::items);
        entries.map(|entry| shape::pair(entry, |message, _| body(message))).collect::<Vec<_>>().into()
    }
}

fn body(message: Node<'_>) -> Option<Body> {
    let filled = |key: &str| message.some(key).filter(|body| !body.is(""));
    let body = filled("body").or_else(|| filled("request_body"))?;
    match body.text() {
        Some(text) if message.get("binary").and_then(Node::bool) == Some(true) => {
            let wrapping = vec![codec::BASE64, codec::ERLANG];
            Some(Body { wrapping, ..Body::bytes(text) })
        }
        _ => shape::body(body),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{edited, read, summary};
    use crate::load;
    use crate::text::SourceId;

    #[test]
    fn statuses_and_bodies_are_as_each_http_client_has_them() {
        let file = |response: &str| {
            let request = r#"{"body": "", "request_body": "a=1", "headers": [], "method": "get", "options": [], "url": "http://x/"}"#;
            format!(r#"[{{"request": {request}, "response": {response}}}]"#)
        };
        let shown = |response: &str| summary(&read(&file(response))).join(" ");
        let head = "exvcr get http://x/ a=1";
        assert_eq!(
            shown(r#"{"body": "hi", "status_code": ["HTTP/1.1", 201, "Created"], "type": "ok"}"#),
            format!("{head} 201 hi")
        );
        assert_eq!(
            shown(r#"{"body": "g20AAAACaGk=", "binary": true, "status_code": 200}"#),
            format!("{head} 200 hi")
        );
        assert_eq!(
            shown(r#"{"body": "timeout", "binary": false, "status_code": null, "type": "error"}"#),
            format!("{head} - timeout")
        );
    }

    #[test]
    fn json_that_is_none_is_an_error_that_says_where() {
        let text = r#"[{"request": {"url": "http://x/"}, "response": {"body": "hi", "status_code": 200}}]]"#;
        let error = load::read(SourceId(0), text.into(), None).unwrap_err();
        assert_eq!(error.diagnostic.at.unwrap().start, text.len() - 1);
        assert!(!error.unknown, "it is a broken cassette, not something else");
        let text = text.replace("hi", "h\ni").replace("]]", "]");
        let error = load::read(SourceId(0), text.clone().into(), None).unwrap_err();
        assert_eq!(
            error.diagnostic.at.unwrap().start,
            text.find('\n').unwrap(),
            "YAML would take it, as a space"
        );
    }

    #[test]
    fn a_term_says_the_new_length_of_its_bytes() {
        let file = |body: &str| {
            format!(
                r#"[{{"request": {{"url": "http://x/"}}, "response": {{"body": "{body}", "binary": true, "status_code": 200}}}}]"#
            )
        };
        assert_eq!(edited(&file("g20AAAACaGk="), "hi", "hello"), file("g20AAAAFaGVsbG8="));
    }
}
