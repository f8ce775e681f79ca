//! DVR (Swift): JSON, a `name` and `interactions` with `recorded_at`.
//!
//! A body is text, JSON or base64, by its content type (`Interaction.swift` of venmo/DVR).

use super::{File, Format, Repeat, shape};
use crate::cassette::{Body, Header, Interaction, header};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

pub(super) struct Dvr;

impl Format for Dvr {
    fn name(&self) -> &'static str {
        "dvr"
    }

    fn about(&self) -> &'static str {
        "DVR (Swift)"
    }

    fn looks(&self) -> &'static str {
        "`name` and `interactions` with a request `url` and `recorded_at`"
    }

    fn words(&self) -> &'static [&'static str] {
        &[r#""interactions""#, r#""recorded_at""#, r#""url""#]
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(root) = file.root() else { return Fit::No };
        let first = root.get("interactions").and_then(|list| list.item(0));
        let has = |path: &[&str]| first.is_some_and(|first| first.at(path).is_some());
        let own = has(&["recorded_at"]) && has(&["request", "url"]) && !has(&["response", "code"]);
        Fit::sure_if(own && root.get("name").is_some() && root.get("version").is_none())
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root()?.get("interactions")
    }

    fn repeats<'t>(&self, entry: Node<'t>) -> Vec<Repeat<'t>> {
        shape::answered(entry, &["url"])
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        let entries = self.list(file).into_iter().flat_map(Node::items);
        entries.map(|entry| shape::pair(entry, body)).collect::<Vec<_>>().into()
    }
}

fn body(message: Node<'_>, headers: &[Header]) -> Option<Body> {
    let body = message.some("body")?;
    let kind = header(headers, "content-type").unwrap_or_default();
    let text = kind.starts_with("text/") || !body.is_string();
    if text { shape::body(body) } else { Some(shape::base64(body)) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, summary};

    #[test]
    fn bodies_are_text_json_or_base64_by_their_content_type() {
        let entry = |kind: &str, body: &str| {
            format!(
                r#"{{"recorded_at": 1.5, "request": {{"method": "GET", "url": "http://x/"}}, "response": {{"status": 200, "url": "http://x/", "headers": {{"Content-Type": "{kind}"}}, "body": {body}}}}}"#
            )
        };
        let text = format!(
            r#"{{"name": "a", "interactions": [{}, {}, {}]}}"#,
            entry("text/plain", r#""aGk=""#),
            entry("application/json", r#"{"a": 1}"#),
            entry("application/vnd.x+json", r#""aGk=""#),
        );
        assert_eq!(
            summary(&read(&text)),
            ["dvr", "GET http://x/ - 200 aGk=", "GET http://x/ - 200 {\"a\":1}", "GET http://x/ - 200 hi"]
        );
    }
}
