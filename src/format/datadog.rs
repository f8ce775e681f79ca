//! Datadog's test agent: JSON, one pair a file; bodies that are no text are strings that begin with `base64:`.

use super::{File, Format, Matching, shape};
use crate::cassette::{Body, Interaction};
use crate::codec;
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::{Node, Syntax};

pub(super) struct Datadog;

impl Format for Datadog {
    fn name(&self) -> &'static str {
        "datadog"
    }

    fn about(&self) -> &'static str {
        "Datadog's APM test agent, JSON"
    }

    fn looks(&self) -> &'static str {
        "one `request` with a `url` and one `response` with a status `code`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["\"request\"", "\"response\"", "\"url\"", "\"code\""]
    }

    /// The file is named by a hash of the live request.
    fn matching(&self) -> Matching {
        Matching::RequestHash
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(root) = file.root().filter(|root| root.syntax() == Syntax::Json) else { return Fit::No };
        let pair = root.at(&["request", "url"]).is_some() && root.at(&["request", "method"]).is_some();
        Fit::sure_if(pair && root.at(&["response", "status", "code"]).is_some())
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        file.root().map(interaction).into_iter().collect::<Vec<_>>().into()
    }
}

fn interaction(node: Node<'_>) -> Interaction {
    shape::pair(node, |message, _| message.get("body").and_then(body))
}

fn body(node: Node<'_>) -> Option<Body> {
    const LABEL: &str = "base64:";
    let labelled = node.string().filter(|text| text.as_str().starts_with(LABEL));
    match labelled {
        Some(text) => Some(Body::wrapped(text.slice(LABEL.len()..text.len()), codec::BASE64)),
        None => shape::body(node),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{edited, read, summary};

    #[test]
    fn bytes_are_labelled_inside_the_string() {
        let file = r#"{"request": {"method": "POST", "url": "http://x/", "headers": {"A": "b"}, "body": "{}"},
            "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": "base64:aGk="}}"#;
        assert_eq!(summary(&read(file)), ["datadog", "POST http://x/ {} 200 hi"]);
        let text = file.replace("base64:aGk=", "base64 is text");
        assert_eq!(summary(&read(&text))[1], "POST http://x/ {} 200 base64 is text");
    }

    #[test]
    fn a_labelled_body_keeps_its_label() {
        let file = |body: &str| {
            format!(
                r#"{{"request": {{"method": "POST", "url": "http://x/", "body": ""}}, "response": {{"status": {{"code": 200}}, "body": "{body}"}}}}"#
            )
        };
        assert_eq!(edited(&file("base64:aGk="), "hi", "h\u{e9}llo"), file("base64:aMOpbGxv"));
    }
}
