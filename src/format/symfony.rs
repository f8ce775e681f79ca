//! Symfony AI's recorder (PHP): JSON, `interactions` whose requests have a `signature` and whose responses say their
//! `body_format`.

use super::{File, Format, Matching, shape};
use crate::cassette::Interaction;
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

pub(super) struct Symfony;

impl Format for Symfony {
    fn name(&self) -> &'static str {
        "symfony"
    }

    fn about(&self) -> &'static str {
        "Symfony AI (PHP)"
    }

    fn looks(&self) -> &'static str {
        "`interactions` with a request `signature`"
    }

    fn words(&self) -> &'static [&'static str] {
        &[r#""interactions""#, r#""signature""#, r#""body_format""#]
    }

    /// `signature` is a digest of the live request; of what, the file does not tell.
    fn matching(&self) -> Matching {
        Matching::RequestHash
    }

    fn fit(&self, file: &File) -> Fit {
        let first = file.root().and_then(|root| root.get("interactions")).and_then(|list| list.item(0));
        let has = |path: &[&str]| first.is_some_and(|first| first.at(path).is_some());
        let own = has(&["request", "signature"]) || has(&["response", "body_format"]);
        Fit::sure_if(has(&["request", "url"]) && own)
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root()?.get("interactions")
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        let entries = self.list(file).into_iter().flat_map(Node::items);
        entries
            .map(|entry| shape::pair(entry, |message, _| shape::labelled(message, "body_format")))
            .collect::<Vec<_>>()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, summary};

    #[test]
    fn a_body_is_text_unless_its_format_says_base64() {
        let entry = |format: &str, body: &str| {
            format!(
                r#"{{"request": {{"method": "POST", "url": "http://x/", "signature": "00", "headers": {{}}, "body": "{{}}"}}, "response": {{"status": 200, "headers": {{}}, "body_format": "{format}", "body": "{body}"}}}}"#
            )
        };
        let text = format!(r#"{{"interactions": [{}, {}]}}"#, entry("text", "aGk="), entry("base64", "aGk="));
        assert_eq!(
            summary(&read(&text)),
            ["symfony", "POST http://x/ {} 200 aGk=", "POST http://x/ {} 200 hi"]
        );
    }
}
