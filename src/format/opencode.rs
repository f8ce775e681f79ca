//! opencode's HTTP recorder (TypeScript): JSON, `version: 1`, `metadata` and `interactions`; bytes are base64 by a
//! `bodyEncoding`.

use super::{File, Format, Matching, shape};
use crate::cassette::Interaction;
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

pub(super) struct Opencode;

impl Format for Opencode {
    fn name(&self) -> &'static str {
        "opencode"
    }

    fn about(&self) -> &'static str {
        "opencode http-recorder (TypeScript)"
    }

    fn looks(&self) -> &'static str {
        "`metadata` and `interactions` with a request `url`"
    }

    fn words(&self) -> &'static [&'static str] {
        &[r#""metadata""#, r#""interactions""#, r#""request""#]
    }

    /// Method, address, headers and body (`matching.ts`).
    fn matching(&self) -> Matching {
        Matching::RequestHeaders
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(root) = file.root() else { return Fit::No };
        let Some(list) = root.get("interactions").filter(|list| list.is_list()) else { return Fit::No };
        let metadata = root.get("metadata").is_some_and(Node::is_map);
        Fit::sure_if(metadata && list.item(0).is_none_or(|first| first.at(&["request", "url"]).is_some()))
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root()?.get("interactions")
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        let entries = self.list(file).into_iter().flat_map(Node::items);
        entries
            .map(|entry| shape::pair(entry, |message, _| shape::labelled(message, "bodyEncoding")))
            .collect::<Vec<_>>()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, summary};

    #[test]
    fn a_body_is_text_unless_its_encoding_says_base64() {
        let text = r#"{"version": 1, "metadata": {"name": "a", "recordedAt": "2026-01-01"}, "interactions": [
            {"request": {"method": "POST", "url": "http://x/", "headers": {}, "body": "{}"}, "response": {"status": 200, "headers": {}, "body": "data: 1\n\n"}},
            {"request": {"method": "GET", "url": "http://x/", "headers": {}}, "response": {"status": 200, "headers": {}, "body": "aGk=", "bodyEncoding": "base64"}}]}"#;
        assert_eq!(
            summary(&read(text)),
            ["opencode", "POST http://x/ {} 200 data: 1\n\n", "GET http://x/ - 200 hi"]
        );
    }
}
